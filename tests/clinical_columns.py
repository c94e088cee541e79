"""Clinical columns of small hand-made forms, and the rows they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.clinical.derive import derive
from clinical_records import Row, records

if TYPE_CHECKING:
    from atrisk.study.derived.column import Derived


def columns(*patients: dict[str, list[Row]], **options: Any) -> dict[str, Derived]:
    """Derive the columns of patients P1, P2, ... from their forms."""
    ids = [f"P{place + 1}" for place in range(len(patients))]
    forms: dict[str, list[Row]] = {}
    for name, patient in zip(ids, patients, strict=True):
        for form, rows in patient.items():
            forms.setdefault(form, []).extend({"id": name, **row} for row in rows)
    return {column.name: column for column in derive(records(ids, **forms), **options)}


def value(column: Derived, at: int = 0) -> Any:
    """Give a value as Python has it, None where missing."""
    held = column.column
    if not held.present[at]:
        return None
    if held.kind == "code":
        return held.levels[held.values[at]]
    return str(held.values[at]) if held.kind == "date" else float(held.values[at])


def cycle(number: int | str, start: str, *doses: float, days: tuple[int, ...] = (0, 7, 14)) -> Row:
    row: Row = {"cyc_no": number}
    for slot, dose, day in zip(("d1", "d8", "d15"), doses, days, strict=False):
        row[f"cyc_{slot}_date"] = str(np.datetime64(start) + day)
        row[f"cyc_{slot}_dose"] = dose
    return row


def response(day: str, call: str, time: str = "1", **counts: Any) -> Row:
    return {"resp_date": day, "resp_call": call, "resp_time": time, **counts}


FIRST = cycle(1, "2020-01-01", 0.8, 0.5, 0.5)
SECOND = cycle(2, "2020-01-29", 0.5, 0.5, 0.5)
PART = cycle(2, "2020-01-29", 0.5, 0.5)
HCT: Row = {"hct_date": "2020-03-25", "hct_no": 1}
