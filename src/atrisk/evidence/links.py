"""The record and the papers: which studies a paper names, and which findings concern a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atrisk.evidence.audit import audit_papers
from atrisk.evidence.record.document import study_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atrisk.evidence.paper import Paper
    from atrisk.evidence.record import Record

__all__ = [
    "IN_PASSING",
    "audited_study",
    "findings_about",
    "names_of_study",
    "study_names",
    "unknown_studies",
]

IN_PASSING: Final[dict[str, str]] = {
    "all-first-line": "first-line treatment of ALL, as reviews sum it up",
    "all-incidence": "incidence of ALL",
    "all-relapse": "relapsed ALL, as reviews sum it up",
    "cart": "CAR T-cells in ALL",
    "cart-after-ino": "CAR T-cells after INO",
    "cart-after-ino-children": "CAR T-cells after INO, children",
    "conventional-salvage": "conventional chemotherapy of relapse, a range over trials",
    "coppell-2010": "mortality of SOS/VOD, without INO",
    "geethakumari-2014": "extramedullary disease in ALL",
    "hoelzer-2016": "guideline on ALL in adults",
    "mini-hcvd": "registration of mini-hyper-CVD and INO, all its cohorts",
    "nhl-phase3": "the phase 3 trial in lymphoma, of which no number is printed",
    "older-historical": "older adults with ALL before INO",
    "panel-2018": "advice of a panel on cycles of INO before transplant",
    "sos-vod-baseline": "SOS/VOD after transplant without INO, a range over studies",
}
"""What the papers name in passing and the record holds no study of."""


def study_names(record: Record) -> set[str]:
    """Collect the names that a paper may give to a study of the record: its id or its trial."""
    return {name for study in record.studies for name in names_of_study(record, study.study.id)}


def names_of_study(record: Record, name: str) -> set[str]:
    """Give the id of a study and the key of its trial.

    Raises
    ------
    InputError
        there is no study of this id.
    """
    trial = record.study(name).study.trial
    return {name} if trial is None else {name, trial}


def unknown_studies(paper: Paper, record: Record) -> dict[str, int]:
    """Find the studies that a paper names and the record does not have.

    The paper itself may be named, and what stands in `IN_PASSING`.

    Returns
    -------
    dict
        name -> the place of the first statement that names it, in the paper's order.
    """
    known = {paper.paper.id, *study_names(record), *IN_PASSING}
    found: dict[str, int] = {}
    for place, statement in enumerate(paper.statements):
        if statement.study is not None and statement.study not in known:
            found.setdefault(statement.study, place)
    return found


def audited_study(record: Record, name: str) -> dict[str, Any]:
    """Give a study of the record with ``findings``: what the audit of the four papers says of it.

    Raises
    ------
    InputError
        there is no study of this id.
    """
    made = study_document(record, name)
    return {**made, "findings": findings_about(record, name, audit_papers([], record=True))}


def findings_about(record: Record, name: str, audit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the findings of an audit that hold a number of a study.

    Parameters
    ----------
    record
        the studies.
    name
        the id of one.
    audit
        the document ``atrisk-audit/1``.

    Returns
    -------
    list of dict
        ``paper`` (or ``across papers``), ``verdict``, ``says`` and ``places`` (the places at which
        the numbers in question stand), in the order of the audit.

    Raises
    ------
    InputError
        there is no study of this id.
    """
    names = names_of_study(record, name)
    return [
        {
            "paper": paper,
            "verdict": finding["verdict"],
            "says": finding["says"],
            "places": list(dict.fromkeys(cell["at"] for cell in finding["numbers"])),
        }
        for paper, finding in _findings(audit)
        if any(_study_of(cell, paper) in names for cell in finding["numbers"])
    ]


def _findings(audit: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for paper in audit["papers"]:
        yield from ((paper["id"], finding) for finding in paper["findings"])
    yield from (("across papers", finding) for finding in audit["across"]["findings"])


def _study_of(cell: Mapping[str, Any], paper: str) -> str:
    """Name the study of a number: the paper's own if no other is named."""
    return str(cell["study"] or cell.get("paper", paper))
