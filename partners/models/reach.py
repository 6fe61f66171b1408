"""Which partners cover a place, as SQL that an index answers (ADR "Who covers a place is read from boxes").

An active partner with a radius is found by the box around the circle, in a GiST index, then by the exact distance; one
with postcodes by the postcode, in a GIN index. The conditions here are those of the two indexes, word for word.
"""

from math import cos, radians
from typing import Any

from django.db import models
from django.db.models import Expression, ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import ASin, Cos, Power, Radians, Sin, Sqrt

from mila.lib.geo import EARTH_RADIUS_KM

# Degrees of latitude in a kilometre, a thousandth too many: the box must not be smaller than the circle anywhere
# between the latitudes that the table allows. The exact distance decides afterwards.
DEGREES_PER_KM = 0.0090022
MOST_LATITUDE = 70
MOST_LONGITUDE = 170

IS_ACTIVE = Q(status="active")
BY_RADIUS = Q(postcodes=[])
BY_POSTCODES = ~Q(postcodes=[])


# The same as text, for statements that an ORM would take longer to build than the database to answer. Parameters:
# longitude, latitude, postcode.
COVERS = """(
    (partner.postcodes = '{{}}'::varchar(4)[] AND {box}
        @> box(point(%(longitude)s, %(latitude)s), point(%(longitude)s, %(latitude)s)))
    OR (NOT (partner.postcodes = '{{}}'::varchar(4)[]) AND partner.postcodes @> ARRAY[%(postcode)s]::varchar(4)[])
)"""
AWAY_KM = f"""({2 * EARTH_RADIUS_KM} * asin(sqrt(
    power(sin((radians(partner.latitude) - radians(%(latitude)s)) / 2.0), 2)
    + cos(radians(partner.latitude)) * cos(radians(%(latitude)s))
    * power(sin((radians(partner.longitude) - radians(%(longitude)s)) / 2.0), 2)
)))"""


class BoxField(models.Field[Any, Any]):
    """The type of a box; there is no column of it."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        return "box"


class BoxOfReach(Func):
    """The box around a partner's circle, from longitude, latitude and radius in km, as an index may keep it."""

    template = (
        "box(point({lon} - {radius} * {degrees}::float8 / cos(radians({lat})), {lat} - {radius} * {degrees}::float8),"
        " point({lon} + {radius} * {degrees}::float8 / cos(radians({lat})), {lat} + {radius} * {degrees}::float8))"
    )
    arity = 3

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        super().__init__(*expressions, output_field=BoxField(), **extra)

    def as_sql(self, compiler: Any, *_args: Any, **_options: Any) -> Any:
        lon, lat, radius = (compiler.compile(each)[0] for each in self.get_source_expressions())
        return self.template.format(lon=lon, lat=lat, radius=radius, degrees=DEGREES_PER_KM), []


def away_km(latitude: float, longitude: float) -> Expression:
    """Great-circle distance from a partner to a point, in kilometres, as `mila.lib.geo` computes it."""
    lat, lon = Radians(F("latitude")), Radians(F("longitude"))
    half_lat = Power(Sin((lat - radians(latitude)) / 2.0), 2)
    half_lon = Power(Sin((lon - radians(longitude)) / 2.0), 2)
    inside = half_lat + Cos(lat) * cos(radians(latitude)) * half_lon
    return ExpressionWrapper(ASin(Sqrt(inside)) * (2 * EARTH_RADIUS_KM), output_field=models.FloatField())


def covering(latitude: float, longitude: float, postcode: str) -> Q:
    """Partners, annotated with `away_km`, whose circle the point lies in, or who chose its postcode."""
    point = Func(Value(longitude), Value(latitude), function="point", output_field=BoxField())
    box_holds_it = Func(
        BoxOfReach("longitude", "latitude", "radius_km"),
        Func(point, point, function="box", output_field=BoxField()),
        template="%(expressions)s",
        arg_joiner=" @> ",
        output_field=models.BooleanField(),
    )
    return (BY_RADIUS & Q(box_holds_it) & Q(away_km__lte=F("radius_km"))) | (
        BY_POSTCODES & Q(postcodes__contains=[postcode])
    )


def covers_sql() -> str:
    """A condition on `partners_partner AS partner`, apart from the exact distance; by the two indexes."""
    columns = {"lon": "partner.longitude", "lat": "partner.latitude", "radius": "partner.radius_km"}
    return COVERS.format(box=BoxOfReach.template.format(degrees=DEGREES_PER_KM, **columns))
