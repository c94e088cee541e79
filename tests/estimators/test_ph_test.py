"""The test of proportional hazards: R's numbers, every option, and what is refused.

The stored values were printed by R 4.2.2 with survival 3.5-3 (d as in `diagnostics_kit`):

    f <- coxph(Surv(t0, t, s) ~ age + f + strata(g) + cluster(id), d, weights = w)
    cox.zph(f, "km")$table; cox.zph(f, "km", terms = FALSE)$table
    z <- cox.zph(f, "km"); z$x; z$time; z$y; z$var
    x <- z$x; at <- seq(min(x), max(x), length = 40)
    b <- splines::ns(c(at, x), df = 4, intercept = TRUE); xm <- b[-(1:40), ]; pm <- b[1:40, ]
    pm %*% solve(crossprod(xm), crossprod(xm, z$y[, 1]))   # the smooth that plot(z) draws
    sqrt(rowSums((pm %*% solve(crossprod(xm))) * pm) * z$var[1, 1])
"""

from __future__ import annotations

import numpy as np
import pytest

from atrisk import InputError
from atrisk.estimators.ph_test import ph_test
from diagnostics_kit import SMALL, small_fit

BY_TERM = {
    "km": [0.58885243133941578, 0.41509863688729598, 1.39725553153568605],
    "rank": [0.49824585830292378, 0.77252064497610640, 1.63061934590829472],
    "identity": [0.59158562681258497, 0.90736194119371927, 1.87454755526805483],
}
BY_COLUMN = {
    "km": [0.588852431339415783, 0.409464428608939779, 0.099552435419323862, 1.397255531535686046],
    "rank": [0.49824585830292378, 0.72892263259869605, 0.27313475024010841, 1.63061934590829472],
    "identity": [
        0.59158562681258497,
        0.85774468373999802,
        0.29046756666587287,
        1.87454755526805483,
    ],
}
BY_LOG = [0.80627501096884890, 0.92184361803051906, 2.80043528500537642]
TIMES = [2, 2, 5, 7, 7, 9, 4, 7, 9, 11, 12]
KM = [
    0.00000000000000000, 0.00000000000000000, 0.22435897435897445, 0.28899572649572658,
    0.28899572649572658, 0.50229700854700865, 0.15384615384615385, 0.28899572649572658,
    0.50229700854700865, 0.66819800569800580, 0.77879867046533724,
]  # fmt: skip
# with late entry R has the events of one time in another order than its rows; here they are as rows
SCALED = [
    [-1.202756322914284581, 9.03550290004491785], [-1.546491179535371963, 6.18388163994368778],
    [0.140111611815632975, -0.28964464054200167], [-0.073348134245530799, -3.78857623261690968],
    [0.563040532289338702, 2.35595141345107661], [0.427571251862964630, -3.05991019973830980],
    [0.886784317012067280, 0.24111946827898956], [0.951164594359280025, -7.92991932528628496],
    [0.124656200714925711, 0.62083032939036542], [-0.181089545162162524, 6.07657181108380673],
    [0.112198962082874609, 0.99999999999999811],
]  # fmt: skip
VARIANCE = [
    [0.65389055705298982, -2.7383490876628969],
    [-2.73834908766289731, 23.6563813724718166],
]
SMOOTH = {
    0: (-1.261580669658842302, 0.55960123609687884),
    19: (0.494589206320699915, 0.37541051611970128),
    39: (0.044732820055823186, 0.73297661921696688),
}


@pytest.fixture(scope="module")
def fit():
    return small_fit()


def close(found, expected, rtol=1e-9, atol=1e-12):
    np.testing.assert_allclose(found, np.asarray(expected, dtype=float), rtol=rtol, atol=atol)


@pytest.mark.parametrize("transform", ["km", "rank", "identity"])
def test_by_term(fit, transform):
    found = fit.ph_test(transform)
    assert found.term.tolist() == ["age", "f", "GLOBAL"]
    assert found.df.tolist() == [1, 2, 3]
    assert found.transform == transform
    close(found.statistic, BY_TERM[transform])


@pytest.mark.parametrize("transform", ["km", "rank", "identity"])
def test_by_column(fit, transform):
    found = fit.ph_test(transform, terms=False)
    assert found.term.tolist() == ["age", "f[v]", "f[z]", "GLOBAL"]
    assert found.df.tolist() == [1, 1, 1, 3]
    close(found.statistic, BY_COLUMN[transform])


def test_by_a_function_of_time(fit):
    found = ph_test(fit, np.log)
    close(found.statistic, BY_LOG)
    assert found.transform == "log"
    # a change of unit moves log time by a constant, which changes nothing
    close(ph_test(fit, lambda t: np.log(t / 365.25)).statistic, BY_LOG)


def test_the_default_is_the_kaplan_meier_transform(fit):
    close(fit.ph_test().statistic, BY_TERM["km"])


def test_the_table(fit):
    table = fit.ph_test().to_frame()
    assert table.columns == ["term", "statistic", "df", "p_value"]
    assert table["term"].to_list() == ["age", "f", "GLOBAL"]


def test_p_values_are_of_the_chi_squared_distribution(fit):
    found = fit.ph_test()
    close(found.p_value[1], np.exp(-found.statistic[1] / 2))  # 2 df


def test_what_the_plot_shows(fit):
    found = fit.ph_test()
    assert found.name == ("age", "f")
    close(found.time, TIMES)
    close(found.transformed, KM)
    close(found.scaled_residuals, SCALED, rtol=1e-8, atol=1e-9)
    close(found.variance, VARIANCE)
    assert found.stratum.tolist() == ["1"] * 6 + ["2"] * 5
    assert (SMALL["t"].to_numpy()[found.row - 1] == found.time).all()


def test_smooth(fit):
    found = fit.ph_test().smooth("age")
    place = list(SMOOTH)
    estimate, std_error = np.array(list(SMOOTH.values())).T
    close(found.estimate[place], estimate)
    close(found.std_error[place], std_error)
    close(found.upper - found.estimate, 1.959963984540054 * found.std_error)
    assert found.time.size == 40
    assert (found.time[0], found.time[-1]) == (2, 12)


def test_smooth_with_other_options(fit):
    test = fit.ph_test()
    line = test.smooth("f", df=2, points=3, conf_level=0.5)
    slope, constant = np.polyfit(test.transformed, test.scaled_residuals[:, 1], 1)
    close(line.estimate, constant + slope * line.transformed)
    close(line.estimate - line.lower, 0.6744897501960817 * line.std_error)
    assert list(line.columns()) == [
        "time", "transformed", "estimate", "std_error", "lower", "upper"
    ]  # fmt: skip


def test_one_stratum_has_one_label():
    found = small_fit("age", weights=None).ph_test("identity")
    assert found.stratum.tolist() == ["all"] * 11
    assert found.scaled_residuals.shape == (11, 1)


def test_refusals(fit):
    with pytest.raises(InputError, match="transform='log': choose one of 'km', 'rank', 'identity'"):
        fit.ph_test("log")
    with pytest.raises(InputError, match="must take an array of times and give one finite number"):
        fit.ph_test(lambda t: np.log(t - 2))
    with pytest.raises(InputError, match="gives 1 numbers for 7 event times"):
        fit.ph_test(np.mean)
    with pytest.raises(InputError, match="the same at all event times"):
        fit.ph_test(np.ones_like)
    with pytest.raises(InputError, match="fitted with a penalty"):
        small_fit("age", ridge=1.0).ph_test()
    test = fit.ph_test()
    with pytest.raises(InputError, match=r"term='agee' does not exist.*Did you mean 'age'\?"):
        test.smooth("agee")
    with pytest.raises(InputError, match="df=1: give a whole number, 2 or more"):
        test.smooth("age", df=1)
    with pytest.raises(InputError, match="df=10 needs as many distinct event times"):
        test.smooth("age", df=10)
    with pytest.raises(InputError, match="points=1"):
        test.smooth("age", points=1)
    with pytest.raises(InputError, match="conf_level=1"):
        test.smooth("age", conf_level=1)
