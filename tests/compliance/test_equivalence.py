"""A market is imported and assessed at one instant after the other: the plain reading of the policy, walking over
the same rows beside it, must come to the same notices, sanctions, figures and statuses."""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command

from compliance.models import CityPolicy, Notice, Sanction
from compliance.services import decide_sanction, reinstate_partner, withdraw_notice
from compliance.verification import differences
from mila.accounts.models import User
from partners.models import Partner
from tests.compliance import naive
from tests.compliance.market import DAY, HOUR, START
from tests.factories import OpsFactory, city

pytestmark = pytest.mark.django_db

DAYS = 150
SLUG = "biel"

POLICIES: dict[str, dict[str, Any]] = {
    "default": {},
    "people decide": {"automatic_suspension": False, "notice_interval_days": 7, "notice_interval_jobs": 4},
    "quick": {
        "min_rated_jobs": 5,
        "min_accepted_jobs": 8,
        "notices_before_suspension": 1,
        "notice_interval_days": 3,
        "notice_interval_jobs": 1,
        "notice_validity_days": 20,
        "cancellation_factor": "1.10",
        "cancellation_floor": "0.0100",
    },
}


@dataclass
class Known:
    """What the plain reading knows of one partner."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    status: str = "active"

    def joined(self, at: datetime) -> bool:
        return any(job["accepted_at"] <= at for job in self.jobs)


def history(rng: Random) -> Iterator[dict[str, Any]]:
    """Rows in recording order. Whole hours, so that instants often coincide."""
    rows = []
    for number in range(9):
        goodness, reliability = rng.choice((2.5, 3.9, 4.3, 4.8)), rng.choice((0.6, 0.9, 0.97, 1.0))
        for _ in range(rng.choice((15, 60, 90))):
            accepted = START + rng.randrange(DAYS * 24) * HOUR
            rows.append(job(f"p{number}", accepted, goodness, reliability, rng))
    rows.sort(key=lambda row: row["accepted_at"])
    for number, row in enumerate(rows):
        yield {"job": f"j{number}", **row}


def job(partner: str, accepted: datetime, goodness: float, reliability: float, rng: Random) -> dict[str, Any]:
    row = {"partner": partner, "city": SLUG, "accepted_at": accepted}
    if rng.random() > reliability:
        outcome = rng.choice(("cancelled", "cancelled", "cancelled", "excused", "client_absent", "no_show"))
    else:
        outcome = rng.choice(("completed",) * 12 + ("client_cancelled", ""))
    ended = accepted + rng.randrange(72) * HOUR if outcome else None
    stars = None
    if ended and outcome == "completed" and rng.random() < 0.8:
        stars = min(5, max(1, round(rng.gauss(goodness, 0.8))))
    rated = ended + rng.randrange(14 * 24) * HOUR if ended and stars else None
    return {**row, "outcome": outcome, "outcome_at": ended, "stars": stars, "rated_at": rated}


def import_rows(rows: list[dict[str, Any]], file: Path) -> None:
    with file.open("w", newline="") as lines:
        table = csv.DictWriter(lines, rows[0].keys())
        table.writeheader()
        for row in rows:
            cells = ((k, v.isoformat() if isinstance(v, datetime) else v) for k, v in row.items())
            table.writerow(dict(cells))
    call_command("import_history", str(file), stdout=StringIO(), stderr=StringIO())


class Market:
    def __init__(self, rows: list[dict[str, Any]], policy: CityPolicy, rng: Random) -> None:
        self.rng = rng
        self.policy = {name: plain(value) for name, value in asdict(policy.parameters).items()}
        self.known: dict[str, Known] = {}
        for number, row in enumerate(rows):
            fact = {"stars_published_at": row["rated_at"], "stars_ruled_out_at": None, "excused_at": None}
            self.known.setdefault(row["partner"], Known()).jobs.append({**row, **fact, "id": number})
        self.ops: list[User] = [OpsFactory.create(), OpsFactory.create()]

    def assess(self, now: datetime) -> list[tuple[str, str, str, bool]]:
        """By the plain reading: (partner, rule, what, only proposed), and remember it."""
        present = {name: partner for name, partner in self.known.items() if partner.joined(now)}
        standings = {name: naive.standing(partner.jobs, now) for name, partner in present.items()}
        counted = [standings[name] for name, partner in present.items() if partner.status != "excluded"]
        self.average = naive.city_average(counted, self.policy["min_accepted_jobs"])
        self.standings, done = standings, []
        for name, partner in present.items():
            if partner.status != "active":
                continue
            acceptances = [row["accepted_at"] for row in partner.jobs]
            for rule, what, proposed, suspends in naive.assess(
                standings[name],
                self.policy,
                self.average,
                events=as_events(partner),
                acceptances=acceptances,
                now=now,
            ):
                done.append((name, rule, what, proposed))
                partner.events.append(self._event(rule, what, proposed, standings[name], now))
                partner.status = "suspended" if suspends else partner.status
        return sorted(done)

    def _event(
        self, rule: str, what: str, proposed: bool, standing: dict[str, Any], now: datetime
    ) -> dict[str, Any]:
        if proposed:
            about = {"closed_at": None, "no_shows": standing["no_shows"]}
            return {"what": "proposal", "rule": rule, "at": now, **about}
        if what == "suspension":
            return {"what": "suspension", "rule": rule, "at": now}
        return {"what": "notice", "rule": rule, "kind": what, "at": now, "withdrawn_at": None}

    # --- What people do in between, on both sides ---

    def people_act(self, now: datetime) -> None:
        for sanction in Sanction.objects.filter(status="proposed").order_by("pk"):
            if self.rng.random() < 0.4:
                self._decide(sanction, now)
        for partner in Partner.objects.filter(status="suspended").order_by("pk"):
            if self.rng.random() < 0.3:
                self._reinstate(partner, now)
        # What a withdrawn final warning means is a matter of its job, which the plain reading doesn't follow.
        for notice in Notice.objects.filter(withdrawn_at=None).exclude(rule="no_show").order_by("pk"):
            if self.rng.random() < 0.05:
                withdraw_notice(notice_id=notice.pk, actor=self.ops[0], reason="checked", now=now)
                self._event_of(notice, "notice")["withdrawn_at"] = now

    def _decide(self, sanction: Sanction, now: datetime) -> None:
        partner = self.known[sanction.partner.reference]
        approve = self.rng.random() < 0.5
        for ops in self.ops[: 2 if approve and sanction.kind == "exclusion" else 1]:
            decide_sanction(sanction_id=sanction.pk, actor=ops, approve=approve, reason="seen", now=now)
        self._event_of(sanction, "proposal")["closed_at"] = now
        if approve:
            partner.status = "excluded" if sanction.kind == "exclusion" else "suspended"
        elif Partner.objects.get(pk=sanction.partner_id).status == "active" and partner.status == "suspended":
            partner.status = "active"
            partner.events.append({"what": "reinstated", "at": now})

    def _reinstate(self, partner: Partner, now: datetime) -> None:
        known = self.known[partner.reference]
        reinstate_partner(partner_id=partner.pk, actor=self.ops[0], reason="talked", now=now)
        known.status = "active"
        for event in known.events:
            if event["what"] == "proposal" and event["closed_at"] is None:
                event["closed_at"] = now
        known.events.append({"what": "reinstated", "at": now})

    def _event_of(self, verdict: Notice | Sanction, what: str) -> dict[str, Any]:
        events = self.known[verdict.partner.reference].events
        return next(
            e
            for e in events
            if (e["what"], e.get("rule"), e["at"]) == (what, verdict.rule, verdict.issued_at)
        )


def plain(value: Any) -> Any:
    return value if isinstance(value, bool | int) else Fraction(value)


def issued_at(now: datetime) -> list[tuple[str, str, str, bool]]:
    notices = Notice.objects.filter(issued_at=now).values_list("partner__reference", "rule", "kind")
    sanctions = Sanction.objects.filter(issued_at=now)
    return sorted(
        [(*notice, False) for notice in notices]
        + [
            (s.partner.reference, s.rule, s.kind, s.kind == "exclusion" or not s.suspends_access)
            for s in sanctions
        ]
    )


def exported(now: datetime) -> dict[str, dict[str, str]]:
    out = StringIO()
    call_command("export_standings", "--city", SLUG, "--as-of", now.isoformat(), stdout=out)
    return {line["partner"]: line for line in csv.DictReader(StringIO(out.getvalue()))}


def cell(value: str) -> Fraction | None:
    return Fraction(value) if value else None


def check_export(market: Market, now: datetime) -> None:
    lines = exported(now)
    assert lines.keys() == market.standings.keys()
    for name, expected in market.standings.items():
        line, known = lines[name], market.known[name]
        figures = {key: cell(line[key]) for key in expected if key != "stars_in_window"}
        assert figures == {key: value for key, value in expected.items() if key != "stars_in_window"}
        assert cell(line["city_cancellation_average"]) == market.average
        assert line["status"] == known.status
        for rule in ("rating", "cancellation"):
            counting = naive.notices_that_count(rule, market.policy, as_events(known), now)
            assert line[f"active_{rule}_notices"] == str(len(counting))


def as_events(known: Known) -> list[dict[str, Any]]:
    return [event for event in known.events if event["what"] != "suspension"]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", POLICIES)
def test_a_market_is_judged_as_the_plain_reading_judges_it(name: str, seed: int, tmp_path: Path) -> None:
    rng = Random(f"{name}/{seed}")
    policy = CityPolicy.objects.create(
        city=city(SLUG), in_force_from=START - timedelta(days=1), **POLICIES[name]
    )
    policy.refresh_from_db()
    rows = list(history(rng))
    import_rows(rows, tmp_path / "history.csv")
    market = Market(rows, policy, rng)
    now, judged = START, 0
    while now < START + (DAYS + 30) * DAY:
        now += rng.randrange(12, 10 * 24) * HOUR
        expected = market.assess(now)
        for _twice in range(2):
            call_command("assess", "--city", SLUG, "--as-of", now.isoformat(), stdout=StringIO())
            assert issued_at(now) == expected, now
        check_export(market, now)
        market.people_act(now + HOUR / 2)
        judged += len(expected)
    assert judged > 5
    assert list(differences(now)) == []
