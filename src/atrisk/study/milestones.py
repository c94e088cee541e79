"""Curves read at the times asked for, and why a value is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from atrisk.study.units import Milestone

__all__ = ["milestone_entries", "reading_times"]

_PARTS = ("estimate", "std_error", "lower", "upper")


def reading_times(times: Iterable[Milestone]) -> list[float]:
    """List the distinct times in order: 12 months and 1 year are one."""
    return sorted({time.value for time in times})


def milestone_entries(
    prefix: str,
    times: tuple[Milestone, ...],
    columns: Mapping[str, NDArray[Any]],
    *,
    beyond: str,
    method: str,
    at_risk_method: str,
    n: int,
) -> Entries:
    """Make the entries of one group at each time.

    Parameters
    ----------
    prefix
        the key before the id of the time.
    times
        each in the column ``time`` of ``columns``.
    columns
        what ``.at(reading_times(times), beyond="missing")`` gives for the group.
    beyond
        why the curve has no value at the times where it has none.
    """
    entries: Entries = {}
    rows = np.searchsorted(columns["time"], [time.value for time in times])
    for row, time in zip(rows, times, strict=True):
        read = {name: float(columns[name][row]) for name in _PARTS}
        reason = _reason(read["estimate"], beyond)
        for name, number in read.items():
            entries[f"{prefix}.{time.id}.{name}"] = value(
                number, "proportion", method=method, n=n, missing=reason
            )
        entries[f"{prefix}.{time.id}.at_risk"] = value(
            _count(columns["at_risk"][row]), "patients", method=at_risk_method
        )
    return entries


def _reason(estimate: float, beyond: str) -> str:
    if np.isnan(estimate):
        return beyond
    return f"no interval where the estimate is {estimate:g}"


def _count(number: Any) -> float | int:  # noqa: ANN401 - a NumPy number
    return int(number) if float(number).is_integer() else float(number)
