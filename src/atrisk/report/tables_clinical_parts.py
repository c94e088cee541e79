"""Heads and cells that tables of analyses of forms share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.values import Phrase, phrase, say

if TYPE_CHECKING:
    from atrisk.report.values import Node, Values

__all__ = [
    "day_of_first_met",
    "heads_of",
    "known_as",
    "labels_of",
    "percent_of",
    "place_of",
    "words_of",
]

JUDGES = {"centre": "the centre", "label": "the label"}
"""Who judges, as it reads within a sentence."""
HEADS = (
    "All",
    "Why",
    "Assessments",
    "In the forms",
    "Date",
    "Recorded",
    "Place",
    "Compared",
    "Agree, n (%)",
    "Patients",
    "Days that count",
    "Day first met, median (range)",
    "Day",
    "Grade",
    "Missing",
    "Deviations",
    "Cycles",
    "Patients, n (%)",
    "Cycle",
    "Dose",
    "Deviation",
    "Given",
    "Label",
    "Cycle in the forms",
    "Not judged",
)
"""Heads of columns."""


def percent_of(values: Values, count: str, percent: str) -> Phrase:
    """Write ``165 (94.3%)``; the dash alone where there is no percentage."""
    share = values.percent(percent)
    if share.missing is not None:
        return phrase(values.count(count))
    return say("{count} ({share}%)", count=values.count(count), share=share)


def day_of_first_met(values: Values, prefix: str) -> Phrase:
    """Write the median day and its range: ``11 (5-18)``."""
    middle = values.number(f"{prefix}.median", form.general)
    low, high = (values.count(f"{prefix}.{end}") for end in ("min", "max"))
    if middle.missing is not None or values.entry(middle.key).get("n") == 1:
        return phrase(middle)
    return phrase(middle, " (", low, form.range_dash(low.text, high.text), high, ")")


def known_as(judge: Node) -> str:
    """Name a judge in a sentence."""
    return word(JUDGES[judge["id"]]) if judge["id"] in JUDGES else str(judge["label"])


def words_of(*cells: Any) -> tuple[Phrase, ...]:  # noqa: ANN401 - words or numbers of a node
    """Write cells of words, a dash where there is nothing."""
    return tuple(phrase(form.EN_DASH if cell in (None, "") else str(cell)) for cell in cells)


def heads_of(*heads: str) -> tuple[Phrase, ...]:
    """Write heads of `HEADS`."""
    return tuple(phrase(word(head)) for head in heads)


def labels_of(*labels: str) -> tuple[Phrase, ...]:
    """Write heads that are labels of the document."""
    return tuple(phrase(form.capitalised(label)) for label in labels)


def place_of(item: Node) -> str:
    """Say where an entry stands: ``records/response.csv line 4``."""
    return word("{file} line {line}", file=item["file"], line=str(item["line"]))
