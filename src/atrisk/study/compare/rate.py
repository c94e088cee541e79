"""A cohort's rate beside published rates, within what they let a cohort of its size expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.pool_proportions import pool_proportions
from atrisk.estimators.proportion import proportion
from atrisk.study.attempt import attempt
from atrisk.study.compare_analysis import CompareAnalysis
from atrisk.study.groups import level_ids
from atrisk.study.selection import left_out_nodes, left_out_notes
from atrisk.study.truth import truth
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from atrisk.study.compare.files import Rates
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table

__all__ = ["rate_compared"]

_METHOD = "random-intercept logistic model, maximum likelihood"
_EXACT = "exact interval (Clopper-Pearson)"


def rate_compared(
    analysis: AnalysisPlan, plan: Plan, table: Table
) -> tuple[dict[str, Any], Entries]:
    """Compare the share of patients with an outcome with what published studies report.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.

    Raises
    ------
    InputError
        the outcome is unknown in all patients, or rows are not patients.
    """
    asked, model, read = analysis.asked, analysis.model, analysis.compare
    if not isinstance(asked, CompareAnalysis) or asked.rates is None:
        raise TypeError(f"{analysis.id} is no comparison with rates")
    if model is None or model.outcome is None or read is None or read.rates is None:
        raise TypeError(f"{analysis.id} has no outcome or no rates")
    if plan.data.subject is not None:
        raise InputError("a comparison with published rates needs one row a patient.")
    answer = truth(model.outcome.tree, table, plan.data.date_format)
    known = ~answer.unknown
    if not known.any():
        raise InputError(f"whether {model.outcome.text!r} holds is unknown in every patient.")
    missing = np.flatnonzero(~known).tolist()
    left_out = table.left_out(missing, model.outcome.names, "the outcome is unknown")
    events, total = int(answer.yes[known].sum()), int(known.sum())
    studies = _studies(read.rates)
    entries, notes = _entries(analysis.id, asked, read.rates, (events, total))
    node = {
        "id": analysis.id,
        "kind": "compare",
        "title": analysis.title,
        "form": "rate",
        "by": None,
        "groups": [],
        "overall": None,
        "outcome": {
            "label": asked.outcome_label or model.outcome.text,
            "text": model.outcome.text,
        },
        "rates": asked.rates.model_dump() | {"sha256": read.rates.sha256},
        "studies": studies,
        "conf_level": asked.conf_level,
        "notes": [*left_out_notes(left_out, table), *notes],
        "left_out": left_out_nodes(left_out),
    }
    return node, merged(entries, _study_entries(analysis.id, asked.conf_level, read.rates, studies))


def _studies(rates: Rates) -> list[dict[str, str]]:
    return [level.node() for level in level_ids(rates.study)]


def _study_entries(
    prefix: str, conf_level: float, rates: Rates, studies: list[dict[str, str]]
) -> Entries:
    found = proportion(rates.events, rates.total, conf_level=conf_level)
    parts = [
        _share(f"{prefix}.study.{study['id']}", rates.events[k], rates.total[k], found, k)
        for k, study in enumerate(studies)
    ]
    return merged(*parts)


def _share(prefix: str, events: Any, total: Any, found: Any, place: int) -> Entries:  # noqa: ANN401 - numbers, and a proportion
    shown = {
        name: value(float(getattr(found, name)[place]), "proportion", method=_EXACT, n=int(total))
        for name in ("estimate", "lower", "upper")
    }
    counts = {"events": value(int(events), "patients"), "n": value(int(total), "patients")}
    return {f"{prefix}.{name}": entry for name, entry in {**counts, **shown}.items()}


def _entries(
    prefix: str, asked: CompareAnalysis, rates: Rates, own: tuple[int, int]
) -> tuple[Entries, list[str]]:
    events, total = own
    mine = proportion([events], [total], conf_level=asked.conf_level)
    parts = [_share(f"{prefix}.own", events, total, mine, 0)]
    pool, reason, _ = attempt(
        lambda: pool_proportions(
            rates.events, rates.total, labels=rates.study, conf_level=asked.conf_level
        )
    )
    new, _, _ = attempt(lambda: pool and pool.predict_new(total, events=events))
    why = (reason or "a prediction needs three studies").rstrip(".")
    numbers: dict[str, tuple[Any, str, str]] = {
        f"pooled.{name}": (getattr(pool, name, None), "proportion", _METHOD)
        for name in ("estimate", "lower", "upper")
    }
    numbers["pooled.tau2"] = (getattr(pool, "tau2", None), "log odds squared", _METHOD)
    rule = "" if new is None else f"{_METHOD}; {new.rule}, and the binomial noise of {total}"
    for name in ("lower", "upper"):
        numbers[f"predicted.{name}"] = (getattr(new, name, None), "proportion", rule)
        numbers[f"predicted.{name}_events"] = (
            getattr(new, f"{name}_events", None),
            "patients",
            rule,
        )
    for name in ("tail_below", "tail_above"):
        numbers[f"predicted.{name}"] = (getattr(new, name, None), "probability", rule)
    parts.append(
        {
            f"{prefix}.{name}": value(number, unit, method=method or None, missing=why)
            for name, (number, unit, method) in numbers.items()
        }
    )
    return merged(*parts), [] if pool is None else _sentences(pool.notes)


def _sentences(notes: tuple[str, ...]) -> list[str]:
    return [f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in notes]
