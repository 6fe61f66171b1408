"""`assess` and `export_standings`, as one types them."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.models import CityPolicy, Notice, Sanction
from compliance.services import decide_sanction, reinstate_partner, review_partner
from partners.models import Partner
from partners.policy import PartnerStatus
from tests.compliance.market import DAY, GOOD, HOUR, START, partner_with, work
from tests.factories import OpsFactory, city
from tests.ratings.facts import make_partner

pytestmark = pytest.mark.django_db

LATER = START + 10 * DAY
AT = LATER.isoformat()
BELOW_LIMIT = [4] * 20
COLUMNS = (
    "partner,city,accepted,cancelled,no_shows,cancellation_rate,jobs_in_window,rated_in_window,average_stars,"
    "city_cancellation_average,status,active_rating_notices,active_cancellation_notices,sanction"
)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def exported(*arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(run("export_standings", *arguments))))


def test_assess_says_what_it_did_city_by_city() -> None:
    partner_with(BELOW_LIMIT)
    lines = run("assess", "--as-of", AT).splitlines()
    assert len(lines) == 10
    assert lines[-1] == (
        f"zurich: 1 of 1 partners assessed as of {AT}, average cancellation rate 0.0000, limit 0.0500; 1 warning"
    )
    assert lines[0].endswith("nothing to say")


def test_assess_as_json() -> None:
    partner = partner_with(BELOW_LIMIT)
    (summary,) = json.loads(run("assess", "--city", "zurich", "--as-of", AT, "--json"))
    assert summary["actions"] == [{"partner": partner.reference, "rule": "rating", "kind": "warning"}]
    assert summary["counts"]["warning"] == 1
    assert summary["city_cancellation_average"] == "0.0000"
    assert (summary["city"], summary["as_of"], summary["dry_run"]) == ("zurich", AT, False)


def test_assess_dry_run_changes_nothing() -> None:
    partner_with(BELOW_LIMIT)
    assert "(dry run)" in run("assess", "--city", "zurich", "--as-of", AT, "--dry-run")
    assert not Notice.objects.exists()


def test_an_instant_without_offset_is_utc() -> None:
    partner_with(BELOW_LIMIT)
    run("assess", "--city", "zurich", "--as-of", "2026-01-15T08:00:00")
    assert Notice.objects.get().issued_at == LATER


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--city", "atlantis"], "There is no city 'atlantis'; known are basel, bern"),
        (["--as-of", "yesterday"], "'yesterday' is not an ISO 8601 time"),
        (["--as-of", "1999-01-01T00:00:00Z"], "basel: No policy of this city was in force"),
    ],
)
def test_wrong_arguments_are_named(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("assess", *arguments)


def test_assess_refuses_to_go_back() -> None:
    partner_with(GOOD)
    run("assess", "--as-of", AT)
    with pytest.raises(CommandError, match="has already been assessed"):
        run("assess", "--as-of", (LATER - HOUR).isoformat())


def test_export_has_the_published_columns() -> None:
    assert run("export_standings").splitlines() == [COLUMNS]


def test_export_of_one_partner() -> None:
    partner = partner_with([4] * 20, cancelled=1, no_shows=1)
    run("assess", "--as-of", AT)
    (line,) = exported("--as-of", AT)
    assert line == {
        "partner": partner.reference,
        "city": "zurich",
        "accepted": "22",
        "cancelled": "1",
        "no_shows": "1",
        "cancellation_rate": "0.0909",
        "jobs_in_window": "20",
        "rated_in_window": "20",
        "average_stars": "4.00",
        "city_cancellation_average": "0.0909",
        "status": "active",
        "active_rating_notices": "1",
        "active_cancellation_notices": "0",
        "sanction": "",
    }


def test_export_leaves_cells_without_figure_empty() -> None:
    make_partner(city="basel")
    (line,) = exported("--city", "basel")
    empty = [name for name, value in line.items() if value == ""]
    assert empty == ["cancellation_rate", "average_stars", "city_cancellation_average", "sanction"]


def test_export_is_ordered_by_the_bytes_of_the_reference() -> None:
    for reference in ("b", "Z", "é", "a-2", "a1", "10", "9"):
        make_partner(reference=reference, city="basel" if reference == "b" else "zurich")
    references = [line["partner"] for line in exported()]
    assert references == sorted(references, key=str.encode)
    assert len(references) == 7


def test_export_at_an_earlier_instant_knows_nothing_of_later_facts() -> None:
    partner = partner_with(BELOW_LIMIT)
    run("assess", "--as-of", AT)
    work(partner, [1], cancelled=1, start=LATER + HOUR)
    partner_with(GOOD, start=LATER + DAY)
    before, after = exported("--as-of", AT), exported("--as-of", (LATER + 2 * DAY).isoformat())
    assert [line["accepted"] for line in before] == ["20"]
    assert [line["accepted"] for line in after] == ["22", "20"]
    assert exported("--as-of", (LATER - HOUR).isoformat())[0]["active_rating_notices"] == "0"


def test_export_follows_an_exclusion_from_proposal_to_decision() -> None:
    partner = partner_with(GOOD, no_shows=2)
    review_partner(partner_id=partner.pk, now=LATER)
    sanction = Sanction.objects.get()
    for hours, ops in ((1, OpsFactory.create()), (2, OpsFactory.create())):
        decide_sanction(
            sanction_id=sanction.pk, actor=ops, approve=True, reason="clear", now=LATER + hours * HOUR
        )

    def cells(at: Any) -> tuple[str, str]:
        (line,) = exported("--as-of", at.isoformat())
        return line["status"], line["sanction"]

    assert cells(LATER - HOUR) == ("active", "")
    assert cells(LATER) == ("suspended", "exclusion_proposed")
    assert cells(LATER + HOUR) == ("suspended", "exclusion_proposed")
    assert cells(LATER + 2 * HOUR) == ("excluded", "exclusion")


def test_export_shows_a_suspension_while_it_is_in_force() -> None:
    CityPolicy.objects.create(city=city(), in_force_from=START, notices_before_suspension=0)
    partner = partner_with(BELOW_LIMIT)
    review_partner(partner_id=partner.pk, now=LATER)
    reinstate_partner(partner_id=partner.pk, actor=OpsFactory.create(), reason="ok", now=LATER + DAY)
    assert exported("--as-of", AT)[0]["sanction"] == "suspension"
    (line,) = exported("--as-of", (LATER + DAY).isoformat())
    assert (line["status"], line["sanction"]) == ("active", "")


def test_export_does_not_show_a_suspension_that_is_only_proposed() -> None:
    CityPolicy.objects.create(
        city=city(), in_force_from=START, notices_before_suspension=0, automatic_suspension=False
    )
    partner = partner_with(BELOW_LIMIT)
    review_partner(partner_id=partner.pk, now=LATER)
    (line,) = exported("--as-of", AT)
    assert (line["status"], line["sanction"]) == ("active", "")


def test_export_reads_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.services.export.BATCH", 2)
    for number in range(5):
        make_partner(reference=f"p{number}", status=PartnerStatus.APPLICANT)
    assert [line["partner"] for line in exported()] == [f"p{number}" for number in range(5)]
    assert Partner.objects.count() == 5
