"""Pools: worked by hand, invariants, options, and what is refused in words."""

from __future__ import annotations

from math import comb, exp, log, sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom, norm
from scipy.stats import t as student

from atrisk import InputError, proportion
from atrisk.engine.meta_prediction import count_probabilities
from atrisk.estimators.pool_effects import pool_effects, pool_ratios, pool_survival
from atrisk.estimators.pool_proportions import pool_proportions

R = [16, 10, 4, 43, 10, 25, 13, 12, 22, 4, 5, 18, 58, 6]
N = [17, 12, 8, 58, 10, 42, 14, 12, 41, 5, 6, 23, 68, 10]
DOSE = [0.8, 1.0, 1.8, 1.2, 0.9, 2.1, 1.1, 0.7, 2.4, 1.3, 1.0, 1.6, 1.4, 1.9]


def test_three_effects_by_hand():
    """Weights 1, 1, 1/2: mean 2, Q 3; see the fractions in the tests of the engine."""
    found = pool_effects([1, 2, 4], [1, 1, sqrt(2)], tau2="dl", ci="z")
    # weights 1 / (v + 5/8): 8/13, 8/13, 8/21; mean (21 + 42 + 52) / (21 + 21 + 13) = 23/11
    assert found.estimate == pytest.approx(23 / 11, rel=1e-12)
    assert found.link_std_error == pytest.approx(sqrt(273 / (8 * 55)), rel=1e-12)
    assert found.weight == pytest.approx([2100 / 55, 2100 / 55, 1300 / 55], rel=1e-12)
    half = norm.ppf(0.975) * sqrt(273 / 440)
    assert (found.lower, found.upper) == pytest.approx((23 / 11 - half, 23 / 11 + half), rel=1e-9)
    wide = student.ppf(0.975, 1) * sqrt(273 / 440 + 5 / 8)
    assert found.prediction_lower == pytest.approx(23 / 11 - wide, rel=1e-9)
    assert found.prediction_rule == "t, k-2"


def test_knapp_and_hartungs_factor_by_hand():
    options = {"tau2": "fixed"}
    found = pool_effects([1, 2, 4], [1, 1, sqrt(2)], ci="knapp-hartung", **options)
    assert found.scaling == pytest.approx(3 / 2, rel=1e-12)
    assert found.link_std_error == pytest.approx(sqrt(2 / 5 * 3 / 2), rel=1e-12)
    half = student.ppf(0.975, 2) * sqrt(0.6)
    assert found.upper == pytest.approx(2 + half, rel=1e-9)
    near = pool_effects([1, 1.1, 1.2], [1, 1, 1], ci="knapp-hartung", **options)
    floor = pool_effects([1, 1.1, 1.2], [1, 1, 1], ci="knapp-hartung-adhoc", **options)
    assert near.scaling == pytest.approx(0.01, rel=1e-9)
    assert floor.scaling == 1.0
    assert floor.link_std_error == pytest.approx(sqrt(1 / 3), rel=1e-12)


def test_levels_widen_intervals_and_options_are_kept():
    narrow = pool_proportions(R, N, conf_level=0.8, quadrature=41, prediction="normal")
    wide = pool_proportions(R, N, conf_level=0.99, prediction="t, k-1")
    for low, high in (("lower", "upper"), ("tau2_lower", "tau2_upper")):
        assert getattr(wide, low) < getattr(narrow, low)
        assert getattr(wide, high) > getattr(narrow, high)
    assert (wide.study_lower <= narrow.study_lower).all()
    assert (narrow.quadrature, narrow.conf_level, narrow.prediction_rule) == (41, 0.8, "normal")
    assert wide.prediction_df == 13.0
    exact = proportion(R, N, conf_level=0.99)
    assert wide.study_lower.tolist() == exact.lower.tolist()


@pytest.mark.parametrize("method", ["glmm", "logit", "arcsine"])
def test_order_does_not_matter_and_events_mirror_others(method):
    found = pool_proportions(R, N, method=method)
    turned = pool_proportions(R[::-1], N[::-1], method=method)
    assert turned.estimate == pytest.approx(found.estimate, rel=1e-8)
    assert turned.tau2 == pytest.approx(found.tau2, rel=1e-7)
    others = pool_proportions([n - r for r, n in zip(R, N, strict=True)], N, method=method)
    assert others.estimate == pytest.approx(1 - found.estimate, rel=1e-7)
    assert (others.lower, others.upper) == pytest.approx((1 - found.upper, 1 - found.lower))
    assert others.tau2 == pytest.approx(found.tau2, rel=1e-7)


@pytest.mark.parametrize("method", ["glmm", "logit", "arcsine", "double_arcsine"])
def test_one_study_is_returned(method):
    found = pool_proportions([3], [10], method=method)
    assert found.estimate == pytest.approx(0.3, rel=1e-9)
    assert (found.tau2, found.q_df) == (0.0, 0)
    assert np.isnan([found.tau2_lower, found.i2, found.q, found.prediction_lower]).all()
    assert any("One study" in note for note in found.notes)


def test_one_study_has_the_interval_of_its_likelihood():
    found = pool_proportions([3], [10])
    for limit in (found.lower, found.upper):
        drop = 3 * log(0.3 / limit) + 7 * log(0.7 / (1 - limit))
        assert 2 * drop == pytest.approx(norm.ppf(0.975) ** 2, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.1, 2)), min_size=2, max_size=8))
def test_a_common_effect_is_the_random_one_at_tau2_0(rows):
    effect, error = map(list, zip(*rows, strict=True))
    random = pool_effects(effect, error, tau2="pm", ci="z")
    common = pool_effects(effect, error, tau2="fixed", ci="z")
    if random.tau2 == 0.0:
        assert random.estimate == common.estimate
        assert random.lower == common.lower
    else:
        assert random.link_std_error >= common.link_std_error * (1 - 1e-12)


def test_the_glmm_at_tau2_0_is_the_proportion_of_all_patients():
    found = pool_proportions([3, 4, 5], [10, 13, 17])
    assert found.tau2 == 0.0
    assert found.estimate == pytest.approx(12 / 40, rel=1e-10)
    assert found.tau2_p_value == 1.0
    common = pool_proportions([3, 4, 5], [10, 13, 17], tau2="fixed")
    assert common.estimate == pytest.approx(0.3, rel=1e-10)
    assert np.isnan(common.tau2_p_value)


def test_the_frame_has_one_row_a_study():
    found = pool_proportions(R, N, labels=[f"s{i}" for i in range(14)])
    frame = found.to_frame()
    names = [
        "label",
        "study",
        "events",
        "total",
        "estimate",
        "lower",
        "upper",
        "effect",
        "std_error",
        "weight",
    ]
    assert frame.columns == names
    assert frame["events"].to_list() == R
    assert frame["events"].dtype == pl.Int64
    assert float(frame["weight"].sum()) == pytest.approx(100.0)
    ratios = pool_ratios([0.7, 0.9], [0.5, 0.6], [0.98, 1.35]).to_frame()
    assert ratios["events"].to_list() == [None, None]
    terms = found.coefficient_columns()
    assert terms["term"].tolist() == ["intercept"]


def test_moderators_shift_and_scale_with_their_unit():
    one = pool_proportions(R, N, moderators={"dose": DOSE})
    thousand = pool_proportions(R, N, moderators={"dose": [1000 * d + 5 for d in DOSE]})
    assert thousand.coefficients[1] == pytest.approx(one.coefficients[1] / 1000, rel=1e-7)
    assert thousand.qm == pytest.approx(one.qm, rel=1e-7)
    assert thousand.estimate == pytest.approx(one.estimate, rel=1e-8)
    along = one.predict({"dose": [float(np.mean(DOSE)), 2.0]})
    assert along.estimate[0] == pytest.approx(one.estimate, rel=1e-9)
    link = one.coefficients @ [1.0, 2.0]
    assert along.estimate[1] == pytest.approx(1 / (1 + exp(-link)), rel=1e-12)
    frame = pool_proportions(R, N, moderators=pl.DataFrame({"dose": DOSE}))
    assert frame.coefficients.tolist() == one.coefficients.tolist()
    plain = pool_proportions(R, N, moderators=DOSE)
    assert plain.terms == ("intercept", "moderator")
    assert plain.predict([2.0]).estimate[0] == pytest.approx(along.estimate[1], rel=1e-12)


def test_moderators_that_nearly_follow_from_each_other_are_still_two():
    near, nearer = (
        pool_proportions(
            R, N, moderators={"d": DOSE, "e": [2 * d + step * i * i for i, d in enumerate(DOSE)]}
        )
        for step in (1e-2, 1e-4)
    )
    # the same model: b_e step is the same, and b_d + 2 b_e
    assert nearer.coefficients[2] * 1e-4 == pytest.approx(near.coefficients[2] * 1e-2, rel=1e-6)
    sums = [found.coefficients[1] + 2 * found.coefficients[2] for found in (near, nearer)]
    assert sums[1] == pytest.approx(sums[0], rel=1e-6)


def test_one_study_says_nothing_about_a_further_one():
    assert np.isnan(pool_proportions([3], [10], prediction="normal").prediction_lower)


def test_a_new_cohort_by_direct_sums():
    found = pool_proportions(R, N, new_total=12)
    spread = sqrt(found.link_std_error**2 + found.tau2)
    u = (np.arange(40_000) + 0.5) / 40_000
    p = 1 / (1 + np.exp(-(found.link_estimate + spread * student.ppf(u, 12))))
    chance = [float(np.mean(comb(12, x) * p**x * (1 - p) ** (12 - x))) for x in range(13)]
    # the sum on 40,000 points of equal probability is good to 1e-6 in the tails
    np.testing.assert_allclose(found.new_cohort.probability, chance, atol=1e-6)
    low, high = found.new_cohort.lower_events, found.new_cohort.upper_events
    assert sum(chance[:low]) <= 0.025 < sum(chance[: low + 1])
    assert sum(chance[high + 1 :]) <= 0.025 < sum(chance[high:])
    asked = found.predict_new(12, events=low - 1)
    assert asked.inside is False
    assert asked.tail_below == pytest.approx(sum(chance[:low]), abs=1e-6)
    assert asked.tail_above == pytest.approx(1 - sum(chance[: low - 1]), abs=1e-6)
    assert found.new_cohort.inside is None
    large = found.predict_new(20_000)
    assert large.lower == pytest.approx(found.prediction_lower, abs=5e-3)


def test_a_new_cohort_at_a_dose():
    found = pool_proportions(R, N, moderators={"dose": DOSE})
    high, low = (found.predict_new(30, moderators={"dose": [d]}) for d in (2.4, 0.7))
    assert high.estimate < low.estimate


def test_a_large_cohort_has_the_interval_of_a_further_study():
    found = pool_proportions(R, N)
    large = found.predict_new(200_000)
    assert large.probability.sum() == pytest.approx(1.0, rel=1e-12)
    # the binomial standard error is 0.001 at most, beside a spread of 0.1
    limits = (found.prediction_lower, found.prediction_upper)
    assert (large.lower, large.upper) == pytest.approx(limits, abs=2e-4)


@pytest.mark.parametrize(("size", "centre", "spread"), [(900, -1.0, 3.0), (5000, 0.5, 0.4)])
def test_counts_of_a_cohort_by_the_trapezoid_rule(size, centre, spread):
    found = count_probabilities(size, centre, spread, np.inf, expit)
    z = np.linspace(-9, 9, 60_001)
    p, density = expit(centre + spread * z), norm.pdf(z) * (z[1] - z[0])
    for count in (0, 7, size // 3, size - 40, size):
        wanted = float(binom.pmf(count, size, p) @ density)
        assert found[count] == pytest.approx(wanted, rel=1e-6, abs=1e-12)


def test_leave_one_out_works_out_no_limits_that_nobody_reads(monkeypatch):
    whole = pool_proportions(R[:6], N[:6], moderators=DOSE[:6], ci="z")

    def asked(*_args):
        pytest.fail("limits of tau2 were worked out")

    monkeypatch.setattr("atrisk.estimators.pool_core_glmm.tau2_limits", asked)
    assert whole.leave_one_out().estimate.size == 6


def test_leave_one_out_is_the_pool_of_the_rest():
    found = pool_proportions(R[:7], N[:7]).leave_one_out()
    rest = pool_proportions(R[1:7], N[1:7])
    assert found.estimate[0] == rest.estimate
    assert found.tau2[0] == rest.tau2
    lost = pool_proportions([0, 0, 3, 0], [9, 8, 9, 10], ci="z").leave_one_out()
    assert np.isnan(lost.estimate[2])
    assert "no patient" in lost.notes[0]


def test_subgroups_each_with_their_own_tau2():
    groups = ["low" if dose < 1.3 else "high" for dose in DOSE]
    found = pool_proportions(R, N).subgroups(groups)
    low = [i for i, group in enumerate(groups) if group == "low"]
    alone = pool_proportions([R[i] for i in low], [N[i] for i in low])
    assert found.group.tolist() == ["low", "high"]
    assert (found.estimate[0], found.tau2[0]) == (alone.estimate, alone.tau2)
    difference = found.link_estimate[0] - found.link_estimate[1]
    statistic = difference**2 / (found.link_std_error**2).sum()
    assert found.statistic == pytest.approx(statistic, rel=1e-12)
    assert found.to_frame().height == 2
    common = pool_proportions(R, N).subgroups(groups, common_tau2=True)
    assert common.tau2[0] == common.tau2[1]


def test_arms_of_a_study():
    study = list("aaabbccdeffghh")
    found = pool_effects(np.array(DOSE), np.full(14, 0.3), study=study)
    assert found.model == "multilevel"
    assert found.labels[:3].tolist() == ["a (1)", "a (2)", "a (3)"]
    assert found.tau2 == pytest.approx(found.tau2_study + found.tau2_arm)
    assert found.df == 7.0
    assert found.leave_one_out().left_out.tolist() == list("abcdefgh")
    glmm = pool_proportions(R, N, study=study)
    assert glmm.model == "multilevel glmm"
    assert glmm.ci == "z"


def test_groups_that_share_a_study_are_said_to():
    study = list("aabbccddeffghh")
    notes = pool_proportions(R, N, study=study).subgroups(list("xyxxyyxxyyyxyx")).notes
    assert any("Arms of a, h are in different groups" in note for note in notes)


def test_a_funnel_of_proportions_is_drawn_against_their_sizes():
    found = pool_proportions(R, N).funnel()
    assert found.predictor == "1 / sqrt(total)"
    assert found.measure.tolist() == pytest.approx([n**-0.5 for n in N])
    assert found.notes == ()
    few = pool_effects([1, 2, 4], [1, 2, 3]).funnel()
    assert "little power" in few.notes[0]


def test_ratios_come_back_from_their_limits():
    found = pool_ratios(["0.70"], ["0.50"], ["0.98"], ci="z")
    error = log(0.98 / 0.5) / (2 * norm.ppf(0.975))
    assert found.link_std_error == pytest.approx(error, rel=1e-12)
    ninety = pool_ratios(["0.70"], ["0.50"], ["0.98"], limits_level=0.9)
    assert ninety.link_std_error == pytest.approx(log(0.98 / 0.5) / (2 * norm.ppf(0.95)))
    with pytest.raises(InputError, match=r"not in the middle .* log scale"):
        pool_ratios(["0.70"], ["0.50"], ["1.20"])
    taken = pool_ratios(["0.70"], ["0.50"], ["1.20"], require_symmetry=False)
    assert taken.estimate == pytest.approx(0.7)


def test_rounding_is_no_asymmetry():
    # 0.05 (0.02 to 0.10): 0.054 (0.024 to 0.12) rounds or is cut off to these
    assert pool_ratios(["0.05"], ["0.02"], ["0.10"]).estimate == pytest.approx(0.05)


def test_survival_is_pooled_on_the_scale_asked_for():
    values = (["0.85", "0.30"], ["0.75", "0.20"], ["0.95", "0.40"])
    with pytest.raises(InputError, match="limits_scale='identity'"):
        pool_survival(*values)
    found = pool_survival(*values, limits_scale="identity", scale="logit", tau2="fixed")
    error = 0.1 / norm.ppf(0.975)
    expected = [error / (0.85 * 0.15), error / (0.3 * 0.7)]
    assert found.std_error.tolist() == pytest.approx(expected, rel=1e-12)
    loglog = pool_survival(["0.60"], ["0.48"], ["0.70"])
    assert loglog.lower < 0.6 < loglog.upper
    assert loglog.lower == pytest.approx(0.48, abs=0.01)


REFUSED = [
    (lambda: pool_proportions([0, 0], [10, 12]), "no patient of the 22 in 2 studies"),
    (lambda: pool_proportions([9, 7], [9, 7], method="logit"), "every patient of the 16"),
    (lambda: pool_proportions([0, 12], [10, 12]), "1 of 2 studies without an event"),
    (lambda: pool_proportions([13, 5], [10, 12]), "study 1 has 13 events of 10"),
    (lambda: pool_proportions([np.nan, 5], [10, 12]), "events is missing or infinite for study 1"),
    (lambda: pool_proportions(["x"], [5]), "give one number a study"),
    (lambda: pool_proportions([True, False], [5, 5]), "events are True and False"),
    (lambda: pool_proportions([0.47], [100]), "not percentages"),
    (lambda: pool_proportions(R, N, labels=["a", "a ", *list("bcdefghijklm")]), "are both 'a'"),
    (lambda: pool_proportions([3], [9], prediction="normal", new_total=9), "freedom with 1"),
    (lambda: pool_effects([1e200, 2], [1, 1]), "missing or infinite for study 1"),
    (lambda: pool_effects([1, 1, 1, 2], [1] * 4).influence(), "without 'study 4' all other"),
    (lambda: pool_effects([1, 2, 3], [1, 2, 3]).funnel(), "lie on one line"),
    (lambda: pool_ratios(None, [0.5], [0.98]), "give one number a study"),
    (lambda: pool_survival(["47%"], ["30%"], ["60%"]), "0.47 for 47%"),
    (lambda: pool_proportions([[1, 2]], [5]), r"shape \(1, 2\)"),
    (lambda: pool_proportions([0, 5], [0, 12]), r"study 1 has no patients"),
    (lambda: pool_proportions([0.5, 5], [10, 12]), "study 1 is 0.5: counts are whole"),
    (lambda: pool_proportions([1, 5], [10]), "total has 1 values for 2 studies"),
    (lambda: pool_proportions(R, N, labels=["a"] * 14), "rows 1 and 2 are both 'a'"),
    (lambda: pool_proportions([3, 3], [9, 9], labels=["a", "a"]), "there twice with the same"),
    (lambda: pool_proportions([3, 4], [9, 9], labels=["a", None]), "labels is missing in row 2"),
    (lambda: pool_proportions([3, 4], [9, 9], labels="ab"), "give one name a row"),
    (lambda: pool_proportions([3, 4], [9, 9], study=["a", "a"]), "all 2 rows are of study 'a'"),
    (lambda: pool_proportions(R, N, moderators={"d": [1] * 14}), "'d' is the same in all 14"),
    (
        lambda: pool_proportions(R, N, moderators={"d": DOSE, "e": [2 * d for d in DOSE]}),
        "follow from each other",
    ),
    (lambda: pool_proportions(R, N, moderators={"d": ["a"] * 14}), r"compared by subgroups\(\)"),
    (lambda: pool_proportions(R, N, moderators={"intercept": DOSE}), "cannot be called"),
    (lambda: pool_proportions([3, 4], [9, 9], moderators=[1, 2]), "2 coefficients for 2 studies"),
    (
        lambda: pool_proportions([0, 0, 0, 4, 6], [10, 12, 15, 5, 9], moderators=[0, 0, 0, 1, 1]),
        "may separate the studies",
    ),
    (lambda: pool_proportions(R, N, method="glm"), "method='glm'"),
    (lambda: pool_proportions(R, N, tau2="sj"), "tau2='sj'"),
    (lambda: pool_proportions(R, N, ci="knapp-hartung"), r"not defined for this model \(glmm\)"),
    (lambda: pool_proportions(R, N, prediction="t"), "prediction='t'"),
    (lambda: pool_proportions(R, N, quadrature=3), "from 7 to 101"),
    (lambda: pool_proportions(R, N, conf_level=95), "conf_level=95"),
    (lambda: pool_proportions(R, N, new_total=0), "total=0: give a whole number from 1"),
    (
        lambda: pool_proportions(R, N, method="double_arcsine", new_total=9),
        "no way back for a cohort of another size",
    ),
    (lambda: pool_proportions([3, 4], [9, 9], new_total=9), "no degrees of freedom with 2"),
    (lambda: pool_proportions([3], [9], method="logit", ci="t"), "no degrees of freedom with 1"),
    (lambda: pool_proportions([3], [9], ci="t"), "no degrees of freedom with one study"),
    (lambda: pool_proportions([3] * 3, [9] * 3, method="logit"), "all 3 studies have the same"),
    (lambda: pool_effects([1, 2], [0, 1]), "standard error of study 1 is 0"),
    (lambda: pool_effects(DOSE, [1] * 14, study=list("aaabbccdeffghh"), tau2="dl"), "tau2='dl'"),
    (lambda: pool_ratios([0.7], [-0.5], [1.2]), "must be above 0"),
    (lambda: pool_ratios([0.7], [0.8], [1.2]), "limits must be in order"),
    (lambda: pool_ratios(["0,7"], ["0.5"], ["0.98"]), "give one number a study"),
    (lambda: pool_survival([59], [50], [70]), "such as 0.59 for 59%"),
    (lambda: pool_survival([1.0], [0.9], [1.0]), "has no standard error there"),
    (lambda: pool_survival([0.6], [0.5], [0.7], scale="log"), "scale='log'"),
    (lambda: pool_effects([1, 2], [1, 1]).predict_new(9), "needs pooled proportions"),
    (lambda: pool_effects([1, 2], [1, 1]).predict([1.0]), "no moderators"),
    (lambda: pool_effects([1, 2], [1, 1]).leave_one_out(), "leaving one out needs"),
    (lambda: pool_effects([1, 2], [1, 1], ci="z").funnel(), "three studies or more"),
    (lambda: pool_effects([1, 2, 3], [1, 1, 1]).funnel(), "the same precision"),
    (lambda: pool_proportions(R, N).influence(), "inverse-variance models"),
    (lambda: pool_proportions(R, N).subgroups(["a"] * 14), "every study is in group 'a'"),
    (lambda: pool_proportions(R, N).subgroups(["a", "b"]), "groups has 2 values for 14"),
    (
        lambda: pool_proportions(R, N, moderators=DOSE).subgroups(["a", "b"] * 7),
        "pool without them first",
    ),
    (
        lambda: pool_proportions(R, N, moderators={"dose": DOSE}).predict({"dos": [1.0]}),
        "made with 'dose'",
    ),
    (
        lambda: pool_effects([1, 2, 3, 9], [1, 1, 2, 2], moderators=[0, 0, 0, 1]).influence(),
        "without 'study 4' a moderator is the same",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_cannot_be_pooled_is_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_what_is_odd_is_said():
    notes = pool_proportions([0, 5, 6], [9, 10, 12], method="logit").notes
    assert any("0.5 was added to both cells of study 1" in note for note in notes)
    twice = pool_proportions([3, 5, 3, 4], [10, 12, 10, 10], study=["a", "b", "a", "c"]).notes
    assert any("a (1) and a (2) are rows of one study with the same numbers" in n for n in twice)
    reproduced = pool_proportions(R, N, method="double_arcsine").notes
    assert any("to reproduce papers" in note for note in reproduced)
    empty = pool_effects([1, 1.01, 1.02], [1, 1, 1], ci="z").notes
    assert any("Q-profile interval of tau2 is empty" in note for note in empty)
    small = pool_effects([1, 1.01, 1.02], [1, 1, 1], tau2="reml").notes
    assert any("Knapp and Hartung's factor" in note for note in small)
    wald = pool_proportions([0, 5, 6], [9, 10, 12])
    assert np.isnan(wald.q)
    assert any("Wald's test of heterogeneity is not defined" in note for note in wald.notes)


def test_a_study_of_a_million_carries_the_likelihood():
    huge = pool_proportions([3, 5, 9, 200_000], [10, 12, 40, 1_000_000], tau2="fixed", ci="z")
    assert huge.estimate == pytest.approx(200_017 / 1_000_062, rel=1e-10)


def test_one_huge_study_and_studies_of_one_patient():
    huge = pool_proportions([3, 5, 30_000], [10, 12, 100_000], method="logit", tau2="ml")
    assert huge.estimate == pytest.approx(0.3, abs=1e-3)
    single = pool_proportions([1, 0, 1, 1, 0, 1, 5], [1] * 6 + [9])
    assert single.estimate == pytest.approx(9 / 15, abs=1e-9)
    assert single.tau2 == 0.0
