"""Columns of the first transplantation after inotuzumab ozogamicin (INO)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.leukaemia.conditioning import Dose, alkylators, regimen_alkylators
from atrisk.leukaemia.donor import donor_group
from atrisk.leukaemia.intensity import intensity
from atrisk.study.clinical.rows import flag, form_rows
from atrisk.study.derived.column import computed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.rows import FormRows
    from atrisk.study.derived.column import Derived, Origin
    from atrisk.study.forms.tables import Column

__all__ = ["conditioning_doses", "transplant_columns", "transplant_date"]

_SLOTS: Final = range(1, 7)
_PARTS: Final = ("agent", "dose", "unit", "day")
_Conditioning = tuple[tuple[Dose, ...], str]
_UNITS: Final = {
    "1": "mg/kg IV",
    "2": "mg/kg PO",
    "3": "mg/m2",
    "4": "g/m2",
    "5": "Gy single",
    "6": "Gy fractionated",
}
_STATUS: Final = {"1": "CR", "2": "CRi", "3": "PR", "4": "refractory"}
_INTENSITY: Final = {"1": "MAC", "2": "RIC", "3": "NMA"}
_BY_RULE: Final = ("MAC", "RIC", "NMA", "cannot say")
_OF: Final = "of the first transplantation after the first dose of INO"


def conditioning_doses(
    rows: FormRows, row: NDArray[np.int32]
) -> tuple[NDArray[np.int64], list[_Conditioning]]:
    """Find the distinct conditionings in the rows chosen.

    Returns
    -------
    tuple
        shape (R,): which conditioning each record has, -1 without a row; and the conditionings:
        the agents in their slots, and the name of the regimen where no slot is filled.
    """
    there = np.flatnonzero(row >= 0)
    chosen = row[there]
    codes = np.full(rows.count, -1, dtype=np.int64)
    if not there.size:
        return codes, []
    slots = [
        [rows.table.column(f"hct_{part}{slot}").take(chosen) for part in _PARTS] for slot in _SLOTS
    ]
    name = rows.table.column("hct_regimen").take(chosen)
    key = np.zeros(there.size, dtype=np.int64)
    for column in (*(column for parts in slots for column in parts), name):
        gap = -1 if column.kind == "code" else np.inf
        _, part = np.unique(np.where(column.present, column.values, gap), return_inverse=True)
        _, key = np.unique(key * (int(part.max()) + 1) + part, return_inverse=True)
    _, first = np.unique(key, return_index=True)
    codes[there] = key
    given = [
        zip(*(_values(column.take(first)) for column in parts), strict=True) for parts in slots
    ]
    names = _values(name.take(first))
    return codes, [
        _conditioning(parts, text)
        for parts, text in zip(zip(*given, strict=True), names, strict=True)
    ]


def _values(column: Column) -> list[Any]:
    """Give the entries as Python values, None where missing."""
    if column.kind == "code":
        words = [*column.levels, None]
        return [words[code] for code in np.where(column.present, column.values, -1).tolist()]
    present = column.present.tolist()
    values = column.values.tolist()
    return [value if there else None for value, there in zip(values, present, strict=True)]


def _conditioning(slots: Iterable[tuple[Any, ...]], name: str | None) -> _Conditioning:
    """Read the slots of one row; an impossible dose is as good as none: the checks say so."""
    doses = tuple(
        Dose(
            agent,
            dose if dose is None or dose >= 0 else None,
            _UNITS.get(unit),
            None if day is None else int(day),
        )
        for agent, dose, unit, day in slots
        if agent is not None
    )
    return doses, "" if doses else (name or "")


def _conditioning_columns(rows: FormRows, row: NDArray[np.int32]) -> Iterator[Derived]:
    codes, distinct = conditioning_doses(rows, row)
    origin = [rows.origin(f"hct_agent{slot}", row) for slot in _SLOTS]
    yield _intensity_by_rule(codes, distinct, origin)
    origin.append(rows.origin("hct_regimen", row))
    found = [regimen_alkylators(name) if name else alkylators(doses) for doses, name in distinct]
    how = f"{_OF}, by the agents, or by the regimen's name where none is entered"
    for name, label, said, rule in (
        (
            "double_alkylator",
            "Double alkylators in conditioning",
            [one.double for one in found],
            "two or more different alkylators given before day 0",
        ),
        (
            "thiotepa",
            "Thiotepa in conditioning",
            [one.thiotepa for one in found],
            "thiotepa given before day 0",
        ),
    ):
        known = [np.nan if one is None else float(one) for one in said]
        values = np.array([*known, np.nan])[codes]
        yield flag(name, label, values == 1, ~np.isnan(values), origin, f"{rule} {how}")


def _intensity_by_rule(
    codes: NDArray[np.int64],
    distinct: list[_Conditioning],
    origin: list[Origin],
) -> Derived:
    """Classify what was given; without doses no rule can say."""
    calls = [intensity(doses).call for doses, _ in distinct]
    place = np.array([_BY_RULE.index(call) for call in calls] + [-1])
    return computed(
        "intensity_by_rule",
        "Intensity of conditioning, by total doses",
        "code",
        place[codes],
        origin,
        f"total doses of the agents {_OF}, where published definitions agree",
        levels=_BY_RULE,
    )


def _donor(rows: FormRows, row: NDArray[np.int32]) -> Iterator[Derived]:
    """Group the donors; one that the paper has no group for keeps its own name."""
    codes = rows.table.column("hct_donor").levels
    groups = [donor_group(code) for code in codes]
    words = {code: one.group or one.donor for code, one in zip(codes, groups, strict=True)}
    levels = tuple(dict.fromkeys(words.values()))
    place = rows.positions("hct_donor", codes)
    where = np.array([levels.index(words[code]) for code in codes] + [-1])
    values = np.where(row >= 0, where[place[row] if len(place) else -1], -1)
    used = sorted(set(values[values >= 0].tolist()))
    narrow = np.full(len(levels) + 1, -1)
    narrow[used] = np.arange(len(used))
    rule = f"hct_donor {_OF}, in the groups of Kayser et al. 2024"
    yield computed(
        "donor_group",
        "Donor",
        "code",
        narrow[values],
        (rows.origin("hct_donor", row),),
        rule,
        levels=tuple(levels[place] for place in used),
        missing=rows.reason("hct_donor", row),
    )


def _maintenance(line: Timeline) -> Derived:
    rows = form_rows(line.records, "maintenance")
    day = rows.days("mnt_start")
    row = rows.first(day >= line.hct[rows.record], day)
    origin = [rows.origin("mnt_start", row)]
    label, rule = (
        "Maintenance after transplantation",
        "a maintenance that began on or after hct_date",
    )
    return flag("maintenance", label, row >= 0, line.transplanted, origin, rule)


def _bridging(line: Timeline) -> Iterator[Derived]:
    """Tell who was treated between INO and transplantation; a row without a date counts."""
    rows = form_rows(line.records, "bridging")
    start = rows.days("brg_start")
    begin, hct = line.start[rows.record], line.hct[rows.record]
    between = np.isnan(start) | ((start > begin) & (start <= hct))
    order = np.where(np.isnan(start), np.inf, start)
    words = "a treatment that began after the first dose of INO and up to hct_date"
    for name, label, field, code, rule in (
        ("bridging", "Therapy between INO and transplantation", "brg_start", "", words),
        (
            "bridging_blinatumomab",
            "Blinatumomab between INO and transplantation",
            "brg_therapy___3",
            "1",
            f"{words}, with blinatumomab",
        ),
    ):
        given = between & rows.holds(field, code) if code else between
        row = rows.first(given, order)
        row = np.where(line.transplanted, row, -1).astype(np.int32)
        yield flag(name, label, row >= 0, line.transplanted, [rows.origin(field, row)], rule)


def transplant_date(line: Timeline) -> Derived:
    """Give the date of the first transplantation, missing where that is not known."""
    rows = form_rows(line.records, "transplant")
    day = rows.days_within(
        "hct_date", line.start[rows.record] + 1, np.full(rows.table.rows, np.nan)
    )
    rule = "date of the first transplantation after the first dose of INO"
    made = rows.field("hct_date", "Transplantation", "hct_date", line.hct_row, rule, day=day)
    return rows.unknown(made, "hct_date", line.hct_open, line.records.dictionary.missing_codes)


def _second_date(line: Timeline) -> Derived:
    rows = form_rows(line.records, "transplant")
    rule = "date of the next transplantation after hct_date"
    made = rows.field("hct2_date", "Second transplantation", "hct_date", line.second_row, rule)
    return rows.unknown(made, "hct_date", line.second_open, line.records.dictionary.missing_codes)


def transplant_columns(line: Timeline) -> Iterator[Derived]:
    """Give dates, donor, conditioning and status at transplantation."""
    rows, row = form_rows(line.records, "transplant"), line.hct_row
    yield transplant_date(line)
    yield _second_date(line)
    yield from _donor(rows, row)
    label = "Intensity of conditioning, as the centre called it"
    rule = f"hct_intensity {_OF}"
    yield rows.category("intensity", label, "hct_intensity", row, _INTENSITY, rule)
    yield from _conditioning_columns(rows, row)
    label, rule = "Remission status at transplantation", f"hct_status {_OF}"
    yield rows.category("status_at_hct", label, "hct_status", row, _STATUS, rule)
    status = np.where(row >= 0, rows.at(rows.positions("hct_status", tuple(_STATUS)), row), -1)
    yield flag(
        "remission_at_hct",
        "CR or CRi at transplantation",
        (status == 0) | (status == 1),
        status >= 0,
        [rows.origin("hct_status", row)],
        f"CR or CRi {_OF}",
    )
    yield from _bridging(line)
    yield _maintenance(line)
