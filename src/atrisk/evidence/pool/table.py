"""The rows of a CSV file, each mistake with its line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from atrisk.errors import InputError, listed, nearest
from atrisk.evidence.pool.models import StudyRow
from atrisk.evidence.pool.rows import checked, needed
from atrisk.toml.control import control_character

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.evidence.pool.models import PoolTable
    from atrisk.evidence.pool.rows import Collected

__all__ = ["collected_of_csv"]

_COUNTS = ("events", "total")


def collected_of_csv(path: Path, pool: PoolTable) -> Collected:
    """Take the rows of a CSV file.

    Parameters
    ----------
    path
        the file: columns study, arm (where a study has several), what the measure needs, those
        that ``subgroup`` and ``moderators`` name, and source; others are left alone.
    pool
        what is asked for.

    Raises
    ------
    InputError
        the file cannot be read, lacks a column, or has a cell that cannot be; with its line.
    """
    names, lines = _lines(path)
    _check_separator(path.name, names)
    wanted = ("study", *needed[pool.measure], *pool.moderators)
    wanted += () if pool.subgroup is None else (pool.subgroup,)
    for name in wanted:
        if name not in names:
            raise InputError(
                f"{path.name} has no column {name!r}; its columns are {listed(names, shown=20)}."
                f"{nearest(name, names)}"
            )
    rows = [_row(path.name, line, cells, pool) for line, cells in lines]
    if not rows:
        raise InputError(f"{path.name} has no line below its head.")

    def error(at: int, key: str, said: str) -> InputError:
        return InputError(f"{path.name}, line {lines[at][0]}, {key}: {said}")

    return checked(rows, pool, error)


def _lines(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"there is no file {path.name} beside the pool file.") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} is not UTF-8 at byte {error.start}. Save it as UTF-8."
        ) from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from None
    if (character := control_character(text)) is not None:
        raise InputError(f"{path.name} holds the control character {character}. Delete it.")
    try:
        reader = csv.reader(text.splitlines(), strict=True)
        names = [name.strip() for name in next(reader, [])]
        found = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise InputError(f"{path.name} is no CSV file: {error}.") from None
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"{path.name} has two columns {twice[0]!r}.")
    for line, cells in found:
        if len(cells) != len(names):
            raise InputError(
                f"{path.name}, line {line}: {len(cells)} cells where the head has {len(names)}."
            )
    return names, [
        (line, dict(zip(names, map(str.strip, cells), strict=True))) for line, cells in found
    ]


def _check_separator(file: str, names: list[str]) -> None:
    """Refuse a file whose columns are separated by another mark than the comma."""
    marks = [mark for mark in ";\t" if len(names) == 1 and mark in names[0]]
    if marks:
        cells = ",".join(name.strip() for name in names[0].split(marks[0]))
        raise InputError(
            f"{file}, line 1: the columns are separated by {marks[0]!r}; separate them by commas,"
            f" as in {cells}, and write numbers with a point."
        )


def _row(file: str, line: int, cells: dict[str, str], pool: PoolTable) -> StudyRow:
    keys: dict[str, Any] = {
        key: _number(file, line, key, cells[key]) if key in _COUNTS else cells[key] or None
        for key in needed[pool.measure]
    }
    keys |= {key: cells.get(key) or None for key in ("arm", "source")}
    keys["study"] = cells["study"]
    if pool.subgroup is not None:
        keys["subgroup"] = cells[pool.subgroup] or None
    keys["moderators"] = {name: _decimal(file, line, name, cells[name]) for name in pool.moderators}
    try:
        return StudyRow.model_validate(keys)
    except ValidationError as problem:
        detail = problem.errors()[0]
        where = ", ".join(str(part) for part in detail["loc"]) or "counts"
        raise InputError(f"{file}, line {line}, {where}: {detail['msg']}.") from None


def _number(file: str, line: int, key: str, text: str) -> int:
    if not text.isdecimal():
        raise InputError(f"{file}, line {line}, {key}: {text!r} is no whole number of patients.")
    return int(text)


def _decimal(file: str, line: int, key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{file}, line {line}, {key}: {text!r} is no number.") from None
