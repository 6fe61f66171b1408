"""How numbers, dates and times are written in Switzerland, in every language: 1’234.50, 23.11.2026, 14:30.

`FORMAT_MODULE_PATH = "mila.formats"` makes Django prefer these to its own, which follow Germany, France and Italy.
`WEEKDAY_FORMAT` and `WEEKDAY_YEAR_FORMAT` are our own names, used by the filter `day`; those that begin with `FIRST_`
are for the first of a month, which French and Italian do not count like the others.
"""

DATE_FORMAT = "d.m.Y"
SHORT_DATE_FORMAT = "d.m.Y"
DATETIME_FORMAT = "d.m.Y H:i"
SHORT_DATETIME_FORMAT = "d.m.Y H:i"
TIME_FORMAT = "H:i"
YEAR_MONTH_FORMAT = "F Y"
FIRST_DAY_OF_WEEK = 1

DATE_INPUT_FORMATS = ["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"]
TIME_INPUT_FORMATS = ["%H:%M", "%H:%M:%S", "%H.%M"]
DATETIME_INPUT_FORMATS = ["%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = "’"
NUMBER_GROUPING = 3
