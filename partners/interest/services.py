"""Asking to be told, being told once, being forgotten.

The rows that wait are the to-do list: a sweep finds those to whose place an active partner with the skill now comes,
by the same conditions as a search does, and writes the mail in the transaction that marks them as told.
"""

from datetime import datetime

from django.core import signing
from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from mila.lib.refusals import Refusal
from mila.notifications.services import Address, Draft, forget_address, forget_addresses, notify_many
from partners.interest.policy import MOST_ASKED, asked_before, told_before
from partners.models import CityInterest, Partner, Place, Skill, reach

SALT = "partners.interest"
KIND = "help_available"

# What `reach` asks of one point, asked of each place that somebody waits for.
_OF_THE_PLACE = {"longitude": "place.longitude", "latitude": "place.latitude", "postcode": "place.postcode"}
_SOMEBODY_COMES = f"""
    EXISTS (SELECT FROM partners_partner partner
             WHERE partner.status = 'active' AND partner.city_id = place.city_id
               AND partner.skill_ids @> ARRAY[interest.skill_id]::int[]
               AND {reach.covers_sql()}
               AND ({reach.AWAY_KM} <= partner.radius_km OR NOT (partner.postcodes = '{{}}'::varchar(4)[])))
"""
_TO_BE_TOLD = f"""
    SELECT interest.id
      FROM partners_cityinterest interest
      JOIN partners_place place ON place.id = interest.place_id
      JOIN partners_city city ON city.id = place.city_id AND city.is_open
     WHERE interest.told_at IS NULL AND {_SOMEBODY_COMES % _OF_THE_PLACE}
     ORDER BY interest.created_at, interest.id
     LIMIT %s
       FOR UPDATE OF interest SKIP LOCKED
"""  # noqa: S608


class SomebodyComesAlready(Refusal):
    message = _("Somebody comes there already: you can book at once.")


class UnknownToken(Exception):
    """Not one of our links."""


def ask_to_be_told(*, email: str, place: Place, skill: Skill, language: str, now: datetime) -> None:
    """Note that somebody waits for this help at this place.

    Asking twice changes nothing, nor does asking again soon after having been told: that one mail was the only one.
    The caller learns neither, as it would tell who has asked. Nor does an address learn that it has asked for too
    much. Raises `SomebodyComesAlready`, which everybody may know.
    """
    address = email.strip().lower()
    if comes_already(place=place, skill=skill):
        raise SomebodyComesAlready
    with transaction.atomic():
        if CityInterest.objects.filter(email=address).count() >= MOST_ASKED:
            return
        CityInterest.objects.get_or_create(
            email=address, place=place, skill=skill, defaults={"language": language, "created_at": now}
        )


def comes_already(*, place: Place, skill: Skill) -> bool:
    """Whether an active partner with the skill comes to the place."""
    if place.city is None or not place.city.is_open:
        return False
    able = Partner.objects.able_to_work().in_city(place.city).with_skill(skill.pk)
    return able.reaching(place.latitude, place.longitude, place.postcode).exists()


def tell_interested(*, now: datetime, limit: int = 200) -> int:
    """Write the mails of those to whom somebody can come now, and return how many there were."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TO_BE_TOLD, [limit])
            ids = [pk for (pk,) in cursor.fetchall()]
        found = CityInterest.objects.filter(pk__in=ids).order_by("pk")
        notify_many(drafts=[_draft(interest) for interest in found], now=now)
        # Somebody may have asked since this sweep began.
        return found.update(told_at=Greatest(Value(now), F("created_at")))


def forget_interest(*, interest_id: int) -> bool:
    """Erase everything that the address of this request has asked for, and the mails to it.

    False if this request is erased already: then its address is not known any more, and nothing is done.
    """
    with transaction.atomic():
        email = CityInterest.objects.filter(pk=interest_id).values_list("email", flat=True).first()
        if email is not None:
            CityInterest.objects.filter(email=email).delete()
            forget_address(email=email)
    return email is not None


def forget_old_interests(*, now: datetime) -> int:
    """Erase who was told a while ago and who has waited too long, and the mails to them; returns how many."""
    with transaction.atomic():
        old = Q(told_at__lt=told_before(now)) | Q(told_at__isnull=True, created_at__lt=asked_before(now))
        forgotten, _by_model = CityInterest.objects.filter(old).delete()
        forget_addresses(kind=KIND, before=told_before(now))
    return forgotten


def token_of(interest: CityInterest) -> str:
    """What the link in the mail proves: that its reader owns the address."""
    return signing.dumps(interest.pk, salt=SALT)


def interest_of(token: str) -> int:
    """The id that a token stands for, whether the row is still there or not. Raises UnknownToken."""
    try:
        return int(signing.loads(token, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError) as wrong:
        raise UnknownToken from wrong


def _draft(interest: CityInterest) -> Draft:
    return Draft(
        Address(interest.email, interest.language),
        KIND,
        key=f"{KIND}:{interest.pk}:{interest.created_at.isoformat()}",
        payload={"interest_id": interest.pk},
    )
