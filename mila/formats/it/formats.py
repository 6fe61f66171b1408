"""Italian as it is written in Switzerland: what is not here is common to all four languages."""

from mila.formats.swiss import *  # noqa: F403

MONTH_DAY_FORMAT = "j F"
WEEKDAY_FORMAT = "l j F"
WEEKDAY_YEAR_FORMAT = "l j F Y"
FIRST_WEEKDAY_FORMAT = "l 1° F"
FIRST_WEEKDAY_YEAR_FORMAT = "l 1° F Y"
