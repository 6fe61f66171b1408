"""A small market to look at, and members of staff who look."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from billing.services import post_completed
from compliance import services as compliance
from compliance.models import CityAssessment, CityPolicy, Notice, Sanction
from compliance.policy import NoticeKind, Rule, SanctionKind
from mila.accounts.models import User
from mila.notifications.models import Mail
from mila.notifications.services import notify
from mila.sweeps.services import run_sweep
from orders.models import JobTransition, OrderTransition
from orders.policy import OrderStatus, Outcome
from partners.models import PartnerTransition
from ratings.models import Rating, RatingFlag, Side
from tests.factories import (
    NOW,
    BookedJobFactory,
    OfferFactory,
    OpsFactory,
    OrderFactory,
    PartnerFactory,
    slot,
)
from tests.partners.applying.drafts import sent


@pytest.fixture
def ops(db: None) -> User:
    user: User = OpsFactory.create(email="ops@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def desk(ops: User) -> Client:
    """A browser in which a member of staff is logged in."""
    client = Client()
    client.force_login(ops)
    return client


@pytest.fixture
def market(db: None) -> SimpleNamespace:
    """One row of everything; `job` is accepted and long begun, `done` is completed, rated and posted."""
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
