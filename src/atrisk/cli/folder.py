"""Writing a folder whole or not at all, and never over what this program did not write."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["AUDIT", "CHECKS", "REPORT", "FolderKind", "check_kind", "write_folder"]


@dataclass(frozen=True, slots=True)
class FolderKind:
    """A kind of folder that this program writes.

    Attributes
    ----------
    noun
        what messages call it.
    marker, schema
        its JSON file by which it is known, and how that file's schema begins.
    files
        the names of its files, the marker among them.
    folders
        its folders, and the suffixes of the files that may stand in each.
    record
        its JSON file that lists under ``outputs`` what else was written, such as filled templates.
    """

    noun: str
    marker: str
    schema: str
    files: frozenset[str]
    folders: Mapping[str, frozenset[str]]
    record: str | None = None


REPORT = FolderKind(
    "report",
    "results.json",
    "atrisk-results/",
    frozenset({"report.html", "report.docx", "report.pdf", "results.json", "provenance.json"}),
    {"figures": frozenset({".svg", ".pdf", ".png"}), "tables": frozenset({".csv", ".tex"})},
    record="provenance.json",
)
CHECKS = FolderKind(
    "data-quality report",
    "checks.json",
    "atrisk-checks/",
    frozenset({"quality.html", "checks.json"}),
    {"queries": frozenset({".csv", ".xlsx"})},
)
AUDIT = FolderKind(
    "audit", "audit.json", "atrisk-audit/", frozenset({"audit.html", "audit.json"}), {}
)


#: What people edit: manuscripts, and the report as a Word file.
_WORKED_ON = frozenset({".docx", ".md", ".txt"})


def check_kind(out: Path, kind: FolderKind) -> None:
    """Refuse a folder that holds anything but an earlier one of its kind.

    Raises
    ------
    InputError
        there is a file of that name, or the folder holds something that this program did not
        write, or a text that somebody has edited since; the message names it.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(f"{out} is a file. Name a folder with -o.")
    if not any(out.iterdir()):
        return
    foreign = sorted(_foreign(out, kind))
    if foreign:
        raise InputError(
            f"the folder {out} is not empty and holds what is not part of a {kind.noun}:"
            f" {listed(foreign)}. Nothing was written. Name another folder with -o."
        )
    edited = _edited(out, kind)
    if edited:
        raise InputError(
            f"in the folder {out} these texts were changed after they were written:"
            f" {listed(edited)}. Nothing was written, so that nobody's words are lost. Move them"
            " elsewhere (an edited Word file can be the template of the next run), or name another"
            " folder with -o."
        )
    if not _is_kind(out, kind):
        raise InputError(
            f"the folder {out} is not empty and is not a {kind.noun} of atrisk (it has no"
            f" {kind.marker} of one). Nothing was written. Name another folder with -o."
        )


def _foreign(out: Path, kind: FolderKind) -> list[str]:
    parts = {*kind.files, *kind.folders, *_recorded(out, kind)}
    found = [path.name for path in out.iterdir() if path.name not in parts]
    for folder, suffixes in kind.folders.items():
        if (out / folder).is_dir():
            inner = (out / folder).iterdir()
            found += [f"{folder}/{path.name}" for path in inner if path.suffix not in suffixes]
    return found


def _recorded(out: Path, kind: FolderKind) -> dict[str, str]:
    """Give the names and digests of what an earlier run says it wrote here."""
    if kind.record is None:
        return {}
    try:
        outputs = json.loads((out / kind.record).read_text(encoding="utf-8"))["outputs"]
        return {str(name): str(digest) for name, digest in outputs.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _edited(out: Path, kind: FolderKind) -> list[str]:
    """Name the texts that somebody has worked on: they are not written over."""
    texts = {
        name: digest
        for name, digest in _recorded(out, kind).items()
        if Path(name).suffix in _WORKED_ON and (out / name).is_file()
    }
    return sorted(
        name
        for name, digest in texts.items()
        if hashlib.sha256((out / name).read_bytes()).hexdigest() != digest
    )


def _is_kind(out: Path, kind: FolderKind) -> bool:
    try:
        document = json.loads((out / kind.marker).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and str(document.get("schema")).startswith(kind.schema)


def write_folder(out: Path, kind: FolderKind, write: Callable[[Path], object]) -> None:
    """Write into a folder beside ``out``, then put it in its place.

    Parameters
    ----------
    out
        the folder to be; an earlier one of its kind in it is replaced.
    kind
        what it is.
    write
        writes into the folder it is given. If it fails, ``out`` stays as it was.

    Raises
    ------
    InputError
        the folder cannot be written, or holds anything but an earlier one of its kind.
    """
    check_kind(out, kind)
    target = out.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror}. Name a folder with -o."
        ) from None
    try:
        fresh = beside / "new"
        fresh.mkdir()
        write(fresh)
        if target.exists():
            target.rename(beside / "old")
        fresh.rename(target)
    finally:
        _restore(beside / "old", target)
        shutil.rmtree(beside, ignore_errors=True)


def _restore(old: Path, target: Path) -> None:
    """Put the earlier folder back where the new one did not get to its place."""
    if old.exists() and not target.exists():
        old.rename(target)
