"""Drawn papers raise no alarm; each kind of corruption changes what it says and is caught."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from atrisk.evidence.audit.check import Verdict
from atrisk.evidence.audit.corrupt import KINDS, corrupted
from atrisk.evidence.audit.run import checks_of
from atrisk.evidence.audit.synthetic_paper import synthetic_paper
from atrisk.evidence.audit.validate import opened
from audit_kit import paper

SEEDS = range(100, 108)


def checks(document):
    return checks_of(opened(paper(*document["statements"])))


def failed(found):
    return {(c.rule, c.numbers) for c in found if c.failed}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_true_paper_raises_no_alarm(seed):
    assert failed(checks(synthetic_paper(seed))) == set()


def test_a_drawn_paper_is_the_same_twice_and_another_with_another_seed():
    assert synthetic_paper(3) == synthetic_paper(3)
    assert synthetic_paper(3) != synthetic_paper(4)


def test_nearly_every_number_of_a_drawn_paper_is_met():
    document = synthetic_paper(100)
    book = opened(paper(*document["statements"]))
    good = [c for c in checks_of(book) if c.verdict is Verdict.CONSISTENT]
    met = {a for c in good for a in (*c.numbers, *c.against)}
    assert len(met & set(book.texts)) > 0.7 * len(book.texts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_corruption_changes_one_number_and_says_which(kind):
    document = synthetic_paper(101)
    made, change = corrupted(document, kind, np.random.default_rng(1))
    assert document == synthetic_paper(101)
    before, after = (opened(paper(*d["statements"])).texts for d in (document, made))
    different = tuple(sorted(a for a in before if before[a] != after[a]))
    assert different == tuple(sorted(change.addresses))
    assert [before[a] for a in change.addresses] == list(change.before)
    assert [after[a] for a in change.addresses] == list(change.after)
    again = corrupted(document, kind, np.random.default_rng(1))
    assert again == (made, change)


@pytest.mark.parametrize("kind", KINDS)
def test_spared_numbers_stay(kind):
    document = synthetic_paper(101)
    every = opened(paper(*document["statements"])).texts
    assert corrupted(document, kind, np.random.default_rng(1), every) is None


@pytest.mark.parametrize("kind", KINDS)
def test_most_corruptions_of_a_kind_are_caught(kind):
    document, rng = synthetic_paper(102), np.random.default_rng(2)
    caught = 0
    for _ in range(8):
        made, _ = corrupted(document, kind, rng)
        caught += bool(failed(checks(made)))
    assert caught >= 4


def test_the_benchmark_prints_what_is_caught_and_the_false_alarms(monkeypatch, capsys, tmp_path):
    command = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks/audit_corruption.py"))
    file = tmp_path / "own.toml"
    file.write_text(command["written"](synthetic_paper(7)), encoding="utf-8")
    options = ["--seed", "2", "--repeats", "8", "--clean", "2", "--papers", "1", "--markdown"]
    monkeypatch.setattr(sys, "argv", ["audit_corruption.py", str(file), *options])
    command["main"]()
    printed = capsys.readouterr().out
    assert printed.startswith("Untouched: 2 drawn files, ")
    assert " numbers, 0 false alarms." in printed
    assert "\nown\n" in printed
    assert printed.count("| all | 8 |") == 2
