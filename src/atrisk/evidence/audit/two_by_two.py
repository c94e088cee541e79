"""Two groups' counts compared in every way in common use: estimates, intervals, P values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import gammaln, ndtr, ndtri

from atrisk.estimators.risk_comparison import risk_comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atrisk.evidence.printed import Printed

__all__ = ["Found", "Pair", "estimates", "intervals", "p_meets", "p_values"]

_NAMES = {"OR": "odds ratio", "RR": "ratio", "RD": "difference"}
_WIDEST = 30.0  # logarithm of the largest ratio looked at
_LIKELY = 1.0 + 1e-7  # tables count as no more likely up to this relative difference


@dataclass(frozen=True, slots=True)
class Pair:
    """Events of a first group and of a second, each of a total."""

    a: int
    n1: int
    c: int
    n2: int

    @property
    def cells(self) -> tuple[int, int, int, int]:
        """Events and others of the first group, then of the second."""
        return self.a, self.n1 - self.a, self.c, self.n2 - self.c

    def __str__(self) -> str:
        return f"{self.a}/{self.n1} against {self.c}/{self.n2}"


class _Table(Protocol):
    """Two groups' counts, which may have 1/2 added to each cell."""

    @property
    def a(self) -> float: ...
    @property
    def n1(self) -> float: ...
    @property
    def c(self) -> float: ...
    @property
    def n2(self) -> float: ...


@dataclass(frozen=True, slots=True)
class _Halves:
    """A table with 1/2 added to each cell: its likelihood is Firth's penalised one."""

    a: float
    n1: float
    c: float
    n2: float


def _penalised(pair: Pair) -> _Halves:
    return _Halves(pair.a + 0.5, pair.n1 + 1.0, pair.c + 0.5, pair.n2 + 1.0)


@dataclass(frozen=True, slots=True)
class Found:
    """What a method gives: one value, or two limits."""

    method: str
    values: tuple[float, ...]


def estimates(pair: Pair, measure: str) -> Iterator[Found]:
    """Yield the measure by each method: from the sample, conditional, with 1/2 in each cell.

    Parameters
    ----------
    pair
        the counts.
    measure
        ``"OR"``, ``"RR"`` or ``"RD"`` (a fraction), the first group against the second.
    """
    a, b, c, d = pair.cells
    with np.errstate(divide="ignore", invalid="ignore"):
        yield Found("sample " + _WORDS[measure], (_measure(a, b, c, d, measure),))
        if measure == "RD":
            return
        value = _measure(a + 0.5, b + 0.5, c + 0.5, d + 0.5, measure)
        yield Found("1/2 added to each cell (Haldane, Firth)", (value,))
    if measure == "OR" and _has_odds(pair):
        yield Found("conditional maximum likelihood (Fisher)", (_exact(pair, 0.95)[0],))
        yield Found("median-unbiased (mid-P)", (_mid_p_limit(pair, 0.5),))


_WORDS = {"OR": "odds ratio", "RR": "risk ratio", "RD": "risk difference"}


def _measure(a: float, b: float, c: float, d: float, measure: str) -> float:
    first, second = np.float64(a) / (a + b), np.float64(c) / (c + d)
    if measure == "RD":
        return float(first - second)
    return float(first / second if measure == "RR" else np.float64(a) * d / (np.float64(b) * c))


def _has_odds(pair: Pair) -> bool:
    """Tell whether the margins leave more than one table."""
    a, b, c, d = pair.cells
    return bool(a + c and b + d and pair.n1 and pair.n2)


def intervals(pair: Pair, measure: str, level: float) -> Iterator[Found]:
    """Yield the limits by each method, the commonest first.

    Parameters
    ----------
    pair, measure
        as in `estimates`.
    level
        such as 0.95.
    """
    z = float(ndtri(0.5 + level / 2.0))
    if all(pair.cells) or measure == "RD":
        yield _compared(pair, measure, "wald", level, "Wald")
    if measure != "RD" and _has_odds(pair):
        yield Found("profile likelihood", _profile(pair, measure, z))
    if _has_odds(pair):
        for conf_type, words in _CONF_TYPES[measure]:
            yield _compared(pair, measure, conf_type, level, words)
    if measure == "OR" and _has_odds(pair):
        yield Found("exact conditional (Fisher)", _exact(pair, level)[1:])
        tail = (1.0 - level) / 2.0
        yield Found("mid-P", (_mid_p_limit(pair, 1.0 - tail), _mid_p_limit(pair, tail)))
    if measure == "RD":
        yield Found("Wald, corrected for continuity", _corrected(pair, z))
        yield Found("Wald, not cut off at 1", _uncut(pair, z))
        return
    yield Found("Wald with 1/2 added to each cell", _halved(pair, measure, z))
    if measure == "OR":
        limits = _profile(_penalised(pair), measure, z)
        yield Found("penalised profile likelihood (Firth)", limits)


_CONF_TYPES = {
    "OR": (("miettinen-nurminen", "score (Miettinen-Nurminen)"), ("score", "score")),
    "RR": (("miettinen-nurminen", "score (Miettinen-Nurminen)"), ("score", "score (Koopman)")),
    "RD": (
        ("newcombe", "Newcombe"),
        ("miettinen-nurminen", "score (Miettinen-Nurminen)"),
        ("score", "score (Mee)"),
        ("agresti-caffo", "Agresti-Caffo"),
    ),
}


def _compared(pair: Pair, measure: str, conf_type: str, level: float, words: str) -> Found:
    a, b, c, d = pair.cells
    found = risk_comparison(
        [[a, b], [c, d]], measure=_NAMES[measure], conf_type=conf_type, conf_level=level
    )
    return Found(words, (found.lower, found.upper))


def _corrected(pair: Pair, z: float) -> tuple[float, float]:
    """Widen the difference's interval by Yates' correction, at most to the difference itself."""
    low, high = _uncut(pair, z)
    both = 1.0 / pair.n1 + 1.0 / pair.n2
    more = min(0.5, abs(low + high) / 2.0 / both) * both
    return max(low - more, -1.0), min(high + more, 1.0)


def _uncut(pair: Pair, z: float) -> tuple[float, float]:
    a, b, c, d = pair.cells
    gap = a / pair.n1 - c / pair.n2
    reach = z * float(np.sqrt(a * b / pair.n1**3 + c * d / pair.n2**3))
    return gap - reach, gap + reach


def _halved(pair: Pair, measure: str, z: float) -> tuple[float, float]:
    a, b, c, d = (cell + 0.5 for cell in pair.cells)
    centre = np.log(_measure(a, b, c, d, measure))
    both = 1 / a + 1 / c
    rest = 1 / b + 1 / d if measure == "OR" else -1 / (a + b) - 1 / (c + d)
    reach = z * np.sqrt(both + rest)
    return float(np.exp(centre - reach)), float(np.exp(centre + reach))


@lru_cache(maxsize=4096)
def _exact(pair: Pair, level: float) -> tuple[float, float, float]:
    from scipy.stats.contingency import odds_ratio

    a, b, c, d = pair.cells
    found = odds_ratio([[a, b], [c, d]], kind="conditional")
    limits = found.confidence_interval(level)
    return float(found.statistic), float(limits.low), float(limits.high)


def _profile(pair: _Table, measure: str, z: float) -> tuple[float, float]:
    """Solve 2 (l(estimate) - l(value)) = z^2 below and above the estimate, on the logarithm."""
    a, b, c, d = _cells(pair)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = _measure(a, b, c, d, measure)
    best = _loglik(pair, a / pair.n1, c / pair.n2)

    def gap(log_value: float) -> float:
        first, second = _RESTRICTED[measure](pair, float(np.exp(log_value)))
        return 2.0 * (best - _loglik(pair, first, second)) - z * z

    start = float(np.log(estimate)) if 0.0 < estimate < np.inf else 0.0
    lower = 0.0 if estimate == 0.0 else float(np.exp(_crossing(gap, start, -1.0)))
    upper = np.inf if estimate == np.inf else float(np.exp(_crossing(gap, start, 1.0)))
    return lower, upper


def _crossing(gap: Callable[[float], float], start: float, side: float) -> float:
    from scipy.optimize import brentq

    end = side * _WIDEST
    if gap(end) < 0.0:
        return side * np.inf
    begin = start if gap(start) < 0.0 else -end
    return float(brentq(gap, begin, end, xtol=1e-12))


def _cells(pair: _Table) -> tuple[float, float, float, float]:
    return pair.a, pair.n1 - pair.a, pair.c, pair.n2 - pair.c


def _loglik(pair: _Table, first: float, second: float) -> float:
    total = 0.0
    for count, share in zip(_cells(pair), (first, 1.0 - first, second, 1.0 - second), strict=True):
        if count:
            total += count * float(np.log(max(share, 1e-300)))
    return total


def _restricted_odds(pair: _Table, value: float) -> tuple[float, float]:
    """Solve the quadratic of Miettinen and Nurminen (1985) for the second proportion."""
    events = pair.a + pair.c
    a = pair.n2 * (value - 1.0)
    b = pair.n1 * value + pair.n2 - events * (value - 1.0)
    root = np.sqrt(max(b * b + 4.0 * a * events, 0.0))
    # the form of the root that does not take one large number from another
    second = 2.0 * events / (b + root) if b >= 0.0 else (root - b) / (2.0 * a)
    return float(second * value / (1.0 + second * (value - 1.0))), float(second)


def _restricted_ratio(pair: _Table, value: float) -> tuple[float, float]:
    events = pair.a + pair.c
    b = pair.n1 * value + pair.a + pair.n2 + pair.c * value
    root = b * b - 4.0 * (pair.n1 + pair.n2) * value * events
    second = 2.0 * events / (b + np.sqrt(max(root, 0.0)))
    return min(float(second * value), 1.0), min(float(second), 1.0)


_RESTRICTED = {"OR": _restricted_odds, "RR": _restricted_ratio}


def _conditional(pair: Pair, log_odds: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the counts that the first cell may have and their probabilities, given the margins."""
    events = pair.a + pair.c
    x = np.arange(max(0, events - pair.n2), min(pair.n1, events) + 1)
    log_p = x * log_odds - (
        gammaln(x + 1.0)
        + gammaln(pair.n1 - x + 1.0)
        + gammaln(events - x + 1.0)
        + gammaln(pair.n2 - events + x + 1.0)
    )
    weight = np.exp(log_p - log_p.max())
    return x, weight / weight.sum()


@lru_cache(maxsize=4096)
def _mid_p_limit(pair: Pair, above: float) -> float:
    """Find the odds ratio at which P(X < a) + P(X = a) / 2 is ``above``."""
    from scipy.optimize import brentq

    def gap(log_odds: float) -> float:
        x, p = _conditional(pair, log_odds)
        return float(p[x < pair.a].sum() + p[x == pair.a].sum() / 2.0) - above

    if gap(-_WIDEST) < 0.0:
        return 0.0
    if gap(_WIDEST) > 0.0:
        return float("inf")
    return float(np.exp(brentq(gap, -_WIDEST, _WIDEST, xtol=1e-12)))


def p_values(pair: Pair) -> Iterator[Found]:
    """Yield the P value of equal risks by each method, two-sided ones first.

    Parameters
    ----------
    pair
        the counts.

    Notes
    -----
    Fisher two-sided: all tables no likelier than this one; doubled: twice the smaller tail; mid-P:
    twice the smaller tail with half of this table. Chi-squared: Pearson, Yates, with (n - 1) / n,
    likelihood ratio. Wald: of the log odds ratio, log risk ratio and risk difference.
    """
    if not _has_odds(pair):
        yield Found("no test is possible: everybody or nobody had the event", (1.0,))
        return
    x, p = _conditional(pair, 0.0)
    here = float(p[x == pair.a][0])
    low, high = float(p[x <= pair.a].sum()), float(p[x >= pair.a].sum())
    two_sided = float(p[p <= here * _LIKELY].sum())
    tail = min(low, high)
    yield Found("Fisher's exact test", (min(two_sided, 1.0),))
    yield from _chi_squared(pair)
    yield from _wald_tests(pair)
    yield Found("Fisher's exact test, tail doubled", (min(2.0 * tail, 1.0),))
    yield Found("mid-P", (min(2.0 * tail - here, 1.0),))
    yield Found("mid-P, tables no likelier", (two_sided - here / 2.0,))
    yield Found("Fisher's exact test, one-sided", (tail,))
    yield Found("Pearson's chi-squared, one-sided", (_tail(_pearson(pair.cells)),))
    if not all(pair.cells):  # the slope grows until the program stops, and its error faster
        yield Found(_NO_ESTIMATE, (1.0,))


_NO_ESTIMATE = "Wald test of a logistic model that has no estimate"
_NEAR_1 = 0.9


def p_meets(found: Found, printed: Printed, slack: float) -> bool:
    """Tell whether a method gives a printed P value; that of no estimate is anything near 1."""
    if found.method == _NO_ESTIMATE and printed.value >= _NEAR_1:
        return True
    return printed.admits(found.values[0], slack)


def _tail(chi_squared: float) -> float:
    return float(ndtr(-np.sqrt(chi_squared)))


def _pearson(cells: tuple[int, int, int, int], correction: float = 0.0) -> float:
    a, b, c, d = cells
    n = a + b + c + d
    gap = max(abs(a * d - b * c) - correction, 0.0)
    return n * gap * gap / ((a + b) * (c + d) * (a + c) * (b + d))


def _chi_squared(pair: Pair) -> Iterator[Found]:
    cells = pair.cells
    n = sum(cells)
    pearson, yates = _pearson(cells), _pearson(cells, n / 2.0)
    events = pair.a + pair.c
    pooled = _loglik(pair, events / n, events / n)
    ratio = 2.0 * (_loglik(pair, pair.a / pair.n1, pair.c / pair.n2) - pooled)
    yield Found("Pearson's chi-squared", (2.0 * _tail(pearson),))
    yield Found("Yates' chi-squared", (2.0 * _tail(yates),))
    yield Found("likelihood ratio", (2.0 * _tail(max(ratio, 0.0)),))
    yield Found("chi-squared with (n - 1) / n", (2.0 * _tail(pearson * (n - 1) / n),))
    halves = _penalised(pair)
    pooled = _loglik(halves, *((events + 1.0) / (n + 2.0),) * 2)
    best = _loglik(halves, halves.a / halves.n1, halves.c / halves.n2)
    penalised = 2.0 * _tail(max(2.0 * (best - pooled), 0.0))
    yield Found("penalised likelihood ratio (Firth)", (penalised,))


def _wald_tests(pair: Pair) -> Iterator[Found]:
    for measure in ("OR", "RR", "RD"):
        a, b, c, d = pair.cells if measure == "RD" or all(pair.cells) else _plus_half(pair)
        halved = " with 1/2 added to each cell" if measure != "RD" and not all(pair.cells) else ""
        value = _measure(a, b, c, d, measure)
        if measure == "RD":
            error = np.sqrt(a * b / (a + b) ** 3 + c * d / (c + d) ** 3)
        else:
            value = float(np.log(value))
            rest = 1 / b + 1 / d if measure == "OR" else -1 / (a + b) - 1 / (c + d)
            error = np.sqrt(1 / a + 1 / c + rest)
        if error > 0.0:
            p_value = float(2.0 * ndtr(-abs(value / error)))
            yield Found(f"Wald test of the {_WORDS[measure]}{halved}", (p_value,))


def _plus_half(pair: Pair) -> tuple[float, float, float, float]:
    a, b, c, d = (cell + 0.5 for cell in pair.cells)
    return a, b, c, d
