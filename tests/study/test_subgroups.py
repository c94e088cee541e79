"""Analyses of kind ``subgroups`` against R, and what they say without estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from study_kit import DEATH, HEAD, missing, mistake, number, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

ASKED = """
id = "s"
kind = "subgroups"
title = "FAB subtype"
endpoint = "disease_free_survival"
exposure = "fab"
variables = ["sex", "cmv", "group"]
"""
ODDS = ASKED.replace('endpoint = "disease_free_survival"', 'outcome = "d3 == 1"')


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run_bmt(tmp_path_factory.mktemp("subgroups"), ASKED)


# R 4.2.2, survival 3.5-3, b <- read.csv("bmt.csv"), R <- coxph.control(eps = 1e-13):
# coxph(Surv(t2, d3) ~ z8, b[b$z3 == 0, ], control = R) and so on;
# anova(coxph(Surv(t2, d3) ~ z8 + z3, b), coxph(Surv(t2, d3) ~ z8 * z3, b))
RATIOS = {
    "overall": (1.89177397663846, 1.22169179121206, 2.92938759548828, 0.00427043571802164),
    "subgroup.sex.female": (
        1.40053884537433, 0.715993586296902, 2.73956232980708, 0.325099664902429,
    ),
    "subgroup.sex.male": (
        2.36528965850818, 1.32309054191568, 4.22842956805163, 0.00367795153413731,
    ),
    "subgroup.cmv.negative": (
        2.54588845739323, 1.33794395719545, 4.84440921656725, 0.00441459544248174,
    ),
    "subgroup.cmv.positive": (
        1.49864958332612, 0.818705898221707, 2.74329350561898, 0.189685741876619,
    ),
}  # fmt: skip
INTERACTIONS = {
    "sex": (1.19613472596268, 1, 0.274095592885634),
    "cmv": (1.34767032937089, 1, 0.245685806204419),
    "group": (0.879968204419697, 1, 0.348210388112293),
}


@pytest.mark.parametrize(("key", "expected"), RATIOS.items(), ids=RATIOS)
def test_hazard_ratios_are_those_of_r(
    found: dict[str, Any], key: str, expected: tuple[float, ...]
) -> None:
    parts = [number(found, f"s.{key}.{part}") for part in ("ratio", "lower", "upper", "p_value")]
    assert parts == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("variable", "expected"), INTERACTIONS.items(), ids=INTERACTIONS)
def test_interactions_are_those_of_anova(
    found: dict[str, Any], variable: str, expected: tuple[float, ...]
) -> None:
    key = f"s.interaction.{variable}"
    parts = [number(found, f"{key}.{part}") for part in ("statistic", "df", "p_value")]
    assert parts == pytest.approx(expected, rel=1e-8)


def test_counts_are_of_the_arms(found: dict[str, Any]) -> None:
    # with(b, table(z3, z8, d3))
    counts = {
        f"{level}.{arm}": [
            number(found, f"s.subgroup.sex.{level}.{arm}.{p}") for p in ("events", "n")
        ]
        for level in ("female", "male")
        for arm in ("reference", "exposed")
    }
    assert counts == {
        "female.reference": [21, 36],
        "female.exposed": [15, 21],
        "male.reference": [27, 56],
        "male.exposed": [20, 24],
    }


def test_a_subgroup_without_the_exposure_has_a_reason(found: dict[str, Any]) -> None:
    why = "no patient with FAB subtype: AML M4 or M5"
    assert missing(found, "s.subgroup.group.all.ratio") == why
    levels = found["analyses"][0]["subgroups"][2]["levels"]
    assert [level["failed"] for level in levels] == [why, None, None]


def test_notes_warn_of_subgroups(found: dict[str, Any]) -> None:
    notes = " ".join(found["analyses"][0]["notes"])
    assert "exploratory" in notes
    assert "3 interaction tests are not adjusted" in notes


def test_strata_and_ties(tmp_path: Path) -> None:
    # coxph(Surv(t2, d3) ~ z8 + strata(z9), b[b$z3 == 1, ], ties = "breslow"), and
    # anova(coxph(Surv(t2, d3) ~ z8 + z5 + strata(z9), b), coxph(... ~ z8 * z5 + strata(z9), b))
    asked = ASKED.replace(', "group"', "") + 'strata = "hospital"\n'
    breslow = run_bmt(tmp_path, asked + 'ties = "breslow"\nconf_level = 0.95\n')
    key = "s.subgroup.sex.male"
    parts = [number(breslow, f"{key}.{part}") for part in ("ratio", "lower", "upper")]
    assert parts == pytest.approx([2.458712179985783, 1.364514847070859, 4.430340642307802])
    efron = run_bmt(tmp_path, asked)
    assert number(efron, "s.interaction.cmv.statistic") == pytest.approx(3.87021840529633, rel=1e-8)


def test_the_level_of_intervals(tmp_path: Path) -> None:
    narrow = run_bmt(tmp_path, ASKED + "conf_level = 0.5\n")
    assert number(narrow, "s.overall.lower") > RATIOS["overall"][1]
    assert narrow["analyses"][0]["conf_level"] == 0.5


def test_odds_ratios_are_those_of_glm(tmp_path: Path) -> None:
    # glm(d3 ~ z8, binomial, b[b$z3 == 0, ]), confint.default;
    # anova(glm(d3 ~ z8 + z3, ...), glm(d3 ~ z8 * z3, ...), test = "LRT")
    found = run_bmt(tmp_path, ODDS + 'outcome_label = "relapse or death"\n')
    expected = {
        "female": (1.78571428571429, 0.562276743506165, 5.67118513620173, 0.325399383469373),
        "male": (5.37037037037036, 1.62620865038215, 17.7350415078499, 0.00582061197710628),
    }
    for level, numbers in expected.items():
        key = f"s.subgroup.sex.{level}"
        parts = [number(found, f"{key}.{part}") for part in ("ratio", "lower", "upper", "p_value")]
        assert parts == pytest.approx(numbers, rel=1e-8)
    statistic = number(found, "s.interaction.sex.statistic")
    assert statistic == pytest.approx(1.71580043356067, rel=1e-8)
    assert found["analyses"][0]["outcome"]["label"] == "relapse or death"
    assert found["analyses"][0]["measure"]["short"] == "OR"


def test_cause_specific_hazards(tmp_path: Path) -> None:
    asked = ASKED.replace("disease_free_survival", "relapse_or_nrm")
    any_event = run_bmt(tmp_path, asked)
    relapse = run_bmt(tmp_path, asked + 'cause = "relapse"\n')
    assert number(relapse, "s.overall.events") == 42
    assert number(any_event, "s.overall.events") == 83


SMALL = """
[variables.arm]
label = "Arm"
levels = { 0 = "A", 1 = "B" }

[variables.site]
label = "Site"
levels = { 1 = "One", 2 = "Two" }

[[analyses]]
id = "s"
kind = "subgroups"
title = "Arms"
endpoint = "os"
exposure = "arm"
variables = ["site"]
"""
ROWS = [
    "t,d,arm,site", "5,1,0,1", "8,0,0,1", "6,1,1,1", "12,0,1,1", "3,1,0,2", "9,1,0,2",
    "7,0,1,2", "11,0,1,2", "4,1,1,", "10,0,0,",
]  # fmt: skip


def test_an_arm_without_events_has_no_ratio(tmp_path: Path) -> None:
    found = run(tmp_path, HEAD + DEATH + SMALL, ROWS)
    assert missing(found, "s.subgroup.site.two.ratio") == "no event with Arm: B"
    assert number(found, "s.subgroup.site.two.exposed.n") == 2
    assert number(found, "s.subgroup.site.one.ratio") > 0
    # the two patients without a site are in all patients only
    assert number(found, "s.overall.n") == 10
    assert number(found, "s.subgroup.site.one.n") == number(found, "s.subgroup.site.two.n") == 4
    assert "Site is unknown in 2 patients" in " ".join(found["analyses"][0]["notes"])


def test_an_interaction_needs_two_subgroups_with_both_arms(tmp_path: Path) -> None:
    rows = [ROWS[0], *(row for row in ROWS[1:] if not row.endswith("1,2"))]
    found = run(tmp_path, HEAD + DEATH + SMALL, rows)
    assert missing(found, "s.interaction.site.p_value") == (
        "no patient with Site: Two \N{MULTIPLICATION SIGN} Arm: B, so there are not two subgroups"
        " to compare"
    )


@pytest.mark.parametrize("logistic", [False, True])
def test_an_arm_without_any_event_has_no_interaction(tmp_path: Path, *, logistic: bool) -> None:
    asked = SMALL.replace('endpoint = "os"', 'outcome = "d == 1"') if logistic else SMALL
    rows = [ROWS[0]]
    for row in ROWS[1:]:
        time, event, arm, site = row.split(",")
        rows.append(",".join((time, event if arm == "0" else "0", arm, site)))
    found = run(tmp_path, HEAD + DEATH + asked, rows)
    assert missing(found, "s.interaction.site.p_value") == "no event with Arm: B"
    assert missing(found, "s.overall.ratio") == "no event with Arm: B"


def test_rows_in_another_order_give_the_same(tmp_path: Path) -> None:
    one = run(tmp_path, HEAD + DEATH + SMALL, ROWS)
    other = run(tmp_path, HEAD + DEATH + SMALL, [ROWS[0], *reversed(ROWS[1:])])
    assert one["values"].keys() == other["values"].keys()
    for key, entry in one["values"].items():
        if entry["value"] is not None:
            assert number(other, key) == pytest.approx(entry["value"], rel=1e-10), key


def test_an_exposure_that_all_have_is_refused(tmp_path: Path) -> None:
    rows = [ROWS[0], *(row for row in ROWS[1:] if row.split(",")[2] == "0")]
    said = mistake(tmp_path, HEAD + DEATH + SMALL, rows)
    assert "has 1 levels among the patients analysed (A); two are compared" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('variables = ["site"]', 'variables = ["arm"]', "'arm' is the exposure"),
        ('variables = ["site"]', 'variables = ["site", "site"]', "'site' is listed twice"),
        ('endpoint = "os"\nexposure', "exposure", "give 'endpoint' for hazard ratios"),
        (
            'endpoint = "os"\nexposure',
            'endpoint = "os"\noutcome_label = "x"\nexposure',
            "'outcome_label' belongs to 'outcome'",
        ),
        (
            'endpoint = "os"\nexposure',
            'outcome = "d == 1"\nstrata = "site"\nexposure',
            "'strata' belongs to 'endpoint'",
        ),
        ('0 = "A", 1 = "B"', '0 = "A", 1 = "B", 2 = "C"', "an exposure has two"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in mistake(tmp_path, HEAD + DEATH + SMALL.replace(old, new), ROWS)
