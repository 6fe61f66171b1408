"""Decisions in the admin: a reason is asked for, the service acts, its refusal is told, the deed is on record."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now

from billing.models import CommissionRate
from compliance.models import CityPolicy, Sanction
from compliance.policy import PolicyParameters, SanctionKind
from mila.accounts.models import User
from mila.notifications.models import Notification
from orders.models import HandOver
from orders.policy import Outcome
from partners.models import DayOff, Partner
from partners.policy import PartnerStatus
from tests.factories import NOW, BookedJobFactory, OpsFactory, slot
from tests.partners.applying.drafts import draft

REASON = "The client showed photos."


def url_of(obj: Model, decision: str = "change") -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{decision}", args=[obj.pk])


def decide(desk: Client, obj: Model, decision: str, reason: str = REASON, **fields: str) -> str:
    """Give the reason on the decision's page; returns what is said afterwards."""
    answer = desk.post(url_of(obj, decision), {"reason": reason, **fields})
    assert answer.status_code == 302
    obj.refresh_from_db()
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def buttons(desk: Client, obj: Model) -> list[str]:
    return [str(button["title"]) for button in desk.get(url_of(obj)).context["actions_detail"]]


def test_decision_asks_for_the_reason_first(desk: Client, market: SimpleNamespace) -> None:
    page = desk.get(url_of(market.partner, "suspend"))
    assert "no more offers" in page.content.decode()
    for reason in ("", "   "):
        page = desk.post(url_of(market.partner, "suspend"), {"reason": reason})
        assert page.context["form"].errors["reason"]
    market.partner.refresh_from_db()
    assert market.partner.status == PartnerStatus.ACTIVE


def test_suspending_and_reinstating_a_partner(desk: Client, ops: User, market: SimpleNamespace) -> None:
    partner = market.partner
    assert buttons(desk, partner) == ["Suspend", "Report sick day"]
    assert decide(desk, partner, "suspend") == "The partner is suspended."
    assert partner.status == PartnerStatus.SUSPENDED
    sanction = Sanction.objects.get(partner=partner, imposed_by=ops)
    assert sanction.imposed_reason == REASON
    assert buttons(desk, partner) == ["Reinstate", "Report sick day"]
    assert decide(desk, partner, "reinstate") == "The partner is active again."
    assert partner.status == PartnerStatus.ACTIVE
    kinds = Notification.objects.filter(recipient=partner.user).values_list("kind", flat=True)
    assert {"sanction_issued", "partner_reinstated"} <= set(kinds)


def test_an_application_is_approved_without_a_reason(
    desk: Client, ops: User, market: SimpleNamespace
) -> None:
    application = market.application
    assert buttons(desk, application) == ["Approve", "Refuse"]
    page = desk.get(url_of(application)).content.decode()
    assert "Monday: 09:00 – 12:00, 13:00 – 17:00" in page
    assert "Deutsch, Français" in page
    read = {"sent_at": application.sent_at.isoformat(timespec="microseconds")}
    question = desk.get(url_of(application, "approve")).content.decode()
    assert f'name="sent_at" value="{read["sent_at"]}"' in question
    assert (
        decide(desk, application, "approve", "", **read)
        == "The application is approved; the partner is active."
    )
    assert (application.status, application.decided_by) == ("approved", ops)
    partner = Partner.objects.get(user=application.user)
    assert partner.status == PartnerStatus.ACTIVE
    assert buttons(desk, application) == []
    assert (
        decide(desk, application, "refuse", **read)
        == "This application does not wait for an answer any more."
    )
    assert application.status == "approved"


def test_staff_do_not_see_what_is_not_sent(desk: Client, market: SimpleNamespace) -> None:
    begun = draft()
    shown = desk.get(reverse("admin:partners_application_changelist")).context["cl"].result_list
    assert [each.pk for each in shown] == [market.application.pk]
    assert desk.get(url_of(begun)).status_code == 302


def test_an_application_is_refused_with_a_reason(desk: Client, market: SimpleNamespace) -> None:
    application = market.application
    assert desk.post(url_of(application, "refuse"), {"reason": " "}).context["form"].errors["reason"]
    read = {"sent_at": application.sent_at.isoformat(timespec="microseconds")}
    assert decide(desk, application, "refuse", **read) == "The application is refused."
    assert (application.status, application.reason) == ("refused", REASON)
    assert not Partner.objects.filter(user=application.user).exists()


def test_refusal_is_told_and_not_logged(desk: Client, market: SimpleNamespace) -> None:
    assert decide(desk, market.partner, "reinstate") == "Only a suspended partner can be reinstated."
    assert not LogEntry.objects.exists()


def test_deed_and_reason_are_in_the_history_of_the_object(
    desk: Client, ops: User, market: SimpleNamespace
) -> None:
    decide(desk, market.partner, "suspend")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (ops, str(market.partner.pk))
    assert entry.get_change_message() == f"Suspend: {REASON}"
    assert REASON in desk.get(url_of(market.partner, "history")).content.decode()


def test_confirming_a_no_show(desk: Client, ops: User, market: SimpleNamespace) -> None:
    assert buttons(desk, market.job) == ["Confirm no-show", "Excuse"]
    assert decide(desk, market.job, "confirm_no_show") == "The no-show is confirmed."
    assert market.job.outcome == Outcome.NO_SHOW
    step = market.job.transitions.get(new="no_show")
    assert (step.actor, step.reason) == (ops, REASON)
    assert buttons(desk, market.job) == ["Excuse"]


def test_excusing_lifts_a_no_show_and_stays_on_record(desk: Client, market: SimpleNamespace) -> None:
    decide(desk, market.job, "confirm_no_show")
    assert decide(desk, market.job, "excuse") == "The job is excused."
    assert (market.job.outcome, market.job.excused_at is not None) == (Outcome.NO_SHOW, True)
    assert buttons(desk, market.job) == []
    assert (
        decide(desk, market.job, "excuse")
        == "Only a running job, a cancellation or a no-show can be excused."
    )


def test_completed_job_offers_no_decision(desk: Client, market: SimpleNamespace) -> None:
    assert buttons(desk, market.done) == []


def test_ruling_out_a_rating(desk: Client, ops: User, market: SimpleNamespace) -> None:
    assert decide(desk, market.rating, "rule_out") == "The rating is ruled out."
    assert (market.rating.ruled_out_by, market.rating.ruled_out_reason) == (ops, REASON)
    market.done.refresh_from_db()
    assert market.done.stars_ruled_out_at is not None
    assert buttons(desk, market.rating) == []


def test_hiding_a_reported_comment_leaves_the_stars(desk: Client, ops: User, market: SimpleNamespace) -> None:
    assert buttons(desk, market.report) == ["Keep the comment", "Hide the comment"]
    assert decide(desk, market.report, "hide_comment") == "The comment is hidden."
    assert (market.report.decision, market.report.decided_by) == ("hide", ops)
    assert market.report.decided_reason == REASON
    market.rating.refresh_from_db()
    assert (market.rating.shown_comment, market.rating.stars) == ("", 2)
    market.done.refresh_from_db()
    assert market.done.stars_ruled_out_at is None
    assert buttons(desk, market.report) == []


def test_keeping_a_reported_comment_is_final(desk: Client, market: SimpleNamespace) -> None:
    assert decide(desk, market.report, "keep_comment") == "The comment stays."
    market.rating.refresh_from_db()
    assert market.rating.shown_comment == "<b>rude</b>"
    assert decide(desk, market.report, "hide_comment") == "This report has been decided already."
    assert market.report.decision == "keep"


def test_withdrawing_a_notice(desk: Client, ops: User, market: SimpleNamespace) -> None:
    assert decide(desk, market.notice, "withdraw") == "The notice is withdrawn."
    assert (market.notice.withdrawn_by, market.notice.withdrawn_reason) == (ops, REASON)
    assert decide(desk, market.notice, "withdraw") == "This notice has already been withdrawn."


def test_approving_a_proposed_suspension(desk: Client, market: SimpleNamespace) -> None:
    assert buttons(desk, market.sanction) == ["Approve", "Decline"]
    decide(desk, market.sanction, "approve")
    market.partner.refresh_from_db()
    assert (market.sanction.status, market.partner.status) == ("in_force", PartnerStatus.SUSPENDED)


def test_declining_a_proposed_suspension(desk: Client, market: SimpleNamespace) -> None:
    assert decide(desk, market.sanction, "decline") == "The proposal is dismissed."
    assert market.sanction.status == "dismissed"


def test_exclusion_takes_two_people(desk: Client, market: SimpleNamespace) -> None:
    exclusion = Sanction.objects.create(
        partner=market.partner, rule="no_show", kind=SanctionKind.EXCLUSION, status="proposed",
        suspends_access=False, issued_at=NOW, policy=market.policy,
    )  # fmt: skip
    decide(desk, exclusion, "approve")
    assert exclusion.status == "proposed"
    assert "a second person beside ops@example.org" in desk.get(url_of(exclusion)).content.decode()
    assert (
        decide(desk, exclusion, "approve")
        == "An exclusion is confirmed by a second person; you have decided on it already."
    )
    second = Client()
    second.force_login(OpsFactory.create())
    decide(second, exclusion, "approve")
    market.partner.refresh_from_db()
    assert (exclusion.status, market.partner.status) == ("in_force", PartnerStatus.EXCLUDED)


def test_profile_edit_does_not_undo_a_status_that_changed_meanwhile(
    desk: Client, market: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = market.partner
    form = {"first_name": "Robina", "about": "", "languages": ["de", "pt"], "skills": []}
    empty = {
        f"{prefix}-{name}": 0
        for prefix in ("notices", "sanctions", "transitions", "working_hours", "days_off")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    save = Partner.save

    def suspended_meanwhile(self: Partner, **kwargs: object) -> None:
        Partner.objects.filter(pk=self.pk).update(status=PartnerStatus.SUSPENDED)
        save(self, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Partner, "save", suspended_meanwhile)
    assert desk.post(url_of(partner), {**form, **empty}).status_code == 302
    partner.refresh_from_db()
    assert (partner.first_name, partner.languages) == ("Robina", ["de", "pt"])
    assert partner.status == PartnerStatus.SUSPENDED


def test_dead_messages_are_tried_again(desk: Client, market: SimpleNamespace) -> None:
    message = Notification.objects.get(key="k")
    Notification.objects.filter(pk=message.pk).update(dead_at=NOW, attempts=3)
    url = reverse("admin:notifications_notification_changelist")
    desk.post(url, {"action": "send_again", "_selected_action": [message.pk]})
    message.refresh_from_db()
    assert (message.dead_at, message.attempts) == (None, 0)


def policy_form(market: SimpleNamespace, **changes: object) -> dict[str, object]:
    parameters = {name: getattr(market.policy, name) for name in PolicyParameters.__dataclass_fields__}
    begins = now() + timedelta(days=2)
    form = {
        "city": market.policy.city_id,
        "in_force_from_0": f"{begins:%Y-%m-%d}",
        "in_force_from_1": "00:00:00",
        "reason": "Decided by the board.",
        **parameters,
        "automatic_suspension": "on",
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def test_new_policy_version_begins_from_the_present_one(desk: Client, market: SimpleNamespace) -> None:
    page = desk.get(reverse("admin:compliance_citypolicy_add"), {"city": market.policy.city_id})
    assert page.context["adminform"].form.initial["min_rating"] == market.policy.min_rating


def test_new_policy_version_is_stored_with_its_author(
    desk: Client, ops: User, market: SimpleNamespace
) -> None:
    answer = desk.post(reverse("admin:compliance_citypolicy_add"), policy_form(market, min_rating="4.30"))
    assert answer.status_code == 302, answer.context["errors"]
    created = CityPolicy.objects.get(city=market.policy.city, reason="Decided by the board.")
    assert (created.min_rating, created.created_by) == (Decimal("4.30"), ops)
    assert desk.post(url_of(created), policy_form(market)).status_code == 403


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"min_rating": "5.50"}, "min_rating", "between 1 and 5 stars"),
        ({"rating_margin": "0.90"}, "rating_margin", "must not be more than 5 stars"),
        ({"min_rated_jobs": "51"}, "min_rated_jobs", "window holds 50 jobs"),
        ({"cancellation_floor": "0.3000"}, "cancellation_floor", "must not be higher"),
        ({"notices_before_suspension": "0"}, "notices_before_suspension", "at least 1"),
        ({"in_force_from_0": "2020-01-01"}, "in_force_from", "begins in the future"),
        ({"reason": ""}, "reason", "required"),
    ],
)
def test_impossible_policy_is_refused_with_clear_words(
    desk: Client, market: SimpleNamespace, changes: dict[str, object], field: str, words: str
) -> None:
    answer = desk.post(reverse("admin:compliance_citypolicy_add"), policy_form(market, **changes))
    assert answer.status_code == 200
    assert words in " ".join(answer.context["adminform"].form.errors[field])


def test_new_commission_rate_begins_in_the_future(desk: Client, market: SimpleNamespace) -> None:
    form = {
        "city": market.policy.city_id,
        "in_force_from_0": "2020-01-01",
        "in_force_from_1": "00:00",
        "rate": "0.25",
    }
    answer = desk.post(reverse("admin:billing_commissionrate_add"), form)
    assert "in the future" in str(answer.context["adminform"].form.errors)
    form["in_force_from_0"] = f"{now() + timedelta(days=2):%Y-%m-%d}"
    assert desk.post(reverse("admin:billing_commissionrate_add"), form).status_code == 302
    assert CommissionRate.objects.filter(rate=Decimal("0.2500")).exists()


def test_impossible_decision_says_why_before_it_asks_for_a_reason(
    desk: Client, market: SimpleNamespace
) -> None:
    page = desk.get(url_of(market.partner, "reinstate")).content.decode()
    assert "Only a suspended partner can be reinstated." in page
    assert "<textarea" not in page


def test_no_show_is_not_offered_before_it_can_be_confirmed(desk: Client, market: SimpleNamespace) -> None:
    job = BookedJobFactory.create(order__slot=slot(now() + timedelta(days=3)), accepted_at=now())
    assert buttons(desk, job) == ["Excuse"]
    page = desk.get(url_of(job, "confirm_no_show")).content.decode()
    assert "from 15 minutes after the agreed time" in page
    assert "<textarea" not in page


def test_who_has_approved_an_exclusion_is_not_asked_again(desk: Client, market: SimpleNamespace) -> None:
    exclusion = Sanction.objects.create(
        partner=market.partner, rule="no_show", kind=SanctionKind.EXCLUSION, status="proposed",
        suspends_access=False, issued_at=NOW, policy=market.policy,
    )  # fmt: skip
    assert "You are the first of two" in desk.get(url_of(exclusion, "approve")).content.decode()
    decide(desk, exclusion, "approve")
    assert buttons(desk, exclusion) == ["Decline"]
    assert "confirmed by a second person" in desk.get(url_of(exclusion, "approve")).content.decode()
    second = Client()
    second.force_login(OpsFactory.create())
    assert buttons(second, exclusion) == ["Approve", "Decline"]
    assert "You are the second of two" in second.get(url_of(exclusion, "approve")).content.decode()


def test_excusing_a_visit_to_come_says_that_it_is_taken_from_the_partner(
    desk: Client, market: SimpleNamespace
) -> None:
    job = BookedJobFactory.create(order__slot=slot(now() + timedelta(days=3)), accepted_at=now())
    page = desk.get(url_of(job, "excuse")).content.decode()
    assert "This visit is taken from the partner" in page
    assert "search for somebody else" in page


def test_withdrawing_says_that_the_next_review_may_issue_it_again(
    desk: Client, market: SimpleNamespace
) -> None:
    page = desk.get(url_of(market.notice, "withdraw")).content.decode()
    assert "the next review issues one again" in page


def test_a_sick_day_is_reported_for_a_partner(desk: Client, ops: User, market: SimpleNamespace) -> None:
    day = timezone.localdate() + timedelta(days=1)
    page = desk.post(url_of(market.partner, "report_sick_day"), {"reason": REASON})
    assert page.context["form"].errors["day"]

    told = decide(desk, market.partner, "report_sick_day", day=day.isoformat())

    assert told == "The day is handed over."
    assert DayOff.objects.get(partner=market.partner).first == day


def test_the_queue_of_hand_overs_is_settled_with_a_note(desk: Client, ops: User) -> None:
    job = BookedJobFactory.create()
    asked = HandOver.objects.create(job=job, reason="Too hard", asked_at=NOW, asked_by=job.partner.user)
    assert "Too hard" in desk.get(reverse("admin:orders_handover_changelist")).content.decode()
    assert buttons(desk, asked) == ["Settle"]

    assert decide(desk, asked, "settle") == "The hand-over is settled."

    assert (asked.status, asked.note, asked.ended_by) == ("settled", REASON, ops)
    assert buttons(desk, asked) == []
