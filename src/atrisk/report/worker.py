"""A second process that does part of the work: figures are drawn on all processors.

A worker is a fresh interpreter that reads pickled calls and answers with pickled results, so that
it needs nothing of the program that started it, and one that fails costs time and no result.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING, Any

from atrisk.report.language import current, using

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Call", "Workers", "started"]

Call = tuple["Callable[..., Any]", tuple[Any, ...]]
"""A function of a module and its arguments; both are pickled."""

_MOST_WORKERS = 3


class Workers:
    """Some processes beside this one.

    Parameters
    ----------
    number
        how many; one fewer than there are processors if None, at most three.
    """

    def __init__(self, number: int | None = None) -> None:
        free = min(_processors() - 1, _MOST_WORKERS) if number is None else number
        self._processes = [_start() for _ in range(free)]

    def run(self, calls: Sequence[Call]) -> list[Any]:
        """Make all calls, in this process too, and give their results in order.

        Calls are made in the language that is set. An error of a call is raised here; a process
        that breaks leaves its calls to the others.
        """
        language = current()
        calls = [(_in_language, (language.code, language.decimal, *call)) for call in calls]
        waiting: SimpleQueue[int] = SimpleQueue()
        for place in range(len(calls)):
            waiting.put(place)
        results: dict[int, Any] = {}
        with ThreadPoolExecutor(max(1, len(self._processes))) as pool:
            served = [
                pool.submit(_serve, process, calls, waiting, results) for process in self._processes
            ]
            for place in _drawn(waiting):
                function, parts = calls[place]
                results[place] = function(*parts)
            for job in served:
                job.result()
        for place in range(len(calls)):  # what a broken process had begun
            if place not in results:
                function, parts = calls[place]
                results[place] = function(*parts)
        return [results[place] for place in range(len(calls))]

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            with suppress(OSError):  # one that broke takes no farewell
                process.communicate()
        self._processes = []


@contextmanager
def started(number: int | None = None) -> Iterator[Workers]:
    """Start workers and end them."""
    workers = Workers(number)
    try:
        yield workers
    finally:
        workers.close()


def _in_language(
    code: str, decimal: str, function: Callable[..., Any], parts: tuple[Any, ...]
) -> Any:  # noqa: ANN401 - whatever the function gives
    with using(code, decimal):
        return function(*parts)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "atrisk.report.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _drawn(waiting: SimpleQueue[int]) -> Iterator[int]:
    while True:
        try:
            yield waiting.get_nowait()
        except Empty:
            return


def _serve(
    process: subprocess.Popen[bytes],
    calls: Sequence[Call],
    waiting: SimpleQueue[int],
    results: dict[int, Any],
) -> None:
    """Hand one process a call after the other."""
    if process.stdin is None or process.stdout is None:
        return
    for place in _drawn(waiting):
        try:
            pickle.dump(calls[place], process.stdin)
            process.stdin.flush()
            answer = pickle.load(process.stdout)  # noqa: S301 - of our own process
        except (OSError, EOFError, pickle.PickleError):
            return
        if answer[0] == "done":
            results[place] = answer[1]


def _answer(call: Call) -> tuple[str, Any]:
    function, parts = call
    try:
        return "done", function(*parts)
    except Exception:  # noqa: BLE001 - the caller makes the call itself and raises what it raises
        return "failed", None


def _listen(source: IO[bytes], sink: IO[bytes]) -> None:

    while True:
        try:
            call = pickle.load(source)  # noqa: S301 - of the process that started this one
        except EOFError:
            return
        pickle.dump(_answer(call), sink)
        sink.flush()


if __name__ == "__main__":
    _listen(sys.stdin.buffer, sys.stdout.buffer)
