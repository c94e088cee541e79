from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk import Histories, InputError, cox, kaplan_meier, matching_weights

TESTS = Path(__file__).resolve().parents[1]
VALUES = json.loads((TESTS / "reference" / "values" / "matching.json").read_text(encoding="utf-8"))


def rows(name):
    with (TESTS / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


HOW = {"unit": "days", "origin": "start"}

COHORT = {
    "age": [23, 31, 35, 44, 47, 52, 58, 61],
    "female": [1, 0, 1, 0, 1, 1, 0, 0],
    "donor": ["sibling", "unrelated", "haplo", "sibling", "unrelated", "haplo", "haplo", "sibling"],
}


def test_weights_are_those_worked_by_hand():
    """z = -2, -1, 0, 1: with r = exp(a), r^3 = r + 2, and the weights are r^-2, r^-1, 1, r."""
    found = matching_weights({"age": [30, 40, 50, 60]}, {"age": 50})
    (root,) = (r.real for r in np.roots([1.0, 0.0, -1.0, -2.0]) if abs(r.imag) < 1e-12)
    expected = np.array([root**-2, 1 / root, 1.0, root])
    expected *= 4 / expected.sum()
    assert found.weights == pytest.approx(expected, rel=1e-9)
    assert found.effective_n == pytest.approx(16 / (expected @ expected), rel=1e-9)
    assert found.largest_share == pytest.approx(expected.max() / 4, rel=1e-9)


def test_means_shares_and_spreads_are_met():
    means = {"age": 46.0, "female": 0.4, "donor": {"sibling": 0.3, "haplo": 0.45}}
    found = matching_weights(COHORT, means, sds={"age": 11.0})
    names = list(zip(found.covariate, found.statistic, strict=True))
    assert names == [
        ("age", "mean"),
        ("female", "share"),
        ("donor=sibling", "share"),
        ("donor=haplo", "share"),
        ("age", "sd"),
    ]
    assert found.after == pytest.approx([46.0, 0.4, 0.3, 0.45, 11.0], rel=1e-9)
    assert np.abs(found.difference_after).max() < 1e-9
    assert found.before[:2] == pytest.approx([43.875, 0.5])
    assert found.weights.sum() == pytest.approx(8.0)
    age, w = np.array(COHORT["age"]), found.weights / 8.0
    assert w @ age == pytest.approx(46.0)
    assert np.sqrt(w @ (age - 46.0) ** 2) == pytest.approx(11.0)


@given(
    age=st.lists(st.integers(18, 80), min_size=6, max_size=30, unique=True),
    shift=st.floats(0.2, 0.8),
)
def test_log_weights_are_linear_in_the_covariates(age, shift):
    """Of all weights that meet the targets only these have this form: they are the solution."""
    target = min(age) + shift * (max(age) - min(age))
    found = matching_weights({"age": age}, {"age": target})
    design = np.column_stack([np.ones(len(age)), age])
    logs = np.log(found.weights)
    fitted = design @ np.linalg.lstsq(design, logs, rcond=None)[0]
    assert fitted == pytest.approx(logs, abs=1e-7)  # of exponents up to 40
    assert found.weights @ np.array(age) / len(age) == pytest.approx(target, rel=1e-9)


def test_a_cohort_like_the_published_one_keeps_equal_weights():
    found = matching_weights(COHORT, {"age": np.mean(COHORT["age"]), "female": 0.5})
    assert found.weights == pytest.approx(np.ones(8), abs=1e-9)
    assert found.effective_n == pytest.approx(8.0)
    assert found.notes == ()


TARGETS = {
    "mean": ({"age": 58.5}, None),
    "several": ({"age": 58.5, "karnofsky": 75, "sex": {"female": 0.3}, "ecog": {"1": 0.6}}, None),
    "spread": ({"age": 58.5, "karnofsky": 78}, {"age": 10.5}),
}


@pytest.mark.parametrize("case", TARGETS)
def test_weights_and_what_follows_are_those_of_r(case):
    """To 1e-6: optim's weights stand to some 1e-8, and all that follows is made of them."""
    cohort = [row for row in rows("lung") if row["karnofsky"] and row["ecog"]]
    data = {name: [float(row[name]) for row in cohort] for name in ("age", "karnofsky")}
    data |= {name: [row[name] for row in cohort] for name in ("sex", "ecog")}
    means, sds = TARGETS[case]
    found, printed = matching_weights(data, means, sds=sds), VALUES[case]
    assert found.weights == pytest.approx(printed["weights"], rel=1e-6)
    assert found.effective_n == pytest.approx(printed["effective_n"], rel=1e-6)
    own = [(float(row["time"]), int(row["death"])) for row in cohort]
    theirs = [(float(row["time"]), int(row["event"])) for row in rows("veteran")]
    time, event = (np.array(part) for part in zip(*own, *theirs, strict=True))
    weights = np.concatenate([found.weights, np.ones(len(theirs))])
    stacked = Histories.from_arrays(time, event, weights=weights, **HOW)
    side = np.repeat([1.0, 0.0], [len(own), len(theirs)])[:, None]
    fit = cox(stacked, side, robust=True).columns()
    assert fit["estimate"][0] == pytest.approx(printed["estimate"], rel=1e-6)
    assert fit["std_error"][0] == pytest.approx(printed["robust_se"], rel=1e-6)
    assert fit["p_value"][0] == pytest.approx(printed["p_value"], rel=1e-5)
    assert printed["naive_se"] != pytest.approx(printed["robust_se"], rel=1e-2)
    matched = Histories.from_arrays(
        time[: len(own)], event[: len(own)], weights=found.weights, **HOW
    )
    at = kaplan_meier(matched, conf_type="log").at([180.0]).columns()
    for name, key in (("estimate", ""), ("lower", "_lower"), ("upper", "_upper")):
        assert at[name][0] == pytest.approx(printed[f"survival_180{key}"], rel=1e-6)


def test_the_spread_before_matching_is_about_the_cohorts_own_mean():
    found = matching_weights(COHORT, {"age": 46.0}, sds={"age": 11.0})
    assert found.before[1] == pytest.approx(np.std(COHORT["age"]))
    assert found.difference_before[1] == pytest.approx(1.0 - 11.0 / np.std(COHORT["age"]))
    assert np.abs(found.difference_after).max() < 1e-9


def test_rounded_shares_of_all_levels_are_named():
    with pytest.raises(InputError, match=r"sum to 0\.99 and name every level.*Leave one level out"):
        matching_weights(COHORT, {"donor": {"sibling": 0.33, "haplo": 0.33, "unrelated": 0.33}})
    found = matching_weights(COHORT, {"donor": {"sibling": 0.34, "haplo": 0.33, "unrelated": 0.33}})
    assert found.after == pytest.approx([0.34, 0.33, 0.33])


def test_rows_without_a_covariate_are_left_out_and_counted():
    data = {"age": [30, None, 50, 60], "row": [1, 2, 3, 4]}
    found = matching_weights(data, {"age": 50})
    assert (found.n, found.missing, found.row.tolist()) == (3, 1, [1, 3, 4])
    assert np.isnan(found.for_rows()[1])
    assert found.for_rows()[[0, 2, 3]].tolist() == found.weights.tolist()
    assert "1 row is left out" in found.notes[0]


def test_the_order_of_rows_does_not_matter():
    order = [3, 1, 7, 0, 5, 2, 6, 4]
    means = {"age": 50.0, "female": 0.3}
    first = matching_weights(COHORT, means)
    again = {name: [values[i] for i in order] for name, values in COHORT.items()}
    assert matching_weights(again, means).weights == pytest.approx(first.weights[order], rel=1e-9)


def test_few_effective_patients_are_named():
    found = matching_weights(COHORT, {"age": 60.0})
    assert found.effective_n < 4.0
    assert "the cohorts are unlike" in found.notes[0]


@pytest.mark.parametrize(
    ("means", "sds", "said"),
    [
        ({}, None, "for one or more columns"),
        (
            {"age": 75.0},
            None,
            r"the published mean is 75, and the values of the cohort run from 23",
        ),
        ({"age": 61.0}, None, "no weights give it"),
        ({"female": 1.2}, None, "'female' is 1.2; shares are fractions: write 0.56 for 56 %"),
        ({"female": 40}, None, "'female' is 40; shares are fractions: write 0.4 for 40 %"),
        ({"female": -0.1}, None, "a share is not below 0"),
        ({"donor": {"haplo": 56}}, None, "'donor=haplo' is 56; shares are fractions: write 0.56"),
        ({"age": "46"}, None, "give a number"),
        ({"age": float("nan")}, None, "give a number"),
        ({"donor": 0.5}, None, "give its target as level -> share"),
        ({"donor": {"cord": 0.5}}, None, "no level cord"),
        ({"donor": {"haplo": 0.7, "sibling": 0.6}}, None, "sum to more than 1"),
        ({"weight": 70.0}, None, "there is no such column"),
        ({"age": 46.0}, {"female": 0.5}, "a spread needs its mean"),
        ({"age": 46.0}, {"age": -1.0}, "above 0"),
        ({"donor": {"haplo": 0.3}}, {"donor": 1.0}, "give a number"),
        ({"age": 30.0, "female": 0.02}, {"age": 2.0}, "their combination is not"),
    ],
)
def test_what_cannot_be_matched_is_refused(means, sds, said):
    with pytest.raises(InputError, match=said):
        matching_weights(COHORT, means, sds=sds)
