"""What the mails say, in the recipient's language, and that nothing is left unsaid."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from compliance.models import CityPolicy, Notice, Sanction
from compliance.policy import NoticeKind, Rule, SanctionKind
from compliance.services import reinstate_partner, suspend_partner
from mila.accounts.models import User
from mila.mails import CONTEXTS, render
from mila.notifications.labels import KINDS
from mila.notifications.models import Notification
from mila.notifications.services import notify, send_due
from orders.models import Job, JobTransition
from orders.policy import JobState, OrderStatus, Outcome
from partners.applying import services
from partners.models import Partner
from ratings.models import Rating, RatingFlag, Side
from tests.factories import (
    NOW,
    BookedJobFactory,
    CompletedJobFactory,
    JobFactory,
    OfferFactory,
    OpsFactory,
    OrderFactory,
    PartnerFactory,
)
from tests.partners.applying.drafts import sent as sent_application

pytestmark = pytest.mark.django_db


def sent(recipient: User | None, kind: str, **payload: int) -> EmailMultiAlternatives:
    """The one mail that goes out for this notification."""
    notify(recipient=recipient, kind=kind, payload=payload, key=f"{kind}:{recipient}", now=NOW)
    assert send_due(now=NOW, render=render) == 1, Notification.objects.get().last_error
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert "None" not in str(message.body)
    for body in (str(message.body), html(message)):
        assert f"{settings.SITE_URL}/" in body
        assert settings.SUPPORT_EMAIL in body
    return message


def html(message: EmailMultiAlternatives) -> str:
    [alternative] = message.alternatives
    return str(alternative[0])


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(first_name="Robin")


@pytest.fixture
def job(partner: Partner) -> Job:
    job: Job = BookedJobFactory.create(partner=partner)
    return job


def completed(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(
        outcome=Outcome.COMPLETED, outcome_at=NOW + timedelta(days=2, hours=1)
    )
    return job


def notice_of(partner: Partner, rule: Rule, kind: NoticeKind, **figures: object) -> Notice:
    policy = CityPolicy.objects.get(city=partner.city)
    return Notice.objects.create(
        partner=partner, rule=rule, kind=kind, issued_at=NOW, policy=policy, **figures
    )


RATING_FIGURES = {
    "accepted": 30,
    "jobs_in_window": 25,
    "rated_in_window": 20,
    "stars_in_window": 82,
    "average_stars": Decimal("4.10"),
}
CANCELLATION_FIGURES = {
    "accepted": 50,
    "cancelled": 5,
    "cancellation_rate": Decimal("0.1000"),
    "city_cancellation_average": Decimal("0.0400"),
    "limit": Decimal("0.0600"),
}


def test_every_kind_has_its_templates_and_every_template_its_kind() -> None:
    folder = Path(settings.BASE_DIR) / "templates" / "emails"
    kinds = {path.name for path in folder.iterdir() if path.is_dir()}
    assert kinds == set(CONTEXTS) == set(KINDS)
    for kind in kinds:
        assert {path.name for path in (folder / kind).iterdir()} == {"subject.txt", "body.txt"}


def test_offer_names_deadline_and_town_but_not_the_street(partner: Partner) -> None:
    offer = OfferFactory.create(partner=partner)
    message = sent(partner.user, "offer_received", offer_id=offer.pk)
    assert message.subject == f"New request: {offer.order.service.name_en}, Wednesday 3 June at 10:00"
    assert "Monday 1 June, 22:00" in message.body
    assert "8001 Zürich" in message.body
    assert "Seestrasse" not in f"{message.body}{html(message)}"
    assert "never counts against you" in message.body


def test_confirmation_names_the_partner_the_address_and_the_price(job: Job) -> None:
    assert job.order is not None
    message = sent(job.order.client, "order_confirmed", order_id=job.order_id or 0)
    assert message.subject.startswith("Robin comes to you")
    assert "Seestrasse 1, 8001 Zürich" in message.body
    assert "89.00\N{NO-BREAK SPACE}CHF" in message.body
    assert f"/orders/{job.order.reference}" in message.body


def test_expiry_says_that_nothing_is_charged() -> None:
    order = OrderFactory.create(status=OrderStatus.EXPIRED)
    assert "Nothing is charged" in sent(order.client, "order_expired", order_id=order.pk).body


def test_cancellation_by_the_client_does_not_count_against_the_partner(job: Job) -> None:
    message = sent(job.partner.user, "order_cancelled", order_id=job.order_id or 0)
    assert "does not count against you" in message.body
    assert "Seestrasse" not in message.body


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (OrderStatus.SEARCHING, "already asking others"),
        (OrderStatus.FAILED, "Nothing is charged"),
        (OrderStatus.CONFIRMED, "Somebody else comes"),
    ],
)
def test_cancellation_by_the_partner_says_what_happens_now(
    partner: Partner, status: OrderStatus, words: str
) -> None:
    order = OrderFactory.create(status=status)
    BookedJobFactory.create(order=order, partner=partner, outcome=Outcome.CANCELLED, outcome_at=NOW)
    assert words in sent(order.client, "partner_cancelled", order_id=order.pk).body


def test_both_sides_are_asked_to_rate_each_other(job: Job) -> None:
    completed(job)
    assert job.order is not None
    to_client = sent(job.order.client, "job_completed", job_id=job.pk)
    assert to_client.subject == "How was the visit of Robin?"
    mail.outbox.clear()
    to_partner = sent(job.partner.user, "job_completed", job_id=job.pk)
    assert "How was it with Alex?" in to_partner.body
    assert f"/partner/jobs/{job.pk}/rate" in to_partner.body


def test_published_rating_shows_stars_and_comment_as_text(job: Job) -> None:
    completed(job)
    rating = Rating.objects.create(
        job=job, side=Side.CLIENT, stars=1, comment="Late & <b>rude</b>", submitted_at=NOW, reveal_due_at=NOW
    )
    message = sent(job.partner.user, "rating_published", rating_id=rating.pk)
    assert message.subject == "Alex gave you 1 star"
    assert "Late & <b>rude</b>" in message.body
    assert "Late &amp; &lt;b&gt;rude&lt;/b&gt;" in html(message)


@pytest.mark.parametrize(
    ("to", "decision", "subject", "page"),
    [
        ("flagger", "hide", "The comment you reported is hidden", "/partner/ratings"),
        ("flagger", "keep", "The comment you reported stays", "/partner/ratings"),
        ("author", "hide", "Your comment has been hidden", "/ratings"),
        ("author", "keep", "Your comment stays as it is", "/ratings"),
    ],
)
def test_both_sides_read_what_was_decided_about_a_reported_comment_and_why(
    job: Job, to: str, decision: str, subject: str, page: str
) -> None:
    assert job.order is not None
    rating = Rating.objects.create(
        job=completed(job), side=Side.CLIENT, author=job.order.client, stars=1, comment="Rude.",
        submitted_at=NOW, reveal_due_at=NOW, published_at=NOW,
    )  # fmt: skip
    flag = RatingFlag.objects.create(
        rating=rating, flagged_by=job.partner.user, reason="insult", flagged_at=NOW, decision=decision,
        decided_at=NOW, decided_by=OpsFactory.create(), decided_reason="We have read it twice.",
    )  # fmt: skip
    recipient = job.partner.user if to == "flagger" else job.order.client
    message = sent(recipient, "flag_decided", flag_id=flag.pk)
    assert message.subject == subject
    assert "The reason given: We have read it twice." in message.body
    assert "The stars stay and count as before." in message.body
    assert ("“Rude.”" in message.body) is (to == "author")
    assert f"{settings.SITE_URL}{page}\n" in f"{message.body}\n"


def test_a_hidden_comment_is_not_mailed_any_more(job: Job) -> None:
    assert job.order is not None
    rating = Rating.objects.create(
        job=completed(job), side=Side.CLIENT, author=job.order.client, stars=1, comment="Rude.",
        submitted_at=NOW, reveal_due_at=NOW, published_at=NOW,
    )  # fmt: skip
    rating.hiding_flag = RatingFlag.objects.create(
        rating=rating, flagged_by=job.partner.user, reason="insult", flagged_at=NOW, decision="hide",
        decided_at=NOW, decided_by=OpsFactory.create(), decided_reason="Rude.",
    )  # fmt: skip
    rating.save()
    assert "Rude." not in sent(job.partner.user, "rating_published", rating_id=rating.pk).body


def test_rating_warning_states_figures_limit_jobs_way_back_and_objection(partner: Partner) -> None:
    jobs = [
        CompletedJobFactory.create(partner=partner, accepted_at=NOW - timedelta(days=30 - n), client_stars=4)
        for n in range(25)
    ]
    ids = [job.pk for job in reversed(jobs)]
    notice = notice_of(partner, Rule.RATING, NoticeKind.WARNING, job_ids=ids, **RATING_FIGURES)
    message = sent(partner.user, "notice_issued", notice_id=notice.pk)
    assert message.subject == "Warning: your average is below the minimum"
    for words in (
        "The average of your last 50 jobs is 4.10. In Zürich the minimum is 4.20.",
        "Ratings counted: 20 ratings in your last 25 jobs",
        "Jobs counted: 25, from 02.05.2026 to 26.05.2026",
        "further five-star jobs lift your average to the minimum of 4.20",
        "For 14 days, and until you have accepted 10 further jobs",
        "object free of charge within 30 days",
    ):
        assert words in message.body
    assert "/standing" in message.body


def test_cancellation_advice_states_average_and_limit_of_the_city(partner: Partner) -> None:
    figures = CANCELLATION_FIGURES | {"cancelled": 3, "cancellation_rate": Decimal("0.0500")}
    notice = notice_of(partner, Rule.CANCELLATION, NoticeKind.ADVICE, **figures)
    body = sent(partner.user, "notice_issued", notice_id=notice.pk).body
    space = "\N{NO-BREAK SPACE}"
    assert (
        f"Your cancellation rate is 5{space}%; in Zürich the average is 4{space}% and the limit is 6{space}%"
        in body
    )
    assert "3 cancelled and 0 missed of 50 accepted jobs" in body
    assert "further accepted jobs without a cancellation bring your rate down to the average" in body


def test_final_warning_says_what_a_second_no_show_means(partner: Partner) -> None:
    notice = notice_of(partner, Rule.NO_SHOW, NoticeKind.FINAL_WARNING, accepted=9, no_shows=1)
    message = sent(partner.user, "notice_issued", notice_id=notice.pk)
    assert "you missed 1 visit" in message.body
    assert "after a second confirmed no-show an exclusion is proposed" in message.body


def test_withdrawal_names_the_reason(partner: Partner) -> None:
    notice = notice_of(partner, Rule.RATING, NoticeKind.ADVICE, **RATING_FIGURES)
    Notice.objects.filter(pk=notice.pk).update(
        withdrawn_at=NOW, withdrawn_by=OpsFactory.create(), withdrawn_reason="Fraudulent ratings."
    )
    assert "Fraudulent ratings." in sent(partner.user, "notice_withdrawn", notice_id=notice.pk).body


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": SanctionKind.SUSPENSION, "status": "in_force", "suspends_access": True}, "is suspended"),
        (
            {"kind": SanctionKind.SUSPENSION, "status": "proposed", "suspends_access": False},
            "keep your access",
        ),
        ({"kind": SanctionKind.EXCLUSION, "status": "proposed", "suspends_access": True}, "Two members"),
    ],
)
def test_sanction_says_whether_access_ends_and_who_decides(
    partner: Partner, fields: dict[str, object], words: str
) -> None:
    policy = CityPolicy.objects.get(city=partner.city)
    sanction = Sanction.objects.create(
        partner=partner,
        rule=Rule.CANCELLATION,
        issued_at=NOW,
        policy=policy,
        **fields,
        **CANCELLATION_FIGURES,
    )
    message = sent(partner.user, "sanction_issued", sanction_id=sanction.pk)
    assert words in message.body
    assert "the limit is 6" in message.body


def test_suspension_by_staff_gives_their_reason(partner: Partner) -> None:
    policy = CityPolicy.objects.get(city=partner.city)
    sanction = Sanction.objects.create(
        partner=partner,
        rule="",
        kind=SanctionKind.SUSPENSION,
        status="in_force",
        suspends_access=True,
        issued_at=NOW,
        policy=policy,
        imposed_by=OpsFactory.create(),
        imposed_reason="Complaint under examination.",
        **CANCELLATION_FIGURES,
    )
    body = sent(partner.user, "sanction_issued", sanction_id=sanction.pk).body
    assert "Complaint under examination." in body
    assert "Jobs counted" not in body


def test_reinstatement_is_good_news(partner: Partner) -> None:
    assert "Good to have you back" in sent(partner.user, "partner_reinstated", partner_id=partner.pk).body


def test_reinstatement_gives_the_reason(partner: Partner) -> None:
    case = {"partner_id": partner.pk, "actor": OpsFactory.create()}
    suspend_partner(reason="Complaints.", now=NOW - timedelta(days=1), **case)
    Notification.objects.all().delete()
    reinstate_partner(reason="We have talked.", now=NOW, **case)
    assert send_due(now=NOW, render=render) == 1
    assert "The reason given: We have talked." in mail.outbox[0].body


def test_unknown_kind_is_noted_and_tried_again(partner: Partner) -> None:
    notify(recipient=partner.user, kind="nonsense", payload={}, key="x", now=NOW)
    assert send_due(now=NOW, render=render) == 0
    assert Notification.objects.get().last_error == "KeyError"


def excused(job: Job, old: JobState, reason: str) -> None:
    step = {"old": old, "new": JobState.EXCUSED, "actor": OpsFactory.create(), "at": NOW}
    JobTransition.objects.create(job=job, reason=reason, **step)


def test_partner_reads_that_a_visit_is_taken_away_and_why(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(outcome=Outcome.EXCUSED, outcome_at=NOW)
    excused(job, JobState.ACCEPTED, "The client moved.")
    message = sent(job.partner.user, "job_excused", job_id=job.pk)
    assert message.subject.startswith("You are released from a visit")
    assert "please do not go there" in message.body
    assert "The reason given: The client moved." in message.body
    assert reverse("job_detail", args=[job.pk]) in message.body


@pytest.mark.parametrize(
    ("outcome", "words"), [(Outcome.CANCELLED, "the cancellation"), (Outcome.NO_SHOW, "the missed visit")]
)
def test_partner_reads_what_no_longer_counts(job: Job, outcome: Outcome, words: str) -> None:
    Job.objects.filter(pk=job.pk).update(outcome=outcome, outcome_at=NOW, excused_at=NOW)
    excused(job, JobState(outcome), "A certificate.")
    body = sent(job.partner.user, "job_excused", job_id=job.pk).body
    assert words in body
    assert "does not count against you" in body
    assert "A certificate." in body


def test_an_imported_job_is_excused_in_words_too(partner: Partner) -> None:
    job = JobFactory.create(
        partner=partner, outcome=Outcome.CANCELLED, outcome_at=NOW, excused_at=NOW, import_reference="old-7"
    )
    excused(job, JobState.CANCELLED, "A certificate.")
    assert "old-7" in sent(partner.user, "job_excused", job_id=job.pk).body


def test_an_approval_welcomes_with_the_words_of_ops() -> None:
    application = sent_application()
    services.approve_application(
        application_id=application.pk, actor=OpsFactory.create(), reason="See you soon.", now=NOW
    )
    message = delivered()
    assert message.subject == "Welcome: you are a partner"
    assert "clients in the region of Zürich find you" in message.body
    assert "See you soon." in message.body
    assert reverse("partner_dashboard") in message.body


def test_a_refusal_says_why_and_from_when_one_can_apply_again() -> None:
    application = sent_application()
    User.objects.filter(pk=application.user_id).update(language="en")
    services.refuse_application(
        application_id=application.pk, actor=OpsFactory.create(), reason="Too far away.", now=NOW
    )
    message = delivered()
    assert "The reason given: Too far away." in message.body
    assert "You can apply again from Wednesday 1 July on." in message.body
    assert reverse("application") in message.body


def delivered() -> EmailMultiAlternatives:
    """The one mail that a service has left in the outbox."""
    assert send_due(now=NOW, render=render) == 1, Notification.objects.get().last_error
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return message
