"""Where a partner was when something about a visit was tapped, and so where they stay: today's page or that of the job.

The forms of today's page send `from=today`; the rating that follows a check-out carries it on in its address.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from orders.models import Job

TODAY = "today"


def back_to_visit(request: HttpRequest, job: Job) -> HttpResponse:
    """The page on which the button was."""
    if request.POST.get("from") == TODAY:
        return redirect("partner_dashboard")
    return redirect("job_detail", job_id=job.pk)


def to_rating(request: HttpRequest, job: Job) -> str:
    """The address where the client is rated, from where one comes back to the page on which the button was."""
    address = reverse("job_rate", args=[job.pk])
    return f"{address}?from={TODAY}" if request.POST.get("from") == TODAY else address


def rated_from(request: HttpRequest, job: Job) -> str:
    """The address to go to once the client is rated, or not now."""
    if request.GET.get("from") == TODAY:
        return reverse("partner_dashboard")
    return reverse("job_detail", args=[job.pk])
