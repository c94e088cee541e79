"""The endpoints of a study as checks of its forms: an end before its start is asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError
from atrisk.study.checks.findings import RuleResult
from atrisk.study.endpoint_models import DatedEndpoint
from atrisk.study.endpoints import outcome
from atrisk.study.forms_source import FormsSource
from atrisk.study.planner import plan_study

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from atrisk.study.forms.queries import Query
    from atrisk.study.forms.tables import Records
    from atrisk.study.plan import EndpointPlan, Plan
    from atrisk.study.request import Request

__all__ = ["EndpointChecks", "check_endpoints"]

_MESSAGE = "The date that ends the time of this endpoint is before the date that starts it."


@dataclass(frozen=True, slots=True)
class EndpointChecks:
    """What the endpoints ask.

    Attributes
    ----------
    queries
        those that no other check asks in other words.
    results
        each endpoint made of dates: how often its order was tested and failed.
    problem
        why the endpoints could not be made of these forms; "" where they could.
    """

    queries: tuple[Query, ...] = ()
    results: tuple[RuleResult, ...] = ()
    problem: str = ""


def check_endpoints(
    request: Request, records: Records, asked: Iterable[Query], plan: Plan | None = None
) -> EndpointChecks:
    """Hold the start of each endpoint against its end.

    Parameters
    ----------
    request
        the study file as read.
    records
        its forms.
    asked
        what the other checks ask.
    plan
        of the study, where it is made already.
    """
    if not request.study.endpoints:
        return EndpointChecks()
    try:
        found = [*_checked(_planned(request, records, plan), records)]
    except InputError as error:
        return EndpointChecks(problem=str(error))
    known = _Known(asked)
    queries: list[Query] = []
    results = []
    for result, own in found:
        fresh = [query for query in own if known.is_new(query)]
        queries += fresh
        results.append(replace(result, failed=_by_centre(records, fresh)))
    return EndpointChecks(tuple(queries), tuple(results))


def _planned(request: Request, records: Records, plan: Plan | None) -> Plan:
    """Give the plan of the study on these records, which may be parted by another centre."""
    if plan is not None and isinstance(plan.source, FormsSource):
        return replace(plan, source=replace(plan.source, records=records))
    source = FormsSource.of(request, records)
    return plan_study(request, source.names, source)


def _checked(plan: Plan, records: Records) -> Iterator[tuple[RuleResult, tuple[Query, ...]]]:
    dated = [item for item in plan.endpoints if isinstance(item.asked, DatedEndpoint)]
    columns = [*plan.columns, *(name for item in dated for name in item.columns)]
    table = plan.source.table(dict.fromkeys(columns))
    for endpoint in dated:
        # a missing value is no contradiction, whatever the endpoint says of it
        asked = endpoint.asked.model_copy(update={"missing": "leave_out"})
        found = outcome(replace(endpoint, asked=asked), plan.data, table)
        usable = np.bincount(records.centre[found.usable], minlength=len(records.centres))
        tested = usable.astype(np.int64) + _by_centre(records, found.queries)
        yield _result(endpoint, tested), found.queries


def _result(endpoint: EndpointPlan, tested: NDArray[np.int64]) -> RuleResult:
    return RuleResult(
        f"endpoint_{endpoint.id}_order",
        "error",
        f"{endpoint.label}: end before start",
        "",
        _MESSAGE,
        tested,
        np.zeros_like(tested),
    )


def _by_centre(records: Records, queries: Iterable[Query]) -> NDArray[np.int64]:
    """Count the patients whom queries are about: shape (C,)."""
    places = {centre.id: place for place, centre in enumerate(records.centres)}
    patients = {(query.centre, query.record) for query in queries}
    centres = np.array([places[centre] for centre, _ in patients], dtype=np.int64)
    return np.bincount(centres, minlength=len(records.centres)).astype(np.int64)


class _Known:
    """What a centre is asked already, so that it is not asked again in other words."""

    def __init__(self, asked: Iterable[Query]) -> None:
        self._fields: dict[str, list[frozenset[str]]] = {}
        self._entries: set[tuple[str, str, int, str]] = set()
        for query in asked:
            if query.severity != "info":
                self._add(query)

    def _add(self, query: Query) -> None:
        names = query.field.split(", ")
        self._fields.setdefault(query.record, []).append(frozenset(names))
        for name in names:
            self._entries.add((query.record, query.form, query.instance, name))

    def is_new(self, query: Query) -> bool:
        """Tell whether no query names both dates, or the later one's entry; remember this one."""
        names = query.field.split(", ")
        both = any(fields.issuperset(names) for fields in self._fields.get(query.record, ()))
        end = (query.record, query.form, query.instance, names[-1])
        new = not both and end not in self._entries
        if new:
            self._add(query)
        return new
