"""Labels of codes: those of the data dictionary, and what a study may say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.study import plan_study, read_study, run_study
from atrisk.study.derived.levels import field_levels
from atrisk.study.forms.fields import Choice, Field
from atrisk.study.forms_source import FormsSource
from clinical_records import records as clinical_records
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, patients
from study_kit import number
from study_kit import plan as file_plan
from study_kit import write as write_file

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study import Plan

TABLE = '[[analyses]]\nid = "t"\nkind = "describe"\ntitle = "Patients"\nvariables = ["x"]\n'
DOSES = [
    {"id": name, "dose_date": "2020-01-01", "dose": "1", "given": given}
    for name, given in (("A-1", "1"), ("A-2", "0"), ("B-3", "1"), ("B-4", ""))
]
INO = HEAD.partition("[derived")[0].replace("dictionary.csv", "ino-hct")
INO = INO.replace('repeating = ["dose", "relapse"]\n', "clinical = {}\n")
GRADES = {"0": "none", "1": "mild", "2": "severe"}
NO_YES = {"0": "No", "1": "Yes"}


def variable(column: str, rest: str = "") -> str:
    return f'[variables.x]\nlabel = "X"\ncolumn = "{column}"\n{rest}\n'


def levels_of(plan: Plan) -> dict[str, str] | None:
    """Give the levels of the variable x, None where it is continuous."""
    (asked,) = (one.asked for one in plan.analyses[0].variables)
    return dict(asked.levels) if asked.kind == "categorical" else None


def small(folder: Path, column: str, rest: str = "", derived: str = "") -> Plan:
    toml = HEAD + derived + variable(column, rest) + TABLE
    return forms_plan(folder, toml, patients(dose=DOSES))


def ino(folder: Path, column: str, rest: str = "", **forms: Any) -> Plan:
    study = folder / "study.toml"
    study.write_text(INO + variable(column, rest) + TABLE, encoding="utf-8")
    request = read_study(study)
    source = FormsSource.of(request, clinical_records(["P1", "P2"], **forms))
    return plan_study(request, source.names, source)


def test_levels_are_those_of_the_dictionary(tmp_path: Path) -> None:
    plan = small(tmp_path, "sex")
    assert list(levels_of(plan).items()) == [("1", "Female"), ("2", "Male")]
    document = run_study(plan)
    assert number(document, "t.x.female.overall.count") == 2
    described = document["analyses"][0]["variables"][0]
    assert [level["label"] for level in described["levels"]] == ["Female", "Male"]


@pytest.mark.parametrize(
    ("column", "rest", "expected"),
    [
        ("grade", "", GRADES),
        ("grade", 'type = "categorical"', GRADES),
        ("grade", 'type = "continuous"', None),
        ("age", "", None),
        ("sex", 'levels = { 2 = "Men", 1 = "Women" }', {"2": "Men", "1": "Women"}),
        ("sex", 'levels = { 1.0 = "female" }', {"1.0": "female"}),
        # a column of one's own: the field's codes pass through, or there are others
        ("own", 'from = "dose.given"', NO_YES),
        ("own", 'from = "response.grade"', GRADES),
        ("own", 'from = "response.grade"\ntake = "highest"', GRADES),
        ("own", 'from = "response.grade"\ntake = "any"\nwhere = "[grade] = 2"', NO_YES),
        ("own", 'from = "dose.given"\ntake = "count"', None),
        ("own", 'from = "enrolment.age"', None),
    ],
)  # fmt: skip
def test_what_the_levels_are_by_default(
    tmp_path: Path, column: str, rest: str, expected: dict[str, str] | None
) -> None:
    quoted = rest.replace("1.0 =", '"1.0" =')
    if column == "own":
        plan = small(tmp_path, column, derived=f"[derived.own]\n{quoted}\n")
    else:
        plan = small(tmp_path, column, quoted)
    found = levels_of(plan)
    assert found == expected
    assert found is None or list(found) == list(expected or ())


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("sex", {"1": "Female", "2": "Male"}),
        ("bcr_abl1", {"1": "Positive", "0": "Negative"}),
        ("emd", NO_YES),  # yesno: no before yes
        ("emd_sites___3", NO_YES),  # an option of a checkbox
        ("cgvhd", {"0": "None", "1": "Mild", "2": "Moderate", "3": "Severe"}),
        ("prior_lines", None),
        ("age", None),
        ("bsa", None),  # calculated
        ("sos", NO_YES),  # worked out as 0 and 1
    ],
)  # fmt: skip
def test_clinical_columns_that_pass_codes_through(
    tmp_path: Path, column: str, expected: dict[str, str] | None
) -> None:
    found = levels_of(ino(tmp_path, column))
    assert found == expected
    assert found is None or list(found) == list(expected or ())


def test_words_of_a_clinical_column_are_its_own(tmp_path: Path) -> None:
    """The codes of donor_group are not those of hct_donor."""
    rest = 'levels = { "matched related" = "Related", "matched unrelated" = "Haploidentical" }'
    assert levels_of(ino(tmp_path, "donor_group", rest)) is not None
    assert levels_of(ino(tmp_path, "donor_group")) is None


def refused(plan: Any) -> str:
    with pytest.raises(InputError) as error:
        plan()
    return str(error.value)


def test_labels_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    rest = 'levels = { 1 = "Male", 2 = " female" }'
    first, second = refused(lambda: small(tmp_path, "sex", rest)).splitlines()
    assert first == (
        "study.toml, line 21, [variables] x, levels, 1: the forms have 1 (Female) and 2 (Male) as"
        " codes of 'sex': the label 'Male' is on the wrong one. Correct it, or leave out 'levels':"
        " labels and order are then those of the dictionary."
    )
    assert "levels, 2: the forms have 2 (Male) and 1 (Female) as codes of 'sex'" in second


def test_one_label_on_the_wrong_code_is_refused(tmp_path: Path) -> None:
    message = refused(lambda: small(tmp_path, "grade", 'levels = { 0 = "no", 1 = "severe" }'))
    assert "levels, 1: the forms have 1 (mild) and 2 (severe) as codes of 'grade'" in message
    assert "levels, 0" not in message
    for column in ("emd", "emd_sites___3", "sos"):
        message = refused(lambda name=column: ino(tmp_path, name, 'levels = { 1 = "No" }'))
        assert f"the forms have 1 (Yes) and 0 (No) as codes of {column!r}" in message


def test_codes_that_the_dictionary_does_not_have_are_refused(tmp_path: Path) -> None:
    rest = 'levels = { 1 = "Women", 3 = "Other", UNK = "Unknown" }'
    first, second = refused(lambda: small(tmp_path, "sex", rest)).splitlines()
    assert first.endswith(
        "[variables] x, levels, 3: the forms have no code 3 of 'sex'. Codes are: 1 (Female),"
        " 2 (Male). Entries that stand for a missing value are no levels."
    )
    assert "the forms have no code UNK of 'sex'" in second


def test_a_table_in_a_file_knows_no_labels(tmp_path: Path) -> None:
    toml = '[study]\ntitle = "T"\n[data]\nfile = "data.csv"\ntime_unit = "days"\norigin = "o"\n'
    rest = 'levels = { 1 = "Male", 2 = "Female" }'
    study = write_file(tmp_path, toml + variable("sex", rest) + TABLE, ["sex", "1", "2"])
    plan = file_plan(study)
    assert plan.source.levels == {}
    assert levels_of(plan) == {"1": "Male", "2": "Female"}


def test_labels_that_codes_share_are_told_apart() -> None:
    choices = (Choice("1", "Other"), Choice("02", "Other"), Choice("3", ""), Choice("4", "None"))
    field = Field("what", "form", type="radio", choices=choices)
    assert field_levels(field) == {"1": "Other (1)", "02": "Other (02)", "3": "(3)", "4": "None"}


TREATMENT = """
[[analyses]]
id = "w"
kind = "weighted"
title = "W"
endpoint = "os"
treatment = "x"
covariates = ["age"]

[variables.age]
label = "Age"
"""


def test_a_treatment_may_have_codes_that_nobody_has(tmp_path: Path) -> None:
    """Only levels that the study writes are counted before the data are read."""
    toml = HEAD + OS + variable("grade") + TREATMENT
    plan = forms_plan(tmp_path, toml, patients())
    assert len(plan.analyses[0].by.asked.levels) == 3
    three = toml.replace('"grade"', '"grade"\nlevels = { 0 = "a", 1 = "b", 2 = "c" }')
    assert "has 3 levels (a, b, c)" in refused(lambda: forms_plan(tmp_path, three, patients()))


def test_groups_known_later_are_warned_of_whatever_codes_there_are(tmp_path: Path) -> None:
    """Two groups of three codes: who has a date is exactly who is in the second."""
    response = [
        {"id": "A-1", "grade": "0"},
        {"id": "A-2", "grade": "1", "hct_date": "2020-03-01"},
        {"id": "B-3", "grade": "0"},
    ]
    toml = HEAD + OS + variable("grade") + SURVIVAL + 'by = "x"\n'
    document = run_study(forms_plan(tmp_path, toml, patients(response=response)))
    (warning,) = document["warnings"]
    assert "the column hct_date has a value for exactly" in warning["message"]
