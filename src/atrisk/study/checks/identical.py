"""Records with the same dates and numbers throughout: likely one patient sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.study.checks.once import named_few, once_a_record, record_named
from atrisk.study.checks.shown import asked_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from atrisk.study.checks.entries import Outcome
    from atrisk.study.forms.queries import Severity
    from atrisk.study.forms.tables import Column, FormTable, Records

__all__ = ["check_identical"]

#: Fewer values than these agree by chance.
_FEWEST: Final = 4
_KINDS: Final = frozenset({"number", "date", "datetime"})
_STEP: Final = 0x9E3779B97F4A7C15
_MIX: Final = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)


def check_identical(
    records: Records, severity: Severity, known: Collection[int]
) -> Iterator[Outcome]:
    """Ask about records that agree in every date and number of the forms that do not repeat.

    Parameters
    ----------
    known
        records that a rule of duplicates asks about already.
    """
    digest, counts = _digests(records)
    tested = counts >= _FEWEST
    others = _same(digest, np.flatnonzero(tested))
    failed = np.zeros(len(records.ids), dtype=bool)
    failed[[record for record in others if record not in known]] = True

    def message(record: int) -> str:
        names = [record_named(records, other) for other in others[record]]
        return (
            f"All {counts[record]} dates and numbers of the forms that do not repeat are those of"
            f" {named_few(names)}. Say whether they are one patient: if so, which record to keep;"
            " if not, check the entries."
        )

    return once_a_record(records, "identical_records", severity, failed, tested, message)


def _same(digest: NDArray[np.uint64], tested: NDArray[np.intp]) -> dict[int, list[int]]:
    """Give for each record those with the same values: 64 bits, which chance does not repeat."""
    _, inverse, counts = np.unique(digest[tested], return_inverse=True, return_counts=True)
    groups: dict[int, list[int]] = {}
    for place in np.flatnonzero(counts[inverse] > 1).tolist():
        groups.setdefault(int(inverse[place]), []).append(int(tested[place]))
    return {
        record: [other for other in members if other != record]
        for members in groups.values()
        for record in members
    }


def _digests(records: Records) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Add up a number for each value of each record, and count the values: shape (R,).

    A date that is not known to the day is compared, and not counted.
    """
    digest = np.zeros(len(records.ids), dtype=np.uint64)
    counts = np.zeros(len(records.ids), dtype=np.int64)
    salt = 0
    for form, table in records.tables.items():
        if form in records.dictionary.repeating:
            continue
        for field in asked_fields(records, form):
            if field.kind in _KINDS and field.type != "calc":
                salt = (salt + _STEP) % 2**64
                column = table.columns[field.name]
                mixed = _mixed(table, column, np.uint64(salt))
                whole = column.present if column.precision is None else column.precision == 0
                counted = (column.present & whole).astype(np.int64)
                if table.event is None:  # one row a record, and this is several times as fast
                    digest[table.record] += mixed
                    counts[table.record] += counted
                else:
                    np.add.at(digest, table.record, mixed)
                    np.add.at(counts, table.record, counted)
    return digest, counts


def _mixed(table: FormTable, column: Column, salt: np.uint64) -> NDArray[np.uint64]:
    """Spread the values of a column, with its place and their event, over 64 bits; 0 is missing."""
    bits = _bits(column.values)
    if table.event is not None:
        bits = bits + (table.event.codes.astype(np.uint64) << np.uint64(40))
    for shift, factor in _MIX:
        bits = (bits + salt) * factor
        bits ^= bits >> shift
    return np.where(column.present, bits, np.uint64(0))


def _bits(values: NDArray[Any]) -> NDArray[np.uint64]:
    if values.dtype.kind == "M":
        return values.astype(np.int64).view(np.uint64)
    found: NDArray[np.uint64] = (values.astype(np.float64) + 0.0).view(np.uint64)  # -0 is 0
    return found
