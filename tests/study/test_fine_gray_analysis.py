"""Analyses of kind ``fine_gray``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from study_kit import BMT, BMT_HEAD, number, numbers, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

FINE_GRAY = (
    'id = "a"\nkind = "fine_gray"\ntitle = "Relapse"\nendpoint = "relapse_or_nrm"\n'
    'cause = "relapse"\nvariables = ["group", "fab"]\n'
)


def test_the_other_cause_has_other_ratios(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, FINE_GRAY)
    other = run_bmt(tmp_path, FINE_GRAY.replace('cause = "relapse"', 'cause = "nrm"'))
    assert number(document, "a.multivariable.events") == 42
    assert number(other, "a.multivariable.events") == 41
    assert [number(other, f"a.overall.{name}") for name in ("competing", "censored")] == [42, 54]
    assert other["analyses"][0]["cause"] == {"id": "nrm", "label": "Non-relapse mortality"}
    model = other["analyses"][0]["models"][1]
    assert model["measure"] == {"name": "Subdistribution hazard ratio", "short": "SHR"}
    key = "a.multivariable.fab_aml_m4_or_m5.ratio"
    assert number(document, key) > 1.5 > number(other, key)
    assert other["values"][key]["unit"] == "subdistribution hazard ratio"
    # a pseudo-likelihood has no likelihood-ratio test
    assert "a.multivariable.overall.wald.p_value" in document["values"]
    assert "a.multivariable.overall.likelihood_ratio.p_value" not in document["values"]


@pytest.mark.parametrize("option", ["censoring_strata", "strata", "cluster"])
def test_an_option_reaches_the_model(tmp_path: Path, option: str) -> None:
    value = "z9" if option == "cluster" else "hospital"
    document = run_bmt(tmp_path, f'{FINE_GRAY}{option} = "{value}"\n')
    plain = run_bmt(tmp_path, FINE_GRAY)
    key = "a.multivariable.group_aml_low_risk"
    found, known = (np.array(numbers(d, key, "estimate", "std_error")) for d in (document, plain))
    assert (found[0] == known[0]) == (option == "cluster")
    assert found[1] != known[1]
    node = document["analyses"][0]
    hospital = [{"id": "hospital", "label": "Hospital"}]
    assert node["censoring_strata"] == (hospital if option == "censoring_strata" else [])
    assert node["strata"] == (hospital if option == "strata" else [])
    assert node["cluster"] == ("z9" if option == "cluster" else None)


def test_the_level_of_the_intervals_and_the_lists(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, FINE_GRAY + "conf_level = 0.5\nunivariable = false\n")
    (model,) = document["analyses"][0]["models"]
    assert (model["id"], model["conf_level"]) == ("multivariable", 0.5)
    ratio, low = numbers(document, "a.multivariable.fab_aml_m4_or_m5", "ratio", "lower")
    error = number(document, "a.multivariable.fab_aml_m4_or_m5.std_error")
    assert np.log(ratio / low) == pytest.approx(0.6744897501960817 * error, rel=1e-9)


def test_who_lacks_a_stratum_of_censoring_is_listed(tmp_path: Path) -> None:
    text = (BMT / "bmt.csv").read_text(encoding="utf-8").splitlines()
    cells = text[3].split(",")
    cells[20] = ""
    text[3] = ",".join(cells)
    (tmp_path / "bmt.csv").write_text("\n".join(text), encoding="utf-8")
    head = BMT_HEAD.replace((BMT / "bmt.csv").as_posix(), "bmt.csv")
    toml = f'{head}\n[[analyses]]\n{FINE_GRAY}censoring_strata = "hospital"\n'
    document = run(tmp_path, toml)
    assert number(document, "a.multivariable.n") == 136
    left_out = document["analyses"][0]["left_out"]
    assert [(row["line"], row["column"]) for row in left_out] == [(4, "z9")]


def test_notes_name_the_strata_of_censoring(tmp_path: Path) -> None:
    other = FINE_GRAY.replace('cause = "relapse"', 'cause = "nrm"')
    document = run_bmt(tmp_path, f'{other}censoring_strata = "hospital"\n')
    expected = [
        "Censoring stratum Alfred is followed up to 1631: its 4 rows with a competing event leave"
        " the risk set there.",
        "Censoring stratum St. Vincent is followed up to 1850: its 9 rows with a competing event"
        " leave the risk set there.",
    ]
    for model in document["analyses"][0]["models"]:
        assert model["notes"] == expected
