"""The client approves an extra while the partner withdraws it: one wins."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from mila.accounts.models import User
from orders import services
from orders.models import Extra, Job
from orders.services import working
from orders.visits import services as visits
from orders.visits import steps
from orders.visits.policy import ExtraStatus
from orders.visits.services import extras
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.races.market import START, orders_for
from tests.races.track import Meeting, differences, race

Unlock = Callable[[Any, str], None]


def proposed(client: User) -> tuple[Extra, Partner]:
    partner = factories.PartnerFactory.create()
    (offer,) = orders_for(partner, client, [START])
    job: Job = services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)
    extra = visits.propose_extra(
        job_id=job.pk, partner=partner, text="Cable", price=Decimal(5), submission_key=uuid4(), now=NOW
    )
    return extra, partner


def approve_and_withdraw(client: User) -> tuple[Extra, int, set[str], list[BaseException]]:
    extra, partner = proposed(client)
    contestants: list[Callable[[], None]] = [
        partial(visits.answer_extra, extra_id=extra.pk, client=client, approve=True, now=NOW),
        partial(visits.withdraw_extra, extra_id=extra.pk, partner=partner, now=NOW),
    ]
    finish = race(contestants)
    extra.refresh_from_db()
    return extra, len(finish.won), finish.reasons(), finish.crashed


def meet_before_moving(monkeypatch: pytest.MonkeyPatch, meeting: Meeting) -> None:
    """Both have looked before either of them writes."""
    monkeypatch.setattr(extras, "move_extras", meeting.before(steps.move_extras))


def test_under_the_lock_one_wins_and_the_other_is_told(
    client_user: User, monkeypatch: pytest.MonkeyPatch, meeting: Meeting
) -> None:
    meet_before_moving(monkeypatch, meeting)
    extra, won, reasons, crashed = approve_and_withdraw(client_user)
    assert (won, reasons, crashed) == (1, {"ExtraAnswered"}, [])
    assert extra.status in (ExtraStatus.APPROVED, ExtraStatus.WITHDRAWN)
    assert extra.transitions.count() == 2
    assert differences(NOW) == []


def test_without_lock_only_the_database_stops_the_second(
    client_user: User, monkeypatch: pytest.MonkeyPatch, meeting: Meeting, without_lock: Unlock
) -> None:
    meeting.for_sure()
    meet_before_moving(monkeypatch, meeting)
    for name in ("lock_partner", "lock_order"):
        without_lock(working, name)
    for model in (Job, Extra):
        monkeypatch.setattr(type(model.objects), "select_for_update", _read_only, raising=False)
    _extra, won, _reasons, crashed = approve_and_withdraw(client_user)
    assert won == 1
    assert ["Invalid transition" in str(error) for error in crashed] == [True]


def _read_only(manager: Any, **_how: object) -> Any:
    return manager.get_queryset()
