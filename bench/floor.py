"""The floor under `bench/web.py`: the least that a page of this site can do, beside the site's own addresses.

One indexed SELECT in a template of 200 rows, one row in a template, one INSERT; with the same middleware and server.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import path

from mila import access
from mila.urls import urlpatterns as pages

ROWS = 200
GROUPS = 50

TABLE = f"""
    CREATE TABLE bench_floor (
        id bigserial PRIMARY KEY, number int NOT NULL, name text NOT NULL, price numeric NOT NULL);
    INSERT INTO bench_floor (number, name, price)
    SELECT n % {GROUPS}, 'Row ' || n, n / 7.0 FROM generate_series(1, {ROWS * GROUPS}) n;
    CREATE INDEX ON bench_floor (number);
    ANALYZE bench_floor;
"""
LIST = engines["django"].from_string(
    "<!doctype html><title>{{ title }}</title><ul>{% for row in rows %}"
    "<li><a href='/floor/{{ row.0 }}'>{{ row.1 }}</a> {{ row.2 }}</li>{% endfor %}</ul>"
)
ITEM = engines["django"].from_string(
    "<!doctype html><title>{{ row.1 }}</title><h1>{{ row.1 }}</h1><p>{{ row.2 }}</p>"
)


def floor_list(request: HttpRequest, number: int) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, price FROM bench_floor WHERE number = %s", [number])
        rows = cursor.fetchall()
    return HttpResponse(LIST.render({"title": "Floor", "rows": rows}, request))


def floor_item(request: HttpRequest, pk: int) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, price FROM bench_floor WHERE id = %s", [pk])
        row = cursor.fetchone()
    return HttpResponse(ITEM.render({"row": row}, request))


def floor_insert(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_floor (number, name, price) VALUES (-1, %s, 1)", [request.POST["name"]]
        )
    return HttpResponseRedirect("/floor/1")


access.ACCESS = {
    **access.ACCESS,
    "floor_list": access.Access(access.Who.PUBLIC, frozenset({"GET"})),
    "floor_item": access.Access(access.Who.PUBLIC, frozenset({"GET"})),
    "floor_insert": access.Access(access.Who.PUBLIC, frozenset({"POST"})),
}
urlpatterns = [
    path("floor/list/<int:number>", floor_list, name="floor_list"),
    path("floor/<int:pk>", floor_item, name="floor_item"),
    path("floor/insert", floor_insert, name="floor_insert"),
    *pages,
]
