"""The way of an application from its first step to the partner that it makes."""

from datetime import timedelta

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from partners.applying import services
from partners.applying.policy import REST_AFTER_REFUSAL, ApplicationStatus, Step
from partners.area.services import PostcodesUnknown
from partners.availability.policy import Hours
from partners.availability.services import HoursOverlap, availability_of
from partners.models import Application, Partner, PartnerReview, Place, Skill
from partners.policy import PartnerStatus
from tests.factories import NOW, OpsFactory, PartnerFactory, UserFactory, place
from tests.partners.applying.drafts import WEEK, draft, sent

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.fixture
def ops() -> User:
    user: User = OpsFactory.create()
    return user


def fresh(user: User | None) -> User:
    """As the next request would read it."""
    assert user is not None
    return User.objects.get(pk=user.pk)


def again(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def test_steps_may_come_in_any_order_and_fill_one_draft() -> None:
    user = UserFactory.create(first_name="Alex")
    services.save_area(user=user, place=place("8800"), radius_km=9, postcodes=["8800"], now=NOW)
    begun = Application.objects.get(user=user)
    assert (begun.status, begun.first_name, begun.begun_at) == ("draft", "Alex", NOW)
    assert services.steps_missing(begun) == [Step.DETAILS, Step.SKILLS, Step.HOURS]
    services.save_skills(user=user, skills=Skill.objects.filter(slug="tv"), now=LATER)
    assert services.steps_missing(again(begun)) == [Step.DETAILS, Step.HOURS]
    assert Application.objects.count() == 1


def test_nothing_is_sent_while_a_step_is_missing() -> None:
    begun = draft(skills=[])
    with pytest.raises(services.Incomplete):
        services.send_application(user=begun.user, now=LATER)
    assert (again(begun).status, again(begun).sent_at) == ("draft", None)


def test_what_cannot_be_kept_is_refused_and_begins_nothing() -> None:
    user = UserFactory.create()
    unserved = Place.objects.filter(city=None).first()
    assert unserved is not None
    with pytest.raises(services.NotServed):
        services.save_area(user=user, place=unserved, radius_km=9, postcodes=[], now=NOW)
    with pytest.raises(PostcodesUnknown):
        services.save_area(user=user, place=place(), radius_km=9, postcodes=["8999"], now=NOW)
    with pytest.raises(HoursOverlap):
        services.save_hours(
            user=user,
            hours=[Hours(0, 480, 600), Hours(0, 540, 660)],
            works_on_holidays=False,
            buffer_minutes=0,
            now=NOW,
        )
    assert not Application.objects.exists()


def test_what_is_sent_waits_and_changes_only_when_taken_back() -> None:
    application = sent(now=NOW)
    assert (application.status, application.sent_at) == ("sent", NOW)
    assert not hasattr(fresh(application.user), "partner")
    with pytest.raises(services.AlreadySent):
        services.save_skills(user=application.user, skills=[], now=LATER)
    with pytest.raises(services.AlreadySent):
        services.send_application(user=application.user, now=LATER)
    services.take_back(user=application.user)
    with pytest.raises(services.NothingSent):
        services.take_back(user=application.user)
    services.save_details(user=application.user, first_name="Lina", languages=["it"], about="", now=LATER)
    services.send_application(user=application.user, now=LATER)
    assert (again(application).first_name, again(application).sent_at) == ("Lina", LATER)


def test_an_approval_makes_an_active_partner_of_everything_that_was_said(ops: User) -> None:
    application = sent()
    partner = services.approve_application(
        application_id=application.pk, actor=ops, reason="Welcome!", now=LATER
    )
    made = Partner.objects.get(pk=partner.pk)
    assert (made.user, made.status, made.joined_at) == (application.user, PartnerStatus.ACTIVE, LATER)
    assert (made.first_name, made.about, made.languages) == ("Aline", "Patient.", ["de", "fr"])
    assert {skill.slug for skill in made.skills.all()} == {"tv", "network"}
    assert sorted(made.skill_ids) == sorted(skill.pk for skill in made.skills.all())
    home = place("8800")
    assert (made.city, made.home, made.latitude, made.radius_km) == (home.city, home, home.latitude, 7)
    assert availability_of(made).hours == WEEK
    assert (made.works_on_holidays, made.buffer_minutes) == (True, 20)
    # Without a review the newcomer would stand behind everybody.
    assert PartnerReview.objects.get(partner=made).due_at == LATER
    assert fresh(application.user).first_name == "Aline"
    decided = again(application)
    assert (decided.status, decided.decided_at, decided.decided_by, decided.reason) == (
        "approved", LATER, ops, "Welcome!",
    )  # fmt: skip
    told = Notification.objects.get(kind="application_approved")
    assert (told.recipient, told.payload) == (application.user, {"application_id": application.pk})


def test_whoever_is_asked_at_any_time_has_no_hours(ops: User) -> None:
    application = sent()
    services.take_back(user=application.user)
    services.save_hours(
        user=application.user, hours=None, works_on_holidays=False, buffer_minutes=10, now=NOW
    )
    services.send_application(user=application.user, now=NOW)
    partner = services.approve_application(application_id=application.pk, actor=ops, reason="", now=LATER)
    assert availability_of(partner).hours is None


def test_a_second_decision_changes_nothing(ops: User) -> None:
    application = sent()
    services.approve_application(application_id=application.pk, actor=ops, reason="", now=LATER)
    with pytest.raises(services.NothingToDecide):
        services.approve_application(application_id=application.pk, actor=ops, reason="", now=LATER)
    with pytest.raises(services.NothingToDecide):
        services.refuse_application(application_id=application.pk, actor=ops, reason="No.", now=LATER)
    assert again(application).status == ApplicationStatus.APPROVED
    assert Partner.objects.filter(user=application.user).count() == 1
    assert Notification.objects.count() == 1


def test_what_was_sent_anew_since_it_was_read_is_not_decided(ops: User) -> None:
    read = sent()
    services.take_back(user=read.user)
    services.save_details(user=read.user, first_name="Other", languages=["fr"], about="", now=LATER)
    services.send_application(user=read.user, now=LATER)
    decision = {"application_id": read.pk, "actor": ops, "reason": "Welcome!", "now": LATER}
    with pytest.raises(services.SentAnew):
        services.approve_application(**decision, sent_at=read.sent_at)
    assert services.approve_application(**decision, sent_at=LATER).first_name == "Other"


def test_nobody_decides_about_themselves() -> None:
    own = sent(OpsFactory.create())
    with pytest.raises(services.OwnApplication):
        services.approve_application(application_id=own.pk, actor=own.user, reason="", now=LATER)


def test_a_draft_cannot_be_decided(ops: User) -> None:
    begun = draft()
    with pytest.raises(services.NothingToDecide):
        services.approve_application(application_id=begun.pk, actor=ops, reason="", now=LATER)


def test_who_has_become_a_partner_otherwise_is_not_made_one_twice(ops: User) -> None:
    application = sent()
    PartnerFactory.create(user=application.user)
    with pytest.raises(services.IsPartner):
        services.approve_application(application_id=application.pk, actor=ops, reason="", now=LATER)
    assert again(application).status == ApplicationStatus.SENT


def test_a_refusal_is_told_with_its_reason_and_rests(ops: User) -> None:
    application = sent()
    services.refuse_application(application_id=application.pk, actor=ops, reason="Too far.", now=LATER)
    assert not hasattr(fresh(application.user), "partner")
    assert Notification.objects.get().kind == "application_refused"
    with pytest.raises(services.RefusedLately) as refused:
        services.save_details(
            user=application.user, first_name="A", languages=["fr"], about="", now=LATER + timedelta(days=29)
        )
    assert str(refused.value) == "You can apply again from 03.07.2026 on."


def test_a_second_application_begins_with_the_answers_of_the_first(ops: User) -> None:
    first = sent()
    services.refuse_application(application_id=first.pk, actor=ops, reason="Too far.", now=LATER)
    rested = LATER + REST_AFTER_REFUSAL
    services.save_details(user=first.user, first_name="Aline", languages=["fr"], about="Patient.", now=rested)
    second = Application.objects.open().get(user=first.user)
    assert second.pk != first.pk
    assert (second.home, second.radius_km, second.week) == (first.home, 7, WEEK)
    assert {skill.slug for skill in second.skills.all()} == {"tv", "network"}
    services.send_application(user=first.user, now=rested)
    assert (again(first).status, again(first).reason, again(second).status) == ("refused", "Too far.", "sent")


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (PartnerStatus.ACTIVE, services.IsPartner),
        (PartnerStatus.SUSPENDED, services.IsPartner),
        (PartnerStatus.EXCLUDED, services.WasExcluded),
        (PartnerStatus.LEFT, services.HasLeft),
    ],
)
def test_who_is_or_was_a_partner_is_told_so(
    status: PartnerStatus, refusal: type[services.CannotApply]
) -> None:
    user = PartnerFactory.create(status=status).user
    with pytest.raises(refusal):
        services.save_details(user=user, first_name="A", languages=["fr"], about="", now=NOW)
    assert not Application.objects.exists()
