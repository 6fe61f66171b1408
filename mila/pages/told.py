"""What a partner has been told: notices and sanctions as cards, from the stored rows (C12, C29)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from compliance.models import Grounds, Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import NoticeKind, Rule, SanctionKind
from mila.lib.templatetags.mila import percent, rating
from mila.statements import label_of_counted, whole_counted

# How long a notice stays on top of the dashboard.
RECENT = timedelta(days=30)

ENDED = (SanctionStatus.LIFTED, SanctionStatus.DISMISSED)


@dataclass(frozen=True, slots=True)
class Told:
    """A notice or a sanction as a card: everything from the stored row, nothing computed anew."""

    grounds: Notice | Sanction
    kind: str
    title: str
    figures: list[dict[str, str]]
    is_over: bool
    url_name: str


def told(notices: Iterable[Notice], sanctions: Iterable[Sanction]) -> list[Told]:
    """Everything a partner has been told, latest first."""
    cards = [*map(card_of, notices), *map(card_of, sanctions)]
    return sorted(cards, key=lambda card: (card.grounds.issued_at, card.grounds.pk), reverse=True)


def in_force(cards: Sequence[Told], now: datetime) -> Told | None:
    """What the dashboard puts on top: an open sanction, else a notice of the last 30 days."""
    for card in cards:
        if isinstance(card.grounds, Sanction) and not card.is_over:
            return card
    recent = now - RECENT
    return next((card for card in cards if not card.is_over and card.grounds.issued_at >= recent), None)


def card_of(grounds: Notice | Sanction) -> Told:
    return _told_notice(grounds) if isinstance(grounds, Notice) else _told_sanction(grounds)


def _told_notice(notice: Notice) -> Told:
    titles = {
        (Rule.RATING, NoticeKind.ADVICE): _("Advice: your average is close to the minimum"),
        (Rule.RATING, NoticeKind.WARNING): _("Warning: your average is below the minimum"),
        (Rule.CANCELLATION, NoticeKind.ADVICE): _("Advice: your cancellation rate is above the average"),
        (Rule.CANCELLATION, NoticeKind.WARNING): _("Warning: your cancellation rate is above the limit"),
    }
    title = titles.get((Rule(notice.rule), NoticeKind(notice.kind)), _("Final warning after a missed visit"))
    return Told(
        grounds=notice,
        kind=notice.kind,
        title=title,
        figures=_stored_figures(notice),
        is_over=notice.withdrawn_at is not None,
        url_name="notice_detail",
    )


def _told_sanction(sanction: Sanction) -> Told:
    proposed = sanction.status == SanctionStatus.PROPOSED
    excluding = sanction.kind == SanctionKind.EXCLUSION
    if sanction.status in ENDED:
        title = _("An exclusion that was not decided") if excluding else _("A suspension that has ended")
    elif excluding:
        title = _("An exclusion is proposed; people decide about it") if proposed else _("Exclusion")
    else:
        title = (
            _("A suspension is proposed; a person decides about it")
            if proposed
            else _("Your access is suspended")
        )
    return Told(
        grounds=sanction,
        kind=sanction.kind,
        title=title,
        figures=_stored_figures(sanction),
        is_over=sanction.status in ENDED,
        url_name="sanction_detail",
    )


def _stored_figures(grounds: Grounds) -> list[dict[str, str]]:
    """The figure, the limit, the jobs counted and the policy version, as stored with the verdict."""
    if grounds.rule == Rule.RATING:
        named = [
            (_("Your average then"), rating(grounds.average_stars)),
            (_("Minimum"), rating(grounds.policy.min_rating)),
        ]
    elif grounds.rule == Rule.CANCELLATION:
        named = [
            (_("Your rate then"), percent(grounds.cancellation_rate)),
            (_("Limit"), percent(grounds.limit)),
            (_("Average of the city"), percent(grounds.city_cancellation_average)),
        ]
    elif grounds.rule == Rule.NO_SHOW:
        named = [(_("Confirmed no-shows"), str(grounds.no_shows))]
    else:
        named = []
    figures = [{"label": label, "value": value} for label, value in named]
    if grounds.rule:
        label = label_of_counted(Rule(grounds.rule))
        figures.append({"label": label, "value": str(len(grounds.job_ids)), "hint": whole_counted(grounds)})
    return figures
