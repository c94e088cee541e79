"""Tests of tables and ranks against R, naive enumeration and published limits."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from math import comb, factorial, prod
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from atrisk.engine.contingency import pair_quantile, score_statistic, table_p_value
from atrisk.errors import InputError
from atrisk.estimators.rank_tests import kruskal_wallis_test, wilcoxon_test
from atrisk.estimators.risk_comparison import risk_comparison
from atrisk.estimators.table_tests import chi_squared_test, fisher_test

TESTS = Path(__file__).parents[1]
STORED = json.loads((TESTS / "reference" / "values" / "tables.json").read_text(encoding="utf-8"))
TABLES, RANKS, EXACT = STORED["tables"], STORED["ranks"], STORED["exact"]
SQUARE = [stored for stored in TABLES if "odds_ratio" in stored]

Z = 1.959963984540054


def number(value):
    return np.inf if value is None or value == "Inf" else value


# --- Fisher and chi-squared ---------------------------------------------------------


@pytest.mark.parametrize("stored", TABLES, ids=lambda stored: str(stored["table"]))
def test_tables_equal_r(stored):
    found = fisher_test(stored["table"])
    assert found.p_value == pytest.approx(stored["fisher"], rel=1e-9)
    assert found.p_error == 0.0
    chi = chi_squared_test(stored["table"], continuity=False)
    assert (chi.statistic, chi.p_value) == pytest.approx(
        (stored["chi_squared"], stored["p_value"]), rel=1e-11
    )
    assert chi.df == stored["df"]
    yates = chi_squared_test(stored["table"])
    assert (yates.statistic, yates.p_value) == pytest.approx(
        (stored["yates"], stored["yates_p_value"]), rel=1e-11
    )
    assert ("Yates" in yates.method) == (np.shape(stored["table"]) == (2, 2))


@pytest.mark.parametrize("stored", SQUARE, ids=lambda stored: str(stored["table"]))
def test_the_conditional_odds_ratio_solves_its_equations(stored):
    found = fisher_test(stored["table"], conf_level=0.9)
    for name in ("estimate", "lower", "upper"):
        value = found.odds_ratio if name == "estimate" else getattr(found, name)
        assert value == pytest.approx(number(stored["odds_ratio"][name]), rel=1e-9)
        # R's fisher.test stops its search at 1e-4 of a transformed scale
        assert value == pytest.approx(number(stored["printed"][name]), rel=1e-3)
    for side in ("greater", "less"):
        one = fisher_test(stored["table"], alternative=side)
        assert one.p_value == pytest.approx(stored[side], rel=1e-10)
    assert one.lower == 0.0
    (a, b), (c, d) = stored["table"]
    assert found.sample_odds_ratio == (a * d / (b * c) if b * c else np.inf)


def tables_with(rows, columns):
    """Every table with these margins, by brute force."""
    if len(rows) == 1:
        yield [columns]
        return
    for first in itertools.product(*(range(min(rows[0], c) + 1) for c in columns)):
        if sum(first) == rows[0]:
            rest = [c - x for c, x in zip(columns, first, strict=True)]
            for others in tables_with(rows[1:], rest):
                yield [list(first), *others]


def exact_probability(table):
    rows, columns = [sum(row) for row in table], [sum(c) for c in zip(*table, strict=True)]
    top = prod(map(factorial, [*rows, *columns]))
    return Fraction(top, factorial(sum(rows)) * prod(factorial(x) for row in table for x in row))


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=4), min_size=2, max_size=3))
def test_the_exact_p_value_is_the_sum_over_all_tables(rows):
    width = min(map(len, rows))
    table = [row[:width] for row in rows]
    margins = [sum(row) for row in table], [sum(c) for c in zip(*table, strict=True)]
    if 0 in margins[0] or 0 in margins[1]:
        return
    observed = exact_probability(table)
    chances = [exact_probability(other) for other in tables_with(*margins)]
    assert sum(chances) == 1
    expected = sum(p for p in chances if p <= observed)
    assert table_p_value(np.array(table)) == pytest.approx(float(expected), rel=1e-11)
    assert table_p_value(np.array(table).T) == pytest.approx(float(expected), rel=1e-11)


@pytest.mark.parametrize(
    "table",
    [[[100, 121], [143, 300]], [[300, 361], [423, 900]], [[6000, 6100], [6200, 6900]]],
)
def test_counts_of_hundreds_and_thousands_lose_no_digit(table):
    """Factors of whole halves pass the largest double; the hypergeometric sum in fractions."""
    (a, b), (c, d) = table
    first, second, left = a + b, c + d, a + c
    likely = [-1] * (left + 1)
    weight = comb(second, left)  # x = 0
    for x in range(left + 1):
        likely[x] = weight
        weight = weight * (first - x) * (left - x) // ((x + 1) * (second - left + x + 1))
    limit = likely[a] * (1 + Fraction(1, 10**7))
    expected = Fraction(sum(one for one in likely if one <= limit), comb(first + second, left))
    assert table_p_value(np.array(table)) == pytest.approx(float(expected), rel=1e-9)


def test_labels_are_counted_and_mappings_read():
    group = ["other"] * 42 + ["double"] * 16
    outcome = [1] * 9 + [0] * 33 + [1] * 8 + [0] * 8
    found = fisher_test(group, outcome)
    assert found.groups == ("double", "other")
    assert found.outcomes == ("0", "1")
    assert found.table.tolist() == [[8, 8], [33, 9]]
    by_mapping = fisher_test({"double": [8, 8], "other": [33, 9]})
    assert by_mapping.p_value == found.p_value
    series = fisher_test(pl.Series(group).cast(pl.Categorical), pl.Series(outcome))
    assert series.p_value == found.p_value
    assert found.columns()["n"].tolist() == [58]


def test_drawn_tables_estimate_p_with_their_error():
    table = TABLES[6]["table"]
    exact = fisher_test(table).p_value
    drawn = fisher_test(table, draws=20_000, seed=7)
    assert drawn.p_error == pytest.approx(np.sqrt(drawn.p_value * (1 - drawn.p_value) / 20_000))
    assert abs(drawn.p_value - exact) < 4 * drawn.p_error
    assert drawn.p_value == fisher_test(table, draws=20_000, seed=7).p_value
    assert drawn.p_value != fisher_test(table, draws=20_000, seed=8).p_value
    # the smallest P value of B tables is 1 / (B + 1), never 0
    assert fisher_test([[30, 0], [0, 30]], draws=99, seed=1).p_value == 0.01


def test_small_expected_counts_are_noted():
    assert chi_squared_test([[8, 8], [9, 33]]).note.startswith("1 of 4 expected counts")
    assert chi_squared_test([[20, 20], [20, 30]]).note == ""
    assert chi_squared_test([[8, 8], [9, 33]]).columns()["expected"][0] == 16 * 17 / 58


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fisher_test([[1, 2]]), "two rows and two columns at least"),
        (lambda: fisher_test([[1, -2], [3, 4]]), "row 1, column 2 is -2"),
        (lambda: fisher_test([[1, 2.5], [3, 4]]), "is 2.5: counts are whole"),
        (lambda: fisher_test([[1, np.nan], [3, 4]]), "is nan"),
        (lambda: fisher_test({"a": [0, 0], "b": [3, 4]}), "nobody is in row 'a'"),
        (lambda: chi_squared_test([[1, 0], [3, 0]]), "nobody is in column 'column 2'"),
        (lambda: fisher_test(["a", "b"], [1]), "group has 2 values and outcome 1"),
        (lambda: fisher_test(["a", "a"], [0, 1]), "group is 'a' in every row"),
        (lambda: fisher_test(["a", None], [0, 1]), "group is missing in 1 row: row 2"),
        (lambda: fisher_test([[1, 2, 3], [3, 4, 5]], alternative="less"), "only a 2 x 2 table"),
        (lambda: fisher_test([[1, 2], [3, 4]], draws=100), "give both"),
        (lambda: fisher_test([[1, 2], [3, 4]], conf_level=2), "conf_level=2"),
        (lambda: fisher_test(np.full((6, 6), 20)), "too large for an exact P value"),
        (lambda: kruskal_wallis_test([1, 2], ["a", "a"]), "every row is in group 'a'"),
        (lambda: kruskal_wallis_test([1, 1], ["a", "b"]), "all values are 1"),
        (lambda: kruskal_wallis_test([1, None], ["a", "b"]), "is missing in 1 row: row 2"),
        (lambda: kruskal_wallis_test(["x", "y"], ["a", "b"]), "holds text where numbers"),
        (lambda: kruskal_wallis_test([1, 2, 3], ["a", "b"]), "values has 3 values and groups 2"),
        (lambda: wilcoxon_test([1, 2, 3], ["a", "b", "c"]), "there are 3: a, b, c"),
        (lambda: wilcoxon_test([1, 1, 3], ["a", "b", "b"], exact=True), "there are ties"),
        (lambda: risk_comparison([[1, 2, 3], [3, 4, 5]]), "the table is 2 x 3"),
        (lambda: risk_comparison(["a", "b"], ["x", "y"]), "Name the one that is the event"),
        (lambda: risk_comparison([[1, 2], [3, 4]], conf_type="exact"), "conf_type='exact'"),
        (lambda: risk_comparison([[1, 2], [3, 4]], measure="hazard"), "measure='hazard'"),
        (
            lambda: risk_comparison([[0, 2], [3, 4]], measure="ratio", conf_type="wald"),
            "events are 0/2 in 'row 1', 3/7 in 'row 2'",
        ),
        (lambda: risk_comparison([[0, 2], [0, 4]], measure="ratio"), "Use measure='difference'"),
    ],
)
def test_mistakes_are_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


# --- ranks ----------------------------------------------------------------------------


@pytest.mark.parametrize("stored", RANKS, ids=lambda s: f"{s['value']} by {s['group']}")
def test_rank_tests_equal_r(stored):
    frame = pl.read_csv(TESTS / "data" / f"{stored['data']}.csv")
    frame = frame.drop_nulls([stored["value"], stored["group"]])
    values, groups = frame[stored["value"]], frame[stored["group"]]
    found = kruskal_wallis_test(values, groups)
    assert (found.statistic, found.p_value) == pytest.approx(
        (stored["statistic"], stored["p_value"]), rel=1e-10
    )
    assert found.df == stored["df"]
    assert found.n.sum() == frame.height
    assert found.n @ found.mean_rank == pytest.approx(frame.height * (frame.height + 1) / 2)
    if "wilcoxon" in stored:
        told = stored["wilcoxon"]
        by_default = wilcoxon_test(values, groups)
        assert by_default.statistic == told["statistic"]
        assert by_default.p_value == pytest.approx(told["p_value"], rel=1e-10)
        assert wilcoxon_test(values, groups, exact=False).p_value == pytest.approx(
            told["corrected"], rel=1e-10
        )
        plain = wilcoxon_test(values, groups, exact=False, continuity=False)
        assert plain.p_value == pytest.approx(told["uncorrected"], rel=1e-10)
        # without its correction the test of two groups is Kruskal and Wallis's
        assert plain.p_value == pytest.approx(stored["p_value"], rel=1e-10)


@pytest.mark.parametrize("stored", EXACT, ids=lambda stored: str(stored["conf_level"]))
def test_the_exact_shift_equals_r(stored):
    found = wilcoxon_test(stored["time"], stored["group"], conf_level=stored["conf_level"])
    assert "exact" in found.method
    assert (found.statistic, found.p_value) == pytest.approx(
        (stored["statistic"], stored["p_value"]), rel=1e-12
    )
    assert (found.difference, found.lower, found.upper) == pytest.approx(
        (stored["difference"], stored["lower"], stored["upper"]), rel=1e-11
    )


def test_the_groups_are_described():
    found = kruskal_wallis_test([1, 2, 3, 4, 10], ["a", "a", "a", "a", "b"])
    assert found.median.tolist() == [2.5, 10.0]
    assert found.lower_quartile.tolist() == [1.75, 10.0]
    assert found.upper_quartile.tolist() == [3.25, 10.0]
    assert found.mean_rank.tolist() == [2.5, 5.0]


def test_the_normal_shift_covers_the_middle_of_all_differences():
    rng = np.random.default_rng(3)
    a, b = np.round(rng.normal(1, 2, 60), 1), np.round(rng.normal(0, 2, 70), 1)
    found = wilcoxon_test([*a, *b], ["a"] * 60 + ["b"] * 70)
    differences = np.sort(np.subtract.outer(a, b).ravel())
    assert found.difference == pytest.approx(np.median(differences), abs=1e-12)
    rank = int(np.floor(2100 - Z * np.sqrt(4200 * 131 / 12)))
    assert found.lower == pytest.approx(differences[rank - 1], abs=1e-12)
    assert found.upper == pytest.approx(differences[-rank], abs=1e-12)
    assert wilcoxon_test([*a, *b], ["a"] * 60 + ["b"] * 70, conf_level=0.5).lower > found.lower


@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=6),
    st.lists(st.integers(-5, 5), min_size=1, max_size=6),
)
def test_a_quantile_of_differences_is_found_without_making_them(first, second):
    x, y = np.array(first, dtype=float), np.array(second, dtype=float)
    ordered = np.sort(np.subtract.outer(x, y).ravel())
    found = [pair_quantile(x, y, rank) for rank in range(1, ordered.size + 1)]
    np.testing.assert_allclose(found, ordered, atol=1e-12)


# --- risks ----------------------------------------------------------------------------

# Newcombe RG (1998) Stat Med 17:873, table II: limits printed to 4 places
NEWCOMBE = [
    ([[56, 14], [48, 32]], "wald", 0.0575, 0.3425),
    ([[56, 14], [48, 32]], "score", 0.0533, 0.3377),
    ([[56, 14], [48, 32]], "miettinen-nurminen", 0.0528, 0.3382),
    ([[56, 14], [48, 32]], "newcombe", 0.0524, 0.3339),
    ([[9, 1], [3, 7]], "wald", 0.2605, 0.9395),
    ([[9, 1], [3, 7]], "miettinen-nurminen", 0.1700, 0.8406),
    ([[9, 1], [3, 7]], "newcombe", 0.1705, 0.8090),
    ([[10, 0], [0, 20]], "miettinen-nurminen", 0.7156, 1.0000),
    ([[10, 0], [0, 20]], "newcombe", 0.6791, 1.0000),
]


@pytest.mark.parametrize(("table", "conf_type", "lower", "upper"), NEWCOMBE)
def test_differences_equal_the_published_limits(table, conf_type, lower, upper):
    found = risk_comparison(table, conf_type=conf_type)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=5e-5)  # as printed


def test_koopmans_interval_as_published():
    # Koopman PAR (1984) Biometrics 40:513: 36 of 40 against 16 of 80
    found = risk_comparison([[36, 4], [16, 64]], measure="ratio", conf_type="score")
    assert found.estimate == pytest.approx(4.5, rel=1e-14)
    assert (found.lower, found.upper) == pytest.approx((2.94, 7.15), abs=5e-3)  # as printed


def restricted(events, total, measure, value):
    """The most likely proportions under a hypothesis, by a search over the second of them."""

    def first(q):
        if measure == "difference":
            return q + value
        return q * value if measure == "ratio" else q * value / (1 + q * (value - 1))

    def loss(q):
        p = np.array([first(q), q])
        if (p <= 0).any() or (p >= 1).any():
            return np.inf
        return -(events @ np.log(p) + (total - events) @ np.log(1 - p))

    low = max(0.0, -value) if measure == "difference" else 0.0
    high = {"difference": min(1.0, 1 - value), "ratio": min(1.0, 1 / value)}.get(measure, 1.0)
    found = minimize_scalar(
        loss, bounds=(low + 1e-12, high - 1e-12), method="bounded", options={"xatol": 1e-13}
    ).x
    return np.array([first(found), found])


@pytest.mark.parametrize("measure", ["difference", "ratio", "odds ratio"])
@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("table", [[[8, 8], [9, 33]], [[5, 2], [3, 7]], [[1, 30], [4, 20]]])
def test_score_limits_solve_their_equation(table, measure, corrected):
    conf_type = "miettinen-nurminen" if corrected else "score"
    found = risk_comparison(table, measure=measure, conf_type=conf_type)
    events = np.array([table[0][0], table[1][0]], dtype=float)
    total = np.array([sum(table[0]), sum(table[1])], dtype=float)
    for limit, sign in ((found.lower, 1), (found.upper, -1)):
        z = score_statistic(events, total, measure, limit, corrected=corrected)
        assert z == pytest.approx(sign * Z, rel=1e-9)
        q = restricted(events, total, measure, limit)
        spread = q * (1 - q)
        if measure == "odds ratio":
            naive = (events[0] - total[0] * q[0]) * np.sqrt((1 / (total * spread)).sum())
        else:
            scale = limit if measure == "ratio" else 1.0
            gap = events[0] / total[0] - scale * events[1] / total[1]
            gap -= limit if measure == "difference" else 0.0
            naive = gap / np.sqrt(spread[0] / total[0] + scale**2 * spread[1] / total[1])
        naive /= np.sqrt(total.sum() / (total.sum() - 1)) if corrected else 1.0
        # the search over likelihoods knows its maximum to the root of rounding
        assert z == pytest.approx(naive, rel=1e-5)


def test_the_null_value_gives_pearsons_p_value():
    table = [[8, 8], [9, 33]]
    pearson = chi_squared_test(table, continuity=False).p_value
    for measure in ("difference", "ratio", "odds ratio"):
        assert risk_comparison(table, measure=measure, conf_type="score").p_value == pytest.approx(
            pearson, rel=1e-12
        )
        corrected = risk_comparison(table, measure=measure)
        assert corrected.p_value > pearson
    assert risk_comparison(table, conf_type="newcombe").p_value == pytest.approx(pearson)
    exact = risk_comparison(table, measure="odds ratio", conf_type="exact", conf_level=0.9)
    fisher = fisher_test(table, conf_level=0.9)
    assert (exact.estimate, exact.p_value) == (fisher.odds_ratio, fisher.p_value)
    assert (exact.lower, exact.upper) == pytest.approx((fisher.lower, fisher.upper), rel=1e-9)


def test_wald_intervals_by_hand():
    odds = risk_comparison([[8, 8], [9, 33]], measure="odds ratio", conf_type="wald")
    error = np.sqrt(1 / 8 + 1 / 8 + 1 / 9 + 1 / 33)
    assert odds.lower == pytest.approx(np.exp(np.log(11 / 3) - Z * error), rel=1e-12)
    ratio = risk_comparison([[8, 8], [9, 33]], measure="ratio", conf_type="wald")
    error = np.sqrt(1 / 8 - 1 / 16 + 1 / 9 - 1 / 42)
    assert ratio.upper == pytest.approx(np.exp(np.log(7 / 3) + Z * error), rel=1e-12)
    caffo = risk_comparison([[8, 8], [9, 33]], conf_type="agresti-caffo")
    p, q = 9 / 18, 10 / 44
    error = np.sqrt(p * (1 - p) / 18 + q * (1 - q) / 44)
    assert caffo.lower == pytest.approx(p - q - Z * error, rel=1e-12)
    assert caffo.estimate == pytest.approx(8 / 16 - 9 / 42, rel=1e-14)


@pytest.mark.parametrize("measure", ["ratio", "odds ratio"])
def test_a_group_without_events_has_one_limit(measure):
    none = risk_comparison([[0, 10], [3, 7]], measure=measure)
    assert (none.estimate, none.lower) == (0.0, 0.0)
    assert 1.0 < none.upper < 1.2
    turned = risk_comparison([[3, 7], [0, 10]], measure=measure)
    assert (turned.estimate, turned.upper) == (np.inf, np.inf)
    assert turned.lower == pytest.approx(1 / none.upper, rel=1e-9)


def test_nobody_with_an_event_still_has_a_difference():
    found = risk_comparison([[0, 10], [0, 20]])
    assert (found.estimate, found.p_value) == (0.0, 1.0)
    assert -0.17 < found.lower < 0 < found.upper < 0.29
    wald = risk_comparison([[0, 10], [0, 20]], conf_type="wald")
    assert (wald.lower, wald.upper) == (0.0, 0.0)


def test_the_event_of_labels_is_named():
    group, outcome = ["a"] * 4 + ["b"] * 4, ["CR", "CR", "NR", "NR", "CR", "NR", "NR", "NR"]
    found = risk_comparison(group, outcome, event="CR")
    assert (found.events.tolist(), found.n.tolist()) == ([2, 1], [4, 4])
    assert (found.estimate, found.outcome) == (0.25, "CR")
    assert risk_comparison(group, outcome, event="NR").estimate == -0.25
    plain = risk_comparison(group, [x == "CR" for x in outcome])
    assert plain.events.tolist() == [2, 1]
    assert found.columns()["risk"].tolist() == [0.5, 0.25]


def test_levels_move_limits():
    wide = risk_comparison([[8, 8], [9, 33]], conf_level=0.99)
    narrow = risk_comparison([[8, 8], [9, 33]], conf_level=0.8)
    assert wide.lower < narrow.lower < narrow.estimate < narrow.upper < wide.upper


ARMS = {"intensive": {"dead": 8, "alive": 8}, "others": {"alive": 33, "dead": 9}}
LABELLED = {
    "mappings": ARMS,
    "pandas": pd.DataFrame(ARMS).T,
    "Polars": pl.DataFrame(
        {"arm": ["intensive", "others"], "dead": [8, 9], "alive": [8, 33]}
    ),
    "crosstab": pd.crosstab(
        pd.Series(["intensive"] * 16 + ["others"] * 42, name="arm"),
        pd.Categorical(
            ["dead"] * 8 + ["alive"] * 8 + ["dead"] * 9 + ["alive"] * 33, ["dead", "alive"]
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", [fisher_test, chi_squared_test])
@pytest.mark.parametrize("kind", LABELLED)
def test_a_labelled_table_keeps_its_labels(call, kind):
    found = call(LABELLED[kind])
    assert (found.groups, found.outcomes) == (("intensive", "others"), ("dead", "alive"))
    assert found.table.tolist() == [[8, 8], [9, 33]]
    assert found.p_value == call([[8, 8], [9, 33]]).p_value


def test_a_table_without_row_labels_counts_them():
    found = fisher_test(pl.DataFrame({"dead": [8, 9], "alive": [8, 33]}))
    assert (found.groups, found.outcomes) == (("row 1", "row 2"), ("dead", "alive"))
    numbered = pd.DataFrame([[8, 8], [9, 33]], index=[1.0, 2.0], columns=[0, 1])
    assert fisher_test(numbered).groups == ("1", "2")
    assert fisher_test(numbered).outcomes == ("0", "1")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": {"x": 1, "y": 5}, "b": {"y": 2}}, "row 'b' has the columns 'y', the first row 'x'"),
        (pd.crosstab(list("aabb"), list("xyxx"), margins=True), "'All', are totals"),
        (pl.DataFrame({"arm": ["a", "b"], "dead": ["x", "y"]}), "two rows and two columns"),
        (pl.DataFrame({"arm": ["a", "b"]}), "two rows and two columns"),
        ({}, "two rows and two columns"),
        (pd.DataFrame([[1.5, 2], [3, 4]]), "counts are whole numbers"),
    ],
)
def test_a_table_that_is_none_is_refused(table, message):
    with pytest.raises(InputError, match=message):
        chi_squared_test(table)
