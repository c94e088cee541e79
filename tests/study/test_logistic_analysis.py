"""Analyses of kind ``logistic``: odds ratios, Fisher's test, options, and what cannot be fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.report import write_report
from atrisk.report.values import Values
from study_kit import HEAD, missing, mistake, number, numbers, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

LOGISTIC = '[[analyses]]\nid = "a"\nkind = "logistic"\ntitle = "SOS"\noutcome = "sos == 1"\n'
SOS = (
    HEAD
    + '[variables.alkylators]\nlabel = "Alkylators"\nlevels = { 1 = "One", 2 = "Two" }\n'
    + LOGISTIC
    + 'variables = ["alkylators"]\n'
)
COUNTS = {(1, 2): 8, (0, 2): 8, (1, 1): 9, (0, 1): 33}
ROWS = [
    "sos,alkylators,hand",
    *(f"{sos},{alkylators},l" for (sos, alkylators), n in COUNTS.items() for _ in range(n)),
]


def models_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["analyses"][-1]["models"])


def test_the_published_odds_ratio_of_sos_by_alkylators(tmp_path: Path) -> None:
    """Kayser 2024: 8 of 16 against 9 of 42: OR 3.67 (1.08-12.50), P = 0.038; Fisher's P beside."""
    document = run(tmp_path, SOS, ROWS)
    key = "a.univariable.alkylators_two"
    ratio, low, high, p = numbers(document, key, "ratio", "lower", "upper", "p_value")
    assert [round(ratio, 2), round(low, 2), round(high, 2)] == [3.67, 1.08, 12.5]
    assert round(p, 3) == 0.038
    # R 4.2.2: glm(sos ~ double, binomial, weights = n); fisher.test(matrix(c(8, 8, 9, 33), 2))
    assert number(document, f"{key}.estimate") == pytest.approx(1.29928298413026, rel=1e-9)
    assert number(document, f"{key}.std_error") == pytest.approx(0.625630990814908, rel=1e-8)
    fisher = document["values"]["a.univariable.alkylators.fisher_p_value"]
    assert fisher["value"] == pytest.approx(0.0518772302436911, rel=1e-9)
    assert fisher["method"] == "Fisher's exact test"
    assert [
        number(document, f"a.univariable.alkylators_{level}.n") for level in ("one", "two")
    ] == [42, 16]
    assert number(document, f"{key}.events") == 8
    node = document["analyses"][0]
    assert node["outcome"] == {"label": "sos == 1", "text": "sos == 1"}
    assert models_of(document)[0]["measure"] == {"name": "Odds ratio", "short": "OR"}
    assert models_of(document)[0]["formula"] == "(sos == 1) ~ variable"


def test_it_is_r_with_two_variables(tmp_path: Path) -> None:
    text = 'id = "a"\nkind = "logistic"\ntitle = "GVHD"\noutcome = "da == 1"\n'
    document = run_bmt(
        tmp_path, text + 'outcome_label = "Acute GVHD"\nvariables = ["mtx", "age"]\n'
    )
    # glm(da ~ factor(z10) + z1, binomial, b, epsilon = 1e-15)
    found = [
        *numbers(document, "a.multivariable.mtx_yes", "estimate", "std_error"),
        *numbers(document, "a.multivariable.age", "estimate", "std_error"),
        number(document, "a.multivariable.loglik"),
    ]
    expected = [-0.6476172415801436, 0.5322418170171038, 0.0570673019338832, 0.0239607114888061]
    np.testing.assert_allclose(found, [*expected, -63.3118156814795], rtol=1e-8)
    assert document["analyses"][0]["outcome"]["label"] == "Acute GVHD"
    assert number(document, "a.multivariable.concordance") > 0.5
    clustered = run_bmt(tmp_path, text + 'variables = ["mtx", "age"]\ncluster = "z9"\n')
    key = "a.multivariable.age"
    assert number(clustered, f"{key}.estimate") == number(document, f"{key}.estimate")
    assert number(clustered, f"{key}.std_error") != number(document, f"{key}.std_error")
    assert "robust" in clustered["values"][f"{key}.std_error"]["method"]


def test_profile_intervals_and_fisher_are_options(tmp_path: Path) -> None:
    document = run(
        tmp_path, SOS + 'conf_type = "profile"\nfisher = false\nconf_level = 0.9\n', ROWS
    )
    wald = run(tmp_path, SOS, ROWS)
    key = "a.univariable.alkylators_two"
    assert number(document, f"{key}.ratio") == number(wald, f"{key}.ratio")
    assert number(document, f"{key}.upper") < number(wald, f"{key}.upper")
    model = models_of(document)[0]
    assert (model["conf_type"], model["conf_level"]) == ("profile", 0.9)
    assert document["values"][f"{key}.p_value"]["method"] == "profile likelihood"
    assert "a.univariable.alkylators.fisher_p_value" not in document["values"]


SEPARATED = [row for row in ROWS if row != "1,1,l"]


def test_separation_has_a_reason_and_firth_an_estimate(tmp_path: Path) -> None:
    document = run(tmp_path, SOS, SEPARATED)
    why = "the estimate is infinite, as nobody of the reference One had the event"
    assert missing(document, "a.univariable.alkylators_two.ratio") == why
    assert models_of(document)[0]["notes"] == [
        f"Alkylators, Two: {why}; firth = true gives a finite one."
    ]
    assert number(document, "a.univariable.alkylators.fisher_p_value") < 0.01
    firth = run(tmp_path, SOS + "firth = true\n", SEPARATED)
    low, ratio, high = numbers(firth, "a.univariable.alkylators_two", "lower", "ratio", "upper")
    assert 1 < low < ratio < high
    assert "Firth" in models_of(firth)[0]["method"]


def test_an_unknown_outcome_is_left_out_and_listed(tmp_path: Path) -> None:
    document = run(tmp_path, SOS, [*ROWS, ",1,l", ",2,r"])
    node = document["analyses"][0]
    assert number(document, "a.univariable.n") == 58
    assert [row["line"] for row in node["left_out"]] == [60, 61]
    assert node["notes"] == [
        "2 patients are left out (the outcome is unknown): column sos, lines 60, 61."
    ]


@pytest.mark.parametrize(("condition", "who"), [("sos >= 0", "every"), ("sos == 7", "no")])
def test_an_outcome_that_all_have_leaves_the_rest_of_the_report(
    tmp_path: Path, condition: str, who: str
) -> None:
    document = run(tmp_path, SOS.replace("sos == 1", condition), ROWS)
    reason = f"'{condition}' holds for {who} patient of 58: there is nothing to compare"
    assert missing(document, "a.univariable.alkylators_two.ratio") == reason
    for model in models_of(document):
        assert any(reason in note for note in model["notes"])
    assert number(document, "a.univariable.alkylators_two.n") == 16
    write_report(document, tmp_path / "report")


def test_an_outcome_that_is_unknown_in_all_is_a_mistake(tmp_path: Path) -> None:
    assert mistake(tmp_path, SOS, ["sos,alkylators", ",1", ",2"]) == (
        "analysis 'a': whether 'sos == 1' holds is unknown in every patient."
    )


def test_models_of_a_table_may_differ_in_their_reference(tmp_path: Path) -> None:
    """All patients of the first level lack the other variable."""
    toml = HEAD + '[variables.g]\nlabel = "Group"\nlevels = { 1 = "A", 2 = "B", 3 = "C" }\n'
    toml += '[variables.x]\nlabel = "X"\n' + LOGISTIC + 'variables = ["g", "x"]\n'
    rows = ["sos,g,x", "0,1,", "1,1,", "0,1,"]
    rows += [f"{k % 2},{2 + (k // 2) % 2},{(7 * k) % 11}" for k in range(40)]
    document = run(tmp_path, toml, rows)
    assert missing(document, "a.multivariable.g_a.ratio") == "no patient has this level"
    write_report(document, tmp_path / "report")
    printed = (tmp_path / "report/tables/a_models_printed.csv").read_text(encoding="utf-8-sig")
    lines = {line.split(",")[0].strip(): line for line in printed.splitlines()}
    assert [lines[level].count("reference") for level in ("A", "B", "C")] == [1, 1, 0]


def test_the_finite_end_of_a_profile_interval_is_given(tmp_path: Path) -> None:
    toml = SOS + 'conf_type = "profile"\n'
    document = run(tmp_path, toml, SEPARATED)
    key = "a.univariable.alkylators_two"
    assert missing(document, f"{key}.ratio").startswith("the estimate is infinite, as nobody of")
    assert missing(document, f"{key}.upper").startswith("the estimate is infinite, as nobody of")
    assert number(document, f"{key}.lower") > 1
    assert number(document, f"{key}.p_value") < 0.01
    shown = Values(document["values"]).ratio_parts(key)
    assert [part.text for part in shown][::2] == ["\N{INFINITY}", "\N{INFINITY}"]
    none = [row for row in ROWS if row != "1,2,l"]
    document = run(tmp_path, toml, none)
    ratio, low, high, p = numbers(document, key, "ratio", "lower", "upper", "p_value")
    assert (ratio, low) == (0, 0)
    assert 0 < high < 2
    assert p > 0
    assert Values(document["values"]).ratio(f"{key}.ratio").text == "0"
