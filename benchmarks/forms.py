"""Forms of many patients through intake, checks, clinical columns, endpoints and results.

Each step runs once in a process of its own; what it needs from the steps before is made there
first and not timed. The peak is all that the process held, what was made before included.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forms_steps import PEERS, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["QUICK", "SIZE", "run"]

SIZE, QUICK = 100_000, 20_000
#: What is asked of us: intake, checks and endpoints of 100,000 patients.
TARGET_PATIENTS, TARGET_SECONDS, TARGET_BYTES = 100_000, 60.0, 4e9
_ROOT = Path(__file__).resolve().parents[1]
_MAKE = _ROOT / "examples" / "ino-hct" / "make_records.py"
_HEAD = f"{'step':40} {'patients':>9} {'CPU s':>8} {'wall s':>8} {'peak GB':>8}  ratio"
#: What a peer is compared with, by CPU time.
_BESIDE = {"pandas": "intake", "polars": "intake", "R": "one"}
_TITLES = {"intake": "intake", "one": "intake of that form"}


def run(sizes: Sequence[int], *, varied: bool = True) -> Iterator[dict[str, Any]]:
    """Print the table for each number of patients, and give its rows."""
    print(_HEAD, flush=True)
    for patients in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            _make(folder, patients, varied=varied)
            yield from _cohort(folder, patients)


def _make(folder: Path, patients: int, *, varied: bool) -> None:
    command = [sys.executable, str(_MAKE), "--patients", str(patients), "--out", str(folder)]
    subprocess.run([*command, *(["--varied"] if varied else [])], check=True)
    largest = max((folder / "records").glob("*.csv"), key=lambda file: file.stat().st_size)
    (folder / "one").mkdir()
    shutil.copyfile(largest, folder / "one" / largest.name)


def _cohort(folder: Path, patients: int) -> Iterator[dict[str, Any]]:
    ours: dict[str, float] = {}
    for name, (title, _) in {**STEPS, **PEERS}.items():
        if name in PEERS and importlib.util.find_spec(name) is None:
            print(f"{title:40} not installed", flush=True)
            continue
        if name == "flat":
            _step("exports", folder)
        row = {"step": name, "title": title, "patients": patients, **_step(name, folder)}
        ours[name] = row["cpu_seconds"]
        yield _told(row, ours)
    found = _r(folder)
    if found is not None:
        yield _told({"step": "R", "patients": patients, **found}, ours)


def _step(name: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", str(Path(__file__).parent / "forms_steps.py")]
    done = subprocess.run(
        [*command, name, str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, float] = json.loads(done.stdout) if done.stdout else {}
    return found


_R = """
file <- commandArgs(TRUE)
if (requireNamespace("data.table", quietly = TRUE)) {
  read <- function() data.table::fread(file, colClasses = "character")
  title <- "data.table::fread, the largest form"
} else if (requireNamespace("readr", quietly = TRUE)) {
  read <- function() readr::read_csv(file, col_types = readr::cols(.default = "c"))
  title <- "readr::read_csv, the largest form"
} else {
  read <- function() read.csv(file, colClasses = "character")
  title <- "R read.csv, the largest form"
}
t <- system.time(read())
cat(title, sum(t[1:2]), t[3], sep = "\\t")
"""


def _r(folder: Path) -> dict[str, Any] | None:
    """Read the largest form in R, by the fastest reader that is installed."""
    program = shutil.which("Rscript")
    if program is None:
        return None
    file = next((folder / "one").iterdir())
    done = subprocess.run(
        [program, "-e", _R, str(file)], check=True, stdout=subprocess.PIPE, text=True
    )
    title, cpu, wall = re.split("\t", done.stdout.strip().splitlines()[-1])
    return {
        "title": title,
        "cpu_seconds": float(cpu),
        "wall_seconds": float(wall),
        "peak_bytes": None,
    }


def _told(row: dict[str, Any], ours: dict[str, float]) -> dict[str, Any]:
    """Print a row, with what is asked of it or its ratio to ours."""
    row["ratio"] = None
    said = ""
    beside = _BESIDE.get(row["step"])
    if beside is not None:
        row["ratio"] = row["cpu_seconds"] / ours[beside] if ours[beside] else None
        said = f"{row['ratio']:.2f} of {_TITLES[beside]}, CPU" if row["ratio"] else ""
    if row["step"] == "together" and row["patients"] == TARGET_PATIENTS:
        row["reached"] = row["cpu_seconds"] < TARGET_SECONDS and row["peak_bytes"] < TARGET_BYTES
        said = f"asked: under 60 s and 4 GB; {'' if row['reached'] else 'not '}reached"
    peak = "" if row["peak_bytes"] is None else f"{row['peak_bytes'] / 1e9:.2f}"
    print(
        f"{row['title']:40} {row['patients']:>9} {row['cpu_seconds']:>8.2f}"
        f" {row['wall_seconds']:>8.2f} {peak:>8}  {said}".rstrip(),
        flush=True,
    )
    return row
