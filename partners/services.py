"""What can happen to a partner, and who is where. Other apps lock partners here, and only here."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import CharField, Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from mila.accounts.models import User
from mila.lib.arrays import any_of, instants, numbers
from mila.lib.geo import distance_km
from mila.lib.locks import locking
from mila.lib.rows import rows_of
from mila.lib.transitions import require_transition
from mila.lib.watching import tell_watchers
from partners.models import City, Partner, PartnerTransition, Place, Skill
from partners.policy import PARTNER_TRANSITIONS, PartnerStatus
from partners.reference import names_of_launch_towns, search_name, spoken_name

REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 10

LOWER_JOINED_AT = """
    UPDATE partners_partner SET joined_at = earlier.joined_at
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS earlier (id, joined_at)
    WHERE partners_partner.id = earlier.id AND partners_partner.joined_at > earlier.joined_at
"""

ENROL = """
    INSERT INTO partners_partner (
           reference, city_id, joined_at, status, first_name, about, languages, latitude, longitude, radius_km)
    SELECT reference, city_id, joined_at, 'active', '', '', '{}', city.latitude, city.longitude, %(radius)s
    FROM unnest(%(references)s::text[], %(cities)s::bigint[], %(joined_at)s::timestamptz[])
         AS arrival (reference, city_id, joined_at)
    JOIN partners_city city ON city.id = arrival.city_id
    ON CONFLICT (reference) DO NOTHING
"""


# --- Locks --------------------------------------------------------------------------------------------------


def lock_partner(*, partner_id: int) -> Partner:
    """The partner as it is now, locked to the end of the transaction; call it inside `locking()`."""
    return Partner.objects.select_for_update(no_key=True).get(pk=partner_id)


def lock_partners(*, partner_ids: Iterable[int]) -> list[int]:
    """Lock the partners one after the other by ascending id, which is returned; call it inside `locking()`."""
    wanted = Partner.objects.filter(any_of("id", set(partner_ids)))
    return list(wanted.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


# --- Changes ------------------------------------------------------------------------------------------------


def register_partner(
    *,
    user: User | None,
    city: City,
    first_name: str,
    skills: Iterable[Skill],
    languages: Sequence[str],
    latitude: float | None,
    longitude: float | None,
    reference: str | None,
    status: PartnerStatus,
    now: datetime,
    about: str = "",
) -> Partner:
    """A new partner. Without a `reference` one is made that nobody can guess; `status` is the one to begin with.

    Who has not said where is taken to be in the city's middle.
    """
    if latitude is None or longitude is None:
        latitude, longitude = city.latitude, city.longitude
    with transaction.atomic():
        partner = Partner.objects.create(
            user=user,
            city=city,
            first_name=first_name,
            about=about,
            languages=list(languages),
            latitude=latitude,
            longitude=longitude,
            reference=reference or _new_reference(),
            status=status,
            joined_at=now,
        )
        partner.skills.set(skills)
    return partner


def change_profile(
    *, partner_id: int, first_name: str, about: str, languages: Sequence[str], skills: Iterable[Skill]
) -> None:
    """What clients read of the partner, and what the partner is asked for from now on. Raises `Busy`.

    What was accepted before stays accepted, also if it needs a skill that is gone.
    """
    with locking():
        partner = lock_partner(partner_id=partner_id)
        partner.first_name, partner.about, partner.languages = first_name, about, list(languages)
        partner.save(update_fields=["first_name", "about", "languages"])
        partner.skills.set(skills)


def change_status(
    *, partner: Partner, new: PartnerStatus, actor: User | None, reason: str, now: datetime
) -> None:
    """Move a locked partner to another status, with who and why. Raises `IllegalTransition`."""
    old = PartnerStatus(partner.status)
    require_transition(PARTNER_TRANSITIONS, old, new)
    with transaction.atomic():
        partner.status = new
        partner.save(update_fields=["status"])
        PartnerTransition.objects.create(
            partner=partner, old=old, new=new, actor=actor, reason=reason, at=now
        )
        tell_watchers("offers", partner.pk)


def _new_reference() -> str:
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


# --- Reads --------------------------------------------------------------------------------------------------


def statuses_at(*, partner_ids: Iterable[int], at: datetime) -> dict[int, PartnerStatus]:
    """The status of each partner as it was at `at`, in one statement.

    The latest change up to then says it; before the first change it was what that change began from.
    """
    changes = PartnerTransition.objects.filter(partner=OuterRef("pk"))
    before = changes.filter(at__lte=at).order_by("-at", "-pk").values("new")[:1]
    after = changes.filter(at__gt=at).order_by("at", "pk").values("old")[:1]
    known = Partner.objects.filter(pk__in=set(partner_ids)).annotate(
        status_then=Coalesce(
            Subquery(before), Subquery(after), F("status"), output_field=CharField(max_length=20)
        )
    )
    return {pk: PartnerStatus(status) for pk, status in known.values_list("pk", "status_then")}


def active_by_city() -> dict[int, int]:
    """How many partners are active in each city, by its id; a city without any is left out."""
    active = Partner.objects.able_to_work().values("city_id").annotate(partners=Count("pk"))
    return dict(active.values_list("city_id", "partners"))


def able_by_city(*, skill: Skill) -> dict[int, int]:
    """How many active partners of each city have a skill."""
    able = (
        Partner.objects.able_to_work().with_skill(skill.pk).values("city_id").annotate(partners=Count("pk"))
    )
    return dict(able.values_list("city_id", "partners"))


def able_by_skill(*, city: City) -> dict[int, int]:
    """How many active partners of a city have each skill, by its id."""
    able = Partner.objects.able_to_work().in_city(city).values("skills").annotate(partners=Count("pk"))
    return dict(able.filter(skills__isnull=False).values_list("skills", "partners"))


def towns_around(*, city: City, limit: int) -> list[Place]:
    """The first place of each town that the city serves, nearest first, without the city itself.

    Nor the addresses of its post offices and large receivers, which are called `Zürich 15` or `Zürich Versich.`
    """
    own = tuple(f"{name} " for name in names_of_launch_towns())
    towns: dict[str, Place] = {}
    places = Place.objects.filter(city=city)
    for place in sorted(
        places, key=lambda one: distance_km(city.latitude, city.longitude, one.latitude, one.longitude)
    ):
        if not f"{place.search_name} ".startswith(own):
            towns.setdefault(place.name, place)
    return list(towns.values())[:limit]


# Written out, for every search needs it; the digits of a postcode mean nothing else in a pattern.
_BY_POSTCODE = """
SELECT * FROM partners_place
 WHERE postcode LIKE %s || '%%' AND (starts_with(search_name, %s) OR search_name = ANY (%s))
 ORDER BY postcode, name LIMIT %s"""


def find_places(*, query: str, limit: int = 10) -> list[Place]:
    """Places whose postcode or name begins like `query`, then those that contain its words; accents don't matter.

    `80` and `8001` are postcodes, `zür` a name, `8001 zür` both. A launch city is found by its name in any language,
    and comes first when `query` is such a name in full.
    """
    head, _space, tail = query.strip().partition(" ")
    places = Place.objects.select_related("city")
    if head.isdigit():
        return _by_postcode(head, name=tail, limit=limit)
    name = search_name(query)
    if not name:
        return []
    by_name = places.order_by("search_name", "postcode")
    steps = (
        Q(search_name__in=launch_towns_called(query)),
        Q(search_name__startswith=name),
        Q(search_name__in=_launch_towns_like(query)),
        Q(*(Q(search_name__contains=word) for word in re.split(r"[\s.]+", name) if word)),
    )
    found: dict[int, Place] = {}
    for step in steps:
        if len(found) < limit:
            further = by_name.filter(step).exclude(pk__in=found)
            found |= {place.pk: place for place in further[: limit - len(found)]}
    return list(found.values())


def launch_towns_called(name: str) -> set[str]:
    """The search names of the towns of launch cities that some language calls so."""
    spoken = spoken_name(name)
    return {town for town, names in names_of_launch_towns().items() if spoken in names}


def _launch_towns_like(name: str) -> set[str]:
    """The same for the beginning of a name."""
    spoken = spoken_name(name)
    towns = names_of_launch_towns().items()
    return {town for town, names in towns if spoken and any(known.startswith(spoken) for known in names)}


def _by_postcode(head: str, *, name: str, limit: int) -> list[Place]:
    """Of a postcode, or its beginning, and perhaps the beginning of a name."""
    named = [search_name(name), sorted(_launch_towns_like(name))] if name else ["", []]
    found = list(Place.objects.raw(_BY_POSTCODE, [head, *named, limit]))
    cities = {city.pk: city for city in rows_of(City, id={place.city_id for place in found} - {None})}
    for place in found:
        place.city = None if place.city_id is None else cities[place.city_id]
    return found


# --- Partners that come with a history from another system ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a partner that is not known yet begins, and since when; `joined_at` is ISO 8601 with offset."""

    city_id: int
    joined_at: str


def enrol_imported(*, arrivals: Mapping[str, Arrival]) -> dict[str, int]:
    """The ids of these partners by reference; who is unknown begins ACTIVE, as the arrival says.

    The partners are locked against removal to the end of the transaction.
    """
    found = _ids_of(list(arrivals))
    unknown = [reference for reference in arrivals if reference not in found]
    if unknown:
        columns = {
            "references": unknown,
            "cities": [arrivals[reference].city_id for reference in unknown],
            "joined_at": [arrivals[reference].joined_at for reference in unknown],
            "radius": Partner._meta.get_field("radius_km").default,
        }
        with connection.cursor() as cursor:
            cursor.execute(ENROL, columns)
        found |= _ids_of(unknown)
    return found


def note_earlier_joining(*, joined_at: Mapping[int, datetime]) -> None:
    """Partners, locked by the caller, turn out to have worked since an earlier instant."""
    with connection.cursor() as cursor:
        cursor.execute(LOWER_JOINED_AT, [numbers(joined_at), instants(joined_at.values())])


def _ids_of(references: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference, id FROM partners_partner WHERE reference = ANY(%s) FOR KEY SHARE",
            [list(references)],
        )
        return dict(cursor.fetchall())
