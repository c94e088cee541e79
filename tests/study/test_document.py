"""The results document as a whole: the contract with the report, order, and the example."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.study import json_schema, run_study
from atrisk.study.analyses import KINDS
from study_kit import BMT, MINIMAL, number, plan, run

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_json_without_nan(bmt: dict[str, Any]) -> None:
    assert json.loads(json.dumps(bmt, allow_nan=False)) == bmt


def test_running_twice_gives_the_same_text(bmt: dict[str, Any]) -> None:
    again = run_study(plan(BMT / "study.toml"))
    assert json.dumps(again) == json.dumps(bmt)


def test_keys_follow_the_grammar(bmt: dict[str, Any]) -> None:
    assert len(bmt["values"]) > 500
    for key in bmt["values"]:
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", key)
        # "study" holds the numbers of guard rails of the whole study
        assert key.split(".")[0] in {"study", *(analysis["id"] for analysis in bmt["analyses"])}


def test_every_entry_has_a_unit_and_every_null_a_reason(bmt: dict[str, Any]) -> None:
    for key, entry in bmt["values"].items():
        assert set(entry) >= {"value", "unit", "method", "n"}, key
        assert (entry["value"] is None) == ("missing" in entry), key
        if entry["unit"] == "days" and entry["value"] is not None and "waiting" not in key:
            shown = entry["display"]
            assert shown == {"value": entry["value"] / 365.25, "unit": "years"}, key


def test_the_head_of_the_document(bmt: dict[str, Any]) -> None:
    assert bmt["schema"] == "atrisk-results/1"
    assert set(bmt["software"]) == {"atrisk", "python", "numpy"}
    study = bmt["study"]
    assert study["time_unit"] == "days"
    assert study["report_unit"] == "years"
    assert study["units_per_report_unit"] == 365.25
    assert study["origin"] == "transplant"
    assert study["synthetic"] is False
    assert study["data_file"] == "bmt.csv"
    assert re.fullmatch(r"[0-9a-f]{64}", study["sha256"])
    assert study["disclaimer"] == "Research software, not a medical device."
    assert bmt["population"]["rows_in"] == bmt["population"]["rows_used"] == 137


# R 4.2.2, survival 3.5-3, cmprsk 2.2-11, prodlim 2019.11.13:
# summary(survfit(Surv(t1, d1) ~ group), times = 365.25 * c(1, 2, 5)); survdiff with strata(z9);
# cuminc(t2, event, group); quantile(prodlim(Hist(t1, d1) ~ 1, reverse = TRUE), 0.5)
R_VALUES = {
    "os.all.t1y.estimate": 0.59962406,
    "os.all.t1y.std_error": 0.080240429,
    "os.all.t1y.lower": 0.46128895,
    "os.all.t1y.upper": 0.77944423,
    "os.aml_low_risk.t2y.estimate": 0.64814815,
    "os.aml_high_risk.t5y.std_error": 0.064915266,
    "os.aml_high_risk.t5y.at_risk": 6,
    "os.all.median.estimate": 466,
    "os.all.median.lower": 276,
    "os.aml_low_risk.median.estimate": 2204,
    "os.aml_low_risk.median.lower": 1074,
    "os.aml_high_risk.median.estimate": 265,
    "os.aml_high_risk.median.upper": 547,
    "os.aml_low_risk.events": 23,
    "os.logrank.statistic": 15.2197635970401,
    "os.logrank_stratified.statistic": 11.4275904990914,
    "os.overall.follow_up.estimate": 1499,
    "os.overall.follow_up.lower": 1377,
    "os.overall.follow_up.upper": 1674,
    "os.aml_low_risk.follow_up.lower": 1447,
    "os.aml_low_risk.follow_up.upper": 1829,
    "incidence.gray.relapse.statistic": 11.92288204859,
    "incidence.gray.relapse.p_value": 0.00257619693356,
    "incidence.gray.nrm.statistic": 0.13741078327,
}


@pytest.mark.parametrize(("key", "expected"), R_VALUES.items(), ids=R_VALUES)
def test_the_example_gives_what_r_prints(bmt: dict[str, Any], key: str, expected: float) -> None:
    # R printed 8 digits or more
    assert number(bmt, key) == pytest.approx(expected, rel=2e-8)


def test_incidences_and_survival_add_up_to_1(bmt: dict[str, Any]) -> None:
    for group in ("all", "aml_low_risk", "aml_high_risk", "overall"):
        parts = [
            number(bmt, f"incidence.relapse.{group}.t2y.estimate"),
            number(bmt, f"incidence.nrm.{group}.t2y.estimate"),
            number(bmt, f"dfs.{group}.t2y.estimate"),
        ]
        np.testing.assert_allclose(sum(parts), 1.0, rtol=1e-12)


def test_progress_is_told_step_by_step(bmt_steps: list[str]) -> None:
    assert bmt_steps == [
        "Reading bmt.csv",
        "Patient characteristics",
        "Course of each patient with ALL",
        "Overall survival",
        "Disease-free survival",
        "Relapse and non-relapse mortality",
        "Prognostic factors for disease-free survival",
        "Prognostic factors for relapse",
        "GVHD and platelet recovery",
        "Chronic GVHD by landmarks",
    ]


def test_a_synthetic_study_says_so(tmp_path: Path) -> None:
    toml = (BMT / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace("[study]", '[study]\nsynthetic = true\nversion = "2024-06"')
    toml = toml.replace('"bmt.csv"', f'"{(BMT / "bmt.csv").as_posix()}"')
    study = run(tmp_path, toml)["study"]
    assert study["synthetic"] is True
    assert study["version"] == "2024-06"


def test_naming_the_version_changes_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, f'schema = "atrisk-study/1"\n{MINIMAL}') == run(tmp_path, MINIMAL)


def test_the_schema_is_one_that_editors_read() -> None:
    schema = json_schema()
    assert schema["title"] == "atrisk study.toml, version 1"
    assert schema["additionalProperties"] is False
    tables = {"study", "data", "variables", "population", "endpoints", "analyses"}
    tables |= {"forms", "derived", "adam", "report", "answers", "abbreviations"}
    assert set(schema["properties"]) == {"schema"} | tables
    assert schema["properties"]["schema"]["const"] == "atrisk-study/1"
    assert "schema" not in schema["required"]
    kinds = schema["properties"]["analyses"]["items"]["discriminator"]["mapping"]
    assert set(kinds) == set(KINDS)
