"""Table 1: the patients by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed
from atrisk.report import format as form
from atrisk.report.describe_notes import describe_notes
from atrisk.report.document import Label, all_groups, level_words, title_by_group
from atrisk.report.language import word
from atrisk.report.tables import Row, Table, group_heading
from atrisk.report.values import Node, Number, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SHOWN_STATISTICS", "describe_table"]

_DIGITS = 3
_BLANK = Phrase()
_QUANTILES = ("median", "q1", "q3")
_QUARTILES = frozenset({"median_iqr", "iqr"})
#: By how much of itself rounding may change an end of a range, and with how many more decimals.
_MOST_ROUNDED, _MORE_PLACES = 0.05, 6
#: A variable of two levels called so is shown without the name of its level.
_YES = frozenset({"yes", "ja", "sì", "si"})


@dataclass(frozen=True, slots=True)
class _Cells:
    """One continuous variable's numbers, written with the decimals its data need.

    Decimals end at the third significant digit of the median of all: 47.8 (8.8-64.4). What lies
    between the data, a mean or a quantile, has one more where the data need no more than that.
    """

    values: Values
    prefix: str
    groups: tuple[Label, ...]
    quartiles: bool

    def key(self, group: str, part: str) -> str:
        return f"{self.prefix}.{group}.{part}"

    def known(self, parts: tuple[str, ...]) -> list[float]:
        found = (self.values.raw(self.key(g.id, part)) for g in self.groups for part in parts)
        return [value for value in found if value is not None]

    def places(self) -> tuple[int, int]:
        """Give the decimals of the data, and of what lies between them."""
        medians = [self.values.raw(self.key(group.id, "median")) for group in self.groups]
        ends = self.known(("min", "max"))
        # all patients are the last group; without a median above 0 the largest value tells
        typical = medians[-1] or max(map(abs, ends), default=0.0)
        most = form.places_for_digits(typical, _DIGITS)
        needed = form.places_needed(ends, most + 1)
        return (needed, needed + 1) if needed <= most else (most, most)

    def number(self, group: str, part: str, *, between: bool = False) -> Number:
        return self.values.fixed(self.key(group, part), self.places()[between])

    def end(self, group: str, part: str) -> Number:
        """Write an end of a range: as the data are, but so that rounding does not change it."""
        least = self.places()[0]

        def show(value: float) -> str:
            enough = (
                places
                for places in range(least, least + _MORE_PLACES)
                if abs(round(value, places) - value) < _MOST_ROUNDED * abs(value) or value == 0
            )
            return form.fixed(value, next(enough, least + _MORE_PLACES))

        return self.values.number(self.key(group, part), show)

    def quantile(self, group: str, part: str) -> Number:
        """Write a quantile with the decimals of its row, which are those of the data.

        Whole numbers have one decimal where a quantile of any group lies between them.
        """
        least, between = self.places()
        shown = _QUANTILES if self.quartiles else _QUANTILES[:1]
        needed = form.places_needed(self.known(shown), between)
        places = max(least, needed) if least == 0 else least
        return self.values.fixed(self.key(group, part), places)


def describe_table(analysis: Node, values: Values) -> Table:
    """Build Table 1: a row or more a variable, a column a group, all patients last."""
    groups = all_groups(analysis)
    more = _more_columns(analysis)
    rows: list[Row] = []
    for variable in analysis["variables"]:
        own = _variable_rows(variable, analysis, groups, values)
        rows += _beside(own, [column.cell(analysis, variable, values) for column in more], groups)
    return Table(
        id=analysis["id"],
        title=title_by_group(analysis),
        stub=word("Characteristic"),
        columns=(
            *(
                group_heading(values, group.label, f"{analysis['id']}.{group.id}.n")
                for group in groups
            ),
            *(phrase(word(column.head)) for column in more),
        ),
        rows=tuple(rows),
        notes=tuple(describe_notes(analysis, values, groups)),
    )


@dataclass(frozen=True, slots=True)
class _Column:
    """A column with one number a variable, beside the groups."""

    head: str
    cell: Callable[[Node, Node, Values], Phrase]


def _missing_cell(analysis: Node, variable: Node, values: Values) -> Phrase:
    if variable.get("missing") != "column":
        return _BLANK
    group = analysis["overall"]["id"]
    return phrase(values.count(f"{analysis['id']}.{variable['id']}.{group}.missing"))


def _difference_cell(analysis: Node, variable: Node, values: Values) -> Phrase:
    key = f"{analysis['id']}.{variable['id']}.standardised_difference"
    return phrase(values.fixed(key, 2))


def _p_cell(analysis: Node, variable: Node, values: Values) -> Phrase:
    if variable.get("test") is None:
        return _BLANK
    return phrase(values.p_value(f"{analysis['id']}.{variable['id']}.test.p_value"))


_COLUMNS = {
    "missing": _Column("Missing, n", _missing_cell),
    "differences": _Column("Standardised difference", _difference_cell),
    "tests": _Column("P", _p_cell),
}


def _more_columns(analysis: Node) -> list[_Column]:
    wanted = dict(analysis.get("compared") or {})
    wanted["missing"] = any(v.get("missing") == "column" for v in analysis["variables"])
    return [column for name, column in _COLUMNS.items() if wanted.get(name)]


def _beside(rows: list[Row], more: list[Phrase], groups: tuple[Label, ...]) -> Iterator[Row]:
    """Set the numbers of a variable into its first row."""
    if not more:
        yield from rows
        return
    blank = [_BLANK] * len(more)
    for position, row in enumerate(rows):
        cells = row.cells or (_BLANK,) * len(groups)
        added = more if position == 0 else blank
        yield Row(row.label, (*cells, *added), row.level)


def _variable_rows(
    variable: Node, analysis: Node, groups: tuple[Label, ...], values: Values
) -> list[Row]:
    prefix = f"{analysis['id']}.{variable['id']}"
    if variable["type"] == "categorical":
        rows = _level_rows(variable, analysis, groups, values)
    else:
        quartiles = not _QUARTILES.isdisjoint(variable["statistics"])
        rows = _statistic_rows(variable, _Cells(values, prefix, groups, quartiles))
    return rows + _missing_rows(variable, analysis, groups, values)


def _level_rows(
    variable: Node, analysis: Node, groups: tuple[Label, ...], values: Values
) -> list[Row]:
    prefix, places = f"{analysis['id']}.{variable['id']}", analysis.get("percent_places", 1)

    def cells(level: str) -> tuple[Phrase, ...]:
        keys = (f"{prefix}.{level}.{group.id}" for group in groups)
        return tuple(_share(values, f"{k}.count", f"{k}.percent", places) for k in keys)

    shown = variable.get("shown")
    levels = [v for v in variable["levels"] if shown is None or v["id"] in shown]
    if len(levels) == 1 < len(variable["levels"]):
        return [Row(_level_label(variable["label"], levels[0]["label"]), cells(levels[0]["id"]))]
    rows = [Row(level["label"], cells(level["id"]), level=1) for level in levels]
    return [Row(word("{label}, n (%)", label=variable["label"])), *rows]


def _level_label(label: str, level: str) -> str:
    if level.casefold() in _YES:
        return word("{label}, n (%)", label=label)
    return word("{label}: {level}, n (%)", label=label, level=level_words(level))


def _share(values: Values, count: str, percent: str, places: int) -> Phrase:
    """Write ``20 (34.5)``; of a count that is not shown there is no share."""
    number = values.count(count)
    if number.missing is not None:
        return phrase(number)
    return phrase(number, " (", values.fixed(percent, places), ")")


def _statistic_rows(variable: Node, cells: _Cells) -> list[Row]:
    wanted = variable["statistics"]
    unknown = [name for name in wanted if name not in SHOWN_STATISTICS]
    if unknown:
        raise InputError(
            f"Variable {variable['id']!r} asks for {listed(unknown)}; "
            f"the report writes {form.listing(SHOWN_STATISTICS)}."
        )
    if len(wanted) == 1:
        statistic = word(SHOWN_STATISTICS[wanted[0]])
        label = word("{label}, {statistic}", label=variable["label"], statistic=statistic)
        return [_statistic_row(wanted[0], label, cells, level=0)]
    rows = (
        _statistic_row(name, form.capitalised(word(SHOWN_STATISTICS[name])), cells, level=1)
        for name in wanted
    )
    return [Row(variable["label"]), *rows]


def _statistic_row(name: str, label: str, cells: _Cells, level: int) -> Row:
    written = (_BUILD[name](cells, group.id) for group in cells.groups)
    return Row(label, tuple(map(_one_dash, written)), level=level)


def _one_dash(words: Phrase) -> Phrase:
    """Write one dash where no number is there, and for one reason."""
    reasons = {number.missing for number in words.numbers()}
    return phrase(next(words.numbers())) if len(reasons) == 1 and None not in reasons else words


def _range(low: Number, high: Number) -> Phrase:
    return phrase(low, form.range_dash(low.text, high.text), high)


def _median_range(cells: _Cells, group: str) -> Phrase:
    ends = _range(*(cells.end(group, part) for part in ("min", "max")))
    return phrase(cells.quantile(group, "median"), " (", ends, ")")


def _median_iqr(cells: _Cells, group: str) -> Phrase:
    median, low, high = (cells.quantile(group, part) for part in ("median", "q1", "q3"))
    return phrase(median, " (", _range(low, high), ")")


def _mean_sd(cells: _Cells, group: str) -> Phrase:
    mean, spread = (cells.number(group, part, between=True) for part in ("mean", "sd"))
    return phrase(mean, " (", spread, ")")


def _ends(cells: _Cells, group: str) -> Phrase:
    return _range(cells.end(group, "min"), cells.end(group, "max"))


def _quartiles(cells: _Cells, group: str) -> Phrase:
    return _range(cells.quantile(group, "q1"), cells.quantile(group, "q3"))


def _known(cells: _Cells, group: str) -> Phrase:
    return phrase(cells.values.count(cells.key(group, "n")))


#: How continuous variables are described, as the rows of the table call it.
SHOWN_STATISTICS = {
    "median_range": "median (range)",
    "median_iqr": "median (interquartile range)",
    "mean_sd": "mean (SD)",
    "range": "range",
    "iqr": "interquartile range",
    "known": "patients with a known value, n",
}
_BUILD: dict[str, Callable[[_Cells, str], Phrase]] = {
    "median_range": _median_range,
    "median_iqr": _median_iqr,
    "mean_sd": _mean_sd,
    "range": _ends,
    "iqr": _quartiles,
    "known": _known,
}


def _missing_rows(
    variable: Node, analysis: Node, groups: tuple[Label, ...], values: Values
) -> list[Row]:
    """Give missing values their row, where there are some and no column shows them."""
    how, prefix = variable.get("missing", "row"), f"{analysis['id']}.{variable['id']}"
    keys = [f"{prefix}.{group.id}.missing" for group in groups]
    none = all(values.raw(key) == 0 for key in keys)
    if none or how == "column":
        return []
    if how == "row":
        return [Row(word("Missing"), tuple(phrase(values.count(key)) for key in keys), level=1)]
    label = word("Missing") if variable.get("levels") else word("Missing, n (%)")
    places = analysis.get("percent_places", 1)
    cells = (_share(values, key, f"{key}_percent", places) for key in keys)
    return [Row(label, tuple(cells), level=1)]
