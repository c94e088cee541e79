"""Proportions with their denominators: who was assessed, of whom, by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk import fisher_test, proportion
from atrisk.report.kinds import kind_of
from atrisk.report.sentences_proportions import proportions_methods
from atrisk.report.tables import footnotes
from atrisk.report.values import Values
from atrisk.study import plan_text
from study_kit import HEAD, mistake, number, numbers, plan, run, write

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.report.tables import Table

VARIABLES = """
[variables.response]
label = "Response"
levels = { 1 = "CR", 2 = "CRi", 3 = "PR", 4 = "None" }

[variables.mrd]
label = "MRD"
type = "categorical"

[variables.arm]
label = "Arm"
levels = { a = "Standard", b = "New" }

[variables.age]
label = "Age"
"""
PROPORTIONS = """
[[analyses]]
id = "resp"
kind = "proportions"
title = "Response"
rows = [
  { id = "cr", label = "CR or CRi", of = "response", is = [1, 2] },
  { label = "Best response", of = "response" },
  { id = "mrd", label = "MRD-negative", of = "mrd", is = ["neg"], among = "response <= 2" },
  { id = "mrd_all", label = "MRD-negative, all", of = "mrd", is = ["neg"], assessed_only = false },
]
"""
ROWS = [
    "response,mrd,arm,age",
    *["1,neg,a,30"] * 6,
    *["2,pos,a,40"] * 3,
    *["1,,b,50"] * 2,
    *["3,pos,b,60"] * 4,
    *["4,,b,60"] * 2,
    ",neg,a,70",
    ",,b,70",
]
TOML = HEAD + VARIABLES
BY_ARM = PROPORTIONS.replace('title = "Response"', 'title = "Response"\nby = "arm"')


def counted(tmp_path: Path, toml: str = PROPORTIONS) -> dict[str, Any]:
    return run(tmp_path, TOML + toml, ROWS)


def table(document: dict[str, Any]) -> Table:
    analysis = document["analyses"][0]
    (made,) = kind_of(analysis).tables(analysis, Values(document["values"]), "days")
    return made


def cells(document: dict[str, Any]) -> list[list[str]]:
    return [[row.label, *(cell.plain for cell in row.cells)] for row in table(document).rows]


def test_the_denominator_is_who_was_assessed(tmp_path: Path) -> None:
    document = counted(tmp_path)
    parts = ("events", "n", "all", "assessed", "not_assessed")
    assert numbers(document, "resp.cr.overall", *parts) == [11, 17, 19, 17, 2]
    (limits,) = zip(*proportion(11, 17).columns().values(), strict=True)
    found = numbers(document, "resp.cr.overall", "estimate", "lower", "upper")
    assert found == pytest.approx([float(limit) for limit in limits[2:]], rel=1e-12)
    entry = document["values"]["resp.cr.overall.lower"]
    assert entry["method"] == "exact interval (Clopper-Pearson)"
    assert entry["n"] == 17


def test_a_condition_says_who_can_count_and_who_is_unsure_is_told(tmp_path: Path) -> None:
    document = counted(tmp_path)
    parts = ("events", "n", "all", "not_assessed", "unknown")
    assert numbers(document, "resp.mrd.overall", *parts) == [6, 9, 11, 2, 2]
    note = document["analyses"][0]["notes"][0]
    assert note == (
        "MRD-negative: 2 patients are not counted, as a missing value leaves open whether"
        " response <= 2: line 19, 20."
    )


def test_not_assessed_can_count_as_without(tmp_path: Path) -> None:
    document = counted(tmp_path)
    parts = ("events", "n", "assessed", "not_assessed")
    assert numbers(document, "resp.mrd_all.overall", *parts) == [7, 19, 14, 5]
    assert number(document, "resp.mrd_all.overall.estimate") == pytest.approx(7 / 19)


def test_every_level_has_a_row_where_none_is_named(tmp_path: Path) -> None:
    document = counted(tmp_path)
    key = "resp.best_response"
    found = {
        level: number(document, f"{key}.{level}.overall.events")
        for level in ("cr", "cri", "pr", "none")
    }
    assert found == {"cr": 8, "cri": 3, "pr": 4, "none": 2}
    assert sum(found.values()) == number(document, f"{key}.overall.n")


def test_the_table_prints_counts_over_denominators(tmp_path: Path) -> None:
    dash = "\N{EN DASH}"
    rows = cells(counted(tmp_path))
    assert rows[0] == ["CR or CRi", "11 of 17", f"64.7 (38.3{dash}85.8)"]
    assert rows[1] == ["Not assessed", "2 of 19", ""]
    assert [row[0] for row in rows[2:8]] == [
        "Best response",
        "CR",
        "CRi",
        "PR",
        "None",
        "Not assessed",
    ]
    assert rows[3][1] == "8 of 17"
    notes = dict.fromkeys(text for _, text in footnotes(table(counted(tmp_path))))
    assert f"Confidence intervals: exact, Clopper{dash}Pearson." in notes
    assert "MRD-negative, all: of all; who was not assessed counts as without." in notes


def test_groups_stand_side_by_side_with_fishers_p(tmp_path: Path) -> None:
    document = counted(tmp_path, BY_ARM)
    counts = {"a": [9, 0], "b": [2, 6]}
    expected = fisher_test(counts).p_value
    assert number(document, "resp.cr.p_value") == pytest.approx(expected, rel=1e-12)
    levels = {"a": [6, 3, 0, 0], "b": [2, 0, 4, 2]}
    assert number(document, "resp.best_response.p_value") == pytest.approx(
        fisher_test(levels).p_value, rel=1e-12
    )
    made = table(document)
    assert made.spans == (("Standard", 2), ("New", 2), ("All patients", 2), ("", 1))
    assert made.columns[-1].plain == "P"
    assert cells(document)[0][1::2] == ["9 of 9", "2 of 8", "11 of 17", "0.002"]
    # the levels of a variable are compared together, beside its name
    assert cells(document)[2][-1] != ""
    assert cells(document)[3][-1] == ""


def test_a_group_nobody_of_which_was_assessed_has_a_reason(tmp_path: Path) -> None:
    toml = BY_ARM.replace("response <= 2", "response <= 2 and age > 45")
    document = counted(tmp_path, toml)
    assert document["values"]["resp.mrd.standard.estimate"]["missing"] == "no patient was assessed"
    reason = document["values"]["resp.mrd.p_value"]["missing"]
    assert reason == "no patient of Standard, New was assessed"


def test_a_result_that_all_have_is_not_tested(tmp_path: Path) -> None:
    toml = BY_ARM.replace("is = [1, 2]", "is = [1, 2, 3, 4]")
    document = counted(tmp_path, toml)
    assert document["values"]["resp.cr.p_value"]["missing"] == "all patients have the same"


def test_the_test_can_be_left_out(tmp_path: Path) -> None:
    document = counted(tmp_path, BY_ARM + "test = false\n")
    assert "resp.cr.p_value" not in document["values"]
    assert table(document).columns[-1].plain != "P"


def test_wilsons_interval_at_another_level(tmp_path: Path) -> None:
    document = counted(tmp_path, PROPORTIONS + 'conf_type = "wilson"\nconf_level = 0.9\n')
    made = proportion(11, 17, conf_type="wilson", conf_level=0.9)
    found = numbers(document, "resp.cr.overall", "lower", "upper")
    assert found == pytest.approx([float(made.lower[0]), float(made.upper[0])], rel=1e-12)
    assert table(document).columns[1].plain.replace("\N{NO-BREAK SPACE}", " ") == "% (90% CI)"
    lines = dict(proportions_methods(document["analyses"][0], Values(document["values"])))
    assert lines["90%\N{NO-BREAK SPACE}CI"] == "Wilson"


def sentences(document: dict[str, Any]) -> list[str]:
    analysis = document["analyses"][0]
    kind, values = kind_of(analysis), Values(document["values"]).in_words()
    said = [*kind.paragraphs(analysis, values, "days"), *kind.glance(analysis, values, "days")]
    return [one.plain.replace("\N{NO-BREAK SPACE}", " ") for one in said]


def test_sentences_say_the_denominator_and_who_was_not_assessed(tmp_path: Path) -> None:
    said = sentences(counted(tmp_path))
    dash = "\N{EN DASH}"
    share = f"11 of 17 assessed (64.7%; 95% CI 38.3{dash}85.8), 2 not assessed"
    assert said[0] == f"CR or CRi: {share}."
    assert f"CR or CRi: {share}" in said  # at a glance
    assert said[2].startswith("MRD-negative, all: 7 of 19 (36.8%; 95% CI ")
    assert said[2].endswith("), of whom 5 not assessed.")


def test_sentences_compare_the_groups(tmp_path: Path) -> None:
    said = sentences(counted(tmp_path, BY_ARM))[0]
    assert said.endswith("By arm: Standard 9 of 9 (100.0%), New 2 of 8 (25.0%); P = 0.002.")


MISTAKES = {
    "a variable that is not there": (('"response", is', '"respons", is'), "no variable 'respons'"),
    "a continuous variable": (('"response", is = [1, 2]', '"age"'), "is continuous"),
    "no such code": (("[1, 2]", "[1, 7]"), "no code '7'. Codes are: 1 (CR), 2 (CRi), 3 (PR)"),
    "a label in place of a code": (("[1, 2]", '["CR"]'), "Its code is '1'."),
    "two rows of one id": (('id = "mrd",', 'id = "cr",'), "two rows have the id 'cr'"),
    "nobody has the code": (('["neg"], among', '["negative"], among'), "nobody has negative"),
}


@pytest.mark.parametrize(("change", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in PROPORTIONS
    assert said in mistake(tmp_path, TOML + PROPORTIONS.replace(*change), ROWS)


def test_the_plan_says_what_is_counted(tmp_path: Path) -> None:
    said = plan_text(plan(write(tmp_path, TOML + BY_ARM, ROWS)))
    assert "count: CR or CRi, Best response, MRD-negative, MRD-negative, all" in said
    assert "test: Fisher's exact test" in said


def test_a_patient_without_a_group_is_listed(tmp_path: Path) -> None:
    rows = [*ROWS, "1,neg,,30"]
    node = run(tmp_path, TOML + BY_ARM, rows)["analyses"][0]
    assert [entry["reason"] for entry in node["left_out"]] == ["Arm is missing"]
