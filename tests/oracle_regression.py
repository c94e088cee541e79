"""Regression by naive direct sums, straight from the definitions.

Slow on purpose, as `oracle`: every risk set is looked up anew and summed over all rows, one formula
a function, no tables and no cumulative tricks. Nothing is imported from `atrisk`.

A row is at risk at t when entry < t <= exit, in its own stratum. A weight counts as that many
copies of the row, except where rows (or clusters) are the sampled units. With d tied events, Efron
takes d draws, the l-th with the events weighing 1 - l/d; Breslow takes d draws with nobody gone.

References
----------
Cox 1972; Breslow 1974; Efron 1977; Tsiatis 1981; Lin and Wei 1989; Grambsch and Therneau 1994;
Therneau and Grambsch 2000 (TG2000); Firth 1993; Heinze and Schemper 2001; Harrell 1982;
Uno 2011; Fine and Gray 1999; Mantel and Byar 1974; Cox and Snell 1989.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import chdtrc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True)
class Rows:
    """Rows of a regression: arrays and lists of one length n, `x` of shape (n, p)."""

    exit: np.ndarray
    event: np.ndarray
    x: np.ndarray
    entry: np.ndarray
    weight: np.ndarray
    stratum: list[object]
    offset: np.ndarray
    cluster: list[object]

    def __len__(self) -> int:
        return len(self.exit)

    @property
    def p(self) -> int:
        return self.x.shape[1]


def rows(
    exit_: Sequence[float],
    event: Sequence[int],
    x: np.ndarray,
    *,
    entry: Sequence[float] | None = None,
    weight: Sequence[float] | None = None,
    stratum: Sequence[object] | None = None,
    offset: Sequence[float] | None = None,
    cluster: Sequence[object] | None = None,
) -> Rows:
    n = len(exit_)

    def numbers(values: Sequence[float] | None, default: float) -> np.ndarray:
        return np.full(n, default) if values is None else np.asarray(values, dtype=float)

    return Rows(
        exit=numbers(exit_, 0.0),
        event=np.asarray(event).astype(bool),
        x=np.asarray(x, dtype=float).reshape(n, -1),
        entry=numbers(entry, -math.inf),
        weight=numbers(weight, 1.0),
        stratum=["all"] * n if stratum is None else np.asarray(stratum).tolist(),
        offset=numbers(offset, 0.0),
        cluster=np.asarray(range(n) if cluster is None else cluster).tolist(),
    )


# Risk sets and their draws


class RiskSet(NamedTuple):
    stratum: object
    time: float
    present: np.ndarray  # (n,) bool: at risk
    deaths: np.ndarray  # positions of those with the event


class Draw(NamedTuple):
    """One of the draws at an event time: who may be drawn, with which probability."""

    weight: float  # of the draw: the mean weight of the events
    total: float  # sum of w exp(eta) of those at risk, the events lessened
    left: np.ndarray  # (n,): 1 - f for the events here, 1 for others at risk, 0 for the rest
    share: np.ndarray  # (n,): w exp(eta) left / total


def risk_sets(data: Rows) -> Iterator[RiskSet]:
    """Each stratum's event times in order, with those at risk and those with the event."""
    for stratum in sorted(set(data.stratum)):
        inside = np.array([s == stratum for s in data.stratum]) & (data.weight > 0)
        for t in sorted(set(data.exit[inside & data.event])):
            present = inside & (data.entry < t) & (t <= data.exit)
            yield RiskSet(
                stratum, float(t), present, np.flatnonzero(present & data.event & (data.exit == t))
            )


def linear_predictor(data: Rows, beta: np.ndarray) -> np.ndarray:
    return data.x @ beta + data.offset


def draws(data: Rows, beta: np.ndarray, ties: str, at: RiskSet) -> list[Draw]:
    risk, d, found = data.weight * np.exp(linear_predictor(data, beta)), len(at.deaths), []
    for step in range(d):
        left = at.present.astype(float)
        left[at.deaths] -= step / d if ties == "efron" else 0.0
        total = float(np.sum(risk * left))
        found.append(Draw(float(np.mean(data.weight[at.deaths])), total, left, risk * left / total))
    return found


def mean(data: Rows, draw: Draw) -> np.ndarray:
    return draw.share @ data.x


def spread(data: Rows, draw: Draw) -> np.ndarray:
    """Covariance of x under the draw."""
    gaps = data.x - mean(data, draw)
    return (gaps.T * draw.share) @ gaps


# Partial likelihood


def log_likelihood(data: Rows, beta: np.ndarray, ties: str = "efron") -> float:
    """Sum over events w eta - mean weight of the events at t times the logs of the totals."""
    eta, total = linear_predictor(data, beta), 0.0
    for at in risk_sets(data):
        total += np.sum(data.weight[at.deaths] * eta[at.deaths])
        total -= sum(d.weight * math.log(d.total) for d in draws(data, beta, ties, at))
    return float(total)


def score(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """Sum over events w x - sum over draws of the mean of x (TG2000 eq. 3.4)."""
    total = np.zeros(data.p)
    for at in risk_sets(data):
        total += data.weight[at.deaths] @ data.x[at.deaths]
        total -= sum(d.weight * mean(data, d) for d in draws(data, beta, ties, at))
    return total


def information(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """Sum over draws of the covariance of x (TG2000 eq. 3.6)."""
    total = np.zeros((data.p, data.p))
    for at in risk_sets(data):
        total += sum(d.weight * spread(data, d) for d in draws(data, beta, ties, at))
    return total


def fit(data: Rows, ties: str = "efron", *, ridge: float = 0.0) -> np.ndarray:
    """Newton's method on the log-likelihood less ridge/2 times the sum of squares of beta."""
    beta = np.zeros(data.p)

    def objective(b: np.ndarray) -> float:
        return log_likelihood(data, b, ties) - ridge / 2 * float(b @ b)

    for _ in range(50):
        slope = score(data, beta, ties) - ridge * beta
        step = np.linalg.solve(information(data, beta, ties) + ridge * np.eye(data.p), slope)
        while slope @ step > 1e-9 and objective(beta + step) < objective(beta):
            step = step / 2
        beta = beta + step
        if abs(float(slope @ step)) < 1e-24:
            return beta
    raise ArithmeticError(f"no maximum found: beta {beta}, score {slope}")


def overall_tests(data: Rows, ties: str = "efron") -> dict[str, float]:
    """Likelihood-ratio, Wald, score and robust score statistics of beta = 0."""
    beta, zero = fit(data, ties), np.zeros(data.p)
    slope = score(data, zero, ties)
    rise = log_likelihood(data, beta, ties) - log_likelihood(data, zero, ties)
    sums = cluster_sums(data, weighted_score_residuals(data, zero, ties))
    return {
        "likelihood ratio": 2 * rise,
        "Wald": float(beta @ information(data, beta, ties) @ beta),
        "score": float(slope @ np.linalg.solve(information(data, zero, ties), slope)),
        "robust score": float(slope @ np.linalg.solve(sums.T @ sums, slope)),
    }


# Firth's penalty


def firth_log_likelihood(data: Rows, beta: np.ndarray, ties: str = "efron") -> float:
    """Log-likelihood plus half the log determinant of the information (Firth 1993)."""
    determinant = np.linalg.slogdet(information(data, beta, ties))[1]
    return log_likelihood(data, beta, ties) + determinant / 2


def firth_score(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """Score plus half the trace of I^-1 dI/dbeta, by third central moments of x."""
    inverse = np.linalg.inv(information(data, beta, ties))
    total = score(data, beta, ties)
    for at in risk_sets(data):
        for d in draws(data, beta, ties, at):
            gaps = data.x - mean(data, d)
            bends = d.share * np.einsum("ij,jk,ik->i", gaps, inverse, gaps)
            total = total + d.weight / 2 * bends @ gaps
    return total


def maximum(slope: Callable[[np.ndarray], np.ndarray], start: np.ndarray) -> np.ndarray:
    """Zero of a score, by Newton's method with differenced derivatives, steps at most 1/2."""
    beta, h = start, 1e-5
    for _ in range(200):
        here = slope(beta)
        steps = h * np.eye(len(beta))
        slopes = np.array([(slope(beta + s) - slope(beta - s)) / (2 * h) for s in steps]).T
        step = np.linalg.solve(slopes, here)
        longest = max(np.abs(step))
        beta = beta - (step if longest <= 0.5 else step * 0.5 / longest)
        if longest < 1e-12:
            return beta
    raise ArithmeticError(f"no zero found: beta {beta}, score {here}")


def firth_fit(data: Rows, ties: str = "efron") -> np.ndarray:
    return maximum(lambda b: firth_score(data, b, ties), np.zeros(data.p))


def profile_limit(
    value: Callable[[np.ndarray], float],
    slope: Callable[[np.ndarray], np.ndarray],
    best: np.ndarray,
    column: int,
    direction: int,
    fall: float,
) -> float:
    """Where the profile of `value` has fallen by `fall` from its maximum at `best`; bisection."""
    others = [k for k in range(len(best)) if k != column]

    def at(held: float) -> float:
        point = best.copy()
        point[column] = held
        if others:

            def part(b: np.ndarray) -> np.ndarray:
                whole = point.copy()
                whole[others] = b
                return slope(whole)[others]

            point[others] = maximum(part, best[others])
        return value(best) - value(point) - fall

    low, high = 0.0, 0.125
    while at(best[column] + direction * high) < 0:
        low, high = high, 2 * high
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if at(best[column] + direction * middle) < 0 else (low, middle)
    return float(best[column] + direction * high)


# Residuals


def martingale_residuals(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """Events less expected: exp(eta) times the hazard over the time at risk (TG2000 eq. 4.1)."""
    result = data.event.astype(float)
    for at in risk_sets(data):
        for d in draws(data, beta, ties, at):
            result -= np.exp(linear_predictor(data, beta)) * d.left * d.weight / d.total
    return result


def deviance_residuals(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """sign(M) sqrt(-2 (M + N log(N - M))) (TG2000 section 4.3)."""
    result = []
    for event, m in zip(data.event, martingale_residuals(data, beta, ties), strict=True):
        inside = m + (math.log(1 - m) if event else 0.0)
        result.append(math.copysign(math.sqrt(max(-2 * inside, 0.0)), m))
    return np.array(result)


def score_residuals(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """Sum over the draws at risk of (x - mean) (dN - expected), dN in equal parts of the draws."""
    result, risk = np.zeros((len(data), data.p)), np.exp(linear_predictor(data, beta))
    for at in risk_sets(data):
        here = np.isin(np.arange(len(data)), at.deaths) / len(at.deaths)
        for d in draws(data, beta, ties, at):
            steps = here - risk * d.left * d.weight / d.total
            result += (data.x - mean(data, d)) * steps[:, None]
    return result


def weighted_score_residuals(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    return data.weight[:, None] * score_residuals(data, beta, ties)


def schoenfeld_residuals(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """x of each event less the mean of x over the draws; by stratum, then time, then row."""
    result = []
    for at in risk_sets(data):
        centre = np.mean([mean(data, d) for d in draws(data, beta, ties, at)], axis=0)
        result += [data.x[i] - centre for i in at.deaths]
    return np.array(result)


def cluster_sums(data: Rows, parts: np.ndarray) -> np.ndarray:
    owners = {owner: np.zeros(parts.shape[1]) for owner in data.cluster}
    for owner, part in zip(data.cluster, parts, strict=True):
        owners[owner] += part
    return np.array(list(owners.values()))


def robust_variance(
    data: Rows, beta: np.ndarray, ties: str = "efron", *, ridge: float = 0.0
) -> np.ndarray:
    """I^-1 (sum over clusters of squared sums of score residuals) I^-1 (Lin and Wei 1989)."""
    inverse = np.linalg.inv(information(data, beta, ties) + ridge * np.eye(data.p))
    sums = cluster_sums(data, weighted_score_residuals(data, beta, ties) @ inverse)
    return sums.T @ sums


# Baseline hazard and predicted survival


class Curve(NamedTuple):
    time: list[float]
    hazard: np.ndarray  # cumulative, of the patient
    variance: np.ndarray  # of the cumulative hazard


def predicted(
    data: Rows,
    beta: np.ndarray,
    x: np.ndarray,
    variance: np.ndarray,
    *,
    ties: str = "efron",
    stratum: object = "all",
    offset: float = 0.0,
) -> Curve:
    """Cumulative hazard of a new patient, with Tsiatis' variance (TG2000 eq. 10.2).

    e^2 (sum of w / total^2 + g' V g), e = exp(eta), g = sum over draws of (x - mean) w / total.
    """
    risk = math.exp(float(x @ beta) + offset)
    time, hazard, spreads = [], [], []
    total, square, slope = 0.0, 0.0, np.zeros(data.p)
    for at in risk_sets(data):
        if at.stratum != stratum:
            continue
        for d in draws(data, beta, ties, at):
            total += d.weight / d.total
            square += d.weight / d.total**2
            slope = slope + (x - mean(data, d)) * d.weight / d.total
        time.append(at.time)
        hazard.append(risk * total)
        spreads.append(risk**2 * (square + float(slope @ variance @ slope)))
    return Curve(time, np.array(hazard), np.array(spreads))


# Proportional hazards


def transformed_times(data: Rows, transform: str) -> dict[float, float]:
    """g of each event time: the time; its mean rank among all exits; or 1 - S(t-).

    S is the Kaplan-Meier curve of all strata together and without weights, as R has it.
    """
    times = sorted(set(data.exit[data.event]))
    if transform == "identity":
        return {t: t for t in times}
    if transform == "rank":
        ranks = np.arange(1, len(data) + 1)
        return {t: float(np.mean(ranks[np.sort(data.exit) == t])) for t in times}
    survival, found = 1.0, {}
    for t in times:
        found[t] = 1 - survival
        at_risk = np.sum((data.entry < t) & (t <= data.exit))
        survival *= 1 - np.sum(data.event & (data.exit == t)) / at_risk
    return found


def ph_test(
    data: Rows,
    beta: np.ndarray,
    columns: Sequence[int],
    transform: str = "km",
    ties: str = "efron",
) -> tuple[float, int, float]:
    """Score test that gamma = 0 in eta = x beta + g(t) x[columns] gamma (TG2000 section 6.2).

    All of beta is estimated; the information of (beta, gamma) is taken at gamma = 0.
    """
    g, p, chosen = transformed_times(data, transform), data.p, list(columns)
    middle = float(np.mean(list(g.values())))
    wide, slope = np.zeros((2 * p, 2 * p)), np.zeros(p)
    for at in risk_sets(data):
        z = g[at.time] - middle
        slope += z * data.weight[at.deaths] @ data.x[at.deaths]
        for d in draws(data, beta, ties, at):
            slope -= z * d.weight * mean(data, d)
            wide += np.kron(np.array([[1.0, z], [z, z * z]]), d.weight * spread(data, d))
    gammas = [p + c for c in chosen]
    first, across = wide[:p, :p], wide[:p, gammas]
    remaining = wide[np.ix_(gammas, gammas)] - across.T @ np.linalg.solve(first, across)
    u = slope[chosen] - across.T @ np.linalg.solve(first, score(data, beta, ties))
    statistic = float(u @ np.linalg.solve(remaining, u))
    return statistic, len(chosen), float(chdtrc(len(chosen), statistic))


def scaled_schoenfeld(data: Rows, beta: np.ndarray, ties: str = "efron") -> np.ndarray:
    """Schoenfeld residuals times the variance times the number of events, plus beta."""
    inverse = np.linalg.inv(information(data, beta, ties))
    return schoenfeld_residuals(data, beta, ties) @ inverse * sum(data.event) + beta


# Concordance


class Concordance(NamedTuple):
    estimate: float
    std_error: float
    count: dict[str, float]


def concordance(
    data: Rows,
    eta: Sequence[float],
    *,
    time_weight: dict[tuple[object, float], float] | None = None,
) -> Concordance:
    """Share of pairs in which the one with the earlier event has the larger eta, ties one half.

    A pair: an event at t, and a row at risk at t that lives on (or is censored at t). Its weight
    is the product of the two. The standard error is the jackknife's: the derivative of the
    ratio by each weight, times the weight, summed by cluster.
    """
    n = len(data)
    keys = ("concordant", "discordant", "tied_x", "tied_y", "tied_xy")
    count = dict.fromkeys(keys, 0.0)
    above, below = np.zeros(n), np.zeros(n)  # derivatives of numerator and denominator
    for at in risk_sets(data):
        by = 1.0 if time_weight is None else time_weight[at.stratum, at.time]
        deaths = set(at.deaths.tolist())
        for i in deaths:
            for j in np.flatnonzero(at.present).tolist():
                pair = by * data.weight[i] * data.weight[j]
                if j in deaths:
                    if i < j:
                        count["tied_xy" if eta[i] == eta[j] else "tied_y"] += pair
                    continue
                win = 1.0 if eta[i] > eta[j] else 0.5 if eta[i] == eta[j] else 0.0
                count[{1.0: "concordant", 0.0: "discordant", 0.5: "tied_x"}[win]] += pair
                for one, other in ((i, j), (j, i)):
                    above[one] += by * data.weight[other] * win
                    below[one] += by * data.weight[other]
    pairs = count["concordant"] + count["discordant"] + count["tied_x"]
    estimate = (count["concordant"] + count["tied_x"] / 2) / pairs
    slopes = data.weight * (above - estimate * below) / pairs
    sums = cluster_sums(data, slopes[:, None])
    return Concordance(estimate, float(np.sqrt(np.sum(sums**2))), count)


def uno_weights(data: Rows) -> dict[tuple[object, float], float]:
    """1 / G(t-)^2 at each stratum's event times; events leave before censorings (Uno 2011)."""
    found = {}
    for at in risk_sets(data):
        inside = np.array([s == at.stratum for s in data.stratum])
        g = 1.0
        for u in sorted(set(data.exit[inside & (data.exit < at.time)])):
            here = inside & (data.exit == u)
            censored = np.sum(data.weight[here & ~data.event])
            left = np.sum(data.weight[inside & (data.exit >= u)])
            left -= np.sum(data.weight[here & data.event])
            g *= 1 - censored / left if censored > 0 else 1.0
        found[at.stratum, at.time] = 1 / g**2
    return found


# Exposures that start after time zero


def mantel_byar(data: Rows, state: Sequence[object]) -> tuple[float, int, np.ndarray, np.ndarray]:
    """Score test of the state on (start, stop] rows, its variance given the tied numbers.

    At each time d of n die; the number in a state has the mean d n_g / n and the hypergeometric
    covariance d (n - d) / (n - 1) (diag(n_g / n) - n_g n_h / n^2) (Mantel and Byar 1974).
    Returns the statistic, its df, observed and expected.
    """
    states = sorted(set(state))
    member = np.array([[s == g for g in states] for s in state], dtype=float)
    member *= data.weight[:, None]
    observed, expected = np.zeros(len(states)), np.zeros(len(states))
    covariance = np.zeros((len(states), len(states)))
    for at in risk_sets(data):
        in_state = at.present @ member
        n, d = np.sum(in_state), np.sum(data.weight[at.deaths])
        observed += np.sum(member[at.deaths], axis=0)
        expected += d * in_state / n
        share = in_state / n
        if n > 1:
            covariance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    score_, used = (observed - expected)[1:], covariance[1:, 1:]
    statistic = float(score_ @ np.linalg.solve(used, score_))
    return statistic, len(states) - 1, observed, expected


# Subdistribution hazards


@dataclass(frozen=True)
class Competing:
    """Rows of a Fine-Gray model: `cause` 0 censored, 1 of interest, others compete."""

    exit: list[float]
    cause: list[int]
    x: np.ndarray
    weight: np.ndarray
    group: list[object]  # of the censoring distribution

    def __len__(self) -> int:
        return len(self.exit)

    @property
    def p(self) -> int:
        return self.x.shape[1]


def competing(
    exit_: Sequence[float],
    cause: Sequence[int],
    x: np.ndarray,
    *,
    weight: Sequence[float] | None = None,
    group: Sequence[object] | None = None,
) -> Competing:
    n = len(exit_)
    return Competing(
        np.asarray(exit_, dtype=float).tolist(),
        [int(c) for c in cause],
        np.asarray(x, dtype=float).reshape(n, -1),
        np.ones(n) if weight is None else np.asarray(weight, dtype=float),
        ["all"] * n if group is None else np.asarray(group).tolist(),
    )


def censoring_survival(data: Competing, group: object, t: float) -> float:
    """G(t-): Kaplan-Meier of the censoring in a group, those with an event at u still at risk.

    After the last exit of a group nobody of it is followed, and G is 0.
    """
    g, inside = 1.0, [i for i in range(len(data)) if data.group[i] == group]
    if t > max(data.exit[i] for i in inside):
        return 0.0
    for u in sorted({data.exit[i] for i in inside if data.exit[i] < t and data.cause[i] == 0}):
        at_risk = sum(data.weight[i] for i in inside if data.exit[i] >= u)
        censored = sum(data.weight[i] for i in inside if data.exit[i] == u and data.cause[i] == 0)
        g *= 1 - censored / at_risk
    return g


def presence(data: Competing, i: int, t: float, g: dict[tuple[object, float], float]) -> float:
    """1 to the exit; after a competing event G(t-)/G(exit-); else 0 (Fine and Gray 1999)."""
    if t <= data.exit[i]:
        return 1.0
    if data.cause[i] in {0, 1}:
        return 0.0
    return g[data.group[i], t] / g[data.group[i], data.exit[i]]


class SubdistributionSet(NamedTuple):
    time: float
    present: np.ndarray
    deaths: list[int]


def subdistribution_sets(data: Competing) -> list[SubdistributionSet]:
    n, found = len(data), []
    keys = [(group, t) for group in set(data.group) for t in set(data.exit)]
    g = {key: censoring_survival(data, *key) for key in keys}
    for t in sorted({data.exit[i] for i in range(n) if data.cause[i] == 1}):
        present = np.array([presence(data, i, t, g) for i in range(n)])
        deaths = [i for i in range(n) if data.exit[i] == t and data.cause[i] == 1]
        found.append(SubdistributionSet(t, present, deaths))
    return found


def subdistribution_moments(
    data: Competing, beta: np.ndarray, at: SubdistributionSet
) -> tuple[float, np.ndarray, np.ndarray]:
    """Total, mean and covariance of x over the weighted risk set."""
    risk = data.weight * at.present * np.exp(data.x @ beta)
    share = risk / np.sum(risk)
    gaps = data.x - share @ data.x
    return float(np.sum(risk)), share @ data.x, (gaps.T * share) @ gaps


class SubdistributionFit(NamedTuple):
    beta: np.ndarray
    log_likelihood: float
    information: np.ndarray
    variance: np.ndarray  # the sandwich
    time: list[float]
    hazard: list[float]  # cumulative, at x = 0


def fine_gray(data: Competing, *, own_deaths: bool = False) -> SubdistributionFit:
    """Zero of the weighted score, Breslow's ties (Fine and Gray 1999 eq. 3.5), and its sandwich.

    With `own_deaths` the censoring term of a group leaves out the events of other groups. The
    derivative of the score by G counts them; cmprsk does not.
    """
    sets, beta = subdistribution_sets(data), np.zeros(data.p)
    for _ in range(50):
        slope, wide, value = np.zeros(data.p), np.zeros((data.p, data.p)), 0.0
        for at in sets:
            total, centre, covariance = subdistribution_moments(data, beta, at)
            for i in at.deaths:
                slope = slope + data.weight[i] * (data.x[i] - centre)
                wide = wide + data.weight[i] * covariance
                value += data.weight[i] * (float(data.x[i] @ beta) - math.log(total))
        step = np.linalg.solve(wide, slope)
        if abs(float(step @ slope)) < 1e-24:
            break
        beta = beta + step
    inverse = np.linalg.inv(wide)
    parts = subdistribution_influence(data, beta, sets, own_deaths=own_deaths) @ inverse
    totals = [subdistribution_moments(data, beta, at)[0] for at in sets]
    steps = [sum(data.weight[i] for i in at.deaths) / t for at, t in zip(sets, totals, strict=True)]
    hazard = np.cumsum(steps).tolist()
    # a weight is a number of copies, each of them a sampled unit
    meat = sum(np.outer(q, q) * w for q, w in zip(parts, data.weight, strict=True))
    return SubdistributionFit(beta, value, wide, meat, [at.time for at in sets], hazard)


def subdistribution_influence(
    data: Competing, beta: np.ndarray, sets: list[SubdistributionSet], *, own_deaths: bool
) -> np.ndarray:
    """eta_i + psi_i of Fine and Gray 1999 section 3.3: shares of score and censoring."""
    n = len(data)
    result = np.zeros((n, data.p))
    later = np.zeros((n, len(sets), data.p))  # (x - mean) w dM of the competing at each event time
    for k, at in enumerate(sets):
        total, centre, _ = subdistribution_moments(data, beta, at)
        for i in range(n):
            risk = at.present[i] * math.exp(float(data.x[i] @ beta)) / total
            expected = risk * sum(data.weight[j] for j in at.deaths)
            result[i] += (data.x[i] - centre) * ((i in at.deaths) - expected)
            if at.time > data.exit[i] and data.cause[i] not in {0, 1}:
                counted = [j for j in at.deaths if not own_deaths or data.group[j] == data.group[i]]
                expected = risk * sum(data.weight[j] for j in counted)
                later[i, k] = data.weight[i] * (data.x[i] - centre) * -expected
    for group in set(data.group):
        inside = [i for i in range(n) if data.group[i] == group]
        for u in sorted({data.exit[i] for i in inside if data.cause[i] == 0}):
            at_risk = sum(data.weight[i] for i in inside if data.exit[i] >= u)
            censored = [i for i in inside if data.exit[i] == u and data.cause[i] == 0]
            hazard = sum(data.weight[i] for i in censored) / at_risk
            q = np.zeros(data.p)
            for j in inside:
                if data.exit[j] < u:
                    q -= sum(later[j, k] for k, at in enumerate(sets) if at.time >= u)
            for i in inside:
                if data.exit[i] >= u:
                    result[i] += q / at_risk * ((i in censored) - hazard)
    return result


# Logistic regression


def logistic_log_likelihood(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, offset: np.ndarray, beta: np.ndarray
) -> float:
    """Sum of w (y eta - log(1 + exp(eta))); `x` has its column of ones (Cox and Snell 1989)."""
    eta = x @ beta + offset
    return float(np.sum(weight * (y * eta - np.logaddexp(0, eta))))


def logistic_information(
    x: np.ndarray, weight: np.ndarray, offset: np.ndarray, beta: np.ndarray
) -> np.ndarray:
    p = 1 / (1 + np.exp(-(x @ beta + offset)))
    return (x.T * (weight * p * (1 - p))) @ x


def logistic_score(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    offset: np.ndarray,
    beta: np.ndarray,
    *,
    firth: bool = False,
) -> np.ndarray:
    """Sum of w (y - p) x; Firth adds h (1/2 - p) x, h the leverages (Firth 1993 section 4.1)."""
    p = 1 / (1 + np.exp(-(x @ beta + offset)))
    pull = weight * (y - p)
    if firth:
        inverse = np.linalg.inv(logistic_information(x, weight, offset, beta))
        pull += weight * p * (1 - p) * np.einsum("ij,jk,ik->i", x, inverse, x) * (0.5 - p)
    return pull @ x


def logistic_fit(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, offset: np.ndarray, *, firth: bool = False
) -> np.ndarray:
    return maximum(
        lambda b: logistic_score(x, y, weight, offset, b, firth=firth), np.zeros(x.shape[1])
    )


# Backward selection by the approximation of Lawless and Singhal


class Step(NamedTuple):
    term: int
    statistic: float
    df: int
    residual: float  # of all terms deleted so far
    residual_df: int


def fast_backward(
    estimate: np.ndarray,
    variance: np.ndarray,
    terms: Sequence[Sequence[int]],
    worth: Callable[[float, int], float],
) -> list[Step]:
    """Delete the term of least worth until none is below 0 (Lawless and Singhal 1978).

    The estimate without some columns is that of the full fit conditional on theirs being 0.
    """
    gone: list[int] = []
    left, steps = list(range(len(terms))), []
    while left:
        kept = [c for c in range(len(estimate)) if c not in gone]
        shift = np.linalg.solve(variance[np.ix_(gone, gone)], estimate[gone])
        b = estimate[kept] - variance[np.ix_(kept, gone)] @ shift
        cross = np.linalg.solve(variance[np.ix_(gone, gone)], variance[np.ix_(gone, kept)])
        v = variance[np.ix_(kept, kept)] - variance[np.ix_(kept, gone)] @ cross

        def wald(
            term: int, kept: list[int] = kept, b: np.ndarray = b, v: np.ndarray = v
        ) -> tuple[float, int]:
            at = [kept.index(c) for c in terms[term]]
            return float(b[at] @ np.linalg.solve(v[np.ix_(at, at)], b[at])), len(at)

        tests = {term: wald(term) for term in left}
        worst = min(left, key=lambda term: worth(*tests[term]))
        statistic, df = tests[worst]
        if worth(statistic, df) >= 0:
            break
        gone += list(terms[worst])
        left.remove(worst)
        whole = estimate[gone] @ np.linalg.solve(variance[np.ix_(gone, gone)], estimate[gone])
        steps.append(Step(worst, statistic, df, float(whole), len(gone)))
    return steps


# Restricted cubic splines


def spline_knots(x: Sequence[float], number: int) -> list[float]:
    """Quantiles at Harrell's places (2015, table 2.3), as in R's default definition."""
    places = {
        3: [0.1, 0.5, 0.9],
        4: [0.05, 0.35, 0.65, 0.95],
        5: [0.05, 0.275, 0.5, 0.725, 0.95],
        6: [0.05, 0.23, 0.41, 0.59, 0.77, 0.95],
        7: [0.025, 11 / 60, 0.025 + 0.95 / 3, 0.5, 1 - 0.025 - 0.95 / 3, 1 - 11 / 60, 0.975],
    }
    return [float(np.quantile(x, place)) for place in places[number]]


def spline_basis(x: Sequence[float], knots: Sequence[float]) -> np.ndarray:
    """x, then the truncated cubes made linear in both tails, over (last - first knot)^2."""
    t, k = list(knots), len(knots)

    def cube(value: float) -> float:
        return max(value, 0.0) ** 3

    columns = [[float(v) for v in x]]
    for j in range(k - 2):
        column = []
        for v in x:
            raw = cube(v - t[j])
            raw -= cube(v - t[k - 2]) * (t[k - 1] - t[j]) / (t[k - 1] - t[k - 2])
            raw += cube(v - t[k - 1]) * (t[k - 2] - t[j]) / (t[k - 1] - t[k - 2])
            column.append(raw / (t[k - 1] - t[0]) ** 2)
        columns.append(column)
    return np.array(columns).T
