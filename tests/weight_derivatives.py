"""Exact derivatives of estimates in the case weight of a row, from naive direct sums.

An estimate is a function of the weights of the rows. Each function here is a direct sum from the
definition and takes complex weights, so that f(w + i h e_j)/h has the derivative in the weight of
row j as its imaginary part, exact to rounding for h = 1e-30 (Squire and Trapp 1998, SIAM Review
40:110). What a row adds to a score, a baseline or an incidence is that derivative times its weight,
whatever formula the package has for it. Nothing is imported from `atrisk`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEP = 1e-30


@dataclass(frozen=True)
class Rows:
    """At risk at t if entry < t <= exit; cause 0 is censored."""

    exit: np.ndarray
    cause: np.ndarray
    x: np.ndarray
    weight: np.ndarray
    entry: np.ndarray
    group: np.ndarray  # of the censoring distribution
    stratum: np.ndarray  # of the baseline

    def __len__(self) -> int:
        return self.exit.size

    def arguments(self) -> dict[str, np.ndarray | None]:
        """What `Histories.from_arrays` takes; None for what is the same in all rows."""
        return {
            "exit": self.exit,
            "event": self.cause,
            "entry": None if np.isneginf(self.entry).all() else self.entry,
            "weights": None if (self.weight == 1).all() else self.weight,
            "strata": None if (self.stratum == 0).all() else self.stratum,
        }


def drawn(seed: int, n: int, *special: str, tied: bool = False) -> Rows:
    """Rows at random, two causes; special: entry, weight, group and stratum differ by row.

    Special ``between`` moves censorings of tied times to half a unit before them.
    """
    rng = np.random.default_rng(seed)
    x = np.column_stack((rng.normal(size=n), rng.integers(0, 2, n)))
    group, stratum = rng.integers(0, 2, n), rng.integers(0, 2, n)
    first = rng.exponential(10 * np.exp(-0.5 * x[:, 0]))
    second = rng.exponential(12 * np.exp(-0.3 * x[:, 1]))
    lost = rng.exponential(20 / (group + 1))
    end = np.minimum(np.minimum(first, second), lost)
    cause = np.where(end == lost, 0, np.where(end == first, 1, 2))
    end = np.ceil(end) if tied else end
    entry = np.where(rng.random(n) < 0.5, 0.0, 0.8 * end * rng.random(n))
    entry = np.minimum(np.floor(entry), end - 1) if tied else entry
    if "between" in special and tied:
        end = np.where(cause == 0, end - 0.5, end)
    weight = rng.uniform(0.5, 2.0, n)
    return Rows(
        end,
        cause,
        x,
        weight if "weight" in special else np.ones(n),
        entry if "entry" in special else np.full(n, -np.inf),
        group if "group" in special else np.zeros(n, int),
        stratum if "stratum" in special else np.zeros(n, int),
    )


def in_each_weight(data: Rows, f: Callable[[Rows], np.ndarray]) -> np.ndarray:
    """Weight times the derivative of f in it, one row of the result a row of the data."""
    found = []
    for j in range(len(data)):
        weight = data.weight.astype(complex)
        weight[j] += 1j * STEP
        found.append(np.imag(f(replace(data, weight=weight))) / STEP * data.weight[j])
    return np.array(found)


def in_each_argument(f: Callable[[np.ndarray], np.ndarray], beta: np.ndarray) -> np.ndarray:
    """Derivative of f in each coefficient."""
    return np.array([np.imag(f(beta + 1j * STEP * unit)) / STEP for unit in np.eye(beta.size)])


# Subdistribution hazards


def ratio(data: Rows, group: int, start: float, until: float) -> complex:
    """G(until-) H(until-) / (G(start-) H(start-)) of a censoring group; 0 past its last exit."""
    inside = np.flatnonzero(data.group == group)
    exit_, entry, weight = data.exit[inside], data.entry[inside], data.weight[inside]
    if until > exit_.max():
        return 0.0
    value = 1.0
    for u in np.unique(exit_[(data.cause[inside] == 0) & (exit_ >= start) & (exit_ < until)]):
        censored = weight[(exit_ == u) & (data.cause[inside] == 0)].sum()
        value = value * (1 - censored / weight[(entry < u) & (u <= exit_)].sum())
    for u in np.unique(entry[(entry >= start) & (entry < until)]):
        entered = weight[entry == u].sum()
        value = value / (1 - entered / weight[(entry <= u) & (u < exit_)].sum())
    return value


def risk_sets(data: Rows) -> Iterator[tuple[int, float, np.ndarray, np.ndarray]]:
    """Stratum, time, weight of every row, and the rows with an event, at each time of cause 1."""
    for s in np.unique(data.stratum):
        mine = data.stratum == s
        for t in np.unique(data.exit[mine & (data.cause == 1)]):
            present = np.where(mine & (data.entry < t) & (t <= data.exit), data.weight, 0)
            for i in np.flatnonzero(mine & (data.cause > 1) & (data.exit < t)):
                present[i] = data.weight[i] * ratio(data, data.group[i], data.exit[i], t)
            died = np.flatnonzero(mine & (data.cause == 1) & (data.exit == t))
            yield int(s), float(t), present, died


def pseudo_score(data: Rows, beta: np.ndarray) -> np.ndarray:
    total = np.zeros(beta.size)
    for _, _, present, died in risk_sets(data):
        risk = present * np.exp(data.x @ beta)
        weight = data.weight[died]
        total = total + weight @ data.x[died] - weight.sum() * (risk @ data.x) / risk.sum()
    return total


def pseudo_loglik(data: Rows, beta: np.ndarray) -> float:
    total = 0.0
    for _, _, present, died in risk_sets(data):
        weight, eta = data.weight[died], data.x @ beta
        total += weight @ eta[died] - weight.sum() * np.log(present @ np.exp(eta))
    return float(total)


def pseudo_information(data: Rows, beta: np.ndarray) -> np.ndarray:
    return -in_each_argument(lambda b: pseudo_score(data, b), beta)


def subdistribution_hazard(
    data: Rows, beta: np.ndarray, x: np.ndarray, stratum: int, until: float
) -> np.ndarray:
    """Cumulative subdistribution hazard at covariates x."""
    total = 0.0
    for s, t, present, died in risk_sets(data):
        if s == stratum and t <= until:
            total = total + data.weight[died].sum() / (present @ np.exp(data.x @ beta))
    return np.asarray(total * np.exp(x @ beta))


# Absolute risk


def hazard_steps(
    data: Rows, cause: int, beta: np.ndarray, *, efron: bool
) -> Iterator[tuple[int, float, complex, np.ndarray]]:
    """Stratum, time, baseline increment and part of the score, at each time of a cause."""
    for s in np.unique(data.stratum):
        mine = data.stratum == s
        for t in np.unique(data.exit[mine & (data.cause == cause)]):
            at_risk = np.flatnonzero(mine & (data.entry < t) & (t <= data.exit))
            died = np.flatnonzero(mine & (data.cause == cause) & (data.exit == t))
            risk = data.weight * np.exp(data.x @ beta)
            mean_weight = data.weight[died].sum() / died.size
            step, score = 0.0, data.weight[died] @ data.x[died]
            for place in range(died.size):
                share = place / died.size if efron else 0.0
                total = risk[at_risk].sum() - share * risk[died].sum()
                centre = risk[at_risk] @ data.x[at_risk] - share * (risk[died] @ data.x[died])
                step = step + mean_weight / total
                score = score - mean_weight * centre / total
            yield int(s), float(t), step, score


def cox_score(data: Rows, cause: int, beta: np.ndarray, *, efron: bool) -> np.ndarray:
    return np.sum([part for *_, part in hazard_steps(data, cause, beta, efron=efron)], axis=0)


def incidence(
    data: Rows,
    betas: list[np.ndarray],
    x: np.ndarray,
    stratum: int,
    until: float,
    *,
    efron: bool,
) -> np.ndarray:
    """Incidence of each cause: hazards constant within the increments of one time."""
    increments: dict[float, list[complex]] = {}
    for c, beta in enumerate(betas):
        for s, t, step, _ in hazard_steps(data, c + 1, beta, efron=efron):
            if s == stratum and t <= until:
                increments.setdefault(t, [0.0] * len(betas))[c] = step * np.exp(x @ beta)
    survival, found = 1.0, np.zeros(len(betas))
    for t in sorted(increments):
        steps = np.array(increments[t])
        total = steps.sum()
        found = found + survival * (1 - np.exp(-total)) * steps / total
        survival = survival * np.exp(-total)
    return found
