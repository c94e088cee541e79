"""The tests between groups that a plan holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.study.analyses import CumulativeIncidenceAnalysis, SurvivalAnalysis
from atrisk.study.plan import TestPlan, lower_first

if TYPE_CHECKING:
    from atrisk.study.names import Names
    from atrisk.study.plan import VariablePlan
    from atrisk.toml.locate import TomlPath

__all__ = ["curve_tests", "lower_first"]


def curve_tests(
    names: Names,
    asked: SurvivalAnalysis | CumulativeIncidenceAnalysis,
    by: VariablePlan | None,
    strata: VariablePlan | None,
    path: TomlPath,
) -> tuple[TestPlan, ...]:
    """List the tests of curves; without groups there are none."""
    if asked.by is None:
        _refuse_tests_without_groups(names, asked, path)
    if by is None:
        return ()
    if isinstance(asked, CumulativeIncidenceAnalysis):
        return _gray_tests(asked, strata)
    return _survival_tests(asked, strata)


def _refuse_tests_without_groups(
    names: Names, asked: SurvivalAnalysis | CumulativeIncidenceAnalysis, path: TomlPath
) -> None:
    for key in ("trend", "pairwise", "strata"):
        if getattr(asked, key, None):
            names.note((*path, key), "there are no groups to compare; add 'by' or remove this key")
    if "hr" in getattr(asked, "annotate", ()):
        names.note((*path, "annotate"), "hr needs groups to compare; add 'by' or remove it")


def _gray_tests(
    asked: CumulativeIncidenceAnalysis, strata: VariablePlan | None
) -> tuple[TestPlan, ...]:
    label = "Gray's test" + (f" (rho = {asked.rho:g})" if asked.rho != 0 else "")
    plain = TestPlan("gray", label, "gray_test")
    if strata is None:
        return (plain,)
    by = f"{label} stratified by {lower_first(strata.asked.label)}"
    return (plain, TestPlan("gray_stratified", by, "gray_test", stratified=True))


def _survival_tests(asked: SurvivalAnalysis, strata: VariablePlan | None) -> tuple[TestPlan, ...]:
    label = "Log-rank test" if asked.rho == 0 else f"G-rho test (rho = {asked.rho:g})"
    tests = [TestPlan("logrank", label, "logrank_test")]
    if strata is not None:
        by = f"{label} stratified by {lower_first(strata.asked.label)}"
        tests.append(TestPlan("logrank_stratified", by, "logrank_test", stratified=True))
    if asked.trend:
        trend = f"{label} for trend" if asked.rho == 0 else f"{label}, for trend"
        tests.append(TestPlan("trend", trend, "logrank_test"))
    if asked.rmst is not None:
        tests.append(
            TestPlan("rmst_test", "Test of equal restricted mean survival times", "rmst_test")
        )
    return tuple(tests)
