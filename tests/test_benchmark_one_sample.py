"""The benchmark of the one-sample test: its table in the docs is what the command prints."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from atrisk import kaplan_meier

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def bench():
    return runpy.run_path(str(ROOT / "benchmarks" / "one_sample_error.py"))


def test_its_smallest_reference_stands_in_the_docs_as_measured(bench):
    counted, naive = bench["errors"](58)
    page = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    assert f"| 58 | {100 * counted:.1f}% | {100 * naive:.1f}% |" in page
    assert counted < 0.07
    assert naive > 0.15


def test_patients_are_drawn_with_the_median_that_is_said(bench):
    cohort = bench["drawn"](np.random.default_rng(3), 4000)
    assert kaplan_meier(cohort).median().columns()["estimate"][0] == pytest.approx(12.0, rel=0.05)
    assert (len(cohort), cohort.grid.unit) == (4000, "months")
    assert bench["errors"](58, repeats=5, seed=2) == bench["errors"](58, repeats=5, seed=2)
