"""Residuals of a fitted Cox model: R's numbers, sums by subject, and what is refused.

The stored values were printed by R 4.2.2 with survival 3.5-3 (d as in `diagnostics_kit`):

    f <- coxph(Surv(t0, t, s) ~ age + f + strata(g) + cluster(id), d, weights = w)
    residuals(f, "martingale")[c(1, 4, 9)]; residuals(f, "deviance")[c(1, 4, 9)]
    residuals(f, "score")[4, ]; residuals(f, "dfbeta")[4, ]; residuals(f, "dfbetas")[4, ]
    residuals(f, "dfbeta", collapse = d$id)[2, ]; residuals(f, "martingale", collapse = d$id)[2]
    residuals(f, "schoenfeld"); residuals(f, "scaledsch")
"""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

import atrisk
from atrisk import InputError
from diagnostics_kit import SMALL, small_fit

BY_ROW = {
    "martingale": [0.81056205285608796, 0.74011835799263181, -0.45731585103218508],
    "deviance": [1.30624018536702802, 1.10218929106395258, -0.40179488684524289],
}
OF_ROW_4 = {
    "score": [1.508610502738162884, -0.086351957473835311, -0.166702933969769096],
    "dfbeta": [0.053180403779402509, 0.029271173650827029, 0.039675616911261397],
    "dfbetas": [0.206675484655178210, 0.028847546595529034, 0.036690117455432235],
}
SCHOENFELD = {
    "schoenfeld": {
        0: [-1.142148647034515463, -0.20733855649507316, -0.18605296557064888],
        4: [1.804029651084412933, -0.25572198685245506, -0.24367168612077827],
        8: [-0.093299087714680429, 0.73854840541887934, -0.32262465885209957],
    },
    "scaled schoenfeld": {
        0: [-1.487706933672631404, -6.207112672596151626, -7.27298198288504594],
        4: [0.447938338864750929, -2.051788356981080419, -2.00270154726950800],
        8: [0.638865222803932431, 5.242250885823612094, 0.89111099478282241],
    },
}


@pytest.fixture(scope="module")
def fit():
    return small_fit()


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", ["martingale", "deviance"])
def test_by_row(fit, kind):
    found = fit.residuals(kind)
    close(found.value[[0, 3, 8], 0], BY_ROW[kind])
    assert found.to_frame().columns == ["row", "time", kind]
    assert found.row.tolist() == list(range(1, 17))
    assert found.time.tolist() == SMALL["t"].to_list()
    assert not found.weighted


@pytest.mark.parametrize("kind", ["score", "dfbeta", "dfbetas"])
def test_by_row_and_column(fit, kind):
    found = fit.residuals(kind)
    close(found.value[3], OF_ROW_4[kind])
    assert found.to_frame().columns == ["row", "time", "age", "f[v]", "f[z]"]
    assert found.weighted == (kind != "score")


@pytest.mark.parametrize("kind", ["schoenfeld", "scaled schoenfeld"])
def test_by_event(fit, kind):
    found = fit.residuals(kind)
    assert found.time.tolist() == [2, 2, 5, 7, 7, 9, 4, 7, 9, 11, 12]
    for place, expected in SCHOENFELD[kind].items():
        close(found.value[place], expected)
    assert not found.weighted


def test_by_subject(fit):
    found = fit.residuals("dfbeta", by_subject=True)
    close(found.value[1], [-0.00022463496231906604, 0.25001418769667460573, 0.09286838590862854514])
    close(found.value.T @ found.value, fit.vcov)
    assert found.row.tolist() == list(range(1, 9))
    assert found.time.tolist() == [7, 8, 9, 9, 10, 11, 12, 13]
    martingale = fit.residuals("martingale", by_subject=True).value[:, 0]
    close(martingale[1], 0.6198430824247203)
    # of a subject with two events, two are observed
    events = np.bincount(SMALL["id"].to_numpy() - 1, SMALL["s"].to_numpy())
    ratio = np.where(events > 0, (events - martingale) / np.maximum(events, 1), 1.0)
    deviance = np.sign(martingale) * np.sqrt(-2 * (martingale + events * np.log(ratio)))
    close(fit.residuals("deviance", by_subject=True).value[:, 0], deviance)


def test_subjects_of_histories_are_added_up_where_no_cluster_was_named():
    fit = small_fit("age", weights=None, subject="id")
    found = fit.residuals("score", by_subject=True)
    each = fit.residuals("score").value[:, 0]
    close(found.value[:, 0], np.bincount(SMALL["id"].to_numpy() - 1, each))


def test_rows_are_numbered_as_in_the_input():
    gaps = SMALL.with_columns(age=pl.when(pl.col("id") == 3).then(None).otherwise(pl.col("age")))
    found = atrisk.cox("Surv(t, s) ~ age", gaps).residuals("martingale")
    assert found.row.tolist() == [1, 2, *range(4, 11), *range(12, 17)]
    assert found.time.tolist() == SMALL["t"].to_numpy()[found.row - 1].tolist()


def test_breslow_ties_give_other_residuals(fit):
    other = small_fit(ties="breslow")
    assert np.abs(other.residuals("score").value - fit.residuals("score").value).max() > 0.01
    close(other.residuals("score").value.T @ SMALL["w"].to_numpy(), np.zeros(3))


def test_refusals(fit):
    with pytest.raises(InputError, match="kind='response': choose one of 'martingale'"):
        fit.residuals("response")
    with pytest.raises(InputError, match="belong to events, and are not added up"):
        fit.residuals("schoenfeld", by_subject=True)
    with pytest.raises(InputError, match="the model knows no subjects"):
        small_fit("age", weights=None).residuals("score", by_subject=True)
    endless = pl.DataFrame({"t": [1, 2, 3, 4], "s": [1, 1, 0, 0], "x": [1, 1, 0, 0]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = atrisk.cox("Surv(t, s) ~ x", endless)
    for call in (lambda: fit.residuals("dfbeta"), fit.ph_test):
        with pytest.raises(InputError, match="the estimate of x is infinite"):
            call()
    assert np.isfinite(fit.residuals("martingale").value).all()
