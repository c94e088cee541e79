"""Print how far the package is from R: one row a kind of answer, over all stored cases.

python tests/parity.py            against the values stored under tests/reference/values
python tests/parity.py --live 20  against R itself, on that many fresh random data sets
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import cases
import checks
import live_r
import live_regression
import regression_cases
import regression_checks
import test_regression_vs_live_r
import test_vs_live_r

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

TOPICS = ("kaplan_meier", "follow_up", "logrank", "competing_risks", *regression_cases.TOPICS)
CHECKS = checks.CHECKS | regression_checks.CHECKS
R_CALL = {
    "kaplan_meier": "survival::survfit",
    "follow_up": "prodlim::prodlim(reverse = TRUE)",
    "gray": "cmprsk::cuminc",
    "multi_state": "survival::survfit, multi-state",
    "logrank": "survival::survdiff",
    "logrank_by_cox": "score test of coxph(ties = 'exact')",
    "logrank_robust": "robust score test of coxph(ties = 'breslow')",
    "pairwise_logrank": "survival::survdiff by pairs, p.adjust",
    "cox": "survival::coxph",
    "cox_ridge": "survival::coxph with ridge()",
    "ph_test": "survival::cox.zph",
    "residuals": "survival::residuals.coxph",
    "concordance": "survival::concordance",
    "cox_prediction": "survival::survfit.coxph, predict, basehaz",
    "fine_gray": "cmprsk::crr",
    "logistic": "glm, brglm2",
    "fastbw": "rms::fastbw",
    "rcs": "rms::rcspline.eval",
}


def case_name(case: dict[str, Any]) -> str:
    return (regression_cases if case["call"] in regression_checks.CHECKS else cases).name(case)


class Recorder:
    """Stands in for the assertion: keeps the largest relative difference of each quantity."""

    def __init__(self) -> None:
        self.call = ""
        self.context = ""
        self.count: dict[tuple[str, str], int] = defaultdict(int)
        self.worst: dict[tuple[str, str], float] = defaultdict(float)

    def close(self, actual: object, expected: object, _rtol: float, message: str) -> None:
        found = np.ravel(np.asarray(actual, dtype=float))
        told = np.ravel(cases.numbers(expected) if isinstance(expected, list) else expected)
        if not np.array_equal(np.isnan(found), np.isnan(told.astype(float))):
            raise SystemExit(f"missing in different places: {message}: {found} and {told}")
        known = ~np.isnan(found)
        gap = np.abs(found[known] - told[known])
        size = np.where(np.abs(told[known]) > cases.NEAR_ZERO, np.abs(told[known]), np.inf)
        self.keep(message, int(known.sum()), float(np.max(gap / size, initial=0.0)))

    def near(self, actual: object, expected: object, _rtol: float, message: str) -> None:
        found, told = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
        largest = float(np.max(np.abs(told), initial=0.0)) or 1.0
        gap = float(np.max(np.abs(found - told), initial=0.0))
        self.keep(message, told.size, gap / largest)

    def keep(self, message: str, count: int, gap: float) -> None:
        key = self.call, message.rsplit(": ", 1)[-1]
        self.count[key] += count
        self.worst[key] = max(self.worst[key], gap)

    def run(self, case: dict[str, Any], frame: pl.DataFrame, values: Any) -> None:
        self.call = case["call"]
        CHECKS[self.call](case, frame, values, f"{self.context}{case_name(case)}")

    def table(self) -> str:
        lines = [
            "| R | quantity | values compared | largest relative difference |",
            "|---|---|---:|---:|",
        ]
        lines += [
            f"| `{R_CALL[call]}` | {quantity} | {self.count[call, quantity]:,} | {worst:.1e} |"
            for (call, quantity), worst in sorted(self.worst.items())
            if quantity in QUANTITIES
        ]
        return "\n".join(lines)


QUANTITIES = (
    "time",
    "at_risk",
    "events",
    "censored",
    "estimate",
    "std_error",
    "lower",
    "upper",
    "statistic",
    "df",
    "p_value",
    "observed",
    "expected",
    "vcov",
    "model_vcov",
    "loglik",
    "deviance",
    "profile lower",
    "profile upper",
    "scaled residuals",
    "martingale",
    "score",
    "schoenfeld",
    "scaledsch",
    "dfbeta",
    "pairs",
    "hazard",
    "hazard se",
    "incidence",
    "linear predictor",
    "aic",
    "basis",
)


def stored_answers() -> Iterator[tuple[dict[str, Any], pl.DataFrame, Any]]:
    """Give each stored case with its data and R's values."""
    for topic in TOPICS:
        for case, values in cases.stored(topic):
            yield case, cases.data_file(case), values


def fresh_answers(
    sets: int, recorder: Recorder
) -> Iterator[tuple[dict[str, Any], pl.DataFrame, Any]]:
    """Draw data, ask R, and give each case with the answer."""
    reason = live_r.reason_to_skip() or live_regression.reason_to_skip()
    if reason is not None:
        raise SystemExit(f"no live comparison: {reason}")
    for _ in range(sets):
        seed = live_r.draw_seed()
        recorder.context = f"{live_r.replay(seed)}: "
        frames = {"fresh": live_r.fresh(seed), "few_ties": live_r.fresh(seed, spans=(60, 400))}
        yield from answered(live_r, test_vs_live_r.CASES, frames)
        frames = {"fresh": live_regression.fresh(seed)}
        yield from answered(live_regression, test_regression_vs_live_r.CASES, frames)


def answered(
    how: Any, asked: list[dict[str, Any]], frames: dict[str, pl.DataFrame]
) -> Iterator[tuple[dict[str, Any], pl.DataFrame, Any]]:
    """Let R answer the cases, through one of the two modules that ask it."""
    with tempfile.TemporaryDirectory() as folder:
        answers = how.answers(asked, frames, Path(folder))
    for case, told in zip(asked, answers, strict=True):
        yield case, frames[case["data"]], told["values"]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--live", type=int, default=0, metavar="N", help="fresh data sets from R")
    live = asked.parse_args().live
    recorder = Recorder()
    cases.close = recorder.close
    regression_checks.near = recorder.near
    answers = fresh_answers(live, recorder) if live else stored_answers()
    for case, frame, values in answers:
        recorder.run(case, frame, values)
    print(recorder.table())  # noqa: T201 - the table is the product


if __name__ == "__main__":
    main()
