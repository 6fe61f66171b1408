"""Trying to break the database's guarantees by plain SQL, where no model and no service is in the way."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.models import CityAssessment, CityPolicy, Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import NoticeKind, Rule, SanctionKind
from mila.accounts.models import User
from orders.models import (
    DayProposal,
    Extra,
    ExtraTransition,
    Job,
    JobTransition,
    Message,
    OfferTransition,
    OrderTransition,
    ProposalTransition,
    ProposedVisit,
    RoutePlan,
    RouteStop,
    TimeOption,
    TimeProposal,
    VisitMove,
)
from orders.policy import Outcome
from partners.models import Application, PartnerTransition
from ratings.models import Rating, RatingFlag, Side
from tests import factories
from tests.factories import NOW


@dataclass(frozen=True)
class Case:
    """One attempt: `statement` names rows of the scene as `{job}`; the refusal contains `words`."""

    guard: str
    statement: str
    words: str


def by_constraint(name: str, statement: str) -> Case:
    """PostgreSQL names a broken constraint in its refusal."""
    return Case(name, statement, name)


def never_deleted(table: str, row: str) -> Case:
    return Case(f"{table}.never_deleted", f"DELETE FROM {table} WHERE id = {row}", "Cannot delete rows")


def append_only(table: str, row: str, column: str) -> list[Case]:
    change = f"UPDATE {table} SET {column} = NULL WHERE id = {row}"
    delete = f"DELETE FROM {table} WHERE id = {row}"
    return [
        Case(f"{table}.append_only", statement, "Cannot update or delete") for statement in (change, delete)
    ]


def copied(table: str, row: str, **changes: str) -> str:
    """SQL that inserts a copy of a row, with some columns set to other SQL expressions."""
    changed = ", ".join(f"'{column}', {value}" for column, value in changes.items())
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(t) || "
        f"jsonb_build_object('id', nextval(pg_get_serial_sequence('{table}', 'id')){', ' if changed else ''}"
        f"{changed}))).* FROM {table} t WHERE id = {row}"
    )


def expect_refusal(case: Case, rows: dict[str, int]) -> None:
    """Run the case; the database must refuse it, for the reason it names."""
    with pytest.raises(DatabaseError, match=case.words), transaction.atomic():
        execute(case.statement.format(**rows))


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@dataclass(frozen=True)
class Scene:
    """Ids of rows that all obey the rules: one of each kind, and some in a particular state."""

    place: int
    partner: int
    other_partner: int
    partner_step: int
    draft: int
    sent: int
    refused: int
    service: int
    order: int
    booked: int
    order_step: int
    offer: int
    offer_step: int
    job: int
    done: int
    unrated: int
    cancelled: int
    job_step: int
    message: int
    proposal: int
    declined_proposal: int
    proposal_step: int
    option: int
    move: int
    extra: int
    approved: int
    extra_step: int
    user: int
    ops: int
    rating: int
    hidden_rating: int
    flag: int
    decided_flag: int
    policy: int
    assessment: int
    notice: int
    warning: int
    sanction: int
    plan: int
    stop: int
    day_proposal: int
    proposed: int

    def rows(self) -> dict[str, int]:
        return asdict(self)


def applications(decided_by: User) -> dict[str, int]:
    """One of each kind, each of somebody else."""
    said = {
        "first_name": "A",
        "languages": ["fr"],
        "home": factories.place(),
        "any_time": True,
        "sent_at": NOW,
    }
    decided = {"status": "refused", "decided_at": NOW, "decided_by": decided_by, "reason": "x"}
    kinds: dict[str, dict[str, Any]] = {
        "draft": {},
        "sent": said | {"status": "sent"},
        "refused": said | decided,
    }
    return {
        kind: Application.objects.create(user=factories.UserFactory.create(), begun_at=NOW, **fields).pk
        for kind, fields in kinds.items()
    }


def make_scene() -> Scene:
    partner, other = factories.PartnerFactory.create_batch(2)
    ops = factories.OpsFactory.create()
    offer = factories.OfferFactory.create(partner=partner)
    job: Job = factories.BookedJobFactory.create(partner=partner)
    done = factories.CompletedJobFactory.create(partner=partner, client_stars=4, import_reference="a-1")
    cancelled = factories.JobFactory.create(
        partner=partner, outcome=Outcome.CANCELLED, outcome_at=NOW + timedelta(hours=1)
    )
    policy = CityPolicy.objects.get(city=partner.city)
    plan = RoutePlan.objects.create(partner=partner, day=NOW.date(), planned_at=NOW, result="planned")
    day_proposal = DayProposal.objects.create(city=partner.city, day=NOW.date(), asked_by=ops, asked_at=NOW)
    way = {"travel_seconds": 60, "travel_metres": 500, "arrives_at": NOW}
    step = {"old": "", "new": "active", "at": NOW}
    given = {"stars": 4, "comment": "Quick.", "submitted_at": NOW, "reveal_due_at": NOW, "author": ops}
    rating = Rating.objects.create(job=done, side=Side.CLIENT, published_at=NOW, **given)
    reported = {"rating": rating, "reason": "insult", "flagged_at": NOW, "flagged_by": other.user}
    decision = {"decision": "keep", "decided_at": NOW, "decided_by": ops, "decided_reason": "Fair."}
    proposal, declined = (
        TimeProposal.objects.create(job=job, status=status, proposed_at=NOW)
        for status in ("open", "declined")
    )
    option = TimeOption.objects.create(proposal=proposal, starts_at=NOW)
    moved = TimeOption.objects.create(proposal=declined, starts_at=NOW)
    extra, approved = (
        Extra.objects.create(
            job=job, submission_key=uuid4(), text="Cable", price=5, status=status, proposed_at=NOW
        )
        for status in ("open", "approved")
    )
    grounds = {"partner": partner, "policy": policy, "issued_at": NOW}
    return Scene(
        place=factories.place().pk,
        partner=partner.pk,
        other_partner=other.pk,
        partner_step=PartnerTransition.objects.create(partner=partner, **step).pk,
        **applications(ops),
        service=factories.service().pk,
        order=offer.order_id,
        booked=job.order_id or 0,
        order_step=OrderTransition.objects.create(order=offer.order, **step).pk,
        offer=offer.pk,
        offer_step=OfferTransition.objects.create(offer=offer, **step).pk,
        job=job.pk,
        done=done.pk,
        unrated=factories.CompletedJobFactory.create(partner=partner).pk,
        cancelled=cancelled.pk,
        job_step=JobTransition.objects.create(job=job, **step).pk,
        message=Message.objects.create(
            job=job, author=ops, submission_key=uuid4(), body="Hello", sent_at=NOW, mail_due_at=NOW
        ).pk,
        proposal=proposal.pk,
        declined_proposal=declined.pk,
        proposal_step=ProposalTransition.objects.create(proposal=proposal, **step).pk,
        option=option.pk,
        move=VisitMove.objects.create(
            job=job,
            option=moved,
            actor=ops,
            old_slot=job.slot,
            new_slot=factories.slot(NOW),
            moved_at=NOW,
        ).pk,
        extra=extra.pk,
        approved=approved.pk,
        extra_step=ExtraTransition.objects.create(extra=extra, **step).pk,
        user=other.user_id or 0,
        ops=ops.pk,
        rating=rating.pk,
        hidden_rating=Rating.objects.create(job=cancelled, side=Side.PARTNER, **given).pk,
        flag=RatingFlag.objects.create(**reported).pk,
        decided_flag=RatingFlag.objects.create(**reported, **decision).pk,
        policy=policy.pk,
        assessment=CityAssessment.objects.create(city=partner.city, as_of=NOW, policy=policy).pk,
        notice=Notice.objects.create(kind=NoticeKind.ADVICE, rule=Rule.RATING, **grounds).pk,
        warning=Notice.objects.create(kind=NoticeKind.FINAL_WARNING, rule=Rule.NO_SHOW, **grounds).pk,
        sanction=Sanction.objects.create(
            kind=SanctionKind.SUSPENSION,
            rule=Rule.RATING,
            status=SanctionStatus.IN_FORCE,
            suspends_access=True,
            **grounds,
        ).pk,
        plan=plan.pk,
        stop=RouteStop.objects.create(plan=plan, position=1, job=job, **way).pk,
        day_proposal=day_proposal.pk,
        proposed=ProposedVisit.objects.create(
            proposal=day_proposal, order=offer.order, partner=partner, **way
        ).pk,
    )
