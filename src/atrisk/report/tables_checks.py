"""Tables of what checks a model: proportional hazards, validation, calibration, balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.methods_words import TRANSFORMS
from atrisk.report.models import checked_model, final_model, model_interval, repeated, without_a_fit
from atrisk.report.tables import Row, Table, estimate_cell
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["balance_table", "check_tables"]

_BALANCED = 0.1


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
        title=word(
            "{name}: test of proportional hazards, {model}",
            name=analysis["title"],
            model=checked_model(analysis, "ph"),
        ),
        stub=word("Variable"),
        columns=tuple(map(phrase, (word("Statistic"), "df", word("P")))),
        rows=tuple(map(row, analysis["ph"]["terms"])),
        notes=(
            word("Score test of a coefficient that changes with {scale}.", scale=word(transform)),
        ),
        supplement=True,
    )


def _validation_table(analysis: Node, values: Values) -> Table:
    parts = ("apparent", "optimism", "corrected")

    def row(node: Node) -> Row:
        prefix = f"{analysis['id']}.validation.{node['id']}"
        return Row(node["label"], tuple(phrase(values.fixed(f"{prefix}.{p}", 3)) for p in parts))

    validation = analysis["validation"]
    repeats = validation.get("repeats")
    said = word("Optimism: mean over {repeats} bootstrap samples.", repeats=str(repeats))
    notes = [said if repeats else ""]
    notes += _sampled(analysis, "validation")
    return Table(
        id=f"{analysis['id']}_validation",
        title=word(
            "{name}: validation, {model}",
            name=analysis["title"],
            model=checked_model(analysis, "validation"),
        ),
        stub=word("Index"),
        columns=tuple(map(phrase, (word("Apparent"), word("Optimism"), word("Corrected")))),
        rows=tuple(map(row, validation["rows"])),
        notes=tuple(filter(None, notes)),
        supplement=True,
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

    interval = model_interval(final_model(analysis) or analysis)
    observed = word("Observed, % ({interval})", interval=interval)
    return Table(
        id=f"{analysis['id']}_calibration",
        title=_calibration_title(analysis),
        stub=word("Group"),
        columns=tuple(map(phrase, (word("Patients"), word("Predicted, %"), observed))),
        rows=tuple(map(row, analysis["calibration"]["points"])),
        notes=tuple(_sampled(analysis, "calibration")),
        supplement=True,
    )


def _calibration_title(analysis: Node) -> str:
    model, at = checked_model(analysis, "calibration"), analysis["calibration"].get("at")
    parts = {"name": analysis["title"], "model": model}
    if quantity(analysis) == "risk":
        return word("{name}: predicted and observed risk, {model}", **parts)
    if not at:
        return word("{name}: predicted and observed survival, {model}", **parts)
    return word(
        "{name}: predicted and observed survival at {time}, {model}", time=at["label"], **parts
    )


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
        title=word("{name}: balance of the groups", name=analysis["title"]),
        stub=word("Variable"),
        columns=(phrase(word("Unweighted")), phrase(word("Weighted"))),
        rows=tuple(map(row, analysis["balance"])),
        notes=(
            word(
                "Standardised differences of means; between {low} and {high} is balance.",
                low=form.fixed(-_BALANCED, 1),
                high=form.fixed(_BALANCED, 1),
            ),
        ),
        supplement=True,
    )
