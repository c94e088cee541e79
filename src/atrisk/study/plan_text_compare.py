"""Comparisons with the published record in the words of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atrisk.study.compare_analysis import CompareAnalysis

__all__ = ["compared", "published_line"]


def published_line(asked: CompareAnalysis) -> str:
    """Name what a study is compared with."""
    if asked.reference is not None:
        group = "" if asked.reference.group is None else f", group {asked.reference.group}"
        return f"compared with: {asked.reference.label} ({asked.reference.file}{group})"
    return "" if asked.rates is None else f"compared with: {asked.rates.label} ({asked.rates.file})"


def compared(asked: CompareAnalysis) -> list[str]:
    """Say what is estimated and tested."""
    level = f"{100 * asked.conf_level:g} %"
    if asked.reference is None:
        words = ["published rates pooled by a random-intercept logistic model"]
        return [*words, f"{level} prediction interval for a cohort of this size"]
    words = ["Kaplan-Meier of both", f"{level} {asked.conf_type} intervals"]
    words += [_COMPARED[test] for test in asked.tests]
    if asked.naive:
        words.append("the one-sample test without the reference's error")
    return [*words, "all again with matching weights"] if asked.match is not None else words


_COMPARED = {
    "one_sample": "one-sample log-rank test, the reference's own error counted",
    "logrank": "log-rank test",
    "cox": "hazard ratio",
}
