"""Columns of every kind that a frame may hold, and frames of every kind."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from atrisk import Histories, InputError, cox, fine_gray, logistic
from atrisk.frames import Levels, absent, column, spelled
from atrisk.sources.episodes import episodes

DAYS = [5.0, 8.0, 8.0, 11.0, 14.0, 20.0, 21.0, 25.0]
DIED = [True, True, False, True, True, False, True, True]
AGE = [61, 50, 44, 70, 52, 39, 48, 58]
UNIT = {"unit": "days", "origin": "diagnosis"}
GAPS = [True, True, None, True, None, False, True, True]


def table(**more):
    return pd.DataFrame({"days": DAYS, "died": DIED, "age": AGE} | more)


TRUTHS = {
    "nullable": pd.array(GAPS, dtype="boolean"),
    "Arrow": pd.array(GAPS, dtype="bool[pyarrow]"),
    "objects": pd.Series([pd.NA if value is None else value for value in GAPS], dtype=object),
}


@pytest.mark.parametrize("kind", TRUTHS)
def test_missing_truths_are_missing_like_any_other(kind):
    fit = cox("Surv(days, d) ~ age", table(d=TRUTHS[kind]))
    assert fit.dropped.row.tolist() == [3, 5]
    whole = cox("Surv(days, d) ~ age", pl.DataFrame({"days": DAYS, "age": AGE, "d": GAPS}))
    assert fit.estimate.tolist() == whole.estimate.tolist()


@pytest.mark.parametrize("kind", TRUTHS)
@pytest.mark.parametrize("role", ["covariate", "group"])
def test_missing_truths_leave_two_levels(kind, role):
    found = column(table(d=TRUTHS[kind]), "d", role=role)
    assert isinstance(found, Levels)
    assert found.labels == ("False", "True")
    assert found.codes.tolist() == [1, 1, -1, 1, -1, 0, 1, 1]


def test_objects_with_pandas_na_are_numbers_or_text():
    numbers = pd.Series([1, pd.NA, 0, 2, 1, 0, 2, 1], dtype=object)
    text = pd.Series(["m", pd.NA, "f", "m", "f", "m", "f", "m"], dtype=object)
    assert cox("Surv(days, died) ~ x", table(x=numbers)).dropped.row.tolist() == [2]
    fit = cox("Surv(days, died) ~ x", table(x=text))
    assert (fit.term.tolist(), fit.dropped.row.tolist()) == (["x[m]"], [2])
    events = pd.Series(["dead", pd.NA, *["alive", "dead"] * 3], dtype=object)
    h = Histories.from_frame(
        table(e=events), exit="days", event="e", causes={"death": "dead"}, censored="alive",
        missing="drop", **UNIT,
    )  # fmt: skip
    assert h.cause.tolist() == [1, 0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("value", "is_absent"),
    [(None, True), (np.nan, True), (pd.NA, True), (pd.NaT, True), (0, False), ("", False),
     (np.array([1.0, 2.0]), False), ([np.nan], False)],
)  # fmt: skip
def test_what_is_absent(value, is_absent):
    assert absent(value) is is_absent


@pytest.mark.parametrize("kind", [float, "Float64", int])
@pytest.mark.parametrize("ordered", [True, False])
def test_categories_of_numbers_keep_their_order(kind, ordered):
    values = pd.Series([2, 0, 1, 2, 1, 0, 2, 1]).astype(kind)
    if kind is not int:
        values[0] = None
    grade = pd.Categorical(values, categories=[2, 1, 0, 3], ordered=ordered)
    found = column(table(g=grade), "g", role="covariate")
    assert found.labels == ("2", "1", "0")  # 3 does not occur
    assert found.codes[1:].tolist() == [2, 1, 0, 1, 2, 0, 1]
    assert found.codes[0] == (0 if kind is int else -1)
    assert cox("Surv(days, died) ~ g", table(g=grade)).term.tolist() == ["g[1]", "g[0]"]


def test_categories_of_one_decimal_keep_it():
    found = column(table(g=pd.Categorical([0.5, 1.0] * 4)), "g", role="group")
    assert found.labels == ("0.5", "1")
    assert spelled(0.25) == "0.25"


def test_dictionaries_of_numbers_are_levels():
    frame = pa.table({"g": pa.array([3, 1, None, 3]).dictionary_encode()})
    found = column(frame, "g", role="group")
    assert [None if c < 0 else found.labels[c] for c in found.codes] == ["3", "1", None, "3"]


@pytest.mark.parametrize("name", [3, ("a", 1)])
def test_columns_named_by_no_text_are_listed(name):
    frame = table(x=1).rename(columns={"x": name})
    with pytest.raises(InputError, match=r"'agee': there is no such column.*Did you mean 'age'"):
        cox("Surv(days, died) ~ agee", frame)
    assert cox("Surv(days, died) ~ age", frame).n == 8
    assert column(frame, name, role="weights").tolist() == [1] * 8


def test_covariates_named_by_numbers_are_refused():
    h = Histories.from_frame(table(), exit="days", event="died", **UNIT)
    with pytest.raises(InputError, match=r"a column is named 0, which is no text.*Rename"):
        cox(h, pd.DataFrame({0: AGE}))


@pytest.mark.parametrize("kind", ["pandas", "Arrow"])
def test_two_columns_of_one_name_are_refused(kind):
    frame = pd.concat([table(), table()[["age"]]], axis=1)
    if kind == "Arrow":
        frame = pa.table([pa.array(DAYS), pa.array(AGE), pa.array(AGE)], names=["d", "age", "age"])
    with pytest.raises(InputError, match="several columns named 'age'"):
        cox("Surv(days, died) ~ age", frame)


@pytest.mark.parametrize("nested", [[[1, 2]] * 8, [{"a": 1}] * 8])
@pytest.mark.parametrize("role", ["covariate", "weights"])
def test_lists_and_structures_are_refused(nested, role):
    frame = pl.DataFrame({"days": DAYS, "died": DIED, "age": AGE, "x": nested})
    right, more = ("age", {"weights": "x"}) if role == "weights" else ("x", {})
    with pytest.raises(InputError, match=rf"column 'x' \({role}\) holds (List|Struct)"):
        cox(f"Surv(days, died) ~ {right}", frame, **more)


@pytest.mark.parametrize("value", [np.ones(8), [1.0] * 8, pl.Series([1.0] * 8)])
@pytest.mark.parametrize("role", ["weights", "subject"])
def test_a_column_is_named_not_given(value, role):
    kind = type(value).__name__
    with pytest.raises(InputError, match=rf"{role} is given as {kind}: name a column"):
        cox("Surv(days, died) ~ age", table(), **{role: value})


@pytest.mark.parametrize("role", ["weights", "subject"])
def test_a_number_is_no_column(role):
    with pytest.raises(InputError, match=rf"{role}=5: there is no such column"):
        cox("Surv(days, died) ~ age", table(), **{role: 5})


LAZY = pl.DataFrame({
    "days": DAYS, "died": DIED, "age": AGE, "state": [1, 2, 0, 1, 2, 0, 1, 2], "tx": [2] * 8,
})  # fmt: skip
CALLS = {
    "cox": lambda df: cox("Surv(days, died) ~ age", df),
    "dot": lambda df: cox("Surv(days, died) ~ .", df.select("days", "died", "age")),
    "histories": lambda df: cox(
        Histories.from_frame(df, exit="days", event="died", **UNIT), df.select("age")
    ),
    "new data": lambda df: cox("Surv(days, died) ~ age", LAZY).predict_survival(df, [9]),
    "fine_gray": lambda df: fine_gray(
        "Surv(days, state) ~ age", df, cause="a", causes={"a": 1, "b": 2}
    ),
    "logistic": lambda df: logistic("state ~ age", df, event=1),
    "episodes": lambda df: episodes(
        df, exit="days", event="died", exposures={"transplant": "tx"}, **UNIT
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_lazy_frame_gives_the_same_and_no_warning(call):
    whole = CALLS[call](LAZY).to_frame()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert CALLS[call](LAZY.lazy()).to_frame().equals(whole)


def test_a_lazy_frame_is_computed_once():
    counted = []
    frame = LAZY.lazy().map_batches(lambda df: counted.append(1) or df)
    cox("Surv(days, died) ~ age + tx + strata(state)", frame.with_columns(tx=pl.col("age") % 7))
    assert len(counted) == 1


CODES = {
    "1/2": ([1, 2] * 4, {}, 'Name the codes, such as causes={"death": 2}, censored=1.'),
    "1/2, named": (
        [1, 2] * 4,
        {"causes": {"relapse": 2}},
        'Declare every code, such as causes={"relapse": 2}, censored=1.',
    ),
    "1.0/2.0": ([1.0, 2.0] * 4, {}, 'causes={"death": 2}, censored=1.'),
    "1/2/3": ([1, 2, 3, 1] * 2, {}, 'causes={"relapse": 2, "death": 3}, censored=1.'),
    "0/1/2/3": (
        [0, 1, 2, 3] * 2,
        {},
        'causes={"cause 1": 1, "cause 2": 2, "cause 3": 3}, censored=0.',
    ),
    "0/5": ([0, 5] * 4, {}, 'causes={"death": 5}, censored=0.'),
    "a single code": ([3] * 8, {}, 'causes={"death": 3}, censored=0.'),
    "a later code": (
        [1, 2, 9, 1] * 2,
        {"causes": {"relapse": 1, "death": 2}},
        'causes={"relapse": 1, "death": 2, "cause 9": 9}, censored=0.',
    ),
    "two censored": (
        [0, 8, 1, 2] * 2,
        {"censored": [0, 8]},
        'causes={"relapse": 1, "death": 2}, censored=[0, 8].',
    ),
    "text": (["dead", "alive"] * 4, {}, 'causes={"dead": "dead"}, censored="alive".'),
    "objects": (
        pd.Series(["Relapse", "Censored", None, "Death"] * 2, dtype=object),
        {"missing": "drop"},
        'causes={"Death": "Death", "Relapse": "Relapse"}, censored="Censored".',
    ),
    "no word for censored": (
        ["no", "yes"] * 4,
        {},
        'causes={"no": "no", "yes": "yes"}, censored=0.',
    ),
    "not the events": (list(range(40, 49)), {}, "The column has 9 different values: check"),
}


@pytest.mark.parametrize("case", CODES)
def test_the_codes_found_are_suggested(case):
    codes, options, advice = CODES[case]
    frame = pd.DataFrame({"days": [float(i + 1) for i in range(len(codes))], "e": codes})
    with pytest.raises(InputError) as caught:
        Histories.from_frame(frame, exit="days", event="e", **UNIT, **options)
    assert advice in str(caught.value)


@pytest.mark.parametrize("causes", [[1, 2], "death", 1])
def test_causes_are_a_mapping(causes):
    with pytest.raises(InputError, match=r'for example causes=\{"relapse": 1, "death": 2\}'):
        cox("Surv(days, died) ~ age", table(), causes=causes)


def test_the_empty_columns_are_named():
    frame = table(e=[None] * 8, w=[1.0] * 4 + [None] * 4)
    with pytest.raises(InputError, match=r"column 'e' in 8, 'w' in 4 of 8 rows"):
        cox("Surv(days, e) ~ age", frame, weights="w")


def test_the_columns_that_leave_no_row_are_named():
    frame = table(c=[None, None, 1, 1, 1, 1, 1, 1], w=[1.0, 1.0] + [0.0] * 6)
    with pytest.raises(InputError, match=r"no row of 8 is left.*column 'c', 'weights'"):
        cox("Surv(days, died) ~ age", frame, weights="w", cluster="c")


def test_the_rows_left_out_are_counted_by_column_and_reason():
    frame = table(w=[0.0, 1, 1, 1, 1, 1, 1, 1]).astype({"age": float})
    frame.loc[[2, 4], "age"] = np.nan
    found = cox("Surv(days, died) ~ age", frame, weights="w").dropped
    assert repr(found) == "Dropped(3 rows; weights: weight is 0 in 1; age: missing value in 2)"
    assert repr(cox("Surv(days, died) ~ age", table()).dropped) == "Dropped(0 rows)"
