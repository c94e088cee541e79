"""One analysis's patients as histories: by group, over all, with strata; and curves as nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.sources.histories import Histories
from atrisk.study.columns import codes
from atrisk.study.groups import OVERALL
from atrisk.study.plan import origin_of
from atrisk.study.selection import selection
from atrisk.study.table import cells_error
from atrisk.study.values import plain, with_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.endpoints import Outcome
    from atrisk.study.groups import Level
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.selection import Selection
    from atrisk.study.table import Table
    from atrisk.study.units import Clock

__all__ = ["Cohort", "Columns", "cohort", "curve_node", "known_until", "risk_row", "split"]

#: What ``.columns()`` of a result gives.
Columns = dict[str, "NDArray[Any]"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """The patients of one analysis.

    Attributes
    ----------
    chosen
        rows and groups.
    time, cause, entry, weights, cut_short
        shape (n,), as in the outcome, for the rows used.
    subject
        shape (n,): whose row it is; None where every row is a patient.
    causes
        id of each cause, in order.
    clock, origin
        of time.
    weighted_by
        the column of the weights, or None.
    """

    chosen: Selection
    time: NDArray[np.float64]
    cause: NDArray[np.int64]
    entry: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None
    cut_short: NDArray[np.bool_] | None
    subject: NDArray[np.int64] | None
    causes: tuple[str, ...]
    clock: Clock
    origin: str
    weighted_by: str | None

    @property
    def last(self) -> float:
        """The last time observed."""
        return float(self.time.max())

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the groups, as results and their notes carry them."""
        return tuple(level.label for level in self.chosen.groups)

    @property
    def unit(self) -> str:
        """The unit of time."""
        return self.clock.unit

    def count(self, rows: NDArray[np.bool_]) -> int:
        """Count the patients of some rows: several rows of one subject are one patient."""
        return int(rows.sum() if self.subject is None else np.unique(self.subject[rows]).size)

    def method(self, words: str) -> str:
        """Name the weights, where there are any, behind the name of a method."""
        return with_weights(words, self.weighted_by)

    def histories(
        self,
        *,
        grouped: bool = False,
        stratified: bool = False,
        competing: bool = False,
        rows: NDArray[np.bool_] | None = None,
    ) -> Histories:
        """Make the histories an estimator takes.

        Parameters
        ----------
        grouped
            with the groups.
        stratified
            with the strata.
        competing
            with causes told apart; else any cause is the event.
        rows
            shape (n,): only these rows.
        """
        keep = np.ones(len(self.time), dtype=bool) if rows is None else rows
        found = Histories.from_arrays(
            self.time[keep],
            self.cause[keep] if competing else self.cause[keep] > 0,
            entry=None if self.entry is None else self.entry[keep],
            weights=None if self.weights is None else self.weights[keep],
            subject=None if self.subject is None else self.subject[keep],
            group=self.chosen.group[keep] if grouped else None,
            strata=self.chosen.strata[keep]
            if stratified and self.chosen.strata is not None
            else None,
            causes={name: code for code, name in enumerate(self.causes, start=1)}
            if competing
            else None,
            unit=self.unit,
            origin=self.origin,
        )
        return replace(found, groups=self.labels if grouped else (OVERALL.label,))

    def by_group(self, *, competing: bool = False) -> list[tuple[tuple[Level, ...], Histories]]:
        """Give the histories of the groups, if any, then of all patients, with their levels."""
        overall = ((OVERALL,), self.histories(competing=competing))
        if not self.chosen.groups:
            return [overall]
        return [(self.chosen.groups, self.histories(grouped=True, competing=competing)), overall]


def cohort(analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome) -> Cohort:
    """Choose the patients of an analysis and take their outcomes."""
    chosen = selection(analysis, table, result)
    used = chosen.used
    endpoint = analysis.endpoint
    return Cohort(
        chosen=chosen,
        time=result.time[used],
        cause=result.cause[used],
        entry=None if result.entry is None else result.entry[used],
        weights=None if result.weights is None else result.weights[used],
        cut_short=None if result.cut_short is None else result.cut_short[used],
        subject=_subject(plan, chosen.table),
        causes=() if endpoint is None else tuple(cause.id for cause in endpoint.causes),
        clock=plan.clock,
        origin=origin_of(plan.data, endpoint),
        weighted_by=None if endpoint is None else endpoint.asked.weights,
    )


def _subject(plan: Plan, table: Table) -> NDArray[np.int64] | None:
    """Code whose row each is, where the study names a column that says so."""
    column = plan.data.subject
    if column is None:
        return None
    found = codes(table, column).codes
    if (found < 0).any():
        raise cells_error(
            table,
            column,
            found < 0,
            "missing, and [data] subject needs it",
            "Name the patient of every row, or remove [data] subject.",
        )
    return found


def split(
    columns: Mapping[str, NDArray[Any]], levels: tuple[Level, ...], cause: str | None = None
) -> dict[str, Columns]:
    """Take the columns of a result apart by group, and keep one cause.

    A result of one group only is that of the only level, whatever the estimator calls it.
    """
    parts: dict[str, Columns] = {}
    for level in levels:
        alone = len(levels) == 1
        rows = np.full(len(columns["group"]), alone) | (columns["group"] == level.label)
        if cause is not None:
            rows = rows & (columns["cause"] == cause)
        parts[level.id] = {name: values[rows] for name, values in columns.items()}
    return parts


def known_until(
    curves: Any,  # noqa: ANN401 - curves of any kind
    levels: tuple[Level, ...],
    cause: str | None = None,
) -> dict[str, float]:
    """Find the last time at which the curve of each group can be read."""
    columns = {
        "group": np.array(curves.curve_group, dtype=object),
        "cause": np.array(curves.curve_cause, dtype=object),
        "end": curves.known_until,
    }
    if not curves.curve_cause:
        del columns["cause"]
    return {group: float(part["end"][0]) for group, part in split(columns, levels, cause).items()}


def curve_node(
    group: str, columns: Columns, first: float, end: float, start: float = 0.0
) -> dict[str, Any]:
    """Give what the results document holds of a curve: every step, from its start to its end."""
    known = columns["time"] <= end
    columns = {name: values[known] for name, values in columns.items()}
    censored = columns["censored"] > 0
    return {
        "group": group,
        "time": [start, *columns["time"].tolist()],
        "estimate": [first, *map(plain, columns["estimate"])],
        "lower": [first, *map(plain, columns["lower"])],
        "upper": [first, *map(plain, columns["upper"])],
        "censor_time": columns["time"][censored].tolist(),
        "censor_estimate": [plain(number) for number in columns["estimate"][censored]],
    }


def risk_row(group: str, columns: Columns) -> dict[str, Any]:
    """Give a row of the number-at-risk table; events and censorings since the previous mark."""
    counts = {
        name: [_whole(number) for number in columns[name].tolist()]
        for name in ("at_risk", "events", "censored")
    }
    return {"group": group, **counts}


def _whole(number: float) -> float | int:
    """Write a count of patients without a decimal point; weighted counts keep it."""
    return int(number) if float(number).is_integer() else float(number)
