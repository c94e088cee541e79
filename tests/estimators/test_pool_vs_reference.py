"""Pools against metafor's values, stored and published."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from atrisk.estimators.pool_effects import pool_effects
from atrisk.estimators.pool_proportions import pool_proportions

STORED = Path(__file__).resolve().parents[1] / "reference" / "values" / "pooling.json"
VALUES = json.loads(STORED.read_text(encoding="utf-8"))
BCG = VALUES["data"]["bcg"]
CATHETERS = VALUES["data"]["catheters"]
PRITZ = VALUES["data"]["pritz"]
MILLER = VALUES["data"]["miller"]
SCHOOLS = VALUES["data"]["schools"]
MEASURES = {"PLO": "logit", "PAS": "arcsine", "PFT": "double_arcsine"}


def bcg(names=(), **options):
    chosen = {name: BCG[name] for name in names}
    return pool_effects(
        BCG["effect"], np.sqrt(BCG["variance"]), moderators=chosen or None, **options
    )


def named(case):
    return f"{case['tau2']} {case['ci']} {' '.join(case.get('moderators', []))}"


@pytest.mark.parametrize("case", VALUES["linear"], ids=named)
def test_inverse_variance_models_are_metafors(case):
    found = bcg(case["moderators"], tau2=case["tau2"], ci=case["ci"])
    # metafor does not centre the year, of order 2000: its coefficients keep nine digits
    close = 1e-8 if "year" in case["moderators"] else 1e-9
    for name in ("coefficients", "coef_std_error", "coef_lower", "coef_upper", "coef_p_value"):
        np.testing.assert_allclose(getattr(found, name), case[name], rtol=close, err_msg=name)
    for name in ("q", "q_p_value", "loglik", "tau2_lower", "tau2_upper"):
        assert getattr(found, name) == pytest.approx(case[name], rel=1e-8), name
    np.testing.assert_allclose(found.weight, case["weight"], rtol=close)
    assert found.tau2 == pytest.approx(case["tau2_estimate"], rel=close)
    if case["tau2"] != "fixed":  # metafor's I2 of a common effect is from Q, not from tau2 = 0
        assert (found.i2, found.h2) == pytest.approx((case["i2"], case["h2"]), rel=close)
    if case["moderators"]:
        assert found.qm == pytest.approx(case["qm"], rel=close)
        assert found.qm_p_value == pytest.approx(case["qm_p_value"], rel=close)
        if case["tau2"] != "fixed":
            assert found.r2 == pytest.approx(case["r2"], rel=close)


@pytest.mark.parametrize("case", VALUES["influence"], ids=named)
def test_influence_is_metafors(case):
    found = bcg(case["moderators"], tau2=case["tau2"], ci=case["ci"]).influence()
    for name, values in case["cases"].items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(found.dfbetas, case["dfbetas"], rtol=1e-9)
    assert found.influential.tolist() == case["influential"]


def test_leave_one_out_is_metafors():
    found = bcg(ci="z").leave_one_out()
    stored = dict(VALUES["leave_one_out"])
    stored["link_std_error"] = stored.pop("std_error")
    for name, values in stored.items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=1e-9, err_msg=name)


def test_eggers_line_is_metafors():
    found, stored = bcg().funnel(), VALUES["egger"]
    told = (found.statistic, found.p_value, found.df, found.limit)
    wanted = tuple(stored[name] for name in ("statistic", "p_value", "df", "limit"))
    assert told == pytest.approx(wanted, rel=1e-9)
    assert found.predictor == "std_error"


def test_prediction_along_a_moderator_is_metafors():
    stored = VALUES["along"]
    found = bcg(["ablat"], ci="z", prediction="normal").predict(stored["value"])
    for name in ("estimate", "lower", "upper", "prediction_lower", "prediction_upper"):
        np.testing.assert_allclose(getattr(found, name), stored[name], rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(found.link_std_error, stored["std_error"], rtol=1e-9)


def test_prediction_intervals_by_two_rules_are_metafors():
    stored = VALUES["predicted"]
    normal = bcg(ci="z", prediction="normal")
    limits = (normal.prediction_lower, normal.prediction_upper)
    assert limits == pytest.approx((stored["lower"], stored["upper"]), rel=1e-9)
    other = bcg(ci="t", prediction="t, k-1")
    assert other.prediction_lower == pytest.approx(stored["t_lower"], rel=1e-9)


def test_subgroups_with_a_common_tau2_are_metafors_model_of_a_factor():
    found, stored = bcg(ci="z").subgroups(BCG["alloc"], common_tau2=True), VALUES["groups"]
    assert found.group.tolist() == ["random", "alternate", "systematic"]
    np.testing.assert_allclose(found.estimate, stored["estimate"], rtol=1e-9)
    assert found.statistic == pytest.approx(stored["qm"], rel=1e-9)
    assert found.p_value == pytest.approx(stored["qm_p_value"], rel=1e-9)
    assert found.tau2.tolist() == pytest.approx([stored["tau2_estimate"]] * 3, rel=1e-9)


@pytest.mark.parametrize(
    "case", VALUES["transformed"], ids=lambda c: f"{c['data']} {c['measure']} {named(c)}"
)
def test_transformed_proportions_are_metafors(case):
    data = VALUES["data"][case["data"]]
    found = pool_proportions(
        data["events"],
        data["total"],
        method=MEASURES[case["measure"]],
        tau2=case["tau2"],
        ci=case["ci"],
    )
    np.testing.assert_allclose(found.effect, case["effect"], rtol=1e-12)
    np.testing.assert_allclose(found.std_error**2, case["variance"], rtol=1e-12)
    for name in ("link_estimate", "link_std_error", "q", "estimate", "lower", "upper"):
        assert getattr(found, name) == pytest.approx(case[name], rel=1e-9), name
    assert found.tau2 == pytest.approx(case["tau2_estimate"], rel=1e-9)


@pytest.mark.parametrize("case", VALUES["metafor_glmm"], ids=lambda case: case["data"])
def test_the_glmm_is_near_metafors_whose_optimiser_stops_early(case):
    data = {
        "pritz": (PRITZ["events"], PRITZ["total"]),
        "catheters, standard": (CATHETERS["standard"], CATHETERS["standard_total"]),
        "catheters, treated": (CATHETERS["treated"], CATHETERS["treated_total"]),
    }[case["data"]]
    found = pool_proportions(*data, ci="z")
    # rma.glmm leaves lme4 at its default tolerance; the model tests hold us to lme4 at 1e-6
    assert found.link_estimate == pytest.approx(case["link_estimate"], rel=1e-5)
    assert found.link_std_error == pytest.approx(case["link_std_error"], rel=3e-5)
    assert found.tau2 == pytest.approx(case["tau2_estimate"], rel=3e-5)
    assert (found.i2, found.h2) == pytest.approx((case["i2"], case["h2"]), rel=3e-5)
    # the common model has no random effect: this one is exact
    assert found.lrt == pytest.approx(case["lrt"], rel=1e-9)
    assert found.lrt_p_value == pytest.approx(case["lrt_p_value"], rel=1e-8)


def test_walds_test_of_heterogeneity_is_metafors_where_no_cell_is_empty():
    inside = [(r, n) for r, n in zip(PRITZ["events"], PRITZ["total"], strict=True) if 0 < r < n]
    found = pool_proportions(*map(list, zip(*inside, strict=True)))
    stored = VALUES["wald"]
    # metafor inverts the covariance of a fitted model, which keeps fewer digits than the formula
    assert found.q == pytest.approx(stored["q"], rel=1e-6)
    assert found.q_p_value == pytest.approx(stored["p_value"], rel=1e-5)


@pytest.mark.parametrize(
    ("arm", "estimate", "error", "tau2", "shown"),
    [
        ("standard", -3.50, 0.26, 0.81, (0.029, 0.018, 0.048)),
        ("treated", -4.81, 0.36, 0.83, (0.008, 0.004, 0.016)),
    ],
)
def test_published_values_of_the_binomial_normal_model(arm, estimate, error, tau2, shown):
    """Stijnen, Hamza, Ozdemir (2010) Stat Med 29:3046, Table II."""
    found = pool_proportions(CATHETERS[arm], CATHETERS[f"{arm}_total"], ci="z")
    assert round(found.link_estimate, 2) == estimate
    assert round(found.link_std_error, 2) == error
    assert round(found.tau2, 2) == tau2
    assert tuple(round(v, 3) for v in (found.estimate, found.lower, found.upper)) == shown


@pytest.mark.parametrize(
    ("arm", "estimate", "error", "tau2"),
    [("standard", -3.30, 0.24, 0.663), ("treated", -4.26, 0.26, 0.393)],
)
def test_published_values_of_the_normal_normal_model(arm, estimate, error, tau2):
    """The same table: logits with 0.5 in both cells of a study with an empty one, REML."""
    found = pool_proportions(
        CATHETERS[arm], CATHETERS[f"{arm}_total"], method="logit", tau2="reml", ci="z"
    )
    assert round(found.link_estimate, 2) == estimate
    assert round(found.link_std_error, 2) == error
    assert round(found.tau2, 3) == tau2


def test_published_values_of_miller():
    """Miller (1978) Am Stat 32:138: twice our transform, since he leaves its factor 1/2 out."""
    found = pool_proportions(
        MILLER["events"], MILLER["total"], method="double_arcsine", tau2="fixed"
    )
    assert np.round(2 * found.effect, 4).tolist() == [1.1391, 1.2888, 1.5253, 0.9515]
    assert np.round(4 * found.std_error**2, 4).tolist() == [0.0870, 0.0571, 0.0465, 0.1538]
    assert round(2 * found.link_estimate, 4) == 1.3093
    shown = tuple(round(v, 4) for v in (found.estimate, found.lower, found.upper))
    assert shown == (0.3595, 0.2297, 0.4990)


def schools(**options):
    return pool_effects(
        SCHOOLS["effect"],
        np.sqrt(SCHOOLS["variance"]),
        study=[str(district) for district in SCHOOLS["district"]],
        **options,
    )


@pytest.mark.parametrize("case", VALUES["levels"], ids=lambda c: f"{c['tau2']} {c['moderated']}")
def test_arms_within_studies_are_metafors_multilevel_model(case):
    year = np.array(SCHOOLS["year"], dtype=float)
    moderators = {"year": year - year.mean()} if case["moderated"] else None
    found = schools(tau2=case["tau2"], ci="z", moderators=moderators)
    # metafor's optimiser has no derivatives here: variances stand within 1e-6 of the maximum
    np.testing.assert_allclose([found.tau2_study, found.tau2_arm], case["sigma2"], rtol=1e-6)
    np.testing.assert_allclose(found.coefficients, case["coefficients"], rtol=1e-6)
    np.testing.assert_allclose(found.coef_std_error, case["coef_std_error"], rtol=1e-6)
    assert found.loglik == pytest.approx(case["loglik"], rel=1e-10)
    assert found.q == pytest.approx(case["q"], rel=1e-9)
    limits = [
        [found.tau2_study_lower, found.tau2_study_upper],
        [found.tau2_arm_lower, found.tau2_arm_upper],
    ]
    np.testing.assert_allclose(limits, case["limits"], rtol=1e-6)
    if not case["moderated"]:
        np.testing.assert_allclose(found.weight, case["weight"], rtol=1e-6)


def test_published_values_of_a_multilevel_model():
    """Konstantopoulos (2011) Res Synth Methods 2:61, Table 5 (ML)."""
    found = schools(tau2="ml", ci="z")
    assert round(found.estimate, 3) == 0.184 or round(found.estimate, 4) == 0.1845
    assert round(found.link_std_error, 3) in {0.080, 0.081}
    assert (round(found.tau2_study, 4), round(found.tau2_arm, 4)) == (0.0577, 0.0329)
