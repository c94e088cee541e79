"""Checks of whole records: each is asked about once, at the first row that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.checks.entries import Outcome
from atrisk.study.checks.findings import Finding, by_centre

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.queries import Severity
    from atrisk.study.forms.tables import Records

__all__ = ["named_few", "once_a_record", "record_named"]

_MOST_NAMED: Final = 3


def once_a_record(
    records: Records,
    rule: str,
    severity: Severity,
    failed: NDArray[np.bool_],
    tested: NDArray[np.bool_],
    message: Callable[[int], str],
) -> Iterator[Outcome]:
    """Yield an outcome a form: the records whose first row, in order of the forms, is of it.

    Parameters
    ----------
    failed, tested
        shape (R,): which records are asked about, and which were looked at.
    message
        gives that of a record.
    """
    left = np.ones(len(records.ids), dtype=bool)
    for form, table in records.tables.items():
        found, first = np.unique(table.record, return_index=True)
        rows = first[left[found]]
        left[found] = False
        record = table.record
        finding = Finding(
            rule,
            severity,
            form,
            rows[failed[record[rows]]],
            (records.dictionary.record_id,),
            lambda row, record=record: records.ids[int(record[row])],  # type: ignore[misc]
            lambda row, record=record: message(int(record[row])),  # type: ignore[misc]
        )
        yield Outcome(finding, by_centre(records, table, rows[tested[record[rows]]]))


def record_named(records: Records, record: int) -> str:
    """Name a record and its centre."""
    return f"record {records.ids[record]} of centre {records.centres[records.centre[record]].id}"


def named_few(names: Sequence[str]) -> str:
    """Join the first three names and count the others."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
