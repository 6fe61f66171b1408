"""`manage.py import_history FILE.csv [--skip-bad]`: loads facts from another system (policy "Commands")."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mila.lib.locks import Busy
from orders.history_rows import COLUMNS, BadHeader
from orders.services.history import AnotherImport, BadRows, Progress, Report, import_history

BAR_WIDTH = 40


class Command(BaseCommand):
    help = f"Load jobs and their ratings from a CSV file with the columns {','.join(COLUMNS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument(
            "--skip-bad",
            action="store_true",
            help="load the good rows and write the bad ones, with the reason, to FILE.rejected.csv",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        is_watched = self.stderr.isatty()
        try:
            report = import_history(
                path=file,
                skip_bad=options["skip_bad"],
                now=timezone.now(),
                progress=self._bar(file) if is_watched else _silent,
            )
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        except BadHeader as error:
            raise CommandError(f"{file}, line 1: {error}.") from error
        except BadRows as bad:
            self._tell(bad.report)
            raise CommandError(
                f"{bad.report.refused} of {bad.report.read} rows can't be taken; nothing of the file was kept. "
                "Correct them, or take the others with --skip-bad."
            ) from bad
        except AnotherImport as error:
            raise CommandError("Another import is running. Nothing was done.") from error
        except Busy as error:
            raise CommandError(
                "A partner is locked by somebody else. Nothing was kept; try again."
            ) from error
        self._tell(report)
        self.stdout.write(
            f"{report.read} rows read: {report.added} jobs added, {report.known} known already, "
            f"{report.refused} refused."
        )

    def _tell(self, report: Report) -> None:
        for problem in report.problems:
            self.stderr.write(str(problem))
        if report.refused > len(report.problems):
            self.stderr.write(f"... and {report.refused - len(report.problems)} more.")
        if report.rejected is not None:
            self.stderr.write(f"The refused rows are in {report.rejected}.")

    def _bar(self, file: Path) -> Progress:
        size, started = max(file.stat().st_size, 1), monotonic()

        def draw(position: int, rows: int) -> None:
            share = min(position / size, 1)
            bar = ("#" * round(share * BAR_WIDTH)).ljust(BAR_WIDTH, "-")
            speed = rows / max(monotonic() - started, 0.001)
            self.stderr.write(f"\r[{bar}] {share:4.0%}  {rows:,} rows, {speed:,.0f}/s ", str, "")
            self.stderr.flush()

        return draw


def _silent(_position: int, _rows: int) -> None:
    """No terminal, no bar."""
