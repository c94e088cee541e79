"""One program, one task, one size, in a process of its own that does what its input says.

Arguments: module of `peers`, task, folder of the data. Commands, one a line: `turn SECONDS` (time
the work, again and again until SECONDS have passed, at most `MOST` times), `write FILE`. Each
answer is one line of JSON.
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import columns
import memory

if TYPE_CHECKING:
    from peers.call import Call, Curve

WARM_UP_ROWS = 1000
MOST = 20


def main() -> None:
    """Import, load, warm up, then answer commands until the input ends."""
    module_name, task, folder = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a program prints must not mix with the answers
    try:
        peer = importlib.import_module(module_name)
    except ImportError as missing:
        answers.write(json.dumps({"absent": f"not installed ({missing})"}) + "\n")
        return
    worker = _Worker(peer.CALLS[task], Path(folder))
    versions = {name: _version(name) for name in (peer.NAME, "numpy")}
    answers.write(json.dumps({"versions": versions}) + "\n")
    for line in sys.stdin:
        verb, argument = line.rstrip("\n").split(" ", 1)
        answers.write(json.dumps(getattr(worker, verb)(argument)) + "\n")


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "from source, not installed"


class _Worker:
    """The loaded data, and the last result."""

    def __init__(self, call: Call, folder: Path) -> None:
        self._call = call
        call.run(*call.prepare(columns.load(folder, WARM_UP_ROWS)))
        self._arguments = call.prepare(columns.load(folder))
        self._fit: Any = None

    def turn(self, seconds: str) -> dict[str, Any]:
        """Time the work until the turn is over; measure memory in its first run."""
        self._fit = None
        gc.collect()
        memory.forget_peak()
        before = memory.current()
        times = [self._timed()]
        peak_bytes = max(0, memory.peak() - before)
        while sum(times) < float(seconds) and len(times) < MOST:
            times.append(self._timed())
        return {"seconds": times, "peak_bytes": peak_bytes}

    def _timed(self) -> float:
        self._fit = None
        start = time.perf_counter()
        self._fit = self._call.run(*self._arguments)
        return time.perf_counter() - start

    def write(self, file: str) -> dict[str, Any]:
        """Write the last result's curves."""
        write_curves(Path(file), self._call.read(self._fit))
        return {"written": file}


def write_curves(file: Path, curves: list[Curve]) -> None:
    """Write curves as float64: how many; then of each its length, times, estimates, errors."""
    parts = [np.array([len(curves)], dtype=np.float64)]
    for curve in curves:
        arrays = [np.asarray(part, dtype=np.float64) for part in curve]
        parts += [np.array([arrays[0].size], dtype=np.float64), *arrays]
    np.concatenate(parts).tofile(file)


if __name__ == "__main__":
    main()
