"""docs/study-file.md: what it shows is run, what it lists is what the program has."""

from __future__ import annotations

import json
import re
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import study_reference
from atrisk.cli import main
from atrisk.study import run_study
from atrisk.study.conditions import parse_condition
from atrisk.study.table import Table
from atrisk.study.truth import truth
from study_kit import BMT, number, plan

if TYPE_CHECKING:
    from pathlib import Path

PAGE = study_reference.PAGE.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def rows_after(heading: str) -> list[list[str]]:
    """Read the cells of the first table after some text."""
    lines = PAGE[PAGE.index(heading) :].splitlines()
    start = next(row for row, line in enumerate(lines) if line.startswith("|---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def codes_in(cell: str) -> list[str]:
    return [long or short for long, short in re.findall(r"`` (.+?) ``|`([^`]+)`", cell)]


def test_the_study_of_five_minutes_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "our-study").mkdir()
    (tmp_path / "our-study" / "patients.csv").write_text(blocks("csv")[0], encoding="utf-8")
    (tmp_path / "our-study" / "study.toml").write_text(blocks("toml")[0], encoding="utf-8")
    commands = blocks("sh")[0].splitlines()
    assert len(commands) == 2
    for command in commands:
        monkeypatch.setattr(sys, "argv", command.split())
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in {0, None}, capsys.readouterr().err
    out = tmp_path / "our-report"
    assert "Our transplants" in (out / "report.html").read_text(encoding="utf-8")
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert number(document, "os.overall.n") == 12
    assert number(document, "os.unrelated.events") == 3
    assert number(document, "patients.age.unrelated.missing") == 1


COHORT = """\
months,days,status,relapse,dead,transplant_date,relapse_date,death_date,last_contact
12,365.25,0,0,0,2020-01-01,,,2020-12-31
2,60.875,1,1,1,2020-01-01,2020-03-02,2020-06-01,2020-06-01
4,121.75,2,0,1,2020-01-01,,2020-05-02,2020-04-30
6,182.625,0,0,0,2020-01-01,,,2020-07-02
"""


@pytest.mark.parametrize("position", [1, 2, 3])
def test_each_kind_of_endpoint_says_the_same(tmp_path: Path, position: int) -> None:
    endpoint = blocks("toml")[position]
    name = re.search(r'^id = "(.+)"$', endpoint, re.MULTILINE)
    assert name is not None
    head = blocks("toml")[0].partition("[variables.donor]")[0].replace('id = "patient" ', "# ")
    (tmp_path / "patients.csv").write_text(COHORT, encoding="utf-8")
    (tmp_path / "study.toml").write_text(
        f"{head}{endpoint}[[analyses]]\nid = 'a'\nkind = 'cumulative_incidence'\n"
        f"title = 'Events'\nendpoint = '{name[1]}'\n",
        encoding="utf-8",
    )
    document = run_study(plan(tmp_path / "study.toml"))
    for cause, day in (("relapse", 61), ("death", 122)):
        assert number(document, f"a.{cause}.overall.events") == 1
        curve = next(c for c in document["analyses"][0]["curves"] if c["cause"] == cause)
        first = next(
            t for t, height in zip(curve["time"], curve["estimate"], strict=True) if height
        )
        assert first == pytest.approx(day, abs=0.5)
    labels = [cause["label"] for cause in document["analyses"][0]["causes"]]
    assert labels == ["Relapse", "Death without relapse"]


def test_the_conditions_are_conditions() -> None:
    shown = [text for row in rows_after("| write | it holds where |") for text in codes_in(row[0])]
    assert len(shown) == 12
    for text in shown:
        assert parse_condition(text).names


SAID = {"true": "1", "false": "0", "unknown": ""}


def test_the_table_of_unknown_is_what_is_computed() -> None:
    rows = rows_after("| a | b | `not b` |")
    assert len(rows) == 3
    a, b = (np.array([SAID[row[column]] for row in rows], dtype=object) for column in (0, 1))
    table = Table("a.csv", "line", {"a": a, "b": b}, {"a": a == "", "b": b == ""}, np.arange(2, 5))
    for column, text in ((2, "not b == 1"), (3, "a == 1 and b == 1"), (4, "a == 1 or b == 1")):
        found = truth(parse_condition(text).tree, table)
        said = [row[column] for row in rows]
        assert found.yes.tolist() == [word == "true" for word in said]
        assert found.no.tolist() == [word == "false" for word in said]


MORE = """
[[analyses]]
id = "toxicity"
kind = "logistic"
title = "Acute GVHD"
outcome = "da == 1"
variables = ["mtx", "age"]
selection = { rule = "aic", method = "fastbw" }

[[analyses]]
id = "weighting"
kind = "weighted"
title = "Methotrexate"
endpoint = "disease_free_survival"
treatment = "mtx"
covariates = ["age", "group"]
times = ["1 year"]
strata = "sex"
bootstrap = { repeats = 10 }

[[analyses]]
id = "subsets"
kind = "subgroups"
title = "Methotrexate by sex"
endpoint = "overall_survival"
exposure = "mtx"
variables = ["sex"]

[[analyses]]
id = "cases"
kind = "listing"
title = "Relapses"
where = "d2 == 1"
columns = ["age"]

[[analyses]]
id = "rates"
kind = "proportions"
title = "GVHD"
rows = [{ id = "acute", label = "M4 or M5", of = "fab", is = [1] }]

[[analyses]]
id = "waiting"
kind = "dose_event"
title = "Waiting and relapse"
dose = "waiting_time"
event = "d2 == 1"
event_label = "Relapse"
"""

COMPARED = """
[[analyses]]
id = "against"
kind = "compare"
title = "Against a published curve"
endpoint = "overall_survival"
times = ["1 year"]
naive = true
reference = { file = "curve.csv", label = "A trial", source = "A paper", unit = "days" }
match = { means = { age = 30 } }

[[analyses]]
id = "benchmark"
kind = "compare"
title = "Relapse beside published rates"
outcome = "d2 == 1"
rates = { file = "rates.csv", label = "Trials", source = "A review" }
"""
CURVE = "time,event,member\n" + "".join(
    f"{100 * k},{k % 2},{m}\n" for m in (0, 1) for k in range(30)
)
RATES = "study,events,total\nA,3,20\nB,9,31\nC,4,40\n"

ASKED = 'pairwise = true\ntrend = true\nrmst = "1 year"\nannotate = ["p", "hr"]\n#'


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the example with every option that adds keys."""
    toml = (BMT / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace('"bmt.csv"', f'"{(BMT / "bmt.csv").as_posix()}"')
    toml = toml.replace("pairwise = true", ASKED)
    toml = toml.replace("repeats = 200", "repeats = 10").replace("repeats = 100", "repeats = 10")
    study = tmp_path_factory.mktemp("bmt") / "study.toml"
    kind = 'kind = "cumulative_incidence"'
    toml = toml.replace(kind, f'{kind}\nstrata = "hospital"')
    study.write_text(f"{toml}{MORE}{COMPARED}", encoding="utf-8")
    study.with_name("curve.csv").write_text(CURVE, encoding="utf-8")
    study.with_name("rates.csv").write_text(RATES, encoding="utf-8")
    return run_study(plan(study))


def test_the_entry_shown_is_that_of_the_example(everything: dict[str, Any]) -> None:
    assert json.loads(blocks("json")[0]) == everything["values"]["os.all.median.estimate"]


def grammar() -> list[tuple[list[str], str, str]]:
    """Read kinds, pattern and example of every row of the table of keys."""
    found: list[tuple[list[str], str, str]] = []
    for kinds, pattern, example in rows_after("| kind | key | example |"):
        named = codes_in(kinds) or found[-1][0]
        found.append((named, pattern.strip("`"), example.strip("`")))
    return found


def ids_in(analysis: dict[str, Any], *path: str) -> list[str]:
    """Collect the ids of what stands on a path through lists of a node."""
    found = [analysis]
    for key in path:
        found = [item for node in found for item in (node.get(key) or [])]
    return [node["id"] for node in found]


def keys_of(pattern: str, analysis: dict[str, Any]) -> set[str]:
    """Write a pattern out with the ids of an analysis."""
    groups = [*ids_in(analysis, "groups"), *ids_in(analysis, "landmarks", "groups"), "overall"]
    ids = {
        "analysis": [analysis["id"]],
        "group": groups,
        "model": ids_in(analysis, "models"),
        "term": ids_in(analysis, "models", "terms"),
        "row": ids_in(analysis, "models", "terms", "rows"),
        "exposure": ids_in(analysis, "exposures"),
        "state": ids_in(analysis, "exposures", "states"),
        "landmark": ids_in(analysis, "landmarks"),
        "line": ids_in(analysis, "balance"),
        "listed": ids_in(analysis, "rows"),
        "matched": [row["id"] for row in (analysis.get("match") or {}).get("rows", [])],
        "study": ids_in(analysis, "studies"),
        "rate": ids_in(analysis, "rows"),
        "column": ids_in(analysis, "columns"),
        "band": ids_in(analysis, "bands"),
        "mark": ids_in(analysis, "marks"),
        "step": ids_in(analysis.get("selection") or {}, "steps"),
        "tested": ids_in(analysis.get("ph") or {}, "terms"),
        "point": ids_in(analysis.get("calibration") or {}, "points"),
        "index": ids_in(analysis.get("validation") or {}, "rows"),
        "time": [time["id"] for time in analysis.get("times", [])],
        "cause": [cause["id"] for cause in analysis.get("causes", [])],
        "variable": [*ids_in(analysis, "variables"), *ids_in(analysis, "subgroups")],
        "level": [
            *ids_in(analysis, "variables", "levels"),
            *ids_in(analysis, "subgroups", "levels"),
        ],
    }
    pieces = re.split(r"(<\w+>|\{[^}]+\})", pattern)
    choices = [
        ids[piece[1:-1]]
        if piece[:1] == "<"
        else piece[1:-1].split(",")
        if piece[:1] == "{"
        else [piece]
        for piece in pieces
    ]
    return {"".join(chosen) for chosen in product(*choices)}


def test_the_grammar_of_keys_is_that_of_the_document(everything: dict[str, Any]) -> None:
    keys = set(everything["values"])
    of_guard_rails = {key for key in keys if key.startswith("study.") or ".short_follow_up." in key}
    left = keys - of_guard_rails
    for kinds, pattern, example in grammar():
        analyses = [node for node in everything["analyses"] if node["kind"] in kinds]
        made = set().union(*(keys_of(pattern, node) for node in analyses))
        assert example in made & keys, pattern
        left -= made
    assert left == set()


def test_the_reference_is_that_of_the_models() -> None:
    assert study_reference.written() == study_reference.reference(), (
        "docs/study-file.md is not what the models say: run python tests/study_reference.py"
    )


def test_a_key_without_a_place_in_the_reference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = dict(list(study_reference.SECTIONS.items())[:-1])
    monkeypatch.setattr(study_reference, "SECTIONS", fewer)
    with pytest.raises(ValueError, match=r"Adam\.columns"):
        study_reference.reference()
