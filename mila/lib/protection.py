"""Database triggers that several tables share; each is a guarantee that no code path can walk around."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import pgtrigger

S = TypeVar("S", bound=StrEnum)


def append_only() -> pgtrigger.Protect:
    """Rows may be added; never changed, never deleted."""
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


def never_deleted() -> pgtrigger.Protect:
    return pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)


def legal_transitions(field: str, table: Mapping[S, frozenset[S]]) -> pgtrigger.FSM:
    """The database refuses a change of `field` that the table of `policy.py` does not know.

    Only a change calls the trigger's function: rows are updated for other reasons much more often.
    """
    pairs = sorted((str(old), str(new)) for old, news in table.items() for new in news)
    changed = pgtrigger.AnyChange(field)
    return pgtrigger.FSM(name=f"{field}_transitions", field=field, transitions=pairs, condition=changed)
