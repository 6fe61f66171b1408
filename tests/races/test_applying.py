"""Two members of staff at one application, and two first steps of one person."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from partners.applying import services
from partners.models import Application, Partner
from tests.factories import NOW, OpsFactory
from tests.partners.applying.drafts import sent
from tests.races.conftest import Drop
from tests.races.track import CROWD, Finish, Meeting, race

LATER = NOW + timedelta(hours=1)


def approve(application: Application, actor: User) -> object:
    return services.approve_application(application_id=application.pk, actor=actor, reason="", now=LATER)


def refuse(application: Application, actor: User) -> None:
    services.refuse_application(application_id=application.pk, actor=actor, reason="No.", now=LATER)


def test_of_many_answers_one_counts() -> None:
    application, ops = sent(), OpsFactory.create()
    verbs = [approve, refuse]
    finish = race([partial(verbs[number % 2], application, ops) for number in range(CROWD)])
    assert finish.crashed == []
    assert len(finish.won) == 1
    assert finish.reasons() <= {"NothingToDecide", "Busy"}
    approved = Application.objects.get().status == "approved"
    assert Partner.objects.count() == (1 if approved else 0)
    assert Notification.objects.count() == 1


@pytest.fixture
def _meet_before_the_decision(monkeypatch: pytest.MonkeyPatch, meeting: Meeting) -> None:
    """Both have found that it waits before either of them has decided."""
    monkeypatch.setattr(services, "_decide", meeting.before(services._decide))


def decide_twice() -> Finish[object]:
    application, ops = sent(), OpsFactory.create()
    return race([partial(approve, application, ops), partial(refuse, application, ops)])


@pytest.mark.usefixtures("_meet_before_the_decision")
def test_the_lock_lets_one_of_two_decisions_through() -> None:
    finish = decide_twice()
    assert (len(finish.won), finish.reasons(), finish.crashed) == (1, {"NothingToDecide"}, [])


@pytest.mark.usefixtures("_meet_before_the_decision")
def test_without_the_lock_only_the_database_stops_the_second(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*, application_id: int) -> Application:
        return Application.objects.select_related("user", "home__city").get(pk=application_id)

    meeting.for_sure()
    monkeypatch.setattr(services, "lock_application", read)
    finish = decide_twice()
    assert len(finish.won) == 1
    assert len(finish.crashed) == 1


def first_steps(user: User) -> Finish[None]:
    step: Callable[..., None] = services.save_details
    said: dict[str, Any] = {"user": user, "languages": ["fr"], "about": "", "now": NOW}
    return race([partial(step, first_name=name, **said) for name in ("Aline", "Lina")])


@pytest.fixture
def _meet_before_beginning(monkeypatch: pytest.MonkeyPatch, meeting: Meeting) -> None:
    monkeypatch.setattr(services, "_begin", meeting.before(services._begin))


@pytest.mark.usefixtures("_meet_before_beginning")
def test_two_first_steps_at_once_begin_one_application(client_user: User) -> None:
    finish = first_steps(client_user)
    assert (len(finish.won), finish.crashed) == (2, [])
    assert Application.objects.get().first_name in {"Aline", "Lina"}


@pytest.mark.usefixtures("_meet_before_beginning")
def test_without_the_constraint_they_would_begin_two(
    client_user: User, meeting: Meeting, drop_guard: Drop
) -> None:
    meeting.for_sure()
    drop_guard("one_open_application_of_a_person")
    first_steps(client_user)
    assert Application.objects.count() == 2
