#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL and REDIS_URL a command starts or joins the embedded servers."""

import os
import sys

# These work without a database; the rest joins the servers when the settings are read.
WITHOUT_SERVERS = {
    "help",
    "version",
    "servers",
    "collectstatic",
    "findstatic",
    "spectacular",
    "--help",
    "--version",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")
    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVERS or "--help" in sys.argv:
        os.environ.setdefault("MILA_SERVERS", "off")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed here. Run `make setup`, then .venv/bin/python manage.py."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
