"""The verbs of an application: filled in step by step, sent, taken back, approved or refused."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.accounts.services import introduce
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.lib.transitions import require_transition
from mila.notifications.services import notify
from partners.applying.policy import (
    APPLICATION_TRANSITIONS,
    ApplicationStatus,
    Hindrance,
    Step,
    hindrance,
    may_apply_again_at,
    missing_steps,
)
from partners.area.policy import area_of
from partners.area.services import refuse_unless_keepable, set_area
from partners.availability.policy import Hours
from partners.availability.services import refuse_unless_a_week, set_hours
from partners.models import Application, Partner, Place, Skill
from partners.policy import PartnerStatus
from partners.reviews import mark_for_review
from partners.services import register_partner

COPIED = (
    "first_name", "languages", "about", "home", "radius_km", "postcodes", "any_time", "hours", "works_on_holidays",
    "buffer_minutes",
)  # fmt: skip


class CannotApply(Refusal):
    """Base of the reasons for which somebody can't apply at present."""


class IsPartner(CannotApply):
    message = _("You are a partner already.")


class WasExcluded(CannotApply):
    message = _("You were excluded as a partner. An exclusion is final, so that you cannot apply again.")


class HasLeft(CannotApply):
    message = _(
        "You were a partner before, and your record is kept. Please write to us to come back: %(email)s"
    )


class RefusedLately(CannotApply):
    message = _("You can apply again from %(day)s on.")


class AlreadySent(Refusal):
    message = _("Your application is sent. Take it back if you want to change it.")


class NothingSent(Refusal):
    message = _("There is no application that could be taken back.")


class Incomplete(Refusal):
    message = _("Something is still missing in your application.")


class NotServed(Refusal):
    message = _("We do not work in this region yet.")


class OwnApplication(Refusal):
    message = _("Nobody decides about their own application.")


class SentAnew(Refusal):
    message = _("The application was changed and sent anew since you opened it. Please read it again.")


class NothingToDecide(Refusal):
    message = _("This application does not wait for an answer any more.")


# --- By the person who applies --------------------------------------------------------------------------------


def save_details(*, user: User, first_name: str, languages: Sequence[str], about: str, now: datetime) -> None:
    """Raises a kind of `CannotApply`, `AlreadySent` and `Busy`, as every step does."""
    with _draft_of(user, now) as draft:
        draft.first_name, draft.languages, draft.about = first_name, list(languages), about


def save_skills(*, user: User, skills: Iterable[Skill], now: datetime) -> None:
    with _draft_of(user, now) as draft:
        draft.skills.set(skills)


def save_area(*, user: User, place: Place, radius_km: int, postcodes: Sequence[str], now: datetime) -> None:
    """Raises also `NotServed` and what `set_area` would refuse."""
    area = area_of(radius_km=radius_km, postcodes=postcodes)
    refuse_unless_keepable(area)
    if place.city_id is None:
        raise NotServed
    with _draft_of(user, now) as draft:
        draft.home, draft.radius_km, draft.postcodes = place, area.radius_km, list(area.postcodes)


def save_hours(
    *,
    user: User,
    hours: Sequence[Hours] | None,
    works_on_holidays: bool,
    buffer_minutes: int,
    now: datetime,
) -> None:
    """None: any time is fine. Raises also a kind of `HoursRefused`."""
    refuse_unless_a_week(hours)
    with _draft_of(user, now) as draft:
        draft.week = hours
        draft.works_on_holidays, draft.buffer_minutes = works_on_holidays, buffer_minutes


def send_application(*, user: User, now: datetime) -> None:
    """From now on it waits for ops. Raises `Incomplete`, a kind of `CannotApply`, `AlreadySent` and `Busy`."""
    with _draft_of(user, now) as draft:
        if steps_missing(draft):
            raise Incomplete
        _move(draft, ApplicationStatus.SENT)
        draft.sent_at = now


def take_back(*, user: User) -> None:
    """To change what was sent. Raises `NothingSent` once it is decided, and `Busy`."""
    with locking():
        sent = (
            Application.objects.waiting()
            .select_for_update(no_key=True, of=("self",))
            .filter(user=user)
            .first()
        )
        if sent is None:
            raise NothingSent
        _move(sent, ApplicationStatus.DRAFT)
        sent.save(update_fields=["status"])


@contextmanager
def _draft_of(user: User, now: datetime) -> Iterator[Application]:
    """The person's draft, begun if there is none, locked; what is changed in it is saved."""
    with locking():
        refusal = applying_refusal(user, now=now)
        if refusal is not None:
            raise refusal
        earlier = application_of(user)
        if earlier is None or earlier.status not in (ApplicationStatus.DRAFT, ApplicationStatus.SENT):
            _begin(user, earlier, now)
        draft = (
            Application.objects.open().select_for_update(no_key=True, of=("self",)).filter(user=user).first()
        )
        # Decided in this very moment, or sent: there is nothing to change any more.
        if draft is None or draft.status == ApplicationStatus.SENT:
            raise AlreadySent
        yield draft
        draft.save()


def _begin(user: User, earlier: Application | None, now: datetime) -> None:
    """A new one; with the answers of the one that was refused, so that nobody types them twice.

    When two first steps arrive at once, the constraint lets one of them begin and both write into it.
    """
    answers = (
        {name: getattr(earlier, name) for name in COPIED} if earlier else {"first_name": user.first_name}
    )
    Application.objects.bulk_create([Application(user=user, begun_at=now, **answers)], ignore_conflicts=True)
    if earlier is not None:
        Application.objects.open().get(user=user).skills.set(earlier.skills.all())


# --- By ops ---------------------------------------------------------------------------------------------------


def approve_application(
    *, application_id: int, actor: User, reason: str, now: datetime, sent_at: datetime | None = None
) -> Partner:
    """The person is an active partner from now on, with everything the application says.

    `reason` are words for the new partner, who reads them. `sent_at` says which version ops have read. Raises
    `NothingToDecide`, `IsPartner`, `OwnApplication`, `SentAnew` and `Busy`.
    """
    with locking():
        application = _undecided(application_id, actor, sent_at)
        _decide(application, ApplicationStatus.APPROVED, actor=actor, reason=reason, now=now)
        partner = _partner_made_of(application, now)
        introduce(user=application.user, first_name=application.first_name, phone="")
        mark_for_review(partner_ids=[partner.pk], now=now)
        _tell(application, "application_approved", now)
    return partner


def refuse_application(
    *, application_id: int, actor: User, reason: str, now: datetime, sent_at: datetime | None = None
) -> None:
    """The person reads the reason, and may apply again after a while. Raises what an approval raises."""
    with locking():
        application = _undecided(application_id, actor, sent_at)
        _decide(application, ApplicationStatus.REFUSED, actor=actor, reason=reason, now=now)
        _tell(application, "application_refused", now)


def lock_application(*, application_id: int) -> Application:
    """As it is now, locked to the end of the transaction; call it inside `locking()`."""
    applications = Application.objects.select_related("user", "home__city")
    return applications.select_for_update(no_key=True, of=("self",)).get(pk=application_id)


def _undecided(application_id: int, actor: User, sent_at: datetime | None) -> Application:
    application = lock_application(application_id=application_id)
    refusal = deciding_refusal(application, actor)
    if refusal is not None:
        raise refusal
    if sent_at is not None and sent_at != application.sent_at:
        raise SentAnew
    return application


def _decide(
    application: Application, new: ApplicationStatus, *, actor: User, reason: str, now: datetime
) -> None:
    _move(application, new)
    application.decided_at, application.decided_by, application.reason = now, actor, reason
    application.save(update_fields=["status", "decided_at", "decided_by", "reason"])


def _partner_made_of(application: Application, now: datetime) -> Partner:
    home = application.home
    if home is None or home.city is None:
        raise NotServed
    partner = register_partner(
        user=application.user,
        city=home.city,
        first_name=application.first_name,
        about=application.about,
        skills=application.skills.all(),
        languages=application.languages,
        latitude=home.latitude,
        longitude=home.longitude,
        reference=None,
        status=PartnerStatus.ACTIVE,
        now=now,
    )
    set_area(
        partner_id=partner.pk, place=home, radius_km=application.radius_km, postcodes=application.postcodes
    )
    set_hours(
        partner_id=partner.pk,
        hours=application.week,
        works_on_holidays=application.works_on_holidays,
        buffer_minutes=application.buffer_minutes,
        now=now,
    )
    partner.refresh_from_db()
    return partner


def _tell(application: Application, kind: str, now: datetime) -> None:
    notify(
        recipient=application.user,
        kind=kind,
        payload={"application_id": application.pk},
        key=f"{kind}:{application.pk}",
        now=now,
    )


def _move(application: Application, new: ApplicationStatus) -> None:
    require_transition(APPLICATION_TRANSITIONS, ApplicationStatus(application.status), new)
    application.status = new


# --- Reads ----------------------------------------------------------------------------------------------------


def application_of(user: User) -> Application | None:
    """The latest one, whatever became of it."""
    latest = Application.objects.filter(user=user).select_related("home__city").latest_first()
    return latest.first()


def steps_missing(application: Application) -> list[Step]:
    return missing_steps(application, skill_count=application.skills.count())


def applying_refusal(user: User, *, now: datetime) -> CannotApply | None:
    """Why this person can't apply at present, if so."""
    status = PartnerStatus(user.partner.status) if user.is_partner else None
    refused = Application.objects.filter(user=user, status=ApplicationStatus.REFUSED)
    refused_at = refused.order_by("-decided_at").values_list("decided_at", flat=True).first()
    match hindrance(partner_status=status, refused_at=refused_at, now=now):
        case Hindrance.IS_PARTNER:
            return IsPartner()
        case Hindrance.WAS_EXCLUDED:
            return WasExcluded()
        case Hindrance.HAS_LEFT:
            return HasLeft(email=settings.SUPPORT_EMAIL)
        case Hindrance.REFUSED_LATELY if refused_at is not None:
            return RefusedLately(day=date_format(localtime(may_apply_again_at(refused_at))))
    return None


def deciding_refusal(application: Application, actor: User) -> Refusal | None:
    """Why this member of ops can't decide about it, if so."""
    if application.user_id == actor.pk:
        return OwnApplication()
    if application.status != ApplicationStatus.SENT:
        return NothingToDecide()
    return IsPartner() if application.user.is_partner else None
