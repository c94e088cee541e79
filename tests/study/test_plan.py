from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from atrisk.study import plan_study, plan_text, read_study
from atrisk.study.models import Study
from study_kit import ARM, BMT, DEATH, HEAD, MINIMAL, SURVIVAL, plan, write


def test_planning_is_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planner opens no file: names of columns are all it is given of the data."""
    request = read_study(BMT)
    names = tuple((BMT / "bmt.csv").read_text(encoding="utf-8").splitlines()[0].split(","))
    names = tuple(name.strip('"') for name in names)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the planner touched a file")

    for call in ("open", "read_text", "read_bytes", "is_file", "exists"):
        monkeypatch.setattr(Path, call, refuse)
    first = plan_study(request, names)
    assert first == plan_study(request, names)
    assert request == dataclasses.replace(request)


def test_a_plan_is_frozen(tmp_path: Path) -> None:
    made = plan(write(tmp_path))
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.columns = ()  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        made.info.title = "Another"  # type: ignore[misc]


def test_only_columns_in_use_are_read(tmp_path: Path) -> None:
    assert plan(write(tmp_path)).columns == ("t", "d")
    assert plan(write(tmp_path)).names == ("t", "d", "arm")


def test_the_plan_is_printed(tmp_path: Path) -> None:
    toml = (
        HEAD.replace('"days"', '"days"\nreport_unit = "years"').replace(
            "[data]", '[data]\nid = "p"'
        )
        + DEATH
        + ARM
        + '[variables.site]\nlabel = "Site"\ntype = "categorical"\n'
        + '[variables.age]\nlabel = "Age"\n'
        + '[[population]]\nexclude = "age < 18"\nreason = "Minors"\nunknown = "keep"\n'
        + SURVIVAL
        + 'by = "arm"\nstrata = "site"\ntimes = [100, "2 years", "1 year"]\nrmst = "3 years"\n'
        + 'trend = true\nrho = 1\nvariance = "robust"\nconf_level = 0.9\nconf_type = "plain"\n'
        + '[[analyses]]\nid = "b"\nkind = "describe"\ntitle = "Patients"\nvariables = ["age"]\n'
        + '[[analyses]]\nid = "c"\nkind = "cumulative_incidence"\ntitle = "Deaths"\n'
        + 'endpoint = "os"\nby = "arm"\nstrata = "site"\nvariance = "delta"\nrho = 0.5\n'
    )
    made = plan(write(tmp_path, toml, ["p,t,d,arm,site,age,other"]))
    assert plan_text(made) == (
        "Study: A study\n"
        "Read data.csv: 6 columns (p, t, d, arm, site, age)\n"
        "Times in days from transplant, shown in years (365.25 days each)\n"
        "Exclude exclusion_1: Minors (age < 18; unknown: keep)\n"
        "\n"
        "1. Survival [survival, id a]\n"
        "   groups: Arm, all patients\n"
        "   endpoint: Overall survival (events: Death)\n"
        "   estimate: Kaplan-Meier, robust variance, 90 % plain intervals, median, median follow-up"
        " (reverse Kaplan-Meier, plain interval), restricted mean to 3 years\n"
        "   read at: 100 days, 1 year, 2 years\n"
        "   test: G-rho test (rho = 1); G-rho test (rho = 1) stratified by site; G-rho test"
        " (rho = 1), for trend; Test of equal restricted mean survival times\n"
        "\n"
        "2. Patients [describe, id b]\n"
        "   groups: all patients\n"
        "   describe: Age\n"
        "\n"
        "3. Deaths [cumulative_incidence, id c]\n"
        "   groups: Arm, all patients\n"
        "   endpoint: Overall survival (events: Death)\n"
        "   estimate: Aalen-Johansen, delta variance, 95 % log intervals\n"
        "   test: Gray's test (rho = 0.5); Gray's test (rho = 0.5) stratified by site"
    )


def test_one_unit_is_said_once(tmp_path: Path) -> None:
    assert "Times in days from transplant\n" in plan_text(plan(write(tmp_path)))


def test_pairs_and_follow_up_are_options(tmp_path: Path) -> None:
    toml = HEAD + DEATH + ARM + SURVIVAL + 'by = "arm"\nfollow_up = false\npairwise = true\n'
    text = plan_text(plan(write(tmp_path, toml)))
    assert "median follow-up" not in text
    assert "each pair of groups (Holm's method)" in text
    assert "median follow-up" in plan_text(plan(write(tmp_path, MINIMAL)))


def test_the_schema_names_every_key_with_a_description() -> None:
    schema = Study.model_json_schema()
    described = {
        name: key
        for name, part in schema["$defs"].items()
        for key, field in part.get("properties", {}).items()
        if "description" not in field and key not in {"id", "kind"} and "$ref" not in field
    }
    assert described == {}


def test_the_plan_says_how_table_1_compares_and_how_the_report_is_written(tmp_path: Path) -> None:
    table = (
        '\n[[analyses]]\nid = "t"\nkind = "describe"\ntitle = "T"\nby = "arm"\n'
        'variables = ["arm"]\ntests = true\ndifferences = true\n'
    )
    more = '\n[report]\nlanguage = "de"\nsuppress_below = 5\ntemplates = ["m.md"]\n'
    said = plan_text(plan(write(tmp_path, MINIMAL + ARM + table + more)))
    assert "   test: each variable between the groups\n" in said
    assert "   compare: standardised differences\n" in said
    assert said.endswith(
        "\nReport\n   language: de\n   counts of patients below 5 are not shown\n   fill: m.md"
    )
