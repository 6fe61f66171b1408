"""A small market to look at: at least one row of everything that the admin shows."""

from datetime import timedelta
from types import SimpleNamespace

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from billing.services import post_completed
from compliance import services as compliance
from compliance.models import CityAssessment, CityPolicy, Notice, Sanction
from compliance.policy import NoticeKind, Rule, SanctionKind
from mila.accounts.models import User
from mila.notifications.models import Mail
from mila.notifications.services import notify
from mila.sweeps.services import run_sweep
from orders.models import DayProposal, DispatchRule, HandOver, JobTransition, OrderTransition, RoutePlan
from orders.planning.policy import PlanResult
from orders.policy import OrderStatus, Outcome
from partners.interest.services import ask_to_be_told
from partners.models import PartnerTransition
from ratings.models import Rating, RatingFlag, Side
from tests.factories import (
    NOW,
    BookedJobFactory,
    OfferFactory,
    OrderFactory,
    PartnerFactory,
    place,
    service,
    slot,
)
from tests.partners.applying.drafts import sent


def small_market() -> SimpleNamespace:
    """One row of each; `job` is accepted and long begun, `done` is completed, rated and posted."""
    partner = PartnerFactory.create(reference="robin-1")
    order = OrderFactory.create(status=OrderStatus.CONFIRMED, slot=slot(NOW - timedelta(hours=2)))
    offer = OfferFactory.create(order=order, partner=partner)
    job = BookedJobFactory.create(order=order, partner=partner, accepted_at=NOW - timedelta(days=1))
    done_at = NOW - timedelta(days=3)
    completed = OrderFactory.create(
        status=OrderStatus.COMPLETED, slot=slot(done_at - timedelta(hours=1)), posting_due_at=done_at
    )
    done = BookedJobFactory.create(
        order=completed, partner=partner, accepted_at=done_at - timedelta(days=1),
        outcome=Outcome.COMPLETED, outcome_at=done_at, client_stars=2, stars_published_at=done_at,
    )  # fmt: skip
    JobTransition.objects.create(job=job, old="", new="accepted", at=NOW)
    OrderTransition.objects.create(order=order, old="", new="searching", at=NOW)
    PartnerTransition.objects.create(partner=partner, old="", new="active", at=NOW)
    rating = Rating.objects.create(
        job=done, side=Side.CLIENT, author=completed.client, stars=2, comment="<b>rude</b>",
        submitted_at=done_at, reveal_due_at=done_at, published_at=done_at,
    )  # fmt: skip
    report = RatingFlag.objects.create(
        rating=rating, flagged_by=partner.user, reason="insult", flagged_at=NOW
    )
    post_completed(now=NOW)
    policy = CityPolicy.objects.get(city=partner.city)
    grounds = {"partner": partner, "issued_at": NOW, "policy": policy, "job_ids": [done.pk], "accepted": 2}
    notice = Notice.objects.create(rule=Rule.RATING, kind=NoticeKind.ADVICE, **grounds)
    sanction = Sanction.objects.create(
        rule=Rule.CANCELLATION,
        kind=SanctionKind.SUSPENSION,
        status="proposed",
        suspends_access=False,
        **grounds,
    )
    compliance.review_partner(partner_id=partner.pk, now=NOW)
    CityAssessment.objects.create(city=partner.city, as_of=NOW, policy=policy)
    notify(recipient=partner.user, kind="notice_issued", payload={"notice_id": notice.pk}, key="k", now=NOW)
    mail = Mail.objects.create(
        message_id="<1@mila>", sent_at=NOW, to="a@example.org", subject="Hello",
        text="See https://example.org/x <b>", html="<p onclick='x()'>Hello &amp; \"welcome\"</p>",
    )  # fmt: skip
    application = sent()
    run_sweep("notifications", lambda now: 0)
    return SimpleNamespace(
        partner=partner, order=order, offer=offer, job=job, done=done, rating=rating, report=report, notice=notice,
        sanction=sanction, mail=mail, policy=policy, application=application,
    )  # fmt: skip


def rest_of_the_market(market: SimpleNamespace, ops: User) -> None:
    """What nothing waits for in the small one."""
    partner, day = market.partner, NOW.date()
    HandOver.objects.create(job=market.job, reason="Too hard", asked_at=NOW, asked_by=partner.user)
    RoutePlan.objects.create(
        partner=partner,
        day=day,
        planned_at=NOW,
        result=PlanResult.PLANNED,
        travel_seconds=600,
        travel_metres=5000,
    )
    DayProposal.objects.create(city=partner.city, day=day, asked_by=ops, asked_at=NOW, planned_at=NOW)
    DispatchRule.objects.create(city=partner.city, first_size=1)
    ask_to_be_told(email="b@example.org", place=place("6900"), skill=service().skill, language="it", now=NOW)
    LogEntry.objects.create(
        user=ops,
        content_type=ContentType.objects.get_for_model(partner),
        object_id=str(partner.pk),
        object_repr=str(partner),
        action_flag=CHANGE,
        change_message="Suspend: Complaints",
    )
