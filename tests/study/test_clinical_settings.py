"""The rules of the clinical columns: what may be set, and what the report says of it."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, get_args

import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.mrd import RULES
from atrisk.leukaemia.response import RULE_SETS
from atrisk.leukaemia.sosvod_cohort import Gaps
from atrisk.report import write_report
from atrisk.study import plan_study, read_study, run_study
from atrisk.study.clinical.column_names import clinical_names
from atrisk.study.clinical.derive import derive
from atrisk.study.clinical.response import CallsBy
from atrisk.study.clinical_settings import ClinicalSettings
from atrisk.study.forms_source import FormsSource
from clinical_records import records
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, patients

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study import Plan

INO = HEAD.partition("[derived")[0].replace("dictionary.csv", "ino-hct")
INO = INO.replace('repeating = ["dose", "relapse"]\n', "")
TABLE = """
[variables.age]
label = "Age"

[[analyses]]
id = "t"
kind = "describe"
title = "Patients"
variables = ["age"]
"""


def planned(folder: Path, clinical: str) -> Plan:
    study = folder / "study.toml"
    study.write_text(f"{INO}clinical = {{ {clinical} }}\n{TABLE}", encoding="utf-8")
    request = read_study(study)
    made = records(
        ["P1"],
        baseline=[{"id": "P1", "age": "40"}],
        ino_cycle=[{"id": "P1", "cyc_no": "1", "cyc_d1_date": "2020-01-01", "cyc_d1_dose": "0.8"}],
        disease=[{"id": "P1", "kary_dx": "46,XX,del(1)(p1),+8,+9,+21[20]"}],
        response=[
            {"id": "P1", "resp_date": "2020-02-01", "resp_call": "4", "resp_time": "1",
             "resp_bm_blasts": "1", "resp_pb_blasts": "0", "resp_anc": "2", "resp_plt": "200",
             "resp_emd": "0"},
        ],
        mrd=[{"id": "P1", "mrd_date": "2020-02-01", "mrd_result": "0", "mrd_sensitivity": "0.1",
              "mrd_method": "1"}],
    )  # fmt: skip
    source = FormsSource.of(request, made)
    return plan_study(request, source.names, source)


def test_the_settings_are_those_of_the_derivation() -> None:
    parameters = list(inspect.signature(derive).parameters.values())[1:]
    given = ClinicalSettings().arguments()
    assert given == {one.name: one.default for one in parameters}
    fields = ClinicalSettings.model_fields
    assert get_args(fields["response"].annotation) == tuple(RULE_SETS)
    assert get_args(fields["response_by"].annotation) == get_args(CallsBy)
    assert get_args(fields["mrd_rules"].annotation) == RULES
    assert get_args(fields["sos_gaps"].annotation) == get_args(Gaps)
    assert all(field.description for field in fields.values())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("response = 'eln2024'", r"line 13, \[forms\] clinical, response: 'eln2024' is not one of"
         r" 'label', 'eln-2024'.* Did you mean 'eln-2024'\?"),
        ("respons = 'label'", r"clinical, respons: there is no key 'respons' here; keys are"
         r" complex_at, .* Did you mean 'response'\?"),
        ("response_rules = 'label'", "there is no key 'response_rules' here"),
        ("complex_at = 1", "clinical, complex_at: it should be greater than or equal to 2, not 1"),
        ("complex_count = 'all'", "clinical, complex_count: 'all' is not one of 'union' or"),
        ("response_by = 'rule'", "Did you mean 'rules'"),
        ("mrd_rules = 'inovate'", "Did you mean 'ino-vate'"),
        ("sos_gaps = 0", "clinical, sos_gaps: 0 is not one of 'unknown' or 'absent'"),
        ("sos_within_days = -1", "clinical, sos_within_days: "),
        ("sos_elastography_kpa = -1", "clinical, sos_elastography_kpa: "),
        ("sos_severity = 1", "clinical, sos_severity: it is true or false"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_the_key_that_was_written(
    tmp_path: Path, setting: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        planned(tmp_path, setting)


@pytest.mark.parametrize(
    ("setting", "column", "expected"),
    [
        ("", "karyotype_dx", "complex"),
        ("complex_at = 5", "karyotype_dx", "other"),
        ("", "cr_date", ""),
        ("response_by = 'rules'", "cr_date", "2020-02-01"),
        ("", "mrd", "negative"),
        ("mrd_rules = 'ino-vate'", "mrd", "negative, insufficient sensitivity"),
    ],
)
def test_a_setting_reaches_the_columns(
    tmp_path: Path, setting: str, column: str, expected: str
) -> None:
    table = planned(tmp_path, setting).source.table([column])
    found = "" if table.missing[column][0] else str(table.columns[column][0])
    assert found == expected


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("", "A karyotype is complex from 3 abnormalities, counted as those of all clones"
         " together."),
        ("", "The first remission is CR or CRi as the centre called it; columns of responses by"
         " rules are by the rules \u2018label\u2019."),
        ("", "MRD is as the laboratory reported it."),
        ("", "Items of the criteria of SOS/VOD count in the window; one that was looked for and"
         " never found is unknown on days without an entry; severity is not graded."),
        ("complex_at = 5, complex_count = 'largest'",
         "complex from 5 abnormalities, counted as those of the largest clone."),
        ("response = 'eln-2024'", "by rules are by the rules \u2018eln-2024\u2019."),
        ("response = 'cibmtr', response_by = 'rules'", "The first remission is CR or CRi by the"
         " rules \u2018cibmtr\u2019, whatever the centre called it."),
        ("mrd_rules = 'ino-vate'", "MRD is called by the rules \u2018ino-vate\u2019."),
        ("sos_within_days = 7, sos_gaps = 'absent', sos_elastography_kpa = 9.5,"
         " sos_severity = true",
         "count within 7 days; one that was looked for and never found is absent on days without an"
         " entry; elastography suggests SOS/VOD from 9.5 kPa (as given by the user, no source);"
         " severity is graded from the daily work-up."),
    ],
)  # fmt: skip
def test_the_report_says_which_rules_hold(tmp_path: Path, setting: str, words: str) -> None:
    document = run_study(planned(tmp_path, setting))
    assert any(sentence.endswith(words) for sentence in document["data"]["clinical"])
    write_report(document, tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    plain = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page))
    assert words in plain
    assert "Rules of the clinical columns:" in plain


def test_a_study_without_clinical_columns_says_nothing_of_their_rules(tmp_path: Path) -> None:
    document = run_study(forms_plan(tmp_path, HEAD + OS + SURVIVAL, patients()))
    assert document["data"]["clinical"] == []
    write_report(document, tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "Rules of the clinical columns" not in page


def test_the_names_of_clinical_columns_are_those_that_are_derived(tmp_path: Path) -> None:
    names = planned(tmp_path, "sos_severity = true").source.names
    assert set(clinical_names(sos_severity=True)) <= set(names)
    assert len(clinical_names(sos_severity=True)) == len(clinical_names(sos_severity=False)) + 2
