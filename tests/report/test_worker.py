"""Figures are drawn on several processes; results, order and language do not depend on them."""

from __future__ import annotations

import os
import signal
import time

import pytest

from atrisk.errors import InputError
from atrisk.report.format import fixed
from atrisk.report.language import using
from atrisk.report.worker import Call, Workers, started


def _squares(number: int) -> list[Call]:
    return [(pow, (n, 2)) for n in range(number)]


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_results_come_in_the_order_of_the_calls(processes: int) -> None:
    with started(processes) as workers:
        assert workers.run(_squares(20)) == [n**2 for n in range(20)]
        assert workers.run(_squares(3)) == [0, 1, 4]


def test_calls_are_made_in_more_than_one_process() -> None:
    with started(1) as workers:
        workers.run([(os.getpid, ())])
        slow: list[Call] = [(time.sleep, (0.3,)), (os.getpid, ()), (time.sleep, (0.3,))] * 4
        found = {place for place in workers.run(slow) if place is not None}
    assert len(found) == 2


@pytest.mark.parametrize("processes", [0, 1])
def test_calls_speak_the_language_that_is_set(processes: int) -> None:
    with started(processes) as workers, using("de"):
        assert set(workers.run([(fixed, (1234.5, 1))] * 8)) == {"1.234,5"}


@pytest.mark.parametrize("processes", [0, 2])
def test_an_error_of_a_call_is_raised_by_the_one_who_asked(processes: int) -> None:
    with started(processes) as workers, pytest.raises(InputError, match="no language 'xx'"):
        workers.run([(_speak, ("xx",))] * 6)


def _speak(code: str) -> None:
    with using(code):
        pass


def test_a_process_that_dies_costs_no_result() -> None:
    with started(2) as workers:
        os.kill(workers._processes[0].pid, signal.SIGKILL)
        workers._processes[0].wait()
        assert workers.run(_squares(30)) == [n**2 for n in range(30)]


def test_closing_ends_the_processes() -> None:
    workers = Workers(1)
    (process,) = workers._processes
    workers.close()
    assert process.returncode == 0
    assert workers.run(_squares(2)) == [0, 1]
