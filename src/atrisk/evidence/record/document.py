"""The record, or a part of it, as one document: what the page of the record shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from atrisk._version import __version__
from atrisk.evidence.record import vocabulary as words
from atrisk.evidence.record.models import Reference, Study
from atrisk.evidence.record.review import REVIEW, review_table
from atrisk.evidence.record.select import Filters, selected
from atrisk.evidence.record.tables import numbers_table, regimen_table, studies_table
from atrisk.evidence.record.timeline import load_timeline, timeline_document

if TYPE_CHECKING:
    from atrisk.evidence.record.load import Record

__all__ = ["record_document", "record_schema", "study_document", "table_document"]

SCHEMA = "atrisk-record/1"


def record_schema() -> dict[str, Any]:
    """Give the JSON Schema of a study file."""
    return Study.model_json_schema()


def table_document(made: dict[str, Any]) -> dict[str, Any]:
    """Wrap one table as a document of its own."""
    return {"schema": SCHEMA, "software": _software(), "tables": [made]}


def _software() -> dict[str, str]:
    return {"name": "atrisk", "version": __version__}


def record_document(record: Record, filters: Filters | None = None) -> dict[str, Any]:
    """Make the document of the record.

    Parameters
    ----------
    record
        the studies.
    filters
        which of them; None keeps all.

    Returns
    -------
    dict
        ``schema``, ``software``, ``filters`` (those set), ``tables`` (studies, regimens, the
        review's four), ``studies`` (each with its facts and its table of numbers), ``timeline``.
    """
    filters = filters or Filters()
    studies = selected(record.studies, filters)
    return {
        "schema": SCHEMA,
        "software": _software(),
        "filters": {key: value for key, value in asdict(filters).items() if value is not None},
        "tables": [
            studies_table(studies),
            regimen_table(studies),
            *(review_table(studies, number) for number in REVIEW),
        ],
        "studies": [_study(study) for study in studies],
        "timeline": timeline_document(load_timeline()),
    }


def study_document(record: Record, name: str) -> dict[str, Any]:
    """Give one study of the document.

    Raises
    ------
    InputError
        there is no study of this id.
    """
    return _study(record.study(name))


def _study(study: Study) -> dict[str, Any]:
    info, people = study.study, study.population
    facts = {
        "Status": words.STATUSES[info.status],
        "Design": words.DESIGNS[info.design] + (f", phase {info.phase}" if info.phase else ""),
        "Patients": info.n or "number not printed",
        "Disease": words.DISEASES[people.disease],
        "Line": words.LINES[people.line],
        "Ph": words.PH[people.ph],
        "Ages": people.ages or words.AGE_GROUPS[people.age_group],
        "Who": people.label,
        "Chosen": people.selected,
        "Treated": info.enrolled,
        "Registered": ", ".join(info.registry),
        "Remark": info.note,
    }
    return {
        "id": info.id,
        "label": info.label,
        "title": info.title,
        "facts": {key: value for key, value in facts.items() if value},
        "references": [_reference(item) for item in study.references],
        "overlaps": [
            {"study": o.study, "words": words.RELATIONS[o.relation], "reason": o.reason}
            for o in study.overlaps
        ],
        "numbers": numbers_table(study),
    }


def _reference(item: Reference) -> dict[str, Any]:
    return {
        "citation": item.citation,
        "doi": item.doi,
        "numbers": [f"{paper}, reference {number}" for paper, number in item.numbers.items()],
    }
