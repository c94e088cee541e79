"""The audit of one paper or several: each rule run, each number given its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError, listed
from atrisk.evidence.audit.across import across_papers
from atrisk.evidence.audit.document import document
from atrisk.evidence.audit.rules import RULES
from atrisk.evidence.audit.validate import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.audit.check import Check
    from atrisk.evidence.paper import PaperFile

__all__ = ["audit", "checks_of"]


def checks_of(book: Book) -> list[Check]:
    """Run every rule on a paper, in the order of the rules."""
    return [check for rule in RULES.values() for check in rule(book)]


def audit(files: Sequence[PaperFile]) -> dict[str, Any]:
    """Hold every number of some papers against the arithmetic of the others.

    Parameters
    ----------
    files
        the papers as read.

    Returns
    -------
    dict
        the document ``atrisk-audit/1``: for each paper its numbers with their verdicts, the checks
        with their arithmetic, the findings worst first; and what was compared across papers.

    Raises
    ------
    InputError
        a file refers to what is not in it, or two files are of one paper.
    """
    ids = [file.paper.paper.id for file in files]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise InputError(f"two files are of the paper {listed(twice)}. Give each paper once.")
    books = [opened(file) for file in files]
    checks = {book.paper.paper.id: checks_of(book) for book in books}
    return document(books, checks, list(across_papers(books)))
