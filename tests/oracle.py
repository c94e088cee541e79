"""Survival estimators by naive direct sums, straight from their definitions.

Everything here is slow on purpose: plain loops over distinct times and over rows, one textbook
formula a function, no tables, no cumulative tricks. Nothing is imported from `atrisk`.

A row is at risk at t when entry < t <= exit. Cause code 0 is a censoring, which comes after the
events of its own time. A weight counts as that many copies of the row, except in the `robust_*`
functions, where rows (or subjects) are the sampled units.

References
----------
Kaplan and Meier 1958; Greenwood 1926; Aalen 1978; Aalen and Johansen 1978; Dinse and Larson 1986;
Gray 1988; Fleming and Harrington 1991, ch. 7; Andersen, Borgan, Gill and Keiding 1993 (ABGK);
Klein and Moeschberger 2003 (KM2003); Pintilie 2006; Therneau and Grambsch 2000, ch. 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TIE = math.sqrt(np.finfo(float).eps)


@dataclass(frozen=True)
class Rows:
    """One history a row, as plain lists of one length."""

    exit: list[float]
    cause: list[int]
    entry: list[float]
    weight: list[float]
    subject: list[object]
    group: list[object]
    stratum: list[object]

    def __len__(self) -> int:
        return len(self.exit)


def rows(
    exit_: Sequence[float],
    cause: Sequence[int],
    *,
    entry: Sequence[float] | None = None,
    weight: Sequence[float] | None = None,
    subject: Sequence[object] | None = None,
    group: Sequence[object] | None = None,
    stratum: Sequence[object] | None = None,
) -> Rows:
    n = len(exit_)

    def listed(values: Sequence[object] | None, default: Sequence[object]) -> list:
        return np.asarray(default if values is None else values).tolist()

    return Rows(
        exit=listed(exit_, ()),
        cause=listed(cause, ()),
        entry=listed(entry, [-math.inf] * n),
        weight=listed(weight, [1.0] * n),
        subject=listed(subject, range(n)),
        group=listed(group, ["all"] * n),
        stratum=listed(stratum, ["all"] * n),
    )


def keep(data: Rows, mask: Sequence[bool]) -> Rows:
    """Return the rows where the mask is true."""
    lists = {
        name: [value for value, kept in zip(getattr(data, name), mask, strict=True) if kept]
        for name in data.__dataclass_fields__
    }
    return replace(data, **lists)


def of_group(data: Rows, group: object) -> Rows:
    return keep(data, [g == group for g in data.group])


def of_stratum(data: Rows, stratum: object) -> Rows:
    return keep(data, [s == stratum for s in data.stratum])


# Counts


def times(data: Rows) -> list[float]:
    return sorted(set(data.exit))


def at_risk(data: Rows, t: float) -> float:
    return sum(data.weight[i] for i in range(len(data)) if data.entry[i] < t <= data.exit[i])


def leaving(data: Rows, t: float, cause: int) -> float:
    """Sum the weights of the rows that leave at t with this cause code (0: censored)."""
    here = (i for i in range(len(data)) if data.exit[i] == t and data.cause[i] == cause)
    return sum(data.weight[i] for i in here)


def any_event(data: Rows) -> Rows:
    return replace(data, cause=[int(code != 0) for code in data.cause])


def counts_between(data: Rows, after: float, until: float) -> tuple[float, float]:
    """Weighted events (any cause) and censorings in (after, until]."""
    events = censored = 0.0
    for i in range(len(data)):
        if after < data.exit[i] <= until:
            if data.cause[i] == 0:
                censored += data.weight[i]
            else:
                events += data.weight[i]
    return events, censored


# Kaplan-Meier


def kaplan_meier(data: Rows) -> list[float]:
    """S(t) = prod over u <= t of 1 - d(u)/n(u), at each of `times` (KM2003 eq. 4.2.1)."""
    data = any_event(data)
    survival, product = [], 1.0
    for t in times(data):
        product *= 1 - leaving(data, t, 1) / at_risk(data, t)
        survival.append(product)
    return survival


def greenwood(data: Rows) -> list[float]:
    """Var S(t) = S(t)^2 sum d / (n (n - d)) (KM2003 eq. 4.2.2); NaN from where d = n."""
    data = any_event(data)
    terms = [_log_survival_variance(at_risk(data, t), leaving(data, t, 1)) for t in times(data)]
    return [s * s * v for s, v in zip(kaplan_meier(data), _running(terms), strict=True)]


def _log_survival_variance(n: float, d: float) -> float:
    if d == 0:
        return 0.0
    return d / (n * (n - d)) if n > d else math.nan


def reverse_kaplan_meier(data: Rows) -> list[float]:
    """G(t) = prod of 1 - c(u)/(n(u) - d(u)): events leave before the censorings of their time."""
    data = any_event(data)
    survival, product = [], 1.0
    for t in times(data):
        left = at_risk(data, t) - leaving(data, t, 1)
        censored = leaving(data, t, 0)
        product *= 1 - censored / left if censored > 0 else 1
        survival.append(product)
    return survival


def reverse_greenwood(data: Rows) -> list[float]:
    """Greenwood's formula with c for d and n - d for n; NaN from where every one is censored."""
    data = any_event(data)
    terms = [
        _log_survival_variance(at_risk(data, t) - leaving(data, t, 1), leaving(data, t, 0))
        for t in times(data)
    ]
    return [s * s * v for s, v in zip(reverse_kaplan_meier(data), _running(terms), strict=True)]


def quantile(time: Sequence[float], survival: Sequence[float], p: float) -> float:
    """Earliest t with S(t) < 1 - p; where S is flat at 1 - p, the midpoint of the flat piece.

    Ties within sqrt(machine epsilon), as R counts them. A curve that ends flat at 1 - p has its
    midpoint between the start of the flat piece and its last time. NaN values of the curve
    (limits at S = 0 or S = 1) are passed over, but a flat piece that runs into one has no middle.
    """
    known = [(t, s) for t, s in zip(time, survival, strict=True) if not math.isnan(s)]
    flat = [t for t, s in known if abs(s - (1 - p)) < TIE]
    below = [t for t, s in known if s < 1 - p - TIE]
    if not flat:
        return below[0] if below else math.nan
    last = math.nan if math.isnan(survival[-1]) else time[-1]
    return (flat[0] + (below[0] if below else last)) / 2


def rmst(data: Rows, tau: float) -> tuple[float, float]:
    """Area under S to tau, with its standard error (KM2003 eqs. 4.5.1 and 4.5.2).

    An event time at which everyone left fails adds no variance: no area lies beyond it.
    """
    data = any_event(data)
    survival, variance = kaplan_meier(data), 0.0
    for u in times(data):
        d, n = leaving(data, u, 1), at_risk(data, u)
        if u <= tau and 0 < d < n:
            variance += area(times(data), survival, u, tau) ** 2 * d / (n * (n - d))
    return area(times(data), survival, 0.0, tau), math.sqrt(variance)


def area(time: Sequence[float], steps: Sequence[float], start: float, stop: float) -> float:
    """Integrate from start to stop the step function that is 1 before its first time."""
    knots = sorted({start, stop, *(t for t in time if start < t < stop)})
    total = 0.0
    for left, right in pairwise(knots):
        total += (right - left) * value_at(time, steps, left, before=1.0)
    return total


def value_at(time: Sequence[float], steps: Sequence[float], t: float, *, before: float) -> float:
    """Value at t of a right-continuous step function."""
    value = before
    for knot, step in zip(time, steps, strict=True):
        if knot <= t:
            value = step
    return value


def interval(
    estimate: float, std_error: float, conf_type: str, conf_level: float = 0.95
) -> tuple[float, float]:
    """Confidence limits of a proportion: g^-1(g(p) -+ z se |g'(p)|), held inside [0, 1].

    g: identity, log p, log(-log p), log(p / (1 - p)), arcsin(sqrt p) (KM2003 section 4.3;
    Borgan and Liestol 1990). NaN where g or g' is not finite.
    """
    p, z = estimate, NormalDist().inv_cdf((1 + conf_level) / 2)
    inside = 0 < p < 1
    needs_inside = conf_type in {"log-log", "logit", "arcsine"}
    if math.isnan(std_error) or (needs_inside and not inside) or (conf_type == "log" and p <= 0):
        return math.nan, math.nan
    if conf_type == "plain":
        limits = p - z * std_error, p + z * std_error
    elif conf_type == "log":
        half = z * std_error / p
        limits = p * math.exp(-half), p * math.exp(half)
    elif conf_type == "log-log":
        half = z * std_error / (p * math.log(p))
        limits = tuple(math.exp(-math.exp(math.log(-math.log(p)) + h)) for h in (-half, half))
    elif conf_type == "logit":
        half = z * std_error / (p * (1 - p))
        limits = tuple(1 / (1 + math.exp(-math.log(p / (1 - p)) + h)) for h in (half, -half))
    elif conf_type == "arcsine":
        half = z * std_error / (2 * math.sqrt(p * (1 - p)))
        middle = math.asin(math.sqrt(p))
        limits = (
            math.sin(max(0.0, middle - half)) ** 2,
            math.sin(min(math.pi / 2, middle + half)) ** 2,
        )
    else:
        raise ValueError(conf_type)
    return max(0.0, min(limits)), min(1.0, max(limits))


def on_scale(p: float, std_error: float, conf_type: str) -> tuple[float, float]:
    """g(p) and its standard error se |g'(p)|, g as in `interval`."""
    return {
        "plain": lambda: (p, std_error),
        "log": lambda: (math.log(p), std_error / p),
        "log-log": lambda: (math.log(-math.log(p)), std_error / abs(p * math.log(p))),
        "logit": lambda: (math.log(p / (1 - p)), std_error / (p * (1 - p))),
        "arcsine": lambda: (math.asin(math.sqrt(p)), std_error / (2 * math.sqrt(p * (1 - p)))),
    }[conf_type]()


def cumulative_hazard_interval(
    estimate: float, std_error: float, conf_type: str, conf_level: float = 0.95
) -> tuple[float, float]:
    """Limits of a cumulative hazard, plain or on the log scale (ABGK eqs. 4.1.18, 4.1.19)."""
    z = NormalDist().inv_cdf((1 + conf_level) / 2)
    if conf_type == "plain":
        return max(0.0, estimate - z * std_error), estimate + z * std_error
    if conf_type != "log":
        raise ValueError(conf_type)
    if estimate <= 0:
        return math.nan, math.nan
    half = z * std_error / estimate
    return estimate * math.exp(-half), estimate * math.exp(half)


# Nelson-Aalen


def nelson_aalen(data: Rows) -> list[float]:
    """A(t) = sum over u <= t of d(u)/n(u) (ABGK eq. 4.1.2)."""
    data = any_event(data)
    return _running(leaving(data, t, 1) / at_risk(data, t) for t in times(data))


def nelson_aalen_variance(data: Rows, kind: str) -> list[float]:
    """Sum d/n^2 ("aalen", ABGK eq. 4.1.6) or d (n - d)/n^3 ("greenwood", ABGK eq. 4.1.7)."""
    data = any_event(data)
    terms = []
    for t in times(data):
        d, n = leaving(data, t, 1), at_risk(data, t)
        terms.append(d / n**2 if kind == "aalen" else d * (n - d) / n**3)
    return _running(terms)


def _running(terms: Iterable[float]) -> list[float]:
    totals, total = [], 0.0
    for term in terms:
        total += term
        totals.append(total)
    return totals


# Aalen-Johansen


def causes(data: Rows) -> list[int]:
    return sorted({code for code in data.cause if code != 0})


def aalen_johansen(data: Rows, cause: int) -> list[float]:
    """F_k(t) = sum over u <= t of S(u-) d_k(u)/n(u) (KM2003 eq. 4.7.1)."""
    survival = [1.0, *kaplan_meier(data)]
    return _running(
        survival[j] * leaving(data, t, cause) / at_risk(data, t) for j, t in enumerate(times(data))
    )


def delta_variance(data: Rows, cause: int) -> list[float]:
    """Delta-method variance of F_k (Dinse and Larson 1986; Pintilie 2006 eq. 4.5).

    Var F_k(t) = sum over u <= t of
        (F_k(t) - F_k(u))^2 d / (n (n - d))
        + S(u-)^2 d_k (n - d_k) / n^3
        - 2 (F_k(t) - F_k(u)) S(u-) d_k / n^2
    The first term is 0 where d = n, since F_k moves no more.
    """

    def term(rise: float, before: float, n: float, d: float, d_k: float) -> float:
        shared = rise**2 * d / (n * (n - d)) if n > d else 0.0
        return shared + before**2 * d_k * (n - d_k) / n**3 - 2 * rise * before * d_k / n**2

    return _summed_to_each_time(data, cause, term)


def aalen_variance(data: Rows, cause: int) -> list[float]:
    """Variance of F_k as the R package cmprsk reports it (Aalen 1978).

    The hazards of the cause and of all other causes together vary independently, each with
    v(d) = d (n - d) / (n^2 (n - 1)), or 1 / n^2 for a single event; F_k moves with them by
    S(u-) - b and -b, where b = (F_k(t) - F_k(u)) / (1 - d/n).
    """

    def term(rise: float, before: float, n: float, d: float, d_k: float) -> float:
        b = rise / (1 - d / n) if n > d else 0.0
        own, other = _hazard_variance(n, d_k), _hazard_variance(n, d - d_k)
        return (before - b) ** 2 * own + b**2 * other

    return _summed_to_each_time(data, cause, term)


def _hazard_variance(n: float, d: float) -> float:
    return d / n**2 * ((n - d) / (n - 1) if d > 1 else 1.0)


def _summed_to_each_time(data: Rows, cause: int, term: Callable[..., float]) -> list[float]:
    """Sum term(F_k(t) - F_k(u), S(u-), n(u), d(u), d_k(u)) over u <= t, for every t."""
    incidence = aalen_johansen(data, cause)
    before = [1.0, *kaplan_meier(data)]
    n = [at_risk(data, u) for u in times(data)]
    d = [leaving(any_event(data), u, 1) for u in times(data)]
    d_k = [leaving(data, u, cause) for u in times(data)]
    return [
        sum(
            term(incidence[last] - incidence[j], before[j], n[j], d[j], d_k[j])
            for j in range(last + 1)
        )
        for last in range(len(n))
    ]


# Robust variances: the infinitesimal jackknife, one derivative a row


def hazards(data: Rows, cause: int | None) -> list[tuple[float, float]]:
    """d_k(t)/n(t) and n(t) at each time; `cause=None` stands for any cause."""
    codes = causes(data) if cause is None else [cause]
    found = []
    for t in times(data):
        n = at_risk(data, t)
        found.append((sum(leaving(data, t, code) for code in codes) / n, n))
    return found


def hazard_derivatives(data: Rows, cause: int | None = None) -> np.ndarray:
    """Derivatives by the weights of the increments d_k(t)/n(t), summed: (n rows, K times)."""
    return np.cumsum(increment_derivatives(data, cause), axis=1)


def increment_derivatives(data: Rows, cause: int | None) -> np.ndarray:
    """Derivative of d_k(t)/n(t) by the weight of row i: (dN_ik(t) - Y_i(t) d_k/n) / n."""
    codes = causes(data) if cause is None else [cause]
    result = np.zeros((len(data), len(times(data))))
    for j, (t, (hazard, n)) in enumerate(zip(times(data), hazards(data, cause), strict=True)):
        for i in range(len(data)):
            here = data.exit[i] == t and data.cause[i] in codes
            present = data.entry[i] < t <= data.exit[i]
            result[i, j] = (here - present * hazard) / n
    return result


def survival_derivatives(data: Rows) -> np.ndarray:
    """dS(t)/dw_i by the product rule on S(t) = S(t-) (1 - d/n), (n rows, K times)."""
    steps = increment_derivatives(data, None)
    survival, result = [1.0, *kaplan_meier(data)], np.zeros(steps.shape)
    slope = np.zeros(len(data))
    for j, (hazard, _) in enumerate(hazards(data, None)):
        slope = slope * (1 - hazard) - survival[j] * steps[:, j]
        result[:, j] = slope
    return result


def incidence_derivatives(data: Rows, cause: int) -> np.ndarray:
    """dF_k(t)/dw_i by the product rule on F_k(t) = F_k(t-) + S(t-) d_k/n, (n rows, K times)."""
    steps, survival = increment_derivatives(data, cause), [1.0, *kaplan_meier(data)]
    before = np.hstack([np.zeros((len(data), 1)), survival_derivatives(data)])
    result, slope = np.zeros(steps.shape), np.zeros(len(data))
    for j, (hazard, _) in enumerate(hazards(data, cause)):
        slope = slope + before[:, j] * hazard + survival[j] * steps[:, j]
        result[:, j] = slope
    return result


def robust_variance(data: Rows, derivatives: np.ndarray) -> list[float]:
    """Sum over subjects of (sum over their rows of w_i times the derivative) squared."""
    owners = {subject: np.zeros(derivatives.shape[1]) for subject in data.subject}
    for i in range(len(data)):
        owners[data.subject[i]] += data.weight[i] * derivatives[i]
    return sum(total**2 for total in owners.values()).tolist()


def robust_rmst_variance(data: Rows, tau: float) -> float:
    """Jackknife variance of the area under S to tau: the derivatives integrated."""
    slopes = survival_derivatives(data)
    areas = np.zeros((len(data), 1))
    knots = [*[t for t in times(data) if t < tau], tau]
    for i in range(len(data)):
        for j in range(len(knots) - 1):
            areas[i, 0] += slopes[i, j] * (knots[j + 1] - knots[j])
    return robust_variance(data, areas)[0]


# Tests


@dataclass(frozen=True)
class Test:
    __test__ = False

    statistic: float
    df: int
    p_value: float
    observed: list[float]
    expected: list[float]
    covariance: np.ndarray


def logrank(data: Rows, rho: float = 0.0, *, trend: Sequence[float] | None = None) -> Test:
    """G-rho test of Harrington and Fleming 1982: O - E weighted by the pooled S(t-)^rho.

    Strata are summed, each with its own pooled curve. The covariance is hypergeometric
    (KM2003 eqs. 7.3.3, 7.3.4); with `trend` scores, KM2003 eq. 7.4.1.
    """
    groups = sorted(set(data.group))
    observed, expected = np.zeros(len(groups)), np.zeros(len(groups))
    covariance = np.zeros((len(groups), len(groups)))
    for stratum in sorted(set(data.stratum)):
        part = any_event(of_stratum(data, stratum))
        survival = [1.0, *kaplan_meier(part)]
        for j, t in enumerate(times(part)):
            d, n = leaving(part, t, 1), at_risk(part, t)
            if d == 0:
                continue
            weight = survival[j] ** rho
            n_g = np.array([at_risk(of_group(part, g), t) for g in groups])
            observed += weight * np.array([leaving(of_group(part, g), t, 1) for g in groups])
            expected += weight * d * n_g / n
            if n > 1:
                spread = np.diag(n_g / n) - np.outer(n_g, n_g) / n**2
                covariance += weight**2 * d * (n - d) / (n - 1) * spread
    score = observed - expected
    if trend is None:
        statistic = quadratic_form(score, covariance)
        df = sum(expected > 0) - 1
    else:
        a = np.asarray(trend, dtype=float)
        spread = a @ covariance @ a
        statistic, df = float((a @ score) ** 2 / spread) if spread > 0 else math.nan, 1
    p_value = float(chdtrc(df, statistic))
    return Test(statistic, int(df), p_value, observed.tolist(), expected.tolist(), covariance)


def robust_logrank(data: Rows, rho: float = 0.0) -> Test:
    """G-rho test with the jackknife covariance (Lin and Wei 1989 eq. 2.4, at beta = 0).

    Row i adds w_i times the sum over its times at risk of
    S(t-)^rho (x_i - xbar(t)) (dN_i(t) - d(t)/n(t)), x_i the indicator of its group.
    """
    plain, parts = logrank(data, rho), residuals(data, rho)
    owners = {subject: np.zeros(len(plain.observed)) for subject in data.subject}
    for i in range(len(data)):
        owners[data.subject[i]] += data.weight[i] * parts[i]
    covariance = sum(np.outer(total, total) for total in owners.values())
    score = np.subtract(plain.observed, plain.expected)
    statistic = quadratic_form(score, covariance)
    p_value = float(chdtrc(plain.df, statistic))
    return Test(statistic, plain.df, p_value, plain.observed, plain.expected, covariance)


def residuals(data: Rows, rho: float) -> np.ndarray:
    """Score residuals, (n rows, G groups)."""
    groups = sorted(set(data.group))
    member = np.array([[g == group for group in groups] for g in data.group], dtype=float)
    result = np.zeros(member.shape)
    for stratum in sorted(set(data.stratum)):
        part = any_event(of_stratum(data, stratum))
        survival = [1.0, *kaplan_meier(part)]
        for j, t in enumerate(times(part)):
            hazard = leaving(part, t, 1) / at_risk(part, t)
            mean = np.array([at_risk(of_group(part, g), t) for g in groups]) / at_risk(part, t)
            for i in range(len(data)):
                if data.stratum[i] == stratum and data.entry[i] < t <= data.exit[i]:
                    dies = data.exit[i] == t and data.cause[i] != 0
                    result[i] += survival[j] ** rho * (member[i] - mean) * (dies - hazard)
    return result


def quadratic_form(score: np.ndarray, covariance: np.ndarray) -> float:
    """Return score' C^- score with one group left out, as KM2003 eq. 7.3.5."""
    used = np.flatnonzero(np.diag(covariance) > 0)[1:]
    return float(score[used] @ np.linalg.solve(covariance[np.ix_(used, used)], score[used]))


def contrast(estimates: Sequence[float], std_errors: Sequence[float]) -> tuple[float, int, float]:
    """Wald test that independent estimates are equal: statistic, df, p-value."""
    estimate = np.asarray(estimates, dtype=float)
    k = len(estimate)
    differences = np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)])
    covariance = differences @ np.diag(np.square(std_errors)) @ differences.T
    change = differences @ estimate
    statistic = float(change @ np.linalg.solve(covariance, change))
    return statistic, k - 1, float(chdtrc(k - 1, statistic))
