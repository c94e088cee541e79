"""When patients entered and when they were last seen, by centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.forms.evaluate import holds
from atrisk.study.forms.expression import parse_expression

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from atrisk.study.checks.rule_models import RolesPart
    from atrisk.study.forms.tables import Records

__all__ = ["Accrual", "Contacts", "accrual", "last_contacts"]


@dataclass(frozen=True, slots=True)
class Accrual:
    """Patients by month of entry.

    Attributes
    ----------
    field
        the date of entry.
    first
        the first month, "2019-03"; "" where no patient has a date.
    counts
        shape (C, M): patients of each centre in each month from the first to the last.
    undated
        shape (C,): patients without a date of entry.
    """

    field: str
    first: str
    counts: NDArray[np.int64]
    undated: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contacts:
    """How long ago patients were last seen.

    Attributes
    ----------
    field
        the date of last contact.
    reference, named
        the day from which it is counted: the data cut-off, or the latest contact where none is
        named.
    overdue_days
        after how many days a contact is overdue.
    open, days
        shape (R,): whether a further contact is expected, and days since the last, NaN if unknown.
    """

    field: str
    reference: str
    named: bool
    overdue_days: int
    open: NDArray[np.bool_]
    days: NDArray[np.float64]


def accrual(records: Records, roles: RolesPart | None) -> Accrual | None:
    """Count patients by centre and month of entry; None where no field has that role."""
    if roles is None or roles.enrolled is None:
        return None
    size = len(records.centres)
    days = _by_record(records, roles.enrolled)
    known = ~np.isnat(days)
    undated = np.bincount(records.centre[~known], minlength=size).astype(np.int64)
    if not known.any():
        return Accrual(roles.enrolled, "", np.zeros((size, 0), dtype=np.int64), undated)
    months = days[known].astype("datetime64[M]").astype(np.int64)
    first, span = int(months.min()), int(np.ptp(months)) + 1
    keys = records.centre[known] * span + (months - first)
    counts = np.bincount(keys, minlength=size * span).reshape(size, span).astype(np.int64)
    return Accrual(roles.enrolled, str(np.datetime64(first, "M")), counts, undated)


def last_contacts(
    records: Records, roles: RolesPart | None, cut_off: date | None
) -> Contacts | None:
    """Tell how long ago each patient was last seen; None where no field has that role."""
    if roles is None or roles.last_contact is None:
        return None
    seen = _by_record(records, roles.last_contact)
    known = ~np.isnat(seen)
    if cut_off is None and not known.any():
        return None
    reference = seen[known].max() if cut_off is None else np.datetime64(cut_off, "D")
    days = np.full(len(seen), np.nan)
    days[known] = np.maximum((reference - seen[known]).astype(np.int64), 0)
    closed = np.zeros(len(seen), dtype=bool)
    if roles.closed is not None:
        form = records.dictionary.field(roles.last_contact).form
        rows = holds(parse_expression(roles.closed), records, form, cut_off=cut_off)
        closed[records.tables[form].record[rows]] = True
    return Contacts(
        roles.last_contact, str(reference), cut_off is not None, roles.overdue_days, ~closed, days
    )


def _by_record(records: Records, name: str) -> NDArray[np.datetime64]:
    """Give the latest date of each record in a field: shape (R,)."""
    table = records.tables[records.dictionary.field(name).form]
    values = table.columns[name].values.astype("datetime64[D]")
    found = np.full(len(records.ids), np.datetime64("NaT", "D"))
    rows = np.flatnonzero(~np.isnat(values))
    order = rows[np.argsort(values[rows], kind="stable")]
    found[table.record[order]] = values[order]
    return found
