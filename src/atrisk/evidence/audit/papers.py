"""Which papers are audited: files that are named, and those that come with this package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.evidence.audit.run import audit
from atrisk.evidence.paper import read_paper

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["audit_papers", "paper_files"]

_FOLDER = Path(__file__).parent.parent / "papers"


def paper_files() -> list[Path]:
    """List the papers that come with this package."""
    return sorted(_FOLDER.glob("*.toml"))


def audit_papers(files: Sequence[Path], *, record: bool = False) -> dict[str, Any]:
    """Read papers and audit them, beside each other.

    Parameters
    ----------
    files
        paper files.
    record
        audit the papers that come with this package as well.

    Returns
    -------
    dict
        the document ``atrisk-audit/1``.

    Raises
    ------
    InputError
        no paper is named, or a file has mistakes: each with its line.
    """
    found = [*files, *(paper_files() if record else ())]
    if not found:
        raise InputError(
            "no paper is named. Give paper files, or --record for those that come with atrisk;"
            " 'atrisk audit --schema' prints what can stand in one."
        )
    return audit([read_paper(file) for file in found])
