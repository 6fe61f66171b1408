"""Both sides rate each other here, without seeing what the other has said (C9)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold, words_of
from mila.lib.locks import Busy
from mila.lib.refusals import Refusal
from orders.models import Job, Order
from orders.models.job import JobQuerySet
from orders.tapped import rated_from
from ratings import services
from ratings.exchange import Exchange, exchange_of
from ratings.forms import FlagForm, RatingForm, ReplyForm
from ratings.lists import FROM_LIST, back_to_list
from ratings.models import Rating, Side
from ratings.policy import RatingRefusal


def order_ratings(request: SignedIn, reference: str) -> HttpResponse:
    """The ratings of an order alone: the open page asks again. 204 while they are as `seen`."""
    job = get_object_or_404(_finished(), order__reference=reference, order__client=request.user)
    back = reverse("order_detail", args=[reference])
    return _part(request, exchange_of(job=job, side=Side.CLIENT, now=timezone.now()), back, _name_of(job))


def job_ratings(request: SignedIn, job_id: int) -> HttpResponse:
    """The same for the partner's page."""
    job = get_object_or_404(_finished(), partner=request.user.partner, order__isnull=False, pk=job_id)
    exchange = exchange_of(job=job, side=Side.PARTNER, now=timezone.now())
    return _part(request, exchange, reverse("job_detail", args=[job_id]), _client_of(job))


def rate_order(request: SignedIn, reference: str) -> HttpResponse:
    """The client rates the partner who did the job."""
    job = get_object_or_404(_finished(), order__reference=reference, order__client=request.user)
    return _rate(
        request,
        exchange_of(job=job, side=Side.CLIENT, now=timezone.now()),
        name=_name_of(job),
        back=reverse("order_detail", args=[reference]),
    )


def rate_job(request: SignedIn, job_id: int) -> HttpResponse:
    """The partner rates the client."""
    job = get_object_or_404(_finished(), partner=request.user.partner, order__isnull=False, pk=job_id)
    return _rate(
        request,
        exchange_of(job=job, side=Side.PARTNER, now=timezone.now()),
        name=_client_of(job),
        back=rated_from(request, job),
    )


def reply(request: SignedIn, rating_id: int) -> HttpResponse:
    """The rated side replies, once."""
    rating = _rating_about(request, rating_id)
    if request.GET.get("from") == FROM_LIST:
        back = back_to_list(rating, request.GET)
    elif rating.side == Side.CLIENT:
        back = reverse("job_detail", args=[rating.job_id])
    else:
        back = reverse("order_detail", args=[_order_of(rating.job).reference])
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with RefusalsTold(request):
            text = form.cleaned_data["text"]
            services.reply_to_rating(rating_id=rating.pk, author=request.user, text=text, now=timezone.now())
            messages.success(request, _("Your reply is published."))
        return redirect(back)
    return render(request, "ratings/reply.html", {"form": form, "rating": rating, "back": back})


def flag(request: SignedIn, rating_id: int) -> HttpResponse:
    """The rated side reports the comment as against the rules; our team decides."""
    rating = _rating_about(request, rating_id)
    back = back_to_list(rating, request.GET)
    if refusal := services.flagging_refusal(rating, request.user, timezone.now()):
        messages.info(request, words_of(refusal))
        return redirect(back)
    form = FlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.flag_rating(
                rating_id=rating.pk, author=request.user, now=timezone.now(), **form.cleaned_data
            )
        except services.WordsMissing as missing:
            form.add_error("words", words_of(missing))
        except (Refusal, Busy) as outcome:
            form.add_error(None, words_of(outcome))
        else:
            messages.success(
                request, _("Thank you. Our team looks at the comment and tells you what it decides.")
            )
            return redirect(back)
    return render(request, "ratings/flag.html", {"form": form, "rating": rating, "back": back})


def _rating_about(request: SignedIn, rating_id: int) -> Rating:
    about_me = Rating.objects.published().about(request.user)
    return get_object_or_404(about_me.select_related("job__order", "job__partner"), pk=rating_id)


def _finished() -> JobQuerySet:
    """With what both sides see of the ratings of a job."""
    seen = Job.objects.completed().select_related("order__service", "order__city", "order__client", "partner")
    return seen.prefetch_related("ratings")


def _name_of(job: Job) -> str:
    return job.partner.first_name or job.partner.reference


def _client_of(job: Job) -> str:
    return _order_of(job).client.first_name or _("your client")


def _part(request: SignedIn, exchange: Exchange, page: str, name: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect(page)
    if request.GET.get("seen") == exchange.seen:
        return HttpResponse(status=204)
    return render(request, "ratings/_exchange.html", {"exchange": exchange, "name": name})


def _rate(request: SignedIn, exchange: Exchange, *, name: str, back: str) -> HttpResponse:
    if exchange.refusal is not None:
        messages.info(request, _why_not(exchange.refusal))
        return redirect(back)
    form = RatingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rating = services.submit_rating(
                job_id=exchange.job.pk,
                author=request.user,
                stars=form.cleaned_data["stars"],
                comment=form.cleaned_data["comment"],
                now=timezone.now(),
            )
        except (Refusal, Busy) as outcome:
            form.add_error(None, words_of(outcome))
        else:
            messages.success(request, _thanks(rating))
            return redirect(back)
    context = {
        "form": form,
        "exchange": exchange,
        "name": name,
        "back": back,
        "order": _order_of(exchange.job),
    }
    return render(request, "ratings/rate.html", context)


def _order_of(job: Job) -> Order:
    """Only booked jobs are rated here; imported ones have no order and no page."""
    if job.order is None:
        raise Http404
    return job.order


def _why_not(refusal: RatingRefusal) -> str:
    return {
        RatingRefusal.NOT_COMPLETED: _("You can rate as soon as the job is done."),
        RatingRefusal.ALREADY_RATED: _("You have rated this job already. Thank you."),
        RatingRefusal.TOO_LATE: _("Ratings close 14 days after the job."),
    }[refusal]


def _thanks(rating: Rating) -> str:
    if rating.published_at is not None:
        return _("Thank you. You have both rated, so both ratings are published now.")
    return _("Thank you. Your rating stays hidden until both of you have rated, 14 days at most.")
