"""Rows read and written by prepared statements of the models' own columns, where building a statement takes longest."""

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, Model

from mila.lib.prepared import Prepared

Row = TypeVar("Row", bound=Model)


def row_of(model: type[Row], *joined: str, **value: Any) -> Row | None:
    """As `model.objects.select_related(*joined).filter(field=value).first()`, of one field that is unique."""
    ((field, wanted),) = value.items()
    plan = _plan(model, joined, field)
    with connection.cursor() as cursor:
        plan.statement.run(cursor, [wanted])
        found = cursor.fetchone()
    if found is None:
        return None
    row = model.from_db(connection.alias, plan.names, found[: len(plan.names)])
    rows: dict[str, Any] = {"": row}
    at = len(plan.names)
    for part in plan.joined:
        values = found[at : at + len(part.names)]
        at += len(part.names)
        # Of what is not there, the key is missing too.
        there = values[part.key] is not None
        rows[part.path] = part.model.from_db(connection.alias, part.names, values) if there else None
        if rows[part.owner] is not None:
            setattr(rows[part.owner], part.name, rows[part.path])
    return row


def rows_of(model: type[Row], /, **values: Collection[Any]) -> list[Row]:
    """As `model.objects.filter(field__in=values)`, of one field, in no particular order."""
    ((field, wanted),) = values.items()
    with connection.cursor() as cursor:
        _any_of(model, field).run(cursor, [list(wanted)])
        return rows_from(cursor, model)


def rows_from(cursor: CursorWrapper, model: type[Row], *further: str) -> list[Row]:
    """What a statement has found that reads `columns_of` the model and `further` ones, which become attributes."""
    names = _names(model)
    found = []
    for values in cursor.fetchall():
        row = model.from_db(connection.alias, names, values[: len(names)])
        row.__dict__.update(zip(further, values[len(names) :], strict=True))
        found.append(row)
    return found


def insert_of(model: type[Model]) -> str:
    """The statement that inserts a new row, up to its values; these are `values_of` the row."""
    columns = [f'"{field.column}"' for field in _written(model)]
    values = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({values})'  # noqa: S608


def values_of(row: Model) -> list[Any]:
    """For `insert_of` its model."""
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _written(type(row))]


def delete_row(row: Model) -> None:
    """As `row.delete()`, of a row that no other one points at."""
    with connection.cursor() as cursor:
        _deletion(type(row)).run(cursor, [row.pk])


def columns_of(model: type[Model], alias: str) -> str:
    """All of them, for the statement that reads rows."""
    return ", ".join(f'"{alias}"."{field.column}"' for field in model._meta.concrete_fields)


# --- The statements: of names that the models give, never of anything from outside ---------------------------


class _Joined(NamedTuple):
    """The columns of a model that a row points at, as its owner's `name`; `key`: which of them is the primary key."""

    path: str
    owner: str
    name: str
    model: type[Model]
    names: list[str]
    key: int


class _Plan(NamedTuple):
    statement: Prepared
    names: list[str]
    joined: list[_Joined]


@cache
def _plan(model: type[Model], joined: tuple[str, ...], field: str) -> _Plan:
    columns, joins, parts = [columns_of(model, "base")], [f'FROM "{model._meta.db_table}" base'], []
    models: dict[str, type[Model]] = {"": model}
    for path in _steps(joined):
        owner, _sep, name = path.rpartition("__")
        link: Any = models[owner]._meta.get_field(name)
        target = models[path] = link.remote_field.model
        names = _names(target)
        parts.append(_Joined(path, owner, name, target, names, names.index(link.target_field.attname)))
        columns.append(columns_of(target, path))
        joins.append(
            f'LEFT JOIN "{target._meta.db_table}" "{path}"'
            f' ON "{path}"."{link.target_field.column}" = "{owner or "base"}"."{link.column}"'
        )
    statement = f'SELECT {", ".join(columns)} {" ".join(joins)} WHERE base."{_column(model, field)}" = %s'
    return _Plan(Prepared(statement), _names(model), parts)


def _steps(joined: tuple[str, ...]) -> Iterator[str]:
    """`place__city` after `place`, each once."""
    seen = {""}
    for path in joined:
        names = path.split("__")
        for end in range(1, len(names) + 1):
            step = "__".join(names[:end])
            if step not in seen:
                seen.add(step)
                yield step


@cache
def _names(model: type[Model]) -> list[str]:
    fields = model._meta.concrete_fields
    if foreign := [field.name for field in fields if hasattr(field, "from_db_value")]:
        raise TypeError(
            f"{model.__name__}: {foreign} are not what the database gives; read them by Django's own way"
        )
    return [field.attname for field in fields]


def _column(model: type[Model], field: str) -> str:
    found: Any = model._meta.get_field(field)
    column: str = found.column
    return column


@cache
def _any_of(model: type[Model], field: str) -> Prepared:
    start = f'SELECT {columns_of(model, "base")} FROM "{model._meta.db_table}" base'  # noqa: S608
    return Prepared(f'{start} WHERE base."{_column(model, field)}" = ANY (%s)')


@cache
def _deletion(model: type[Model]) -> Prepared:
    return Prepared(f'DELETE FROM "{model._meta.db_table}" WHERE id = %s')  # noqa: S608


@cache
def _written(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]
