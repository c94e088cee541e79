"""The one-sample log-rank test: a cohort against a reference curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr, ndtri

from atrisk.engine.product_limit import hazard_increments
from atrisk.engine.tally import Tally, at_risk
from atrisk.engine.timegrid import snapped
from atrisk.errors import InputError
from atrisk.estimators.result import Result
from atrisk.estimators.source import Source, curve_tally, require_choice, require_level

__all__ = ["OneSampleTest", "one_sample_logrank_test"]


@dataclass(frozen=True, slots=True, repr=False)
class OneSampleTest(Result):
    """The events of a cohort beside those expected at the hazard of a reference curve.

    Attributes
    ----------
    n
        patients of the cohort.
    observed, expected
        events, up to ``until``.
    ratio, lower, upper
        observed / expected, and its interval.
    statistic, p_value
        of the standardised difference (observed - expected) / (variance)^(1/2); two-sided.
    variance, reference_variance
        of the difference; and the part of it that is the reference curve's own error.
    naive_p_value
        with the reference taken as known without error.
    until
        the time up to which both were followed, in ``unit``.
    cut
        patients of the cohort followed for longer: they are censored there.
    reference_n, reference_events
        patients behind the reference curve, and their events; NaN of a curve known without error.
    conf_level, unit, origin, method, notes
        by name.
    """

    n: int
    observed: float
    expected: float
    ratio: float
    lower: float
    upper: float
    statistic: float
    p_value: float
    variance: float
    reference_variance: float
    naive_p_value: float
    until: float
    cut: int
    reference_n: float
    reference_events: float
    conf_level: float
    unit: str
    origin: str
    method: str
    notes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Give one row: the numbers of the test by name."""
        names = (
            "n", "observed", "expected", "ratio", "lower", "upper", "statistic", "p_value",
            "variance", "reference_variance", "naive_p_value", "until", "cut",
        )  # fmt: skip
        return {name: np.array([getattr(self, name)]) for name in names}


@dataclass(frozen=True, slots=True)
class _Reference:
    """Hazard increments (shape (k,)) at times, their variances, and how far the curve is known."""

    time: np.ndarray
    hazard: np.ndarray
    variance: np.ndarray
    until: float
    n: float
    events: float


def one_sample_logrank_test(
    h: Source,
    reference: Source | tuple[object, object],
    *,
    variance: str = "reference",
    until: float | None = None,
    conf_level: float = 0.95,
) -> OneSampleTest:
    """Test whether a cohort has events at the rate of a reference curve.

    Parameters
    ----------
    h
        histories of the cohort (or their tally): one group; events of every cause count.
    reference
        the patients behind the curve, real or reconstructed, as histories or a tally of one group
        in the same unit; or ``(time, survival)``, a step curve known without error.
    variance
        ``"reference"`` (default) adds the reference curve's own error; ``"known"`` takes the curve
        for exact, which is right only for a curve of a whole population.
    until
        compare up to this time; None: as far as the reference is known.
    conf_level
        of the interval of observed / expected.

    Returns
    -------
    OneSampleTest

    Raises
    ------
    InputError
        there are several groups, weights, another unit, no expected events, or a survival that is
        no step curve from 1 down.

    Notes
    -----
    With Y(u) the patients of the cohort at risk at u and d0, Y0 events and patients at risk behind
    the reference, the expected events are E = sum Y d0 / Y0 and, under the null hypothesis,

        var(O - E) = E + sum Y^2 d0 / Y0^2,

    whose second term is the reference's own error (Danzer et al. 2022); without it the test is
    Breslow's (1975), which rejects too often where the reference is not much larger than the
    cohort. The interval of O / E is exact (Poisson) for a known curve. Else it holds every ratio r
    that the test would not reject, (O - r E)^2 <= z^2 (r E + r^2 sum Y^2 d0 / Y0^2), so that it
    leaves out 1 where P says so; the upper limit is infinite where the reference is too small to
    set one.

    Nothing is counted after the last time at which the reference has anybody at risk, also where
    its curve has fallen to 0: no hazard is known there.

    References
    ----------
    Breslow NE (1975) Int Stat Rev 43:45. Danzer MF, Feld J, Faldum A, Schmidt R (2022) PLoS ONE
    17:e0271094.

    Examples
    --------
    >>> from atrisk import Histories
    >>> how = {"unit": "months", "origin": "diagnosis"}
    >>> cohort = Histories.from_arrays([2, 4], [1, 0], **how)
    >>> reference = Histories.from_arrays([1, 2, 3, 4], [1, 1, 0, 1], **how)
    >>> found = one_sample_logrank_test(cohort, reference)
    >>> round(found.expected, 4)  # 2/4 + 2/3 + 1/1
    2.1667
    """
    require_choice("variance", variance, ("reference", "known"))
    require_level(conf_level)
    cohort = _one_group(curve_tally(h), "the cohort")
    curve = _curve(reference, cohort)
    if curve.variance.size == 0 or np.isnan(curve.n):
        variance = "known"
    end = _end(curve, until)
    return _tested(cohort, curve, end, variance, conf_level)


def _one_group(table: Tally, who: str) -> Tally:
    """Refuse several groups, and weights that are no counts of patients."""
    if len(table.groups) > 1:
        raise InputError(
            f"{who} has {len(table.groups)} groups: {', '.join(table.groups)}. Compare one at a"
            " time: make its Histories without group=."
        )
    if not table.whole_weights:
        raise InputError(f"{who} has weights that are no counts. Give one row a patient.")
    return table


def _curve(reference: Source | tuple[object, object], cohort: Tally) -> _Reference:
    if isinstance(reference, tuple):
        return _known_curve(*reference)
    table = _one_group(curve_tally(reference), "the reference")
    if table.unit != cohort.unit:
        raise InputError(
            f"the cohort is in {cohort.unit}, the reference in {table.unit}. Give both one unit."
        )
    risk, dead = at_risk(table)[0], table.events.sum(axis=0)[0]
    hit = dead > 0
    return _Reference(
        time=table.time[hit],
        hazard=hazard_increments(risk, dead)[hit],
        variance=dead[hit] / risk[hit] ** 2,
        until=float(table.time[risk > 0].max()),
        n=float(table.rows.sum()),
        events=float(dead.sum()),
    )


def _known_curve(time: object, survival: object) -> _Reference:
    """Take a step curve as exact: its hazard increments are 1 - S(t) / S(t-)."""
    times, heights = np.asarray(time, dtype=float), np.asarray(survival, dtype=float)
    if times.ndim != 1 or times.shape != heights.shape or times.size == 0:
        raise InputError(
            f"the reference has times of shape {times.shape} and survival of shape"
            f" {heights.shape}: give two arrays of one length."
        )
    before = np.concatenate(([1.0], heights[:-1]))
    falls = (np.diff(times) > 0).all() and (heights <= before).all() and (heights >= 0.0).all()
    if not falls or np.isnan(times).any():
        raise InputError(
            "the reference is no survival curve: times must rise, and survival fall from 1,"
            " never below 0."
        )
    hazard = 1.0 - np.divide(heights, before, out=np.ones(times.size), where=before > 0.0)
    alive = before > 0.0
    return _Reference(
        times[alive],
        hazard[alive],
        np.zeros(int(alive.sum())),
        float(times[alive][-1]),
        np.nan,
        np.nan,
    )


def _end(curve: _Reference, until: float | None) -> float:
    if until is None:
        return curve.until
    if not until > 0.0:
        raise InputError(f"until={until!r}: give a time above 0.")
    if until > curve.until:
        raise InputError(
            f"until={until:g} is beyond the reference, which is known up to {curve.until:g}."
        )
    return float(until)


def _tested(
    cohort: Tally, curve: _Reference, end: float, variance: str, conf_level: float
) -> OneSampleTest:
    within = curve.time <= end
    exposed = _exposed(cohort, curve.time[within])
    expected = float(exposed @ curve.hazard[within])
    own = float(exposed**2 @ curve.variance[within])
    followed = cohort.time <= float(snapped(np.array([end]), cohort.time)[0])
    observed = float(cohort.events.sum(axis=0)[0][followed].sum())
    if expected <= 0.0:
        raise InputError(
            "the reference has no event while the cohort was followed, so that none is expected:"
            " there is nothing to compare."
        )
    counted = own if variance == "reference" else 0.0
    spread = expected + counted
    z = (observed - expected) / np.sqrt(spread)
    lower, upper = _limits(observed, expected, counted, variance, conf_level)
    leaving = (cohort.events.sum(axis=0) + cohort.censored)[0]
    cut = round(float(leaving[~followed].sum()))
    return OneSampleTest(
        n=int(cohort.rows.sum()),
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        lower=lower,
        upper=upper,
        statistic=float(z),
        p_value=float(2.0 * ndtr(-abs(z))),
        variance=spread,
        reference_variance=counted,
        naive_p_value=float(2.0 * ndtr(-abs(observed - expected) / np.sqrt(expected))),
        until=end,
        cut=cut,
        reference_n=curve.n,
        reference_events=curve.events,
        conf_level=conf_level,
        unit=cohort.unit,
        origin=cohort.origin,
        method="one-sample log-rank test, "
        + ("the reference's own error counted" if counted else "the reference taken as known"),
        notes=_notes(curve, own, expected, variance, cut, end, cohort.unit),
    )


def _exposed(cohort: Tally, times: np.ndarray) -> np.ndarray:
    """Count who of the cohort is at risk at each time: entry < t <= exit."""
    leaving = (cohort.events.sum(axis=0) + cohort.censored)[0]
    flow = leaving if cohort.entered is None else leaving - cohort.entered[0]
    still = np.concatenate((np.cumsum(flow[::-1])[::-1], [0.0]))
    exposed: np.ndarray = still[np.searchsorted(cohort.time, snapped(times, cohort.time))]
    return exposed


def _limits(
    observed: float, expected: float, own: float, variance: str, conf_level: float
) -> tuple[float, float]:
    """Give the exact limits for a known curve, else the roots of what the test does not reject."""
    tail = (1.0 - conf_level) / 2.0
    if variance == "known":
        low = float(gammaincinv(observed, tail)) if observed else 0.0
        return low / expected, float(gammaincinv(observed + 1.0, 1.0 - tail)) / expected
    z2 = float(ndtri(1.0 - tail)) ** 2
    square, middle = expected**2 - z2 * own, observed * expected + z2 * expected / 2.0
    far = middle + np.sqrt(middle**2 - square * observed**2)
    return observed**2 / far, float(far / square) if square > 0.0 else np.inf


def _notes(
    curve: _Reference,
    own: float,
    expected: float,
    variance: str,
    cut: int,
    end: float,
    unit: str,
) -> tuple[str, ...]:
    notes = []
    if variance == "known" and own > 0.0:
        notes.append(
            f"the reference curve of {curve.n:g} patients is taken as exact: with its own error the"
            f" variance is {1.0 + own / expected:.3g} times as large, so this P is too small"
        )
    elif np.isnan(curve.n):
        notes.append("the reference is a curve without patients: its own error is not counted")
    if cut:
        many = f"{cut} patient is" if cut == 1 else f"{cut} patients are"
        notes.append(f"{many} censored at {end:g} {unit}, where the reference ends")
    return tuple(notes)
