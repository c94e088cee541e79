"""Writing a folder whole or not at all, and never over what is not a report."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_folder", "write_whole"]

_SCHEMA = "atrisk-results/"
_PARTS = frozenset({"report.html", "results.json", "figures", "tables"})
_SUFFIXES = {
    "figures": frozenset({".svg", ".pdf", ".png"}),
    "tables": frozenset({".csv"}),
}


def check_folder(out: Path) -> None:
    """Refuse a folder that holds anything but an earlier report.

    Raises
    ------
    InputError
        there is a file of that name, or the folder holds something that this program did not
        write; the message names it.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(f"{out} is a file. Name a folder with -o.")
    if not any(out.iterdir()):
        return
    foreign = sorted(_foreign(out))
    if foreign:
        raise InputError(
            f"the folder {out} is not empty and holds what is not part of a report:"
            f" {listed(foreign)}. Nothing was written. Name another folder with -o."
        )
    if not _is_report(out):
        raise InputError(
            f"the folder {out} is not empty and is not a report of atrisk (it has no results.json"
            " of one). Nothing was written. Name another folder with -o."
        )


def _foreign(out: Path) -> list[str]:
    found = [path.name for path in out.iterdir() if path.name not in _PARTS]
    for folder, suffixes in _SUFFIXES.items():
        if (out / folder).is_dir():
            inner = (out / folder).iterdir()
            found += [f"{folder}/{path.name}" for path in inner if path.suffix not in suffixes]
    return found


def _is_report(out: Path) -> bool:
    try:
        document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and str(document.get("schema")).startswith(_SCHEMA)


def write_whole(out: Path, write: Callable[[Path], object]) -> None:
    """Write into a folder beside ``out``, then put it in its place.

    Parameters
    ----------
    out
        the folder to be; an earlier report in it is replaced.
    write
        writes into the folder it is given. If it fails, ``out`` stays as it was.

    Raises
    ------
    InputError
        the folder cannot be written, or holds anything but an earlier report.
    """
    check_folder(out)
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
    """Put the earlier report back where the new one did not get to its place."""
    if old.exists() and not target.exists():
        old.rename(target)
