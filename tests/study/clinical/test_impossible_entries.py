"""What no checks have cleaned yet must not stop the columns, nor get into them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from atrisk.study.clinical.comparisons import compare_responses, compare_sos_criteria
from atrisk.study.clinical.derive import derive
from atrisk.study.clinical.deviations import dose_deviations
from atrisk.study.forms.tables import BLANK, PRESENT, Column, Records
from clinical_records import records


def drawn(column: Column, rng: np.random.Generator) -> Column:
    """Fill a column with anything its kind can hold, a third of it blank."""
    n = len(column.values)
    missing = np.where(rng.random(n) < 0.33, BLANK, PRESENT).astype(np.int8)
    gone = missing != PRESENT
    if column.kind == "number":
        wild = rng.choice([-5.0, 0.0, 0.5, 3.0, 150.0, 1e9, 12.5], n)
        return replace(column, values=np.where(gone, np.nan, wild), missing=missing)
    if column.kind == "date":
        day = np.datetime64("2020-01-01") + rng.integers(-40_000, 40_000, n)
        near = np.datetime64("2020-01-01") + rng.integers(0, 100, n)
        day = np.where(rng.random(n) < 0.8, near, day)
        values = np.where(gone, np.datetime64("NaT"), day).astype("datetime64[D]")
        return replace(column, values=values, missing=missing)
    levels = column.levels or ("46,XX[20]", "TBF", "???", "45,XY,-7,,+[3")
    codes = rng.integers(0, len(levels), n)
    values = np.where(gone, -1, codes).astype(np.int32)
    return replace(column, values=values, missing=missing, levels=levels, written=None)


def wild_records(seed: int) -> Records:
    """Give 30 patients 0 to 4 rows of every form that repeats, filled at random."""
    rng = np.random.default_rng(seed)
    ids = [f"P{at}" for at in range(30)]
    empty = records(ids)
    rows = {
        form: [
            {"id": name}
            for name in ids
            for _ in range(rng.integers(0, 5) if form in empty.dictionary.repeating else 1)
        ]
        for form in empty.tables
    }
    made = records(ids, **rows)
    tables = {
        form: replace(
            table, columns={name: drawn(column, rng) for name, column in table.columns.items()}
        )
        for form, table in made.tables.items()
    }
    return replace(made, tables=tables)


@pytest.mark.parametrize("seed", range(8))
def test_anything_gives_columns(seed: int) -> None:
    made = wild_records(seed)
    found = {column.name: column for column in derive(made, sos_severity=True)}
    for column in found.values():
        held = column.column
        assert len(held.values) == len(held.missing) == 30
        assert all(origin.row.shape == (30,) for origin in column.origin)
        assert all((origin.row < made.tables[origin.form].rows).all() for origin in column.origin)
    cycles = found["ino_cycles"].column
    assert (cycles.values[cycles.present] > 0).all()
    between = found["ino_to_hct"].column
    assert (between.values[between.present] > 0).all()
    assert len(dose_deviations(made).columns()["record"]) > 0
    compare_responses(made)
    compare_sos_criteria(made)


def test_a_value_comes_from_a_row_of_its_patient() -> None:
    made = wild_records(1)
    for column in derive(made, sos_severity=True):
        for origin in column.origin:
            here = np.flatnonzero(origin.row >= 0)
            record = made.tables[origin.form].record[origin.row[here]]
            assert (record == here).all(), (column.name, origin.field)
