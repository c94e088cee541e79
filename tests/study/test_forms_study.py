from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.report import write_report
from atrisk.study import plan_study, read_source, read_study, run_study
from atrisk.study.endpoint_queries import endpoint_queries
from atrisk.study.forms_source import dictionary_of, records_of
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, patients, write_forms
from study_kit import MINIMAL, number, write

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study import Plan

NAMES = ("A-1", "A-2", "B-3", "B-4")
ENROLMENT = [
    {"id": name, "sex": str(1 + place % 2), "age": str(40 + place)}
    for place, name in enumerate(NAMES)
]
DOSES = [
    {"id": name, "dose_no": 1, "dose_date": "2020-01-01", "dose": "0.8", "given": "1"}
    for name in NAMES
]
FOLLOWUP = [
    {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05-01"},
    {"id": "A-2", "fu_date": "2020-06-01"},
    {"id": "B-3", "fu_date": "2020-08-01", "death_date": "2020-08-01"},
    {"id": "B-4", "fu_date": "2020-09-01", "death_date": "2019-12-31"},
]
RESPONSE = [{"id": "A-2", "hct_date": "2020-03-01", "grade": "1"}]
FILES: dict[str, Any] = {
    "enrolment": ENROLMENT,
    "dose": DOSES,
    "followup": FOLLOWUP,
    "response": RESPONSE,
}
SEX = '[variables.sex]\nlabel = "Sex"\nlevels = { 1 = "Female", 2 = "Male" }\n'


def planned(study: Path) -> Plan:
    request = read_study(study)
    source = read_source(request)
    return plan_study(request, source.names, source)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_forms(tmp_path, HEAD + OS + SEX + SURVIVAL + 'by = "sex"\n', **FILES)


def test_a_study_runs_from_the_forms(study: Path) -> None:
    document = run_study(planned(study))
    assert number(document, "a.overall.n") == 3
    assert number(document, "a.female.events") == 2
    assert document["population"]["rows_in"] == 4
    assert document["study"]["data_file"] == "forms (4 files)"
    (left,) = document["analyses"][0]["left_out"]
    assert left["record"] == "B-4"
    assert left["places"] == [
        "dose.dose_date, records/dose.csv line 5",
        "followup.death_date, records/followup.csv line 5",
    ]


def test_the_document_says_where_starts_and_ends_came_from(study: Path) -> None:
    document = run_study(planned(study))
    data = document["data"]
    assert data["dictionary"] == "dictionary"
    assert [(file["name"], file["rows"], file["kept"]) for file in data["files"]] == [
        ("records/enrolment.csv", 4, 4),
        ("records/dose.csv", 4, 4),
        ("records/response.csv", 1, 1),
        ("records/followup.csv", 4, 4),
    ]
    (endpoint,) = data["endpoints"]
    assert [tuple(source.values())[1:] for source in endpoint["sources"]] == [
        ("start", "", "start", "dose.dose_date", 3),
        ("end", "censored", "fu_date", "followup.fu_date", 1),
        ("end", "Death", "death_date", "followup.death_date", 2),
    ]
    assert number(document, "data.os.source_3.n") == 2
    assert number(document, "data.all.rows") == 13
    assert [query["record"] for query in data["queries"]] == ["B-4"]
    assert {column["id"]: column["rule"] for column in data["columns"]}["start"] == (
        "the first dose_date of the form dose where [dose] > 0"
    )


def test_the_digest_is_over_all_files(study: Path) -> None:
    plan = planned(study)
    files = sorted((study.parent / "records").iterdir(), key=lambda path: path.name)
    of = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    order = ("enrolment", "dose", "response", "followup")
    whole = "".join(f"records/{name}.csv\0{of[f'{name}.csv']}\n" for name in order)
    assert plan.source.digest == hashlib.sha256(whole.encode()).hexdigest()


def test_the_cut_off_is_counted_among_what_ended(study: Path) -> None:
    text = study.read_text(encoding="utf-8")
    cut = text.replace("records = ", "cut_off = 2020-05-31\nrecords = ")
    study.write_text(cut, encoding="utf-8")
    sources = run_study(planned(study))["data"]["endpoints"][0]["sources"]
    assert [(s["what"], s["place"], s["n"]) for s in sources[1:]] == [
        ("censored", "data cut-off", 2),
        ("Death", "followup.death_date", 1),
    ]


def test_the_page_has_a_section_of_the_data(study: Path, tmp_path: Path) -> None:
    document = run_study(planned(study))
    out = tmp_path / "report"
    paths = write_report(document, out)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<section id="data-section">' in page
    assert "Where the times start and end" in page
    assert "followup.death_date, records/followup.csv line 5" in page
    assert "Queries from the endpoints" in page
    assert " patients in the forms were analysed." in re.sub("<[^>]+>", "", page)
    assert "Patients in the forms" in page
    assert {"data_centres.csv", "data_endpoints.csv", "data_queries.csv"} <= {p.name for p in paths}
    printed = (out / "tables" / "data_endpoints_printed.csv").read_text(encoding="utf-8-sig")
    assert "Start,start,dose.dose_date,3" in printed


def test_a_table_has_no_section_of_forms(tmp_path: Path) -> None:
    study = write(tmp_path)
    document = run_study(planned(study))
    assert "data" not in document
    write_report(document, tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "data-section" not in page


def test_queries_of_the_endpoints_without_a_run(tmp_path: Path) -> None:
    plan = forms_plan(tmp_path, HEAD + OS + SURVIVAL, patients())
    assert [query.record for query in endpoint_queries(plan)] == ["B-4"]
    # who lacks a date is no query, even where the endpoint stops at it
    strict = OS.replace('"start"', '"cr_date"')
    assert endpoint_queries(forms_plan(tmp_path, HEAD + strict + SURVIVAL, patients())) == ()


def test_endpoints_with_several_origins_say_their_own(tmp_path: Path) -> None:
    second = (
        OS.replace('"os"', '"later"')
        .replace('"start"', '"cr_date"')
        .replace("[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"')
    )
    third = second.replace('"later"', '"named"').replace(
        "[[endpoints]]", '[[endpoints]]\norigin_label = "remission"'
    )
    analyses = SURVIVAL + SURVIVAL.replace('"a"', '"b"').replace('"os"', '"later"')
    plan = forms_plan(tmp_path, HEAD + OS + second + third + analyses, patients())
    assert [endpoint.origin for endpoint in plan.endpoints] == [
        "first dose",
        "complete remission",
        "remission",
    ]
    document = run_study(plan)
    assert document["analyses"][1]["endpoint"]["origin"] == "complete remission"
    paths = write_report(document, tmp_path / "report")
    svg = next(path for path in paths if path.name == "b.svg").read_text(encoding="utf-8")
    assert "Days from complete remission" in svg
    # one origin is that of [data]
    alone = forms_plan(tmp_path, HEAD + OS + SURVIVAL, patients())
    assert [endpoint.origin for endpoint in alone.endpoints] == [None]


def test_groups_known_later_are_warned_of(tmp_path: Path) -> None:
    toml = OS + SURVIVAL + 'by = "transplanted"\n'
    toml += '[variables.transplanted]\nlabel = "Transplanted"\nknown_from = "hct_date"\n'
    toml += 'levels = { 0 = "no", 1 = "yes" }\n'
    head = HEAD + '[derived.transplanted]\nfrom = "response.hct_date"\ntake = "any"\n'
    (warning,) = run_study(forms_plan(tmp_path, head + toml, patients()))["warnings"]
    assert "Transplanted (yes) is known only after the first dose: for 2 of 3" in warning["message"]
    # without the key, the date that exactly the group has tells it
    silent = toml.replace('known_from = "hct_date"\n', "")
    (warning,) = run_study(forms_plan(tmp_path, head + silent, patients()))["warnings"]
    assert "the column hct_date has a value for exactly the 2 patients" in warning["message"]


def test_an_exclusion_that_is_open_names_records(tmp_path: Path) -> None:
    step = "[[population]]\nexclude = 'hct_date > 2020-12-31'\nreason = 'Late'\n"
    with pytest.raises(InputError, match=r"unknown in 2 rows \(record B-3, B-4\)"):
        run_study(forms_plan(tmp_path, HEAD + OS + SURVIVAL + step, patients()))
    kept = step + 'unknown = "keep"\n'
    document = run_study(forms_plan(tmp_path, HEAD + OS + SURVIVAL + kept, patients()))
    assert document["population"]["notes"] == [
        "Late: a value is missing in 2 rows (record B-3, B-4); kept."
    ]


CENTRES = """
[[forms.centres]]
id = "A"
label = "Ulm"
records = "records-a"

[[forms.centres]]
id = "B"
records = "records-b"
mapping = "b.toml"
separator = ";"
date_order = "dmy"
encoding = "cp1252"
decimal = ","
"""


def test_centres_may_write_in_their_own_way(tmp_path: Path) -> None:
    head, _, derived = HEAD.partition('records = "records"\n')
    study = write_forms(tmp_path, head + CENTRES + derived + OS + SURVIVAL)
    for folder in ("records-a", "records-b"):
        (tmp_path / folder).mkdir()
    (tmp_path / "records-a" / "dose.csv").write_text(
        "record_id,redcap_repeat_instance,dose_date,dose\nA-1,1,2020-01-01,0.8\n", encoding="utf-8"
    )
    (tmp_path / "records-a" / "followup.csv").write_text(
        "record_id,fu_date\nA-1,2020-02-01\n", encoding="utf-8"
    )
    (tmp_path / "records-b" / "dose.csv").write_text(
        "record_id;redcap_repeat_instance;dose_date;Größe\n7;1;02.01.2020;0,5\n", encoding="cp1252"
    )
    (tmp_path / "records-b" / "followup.csv").write_text(
        "record_id;fu_date\n7;03.02.2020\n", encoding="cp1252"
    )
    (tmp_path / "b.toml").write_text('[columns]\n"Größe" = "dose"\n', encoding="utf-8")
    plan = planned(study)
    table = plan.source.table(plan.source.names)
    assert plan.source.file == "forms of 2 centres (4 files)"
    assert table.records == ("A-1", "B-7")
    assert table.columns["centre"].tolist() == ["A", "B"]
    assert [str(day) for day in table.columns["start"]] == ["2020-01-01", "2020-01-02"]
    assert [str(day) for day in table.columns["fu_date"]] == ["2020-02-01", "2020-02-03"]
    centres = run_study(plan)["data"]["centres"]
    assert [(c["id"], c["label"], c["patients"], c["rows"]) for c in centres] == [
        ("A", "Ulm", 1, 2),
        ("B", "B", 1, 2),
    ]


def test_another_layout_reaches_the_intake(tmp_path: Path) -> None:
    toml = HEAD.replace('records = "records"', 'records = "all.csv"\nlayout = "flat"')
    study = write_forms(tmp_path, toml + OS + SURVIVAL)
    (tmp_path / "all.csv").write_text(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,fu_date,dose_date,dose\n"
        "1,,,2020-05-01,,\n1,dose,1,,2020-01-01,0.8\n",
        encoding="utf-8",
    )
    document = run_study(planned(study))
    assert number(document, "a.overall.n") == 1


def test_repeating_forms_missing_codes_and_partial_dates(tmp_path: Path) -> None:
    toml = HEAD.replace(
        "records = ",
        'missing_codes = { UNK = "unknown" }\npartial_dates = "last"\nrecords = ',
    )
    followup = [{"id": "A-1", "fu_date": "2020-05"}, {"id": "A-2", "fu_date": "UNK"}]
    study = write_forms(tmp_path, toml + OS + SURVIVAL, dose=DOSES[:2], followup=followup)
    found = records_of(read_study(study))
    assert found.dictionary.repeating == {"dose", "relapse"}
    assert [code.code for code in found.dictionary.missing_codes] == ["UNK"]
    contact = found.table("followup").column("fu_date")
    assert str(contact.values[0]) == "2020-05-31"
    assert found.rejected == ()


def test_validations_of_ones_own_server(tmp_path: Path) -> None:
    study = write_forms(tmp_path, HEAD + OS + SURVIVAL, **FILES)
    dictionary = tmp_path / "dictionary.csv"
    text = dictionary.read_text(encoding="utf-8")
    dictionary.write_text(text.replace("date_ymd", "date_of_ours", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"goes to validations = \[...\] under \[forms\]"):
        dictionary_of(read_study(study))
    toml = HEAD.replace("records = ", 'validations = ["date_of_ours"]\nrecords = ')
    study.write_text(toml + OS + SURVIVAL, encoding="utf-8")
    fields = dictionary_of(read_study(study)).fields
    assert {"date_of_ours"} == {f.validation for f in fields if f.validation == "date_of_ours"}


def test_the_packaged_dictionary(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    toml = HEAD.replace("dictionary.csv", "ino-hct").replace(
        'repeating = ["dose", "relapse"]\n', ""
    )
    study.write_text(toml.partition("[derived")[0] + OS + SURVIVAL, encoding="utf-8")
    assert "ino_cycle" in dictionary_of(read_study(study)).forms


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('records = "records"', "", "number 1|name the records once"),
        ('"dictionary.csv"', '"ino-htc"', "Did you mean 'ino-hct'"),
        ('"dictionary.csv"', '"dictionari.csv"', "there is no file"),
        (
            '"dictionary.csv"',
            '"ino-hct"\nvalidations = ["x"]',
            "repeating and validations go with a dictionary of one's own",
        ),
        ('"dictionary.csv"', '"ino-hct"', "repeating go with a dictionary of one's own"),
        ("[data]", '[data]\nfile = "x.csv"', "one table or its forms"),
        ("[data]", '[data]\nseparator = ";"', "separator says how a file is written"),
        ('records = "records"', 'record = "records"', "Did you mean 'records'"),
        ('records = "records"', 'records = "nowhere"', "nowhere"),
        (
            'records = "records"',
            'records = "records"\nclinical = { complex = 3 }',
            "clinical, complex: there is no key 'complex' here; .* Did you mean 'complex_at'",
        ),
    ],
)
def test_mistakes_in_the_declaration(tmp_path: Path, old: str, new: str, message: str) -> None:
    study = write_forms(tmp_path, HEAD.replace(old, new, 1) + OS + SURVIVAL, **FILES)
    with pytest.raises(InputError, match=message):
        planned(study)


def test_columns_of_forms_need_forms(tmp_path: Path) -> None:
    study = write(tmp_path, MINIMAL + '[derived.x]\nfrom = "a.b"\n')
    with pytest.raises(InputError, match=r"this study has no \[forms\]"):
        read_study(study)
    plain = write(tmp_path)
    with pytest.raises(InputError, match=r"it has no \[forms\]"):
        records_of(read_study(plain))


def test_no_record_at_all(tmp_path: Path) -> None:
    study = write_forms(tmp_path, HEAD + OS + SURVIVAL, enrolment=[])
    with pytest.raises(InputError, match="the forms hold no record"):
        run_study(planned(study))


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"the forms have no column 'fu_dat'. Columns are: record_id"
    ):
        forms_plan(tmp_path, HEAD + OS.replace("fu_date", "fu_dat") + SURVIVAL, patients())
