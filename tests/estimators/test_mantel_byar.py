"""The Mantel-Byar test: by hand, by its definition patient by patient, and beside R."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exposures_kit as kit
from atrisk import Histories, InputError, cox, logrank_test
from atrisk.estimators.mantel_byar import mantel_byar_test
from atrisk.sources.episodes import episodes

TOLD = kit.STORED["mantel_byar"]
FOUR = {"days": [2, 4, 6, 8], "died": [1, 1, 1, 0], "tx": [None, 1, None, 3]}
FIVE = {"days": [2, 4, 6, 8, 4], "died": [1, 1, 1, 0, 1], "tx": [None, 1, None, 3, None]}


def cut(columns, **options):
    asked = {"exposures": {"transplant": "tx"}} | kit.DAYS | options
    return episodes(pl.DataFrame(columns), exit="days", event="died", **asked)


@pytest.mark.parametrize(
    ("columns", "expected", "statistic"),
    [(FOUR, Fraction(17, 12), Fraction(5, 19)), (FIVE, Fraction(17, 10), Fraction(147, 223))],
)
def test_by_hand(columns, expected, statistic):
    # at 2, 4 and 6 the exposed are 1 of 4, 2 of 3 and 1 of 2; a fifth patient ties at 4
    found = mantel_byar_test(cut(columns))
    np.testing.assert_allclose(found.expected[1], float(expected), rtol=1e-14)
    np.testing.assert_allclose(found.statistic, float(statistic), rtol=1e-13)
    assert (found.observed.tolist()[1], found.df, found.variance) == (1.0, 1, "model")


def test_it_counts_patients_and_episodes():
    found = mantel_byar_test(cut(FOUR))
    assert found.patients == 4
    assert found.to_frame().select("group", "n", "episodes").rows() == [
        ("before transplant", 4, 4),
        ("after transplant", 2, 2),
    ]
    rows = {"who": [1, 1, 1, 2], "start": [0, 2, 4, 0], "stop": [2, 4, 6, 9], "d": [0, 0, 1, 1]}
    h = Histories.from_arrays(
        rows["stop"], rows["d"], entry=rows["start"], subject=rows["who"], group=list("abab"),
        **kit.DAYS,
    )  # fmt: skip
    again = mantel_byar_test(h)
    assert (again.n.tolist(), again.episodes.tolist(), again.patients) == ([1, 2], [2, 2], 2)


CASES = {
    "heart": kit.heart,
    "heart_by_surgery": lambda: kit.heart(strata="surgery"),
    "heart_exposed_at_exit": lambda: kit.heart(at_exit="exposed"),
    "one": lambda: kit.drawn("transplant"),
    "one_by_stratum": lambda: kit.drawn("transplant", strata="stratum"),
    "two": lambda: kit.drawn("transplant", "GVHD"),
    "two_by_stratum": lambda: kit.drawn("transplant", "GVHD", strata="stratum"),
}


@pytest.mark.parametrize("case", CASES)
def test_equals_the_exact_score_test_of_cox_in_r(case):
    found, told = mantel_byar_test(CASES[case]()), TOLD[case]
    assert found.df == told["df"]
    np.testing.assert_allclose(found.statistic, told["statistic"], rtol=1e-9)
    np.testing.assert_allclose(found.p_value, told["p_value"], rtol=1e-9)
    order = [told["states"].index(kit.as_in_r(state)) for state in found.group]
    np.testing.assert_allclose(found.observed, np.take(told["observed"], order), rtol=1e-12)
    np.testing.assert_allclose(found.expected, np.take(told["expected"], order), rtol=1e-9)
    assert found.method.endswith("stratified") == ("by" in case)


def test_equals_r_on_its_own_rows_of_the_stanford_data():
    """They count the day of acceptance as 1, and put a transplant on the day of death before it."""
    later = kit.HEART.with_columns(pl.col("days", "wait") + 1)
    e = episodes(
        later, exit="days", event="died", exposures={"transplant": "wait"}, at_exit="exposed",
        **kit.DAYS,
    )  # fmt: skip
    told = TOLD["heart_rows_of_R"]
    found = mantel_byar_test(e)
    np.testing.assert_allclose(found.statistic, told["statistic"], rtol=1e-9)
    np.testing.assert_allclose(found.expected, told["expected"], rtol=1e-9)


def test_the_frame_of_episodes_gives_andersen_and_gills_model_as_in_r():
    frame = kit.heart(carry=["age", "surgery"]).to_frame()
    fit, told = cox("Surv(start, stop, event) ~ transplant + age + surgery", frame), kit.STORED
    np.testing.assert_allclose(fit.estimate, told["andersen_gill"]["estimate"], rtol=1e-9)
    np.testing.assert_allclose(fit.std_error, told["andersen_gill"]["std_error"], rtol=1e-8)


def test_it_is_the_score_test_of_cox_where_no_times_are_tied():
    n = np.arange(kit.HEART.height)
    apart = kit.HEART.with_columns(pl.col("days") + pl.Series(n) / 1000, pl.col("wait") + 0.0005)
    exposures = {"transplant": "wait"}
    e = episodes(
        apart, exit="days", event="died", exposures=exposures, strata="surgery",
        at_zero="shift", **kit.DAYS,
    )  # fmt: skip
    fit = cox("Surv(start, stop, event) ~ transplant + strata(surgery)", e.to_frame())
    tests = fit.overall_tests()
    score = tests.statistic[list(tests.test).index("score")]
    np.testing.assert_allclose(mantel_byar_test(e).statistic, score, rtol=1e-9)


@pytest.mark.parametrize("case", ["robust", "robust_weighted"])
def test_robust_equals_r(case):
    weights = {"weights": "weight"} if case == "robust_weighted" else {}
    e = kit.drawn("transplant", "GVHD", **weights)
    found = mantel_byar_test(e, variance=None if weights else "robust")
    assert found.variance == "robust"
    np.testing.assert_allclose(found.statistic, TOLD[case]["statistic"], rtol=1e-8)


def test_whole_weights_are_copies():
    weighted = mantel_byar_test(cut(FOUR | {"w": [1, 2, 1, 3]}, weights="w"))
    copied = {name: np.repeat(np.array(v, dtype=float), [1, 2, 1, 3]) for name, v in FOUR.items()}
    copies = mantel_byar_test(cut(copied))
    np.testing.assert_allclose(weighted.statistic, copies.statistic, rtol=1e-13)
    assert weighted.variance == "model"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: cut(FOUR | {"tx": [None, 9, None, 9]}, after_exit="ignore"), "one state only"),
        (lambda: cut(FOUR | {"died": [0, 0, 0, 0]}), "nobody had the event"),
        (
            lambda: Histories.from_arrays([1, 2], [1, 1], group=["a", "b"], **kit.DAYS),
            "from time zero",
        ),
        (lambda: FOUR, "takes episodes, not dict"),
    ],
)
def test_mistakes(made, words):
    with pytest.raises(InputError, match=words):
        mantel_byar_test(made())


def test_an_unknown_variance():
    with pytest.raises(InputError, match="variance='breslow': choose one of"):
        mantel_byar_test(cut(FOUR), variance="breslow")


@st.composite
def cohorts(draw):
    """Patients with fractional, tied times; exposures before entry, at exit, or never."""
    n = draw(st.integers(3, 14))
    half = st.integers(2, 12).map(lambda v: v / 2)
    exit_ = draw(st.lists(half, min_size=n, max_size=n))
    back = draw(st.lists(st.integers(1, 12), min_size=n, max_size=n))
    begin = st.one_of(st.none(), st.integers(0, 12).map(lambda v: v / 2))
    table = {
        "days": exit_,
        "died": draw(st.lists(st.sampled_from([0, 1, 1]), min_size=n, max_size=n)),
        "since": [max(0.0, t - b / 2) for t, b in zip(exit_, back, strict=True)],
        "tx": draw(st.lists(begin, min_size=n, max_size=n)),
        "gvhd": draw(st.lists(begin, min_size=n, max_size=n)),
    }
    schema = dict.fromkeys(table, pl.Float64)
    return pl.DataFrame(table, schema=schema)


def told_by_definition(frame):
    """O, E and V of the exposed, from the patients: exposed at t if the exposure came before t."""
    exit_, died, since, tx = (frame[name].to_numpy() for name in ("days", "died", "since", "tx"))
    observed = expected = variance = 0.0
    for t in np.unique(exit_[died == 1]):
        here = (since < t) & (t <= exit_)
        exposed = here & (tx < t)
        y, y1 = here.sum(), exposed.sum()
        d, d1 = (
            (died[here] * (exit_[here] == t)).sum(),
            (died[exposed] * (exit_[exposed] == t)).sum(),
        )
        observed, expected = observed + d1, expected + d * y1 / y
        if y > 1:
            variance += d * (y - d) / (y - 1) * (y1 / y) * (1 - y1 / y)
    return observed, expected, variance


def compared(frame, **options):
    asked = {"exposures": {"transplant": "tx"}, "entry": "since"} | kit.DAYS | options
    e = episodes(frame, exit="days", event="died", after_exit="ignore", **asked)
    return None if len(e.states) < 2 or not e.histories.cause.any() else mantel_byar_test(e)


@given(cohorts())
def test_equals_its_definition(frame):
    found = compared(frame)
    if found is not None:
        observed, expected, variance = told_by_definition(frame)
        np.testing.assert_allclose(
            [found.observed[1], found.expected[1], found.covariance[1, 1]],
            [observed, expected, variance],
            rtol=1e-12,
            atol=1e-13,
        )


@given(cohorts(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_further_cuts_nor_the_unit_matter(frame, random):
    found = compared(frame)
    if found is None:
        return
    order = list(range(frame.height))
    random.shuffle(order)
    times = pl.col("days", "since", "tx", "gvhd")
    both = {"transplant": "tx", "GVHD": "gvhd"}
    for other in (
        compared(frame[order]),
        compared(frame, exposures=both, states="transplant"),
        compared(frame.with_columns(times / 7)),
    ):
        np.testing.assert_allclose(other.expected, found.expected, rtol=1e-12)
        np.testing.assert_allclose(other.covariance, found.covariance, rtol=1e-12, atol=1e-13)


@given(cohorts())
def test_an_exposure_from_the_start_gives_the_logrank_test(frame):
    fixed = frame.with_columns(tx=pl.when(pl.col("tx").is_null()).then(None).otherwise(pl.lit(0.0)))
    found = compared(fixed)
    if found is not None:
        group = np.where(fixed["tx"].is_null(), "a", "b")
        h = Histories.from_arrays(
            fixed["days"], fixed["died"].cast(int), entry=fixed["since"], group=group, **kit.DAYS
        )
        np.testing.assert_allclose(found.covariance, logrank_test(h).covariance, rtol=1e-12)
