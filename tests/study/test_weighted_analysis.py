"""Analyses of kind ``weighted``: weights, balance, curves, tests and hazard ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.estimators.cox import cox
from atrisk.estimators.propensity import propensity_weights
from atrisk.frames import to_polars
from atrisk.report import write_report
from study_kit import BMT, BMT_HEAD, missing, mistake, number, numbers, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTED = (
    'id = "a"\nkind = "weighted"\ntitle = "Methotrexate"\nendpoint = "disease_free_survival"\n'
    'treatment = "mtx"\ncovariates = ["age", "fab"]\n'
)


Z90 = 1.6448536269514722


def node_of(document: dict[str, Any]) -> dict[str, Any]:
    node = document["analyses"][-1]
    assert isinstance(node, dict)
    return node


@pytest.fixture(scope="module")
def frame() -> Any:
    text = (BMT / "bmt.csv").read_text(encoding="utf-8").splitlines()
    names = [name.strip('"') for name in text[0].split(",")]
    columns = np.array([row.split(",") for row in text[1:]], dtype=float).T
    return to_polars(dict(zip(names, columns, strict=True)))


OPTIONS = {
    "ate": ("", {"estimand": "ate", "stabilised": True}),
    "not stabilised": ("stabilised = false\n", {"estimand": "ate"}),
    "att": ('estimand = "att"\n', {"estimand": "att"}),
    "overlap": ('estimand = "overlap"\n', {"estimand": "overlap"}),
    "trimmed": ("trim = 0.2\n", {"estimand": "ate", "stabilised": True, "trim": (0.2, 0.8)}),
}


@pytest.mark.parametrize(("text", "options"), OPTIONS.values(), ids=OPTIONS)
def test_it_is_what_the_calls_give(
    tmp_path: Path, frame: Any, text: str, options: dict[str, Any]
) -> None:
    document = run_bmt(tmp_path, WEIGHTED + text)
    weights = propensity_weights("z10 ~ z1 + C(z8)", frame, **options)
    groups = weights.by_group()
    for place, level in enumerate(("no", "yes")):
        found = numbers(document, f"a.{level}", "n", "trimmed", "effective_n", "max_weight")
        expected = [
            getattr(groups, name)[place] for name in ("n", "trimmed", "effective_n", "largest")
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert number(document, "a.trimmed") == weights.trimmed.size
    weighted = frame.with_columns(to_polars({"w": weights.for_rows()})["w"])
    fit = cox("Surv(t2, d3) ~ z10", weighted, weights="w", robust=True)
    row = "a.weighted.mtx_yes"
    expected = [fit.ratio[0], fit.lower[0], fit.upper[0], fit.p_value[0]]
    np.testing.assert_allclose(
        numbers(document, row, "ratio", "lower", "upper", "p_value"), expected, rtol=1e-9
    )
    node = node_of(document)
    assert node["estimand"] == options["estimand"]
    assert node["stabilised"] == options.get("stabilised", False)
    assert node["propensity"]["formula"] == "mtx ~ age + fab"
    assert [model["id"] for model in node["models"]] == ["unweighted", "weighted"]


def test_balance_is_better_after_weighting(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, WEIGHTED)
    rows = {row["id"]: row for row in node_of(document)["balance"]}
    assert list(rows) == ["age", "fab_other", "fab_aml_m4_or_m5"]
    assert rows["fab_other"]["label"] == "FAB subtype: Other"
    for name, row in rows.items():
        assert number(document, f"a.balance.{name}.before") == row["smd_before"]
        assert abs(row["smd_after"]) < abs(row["smd_before"])


def test_curves_and_tests_are_weighted_and_robust(tmp_path: Path) -> None:
    document = run_bmt(
        tmp_path, WEIGHTED + 'times = ["1 year"]\nstrata = "sex"\nconf_level = 0.9\n'
    )
    entry = document["values"]["a.yes.t1y.estimate"]
    assert entry["method"] == (
        "Kaplan-Meier, robust variance, log interval, weighted by the propensity score"
    )
    estimate, error, low = numbers(document, "a.yes.t1y", "estimate", "std_error", "lower")
    assert np.log(estimate / low) == pytest.approx(Z90 * error / estimate)
    for model in ("unweighted", "weighted"):
        ratio, low, error = numbers(document, f"a.{model}.mtx_yes", "ratio", "lower", "std_error")
        assert np.log(ratio / low) == pytest.approx(Z90 * error)
    tests = node_of(document)["tests"]
    assert [test["label"] for test in tests] == [
        "Weighted log-rank test",
        "Weighted log-rank test stratified by sex",
    ]
    both = [number(document, f"a.{test['id']}.statistic") for test in tests]
    assert both[0] != pytest.approx(both[1])
    groups = [curve["group"] for curve in node_of(document)["curves"]]
    assert groups == ["no", "yes"]
    formula = node_of(document)["models"][1]["formula"]
    assert formula == "Surv(time, event) ~ mtx + strata(sex)"


def test_the_bootstrap_estimates_scores_anew(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, WEIGHTED + "bootstrap = { repeats = 30, seed = 4 }\n")
    key = "a.weighted.mtx_yes"
    low, ratio, high = numbers(document, key, "bootstrap_lower", "ratio", "bootstrap_upper")
    assert low < ratio < high
    assert document["values"][f"{key}.bootstrap_lower"]["n"] == 30
    other = run_bmt(tmp_path, WEIGHTED + "bootstrap = { repeats = 30, seed = 5 }\n")
    assert number(other, f"{key}.bootstrap_lower") != low
    assert f"{key}.bootstrap_lower" not in run_bmt(tmp_path, WEIGHTED)["values"]


def test_patients_without_covariates_are_listed(tmp_path: Path) -> None:
    text = (BMT / "bmt.csv").read_text(encoding="utf-8").splitlines()
    text[4] = text[4].replace(",", ",", 1)
    cells = text[4].split(",")
    cells[12] = ""
    text[4] = ",".join(cells)
    (tmp_path / "bmt.csv").write_text("\n".join(text), encoding="utf-8")
    head = BMT_HEAD.replace((BMT / "bmt.csv").as_posix(), "bmt.csv")
    document = run(tmp_path, f"{head}\n[[analyses]]\n{WEIGHTED}")
    node = node_of(document)
    assert [(row["line"], row["column"]) for row in node["left_out"]] == [(5, "z1")]
    assert "1 patient is left out (a covariate is missing)" in node["notes"][0]
    assert sum(numbers(document, "a", "no.n", "yes.n")) == 136


def test_covariates_that_tell_the_treatment_leave_the_rest_of_the_report(tmp_path: Path) -> None:
    failing = WEIGHTED.replace('"fab"', '"hospital"') + 'times = ["1 year"]\n'
    document = run_bmt(tmp_path, failing, WEIGHTED.replace('"a"', '"b"'))
    node, other = document["analyses"]
    assert node["failed"].startswith("the propensity score: ")
    assert "Hospital" in node["failed"]
    assert "nobody to be compared with" in node["failed"]
    assert any(note.startswith("The weighted comparison was not made: ") for note in node["notes"])
    assert (node["curves"], node["risk_table"], node["models"], node["balance"]) == (
        [],
        None,
        [],
        [],
    )
    assert numbers(document, "a", "no.n", "yes.n", "yes.events") == [97, 40, 26]
    for key in ("trimmed", "yes.effective_n", "no.t1y.estimate", "logrank.p_value"):
        assert missing(document, f"a.{key}") == node["failed"]
    assert other["failed"] is None
    assert number(document, "b.weighted.mtx_yes.ratio") > 0
    write_report(document, tmp_path / "report")
    page = (tmp_path / "report/report.html").read_text(encoding="utf-8")
    assert "The weighted comparison was not made: the propensity score" in page
    assert not list((tmp_path / "report/figures").glob("a*"))
    assert list((tmp_path / "report/figures").glob("b_love.svg"))


def test_one_treatment_only_is_a_mistake(tmp_path: Path) -> None:
    only = '[[population]]\nexclude = "z10 == 1"\nreason = "Methotrexate"\n'
    text = mistake(tmp_path, f"{BMT_HEAD}\n{only}\n[[analyses]]\n{WEIGHTED}")
    assert text == (
        "analysis 'a': the treatment 'mtx' has 1 levels among the patients analysed (No); two are"
        " compared. Put levels together in a column of the data, or exclude rows in"
        " [[population]]."
    )


def test_what_varies_nowhere_has_no_difference(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, WEIGHTED)
    assert all(row["smd_before"] is not None for row in node_of(document)["balance"])
    with pytest.raises(KeyError):
        missing(document, "a.balance.nothing.before")


def test_an_id_may_be_a_word_of_python(tmp_path: Path) -> None:
    head = BMT_HEAD.replace("[variables.mtx]", "[variables.class]")
    toml = f"{head}\n[[analyses]]\n{WEIGHTED.replace('mtx', 'class')}"
    assert number(run(tmp_path, toml), "a.weighted.class_yes.ratio") > 0


def test_a_heavy_row_is_named_by_its_line_and_record(tmp_path: Path) -> None:
    head = (
        '[study]\ntitle = "A"\n[data]\nfile = "data.csv"\nid = "pat"\ntime_unit = "days"\n'
        'origin = "transplant"\n[variables.x]\nlabel = "X"\n[variables.a]\nlabel = "Arm"\n'
        'levels = { 0 = "Old", 1 = "New" }\n[[endpoints]]\nid = "os"\nlabel = "OS"\ntime = "t"\n'
        'event = "d"\ncauses = { death = 1 }\n[[analyses]]\nid = "w"\nkind = "weighted"\n'
        'title = "W"\nendpoint = "os"\ntreatment = "a"\ncovariates = ["x"]\n'
    )
    rows = ["pat,t,d,a,x", "p0,5,1,0,"]
    rows += [f"p{k},{k},{k % 2},{int(k > 25)},{k % 5 + 2 * (k > 25)}" for k in range(1, 51)]
    rows[31] = "p30,30,1,1,-4"
    node = node_of(run(tmp_path, head, rows))
    found = [note for note in node["notes"] if "more than 10%" in note]
    assert found == [
        "Line 32 (p30) has more than 10% of the weight of the 25 patients of the group New: results"
        " rest on few; trim them."
    ]
