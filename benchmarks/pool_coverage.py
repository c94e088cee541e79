"""How often the intervals of a pool of proportions hold what they promise to hold.

    python benchmarks/pool_coverage.py --replicates 400 --seed 1

Studies of 20 to 100 patients are drawn from the model itself: logits of the true proportions are
normal with standard deviation tau about the logit of the median. The rows are those of
docs/pooling.md.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri, stdtrit

from atrisk import InputError
from atrisk.engine.meta_prediction import count_probabilities
from atrisk.estimators.pool_proportions import pool_proportions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.estimators.pool_result import Pool

MEDIANS = (0.1, 0.3)
STUDIES = (5, 10, 20)
SPREADS = (0.0, 0.5, 1.0)
COHORT = 50
COLUMNS = (
    "GLMM, profile",
    "GLMM, z",
    "GLMM, t",
    "logit, Knapp-Hartung",
    "further study, GLMM",
    "further study, logit",
    f"cohort of {COHORT}, GLMM",
)


class Truth(NamedTuple):
    """What studies are drawn from."""

    median: float
    spread: float
    studies: int

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw events and totals."""
        total = rng.integers(20, 101, self.studies)
        p = expit(logit(self.median) + self.spread * rng.standard_normal(self.studies))
        return rng.binomial(total, p), total

    def inside(self, lower: float, upper: float) -> float:
        """Give the chance that the true proportion of a further study lies between limits."""
        if self.spread == 0.0:
            return float(lower <= self.median <= upper)
        ends = (logit(np.array([lower, upper])) - logit(self.median)) / self.spread
        return float(ndtr(ends[1]) - ndtr(ends[0]))


def _holds(truth: Truth, pool: Pool) -> float:
    return float(pool.lower <= truth.median <= pool.upper)


def _shares(truth: Truth, counts: tuple[np.ndarray, np.ndarray], chance: np.ndarray) -> list[float]:
    """Give one number a column of `COLUMNS`: 1 or 0, or a chance given the interval."""
    profile = pool_proportions(*counts)
    normal = pool_proportions(*counts, method="logit")
    cohort = profile.predict_new(COHORT)
    # what ci="z" and ci="t" give of the same fit
    away = abs(profile.link_estimate - logit(truth.median)) / profile.link_std_error
    return [
        _holds(truth, profile),
        float(away <= ndtri(0.975)),
        float(away <= stdtrit(truth.studies - 1.0, 0.975)),
        _holds(truth, normal),
        truth.inside(profile.prediction_lower, profile.prediction_upper),
        truth.inside(normal.prediction_lower, normal.prediction_upper),
        float(chance[cohort.lower_events : cohort.upper_events + 1].sum()),
    ]


def _row(truth: Truth, replicates: int, seed: int) -> tuple[np.ndarray, int]:
    """Give the mean of each column, and how many replicates were refused."""
    rng = np.random.default_rng([seed, round(1000 * truth.median), truth.studies])
    chance = count_probabilities(COHORT, logit(truth.median), truth.spread, np.inf, expit)
    made = []
    for _ in range(replicates):
        try:
            made.append(_shares(truth, truth.draw(rng), chance))
        except InputError:
            continue
    return np.mean(made, axis=0), replicates - len(made)


def table(replicates: int, seed: int) -> Iterator[str]:
    """Give the lines of the table, in Markdown."""
    yield "| median | tau | studies | " + " | ".join(COLUMNS) + " | refused |"
    yield "|" + "---:|" * (len(COLUMNS) + 4)
    for median in MEDIANS:
        for spread in SPREADS:
            for studies in STUDIES:
                shares, refused = _row(Truth(median, spread, studies), replicates, seed)
                shown = " | ".join(f"{100.0 * share:.1f}" for share in shares)
                yield f"| {median:g} | {spread:g} | {studies} | {shown} | {refused} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    for line in table(chosen.replicates, chosen.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
