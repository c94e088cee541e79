"""One table of curves by group: counts, estimates, milestones with their numbers at risk, tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report.document import Label, interval_name, labels, start_of
from atrisk.report.language import word
from atrisk.report.tables import Row, proportion_interval
from atrisk.report.values import Phrase, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atrisk.report.values import Node, Values

__all__ = [
    "MOST_ESTIMATES",
    "SPANS",
    "Column",
    "Summary",
    "at_risk_notes",
    "count_column",
    "spans_of",
    "test_note",
    "weighted",
]

#: So many columns of estimates stand side by side; more times run down the page.
MOST_ESTIMATES = 4
_BLANK = Phrase()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, and what it shows of a group, by the prefix of the group's keys."""

    head: Phrase
    cell: Callable[[str], Phrase]


def count_column(values: Values, part: str, head: str, places: int = 0, before: str = "") -> Column:
    """Make a column of counts, or of numbers with decimals; blank where there is none.

    ``before`` comes before the group in the keys: ``os.logrank.all.expected``.
    """

    def cell(prefix: str) -> Phrase:
        analysis, _, group = prefix.rpartition(".")
        key = ".".join(filter(None, (analysis, before, group, part)))
        if not values.has(key):
            return _BLANK
        return phrase(values.fixed(key, places) if places else values.count(key))

    return Column(phrase(head), cell)


@dataclass(frozen=True, slots=True)
class Summary:
    """The columns of a table of curves, and the rows they make.

    Parameters
    ----------
    node
        the analysis, or a part of it that is read as one.
    values
        the numbers.
    counts, estimates
        columns of each group.
    name
        what the milestones are of, over their columns.
    tested
        whether a column of P stands at the end.
    """

    node: Node
    values: Values
    counts: tuple[Column, ...]
    estimates: tuple[Column, ...]
    name: str
    tested: bool

    @property
    def times(self) -> tuple[Label, ...]:
        """When the curves are read."""
        return labels(self.node["times"])

    @property
    def long(self) -> bool:
        """Whether the times run down the page."""
        return len(self.times) + len(self.estimates) > MOST_ESTIMATES

    @property
    def heads(self) -> tuple[Phrase, ...]:
        """The heads of the columns."""
        columns = (*self.counts, *self.estimates)
        p = (phrase(word("P")),) if self.tested else ()
        return (*(column.head for column in columns), *self._time_heads(), *p)

    def _time_heads(self) -> tuple[Phrase, ...]:
        if not self.times:
            return ()
        head = f"% ({interval_name(self.node)})"
        if self.long:
            return (phrase(head),)
        return tuple(phrase(f"{time.label}\n{head}") for time in self.times)

    @property
    def spans(self) -> tuple[tuple[str, int], ...]:
        """The head over the milestones."""
        width = len(self._time_heads())
        before = len(self.counts) + len(self.estimates)
        if not width:
            return ()
        return (("", before), (self.name, width), *((("", 1),) if self.tested else ()))

    def rows(self, group: Label, level: int, part: str = "", *, read: bool = True) -> Iterator[Row]:
        """Yield the rows of a group: one, or one more a time.

        ``part`` comes before the group in its keys; without a curve to ``read`` there are counts.
        """
        prefix = ".".join(filter(None, (self.node["id"], part, group.id)))
        own = tuple(column.cell(prefix) for column in (*self.counts, *self.estimates))
        times, start = self.times if read else (), start_of(self.node)
        cells = tuple(_milestone(self.values, f"{prefix}.{time.id}", start) for time in times)
        beside = cells if not self.long else ()
        blank = (_BLANK,) * (len(self.heads) - len(own) - len(beside))
        yield Row(group.label, (*own, *beside, *blank), level=level)
        for time, cell in zip(times, cells, strict=True) if self.long else ():
            p = (_BLANK,) * self.tested
            yield Row(time.label, (*(_BLANK,) * len(own), cell, *p), level=level + 1)

    def p_row(self, label: str, prefix: str, level: int) -> Row:
        """Put the P value of a test behind its name, or that of the groups it compares."""
        blank = (_BLANK,) * (len(self.heads) - 1)
        return Row(label, (*blank, _test_cell(self.values, prefix)), level=level)

    def group_rows(
        self,
        heading: str,
        compared: Sequence[Label],
        others: Sequence[Label],
        tests: Sequence[Label],
    ) -> Iterator[Row]:
        """Yield the groups under what makes them, with the tests between them, then the others."""
        prefix, level = self.node["id"], 0
        if tests:
            yield self.p_row(heading, f"{prefix}.{tests[0].id}", 0)
            level = 1
        for group in compared:
            yield from self.rows(group, level)
        for test in tests[1:]:
            yield self.p_row(test.label, f"{prefix}.{test.id}", 1)
        for group in others:
            yield from self.rows(group, 0)


def _milestone(values: Values, prefix: str, start: float) -> Phrase:
    """Write an estimate, and below it how many were still at risk."""
    at_risk = values.count(f"{prefix}.at_risk")
    estimate = proportion_interval(values, prefix, start)
    return estimate if at_risk.missing else phrase(estimate, "\n", say("{n} at risk", n=at_risk))


def _test_cell(values: Values, prefix: str) -> Phrase:
    """Write P, and below it the statistic and its degrees of freedom."""
    p = values.p_value(f"{prefix}.p_value")
    if p.missing is not None:
        return phrase(p)
    statistic, df = values.fixed(f"{prefix}.statistic", 2), values.count(f"{prefix}.df")
    return phrase(p, "\n", say("{statistic}, {df}\N{NO-BREAK SPACE}df", statistic=statistic, df=df))


def test_note(tests: Sequence[Label]) -> Iterator[str]:
    """Say which test the P value is of, where its name does not stand beside it."""
    if tests:
        test = tests[0].label
        yield word("P: {test}. Below P, the statistic and its degrees of freedom (df).", test=test)


def at_risk_notes(node: Node) -> Iterator[str]:
    """Say what stands below the estimates."""
    if node["times"]:
        yield (
            word("Under each estimate, the number still at risk just before that time (weighted).")
            if weighted(node)
            else word("Under each estimate, the number still at risk just before that time.")
        )


def weighted(node: Node) -> bool:
    """Tell whether patients count by weights."""
    return bool(node.get("weights"))


def spans_of(node: Node, values: Values, group: str) -> list[str]:
    """Name the spans of time that the table shows, the median first and always."""
    asked = [part for part in SPANS if values.has(f"{node['id']}.{group}.{part}.estimate")]
    return asked if "median" in asked else ["median", *asked]


#: Heads of spans of time, by their keys.
SPANS = {
    "median": "Median",
    "follow_up": "Median follow-up",
    "rmst": "Restricted mean",
}
