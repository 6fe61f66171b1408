"""`make bench`: how long the figures of a large market take, beside the least that reading it could take.

    make bench ARGS="--partners 2000 --jobs 200 [--rows 80000] [--json]"

All times are medians of one run on one machine, warm; only the ratios mean anything elsewhere. The database is a
scratch one on the configured server, dropped at the end.
"""

import argparse
import os
import sys
from pathlib import Path

import django
from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")
settings.DOORBELL = False
django.setup()

from bench.measuring import measure  # noqa: E402 - models need the set-up above


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--partners", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=200, help="of each partner")
    parser.add_argument("--rows", type=int, help="of the imported file; a fifth of all jobs if not given")
    parser.add_argument("--json", action="store_true", help="one list of figures instead of a table")
    options = parser.parse_args()
    rows = options.rows or max(options.partners * options.jobs // 5, 1000)
    measure(partners=options.partners, jobs=options.jobs, rows=rows).print(as_json=options.json)


if __name__ == "__main__":
    main()
