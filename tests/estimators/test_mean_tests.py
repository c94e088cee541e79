"""Tests of means against R, identities and what cannot be tested."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.engine.standardised import difference_of_means, difference_of_shares
from atrisk.errors import InputError
from atrisk.estimators.mean_tests import anova_test, t_test

TESTS = Path(__file__).parents[1]
STORED = json.loads((TESTS / "reference" / "values" / "table_one.json").read_text(encoding="utf-8"))
MEANS, SHARES = STORED["means"], STORED["shares"]


def columns(stored):
    frame = pl.read_csv(TESTS / "data" / f"{stored['data']}.csv")
    frame = frame.drop_nulls([stored["value"], stored["group"]])
    return frame[stored["value"]].to_numpy(), frame[stored["group"]].to_numpy()


@pytest.mark.parametrize("stored", MEANS.values(), ids=MEANS)
def test_means_equal_r(stored):
    values, groups = columns(stored)
    found = anova_test(values, groups)
    assert (found.p_value, found.statistic) == pytest.approx(
        (stored["anova"], stored["f"]), rel=1e-9
    )
    if "welch" not in stored:
        return
    welch = t_test(values, groups)
    assert (welch.statistic, welch.df, welch.p_value) == pytest.approx(
        (stored["welch_t"], stored["welch_df"], stored["welch"]), rel=1e-9
    )
    assert [welch.lower, welch.upper] == pytest.approx(stored["welch_interval"], rel=1e-9)
    student = t_test(values, groups, equal_variances=True)
    assert (student.statistic, student.p_value) == pytest.approx(
        (stored["student_t"], stored["student"]), rel=1e-9
    )
    assert [student.lower, student.upper] == pytest.approx(stored["student_interval"], rel=1e-9)
    # of two groups, F is the square of Student's t
    assert found.statistic == pytest.approx(student.statistic**2, rel=1e-11)


def test_the_level_of_the_interval():
    values, groups = columns(MEANS["age_by_sex"])
    narrow, wide = (t_test(values, groups, conf_level=level) for level in (0.8, 0.95))
    assert wide.lower < narrow.lower < narrow.difference < narrow.upper < wide.upper


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: t_test([1, 2, 3], ["a", "b", "c"]), "compares two groups; there are 3: a, b, c"),
        (lambda: t_test([1, 2, 3], ["a", "a", "b"]), "group 'b' has one value"),
        (lambda: t_test([1, 1, 2, 2], ["a", "a", "b", "b"]), "nothing varies within groups"),
        (lambda: anova_test([1, 1, 2, 2], ["a", "a", "b", "b"]), "nothing varies within groups"),
        (lambda: anova_test([1, 2], ["a", "b"]), "nothing varies within groups"),
        (lambda: t_test([1, 2], ["a", "b"], conf_level=1.0), "conf_level"),
    ],
)
def test_what_cannot_be_compared(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_groups_are_described():
    found = anova_test([1, 2, 4, 7, 9], ["b", "b", "b", "a", "a"])
    assert found.group.tolist() == ["a", "b"]
    assert found.n.tolist() == [2, 3]
    assert found.mean.tolist() == [8.0, pytest.approx(7 / 3)]
    assert found.to_frame().columns == ["group", "n", "mean", "sd"]
    assert t_test([1, 2, 4, 7], ["b", "b", "a", "a"]).to_frame().columns == found.to_frame().columns


# --- standardised differences ---------------------------------------------------------


def pairs(groups):
    names = sorted(set(groups.tolist()))
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]


@pytest.mark.parametrize("stored", MEANS.values(), ids=MEANS)
def test_differences_of_means_equal_r(stored):
    values, groups = columns(stored)
    found = [
        difference_of_means(values[groups == a], values[groups == b]) for a, b in pairs(groups)
    ]
    assert max(found) == pytest.approx(stored["difference"], rel=1e-9)


@pytest.mark.parametrize("stored", SHARES.values(), ids=SHARES)
def test_differences_of_shares_equal_r(stored):
    values, groups = columns(stored)
    levels = np.unique(values)
    counts = {g: np.array([(values[groups == g] == v).sum() for v in levels]) for g in set(groups)}
    found = [difference_of_shares(counts[a], counts[b]) for a, b in pairs(groups)]
    assert max(found) == pytest.approx(stored["difference"], rel=1e-9)


COUNTS = st.lists(st.integers(1, 60), min_size=2, max_size=5)


@given(COUNTS, st.data())
def test_the_order_of_levels_and_groups_does_not_matter(first, data):
    second = data.draw(st.lists(st.integers(1, 60), min_size=len(first), max_size=len(first)))
    order = data.draw(st.permutations(range(len(first))))
    a, b = np.array(first), np.array(second)
    found = difference_of_shares(a, b)
    assert difference_of_shares(b, a) == pytest.approx(found, rel=1e-8, abs=1e-8)
    assert difference_of_shares(a[order], b[order]) == pytest.approx(found, rel=1e-7, abs=1e-7)
    # a level that nobody has changes nothing
    with_empty = [np.append(counts, 0) for counts in (a, b)]
    assert difference_of_shares(*with_empty) == pytest.approx(found, rel=1e-8, abs=1e-8)


@given(COUNTS.filter(lambda counts: len(counts) == 2), COUNTS.filter(lambda c: len(c) == 2))
def test_two_levels_are_austin_s_formula(first, second):
    p, q = first[0] / sum(first), second[0] / sum(second)
    expected = abs(p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    found = difference_of_shares(np.array(first), np.array(second))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_where_nothing_varies_within_groups():
    assert np.isnan(difference_of_shares(np.array([5, 0]), np.array([0, 7])))
    assert difference_of_shares(np.array([5, 0]), np.array([7, 0])) == 0.0
    assert np.isnan(difference_of_means(np.array([1.0, 1.0]), np.array([2.0, 2.0])))
    assert difference_of_means(np.array([1.0, 1.0]), np.array([1.0, 1.0])) == 0.0
    # one group has one level only: the other varies, along that direction
    assert np.isfinite(difference_of_shares(np.array([5, 0]), np.array([3, 4])))
