"""Who is analysed: the exclusion steps, and every row that they leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.study.truth import truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.plan import ExclusionPlan, Plan
    from atrisk.study.table import LeftOut, Table

__all__ = ["Population", "Step", "population"]


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the exclusion table."""

    id: str
    reason: str
    rows: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Population:
    """The rows analysed, and why the others are not.

    Attributes
    ----------
    rows_in
        rows of the file; ``table.rows + len(left_out)``.
    table
        the rows analysed.
    steps
        the exclusion table.
    left_out
        every row excluded.
    notes
        what was kept although a condition is unknown.
    """

    rows_in: int
    table: Table
    steps: tuple[Step, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def population(plan: Plan, table: Table) -> Population:
    """Apply the exclusion steps in order.

    Raises
    ------
    InputError
        a missing value leaves a condition open and the step does not say what then; no row is
        left; or two of the rows left have one id.
    """
    rows_in = table.rows
    steps: list[Step] = []
    left_out: list[LeftOut] = []
    notes: list[str] = []
    for step in plan.population:
        answer = truth(step.condition.tree, table, plan.data.date_format)
        unknown = answer.unknown
        if unknown.any():
            notes += _unknown(step, table, unknown)
        excluded = answer.yes | unknown if step.unknown == "exclude" else answer.yes
        for rows, reason in (
            (answer.yes, step.reason),
            (excluded & unknown, f"{step.reason}: unknown, a value is missing"),
        ):
            chosen = np.flatnonzero(rows).tolist()
            left_out += table.left_out(chosen, step.condition.names, reason)
        table = table.take(~excluded)
        steps.append(Step(step.id, step.reason, int(excluded.sum()), table.rows))
        if table.rows == 0:
            raise InputError(
                f"no patient is left after the exclusion {step.reason!r} ({step.condition.text})."
                " Check the condition."
            )
    _check_ids(plan, table)
    return Population(rows_in, table, tuple(steps), tuple(left_out), tuple(notes))


def _unknown(step: ExclusionPlan, table: Table, unknown: NDArray[np.bool_]) -> list[str]:
    """Stop at rows for which the condition is open, or note that they stay."""
    lines = table.listed_rows(unknown)
    count = int(unknown.sum())
    rows = f"{count} {'row' if count == 1 else 'rows'} ({table.place} {lines})"
    if step.unknown == "keep":
        return [f"{step.reason}: a value is missing in {rows}; kept."]
    if step.unknown == "exclude":
        return []
    absent = [name for name in step.condition.names if table.missing[name][unknown].any()]
    raise InputError(
        f"{table.file}: whether {step.condition.text!r} holds is unknown in {rows}, because"
        f' {listed(absent)} is missing. Complete the entries, or set unknown = "exclude" or'
        f' unknown = "keep" in the [[population]] step {step.reason!r}.'
    )


def _check_ids(plan: Plan, table: Table) -> None:
    if table.records is None or plan.data.id is None:
        return
    absent = table.missing[plan.data.id]
    if absent.any():
        raise InputError(
            f"{table.file}, column {plan.data.id!r}: the id is missing in {table.place}"
            f" {listed(table.lines[absent])}. Every patient needs one, or remove [data] id."
        )
    first: dict[str, int] = {}
    twice: list[str] = []
    for record, line in zip(table.records, table.lines.tolist(), strict=True):
        if record in first:
            twice.append(f"{record!r} ({table.place}s {first[record]} and {line})")
        first.setdefault(record, line)
    if twice:
        raise InputError(
            f"{table.file}, column {plan.data.id!r}: ids stand more than once: {listed(twice)}."
            " Every patient is one row: correct the ids, or exclude rows in [[population]]."
        )
