"""Regression on drawn rows equals the naive sums: ties of every kind, every option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import atrisk
import oracle_regression as oracle
from atrisk.engine.partial_likelihood import cox_likelihood

TIES = st.sampled_from(["efron", "breslow"])
WEIGHTS = {
    None: st.none(),
    "whole": st.integers(1, 3),
    "decimal": st.sampled_from([0.1, 0.3, 0.7, 1.1, 2.3]),
}


def close(found, expected, rtol=1e-9, atol=1e-11):
    np.testing.assert_allclose(found, np.asarray(expected, dtype=float), rtol=rtol, atol=atol)


@dataclass(frozen=True)
class Drawn:
    """Columns of one length; those that the formula does not use are not in it."""

    columns: dict[str, np.ndarray]
    formula: str
    weights: str | None

    @property
    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.columns)

    def rows(self, **changed: Any) -> oracle.Rows:
        c = self.columns | changed
        return oracle.rows(
            c["exit"],
            c["event"],
            np.column_stack([c["x"], c["z"]]),
            entry=c.get("entry"),
            weight=c.get("w"),
            stratum=c.get("site"),
            offset=c.get("shift"),
            cluster=c.get("id"),
        )

    def fit(self, **options: Any) -> Any:
        return atrisk.cox(self.formula, self.frame, weights=self.weights, **options)


@st.composite
def regressions(draw: st.DrawFn, *, min_rows: int = 14, plain: bool = False) -> Drawn:
    """Draw 14 to 30 rows with few times: x of four values, z of two."""
    n = draw(st.integers(min_rows, 30))

    def column(values: st.SearchStrategy) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    def maybe() -> bool:
        return not plain and draw(st.booleans())

    columns = {
        "exit": column(st.integers(2, 9)) / 2,
        "event": column(st.sampled_from([0, 1, 1])),
        "x": column(st.sampled_from([-1.3, 0.0, 0.4, 2.0])),
        "z": column(st.integers(0, 1)).astype(float),
    }
    right, left = "x + z", "exit, event"
    if maybe():
        columns["entry"] = np.maximum(columns["exit"] - column(st.integers(1, 9)) / 2, 0)
        left = "entry, exit, event"
    if maybe():
        columns["site"] = column(st.sampled_from(["p", "q"]))
        right += " + strata(site)"
    if maybe():
        columns["shift"] = column(st.sampled_from([-0.5, 0.0, 0.25, 1.0]))
        right += " + offset(shift)"
    if maybe():
        columns["id"] = column(st.integers(0, n // 2))
        columns["id"][:6] = range(6)  # a robust variance needs more clusters than coefficients
        right += " + cluster(id)"
    kind = None if plain else draw(st.sampled_from(list(WEIGHTS)))
    if kind:
        columns["w"] = column(WEIGHTS[kind]).astype(float)
    return Drawn(columns, f"Surv({left}) ~ {right}", "w" if kind else None)


def maximum(data: oracle.Rows, ties: str) -> np.ndarray:
    """Return the maximum; draws whose likelihood has none, or hardly one, are not asked."""
    assume(data.event.sum() >= 4)
    spread = np.linalg.eigvalsh(oracle.information(data, np.zeros(2), ties))
    assume(spread[0] > 0.2)
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            beta = oracle.fit(data, ties)
    except (ArithmeticError, np.linalg.LinAlgError, FloatingPointError):
        assume(False)  # noqa: FBT003 - hypothesis takes it by position
        raise
    assume(np.abs(beta).max() < 4)
    assume(np.linalg.eigvalsh(oracle.information(data, beta, ties))[0] > 0.05)
    return beta


@given(regressions(), TIES, st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)))
@pytest.mark.filterwarnings("ignore::atrisk.errors.AtRiskWarning")
def test_likelihood_at_any_coefficients(drawn, ties, beta):
    data = drawn.rows()
    maximum(data, ties)  # so that there is a fit to take the rows from
    b = np.array(beta)
    point = cox_likelihood(drawn.fit(ties=ties).rows, efron=ties == "efron")(b)
    close(point.loglik, oracle.log_likelihood(data, b, ties))
    close(point.score(), oracle.score(data, b, ties))
    close(point.information(), oracle.information(data, b, ties))


@given(regressions(), TIES, st.booleans())
def test_cox(drawn, ties, robust):
    data = drawn.rows()
    beta = maximum(data, ties)
    fit = drawn.fit(ties=ties, robust=robust, conf_level=0.8)
    close(fit.estimate, beta, atol=1e-9)
    inverse = np.linalg.inv(oracle.information(data, beta, ties))
    variance = oracle.robust_variance(data, beta, ties) if robust else inverse
    close(fit.model_vcov, inverse, rtol=1e-8, atol=1e-9)
    close(fit.vcov, variance, rtol=1e-8, atol=1e-9)
    close(fit.loglik, oracle.log_likelihood(data, beta, ties))
    reach = 1.2815515655446004 * np.sqrt(np.diag(variance))
    close(np.log(fit.lower), beta - reach, rtol=1e-8, atol=1e-8)
    close(np.log(fit.upper), beta + reach, rtol=1e-8, atol=1e-8)
    assume(np.linalg.eigvalsh(variance)[0] > 1e-4)
    tests, found = oracle.overall_tests(data, ties), fit.overall_tests()
    told = dict(zip(found.test.tolist(), found.statistic, strict=True))
    close(told["likelihood ratio"], tests["likelihood ratio"], rtol=1e-7, atol=1e-9)
    close(told["score"], tests["score"], rtol=1e-8)
    close(told["Wald"], beta @ np.linalg.solve(variance, beta), rtol=1e-7, atol=1e-9)
    if robust:
        close(told["robust score"], tests["robust score"], rtol=1e-8)


@given(regressions(), TIES, st.sampled_from([0.3, 2.0, 25.0]))
def test_ridge(drawn, ties, ridge):
    data = drawn.rows()
    assume(data.event.sum() >= 3)
    beta = oracle.fit(data, ties, ridge=ridge)
    fit = drawn.fit(ties=ties, ridge=ridge, robust=False)
    close(fit.estimate, beta, atol=1e-9)
    penalised = oracle.information(data, beta, ties) + ridge * np.eye(2)
    close(fit.vcov, np.linalg.inv(penalised), rtol=1e-8, atol=1e-9)
    robust = drawn.fit(ties=ties, ridge=ridge, robust=True)
    expected = oracle.robust_variance(data, beta, ties, ridge=ridge)
    close(robust.vcov, expected, rtol=1e-8, atol=1e-9)


@settings(max_examples=8)  # the sums take a second each
@given(regressions(), TIES)
def test_firth(drawn, ties):
    data = drawn.rows()
    assume("id" not in drawn.columns)
    assume(np.all(data.weight % 1 == 0))
    maximum(data, ties)
    beta = oracle.firth_fit(data, ties)
    fit = drawn.fit(ties=ties, firth=True)
    close(fit.estimate, beta, atol=1e-8)
    best = oracle.firth_log_likelihood(data, beta, ties)
    close(fit.loglik, best)
    for held in np.log([fit.lower[0], fit.upper[0]]):
        assume(abs(held) < 6)

        def along(z, held=held):
            return oracle.firth_score(data, np.array([held, z[0]]), ties)[1:]

        other = oracle.maximum(along, beta[1:])[0]
        fall = best - oracle.firth_log_likelihood(data, np.array([held, other]), ties)
        close(2 * fall, 3.841458820694124, rtol=1e-7)  # the chi-squared quantile of the limits


@given(regressions(), TIES)
def test_residuals(drawn, ties):
    data = drawn.rows()
    beta = maximum(data, ties)
    fit = drawn.fit(ties=ties)
    inverse = np.linalg.inv(oracle.information(data, beta, ties))
    weighted = oracle.weighted_score_residuals(data, beta, ties)
    expected = {
        "martingale": oracle.martingale_residuals(data, beta, ties)[:, None],
        "score": oracle.score_residuals(data, beta, ties),
        "schoenfeld": oracle.schoenfeld_residuals(data, beta, ties),
        "scaled schoenfeld": oracle.scaled_schoenfeld(data, beta, ties),
        "dfbeta": weighted @ inverse,
        "dfbetas": weighted @ inverse / np.sqrt(np.diag(inverse)),
    }
    for kind, told in expected.items():
        close(fit.residuals(kind).value, told, rtol=1e-8, atol=1e-8)
    deviance = oracle.deviance_residuals(data, beta, ties)[:, None]
    # a root: where the martingale residual is nearly 0, half the digits
    close(fit.residuals("deviance").value, deviance, rtol=1e-7, atol=1e-7)


@given(regressions(), TIES, st.sampled_from(["km", "rank", "identity"]))
def test_proportional_hazards(drawn, ties, transform):
    data = drawn.rows()
    beta = maximum(data, ties)
    g = oracle.transformed_times(data, transform)
    assume(len(set(g.values())) > 2)
    fit = drawn.fit(ties=ties)
    found = fit.ph_test(transform)
    for k, columns in enumerate([[0], [1], [0, 1]]):
        # a test that hardly has a variance is a quotient of rounding errors
        remaining = time_information(data, beta, columns, g, ties)
        assume(np.linalg.eigvalsh(remaining)[0] > 1e-4 * max(v * v for v in g.values()))
        statistic, df, p_value = oracle.ph_test(data, beta, columns, transform, ties)
        close(found.statistic[k], statistic, rtol=1e-6, atol=1e-9)
        close([found.df[k], found.p_value[k]], [df, p_value], rtol=1e-6, atol=1e-9)


def time_information(data, beta, columns, g, ties):
    """Return the information on gamma that beta leaves."""
    middle, p = float(np.mean(list(g.values()))), data.p
    wide = np.zeros((2 * p, 2 * p))
    for at in oracle.risk_sets(data):
        z = g[at.time] - middle
        for d in oracle.draws(data, beta, ties, at):
            wide += np.kron([[1.0, z], [z, z * z]], d.weight * oracle.spread(data, d))
    gammas = [p + c for c in columns]
    across = wide[:p, gammas]
    return wide[np.ix_(gammas, gammas)] - across.T @ np.linalg.solve(wide[:p, :p], across)


@given(regressions(), TIES, st.booleans())
def test_prediction(drawn, ties, robust):
    data = drawn.rows()
    beta = maximum(data, ties)
    fit = drawn.fit(ties=ties, robust=robust)
    inverse = np.linalg.inv(oracle.information(data, beta, ties))
    variance = oracle.robust_variance(data, beta, ties) if robust else inverse
    found = fit.predict_survival(drawn.frame[:3])
    for i in range(3):
        expected = oracle.predicted(
            data,
            beta,
            data.x[i],
            variance,
            ties=ties,
            stratum=data.stratum[i],
            offset=data.offset[i],
        )
        here = found.row == i + 1
        close(found.time[here], expected.time)
        close(found.cumulative_hazard[here], expected.hazard, rtol=1e-8)
        close(found.estimate[here], np.exp(-expected.hazard), rtol=1e-8)
        error = np.sqrt(expected.variance)
        close(found.hazard_std_error[here], error, rtol=1e-7)


@given(regressions(), st.booleans())
def test_concordance(drawn, by_event_time):
    data = drawn.rows()
    beta = maximum(data, "efron")
    fit = drawn.fit()
    if "entry" in drawn.columns and by_event_time:
        with pytest.raises(atrisk.InputError, match="late entry"):
            fit.concordance(weighting="uno")
        return
    eta = np.round(oracle.linear_predictor(data, beta), 9)
    weight = oracle.uno_weights(data) if by_event_time else None
    assume(weight is None or max(weight.values()) < 1e6)
    expected = oracle.concordance(data, eta, time_weight=weight)
    found = fit.concordance(weighting="uno" if by_event_time else "n")
    close(found.estimate, expected.estimate)
    close(found.std_error, expected.std_error, rtol=1e-8)
    names = ("concordant", "discordant", "tied_score", "tied_time", "tied_both")
    close([getattr(found, name) for name in names], list(expected.count.values()))


@given(regressions(), st.booleans())
def test_mantel_byar(drawn, stratified):
    c = drawn.columns
    entry = c.get("entry", np.zeros(len(c["exit"])))
    assume(np.all(entry < c["exit"]))
    state = np.where(c["z"] == 1, "after", "before")
    assume(len(set(state)) == 2)
    site = np.where(c["x"] > 0, "p", "q") if stratified else None
    rows = {"entry": entry, "weight": None, "stratum": site}
    data = oracle.rows(c["exit"], c["event"], c["z"], **rows)
    try:
        statistic, df, observed, expected = oracle.mantel_byar(data, state)
    except np.linalg.LinAlgError:
        assume(False)  # noqa: FBT003 - hypothesis takes it by position
        raise
    h = atrisk.Histories.from_arrays(
        c["exit"], c["event"], entry=entry, group=state, strata=site, unit="days", origin="start"
    )
    found = atrisk.mantel_byar_test(h, variance="model")
    assume(found.covariance[0, 0] > 1e-4)
    close(found.statistic, statistic, rtol=1e-8)
    assert found.df == df
    close(found.observed, observed)
    close(found.expected, expected)


@st.composite
def competing(draw: st.DrawFn) -> pl.DataFrame:
    n = draw(st.integers(14, 30))

    def column(values: st.SearchStrategy) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    return pl.DataFrame(
        {
            "exit": column(st.integers(1, 9)) / 2,
            "cause": column(st.sampled_from([0, 0, 1, 1, 2, 2, 3])),
            "x": column(st.sampled_from([-1.3, 0.0, 0.4, 2.0])),
            "z": column(st.integers(0, 1)).astype(float),
            "site": column(st.sampled_from(["p", "q"])),
            "copies": column(st.integers(1, 3)),
        }
    )


@given(competing(), st.booleans(), st.booleans())
def test_fine_gray(frame, by_site, copied):
    cause = frame["cause"].to_numpy()
    data = oracle.competing(
        frame["exit"],
        np.where(cause > 1, 2, cause),
        frame.select("x", "z").to_numpy(),
        weight=frame["copies"].to_numpy() if copied else None,
        group=frame["site"] if by_site else None,
    )
    events = [i for i in range(len(data)) if data.cause[i] == 1]
    assume(len(events) >= 4)
    assume({2, 3} <= set(cause.tolist()))
    sets = oracle.subdistribution_sets(data)
    spread = [oracle.subdistribution_moments(data, np.zeros(2), at)[2] for at in sets]
    assume(np.linalg.eigvalsh(sum(spread))[0] > 0.2)
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            expected = oracle.fine_gray(data)
    except (np.linalg.LinAlgError, FloatingPointError, OverflowError):
        assume(False)  # noqa: FBT003 - hypothesis takes it by position
        raise
    assume(np.abs(expected.beta).max() < 3)
    assume(np.linalg.eigvalsh(expected.information)[0] > 0.05)
    fit = atrisk.fine_gray(
        "Surv(exit, cause) ~ x + z",
        frame,
        causes={"relapse": 1, "death": 2, "other": 3},
        cause="relapse",
        censoring_strata="site" if by_site else None,
        weights="copies" if copied else None,
    )
    close(fit.estimate, expected.beta, atol=1e-9)
    close(fit.model_vcov, np.linalg.inv(expected.information), rtol=1e-8, atol=1e-9)
    close(fit.vcov, expected.variance, rtol=1e-8, atol=1e-9)
    close(fit.loglik, expected.log_likelihood)
    found = fit.predict_incidence(frame[:1], expected.time)
    risk = np.exp(data.x[0] @ expected.beta)
    close(found.estimate, 1 - np.exp(-np.array(expected.hazard) * risk), rtol=1e-8)


@given(
    st.lists(
        st.tuples(st.sampled_from([-1.3, 0.0, 0.4, 2.0]), st.integers(0, 1), st.integers(0, 1)),
        min_size=14,
        max_size=30,
    ),
    st.booleans(),
)
def test_firth_logistic(rows, offset):
    x, z, y = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume(3 <= y.sum() <= len(y) - 3)
    assume(len(set(x)) > 1)
    assume(len(set(z)) > 1)
    design, one = np.column_stack([np.ones(len(y)), x, z]), np.ones(len(y))
    shift = 0.5 * x - 0.25 if offset else 0 * one
    assume(
        np.linalg.eigvalsh(oracle.logistic_information(design, one, shift, np.zeros(3)))[0] > 0.2
    )
    beta = oracle.logistic_fit(design, y, one, shift, firth=True)
    frame = pl.DataFrame({"x": x, "z": z, "y": y, "shift": shift})
    formula = "y ~ x + z + offset(shift)" if offset else "y ~ x + z"
    fit = atrisk.logistic(formula, frame, firth=True)
    close(fit.estimate, beta, atol=1e-8)
    inverse = np.linalg.inv(oracle.logistic_information(design, one, shift, beta))
    close(fit.vcov, inverse, rtol=1e-7, atol=1e-9)
