"""Small records of the packaged dictionary, from rows written as dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np

from atrisk.study.forms.packaged import packaged_dictionary
from atrisk.study.forms.tables import (
    BLANK,
    CODED,
    PRESENT,
    Centre,
    Column,
    FormTable,
    Records,
    SourceFile,
    coded,
)

Row = dict[str, Any]
_MIDDLE = {1: "-15", 2: "-07-01"}


def records(ids: list[str], **forms: list[Row]) -> Records:
    """Make records: each row has ``id`` and fields; dates may be partial, missing codes written."""
    dictionary = packaged_dictionary("ino-hct")
    tables = {
        form: _table(dictionary, form, forms.get(form, []), ids, place)
        for place, form in enumerate(dictionary.forms)
    }
    files = tuple(
        SourceFile(f"{form}.csv", "all", "line", table.rows, table.rows, 0, "")
        for form, table in tables.items()
    )
    centre = np.zeros(len(ids), dtype=np.int32)
    return Records(dictionary, (Centre("all", "All"),), tuple(ids), centre, tables, files, ())


def _table(dictionary: Any, form: str, rows: list[Row], ids: list[str], place: int) -> FormTable:
    order = sorted(range(len(rows)), key=lambda at: (ids.index(rows[at]["id"]), at))
    record = np.array([ids.index(rows[at]["id"]) for at in order], dtype=np.int32)
    instance = [int((record[:at] == one).sum()) + 1 for at, one in enumerate(record)]
    columns = {}
    for field in dictionary.of(form):
        if field.name == dictionary.record_id:
            continue
        for name in field.columns:
            texts = [str(rows[at].get(name, "")) for at in order]
            columns[name] = _column(dictionary, field, name, texts)
    return FormTable(
        form,
        record,
        np.array(instance, dtype=np.int32),
        None,
        np.full(len(rows), place, dtype=np.int32),
        np.array([at + 2 for at in order], dtype=np.int32),
        columns,
    )


def _column(dictionary: Any, field: Any, name: str, texts: list[str]) -> Column:
    codes = {missing.code: CODED + at for at, missing in enumerate(dictionary.missing_codes)}
    missing = [codes.get(text, PRESENT if text else BLANK) for text in texts]
    present = [text if why == PRESENT else "" for text, why in zip(texts, missing, strict=True)]
    kind, levels, precision = field.kind, (), None
    if kind == "number":
        values: Any = np.array([float(text) if text else np.nan for text in present])
    elif kind == "date":
        precision = np.array([(10 - len(text)) // 3 if text else 0 for text in present], np.int8)
        days = [t + _MIDDLE.get(p, "") for t, p in zip(present, precision.tolist(), strict=True)]
        values = np.array([day or "NaT" for day in days], dtype="datetime64[D]")
        precision = precision if precision.any() else None
    else:
        kind = "code"
        levels = ("0", "1") if field.kind == "checkbox" else field.codes
        levels = levels or tuple(dict.fromkeys(text for text in present if text))
        values = np.array([levels.index(t) if t else -1 for t in present], dtype=np.int32)
    return Column(
        name, kind, values, np.array(missing, dtype=np.int8), levels, coded(texts), precision
    )
