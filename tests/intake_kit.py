"""A small dictionary and files for it, for the tests of intake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.forms.dictionary import Dictionary, MissingCode
from atrisk.study.forms.fields import Choice, Field
from atrisk.study.forms.intake import CentreSource, read_records
from atrisk.study.forms.mapping import read_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atrisk.study.forms.tables import Records

SEX = (Choice("1", "Female"), Choice("2", "Male"))
SITES = (Choice("1", "Node"), Choice("2", "Liver"), Choice("-3", "Skin"))
YES = (Choice("1", "Yes"), Choice("0", "No"))

DICTIONARY = Dictionary(
    fields=(
        Field("record_id", "visit", label="Record"),
        Field("sex", "visit", type="radio", label="Sex", choices=SEX),
        Field("seen", "visit", label="Seen on", validation="date_dmy"),
        Field("weight", "visit", label="Weight", validation="number"),
        Field("children", "visit", label="Children", validation="integer"),
        Field("sites", "visit", type="checkbox", label="Sites", choices=SITES),
        Field("remark", "visit", type="notes", label="Remark"),
        Field("scan", "visit", type="file", label="Scan"),
        Field("at", "visit", label="Seen at", validation="datetime_ymd"),
        Field("lab_date", "labs", label="Date", validation="date_ymd"),
        Field("bilirubin", "labs", label="Bilirubin", validation="number"),
        Field("flags", "labs", type="checkbox", label="Flags", choices=SITES[:2]),
        Field("alive", "end", type="yesno", label="Alive?", choices=YES),
        Field("last", "end", label="Last seen", validation="date_ymd"),
    ),
    repeating=frozenset({"labs"}),
    missing_codes=(
        MissingCode("UNK", "unknown"),
        MissingCode("ND", "not done"),
        MissingCode("-99", "refused"),
    ),
    name="small",
)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, texts as UTF-8 with their own ends of line."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder


def read(
    root: Path,
    files: Mapping[str, str | bytes],
    *,
    mapping: str = "",
    dictionary: Dictionary = DICTIONARY,
    partial_dates: str = "middle",
    **options: Any,
) -> Records:
    """Read the files of one centre: a folder of forms, or the only file of another layout."""
    folder = write(root / "in", files)
    alone = options.get("layout", "forms") in {"flat", "eav", "workbook"}
    path = folder / next(iter(files)) if alone else folder
    source = CentreSource(
        "A", "Centre A", path, mapping=read_mapping(mapping) if mapping else None, **options
    )
    return read_records([source], dictionary, root=root, partial_dates=partial_dates)


def visit(root: Path, field: str, *texts: str, **options: Any) -> Records:
    """Read one column of the form ``visit``, quoted, for the records 1, 2, ..."""
    quoted = (text.replace('"', '""') for text in texts)
    rows = (f'{number},"{text}"\n' for number, text in enumerate(quoted, start=1))
    return read(root, {"visit.csv": f"record_id,{field}\n{''.join(rows)}"}, **options)


def rejections(records: Records) -> list[tuple[str, int, str, str]]:
    """Give level, line, field and value of what was rejected."""
    return [(item.level, item.line, item.field, item.value) for item in records.rejected]


def texts(records: Records, form: str, name: str) -> list[str]:
    """Spell a column: its value, or why there is none in angle brackets."""
    column = records.tables[form].columns[name]
    why = {1: "<blank>", 2: "<unreadable>"}
    codes = [code.code for code in records.dictionary.missing_codes]
    found = []
    for row, missing in enumerate(column.missing.tolist()):
        if missing:
            found.append(why.get(missing) or f"<{codes[missing - 3]}>")
        elif column.kind == "code":
            found.append(column.levels[column.values[row]])
        elif column.kind == "number":
            found.append(f"{column.values[row]:.12g}")
        else:
            found.append(str(column.values[row]))
    return found


def counted(records: Records) -> bool:
    """Tell whether every row of every file is in a table or rejected."""
    rows = [item for item in records.rejected if item.level == "row"]
    return all(
        file.rows == file.kept + file.rejected
        and (
            file.kept == 0
            if file.refused
            else file.rejected == sum(row.file == file.name for row in rows)
        )
        for file in records.files
    )
