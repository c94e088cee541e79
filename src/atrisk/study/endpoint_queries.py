"""What the endpoints of a study on forms ask the centres: dates that contradict each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.study.endpoints import outcome

if TYPE_CHECKING:
    from atrisk.study.forms.queries import Query
    from atrisk.study.plan import Plan

__all__ = ["endpoint_queries"]


def endpoint_queries(plan: Plan) -> tuple[Query, ...]:
    """List the queries of all endpoints of a study, in order of endpoint and record.

    Rows that lack a value are no query here, whatever the endpoint says of them.

    Raises
    ------
    InputError
        a column holds something else than an endpoint reads.
    """
    columns = dict.fromkeys(
        [*plan.columns, *(name for endpoint in plan.endpoints for name in endpoint.columns)]
    )
    table = plan.source.table(columns)
    found: list[Query] = []
    for endpoint in plan.endpoints:
        asked = endpoint.asked.model_copy(update={"missing": "leave_out"})
        found += outcome(replace(endpoint, asked=asked), plan.data, table).queries
    return tuple(found)
