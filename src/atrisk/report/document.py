"""Reading the results document: groups, curves and names of an analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.report import format as form
from atrisk.report.language import in_sentence, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from atrisk.report.values import Node, Values

__all__ = [
    "SCHEMA",
    "Label",
    "all_groups",
    "check_document",
    "curve",
    "curve_name",
    "duration_name",
    "float_array",
    "had_by_any",
    "interval_name",
    "labels",
    "level_words",
    "lower_first",
    "risk_row",
    "rmst_key",
    "shown_groups",
    "start_of",
    "time_axis_name",
    "title_by_group",
]

SCHEMA = "atrisk-results/1"
_PARTS = ("software", "study", "population", "values", "analyses")


@dataclass(frozen=True, slots=True)
class Label:
    """A thing of the document that has an id in keys and a label in print."""

    id: str
    label: str


def check_document(document: Node) -> None:
    """Refuse a document that this version cannot render.

    Raises
    ------
    InputError
        If the schema differs, a part is missing or a number is not finite.
    """
    if document.get("schema") != SCHEMA:
        raise InputError(
            f"The results document says schema {document.get('schema')!r}; this version renders "
            f"{SCHEMA!r}. Make the document again with this version of atrisk."
        )
    absent = [part for part in _PARTS if part not in document]
    if absent:
        raise InputError(f"The results document lacks {listed(absent)}; it needs {listed(_PARTS)}.")
    for path in _not_finite(document, ""):
        raise InputError(
            f"The results document holds a number that is not finite at {path}; "
            "a number that does not exist is null with a reason."
        )


def _not_finite(node: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(node, float) and not math.isfinite(node):
        yield path
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from _not_finite(child, f"{path}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _not_finite(child, f"{path}/{index}")


def labels(nodes: Sequence[Node]) -> tuple[Label, ...]:
    """Read the ids and labels of a list of nodes."""
    return tuple(Label(node["id"], node["label"]) for node in nodes)


def shown_groups(analysis: Node) -> tuple[Label, ...]:
    """Give the groups a figure shows: those compared, or all patients where there are none.

    Groups that are only called yes and no have the name of what divides them, too.
    """
    by = analysis["by"]
    if by is None or not analysis["groups"]:
        return labels([analysis["overall"]])
    return tuple(_named(group, by["label"]) for group in labels(analysis["groups"]))


def _named(group: Label, question: str) -> Label:
    if not _is_answer(group.label):
        return group
    return Label(group.id, f"{question}: {level_words(group.label)}")


def level_words(label: str) -> str:
    """Write a level inside a sentence: as the study has it (Berlin, FLAG-Ida), but yes and no."""
    return lower_first(label) if _is_answer(label) else label


def _is_answer(label: str) -> bool:
    return label.casefold() in {
        answer.casefold() for answer in ("Yes", "No", word("Yes"), word("No"))
    }


def all_groups(analysis: Node) -> tuple[Label, ...]:
    """Give the groups a table shows: those compared, then all patients where they are told."""
    shown = shown_groups(analysis)
    overall = labels([analysis["overall"]] if analysis["overall"] else [])
    if not overall:
        return shown
    return shown if shown == overall else shown + overall


def had_by_any(analysis: Node, values: Values, cause: Label) -> bool:
    """Tell whether any patient had an event of a cause."""
    key = f"{analysis['id']}.{cause.id}.{analysis['overall']['id']}.events"
    return values.raw(key) != 0


def curve(analysis: Node, group: str, cause: str | None = None) -> Node:
    """Find the curve of a group (and cause).

    Raises
    ------
    InputError
        If the analysis has no such curve.
    """
    for found in analysis["curves"]:
        if found["group"] == group and found.get("cause") == cause:
            return dict(found)
    wanted = group if cause is None else f"{group}, cause {cause}"
    raise InputError(f"Analysis {analysis['id']!r} has no curve for {wanted}.")


def curve_name(analysis: Node) -> str:
    """Name what survival curves show: ``Overall survival``, ``Freedom from relapse and death``."""
    endpoint = analysis["endpoint"]
    return str(endpoint.get("curve") or endpoint["label"])


def duration_name(analysis: Node) -> str:
    """Name what medians are of: ``Overall survival``, ``Time to relapse or death``."""
    endpoint = analysis["endpoint"]
    return str(endpoint.get("duration") or endpoint["label"])


def start_of(analysis: Node) -> float:
    """Give the height a curve keeps before the first event: survival 1, incidence 0."""
    return 1.0 if analysis["kind"] == "survival" else 0.0


def rmst_key(analysis: Node, part: str) -> str:
    """Give the key of the first difference of restricted means."""
    second = shown_groups(analysis)[1:2]
    return f"{analysis['id']}.rmst_test.{second[0].id if second else ''}.{part}"


def risk_row(analysis: Node, group: str) -> Node:
    """Find the number-at-risk row of a group.

    Raises
    ------
    InputError
        If the analysis has no such row.
    """
    for found in analysis["risk_table"]["rows"]:
        if found["group"] == group:
            return dict(found)
    raise InputError(f"Analysis {analysis['id']!r} has no number-at-risk row for {group}.")


def float_array(values: Sequence[float | None]) -> NDArray[np.float64]:
    """Turn a JSON list into an array, null into NaN."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def interval_name(analysis: Node) -> str:
    """Name the interval: ``95% CI``, kept on one line."""
    level = form.general(100.0 * float(analysis["conf_level"]))
    return word("{level}%\N{NO-BREAK SPACE}CI", level=level)


def time_axis_name(analysis: Node, origin: str) -> str:
    """Name a time axis by its unit and origin: ``Years from transplant``."""
    unit = form.capitalised(word(analysis["axis"]["unit"]))
    return word("{unit} from {origin}", unit=unit, origin=origin)


def title_by_group(analysis: Node) -> str:
    """Name what an analysis shows and by what: ``Overall survival by disease group``."""
    title = str(analysis["title"])
    by = analysis["by"]
    if by is None or by["label"].casefold() in title.casefold():
        return title
    return word("{title} by {group}", title=title, group=lower_first(by["label"]))


def lower_first(text: str) -> str:
    """Write a label inside a sentence; see `atrisk.report.language.in_sentence`."""
    return in_sentence(text)
