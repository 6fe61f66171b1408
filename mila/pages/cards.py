"""The partners of one page to choose from: as everybody sees them, and when they could come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mila.pages.figures import PublicPartner, partners_with_standing, public_partner
from mila.pages.wish import Wish
from orders.services import Match, next_arrivals

LOOKS_AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Card:
    """When the visit would begin, and when they could begin one next at all; the last three as the page needs them."""

    public: PublicPartner
    start: datetime
    next_start: datetime | None
    book_url: str = ""
    profile_url: str = ""
    is_chosen: bool = False


def cards_of(wish: Wish, matches: Sequence[Match], now: datetime) -> list[Card]:
    """In the published order; as many queries for twelve as for one."""
    known = partners_with_standing([match.partner_id for match in matches])
    zone = ZoneInfo(wish.city.time_zone)
    soonest = next_arrivals(list(known.values()), wish.wanted, days=LOOKS_AHEAD_DAYS, now=now)
    cards = []
    for match in matches:
        if (partner := known.get(match.partner_id)) is None:
            continue
        cards.append(
            Card(
                public=public_partner(partner, near=wish.place),
                start=match.start.astimezone(zone),
                next_start=soonest.get(partner.pk),
            )
        )
    return cards
