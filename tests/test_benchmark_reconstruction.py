"""The benchmark of reconstructions: its truth by hand, its figures read back, its table."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    """Import modules of the benchmarks as they import one another."""
    monkeypatch.syspath_prepend(str(FOLDER))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(FOLDER):
            del sys.modules[name]


def test_the_truth_by_hand(load):
    cases = load("reconstruction_cases")
    time, event = np.array([2.0, 2, 3, 5]), np.array([True, False, True, False])
    assert cases.survival(time, event, np.array([1, 2, 3, 9])) == pytest.approx(
        [1, 3 / 4, 3 / 8, 3 / 8]
    )
    assert cases.median(time, event) == 3
    assert cases.median(time, event & (time < 3)) == np.inf
    assert cases.at_risk(time, (0.0, 2.0, 3.0, 6.0)) == (4, 4, 2, 0)


@pytest.mark.parametrize(
    ("name", "patients", "events"),
    [
        ("veteran", (69, 68), (64, 64)),
        ("lung", (138, 90), (112, 53)),
        ("colon", (315, 304), (168, 123)),
        ("myeloid", (317, 329), (171, 149)),
        ("bmt", (45, 54, 38), (34, 25, 24)),
    ],
)
def test_the_patients_are_those_of_the_published_sets(load, name, patients, events):
    case = load("reconstruction_cases").CASES[name]()
    assert tuple(group.time.size for group in case.groups) == patients
    assert tuple(int(group.event.sum()) for group in case.groups) == events


@pytest.mark.parametrize("name", ["lung", "myeloid"])
def test_every_censor_mark_and_every_value_is_read_back(load, name, tmp_path):
    case = load("reconstruction_cases").CASES[name]()
    read = load("reconstruction_figures").curves_of(case, "matplotlib", tmp_path)
    survival = load("reconstruction_cases").survival
    for group, (curve, marks) in zip(case.groups, read, strict=True):
        assert marks == pytest.approx(np.unique(group.time[~group.event]), abs=1e-4)
        levels = np.append(1.0, survival(group.time, group.event, np.unique(group.time)))
        off = np.abs(curve.value[:, None] - levels).min(axis=1)
        assert off.max() <= curve.precision_value


def test_rows_hold_both_methods_and_a_refusal_has_no_errors(load):
    benchmark = load("reconstruction")
    rows = list(benchmark.run(["bmt"], ["matplotlib", "rounded"], ["n", "nothing"]))
    assert [(row["source"], row["given"]) for row in rows] == [
        ("matplotlib", "n"), ("matplotlib", "nothing"), ("rounded", "n"), ("rounded", "nothing"),
    ]  # fmt: skip
    assert rows[0]["atrisk"]["events"] <= rows[0]["Guyot"]["events"]
    assert rows[0]["atrisk"]["landmark"] < 1e-6
    assert "events" not in rows[3]["Guyot"]
    assert "events off" in benchmark.summary(rows)


def test_the_errors_are_measured(load):
    benchmark, cases = load("reconstruction"), load("reconstruction_cases")
    case = cases.CASES["bmt"]()
    same = [load("reconstruction").PseudoRows(group.time, group.event) for group in case.groups]
    errors = benchmark._errors(case, same)
    assert errors == {"events": 0, "landmark": 0, "median": 0, "log_hr": 0, "std_error": 1}
    lost = [benchmark.PseudoRows(one.time, one.event & (one.time > 100)) for one in same]
    assert benchmark._errors(case, lost)["events"] > 0
    assert benchmark._errors(case, lost)["landmark"] > 0


def test_the_command_prints_one_table(tmp_path):
    command = [sys.executable, str(FOLDER / "reconstruction.py"), "--only", "bmt"]
    command += ["--sources", "matplotlib", "--given", "n", "--markdown", "--out", "out.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("| case")
    assert lines[2].startswith("| bmt")
    assert "/ Guyot" in done.stdout
    assert (tmp_path / "out.json").exists()
