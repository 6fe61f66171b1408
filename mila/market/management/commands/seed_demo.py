"""`manage.py seed_demo`: a small living market and people to log in as. Does nothing when it is there already."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mila.accounts.models import User
from mila.market import demo


class Command(BaseCommand):
    help = "Fill an empty database with the demo market and print the demo logins."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo market and its public passwords are not for production.")
        if not User.objects.filter(email=demo.OPS.email).exists():
            for market in demo.MARKETS:
                self.stdout.write(
                    f"Playing {market.days} days of {market.city} with {market.partners} partners …"
                )
                call_command(
                    "simulate",
                    city=market.city,
                    partners=market.partners,
                    days=market.days,
                    seed=market.seed,
                    stdout=self.stdout,
                    stderr=self.stderr,
                )
            demo.open_doors(now=timezone.now())
        self.stdout.write(demo.welcome())
