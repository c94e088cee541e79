"""Every mistake in the input is named with its column, rows, values and remedy."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from atrisk import Histories, InputError, follow_up, kaplan_meier, logrank_test, tally

UNIT = {"unit": "days", "origin": "transplant"}
GOOD = {"days": [5.0, 8.0, 8.0, 9.0], "died": [1, 0, 1, 0], "arm": ["a", "a", "b", "b"]}


def histories(columns=None, **roles):
    asked = {"exit": "days", "event": "died"} | UNIT | roles
    return Histories.from_frame(pl.DataFrame(GOOD | (columns or {})), **asked)


MISTAKES = {
    "negative time": (
        {"days": [5.0, -8.0, 8.0, 9.0]},
        {},
        "column 'days' (exit) is negative in 1 row: row 2 (value -8). Times count from the origin: "
        "correct the dates, or leave these rows out.",
    ),
    "negative whole time": (
        {"days": [-5, 8, 8, -9]},
        {},
        "column 'days' (exit) is negative in 2 rows: row 1, 4 (value -5, -9). Times count from the "
        "origin: correct the dates, or leave these rows out.",
    ),
    "negative entry": (
        {"start": [0.0, -1.0, 0.0, 0.0]},
        {"entry": "start"},
        "column 'start' (entry) is negative in 1 row: row 2 (value -1). Times count from the "
        "origin: "
        "correct the dates, or leave these rows out.",
    ),
    "missing time": (
        {"days": [5.0, None, 8.0, 9.0]},
        {},
        "column 'days' (exit) is missing in 1 row: row 2 (value missing). Complete the values, or "
        "pass missing='drop' to leave the rows out and list them.",
    ),
    "NaN": (
        {"days": [5.0, np.nan, 8.0, np.nan]},
        {},
        "column 'days' (exit) is missing in 2 rows: row 2, 4 (value missing, missing). Complete "
        "the "
        "values, or pass missing='drop' to leave the rows out and list them.",
    ),
    "missing event": (
        {"died": [1, 0, None, 0]},
        {},
        "column 'died' (event) is missing in 1 row: row 3 (value missing). Complete the values, or "
        "pass missing='drop' to leave the rows out and list them.",
    ),
    "missing group": (
        {"arm": ["a", None, "b", "b"]},
        {"group": "arm"},
        "column 'arm' (group) is missing in 1 row: row 2 (value missing). Complete the values, or "
        "pass missing='drop' to leave the rows out and list them.",
    ),
    "infinite": (
        {"days": [5.0, 8.0, np.inf, 9.0]},
        {},
        "column 'days' (exit) is infinite in 1 row: row 3 (value inf). Give a finite number or "
        "leave "
        "the value out.",
    ),
    "infinite beside missing": (
        {"days": [5.0, np.nan, np.inf, 9.0]},
        {"missing": "drop"},
        "column 'days' (exit) is infinite in 1 row: row 2 (value inf). Give a finite number or "
        "leave "
        "the value out.",
    ),
    "entry at exit": (
        {"start": [0.0, 8.0, 0.0, 10.0]},
        {"entry": "start"},
        "column 'start' (entry) is not before column 'days' (exit) in 2 rows: row 2, 4 (value "
        "8 >= 8, 10 >= 9). A row is at risk after its entry and up to its exit: correct the times, "
        "or leave these rows out.",
    ),
    "undeclared code": (
        {"died": [1, 0, 2, 0]},
        {},
        "column 'died' (event) holds a code that nobody declared in 1 row: row 3 (value 2). "
        "Declared "
        "are event = 1 and censored = 0. Name the codes, such as "
        'causes={"relapse": 1, "death": 2}, censored=0.',
    ),
    "undeclared among causes": (
        {"died": [1, 0, 2, 9]},
        {"causes": {"relapse": 1, "death": 2}},
        "column 'died' (event) holds a code that nobody declared in 1 row: row 4 (value 9). "
        "Declared "
        "are relapse = 1, death = 2 and censored = 0. Declare every code, such as "
        'causes={"relapse": 1, "death": 2, "cause 9": 9}, censored=0.',
    ),
    "undeclared text": (
        {"died": ["dead", "alive", "lost", "alive"]},
        {"causes": {"death": "dead"}, "censored": "alive"},
        "column 'died' (event) holds a code that nobody declared in 1 row: row 3 (value 'lost'). "
        "Declared are death = 'dead' and censored = 'alive'. Declare every code, such as "
        'causes={"death": "dead", "lost": "lost"}, censored="alive".',
    ),
    "one code twice": (
        {},
        {"causes": {"relapse": 1, "death": 1}},
        "column 'died' (event): code 1 is declared twice among the causes "
        "{'relapse': 1, 'death': 1} and censored=[0]. Give each code one meaning.",
    ),
    "no causes": (
        {},
        {"causes": {}},
        "causes is empty: name at least one cause of column 'died', for example "
        'causes={"relapse": 1, "death": 2}.',
    ),
    "no event column": (
        {},
        {"event": "dead"},
        "event='dead': there is no such column. Columns are: days, died, arm. Did you mean 'died'?",
    ),
    "misspelt column": (
        {},
        {"group": "arms"},
        "group='arms': there is no such column. Columns are: days, died, arm. Did you mean 'arm'?",
    ),
    "dates": (
        {"days": [dt.date(2020, 1, d) for d in (1, 2, 3, 4)]},
        {},
        "column 'days' (exit) holds dates where numbers are expected: row 1, 2, 3 (value "
        "2020-01-01, 2020-01-02, 2020-01-03). Subtract the origin's date first, for example "
        "(exit - origin) in days.",
    ),
    "durations": (
        {"days": [dt.timedelta(days=d) for d in (1, 2, 3, 4)]},
        {},
        "column 'days' (exit) holds durations where numbers are expected: row 1, 2, 3 (value "
        "1 day, 0:00:00, 2 days, 0:00:00, 3 days, 0:00:00). Divide by one unit first, for example "
        "by "
        "one day.",
    ),
    "text": (
        {"days": ["5", "8", "8+", "9"]},
        {},
        "column 'days' (exit) holds text where numbers are expected: row 1, 2, 3 (value "
        "'5', '8', '8+'). Convert the column to numbers.",
    ),
    "swapped columns": (
        {"died": [True, False, True, False]},
        {"exit": "died", "event": "died"},
        "column 'died' (exit) holds true/false values where numbers are expected. Check that the "
        "columns are not swapped.",
    ),
    "negative weight": (
        {"w": [1.0, -0.5, 1.0, 1.0]},
        {"weights": "w"},
        "column 'w' (weights) is negative in 1 row: row 2 (value -0.5). Case weights are zero or "
        "more.",
    ),
    "group of no weight": (
        {"w": [1.0, 0.5, 0.0, 0.0]},
        {"weights": "w", "group": "arm"},
        "column 'w' (weights) is zero in every row of group b: nothing is left of it. Leave the "
        "group out, or correct the weights.",
    ),
    "unknown option": ({}, {"missing": "ignore"}, "missing='ignore': use 'error' or 'drop'."),
    "all missing": (
        {"days": [None, None, None, None]},
        {"missing": "drop"},
        "every row has a missing value, so no history is left: column 'days' in 4 of 4 rows. "
        "Complete the values, or correct the name of the column.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_named(mistake):
    columns, roles, message = MISTAKES[mistake]
    with pytest.raises(InputError) as caught:
        histories(columns, **roles)
    assert str(caught.value) == message


def test_zero_rows():
    with pytest.raises(InputError, match="there are no rows: at least one history is needed"):
        Histories.from_frame(pl.DataFrame(GOOD).clear(), exit="days", event="died", **UNIT)


def test_lengths_differ():
    with pytest.raises(InputError, match=r"differ in length: \{'exit': 2, 'event': 1\}"):
        Histories.from_arrays([1, 2], [1], **UNIT)


def test_two_dimensions():
    with pytest.raises(InputError, match=r"exit has shape \(1, 2\); one value a row"):
        Histories.from_arrays([[1, 2]], [1, 0], **UNIT)


def test_not_a_frame():
    with pytest.raises(InputError, match="a data frame is expected, not list"):
        Histories.from_frame([1, 2], exit="days", event="died", **UNIT)


def test_rows_dropped_are_listed_and_the_rest_is_kept():
    h = histories(
        {"days": [5.0, None, 8.0, 9.0], "died": [1, 0, None, 0], "arm": ["a", None, "b", "b"]},
        group="arm",
        missing="drop",
    )
    assert len(h) + len(h.dropped) == 4
    assert h.dropped.to_frame().to_dicts() == [
        {"row": 2, "column": "days, arm", "reason": "missing value"},
        {"row": 3, "column": "died", "reason": "missing value"},
    ]
    assert kaplan_meier(h).dropped is h.dropped
    assert h.groups == ("a", "b")


def test_group_emptied_by_dropping_is_no_group():
    h = histories({"days": [None, None, 8.0, 9.0]}, group="arm", missing="drop")
    assert h.groups == ("b",)
    assert kaplan_meier(h).groups == ("b",)


def test_one_row():
    km = kaplan_meier(Histories.from_arrays([3], [1], **UNIT))
    assert km.estimate.tolist() == [0.0]
    assert km.median().estimate.tolist() == [3.0]


def test_all_censored():
    h = histories({"died": [0, 0, 0, 0]}, group="arm")
    km = kaplan_meier(h)
    assert km.notes == ("nobody had the event: every row is censored",)
    assert (km.estimate == 1).all()
    assert np.isnan(km.median().estimate).all()
    with pytest.raises(InputError, match="nobody had the event: every row is censored, so there"):
        logrank_test(h)


def test_nobody_censored_follow_up_is_not_reached():
    h = histories({"died": [1, 1, 1, 1]})
    assert np.isnan(follow_up(h).median().estimate).all()


def test_group_without_events_is_noted_and_compared():
    h = histories({"died": [1, 1, 0, 0]}, group="arm")
    assert kaplan_meier(h).notes == ("no event in group b",)
    test = logrank_test(h)
    assert test.observed.tolist() == [2.0, 0.0]
    assert test.df == 1


def test_one_group_is_nothing_to_compare():
    with pytest.raises(InputError, match="a comparison needs at least two groups; there is 'all'"):
        logrank_test(histories())


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow", "lazy"])
def test_any_frame_gives_the_same(kind):
    df = pl.DataFrame(GOOD | {"w": [1.0, 2.0, 1.0, 3.0]})
    frame = {
        "polars": df,
        "pandas": pd.DataFrame(df.to_dict(as_series=False)),
        "arrow": df.to_arrow(),
        "lazy": df.lazy(),
    }[kind]
    h = Histories.from_frame(
        frame, exit="days", event="died", group="arm", strata="arm", weights="w", **UNIT
    )
    expected = tally(histories({"w": df["w"]}, group="arm", strata="arm", weights="w"))
    assert h.groups == ("a", "b")
    np.testing.assert_array_equal(tally(h).events, expected.events)
    np.testing.assert_array_equal(tally(h).censored, expected.censored)


def test_categories_keep_their_order_and_lose_empty_ones():
    arms = pl.Series(["b", "b", "a", "a"], dtype=pl.Enum(["c", "b", "a"]))
    assert histories({"arm": arms}, group="arm").groups == ("b", "a")
    pandas_arms = pd.Categorical(["b", "b", "a", "a"], categories=["c", "b", "a"])
    frame = pd.DataFrame(GOOD).assign(arm=pandas_arms)
    h = Histories.from_frame(frame, exit="days", event="died", group="arm", **UNIT)
    assert h.groups == ("b", "a")


LABELS = {
    "small": ([3, 1, 3, 1], ("1", "3"), [1, 0, 1, 0]),
    "negative": ([-3, 1, -3, 1], ("-3", "1"), [0, 1, 0, 1]),
    "wide": ([100, 70_000, 100, 5], ("5", "100", "70000"), [1, 2, 1, 0]),
    "huge": ([10**12, 1, 1, 2], ("1", "2", "1000000000000"), [2, 0, 0, 1]),
    "real": ([1.5, 2.0, 2.0, 1.5], ("1.5", "2"), [0, 1, 1, 0]),
    "bool": ([True, False, True, True], ("False", "True"), [1, 0, 1, 1]),
    "one bool": ([True, True, True, True], ("True",), [0, 0, 0, 0]),
    "text": (["b", "a", "b", "a"], ("a", "b"), [1, 0, 1, 0]),
    "unsigned": (np.array([7, 2, 7, 2], np.uint16), ("2", "7"), [1, 0, 1, 0]),
    "other bytes": (np.array([7, 2, 7, 2], ">i4"), ("2", "7"), [1, 0, 1, 0]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_are_coded_in_order(kind):
    values, labels, codes = LABELS[kind]
    h = Histories.from_arrays(GOOD["days"], GOOD["died"], group=values, **UNIT)
    assert h.groups == labels
    assert h.group.tolist() == codes


EVENTS = {
    "bool": ([True, False], None, 0, [1, 0]),
    "float": ([1.0, 0.0], None, 0, [1, 0]),
    "nullable": ([True, None], None, 0, None),
    "text": (["relapse", "none"], {"relapse": "relapse"}, "none", [1, 0]),
    "several censorings": ([3, 4], {"death": 1}, [3, 4], [0, 0]),
    "own codes": ([9, 0], {"death": 9}, 0, [1, 0]),
    "reversed": ([2, 1], {"a": 2, "b": 1}, 0, [1, 2]),
}


@pytest.mark.parametrize("kind", EVENTS)
def test_events_are_coded_as_declared(kind):
    values, causes, censored, codes = EVENTS[kind]
    asked = {"causes": causes, "censored": censored, "missing": "drop"} | UNIT
    h = Histories.from_arrays([1, 2], values, **asked)
    assert h.cause.tolist() == (codes or [1])


WORDS = {
    "words that mean nothing here": (["dead", "survived", "dead", "survived"], None, None),
    "only one word": (["yes"] * 4, None, None),
    "undeclared digits": (["0", "2", "0", "9"], {"relapse": 1, "death": 2}, None),
    "digits as text": (["1", "0", "1", "0"], None, [1, 0, 1, 0]),
    "two causes as text": (["0", "2", "1", "2"], {"relapse": 1, "death": 2}, [0, 2, 1, 2]),
    "declared words": (["dead", "alive", "dead", "alive"], {"death": "dead"}, [1, 0, 1, 0]),
}


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_text_events_mean_what_was_declared_and_nothing_else(kind, dtype):
    """Positions of labels in their alphabet must never be taken for event codes."""
    words, causes, expected = WORDS[kind]
    events = pl.Series(words, dtype=dtype)
    roles = {"causes": causes, "censored": "alive" if kind == "declared words" else 0}
    if expected is None:
        with pytest.raises(InputError, match="holds a code that nobody declared"):
            histories({"died": events}, **roles)
    else:
        assert histories({"died": events}, **roles).cause.tolist() == expected


BIG = 2**53


@pytest.mark.parametrize("role", ["group", "strata", "subject"])
def test_large_numbers_that_name_something_stay_apart(role):
    ids = [BIG, BIG + 1, None, BIG]
    for frame in (
        pl.DataFrame(GOOD | {"id": ids}),
        pd.DataFrame(GOOD | {"id": pd.array(ids, dtype="Int64")}),
    ):
        asked = {"exit": "days", "event": "died", role: "id", "missing": "drop"} | UNIT
        h = Histories.from_frame(frame, **asked)
        codes = {"group": h.group, "strata": h.stratum, "subject": h.subject}[role]
        assert codes.tolist() == [0, 1, 0]
    objects = np.array([BIG, BIG + 1, 5, BIG], object)
    h = Histories.from_arrays(GOOD["days"], GOOD["died"], **{role: objects}, **UNIT)
    codes = {"group": h.group, "strata": h.stratum, "subject": h.subject}[role]
    assert codes.tolist() == [1, 2, 0, 1]


TIMES = [np.int64, np.uint32, np.int32, np.float64]


@pytest.mark.parametrize("dtype", TIMES)
def test_large_whole_times_stay_apart(dtype):
    exits = (10**9 + np.array([0, 10, 20, 30, 40])).astype(dtype)
    km = kaplan_meier(Histories.from_arrays(exits, [1, 1, 1, 1, 0], **UNIT))
    np.testing.assert_allclose(km.estimate, [0.8, 0.6, 0.4, 0.2, 0.2], rtol=1e-14)
    spread = np.array([0, 10**9, 10**9 + 10], dtype=np.int64)
    assert kaplan_meier(Histories.from_arrays(spread, [1, 1, 1], **UNIT)).time.size == 3


SMALL = [np.uint8, np.int8, np.uint16, np.int16]


@pytest.mark.parametrize("dtype", SMALL)
def test_the_largest_small_integers(dtype):
    top, low = np.iinfo(dtype).max, np.iinfo(dtype).min
    values = np.array([top, 0, top, 1], dtype=dtype)
    assert kaplan_meier(Histories.from_arrays(values, [1, 0, 1, 0], **UNIT)).time[-1] == top
    labels = np.array([top, low, top, low], dtype=dtype)
    h = Histories.from_arrays([1, 2, 3, 4], [1, 0, 1, 0], group=labels, **UNIT)
    assert h.groups == (str(low), str(top))
    huge = np.array([2**64 - 1, 2**64 - 2, 2**64 - 1, 2**64 - 2], dtype=np.uint64)
    h = Histories.from_arrays([1, 2, 3, 4], [1, 0, 1, 0], group=huge, **UNIT)
    assert h.groups == (str(2**64 - 2), str(2**64 - 1))


def test_a_tally_and_its_grid_are_read_only():
    h = histories({"days": [5, None, 8, 9]}, missing="drop")
    for array in (tally(h).events, tally(h).time, h.grid.times, h.dropped.row):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_dictionaries_of_arrow_in_pandas():
    arms = pl.Series(["b", "a", "b", "a"], dtype=pl.Categorical)
    frame = pl.DataFrame(GOOD | {"arm": arms}).to_pandas(use_pyarrow_extension_array=True)
    h = Histories.from_frame(frame, exit="days", event="died", group="arm", **UNIT)
    assert sorted(h.groups) == ["a", "b"]
    assert [h.groups[code] for code in h.group] == ["b", "a", "b", "a"]
