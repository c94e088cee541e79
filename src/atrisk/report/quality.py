"""The data-quality report of a checks document: page, query sheets and the document itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from atrisk.errors import InputError, listed
from atrisk.report.quality_page import quality_html
from atrisk.report.query_sheets import write_query_sheets
from atrisk.report.write import results_json

if TYPE_CHECKING:
    from atrisk.report.values import Node

__all__ = ["CHECKS_SCHEMA", "write_checks"]

CHECKS_SCHEMA: Final = "atrisk-checks/1"
_PARTS: Final = (
    "software",
    "study",
    "centres",
    "files",
    "rejected",
    "forms",
    "rules",
    "queries",
    "completeness",
    "limits",
    "contacts",
    "accrual",
)


def write_checks(document: Node, folder: Path) -> list[Path]:
    """Write ``quality.html``, ``checks.json`` and ``queries/``; the same bytes every time.

    Parameters
    ----------
    document
        The checks document, as in ``checks.json``.
    folder
        Where to write; made if it does not exist. Files of the same name are replaced.

    Returns
    -------
    list of Path
        The files written, ``quality.html`` first.

    Raises
    ------
    InputError
        If the document is of another schema or lacks a part.
    """
    if document.get("schema") != CHECKS_SCHEMA:
        raise InputError(
            f"The checks document says schema {document.get('schema')!r}; this version renders"
            f" {CHECKS_SCHEMA!r}. Run the checks again with this version of atrisk."
        )
    absent = [part for part in _PARTS if part not in document]
    if absent:
        raise InputError(f"The checks document lacks {listed(absent)}; it needs {listed(_PARTS)}.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "quality.html"
    page.write_text(quality_html(document), encoding="utf-8", newline="\n")
    numbers = folder / "checks.json"
    numbers.write_text(results_json(document), encoding="utf-8", newline="\n")
    return [page, numbers, *write_query_sheets(document, folder / "queries")]
