"""A drawn cohort whose every number is known, for the test of the audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Cohort", "drawn_cohort"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patients, one a place; times in months from the start of treatment.

    Attributes
    ----------
    exposed, female, responded, negative, assessed, complication
        yes or no: a conditioning, sex, remission, of those the minimal residual disease negative
        among the assessed, a complication.
    donor, performance, age
        codes 0, 1, 2; codes 0, 1, 2, and 3 for missing; years.
    time, died
        until death or last seen.
    free_time, cause
        of the responders: until relapse (1), death without it (2) or last seen (0).
    crossed
        time of a transplant, infinite for those without.
    """

    exposed: np.ndarray
    female: np.ndarray
    responded: np.ndarray
    assessed: np.ndarray
    negative: np.ndarray
    complication: np.ndarray
    donor: np.ndarray
    performance: np.ndarray
    age: np.ndarray
    time: np.ndarray
    died: np.ndarray
    free_time: np.ndarray
    cause: np.ndarray
    crossed: np.ndarray


def drawn_cohort(seed: int) -> Cohort:
    """Draw 40 to 220 patients.

    Parameters
    ----------
    seed
        of the draw; the same patients twice.
    """
    rng = np.random.default_rng([seed, 1])
    n = int(rng.integers(40, 221))
    exposed = rng.random(n) < rng.uniform(0.25, 0.6)
    responded = rng.random(n) < rng.uniform(0.5, 0.85)
    assessed = responded & (rng.random(n) < 0.9)
    risk = rng.uniform(0.08, 0.3) * np.where(exposed, rng.uniform(1.0, 3.0), 1.0)
    relapse = rng.exponential(rng.uniform(8.0, 30.0), n)
    death = rng.exponential(rng.uniform(12.0, 40.0), n) / np.where(exposed, 1.4, 1.0)
    after = relapse + rng.exponential(6.0, n)
    dies = np.where(relapse < death, after, death)
    last = rng.uniform(3.0, 48.0, n)
    time = np.maximum(np.minimum(dies, last).round(2), 0.03)
    free = np.maximum(np.minimum(np.minimum(relapse, death), last).round(2), 0.02)
    free = np.minimum(free, time)
    relapsed = (relapse < death) & (relapse <= last)
    died_first = ~relapsed & (death <= last)
    crossing = rng.uniform(0.5, 9.0, n).round(2)
    crosses = (rng.random(n) < 0.5) & (crossing < time)
    return Cohort(
        exposed=exposed,
        female=rng.random(n) < 0.45,
        responded=responded,
        assessed=assessed,
        negative=assessed & (rng.random(n) < 0.6),
        complication=rng.random(n) < risk,
        donor=rng.choice(3, n, p=[0.3, 0.4, 0.3]),
        performance=rng.choice(4, n, p=[0.4, 0.35, 0.15, 0.1]),
        age=rng.integers(18, 76, n),
        time=time,
        died=(dies <= last).astype(int),
        free_time=free,
        cause=np.where(relapsed, 1, np.where(died_first, 2, 0)),
        crossed=np.where(crosses, crossing, np.inf),
    )
