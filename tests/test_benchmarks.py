"""The benchmark command runs, and its comparison finds a difference where there is one."""

from __future__ import annotations

import importlib
import json
import math
import re
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


def run(*options, out=None):
    command = [sys.executable, str(FOLDER / "run.py"), "--repeats", "1", *options]
    command += [] if out is None else ["--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_command_prints_a_table_and_writes_json(tmp_path):
    out = tmp_path / "results.json"
    text = run("--sizes", "1e3", "--who", "atrisk,atrisk Cox,NumPy", out=out)
    found = json.loads(out.read_text(encoding="utf-8"))
    assert "ratio" in text
    assert {row["who"] for row in found["results"]} == {"atrisk", "atrisk Cox", "NumPy"}
    tasks = {row["task"] for row in found["results"]}
    assert tasks >= {"km_days", "logrank", "gray", "cox_50", "fine_gray", "concordance"}
    assert all(row["min_seconds"] > 0 for row in found["results"])
    assert {row["n"] for row in found["results"] if row["task"] == "bootstrap"} == {228}


def test_the_forms_of_a_few_patients_go_through_every_step(tmp_path, load):
    out = tmp_path / "forms.json"
    text = run("--only", "forms", "--sizes", "60", out=out)
    found = json.loads(out.read_text(encoding="utf-8"))
    steps = {row["step"]: row for row in found["results"]}
    assert steps.keys() >= load("forms_steps").STEPS.keys()
    assert found["varied"]
    assert "intake + checks + columns + endpoints" in text
    assert all(row["patients"] == 60 and row["cpu_seconds"] > 0 for row in steps.values())
    assert steps["polars"]["ratio"] > 0


def test_what_is_asked_of_the_forms_is_judged_at_its_size_alone(load, capsys):
    forms = load("forms")
    row = {"step": "together", "title": "all", "cpu_seconds": 61.0, "wall_seconds": 1.0}
    forms._told({**row, "patients": 100_000, "peak_bytes": 1e9}, {})
    forms._told({**row, "patients": 100_000, "cpu_seconds": 59.0, "peak_bytes": 3.9e9}, {})
    forms._told({**row, "patients": 20_000, "peak_bytes": 1e9}, {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("4 GB; not reached")
    assert lines[1].endswith("4 GB; reached")
    assert "asked" not in lines[2]


def test_a_whole_report_is_timed_with_its_files(load, tmp_path):
    report = load("whole_report")
    write = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.mkdir(); (p / 'a').touch()"
    found = report._timed([sys.executable, "-c", write], tmp_path / "out")
    assert found["files"] == 1
    assert found["wall_seconds"] > 0
    assert found["cpu_seconds"] > 0
    assert found["peak_bytes"] > 1e6
    with pytest.raises(RuntimeError, match="no such thing"):
        report._timed([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path)


def test_the_best_of_the_runs_is_told_with_what_is_asked(load, capsys):
    report = load("whole_report")
    one = {"wall_seconds": 9.0, "cpu_seconds": 12.0, "peak_bytes": 3e8, "files": 5}
    best = report._best([one, one | {"wall_seconds": 7.5, "peak_bytes": 4e8}])
    assert best == {"wall_seconds": 7.5, "cpu_seconds": 12.0, "peak_bytes": 4e8, "files": 5}
    assert report._told({"study": "bmt", "who": "atrisk", **best})["reached"]
    assert not report._told({"study": "bmt", "who": "atrisk", **one})["reached"]
    report._told({"study": "bmt", "who": "R", **one})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("asked: under 8 s; reached")
    assert lines[1].endswith("not reached")
    assert "asked" not in lines[2]


def test_r_is_given_the_columns_that_its_script_reads(load, tmp_path):
    report = load("whole_report")
    script = (FOLDER / "report.R").read_text(encoding="utf-8")
    head = report._patients("ino-hct", tmp_path).read_text(encoding="utf-8").splitlines()[0]
    columns = set(head.split(","))
    assert set(re.findall(r"cohort\$(\w+)", script)) - {"age10", "over_60", "matched"} <= columns
    assert {"os_time", "os_event", "ino_to_sos"} <= columns


def test_a_group_of_tasks_is_run_at_the_sizes_asked_for(load):
    tasks = load("tasks")
    names = load("run")._some_of({**tasks.GROUPS, "gray": ("gray",)})("regression,gray")
    assert names[-1] == "gray"
    assert "cox_10" in names
    assert "km_days" not in names
    assert tasks.TASKS["cox_10"].at(None) == (10**5, 10**6, 10**7)
    assert tasks.TASKS["cox_10"].at([500]) == (500,)
    assert tasks.TASKS["bootstrap"].at([500]) == (228,)


def test_each_program_may_have_its_own_limit(load):
    limits = load("cell").Limits(60.0, 5, load("run")._limits("lifelines=20,R coxph=90"))
    assert limits.of("lifelines").seconds == 20.0
    assert limits.of("R coxph").seconds == 90.0
    assert limits.of("atrisk").seconds == 60.0


def test_whoever_is_asked_to_do_a_task_can(load):
    """R's part is looked up in its text; the packages beside atrisk need not be installed."""
    tasks = load("tasks")
    script = (FOLDER / "peers.R").read_text(encoding="utf-8")
    for name, task in tasks.TASKS.items():
        assert task.who[0] == "atrisk"
        assert set(task.notes) | set(task.most_rows) <= set(task.who)
        for who in task.who:
            module = tasks.PEERS[who]
            text = script if module is None else _source(module)
            assert name in text, (who, name)


def _source(module):
    return (FOLDER / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")


def test_the_comparison_sees_what_differs(load):
    compare = load("compare")
    curve = tuple(np.array(v) for v in ([1.0, 2.0], [0.5, 0.25], [0.1, 0.2]))
    other = curve[0], np.array([0.5, 0.26]), curve[2]
    estimate, std_error = compare.differences([other], [curve], 1.0)
    np.testing.assert_allclose(estimate.absolute, 0.01, rtol=1e-12)
    np.testing.assert_allclose(estimate.relative, 0.04, rtol=1e-12)
    assert std_error.absolute == 0.0


def test_coefficients_are_compared_place_by_place_whatever_their_sign(load):
    compare = load("compare")
    places = np.arange(3)
    reference = places, np.array([-0.5, 0.0, 0.2]), np.array([0.1, 0.1, 0.1])
    found = places, np.array([-0.5, 0.001, 0.2]), np.array([0.1, 0.1, 0.11])
    estimate, std_error = compare.coefficient_differences([found], [reference])
    np.testing.assert_allclose([estimate.absolute, estimate.relative], [0.001, 0.002], rtol=1e-12)
    np.testing.assert_allclose([std_error.absolute, std_error.relative], [0.01, 0.1], rtol=1e-12)


@pytest.mark.parametrize("wrong", [[0.1, np.nan], [0.1, 0.2, 0.3]])
def test_missing_coefficients_are_infinitely_far(load, wrong):
    compare = load("compare")
    vector = tuple(np.array(v) for v in ([0, 1], [0.1, 0.2], [np.nan, np.nan]))
    other = np.arange(len(wrong)), np.array(wrong), np.full(len(wrong), np.nan)
    assert compare.coefficient_differences([other], [vector])[0].relative == math.inf


def test_no_standard_error_is_not_a_difference(load):
    compare = load("compare")
    vector = tuple(np.array(v) for v in ([0, 1], [0.1, 0.2], [0.3, 0.4]))
    without = (*vector[:2], np.full(2, np.nan))
    assert compare.coefficient_differences([without], [vector])[1] is compare.NOTHING


def test_covariates_are_the_same_whatever_else_is_drawn(load, tmp_path):
    columns = load("columns")
    columns.make(1000, tmp_path / "few", {3})
    columns.make(1000, tmp_path / "many", {3, 10, 50})
    few, many = columns.load(tmp_path / "few"), columns.load(tmp_path / "many")
    np.testing.assert_array_equal(few["x3"], many["x50"][:, :3])
    np.testing.assert_array_equal(few["model_days"], many["model_days"])
    assert many["x50"].shape == (1000, 50)
    assert columns.load(tmp_path / "many", 7)["x10"].shape == (7, 10)
    assert 0.4 < many["model_event"].mean() < 0.6
    assert set(np.unique(many["model_cause"])) == {0, 1, 2}


def test_a_promise_is_judged_by_the_fastest_program(load):
    contract, result = load("contract"), load("result")
    nothing = load("compare").NOTHING

    def row(who, ratio, task="cox_10"):
        return result.Result(
            task=task, title="Cox", who=who, n=10**6, skipped=None, runs=1, min_seconds=1.0,
            median_seconds=1.0, ratio=ratio, median_ratio=ratio, peak_bytes=None, reference=None,
            estimate=nothing, std_error=nothing, note=None,
        )  # fmt: skip

    found = list(
        contract.kept(
            [
                row("coxstream", 2.5),
                row("R coxph", 30.0),
                row("R survival", 9.0, "concordance"),
                row("atrisk Cox", 0.8, "cox_cluster"),
                row("atrisk Cox", 0.25, "fine_gray"),
                row("statsmodels", 13.0, "km_days"),
                row("lifelines", 11.0, "km_days"),
            ]
        )
    )
    verdicts = {(one.who, one.promised): (one.reached, one.kept) for one in found}
    assert verdicts == {
        ("coxstream", 3): (2.5, False),
        ("R coxph", 20): (30.0, True),
        ("R survival", 8): (9.0, True),
        ("atrisk Cox", 1.5): (1.25, True),
        ("atrisk Cox", 3): (4.0, False),
        ("lifelines", 8): (11.0, True),
    }
    assert contract.report(found).count("not reached") == 2


def test_what_does_not_fit_in_memory_is_left_out_with_the_reason(load, monkeypatch, tmp_path):
    suite, cell = load("suite"), load("cell")
    monkeypatch.setattr(suite.machine, "free_bytes", lambda: 3e9)
    whole = suite.Suite(tmp_path, cell.Limits(60.0, 1), ["atrisk", "coxstream"])
    whole._peaks[("cox_50", "coxstream")] = {10**5: 1e9}
    timings = {"atrisk": cell.Timing(), "coxstream": cell.Timing()}
    reasons = whole._too_large("cox_50", 10**6, timings)
    assert reasons == {"coxstream": "about 11 GB expected, 3 free"}
