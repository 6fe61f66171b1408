"""Rows by prepared statements are the rows that Django's own way gives."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import (
    DataError,
    NotSupportedError,
    ProgrammingError,
    close_old_connections,
    connection,
    transaction,
)
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from mila.accounts.models import User
from mila.lib.locks import Lock, locking
from mila.lib.prepared import Prepared
from mila.lib.rows import delete_row, insert_of, row_of, rows_from, rows_of, values_of
from mila.notifications.models import Notification
from orders.models import BookingDraft, ClientAddress
from partners.models import City, Place
from tests.factories import PartnerFactory, UserFactory, load_launch_data, place

pytestmark = pytest.mark.django_db


def draft(**fields: object) -> BookingDraft:
    now = timezone.now()
    token = {"token": uuid4().hex, "submission_key": uuid4()}
    times = {"created_at": now, "changed_at": now, "expires_at": now + timedelta(days=1)}
    return BookingDraft.objects.create(**token | times | fields)


class TestARow:
    def test_comes_with_what_it_points_at(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        partner, there = PartnerFactory.create(), place()
        kept = draft(place=there, partner=partner, details="100 % \"so\" 'and' so")
        with django_assert_num_queries(1):
            found = row_of(
                BookingDraft, "service", "place__city", "partner", submission_key=kept.submission_key
            )
            assert found is not None
            assert found.service is None
            assert found.place is not None
            assert (found.place, found.place.city, found.partner) == (there, partner.city, partner)
        same = BookingDraft.objects.select_related("place__city", "partner").get(pk=kept.pk)
        for ours, theirs in ((found, same), (found.place, same.place), (found.partner, same.partner)):
            assert values_of(ours) == values_of(theirs)  # type: ignore[arg-type]

    def test_ends_where_the_chain_of_rows_ends(self) -> None:
        nowhere = draft()
        unserved = draft(place=Place.objects.filter(city=None)[0])
        first = row_of(BookingDraft, "place__city", token=nowhere.token)
        second = row_of(BookingDraft, "place__city", token=unserved.token)
        assert first is not None
        assert first.place is None
        assert second is not None
        assert second.place is not None
        assert second.place.city is None

    def test_is_none_where_there_is_none(self) -> None:
        assert row_of(User, id=0) is None

    def test_is_deleted(self) -> None:
        kept, other = draft(), draft()
        delete_row(kept)
        assert list(BookingDraft.objects.all()) == [other]


class TestRows:
    def test_are_those_of_the_values(self) -> None:
        cities = City.objects.order_by("pk")
        assert sorted(city.pk for city in rows_of(City, id={cities[0].pk, cities[2].pk})) == [
            cities[0].pk,
            cities[2].pk,
        ]
        assert rows_of(City, id=[]) == []

    def test_are_written_whole(self) -> None:
        address = ClientAddress(
            client=UserFactory.create(),
            place=place(),
            street="Rue de l'Ale 100 %",
            last_used_at=timezone.now(),
        )
        with connection.cursor() as cursor:
            Prepared(insert_of(ClientAddress)).run(cursor, values_of(address))
        assert values_of(ClientAddress.objects.get()) == values_of(address)


def test_what_django_decodes_is_read_by_django() -> None:
    with pytest.raises(TypeError, match="payload"):
        rows_of(Notification, id=[1])


class TestAPreparedStatement:
    def test_takes_values_in_order_or_by_name(self) -> None:
        with connection.cursor() as cursor:
            Prepared("SELECT %s::int - %s::int, '100 %%'").run(cursor, [7, 4])
            assert cursor.fetchone() == (3, "100 %")
            twice = Prepared("SELECT %(b)s::int - %(a)s::int, %(b)s::int")
            twice.run(cursor, {"a": 1, "b": 5, "not asked for": 0})
            assert cursor.fetchone() == (4, 5)
            Prepared("SELECT 1").run(cursor)
            assert cursor.fetchone() == (1,)

    def test_is_prepared_once_on_a_connection(self) -> None:
        statement = Prepared("SELECT %s::text")
        with connection.cursor() as cursor:
            for value in ("it's", 'a "word"', "%s"):
                statement.run(cursor, [value])
                assert cursor.fetchone() == (value,)
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = %s", [statement.name])
            assert cursor.fetchone() == (1,)

    def test_that_fails_fails_as_any_other(self) -> None:
        with connection.cursor() as cursor:
            with transaction.atomic(), pytest.raises(ProgrammingError), transaction.atomic():
                Prepared("SELECT nothing FROM nowhere").run(cursor)
            number = Prepared("SELECT %s::int")
            with transaction.atomic(), pytest.raises(DataError), transaction.atomic():
                number.run(cursor, ["x"])
            number.run(cursor, [5])
            assert cursor.fetchone() == (5,)

    def test_outlives_the_transaction_in_which_it_was_prepared(self) -> None:
        statement = Prepared("SELECT %s::int")
        with connection.cursor() as cursor:
            with transaction.atomic():
                statement.run(cursor, [1])
                transaction.set_rollback(True)
            statement.run(cursor, [2])
            assert cursor.fetchone() == (2,)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_begins_with_locks_of_rows_that_are_there() -> None:
    first, second, other = draft(), draft(), draft()
    somebody_else = connection.copy()
    try:
        with (
            locking(row=first, then=Lock(BookingDraft, "token", second.token)),
            somebody_else.cursor() as cursor,
        ):
            cursor.execute("SELECT id FROM orders_bookingdraft FOR NO KEY UPDATE SKIP LOCKED")
            assert cursor.fetchall() == [(other.pk,)]
    finally:
        somebody_else.close()


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_anew() -> None:
    statement = Prepared("SELECT %s::int")
    for value in (1, 2):
        with connection.cursor() as cursor:
            statement.run(cursor, [value])
            assert cursor.fetchone() == (value,)
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_column_that_a_release_adds_disturbs_nobody() -> None:
    """The process of before goes on with the statements that its connection has prepared."""
    load_launch_data()
    there = place()
    assert row_of(Place, id=there.pk) == there
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE partners_place ADD COLUMN added int")
        try:
            assert row_of(Place, id=there.pk) == there
            assert rows_of(Place, id=[there.pk]) == [there]
        finally:
            cursor.execute("ALTER TABLE partners_place DROP COLUMN added")


@pytest.fixture
def lengthened_town() -> Iterator[Callable[[], None]]:
    """A release makes the names of towns longer."""

    def change(length: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE partners_place ALTER COLUMN name TYPE varchar({length})")

    yield partial(change, 90)
    change(80)


@pytest.mark.django_db(transaction=True)
def test_a_column_of_another_type_is_read_anew(lengthened_town: Callable[[], None]) -> None:
    load_launch_data()
    there = place()
    assert row_of(Place, id=there.pk) == there
    lengthened_town()
    assert row_of(Place, id=there.pk) == there
    assert row_of(Place, id=there.pk) == there


@pytest.mark.django_db(transaction=True)
def test_a_column_of_another_type_ends_one_transaction_of_a_connection(
    lengthened_town: Callable[[], None],
) -> None:
    load_launch_data()
    there = place()
    assert row_of(Place, id=there.pk) == there
    lengthened_town()
    with pytest.raises(NotSupportedError), transaction.atomic():
        row_of(Place, id=there.pk)
    close_old_connections()  # as each request ends
    with transaction.atomic():
        assert row_of(Place, id=there.pk) == there


def test_further_columns_become_attributes() -> None:
    city = City.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT *, 7 FROM partners_city ORDER BY id LIMIT 1")
        (found,) = rows_from(cursor, City, "seven")
    assert (found, found.__dict__["seven"]) == (city, 7)
