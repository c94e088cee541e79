"""Records made from rows of texts, one list a form, for tests of checks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.forms.tables import (
    BLANK,
    CODED,
    PRESENT,
    UNREADABLE,
    Centre,
    Column,
    FormTable,
    Records,
    Rejected,
    SourceFile,
    coded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.study.checks import Rules
    from atrisk.study.forms.dictionary import Dictionary

    Entries = Mapping[str, Sequence[Mapping[str, str]]]


def entries_alone(rules: Rules) -> Rules:
    """Switch off what is asked of whole centres and records, which made-up rows would fail."""
    off = {"identical_records": "off", "form_without_rows": "off"}
    return replace(rules, severities={**rules.severities, **off})


def records_from(
    dictionary: Dictionary, forms: Entries, centres: Sequence[str] = ("A",)
) -> Records:
    """Make records: rows of texts by form, each with "record" and, where it repeats, "instance".

    The centre of a record is the first whose name its id begins with, else the first of all. Line
    2 is the first row of each form; the file of each form is ``<centre>/<form>.csv``.
    """
    ids = sorted({row["record"] for rows in forms.values() for row in rows})
    starts = [next((i for i, c in enumerate(centres) if name.startswith(c)), 0) for name in ids]
    files: list[SourceFile] = []
    tables = {}
    for form in dictionary.forms:
        rows = sorted(forms.get(form, ()), key=lambda r: (r["record"], int(r.get("instance", 1))))
        record = np.array([ids.index(row["record"]) for row in rows], dtype=np.int32)
        first = len(files)
        for position, centre in enumerate(centres):
            count = sum(starts[place] == position for place in record)
            files.append(SourceFile(f"{centre}/{form}.csv", centre, "line", count, count, 0, "ab"))
        tables[form] = FormTable(
            form,
            record,
            np.array([int(row.get("instance", 1)) for row in rows], dtype=np.int32),
            None,
            np.array([first + starts[place] for place in record], dtype=np.int32),
            np.arange(2, len(rows) + 2, dtype=np.int32),
            _columns(dictionary, form, rows),
        )
    made = Records(
        dictionary,
        tuple(Centre(name, f"Centre {name}") for name in centres),
        tuple(ids),
        np.array(starts, dtype=np.int32),
        tables,
        tuple(files),
        (),
    )
    return _with_rejected(made)


def _with_rejected(records: Records) -> Records:
    rejected = [
        Rejected(
            "entry",
            records.centres[records.centre[table.record[row]]].id,
            records.files[table.file[row]].name,
            "line",
            int(table.line[row]),
            records.ids[table.record[row]],
            table.form,
            name,
            column.text(row),
            "the entry is no number",
        )
        for table in records.tables.values()
        for name, column in table.columns.items()
        for row in np.flatnonzero(column.missing == UNREADABLE).tolist()
    ]
    parts = {name: getattr(records, name) for name in Records.__dataclass_fields__}
    return Records(**{**parts, "rejected": tuple(rejected)})


def _columns(
    dictionary: Dictionary, form: str, rows: Sequence[Mapping[str, str]]
) -> dict[str, Column]:
    found = {}
    for field in dictionary.of(form):
        if field.name == dictionary.record_id:
            continue
        for name in field.columns:
            levels = ("0", "1") if field.kind == "checkbox" else field.codes
            kind = "code" if field.kind == "checkbox" else field.kind
            found[name] = _column(dictionary, name, kind, levels, [r.get(name, "") for r in rows])
    return found


def _column(
    dictionary: Dictionary, name: str, kind: str, levels: tuple[str, ...], texts: list[str]
) -> Column:
    codes = [code.code for code in dictionary.missing_codes]
    free = kind == "code" and not levels
    levels = tuple(dict.fromkeys(t for t in texts if t and t not in codes)) if free else levels
    fill: dict[str, Any] = {"number": np.nan, "date": np.datetime64("NaT", "D"), "code": -1}
    types = {"number": np.float64, "date": "datetime64[D]", "code": np.int32}
    values = np.full(len(texts), fill[kind], dtype=types[kind])
    missing = np.full(len(texts), PRESENT, dtype=np.int8)
    precision = np.zeros(len(texts), dtype=np.int8)
    for row, text in enumerate(texts):
        if text == "":
            missing[row] = BLANK
        elif text in codes:
            missing[row] = CODED + codes.index(text)
        else:
            try:
                values[row], precision[row] = _value(kind, levels, text)
            except ValueError:
                missing[row] = UNREADABLE
    partial = precision if precision.any() else None
    return Column(name, kind, values, missing, levels, coded(texts), partial)  # type: ignore[arg-type]


def _value(kind: str, levels: tuple[str, ...], text: str) -> tuple[Any, int]:
    if kind == "number":
        return float(text), 0
    if kind == "code":
        return levels.index(text), 0
    precision = 2 - text.count("-")
    return np.datetime64(text + ("", "-15", "-07-01")[precision], "D"), precision
