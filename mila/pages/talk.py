"""The thread of a visit and the bill, as both pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from uuid import UUID, uuid4

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from mila.accounts.models import User
from orders.models import Extra, Job, Message, Order, TimeProposal
from orders.visits.forms import MessageForm
from orders.visits.policy import ExtraStatus, ProposalStatus

_ANY_KEY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Line:
    message: Message
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said on one job, oldest first; with a form as long as it is open. `said`: the lines as HTML, if kept."""

    job_pk: int
    lines: list[Line]
    other: str
    is_open: bool
    seen: str
    form: MessageForm | SafeString | None
    said: str = ""


def new_message_form() -> SafeString:
    """An empty form, the same for everybody but for its key, which tells the sending of one message from the next."""
    blank = _blank_form(get_language())
    return mark_safe(blank.replace(str(_ANY_KEY), str(uuid4())))  # noqa: S308 - a rendered form and a UUID


@cache
def _blank_form(_language: str | None) -> str:
    return MessageForm(initial={"submission_key": _ANY_KEY}, auto_id="message_%s").render()


def thread_of(job: Job, viewer: User, *, other: str, form: MessageForm | None = None) -> Thread:
    """`other` is the name of the person at the other end."""
    lines = [Line(message, message.author_id == viewer.pk) for message in job.messages.all()]
    is_open = job.outcome is None
    latest = lines[-1].message.pk if lines else 0
    return Thread(
        job_pk=job.pk,
        lines=lines,
        other=other,
        is_open=is_open,
        seen=f"{latest}-{is_open:d}",
        form=(form or new_message_form()) if is_open else None,
    )


@dataclass(frozen=True, slots=True)
class Bill:
    """What a visit costs: the price fixed at booking and the extras approved since."""

    price: Decimal
    extras: Decimal
    total: Decimal
    currency: str


def bill_of(order: Order, extras: Iterable[Extra]) -> Bill:
    approved = sum(
        (extra.price for extra in extras if extra.status == ExtraStatus.APPROVED), start=Decimal("0.00")
    )
    return Bill(order.price, approved, order.price + approved, order.currency)


@dataclass(frozen=True, slots=True)
class AgreedBefore:
    """An extra that the client has approved with `name`, who no longer comes. It is not part of the bill (C5)."""

    extra: Extra
    name: str


def agreed_before(jobs: Sequence[Job], job: Job | None) -> list[AgreedBefore]:
    """What the partner of `job` (None: nobody yet) has not taken up; `jobs` of the order, oldest first, with extras."""
    taken_up = set() if job is None else {extra.submission_key for extra in job.extras.all()}
    # The same extra may have gone through several hands.
    by_key = {
        extra.submission_key: AgreedBefore(extra, earlier.partner.first_name or earlier.partner.reference)
        for earlier in jobs
        if earlier != job
        for extra in earlier.extras.all()
        if extra.status == ExtraStatus.APPROVED
    }
    return [agreed for key, agreed in by_key.items() if key not in taken_up]


def open_proposal_of(job: Job) -> TimeProposal | None:
    """Of a job with its proposals prefetched."""
    return next((each for each in job.proposals.all() if each.status == ProposalStatus.OPEN), None)


def settled_mark(job: Job) -> str:
    """Changes whenever something that the two have settled or told each other does; for `seen`."""
    facts = (job.slot, job.time_confirmed_at, job.expected_at, job.on_the_way_at, job.contact_overdue_at)
    parts = [str(job.pk), *(str(fact) for fact in facts), str(job.first_contact_at)]
    parts += [f"x{extra.pk}{extra.status}" for extra in job.extras.all()]
    parts += [f"t{proposal.pk}{proposal.status}" for proposal in job.proposals.all()]
    return "-".join(parts)
