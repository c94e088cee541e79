"""Moments, their passes over rows, and Newton's method, beside direct sums."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from atrisk import Histories
from atrisk.engine import moments, passes
from atrisk.engine.firth import firth_likelihood
from atrisk.engine.newton import inverse, maximise
from atrisk.engine.partial_likelihood import cox_likelihood
from atrisk.engine.replicates import fit_replicates
from atrisk.engine.segments import running_sum, sum_to_end
from atrisk.sources.model import model_rows


def drawn(seed, n=50, p=3, *, entry=True, weighted=True, strata=3, offset=True):
    rng = np.random.default_rng(seed)
    exit_time = rng.integers(3, 12, n)
    h = Histories.from_arrays(
        exit_time,
        rng.integers(0, 2, n),
        entry=rng.integers(0, 3, n) if entry else None,
        strata=rng.integers(0, strata, n) if strata else None,
        weights=rng.integers(1, 5, n) / 2 if weighted else None,
        unit="days",
        origin="start",
    )
    x = rng.normal(size=(n, p))
    return model_rows(h, x, offset=rng.normal(size=n) if offset else None)


def direct(rows, beta, *, efron):
    """Add up the log partial likelihood from its definition, one death after the other."""
    weight, eta, stratum = rows.weights(), rows.predictor(beta), rows.stratum()
    start = rows.pads() if rows.start is None else rows.start
    total = 0.0
    for cell in np.unique(rows.stop[rows.event]):
        dead = rows.event & (rows.stop == cell)
        here = stratum == stratum[dead][0]
        risk = here & (start < cell) & (rows.stop >= cell)
        at_risk = math.fsum(weight[risk] * np.exp(eta[risk]))
        dying = math.fsum(weight[dead] * np.exp(eta[dead]))
        d = int(dead.sum())
        total += math.fsum(weight[dead] * eta[dead])
        for place in range(d):
            f = place / d if efron else 0.0
            total -= weight[dead].mean() * math.log(at_risk - f * dying)
    return total


def slope(function, beta, step=1e-5):
    return np.array(
        [
            (function(beta + step * e) - function(beta - step * e)) / (2 * step)
            for e in np.eye(beta.size)
        ]
    )


SHAPES = [
    {},
    {"entry": False},
    {"weighted": False},
    {"strata": 0},
    {"offset": False},
    {"entry": False, "weighted": False, "strata": 0, "offset": False},
]


@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_likelihood_is_the_direct_sum(shape, efron):
    rows = drawn(1, **shape)
    beta = np.array([0.4, -0.3, 0.2])
    assert cox_likelihood(rows, efron=efron)(beta).loglik == pytest.approx(
        direct(rows, beta, efron=efron), rel=1e-13
    )


@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_score_and_information_are_its_derivatives(shape, efron):
    rows = drawn(2, **shape)
    beta = np.array([0.4, -0.3, 0.2])
    at = cox_likelihood(rows, efron=efron)
    point = at(beta)
    # central differences with step 1e-5 are good to about 1e-9
    np.testing.assert_allclose(point.score(), slope(lambda b: at(b).loglik, beta), atol=1e-7)
    curvature = -slope(lambda b: at(b).score(), beta)
    np.testing.assert_allclose(point.information(), curvature, atol=1e-7)


def test_expected_events_add_up_to_the_deaths():
    rows = drawn(3)
    point = cox_likelihood(rows)(np.array([0.4, -0.3, 0.2]))
    found = moments.expected(rows, point.table, point.ties).sum()
    assert found == pytest.approx(point.deaths.total_weight, rel=1e-13)


def test_a_large_predictor_is_taken_relative_to_its_stratum():
    rows = drawn(4)
    beta = np.array([0.4, -0.3, 0.2])
    shifted = replace(rows, offset=rows.offset + 900.0 * (rows.stratum() - 1))
    plain, moved = (cox_likelihood(r)(beta) for r in (rows, shifted))
    assert moved.loglik == pytest.approx(plain.loglik, rel=1e-11)
    np.testing.assert_allclose(moved.information(), plain.information(), rtol=1e-10)


def test_weights_as_counts_are_repeated_rows():
    rows = drawn(5, weighted=False)
    count = np.random.default_rng(0).integers(1, 4, len(rows))
    again = {
        name: np.repeat(getattr(rows, name), count, axis=0)
        for name in ("x", "stop", "start", "event", "offset")
    }
    beta = np.array([0.4, -0.3, 0.2])
    counted = cox_likelihood(replace(rows, weight=count.astype(float)), counted=True)(beta)
    repeated = cox_likelihood(replace(rows, **again))(beta)
    assert counted.loglik == pytest.approx(repeated.loglik, rel=1e-13)
    np.testing.assert_allclose(counted.information(), repeated.information(), rtol=1e-11)


def test_many_tied_deaths_are_laid_out_in_groups(monkeypatch):
    rows = drawn(6)
    beta = np.array([0.4, -0.3, 0.2])
    whole = cox_likelihood(rows)(beta).loglik
    monkeypatch.setattr(moments, "_TIED", 3)
    assert cox_likelihood(rows)(beta).loglik == pytest.approx(whole, rel=1e-14)


@pytest.mark.parametrize("cores", [1, 2, 5])
def test_results_do_not_depend_on_threads(monkeypatch, cores):
    monkeypatch.setattr(passes, "_ALONE", 10)
    rows = drawn(7, n=400)
    beta = np.array([0.4, -0.3, 0.2])
    monkeypatch.setattr(passes, "_cores", lambda: 3)
    one = cox_likelihood(rows)(beta)
    monkeypatch.setattr(passes, "_cores", lambda: cores)
    other = cox_likelihood(rows)(beta)
    assert one.loglik == other.loglik
    assert np.array_equal(one.information(), other.information())
    monkeypatch.undo()
    alone = cox_likelihood(rows)(beta)
    assert one.loglik == pytest.approx(alone.loglik, rel=1e-14)


def test_the_number_of_cores_is_known():
    assert passes._cores() >= 1


def test_scatter_and_its_public_form_agree():
    rng = np.random.default_rng(1)
    cell, factor = rng.integers(0, 7, 90).astype(np.int32), rng.normal(size=90)
    x = rng.normal(size=(90, 4))
    one, other = np.ones((7, 4)), np.ones((7, 4))
    passes.scatter(cell, factor, x, one)
    passes.scatter_by_bincount(cell, factor, x, other)
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_gram_takes_weights_of_any_sign():
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=(9000, 5)), rng.normal(size=9000)
    for w in (weight, np.abs(weight)):
        np.testing.assert_allclose(passes.gram(x, w), (x.T * w) @ x, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("lengths", [[5], [1, 1, 1, 1, 1], [3, 1, 0, 4], [2, 2, 2]])
def test_running_sums_begin_anew(lengths):
    starts = np.concatenate(([0], np.cumsum(lengths)))
    values = np.arange(1.0, 2 * starts[-1] + 1).reshape(-1, 2)
    parts = [values[a:b] for a, b in itertools.pairwise(starts)]
    forward = np.concatenate([np.cumsum(part, axis=0) for part in parts])
    backward = np.concatenate([np.cumsum(part[::-1], axis=0)[::-1] for part in parts])
    assert np.array_equal(running_sum(values, starts), forward)
    assert np.array_equal(sum_to_end(values, starts), backward)


def test_newton_reaches_the_maximum_and_counts_its_steps():
    rows = drawn(8)
    found = maximise(cox_likelihood(rows), np.zeros(3))
    assert found.converged
    assert found.diagnostics.shape == (found.iterations + 1, 4)
    assert np.abs(found.score).max() < 1e-9
    assert found.start_loglik == cox_likelihood(rows)(np.zeros(3)).loglik


def test_newton_halves_a_step_that_overshoots():
    rows = drawn(8, offset=False)
    far = maximise(cox_likelihood(rows), np.array([6.0, -6.0, 6.0]), iterations=60)
    near = maximise(cox_likelihood(rows), np.zeros(3))
    assert far.diagnostics[:, 3].min() < 1.0
    np.testing.assert_allclose(far.beta, near.beta, rtol=1e-9)


def test_newton_says_when_it_ran_out_of_iterations():
    found = maximise(cox_likelihood(drawn(8)), np.zeros(3), iterations=1)
    assert not found.converged
    assert found.iterations == 1


def test_a_penalty_is_taken_from_the_likelihood():
    rows, penalty = drawn(8), np.array([0.0, 5.0, 50.0])
    at = cox_likelihood(rows)
    found = maximise(at, np.zeros(3), penalty=penalty)
    np.testing.assert_allclose(at(found.beta).score(), penalty * found.beta, atol=1e-9)


def test_a_matrix_that_is_not_positive_definite_has_no_inverse():
    assert np.isnan(inverse(np.array([[1.0, 2.0], [2.0, 1.0]]))).all()


@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_firths_score_is_the_derivative_of_the_penalised_likelihood(shape, efron):
    rows = drawn(9, **shape)
    at = firth_likelihood(rows, efron=efron, base=np.zeros(3), free=np.arange(3))
    beta = np.array([0.4, -0.3, 0.2])
    np.testing.assert_allclose(at(beta).score(), slope(lambda b: at(b).loglik, beta), atol=1e-7)


def test_firths_likelihood_with_a_coefficient_held():
    rows = drawn(9)
    whole = firth_likelihood(rows, efron=True, base=np.zeros(3), free=np.arange(3))
    held = firth_likelihood(rows, efron=True, base=np.array([9.0, 0.2, 9.0]), free=np.array([0, 2]))
    some, every = held(np.array([0.1, 0.3])), whole(np.array([0.1, 0.2, 0.3]))
    assert some.loglik == every.loglik
    assert np.array_equal(some.score(), every.score()[[0, 2]])


@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_replicates_are_fits_with_counted_rows(shape, efron):
    rows = drawn(10, n=80, **shape)
    counts = np.random.default_rng(1).multinomial(80, np.full(80, 1 / 80), size=12).astype(float)
    start = maximise(cox_likelihood(rows, efron=efron), np.zeros(3)).beta
    found = fit_replicates(rows, counts, start, efron=efron)
    assert found.converged.all()
    for count, beta, loglik in zip(counts, found.beta, found.loglik, strict=True):
        kept = count > 0
        parts = {
            name: None if (values := getattr(rows, name)) is None else np.repeat(
                values, count.astype(int), axis=0
            )
            for name in ("x", "stop", "start", "event", "weight", "offset")
        }  # fmt: skip
        again = maximise(cox_likelihood(replace(rows, **parts), efron=efron), np.zeros(3))
        assert kept.any()
        # the last step is taken on trust at a decrement of 1e-10
        np.testing.assert_allclose(beta, again.beta, rtol=1e-8, atol=1e-9)
        assert loglik == pytest.approx(again.loglik, rel=1e-12)


def test_a_replicate_without_variation_does_not_converge():
    rows = drawn(11, p=1, entry=False, weighted=False, strata=0, offset=False)
    binary = replace(rows, x=(rows.x > 0) - 0.5)
    counts = np.ones((2, len(rows)))
    counts[1, binary.x[:, 0] > 0] = 0
    found = fit_replicates(binary, counts, np.zeros(1))
    assert found.converged.tolist() == [True, False]


def test_a_replicate_whose_likelihood_is_monotone_does_not_converge():
    rows = drawn(12, p=1, entry=False, weighted=False, strata=0, offset=False)
    mark = replace(rows, x=(rows.x > 0.8) - 0.5)
    marked = mark.x[:, 0] > 0
    counts = np.ones((2, len(rows)))
    counts[1, marked & rows.event] = 0
    assert counts[1, marked].sum() > 0
    found = fit_replicates(mark, counts, np.zeros(1), iterations=60)
    assert found.converged.tolist() == [True, False]
