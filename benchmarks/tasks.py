"""What is timed, who takes part in each task, and whose numbers are the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from task import Task
from tasks_regression import REGRESSION

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GROUPS", "PEERS", "TASKS", "Task"]

# who -> the module of `peers` that calls it; R has its own program, peers.R. `atrisk Cox`
# and NumPy stand beside longer work of atrisk: the time of a plain fit, and of one matrix product.
PEERS: Mapping[str, str | None] = {
    "atrisk": "peers.with_atrisk",
    "R survival": None,
    "R coxph": None,
    "R cmprsk": None,
    "statsmodels": "peers.with_statsmodels",
    "lifelines": "peers.with_lifelines",
    "scikit-survival": "peers.with_scikit_survival",
    "survival": "peers.with_survival",
    "comprisk": "peers.with_comprisk",
    "coxstream": "peers.with_coxstream",
    "atrisk Cox": "peers.with_atrisk_cox",
    "NumPy": "peers.with_numpy",
}


_INTERVAL = "standard error recovered from its log-log interval"
_KAPLAN_MEIER = ("atrisk", "R survival", "statsmodels", "lifelines", "scikit-survival", "survival")
_KAPLAN_MEIER_NOTES = {
    "statsmodels": "gives a standard error and no pointwise interval",
    "lifelines": _INTERVAL,
    "scikit-survival": _INTERVAL,
}

CURVES: Mapping[str, Task] = {
    "km_days": Task(
        "Kaplan-Meier, days",
        _KAPLAN_MEIER,
        reference="R survival",
        start=1.0,
        notes=_KAPLAN_MEIER_NOTES,
    ),
    "km_continuous": Task(
        "Kaplan-Meier, continuous",
        _KAPLAN_MEIER,
        reference="R survival",
        start=1.0,
        notes=_KAPLAN_MEIER_NOTES,
    ),
    "logrank": Task(
        "log-rank, 3 groups",
        _KAPLAN_MEIER,
        reference="R survival",
    ),
    "aalen_johansen": Task(
        "Aalen-Johansen, 2 causes",
        (
            "atrisk",
            "R cmprsk",
            "R survival",
            "statsmodels",
            "lifelines",
            "scikit-survival",
            "survival",
            "comprisk",
        ),
        reference="R cmprsk",
        start=0.0,
        other_reference={"survival": "R survival"},
        notes={
            "R survival": "variance by the infinitesimal jackknife, not Aalen's",
            "survival": "variance by the infinitesimal jackknife, compared with R survival",
            "statsmodels": "variance of Dinse and Larson, not Aalen's",
            "lifelines": "variance of Dinse and Larson; one cause a fit, both fitted; moves event "
            "times at random if on some day of several events one cause has exactly one",
            "scikit-survival": f"{_INTERVAL}; Aalen's variance in another form (Pintilie 2006, "
            "equation 4.5); far off at 1e7 rows",
        },
    ),
    "gray": Task(
        "Gray's test, 3 groups",
        ("atrisk", "R cmprsk", "comprisk"),
        reference="R cmprsk",
        notes={
            "comprisk": "tests one cause; the others test both",
            "R cmprsk": "also computes the curves: it has one call for both; its statistic for "
            "cause 1 is wrong at 1e7 rows, see README.md",
        },
    ),
}

TASKS: Mapping[str, Task] = {**CURVES, **REGRESSION}
# names that stand for several tasks on the command line
GROUPS: Mapping[str, tuple[str, ...]] = {"curves": tuple(CURVES), "regression": tuple(REGRESSION)}
