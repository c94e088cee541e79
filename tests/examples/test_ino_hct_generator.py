"""The generator writes what is committed, byte for byte, and large cohorts for tests of speed."""

from __future__ import annotations

import csv
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from atrisk.study import plan_study, read_source, read_study, run_study

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = ("records", "records-raw", "mappings", "blemishes.csv")


def _run(example: Path, *options: str) -> None:
    subprocess.run([sys.executable, str(example / "make_records.py"), *options], check=True)


def _files(folder: Path) -> dict[str, bytes]:
    found = [path for name in WRITTEN for path in [folder / name, *(folder / name).rglob("*")]]
    return {str(p.relative_to(folder)): p.read_bytes() for p in found if p.is_file()}


def test_the_files_are_those_that_the_generator_writes(example, tmp_path):
    _run(example, "--out", str(tmp_path))
    made, committed = _files(tmp_path), _files(example)
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_a_large_cohort_passes_the_checks_and_has_no_patient_twice(example, tmp_path):
    from atrisk.study.checks.study import check_study

    _run(example, "--patients", "300", "--out", str(tmp_path))
    found = check_study(read_study(tmp_path))
    assert sum(centre["patients"] for centre in found["centres"]) == 300
    assert found["queries"] == []


def test_the_study_of_a_large_cohort_is_about_many(example, tmp_path):
    """What shows single patients, or is beside the numbers of 58, is left out; the rest runs."""
    _run(example, "--patients", "116", "--out", str(tmp_path))
    request = read_study(tmp_path)
    few = {"swimmer", "trajectories", "dose_event", "listing", "published", "compare"}
    whole = read_study(example / "study.toml").study
    assert few <= {asked.kind for asked in whole.analyses}
    assert [asked.id for asked in request.study.analyses] == [
        asked.id for asked in whole.analyses if asked.kind not in few
    ]
    assert whole.answers
    assert not request.study.answers
    source = read_source(request)
    document = run_study(plan_study(request, source.names, source))
    assert document["population"]["rows_used"] == 116


def test_a_varied_cohort_passes_the_checks_with_entries_of_its_own(example, tmp_path):
    from atrisk.study.checks.study import check_study

    _run(example, "--patients", "580", "--varied", "--out", str(tmp_path))
    found = check_study(read_study(tmp_path))
    assert found["queries"] == []
    column = {name: _entries(tmp_path, *name) for name in (
        ("baseline", "weight_kg"), ("baseline", "hb"), ("transplant", "hct_regimen"),
    )}  # fmt: skip
    assert all(len(set(entries)) > 0.75 * len(entries) for entries in column.values())
    assert len(set(_entries(tmp_path, "disease", "kary_dx"))) > 200
    again = tmp_path / "again"
    _run(example, "--patients", "580", "--varied", "--out", str(again))
    for file in (tmp_path / "records").iterdir():
        assert (again / "records" / file.name).read_bytes() == file.read_bytes()


def _entries(folder, form, field):
    with (folder / "records" / f"{form}.csv").open(encoding="utf-8", newline="") as file:
        return [row[field] for row in csv.DictReader(file)]


def test_a_large_cohort_says_how_many_patients_it_can_have(example, tmp_path):
    asked = [sys.executable, str(example / "make_records.py"), "--patients", "2000000"]
    ended = subprocess.run([*asked, "--out", str(tmp_path)], check=False, capture_output=True)
    assert ended.returncode == 1
    assert b"at most 1740000 patients" in ended.stderr


def test_everything_says_that_it_is_synthetic(example):
    assert read_study(example / "study.toml").study.study.synthetic
    assert read_study(example / "raw.toml").study.study.synthetic
    for name in ("README.md", "study.toml", "raw.toml", "make_records.py"):
        head = (example / name).read_text(encoding="utf-8")[:700].lower()
        assert "synthetic" in head, name
    for mapping in (example / "mappings").iterdir():
        assert "Synthetic" in mapping.read_text(encoding="utf-8").splitlines()[0]
    raw = example / "records-raw"
    binary = [raw / "c05" / "forms.xlsx", *(raw / "c06").iterdir(), raw / "c07" / "forms.sqlite"]
    for made in binary:
        assert b"Synthetic" in made.read_bytes(), made.name
    for folder in (example / "records", raw):  # a CSV has no place for it
        assert (folder / "README.md").read_text(encoding="utf-8").startswith("# Synthetic")


@pytest.mark.usefixtures("generator")
def test_the_statistics_of_the_search_are_those_of_atrisk():
    from ino_records import survival_statistics as fast

    from atrisk import Histories, cox, cumulative_incidence, kaplan_meier

    rng = np.random.default_rng(3)
    frame: dict[str, Any] = {
        "time": np.ceil(rng.exponential(30, 80) * 10),
        "cause": rng.integers(0, 3, 80),
        "a": rng.normal(size=80),
        "b": rng.integers(0, 2, 80).astype(float),
    }
    frame["dead"] = (frame["cause"] > 0).astype(int)
    words = {"unit": "days", "origin": "start"}
    one = Histories.from_arrays(frame["time"], frame["dead"], **words)
    causes = {"x": 1, "y": 2}
    two = Histories.from_arrays(frame["time"], frame["cause"], causes=causes, **words)

    times, curve = fast.kaplan_meier(frame["time"], frame["dead"] > 0)
    read = kaplan_meier(one).at([200]).to_frame()
    for column, name in ((1, "estimate"), (2, "lower"), (3, "upper")):
        assert fast.value_at(times, curve[:, column], 200) == pytest.approx(read[name][0])
    half = kaplan_meier(one).median().to_frame()
    assert fast.first_at_or_below(times, curve[:, 0], curve[:, 1]) == half["estimate"][0]

    read = cumulative_incidence(two, variance="delta").at([200]).to_frame()
    share, error = fast.incidence(frame["time"], frame["cause"], 2, 200)
    assert (share, error) == pytest.approx((read["estimate"][1], read["std_error"][1]))

    table = pl.DataFrame(frame)
    fit = cox("Surv(time, dead) ~ a + b", table, ties="breslow", **words).to_frame()
    # a tied time must not split: the search knows no ties
    x = np.column_stack([frame["a"], frame["b"]])
    order = np.argsort(frame["time"], kind="stable")
    apart = frame["time"] + np.argsort(order) * 1e-6
    beta, errors = fast.cox(apart, frame["dead"] > 0, x, np.zeros(2), steps=12)
    assert beta == pytest.approx(np.array(fit["estimate"]), abs=0.02)
    assert errors == pytest.approx(np.array(fit["std_error"]), abs=0.01)


def test_every_outcome_of_the_search_is_within_the_counts_of_the_paper(example):
    path = example / "ino_records" / "outcomes.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    ends = [row["end"] for row in rows]
    assert [
        ends.count(end) for end in ("sos", "nrm", "relapse_dead", "relapse_alive", "alive")
    ] == [
        9,
        12,
        15,
        5,
        17,
    ]


@pytest.mark.usefixtures("generator")
def test_the_search_begins_with_the_schedule_of_the_outcomes(example):
    """What the search does not move is what the outcomes have; what it begins with is possible."""
    from ino_records import search

    path = example / "ino_records" / "outcomes.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    plan = search.schedule()
    assert [row["transplant"] for row in rows] == [str(int(day)) for day in plan.transplant]
    assert [row["last_infusion"] for row in rows] == [str(int(day)) for day in plan.last]
    least, cohort = search.anneal(plan, 2, 200)
    assert search.possible(plan, cohort)
    assert least < search.distance(plan, search.begin(plan, np.random.default_rng(2)))
