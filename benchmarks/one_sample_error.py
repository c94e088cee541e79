"""How often the one-sample log-rank test finds a difference where there is none.

Cohorts and references are drawn from one exponential distribution and censored alike, so that
every rejection is an error: ``python benchmarks/one_sample_error.py`` prints the shares.
"""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

from atrisk import Histories, one_sample_logrank_test

COHORT: Final = 58
REFERENCES: Final = (58, 164, 1000)
REPEATS: Final = 2000
LEVEL: Final = 0.05


def drawn(rng: np.random.Generator, n: int) -> Histories:
    """Draw patients with a median of 12 months, censored between 6 and 36 months."""
    event, censored = rng.exponential(12.0 / np.log(2.0), n), rng.uniform(6.0, 36.0, n)
    time = np.minimum(event, censored)
    return Histories.from_arrays(time, event <= censored, unit="months", origin="start")


def errors(reference: int, repeats: int = REPEATS, seed: int = 1) -> tuple[float, float]:
    """Give the shares of P below 0.05, with the reference's own error and without.

    Parameters
    ----------
    reference
        patients behind the reference curve.
    repeats
        pairs of a cohort and a reference.
    seed
        of the draws.
    """
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(repeats):
        test = one_sample_logrank_test(drawn(rng, COHORT), drawn(rng, reference))
        found.append((test.p_value < LEVEL, test.naive_p_value < LEVEL))
    counted, naive = np.mean(found, axis=0)
    return float(counted), float(naive)


def main() -> None:
    """Print a line for each size of the reference."""
    lines = ["| patients of the reference | own error counted | taken as exact |", "|---|---|---|"]
    for reference in REFERENCES:
        counted, naive = errors(reference)
        lines.append(f"| {reference} | {100 * counted:.1f}% | {100 * naive:.1f}% |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
