"""Methods of the figures of patients, doses and calendar time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.document import interval_name, lower_first
from atrisk.report.language import word
from atrisk.report.methods_names import named_method
from atrisk.report.values import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atrisk.report.values import Node, Phrase, Values

__all__ = ["BAND_RULES", "INTERVALS", "dose_prose", "events_methods"]

INTERVALS = {"clopper-pearson": "Clopper-Pearson, exact", "wilson": "Wilson"}
BAND_RULES = {"given": "limits as given", "thirds": "limits at the thirds of the patients"}


def events_methods(analysis: Node, values: Values) -> list[tuple[str, str]]:
    """Say how an analysis that shows patients, doses or calendar time was made."""
    lines: list[tuple[str, str]] = []
    if analysis["where"]:
        lines.append(
            (word("Patients"), word("those with {condition}", condition=analysis["where"]))
        )
    return [*lines, *_METHODS[analysis["kind"]](analysis, values)]


def _swimmer_methods(analysis: Node, _: Values) -> list[tuple[str, str]]:
    lines = [
        (
            word("Bars"),
            word("from {origin} to death or last contact", origin=analysis["origin"]),
        ),
        (
            word("Order"),
            word("the longest bar first")
            if analysis["order"] == "follow_up"
            else word(
                "by the column {column}, then the longest bar first", column=analysis["order"]
            ),
        ),
    ]
    if analysis["blocks"]:
        said = word(
            "from the first to the last infusion of a cycle; responses as the centre called them"
        )
        lines.append((word("Cycles of INO"), said))
    if analysis["cut_off"]:
        lines.append((word("Cut-off"), analysis["cut_off"]))
    return lines


def _trajectory_methods(analysis: Node, _: Values) -> list[tuple[str, str]]:
    lines = []
    if analysis["rules"]:
        lines.append((word("Rules of MRD"), analysis["rules"]))
    if analysis["changes"] is not None:
        said = (
            word("(lowest - first) / first, in percent; first is the value before treatment")
            if analysis["changes"]["unit"] == "percent"
            else word("log10(lowest / first); first is the first result, if it has a level")
        )
        lines.append((word("Best change"), f"{said}; {analysis['changes']['period']}"))
    return lines


def _dose_methods(analysis: Node, values: Values) -> list[tuple[str, str]]:
    lines = [(word("Event"), analysis["event"]["text"])]
    method = values.entry(f"{analysis['id']}.p_value").get("method")
    if method:
        lines.append((word("Test"), word(method)))
    lines.append((interval_name(analysis), word(INTERVALS[analysis["conf_type"]])))
    return [*lines, (word("Bands of the dose"), word(BAND_RULES[analysis["band_rule"]]))]


def dose_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say how doses with and without an event were compared, in sentences."""
    test = named_method(values, f"{analysis['id']}.p_value")
    dose = analysis["dose"]["label"]
    event = lower_first(analysis["event"]["label"])
    if test:
        yield say(
            "{dose} in patients with {event} and without was compared by: {test}",
            dose=dose,
            event=event,
            test=test,
        )
    yield say(
        "Proportions with {event} by dose have confidence intervals ({interval}) of type {type}",
        event=event,
        interval=interval_name(analysis),
        type=word(INTERVALS[analysis["conf_type"]]),
    )


def _schedule_methods(analysis: Node, _: Values) -> list[tuple[str, str]]:
    sources = {source: None for lane in analysis["lanes"] for source in lane["sources"]}
    lines = [(word("Regimens"), "; ".join(sources))]
    if any(lane["given"] for lane in analysis["lanes"]):
        said = word("median day of the cycle and dose of each infusion before transplantation")
        lines.append((word("As given"), said))
    return lines


def _accrual_methods(analysis: Node, _: Values) -> list[tuple[str, str]]:
    lines = [(word("Date"), word("the column {column}", column=analysis["date"]))]
    if analysis["cut_off"]:
        lines.append((word("Cut-off"), analysis["cut_off"]))
    return lines


_METHODS: dict[str, Callable[[Node, Values], list[tuple[str, str]]]] = {
    "swimmer": _swimmer_methods,
    "trajectories": _trajectory_methods,
    "dose_event": _dose_methods,
    "schedule": _schedule_methods,
    "accrual": _accrual_methods,
}
