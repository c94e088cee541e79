"""The likelihood ratio of groups beside a log-rank test that is just below 0.05."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.study.regression.borderline import borderline, second_test
from atrisk.study.survival_ratios import group_model
from atrisk.study.values import Entries, merged

if TYPE_CHECKING:
    from atrisk.study.analyses import SurvivalAnalysis
    from atrisk.study.cohort import Cohort
    from atrisk.study.plan import AnalysisPlan, TestPlan

__all__ = ["second_tests"]


def second_tests(
    analysis: AnalysisPlan, asked: SurvivalAnalysis, patients: Cohort, entries: Entries
) -> Entries:
    """Give ``<id>.<test>.lr_p_value`` of each log-rank test in ``entries`` that is borderline."""
    if asked.rho != 0.0:
        return {}
    tests = [test for test in analysis.tests if test.call == "logrank_test" and test.id != "trend"]
    return merged(*(_second(analysis, asked, patients, test, entries) for test in tests))


def _second(
    analysis: AnalysisPlan,
    asked: SurvivalAnalysis,
    patients: Cohort,
    test: TestPlan,
    entries: Entries,
) -> Entries:
    key = f"{analysis.id}.{test.id}"
    if not borderline(entries.get(f"{key}.p_value", {})):
        return {}
    chosen = patients.chosen if test.stratified else replace(patients.chosen, strata=None)
    model = group_model(analysis, asked, replace(patients, chosen=chosen))
    if model.fit is None or model.fit.variance == "robust":
        return {}
    return second_test(model, key, 0)
