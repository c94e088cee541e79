"""The raw copy: each of the eleven centres in its own layout, with the blemishes."""

from __future__ import annotations

import csv
import json
import re
import shutil
from typing import TYPE_CHECKING

from .binary_files import Table, parquet_bytes, sqlite_bytes, xlsx_bytes
from .blemishes import INSTANCE, INSTRUMENT, RECORD, Raw, Verbatim, planted
from .clean import DICTIONARY, NOTE, REPEATING, csv_text, dictionary_columns
from .languages import AMERICAN, CODES, FORMS, GERMAN, ITALIAN, MISSING

if TYPE_CHECKING:
    from pathlib import Path

    from .forms import Row

__all__ = ["write_raw"]

RAW, MAPPINGS = "records-raw", "mappings"
HEADERS = {"c02": ITALIAN, "c08": GERMAN, "c09": AMERICAN}
DATES = {"c02": "{d}/{m}/{y}", "c08": "{d}.{m}.{y}", "c09": "{m}/{d}/{y}"}
#: centre -> field -> factor from the dictionary's unit to the centre's, and decimals
UNITS = {
    "c09": {"plt": (1000, 0), "resp_plt": (1000, 0)},
    "c10": {"base_bili": (17.1, 1), "sw_bili": (17.1, 1)},
}
SETTINGS = {
    "c02": {"encoding": "cp1252", "separator": ";", "decimal": ",", "date_order": "dmy"},
    "c08": {"encoding": "utf-8-sig", "separator": ";", "decimal": ",", "date_order": "dmy"},
    "c09": {"date_order": "mdy"},
    "c10": {},
    "c11": {"separator": "\t"},
}
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _labels() -> dict[str, dict[str, str]]:
    """Give the labels of the choices of each field but checkboxes: field -> code -> label."""
    found: dict[str, dict[str, str]] = {}
    with DICTIONARY.open(encoding="utf-8", newline="") as file:
        for name, _, _, kind, _, choices, *_ in list(csv.reader(file))[1:]:
            if kind == "yesno":
                found[name] = {"1": "Yes", "0": "No"}
            elif kind in {"radio", "dropdown"}:
                pairs = (choice.split(",", 1) for choice in choices.split("|"))
                found[name] = {code.strip(): label.strip() for code, label in pairs}
    return found


def _text(centre: str, name: str, text: str, labels: dict[str, dict[str, str]]) -> str:
    """Write an entry as the centre does; what is planted as unreadable stays."""
    if isinstance(text, Verbatim) or text in MISSING.get(centre, {}):
        return MISSING.get(centre, {}).get(text, text)
    own = labels if centre == "c11" else CODES.get(centre, {})
    if name in own:
        return own[name].get(text, text)
    if _NUMBER.fullmatch(text):
        return _number(centre, name, text)
    iso = _ISO.fullmatch(text)
    if iso:
        year, month, day = iso.groups()
        return DATES.get(centre, "{y}-{m}-{d}").format(y=year, m=month, d=day)
    return text


def _number(centre: str, name: str, text: str) -> str:
    if name in UNITS.get(centre, {}):
        factor, decimals = UNITS[centre][name]
        text = f"{float(text) * factor:.{decimals}f}"
    comma = SETTINGS.get(centre, {}).get("decimal") == ","
    return text.replace(".", ",") if comma else text


def _table(raw: Raw, centre: str, form: str, columns: list[str]) -> Table:
    """Give a form of a centre as it sends it."""
    labels = _labels()
    keys = [RECORD, *([INSTANCE] if form in REPEATING else [])]
    names = [*keys, *columns]
    headers = HEADERS.get(centre, {}) | raw.headers.get((centre, form), {})
    rows = [
        [_text(centre, name, row.get(name, ""), labels) for name in names]
        for row in raw.centres[centre].get(form, [])
    ]
    return [headers.get(name, name) for name in names], rows


def write_raw(out: Path) -> None:
    """Write ``records-raw/``, ``mappings/`` and ``blemishes.csv``."""
    raw = planted()
    folder = out / RAW
    if folder.exists():
        shutil.rmtree(folder)
    for centre in raw.centres:
        (folder / centre).mkdir(parents=True)
        _WRITERS.get(centre, _write_folder)(raw, centre, folder / centre)
    note = NOTE.format(what="a folder a centre, with planted mistakes that `blemishes.csv` lists")
    (folder / "README.md").write_text(note, encoding="utf-8", newline="")
    _write_mappings(out / MAPPINGS)
    header = ["blemish", "centre", "record", "form", "instance", "field", "kind", "rule"]
    header += ["severity", "rejected"]
    rows = [
        [
            *(str(item.number), item.centre, item.record, item.form, str(item.instance)),
            *(item.field, item.kind, item.rule, item.severity, item.rejected),
        ]
        for item in raw.expected
    ]
    (out / "blemishes.csv").write_text(csv_text(header, rows), encoding="utf-8", newline="")


def _write_folder(raw: Raw, centre: str, folder: Path) -> None:
    """One file a form, as text."""
    settings = SETTINGS.get(centre, {})
    separator = settings.get("separator", ",")
    for form, columns in dictionary_columns().items():
        header, rows = _table(raw, centre, form, columns)
        if centre in {"c02", "c11"} and rows:
            rows = [*rows[:1], [""] * len(header), *rows[1:]]
        if not rows:
            continue
        text = csv_text(header, rows, separator)
        name = FORMS.get(centre, {}).get(form, form)
        content = text.encode(settings.get("encoding", "utf-8"))
        (folder / f"{name}.csv").write_bytes(content)


def _tables(raw: Raw, centre: str) -> dict[str, Table]:
    columns = dictionary_columns()
    tables = {form: _table(raw, centre, form, names) for form, names in columns.items()}
    return {form: table for form, table in tables.items() if table[1]}


def _write_flat(raw: Raw, centre: str, folder: Path) -> None:
    """Write REDCap's flat export: one row for all forms that do not repeat, one an instance."""
    columns = dictionary_columns()
    header = [RECORD, INSTRUMENT, INSTANCE]
    for form, names in columns.items():
        header += [*names, f"{form}_complete"]
    lines: list[Row] = []
    for first in raw.centres[centre]["enrolment"]:
        record = first[RECORD]
        base: Row = {RECORD: record}
        for form in columns:
            if form not in REPEATING and raw.rows(record, form):
                base |= raw.row(record, form) | {f"{form}_complete": "2"}
        lines.append(base)
        for form in sorted(set(raw.centres[centre]) - set(columns)) + list(columns):
            if form not in columns or form in REPEATING:
                done = {INSTRUMENT: form, f"{form}_complete": "2"}
                lines += [row | done for row in raw.rows(record, form)]
    rows = [[line.get(name, "") for name in header] for line in lines]
    (folder / "export.csv").write_text(csv_text(header, rows), encoding="utf-8", newline="")


def _write_eav(raw: Raw, centre: str, folder: Path) -> None:
    """Write REDCap's export of one entry a line; a checkbox is a line for each option ticked."""
    header = ["record", INSTRUMENT, INSTANCE, "field_name", "value"]
    rows = []
    for form in dictionary_columns():
        for row in raw.centres[centre].get(form, []):
            place = [form, row[INSTANCE]] if form in REPEATING else ["", ""]
            for name, text in row.items():
                field, _, option = name.partition("___")
                if name in {RECORD, INSTANCE} or not text or (option and text == "0"):
                    continue
                rows.append([row[RECORD], *place, field, option or text])
            rows.append([row[RECORD], *place, f"{form}_complete", "2"])
    (folder / "export.csv").write_text(csv_text(header, rows), encoding="utf-8", newline="")


def _write_workbook(raw: Raw, centre: str, folder: Path) -> None:
    (folder / "forms.xlsx").write_bytes(xlsx_bytes(_tables(raw, centre)))


def _write_parquet(raw: Raw, centre: str, folder: Path) -> None:
    for form, table in _tables(raw, centre).items():
        (folder / f"{form}.parquet").write_bytes(parquet_bytes(table))


def _write_database(raw: Raw, centre: str, folder: Path) -> None:
    (folder / "forms.sqlite").write_bytes(sqlite_bytes(_tables(raw, centre)))


_WRITERS = {
    "c03": _write_flat,
    "c04": _write_eav,
    "c05": _write_workbook,
    "c06": _write_parquet,
    "c07": _write_database,
}


def _write_mappings(folder: Path) -> None:
    """Write what the centres' headers, codes and units mean."""
    folder.mkdir(parents=True, exist_ok=True)
    for centre, settings in SETTINGS.items():
        lines = [f"# How centre {centre} writes. Synthetic forms: nobody described exists."]
        lines += [f"{key} = {_quoted(value)}" for key, value in settings.items()]
        parts: dict[str, dict[str, str]] = {
            "forms": {name: form for form, name in FORMS.get(centre, {}).items()},
            "columns": {name: field for field, name in HEADERS.get(centre, {}).items()},
            "missing": {name: code for code, name in MISSING.get(centre, {}).items()},
        }
        for field, codes in CODES.get(centre, {}).items():
            parts[f"codes.{field}"] = {name: code for code, name in codes.items()}
        for title, part in parts.items():
            if part:
                lines += ["", f"[{title}]"]
                lines += [f"{_quoted(name)} = {_quoted(value)}" for name, value in part.items()]
        for field, (factor, _) in UNITS.get(centre, {}).items():
            lines += ["", f"[units.{field}]", f"factor = {1 / factor:.10g}"]
        text = "\n".join(lines) + "\n"
        (folder / f"{centre}.toml").write_text(text, encoding="utf-8", newline="")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
