"""Whom a client would like to have again: the client's own list, which no ranking and no rule reads (C1, C11)."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.refusals import Refusal
from partners.models import Favourite, Partner


class OwnFavourite(Refusal):
    message = _("This is your own profile: you cannot book yourself.")


def keep_favourite(*, client: User, partner: Partner, now: datetime) -> None:
    """Put a partner on the list; twice is once. Raises `OwnFavourite`."""
    if partner.user_id == client.pk:
        raise OwnFavourite
    fresh = Favourite(client=client, partner=partner, created_at=now)
    Favourite.objects.bulk_create([fresh], ignore_conflicts=True)


def drop_favourite(*, client: User, partner: Partner) -> None:
    """Take a partner off the list; whoever is not on it stays off."""
    Favourite.objects.of_client(client).filter(partner=partner).delete()


def is_favourite(*, client: User | AnonymousUser, partner_id: int) -> bool:
    """Whether this person has kept the partner; a visitor has kept nobody."""
    if not client.is_authenticated:
        return False
    return Favourite.objects.of_client(client).filter(partner=partner_id).exists()


def favourite_ids(client: User, partner_ids: Sequence[int]) -> set[int]:
    """Which of these partners the person has kept, in one statement."""
    mine = Favourite.objects.of_client(client).filter(partner__in=partner_ids)
    return set(mine.values_list("partner_id", flat=True))
