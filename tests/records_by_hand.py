"""Forms made by hand from texts, for tests: the same texts go to the code and to the oracle."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from atrisk.study.forms.dictionary import Choice, Dictionary, Field, MissingCode
from atrisk.study.forms.fields import checkbox_column
from atrisk.study.forms.tables import (
    BLANK,
    CODED,
    PRESENT,
    UNREADABLE,
    Centre,
    Column,
    FormTable,
    Records,
    coded,
)

YESNO = (Choice("1", "Yes"), Choice("0", "No"))
VISITS = Dictionary(
    fields=(
        Field("record_id", "base"),
        Field("n", "base", validation="number"),
        Field("m", "base", validation="number"),
        Field("k", "base", validation="number"),
        Field("note", "base", type="notes"),
        Field("sex", "base", type="radio", choices=(Choice("1", "Female"), Choice("2", "Male"))),
        Field("ok", "base", type="yesno", choices=YESNO),
        Field("born", "base", validation="date_dmy"),
        Field("seen", "base", validation="date_ymd"),
        Field("at", "base", validation="datetime_ymd"),
        Field("site", "base", type="checkbox", choices=(Choice("1", "a"), Choice("-9", "b"))),
        Field("dose", "cycle", validation="number"),
        Field("given", "cycle", validation="date_ymd"),
        Field("drug", "cycle"),
        Field("bili", "lab", validation="number"),
    ),
    repeating=frozenset({"cycle", "lab"}),
    missing_codes=(MissingCode("UNK", "unknown"), MissingCode("ND", "not done")),
)


def entry(kind, text, dictionary):
    """Read one text: (why missing, value)."""
    if text == "":
        return BLANK, None
    place = dictionary.missing_position(text)
    if place is not None:
        return CODED + place, None
    readers = {
        "number": float,
        "date": lambda text: np.datetime64(date.fromisoformat(text), "D"),
        "datetime": lambda text: np.datetime64(datetime.fromisoformat(text), "s"),
    }
    try:
        return PRESENT, readers.get(kind, str)(text)
    except ValueError:
        return UNREADABLE, None


def column(name, kind, texts, dictionary, codes=()):
    """Make a column of texts."""
    read = [entry(kind, text, dictionary) for text in texts]
    missing = np.array([why for why, _ in read], dtype=np.int8)
    values = [value for _, value in read]
    if kind in {"number", "date", "datetime"}:
        dtype = {"number": "f8", "date": "M8[D]", "datetime": "M8[s]"}[kind]
        empty = np.nan if kind == "number" else np.datetime64("NaT")
        filled = np.array([empty if value is None else value for value in values], dtype=dtype)
        return Column(name, kind, filled, missing, written=coded(texts))
    levels = tuple(codes) or tuple(dict.fromkeys(value for value in values if value is not None))
    filled = np.array([-1 if value is None else levels.index(value) for value in values], np.int32)
    return Column(name, "code", filled, missing, levels, coded(texts))


def table(dictionary, form, ids, rows):
    """Make the table of a form from rows ``{"record": .., "instance": .., field: text}``."""
    ordered = sorted(
        rows,
        key=lambda row: (ids.index(row["record"]), row.get("event", ""), row.get("instance", 1)),
    )
    columns = {}
    for field in dictionary.of(form):
        if field.name == dictionary.record_id:
            continue
        for name, code in (
            [(field.name, None)]
            if field.kind != "checkbox"
            else [(checkbox_column(field.name, code), code) for code in field.codes]
        ):
            texts = [row.get(name, "" if code is None else "0") for row in ordered]
            codes = ("0", "1") if code is not None else field.codes
            kind = "code" if code is not None else field.kind
            columns[name] = column(name, kind, texts, dictionary, codes)
    number = len(ordered)
    return FormTable(
        form=form,
        record=np.array([ids.index(row["record"]) for row in ordered], dtype=np.int32),
        instance=np.array([row.get("instance", 1) for row in ordered], dtype=np.int32),
        event=coded([row["event"] for row in ordered]) if "event" in (rows or [{}])[0] else None,
        file=np.zeros(number, dtype=np.int32),
        line=np.arange(2, number + 2, dtype=np.int32),
        columns=columns,
    )


def records_by_hand(dictionary, rows, ids=None):
    """Make records from ``{form: [row, ...]}``."""
    ids = ids or sorted({row["record"] for form in rows.values() for row in form})
    return Records(
        dictionary=dictionary,
        centres=(Centre("A", "Centre A"),),
        ids=tuple(ids),
        centre=np.zeros(len(ids), dtype=np.int32),
        tables={
            form: table(dictionary, form, ids, rows.get(form, [])) for form in dictionary.forms
        },
        files=(),
        rejected=(),
    )
