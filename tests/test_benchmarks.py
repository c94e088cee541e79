"""The benchmark command runs, and its comparison finds a difference where there is one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "benchmarks"


def load(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_command_prints_a_table_and_writes_json(tmp_path):
    out = tmp_path / "results.json"
    command = [sys.executable, str(FOLDER / "run.py"), "--sizes", "1e3", "--who", "atrisk"]
    run = subprocess.run(
        [*command, "--repeats", "1", "--out", str(out)], capture_output=True, text=True, check=True
    )
    found = json.loads(out.read_text(encoding="utf-8"))
    assert "ratio" in run.stdout
    assert {row["who"] for row in found["results"]} == {"atrisk"}
    assert {row["task"] for row in found["results"]} >= {"km_days", "logrank", "gray"}
    assert all(row["min_seconds"] > 0 for row in found["results"])


def test_the_comparison_sees_what_differs():
    compare = load("compare")
    curve = tuple(np.array(v) for v in ([1.0, 2.0], [0.5, 0.25], [0.1, 0.2]))
    other = curve[0], np.array([0.5, 0.26]), curve[2]
    estimate, std_error = compare.differences([other], [curve], 1.0)
    np.testing.assert_allclose(estimate.absolute, 0.01, rtol=1e-12)
    np.testing.assert_allclose(estimate.relative, 0.04, rtol=1e-12)
    assert std_error.absolute == 0.0
