"""A booking that is confirmed twice, begun twice, claimed twice, at once."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from mila.accounts.models import User
from orders.models import BookingDraft, Order
from orders.services import drafts
from orders.services.drafts import Owner
from tests import factories
from tests.factories import NOW
from tests.races.track import CROWD, ROUNDS, Finish, race

PRICE = Decimal("89.00")


def complete(owner: Owner, day: date) -> BookingDraft:
    drafts.describe(owner, service=factories.service(), details="", day=None, now=NOW)
    given = {"street": "Seestrasse 1", "first_name": "Ann", "phone": ""}
    drafts.give_address(owner, place=factories.place(), **given, now=NOW)
    drafts.choose_time(owner, day=day, time="10:00", now=NOW)
    return drafts.choose_partner(owner, partner=None, now=NOW)


def test_pressed_by_a_crowd_at_once_it_is_one_order(client_user: User) -> None:
    factories.PartnerFactory.create()
    for number in range(ROUNDS):
        draft = complete(Owner(client_user, ""), NOW.date() + timedelta(days=2 + number))
        confirm = partial(
            drafts.book_draft,
            client=client_user,
            submission_key=draft.submission_key,
            seen=draft.changed_at,
            price=PRICE,
            now=NOW,
        )
        finish = race([confirm for _ in range(CROWD)])
        assert finish.crashed == []
        assert finish.reasons() <= {"Busy"}
        assert {won.pk for won in finish.won} == {Order.objects.get(submission_key=draft.submission_key).pk}
        assert not BookingDraft.objects.exists()


def begun_by_a_crowd(client_user: User) -> Finish[BookingDraft]:
    own = Owner(client_user, "")
    return race([partial(drafts.choose_partner, own, partner=None, now=NOW) for _ in range(CROWD)])


def test_begun_on_many_devices_at_once_it_is_one_draft(client_user: User) -> None:
    for _round in range(ROUNDS):
        finish = begun_by_a_crowd(client_user)
        assert finish.crashed == []
        assert finish.reasons() <= {"Busy"}
        assert BookingDraft.objects.count() == 1
        BookingDraft.objects.all().delete()


def test_without_the_lock_of_the_account_some_would_crash(
    client_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_alone", lambda _client: None)
    crashed = 0
    for _round in range(ROUNDS):
        crashed += len(begun_by_a_crowd(client_user).crashed)
        BookingDraft.objects.all().delete()
    assert crashed > 0


def test_begun_and_claimed_at_once_the_account_has_one_and_the_browsers_is_not_lost(
    client_user: User,
) -> None:
    for number in range(ROUNDS):
        browser = Owner(None, f"browser-{number}")
        drafts.choose_partner(browser, partner=None, now=NOW)
        both = Owner(client_user, browser.token)
        finish: Finish[object] = race(
            [
                *(partial(drafts.claim, both, now=NOW) for _ in range(CROWD // 2)),
                *(
                    partial(drafts.choose_time, both, day=NOW.date(), time="10:00", now=NOW)
                    for _ in range(CROWD // 2)
                ),
                partial(drafts.choose_partner, Owner(client_user, ""), partner=None, now=NOW),
            ]
        )
        assert finish.crashed == []
        assert finish.reasons() <= {"Busy"}
        assert BookingDraft.objects.filter(client=client_user).count() == 1
        assert BookingDraft.objects.filter(token=browser.token).count() == 1
        BookingDraft.objects.all().delete()
