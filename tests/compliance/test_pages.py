"""What the standing page shows is what counts."""

from decimal import Decimal

import pytest

from compliance.models import Notice
from compliance.policy import Level
from compliance.services import cancelling_would, review_partner, standing_page
from tests.compliance.market import DAY, GOOD, START, partner_with, work

pytestmark = pytest.mark.django_db

LATER = START + 10 * DAY


def test_the_page_of_a_warned_partner() -> None:
    partner = partner_with([4] * 20)
    review_partner(partner_id=partner.pk, now=LATER)
    page = standing_page(partner, LATER + DAY)
    assert page.average_stars == page.public_average == Decimal("4.00")
    assert (page.rating.level, page.rating.limit) == (Level.BREACH, Decimal("4.20"))
    assert page.rating_way_back.to_limit == 5  # (80 + 25) / 25 = 4.20
    assert page.rating_pause is not None
    assert (page.rating_pause.until, page.rating_pause.jobs_left) == (LATER + 14 * DAY, 10)
    assert (page.rating_notices_left, page.cancellation_notices_left) == (1, 2)
    assert list(page.notices) == [Notice.objects.get()]
    assert len(page.window) == 20
    assert page.window[0].completed_at > page.window[-1].completed_at


def test_the_page_of_a_newcomer() -> None:
    partner = partner_with([5] * 4)
    page = standing_page(partner, LATER)
    assert page.average_stars == Decimal("5.00")
    assert page.public_average is None
    assert [finding.rests for finding in page.findings] == [False, True, True]
    assert page.notices == page.sanctions == ()


def test_the_effect_of_cancelling_is_shown_with_the_limit() -> None:
    partner = partner_with(GOOD)
    work(partner, accepted=5, start=LATER)
    effect = cancelling_would(partner, LATER + DAY)
    assert (effect.rate_now, effect.rate_after) == (Decimal("0.0000"), Decimal("0.0400"))
    assert effect.limit == Decimal("0.0500")
    assert (effect.level_now, effect.level_after) == (Level.FINE, Level.APPROACHING)
