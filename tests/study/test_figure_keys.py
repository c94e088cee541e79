"""What analyses give to their figures when asked: rows of counts, hazard ratios, the display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from study_kit import ARM, DEATH, HEAD, SURVIVAL, missing, mistake, number, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

ALL_ROWS = 'risk_rows = ["at_risk", "events", "censored"]\n'
BY_ARM = HEAD + DEATH + ARM + SURVIVAL + 'by = "arm"\n'
OS = """
id = "os"
kind = "survival"
title = "Survival"
endpoint = "overall_survival"
by = "group"
annotate = ["hr"]
"""


def rows(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    table = document["analyses"][0]["risk_table"]
    return {row["group"]: row for row in table["rows"]}


def test_counts_before_each_time_add_up_to_all_patients(tmp_path: Path) -> None:
    data = ["t,d,arm", "5,1,x", "8,0,x", "9,1,y", "10,1,y", "10,0,y", "12,0,y"]
    document = run(tmp_path, BY_ARM + ALL_ROWS, data)
    table = document["analyses"][0]["risk_table"]
    assert table["shown"] == ["at_risk", "events", "censored"]
    assert table["times"] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    found = rows(document)
    assert found["x"]["at_risk"] == [2, 2, 2, 1, 1, 0, 0]
    assert found["x"]["events_before"] == [0, 0, 0, 1, 1, 1, 1]
    assert found["x"]["censored_before"] == [0, 0, 0, 0, 0, 1, 1]
    # the event and the censoring at 10 itself are not before it
    assert found["y"]["events_before"] == [0, 0, 0, 0, 0, 1, 2]
    assert found["y"]["censored_before"] == [0, 0, 0, 0, 0, 0, 1]
    for group, n in (("x", 2), ("y", 4), ("overall", 6)):
        parts = [found[group][name] for name in ("at_risk", "events_before", "censored_before")]
        assert np.sum(parts, axis=0).tolist() == [n] * 7


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("cumulative_incidence", 'endpoint = "relapse_or_nrm"\nby = "group"'),
        (
            "landmark",
            'endpoint = "disease_free_survival"\nat = ["100 days"]\n'
            'exposures = [{ id = "gvhd", label = "GVHD", time = "ta", happened = "da == 1" }]',
        ),
    ],
)
def test_counts_add_up_in_other_kinds(tmp_path: Path, kind: str, keys: str) -> None:
    asked = f'id = "a"\nkind = "{kind}"\ntitle = "A"\n{keys}\n{ALL_ROWS}'
    node = run_bmt(tmp_path, asked)["analyses"][0]
    table = node["landmarks"][0]["risk_table"] if kind == "landmark" else node["risk_table"]
    assert table["shown"] == ["at_risk", "events", "censored"]
    for row in table["rows"]:
        parts = [row[name] for name in ("at_risk", "events_before", "censored_before")]
        assert set(np.sum(parts, axis=0).tolist()) == {row["at_risk"][0]}


def test_counts_and_moves_add_up_for_states(tmp_path: Path) -> None:
    asked = (
        'id = "a"\nkind = "time_dependent"\ntitle = "A"\nendpoint = "disease_free_survival"\n'
        'exposures = [{ id = "gvhd", label = "GVHD", time = "ta", happened = "da == 1" }]\n'
    )
    table = run_bmt(tmp_path, asked + ALL_ROWS)["analyses"][0]["exposures"][0]["risk_table"]
    before, after = table["rows"]
    moved = np.array(table["moved"])
    for row, change in ((before, -moved), (after, moved)):
        parts = [row[name] for name in ("at_risk", "events_before", "censored_before")]
        left = np.sum(parts, axis=0) - change
        assert set(left.tolist()) == {row["at_risk"][0] - change[0]}


def test_only_numbers_at_risk_are_shown_unless_asked(tmp_path: Path) -> None:
    node = run(tmp_path)["analyses"][0]
    assert node["risk_table"]["shown"] == ["at_risk"]
    assert node["annotate"] == ["p"]
    assert node["hazard_ratios"] is None
    assert "'events' is listed twice" in mistake(
        tmp_path, BY_ARM + 'risk_rows = ["events", "events"]\n'
    )


# R 4.2.2, survival 3.5-3: coxph(Surv(t1, d1) ~ factor(group), b, eps = 1e-13); + strata(z9)
PLAIN = {
    "aml_low_risk": (0.519328202681816, 0.2920510681374268, 0.9234747327608309),
    "aml_high_risk": (1.448043099712040, 0.8573401083286475, 2.4457374596778667),
}
STRATIFIED = {
    "aml_low_risk": (0.7280452867758219, 0.3967392116599892, 1.336016012580951),
    "aml_high_risk": (1.7515933804404309, 1.0233757795317173, 2.997998811156785),
}


@pytest.mark.parametrize(
    ("more", "expected"), [("", PLAIN), ('strata = "hospital"\n', STRATIFIED)], ids=["", "strata"]
)
def test_hazard_ratios_of_groups_are_those_of_coxph(
    tmp_path: Path, more: str, expected: dict[str, tuple[float, ...]]
) -> None:
    document = run_bmt(tmp_path, OS + more)
    for level, numbers in expected.items():
        parts = [number(document, f"os.hr.{level}.{part}") for part in ("ratio", "lower", "upper")]
        assert parts == pytest.approx(numbers, rel=1e-8)
    node = document["analyses"][0]
    assert node["annotate"] == ["hr"]
    assert node["hazard_ratios"]["reference"] == "all"
    assert node["hazard_ratios"]["levels"] == list(expected)
    assert node["hazard_ratios"]["strata"] == ("Hospital" if more else None)
    assert node["hazard_ratios"]["method"] == "Cox model, Efron's ties"


def test_the_ratios_together_are_tested_by_wald(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, OS + 'strata = "hospital"\n')
    assert number(document, "os.hr.overall.p_value") == pytest.approx(0.004294410803321744)


def test_groups_without_events_have_no_ratio(tmp_path: Path) -> None:
    nobody = [row.replace(",1,", ",0,") for row in ("5,1,x", "8,0,x", "9,1,y")]
    document = run(tmp_path, BY_ARM + 'annotate = ["hr"]\n', ["t,d,arm", *nobody])
    assert missing(document, "a.hr.y.ratio") == "no patient had the event"


def test_ratios_need_groups(tmp_path: Path) -> None:
    said = mistake(tmp_path, HEAD + DEATH + SURVIVAL + 'annotate = ["hr"]\n')
    assert "hr needs groups to compare" in said


def test_the_display_of_incidence_is_in_the_document(tmp_path: Path) -> None:
    asked = 'id = "a"\nkind = "cumulative_incidence"\ntitle = "A"\nendpoint = "relapse_or_nrm"\n'
    assert run_bmt(tmp_path, asked)["analyses"][0]["display"] == "overlaid"
    stacked = run_bmt(tmp_path, asked + 'display = "stacked"\n')
    assert stacked["analyses"][0]["display"] == "stacked"
