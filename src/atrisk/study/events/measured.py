"""Measurements of MRD and of blasts in the forms, as lines are drawn through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.leukaemia.mrd import STATUSES, classify_all
from atrisk.study.clinical.rows import form_rows, possible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline

__all__ = ["KINDS", "Measured", "blasts", "mrd"]

#: How a point is drawn.
KINDS: Final = ("value", "negative", "below")
_NEGATIVE: Final = (
    STATUSES.index("negative"),
    STATUSES.index("negative, insufficient sensitivity"),
)
_BELOW: Final = STATUSES.index("positive below quantification")
_POSITIVE: Final = STATUSES.index("positive")
_FIELDS: Final = {
    "bm_blasts": ("resp_bm_blasts", "disease"),
    "pb_blasts": ("resp_pb_blasts", "baseline"),
}
_NO_RESULT: Final = "no result, or not evaluable"


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements, n of them, of the R records.

    Attributes
    ----------
    record, day
        shape (n,): the record, and days since 1970-01-01 (NaN: not known).
    value
        shape (n,), %: where the point stands; the limit of detection where nothing was found; NaN
        where it cannot be drawn.
    kind
        shape (n,): positions in `KINDS`.
    reason
        shape (n,): why it cannot be drawn, "" where it can.
    before
        shape (R,), %: the value before treatment, which has no day of its own; NaN without one.
    """

    record: NDArray[np.int64]
    day: NDArray[np.float64]
    value: NDArray[np.float64]
    kind: NDArray[np.int64]
    reason: NDArray[np.object_]
    before: NDArray[np.float64]


def mrd(line: Timeline, rules: str) -> Measured:
    """Read MRD; what is negative or below quantification stands at the limit of detection."""
    rows = form_rows(line.records, "mrd")
    value = possible(rows.numbers("mrd_value"), 100)
    limit = possible(rows.numbers("mrd_sensitivity"), 100)
    result = rows.positions("mrd_result", ("0", "1", "2", "3"))
    status = classify_all(result, value, limit, rules=rules).astype(np.int64)
    negative = np.isin(status, _NEGATIVE)
    kind = np.where(negative, 1, np.where(status == _BELOW, 2, 0))
    positive = status == _POSITIVE
    at = np.where(positive, value, np.where(np.isnan(value), limit, value))
    at = np.where((positive | (kind > 0)) & (at > 0), at, np.nan)
    reason = np.full(len(at), "", dtype=object)
    reason[np.isnan(at)] = _NO_RESULT
    reason[np.isnan(at) & (kind > 0)] = "limit of detection not recorded"
    reason[np.isnan(at) & positive] = "positive, level not recorded"
    record = rows.record.astype(np.int64)
    none = np.full(line.count, np.nan)
    return Measured(record, rows.days("mrd_date"), at, kind, reason, none)


def blasts(line: Timeline, measure: str) -> Measured:
    """Read blasts at the assessments, with the percentage before treatment."""
    field, before = _FIELDS[measure]
    rows = form_rows(line.records, "response")
    value = possible(rows.numbers(field), 100)
    once = form_rows(line.records, before)
    base = once.at(possible(once.numbers(measure), 100), once.only())
    reason = np.full(len(value), "", dtype=object)
    reason[np.isnan(value)] = "blasts not recorded"
    kind = np.zeros(len(value), dtype=np.int64)
    return Measured(rows.record.astype(np.int64), rows.days("resp_date"), value, kind, reason, base)
