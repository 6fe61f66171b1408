"""The site's own settings, and beside its addresses those of `bench.floor`."""

from mila.settings import *  # noqa: F403 - as tests/settings.py

ROOT_URLCONF = "bench.floor"
