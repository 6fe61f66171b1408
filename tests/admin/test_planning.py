"""Ops ask for a proposal for a city's day, see it, and send it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import DayProposal, Offer
from orders.planning.batch import compute_due_proposals
from tests.factories import OrderFactory, PartnerFactory, city, slot

pytestmark = pytest.mark.django_db
ADD = "admin:orders_dayproposal_add"


def test_a_proposal_is_asked_for_computed_and_sent(desk: Client) -> None:
    partner = PartnerFactory.create(reference="robin-7")
    start = timezone.now().replace(hour=10, minute=0) + timedelta(days=2)
    order = OrderFactory.create(slot=slot(start), booked_at=timezone.now())
    answer = desk.post(reverse(ADD), {"city": city().pk, "day": str(start.date())})
    assert answer.status_code == 302
    proposal = DayProposal.objects.get()
    url = reverse("admin:orders_dayproposal_change", args=[proposal.pk])
    assert "Send as offers" not in desk.get(url).content.decode()
    compute_due_proposals(clock=timezone.now)
    page = desk.get(url).content.decode()
    assert "Send as offers" in page
    assert str(order) in page
    send = reverse("admin:orders_dayproposal_send_offers", args=[proposal.pk])
    desk.post(send, {"reason": "Tomorrow is full."})
    offer = Offer.objects.get()
    assert (offer.order, offer.partner, offer.status) == (order, partner, "open")
    assert "Send as offers" not in desk.get(url).content.decode()


def test_a_day_that_is_over_is_refused_with_the_reason(desk: Client) -> None:
    answer = desk.post(reverse(ADD), {"city": city().pk, "day": "2020-01-01"})
    assert "This day is already over." in answer.content.decode()
    assert not DayProposal.objects.exists()


def test_a_proposal_without_a_visit_says_why_and_cannot_be_sent(desk: Client) -> None:
    start = timezone.now().replace(hour=10, minute=0) + timedelta(days=2)
    OrderFactory.create(slot=slot(start), booked_at=timezone.now())
    desk.post(reverse(ADD), {"city": city().pk, "day": str(start.date())})
    compute_due_proposals(clock=timezone.now)
    proposal = DayProposal.objects.get()
    why = "nobody who may still be asked could come to the open orders of that day"
    page = desk.get(reverse("admin:orders_dayproposal_change", args=[proposal.pk])).content.decode()
    assert "Nothing proposed" in page
    assert why in page
    assert "Send as offers" not in page
    send = reverse("admin:orders_dayproposal_send_offers", args=[proposal.pk])
    assert why in desk.post(send, {"reason": "All the same."}, follow=True).content.decode()
    proposal.refresh_from_db()
    assert proposal.sent_at is None
