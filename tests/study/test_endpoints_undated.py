"""Events without a usable date, events before the origin, and events on its day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study import plan_study, plan_text, read_study, run_study
from atrisk.study.adam.export import study_export
from atrisk.study.endpoints import Outcome, outcome
from atrisk.study.forms_source import FormsSource
from clinical_records import records as clinical_records
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, patients, records, write_forms
from study_kit import plan, write

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study import Plan

LEAVE = OS.replace("[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"')
HAPPENED = LEAVE.replace(
    'date = "death_date"', "date = \"death_date\", happened = 'death_cause == 1'"
)


def found(folder: Path, toml: str, made: Any = None) -> Outcome:
    plan = forms_plan(folder, HEAD + toml, made if made is not None else patients())
    return outcome(plan.endpoints[0], plan.data, plan.source.table(plan.columns))


def two(**death: str) -> Any:
    followup = [
        {"id": "A-1", "fu_date": "2020-05-01", **death},
        {"id": "A-2", "fu_date": "2020-06-01"},
    ]
    doses = [{"id": name, "dose_date": "2020-01-01", "dose": "1"} for name in ("A-1", "A-2")]
    return records(followup=followup, dose=doses)


@pytest.mark.parametrize(
    ("toml", "death", "usable"),
    [
        (LEAVE, {"death_date": "UNK"}, False),  # there may have been a death
        (LEAVE, {"death_date": "NA"}, True),  # there was none
        (LEAVE, {"death_date": "ND"}, True),
        (LEAVE, {"death_cause": "1"}, True),  # nothing says what a cause without a date means
        (HAPPENED, {"death_cause": "1"}, False),
        (HAPPENED, {"death_cause": "2"}, True),
        (HAPPENED, {"death_cause": "1", "death_date": "2020-04-01"}, True),
    ],
)
def test_an_event_whose_date_is_not_known_is_not_censored_at_the_last_contact(
    tmp_path: Path, toml: str, death: dict[str, str], *, usable: bool
) -> None:
    result = found(tmp_path, toml + SURVIVAL, two(**death))
    assert result.usable.tolist() == [usable, True]
    assert [(row.record, row.column) for row in result.left_out] == (
        [] if usable else [("A-1", "death_date")]
    )


def test_where_such_rows_may_not_be_left_out_the_study_stops(tmp_path: Path) -> None:
    toml = HAPPENED.replace('missing = "leave_out"', 'missing = "error"')
    with pytest.raises(InputError, match=r"'death_date': 1 entry is missing.*record A-1, followup"):
        found(tmp_path, toml + SURVIVAL, two(death_cause="1"))


def test_of_a_table_it_stops_with_the_line(tmp_path: Path) -> None:
    toml = HEAD.partition("[forms]")[0].replace("[data]", '[data]\nfile = "data.csv"')
    toml += HAPPENED.replace('missing = "leave_out"\n', "").replace("death_cause", "cause")
    rows = ["start,death_date,fu_date,cause", "2020-01-01,,2020-02-01,1", "2020-01-01,,2020-02-01,"]
    made = plan(write(tmp_path, toml + SURVIVAL, rows))
    with pytest.raises(InputError, match=r"column 'death_date': 1 entry is missing.*line 2"):
        outcome(made.endpoints[0], made.data, made.source.table(made.columns))
    assert "event death: death_date, took place if cause == 1\n" in plan_text(made)


def test_a_final_event_needs_no_date_where_another_has_one(tmp_path: Path) -> None:
    relapse = '{ id = "relapse", label = "R", date = "visit_date" }, { id = "death"'
    toml = HAPPENED.replace('{ id = "death"', relapse)
    dead = two(death_cause="1", visit_date="2020-03-01")
    assert found(tmp_path, toml + SURVIVAL, dead).usable.tolist() == [False, True]
    final = toml.replace("happened", "final = true, happened")
    result = found(tmp_path, final + SURVIVAL, dead)
    assert (result.usable.tolist(), result.cause.tolist()) == ([True, True], [1, 0])


def test_an_earlier_origin_that_is_not_known_is_not_passed_over(tmp_path: Path) -> None:
    toml = LEAVE.replace('"start"', '["cr_date", "hct_date"]')
    response = [
        {"id": "A-1", "cr_date": "UNK", "hct_date": "2020-03-01"},
        {"id": "A-2", "cr_date": "NA", "hct_date": "2020-03-01"},
    ]
    result = found(tmp_path, toml + SURVIVAL, patients(response=response))
    assert result.usable[:2].tolist() == [False, True]
    assert result.left_out[0].column == "cr_date, hct_date"


def test_what_cannot_be_before_the_origin(tmp_path: Path) -> None:
    toml = LEAVE.replace("[[endpoints]]", '[[endpoints]]\nnot_before = "hct_date"').replace(
        '"start"', '"cr_date"'
    )
    response = [{"id": "A-1", "cr_date": "2020-03-01", "hct_date": "2020-02-01"}]
    result = found(tmp_path, toml + SURVIVAL, patients(response=response))
    assert [(query.record, query.value) for query in result.queries] == [
        ("A-1", "2020-03-01, 2020-02-01")
    ]
    assert not result.usable[0]


def test_an_event_on_the_day_of_the_origin_counts_at_time_0_and_is_noted(tmp_path: Path) -> None:
    same = two(death_date="2020-01-01")
    result = found(tmp_path, LEAVE + SURVIVAL, same)
    assert (result.time.tolist()[0], result.cause.tolist()[0]) == (0.0, 1)
    note = "The event of 1 patient is on the day of the start and counts at time 0 (records A-1)."
    assert result.notes == (note,)
    analysis = run_study(forms_plan(tmp_path, HEAD + LEAVE + SURVIVAL, same))["analyses"][0]
    assert note in analysis["notes"]
    # as survfit of R: of 2 at risk at time 0 one dies, S(0) = 1/2
    curve = analysis["curves"][0]
    assert list(zip(curve["time"], curve["estimate"], strict=True))[:2] == [(0, 1), (0, 0.5)]
    day_1 = LEAVE.replace("[[endpoints]]", "[[endpoints]]\ncount_day = 1")
    result = found(tmp_path, day_1 + SURVIVAL, same)
    assert (result.time.tolist()[0], result.notes) == (1.0, ())


INO = """
[study]
title = "Standards"
[data]
time_unit = "days"
origin = "INO"
[forms]
dictionary = "ino-hct"
records = "records"
clinical = { response = "label" }
"""
AFTER = INO + '[[endpoints]]\nstandard = "relapse_nrm"\nid = "os"\norigin = "hct_date"\n' + SURVIVAL


def treated(*relapses: str, death: str = "") -> Any:
    return clinical_records(
        ["P1"],
        ino_cycle=[{"id": "P1", "cyc_no": "1", "cyc_d1_date": "2020-01-01", "cyc_d1_dose": "0.8"}],
        response=[{"id": "P1", "resp_date": "2020-02-01", "resp_call": "1"}],
        transplant=[{"id": "P1", "hct_date": "2020-04-01"}],
        relapse=[{"id": "P1", "rel_date": day, "rel_type": "1"} for day in relapses],
        followup=[{"id": "P1", "fu_date": "2020-12-01", "fu_status": "1", "death_date": death}],
    )


def standard_plan(folder: Path, toml: str, made: Any) -> Plan:
    study = folder / "study.toml"
    study.write_text(toml, encoding="utf-8")
    request = read_study(study)
    source = FormsSource.of(request, made)
    return plan_study(request, source.names, source)


@pytest.mark.parametrize(
    ("relapses", "time", "cause"),
    [
        (["2020-03-01"], 244, 0),  # between remission and transplant: none after it
        (["2020-03-01", "2020-05-01"], 30, 1),
        (["2020-06-01", "2020-05-01", "2020-03-01"], 30, 1),
        (["2020-04-01"], 244, 0),  # on the day of the transplant: in relapse at it
        (["2020-03-01", "UNK"], np.nan, 0),  # there may be one after it
    ],
)
def test_a_relapse_before_the_transplant_is_none_after_it(
    tmp_path: Path, relapses: list[str], time: float, cause: int
) -> None:
    made = standard_plan(tmp_path, AFTER, treated(*relapses))
    assert "event relapse: relapse_after_hct_date\n" in plan_text(made)
    result = outcome(made.endpoints[0], made.data, made.source.table(made.columns))
    np.testing.assert_array_equal(np.where(result.usable, result.time, np.nan), [time])
    assert (result.cause.tolist(), result.queries) == ([cause], ())


def test_the_study_may_name_its_own_relapse(tmp_path: Path) -> None:
    named = AFTER.replace("[[analyses]]", 'columns = { relapse = "relapse_date" }\n[[analyses]]')
    result = standard_plan(tmp_path, named, treated("2020-03-01")).endpoints[0]
    assert result.asked.events[0].date == ("relapse_date",)
    own = AFTER.replace(
        "[[endpoints]]", '[derived.relapse_date]\nfrom = "relapse.rel_date"\n[[endpoints]]'
    )
    result = standard_plan(tmp_path, own, treated("2020-03-01")).endpoints[0]
    assert result.asked.events[0].date == ("relapse_date",)
    two_origins = AFTER.replace('"hct_date"', '["cr_date", "hct_date"]')
    made = standard_plan(tmp_path, two_origins, treated("2020-03-01"))
    column = made.source.columns["relapse_after_cr_date_or_hct_date"]
    assert column.label == "Relapse after date of CR or CRi or else transplantation"
    assert column.rule == "the first rel_date of the form relapse after cr_date or hct_date"


@pytest.mark.parametrize(("assumed", "time"), [("first", 60), ("middle", 74), ("last", 90)])
def test_each_day_that_may_be_assumed_reaches_the_time(
    tmp_path: Path, assumed: str, time: int
) -> None:
    from atrisk.study import read_source

    toml = HEAD.replace("records = ", f'partial_dates = "{assumed}"\nrecords = ') + LEAVE + SURVIVAL
    study = write_forms(
        tmp_path,
        toml,
        dose=[{"id": "A-1", "dose_no": 1, "dose_date": "2020-01-01", "dose": "1"}],
        followup=[{"id": "A-1", "fu_date": "2020-06-01", "death_date": "2020-03"}],
    )
    request = read_study(study)
    source = read_source(request)
    made = plan_study(request, source.names, source)
    result = outcome(made.endpoints[0], made.data, made.source.table(made.columns))
    assert result.time.tolist() == [time]


def test_who_died_on_a_day_that_is_not_known_is_dead_in_adsl(tmp_path: Path) -> None:
    made = treated(death="UNK")
    made.tables["followup"].columns["fu_status"].values[:] = 1  # the second choice: dead
    export = study_export(standard_plan(tmp_path, AFTER, made))
    adsl = {variable.name: variable.python() for variable in export.datasets[0].variables}
    assert (adsl["DTHDT"], adsl["DTHFL"]) == ([None], ["Y"])
    assert [(row.record, row.column) for _, row in export.left_out] == [("P1", "death_date")]
