"""`bench/web.py`: how many pages a second the site serves, beside views that do next to nothing.

    python bench/web.py [--partners 2000] [--rounds 12] [--json]

The production server (`bin/serve web` with MILA_MODE=production, two workers) answers eight browsers on kept
connections. The references are views of the same process and middleware, asked by nobody in particular: one indexed
SELECT in a template of 200 rows, one row in a template, one INSERT. Commits wait for the disk, as in production and
unlike in the demo, whose servers are left alone. All take turns in short rounds, so that all see the same weather;
every answer is checked. The database is a scratch one, dropped at the end. Only the ratios mean anything elsewhere.
"""

import argparse
import os
import sys
from pathlib import Path

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
KEEPING_PROMISES = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on"

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")
os.environ.setdefault("MILA_DATA_DIR", str(ROOT / ".data" / "bench-web"))
os.environ.setdefault("MILA_POSTGRES_OPTIONS", KEEPING_PROMISES)
settings.DOORBELL = False
django.setup()

from bench.browsing import measure  # noqa: E402 - models need the set-up above


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--partners", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--json", action="store_true", help="one list of figures instead of a table")
    options = parser.parse_args()
    measure(partners=options.partners, rounds=options.rounds).print(as_json=options.json)


if __name__ == "__main__":
    main()
