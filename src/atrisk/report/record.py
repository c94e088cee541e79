"""``provenance.json``: what a report was made from and what was written, to make it again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from atrisk.report.values import Node

__all__ = ["RECORD", "differences", "read_record", "write_record"]

RECORD = "provenance.json"
_SCHEMA = "atrisk-provenance/1"
_RESULTS = "results.json"
_MOST_NUMBERS = 20
_MOST_FILES = 10
_OF_INPUT = {"role", "name", "sha256"}
# made with the date or the fonts of the machine: compared by what they are made from
_NOT_COMPARED = frozenset({"report.pdf"})


def write_record(record: Node, folder: Path, files: Iterable[Path], study: str) -> Path:
    """Write the record of a report into its folder.

    Parameters
    ----------
    record
        what the report was made from: inputs, seeds, software.
    folder
        the report.
    files
        what was written.
    study
        where the study file is, seen from the folder.
    """
    outputs = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    whole = {**record, "study": study, "outputs": outputs}
    path = folder / RECORD
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def read_record(folder: Path) -> dict[str, Any]:
    """Read the record of a report.

    Raises
    ------
    InputError
        the folder holds no report, or one of a version that kept none.
    """
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    if not _is_record(record):
        raise InputError(
            f"{folder} holds no {RECORD} of a report. Name the folder of a report that this"
            " version of atrisk wrote."
        )
    return record


def _is_record(record: object) -> bool:
    """Tell whether a text of JSON is a record with all its parts."""
    return (
        isinstance(record, dict)
        and record.get("schema") == _SCHEMA
        and isinstance(record.get("study"), str)
        and all(isinstance(record.get(name), dict) for name in ("software", "outputs"))
        and isinstance(record.get("inputs"), list)
        and all(isinstance(i, dict) and i.keys() >= _OF_INPUT for i in record["inputs"])
    )


def differences(old: Path, new: Path) -> list[str]:
    """Say where a report differs from one made anew; empty where nothing does.

    Parameters
    ----------
    old
        the folder of the report as it was given.
    new
        the folder of the report as it comes out now.
    """
    before, after = read_record(old), read_record(new)
    return [
        *_named("software", before["software"], after["software"]),
        *_inputs(before["inputs"], after["inputs"]),
        *_edited(old, before["outputs"]),
        *_foreign(old, before["outputs"]),
        *_numbers(old / _RESULTS, new / _RESULTS),
        *_files(before["outputs"], after["outputs"]),
    ]


def _named(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield f"{what} {name}: was {old or 'not there'}, is {new or 'not there'}"


def _inputs(before: list[Any], after: list[Any]) -> Iterator[str]:
    old, new = (
        {f"{item['role']} {item['name']}": item["sha256"] for item in items}
        for items in (before, after)
    )
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"input {name}: is not read any more"
        elif name not in old:
            yield f"input {name}: was not read then"
        elif old[name] != new[name]:
            yield f"input {name}: has changed"


def _edited(folder: Path, outputs: Mapping[str, str]) -> Iterator[str]:
    for name, digest in sorted(outputs.items()):
        path = folder / name
        if not path.is_file():
            yield f"file {name}: is missing from the report"
        elif _digest(path) != digest:
            yield f"file {name}: was changed after the report was written"


def _foreign(folder: Path, outputs: Mapping[str, str]) -> Iterator[str]:
    known = {*outputs, RECORD}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known:
            yield f"file {name}: is not part of the report"


def _numbers(old: Path, new: Path) -> Iterator[str]:
    before, after = _values(old), _values(new)
    found = [
        f"number {key}: was {old_text}, is {new_text}"
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
        for old_text, new_text in [_told(before.get(key), after.get(key))]
    ]
    yield from found[:_MOST_NUMBERS]
    if len(found) > _MOST_NUMBERS:
        yield f"and {len(found) - _MOST_NUMBERS} numbers more"


def _values(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(document.get("values", {}))


def _told(before: Any, after: Any) -> tuple[str, str]:  # noqa: ANN401 - entries of JSON
    """Say an entry before and after: its value, or all of it where the value is the same."""
    old, new = _shown(before), _shown(after)
    if old != new:
        return old, new
    return _whole(before), _whole(after)


def _whole(entry: Any) -> str:  # noqa: ANN401 - an entry of JSON
    return json.dumps(entry, sort_keys=True, ensure_ascii=False)


def _shown(entry: Any) -> str:  # noqa: ANN401 - an entry of JSON
    if not isinstance(entry, dict):
        return "not there"
    value = entry.get("value")
    return str(entry.get("missing") or "none") if value is None else repr(value)


def _files(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    found = list(_changed_files(before, after))
    yield from found[:_MOST_FILES]
    if len(found) > _MOST_FILES:
        yield f"and {len(found) - _MOST_FILES} files more"


def _changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *after} - _NOT_COMPARED):
        if name not in after:
            yield f"file {name}: is not written any more"
        elif name not in before:
            yield f"file {name}: was not written then"
        elif before[name] != after[name]:
            yield f"file {name}: comes out different"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
