"""Figures are drawn where the numbers say."""

from decimal import Decimal

import pytest

from mila.lib.drawing import Zone, draw_gauge, initials_of, star_fill


def test_more_stars_are_better_so_the_breach_lies_left_of_the_limit() -> None:
    gauge = draw_gauge(value=Decimal("4.32"), limit=Decimal("4.20"), near=Decimal("4.40"))
    assert gauge.zones == (
        Zone("0.00%", "60.00%", "bad"),
        Zone("60.00%", "10.00%", "near"),
        Zone("70.00%", "30.00%", "good"),
    )
    assert gauge.tone == "near"
    assert gauge.value is not None
    assert gauge.value.x == "66.00%"


def test_fewer_cancellations_are_better_so_the_breach_lies_right_of_the_limit() -> None:
    gauge = draw_gauge(value=Decimal("0.0950"), limit=Decimal("0.0900"), near=Decimal("0.0600"), kind="rate")
    assert [zone.tone for zone in gauge.zones] == ["good", "near", "bad"]
    assert gauge.tone == "bad"
    assert gauge.high == Decimal("0.15")


@pytest.mark.parametrize(
    ("value", "tone"), [("4.19", "bad"), ("4.20", "near"), ("4.39", "near"), ("4.40", "good"), ("5", "good")]
)
def test_the_zone_of_stars_changes_exactly_at_its_threshold(value: str, tone: str) -> None:
    assert draw_gauge(value=Decimal(value), limit=Decimal("4.20"), near=Decimal("4.40")).tone == tone


@pytest.mark.parametrize(
    ("value", "tone"), [("0.0500", "good"), ("0.0501", "near"), ("0.0900", "near"), ("0.0901", "bad")]
)
def test_the_zone_of_a_rate_changes_just_above_its_threshold(value: str, tone: str) -> None:
    assert (
        draw_gauge(value=Decimal(value), limit=Decimal("0.0900"), near=Decimal("0.0500"), kind="rate").tone
        == tone
    )


def test_without_a_limit_the_scale_is_neutral() -> None:
    gauge = draw_gauge(value=Decimal("4.5"), limit=None, near=None)
    assert gauge.tone == "rest"
    assert gauge.zones == (Zone("0%", "100%", "rest"),)
    assert gauge.limit is None


def test_without_a_value_the_limit_is_still_drawn() -> None:
    gauge = draw_gauge(value=None, limit=Decimal("4.20"), near=None)
    assert gauge.value is None
    assert gauge.limit is not None


@pytest.mark.parametrize("value", ["1.00", "2.97", "5.00"])
def test_the_needle_never_leaves_the_scale(value: str) -> None:
    gauge = draw_gauge(value=Decimal(value), limit=Decimal("4.20"), near=Decimal("4.40"))
    assert gauge.value is not None
    assert 0 <= Decimal(gauge.value.x.rstrip("%")) <= 100


def test_a_rate_of_one_hundred_percent_fits_on_the_scale() -> None:
    gauge = draw_gauge(value=Decimal(1), limit=Decimal("0.2"), near=Decimal("0.1"), kind="rate")
    assert gauge.high == 1
    assert gauge.value is not None
    assert gauge.value.x == "100.00%"


def test_stars_are_filled_to_the_tenth() -> None:
    assert [star_fill(Decimal(value)) for value in ("0", "4.32", "4.96", "5")] == ["0", "86", "100", "100"]


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Luca", "L"), ("Anna Maria Keller", "AK"), ("Jean-Luc", "JL"), ("", ""), ("émile zo", "ÉZ")],
)
def test_initials_are_of_the_first_and_last_word(name: str, initials: str) -> None:
    assert initials_of(name) == initials
