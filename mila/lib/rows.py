"""One row, read by a statement that is written out: to build it takes longer than to run it."""

from functools import cache
from typing import Any, TypeVar

from django.db.models import Model
from django.db.models.query import RawQuerySet

Row = TypeVar("Row", bound=Model)


def row_of(model: type[Row], is_locked: bool = False, /, **value: Any) -> Row | None:
    """As `model.objects.filter(field=value).first()`, of one field that is unique; None if there is no such row.

    `is_locked`: as `select_for_update(no_key=True)` does it.
    """
    ((field, wanted),) = value.items()
    rows: RawQuerySet[Row] = model._default_manager.raw(_statement(model, field, is_locked), [wanted])  # noqa: SLF001
    return next(iter(rows), None)


@cache
def _statement(model: type[Model], field: str, is_locked: bool) -> str:
    """Of names that the models give, never of anything from outside."""
    column = model._meta.get_field(field).column  # type: ignore[union-attr]
    lock = " FOR NO KEY UPDATE" if is_locked else ""
    return f'SELECT * FROM "{model._meta.db_table}" WHERE "{column}" = %s{lock}'  # noqa: S608
