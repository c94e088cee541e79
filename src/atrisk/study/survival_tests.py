"""Tests between groups of survival analyses, and why a test is not there."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.estimators.comparisons import logrank_test, pairwise_logrank_test
from atrisk.estimators.contrasts import rmst_test
from atrisk.study.attempt import attempt
from atrisk.study.cohort import split
from atrisk.study.plan import ADJUSTMENTS
from atrisk.study.values import Entries, merged, time_value, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.sources.histories import Histories
    from atrisk.study.analyses import SurvivalAnalysis
    from atrisk.study.cohort import Cohort
    from atrisk.study.plan import AnalysisPlan, TestPlan

__all__ = ["logrank_entries", "no_test", "pairwise", "statistic_entries", "test_entries"]


def no_test(patients: Cohort) -> str | None:
    """Tell why groups cannot be compared, None if they can."""
    if len(patients.chosen.groups) < 2:
        return "only one group has patients"
    if not (patients.cause > 0).any():
        return "no patient had the event"
    return None


def statistic_entries(
    prefix: str,
    found: dict[str, Any] | None,
    *,
    method: str | None,
    n: int | None,
    missing: str,
) -> Entries:
    """Make the entries of one test; ``found`` holds statistic, df, p_value, or is None."""
    units = {"statistic": "chi-squared", "df": "degrees of freedom", "p_value": "probability"}
    return {
        f"{prefix}.{name}": value(
            None if found is None else found[name], unit, method=method, n=n, missing=missing
        )
        for name, unit in units.items()
    }


def logrank_entries(
    prefix: str,
    label: str,
    h: Histories,
    words: Callable[[str], str],
    *,
    reason: str | None = None,
    variance: str | None = None,
) -> Entries:
    """Compare the groups of histories by a log-rank test.

    Parameters
    ----------
    prefix, label
        the key and the name of the test.
    words
        adds weights to the name.
    reason
        why there is nothing to compare, if so.
    variance
        as in `atrisk.logrank_test`.
    """
    found, why = None, reason
    if reason is None:
        found, why, _ = attempt(lambda: logrank_test(h, variance=variance))
    robust = found is not None and found.variance == "robust"
    return statistic_entries(
        prefix,
        None if found is None else _statistic(found),
        method=words(f"{label}, robust variance" if robust else label),
        n=len(h),
        missing=(why or "not estimable").rstrip("."),
    )


def test_entries(analysis: AnalysisPlan, asked: SurvivalAnalysis, patients: Cohort) -> Entries:
    """Run every test of the plan."""
    return merged(*(_test(analysis, asked, patients, test) for test in analysis.tests))


def _test(
    analysis: AnalysisPlan, asked: SurvivalAnalysis, patients: Cohort, test: TestPlan
) -> Entries:
    prefix = f"{analysis.id}.{test.id}"
    reason = no_test(patients)
    entries: Entries = {}
    found = None
    if reason is None and test.call == "rmst_test":
        found, entries, reason = _rmst(analysis, asked, patients, prefix)
    elif reason is None:
        found, entries = _logrank(asked, patients, test, prefix)
    robust = found is not None and found["variance"] == "robust"
    statistics = statistic_entries(
        prefix,
        found,
        method=patients.method(f"{test.label}, robust variance" if robust else test.label),
        n=len(patients.time),
        missing=reason if reason is not None else "not estimable",
    )
    return merged(statistics, entries)


def _logrank(
    asked: SurvivalAnalysis, patients: Cohort, test: TestPlan, prefix: str
) -> tuple[dict[str, Any], Entries]:
    histories = patients.histories(grouped=True, stratified=test.stratified)
    result = logrank_test(histories, rho=asked.rho, trend=test.id == "trend")
    entries: Entries = {}
    for group, columns in split(result.columns(), patients.chosen.groups).items():
        for name in ("observed", "expected"):
            entries[f"{prefix}.{group}.{name}"] = value(
                columns[name][0], "events", method=patients.method(test.label)
            )
    return _statistic(result), entries


def _rmst(
    analysis: AnalysisPlan, asked: SurvivalAnalysis, patients: Cohort, prefix: str
) -> tuple[dict[str, Any] | None, Entries, str | None]:
    if analysis.rmst is None:
        return None, {}, None
    histories = patients.histories(grouped=True)
    try:
        result = rmst_test(histories, analysis.rmst.value, asked.conf_level, asked.variance)
    except InputError as error:
        return None, {}, str(error)
    parts = split(result.columns(), patients.chosen.groups)
    first = patients.chosen.groups[0]
    entries = {
        f"{prefix}.{level.id}.{name}": time_value(
            parts[level.id][column][0],
            patients.clock,
            method=patients.method(f"difference from {first.label}"),
        )
        for level in patients.chosen.groups[1:]
        for name, column in _DIFFERENCE.items()
    }
    return _statistic(result), entries, None


_DIFFERENCE = {
    "difference": "difference",
    "std_error": "difference_std_error",
    "lower": "lower",
    "upper": "upper",
}


def _statistic(result: Any) -> dict[str, Any]:  # noqa: ANN401 - the result of any test
    return {
        "statistic": result.statistic,
        "df": result.df,
        "p_value": result.p_value,
        "variance": result.variance,
    }


def pairwise(
    analysis: AnalysisPlan, asked: SurvivalAnalysis, patients: Cohort
) -> tuple[list[dict[str, str]], Entries]:
    """Compare each two groups.

    Returns
    -------
    pairs : list of dict
        id, group_1 and group_2 of each pair.
    entries : dict
        statistic, p_value and p_adjusted of each.
    """
    if not asked.pairwise:
        return [], {}
    pairs = [
        {"id": f"{one.id}_vs_{two.id}", "group_1": one.id, "group_2": two.id}
        for one, two in combinations(patients.chosen.groups, 2)
    ]
    reason = no_test(patients)
    columns: dict[str, Any] | None = None
    if reason is None:
        columns, reason = _pairwise_columns(asked, patients)
    units = {"statistic": "chi-squared", "p_value": "probability", "p_adjusted": "probability"}
    entries = {
        f"{analysis.id}.pairwise.{pair['id']}.{name}": value(
            None if columns is None else columns[name][row],
            unit,
            method=ADJUSTMENTS[asked.adjust]
            if name == "p_adjusted"
            else patients.method(analysis.tests[0].label),
            missing=reason if reason is not None else "no patient of the two groups had the event",
        )
        for row, pair in enumerate(pairs)
        for name, unit in units.items()
    }
    return pairs, entries


def _pairwise_columns(
    asked: SurvivalAnalysis, patients: Cohort
) -> tuple[dict[str, Any] | None, str | None]:
    """Run the tests, in the order of ``combinations``; or give the reason why they cannot be."""
    histories = patients.histories(grouped=True)
    try:
        result = pairwise_logrank_test(histories, rho=asked.rho, adjust=asked.adjust)
    except InputError as error:
        return None, str(error)
    return result.columns(), None
