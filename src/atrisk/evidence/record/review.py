"""The tables of the review (Short 2024) rebuilt from the record, cell by cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atrisk.evidence.record.doses import cumulative_dose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.evidence.record.models import Listed, Number, Study

__all__ = ["REVIEW", "ReviewTable", "review_table"]

ADDED = "Cumulative dose, mg/m2 (added up)"


@dataclass(frozen=True, slots=True)
class ReviewTable:
    """A table of the review: its title, its columns as printed, its footnotes by mark."""

    number: int
    title: str
    columns: tuple[str, ...]
    footnotes: tuple[str, ...] = ()
    percent_in_cell: bool = True
    dosed: bool = False


_TRIALS = ("Trial", "Age (years)", "ALL subtypes", "Primary endpoint")
REVIEW: Final[dict[int, ReviewTable]] = {
    1: ReviewTable(
        1,
        "early trials of INO alone in adults with relapsed or refractory B-cell ALL",
        (
            "Study",
            "N",
            "Age, median [range]",
            "INO dosing",
            "CR/CRi Rate",
            "HSCT Rate",
            "Median OS",
            "VOD/SOS rate",
        ),
        (
            "a: only in transplanted patients.",
            "b: doses of phase 2; phase 1 gave 1.2-1.8 mg/m2 in divided doses.",
            "c: patients randomised to INO.",
        ),
        dosed=True,
    ),
    2: ReviewTable(
        2,
        "selected ongoing trials of INO in relapsed or refractory B-cell ALL",
        (*_TRIALS, "Data presented or published", "Trial Identifier"),
    ),
    3: ReviewTable(
        3,
        "selected ongoing trials of INO in newly diagnosed B-cell ALL",
        (*_TRIALS, "Data presented or published", "Trial identifier"),
    ),
    4: ReviewTable(
        4,
        "prospective studies of INO in older adults with newly diagnosed ALL",
        (
            "Reference (regimen)",
            "N",
            "Age in years, median [range]",
            "CR/CRi rate (%)",
            "HSCT rate in first remission (%)",
            "SOS/VOD rate (%)",
            "OS rate (%)",
        ),
        percent_in_cell=False,
        dosed=True,
    ),
}
_PAPER = "short-2024"
_AT = re.compile(r"Table (?P<table>\d+), row (?P<row>\d+), (?P<column>.+)")


def review_table(studies: Iterable[Study], number: int) -> dict[str, Any]:
    """Rebuild a table of the review.

    Parameters
    ----------
    studies
        those of the record, or some of them.
    number
        1, 2, 3 or 4.

    Returns
    -------
    dict
        a table document (see `table`): the cells as the review prints them, in its order, and for
        tables of doses a column of the cumulative dose that the schedule adds up to.
    """
    from atrisk.evidence.record.tables import table

    layout = REVIEW[number]
    found = [
        (row, study)
        for study in studies
        for row in study.listed
        if (row.paper, row.table) == (_PAPER, number)
    ]
    found.sort(key=lambda pair: pair[0].row)
    columns = [*layout.columns, *([ADDED] if layout.dosed else [])]
    return table(
        f"table-{number}",
        f"Table {number} of the review: {layout.title}",
        columns,
        [_cells(study, row, layout) for row, study in found],
        notes=(
            *layout.footnotes,
            f"Rebuilt from the record, as printed in Table {number} of Short 2024.",
        ),
        studies=[study.study.id for _, study in found],
    )


def _cells(study: Study, row: Listed, layout: ReviewTable) -> list[str]:
    printed = {
        found["column"]: number
        for number in study.numbers
        if number.paper == _PAPER
        and (found := _AT.fullmatch(number.at)) is not None
        and (int(found["table"]), int(found["row"])) == (row.table, row.row)
    }
    cells = []
    for column in layout.columns:
        mark = f" ^{row.marks[column]}" if column in row.marks else ""
        number = printed.get(column)
        text = row.cells.get(column, "") if number is None else _cell(number, layout)
        cells.append(text + mark)
    return [*cells, _added(study)] if layout.dosed else cells


def _cell(number: Number, layout: ReviewTable) -> str:
    """Write a number as its cell prints it."""
    value = str(number.value)
    if number.range is not None:
        return f"{value} [{number.range[0]}\N{EN DASH}{number.range[1]}]"
    if number.time is not None:
        return f"{value} ({number.time}-{str(number.time_unit).removesuffix('s')})"
    if number.unit == "%":
        return f"{value}%" if layout.percent_in_cell else value
    return value if number.unit == "patients" else f"{value} {number.unit}"


def _added(study: Study) -> str:
    regimen = study.regimen_of(study.arms[0].id)
    dose = None if regimen is None else cumulative_dose(regimen)
    return "not known" if dose is None else dose.text
