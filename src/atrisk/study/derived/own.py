"""The columns that a study makes itself, [derived.*] of the study file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.errors import InputError
from atrisk.study.derived.column import Derived, select
from atrisk.study.derived.combined import one_of
from atrisk.study.known_columns import clinical_hint, columns_listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from atrisk.study.derived.combined import How
    from atrisk.study.forms.tables import Records
    from atrisk.study.forms_models import DerivedColumn
    from atrisk.study.request import Request

__all__ = ["own_columns"]


def own_columns(
    request: Request, records: Records, known: Mapping[str, Derived]
) -> dict[str, Derived]:
    """Make the columns in the order in which they stand; each may name those before it.

    Parameters
    ----------
    known
        the columns that there are already.

    Raises
    ------
    InputError
        a column names a form, a field or a column that is not there; the message gives the line.
    """
    made: dict[str, Derived] = {}
    cut_off = None if request.study.forms is None else request.study.forms.cut_off
    for name, asked in request.study.derived.items():
        try:
            made[name] = _column(name, asked, records, {**known, **made}, cut_off)
        except _NoColumnError as error:
            hint = clinical_hint(request, records, error.name)
            raise request.error(("derived", name), f"{error}{hint}") from None
        except InputError as error:
            raise request.error(("derived", name), str(error)) from None
    return made


def _column(
    name: str,
    asked: DerivedColumn,
    records: Records,
    known: Mapping[str, Derived],
    cut_off: date | None,
) -> Derived:
    label = asked.label if asked.label is not None else name
    if asked.from_ is not None:
        form, _, field = asked.from_.partition(".")
        return select(
            records,
            form,
            field,
            take=asked.take,
            where=asked.where,
            order_by=asked.order_by,
            after=None if asked.after is None else _named(asked.after, known),
            before=None if asked.before is None else _named(asked.before, known),
            or_on=asked.or_on,
            cut_off=cut_off,
            name=name,
            label=label,
        )
    if asked.first_of is not None:
        return _one_of(name, label, asked.first_of, "first", records, known)
    if asked.earliest_of is not None:
        return _one_of(name, label, asked.earliest_of, "earliest", records, known)
    return _one_of(name, label, asked.latest_of or (), "latest", records, known)


def _one_of(
    name: str,
    label: str,
    names: Sequence[str],
    how: How,
    records: Records,
    known: Mapping[str, Derived],
) -> Derived:
    parts = [_named(part, known) for part in names]
    return one_of(name, label, parts, how, records.dictionary.missing_codes)


def _named(name: str, known: Mapping[str, Derived]) -> Derived:
    if name not in known:
        raise _NoColumnError(name, known)
    return known[name]


class _NoColumnError(InputError):
    """A column is named that is not there."""

    def __init__(self, name: str, known: Mapping[str, Derived]) -> None:
        self.name = name
        super().__init__(
            f"there is no column {name!r} yet. {columns_listed(name, known)} A column of [derived]"
            " stands above those that name it."
        )
