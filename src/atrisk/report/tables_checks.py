"""Tables of what checks a model: proportional hazards, validation, calibration, balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.methods_words import TRANSFORMS
from atrisk.report.models import checked_model, final_model, model_interval, repeated, without_a_fit
from atrisk.report.tables import Row, Table, estimate_cell
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["balance_table", "check_tables"]


def check_tables(analysis: Node, values: Values) -> Iterator[Table]:
    """Yield the tables of the checks that an analysis made."""
    if analysis.get("ph") and not analysis["ph"].get("failed"):
        yield _ph_table(analysis, values)
    if (analysis.get("validation") or {}).get("rows"):
        yield _validation_table(analysis, values)
    calibration = analysis.get("calibration")
    if calibration and any("id" in point for point in calibration["points"]):
        yield _calibration_table(analysis, values)


def _ph_table(analysis: Node, values: Values) -> Table:
    def row(term: Node) -> Row:
        prefix = f"{analysis['id']}.ph.{term['id']}"
        cells = (
            phrase(values.fixed(f"{prefix}.statistic", 2)),
            phrase(values.count(f"{prefix}.df")),
            phrase(values.p_value(f"{prefix}.p_value")),
        )
        return Row(term["label"], cells)

    transform = TRANSFORMS.get(analysis["ph"]["transform"], analysis["ph"]["transform"])
    return Table(
        id=f"{analysis['id']}_ph",
        title=f"{analysis['title']}: test of proportional hazards, {checked_model(analysis, 'ph')}",
        stub="Variable",
        columns=tuple(map(phrase, ("Statistic", "df", "P value"))),
        rows=tuple(map(row, analysis["ph"]["terms"])),
        notes=(f"Score test of a coefficient that changes with {transform}.",),
    )


def _validation_table(analysis: Node, values: Values) -> Table:
    parts = ("apparent", "optimism", "corrected")

    def row(node: Node) -> Row:
        prefix = f"{analysis['id']}.validation.{node['id']}"
        return Row(node["label"], tuple(phrase(values.fixed(f"{prefix}.{p}", 3)) for p in parts))

    validation = analysis["validation"]
    repeats = validation.get("repeats")
    notes = [f"Optimism: mean over {repeats} bootstrap samples." if repeats else ""]
    notes += _sampled(analysis, "validation")
    return Table(
        id=f"{analysis['id']}_validation",
        title=f"{analysis['title']}: validation of the {checked_model(analysis, 'validation')}",
        stub="Index",
        columns=tuple(phrase(form.capitalised(part)) for part in parts),
        rows=tuple(map(row, validation["rows"])),
        notes=tuple(filter(None, notes)),
    )


def _sampled(analysis: Node, check: str) -> list[str]:
    """Say what the bootstrap samples of a check did, and how many are left out."""
    said = (repeated(analysis, check), without_a_fit(analysis, check))
    return [f"{form.capitalised(words)}." for words in said if words]


def quantity(analysis: Node) -> str:
    """Name what a calibration predicts: ``disease-free survival`` or ``risk``."""
    kind = analysis["calibration"].get("quantity", "survival")
    return "risk" if kind == "risk" else "survival"


def _calibration_table(analysis: Node, values: Values) -> Table:
    def row(point: Node) -> Row:
        prefix = f"{analysis['id']}.calibration.{point['id']}"
        predicted = values.proportion(f"{prefix}.predicted")
        found = (values.proportion(f"{prefix}.{p}") for p in ("observed", "lower", "upper"))
        n = values.count(f"{prefix}.n")
        return Row(_point_name(point), (phrase(n), phrase(predicted), estimate_cell(*found)))

    at = _at(analysis)
    interval = model_interval(final_model(analysis) or analysis)
    heads = ("Patients", "Predicted, %", f"Observed, % ({interval})")
    return Table(
        id=f"{analysis['id']}_calibration",
        title=f"{analysis['title']}: predicted and observed {quantity(analysis)}{at},"
        f" {checked_model(analysis, 'calibration')}",
        stub="Group",
        columns=tuple(map(phrase, heads)),
        rows=tuple(map(row, analysis["calibration"]["points"])),
        notes=tuple(_sampled(analysis, "calibration")),
    )


def _at(analysis: Node) -> str:
    at = analysis["calibration"].get("at")
    return f" at {at['label']}" if at else ""


def _point_name(point: Node) -> str:
    return str(point.get("label") or point["id"])


def balance_table(analysis: Node, values: Values) -> Table:
    """Build the table of standardised differences before and after weighting."""

    def cell(key: str) -> Phrase:
        return phrase(values.fixed(key, 3))

    def row(node: Node) -> Row:
        prefix = f"{analysis['id']}.balance.{node['id']}"
        return Row(node["label"], (cell(f"{prefix}.before"), cell(f"{prefix}.after")))

    return Table(
        id=f"{analysis['id']}_balance",
        title=f"{analysis['title']}: balance of the groups",
        stub="Variable",
        columns=(phrase("Unweighted"), phrase("Weighted")),
        rows=tuple(map(row, analysis["balance"])),
        notes=("Standardised differences of means; between \N{MINUS SIGN}0.1 and 0.1 is balance.",),
    )
