"""What is said of the columns of a study where one is named that is not there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from atrisk.errors import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.study.forms.tables import Records
    from atrisk.study.request import Request

__all__ = ["clinical_hint", "columns_listed"]

#: A message lists at most so many columns.
_MOST = 20
#: Of more columns it names those nearest to what was written, at most so many.
_NEAREST = 3


def columns_listed(name: str, columns: Iterable[str]) -> str:
    """List the columns that exist, the first of many, and those nearest to a name.

    Examples
    --------
    >>> columns_listed("ag", ["age", "sex"])
    "Columns are: age, sex. Did you mean 'age'?"
    >>> columns_listed("day_31", [f"day_{day}" for day in range(1, 31)])[-55:]
    "and 10 more. Did you mean 'day_3', 'day_1' or 'day_30'?"
    """
    known = list(columns)
    said = f"Columns are: {listed(known, shown=_MOST)}."
    if len(known) <= _MOST:
        return f"{said}{nearest(name, known)}"
    close = [repr(one) for one in get_close_matches(name, known, n=_NEAREST)]
    if not close:
        return said
    last = f" or {close[-1]}" if len(close) > 1 else close[-1]
    return f"{said} Did you mean {', '.join(close[:-1])}{last}?"


def clinical_hint(request: Request, records: Records, name: str) -> str:
    """Say how to get a clinical column that the study does not derive; empty for other names."""
    from atrisk.study.clinical.column_names import clinical_names
    from atrisk.study.clinical.derive import lacking_fields

    forms = request.study.forms
    if forms is None or name not in clinical_names(sos_severity=True):
        return ""
    if lacking_fields(records):
        return ""
    if forms.clinical is None:
        more = "" if name in clinical_names(sos_severity=False) else ", sos_severity = true"
        return (
            f" {name!r} is a clinical column: add clinical = {{ complex_at = 3, response ="
            f' "label"{more} }} under [forms] to derive them.'
        )
    return f" {name!r} is derived where clinical, under [forms], has sos_severity = true."
