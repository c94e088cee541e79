"""Simon-Makuch curves: by hand, beside R, and what must hold on any data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exposures_kit as kit
from atrisk import Histories, InputError, kaplan_meier
from atrisk.estimators.simon_makuch import simon_makuch
from atrisk.sources.episodes import episodes

TOLD = kit.STORED["simon_makuch"]
FOUR = {"days": [2, 4, 6, 8], "died": [1, 1, 1, 0], "tx": [None, 1, None, 3]}


def cut(columns, **options):
    asked = {"exposures": {"transplant": "tx"}} | kit.DAYS | options
    return episodes(pl.DataFrame(columns), exit="days", event="died", **asked)


def test_by_hand():
    s = simon_makuch(cut(FOUR))
    assert s.curve_group == ("before transplant", "after transplant")
    assert s.time.tolist() == [1, 2, 3, 6, 4, 8]
    assert s.at_risk.tolist() == [4, 3, 2, 1, 2, 1]
    assert s.events.tolist() == [0, 1, 0, 1, 1, 0]
    assert s.moved_out.tolist() == [1, 0, 1, 0, 0, 0]
    assert s.censored.tolist() == [0, 0, 0, 0, 0, 1]
    expected = [1, Fraction(2, 3), Fraction(2, 3), 0, Fraction(1, 2), Fraction(1, 2)]
    np.testing.assert_allclose(s.estimate, [float(v) for v in expected], rtol=1e-14)
    # Greenwood: (2/3)^2 / (3 x 2) and (1/2)^2 / (2 x 1)
    variance = np.square(s.std_error[[1, 4]])
    np.testing.assert_allclose(
        variance, [float(Fraction(2, 27)), float(Fraction(1, 8))], rtol=1e-13
    )
    assert (s.method, s.variance, s.landmark_start) == ("Simon-Makuch", "greenwood", 0.0)


def test_moves_by_hand():
    m = simon_makuch(cut(FOUR)).moves([0, 3, 6])
    table = m.columns()
    assert table["group"].tolist() == ["before transplant"] * 3 + ["after transplant"] * 3
    assert table["at_risk"].tolist() == [4, 2, 1, 0, 1, 1]
    assert table["entered"].tolist() == [4, 0, 0, 0, 0, 0]
    assert table["moved_in"].tolist() == [0, 0, 0, 0, 1, 1]
    assert table["moved_out"].tolist() == [0, 1, 1, 0, 0, 0]
    assert table["events"].tolist() == [0, 1, 0, 0, 0, 1]
    assert table["censored"].tolist() == [0, 0, 0, 0, 0, 0]
    assert m.to_frame().height == 6


def test_from_a_landmark_by_hand():
    s = simon_makuch(cut(FOUR), landmark_start=2.5)
    assert s.time.tolist() == [3, 6, 4, 8]
    assert s.at_risk.tolist() == [2, 1, 2, 1]
    assert s.landmark_start == 2.5
    assert s.dropped.to_frame().rows() == [(1, "exit", "event by the landmark start")]
    points = s.at([2.5, 3, 4])
    assert points.columns()["at_risk"].tolist() == [2, 2, 1, 1, 1, 2]
    assert points.columns()["estimate"].tolist() == [1, 1, 1, 1, 1, 0.5]
    assert s.moves([2.5, 4]).at_risk.tolist() == [2, 1, 1, 2]
    for ask in (s.at, s.moves):
        with pytest.raises(InputError, match=r"2\.5"):
            ask([1, 3])


CASES = {
    "heart": lambda: simon_makuch(kit.heart()),
    "heart_from_60": lambda: simon_makuch(kit.heart(), "log-log", 0.9, landmark_start=60),
    "one": lambda: simon_makuch(kit.drawn("transplant"), "plain"),
    "two": lambda: simon_makuch(kit.drawn("transplant", "GVHD"), "logit", 0.99),
    "two_from_2.35": lambda: simon_makuch(kit.drawn("transplant", "GVHD"), landmark_start=2.35),
    "robust": lambda: simon_makuch(kit.drawn("transplant", "GVHD"), variance="robust"),
}


TOLERANCES = {
    "time": 1e-12,
    "at_risk": 1e-12,
    "events": 0,
    "left": 0,
    "estimate": 1e-9,
    "std_error": 1e-8,
    "lower": 1e-8,
    "upper": 1e-8,
}


@pytest.mark.parametrize("case", CASES)
def test_equals_survfit_on_the_rows(case):
    found, told = CASES[case](), {curve["state"]: curve for curve in TOLD[case]}
    assert {kit.as_in_r(state) for state in found.curve_group} == set(told)
    for i, state in enumerate(found.curve_group):
        here = slice(found.starts[i], found.starts[i + 1])
        curve = told[kit.as_in_r(state)]
        values = {
            "left": found.censored + found.moved_out,
            **{name: getattr(found, name) for name in TOLERANCES if name != "left"},
        }
        # where S is 0 Greenwood's sum is infinite; R prints what rounding makes of it
        gone = np.array(curve["estimate"]) < 1e-14
        for name, rtol in TOLERANCES.items():
            told_here = np.array(curve[name], dtype=float)  # null is NaN
            ours = values[name][here].copy()
            if name in {"std_error", "lower", "upper"}:
                ours[gone] = told_here[gone] = np.nan
            np.testing.assert_allclose(ours, told_here, rtol=rtol, atol=1e-14, err_msg=name)


def test_quantiles_equal_r():
    s = CASES["heart"]()
    read = s.quantile([0.25, 0.5]).columns()
    for state in s.curve_group:
        told = next(c for c in TOLD["heart"] if c["state"] == kit.as_in_r(state))
        chosen = read["estimate"][read["group"] == state]
        np.testing.assert_allclose(chosen, np.array(told["quantile"], dtype=float), rtol=1e-12)
    assert s.median().estimate.tolist() == s.quantile(0.5).estimate.tolist()


def test_fractional_weights_make_it_robust():
    e = kit.drawn("transplant", weights="weight")
    assert simon_makuch(e).variance == "robust"
    assert simon_makuch(e, variance="greenwood").variance == "greenwood"


def test_restricted_means_are_refused():
    with pytest.raises(InputError, match="move from curve to curve"):
        simon_makuch(cut(FOUR)).rmst(5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"landmark_start": 8}, "nobody is at risk after 8 days"),
        ({"landmark_start": -1}, "give a time of 0 or later"),
        ({"landmark_start": "100"}, "give a time of 0 or later"),
        ({"variance": "aalen"}, "variance='aalen': choose one of"),
        ({"conf_type": "linear"}, "conf_type='linear'"),
        ({"conf_level": 95}, "conf_level=95"),
    ],
)
def test_mistakes(options, words):
    with pytest.raises(InputError, match=words):
        simon_makuch(cut(FOUR), **options)


def test_histories_without_entry_are_refused():
    h = Histories.from_arrays([1, 2], [1, 1], group=["a", "b"], **kit.DAYS)
    with pytest.raises(InputError, match=r"simon_makuch takes .* rows, one a patient and state"):
        simon_makuch(h)


def test_rows_without_subjects_count_every_end_as_censored():
    h = Histories.from_arrays(
        [2, 4, 6], [0, 1, 1], entry=[0, 2, 0], group=["a", "b", "a"], **kit.DAYS
    )
    s = simon_makuch(h)
    assert (s.moved_out.tolist(), s.censored.tolist()) == ([0, 0, 0], [1, 0, 0])


def test_a_change_of_state_of_no_weight_has_no_time():
    s = simon_makuch(cut(FOUR | {"w": [1, 0, 1, 1]}, weights="w"))
    assert s.time.tolist() == [2, 3, 6, 8]
    assert s.moved_out.tolist() == [0, 1, 0, 0]
    h = Histories.from_arrays(
        [9, 12, 5, 13], [0, 1, 1, 1], entry=[0, 9, 0, 0], group=list("baba"),
        weights=[0, 0, 1, 1], subject=[1, 1, 2, 3], **kit.DAYS,
    )  # fmt: skip
    assert simon_makuch(h).moved_out.tolist() == [0, 0]


ROWS = {  # a second event, and two rows side by side, one of which goes on
    "exit": [3, 6, 5, 3, 8],
    "event": [1, 1, 0, 0, 1],
    "entry": [0, 3, 0, 0, 5],
    "subject": [1, 1, 2, 2, 2],
    "group": list("aaaab"),
}


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 1, 3, 2, 0]])
@pytest.mark.parametrize("kept", [[0, 1], [2, 3, 4], [0, 1, 2, 3, 4]])
def test_who_goes_on_after_an_event_has_not_moved(order, kept):
    chosen = [i for i in order if i in kept]
    rows = {name: [values[i] for i in chosen] for name, values in ROWS.items()}
    m = simon_makuch(Histories.from_arrays(**rows, **kit.DAYS)).moves([0, 9])
    both = 2 in kept
    assert m.moved_in.sum() == m.moved_out.sum() == both
    assert m.events.sum() == 2 * (0 in kept) + both
    assert m.censored.sum() == both


def test_rows_in_any_order():
    h, s = kit.heart().histories, simon_makuch(kit.heart())
    order = np.random.default_rng(7).permutation(len(h))
    times = h.grid.times
    mixed = Histories.from_arrays(
        times[h.exit][order], h.cause[order], entry=times[h.entry][order],
        subject=h.subject[order], group=h.group[order], **kit.DAYS,
    )  # fmt: skip
    again = simon_makuch(mixed)
    for name in ("time", "at_risk", "censored", "moved_out", "estimate", "std_error"):
        np.testing.assert_allclose(getattr(again, name), getattr(s, name), rtol=1e-12)
    assert s.moved_out.sum() == 66  # of 69, two were transplanted on day 0 and one at exit


@st.composite
def cohorts(draw):
    n = draw(st.integers(3, 14))
    half = st.integers(2, 12).map(lambda v: v / 2)
    begin = st.one_of(st.none(), st.integers(0, 12).map(lambda v: v / 2))
    table = {
        "days": draw(st.lists(half, min_size=n, max_size=n)),
        "died": draw(st.lists(st.sampled_from([0, 1]), min_size=n, max_size=n)),
        "tx": draw(st.lists(begin, min_size=n, max_size=n)),
        "gvhd": draw(st.lists(begin, min_size=n, max_size=n)),
        "w": draw(st.lists(st.sampled_from([1.0, 2.0, 0.5]), min_size=n, max_size=n)),
    }
    return pl.DataFrame(table, schema=dict.fromkeys(table, pl.Float64))


def drawn_curves(frame, start=None, **options):
    asked = {"exposures": {"transplant": "tx"}, "after_exit": "ignore"} | kit.DAYS | options
    e = episodes(frame, exit="days", event="died", **asked)
    return simon_makuch(e, landmark_start=start, variance="greenwood")


@given(cohorts())
def test_an_exposure_that_all_have_from_the_start_gives_kaplan_meier(frame):
    s = drawn_curves(frame.with_columns(tx=pl.lit(0.0)))
    h = Histories.from_arrays(frame["days"], frame["died"].cast(int), **kit.DAYS)
    km = kaplan_meier(h)
    assert s.curve_group == ("after transplant",)
    for name in ("time", "at_risk", "events", "censored", "estimate", "std_error", "lower"):
        np.testing.assert_allclose(getattr(s, name), getattr(km, name), rtol=1e-12)


@given(cohorts(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_further_cuts_matter(frame, random):
    order = list(range(frame.height))
    random.shuffle(order)
    s, shuffled = drawn_curves(frame), drawn_curves(frame[order])
    both = {"transplant": "tx", "GVHD": "gvhd"}
    finer = drawn_curves(frame, exposures=both, states="transplant")
    at = [0, 0.75, 2, 3.5, 6]
    for other in (shuffled, finer):
        assert other.curve_group == s.curve_group
        for name in ("estimate", "std_error", "events", "at_risk"):
            np.testing.assert_allclose(
                other.at(at, "carry").columns()[name], s.at(at, "carry").columns()[name], rtol=1e-12
            )


@given(cohorts(), st.sampled_from([None, 0.5, 1.25]), st.booleans())
def test_numbers_at_risk_balance(frame, start, weighted):
    if frame["days"].max() <= (start or 0):
        return
    s = drawn_curves(frame, start, weights="w" if weighted else None)
    at = np.array([s.landmark_start, 1.5, 2.0, 3.7, 6.5])
    m = s.moves(at)
    flow = m.entered + m.moved_in - m.moved_out - m.events - m.censored
    for state in s.curve_group:
        mine = m.group == state
        np.testing.assert_allclose(np.cumsum(flow[mine]), m.at_risk[mine], atol=1e-12)
        read = s.at(at, "carry").columns()
        np.testing.assert_allclose(
            read["at_risk"][read["group"] == state], m.at_risk[mine], atol=1e-12
        )
    by_time = m.moved_in.reshape(-1, at.size), m.moved_out.reshape(-1, at.size)
    np.testing.assert_allclose(by_time[0].sum(axis=0), by_time[1].sum(axis=0), atol=1e-12)
    total = m.events.sum()
    whole = frame.filter(pl.col("days") > s.landmark_start)
    weights = whole["w"] if weighted else 1
    np.testing.assert_allclose(total, (whole["died"] * weights).sum(), atol=1e-12)
