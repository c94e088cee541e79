"""Two proportions compared: risk difference, risk ratio and odds ratio with named intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from atrisk.engine.contingency import score_statistic, table_p_value
from atrisk.errors import InputError
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_choice, require_level
from atrisk.estimators.table_input import counts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.estimators.table_input import Counts

__all__ = ["RiskComparison", "risk_comparison"]

_MEASURES = {
    "difference": ("miettinen-nurminen", "score", "wald", "newcombe", "agresti-caffo"),
    "ratio": ("miettinen-nurminen", "score", "wald"),
    "odds ratio": ("miettinen-nurminen", "score", "wald", "exact"),
}
_NULL = {"difference": 0.0, "ratio": 1.0, "odds ratio": 1.0}
_EXACT = "Fisher's exact test"
_PEARSON = "score test (Pearson's chi-squared without correction)"
_WIDEST = 200.0  # logarithm of the largest ratio looked at


@dataclass(frozen=True, slots=True, repr=False)
class RiskComparison(Result):
    """The risk of the first group against that of the second.

    Attributes
    ----------
    estimate, lower, upper
        the measure and its limits: a difference of proportions, or a ratio.
    p_value
        of the hypothesis of equal risks, by ``test``.
    measure, conf_type, conf_level, test
        by name.
    group
        shape (2,), labels; the second is the reference.
    n, events
        shape (2,).
    risk
        shape (2,): proportions.
    outcome
        the label that counts as the event.
    """

    estimate: float
    lower: float
    upper: float
    p_value: float
    measure: str
    conf_type: str
    conf_level: float
    test: str
    group: np.ndarray
    n: np.ndarray
    events: np.ndarray
    risk: np.ndarray
    outcome: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give group, n, events, risk."""
        return {name: getattr(self, name) for name in ("group", "n", "events", "risk")}


def risk_comparison(
    data: object,
    outcome: object = None,
    *,
    event: object = None,
    measure: str = "difference",
    conf_type: str = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> RiskComparison:
    """Compare two proportions by their difference, their ratio or their odds ratio.

    Parameters
    ----------
    data
        counts of shape (2, 2): one row a group, the first column those with the event, the second
        those without; or a mapping of two group labels to such pairs; or labels of shape (n,).
    outcome
        shape (n,), where ``data`` holds labels: 0/1 or true/false, or the codes of ``event``.
    event
        the value of ``outcome`` that is the event; needed where that is not 0/1 or true/false.
    measure
        ``"difference"``, ``"ratio"`` or ``"odds ratio"``: the first group against the second.
    conf_type
        ``"miettinen-nurminen"``, ``"score"`` (the same without n / (n - 1): Mee's interval of the
        difference, Koopman's of the ratio) or ``"wald"`` (of the logarithm for ratios); for a
        difference also ``"newcombe"`` and ``"agresti-caffo"``; for an odds ratio ``"exact"``
        (conditional, as in `fisher_test`, and so is then the estimate).
    conf_level
        such as 0.95.

    Returns
    -------
    RiskComparison

    Raises
    ------
    InputError
        the table is not 2 x 2, a group is empty, nobody or everybody had the event where a ratio
        then is not defined, or the event is not named.

    Notes
    -----
    Wald: p_1 - p_2 with variance sum p_g (1 - p_g) / n_g; log ratio with sum 1/x_g - 1/n_g; log
    odds ratio with the sum of 1/count; the P value is that of the same statistic. Score limits
    solve z(value) = -+ z. Newcombe's combines Wilson's limits (l_g, u_g) of each proportion:
    p_1 - p_2 - ((p_1 - l_1)^2 + (u_2 - p_2)^2)^(1/2). Agresti-Caffo is Wald's after one event and
    one non-event are added to each group, around the difference that these give.

    References
    ----------
    Miettinen O, Nurminen M (1985) Stat Med 4:213. Mee RW (1984) Biometrics 40:1175. Koopman PAR
    (1984) Biometrics 40:513. Newcombe RG (1998) Stat Med 17:873, method 10. Agresti A, Caffo B
    (2000) Am Stat 54:280. Katz D et al (1978) Biometrics 34:469. Woolf B (1955) Ann Hum Genet
    19:251.

    Examples
    --------
    >>> alkylators = {"double": [8, 8], "other": [9, 33]}
    >>> odds = risk_comparison(alkylators, measure="odds ratio", conf_type="wald")
    >>> [round(value, 3) for value in (odds.estimate, odds.lower, odds.upper, odds.p_value)]
    [3.667, 1.076, 12.497, 0.038]
    """
    require_level(conf_level)
    require_choice("measure", measure, tuple(_MEASURES))
    require_choice("conf_type", conf_type, _MEASURES[measure])
    counts, name = _two_by_two(data, outcome, event)
    table = counts.table.astype(float)
    _require_defined(table, measure, conf_type, counts.rows)
    z = float(ndtri(0.5 + conf_level / 2.0))
    found = _METHODS[conf_type](table, measure, z)
    return RiskComparison(
        estimate=found[0],
        lower=found[1],
        upper=found[2],
        p_value=found[3],
        measure=measure,
        conf_type=conf_type,
        conf_level=conf_level,
        test=found[4],
        group=label_array(counts.rows),
        n=counts.table.sum(axis=1),
        events=counts.table[:, 0].copy(),
        risk=table[:, 0] / table.sum(axis=1),
        outcome=name,
    )


def _two_by_two(data: object, outcome: object, event: object) -> tuple[Counts, str]:
    """Put the event in the first column."""
    counts = counts_of(data, outcome, empty_outcome=True)
    if counts.table.shape != (2, 2):
        raise InputError(
            f"a comparison of two risks needs two groups and two outcomes; the table is "
            f"{counts.table.shape[0]} x {counts.table.shape[1]}. Choose two groups, or use "
            "chi_squared_test."
        )
    if outcome is None:
        return counts, counts.columns[0]
    place = _place_of(event, counts.columns)
    table = counts.table[:, ::-1].copy() if place else counts.table
    return type(counts)(table, counts.rows, (counts.columns[place], counts.columns[1 - place])), (
        counts.columns[place]
    )


def _place_of(event: object, labels: tuple[str, ...]) -> int:
    if event is None and labels in {("0", "1"), ("False", "True")}:
        return 1
    if str(event) in labels:
        return labels.index(str(event))
    raise InputError(
        f"event={event!r}: the outcomes are {', '.join(map(repr, labels))}. Name the one that is "
        f"the event, such as event={labels[1]!r}; it is not guessed."
    )


def _require_defined(
    table: np.ndarray, measure: str, conf_type: str, groups: tuple[str, ...]
) -> None:
    """Refuse ratios of nothing to nothing, and logarithms of 0."""
    events, others = table[:, 0], table[:, 1]
    empty = (measure == "ratio" and not events.any()) or (
        measure == "odds ratio" and (not events.any() or not others.any())
    )
    zero = conf_type == "wald" and (
        (measure == "ratio" and not events.all()) or (measure == "odds ratio" and not table.all())
    )
    if empty or zero:
        shown = ", ".join(
            f"{int(x)}/{int(x + y)} in {group!r}"
            for group, x, y in zip(groups, events, others, strict=True)
        )
        remedy = "Use measure='difference'" if empty else "Use conf_type='miettinen-nurminen'"
        raise InputError(
            f"events are {shown}: the {measure} and its logarithm are not finite. {remedy}."
        )


_Found = tuple[float, float, float, float, str]


def _estimate(table: np.ndarray, measure: str) -> float:
    p = table[:, 0] / table.sum(axis=1)
    if measure == "difference":
        return float(p[0] - p[1])
    above, below = (
        (p[0], p[1])
        if measure == "ratio"
        else (table[0, 0] * table[1, 1], table[0, 1] * table[1, 0])
    )
    return float(above / below) if below else np.inf


def _pearson(table: np.ndarray) -> float:
    if not table.sum(axis=0).all():
        return 1.0
    z = score_statistic(table[:, 0], table.sum(axis=1), "difference", 0.0, corrected=False)
    return float(2.0 * ndtr(-abs(z)))


def _wald(table: np.ndarray, measure: str, z: float) -> _Found:
    n, x = table.sum(axis=1), table[:, 0]
    p = x / n
    estimate = _estimate(table, measure)
    if measure == "difference":
        centre, error = estimate, np.sqrt((p * (1.0 - p) / n).sum())
        lower, upper = max(centre - z * error, -1.0), min(centre + z * error, 1.0)
    else:
        variance = (1.0 / x - 1.0 / n) if measure == "ratio" else (1.0 / table).sum(axis=1)
        centre, error = np.log(estimate), np.sqrt(variance.sum())
        lower, upper = np.exp(centre - z * error), np.exp(centre + z * error)
    if error == 0.0:
        p_value = 1.0 if centre == 0.0 else 0.0
    else:
        p_value = float(2.0 * ndtr(-abs(centre / error)))
    return estimate, float(lower), float(upper), p_value, "Wald test"


def _newcombe(table: np.ndarray, measure: str, z: float) -> _Found:
    n, p = table.sum(axis=1), table[:, 0] / table.sum(axis=1)
    middle = p + z * z / (2.0 * n)
    half = z * np.sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n))
    low, high = (middle - half) / (1.0 + z * z / n), (middle + half) / (1.0 + z * z / n)
    estimate = _estimate(table, measure)
    lower = estimate - np.hypot(p[0] - low[0], high[1] - p[1])
    upper = estimate + np.hypot(high[0] - p[0], p[1] - low[1])
    return estimate, float(lower), float(upper), _pearson(table), _PEARSON


def _agresti_caffo(table: np.ndarray, measure: str, z: float) -> _Found:
    _, lower, upper, _, _ = _wald(table + 1.0, measure, z)
    return _estimate(table, measure), lower, upper, _pearson(table), _PEARSON


def _score(table: np.ndarray, measure: str, z: float) -> _Found:
    return _by_score(table, measure, z, corrected=False)


def _miettinen_nurminen(table: np.ndarray, measure: str, z: float) -> _Found:
    return _by_score(table, measure, z, corrected=True)


def _by_score(table: np.ndarray, measure: str, z: float, *, corrected: bool) -> _Found:
    x, n = table[:, 0], table.sum(axis=1)

    def statistic(value: float) -> float:
        return score_statistic(x, n, measure, value, corrected=corrected)

    estimate = _estimate(table, measure)
    lower, upper = _LIMITS[measure](statistic, estimate, z)
    null = statistic(_NULL[measure]) if table.sum(axis=0).all() else 0.0
    corrected_words = "score test with n / (n - 1)" if corrected else _PEARSON
    return estimate, lower, upper, float(2.0 * ndtr(-abs(null))), corrected_words


def _difference_limits(
    statistic: Callable[[float], float], estimate: float, z: float
) -> tuple[float, float]:
    return _root(statistic, z, -1.0, estimate), _root(statistic, -z, estimate, 1.0)


def _ratio_limits(
    statistic: Callable[[float], float], estimate: float, z: float
) -> tuple[float, float]:
    """Solve on the logarithm; a ratio of 0 has the lower limit 0, an infinite one no upper."""

    def on_log(value: float) -> float:
        return statistic(float(np.exp(value)))

    start = float(np.log(estimate)) if 0.0 < estimate < np.inf else 0.0
    lower = 0.0 if estimate == 0.0 else np.exp(_root(on_log, z, *_bracket(on_log, z, start)))
    upper = (
        np.inf if estimate == np.inf else np.exp(_root(on_log, -z, *_bracket(on_log, -z, start)))
    )
    return float(lower), float(upper)


def _bracket(
    statistic: Callable[[float], float], wanted: float, start: float
) -> tuple[float, float]:
    """Go out from the start in growing steps until the falling statistic has passed ``wanted``."""
    side = 1.0 if statistic(start) > wanted else -1.0
    step, before = 0.5, start
    while step < _WIDEST:
        value = start + side * step
        if (statistic(value) - wanted) * side <= 0.0:
            break
        step, before = 2.0 * step, value
    return min(before, value), max(before, value)


def _root(statistic: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Find where the falling statistic is ``wanted``; an end of the range where it never is."""
    from scipy.optimize import brentq

    if low == high or statistic(low) <= wanted:
        return float(low)
    if statistic(high) >= wanted:
        return float(high)
    held = 1e3 * max(abs(wanted), 1.0)  # the statistic may be infinite at an end

    def gap(value: float) -> float:
        return float(np.clip(statistic(value), -held, held)) - wanted

    return float(brentq(gap, low, high, xtol=1e-15, rtol=1e-14, maxiter=500))


def _exact(table: np.ndarray, measure: str, z: float) -> _Found:  # noqa: ARG001 - as the others
    from scipy.stats.contingency import odds_ratio

    whole = table.astype(np.int64)
    found = odds_ratio(whole, kind="conditional")
    limits = found.confidence_interval(float(2.0 * ndtr(z) - 1.0))
    return (
        float(found.statistic),
        float(limits.low),
        float(limits.high),
        table_p_value(whole),
        _EXACT,
    )


_LIMITS = {
    "difference": _difference_limits,
    "ratio": _ratio_limits,
    "odds ratio": _ratio_limits,
}
_METHODS = {
    "miettinen-nurminen": _miettinen_nurminen,
    "score": _score,
    "wald": _wald,
    "newcombe": _newcombe,
    "agresti-caffo": _agresti_caffo,
    "exact": _exact,
}
