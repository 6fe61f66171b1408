"""`assess [--city SLUG] [--as-of ISO] [--dry-run] [--json]`: recompute and assess (policy: commands)."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.management.arguments import cities_of, instant_of
from compliance.services import CitySummary, assess_city, assess_city_now
from mila.lib.refusals import Refusal


class Command(BaseCommand):
    help = "Recomputes the standings of all partners and assesses them, city by city."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--city", metavar="SLUG", help="only this city")
        parser.add_argument(
            "--as-of", metavar="ISO", help="the instant to assess at (now); UTC if it names no offset"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would follow, change nothing")
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        as_of = instant_of(options["as_of"], now=now)
        only_look = options["dry_run"]
        summaries = []
        for city in cities_of(options["city"]):
            try:
                if options["as_of"] is None and not only_look:
                    summaries.append(assess_city_now(city=city, now=now))
                else:
                    summaries.append(assess_city(city=city, as_of=as_of, dry_run=only_look))
            except Refusal as refusal:
                raise CommandError(f"{city.slug}: {refusal}") from refusal
        if options["json"]:
            self.stdout.write(json.dumps([as_json(summary) for summary in summaries], indent=2))
            return
        for summary in summaries:
            self.stdout.write(as_text(summary))


def as_json(summary: CitySummary) -> dict[str, Any]:
    """Decimals as strings; `counts` by kind, `actions` one by one."""
    return {
        "city": summary.city,
        "as_of": summary.as_of.isoformat(),
        "dry_run": summary.dry_run,
        "partners": summary.partners,
        "assessed": summary.assessed,
        "standings_changed": summary.standings_changed,
        "city_cancellation_average": _text(summary.city_cancellation_average),
        "cancellation_limit": _text(summary.cancellation_limit),
        "counts": {kind: summary.count_of(kind) for kind in KINDS},
        "actions": [
            {"partner": partner, "rule": rule, "kind": kind} for partner, rule, kind in summary.actions
        ],
    }


def as_text(summary: CitySummary) -> str:
    counts = [f"{summary.count_of(kind)} {label}" for kind, label in KINDS.items() if summary.count_of(kind)]
    return (
        f"{summary.city}{' (dry run)' if summary.dry_run else ''}: "
        f"{summary.assessed} of {summary.partners} partners assessed as of {summary.as_of.isoformat()}, "
        f"average cancellation rate {_text(summary.city_cancellation_average) or 'none'}, "
        f"limit {_text(summary.cancellation_limit) or 'none'}; "
        f"{', '.join(counts) or 'nothing to say'}"
    )


KINDS = {
    "advice": "advice",
    "warning": "warning",
    "final_warning": "final warning",
    "suspension": "suspension",
    "suspension_proposed": "suspension proposed",
    "exclusion_proposed": "exclusion proposed",
}


def _text(figure: object) -> str | None:
    return None if figure is None else str(figure)
