"""Guard rails: what a reviewer would object to in the results, and what the authors answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError, listed, nearest
from atrisk.study.guard_rails_compare import COMPARE_RULES
from atrisk.study.guard_rails_follow_up import curve_follow_up
from atrisk.study.guard_rails_groups import competing_risks, groups_by_outcome
from atrisk.study.guard_rails_rules import RULES, of_study
from atrisk.study.values import merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atrisk.study.endpoints import Outcome
    from atrisk.study.guard_rails_found import Found
    from atrisk.study.plan import EndpointPlan, Plan
    from atrisk.study.table import Table

__all__ = ["with_guard_rails"]


def with_guard_rails(
    plan: Plan,
    table: Table,
    outcomes: Mapping[str, tuple[EndpointPlan, Outcome]],
    document: dict[str, Any],
) -> dict[str, Any]:
    """Add the guard rails of a results document, with the answers of the study file.

    Parameters
    ----------
    plan
        what was done.
    table
        the patients of the study.
    outcomes
        what happened to them, by endpoint.
    document
        the results.

    Returns
    -------
    dict
        the document with ``guard_rails``, and with the numbers that they name.

    Raises
    ------
    InputError
        [answers] has a key that no guard rail has; the message names those that exist.
    """
    found = list(_found(plan, table, outcomes, document))
    _refuse_stale([rail.key for rail in found], plan.answers)
    values = merged(document["values"], *(rail.entries for rail in found))
    nodes = [rail.node(values, plan.answers.get(rail.key)) for rail in found]
    return {**document, "values": values, "guard_rails": nodes}


def _found(
    plan: Plan,
    table: Table,
    outcomes: Mapping[str, tuple[EndpointPlan, Outcome]],
    document: dict[str, Any],
) -> Iterator[Found]:
    nodes, values = document["analyses"], document["values"]
    plans = {analysis.id: analysis for analysis in plan.analyses}
    for node in nodes:
        asked = plans[node["id"]]
        yield from competing_risks(asked, plan)
        _, outcome = outcomes.get(asked.endpoint.id if asked.endpoint else "", (None, None))
        yield from groups_by_outcome(asked, plan, table, outcome, node, values)
        for rule in (*RULES, *COMPARE_RULES):
            yield from rule(node, values)
        yield from curve_follow_up(asked, plan, table, outcome, node)
    yield from of_study(nodes, values)


def _refuse_stale(keys: list[str], answers: Mapping[str, str]) -> None:
    """Refuse answers to what is not there, so that none outlives what it was about."""
    stale = [key for key in answers if key not in keys]
    if not stale:
        return
    hints = "".join(nearest(key, keys) for key in stale[:1])
    known = listed(keys, shown=len(keys)) if keys else "none"
    raise InputError(
        f"[answers] names {listed(map(repr, stale))}, which no guard rail of these results has."
        f"{hints} The guard rails are: {known}. Delete the answer, or write it under one of these."
    )
