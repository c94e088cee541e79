"""Columns of relapse, graft-versus-host disease, death and last contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.clinical.rows import flag, form_rows
from atrisk.study.derived.column import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.derived.column import Derived

__all__ = ["follow_up_columns", "gvhd_columns", "relapse_columns"]


def relapse_columns(line: Timeline, origin: Derived) -> Iterator[Derived]:
    """Give the first relapse after an origin, and the first after the transplantation."""
    rows = form_rows(line.records, "relapse")
    day = rows.days("rel_date")
    start = np.where(origin.column.present, origin.dates.astype(np.int64), np.nan)
    for name, label, since, words in (
        ("relapse_date", "Relapse or progression", start, origin.name),
        (
            "relapse_after_hct_date",
            "Relapse or progression after transplantation",
            line.hct,
            "hct_date",
        ),
    ):
        row = rows.first(day > since[rows.record], day)
        rule = f"date of the first relapse or progression after {words}"
        yield rows.field(name, label, "rel_date", row, rule)
        if name == "relapse_date":
            yield flag(
                "relapse",
                "Relapse or progression",
                row >= 0,
                ~np.isnan(start),
                [rows.origin("rel_date", row)],
                f"a relapse or progression after {words}",
            )


def gvhd_columns(line: Timeline) -> Iterator[Derived]:
    """Give the first days of graft-versus-host disease, as the forms have them."""
    rows = form_rows(line.records, "gvhd")
    row = rows.only()
    grades = ("agvhd_grade", "Acute GVHD, highest grade"), ("cgvhd", "Chronic GVHD, worst")
    for field, label in grades:
        yield rows.field(field, label, field, row, f"{field} of the form gvhd")
    for name, label, field, among, rule in (
        (
            "agvhd34_date",
            "Acute GVHD of grade III or IV",
            "agvhd_date",
            rows.holds("agvhd_grade", "3", "4"),
            "agvhd_date where the highest grade is III or IV",
        ),
        (
            "cgvhd_date",
            "Chronic GVHD",
            "cgvhd_date",
            rows.holds("cgvhd", "1", "2", "3"),
            "cgvhd_date where there is chronic GVHD",
        ),
        (
            "cgvhd_systemic_date",
            "Chronic GVHD with systemic treatment",
            "cgvhd_date",
            rows.holds("cgvhd", "1", "2", "3") & rows.holds("cgvhd_systemic", "1"),
            "cgvhd_date where chronic GVHD needed systemic treatment",
        ),
    ):
        kept = (row >= 0) & (among[row] if len(among) else row >= 0)
        yield rows.field(name, label, field, np.where(kept, row, -1).astype(np.int32), rule)


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
    for field, label in (("death_date", "Death"), ("death_cause", "Cause of death")):
        yield rows.field(field, label, field, row, f"{field} of the form followup")
    yield select(line.records, "followup", "fu_date", name="last_contact", label="Last contact")
