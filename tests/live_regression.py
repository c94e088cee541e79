"""R's regressions, where R is installed, on data drawn fresh each time."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACKAGES = ("survival", "cmprsk", "rms", "brglm2", "jsonlite")
_PATIENCE = 300  # seconds; a run takes about 4
_SCRIPT = Path(__file__).parent / "reference" / "live_regression.R"


def reason_to_skip() -> str | None:
    """Say what is missing for a live comparison; None if nothing is."""
    if shutil.which("Rscript") is None:
        return "Rscript is not on the PATH"
    code = f"cat(setdiff(c{PACKAGES!r}, rownames(installed.packages())))"
    run = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return f"Rscript does not run: {run.stderr.strip()}"
    return f"R packages are missing: {run.stdout.strip()}" if run.stdout.strip() else None


def fresh(seed: int) -> pl.DataFrame:
    """Draw rows as those of `data/trial.csv`, with ties, entries, strata, weights and clusters.

    Every level of a factor has at least five events, so that every estimate is finite.
    """
    rng = np.random.default_rng(seed)
    while True:
        frame = _drawn(rng)
        seen = [
            frame.filter(pl.col(outcome) == code).group_by(factor).len()
            for outcome, code in (("cause", 1), ("cause", 2), ("response", 1), ("response", 0))
            for factor in ("arm", "stage", "site")
        ]
        levels = [2, 3, 3] * 4
        if all(s.height == k and s["len"].min() >= 5 for s, k in zip(seen, levels, strict=True)):
            return frame


def _drawn(rng: np.random.Generator) -> pl.DataFrame:
    n = 2 * int(rng.integers(60, 110))
    unit = float(rng.choice([1.0, 10.0]))
    x = np.round(rng.normal(size=n), 3)
    dose = rng.integers(0, 5, n)
    arm, stage = rng.choice(["control", "treated"], n), rng.choice(["i", "ii", "iii"], n)
    shift = np.round(rng.uniform(-0.5, 0.5, n), 2)
    slopes = rng.normal(scale=0.4, size=4)
    eta = slopes @ np.array([x, dose / 2, stage == "iii", arm == "treated"]) + shift
    span = int(rng.choice([15, 40, 300]))
    exit_ = np.ceil(rng.exponential(span / 2 * np.exp(-eta))).clip(2, span)
    entry = np.where(rng.random(n) < 0.5, 0, np.floor(rng.uniform(0, 0.6, n) * (exit_ - 1)))
    return pl.DataFrame(
        {
            "id": np.tile(np.arange(n // 2), 2),
            "site": rng.choice(["north", "south", "west"], n),
            "entry": entry / unit,
            "exit": exit_ / unit,
            "cause": (cause := rng.choice(3, n, p=[0.25, 0.45, 0.3])),
            "event": (cause == 1).astype(int),
            "x": x,
            "dose": dose,
            "arm": arm,
            "stage": stage,
            "shift": shift,
            "weight": np.round(rng.uniform(0.2, 2.5, n), 2),
            "copies": rng.integers(1, 4, n),
            "response": (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int),
        }
    )


def answers(
    cases: Sequence[dict[str, Any]], frames: Mapping[str, pl.DataFrame], folder: Path
) -> list[dict[str, Any]]:
    """Let R answer the cases, each on the frame that its ``data`` names.

    Returns one {"case": ..., "values": ...} a case, as `reference/make_regression.R` stores them.
    """
    asked, told = folder / "cases.json", folder / "answers.json"
    asked.write_text(json.dumps(cases), encoding="utf-8")
    for name, frame in frames.items():
        frame.write_csv(folder / f"{name}.csv")
    command = ["Rscript", str(_SCRIPT), str(asked), str(folder), str(told)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    if run.returncode != 0:
        raise RuntimeError(f"R failed on these cases:\n{run.stderr}")
    return json.loads(told.read_text(encoding="utf-8"))["cases"]
