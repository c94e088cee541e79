"""The guard against immortal time: it warns of groups known later, and of no other."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import polars as pl
import pytest

import exposures_kit as kit
from atrisk import Histories, InputError
from atrisk.errors import ImmortalTimeWarning
from atrisk.sources.immortal_time import (
    immortal_time,
    warn_of_immortal_columns,
)
from atrisk.sources.known_from import warn_of_immortal_groups

DF = pl.DataFrame(
    {
        "days": [9, 5, 7, 6],
        "tx": [1, 0, 1, 0],
        "tx_day": [4, None, 0, None],
        "age": [31.5, 42.25, 53.0, 64.75],
    }
)


def found(df=DF, group="tx", **options):
    return immortal_time(df, group, **{"exit": "days"} | options)


def test_a_group_with_a_date_is_found():
    it = found()
    assert (it.group, it.label, it.dates, it.rows, it.late) == ("tx", "1", "tx_day", 2, 1)
    assert (it.first, it.last) == (4, 4)
    assert it.message().startswith(
        "column 'tx' is '1' in exactly the 2 rows that have a 'tx_day', and in 1 of them that is "
        "after time zero (from 4 to 4): the group is known only then."
    )
    for call in ("episodes(", "mantel_byar_test(e)", "simon_makuch(e)", "cox(", "landmark(h, at="):
        assert call in it.message()


@pytest.mark.parametrize(
    "values",
    [
        [True, False, True, False],
        ["responder", "none", "responder", "none"],
        [0, 1, 0, 1],  # the group without a date may be the one that is coded 1
        [1, 0, None, 0],  # a row without group is passed over
        pl.Series(["yes", "no", "yes", "no"], dtype=pl.Categorical),
    ],
)
def test_however_the_two_groups_are_written(values):
    assert found(DF.with_columns(pl.Series("tx", values))).dates == "tx_day"


@pytest.mark.parametrize(
    "name", ["tx_time", "wait.time", "txtime", "daysToResponse", "date of transplant", "t_onset"]
)
def test_names_of_times(name):
    assert found(DF.rename({"tx_day": name})).dates == name


NO_ALARM = {
    "fixed group": DF.with_columns(tx=pl.Series([1, 0, 0, 1])),
    "known at time zero": DF.with_columns(tx_day=pl.Series([0, None, 0, None])),
    "known before": DF.with_columns(tx_day=pl.Series([-30, None, 0, None])),
    "three groups": DF.with_columns(tx=pl.Series([1, 0, 1, 2])),
    "one group": DF.with_columns(tx=pl.Series([1, 1, 1, 1])),
    "a measurement": DF.with_columns(tx=pl.Series([1.5, 0.2, 1.7, 0.1])),
    "a date in one row more": DF.with_columns(tx_day=pl.Series([4, None, 5, 2])),
    "a laboratory value": DF.rename({"tx_day": "hba1c"}),
    "time before time zero": DF.rename({"tx_day": "years_since_diagnosis"}),
    "another scale": DF.with_columns(tx_day=pl.Series([1990, None, 2001, None])),
    "no dates": DF.drop("tx_day"),
    "words": DF.with_columns(tx_day=pl.Series(["early", None, "late", None])),
}


@pytest.mark.parametrize("case", NO_ALARM)
def test_no_false_alarm(case):
    assert found(NO_ALARM[case]) is None


def test_dates_that_are_named_are_believed():
    lab = DF.rename({"tx_day": "hba1c"})
    assert found(lab, dates=["hba1c"]).dates == "hba1c"
    assert found(lab, dates=["age"]) is None
    assert found(DF, dates=["tx"]) is None
    with pytest.raises(InputError, match="dates='hba': there is no such column"):
        found(lab, dates=["hba"])


def test_known_by_entry_is_no_alarm():
    late = DF.with_columns(start=pl.Series([4, 0, 0, 0]))
    assert found(late, entry="start") is None
    assert found(late.with_columns(start=pl.Series([3, 0, 0, 0])), entry="start").late == 1


def test_calendar_dates_need_the_date_of_time_zero():
    day = [dt.date(2020, 1, d) for d in (1, 2, 3, 4)]
    dated = DF.drop("tx_day").with_columns(
        pl.Series("start_date", day),
        pl.Series("tx_date", [dt.date(2020, 1, 5), None, day[2], None]),
    )
    assert found(dated) is None
    it = found(dated, zero="start_date")
    assert (it.dates, it.late, it.first) == ("tx_date", 1, 4)


def test_the_stanford_data():
    it = immortal_time(kit.HEART, "transplant", exit="days")
    assert (it.dates, it.rows, it.late, it.first, it.last) == ("wait", 69, 67, 1, 309)
    dates = immortal_time(kit.HEART, "transplant", dates=["transplanted"], zero="accepted")
    assert (dates.late, dates.last) == (67, 309)
    assert immortal_time(kit.HEART, "surgery", exit="days") is None
    assert immortal_time(kit.HEART, "died", exit="days") is None


def test_columns_of_a_model():
    with pytest.warns(
        ImmortalTimeWarning, match="column 'tx' is '1' in exactly the 2 rows"
    ) as told:
        warn_of_immortal_columns(DF, ["age", "tx"], exit="days")
    assert [w.filename for w in told] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_immortal_columns(DF, ["age", "age:tx"], exit="days")


def histories(known_from, entry=None):
    return Histories.from_arrays(
        [9, 5, 7], [1, 1, 0], entry=entry, group=["yes", "no", "yes"], known_from=known_from,
        unit="days", origin="diagnosis",
    )  # fmt: skip


def test_histories_whose_group_is_known_later():
    with pytest.warns(ImmortalTimeWarning) as told:
        warn_of_immortal_groups(histories([4, None, 2]))
    assert str(told[0].message).startswith(
        "group 'yes' is known only after time zero: in 2 of 3 rows it became known 2 to 4 days "
        "after diagnosis."
    )


@pytest.mark.parametrize(
    ("known_from", "entry"),
    [(None, None), ([0, None, 0], None), ([np.nan] * 3, None), ([4, None, 2], [4, 0, 2])],
)
def test_histories_whose_group_is_known_from_the_start(known_from, entry):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_immortal_groups(histories(known_from, entry))
