"""Dates known to the month or the year: the day assumed is one that the other dates leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.study import plan_study, read_study
from atrisk.study.adam.export import study_export
from atrisk.study.endpoints import Outcome, outcome
from atrisk.study.forms_source import FormsSource
from clinical_records import records as clinical_records
from forms_kit import HEAD, SURVIVAL, forms_plan, own, records

if TYPE_CHECKING:
    from pathlib import Path

CIR = """\
[[endpoints]]
id = "os"
label = "Relapse"
origin = "start"
missing = "leave_out"
censor = "fu_date"
events = [
  { id = "relapse", label = "Relapse", date = "visit_date" },
  { id = "death", label = "Death without relapse", date = "death_date", final = true, \
competing = true },
]
"""


def found(
    folder: Path,
    toml: str = CIR,
    *,
    assumed: str = "middle",
    start: str = "2017-11-06",
    **dates: str,
) -> Outcome:
    head = HEAD.replace("records = ", f'partial_dates = "{assumed}"\nrecords = ')
    made = records(
        dose=[{"id": "A-1", "dose_date": start, "dose": "1"}],
        followup=[{"id": "A-1", **dates}],
    )
    plan = forms_plan(folder, head + toml + SURVIVAL, made)
    return outcome(plan.endpoints[0], plan.data, plan.source.table(plan.columns))


@pytest.mark.parametrize(
    ("dates", "end", "cause"),
    [
        # relapse in the year of death: from 1 January to death, 24 February
        (
            {"visit_date": "2018", "death_date": "2018-02-24", "fu_date": "2018-02-24"},
            "2018-01-28",
            1,
        ),
        # alive: up to the last contact
        ({"visit_date": "2018", "fu_date": "2018-03-02"}, "2018-01-31", 1),
        # from the start on: 6 November to 31 December
        ({"visit_date": "2017", "fu_date": "2018-03-02"}, "2017-12-03", 1),
        # the usual day is possible: it is kept
        ({"visit_date": "2018", "fu_date": "2018-12-02"}, "2018-07-01", 1),
        ({"visit_date": "2018-03", "fu_date": "2018-12-02"}, "2018-03-15", 1),
        # death is not before the last contact
        ({"death_date": "2018", "fu_date": "2018-11-01"}, "2018-12-01", 2),
        ({"death_date": "2018", "fu_date": "2018-03-01"}, "2018-07-01", 2),
        # nor before a relapse known to the day; a contact in another year bounds nothing
        (
            {"visit_date": "2018-11-01", "death_date": "2018", "fu_date": "2018-01-02"},
            "2018-11-01",
            1,
        ),
        ({"death_date": "2018-03", "fu_date": "2018-06-01"}, "2018-03-15", 2),
        # both partial: relapse is no later than death
        ({"visit_date": "2018", "death_date": "2018-03", "fu_date": "2018-01-02"}, "2018-02-14", 1),
        # a contact after the start
        ({"fu_date": "2017"}, "2017-12-03", 0),
    ],
)
def test_the_day_assumed_is_possible(
    tmp_path: Path, dates: dict[str, str], end: str, cause: int
) -> None:
    result = found(tmp_path, **dates)
    assert (str(result.dated.end.day[0]), result.cause[0]) == (end, cause)
    assert result.usable[0]
    assert result.queries == ()


@pytest.mark.parametrize(("assumed", "end"), [("first", "2018-01-01"), ("last", "2018-02-24")])
def test_the_first_and_the_last_day_are_of_the_possible_ones(
    tmp_path: Path, assumed: str, end: str
) -> None:
    dates = {"visit_date": "2018", "death_date": "2018-02-24", "fu_date": "2018-02-24"}
    assert str(found(tmp_path, assumed=assumed, **dates).dated.end.day[0]) == end


def test_an_assumed_day_is_not_after_the_cut_off(tmp_path: Path) -> None:
    toml = CIR.replace("missing", "cut_off = 2018-03-31\nmissing")
    dates = {"visit_date": "2018", "fu_date": "2018-12-01"}
    result = found(tmp_path, toml, **dates)
    assert (str(result.dated.end.day[0]), result.cause[0]) == ("2018-02-14", 1)


def test_a_start_is_not_after_what_ends_it(tmp_path: Path) -> None:
    result = found(tmp_path, start="2018", visit_date="2018-03-01", fu_date="2018-12-01")
    assert str(result.dated.start.day[0]) == "2018-01-30"
    assert (result.time[0], result.cause[0]) == (30.0, 1)


def test_notes_count_the_days_that_other_dates_ruled_out(tmp_path: Path) -> None:
    result = found(tmp_path, visit_date="2018", death_date="2018-02-24", fu_date="2018-02-24")
    assert result.notes == (
        "The end of 1 patient is known to the year only; the middle of the year is assumed, and of"
        " 1 patient whose other dates rule that out, the middle of what they leave (A-1) (records"
        " A-1).",
    )


@pytest.mark.parametrize(
    ("dates", "against"),
    [
        ({"visit_date": "2018-03", "death_date": "2018-02-24"}, "death_date is 2018-02-24"),
        ({"visit_date": "2018-03"}, "fu_date is 2018-02-24"),
    ],
)
def test_where_no_day_is_possible_the_centre_is_asked(
    tmp_path: Path, dates: dict[str, str], against: str
) -> None:
    result = found(tmp_path, fu_date="2018-02-24", **dates)
    assert not result.usable[0]
    assert result.left_out[0].reason == "no day of a date that is not known to the day is possible"
    assert result.queries[0].message == (
        f"Relapse: no day of visit_date is possible, because {against}. The day of visit_date was"
        " assumed by the program from '2018-03'. Correct the date that is wrong; until then the"
        " patient is left out of this endpoint."
    )


def test_a_death_of_relapse_that_counts_as_death_without_relapse_is_named(tmp_path: Path) -> None:
    dates = {"death_date": "2018-02-24", "fu_date": "2018-02-24"}
    assert found(tmp_path, death_cause="2", **dates).notes == ()
    assert found(tmp_path, death_cause="1", **dates).notes == (
        "The death of 1 patient counts as 'Death without relapse', though its cause is entered as"
        " relapse (records A-1).",
    )
    relapsed = found(tmp_path, death_cause="1", visit_date="2018-01-01", **dates)
    assert relapsed.notes == ()


def test_the_export_flags_the_day_that_is_assumed(tmp_path: Path) -> None:
    made = treated(relapse=[{"rel_date": "2020"}], fu_date="2020-05-11")
    export = study_export(ino_plan(tmp_path, RELAPSE, made))
    adtte = {variable.name: variable.python() for variable in export.datasets[1].variables}
    assert [str(day) for day in adtte["ADT"]] == ["2020-04-21"]
    assert (adtte["ADTF"], adtte["CNSR"]) == (["M"], [0])


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


def endpoint(name: str, origin: str = "") -> str:
    line = f"origin = {origin}\n" if origin else ""
    return f'[[endpoints]]\nstandard = "{name}"\nid = "os"\n{line}{SURVIVAL}'


OS = endpoint("overall_survival", '"ino_start"')
RELAPSE = endpoint("relapse_nrm", '"hct_date"')
REMISSION = endpoint("relapse_nrm", '["cr_date", "hct_date"]')
SOS = endpoint("sos_vod")
GRFS = endpoint("grfs")
CYCLE = {"cyc_no": "1", "cyc_d1_date": "2020-01-01", "cyc_d1_dose": "0.8",
         "cyc_d8_date": "2020-01-08", "cyc_d8_dose": "0.5"}  # fmt: skip
CR = {"resp_date": "2020-02-01", "resp_call": "1"}
SOS_NO = {"sos_yn": "0"}
GVHD_NO = {"agvhd_grade": "0", "cgvhd": "0"}


def treated(*, fu_date: str = "2020-12-01", **forms: list[dict[str, str]]) -> Any:
    rows = {
        "ino_cycle": [CYCLE],
        "response": [CR],
        "transplant": [{"hct_date": "2020-04-01", "hct_no": "1"}],
        "sos_diagnosis": [SOS_NO],
        "gvhd": [GVHD_NO],
        "followup": [{"fu_date": fu_date, "fu_status": "1"}],
        **forms,
    }
    named = {form: [{"id": "P1", **row} for row in many] for form, many in rows.items()}
    return clinical_records(["P1"], **named)


def ino_plan(folder: Path, toml: str, made: Any) -> Any:
    study = folder / "study.toml"
    study.write_text(INO + toml, encoding="utf-8")
    request = read_study(study)
    source = FormsSource.of(request, made)
    return plan_study(request, source.names, source)


def ended(folder: Path, toml: str, made: Any) -> tuple[float | None, int | None, list[str]]:
    """Give time and cause, or None, and the places listed as left out."""
    plan = ino_plan(folder, toml, made)
    result = outcome(plan.endpoints[0], plan.data, plan.source.table(plan.columns))
    places = [place.partition(",")[0] for item in result.left_out for place in item.places]
    if not result.usable[0]:
        return None, None, places
    return float(result.time[0]), int(result.cause[0]), places


def test_all_is_known(tmp_path: Path) -> None:
    made = treated()
    assert ended(tmp_path, OS, made) == (335.0, 0, [])
    assert ended(tmp_path, REMISSION, made) == (304.0, 0, [])
    assert ended(tmp_path, SOS, made) == ended(tmp_path, GRFS, made) == (244.0, 0, [])


@pytest.mark.parametrize(
    ("cycles", "start"),
    [
        ([{**CYCLE, "cyc_d1_date": "UNK"}], None),
        ([{**CYCLE, "cyc_d1_date": ""}], None),
        ([{**CYCLE, "cyc_d1_date": "UNK", "cyc_d1_dose": "ND"}], "2020-01-08"),  # not given
        ([{**CYCLE, "cyc_d1_date": "UNK", "cyc_d1_dose": "0"}], "2020-01-08"),
        ([{**CYCLE, "cyc_d8_date": "UNK"}], "2020-01-01"),  # later than day 1
        ([CYCLE, {"cyc_no": "2", "cyc_d1_date": "UNK", "cyc_d1_dose": "0.5"}], "2020-01-01"),
        (
            [{**CYCLE, "cyc_no": "2"}, {"cyc_no": "1", "cyc_d1_date": "UNK", "cyc_d1_dose": "1"}],
            None,
        ),
        ([{**CYCLE, "cyc_d1_date": "2020-01"}], "2020-01-04"),  # from 1 to 8 January
    ],
)
def test_the_first_dose(tmp_path: Path, cycles: list[dict[str, str]], start: str | None) -> None:
    made = treated(ino_cycle=cycles)
    held = ino_plan(tmp_path, OS, made).source.columns["ino_start"]
    assert str(held.dates[0]) == (start or "NaT")
    if start is None:
        assert ended(tmp_path, OS, made) == (None, None, ["ino_cycle.cyc_d1_date"])


@pytest.mark.parametrize(
    ("cycles", "last"),
    [
        ([CYCLE], "2020-01-08"),
        ([{**CYCLE, "cyc_d8_date": "UNK"}], None),
        ([{**CYCLE, "cyc_d1_date": "UNK"}], "2020-01-08"),
        ([CYCLE, {"cyc_no": "2", "cyc_d1_date": "UNK", "cyc_d1_dose": "0.5"}], None),
        (  # one after the transplantation stands before it
            [CYCLE, {"cyc_no": "2", "cyc_d1_date": "2020-06-01", "cyc_d1_dose": "0.5"},
             {"cyc_no": "3", "cyc_d1_date": "UNK", "cyc_d1_dose": "0.5"}],
            "2020-01-08",
        ),
    ],
)  # fmt: skip
def test_the_last_dose_before_transplantation(
    tmp_path: Path, cycles: list[dict[str, str]], last: str | None
) -> None:
    columns = ino_plan(tmp_path, OS, treated(ino_cycle=cycles)).source.columns
    assert str(columns["last_ino"].dates[0]) == (last or "NaT")
    assert columns["ino_to_hct"].column.present[0] == (last is not None)


@pytest.mark.parametrize(
    ("responses", "cr_date"),
    [
        ([{**CR, "resp_date": "UNK"}], None),
        ([{**CR, "resp_date": "UNK"}, CR], None),
        ([{**CR, "resp_date": ""}, CR], None),
        ([CR, {**CR, "resp_date": "UNK"}], "2020-02-01"),  # later in the form
        ([{**CR, "resp_date": "UNK", "resp_time": "3"}, {**CR, "resp_time": "1"}], "2020-02-01"),
        ([{**CR, "resp_time": "3"}, {**CR, "resp_date": "UNK", "resp_time": "1"}], None),
        ([{**CR, "resp_date": "UNK", "resp_time": "4"}, CR], "2020-02-01"),
        ([{**CR, "resp_date": "UNK", "resp_call": "3"}, CR], "2020-02-01"),  # PR
        ([{**CR, "resp_date": "2020-01"}], "2020-01-15"),
        ([{**CR, "resp_date": "2020", "resp_time": "3"}], "2020-04-01"),  # before the transplant
    ],
)
def test_the_first_remission(
    tmp_path: Path, responses: list[dict[str, str]], cr_date: str | None
) -> None:
    made = treated(response=responses)
    columns = ino_plan(tmp_path, REMISSION, made).source.columns
    assert str(columns["cr_date"].dates[0]) == (cr_date or "NaT")
    assert str(columns["cr_or_hct_date"].dates[0]) == (cr_date or "NaT")
    if cr_date is None:  # the transplant is not taken in its place
        assert "response.resp_date" in ended(tmp_path, REMISSION, made)[2]


@pytest.mark.parametrize(
    ("transplants", "hct", "second"),
    [
        ([{"hct_date": "UNK"}], None, None),
        ([{"hct_date": "UNK", "hct_no": "1"}, {"hct_date": "2020-04-01", "hct_no": "2"}],
         None, None),
        ([{"hct_date": "UNK", "hct_no": "2"}, {"hct_date": "2020-04-01", "hct_no": "1"}],
         "2020-04-01", None),
        ([{"hct_date": "2020-04-01"}, {"hct_date": "NA"}], "2020-04-01", None),
        ([{"hct_date": "2019"}, {"hct_date": "2020"}], "2020-07-01", None),
    ],
)  # fmt: skip
def test_the_transplantation(
    tmp_path: Path, transplants: list[dict[str, str]], hct: str | None, second: str | None
) -> None:
    columns = ino_plan(tmp_path, SOS, treated(transplant=transplants)).source.columns
    assert str(columns["hct_date"].dates[0]) == (hct or "NaT")
    assert str(columns["hct2_date"].dates[0]) == (second or "NaT")


def test_a_second_transplantation_without_a_date_leaves_the_time_open(tmp_path: Path) -> None:
    second = [{"hct_date": "2020-04-01", "hct_no": "1"}, {"hct_date": "UNK", "hct_no": "2"}]
    assert ended(tmp_path, SOS, treated(transplant=second)) == (None, None, ["transplant.hct_date"])


@pytest.mark.parametrize(
    ("relapses", "time"),
    [
        (["UNK", "2020-05-01"], None),
        (["", "2020-05-01"], None),
        (["NA", "2020-05-01"], 30.0),
        (["2020-05-01", "UNK"], 30.0),  # later in the form, whose dates are in order
        (["2020-06-01", "2020-05-01", "UNK"], None),
        (["2020"], 91.0),  # 1 July
        (["2020-04"], 14.0),
        (["2020-03"], 244.0),  # before the transplant
    ],
)
def test_a_relapse_without_a_date_beside_one_with_it(
    tmp_path: Path, relapses: list[str], time: float | None
) -> None:
    made = treated(relapse=[{"rel_date": day, "rel_type": "1"} for day in relapses])
    found_time, _, places = ended(tmp_path, RELAPSE, made)
    assert found_time == time
    assert places == ([] if time is not None else ["relapse.rel_date"])


@pytest.mark.parametrize("answer", ["UNK", "", "ND"])
def test_sos_without_an_answer_is_not_a_no(tmp_path: Path, answer: str) -> None:
    made = treated(sos_diagnosis=[{"sos_yn": answer}])
    assert ended(tmp_path, SOS, made) == (None, None, ["sos_diagnosis.sos_yn"])
    assert ended(tmp_path, SOS, treated(sos_diagnosis=[]))[:2] == (None, None)


def test_gvhd_of_a_grade_that_is_not_known_is_not_none(tmp_path: Path) -> None:
    made = treated(gvhd=[{**GVHD_NO, "agvhd_grade": "UNK"}])
    assert ended(tmp_path, GRFS, made) == (None, None, ["gvhd.agvhd_grade"])


@pytest.mark.parametrize(
    ("how", "cr", "hct", "expected", "code"),
    [
        ("first_of", "", "UNK", None, "UNK"),
        ("first_of", "UNK", "2020-03-01", None, "UNK"),
        ("first_of", "NA", "2020-03-01", "2020-03-01", ""),
        ("first_of", "2020-02-01", "UNK", "2020-02-01", ""),
        ("earliest_of", "2020-02-01", "UNK", None, "UNK"),
        ("earliest_of", "", "NA", None, "NA"),
        ("latest_of", "2020-02-01", "UNK", "2020-02-01", ""),
        ("latest_of", "", "UNK", None, "UNK"),
    ],
)
def test_one_of_several_dates_keeps_the_reason(
    tmp_path: Path, how: str, cr: str, hct: str, expected: str | None, code: str
) -> None:
    toml = (
        '[derived.a]\nfrom = "response.cr_date"\n[derived.b]\nfrom = "response.hct_date"\n'
        f'[derived.c]\n{how} = ["a", "b"]\n'
        '[[endpoints]]\nid = "os"\nlabel = "E"\norigin = "c"\ncensor = "c"\n'
        'events = [{ id = "e", label = "E", date = "c" }]\n'
    )
    made = records(response=[{"id": "A-1", "cr_date": cr, "hct_date": hct}])
    column = own(tmp_path, toml, made)["c"].column
    assert str(column.values[0]) == (expected or "NaT")
    codes = ["UNK", "ND", "NA"]
    np.testing.assert_array_equal(column.missing, [3 + codes.index(code) if code else 0])
