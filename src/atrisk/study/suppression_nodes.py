"""Nodes of a results document without patients, small counts and notes that name patients."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from atrisk.study.suppression_sums import RISK_KINDS, risk_cell, risk_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["cleaned_notes", "shown_population", "without_patients", "without_small_rows"]

#: Keys of the nodes that stand for one patient, or one row of the data.
_OF_A_PATIENT = frozenset({"record", "records", "line", "lines"})
_NAMED = re.compile(r"\b(lines?|rows?|records?) [\w-]*\d", re.IGNORECASE)
_LISTED = re.compile(r" ?\((?:lines?|rows?|records?) [^()]*(?:\([^()]*\)[^()]*)*\)|: column .*$")
_COUNT = re.compile(r"\b(\d+) ((?:patients?|events?|rows?|entries|deaths?)\b)")
_PLURAL = {"patient": "patients", "event": "events", "row": "rows", "death": "deaths"}
_WITHHELD = "A note that names patients is withheld."


def without_patients(node: Mapping[str, Any]) -> dict[str, Any]:
    """Empty every list of patients."""
    return {key: _without(part) for key, part in node.items()}


def _without(part: Any) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(part, list):
        named = any(isinstance(item, dict) and _OF_A_PATIENT & item.keys() for item in part)
        return [] if named else [_without(item) for item in part]
    return without_patients(part) if isinstance(part, dict) else part


def without_small_rows(node: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """Take hidden counts out of the tables of numbers at risk, and what is not shown of them."""
    for prefix, block, row in risk_rows(node):
        shown = block["risk_table"].get("shown") or RISK_KINDS[:1]
        kept = {kind if kind == "at_risk" else f"{kind}_before" for kind in shown}
        for name in ("events", "censored", *RISK_KINDS):
            for place in range(len(row.get(name) or ())):
                cell = risk_cell(prefix, row["group"], name, place)
                if name not in kept or cell in hidden:
                    row[name][place] = None
    for _, block, _ in risk_rows(node):
        if block["risk_table"].get("moved"):
            block["risk_table"]["moved"] = None
    return node


def cleaned_notes(notes: Iterable[str], below: int) -> list[str]:
    """Take lines, records and small numbers of patients out of notes.

    Examples
    --------
    >>> cleaned_notes(["2 patients are left out (Age is missing): column age, lines 4, 9."], 5)
    ['Fewer than 5 patients are left out (Age is missing).']
    """
    return list(dict.fromkeys(_cleaned(note, below) for note in notes))


def _cleaned(note: str, below: int) -> str:
    def fewer(found: re.Match[str]) -> str:
        if not 0 < int(found[1]) < below:
            return found[0]
        return f"fewer than {below} {_PLURAL.get(found[2], found[2])}"

    bare = _LISTED.sub("", note)
    if _NAMED.search(bare):
        return _WITHHELD
    text = _COUNT.sub(fewer, bare).rstrip(".") + "."
    return (
        text.replace("patients is", "patients are")[:1].upper()
        + text.replace("patients is", "patients are")[1:]
    )


def shown_population(population: Mapping[str, Any], below: int) -> dict[str, Any]:
    """Put small exclusion steps together, and list nobody who was left out.

    Steps of few patients are counted with the next one; where all steps together are few, the
    numbers begin with the patients analysed.
    """
    steps = _joined(population["exclusions"], below)
    notes = cleaned_notes(population["notes"], below)
    shown = {**population, "exclusions": steps, "left_out": [], "notes": notes}
    if 0 < population["rows_in"] - population["rows_used"] < below:
        reasons = "; ".join(step["reason"] for step in population["exclusions"] if step["rows"])
        shown |= {"rows_in": population["rows_used"], "exclusions": []}
        notes.append(
            f"Fewer than {below} patients were excluded ({reasons}); the numbers begin with the"
            " patients analysed."
        )
    return shown


def _joined(steps: list[dict[str, Any]], below: int) -> list[dict[str, Any]]:
    """Join steps until each has no patient, or as many as may be shown."""
    joined: list[dict[str, Any]] = []
    for step in steps:
        small = bool(joined) and 0 < joined[-1]["rows"] < below
        joined = [*joined[:-1], _both(joined[-1], step)] if small else [*joined, dict(step)]
    while len(joined) > 1 and 0 < joined[-1]["rows"] < below:
        joined = [*joined[:-2], _both(joined[-2], joined[-1])]
    return joined


def _both(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    reason = f"{first['reason']}; {second['reason']}"
    return {**second, "reason": reason, "rows": first["rows"] + second["rows"]}
