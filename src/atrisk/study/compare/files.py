"""The files of published patients and rates: read, and refused with the line of the mistake."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed, nearest
from atrisk.study.units import DAYS
from atrisk.toml.control import control_character

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from atrisk.study.compare_analysis import PublishedRates, ReferencePatients

__all__ = ["ComparePlan", "Patients", "Rates", "read_patients", "read_rates"]

_MEMBER, _GROUP, _CAUSE, _UNIT = "member", "group", "cause", "unit"


@dataclass(frozen=True, slots=True)
class Patients:
    """The patients behind a published curve, in the time unit of the study.

    Attributes
    ----------
    sha256
        digest of the file.
    time, event, member
        shape (n,); ``member`` tells the members of an ensemble apart, all 0 without one.
    causes
        names of the causes of their events, where a column names them.
    """

    sha256: str
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    member: NDArray[np.int64]
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of published studies; shape (k,)."""

    sha256: str
    study: tuple[str, ...]
    events: NDArray[np.int64]
    total: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ComparePlan:
    """What a comparison has read of the published record: one of the two."""

    patients: Patients | None = None
    rates: Rates | None = None


def read_patients(path: Path, asked: ReferencePatients, unit: str) -> Patients:
    """Read the patients of one group of a file.

    Raises
    ------
    InputError
        the file cannot be read, lacks a column, has a time below 0 or an event that is not 0 or 1,
        several groups of which none is chosen, or a column ``unit`` that is not the unit of the
        request; the message names the line.
    """
    rows = _Rows(path, asked.file, ("time", "event"))
    _check_unit(rows, asked)
    groups = list(dict.fromkeys(rows.texts(_GROUP))) if _GROUP in rows.names else []
    chosen = _chosen(asked, groups)
    of_group = rows.texts(_GROUP) if groups else [""] * len(rows.rows)
    keep = np.array([chosen in {None, name} for name in of_group])
    time = rows.numbers("time", lambda t: t >= 0.0, "a time of 0 or more")
    event = rows.numbers("event", lambda d: d in {0.0, 1.0}, "0 or 1")
    member = np.zeros(time.size, dtype=np.int64)
    if _MEMBER in rows.names:
        whole = rows.numbers(_MEMBER, float.is_integer, "a whole number")
        member = whole.astype(np.int64)
    scale = DAYS[asked.unit] / DAYS[unit]
    causes = rows.found(_CAUSE, keep & (event > 0.0))
    return Patients(rows.sha256, time[keep] * scale, event[keep] > 0.0, member[keep], causes)


def _check_unit(rows: _Rows, asked: ReferencePatients) -> None:
    """Hold the unit that the file names against that of the study file."""
    if _UNIT not in rows.names:
        return
    for (line, _), unit in zip(rows.rows, rows.texts(_UNIT), strict=True):
        if unit != asked.unit:
            raise InputError(
                f"{asked.file}, line {line}: unit is {unit!r}, and the reference of the study file"
                f" has unit = {asked.unit!r}. Say unit = {unit!r} there if the file is right."
            )


def _chosen(asked: ReferencePatients, groups: Sequence[str]) -> str | None:
    if asked.group is None:
        if len(groups) > 1:
            raise InputError(
                f"{asked.file} has the groups {listed(groups)}: name one with 'group'."
            )
        return None
    if asked.group not in groups:
        have = f"groups are {listed(groups)}" if groups else "it has no column group"
        raise InputError(
            f"{asked.file} has no group {asked.group!r}; {have}.{nearest(asked.group, groups)}"
        )
    return asked.group


def read_rates(path: Path, asked: PublishedRates) -> Rates:
    """Read the counts of published studies.

    Raises
    ------
    InputError
        as for patients; and events above the total, or a study that is listed twice.
    """
    rows = _Rows(path, asked.file, ("study", "events", "total"))
    study = tuple(rows.texts("study"))
    twice = [name for place, name in enumerate(study) if name in study[:place]]
    if twice:
        raise InputError(f"{asked.file}: {twice[0]!r} is there twice; one line a study.")
    total = rows.numbers("total", lambda n: n >= 1.0 and n.is_integer(), "a whole number above 0")
    events = rows.numbers(
        "events", lambda k: k >= 0.0 and k.is_integer(), "a whole number of 0 or more"
    )
    over = np.flatnonzero(events > total)
    if over.size:
        line, place = rows.rows[over[0]][0], over[0]
        raise InputError(
            f"{asked.file}, line {line}: {events[place]:g} events of {total[place]:g}: more than"
            " there are."
        )
    if total.size < 2:
        raise InputError(f"{asked.file} has {total.size} study; pooling needs two or more.")
    return Rates(rows.sha256, study, events.astype(np.int64), total.astype(np.int64))


class _Rows:
    """The lines of a CSV file, by column."""

    def __init__(self, path: Path, file: str, needed: tuple[str, ...]) -> None:
        content = _content(path, file)
        self.file, self.sha256 = file, sha256(content).hexdigest()
        try:
            text = content.decode("utf-8-sig")
            name = control_character(text)
            if name is not None:
                raise InputError(f"{file} holds the control character {name}. Delete it.")
            # a head that says where the patients are from may stand above, behind #
            lines = text.splitlines()
            head = next((place for place, line in enumerate(lines) if line[:1] != "#"), 0)
            reader = csv.DictReader(lines[head:], strict=True)
            self.names = tuple((name or "").strip() for name in reader.fieldnames or ())
            reader.fieldnames = self.names
            self.rows = [(reader.line_num + head, row) for row in reader]
        except UnicodeDecodeError as error:
            raise InputError(
                f"{file} is not UTF-8 at byte {error.start}. Save it as UTF-8."
            ) from None
        except csv.Error as error:
            raise InputError(f"{file} is no CSV file: {error}.") from None
        lacking = [name for name in needed if name not in self.names]
        if lacking:
            raise InputError(
                f"{file} has no column {listed(lacking)}; its columns are {listed(self.names)}, and"
                f" {listed(needed)} are needed."
            )
        if not self.rows:
            raise InputError(f"{file} has no line below its head.")

    def texts(self, column: str) -> list[str]:
        """Take a column as texts; an empty one is refused."""
        found = [(line, (row.get(column) or "").strip()) for line, row in self.rows]
        for line, text in found:
            if not text:
                raise InputError(f"{self.file}, line {line}: {column} is empty.")
        return [text for _, text in found]

    def found(self, column: str, keep: NDArray[np.bool_]) -> tuple[str, ...]:
        """List what stands in some rows of a column, each once; nothing where there is none."""
        texts = [(row.get(column) or "").strip() for _, row in self.rows]
        return tuple(
            sorted({text for text, wanted in zip(texts, keep, strict=True) if wanted and text})
        )

    def numbers(
        self, column: str, right: Callable[[float], bool], wanted: str
    ) -> NDArray[np.float64]:
        """Take a column as numbers of a kind."""
        found = []
        for line, row in self.rows:
            text = (row.get(column) or "").strip()
            try:
                number = float(text)
            except ValueError:
                number = float("nan")
            if not np.isfinite(number) or not right(number):
                raise InputError(
                    f"{self.file}, line {line}: {column} is {text!r}; {wanted} is needed."
                )
            found.append(number)
        return np.array(found)


def _content(path: Path, file: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"there is no file {file} beside the study file.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
