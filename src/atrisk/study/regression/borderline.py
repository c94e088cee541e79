"""A second test of what another test puts just below 0.05."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.attempt import attempt
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.study.regression.fitting import FittedModel

__all__ = ["borderline", "likelihood_entry", "second_test"]

_LEAST, _ALPHA = 0.04, 0.05


def borderline(entry: Mapping[str, Any]) -> bool:
    """Tell whether a P value is so close to 0.05 that another test may put it above."""
    p_value = entry.get("value")
    return p_value is not None and _LEAST <= p_value < _ALPHA


def second_test(model: FittedModel, key: str, place: int) -> Entries:
    """Give the P value of the likelihood ratio of a term under ``<key>.lr_p_value``.

    Parameters
    ----------
    place
        which term of the model it is.
    """
    tests, reason, _ = attempt(lambda: model.fit.term_tests("likelihood ratio"))
    columns = {} if tests is None else tests.columns()
    names = [str(name) for name in columns.get("term", ())]
    name = model.terms[place].name
    return {
        f"{key}.lr_p_value": value(
            columns["p_value"][names.index(name)] if name in names else None,
            "probability",
            method="likelihood ratio test",
            n=model.setting.patients(model.keep),
            missing=reason.rstrip(".") or "left out of the model",
        )
    }


def likelihood_entry(model: FittedModel, key: str, place: int, entries: Entries) -> Entries:
    """Test a term by the likelihood where Wald's test, in ``entries``, is just below 0.05.

    The pseudo-likelihood of a Fine-Gray model and a robust variance have no such test.
    """
    wald = entries.get(f"{key}.p_value", {})
    if not borderline(wald) or not str(wald["method"]).startswith("Wald test"):
        return {}
    if model.setting.measure.short == "SHR" or "robust" in str(wald["method"]):
        return {}
    return second_test(model, key, place)
