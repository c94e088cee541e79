"""Follow-up cut at the dates of exposures: every rule, every option, every mistake."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exposures_kit as kit
from atrisk import Histories, InputError, kaplan_meier
from atrisk.sources.episode_checks import check_episodes
from atrisk.sources.episodes import episodes

TX = {"transplant": "tx"}
BOTH = {"transplant": "tx", "GVHD": "gvhd"}
GOOD = {
    "days": [9, 5, 7, 6],
    "died": [1, 0, 1, 0],
    "tx": [4, None, 0, 3],
    "gvhd": [6, None, 2, 3],
    "age": [31, 42, 53, 64],
    "sex": ["m", "f", "m", None],
}


def cut(columns=None, exposures=None, **options):
    frame = pl.DataFrame(GOOD | (columns or {}))
    chosen = TX if exposures is None else exposures
    asked = {"exit": "days", "event": "died", "exposures": chosen} | kit.DAYS | options
    return episodes(frame, **asked)


def rows(e, *names):
    return e.to_frame().select(*names).rows()


def test_one_exposure():
    e = cut()
    assert rows(e, "row", "start", "stop", "event", "state", "transplant") == [
        (1, 0, 4, 0, "before transplant", 0),
        (1, 4, 9, 1, "after transplant", 1),
        (2, 0, 5, 0, "before transplant", 0),
        (3, 0, 7, 1, "after transplant", 1),
        (4, 0, 3, 0, "before transplant", 0),
        (4, 3, 6, 0, "after transplant", 1),
    ]
    assert (len(e), e.patients, e.exposures) == (6, 4, ("transplant",))
    assert e.source_row.tolist() == [0, 0, 1, 2, 3, 3]
    assert np.array(GOOD["age"])[e.source_row].tolist() == [31, 31, 42, 53, 64, 64]
    assert len(e.remarks) == 0
    assert repr(e) == (
        "Episodes(6 rows of 4 patients, states=('before transplant', 'after transplant'), "
        "causes=('event',), unit='days', origin='acceptance', remarks=0, dropped=0)"
    )


def test_several_exposures_begin_apart_or_together():
    e = cut(exposures=BOTH)
    assert e.states == ("none", "transplant", "transplant + GVHD")
    assert rows(e, "row", "start", "stop", "state", "transplant", "GVHD") == [
        (1, 0, 4, "none", 0, 0),
        (1, 4, 6, "transplant", 1, 0),
        (1, 6, 9, "transplant + GVHD", 1, 1),
        (2, 0, 5, "none", 0, 0),
        (3, 0, 2, "transplant", 1, 0),
        (3, 2, 7, "transplant + GVHD", 1, 1),
        (4, 0, 3, "none", 0, 0),
        (4, 3, 6, "transplant + GVHD", 1, 1),
    ]


def test_states_by_the_latest_exposure():
    e = cut({"gvhd": [6, None, 2, 1]}, exposures=BOTH, states="latest")
    assert e.states == ("none", "transplant", "GVHD")
    labels = ["none", "transplant", "GVHD", "none", "transplant", "GVHD", "none", "GVHD"]
    assert [state for (state,) in rows(e, "state")] == [*labels, "transplant"]
    together = cut(exposures=BOTH, states="latest")
    assert rows(together, "state")[-1] == ("GVHD",)  # the later named of two at one time


def test_states_by_one_exposure_keep_the_others_as_covariates():
    e = cut(exposures=BOTH, states="GVHD")
    assert e.states == ("before GVHD", "after GVHD")
    assert rows(e, "state", "transplant", "GVHD")[:3] == [
        ("before GVHD", 0, 0),
        ("before GVHD", 1, 0),
        ("after GVHD", 1, 1),
    ]


def test_an_exposure_at_or_before_entry_counts_from_the_start():
    e = cut({"start": [4, 1, 0, 2]}, entry="start")
    assert rows(e, "row", "start", "stop", "transplant") == [
        (1, 4, 9, 1),
        (2, 1, 5, 0),
        (3, 0, 7, 1),
        (4, 2, 3, 0),
        (4, 3, 6, 1),
    ]


def test_an_exposure_at_exit_is_not_counted_and_listed():
    e = cut({"tx": [4, 5, None, None]})
    assert rows(e, "row", "start", "stop", "transplant")[2] == (2, 0, 5, 0)
    assert e.remarks.to_frame().rows() == [
        (2, "tx", 5.0, "exposure at exit: the exit belongs to the state before")
    ]


def test_an_exposure_at_exit_may_count_as_just_before():
    e = cut({"tx": [4, 5, None, None]}, at_exit="exposed")
    # the times that occur are 0, 4, 5, 6, 7, 9
    assert rows(e, "row", "start", "stop", "transplant")[2:4] == [(2, 0, 4.5, 0), (2, 4.5, 5, 1)]
    assert e.remarks.remark == ("exposure at exit: put halfway from the time before to the exit",)


def test_an_exposure_after_exit_is_refused_or_listed():
    with pytest.raises(InputError) as caught:
        cut({"tx": [4, 8, None, 7]})
    assert str(caught.value) == (
        "column 'tx' (exposure) is after exit in 2 rows: row 2, 4 (value 8 > 5, 7 > 6). Follow-up "
        "that goes on after exit belongs into the exit; correct the dates, or pass "
        "after_exit='ignore' to count these as not exposed, listed."
    )
    e = cut({"tx": [4, 8, None, 7]}, after_exit="ignore")
    assert rows(e, "row", "transplant") == [(1, 0), (1, 1), (2, 0), (3, 0), (4, 0)]
    told = "exposure after exit: not exposed while observed"
    assert e.remarks.to_frame().rows() == [(2, "tx", 8.0, told), (4, "tx", 7.0, told)]


ZERO = {"days": [9, 0, 7, 6], "died": [1, 1, 1, 0]}


def test_an_exit_at_zero_is_refused():
    with pytest.raises(
        InputError, match=r"'days' \(exit\) is 0 in 1 row: row 2\. .*at_zero='shift'"
    ):
        cut(ZERO)


def test_an_exit_at_zero_is_put_before_the_next_time():
    e = cut(ZERO, at_zero="shift")
    assert rows(e, "row", "start", "stop", "event")[2] == (2, 0, 1.5, 1)  # the next is 3
    assert e.remarks.to_frame().rows() == [(2, "days", 0.0, "exit at time 0 put at 1.5 days")]


def test_all_are_at_risk_of_an_exit_at_zero_as_in_the_plain_curve():
    columns = ZERO | {"tx": [None] * 4}
    plain = pl.DataFrame(GOOD | columns)
    km = kaplan_meier(Histories.from_frame(plain, exit="days", event="died", **kit.DAYS))
    moved = kaplan_meier(cut(columns, at_zero="shift").histories, variance="greenwood")
    assert (km.time[0], moved.time[0]) == (0, 3)  # the next time that occurs is 6
    for name in ("at_risk", "estimate", "std_error"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(km, name))


def test_an_exit_at_zero_may_be_left_out_and_is_listed():
    e = cut(ZERO, at_zero="drop")
    assert e.patients == 3
    assert e.histories.dropped.to_frame().rows() == [(2, "days", "exit at time 0")]
    assert set(e.source_row.tolist()) == {0, 2, 3}


def test_what_is_left_out_takes_its_weight_along():
    e = cut(ZERO | {"w": [1, 2, 3, 4]}, at_zero="drop", weights="w")
    assert e.histories.weights.tolist() == [1, 1, 3, 4, 4]


def test_both_shifts_of_the_stanford_data():
    e = kit.heart(at_exit="exposed")
    assert e.remarks.to_frame().select("row", "column", "time").rows() == [
        (15, "days", 0.0),
        (38, "wait", 4.0),
    ]
    assert [(*r,) for r in rows(e, "row", "start", "stop", "event") if r[0] in {15, 38}] == [
        (15, 0.0, 0.5, 1),
        (38, 0.0, 3.5, 0),
        (38, 3.5, 4.0, 1),
    ]


def test_missing_values_are_refused_or_left_out():
    gap = {"died": [1, None, 1, 0]}
    with pytest.raises(InputError, match=r"'died' \(event\) is missing in 1 row: row 2"):
        cut(gap)
    e = cut(gap, missing="drop", carry=["age"])
    assert (e.patients, e.histories.dropped.row.tolist()) == (3, [2])
    assert rows(e, "row", "age") == [(1, 31), (1, 31), (3, 53), (4, 64), (4, 64)]


def test_what_a_patient_has_is_carried_to_every_row():
    more = {"w": [1.0, 2.0, 1.0, 3.0], "centre": ["a", "b", "a", "b"], "id": [11, 12, 13, 13]}
    again = {"days": [9, 5, 7, 12], "tx": [4, None, 0, 9], "since": [0, 0, 0, 7]}
    e = cut(
        more | again, entry="since", weights="w", strata="centre", subject="id",
        carry=["age", "sex", "age"],
    )  # fmt: skip
    table = e.to_frame()
    own = ["row", "start", "stop", "event", "state", "transplant"]
    assert table.columns == [*own, "centre", "w", "id", "age", "sex"]
    assert table["id"].to_list() == [11, 11, 12, 13, 13, 13]
    assert table["sex"].to_list() == ["m", "m", "f", "m", None, None]
    assert e.histories.weights.tolist() == [1, 1, 2, 1, 3, 3]
    assert e.histories.subject.tolist() == [0, 0, 1, 2, 2, 2]
    assert e.histories.strata == ("a", "b")


@pytest.mark.parametrize(
    ("since", "days", "rows"),
    [
        (None, [9, 5, 7, 6], "row 1"),  # both from 0: sorted by stop, row 1 comes after row 3
        ([0, 0, 8, 0], [9, 5, 10, 6], "row 3"),
        ([0, 0, 0, 0], [9, 5, 9, 6], "row 3"),
    ],
)
def test_a_subject_is_not_followed_twice_at_a_time(since, days, rows):
    more = {"id": [1, 2, 1, 3], "days": days, "tx": [4, None, None, 3]}
    entry = {} if since is None else {"entry": "since"}
    words = rf"column 'id' \(subject\): {rows} overlap .* leave subject out"
    with pytest.raises(InputError, match=words):
        cut(more | ({} if since is None else {"since": since}), subject="id", **entry)


def test_rows_of_a_subject_may_follow_one_another_and_missing_ones_do_not_count():
    more = {"id": [1, 2, 1, 3], "since": [0, 0, 9, 0], "days": [9, None, 10, 6], "tx": [None] * 4}
    e = cut(more, subject="id", entry="since", missing="drop")
    assert e.histories.subject.tolist() == [0, 0, 1]
    crossing = more | {"since": [0, 0, 8, 0]}
    with pytest.raises(InputError, match=r"row 3 overlap"):  # as the input counts them
        cut(crossing, subject="id", entry="since", missing="drop")


@pytest.mark.parametrize("exposures", [["tx"], "tx", {}, None])
def test_exposures_are_a_mapping(exposures):
    with pytest.raises(InputError, match=r'such as exposures=\{"transplant": "tx_time"\}'):
        episodes(pl.DataFrame(GOOD), exit="days", event="died", exposures=exposures, **kit.DAYS)


def test_an_exposure_names_a_column():
    with pytest.raises(InputError, match=r"exposures\['x'\]=5: there is no such column"):
        cut(exposures={"x": 5})


def test_categories_keep_their_order():
    risk = pl.Series("risk", ["low", "high", None, "high"], dtype=pl.Enum(["low", "mid", "high"]))
    frame = pl.DataFrame(GOOD).with_columns(risk)
    e = episodes(frame, exit="days", event="died", exposures=TX, carry=["risk", "sex"], **kit.DAYS)
    table = e.to_frame()
    assert table["risk"].dtype == pl.Enum(["low", "high"])
    assert table["risk"].to_list() == ["low", "low", "high", None, "high", "high"]
    assert e.columns()["risk"].tolist() == table["risk"].to_list()
    assert table["sex"].to_list() == ["m", "m", "f", "m", None, None]


def test_true_and_false_stay_what_they_are_beside_missing_values():
    e = cut({"flag": [True, None, False, True]}, carry=["flag"])
    assert e.to_frame()["flag"].to_list()[1:4] == ["True", None, "False"]


def test_causes_have_a_column_of_their_own():
    e = cut({"died": [2, 0, 1, 0]}, causes={"relapse": 1, "death": 2})
    assert rows(e, "event", "cause")[:2] == [(0, None), (1, "death")]
    assert e.histories.causes == ("relapse", "death")


def test_without_subjects_a_row_is_a_patient():
    assert cut().histories.subject.tolist() == [0, 0, 1, 2, 3, 3]


def test_nobody_exposed():
    e = cut({"tx": [None] * 4})
    assert (e.states, len(e), e.exposed.sum()) == (("before transplant",), 4, 0)


def test_pandas_and_nearly_equal_times():
    frame = pd.DataFrame({"t": [0.3, 0.9], "d": [1, 0], "x": [0.1 + 0.2, 0.5]})
    e = episodes(frame, exit="t", event="d", exposures={"A": "x"}, **kit.DAYS)
    assert rows(e, "start", "stop", "A") == [(0, 0.3, 0), (0, 0.5, 0), (0.5, 0.9, 1)]
    assert e.remarks.row.tolist() == [1]  # at exit, up to rounding


MISTAKES = {
    "negative": ({"tx": [4, None, -1, 3]}, {}, r"'tx' \(exposure\) is negative in 1 row: row 3"),
    "infinite": ({"tx": [4.0, None, np.inf, 3.0]}, {}, r"'tx' \(exposure\) is infinite"),
    "text": ({"tx": ["4", None, "0", "3"]}, {}, "holds text where numbers are expected"),
    "no column": ({}, {"exposures": {"transplant": "tz"}}, r"exposures\['transplant'\]='tz'"),
    "no exposure": ({}, {"exposures": {}}, "name 1 to 16 exposures"),
    "a column": ({}, {"exposures": "tx"}, "name 1 to 16 exposures"),
    "states": ({}, {"states": "relapse"}, "choose 'combined', 'latest' or one exposure of"),
    "at_zero": ({}, {"at_zero": "keep"}, "at_zero='keep': choose one of 'error', 'shift', 'drop'"),
    "at_exit": ({}, {"at_exit": "drop"}, "at_exit='drop'"),
    "after_exit": ({}, {"after_exit": "drop"}, "after_exit='drop'"),
    "two of a name": ({}, {"exposures": {"age": "tx"}, "carry": ["age"]}, "the name 'age'"),
    "own name": ({}, {"exposures": {"stop": "tx"}}, "the name 'stop' would stand for two"),
    "carry text": ({}, {"carry": "age"}, r"carry='age': give a list of columns"),
    "carry unknown": ({}, {"carry": ["agee"]}, "covariate='agee': there is no such column"),
    "weightless state": (
        {"w": [0, 1, 0, 0], "tx": [4, None, 0, 3]},
        {"weights": "w"},
        "weights are zero in every row of group after transplant",
    ),
    "all at zero": ({"days": [0] * 4, "tx": [None] * 4}, {"at_zero": "drop"}, "0 in every row"),
    "none followed": ({"days": [0] * 4, "tx": [None] * 4}, {"at_zero": "shift"}, "nobody was"),
    "entry at exit": ({"start": [9, 0, 0, 0]}, {"entry": "start"}, "is not before column 'days'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(mistake):
    columns, options, words = MISTAKES[mistake]
    with pytest.raises(InputError, match=words):
        cut(columns, **options)


times = st.integers(1, 30)


@given(
    st.lists(
        st.tuples(
            times, st.integers(0, 1), st.integers(0, 29), *[st.none() | st.integers(0, 30)] * 3
        ),
        min_size=1,
        max_size=25,
    )
)
def test_rows_cover_each_history_once(patients):
    patients = [(t, d, min(s, t - 1), a, b, c) for t, d, s, a, b, c in patients]
    names = ["t", "d", "s", "a", "b", "c"]
    frame = pl.DataFrame(patients, schema=dict.fromkeys(names, pl.Int64), orient="row")
    e = episodes(
        frame, exit="t", event="d", entry="s", exposures={"A": "a", "B": "b", "C": "c"},
        after_exit="ignore", **kit.DAYS,
    )  # fmt: skip
    table = e.to_frame()
    assert len(check_episodes(table, subject="row", start="start", stop="stop", event="event")) == 0
    for i, (t, d, s, *begins) in enumerate(patients):
        mine = table.filter(pl.col("row") == i + 1)
        assert (mine["start"][0], mine["stop"][-1], mine["event"].sum()) == (s, t, d)
        for name, begin in zip("ABC", begins, strict=True):
            # exposed time is what is left of (s, t] after the exposure
            spent = ((mine["stop"] - mine["start"]) * mine[name]).sum()
            assert spent == (0 if begin is None else max(0, t - max(begin, s)))
