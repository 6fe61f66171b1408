"""`export_standings [--city SLUG] [--as-of ISO]`: every partner's standing as CSV (policy: commands)."""

import csv
from dataclasses import astuple, fields
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.management.arguments import cities_of, instant_of
from compliance.services import ExportedStanding, NoPolicyInForce, exported_standings


class Command(BaseCommand):
    help = "Writes the standing of every partner to standard output, as CSV ordered by partner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--city", metavar="SLUG", help="only this city")
        parser.add_argument(
            "--as-of", metavar="ISO", help="the instant to look at (now); UTC if it names no offset"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        at = instant_of(options["as_of"], now=timezone.now())
        lines = csv.writer(self.stdout, lineterminator="\n")
        try:
            exported = exported_standings(cities=cities_of(options["city"]), at=at)
            lines.writerow([field.name for field in fields(ExportedStanding)])
            # An empty cell for none: that is what csv makes of None.
            lines.writerows(astuple(line) for line in exported)
        except NoPolicyInForce as refusal:
            raise CommandError(str(refusal)) from refusal
