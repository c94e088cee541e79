"""Where a report holds what the STROBE checklist asks for: nothing is named that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report.language import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from atrisk.report.description import Report, Section
    from atrisk.report.values import Node

__all__ = ["PLACES", "Place"]

_CURVES = ("survival", "cumulative_incidence")
_MODELS = ("cox", "logistic", "fine_gray", "time_dependent", "weighted")


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the report: its name in print, its anchor on the page, the number of a table."""

    label: str
    anchor: str
    table: int = 0


def _methods(report: Report) -> Iterator[Place]:
    if report.methods_text or report.methods:
        yield Place(word("Methods"), "methods")


def _population(report: Report, _: Node) -> Iterator[Place]:
    if report.population.pieces:
        yield Place(word("Population"), "population-section")


def _exclusions(report: Report, document: Node) -> Iterator[Place]:
    if document["population"]["exclusions"]:
        yield from _population(report, document)


def _left_out(report: Report, _: Node) -> Iterator[Place]:
    if report.left_out is not None:
        yield Place(report.left_out.table.title, "population-section")


def _flow(report: Report, document: Node) -> Iterator[Place]:
    """Name the figure of the flow of patients, else its table if patients were excluded."""
    if report.flow_figure is not None:
        number = str(report.flow_figure.number)
        yield Place(word("Figure {number}", number=number), f"figure-{report.flow_figure.id}")
    elif document["population"]["exclusions"]:
        yield Place(report.flow.table.title, "population-section")


def _sections(report: Report, *kinds: str) -> Iterator[Section]:
    return (section for section in report.sections if section.kind in kinds)


def _tables(report: Report, *kinds: str) -> Iterator[Place]:
    """Name the tables of some kinds of analysis."""
    for section in _sections(report, *kinds):
        for table in section.tables:
            if table.number is not None and not table.table.supplement:
                yield _table(table.number, table.id)


def _table(number: int, name: str) -> Place:
    return Place(word("Table {number}", number=str(number)), f"box-{name}", number)


def _whole(report: Report, *kinds: str) -> Iterator[Place]:
    """Name the sections of some kinds of analysis."""
    return (Place(section.title, section.id) for section in _sections(report, *kinds))


def _of_analyses(
    report: Report, document: Node, holds: Callable[[Node], bool], *kinds: str
) -> Iterator[Place]:
    """Name the sections of the analyses of some kinds that hold something."""
    having = {node["id"] for node in document["analyses"] if holds(node)}
    return (
        Place(section.title, section.id)
        for section in _sections(report, *kinds)
        if section.id in having
    )


def _centres(report: Report, document: Node) -> Iterator[Place]:
    if report.data is not None and (document.get("data") or {}).get("centres"):
        yield Place(word("Data"), "data-section")


def _cut_off(report: Report, document: Node) -> Iterator[Place]:
    if any(node.get("cut_off") for node in document["analyses"]):
        yield from _methods(report)


def _endpoints(report: Report, document: Node) -> Iterator[Place]:
    defined = (node.get("endpoint") or node.get("outcome") for node in document["analyses"])
    if any(found and (found.get("definition") or found.get("text")) for found in defined):
        yield from _methods(report)


def _source(report: Report, _: Node) -> Iterator[Place]:
    if report.study.get("source"):
        yield from _methods(report)


def _columns(report: Report, _: Node) -> Iterator[Place]:
    if report.data is not None and report.data.columns is not None:
        yield Place(word("Data"), "data-section")


def _guard_rails(report: Report, _: Node) -> Iterator[Place]:
    if report.guard_rails:
        yield Place(word("Before this is published"), "guard-rails")


def _models(report: Report, _: Node) -> Iterator[Place]:
    if any(_sections(report, *_MODELS)):
        yield from _methods(report)


def _censoring(report: Report, _: Node) -> Iterator[Place]:
    if any(_sections(report, *_CURVES)):
        yield from _methods(report)


def _missing(report: Report, document: Node) -> Iterator[Place]:
    """Name the tables of patients in which a number of missing values stands."""
    values = document["values"]
    for node in document["analyses"]:
        if node["kind"] != "describe":
            continue
        keys = (f"{node['id']}.{v['id']}.overall.missing" for v in node["variables"])
        if any(key in values for key in keys):
            own = [section for section in _sections(report, "describe") if section.id == node["id"]]
            for table in own[0].tables if own else ():
                if table.number is not None and not table.table.supplement:
                    yield _table(table.number, table.id)


def _follow_up(report: Report, document: Node) -> Iterator[Place]:
    values = document["values"]

    def known(node: Node) -> bool:
        return f"{node['id']}.{(node.get('overall') or {}).get('id')}.follow_up.estimate" in values

    return _of_analyses(report, document, known, "survival")


def _ratios(report: Report, document: Node) -> Iterator[Place]:
    return _of_analyses(report, document, lambda node: bool(node.get("models")), *_MODELS)


#: What of a report holds an item, by the names in strobe.toml.
PLACES: Mapping[str, Callable[[Report, Node], Iterator[Place]]] = {
    "absolute": lambda report, _: _tables(report, *_CURVES),
    "censoring": _censoring,
    "centres": _centres,
    "columns": _columns,
    "criteria": lambda report, _: _whole(report, "response_rules", "sos_criteria"),
    "cut_off": _cut_off,
    "descriptions": lambda report, _: _tables(report, "describe"),
    "endpoints": _endpoints,
    "exclusions": _exclusions,
    "flow": _flow,
    "follow_up": _follow_up,
    "guard_rails": _guard_rails,
    "left_out": _left_out,
    "methods": lambda report, _: _methods(report),
    "missing": _missing,
    "models": _models,
    "other": lambda report, _: _whole(report, "time_dependent", "landmark", "weighted"),
    "outcomes": lambda report, _: _whole(report, *_CURVES, "logistic", "proportions"),
    "population": _population,
    "ratios": _ratios,
    "source": _source,
    "subgroups": lambda report, _: _whole(report, "subgroups"),
    "time_dependent": lambda report, _: _whole(report, "time_dependent", "landmark"),
}
