"""The figures of models: forest plots, Schoenfeld plots, calibration, balance; with their data."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.drawing import Drawing
from atrisk.report.figures_calibration import (
    calibration_plan,
    calibration_quantity,
    draw_calibration,
)
from atrisk.report.figures_forest import draw_forest, forest_plan
from atrisk.report.figures_love import LIMIT, draw_love, love_plan
from atrisk.report.figures_schoenfeld import draw_schoenfeld, schoenfeld_plan
from atrisk.report.language import word
from atrisk.report.methods_words import TRANSFORMS
from atrisk.report.models import (
    checked_model,
    fitted_models,
    model_interval,
    model_rows,
    model_words,
    repeated,
    without_a_fit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.figures_rows import Line
    from atrisk.report.values import Node, Values

__all__ = ["balance_drawing", "model_drawings", "squares"]

_SMOOTH = ("time", "x", "estimate", "lower", "upper")
_RATIO_PARTS = ("ratio", "lower", "upper", "p_value")


def model_drawings(analysis: Node, values: Values, study: Node) -> Iterator[Drawing]:
    """Yield the figures that any analysis with models may have."""
    if not analysis.get("models"):
        return
    for model in _drawn(analysis):
        ratios = [values.raw(f"{prefix}.ratio") for _, _, prefix in model_rows(analysis, model)]
        # one ratio is a sentence, and no ratio is no figure
        if len(ratios) > 1 and any(ratio is not None for ratio in ratios):
            yield _forest(analysis, model, values)
    if analysis.get("ph") and analysis["ph"]["plots"]:
        yield _schoenfeld(analysis, values, study)
    if analysis.get("calibration") and analysis["calibration"]["points"]:
        yield _calibration(analysis, values)


def _drawn(analysis: Node) -> list[Node]:
    """Give the models to draw; a selection that removed nothing left the same model."""
    fitted = fitted_models(analysis) or analysis["models"][:1]
    selection = analysis.get("selection")
    if selection and not selection["steps"]:
        return [model for model in fitted if model["id"] != "selected"]
    return fitted


def _forest(analysis: Node, model: Node, values: Values) -> Drawing:
    plan = forest_plan(analysis, model, values)
    interval = model_interval(model)
    parts = [squares(str(model["measure"]["name"]), interval)]
    if any(mark.reference for mark in plan.marks):
        parts.append(word("Open diamonds: reference levels."))
    if any(plan.clipped(mark) for mark in plan.marks):
        parts.append(word("An arrow marks an interval that goes beyond the axis."))
    rows = list(_forest_rows(analysis, model, values))
    numbers = (f"{': '.join(filter(None, _said(line)))}." for line in plan.rows.lines)
    caption = " ".join(parts)
    return Drawing(
        id=plan.id,
        title=f"{analysis['title']}: {model_words(model)}",
        caption=caption,
        words=" ".join([caption, *numbers]),
        draw=partial(draw_forest, plan),
        data=rows,
        data_name=plan.id,
    )


def _said(line: Line) -> tuple[str, str]:
    """Give the label of a line and its numbers; the head of a variable with levels has none."""
    return line.label, ", ".join(filter(None, line.right))


def _forest_rows(analysis: Node, model: Node, values: Values) -> Iterator[tuple[object, ...]]:
    yield ("variable", "row", *_RATIO_PARTS)
    for term, row, prefix in model_rows(analysis, model):
        found = (values.raw(f"{prefix}.{part}") for part in _RATIO_PARTS)
        yield (term.label, row.label, *map(_blank, found))


def _blank(number: float | None) -> object:
    return "" if number is None else number


def _schoenfeld(analysis: Node, values: Values, study: Node) -> Drawing:
    plan = schoenfeld_plan(analysis, values, study)
    transform = TRANSFORMS.get(analysis["ph"]["transform"], analysis["ph"]["transform"])
    caption = word(
        "Scaled Schoenfeld residuals, each added to the coefficient, over {transform}, "
        "with a smooth and its confidence band (shaded). Where the hazards are proportional the "
        "smooth is level with the coefficient of the model (dashed). Of a variable with several "
        "coefficients the effect as a whole is shown, with coefficient 1.",
        transform=word(transform),
    )
    if any(panel.beyond for panel in plan.panels):
        caption += " " + word("Triangles: residuals beyond the axis.")
    numbers = (f"{panel.title}: {panel.p}." for panel in plan.panels if panel.p)
    return Drawing(
        id=plan.id,
        title=word(
            "{title}: coefficients over time, {model}",
            title=analysis["title"],
            model=checked_model(analysis, "ph"),
        ),
        caption=caption,
        words=" ".join([caption, *numbers]),
        draw=partial(draw_schoenfeld, plan),
        data=list(_schoenfeld_rows(analysis)),
        data_name=plan.id,
    )


def _schoenfeld_rows(analysis: Node) -> Iterator[tuple[object, ...]]:
    yield ("variable", "series", "time", "axis", "value", "lower", "upper")
    for plot in analysis["ph"]["plots"]:
        name, smooth = plot["label"], plot["smooth"] or dict.fromkeys(_SMOOTH, ())
        for time, x, residual in zip(plot["time"], plot["x"], plot["residual"], strict=True):
            yield (name, "residual", time, x, residual, "", "")
        parts = (smooth[part] for part in _SMOOTH)
        for row in zip(*parts, strict=True):
            yield (name, "smooth", *map(_blank, row))


def _calibration(analysis: Node, values: Values) -> Drawing:
    plan, calibration = calibration_plan(analysis, values), analysis["calibration"]
    parts = [
        word(
            "Observed and predicted {quantity} in groups of patients with similar predictions,"
            " with {interval}; thin straight line: perfect agreement.",
            quantity=calibration_quantity(analysis),
            interval=plan.interval,
        ),
        *_smooth_words(calibration),
    ]
    said = (repeated(analysis, "calibration"), without_a_fit(analysis, "calibration"))
    parts += [f"{form.capitalised(words)}." for words in said if words]
    caption = " ".join(parts)
    ends = zip(plan.predicted, plan.observed, plan.lower, plan.upper, strict=True)
    numbers = (_agreement(*(form.proportion(float(end)) for end in four)) for four in ends)
    return Drawing(
        id=plan.id,
        title=word(
            "{title}: calibration of the {model}",
            title=analysis["title"],
            model=checked_model(analysis, "calibration"),
        ),
        caption=caption,
        words=" ".join([caption, *numbers]),
        draw=partial(draw_calibration, plan),
        data=list(_calibration_rows(analysis["calibration"])),
        data_name=f"{plan.id}_plot",
    )


def _agreement(predicted: str, observed: str, lower: str, upper: str) -> str:
    return word(
        "Predicted {predicted}%, observed {observed}% ({lower} to {upper}%).",
        predicted=predicted,
        observed=observed,
        lower=lower,
        upper=upper,
    )


def _smooth_words(calibration: Node) -> Iterator[str]:
    """Explain the curves of the calibration plot."""
    curve = calibration.get("curve")
    if not curve:
        return
    yield word(
        "Smooth: the observed proportion as a function of the predicted one, in the patients that"
        " the model was fitted to."
    )
    if any(value is not None for value in curve.get("corrected") or ()):
        repeats = calibration.get("repeats")
        yield (
            word(
                "Smooth, corrected for optimism: less the mean optimism of {repeats} bootstrap"
                " samples.",
                repeats=form.count(repeats),
            )
            if repeats
            else word("Smooth, corrected for optimism: less the mean optimism.")
        )


def _calibration_rows(calibration: Node) -> Iterator[tuple[object, ...]]:
    columns = ("predicted", "observed", "lower", "upper", "corrected", "n")
    yield ("series", *columns)
    for point in calibration["points"]:
        yield ("group", *(_blank(point.get(part)) for part in columns))
    curve = calibration.get("curve") or {"predicted": []}
    for place in range(len(curve["predicted"])):
        yield ("smooth", *(_blank(curve[p][place]) if p in curve else "" for p in columns))


def squares(measure: str, interval: str) -> str:
    """Say what the marks of a forest plot are."""
    name = {
        "Hazard ratio": word("hazard ratios"),
        "Odds ratio": word("odds ratios"),
        "Subdistribution hazard ratio": word("subdistribution hazard ratios"),
    }.get(measure, word(measure))
    return word("Squares: {ratios}; lines: {interval}.", ratios=name, interval=interval)


def balance_drawing(analysis: Node, values: Values) -> Drawing:
    """Make the love plot of a weighted analysis."""
    plan = love_plan(analysis, values)
    caption = word(
        "Absolute standardised differences between the groups before weighting (open circles) and "
        "after (squares); dotted line: {limit}, up to which groups count as balanced.",
        limit=form.general(LIMIT),
    )
    numbers = (
        word(
            "{covariate}: unweighted {before}, weighted {after}.",
            covariate=line.label,
            before=line.right[0],
            after=line.right[1],
        )
        for line in plan.rows.lines
    )
    return Drawing(
        id=plan.id,
        title=word("{title}: balance of the covariates", title=analysis["title"]),
        caption=caption,
        words=" ".join([caption, *numbers]),
        draw=partial(draw_love, plan),
        data=list(_balance_rows(analysis, values)),
        data_name=plan.id,
    )


def _balance_rows(analysis: Node, values: Values) -> Iterator[tuple[object, ...]]:
    yield ("covariate", "before", "after")
    for row in analysis["balance"]:
        prefix = f"{analysis['id']}.balance.{row['id']}"
        found = (values.raw(f"{prefix}.{part}") for part in ("before", "after"))
        yield (row["label"], *map(_blank, found))
