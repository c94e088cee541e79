"""Columns of relapse, graft-versus-host disease, death and last contact."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.clinical.rows import flag, form_rows
from atrisk.study.clinical.transplant import transplant_date
from atrisk.study.derived.after_origin import first_after
from atrisk.study.derived.column import select
from atrisk.study.derived.periods import day_bounds
from atrisk.study.derived.rows import taken_at, undecided
from atrisk.study.forms.tables import BLANK, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.rows import FormRows
    from atrisk.study.derived.column import Derived

__all__ = ["follow_up_columns", "gvhd_columns", "relapse_columns"]


def relapse_columns(line: Timeline, origin: Derived) -> Iterator[Derived]:
    """Give the first relapse after an origin, and the first after the transplantation."""
    rows = form_rows(line.records, "relapse")
    for name, label, since in (
        ("relapse_date", "Relapse or progression", origin),
        (
            "relapse_after_hct_date",
            "Relapse or progression after transplantation",
            transplant_date(line),
        ),
    ):
        rule = f"date of the first relapse or progression after {since.name}"
        yield first_after(
            line.records, "relapse", "rel_date", since, name=name, label=label, rule=rule
        )
        if name == "relapse_date":
            yield _relapsed(rows, since)


def _relapsed(rows: FormRows, since: Derived) -> Derived:
    """Tell who has a relapse after an origin, known from when or not."""
    start = np.where(since.column.present, since.dates.astype(np.int64), np.nan)
    last = day_bounds(rows.table.column("rel_date"))[1].astype(np.int64)
    day = rows.days("rel_date")
    row = rows.first((last > start[rows.record]) & ~np.isnan(day), day)
    return flag(
        "relapse",
        "Relapse or progression",
        row >= 0,
        ~np.isnan(start) & ((row >= 0) | (rows.counts(np.isnan(day)) == 0)),
        [rows.origin("rel_date", row)],
        f"a relapse or progression after {since.name}; missing where one without a date may be",
    )


def gvhd_columns(line: Timeline) -> Iterator[Derived]:
    """Give the first days of graft-versus-host disease, as the forms have them."""
    rows = form_rows(line.records, "gvhd")
    row = rows.only()
    grades = ("agvhd_grade", "Acute GVHD, highest grade"), ("cgvhd", "Chronic GVHD, worst")
    for field, label in grades:
        yield rows.field(field, label, field, row, f"{field} of the form gvhd")
    codes = line.records.dictionary.missing_codes
    for name, label, field, asked, among, rule in (
        (
            "agvhd34_date",
            "Acute GVHD of grade III or IV",
            "agvhd_date",
            "agvhd_grade",
            rows.holds("agvhd_grade", "3", "4"),
            "agvhd_date where the highest grade is III or IV",
        ),
        (
            "cgvhd_date",
            "Chronic GVHD",
            "cgvhd_date",
            "cgvhd",
            rows.holds("cgvhd", "1", "2", "3"),
            "cgvhd_date where there is chronic GVHD",
        ),
        (
            "cgvhd_systemic_date",
            "Chronic GVHD with systemic treatment",
            "cgvhd_date",
            "cgvhd",
            rows.holds("cgvhd", "1", "2", "3") & rows.holds("cgvhd_systemic", "1"),
            "cgvhd_date where chronic GVHD needed systemic treatment",
        ),
    ):
        kept = (row >= 0) & (among[row] if len(among) else row >= 0)
        made = rows.field(name, label, field, np.where(kept, row, -1).astype(np.int32), rule)
        unknown = undecided(rows.reason(asked, row), codes)
        yield rows.unknown(made, asked, np.where(unknown, row, -1).astype(np.int32), codes)


def follow_up_columns(line: Timeline) -> Iterator[Derived]:
    """Give death, its cause and the last contact."""
    rows = form_rows(line.records, "followup")
    row = rows.only()
    status = np.where(row >= 0, rows.at(rows.positions("fu_status", ("1", "2", "3")), row), -1)
    yield flag(
        "dead",
        "Dead",
        status == 1,
        status >= 0,
        [rows.origin("fu_status", row)],
        "fu_status is dead; alive and lost to follow-up are 0",
    )
    death = rows.field("death_date", "Death", "death_date", row, "death_date of the form followup")
    yield _as_known_as(death, line, row)
    rule = "death_cause of the form followup"
    yield rows.field("death_cause", "Cause of death", "death_cause", row, rule)
    yield select(line.records, "followup", "fu_date", name="last_contact", label="Last contact")


def _as_known_as(death: Derived, line: Timeline, row: NDArray[np.int32]) -> Derived:
    """Let a blank date of death be as unknown as the status is: nobody said that he lives."""
    status = taken_at(line.records.table("followup").column("fu_status"), row)
    open_ = (death.column.missing == BLANK) & (status.missing >= UNREADABLE)
    missing = np.where(open_, status.missing, death.column.missing).astype(np.int8)
    rule = f"{death.rule}; not known where fu_status is not"
    return replace(death, column=replace(death.column, missing=missing), rule=rule)
