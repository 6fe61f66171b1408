"""A client's list of favourites, and that nothing else hangs on it."""

import pytest

from partners.favourites import OwnFavourite, drop_favourite, favourite_ids, is_favourite, keep_favourite
from partners.models import Favourite
from tests.factories import NOW, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_keeping_and_dropping_twice_is_once() -> None:
    client, partner = UserFactory.create(), PartnerFactory.create()

    for _ in range(2):
        keep_favourite(client=client, partner=partner, now=NOW)
    assert Favourite.objects.of_client(client).count() == 1
    assert is_favourite(client=client, partner_id=partner.pk)
    for _ in range(2):
        drop_favourite(client=client, partner=partner)
    assert not Favourite.objects.exists()


def test_everybody_has_a_list_of_their_own() -> None:
    one, other = UserFactory.create_batch(2)
    first, second = PartnerFactory.create_batch(2)
    keep_favourite(client=one, partner=first, now=NOW)
    keep_favourite(client=other, partner=second, now=NOW)

    assert favourite_ids(one, [first.pk, second.pk]) == {first.pk}
    drop_favourite(client=other, partner=first)
    assert is_favourite(client=one, partner_id=first.pk)


def test_nobody_is_their_own_favourite() -> None:
    partner = PartnerFactory.create()

    with pytest.raises(OwnFavourite):
        keep_favourite(client=partner.user, partner=partner, now=NOW)
    assert not Favourite.objects.exists()
