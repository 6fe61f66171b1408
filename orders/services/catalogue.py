"""What can be booked at the moment."""

from mila.lib.rows import rows_of
from orders.models import Service
from partners.models import Skill


def offered_services() -> list[Service]:
    """In the order of lists, each with its skill."""
    offered = sorted(rows_of(Service, is_active=[True]), key=lambda service: (service.position, service.slug))
    skills = {skill.pk: skill for skill in rows_of(Skill, id={service.skill_id for service in offered})}
    for service in offered:
        service.skill = skills[service.skill_id]
    return offered
