"""`manage.py simulate`: a market that lives, through the services that browsers use."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from mila.lib import doorbell
from mila.market.cast import MarketExists
from mila.market.simulation import Market
from partners.models import City


class Command(BaseCommand):
    help = "Play a market: bookings, acceptances, jobs, ratings, cancellations, no-shows, notices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--city", required=True, help="slug of the city")
        parser.add_argument("--partners", type=int, required=True, help="how many partners, 1 to 500")
        parser.add_argument("--days", type=int, required=True, help="how many days, 1 to 1000")
        parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same market")
        parser.add_argument("--until", help="ISO 8601 end of the market; now if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        city = City.objects.filter(slug=options["city"]).first()
        if city is None:
            known = ", ".join(City.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no city {options['city']!r}. Known: {known}.")
        self._require("partners", options["partners"], 500)
        self._require("days", options["days"], 1000)
        try:
            market = Market(
                city=city,
                partners=options["partners"],
                days=options["days"],
                seed=options["seed"],
                until=self._until(options["until"]),
            )
        except MarketExists as refusal:
            raise CommandError(
                f"{city} has a market with seed {options['seed']} already. Take another seed."
            ) from refusal
        self._play(market, options["days"])

    def _play(self, market: Market, days: int) -> None:
        with doorbell.silenced():
            for number, day in enumerate(market.play(), start=1):
                if self.stderr.isatty():
                    self.stderr.write(
                        f"\r{market.cast.city}: day {number}/{days} ({day:%Y-%m-%d})", ending=""
                    )
        if self.stderr.isatty():
            self.stderr.write("")
        for name, count in sorted(market.report.events.items()):
            self.stdout.write(f"{name:>24}  {count}")
        for name, count in sorted(market.report.refusals.items()):
            self.stdout.write(f"{'refused: ' + name:>24}  {count}")

    def _require(self, name: str, value: int, most: int) -> None:
        if not 1 <= value <= most:
            raise CommandError(f"--{name} takes a whole number from 1 to {most}.")

    def _until(self, text: str | None) -> datetime:
        if text is None:
            return timezone.now()
        until = parse_datetime(text)
        if until is None or timezone.is_naive(until):
            raise CommandError(
                "--until takes an ISO 8601 time with an offset, such as 2026-11-01T00:00:00+00:00."
            )
        return until
