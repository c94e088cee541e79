"""Reading study files: the shipped record, and a reader's own files beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from atrisk.errors import InputError, nearest
from atrisk.evidence.record.models import SCHEMA, Study
from atrisk.toml import read_toml, validated

if TYPE_CHECKING:
    from atrisk.toml import TomlFile

__all__ = ["Record", "StudyFile", "load_record", "read_study_file", "shipped_folder"]


@dataclass(frozen=True, slots=True)
class StudyFile:
    """A study as read, and where each of its keys stands."""

    study: Study
    read: TomlFile


@dataclass(frozen=True, slots=True)
class Record:
    """Studies by id, in the order of their ids."""

    files: tuple[StudyFile, ...]

    @property
    def studies(self) -> tuple[Study, ...]:
        """The studies."""
        return tuple(file.study for file in self.files)

    def study(self, name: str) -> Study:
        """Find a study by its id.

        Raises
        ------
        InputError
            there is none of this id.
        """
        for study in self.studies:
            if study.study.id == name:
                return study
        known = [study.study.id for study in self.studies]
        raise InputError(
            f"there is no study {name!r} in the record.{nearest(name, known)}"
            " 'atrisk evidence list' names them."
        )


def shipped_folder() -> Path:
    """Give the folder of the study files that come with the program."""
    return Path(str(files("atrisk.evidence"))) / "studies"


def read_study_file(file: Path) -> StudyFile:
    """Read one study file.

    Raises
    ------
    InputError
        every mistake with its line.
    """
    read = read_toml(
        file,
        schema=SCHEMA,
        what="study files of the record",
        wanted="Give a study file; 'atrisk evidence schema' prints what can stand in it.",
    )
    return StudyFile(validated(read, Study), read)


def load_record(folder: Path | None = None) -> Record:
    """Read the shipped studies, and those of a folder beside them.

    Parameters
    ----------
    folder
        a folder of study files (``*.toml``); None reads the shipped ones alone.

    Returns
    -------
    Record
        the studies in the order of their ids.

    Raises
    ------
    InputError
        the folder is not there or holds no study file; a file has mistakes (all of them are
        named); two files have one id.

    Examples
    --------
    >>> load_record().study("deangelo-2017").study.n
    '72'
    """
    own = [] if folder is None else _read_all(_own(folder))
    found = sorted([*_shipped(), *own], key=lambda file: file.study.study.id)
    for one, other in pairwise(found):
        if one.study.study.id == other.study.study.id:
            raise other.read.error(
                ("study", "id"),
                f"the id {other.study.study.id!r} is that of {one.read.path} already. Every study"
                " has its own id; name another report of the same patients under [[overlaps]].",
            )
    return Record(tuple(found))


@cache
def _shipped() -> tuple[StudyFile, ...]:
    """Read the shipped studies once: they do not change."""
    return tuple(_read_all(sorted(shipped_folder().glob("*.toml"))))


def _own(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}. Name a folder of study files (*.toml).")
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise InputError(f"the folder {folder} holds no study file (*.toml).")
    return paths


def _read_all(paths: list[Path]) -> list[StudyFile]:
    """Read every file; all mistakes of all files are told at once."""
    found, problems = [], []
    for path in paths:
        try:
            found.append(read_study_file(path))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
    return found
