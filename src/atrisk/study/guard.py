"""The guard against immortal time: groups known only after time zero, compared from time zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk import frames
from atrisk.errors import InputError, listed
from atrisk.sources.immortal_time import immortal_time, mostly_past, names_a_time
from atrisk.study.analyses import LandmarkAnalysis
from atrisk.study.columns import is_number_column, numbers
from atrisk.study.endpoint_models import DatedEndpoint
from atrisk.study.groups import group_by
from atrisk.study.plan import origin_of
from atrisk.study.since_origin import dates_since, since_origin
from atrisk.study.source import FileSource
from atrisk.study.units import said_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan, EndpointPlan, Plan, VariablePlan
    from atrisk.study.table import Table

__all__ = ["Guard"]

# no column of a file begins with a blank
_GROUP, _EXIT, _ENTRY = " group", " exit", " entry"
_REMEDY = (
    "Who is in that group cannot have had the event before, so that this time is immortal and the"
    ' comparison favours the group. Use kind = "time_dependent", which counts each patient in the'
    ' state they are in, or kind = "landmark", which starts later'
)


class Guard:
    """Looks at the groups and variables of each analysis, with the data file at hand.

    Parameters
    ----------
    plan
        what is done.
    table
        the patients of the study.
    """

    def __init__(self, plan: Plan, table: Table) -> None:
        self.plan = plan
        self.table = table
        self.read: dict[str, dict[str, NDArray[np.float64]]] = {}

    def warnings(self, analysis: AnalysisPlan, result: Outcome) -> list[str]:
        """Warn, a sentence each, of groups and variables that become known after time zero."""
        found = (
            self._known_later(analysis, variable, result)
            if variable.asked.known_from is not None
            else self._dated_group(analysis, variable, result)
            for variable in _compared(analysis)
            if variable.asked.known_from is not False
        )
        return [warning for warning in found if warning]

    def _known_later(
        self, analysis: AnalysisPlan, variable: VariablePlan, result: Outcome
    ) -> str | None:
        """Warn of a group that the study file says is known from a time on."""
        column, endpoint = variable.asked.known_from, analysis.endpoint
        if not isinstance(column, str) or endpoint is None:
            return None
        known = since_origin(self.table, column, endpoint, self.plan.data)
        late = result.usable & (known > _start(analysis, result))
        if not late.any():
            return None
        labels = ""
        if variable.asked.kind == "categorical":
            grouping = group_by(variable, self.table)
            members = np.unique(grouping.member[late & (grouping.member >= 0)])
            labels = f" ({listed(grouping.levels[place].label for place in members)})"
        unit = self.plan.clock.unit
        return (
            f"{variable.asked.label}{labels} is known only after {_zero(self.plan, analysis)}: for"
            f" {int(late.sum())} of {int(result.usable.sum())} patients it became known"
            f" {said_range(float(known[late].min()), float(known[late].max()), unit)} after"
            f" {origin_of(self.plan.data, endpoint)} (column {column}). {_REMEDY}"
        )

    def _dated_group(
        self, analysis: AnalysisPlan, variable: VariablePlan, result: Outcome
    ) -> str | None:
        """Warn of a group of two that a column of times in the data file makes known later."""
        if variable.asked.kind != "categorical" or isinstance(analysis.asked, LandmarkAnalysis):
            return None
        grouping = group_by(variable, self.table)
        used = result.usable & (grouping.member >= 0)
        times = {} if analysis.endpoint is None else self._times(analysis.endpoint)
        end = result.time[used]
        dated = {
            name: found[used]
            for name, found in times.items()
            if name != variable.column and not mostly_past(found[used], end)
        }
        if len(np.unique(grouping.member[used])) != 2 or not dated:
            return None
        columns = {_GROUP: grouping.member[used] == grouping.member[used].max(), **dated}
        columns[_EXIT] = end
        if result.entry is not None:
            columns[_ENTRY] = result.entry[used]
        entry = None if result.entry is None else _ENTRY
        found = immortal_time(
            frames.to_polars(columns), _GROUP, dates=list(dated), exit=_EXIT, entry=entry
        )
        if found is None:
            return None
        place = (
            grouping.member[used].max() if found.label == "True" else grouping.member[used].min()
        )
        later = said_range(found.first, found.last, self.plan.clock.unit)
        return (
            f"{variable.asked.label}: the column {found.dates} has a value for exactly the"
            f" {found.rows} patients of the group {grouping.levels[place].label}, and for"
            f" {found.late} of them it is {later} after"
            f" {origin_of(self.plan.data, analysis.endpoint)}. If it"
            f" says when they came into the group, the group is known only then. {_REMEDY}. If it"
            f" says something else, name what does in [variables.{variable.id}],"
            ' known_from = "column", or write'
            " known_from = false if the group is known from the start"
        )

    def _times(self, endpoint: EndpointPlan) -> dict[str, NDArray[np.float64]]:
        """Read the columns whose names say that they hold times, for the patients of the study."""
        if endpoint.id in self.read:
            return self.read[endpoint.id]
        origin = self._origin(endpoint)
        names = self.plan.names if origin else [n for n in self.plan.names if self._timed(n)]
        extra = () if origin is None else origin
        whole = self._whole([*names, *endpoint.columns, *extra])
        table = whole.take(np.isin(whole.lines, self.table.lines))
        found: dict[str, NDArray[np.float64]] = {}
        # the columns of the endpoint last: another says better what made the group
        for name in sorted(names, key=lambda name: name in endpoint.columns):
            times = self._since(table, name, origin)
            if times is not None:
                found[name] = times
        self.read[endpoint.id] = found
        return found

    def _whole(self, names: list[str]) -> Table:
        """Read columns of all patients; their ids are not needed."""
        source = self.plan.source
        if isinstance(source, FileSource):
            source = FileSource(source.path, source.data.model_copy(update={"id": None}))
        return source.table(names)

    def _origin(self, endpoint: EndpointPlan) -> tuple[str, ...] | None:
        """Name the columns of the dates of time zero: of this endpoint, else of another."""
        known = (analysis.endpoint for analysis in self.plan.analyses)
        for asked in (endpoint.asked, *(other.asked for other in known if other is not None)):
            if isinstance(asked, DatedEndpoint):
                return asked.origin
        return None

    def _timed(self, name: str) -> bool:
        """Tell whether a column holds times: by its name, or because an exposure reads it."""
        return names_a_time(name) or any(
            exposure.asked.time == name
            for analysis in self.plan.analyses
            for exposure in analysis.exposures
        )

    def _since(
        self, table: Table, name: str, origin: tuple[str, ...] | None
    ) -> NDArray[np.float64] | None:
        """Read a column of dates, or of times by its name; None where it holds neither."""
        data = self.plan.data
        if origin is not None and not is_number_column(table, name):
            try:
                return dates_since(table, name, origin, data)
            except InputError:  # text
                return None
        if not self._timed(name):
            return None
        try:
            return numbers(table, name)
        except InputError:  # no times, whatever the name says: nothing to look at
            return None


def _compared(analysis: AnalysisPlan) -> Iterator[VariablePlan]:
    """List what makes groups from time zero on: groups, and the variables of models."""
    if analysis.by is not None:
        yield analysis.by
    for term in () if analysis.model is None else analysis.model.terms:
        yield term.variable


def _start(analysis: AnalysisPlan, result: Outcome) -> NDArray[np.float64] | float:
    """Give when a comparison starts: at the first landmark, at entry, or at time zero."""
    if analysis.landmarks:
        return analysis.landmarks[0].value
    return 0.0 if result.entry is None else np.maximum(result.entry, 0.0)


def _zero(plan: Plan, analysis: AnalysisPlan) -> str:
    if analysis.landmarks:
        return analysis.landmarks[0].label
    return origin_of(plan.data, analysis.endpoint)
