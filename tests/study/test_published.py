"""The kind `published`: printed texts read, compared, counted; what is wrong with the file."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.study.plan_text import plan_text
from atrisk.study.published_numbers import printed_numbers, split_text, verdict
from study_kit import MINIMAL, mistake, number, plan, run, write

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "section,label,key,published,place,quote,note"
PUBLISHED = """
[[analyses]]
id = "beside"
kind = "published"
title = "Beside the abstract"
file = "published.csv"
source = "A meeting, abstract 1"
"""
#: Of the small study: 4 patients, 2 deaths at 5 and 9; survival at 8 days is 3/4.
AT_8 = MINIMAL + "times = [8]\n"


def compared(folder: Path, *lines: str, toml: str = PUBLISHED, first: str = AT_8) -> dict[str, Any]:
    (folder / "published.csv").write_text("\n".join((HEAD, *lines)), encoding="utf-8")
    return run(folder, first + toml)


def refused(folder: Path, *lines: str, head: str = HEAD, toml: str = PUBLISHED) -> str:
    (folder / "published.csv").write_text("\n".join((head, *lines)), encoding="utf-8")
    return mistake(folder, AT_8 + toml)


def pieces(document: dict[str, Any]) -> list[dict[str, Any]]:
    node = next(node for node in document["analyses"] if node["kind"] == "published")
    rows = [row for section in node["sections"] for row in section["rows"]]
    return [piece for row in rows for piece in row["pieces"] if isinstance(piece, dict)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("49 (84)", ["49", "84"]),
        ("119-3,665", ["119", "3665"]),
        ("P<0.001", ["0.001"]),
        ("-1.5 (-2.0 to 0.3)", ["-1.5", "-2.0", "0.3"]),
        ("0·56 (0·24-1·19)", ["0.56", "0.24", "1.19"]),
        ("12.3% of 1,200", ["12.3", "1200"]),
        ("D21 and CD22", []),
        ("on 12.03.2020, 5 of 9", ["5", "9"]),
        ("HR 1.2 (.9-1.6); P=.03", ["1.2", "0.9", "1.6", "0.03"]),
        ("·5 and P ≤·001", ["0.5", "0.001"]),
    ],
)
def test_the_numbers_of_a_printed_text(text: str, values: list[str]) -> None:
    assert [found.number.value for found in printed_numbers(text)] == [*map(Fraction, values)]
    joined = "".join(part if isinstance(part, str) else part.text for part in split_text(text))
    assert joined == text


def test_a_decimal_comma() -> None:
    found = printed_numbers("11,2 (7,59-1.037,1)", ",")
    assert [(one.number.value, one.places) for one in found] == [
        (Fraction("11.2"), 1),
        (Fraction("7.59"), 2),
        (Fraction("1037.1"), 1),
    ]


@pytest.mark.parametrize(
    ("value", "text", "said"),
    [
        (11.2033, "11.2", "agrees"),
        (11.25, "11.2", "agrees"),  # a half goes either way
        (11.25, "11.3", "agrees"),
        (11.2501, "11.2", "rounded"),
        (11.29, "11.2", "rounded"),
        (11.3, "11.2", "differs"),
        (0.0004, "<0.001", "agrees"),
        (0.002, "<0.001", "differs"),
        (0.9995, ">0.999", "agrees"),
        (0.001, "≤0.001", "agrees"),
        (0.001, "<0.001", "differs"),
        (17, "17", "agrees"),
        (16, "17", "differs"),
        (None, "17", "differs"),
        (None, "NR", "agrees"),
        (12.0, "not reached", "differs"),
        (float("inf"), "17", "differs"),
        (-1.54, "\u22121.5", "agrees"),
        (0.001, ">0.001", "differs"),
        (0.001, "≥0.001", "agrees"),
    ],
)
def test_a_value_beside_a_printed_number(value: float | None, text: str, said: str) -> None:
    (printed,) = printed_numbers(text)
    assert verdict(value, printed, reached=value is not None) == said


def test_what_is_unknown_for_another_reason_is_not_not_reached() -> None:
    (printed,) = printed_numbers("NR")
    assert verdict(None, printed) == "differs"


def test_numbers_are_compared_in_the_unit_of_the_report_and_counted(tmp_path: Path) -> None:
    t8 = "a.overall.t8d"
    document = compared(
        tmp_path,
        "Patients,Patients,a.overall.n,4,Methods,four patients,",
        f'Survival,"At 8 days, % (95% CI)",{t8}.estimate {t8}.lower {t8}.upper,75 (42-99),'
        "Results,,impossible: beyond 100 %",
        "Survival,Deaths,a.overall.events,3,Results,,",
        "Survival,Hospitals,,11,Methods,,",
    )
    found = {piece["key"]: piece["verdict"] for piece in pieces(document)}
    assert found == {
        "a.overall.n": "agrees",
        f"{t8}.estimate": "agrees",
        f"{t8}.lower": "rounded",
        f"{t8}.upper": "impossible",
        "a.overall.events": "differs",
        None: "not_compared",
    }
    counts = ("numbers", "agrees", "rounded", "differs", "impossible", "not_compared")
    for part, expected in (
        ("s1", [1, 1, 0, 0, 0, 0]),
        ("s2", [4, 1, 1, 1, 1, 1]),
        ("all", [5, 2, 1, 1, 1, 1]),
    ):
        assert [number(document, f"beside.{part}.{name}") for name in counts] == expected


def test_the_worst_number_is_the_verdict_of_a_row(tmp_path: Path) -> None:
    document = compared(tmp_path, "S,Patients and deaths,a.overall.n a.overall.events,4; 3,,,")
    (section,) = document["analyses"][1]["sections"]
    assert section["rows"][0]["verdict"] == "differs"


def test_times_are_compared_in_the_unit_they_are_reported_in(tmp_path: Path) -> None:
    months = AT_8.replace('origin = "transplant"', 'report_unit = "weeks"\norigin = "transplant"')
    document = compared(tmp_path, "S,Median,a.overall.median.estimate,1.3,,,", first=months)
    assert [piece["verdict"] for piece in pieces(document)] == ["agrees"]


def test_it_is_compared_last_and_stands_where_the_study_file_has_it(tmp_path: Path) -> None:
    (tmp_path / "published.csv").write_text(f"{HEAD}\nS,n,a.overall.n,4,,,\n", encoding="utf-8")
    head, part = AT_8.split("\n[[analyses]]", 1)
    document = run(tmp_path, f"{head}{PUBLISHED}\n[[analyses]]{part}")
    assert [node["id"] for node in document["analyses"]] == ["beside", "a"]
    assert next(iter(document["values"])).startswith("a.")


def test_two_publications_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(f"{HEAD}\nS,n,a.overall.n,5,,,\n", encoding="utf-8")
    other = PUBLISHED.replace("beside", "other").replace("published.csv", "other.csv")
    document = compared(tmp_path, "S,n,a.overall.n,4,,,", toml=PUBLISHED + other)
    assert number(document, "beside.all.agrees") == 1
    assert number(document, "other.all.differs") == 1


def test_a_decimal_comma_is_asked_for_in_the_study_file(tmp_path: Path) -> None:
    toml = f'{PUBLISHED}decimal = ","\n'
    document = compared(tmp_path, 'S,t,a.overall.t8d.estimate,"75,0",,,', toml=toml)
    assert pieces(document)[0]["verdict"] == "agrees"
    assert compared(tmp_path, 'S,t,a.overall.t8d.estimate,"75,0",,,')["values"]
    assert number(compared(tmp_path, 'S,t,a.overall.t8d.estimate,"75,0",,,'), "beside.all.differs")


def test_a_number_that_is_not_shown_is_not_compared(tmp_path: Path) -> None:
    """Two deaths of four are below 3: a verdict would give them away, so there is none."""
    toml = f"[report]\nsuppress_below = 3\n{PUBLISHED}"
    document = compared(tmp_path, "S,Deaths,a.overall.events,2,,,", toml=toml)
    assert document["values"]["a.overall.events"]["missing"].startswith("suppressed")
    assert [node["kind"] for node in document["analyses"]] == ["survival", "withheld"]
    assert not any(key.startswith("beside.") for key in document["values"])


def test_the_plan_names_the_file_and_the_publication(tmp_path: Path) -> None:
    (tmp_path / "published.csv").write_text(f"{HEAD}\nS,n,a.overall.n,4,,,\n", encoding="utf-8")
    told = plan_text(plan(write(tmp_path, AT_8 + PUBLISHED)))
    assert "compare: published.csv with the results, numbers of A meeting, abstract 1" in told


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    said = refused(tmp_path, "S,n,a.overall.m,4,,,", "S,n,a.overal.events,2,,,")
    assert "published.csv, line 2: the results have no number 'a.overall.m'" in said
    assert "Did you mean 'a.overall.n'?" in said
    assert "line 3" in said
    assert "'a.overall.events'" in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["S,n,a.overall.n,4 (2),,,"], "2 numbers are printed in '4 (2)' and 1 keys are given"),
        (["S,n,a.overall.n,four,,,"], "line 2: there is no number in 'four'"),
        (["S,,a.overall.n,4,,,"], "line 2: label is empty"),
        ([], "no line below its head"),
        (["S,n,a.overall.n,4,,,,more"], "line 2: the line has more fields than the head"),
        (["S,n\0,a.overall.n,4,,,"], "holds the control character U+0000"),
    ],
)
def test_lines_that_cannot_be_compared(tmp_path: Path, lines: list[str], said: str) -> None:
    found = refused(tmp_path, *lines)
    assert said in found
    assert "study.toml, line" in found


def test_columns_of_the_file(tmp_path: Path) -> None:
    said = refused(tmp_path, "S,n,4,x", head="section,label,published,plase")
    assert "there is no column 'plase' here" in said
    assert "Did you mean 'place'?" in said
    said = refused(tmp_path, "S,n", head="section,label")
    assert "the column published is needed and not there" in said


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "there is no file published.csv beside the study file" in mistake(
        tmp_path, AT_8 + PUBLISHED
    )
    (tmp_path / "published.csv").write_bytes(f"{HEAD}\nS,\xe4,,4,,,".encode("latin-1"))
    assert "published.csv is not UTF-8 at byte" in mistake(tmp_path, AT_8 + PUBLISHED)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    found = refused(tmp_path, "S,n,m,4", head="section,label,label,published")
    assert "the column label is there more than once" in found
