"""The test of proportional hazards, and what its plots show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from atrisk.study.attempt import attempt
from atrisk.study.regression.fitting import coefficient_names, plain_words
from atrisk.study.survival_tests import statistic_entries
from atrisk.study.values import Entries, merged, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.estimators.ph_test import PHTest
    from atrisk.study.regression.fitting import FittedModel

__all__ = ["proportional_hazards"]

_GLOBAL = {"id": "global", "label": "All terms"}


def proportional_hazards(model: FittedModel, transform: str) -> tuple[dict[str, Any], Entries]:
    """Test a fitted Cox model.

    Parameters
    ----------
    model
        the multivariable model.
    transform
        the time scale: km, rank or identity.

    Returns
    -------
    node : dict
        terms, and the curve of each for its plot.
    entries : dict
        statistic, df and P value of each term and of all.
    """
    test: PHTest | None = None
    reason = model.reason
    if model.fit is not None:
        test, reason, _ = attempt(lambda: model.fit.ph_test(transform))
        reason = plain_words(reason, coefficient_names(model.terms))
    terms = [{"id": term.id, "label": term.label} for term in model.terms] + [dict(_GLOBAL)]
    node = {
        "transform": transform,
        "model": "multivariable",
        "terms": terms,
        "plots": [] if test is None else _plots(model, test),
        "failed": None if test is not None else reason,
    }
    names = [term.name for term in model.terms] + ["GLOBAL"]
    parts = [
        _test(f"{model.setting.prefix}.ph.{term['id']}", test, name, reason)
        for term, name in zip(terms, names, strict=True)
    ]
    return node, merged(*parts)


def _test(key: str, test: PHTest | None, name: str, reason: str) -> Entries:
    found = None
    if test is not None:
        places = [place for place, term in enumerate(test.term) if str(term) == name]
        reason = "left out of the model"
        if places:
            found = {
                part: getattr(test, part)[places[-1]] for part in ("statistic", "df", "p_value")
            }
    method = None if test is None else f"score test of a change over time ({test.transform} scale)"
    return statistic_entries(key, found, method=method, n=None, missing=reason)


def _plots(model: FittedModel, test: PHTest) -> list[dict[str, Any]]:
    fit = model.fit
    names = {term.name: term for term in model.terms}
    columns = {term.name: term.columns for term in fit.terms}
    plots = []
    for place, name in enumerate(test.name):
        alone = len(columns[name]) == 1
        smooth, _, _ = attempt(partial(test.smooth, name, conf_level=fit.conf_level))
        plots.append(
            {
                "term": names[name].id,
                "label": names[name].label,
                "what": "coefficient" if alone else "coefficient of its part of the predictor",
                "time": _numbers(test.time),
                "x": _numbers(test.transformed),
                "residual": _numbers(test.scaled_residuals[:, place]),
                "smooth": None if smooth is None else _smooth(smooth),
                "estimate": float(fit.estimate[columns[name][0]]) if alone else 1.0,
            }
        )
    return plots


def _smooth(curve: Any) -> dict[str, list[float | int | None]]:  # noqa: ANN401 - a CoefficientCurve
    parts = {"time": curve.time, "x": curve.transformed, "estimate": curve.estimate}
    parts |= {"lower": curve.lower, "upper": curve.upper}
    return {name: _numbers(values) for name, values in parts.items()}


def _numbers(values: NDArray[Any]) -> list[float | int | None]:
    return [plain(number) for number in values]
