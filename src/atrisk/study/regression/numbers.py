"""The numbers and the node of a fitted model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.estimators.validation import events_per_variable
from atrisk.study.attempt import attempt
from atrisk.study.regression.borderline import likelihood_entry
from atrisk.study.regression.fitting import infinite, undefined
from atrisk.study.selection import left_out_nodes
from atrisk.study.survival_tests import statistic_entries
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from atrisk.study.regression.fitting import FittedModel
    from atrisk.study.regression.terms import Row, Term

__all__ = ["model_entries", "model_node", "term_entries"]

_PARTS = ("estimate", "std_error", "ratio", "lower", "upper", "statistic", "p_value")


def model_node(model: FittedModel, name: str, label: str) -> dict[str, Any]:
    """Give what the results document holds of a model, besides its numbers."""
    fit, setting = model.fit, model.setting
    return {
        "id": name,
        "label": label,
        "formula": model.formula(),
        "measure": {"name": setting.measure.name, "short": setting.measure.short},
        "conf_level": getattr(fit, "conf_level", None),
        "conf_type": _conf_type(fit),
        "ties": getattr(fit, "ties", None),
        "variance": getattr(fit, "variance", None),
        "method": None if fit is None else setting.method(fit),
        "terms": [_term_node(model, place) for place in range(len(model.terms))],
        "failed": None if fit is not None else model.reason,
        "notes": [_sentence(note) for note in _notes(model)],
        "left_out": left_out_nodes(model.left_out()),
    }


def _conf_type(fit: Any) -> str:  # noqa: ANN401 - any fit, or None
    found = getattr(fit, "conf_type", "Wald")
    return "profile" if found == "profile" else "Wald"


def _term_node(model: FittedModel, place: int) -> dict[str, Any]:
    term, rows = model.terms[place], model.rows[place]
    return {**term.node(rows), "df": _df(model, term, rows)}


def _df(model: FittedModel, term: Term, rows: tuple[Row, ...]) -> int:
    for found in () if model.fit is None else model.fit.terms:
        if found.name == term.name:
            return len(found.columns)
    return sum(not row.reference for row in rows)


def _notes(model: FittedModel) -> list[str]:
    if model.fit is None:
        who = f"{model.terms[0].label}: " if len(model.terms) == 1 else ""
        return [f"{who}the model could not be fitted: {model.reason}", *model.notes]
    return list(model.notes)


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."


def model_entries(model: FittedModel, prefix: str) -> Entries:
    """Give every number of a model: its size, its fit, its tests, and those of its terms."""
    return merged(
        _whole(model, prefix), *(term_entries(model, prefix, k) for k in range(len(model.terms)))
    )


def term_entries(model: FittedModel, prefix: str, place: int) -> Entries:
    """Give the numbers of the lines of one term, and its test where it has several."""
    term, rows = model.terms[place], model.rows[place]
    parts = [_row(model, f"{prefix}.{row.id}", row, rows) for row in rows]
    if term.member is not None or term.kind == "spline":
        parts.append(_term_test(model, f"{prefix}.{term.id}", term))
    found = merged(*parts)
    return merged(found, likelihood_entry(model, f"{prefix}.{term.id}", place, found))


def _row(model: FittedModel, key: str, row: Row, rows: tuple[Row, ...]) -> Entries:
    setting = model.setting
    entries = {
        f"{key}.n": value(setting.patients(row.member), "patients"),
        f"{key}.events": value(setting.events(row.member), "events"),
    }
    if row.reference:
        return entries
    fit = model.fit
    place = _place(fit, row.name)
    method = None if fit is None else setting.method(fit)
    words = setting.measure.words
    units = dict.fromkeys(_PARTS, words) | {
        "estimate": f"log {words}",
        "std_error": f"log {words}",
        "statistic": "z",
        "p_value": "probability",
    }
    reason = _reason(model, row, rows)
    for part, unit in units.items():
        number = None if place is None else getattr(fit, part)[place]
        shown = method if part != "p_value" else _test_name(model)
        entries[f"{key}.{part}"] = value(number, unit, method=shown, n=_n(model), missing=reason)
    return entries


def _test_name(model: FittedModel) -> str | None:
    if model.fit is None:
        return None
    profile = getattr(model.fit, "conf_type", "Wald") == "profile"
    words = "profile likelihood" if profile else "Wald test"
    robust = getattr(model.fit, "variance", "model") == "robust"
    return model.setting.method_words(f"{words}, robust variance" if robust else words)


def _place(fit: Any, name: str) -> int | None:  # noqa: ANN401 - any fit, or None
    """Find a coefficient that has a finite estimate, or an interval with a finite end."""
    names = [] if fit is None else [str(term) for term in fit.term]
    if name not in names:
        return None
    place = names.index(name)
    if name in fit.endless and not np.isfinite([fit.lower[place], fit.upper[place]]).any():
        return None
    return place


def _reason(model: FittedModel, row: Row, rows: tuple[Row, ...]) -> str:
    """Say why a number of a line is missing."""
    fit = model.fit
    if fit is None:
        return model.reason
    if row.name in fit.aliased:
        return "left out of the model: other variables determine it"
    if row.name in getattr(fit, "endless", ()):
        return infinite(fit, model.setting, row, rows)
    if not any(str(name) == row.name for name in fit.term) and row.member.any():
        return "left out of the model: it is the same in all patients compared"
    if not row.member.any():
        return "no patient has this level"
    return undefined(model.setting, row, rows)


def _n(model: FittedModel) -> int:
    return model.setting.patients(model.keep)


def _term_test(model: FittedModel, key: str, term: Term) -> Entries:
    found, label = _test_of(model, term)
    reason = model.reason or "an estimate is infinite"
    if found is None and model.fit is not None:
        reason = "left out of the model"
    return statistic_entries(key, found, method=label, n=_n(model), missing=reason)


def _test_of(model: FittedModel, term: Term) -> tuple[dict[str, Any] | None, str]:
    """Test all coefficients of a term: by Wald's test, or by the likelihood where that fails."""
    fit = model.fit
    robust = ", robust variance" if getattr(fit, "variance", "") == "robust" else ""
    label = model.setting.method_words(f"Wald test{robust}")
    if fit is None:
        return None, label
    likelihood = getattr(fit, "conf_type", "Wald") == "profile" or bool(fit.endless)
    tests = None
    if likelihood and getattr(fit, "variance", "model") == "model":
        tests, _, _ = attempt(lambda: fit.term_tests("likelihood ratio"))
    if tests is None:
        tests = fit.term_tests()
    else:
        label = model.setting.method_words(f"{tests.kind} test")
    columns = tests.columns()
    for place, name in enumerate(columns["term"]):
        if str(name) == term.name:
            return {part: columns[part][place] for part in ("statistic", "df", "p_value")}, label
    return None, label


def _whole(model: FittedModel, prefix: str) -> Entries:
    setting, fit = model.setting, model.fit
    events = setting.events(model.keep)
    entries = {
        f"{prefix}.n": value(_n(model), "patients"),
        f"{prefix}.events": value(events, "events"),
        f"{prefix}.events_per_variable": value(
            None if fit is None else events_per_variable(fit),
            "events",
            method="per coefficient",
            missing=model.reason,
        ),
        f"{prefix}.loglik": value(
            getattr(fit, "loglik", None), "log-likelihood", missing=model.reason or "not defined"
        ),
    }
    return merged(entries, _overall(model, prefix), _concordance(model, prefix))


_OVERALL = {
    "likelihood ratio": "likelihood_ratio",
    "Wald": "wald",
    "score": "score",
    "robust score": "robust_score",
}


def _overall(model: FittedModel, prefix: str) -> Entries:
    """Test that no variable matters; with a robust variance the likelihood has no test."""
    if model.fit is None:
        return {}
    robust = getattr(model.fit, "variance", "model") == "robust"
    columns = model.fit.overall_tests().columns()
    parts = []
    for place, name in enumerate(map(str, columns["test"])):
        if robust and name in {"likelihood ratio", "score"}:
            continue
        found = {part: columns[part][place] for part in ("statistic", "df", "p_value")}
        slug = _OVERALL.get(name, name.replace(" ", "_").lower())
        words = f"{name} test, robust variance" if robust and name == "Wald" else f"{name} test"
        method = model.setting.method_words(words)
        parts.append(
            statistic_entries(
                f"{prefix}.overall.{slug}",
                found,
                method=method,
                n=_n(model),
                missing="an estimate is infinite",
            )
        )
    return merged(*parts)


def _concordance(model: FittedModel, prefix: str) -> Entries:
    fit = model.fit
    call = getattr(fit, "concordance", None) or getattr(fit, "c_statistic", None)
    if call is None:
        return {}
    found, reason, _ = attempt(call)
    method = None if found is None else model.setting.method_words(found.method)
    return {
        f"{prefix}.{key}": value(
            None if found is None else getattr(found, part),
            "probability",
            method=method,
            n=_n(model),
            missing=reason.rstrip(".") or "not estimable",
        )
        for key, part in (("concordance", "estimate"), ("concordance_se", "std_error"))
    }
