"""The tasks of regression: models, their variances, and what is built on many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REGRESSION"]

_COX_NOTES = {
    "R survival": "coxph.fit, without residuals",
    "R coxph": "the call with a formula, which adds residuals, concordance and the model frame",
    "survival": "coxph_fit_raw, without residuals",
    "scikit-survival": "gives no standard error",
    "comprisk": "Breslow's ties",
}
_ALONE = "the Cox fit on the same rows: ratio 0.5 means that atrisk's work here takes twice as long"


def _cox(covariates: int, who: tuple[str, ...], sizes: tuple[int, ...]) -> Task:
    return Task(
        f"Cox, {covariates} covariates",
        who,
        reference="R survival",
        sizes=sizes,
        regression=True,
        covariates=covariates,
        coefficients=True,
        notes=_COX_NOTES,
    )


def _iteration(covariates: int) -> Task:
    return Task(
        f"Cox iteration, {covariates} cov.",
        ("atrisk", "NumPy"),
        reference="atrisk",
        sizes=(10**6,),
        regression=True,
        covariates=covariates,
        notes={"NumPy": "one X'diag(w)X of these rows by blocks, and nothing else"},
    )


_FAST = ("atrisk", "R survival", "R coxph", "coxstream", "survival")
_ALL = (*_FAST, "lifelines", "scikit-survival", "statsmodels", "comprisk")

REGRESSION: Mapping[str, Task] = {
    "cox_3": _cox(3, _ALL, (10**5, 10**6, 10**7)),
    "cox_10": _cox(10, _ALL, (10**5, 10**6, 10**7)),
    "cox_50": _cox(50, _ALL, (10**5, 10**6, 10**7)),
    "cox_cluster": Task(
        "Cox, 10 cov., clusters",
        ("atrisk", "atrisk Cox", "R coxph", "survival", "lifelines"),
        reference="R coxph",
        sizes=(2 * 10**4, 10**5, 10**6),
        regression=True,
        covariates=10,
        coefficients=True,
        most_rows={"R coxph": 2 * 10**4},
        notes={
            "atrisk Cox": f"{_ALONE}; its standard errors are the model's",
            "survival": "coxph_fit, which adds residuals and concordance",
        },
    ),
    "iteration_10": _iteration(10),
    "iteration_50": _iteration(50),
    "fine_gray": Task(
        "Fine-Gray, 10 covariates",
        ("atrisk", "atrisk Cox", "R cmprsk", "comprisk"),
        reference="R cmprsk",
        sizes=(2 * 10**4, 10**5, 10**6),
        regression=True,
        covariates=10,
        coefficients=True,
        most_rows={"R cmprsk": 2 * 10**4},
        notes={
            "atrisk Cox": f"{_ALONE}; the model of the cause's own hazard, another estimand",
            "comprisk": "robust_se=True: a sandwich that takes the censoring weights as known",
        },
    ),
    "concordance": Task(
        "concordance of a score",
        ("atrisk", "R survival", "lifelines", "scikit-survival", "survival"),
        reference="R survival",
        sizes=(10**5, 10**6),
        regression=True,
        coefficients=True,
        notes={
            "lifelines": "gives no standard error",
            "scikit-survival": "gives no standard error; scores closer than 1e-8 count as tied",
        },
    ),
    "bootstrap": Task(
        "1000 Cox bootstraps, 4 cov.",
        ("atrisk", "R survival", "R coxph", "coxstream", "survival"),
        reference="R survival",
        fixed=228,
        coefficients=True,
        notes={
            "R survival": "a loop over coxph.fit, without residuals",
            "R coxph": "a loop over the call with a formula",
            "coxstream": "a loop over its fit",
            "survival": "a loop over coxph_fit_raw, without residuals",
        },
    ),
}
