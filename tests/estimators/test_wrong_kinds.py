"""Values of the wrong kind, no rows at all, and rows far from the data: refused in words."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

import atrisk
from atrisk import InputError, absolute_risk, cause_specific_cox, cox, fine_gray

ROWS = pl.DataFrame({
    "days": np.arange(1, 31), "event": [2, 1, 1, 0, 2, 1] * 5,
    "age": [55, 61, 50, 44, 70, 52, 39, 48, 66, 41] * 3, "arm": list("aabab") * 6,
})  # fmt: skip
CAUSES = {"causes": {"relapse": 1, "death": 2}}


def fits(right="age"):
    return cause_specific_cox(f"Surv(days, event) ~ {right}", ROWS, **CAUSES)


def one(right="age"):
    died = ROWS.with_columns(died=pl.col("event") > 0)
    return cox(f"Surv(days, died) ~ {right}", died)


@pytest.mark.parametrize("times", [[10], [10, 12], None])
@pytest.mark.parametrize("right", ["age", "age + strata(arm)", "C(arm)"])
@pytest.mark.parametrize(
    "predict",
    [
        lambda right, rows, times: one(right).predict_survival(rows, times),
        lambda right, rows, times: absolute_risk(fits(right), rows, times),
        lambda right, rows, times: fine_gray(
            f"Surv(days, event) ~ {right}", ROWS, cause="relapse", **CAUSES
        ).predict_incidence(rows, times),
    ],
)
def test_no_new_rows_give_no_predictions(predict, right, times):
    found = predict(right, ROWS.head(0), times).to_frame()
    assert found.shape[0] == 0
    assert found.schema == predict(right, ROWS.head(1), [10]).to_frame().schema


@pytest.mark.parametrize("model", [one(), [one()], "fits"])
def test_absolute_risk_needs_every_cause(model):
    with pytest.raises(InputError, match=r"fits is a .*cause_specific_cox\("):
        absolute_risk(model, {"age": [50]}, [10])


def test_absolute_risk_takes_cox_fits():
    other = fine_gray("Surv(days, event) ~ age", ROWS, cause="death", **CAUSES)
    mixed = {"relapse": fits()["relapse"], "death": other}
    with pytest.raises(InputError, match="the model of 'death' is a FineGrayFit"):
        absolute_risk(mixed, {"age": [50]}, [10])


def test_fits_by_cause_are_read_like_a_dict():
    found = fits()
    assert (list(found), len(found), list(found.keys())) == (["relapse", "death"], 2, list(found))
    assert "death" in found
    assert "dead" not in found
    assert dict(found)["death"] is found["death"]
    with pytest.raises(InputError, match=r"Causes are: relapse, death\. Did you mean 'death'"):
        found["deth"]
    whole = absolute_risk(found, {"age": [50]}, [10]).estimate
    assert absolute_risk(dict(found), {"age": [50]}, [10]).estimate.tolist() == whole.tolist()


def test_rows_too_far_from_the_data_are_refused():
    fit, rows = one(), {"age": [50.0, 1e9, -1e9]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=r"rows 2, 3 of the new data: so far"):
            fit.predict_survival(rows, [10])
        with pytest.raises(InputError, match=r"row 1 of the new data: so far"):
            absolute_risk(fits(), {"age": [-1e6]}, [10])


def test_rows_within_reach_have_their_limits():
    fit, slope = one(), one().estimate[0]
    far = {"age": fit.center[0] + np.array([-690.0, 690.0]) / slope}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fit.predict_survival(far, [10]).estimate.tolist() == [1.0, 0.0]
        assert np.isfinite(absolute_risk(fits(), {"age": [-3000.0, 3000.0]}, [10]).estimate).all()


def weigh(**options):
    rows = {"severe": [0, 0, 0, 1, 1, 1, 0, 1], "treated": [0, 1, 0, 1, 0, 1, 1, 0]}
    return atrisk.propensity_weights("treated ~ severe", rows, **options)


VALUES, GROUPS = [1.1, 2.2, 3.3, 0.4, 0.5], ["a", "a", "a", "b", "b"]
FLAGS = {
    "robust": lambda value: cause_specific_cox(
        "Surv(days, event) ~ age", ROWS, robust=value, **CAUSES
    ),
    "terms": lambda value: one().ph_test(terms=value),
    "by_subject": lambda value: one().residuals("martingale", by_subject=value),
    "stabilised": lambda value: weigh(stabilised=value),
    "continuity": lambda value: atrisk.chi_squared_test([[8, 8], [9, 33]], continuity=value),
    "exact": lambda value: atrisk.wilcoxon_test(VALUES, GROUPS, exact=value),
}
CORRECTED = {"continuity": lambda value: atrisk.wilcoxon_test(VALUES, GROUPS, continuity=value)}


@pytest.mark.parametrize("value", ["no", "yes", 0, 1, [], np.ones(2)])
@pytest.mark.parametrize(
    ("name", "call"), [*FLAGS.items(), *CORRECTED.items()], ids=[*FLAGS, "wilcoxon continuity"]
)
def test_a_word_is_no_flag(name, call, value):
    with pytest.raises(InputError, match=rf"{name}=.*: give True(, False or None| or False)\."):
        call(value)


@pytest.mark.parametrize(("name", "call"), [*FLAGS.items(), *CORRECTED.items()])
def test_none_is_a_flag_only_where_it_says_something(name, call):
    if name in {"robust", "exact"}:
        assert call(None) is not None
    else:
        with pytest.raises(InputError, match=rf"{name}=None"):
            call(None)


def test_truths_of_numpy_are_flags():
    call = FLAGS["continuity"]
    assert call(np.False_).p_value == call(value=False).p_value != call(np.True_).p_value
