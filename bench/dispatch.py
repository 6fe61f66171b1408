"""`bench/dispatch.py`: how long it takes to know whom to ask and when somebody is free, beside a bare radius query.

    python bench/dispatch.py [--partners 100000] [--orders 1000] [--json]

For each open order: the ids of all partners who cover the place (the reference, one indexed statement), the first
wave of candidates, and the free arrivals of a week. They take turns, order by order, so that all see the same weather.
The database is a scratch one on the configured server, dropped at the end. Only the ratios mean anything elsewhere.
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

from bench.asking import measure  # noqa: E402 - models need the set-up above


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--partners", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="one list of figures instead of a table")
    options = parser.parse_args()
    measure(partners=options.partners, orders=options.orders).print(as_json=options.json)


if __name__ == "__main__":
    main()
