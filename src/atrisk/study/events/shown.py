"""The patients that a figure shows: those of a condition, in their groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError
from atrisk.study.conditions import parse_condition
from atrisk.study.event_analyses import EventsAnalysis
from atrisk.study.selection import selection
from atrisk.study.truth import truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.groups import Level
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import LeftOut, Table

__all__ = ["Shown", "holds", "record_name", "shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """The patients of a figure.

    Attributes
    ----------
    table
        the rows, n of them.
    groups, group
        the groups that have patients, and shape (n,): the place in them.
    notes, left_out
        what a reader must know of the rows.
    """

    table: Table
    groups: tuple[Level, ...]
    group: NDArray[np.int64]
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def count(self) -> int:
        """The number of patients."""
        return self.table.rows

    def group_id(self, row: int) -> str | None:
        """Give the id of the group of a row, None without groups."""
        return self.groups[self.group[row]].id if self.groups else None


def shown(plan: AnalysisPlan, study: Plan, table: Table) -> Shown:
    """Choose the patients for whom the condition of an analysis holds, and their groups.

    Raises
    ------
    InputError
        it holds for nobody.
    """
    asked = plan.asked
    notes: list[str] = []
    left_out: list[LeftOut] = []
    if isinstance(asked, EventsAnalysis) and asked.where is not None:
        condition = parse_condition(asked.where)
        answer = truth(condition.tree, table, study.data.date_format)
        unknown = np.flatnonzero(answer.unknown).tolist()
        reason = "whether the condition of the analysis holds is unknown"
        left_out += table.left_out(unknown, condition.names, reason)
        others = int(answer.no.sum())
        if others:
            verb = "patient is" if others == 1 else "patients are"
            notes.append(f"{others} {verb} not shown, for whom {asked.where} does not hold.")
        if not answer.yes.any():
            raise InputError(
                f"'where' holds for no patient ({asked.where}). Check the condition, or remove it."
            )
        table = table.take(answer.yes)
    chosen = selection(plan, table)
    return Shown(
        chosen.table,
        chosen.groups,
        chosen.group,
        (*notes, *chosen.notes),
        (*left_out, *chosen.left_out),
    )


def holds(
    text: str | None, study: Plan, table: Table
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell for which rows a condition holds, and for which it is unknown; nobody without one."""
    none = np.zeros(table.rows, dtype=bool)
    if text is None:
        return none, none
    answer = truth(parse_condition(text).tree, table, study.data.date_format)
    return answer.yes, answer.unknown


def record_name(table: Table, row: int) -> str:
    """Name the patient of a row: its record, or where it stands in the file."""
    if table.records is not None:
        return table.records[row]
    return f"{table.place} {table.lines[row]}"
