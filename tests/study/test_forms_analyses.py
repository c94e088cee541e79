"""Analyses of the forms in a study file: what they need, whom they count, what is a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.report import write_report
from atrisk.study import plan_study, plan_text, read_source, read_study, run_study
from forms_kit import HEAD as OTHER_DICTIONARY
from forms_kit import OS, write_forms
from study_kit import MINIMAL, mistake, number

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
[study]
title = "A study"

[forms]
dictionary = "ino-hct"
records = "records"

[data]
time_unit = "days"
origin = "the first dose of INO"
"""
RESPONSE = '\n[[analyses]]\nid = "r"\nkind = "response_rules"\ntitle = "Response"\n'
SOS = '\n[[analyses]]\nid = "s"\nkind = "sos_criteria"\ntitle = "SOS/VOD"\n'
DOSE = '\n[[analyses]]\nid = "d"\nkind = "dose_deviations"\ntitle = "Doses"\n'
FORMS = {
    "enrolment": "record_id,sex\nA,1\nB,2\n",
    "ino_cycle": (
        "record_id,redcap_repeat_instance,cyc_no,cyc_d1_date,cyc_d1_dose\n"
        "A,1,1,2020-01-01,0.8\nB,1,1,2020-01-01,0.9\n"
    ),
    "response": (
        "record_id,redcap_repeat_instance,resp_date,resp_call,resp_bm_blasts,resp_pb_blasts,"
        "resp_anc,resp_plt,resp_emd\n"
        "A,1,2020-01-20,1,2,0,2,150,0\nB,1,2020-01-20,1,2,0,2,60,0\n"
    ),
    "transplant": "record_id,redcap_repeat_instance,hct_date\nA,1,2020-03-01\nB,1,2020-03-01\n",
    "sos_workup": (
        "record_id,redcap_repeat_instance,sw_date,sw_bili,sw_weight,sw_hepatomegaly,sw_pain,"
        "sw_ascites\nA,1,2020-03-10,3,70,1,1,1\nB,1,2020-03-10,1,70,0,0,0\n"
    ),
    "sos_diagnosis": "record_id,sos_yn,sos_date\nA,1,2020-03-12\nB,0,\n",
}


def study(tmp_path: Path, toml: str) -> Path:
    (tmp_path / "records").mkdir()
    for form, text in FORMS.items():
        (tmp_path / "records" / f"{form}.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "study.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def planned(path: Path) -> Any:
    request = read_study(path)
    source = read_source(request)
    return plan_study(request, source.names, source)


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        planned(path)
    return str(caught.value)


def test_the_three_kinds_run_from_the_forms(tmp_path: Path) -> None:
    document = run_study(planned(study(tmp_path, HEAD + RESPONSE + SOS + DOSE)))
    assert [node["kind"] for node in document["analyses"]] == [
        "response_rules",
        "sos_criteria",
        "dose_deviations",
    ]
    keys = {
        "r.assessments": 2,
        "r.agree": 1,
        "s.overall.n": 2,
        "s.baltimore.met": 1,
        "s.baltimore.day.median": 9,
        "d.doses": 2,
        "d.kind_2.n": 1,
    }
    assert {key: number(document, key) for key in keys} == keys
    (patient,) = document["analyses"][1]["patients"]
    assert (patient["record"], patient["day"], patient["met"]["baltimore"]["day"]) == ("A", 11, 9)


def test_patients_left_out_of_the_population_are_left_out_here(tmp_path: Path) -> None:
    exclusion = '\n[[population]]\nreason = "Male"\nexclude = "sex == 1"\n'
    document = run_study(planned(study(tmp_path, HEAD + exclusion + RESPONSE + SOS + DOSE)))
    keys = {"r.assessments": 1, "r.differ": 1, "s.overall.n": 1, "s.baltimore.met": 0, "d.doses": 1}
    assert {key: number(document, key) for key in keys} == keys
    assert [item["record"] for item in document["analyses"][0]["differing"]] == ["B"]
    assert [item["record"] for item in document["analyses"][2]["listed"]][:1] == ["B"]
    assert document["analyses"][0]["differing"][0]["line"] == 3


def test_the_plan_says_what_is_compared(tmp_path: Path) -> None:
    toml = HEAD + RESPONSE + SOS + 'criteria = ["baltimore"]\n' + DOSE + 'remission = "rules"\n'
    text = plan_text(planned(study(tmp_path, toml)))
    assert "compare: calls of centre and label" in text
    assert "compare: the centre's diagnosis and baltimore" in text
    assert "the label, remission by the rules label" in text


@pytest.mark.parametrize("analysis", [RESPONSE, SOS, DOSE])
def test_a_study_on_a_table_has_no_forms(tmp_path: Path, analysis: str) -> None:
    found = mistake(tmp_path, MINIMAL + analysis)
    assert "[[analyses]] number 2, kind: an analysis of kind" in found
    assert "reads the forms of a study, and this study is on one table: it has no [forms]" in found


@pytest.mark.parametrize("analysis", [RESPONSE, SOS, DOSE])
def test_another_dictionary_has_other_fields(tmp_path: Path, analysis: str) -> None:
    rows = [{"id": "A-1", "dose_no": 1, "dose_date": "2020-01-01", "dose": "0.8", "given": "1"}]
    path = write_forms(tmp_path, OTHER_DICTIONARY + OS + analysis, dose=rows)
    found = refused(path)
    assert "this analysis reads fields of the dictionary 'ino-hct'" in found
    assert "'dictionary' lacks enrolment.centre" in found


def test_the_report_shows_every_table_of_the_three(tmp_path: Path) -> None:
    document = run_study(planned(study(tmp_path, HEAD + RESPONSE + SOS + DOSE)))
    out = tmp_path / "report"
    paths = {path.name for path in write_report(document, out)}
    shown = {"r_calls", "r_reasons", "r_differing", "s_criteria", "s_agreement", "s_patients"}
    shown |= {"d_kinds", "d_listed"}
    assert {f"{name}_printed.csv" for name in shown} <= paths
    assert {"s_days.svg", "s_days_column.svg", "s_days.csv"} <= paths
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Blood 2024" not in page
    assert "Besponsa US prescribing information 3/2024" in page


MISTAKES = {
    "an unknown set of rules": (
        RESPONSE + 'second = "eln-2023"\n',
        "second: there is no 'eln-2023'; there are label, eln-2024,",
        "Did you mean 'eln-2024'?",
    ),
    "one judge": (
        RESPONSE + 'first = "label"\n',
        "'first' and 'second' are both 'label'",
        "compare two sets of rules, or the centre and a set",
    ),
    "an item that cannot be waived": (
        RESPONSE + 'waive = ["anx"]\n',
        "there is no 'anx'; there are bm_blasts",
        "Did you mean 'anc'?",
    ),
    "an item twice": (RESPONSE + 'waive = ["anc", "anc"]\n', "'anc' is listed twice", ""),
    "one cut-off of CRh": (RESPONSE + 'crh = ["anc > 0.5"]\n', "crh: it is two lines", "and not 1"),
    "cut-offs of CRh on one item": (
        RESPONSE + 'crh = ["anc > 0.5", "anc > 1"]\n',
        "number 1, crh: crh=",
        "must be a line on anc and one on plt",
    ),
    "a set without a rule of relapse": (
        RESPONSE + 'relapse = "label"\n',
        "number 1, relapse: 'label' has no rule of relapse",
        "nci-asbmt-2010",
    ),
    "unknown criteria": (
        SOS + 'criteria = ["baltimor"]\n',
        "there is no 'baltimor'; there are modified-seattle",
        "Did you mean 'baltimore'?",
    ),
    "criteria twice": (
        SOS + 'criteria = ["baltimore", "baltimore"]\n',
        "'baltimore' is listed twice",
        "",
    ),
    "no criteria": (SOS + "criteria = []\n", "number 1, criteria", "give at least one"),
    "a window of negative days": (
        SOS + "within_days = -1\n",
        "number 1, within_days",
        "greater than or equal to 0",
    ),
    "an unknown deviation": (
        DOSE + 'deviations = ["dose above label"]\n',
        "there is no 'dose above label'",
        "Did you mean 'dose above the label'?",
    ),
    "rules that are not used": (
        DOSE + 'response = "eln-2024"\n',
        "'response' is used where remission = \"rules\"",
        "remove one of the two",
    ),
    "unknown rules of MRD": (
        DOSE + 'mrd = "ino-vat"\n',
        "there is no 'ino-vat'; there are reported, ino-vate",
        "Did you mean 'ino-vate'?",
    ),
}


@pytest.mark.parametrize(("analysis", "said", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_named_with_their_place(
    tmp_path: Path, analysis: str, said: str, hint: str
) -> None:
    found = refused(study(tmp_path, HEAD + analysis))
    assert said in found
    assert hint in found
