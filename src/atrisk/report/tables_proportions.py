"""Tables of proportions with their denominators: responders of those assessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import Label, all_groups, interval_name, labels, title_by_group
from atrisk.report.language import word
from atrisk.report.tables import Row, Table, estimate_cell
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["INTERVAL_NOTES", "proportion_parts", "proportions_tables"]

_BLANK = Phrase()
#: What a note says of the interval, by its name in the study file.
INTERVAL_NOTES = {
    "clopper-pearson": "Confidence intervals: exact, Clopper\N{EN DASH}Pearson.",
    "wilson": "Confidence intervals: Wilson\N{RIGHT SINGLE QUOTATION MARK}s.",
}


def proportion_parts(values: Values, prefix: str) -> tuple[Phrase, Phrase]:
    """Write ``44 of 53`` and ``83.0 (70.2-91.9)`` of one row and group.

    ``prefix`` ends with the group: ``<analysis>.<row>.<group>``, a level between the last two.
    """
    row, _, group = prefix.rpartition(".")
    events = values.count(f"{prefix}.events")
    n = values.count(_denominator(values, row, group))
    found = (values.proportion(f"{prefix}.{part}") for part in ("estimate", "lower", "upper"))
    return say("{n} of {all}", n=events, all=n), estimate_cell(*found)


def _denominator(values: Values, row: str, group: str) -> str:
    """Find the denominator, which a level shares with its row."""
    own = f"{row}.{group}.n"
    return own if values.has(own) else f"{row.rpartition('.')[0]}.{group}.n"


def proportions_tables(analysis: Node, values: Values, _: str = "") -> list[Table]:
    """Build the table: a row a response, n of N and percent a group, and who was not assessed."""
    groups = all_groups(analysis)
    head = (phrase(word("n of N")), phrase(f"% ({interval_name(analysis)})"))
    rows = [line for row in analysis["rows"] for line in _rows(analysis, row, groups, values)]
    tested = analysis["tested"]
    spans = tuple((group.label, len(head)) for group in groups) if len(groups) > 1 else ()
    return [
        Table(
            id=analysis["id"],
            title=title_by_group(analysis),
            stub="",
            columns=(*head * len(groups), *(phrase(word("P")),) * tested),
            rows=tuple(rows),
            notes=tuple(_notes(analysis)),
            spans=(*spans, *(("", 1),) * tested) if spans else (),
        )
    ]


def _rows(analysis: Node, row: Node, groups: tuple[Label, ...], values: Values) -> Iterator[Row]:
    key = f"{analysis['id']}.{row['id']}"
    p = (phrase(values.p_value(f"{key}.p_value")),) if analysis["tested"] else ()
    blank = (_BLANK,) * len(p)
    if row["levels"]:
        yield Row(row["label"], (*(_BLANK,) * 2 * len(groups), *p) if p else ())
        for level in labels(row["levels"]):
            cells = _cells(values, f"{key}.{level.id}", groups)
            yield Row(level.label, (*cells, *blank), level=1)
    else:
        yield Row(row["label"], (*_cells(values, key, groups), *p))
    if any(values.raw(f"{key}.{group.id}.not_assessed") for group in groups):
        cells = tuple(
            cell
            for group in groups
            for cell in (_not_assessed(values, f"{key}.{group.id}"), _BLANK)
        )
        yield Row(word("Not assessed"), (*cells, *blank), level=1)


def _cells(values: Values, key: str, groups: tuple[Label, ...]) -> tuple[Phrase, ...]:
    return tuple(cell for group in groups for cell in proportion_parts(values, f"{key}.{group.id}"))


def _not_assessed(values: Values, key: str) -> Phrase:
    # 5/58 would be a date to spreadsheet programs
    absent, whole = (values.count(f"{key}.{part}") for part in ("not_assessed", "all"))
    return say("{n} of {all}", n=absent, all=whole)


def _notes(analysis: Node) -> Iterator[str]:
    rows = analysis["rows"]
    of_all = [row["label"] for row in rows if not row["assessed_only"]]
    if len(of_all) < len(rows):
        yield word("n of N, patients with the result of those assessed.")
    if of_all:
        rows_named = form.listing(of_all)
        yield word("{rows}: of all; who was not assessed counts as without.", rows=rows_named)
    yield word(INTERVAL_NOTES[analysis["conf_type"]])
    if analysis["tested"]:
        yield word("P, Fisher\N{RIGHT SINGLE QUOTATION MARK}s exact test.")
