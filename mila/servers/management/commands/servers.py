from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mila.servers import joining
from mila.servers.places import Places, ServersError, places_for


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Redis (used while DATABASE_URL or REDIS_URL is unset)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        places = places_for(Path(settings.MILA_DATA_DIR))
        try:
            getattr(self, options["action"])(places)
        except ServersError as error:
            raise CommandError(str(error)) from error

    def start(self, places: Places) -> None:
        """Start or join, and stay after this command has ended, until `stop`."""
        joining.join(places)
        places.pinned.touch()
        self.stdout.write("The servers run until `manage.py servers stop`.")
        self.status(places)

    def stop(self, places: Places) -> None:
        was_running = joining.stop(places)
        self.stdout.write("Stopped." if was_running else "They were not running.")

    def status(self, places: Places) -> None:
        if not joining.is_running(places):
            self.stdout.write(f"Not running. Data folder: {places.data}")
            return
        state = joining.read_state(places)
        pinned = "until told to stop" if places.pinned.exists() else "until the last user has ended"
        self.stdout.write(f"Running {pinned} (keeper {state['keeper']}). Data folder: {places.data}")
        self.stdout.write(f"  PostgreSQL {state['postgres']}: psql -h {places.sockets} -U mila mila")
        self.stdout.write(f"  Redis {state['redis']}: redis-cli -s {places.redis_socket}")
