"""Corrupt clean paper files at random and count what the audit catches, and its false alarms."""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.evidence.audit.check import Check, Verdict
from atrisk.evidence.audit.corrupt import KINDS, Corruption, corrupted
from atrisk.evidence.audit.run import checks_of
from atrisk.evidence.audit.synthetic_paper import synthetic_paper
from atrisk.evidence.audit.validate import opened
from atrisk.evidence.paper import read_paper

if TYPE_CHECKING:
    from atrisk.evidence.audit.book import Book

_FIRST_OF_CORRUPTED = 10_000  # seeds of the files that are corrupted, apart from the clean ones


@dataclass
class Tally:
    """How corruptions of one kind ended, and an example of each end."""

    ends: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def toml_text(value: object) -> str:
    """Write a value as TOML; tables within arrays stand inline."""
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(k)} = {toml_text(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_text(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)


def written(paper: dict[str, Any]) -> str:
    """Write a paper file."""
    lines = [f"schema = {toml_text(paper['schema'])}", "[paper]"]
    lines += [f"{key} = {toml_text(value)}" for key, value in paper["paper"].items()]
    for statement in paper["statements"]:
        lines.append("[[statements]]")
        lines += [f"{key} = {toml_text(value)}" for key, value in statement.items()]
    return "\n".join(lines) + "\n"


def book_of(paper: dict[str, Any], folder: Path) -> Book:
    """Read a paper through a file, as a user's is read."""
    file = folder / "paper.toml"
    file.write_text(written(paper), encoding="utf-8")
    return opened(read_paper(file))


def keys(checks: list[Check], verdicts: set[Verdict]) -> set[tuple[str, tuple[str, ...]]]:
    """Name the checks that ended in one of some ways."""
    return {(c.rule, c.numbers) for c in checks if c.verdict in verdicts}


def touched(check: Check, change: Corruption, ids: set[str]) -> bool:
    """Tell whether a check is about a corrupted number or a number of its statement."""
    return any(
        a in change.addresses or a.partition(".")[0] in ids
        for a in (*check.numbers, *check.against)
    )


_FAILED = {Verdict.IMPOSSIBLE, Verdict.INCONSISTENT}


def end_of(before: list[Check], after: list[Check], change: Corruption) -> str:
    """Say how the audit took a corruption: a finding, a question, or nothing."""
    ids = {address.partition(".")[0] for address in change.addresses}
    old = keys(before, _FAILED)
    new = [c for c in after if c.failed and (c.rule, c.numbers) not in old]
    if any(touched(c, change, ids) for c in new):
        return "finding"
    asked = keys(before, {Verdict.UNCHECKED})
    questions = [
        c
        for c in after
        if c.verdict is Verdict.UNCHECKED
        and (c.rule, c.numbers) not in asked
        and touched(c, change, ids)
    ]
    return "question" if questions else "missed"


@dataclass(frozen=True)
class Before:
    """What the audit said of a paper before it was corrupted."""

    checks: list[Check]
    spared: frozenset[str]
    recomputed: frozenset[str]

    @classmethod
    def of(cls, checks: list[Check]) -> Before:
        """Set apart the numbers of findings, and those that were recomputed."""
        good = [c for c in checks if c.verdict is Verdict.CONSISTENT and not c.bound]
        return cls(
            checks,
            frozenset(a for c in checks if c.failed for a in c.numbers),
            frozenset(a for c in good for a in (*c.numbers, *c.against)),
        )


def corrupt_papers(
    papers: list[dict[str, Any]], repeats: int, seed: int, folder: Path
) -> dict[str, Tally]:
    """Corrupt papers in turn, each kind of mistake as often as the others."""
    rng = np.random.default_rng(seed)
    tallies: dict[str, Tally] = defaultdict(Tally)
    known = [Before.of(checks_of(book_of(paper, folder))) for paper in papers]
    kinds = list(KINDS)
    for number in range(repeats):
        place, kind = (number // len(kinds)) % len(papers), kinds[number % len(kinds)]
        before, tally = known[place], tallies[kind]
        made = corrupted(papers[place], kind, rng, before.spared)
        if made is None:
            continue
        paper, change = made
        end = end_of(before.checks, checks_of(book_of(paper, folder)), change)
        tally.ends[end] += 1
        if set(change.addresses) <= before.recomputed:
            tally.ends[f"recomputed {end}"] += 1
        if end == "missed":
            tally.missed.append(
                f"{paper['paper']['id']} {', '.join(change.addresses)}:"
                f" {', '.join(change.before)} -> {', '.join(change.after)}"
            )
    return dict(tallies)


def false_alarms(seeds: range, folder: Path) -> tuple[int, int, list[str]]:
    """Audit untouched drawn papers: how many numbers, how many findings, and which."""
    numbers, found = 0, []
    for seed in seeds:
        book = book_of(synthetic_paper(seed), folder)
        numbers += len(book.texts)
        found += [f"seed {seed}: {c.rule}: {c.arithmetic}" for c in checks_of(book) if c.failed]
    return numbers, len(found), found


def table(title: str, tallies: dict[str, Tally], *, markdown: bool) -> str:
    """Lay out how each kind of corruption ended."""
    heads = ("corruption", "tried", "finding", "question", "missed", "caught", "of recomputed")
    rows = []
    total: Counter[str] = Counter()
    for kind, tally in tallies.items():
        total.update(tally.ends)
        rows.append((kind, *_cells(tally.ends)))
    rows.append(("all", *_cells(total)))
    if markdown:
        lines = [f"| {' | '.join(heads)} |", "|---|---:|---:|---:|---:|---:|---:|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    else:
        lines = [
            "".join(f"{cell:>14}" if i else f"{cell:<26}" for i, cell in enumerate(row))
            for row in (heads, *rows)
        ]
    return "\n".join([title, "", *lines, ""])


def _cells(ends: Counter[str]) -> tuple[str, ...]:
    tried, caught = _share(ends, "")
    recomputed, of_them = _share(ends, "recomputed ")
    counts = (str(ends[end]) for end in ("finding", "question", "missed"))
    return str(tried), *counts, caught, f"{of_them} ({recomputed})"


def _share(ends: Counter[str], of: str) -> tuple[int, str]:
    tried = sum(ends[f"{of}{end}"] for end in ("finding", "question", "missed"))
    return tried, f"{100 * ends[f'{of}finding'] / tried:.0f} %" if tried else "-"


def main() -> None:
    """Read the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="paper files to corrupt too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=800, help="corruptions of each collection")
    parser.add_argument("--clean", type=int, default=100, help="untouched drawn files audited")
    parser.add_argument("--papers", type=int, default=20, help="drawn files that are corrupted")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--missed", action="store_true", help="list what was missed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = given.seed * _FIRST_OF_CORRUPTED
        numbers, alarms, which = false_alarms(range(first, first + given.clean), folder)
        print(f"Untouched: {given.clean} drawn files, {numbers} numbers, {alarms} false alarms.")
        print(*which, sep="\n", end="\n" if which else "")
        drawn = [synthetic_paper(first + given.clean + i) for i in range(given.papers)]
        collections = {"Drawn files": drawn}
        for file in given.files:
            collections[file.stem] = [tomllib.loads(file.read_text(encoding="utf-8"))]
        for title, papers in collections.items():
            tallies = corrupt_papers(papers, given.repeats, given.seed, folder)
            print(table(title, tallies, markdown=given.markdown))
            if given.missed:
                print(
                    *(
                        f"  {kind}: {line}"
                        for kind, tally in tallies.items()
                        for line in tally.missed
                    ),
                    sep="\n",
                )


if __name__ == "__main__":
    main()
