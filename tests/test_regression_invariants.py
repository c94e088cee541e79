"""What must hold of a Cox model whatever the data: generated, never listed."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from atrisk import AtRiskWarning, Histories, cox

TIES = st.sampled_from(["efron", "breslow"])
# sums in another order, through Newton's inverse of the information
CLOSE = {"rtol": 1e-7, "atol": 1e-9}


@st.composite
def cohorts(draw):
    """Draw (start, stop] rows with ties, two covariates and whole weights."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(25, 60))
    start = rng.integers(0, 4, n)
    return {
        "exit": start + rng.integers(2, 8, n),
        "entry": start,
        "event": (rng.random(n) < 0.7).astype(int),
        "strata": rng.integers(0, draw(st.integers(1, 3)), n),
        "weights": rng.integers(1, 4, n),
        "x": np.column_stack((rng.normal(size=n), rng.integers(0, 2, n))),
    }


def fitted(cohort, ties, *, scale=1, **options):
    """Fit, and leave out data whose likelihood has no maximum."""
    roles = {k: v for k, v in cohort.items() if k not in {"x", "exit", "event"}}
    roles["entry"] = roles["entry"] * scale
    h = Histories.from_arrays(
        cohort["exit"] * scale, cohort["event"], **roles, unit="days", origin="start"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AtRiskWarning)
        fit = cox(h, cohort["x"], ties=ties, **options)
    assume(not fit.endless and not fit.aliased and np.abs(fit.estimate).max() < 5)
    return fit


def rows(cohort, index):
    return {name: values[index] for name, values in cohort.items()}


def same(one, other, *names):
    for name in names or ("estimate", "vcov", "loglik", "null_loglik", "score_statistic"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), **CLOSE)


@given(cohorts(), TIES, st.randoms(use_true_random=False))
def test_order_of_rows(cohort, ties, random):
    order = list(range(cohort["exit"].size))
    random.shuffle(order)
    one, other = (fitted(c, ties, robust=True) for c in (cohort, rows(cohort, order)))
    same(one, other)
    same(one, other, "robust_score_statistic", "std_error")


@given(cohorts(), TIES)
def test_a_row_split_in_time_is_the_same_row(cohort, ties):
    """A row at risk in (s, t] is two rows, in (s, m] without event and in (m, t]."""
    middle = (cohort["entry"] + cohort["exit"] + 1) // 2
    cut = (middle > cohort["entry"]) & (middle < cohort["exit"])
    early = rows(cohort, cut) | {"exit": middle[cut], "event": np.zeros(cut.sum(), dtype=int)}
    late = cohort | {"entry": np.where(cut, middle, cohort["entry"])}
    split = {name: np.concatenate((early[name], late[name])) for name in cohort}
    same(fitted(cohort, ties, robust=False), fitted(split, ties, robust=False))


@given(cohorts())
def test_by_breslow_a_weight_is_a_number_of_rows(cohort):
    again = rows(cohort, np.repeat(np.arange(cohort["exit"].size), cohort["weights"]))
    again["weights"] = np.ones(again["exit"].size, dtype=int)
    same(fitted(cohort, "breslow", robust=False), fitted(again, "breslow", robust=False))


@given(cohorts(), TIES, st.sampled_from([0.5, 7, 365.25]))
def test_unit_of_time(cohort, ties, scale):
    same(fitted(cohort, ties), fitted(cohort, ties, scale=scale))


@given(cohorts(), TIES, st.floats(-50, 50), st.floats(0.1, 20))
def test_unit_and_origin_of_a_covariate(cohort, ties, shift, scale):
    moved = cohort | {"x": cohort["x"] * [scale, 1.0] + [shift, 0.0]}
    one, other = fitted(cohort, ties), fitted(moved, ties)
    same(one, other, "loglik", "score_statistic", "p_value")
    np.testing.assert_allclose(one.estimate[0], other.estimate[0] * scale, **CLOSE)


@given(cohorts(), TIES)
def test_a_stratum_without_events_adds_nothing(cohort, ties):
    quiet = rows(cohort, slice(0, 5))
    quiet |= {"event": np.zeros(5, dtype=int), "strata": np.full(5, 9)}
    both = {name: np.concatenate((cohort[name], quiet[name])) for name in cohort}
    same(fitted(cohort, ties), fitted(both, ties))


@given(cohorts(), TIES)
def test_the_score_is_zero_and_the_hazard_rises_at_the_estimate(cohort, ties):
    fit = fitted(cohort, ties, robust=False)
    assert np.abs(fit.likelihood().score()).max() < 1e-7
    base = fit.baseline("zero")
    for stratum in fit.strata:
        hazard = base.estimate[base.stratum == stratum]
        assert (np.diff(hazard, prepend=0.0) > 0).all()
