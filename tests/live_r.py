"""R, where it is installed, on data drawn fresh each time."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACKAGES = ("survival", "cmprsk", "prodlim", "jsonlite")
SEED_VARIABLE = "ATRISK_LIVE_SEED"
_PATIENCE = 180  # seconds; a run takes about 2
_SCRIPT = Path(__file__).parent / "reference" / "live.R"


def reason_to_skip() -> str | None:
    """Say what is missing for a live comparison; None if nothing is."""
    if shutil.which("Rscript") is None:
        return "Rscript is not on the PATH"
    code = f"cat(setdiff(c{PACKAGES!r}, rownames(installed.packages())))"
    run = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return f"Rscript does not run: {run.stderr.strip()}"
    return f"R packages are missing: {run.stdout.strip()}" if run.stdout.strip() else None


def draw_seed() -> int:
    """Draw a seed from entropy, or take the one to be replayed from the environment."""
    given = os.environ.get(SEED_VARIABLE)
    return int(given) if given else secrets.randbits(32)


def replay(seed: int) -> str:
    """Tell how to see the same data again; belongs in every assertion message."""
    return f"fresh data of seed {seed}: set {SEED_VARIABLE}={seed} to replay"


def fresh(seed: int, spans: tuple[int, ...] = (12, 40, 400)) -> pl.DataFrame:
    """Draw rows with ties, fractional weights, entries, strata and two rows a subject.

    Times are up to one of the spans. Each group holds every cause at least twice, so that every
    test is defined.
    """
    rng = np.random.default_rng(seed)
    while True:
        frame = _drawn(rng, spans)
        seen = frame.group_by("group", "cause").len()
        if seen.height == frame["group"].n_unique() * 4 and seen["len"].min() >= 2:
            return frame


def _drawn(rng: np.random.Generator, spans: tuple[int, ...]) -> pl.DataFrame:
    n = 2 * int(rng.integers(40, 80))
    span = int(rng.choice(spans))
    unit = float(rng.choice([1.0, 10.0]))
    exit_ = rng.integers(2, span, n)
    entry = np.where(rng.random(n) < 0.5, 0, np.maximum(0, exit_ - rng.integers(1, span, n)))
    return pl.DataFrame(
        {
            "subject": np.tile(np.arange(n // 2), 2),
            "group": rng.choice(list("abcd")[: int(rng.integers(2, 5))], n),
            "stratum": rng.integers(1, 4, n),
            "entry": entry / unit,
            "exit": exit_ / unit,
            "cause": rng.choice(4, n, p=[0.3, 0.3, 0.2, 0.2]),
            "weight": np.round(rng.uniform(0.1, 3.0, n), 2),
            "copies": rng.integers(1, 4, n),
        }
    )


def answers(
    cases: Sequence[dict[str, Any]], frames: Mapping[str, pl.DataFrame], folder: Path
) -> list[dict[str, Any]]:
    """Let R answer the cases, each on the frame that its ``data`` names.

    Returns one {"case": ..., "values": ...} a case, as `reference/make.R` stores them.
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
