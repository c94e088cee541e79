"""Tables of the data-quality page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atrisk.report import format as form
from atrisk.report.tables import Row, Table
from atrisk.report.values import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atrisk.report.values import Node

__all__ = [
    "failing_rules",
    "incomplete_table",
    "intake_table",
    "limits_table",
    "overdue_table",
    "quiet_rules_table",
    "rejected_table",
    "rules_table",
]

MOST_ROWS: Final = 40
_GRAVE: Final = {"error": "Error", "warning": "Warning", "info": "Info"}


def _table(
    name: str,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    text_columns: tuple[int, ...] = (),
    notes: tuple[str, ...] = (),
) -> Table:
    """Make a table of texts; the first head and the first cell of a row are those of the stub."""
    return Table(
        id=name,
        title=title,
        stub=heads[0],
        columns=tuple(phrase(head) for head in heads[1:]),
        rows=tuple(Row(row[0], tuple(phrase(cell) for cell in row[1:])) for row in rows),
        text_columns=text_columns,
        notes=notes,
    )


def intake_table(document: Node) -> Table:
    """List by centre what was read and what was asked."""
    keys = ("patients", "rows", "rows_kept", "rows_rejected", "entries_rejected")
    centres = document["centres"]
    rows = [
        [_both(centre), *(form.count(centre[key]) for key in keys), *_graves([centre])]
        for centre in centres
    ]
    if len(centres) > 1:
        totals = [form.count(sum(centre[key] for centre in centres)) for key in keys]
        rows.append(["All", *totals, *_graves(centres)])
    heads = (
        "Centre",
        "Patients",
        "Rows in",
        "Rows kept",
        "Rows rejected",
        "Entries rejected",
        "Errors",
        "Warnings",
        "Info",
    )
    return _table(
        "intake",
        "What was read and what is asked, by centre",
        heads,
        rows,
        notes=(
            "Rows kept and rows rejected add up to rows in.",
            "Of a row with a rejected entry the other entries are kept.",
        ),
    )


def _both(centre: Node) -> str:
    """Name a centre by its label, and its id where that is another name."""
    known = centre["id"] in centre["label"]
    return centre["label"] if known else f"{centre['label']} ({centre['id']})"


def _graves(centres: Sequence[Node]) -> list[str]:
    return [form.count(sum(c["queries"][grave] for c in centres)) for grave in _GRAVE]


def rejected_table(document: Node) -> Table | None:
    """List files, rows and entries that were not taken in."""
    items = document["rejected"]
    rows = [
        [
            item["centre"],
            {"file": "File", "row": "Row", "entry": "Entry"}[item["level"]],
            f"{item['file']}, {item['place']} {item['line']}" if item["line"] else item["file"],
            item["record"],
            item["field"],
            item["value"],
            item["reason"],
        ]
        for item in items[:MOST_ROWS]
    ]
    heads = ("Centre", "What", "Where", "Record", "Field", "Entry", "Reason")
    return (
        _table(
            "rejected",
            "Not taken in",
            heads,
            rows,
            text_columns=tuple(range(6)),
            notes=_more(len(items)),
        )
        if rows
        else None
    )


def _more(number: int) -> tuple[str, ...]:
    left = number - MOST_ROWS
    return (f"{form.count(left)} more are in checks.json.",) if left > 0 else ()


def failing_rules(document: Node) -> list[Node]:
    """Give the rules that failed, the gravest first, then by how often."""
    order = list(_GRAVE)
    failing = [rule for rule in document["rules"] if rule["failed"]]
    return sorted(
        failing, key=lambda r: (order.index(r["severity"]), -r["failed"], r["form"], r["id"])
    )


def rules_table(document: Node) -> Table | None:
    """List the rules that failed: tested, failed, share."""
    rows = [
        [
            rule["label"],
            _GRAVE[rule["severity"]] + (" (raised)" if rule["raised"] else ""),
            form.count(rule["failed"]),
            form.count(rule["tested"]),
            _share(rule["failed"], rule["tested"]),
            rule["form"].replace("_", " ") or "all",
            rule["id"],
        ]
        for rule in failing_rules(document)
    ]
    notes = ["Tested: entries, rows or patients for which the rule could be told."]
    if any(rule["raised"] for rule in document["rules"]):
        notes.append("Raised: more failed than the rule tolerates, so it counts as an error.")
    heads = ("Rule", "Severity", "Failed", "Tested", "Failed (%)", "Form", "Id")
    return (
        _table(
            "rules", "Rules that failed", heads, rows, text_columns=(0, 4, 5), notes=tuple(notes)
        )
        if rows
        else None
    )


def _share(part: int, whole: int) -> str:
    """Write a share in percent; what is neither none nor all is not rounded to it."""
    if whole == 0:
        return form.EN_DASH
    percent = 100.0 * part / whole
    if 0 < percent < 0.1:
        return "<0.1"
    return ">99.9" if 99.9 < percent < 100 else form.percent(percent)


def quiet_rules_table(document: Node) -> Table | None:
    """List the rules that did not fail, those that could not be told at the end."""
    quiet = [rule for rule in document["rules"] if not rule["failed"]]
    rows = [
        [
            rule["label"],
            rule["form"].replace("_", " ") or "all",
            form.count(rule["tested"]),
            rule["id"],
        ]
        for rule in sorted(quiet, key=lambda rule: rule["tested"] == 0)
    ]
    heads = ("Rule", "Form", "Tested", "Id")
    return (
        _table("quiet", "Rules without failures", heads, rows, text_columns=(0, 2))
        if rows
        else None
    )


def incomplete_table(document: Node) -> Table | None:
    """List the required fields of which most is missing."""
    fields = []
    for field in document["completeness"]:
        states = {state: sum(counts) for state, counts in field["by_centre"].items()}
        asked = sum(states.values())
        lacking = states["blank"] + states["unreadable"]
        if field["required"] and lacking:
            fields.append((lacking / asked, field, states, asked))
    fields.sort(key=lambda item: -item[0])
    rows = [
        [
            field["label"],
            field["field"],
            form.count(asked),
            form.count(states["coded"]),
            form.count(states["blank"]),
            form.count(states["unreadable"]),
            _share(states["blank"] + states["unreadable"], asked),
        ]
        for _, field, states, asked in fields[:15]
    ]
    heads = ("Required field", "Name", "Asked", "Unknown", "Blank", "Unreadable", "Lacking (%)")
    return (
        _table(
            "incomplete",
            "Required fields that lack most",
            heads,
            rows,
            text_columns=(0,),
            notes=(
                "Asked: where the field applies.",
                "Unknown: a missing-value code was entered, which counts as an answer.",
            ),
        )
        if rows
        else None
    )


def limits_table(document: Node) -> Table | None:
    """List the fields with entries outside their limits."""
    outside = [limit for limit in document["limits"] if limit["below"] or limit["above"]]
    rows = [
        [
            limit["label"],
            limit["field"],
            _limits(limit),
            form.count(limit["tested"]),
            form.count(limit["below"]),
            form.count(limit["above"]),
            f"{limit['lowest']} to {limit['highest']}",
        ]
        for limit in sorted(outside, key=lambda limit: -(limit["below"] + limit["above"]))
    ]
    heads = ("Field", "Name", "Limits", "Entries", "Below", "Above", "Lowest to highest")
    return (
        _table(
            "limits",
            "Entries outside the limits of the dictionary",
            heads,
            rows,
            text_columns=(0, 1),
        )
        if rows
        else None
    )


def _limits(limit: Node) -> str:
    if limit["minimum"] and limit["maximum"]:
        return f"{limit['minimum']} to {limit['maximum']}"
    return f"from {limit['minimum']}" if limit["minimum"] else f"up to {limit['maximum']}"


def overdue_table(document: Node) -> Table | None:
    """List the open patients who were not seen for longest."""
    contacts = document["contacts"]
    if contacts is None or not contacts["overdue"]:
        return None
    late = contacts["overdue"]
    rows = [
        [item["record"], document["centres"][item["centre"]]["label"], form.count(item["days"])]
        for item in late[:MOST_ROWS]
    ]
    heads = ("Record", "Centre", "Days since last contact")
    return _table(
        "overdue",
        "Open patients whose last contact is overdue",
        heads,
        rows,
        text_columns=(0,),
        notes=_more(len(late)),
    )
