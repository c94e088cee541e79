"""Exact tests and score statistics of tables of counts."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from scipy.special import comb, gammaln

__all__ = [
    "exact_work",
    "pair_quantile",
    "score_statistic",
    "table_log_probability",
    "table_p_value",
]

# tables count as no more likely than the one observed up to this relative difference, as in R
_TIE = 1e-7
_SAME = 1e-10  # partial sums of log factorials closer than this are one value
_HALVES = 2


def table_log_probability(table: np.ndarray) -> np.ndarray:
    """Give log P(table | margins) = sum log(row!) + sum log(column!) - log(n!) - sum log(cell!).

    Parameters
    ----------
    table
        shape (..., r, c), counts.
    """
    rows, columns = table.sum(axis=-1), table.sum(axis=-2)
    margins = gammaln(rows + 1.0).sum(axis=-1) + gammaln(columns + 1.0).sum(axis=-1)
    cells = gammaln(table + 1.0).sum(axis=(-2, -1))
    return np.asarray(margins - gammaln(rows.sum(axis=-1) + 1.0) - cells)


@dataclass(frozen=True, slots=True)
class _Partial:
    """Tables of some of the columns: what they use of the rows, their log factor, how many."""

    used: np.ndarray
    value: np.ndarray
    ways: np.ndarray


def exact_work(table: np.ndarray) -> float:
    """Bound how many partial tables `table_p_value` holds at once."""
    rows, halves = _arranged(table)
    ways = [[float(comb(c + rows.size - 1, rows.size - 1)) for c in half] for half in halves]
    return max(prod(half) for half in ways)


def table_p_value(table: np.ndarray) -> float:
    """Sum the probabilities of all tables with these margins that are no likelier than this one.

    Parameters
    ----------
    table
        shape (r, c), counts; no row or column is empty.

    Notes
    -----
    P(table) is a product of one factor a column, c_j! / prod x_ij!. The columns are split in two
    halves; all tables of a half are made, those that use the same rows and have the same factor
    are one, and the halves meet where their rows add up to the margins.

    References
    ----------
    Freeman GH, Halton JH (1951) Biometrika 38:141 (the P value). Mehta CR, Patel NR (1983) J Am
    Stat Assoc 78:427 (tables as paths through nodes of used margins).
    """
    rows, (left_columns, right_columns) = _arranged(table)
    constant = gammaln(rows + 1.0).sum() - gammaln(rows.sum() + 1.0)
    left = _half(rows, left_columns, constant)
    right = _half(rows, right_columns, 0.0)
    limit = float(table_log_probability(table)) + _TIE
    radix = _radix(rows)
    starts = np.flatnonzero(np.diff(right.used, prepend=-1))
    ends = np.append(starts[1:], right.used.size)
    where = {int(right.used[s]): (s, e) for s, e in zip(starts, ends, strict=True)}
    whole, total = int(rows @ radix), 0.0
    begins = np.flatnonzero(np.diff(left.used, prepend=-1))
    for begin, end in zip(begins, np.append(begins[1:], left.used.size), strict=True):
        s, e = where[whole - int(left.used[begin])]
        place = np.searchsorted(right.value[s:e], limit - left.value[begin:end], side="right")
        top = right.value[e - 1]  # a factor alone overflows; with its other half it is below 1
        mass = right.ways[s:e] * np.exp(right.value[s:e] - top)
        below = np.concatenate([[0.0], np.cumsum(mass)])[place]
        total += float((left.ways[begin:end] * np.exp(left.value[begin:end] + top)) @ below)
    return min(total, 1.0)


def _arranged(table: np.ndarray) -> tuple[np.ndarray, tuple[list[int], list[int]]]:
    """Take the shorter side as rows and share the columns out to two halves, large ones first."""
    short = table if table.shape[0] <= table.shape[1] else table.T
    columns = sorted((int(c) for c in short.sum(axis=0)), reverse=True)
    return short.sum(axis=1).astype(np.int64), (columns[::_HALVES], columns[1::_HALVES])


def _radix(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([[1], np.cumprod(rows[:-1] + 1)])


def _half(rows: np.ndarray, columns: list[int], constant: float) -> _Partial:
    """Make every table of these columns that fits into the rows."""
    used = np.zeros((1, rows.size), dtype=np.int64)
    value, ways = np.array([constant]), np.ones(1)
    for column in columns:
        cells = _compositions(column, rows.size)
        factor = gammaln(column + 1.0) - gammaln(cells + 1.0).sum(axis=1)
        both = (used[:, None, :] + cells[None, :, :]).reshape(-1, rows.size)
        fits = (both <= rows).all(axis=1)
        value = (value[:, None] + factor).ravel()[fits]
        ways = np.repeat(ways, len(cells))[fits]
        used, value, ways = _merged(both[fits], value, ways, rows)
    return _Partial(used @ _radix(rows), value, ways)


def _merged(
    used: np.ndarray, value: np.ndarray, ways: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    code = used @ _radix(rows)
    order = np.lexsort((value, code))
    code, value, ways, used = code[order], value[order], ways[order], used[order]
    new = np.ones(code.size, dtype=bool)
    new[1:] = (np.diff(code) > 0) | (np.diff(value) > _SAME)
    first = np.flatnonzero(new)
    return used[first], value[first], np.add.reduceat(ways, first)


def _compositions(total: int, parts: int) -> np.ndarray:
    """Give every way to share ``total`` out to ``parts`` places, shape (ways, parts)."""
    if parts == 1:
        return np.array([[total]], dtype=np.int64)
    blocks = []
    for first in range(total + 1):
        rest = _compositions(total - first, parts - 1)
        blocks.append(np.column_stack([np.full(len(rest), first), rest]))
    return np.concatenate(blocks)


def score_statistic(
    events: np.ndarray, total: np.ndarray, measure: str, value: float, *, corrected: bool
) -> float:
    """Standardise the distance of two proportions from ``measure = value``.

    Parameters
    ----------
    events, total
        shape (2,): counts of the first and the second group.
    measure
        ``"difference"``, ``"ratio"`` or ``"odds ratio"``, the first group against the second.
    value
        what the measure is under the hypothesis.
    corrected
        multiply the variance by n / (n - 1).

    Returns
    -------
    float
        standard normal under the hypothesis, falling in ``value``.

    Notes
    -----
    With q_g the maximum-likelihood proportions under the hypothesis:
    difference (p_1 - p_2 - value) / (V_1 + V_2)^(1/2); ratio (p_1 - value p_2) / (V_1 +
    value^2 V_2)^(1/2), V_g = q_g (1 - q_g) / n_g; odds ratio (x_1 - n_1 q_1) / (1/(n_1 q_1 (1 -
    q_1)) + 1/(n_2 q_2 (1 - q_2)))^(-1/2).

    References
    ----------
    Miettinen O, Nurminen M (1985) Stat Med 4:213, eq. 2-10. Mee RW (1984) Biometrics 40:1175 and
    Koopman PAR (1984) Biometrics 40:513 (without n / (n - 1)).
    """
    p = events / total
    q = _RESTRICTED[measure](events, total, value)
    spread = q * (1.0 - q)
    factor = total.sum() / (total.sum() - 1.0) if corrected else 1.0
    if measure == "odds ratio":
        if spread.min() <= 0.0:
            return 0.0
        gap = events[0] - total[0] * q[0]
        return float(gap * np.sqrt((1.0 / (total * spread)).sum() / factor))
    scale = np.array([1.0, 1.0 if measure == "difference" else value])
    gap = p[0] - p[1] - value if measure == "difference" else p[0] - value * p[1]
    variance = factor * (scale**2 * spread / total).sum()
    if variance <= 0.0:
        return float(np.sign(gap) * np.inf) if abs(gap) > 0.0 else 0.0
    return float(gap / np.sqrt(variance))


def _restricted_difference(events: np.ndarray, total: np.ndarray, value: float) -> np.ndarray:
    """Solve the cubic of Miettinen and Nurminen (1985), appendix 1."""
    x1, x2, n1, n2 = events[0], events[1], total[0], total[1]
    n, x = n1 + n2, x1 + x2
    # in q_2: n q^3 + b q^2 + c q + d = 0
    b = (n1 + 2.0 * n2) * value - n - x
    c = (n2 * value - n - 2.0 * x2) * value + x
    d = x2 * value * (1.0 - value)
    v = b**3 / (27.0 * n**3) - b * c / (6.0 * n**2) + d / (2.0 * n)
    u = np.copysign(np.sqrt(max(b * b / (9.0 * n * n) - c / (3.0 * n), 0.0)), v)
    cosine = np.clip(v / u**3, -1.0, 1.0) if u != 0.0 else 1.0
    angle = (np.pi + np.arccos(cosine)) / 3.0
    second = 2.0 * u * np.cos(angle) - b / (3.0 * n)
    low, high = max(0.0, -value), min(1.0, 1.0 - value)
    second = min(max(float(second), low), high)
    return np.array([second + value, second])


def _restricted_ratio(events: np.ndarray, total: np.ndarray, value: float) -> np.ndarray:
    n, x = total.sum(), events.sum()
    a = n * value
    b = total[0] * value + events[0] + total[1] + events[1] * value
    second = 2.0 * x / (b + np.sqrt(max(b * b - 4.0 * a * x, 0.0)))
    return np.asarray(np.clip([second * value, second], 0.0, 1.0))


def _restricted_odds(events: np.ndarray, total: np.ndarray, value: float) -> np.ndarray:
    a = total[1] * (value - 1.0)
    b = total[0] * value + total[1] - events.sum() * (value - 1.0)
    second = 2.0 * events.sum() / (b + np.sqrt(b * b + 4.0 * a * events.sum()))
    return np.array([second * value / (1.0 + second * (value - 1.0)), second])


_RESTRICTED = {
    "difference": _restricted_difference,
    "ratio": _restricted_ratio,
    "odds ratio": _restricted_odds,
}


def pair_quantile(first: np.ndarray, second: np.ndarray, rank: int) -> float:
    """Give the ``rank``-th smallest (from 1) of all differences first_i - second_j.

    Parameters
    ----------
    first, second
        shape (n,) and (m,), finite.
    rank
        1..n m.
    """
    ordered = np.sort(second)
    low, high = float(first.min() - ordered[-1]), float(first.max() - ordered[0])

    def reached(value: float) -> bool:
        larger = np.searchsorted(ordered, first - value)  # second_j below first_i - value
        return bool(ordered.size * first.size - larger.sum() >= rank)

    if reached(low):
        return low
    while (middle := low + (high - low) / 2.0) not in {low, high}:
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
