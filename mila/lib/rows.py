"""One row, or a few, read by a statement that is written out: to build it takes longer than to run it."""

from collections.abc import Collection
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
    condition = "= %s FOR NO KEY UPDATE" if is_locked else "= %s"
    rows: RawQuerySet[Row] = model._default_manager.raw(_statement(model, field, condition), [wanted])  # noqa: SLF001
    return next(iter(rows), None)


def rows_of(model: type[Row], /, **values: Collection[Any]) -> list[Row]:
    """As `model.objects.filter(field__in=values)`, of one field, in no particular order."""
    ((field, wanted),) = values.items()
    rows = model._default_manager.raw(_statement(model, field, "= ANY (%s)"), [list(wanted)])  # noqa: SLF001
    return list(rows)


@cache
def _statement(model: type[Model], field: str, condition: str) -> str:
    """Of names that the models give, never of anything from outside."""
    column = model._meta.get_field(field).column  # type: ignore[union-attr]
    return f'SELECT * FROM "{model._meta.db_table}" WHERE "{column}" {condition}'  # noqa: S608
