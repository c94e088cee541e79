"""Pools of counts drawn afresh against metafor and lme4, where R is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from atrisk.estimators.pool_proportions import pool_proportions
from live_r import draw_seed, replay

SCRIPT = Path(__file__).resolve().parents[1] / "reference" / "live_pooling.R"
PACKAGES = "c('metafor', 'lme4', 'jsonlite')"
CI = {"reml": "z", "dl": "z", "pm": "knapp-hartung", "ml": "z"}


def reason_to_skip():
    if shutil.which("Rscript") is None:
        return "Rscript is not on the PATH"
    code = f"cat(setdiff({PACKAGES}, rownames(installed.packages())))"
    run = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    return f"R packages are missing: {run.stdout}" if run.stdout.strip() or run.returncode else None


def drawn(seed):
    """Twelve to thirty studies that differ, with a dose, some of them small."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(12, 31))
    dose = np.round(rng.uniform(0.5, 3.0, k), 2)
    total = rng.integers(4, 120, k)
    logit = -1.0 + 0.4 * dose + rng.normal(0.0, 0.8, k)
    return {"events": rng.binomial(total, 1 / (1 + np.exp(-logit))), "total": total, "dose": dose}


def test_fresh_counts_are_pooled_as_r_pools_them(tmp_path):
    if reason := reason_to_skip():
        pytest.skip(reason)
    seed = draw_seed()
    data = drawn(seed)
    pl.DataFrame(data).write_csv(tmp_path / "counts.csv")
    command = ["Rscript", str(SCRIPT), str(tmp_path / "counts.csv"), str(tmp_path / "told.json")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert run.returncode == 0, run.stderr
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    pooled = {"moderators": {"dose": data["dose"]}}
    for rule, ci in CI.items():
        found = pool_proportions(
            data["events"], data["total"], method="logit", tau2=rule, ci=ci, **pooled
        )
        for name, wanted in told[rule].items():
            # metafor's scoring stops when tau2 moves by less than 1e-14; near 0 it is absolute
            np.testing.assert_allclose(
                getattr(found, name), wanted, rtol=1e-7, atol=1e-9, err_msg=f"{name} {replay(seed)}"
            )
    found = pool_proportions(data["events"], data["total"], **pooled)
    # lme4's optimiser has no derivatives
    np.testing.assert_allclose(
        found.coefficients, told["glmm"]["coefficients"], rtol=1e-5, atol=1e-6, err_msg=replay(seed)
    )
    assert found.tau2 == pytest.approx(told["glmm"]["tau2"], rel=1e-4, abs=1e-6), replay(seed)
