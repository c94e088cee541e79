"""The two rows of a Simon-Makuch plot: before and after the exposure, of the same patients."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Verdict
from atrisk.evidence.audit.curve_points import Row, rows, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES"]


def _plots(book: Book) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield the rows of each plot: those of the first state, and those entered later."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows(book):
        if row.statement.plot is not None:
            found[row.statement.plot].append(row)
    for plot in found.values():
        first = [row for row in plot if row.statement.first]
        yield first, [row for row in plot if not row.statement.first]


def later_state_starts_empty(book: Book) -> Iterator[Check]:
    """Ask of a state that patients enter later that nobody is in it at the start."""
    for first, later in _plots(book):
        for row in later:
            if not first or (row.times is not None and row.times[0] > 0.0):
                continue
            verdict = Verdict.CONSISTENT if row.n[0] == 0 else Verdict.INCONSISTENT
            words = (
                f"{row.statement.state or row.statement.id}: {row.n[0]} at risk at the start,"
                f" when all are in the first state ({first[0].n[0]} at risk)."
            )
            met = verdict is Verdict.CONSISTENT
            yield Check(
                _EMPTY,
                verdict,
                (row.at(0),),
                (first[0].at(0),),
                words,
                method="all begin in the first state" if met else "",
                resolve="" if met else "Are these patients counted in both rows from the start?",
            )


def states_sum_up(book: Book) -> Iterator[Check]:
    """Ask of all states together that they are at most the set and never rise."""
    for first, later in _plots(book):
        if not first or not later:
            continue
        every = [*first, *later]
        length = min(len(row.n) for row in every)
        sums = [sum(row.n[i] for row in every) for i in range(length)]
        size = size_of(book, first[0].curve.of)
        found = list(_past(every, sums, size))
        yield from found
        if not found:
            at = tuple(row.at(i) for row in every for i in range(length))
            words = f"the rows sum up to {' '.join(map(str, sums))}, which never rises."
            yield Check(_SUM, Verdict.CONSISTENT, at, (), words, method="order", bound=True)


def _past(every: list[Row], sums: list[int], size: tuple[str, int] | None) -> Iterator[Check]:
    def at(i: int) -> tuple[str, ...]:
        return tuple(row.at(i) for row in every)

    def added(i: int) -> str:
        return " + ".join(str(row.n[i]) for row in every)

    if size is not None and sums[0] > size[1]:
        yield Check(
            _SUM,
            Verdict.IMPOSSIBLE,
            at(0),
            (size[0],),
            f"{added(0)} = {sums[0]} are at risk at the start, of {size[1]} patients: some are"
            " counted in two states at once.",
        )
    for i, (before, after) in enumerate(pairwise(sums)):
        if after > before:
            yield Check(
                _SUM,
                Verdict.IMPOSSIBLE,
                (*at(i), *at(i + 1)),
                (),
                f"{added(i)} = {before} are at risk and later {added(i + 1)} = {after}: who"
                " changes state leaves the other.",
            )


def rises_are_transitions(book: Book) -> Iterator[Check]:
    """Ask of a later state that it gains no more patients than the first one loses."""
    for first, later in _plots(book):
        if len(first) != 1 or len(later) != 1:
            continue
        bad = []
        for i, ((a, b), (c, d)) in enumerate(
            zip(pairwise(first[0].n), pairwise(later[0].n), strict=False)
        ):
            if d > c and d - c > a - b:
                bad.append(i)
                yield Check(
                    _GAIN,
                    Verdict.IMPOSSIBLE,
                    (first[0].at(i + 1), later[0].at(i + 1)),
                    (first[0].at(i), later[0].at(i)),
                    f"{later[0].statement.state or 'the later state'} gains {d - c} while the"
                    f" first state loses {a - b}.",
                )
        if not bad and any(d > c for c, d in pairwise(later[0].n)):
            at = tuple(later[0].at(i) for i in range(len(later[0].n)))
            yield Check(
                _GAIN,
                Verdict.CONSISTENT,
                at,
                (),
                "the later state gains no more than the first loses.",
                method="order",
                bound=True,
            )


def states_make_up_the_row(book: Book) -> Iterator[Check]:
    """Ask of all states together that they are those at risk of the same event at that time."""
    plain = [row for row in rows(book) if row.statement.plot is None]
    for first, later in _plots(book):
        every = [*first, *later]
        for whole in plain:
            if first and later and all(row.curve == whole.curve for row in every):
                yield from _against_the_whole(every, whole)


def _against_the_whole(every: list[Row], whole: Row) -> Iterator[Check]:
    unit = whole.statement.unit
    if whole.times is None or any(r.times is None or r.statement.unit != unit for r in every):
        return
    for place, tick in enumerate(whole.times):
        parts = [(row, row.times.index(tick)) for row in every if row.times and tick in row.times]
        if len(parts) != len(every):
            continue
        total = sum(row.n[i] for row, i in parts)
        at = tuple(row.at(i) for row, i in parts)
        added = " + ".join(str(row.n[i]) for row, i in parts)
        words = f"at {tick:g} {unit} {added} = {total} in all states, {whole.n[place]} at risk."
        if total == whole.n[place]:
            yield Check(
                _WHOLE,
                Verdict.CONSISTENT,
                at,
                (whole.at(place),),
                words,
                method="sum of the states",
            )
        else:
            yield Check(
                _WHOLE,
                Verdict.INCONSISTENT,
                (*at, whole.at(place)),
                (),
                words,
                resolve="Are the rows of the states of the same patients as the curve?",
            )


_WHOLE = "states of a plot make up the numbers at risk"
_EMPTY = "a state entered later starts with nobody"
_SUM = "states of a plot together"
_GAIN = "transitions between states"
RULES: dict[str, Rule] = {
    _EMPTY: later_state_starts_empty,
    _SUM: states_sum_up,
    _GAIN: rises_are_transitions,
    _WHOLE: states_make_up_the_row,
}
