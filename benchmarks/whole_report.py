"""Whole reports of the examples beside an R script that makes the same tables and figures.

`atrisk report` is timed from the command to the written folder, R from `Rscript` to its last file.
Both start a process of their own each time; the patients that R reads are written before and not
timed. The peak is the most memory of the largest process.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["ASKED", "STUDIES", "run"]

_HERE = Path(__file__).resolve().parent
_EXAMPLES = _HERE.parent / "examples"
STUDIES = ("bmt", "ino-hct")
#: What is asked of `atrisk`: most seconds of a whole report, on two cores.
ASKED = {"bmt": 8.0, "ino-hct": 15.0}
_HEAD = f"{'report':10} {'who':8} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'files':>6}  note"
_COMMAND = "from atrisk.cli import main; main()"
#: The columns of the forms that R is given, beside times and events.
_COLUMNS = (
    "age", "sex", "ecog", "wbc", "plt", "hb", "ldh", "bm_blasts", "emd", "karyotype_dx",
    "heavily_pretreated", "prior_blinatumomab", "first_line_hct", "cycles_group",
    "ino_over_2_cycles", "response_first_cycle", "remission_at_hct", "mrd", "ino_to_hct",
    "hct_within_50", "hct_within_60", "donor_group", "intensity", "double_alkylator", "sos",
    "sos_fatal", "ino_to_sos", "hct_to_sos",
)  # fmt: skip


def run(studies: Sequence[str] = STUDIES, repeats: int = 3) -> Iterator[dict[str, Any]]:
    """Print a line a study and program, and give its numbers; turns are taken in order."""
    print(_HEAD, flush=True)
    for study in studies:
        with tempfile.TemporaryDirectory() as scratch:
            commands = _commands(study, Path(scratch))
            turns: dict[str, list[dict[str, float]]] = {who: [] for who in commands}
            for _ in range(repeats):
                for who, command in commands.items():
                    turns[who].append(_timed(command, Path(scratch) / who.replace(" ", "_")))
        for who, found in turns.items():
            yield _told({"study": study, "who": who, "runs": repeats, **_best(found)})


def _commands(study: str, scratch: Path) -> dict[str, list[str]]:
    commands = {"atrisk": [sys.executable, "-c", _COMMAND, "report", str(_EXAMPLES / study), "-o"]}
    rscript = shutil.which("Rscript")
    if rscript is not None:
        script = [rscript, "--vanilla", str(_HERE / "report.R"), study]
        commands["R"] = [*script, str(_patients(study, scratch))]
    return commands


def _patients(study: str, scratch: Path) -> Path:
    """Name the file that R reads; of a study on forms, make it of the clinical columns."""
    if study == "bmt":
        return _EXAMPLES / study / "bmt.csv"
    from atrisk.study import plan_study, read_source, read_study
    from atrisk.study.endpoints import outcome

    request = read_study(_EXAMPLES / study)
    source = read_source(request)
    plan = plan_study(request, source.names, source)
    wanted = dict.fromkeys((*_COLUMNS, *(c for one in plan.endpoints for c in one.columns)))
    table = source.table(list(wanted))
    columns: dict[str, list[Any]] = {name: _written(table, name) for name in _COLUMNS}
    for endpoint in plan.endpoints:
        found = outcome(endpoint, plan.data, table)
        columns[f"{endpoint.id}_time"] = found.time.tolist()
        columns[f"{endpoint.id}_event"] = found.cause.tolist()
    file = scratch / "patients.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return file


def _written(table: Any, name: str) -> list[str]:  # noqa: ANN401 - imported late
    missing = table.missing[name]
    return ["" if missing[row] else str(table.columns[name][row]) for row in range(table.rows)]


def _timed(command: list[str], out: Path) -> dict[str, float]:
    """Run a command that writes a folder; the CPU time is that of all its processes."""
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen([*command, str(out)], stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {said[-500:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "wall_seconds": wall,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * unit,
        "files": sum(1 for file in out.rglob("*") if file.is_file()),
    }


def _best(found: list[dict[str, float]]) -> dict[str, float]:
    """Take the least time and the most memory of the runs."""
    least = {key: min(one[key] for one in found) for key in ("wall_seconds", "cpu_seconds")}
    return least | {key: max(one[key] for one in found) for key in ("peak_bytes", "files")}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Print a row; that of `atrisk` with what is asked of it."""
    said = ""
    if row["who"] == "atrisk":
        row["reached"] = row["wall_seconds"] < ASKED[row["study"]]
        verdict = "reached" if row["reached"] else "not reached"
        said = f"asked: under {ASKED[row['study']]:.0f} s; {verdict}"
    print(
        f"{row['study']:10} {row['who']:8} {row['wall_seconds']:8.2f} {row['cpu_seconds']:8.2f}"
        f" {row['peak_bytes'] / 1e6:8.0f} {row['files']:6.0f}  {said}".rstrip(),
        flush=True,
    )
    return row
