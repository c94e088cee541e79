"""Proportions with their denominators: how many of those assessed had a response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.proportion import proportion
from atrisk.estimators.table_tests import fisher_test
from atrisk.study.columns import canonical_code
from atrisk.study.groups import OVERALL, Level, group_by
from atrisk.study.selection import by_node, left_out_nodes, selection
from atrisk.study.table_analyses import ProportionsAnalysis
from atrisk.study.truth import truth
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.plan_tables import RowPlan
    from atrisk.study.table import Table

__all__ = ["proportions"]

_METHODS = {
    "clopper-pearson": "exact interval (Clopper-Pearson)",
    "wilson": "Wilson's interval",
}


@dataclass(frozen=True, slots=True)
class _Assessed:
    """Who can count in a row, and which level each has.

    Attributes
    ----------
    levels
        of the variable.
    among
        shape (n,): who can count.
    unsure
        shape (n,): of whom a missing value leaves that open.
    member
        shape (n,): position in ``levels``, -1 for who was not assessed.
    """

    levels: tuple[Level, ...]
    among: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    member: NDArray[np.int64]


def proportions(analysis: AnalysisPlan, plan: Plan, table: Table) -> tuple[dict[str, Any], Entries]:
    """Count proportions by group and over all patients.

    Parameters
    ----------
    analysis
        the rows, and the groups.
    plan
        of the study.
    table
        the patients analysed.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.
    """
    asked = analysis.asked
    if not isinstance(asked, ProportionsAnalysis):
        raise TypeError(f"{analysis.id} counts no proportions")
    chosen = selection(analysis, table)
    members = dict(chosen.members())
    head = {
        f"{analysis.id}.{group}.n": value(int(rows.sum()), "patients")
        for group, rows in members.items()
    }
    nodes, parts, notes = [], [head], list(chosen.notes)
    tested = asked.test and len(chosen.groups) > 1
    for row in analysis.proportions:
        found = _assessed(row, chosen.table, plan.data.date_format)
        node, entries = _row(f"{analysis.id}.{row.id}", row, found, members, asked)
        if tested:
            labels = {group.id: group.label for group in chosen.groups}
            entries |= _test(f"{analysis.id}.{row.id}", row, found, members, labels)
        notes += _unsure_note(row, found, chosen.table)
        nodes.append(node)
        parts.append(entries)
    node = {
        "id": analysis.id,
        "kind": "proportions",
        "title": analysis.title,
        "by": by_node(analysis),
        "groups": [level.node() for level in chosen.groups],
        "overall": OVERALL.node(),
        "conf_type": asked.conf_type,
        "conf_level": asked.conf_level,
        "tested": tested,
        "rows": nodes,
        "notes": notes,
        "left_out": left_out_nodes(chosen.left_out),
    }
    return node, merged(*parts)


def _assessed(row: RowPlan, table: Table, form: str) -> _Assessed:
    grouping = group_by(row.variable, table)
    if row.among is None:
        everybody = np.ones(table.rows, dtype=bool)
        return _Assessed(grouping.levels, everybody, ~everybody, grouping.member)
    holds = truth(row.among.tree, table, form)
    return _Assessed(grouping.levels, holds.yes, holds.unknown, grouping.member)


def _unsure_note(row: RowPlan, found: _Assessed, table: Table) -> list[str]:
    if row.among is None or not found.unsure.any():
        return []
    count = int(found.unsure.sum())
    patients = "1 patient is" if count == 1 else f"{count} patients are"
    where = f"{table.place} {table.listed_rows(found.unsure, shown=10)}"
    reason = f"a missing value leaves open whether {row.among.text}"
    return [f"{row.asked.label}: {patients} not counted, as {reason}: {where}."]


def _row(
    key: str,
    row: RowPlan,
    found: _Assessed,
    members: Mapping[str, NDArray[np.bool_]],
    asked: ProportionsAnalysis,
) -> tuple[dict[str, Any], Entries]:
    """Count a row: those with its levels, or those with each level of the variable."""
    counted = _counted(row, found)
    parts = [_group(f"{key}.{group}", row, found, rows) for group, rows in members.items()]
    for level, positions in counted.items():
        place = key if level is None else f"{key}.{level}"
        parts += [
            _share(f"{place}.{group}", positions, row, found, rows, asked)
            for group, rows in members.items()
        ]
    shown = [] if None in counted else [level.node() for level in found.levels]
    node = {
        "id": row.id,
        "label": row.asked.label,
        "variable": row.variable.asked.label,
        "counts": [found.levels[place].label for place in counted.get(None, ())],
        "levels": shown,
        "among": None if row.among is None else row.among.text,
        "assessed_only": row.asked.assessed_only,
    }
    return node, merged(*parts)


def _counted(row: RowPlan, found: _Assessed) -> dict[str | None, tuple[int, ...]]:
    """Give the positions of the levels that count; of each level, where all have a row."""
    if row.codes is None:
        return {level.id: (place,) for place, level in enumerate(found.levels)}
    asked = row.variable.asked.levels
    labels = {canonical_code(code): label for code, label in asked.items()}
    wanted = {labels.get(code, code) for code in row.codes}
    known = {level.label for level in found.levels}
    absent = wanted - known
    if absent:
        raise InputError(
            f"row {row.asked.label!r}: nobody has {', '.join(sorted(absent))} of"
            f" {row.variable.id!r}, which has {', '.join(sorted(known))}. Correct 'is', or declare"
            " the levels of the variable."
        )
    return {None: tuple(p for p, level in enumerate(found.levels) if level.label in wanted)}


def _group(key: str, row: RowPlan, found: _Assessed, rows: NDArray[np.bool_]) -> Entries:
    """Count who can count, who was assessed, and the denominator."""
    who = rows & found.among
    assessed = int((who & (found.member >= 0)).sum())
    whole = int(who.sum())
    n = assessed if row.asked.assessed_only else whole
    words = "those assessed" if row.asked.assessed_only else "all, assessed or not"
    return {
        f"{key}.n": value(n, "patients", method=words),
        f"{key}.all": value(whole, "patients"),
        f"{key}.assessed": value(assessed, "patients"),
        f"{key}.not_assessed": value(whole - assessed, "patients"),
        f"{key}.unknown": value(int((rows & found.unsure).sum()), "patients"),
    }


def _share(
    key: str,
    positions: tuple[int, ...],
    row: RowPlan,
    found: _Assessed,
    rows: NDArray[np.bool_],
    asked: ProportionsAnalysis,
) -> Entries:
    who = rows & found.among
    events = int((who & np.isin(found.member, positions)).sum())
    n = int((who & (found.member >= 0)).sum() if row.asked.assessed_only else who.sum())
    made = proportion(events, n, conf_type=asked.conf_type, conf_level=asked.conf_level)
    none = "no patient was assessed" if row.asked.assessed_only else "no patient can count"
    method = _METHODS[asked.conf_type]
    return {f"{key}.events": value(events, "patients", n=n)} | {
        f"{key}.{part}": value(
            float(getattr(made, part)[0]),
            "proportion",
            method=None if part == "estimate" else method,
            n=n,
            missing=none,
        )
        for part in ("estimate", "lower", "upper")
    }


def _test(
    key: str,
    row: RowPlan,
    found: _Assessed,
    members: Mapping[str, NDArray[np.bool_]],
    labels: Mapping[str, str],
) -> Entries:
    """Compare the groups: having the levels or not, or all levels."""
    counted = _counted(row, found)
    counts: dict[str, list[int]] = {}
    for group, rows in members.items():
        if group == OVERALL.id:
            continue
        who = rows & found.among
        each = [int((who & np.isin(found.member, p)).sum()) for p in counted.values()]
        rest = int((who & (found.member >= 0)).sum() if row.asked.assessed_only else who.sum())
        rest -= sum(each)
        counts[labels[group]] = [*each, rest]
    table = np.array(list(counts.values()))
    n = int(table.sum())
    p, reason = _fisher(table, list(counts))
    entry = value(p, "probability", method="Fisher's exact test", n=n, missing=reason)
    return {f"{key}.p_value": entry}


def _fisher(table: NDArray[np.int64], groups: list[str]) -> tuple[float | None, str]:
    empty = [group for group, total in zip(groups, table.sum(axis=1), strict=True) if total == 0]
    if empty:
        return None, f"no patient of {', '.join(empty)} was assessed"
    filled = table[:, table.sum(axis=0) > 0]
    if filled.shape[1] < 2:
        return None, "all patients have the same"
    try:
        return float(fisher_test(filled).p_value), ""
    except InputError as error:
        return None, str(error).split(":", 1)[0]
