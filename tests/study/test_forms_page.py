"""docs/forms.md: its study of two centres is run, what its tables list is what the program has."""

from __future__ import annotations

import csv
import inspect
import re
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from atrisk.cli import main
from atrisk.leukaemia.response_rules import RULE_SETS
from atrisk.study.adam.adtte import _VARIABLES as ADTTE_VARIABLES
from atrisk.study.adam.export import EXPORT_FILES
from atrisk.study.checks.rule_models import (
    DICTIONARY_RULES,
    DuplicatePart,
    ExpectedPart,
    RolesPart,
    RulePart,
    RulesFile,
)
from atrisk.study.clinical.derive import derive
from atrisk.study.derived.column import Take
from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.expression_functions import FUNCTIONS, OVER_ROWS
from atrisk.study.forms.mapping import read_mapping
from atrisk.study.forms_models import Layout

PAGE = (Path(__file__).parents[2] / "docs" / "forms.md").read_text(encoding="utf-8")


def cells_after(heading: str) -> list[list[str]]:
    """Read the cells of the first table after some text, its head first."""
    lines = PAGE[PAGE.index(heading) :].splitlines()
    first = next(row for row, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [rows[0], *rows[2:]]


def named(heading: str) -> list[str]:
    """List what stands as code in the first column of a table."""
    return [name for row in cells_after(heading)[1:] for name in re.findall("`([^`]+)`", row[0])]


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of the page as they stand on it."""
    folder = tmp_path_factory.mktemp("page")
    shown = re.findall(r"^`(our-study/\S+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for name, text in shown:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, tuple[int, str, str]]:
    """Run the commands of the page: each with its exit code and what it said."""
    found: dict[str, tuple[int, str, str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in block("sh").splitlines():
            found[command.split()[1]] = run(patch, command)
    return found


def run(patch: pytest.MonkeyPatch, command: str) -> tuple[int, str, str]:
    import io
    from contextlib import redirect_stderr, redirect_stdout

    out, err = io.StringIO(), io.StringIO()
    patch.setattr(sys, "argv", command.split())
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    return (0 if code is None else int(code)), out.getvalue(), err.getvalue()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_study_of_two_centres_runs_as_it_stands(
    printed: dict[str, tuple[int, str, str]], folder: Path
) -> None:
    assert {command: said[0] for command, said in printed.items()} == {
        "check": 1,
        "report": 0,
        "export": 0,
    }
    assert printed["check"][1] == block("text")
    assert "the checks of the forms found errors (Centre B: 2)" in printed["report"][2]
    page = (folder / "our-report" / "report.html").read_text(encoding="utf-8")
    assert "at 1 centre. The" in page
    written = {path.name for path in (folder / "our-export").iterdir()}
    assert written == set(EXPORT_FILES)
    for name in ("left_out.csv", "queries.csv", "export.json"):
        assert f"`{name}`" in PAGE


def test_the_questions_shown_are_those_of_the_sheet(
    printed: dict[str, tuple[int, str, str]], folder: Path
) -> None:
    assert printed["check"][0] == 1
    heads, *shown = cells_after("`checked/queries/B.csv`")
    sheet = rows_of(folder / "checked" / "queries" / "B.csv")
    assert shown == [[row[head] for head in heads] for row in sheet]
    assert [row["data"] for row in sheet] == ["synthetic", "synthetic"]


def test_what_is_said_of_the_relapse_is_what_was_written(
    printed: dict[str, tuple[int, str, str]], folder: Path
) -> None:
    assert printed["export"][0] == 0
    heads, shown = cells_after("Of the relapse of A-4")
    (row,) = [
        row
        for row in rows_of(folder / "our-export" / "adtte.csv")
        if (row["SUBJID"], row["PARAMCD"]) == ("A-4", "RELNRM")
    ]
    assert [row[head] for head in heads] == shown
    assert row["SYNTHFL"] == "Y"
    (left,) = rows_of(folder / "our-export" / "left_out.csv")
    assert (left["record"], left["places"]) == ("B-2", "visit.visit_date, b/export.csv line 6")
    tables = folder / "our-report" / "tables"
    patients = {
        row["Group"]: row["Patients"] for row in rows_of(tables / "survival_summary_printed.csv")
    }
    assert patients["All patients"] == "10"
    events = rows_of(tables / "events_summary_printed.csv")
    assert [row["Patients"] for row in events if row["Patients"]] == ["9", "9"]
    traced = rows_of(tables / "provenance.csv")
    assert [row["end_entry"] for row in traced if row["record"] == "A-4"] == [
        "2022-08-22",
        "2021-01",
    ]


def test_the_tables_list_what_there_is() -> None:
    assert named("`layout` says how") == list(get_args(Layout))
    assert named("`take` says which row") == list(get_args(Take))
    text = files("atrisk.study").joinpath("standards.toml").read_text(encoding="utf-8")
    assert named("The library has the usual ones") == list(tomllib.loads(text))
    shown = set(named("## `atrisk export`"))
    assert shown == set(ADTTE_VARIABLES)
    settings = {"response_rules" if key == "response" else key for key in named("a setting names")}
    assert settings == set(inspect.signature(derive).parameters) - {"records"}
    assert re.findall(r"`([^`]+)`", cells_after("`dose_deviations` set")[1][1]) == list(RULE_SETS)


def test_the_checks_of_the_dictionary_are_those_of_the_program() -> None:
    rows = cells_after("These checks have no rules file")[1:]
    assert [(row[0].strip("`"), (row[1], row[2])) for row in rows] == list(DICTIONARY_RULES.items())


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("[[rules]]", RulePart),
        ("[[duplicates]]", DuplicatePart),
        ("[[expected]]", ExpectedPart),
        ("[roles]", RolesPart),
    ],
)
def test_the_keys_of_a_rules_file_are_those_of_its_model(table: str, model: type) -> None:
    rows = {row[0].strip("`"): row[1] for row in cells_after("Rules across forms are data")[1:]}
    keys = set(re.findall(r"`(\w+)`", rows[table]))
    assert keys - {"error", "warning", "info"} == set(model.model_fields)  # type: ignore[attr-defined]


def test_every_part_of_a_rules_file_is_listed() -> None:
    parts = {re.sub(r"\W", "", name) for name in named("Rules across forms are data")}
    assert parts == set(RulesFile.model_fields) - {"format"}


def test_the_keys_of_a_mapping_are_keys() -> None:
    keys = named("A mapping file has these keys")
    for key in keys:
        text = f"{key}\n" if key.startswith("[") else ""
        read_mapping(text)
    plain = {re.split(r"[\[\].\"]+", key.strip("["))[0] for key in keys}
    with pytest.raises(Exception, match="Keys are: ") as caught:
        read_mapping("nonsense = 1")
    listed = re.search(r"Keys are: ([^.]+)\.", str(caught.value))
    assert listed is not None
    assert plain == set(listed[1].split(", "))


def test_the_expressions_are_expressions() -> None:
    shown = named("On a row of a form,")
    assert len(shown) == 13
    for text in shown:
        parse_expression(text)
    said = PAGE[PAGE.index("Expressions are REDCap") : PAGE.index("On a row of a form,")]
    functions = re.findall(r"`([a-z]+)`", said[said.index("functions such as") :])
    assert {name for name in functions if name != "today"} <= set(FUNCTIONS) | {"cut_off"}
    assert {name.partition("(")[0] for name in shown if "(" in name and name[0] != "["} == OVER_ROWS
