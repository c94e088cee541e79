"""What is wrong in files of the evidence layer, study files and paper files alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.errors import InputError, nearest
from atrisk.evidence.audit.validate import opened
from atrisk.evidence.links import IN_PASSING, study_names, unknown_studies
from atrisk.evidence.paper import read_paper
from atrisk.evidence.record.check import check_files, toml_files
from atrisk.evidence.record.load import load_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from atrisk.evidence.paper import PaperFile

__all__ = ["Checked", "check_evidence"]

_PAPER = re.compile(r"^\s*(?:schema\s*=\s*[\"']atrisk-paper/|\[paper\])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked and found.

    Attributes
    ----------
    studies, papers
        how many files were read.
    problems
        what is wrong, each with the file and its line.
    notes
        what is no mistake and may be a slip: studies that the record does not have.
    """

    studies: int
    papers: int
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> str:
        """How many files, in words."""
        found = [(self.studies, "study file"), (self.papers, "paper file")]
        return " and ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in found if n)


def check_evidence(paths: Iterable[Path]) -> Checked:
    """Check study files, paper files and folders of them.

    Parameters
    ----------
    paths
        files, or folders of ``*.toml``; a file whose ``schema`` is that of paper files, or that has
        a table ``[paper]``, is taken for one, every other for a study file.

    Raises
    ------
    InputError
        a folder holds no such file.
    """
    files = toml_files(paths)
    papers = [file for file in files if _is_paper(file)]
    studies = [file for file in files if file not in papers]
    checked, problems = check_files(studies)
    read, wrong = _opened(papers)
    notes = [note for file in read for note in _notes(file)]
    return Checked(checked, len(read), (*problems, *wrong), tuple(notes))


def _is_paper(file: Path) -> bool:
    try:
        return _PAPER.search(file.read_text(encoding="utf-8-sig")) is not None
    except (OSError, UnicodeDecodeError):
        return False  # the reader of study files says what is wrong with it


def _opened(files: Sequence[Path]) -> tuple[list[PaperFile], list[str]]:
    """Read paper files and what they refer to; every mistake of every file."""
    read: dict[str, PaperFile] = {}
    problems = []
    for file in files:
        try:
            paper = opened(read_paper(file)).file
        except InputError as error:
            problems.append(str(error))
            continue
        name = paper.paper.paper.id
        if name in read:
            path = ("paper", "id")
            problems.append(
                str(paper.read.error(path, f"{name!r} is the id of {read[name].read.path.name}."))
            )
        read.setdefault(name, paper)
    return list(read.values()), problems


def _notes(file: PaperFile) -> list[str]:
    record = load_record()
    known = sorted({*study_names(record), *IN_PASSING})
    return [
        str(
            file.read.error(
                ("statements", at, "study"),
                f"the record has no study {name!r}.{nearest(name, known)}",
            )
        )
        for name, at in unknown_studies(file.paper, record).items()
    ]
