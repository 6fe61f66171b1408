"""The public page for people who think about becoming a partner: what they would do, and what they would earn."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing.policy import Account, amounts_of
from billing.services import rates_in_force
from orders.models import Service


@dataclass(frozen=True, slots=True)
class Earning:
    """What of the price of one visit is the partner's, by the rule that the books follow."""

    service: Service
    share: Decimal


def become_a_partner(request: HttpRequest) -> HttpResponse:
    rates = sorted(set(rates_in_force(at=timezone.now()).values()))
    services = Service.objects.filter(is_active=True).order_by("position")
    context = {
        "lowest": rates[0] if rates else None,
        "highest": rates[-1] if rates else None,
        # With the highest rate: nobody shall find less on the account than was said here.
        "earnings": list(_earnings(services, rates[-1])) if rates else [],
    }
    return render(request, "pages/become_a_partner.html", context)


def _earnings(services: Iterable[Service], rate: Decimal) -> Iterable[Earning]:
    for service in services:
        yield Earning(service, share=-amounts_of(service.price, rate)[Account.PARTNER_PAYABLE])
