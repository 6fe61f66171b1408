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
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
