"""Options that make no sense are refused in words; what can be read is said by the result."""

from __future__ import annotations

import numpy as np
import pytest

import atrisk
from atrisk import Histories, InputError

UNIT = {"unit": "days", "origin": "transplant"}


def pair(**roles) -> Histories:
    return Histories.from_arrays(
        [1, 2, 3, 4, 5, 6], [1, 0, 1, 1, 0, 1], group=list("ababab"), **UNIT, **roles
    )


def causes() -> Histories:
    return Histories.from_arrays(
        [1, 2, 3, 4], [1, 2, 0, 1], group=list("abab"), causes={"x": 1, "y": 2}, **UNIT
    )


REFUSED = {
    "conf_type": (lambda: atrisk.kaplan_meier(pair(), "loglog"), "conf_type='loglog': choose one"),
    "hazard conf_type": (lambda: atrisk.nelson_aalen(pair(), "logit"), "conf_type='logit'"),
    "level text": (lambda: atrisk.kaplan_meier(pair(), conf_level="95%"), "conf_level='95%': give"),
    "level 95": (
        lambda: atrisk.kaplan_meier(pair(), conf_level=95),
        "conf_level=95: give a number",
    ),
    "variance": (lambda: atrisk.kaplan_meier(pair(), variance="aalen"), "variance='aalen'"),
    "rho text": (lambda: atrisk.logrank_test(pair(), rho="a"), "rho='a': give a number"),
    "rho nan": (lambda: atrisk.gray_test(causes(), rho=np.nan), "rho=nan: give a number"),
    "rho inf": (lambda: atrisk.pairwise_logrank_test(pair(), rho=np.inf), "rho=inf: give a finite"),
    "trend text": (lambda: atrisk.logrank_test(pair(), trend="yes"), "trend='yes': give True, or"),
    "trend length": (
        lambda: atrisk.logrank_test(pair(), trend=[1]),
        r"trend=\[1\]: give one finite",
    ),
    "trend flat": (lambda: atrisk.logrank_test(pair(), trend=[1, 1]), "not all equal"),
    "adjust": (lambda: atrisk.pairwise_logrank_test(pair(), adjust="fdr"), "adjust='fdr'"),
    "times text": (lambda: atrisk.kaplan_meier(pair()).at("1 year"), "times='1 year': give one or"),
    "times before 0": (lambda: atrisk.kaplan_meier(pair()).at(-1), "times=-1: give one or more"),
    "no times": (lambda: atrisk.kaplan_meier(pair()).at([]), r"times=\[\]: give one or more"),
    "beyond": (lambda: atrisk.kaplan_meier(pair()).at(1, beyond="nan"), "beyond='nan': choose"),
    "quantile text": (lambda: atrisk.kaplan_meier(pair()).quantile("median"), "p='median': give"),
    "quantile 50": (lambda: atrisk.kaplan_meier(pair()).quantile(50), "p=50: give numbers between"),
    "tau list": (lambda: atrisk.kaplan_meier(pair()).rmst([2, 4]), r"tau=\[2, 4\]: give a horizon"),
    "tau text": (lambda: atrisk.kaplan_meier(pair()).rmst("2 years"), "tau='2 years': give a hori"),
    "tau 0": (
        lambda: atrisk.kaplan_meier(pair()).rmst(0),
        "tau=0: give a positive horizon in days",
    ),
    "tau late": (lambda: atrisk.rmst_test(pair(), 5.5), "group 'a', which ends at 5"),
    "follow-up mean": (lambda: atrisk.follow_up(pair()).rmst(2), "use kaplan_meier"),
    "milestones": (lambda: atrisk.milestone_test(pair(), [1, 3]), r"at=\[1, 3\]: give one time"),
    "milestone late": (lambda: atrisk.milestone_test(pair(), 99), "Compare at an earlier time"),
    "milestone early": (lambda: atrisk.milestone_test(pair(), 0.5), "groups a, b have no standard"),
    "milestone 0": (lambda: atrisk.milestone_test(pair(), 0), "at=0: give one time after 0"),
    "follow-up mean of text": (lambda: atrisk.follow_up(pair()).rmst("x"), "use kaplan_meier"),
    "transform": (lambda: atrisk.milestone_test(pair(), 3, "probit"), "transform='probit': choose"),
    "one group": (
        lambda: atrisk.rmst_test(Histories.from_arrays([1], [1], **UNIT), 1),
        "at least two",
    ),
    "one cause": (lambda: atrisk.one_minus_kaplan_meier(pair()), "have one cause"),
    "fractions in pairs": (
        lambda: atrisk.pairwise_logrank_test(pair(weights=[0.5] * 6)),
        "pairwise tests take whole weights",
    ),
    "fractions in Gray": (
        lambda: atrisk.gray_test(pair(weights=[0.5] * 6)),
        "has no variance for fractional weights",
    ),
    "not histories": (lambda: atrisk.kaplan_meier([1, 2]), "Histories are expected, not list"),
    "unit": (lambda: Histories.from_arrays([1], [1], unit="d", origin="x"), "unit='d': use one of"),
    "origin": (lambda: Histories.from_arrays([1], [1], unit="days", origin=" "), "origin=' ': say"),
    "many causes": (
        lambda: Histories.from_arrays([1], [1], causes={str(i): i for i in range(1, 300)}, **UNIT),
        "299 causes are declared",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_words(name):
    call, words = REFUSED[name]
    with pytest.raises(InputError, match=words):
        call()


def test_a_group_without_events_yet_is_a_fixed_reference():
    """S is 2/3 in group a and 1 in group b: the difference has the standard error of a alone."""
    test = atrisk.milestone_test(pair(), 1)
    assert test.df == 1
    assert test.statistic == pytest.approx((1 / 3) ** 2 / (2 / 27), rel=1e-12)
    assert test.difference_std_error[1] == pytest.approx(np.sqrt(2 / 27), rel=1e-12)


def test_edges_of_a_scale_are_refused():
    with pytest.raises(InputError, match="survival of group 'b' is 1 there, where the logit scale"):
        atrisk.milestone_test(pair(), 1, "logit")


def test_times_keep_their_order_and_repeats():
    read = atrisk.kaplan_meier(pair()).at([3, 1, 3]).columns()
    assert read["time"].tolist() == [3, 1, 3] * 2
    assert read["estimate"][0] == read["estimate"][2] < read["estimate"][1]
    assert read["events"].tolist() == [1, 1, 1, 0, 0, 0]


def test_a_curve_is_known_until_its_risk_set_runs_empty():
    """Both rows at risk die at 2; a third enters at 3: no curve can tell what came between."""
    h = Histories.from_arrays([2, 2, 5], [1, 1, 0], entry=[0, 0, 3], **UNIT)
    km = atrisk.kaplan_meier(h)
    assert km.known_until.tolist() == [2.0]
    assert km.notes == (
        "in group all nobody was left at risk after 2 days, before later entries: the curve "
        "cannot be read past it",
    )
    assert km.at([2, 4], beyond="missing").columns()["estimate"].tolist()[0] == 0.0
    assert np.isnan(km.at([2, 4], beyond="missing").columns()["estimate"][1])
    with pytest.raises(InputError, match="which ends at 2"):
        km.at(4)


def test_a_gap_left_by_a_censoring_ends_both_curves():
    """Nobody is under observation between 20 and 400: no curve of these rows can be read there."""
    h = Histories.from_arrays([10, 20, 900, 950], [1, 0, 1, 0], entry=[0, 0, 400, 500], **UNIT)
    km, fu = atrisk.kaplan_meier(h), atrisk.follow_up(h)
    assert km.known_until.tolist() == [20.0]
    assert fu.known_until.tolist() == [20.0]
    assert np.isnan(km.at(365, beyond="missing").columns()["estimate"][0])
    assert km.median().estimate.tolist() == [10.0 if km.estimate[0] < 0.5 else 15.0]
    with pytest.raises(InputError, match="which ends at 20"):
        km.rmst(600)
    assert atrisk.cumulative_incidence(h).known_until.tolist() == [20.0]


def test_follow_up_is_known_for_ever_where_all_are_censored_last():
    h = Histories.from_arrays([1, 2, 3], [1, 0, 0], **UNIT)
    assert atrisk.follow_up(h).known_until.tolist() == [np.inf]
    assert atrisk.kaplan_meier(h).known_until.tolist() == [3.0]


def test_a_time_asked_for_is_the_time_of_the_data_if_rounding_alone_parts_them():
    h = Histories.from_arrays([0.1 + 0.2, 0.5], [1, 0], **UNIT)
    assert atrisk.kaplan_meier(h).at([0.3, 0.5 + 1e-12]).columns()["estimate"].tolist() == [
        0.5,
        0.5,
    ]


def test_a_curve_at_zero_is_known_for_ever_and_a_censored_one_until_its_last_time():
    km = atrisk.kaplan_meier(pair())
    assert km.known_until.tolist() == [5.0, np.inf]
    assert km.at(100, beyond="carry").columns()["estimate"][1] == 0.0


def test_results_and_histories_are_read_only():
    h = pair(weights=np.ones(6))
    results = [
        h.exit,
        h.weights,
        atrisk.kaplan_meier(h).estimate,
        atrisk.kaplan_meier(h).at(2).columns()["estimate"],
        atrisk.logrank_test(h).observed,
        atrisk.rmst_test(h, 3).difference,
    ]
    for array in results:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_input_arrays_are_neither_changed_nor_shared():
    event, group, weight = np.array([True, False]), np.array([1, 0], np.uint8), np.ones(2)
    h = Histories.from_arrays([1.0, 2.0], event, group=group, weights=weight, **UNIT)
    event[:], group[:], weight[:] = False, 0, 9.0
    assert h.cause.tolist() == [1, 0]
    assert h.group.tolist() == [1, 0]
    assert h.weights.tolist() == [1.0, 1.0]


def test_results_speak_briefly():
    assert repr(atrisk.logrank_test(pair())).startswith("LogRankTest(statistic=")
    assert "array(" not in repr(atrisk.kaplan_meier(pair()))
    assert repr(atrisk.tally(pair())) == (
        "Tally(6 rows at 6 times, causes=('event',), groups=('a', 'b'), strata=1, unit='days', "
        "origin='transplant')"
    )


def test_a_tally_remembers_that_subjects_repeat():
    h = pair(subject=[1, 1, 2, 2, 3, 3])
    assert atrisk.kaplan_meier(h).variance == "robust"
    with pytest.raises(InputError, match="several rows of a subject needs the rows"):
        atrisk.kaplan_meier(atrisk.tally(h))
    assert atrisk.kaplan_meier(atrisk.tally(h), variance="greenwood").variance == "greenwood"


def test_a_tally_gives_the_robust_variance_where_rows_are_alone():
    h = pair(weights=[0.5, 1, 2, 1, 1.5, 1])
    expected = atrisk.kaplan_meier(h)
    assert expected.variance == "robust"
    np.testing.assert_array_equal(
        atrisk.kaplan_meier(atrisk.tally(h)).std_error, expected.std_error
    )


def test_tallies_of_other_groups_do_not_add():
    with pytest.raises(InputError, match="agree in groups"):
        atrisk.tally(pair()) + atrisk.tally(Histories.from_arrays([1], [1], **UNIT))


def test_several_causes_count_as_one_event_and_say_so():
    assert atrisk.kaplan_meier(causes()).notes == ("events of every cause count: x, y",)
    assert "naive" in atrisk.one_minus_kaplan_meier(causes()).notes[-1]


def test_a_cause_nobody_had_is_noted():
    h = Histories.from_arrays([1, 2], [1, 0], causes={"x": 1, "y": 2}, **UNIT)
    assert atrisk.cumulative_incidence(h).notes == ("no event of cause y",)


def test_follow_up_with_fractional_weights_reaches_zero():
    """Y - d leaves 1e-16 of the censored here, and so a curve that is not quite 0."""
    weights = [2.3, 0.1, 0.7, 0.1, 0.1, 0.3, 0.1, 0.7, 0.1]
    event = [0, 0, 0, 0, 0, 1, 1, 1, 1]
    for shift in range(9):
        h = Histories.from_arrays(
            np.ones(9), np.roll(event, shift), weights=np.roll(weights, shift), **UNIT
        )
        assert atrisk.follow_up(h).estimate.tolist() == [0.0]
