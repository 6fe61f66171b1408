"""The site's own settings, and beside its addresses those of `bench.floor`."""

from mila.settings import *

ROOT_URLCONF = "bench.floor"
