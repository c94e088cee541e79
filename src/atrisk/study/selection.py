"""The rows of one analysis: its groups, and the rows it cannot use, each listed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.study.groups import OVERALL, Grouping, Level, group_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.table import LeftOut, Table

__all__ = ["MOST_GROUPS", "Selection", "by_node", "left_out_nodes", "left_out_notes", "selection"]


#: Of how many groups tables and figures can still be read.
MOST_GROUPS = 12


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of an analysis.

    Attributes
    ----------
    table
        the rows used.
    used
        shape (rows of the population,): True where the row is used.
    groups
        the groups that have patients, in order; empty without ``by``.
    group
        shape (n,): position in ``groups``; all 0 without ``by``.
    strata
        shape (n,), or None.
    notes, left_out
        what a reader must know of the rows.
    """

    table: Table
    used: NDArray[np.bool_]
    groups: tuple[Level, ...]
    group: NDArray[np.int64]
    strata: NDArray[np.int64] | None
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]

    def members(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield the id and the rows (n,) of each group, then of all patients."""
        for position, level in enumerate(self.groups):
            yield level.id, self.group == position
        yield OVERALL.id, np.ones(self.table.rows, dtype=bool)


def selection(plan: AnalysisPlan, table: Table, outcome: Outcome | None = None) -> Selection:
    """Choose the rows an analysis can use.

    Raises
    ------
    InputError
        no row is left.
    """
    by = None if plan.by is None else group_by(plan.by, table)
    strata = None if plan.strata is None else group_by(plan.strata, table)
    other = None if plan.model is None else plan.model.censoring
    censoring = None if other is None else group_by(other, table)
    used = np.ones(table.rows, dtype=bool) if outcome is None else outcome.usable
    left_out: list[LeftOut] = [] if outcome is None else list(outcome.left_out)
    for variable, grouping in ((plan.by, by), (plan.strata, strata), (other, censoring)):
        if variable is None or grouping is None:
            continue
        gaps = used & (grouping.member < 0)
        reason = f"{variable.asked.label} is missing"
        left_out += table.left_out(np.flatnonzero(gaps).tolist(), [variable.column], reason)
        used = used & ~gaps
    if not used.any():
        reasons = dict.fromkeys(entry.reason for entry in left_out)
        raise InputError(f"no patient has every value it needs: {listed(reasons)}.")
    groups, group, empty = _present(by, used)
    _check_number(plan, groups)
    return Selection(
        table=table.take(used),
        used=used,
        groups=groups,
        group=group,
        strata=None if strata is None else strata.member[used],
        notes=(
            *_empty_notes(empty),
            *left_out_notes(left_out, table),
            *(() if outcome is None else outcome.notes),
        ),
        left_out=tuple(left_out),
    )


def _check_number(plan: AnalysisPlan, groups: tuple[Level, ...]) -> None:
    if plan.by is None or len(groups) <= MOST_GROUPS:
        return
    labels = listed(level.label for level in groups)
    raise InputError(
        f"the variable {plan.by.id!r} makes {len(groups)} groups ({labels}); at most {MOST_GROUPS}"
        " can be shown side by side. Give it fewer levels, in a column of the data that puts values"
        " together, or leave out 'by'."
    )


def _present(
    grouping: Grouping | None, used: NDArray[np.bool_]
) -> tuple[tuple[Level, ...], NDArray[np.int64], tuple[Level, ...]]:
    """Keep the levels that have patients, and renumber."""
    if grouping is None:
        return (), np.zeros(int(used.sum()), dtype=np.int64), ()
    present, group = np.unique(grouping.member[used], return_inverse=True)
    levels = tuple(grouping.levels[position] for position in present)
    empty = tuple(level for level in grouping.levels if level not in levels)
    return levels, group, empty


def _empty_notes(empty: Iterable[Level]) -> list[str]:
    return [f"No patient is in the group {level.label}." for level in empty]


def left_out_notes(left_out: Iterable[LeftOut], table: Table) -> list[str]:
    """Say in a sentence a reason how many rows are left out."""
    reasons: dict[str, list[LeftOut]] = {}
    for entry in left_out:
        reasons.setdefault(entry.reason, []).append(entry)
    notes = []
    for reason, entries in reasons.items():
        patients = "1 patient is" if len(entries) == 1 else f"{len(entries)} patients are"
        columns = listed(dict.fromkeys(entry.column for entry in entries))
        lines = listed((_named(entry, table) for entry in entries), shown=10)
        word = table.place if len(entries) == 1 else f"{table.place}s"
        notes.append(f"{patients} left out ({reason}): column {columns}, {word} {lines}.")
    return notes


def _named(entry: LeftOut, table: Table) -> int | str | None:
    return entry.line if table.provenance is None else entry.record


def left_out_nodes(left_out: Iterable[LeftOut]) -> list[dict[str, Any]]:
    """Give what the results document holds of rows left out."""
    nodes = [asdict(entry) for entry in left_out]
    for node in nodes:
        places = node.pop("places")
        if places:  # of a data file, the line says it
            node["places"] = list(places)
    return nodes


def by_node(plan: AnalysisPlan) -> dict[str, str] | None:
    """Give what the results document holds of the grouping variable."""
    return None if plan.by is None else {"variable": plan.by.id, "label": plan.by.asked.label}
