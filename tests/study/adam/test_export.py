from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyreadstat
import pytest

from atrisk.cli.export import export
from atrisk.errors import InputError
from atrisk.study.adam.adsl import study_id
from atrisk.study.adam.adtte import parameter_codes
from atrisk.study.adam.dataset_json import CREATED
from atrisk.study.adam.export import EXPORT_FILES, study_export, write_export
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, patients, records, write_forms
from study_kit import MINIMAL, plan, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from atrisk.study.adam.dataset import Dataset
    from atrisk.study.adam.export import Export

EVENTS = """
[derived.relapsed]
from = "relapse.rel_date"

[[endpoints]]
id = "relapse_and_death"
label = "Relapse and death"
origin = ["cr_date", "hct_date"]
missing = "leave_out"
count_day = 1
cut_off = 2020-07-15
censor = ["fu_date", "visit_date"]
events = [
  { id = "relapse", label = "Relapse", date = "relapsed" },
  { id = "second", label = "Second", date = "visit_date", when = "sex == 9", competing = true },
  { id = "nrm", label = "Death", date = "death_date", when = "death_cause == 2", competing = true },
]
"""
LEAVE = OS.replace("[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"')
ADAM = """
[adam]
study_id = "STUDY1"
columns = { TRTSDT = "start", ECOGBL = "age", RISK = "grade", LSTALVDT = "fu_date" }
"""
ALL = OS + EVENTS + SURVIVAL + "[[population]]\nexclude = 'age > 60'\nreason = 'Old'\n" + ADAM


@pytest.fixture
def made(tmp_path: Path) -> Export:
    return study_export(forms_plan(tmp_path, HEAD + ALL, patients()))


def rows(dataset: Dataset, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(dataset.variable(name).python() for name in names), strict=True))


def test_adsl_has_every_patient_once(made: Export) -> None:
    adsl = made.datasets[0]
    assert adsl.keys == ("STUDYID", "USUBJID")
    assert rows(adsl, "STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "FASFL") == [
        ("STUDY1", "STUDY1-A-1", "A-1", "A", 40.0, "YEARS", "F", "Y"),
        ("STUDY1", "STUDY1-A-2", "A-2", "A", 50.0, "YEARS", "M", "Y"),
        ("STUDY1", "STUDY1-B-3", "B-3", "B", 60.0, "YEARS", "F", "Y"),
        ("STUDY1", "STUDY1-B-4", "B-4", "B", 70.0, "YEARS", "M", "N"),
    ]
    day = dt.date
    assert rows(adsl, "TRTSDT", "DTHDT", "DTHFL", "LSTALVDT")[:2] == [
        (day(2020, 1, 1), day(2020, 5, 1), "Y", day(2020, 5, 1)),
        (day(2020, 1, 1), None, "", day(2020, 6, 1)),
    ]
    assert adsl.variable("RISK").kind == "text"
    assert adsl.variable("RISK").label == "Grade"
    assert adsl.variable("ECOGBL").python() == [40.0, 50.0, 60.0, 70.0]


def test_adtte_has_a_row_for_each_patient_and_endpoint(made: Export) -> None:
    adtte = made.datasets[1]
    names = ("USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "AVALU", "CNTDAY", "CNSR")
    day = dt.date
    assert rows(adtte, *names) == [
        ("STUDY1-A-1", "OS", day(2020, 1, 1), day(2020, 5, 1), 121.0, "DAYS", 0, 0),
        ("STUDY1-A-1", "RELAPSEA", day(2020, 2, 1), day(2020, 5, 1), 91.0, "DAYS", 1, 3),
        ("STUDY1-A-2", "OS", day(2020, 1, 1), day(2020, 6, 1), 152.0, "DAYS", 0, 1),
        ("STUDY1-A-2", "RELAPSEA", day(2020, 3, 1), day(2020, 7, 1), 123.0, "DAYS", 1, 1),
        ("STUDY1-B-3", "OS", day(2020, 1, 1), day(2020, 8, 1), 213.0, "DAYS", 0, 0),
        ("STUDY1-B-3", "RELAPSEA", day(2020, 2, 1), day(2020, 4, 1), 61.0, "DAYS", 1, 0),
    ]
    assert adtte.keys == ("STUDYID", "USUBJID", "PARAMCD")
    assert set(rows(adtte, "PARAM")) == {
        ("Overall survival (days)",),
        ("Relapse and death (days)",),
    }


def test_what_ended_and_where_it_stands(made: Export) -> None:
    adtte = made.datasets[1]
    names = ("EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ", "SRCVAL", "SRCFILE", "SRCLINE")
    assert rows(adtte, *names)[:4] == [
        ("Death", "", "followup", "death_date", 1, "2020-05-01", "followup.csv", 2),
        ("Death", "", "followup", "death_date", 1, "2020-05-01", "followup.csv", 2),
        ("Censored", "Last contact", "followup", "fu_date", 1, "2020-06-01", "followup.csv", 3),
        ("Censored", "Last contact", "followup", "visit_date", 1, "2020-07-01", "followup.csv", 3),
    ]
    names = ("STDOM", "STVAR", "STSEQ", "STVAL", "STFILE", "STLINE")
    assert rows(adtte, *names)[2:4] == [
        ("dose", "dose_date", 1, "2020-01-01", "dose.csv", 3),
        ("response", "hct_date", 1, "2020-03-01", "response.csv", 3),
    ]


def test_a_row_that_the_cut_off_ended(tmp_path: Path) -> None:
    toml = ALL.replace("2020-07-15", "2020-04-15")
    adtte = study_export(forms_plan(tmp_path, HEAD + toml, patients())).datasets[1]
    assert rows(adtte, "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCLINE")[1] == (
        "Censored",
        "Data cut-off",
        "",
        None,
    )
    stop = OS.replace("[[endpoints]]", '[[endpoints]]\ncensor_at = "hct_date"')
    adtte = study_export(forms_plan(tmp_path, HEAD + stop + SURVIVAL, patients())).datasets[1]
    assert rows(adtte, "CNSDTDSC", "SRCVAR")[0] == ("Transplant", "hct_date")


def test_days_and_months_that_are_assumed_are_flagged(tmp_path: Path) -> None:
    followup = [
        {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05"},
        {"id": "A-2", "fu_date": "2021"},
        {"id": "B-3", "fu_date": "2020-08-01"},
        {"id": "B-4", "fu_date": "2020-08-01"},
    ]
    made = study_export(forms_plan(tmp_path, HEAD + OS + SURVIVAL, patients(followup=followup)))
    assert rows(made.datasets[1], "ADTF", "STARTDTF", "SRCVAL") == [
        ("D", "", "2020-05"),
        ("M", "", "2021"),
        ("", "", "2020-08-01"),
        ("", "", "2020-08-01"),
    ]
    assert rows(made.datasets[0], "DTHDT", "DTHDTF")[:2] == [
        (dt.date(2020, 5, 15), "D"),
        (None, ""),
    ]


def test_who_is_left_out_is_listed_with_the_reason(made: Export, tmp_path: Path) -> None:
    write_export(made, tmp_path)
    with (tmp_path / "left_out.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert [(row["endpoint"], row["record"], row["reason"]) for row in listed] == [
        ("", "B-4", "Old")
    ]
    without = HEAD + ALL.partition("[[population]]")[0]
    again = study_export(forms_plan(tmp_path, without, patients()))
    write_export(again, tmp_path)
    with (tmp_path / "left_out.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert [(row["endpoint"], row["record"], row["places"]) for row in listed] == [
        ("os", "B-4", "dose.dose_date, dose.csv line 5; followup.death_date, followup.csv line 5"),
        ("relapse_and_death", "B-4", ""),
    ]
    with (tmp_path / "queries.csv").open(encoding="utf-8") as file:
        (query,) = csv.DictReader(file)
    assert (query["rule"], query["severity"]) == ("endpoint_os_order", "error")


def test_every_format_reads_back_the_same(made: Export, tmp_path: Path) -> None:
    paths = write_export(made, tmp_path)
    assert tuple(path.name for path in paths) == EXPORT_FILES
    for dataset in made.datasets:
        stem = dataset.name.lower()
        values = {variable.name: variable.python() for variable in dataset.variables}
        frame = pl.read_parquet(tmp_path / f"{stem}.parquet")
        assert frame.to_dict(as_series=False) == values
        with (tmp_path / f"{stem}.csv").open(encoding="utf-8") as file:
            text = list(csv.DictReader(file))
        assert [row["USUBJID"] for row in text] == values["USUBJID"]
        assert list(text[0]) == list(values)
        xpt, meta = pyreadstat.read_xport(str(tmp_path / f"{stem}.xpt"))
        assert meta.table_name == dataset.name
        assert meta.file_label == dataset.label
        assert dict(zip(meta.column_names, meta.column_labels, strict=True)) == {
            variable.name: variable.label for variable in dataset.variables
        }
        for variable in dataset.variables:
            same_in_xpt(variable.python(), xpt[variable.name].tolist(), variable.name)
        document = json.loads((tmp_path / f"{stem}.json").read_text(encoding="utf-8"))
        written = [
            [value.isoformat() if isinstance(value, dt.date) else value for value in row]
            for row in zip(*values.values(), strict=True)
        ]
        assert document["rows"] == written


def same_in_xpt(expected: list[Any], found: list[Any], name: str) -> None:
    for value, read in zip(expected, found, strict=True):
        if value is None:
            assert read is None or np.isnan(read), name
        else:
            assert read == value, name


# the structure of Dataset-JSON 1.1 as CDISC publishes it:
# github.com/cdisc-org/DataExchange-DatasetJson, schema/dataset.yaml
REQUIRED = (
    "datasetJSONCreationDateTime",
    "datasetJSONVersion",
    "itemGroupOID",
    "records",
    "name",
    "label",
    "columns",
)
ALLOWED = {
    *REQUIRED,
    "fileOID",
    "dbLastModifiedDateTime",
    "originator",
    "sourceSystem",
    "studyOID",
    "metaDataVersionOID",
    "metaDataRef",
    "isReferenceData",
    "rows",
}
COLUMN = {"itemOID", "name", "label", "dataType"}
MORE = {"targetDataType", "length", "displayFormat", "keySequence"}
TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: value is None or isinstance(value, int),
    "double": lambda value: value is None or isinstance(value, float),
    "date": lambda value: value is None or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None,
}


def test_dataset_json_has_the_published_structure(made: Export, tmp_path: Path) -> None:
    write_export(made, tmp_path)
    for dataset in made.datasets:
        document = json.loads((tmp_path / f"{dataset.name.lower()}.json").read_text("utf-8"))
        assert set(REQUIRED) <= set(document) <= ALLOWED
        assert document["datasetJSONCreationDateTime"] == CREATED == "1970-01-01T00:00:00"
        assert re.fullmatch(r"1\.1(\.(0|[1-9][0-9]*))?", document["datasetJSONVersion"])
        assert set(document["sourceSystem"]) == {"name", "version"}
        assert (document["studyOID"], document["name"]) == ("STUDY1", dataset.name)
        assert document["records"] == len(document["rows"]) == dataset.rows
        for place, column in enumerate(document["columns"]):
            assert set(column) >= COLUMN
            assert set(column) <= COLUMN | MORE
            assert column["itemOID"] == f"IT.{dataset.name}.{column['name']}"
            assert column.get("targetDataType") in {None, "integer"}
            assert column.get("length", 1) >= 1
            assert all(TYPES[column["dataType"]](row[place]) for row in document["rows"])
        keys = {c["name"]: c["keySequence"] for c in document["columns"] if "keySequence" in c}
        assert list(keys) == list(dataset.keys)


def test_names_and_labels_fit_a_transport_file(made: Export) -> None:
    for dataset in made.datasets:
        for variable in dataset.variables:
            assert re.fullmatch("[A-Z][A-Z0-9]{0,7}", variable.name)
            assert len(variable.label.encode()) <= 40


def test_the_same_data_give_the_same_bytes(made: Export, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_export(made, tmp_path / name)
    header = (tmp_path / "first" / "adtte.xpt").read_bytes()[:720]
    assert header.count(b"01JAN70:00:00:00") == 4
    assert not re.search(rb"\d\d[A-Z]{3}(?!70)\d\d:\d\d:\d\d:\d\d", header)
    for name in EXPORT_FILES:
        first, second = (tmp_path / which / name for which in ("first", "second"))
        assert first.read_bytes() == second.read_bytes(), name


def test_the_export_says_what_cnsr_stands_for(made: Export, tmp_path: Path) -> None:
    write_export(made, tmp_path)
    document = json.loads((tmp_path / "export.json").read_text(encoding="utf-8"))
    assert document["CNSR"] == {
        "OS": {"0": ["Death"], "1": ["Censored"]},
        "RELAPSEA": {"0": ["Relapse"], "1": ["Censored"], "2": ["Second"], "3": ["Death"]},
    }
    assert document["datasets"][1]["rows"] == 6


def test_synthetic_data_are_called_so_in_every_dataset(tmp_path: Path) -> None:
    toml = HEAD.replace('title = "A study on forms"', 'title = "T"\nsynthetic = true')
    made = study_export(forms_plan(tmp_path, toml + OS + SURVIVAL, patients()))
    assert [dataset.label for dataset in made.datasets] == [
        "Synthetic Subject-Level Analysis Dataset",
        "Synthetic Time-to-Event Analysis Dataset",
    ]
    assert all(len(dataset.label) <= 40 for dataset in made.datasets)
    write_export(made, tmp_path)
    for stem, count in (("adsl", 4), ("adtte", 3)):
        frame, meta = pyreadstat.read_xport(str(tmp_path / f"{stem}.xpt"))
        assert meta.file_label.startswith("Synthetic ")
        assert frame["SYNTHFL"].to_list() == ["Y"] * count
        label = json.loads((tmp_path / f"{stem}.json").read_text(encoding="utf-8"))["label"]
        assert label == meta.file_label
    assert json.loads((tmp_path / "export.json").read_text(encoding="utf-8"))["synthetic"] is True
    real = study_export(forms_plan(tmp_path, HEAD + OS + SURVIVAL, patients()))
    assert "SYNTHFL" not in {variable.name for variable in real.datasets[1].variables}
    assert real.datasets[0].label == "Subject-Level Analysis Dataset"


def test_dates_of_a_transport_file_are_numbers_with_a_format(made: Export, tmp_path: Path) -> None:
    write_export(made, tmp_path)
    _, meta = pyreadstat.read_xport(str(tmp_path / "adtte.xpt"))
    dates = [name for name, shown in meta.original_variable_types.items() if shown == "DATE9"]
    assert dates == ["TRTSDT", "STARTDT", "ADT"]
    raw, _ = pyreadstat.read_xport(str(tmp_path / "adtte.xpt"), disable_datetime_conversion=True)
    days = (dt.date(2020, 1, 1) - dt.date(1960, 1, 1)).days
    assert raw["STARTDT"].to_list()[0] == days
    assert all(len(name) <= 8 for name in raw.columns)


def test_an_export_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    forms = {"dose": [{"id": "A-1", "dose_date": "2020-01-01", "dose": "1"}],
             "followup": [{"id": "A-1", "fu_date": "2020-02-01"}]}  # fmt: skip
    study = write_forms(tmp_path, HEAD + OS + SURVIVAL, **forms)
    out = tmp_path / "out"
    export(study, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    long = OS.replace('label = "Overall survival"', f'label = "{"very " * 41}long"')
    study.write_text(HEAD + long + SURVIVAL, encoding="utf-8")
    with pytest.raises(InputError, match="PARAM has a text of"):
        export(study, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]
    (out / "export.json").unlink()
    with pytest.raises(InputError, match=r"it has no export\.json of one"):
        export(study, out)


def test_a_text_that_a_transport_file_cannot_hold_is_refused(tmp_path: Path) -> None:
    labelled = OS.replace('label = "Death"', f'label = "{"very " * 41}long"')
    made = study_export(forms_plan(tmp_path, HEAD + labelled + SURVIVAL, patients()))
    with pytest.raises(InputError, match="EVNTDESC has a text of 209 bytes"):
        write_export(made, tmp_path)


def test_a_study_without_names_of_its_own(tmp_path: Path) -> None:
    made = forms_plan(tmp_path, HEAD + OS + SURVIVAL, patients())
    assert study_id(made) == "A-STUDY-ON-FORMS"
    for title, expected in (
        ("Inotuzumab ozogamicin: a study", "INOTUZUMAB"),
        ("Gemtuzumabozogamicinum", "GEMTUZUMABOZOGAMICIN"),
        ("A study on twenty al", "A-STUDY-ON-TWENTY-AL"),
    ):
        named = made.info.model_copy(update={"title": title})
        assert study_id(dataclasses.replace(made, info=named)) == expected
    names = [variable.name for variable in study_export(made).datasets[0].variables]
    assert names == [
        *("STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "DTHDT", "DTHFL"),
        "FASFL",
    ]


def test_parameter_codes_are_short_and_distinct(tmp_path: Path) -> None:
    more = "".join(
        OS.replace('"os"', f'"overall_survival_{name}"')
        for name in ("a", "b")
    ) + OS.replace('id = "os"', 'id = "named"\ncode = "OSX"')  # fmt: skip
    made = forms_plan(tmp_path, HEAD + OS + more + SURVIVAL, patients())
    assert list(parameter_codes(made).values()) == ["OS", "OVERALLS", "OVERALL2", "OSX"]


@pytest.mark.parametrize(
    ("adam", "message"),
    [
        ('columns = { TRTSDT = "strat" }', "TRTSDT: there is no column 'strat'.*'start'"),
        ('columns = { STUDYID = "sex" }', "STUDYID is made by the export itself"),
        ('columns = { treatment = "start" }', "'treatment' is no name of ADaM"),
        ('sex = { f = "F" }', "the column 'sex' of SEX has the code '1'"),
        ('sex = { 1 = "X" }', "'X' is not one of 'F', 'M' or 'U'"),
    ],
)
def test_mistakes_in_adam(tmp_path: Path, adam: str, message: str) -> None:
    toml = HEAD + OS + SURVIVAL + f"[adam]\n{adam}\n"
    with pytest.raises(InputError, match=message):
        study_export(forms_plan(tmp_path, toml, patients()))


def test_codes_of_sex_and_of_sites_can_be_said(tmp_path: Path) -> None:
    toml = HEAD + OS + SURVIVAL
    toml += '[adam]\nsex = { 1 = "M", 2 = "F" }\ncolumns = { SEX = "grade", SITEID = "sex" }\n'
    made = study_export(forms_plan(tmp_path, toml, patients(response=[
        {"id": "A-1", "grade": "1"}, {"id": "A-2", "grade": "UNK"}
    ]))).datasets[0]  # fmt: skip
    assert rows(made, "SEX", "SITEID")[:2] == [("M", "1"), ("U", "2")]


def test_the_site_of_one_source_is_what_its_field_says(tmp_path: Path) -> None:
    toml = HEAD + '[derived.centre]\nfrom = "response.grade"\n' + LEAVE + SURVIVAL
    forms = {
        "dose": [{"id": "A-1", "dose_date": "2020-01-01", "dose": "1"}],
        "followup": [{"id": "A-1", "fu_date": "2020-02-01"}],
        "response": [{"id": "A-1", "grade": "2"}],
    }
    one = study_export(forms_plan(tmp_path, toml, records(**forms))).datasets[0]
    assert rows(one, "SITEID") == [("2",)]
    forms["response"].append({"id": "B-2", "grade": "1"})
    two = study_export(forms_plan(tmp_path, toml, records(**forms))).datasets[0]
    assert rows(two, "SITEID") == [("A",), ("B",)]


def test_a_study_on_a_table_is_exported_too(tmp_path: Path) -> None:
    study = plan(write(tmp_path, MINIMAL, ["t,d,arm", "5,1,x", "8,0,y"]))
    adsl, adtte = study_export(study).datasets
    assert rows(adsl, "USUBJID", "SITEID") == [("A-STUDY-2", ""), ("A-STUDY-3", "")]
    assert rows(adtte, "AVAL", "CNSR", "EVNTDESC", "ADT", "SRCDOM") == [
        (5.0, 0, "Death", None, ""),
        (8.0, 1, "Censored", None, ""),
    ]
    head = HEAD.partition("[forms]")[0].replace("[data]", '[data]\nid = "p"\nfile = "data.csv"')
    lines = ["p,start,death_date,fu_date", "X1,2020-01-01,2020-01-05,2020-01-05"]
    adtte = study_export(plan(write(tmp_path, head + OS + SURVIVAL, lines))).datasets[1]
    names = ("SUBJID", "SRCDOM", "SRCVAR", "SRCVAL", "SRCLINE", "STVAR")
    assert rows(adtte, *names) == [("X1", "data.csv", "death_date", "2020-01-05", 2, "start")]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forms = {"dose": [{"id": "A-1", "dose_date": "2020-01-01", "dose": "1"}],
             "followup": [{"id": "A-1", "fu_date": "2019-12-31"}, {"id": "A-2"}]}  # fmt: skip
    toml = HEAD + LEAVE + SURVIVAL
    study = write_forms(tmp_path, toml, **forms)
    out = tmp_path / "out"
    for _ in range(2):  # an earlier export is replaced
        export(study, out)
    said = capsys.readouterr()
    assert "ADSL: 2 rows, " in said.out
    assert "ADTTE: 0 rows, " in said.out
    assert "2 rows left out: " in said.err
    assert sorted(path.name for path in out.iterdir()) == sorted(EXPORT_FILES)
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"not part of a data export: mine\.txt"):
        export(study, out)
    with pytest.raises(InputError, match="is a file"):
        export(study, out / "mine.txt")
