"""Every call that compares groups from time zero warns of groups that are known later."""

from __future__ import annotations

import warnings

import polars as pl
import pytest

import atrisk
import exposures_kit as kit
from atrisk import Histories
from atrisk.errors import ImmortalTimeWarning
from atrisk.estimators.simon_makuch import simon_makuch
from atrisk.sources.episodes import episodes
from atrisk.sources.landmark import landmark

DF = pl.DataFrame(
    {"days": [9, 5, 7, 8], "died": [1, 1, 2, 1], "tx": list("ynyn"), "tx_day": [4, None, 2, None]}
)
UNIT = {"unit": "days", "origin": "diagnosis"}
CALLS = {
    "kaplan_meier": {},
    "follow_up": {},
    "nelson_aalen": {},
    "cumulative_incidence": {},
    "one_minus_kaplan_meier": {},
    "logrank_test": {},
    "pairwise_logrank_test": {},
    "gray_test": {},
    "tally": {},
    "rmst_test": {"tau": 8},
    "milestone_test": {"at": 7.5},
}


def histories(**given):
    causes = {"relapse": 1, "death": 2}
    return Histories.from_frame(
        DF, exit="days", event="died", group="tx", causes=causes, **given | UNIT
    )


@pytest.mark.parametrize("call", CALLS)
def test_a_group_known_later_warns_where_the_call_stands(call):
    with pytest.warns(ImmortalTimeWarning, match="group 'y' is known only after time zero") as told:
        getattr(atrisk, call)(histories(known_from="tx_day"), **CALLS[call])
    assert {w.filename for w in told} == {__file__}


@pytest.mark.parametrize("call", CALLS)
def test_a_group_known_from_the_start_does_not(call):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(atrisk, call)(histories(), **CALLS[call])


def test_a_covariate_of_a_model_that_another_column_dates():
    frame = kit.HEART.drop("accepted", "transplanted")
    with pytest.warns(ImmortalTimeWarning, match="'transplant' is '1' in exactly the 69") as told:
        atrisk.cox("Surv(days, died) ~ transplant + age + surgery", frame)
    assert {w.filename for w in told} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        atrisk.cox("Surv(days, died) ~ age + surgery", frame)
        rows = kit.heart(carry=["age", "wait"]).to_frame()
        atrisk.cox("Surv(start, stop, event) ~ transplant + age", rows)


def test_the_right_calls_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        e = episodes(
            DF,
            exit="days",
            event="died",
            exposures={"tx": "tx_day"},
            causes={"any": 1, "other": 2},
            **UNIT,
        )
        simon_makuch(e)
        atrisk.kaplan_meier(landmark(e, at=4).histories)
        atrisk.kaplan_meier(landmark(histories(known_from="tx_day"), at=4).histories)
