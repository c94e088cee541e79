"""The driver's end of a worker process: ask, and wait no longer than a limit for the answer."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tasks import PEERS

__all__ = ["NoAnswerError", "Process"]

HERE = Path(__file__).resolve().parent


class NoAnswerError(RuntimeError):
    """A worker gave no number; the message is the reason, for the table."""


class Process:
    """One program doing one task on one data set.

    Attributes
    ----------
    versions
        name -> version of what the worker loaded.
    """

    def __init__(self, who: str, task: str, folder: Path, *, limit: float) -> None:
        command = _command(who, task, folder)
        self._limit = limit
        self._errors = folder / f"{task} {who}.log"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | {"PYTHONWARNINGS": "ignore"},
            )
        try:
            self.versions: dict[str, str] = self._answer()["versions"]
        except NoAnswerError:
            self.stop()
            raise

    def ask(self, verb: str, argument: object) -> dict[str, Any]:
        """Send one command and return its answer."""
        if self._process.stdin is None:
            raise NoAnswerError("its input is closed")
        self._process.stdin.write(f"{verb} {argument}\n".encode())
        self._process.stdin.flush()
        return self._answer()

    def stop(self) -> None:
        """End the process and close its pipes."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise NoAnswerError("its output is closed")
        ready, _, _ = select.select([self._process.stdout], [], [], self._limit)
        if not ready:
            raise NoAnswerError(f"no answer in {self._limit:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise NoAnswerError(f"failed: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "absent" in answer:
            raise NoAnswerError(answer["absent"])
        return answer

    def _last_words(self) -> str:
        code = self._process.wait()
        lines = self._errors.read_text(errors="replace").strip().splitlines()
        return f"{lines[-1] if lines else 'it printed nothing'} (exit code {code})"


def _command(who: str, task: str, folder: Path) -> list[str]:
    module = PEERS[who]
    if module is not None:
        return [sys.executable, str(HERE / "worker.py"), module, task, str(folder)]
    rscript = shutil.which("Rscript")
    if rscript is None:
        raise NoAnswerError("R is not installed")
    return [rscript, "--vanilla", str(HERE / "peers.R"), who, task, str(folder)]
