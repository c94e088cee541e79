"""Analyses of a study that read the forms: the call of each kind, over the patients analysed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.clinical.dose_analysis import dose_analysis
from atrisk.study.clinical.response_analysis import response_analysis
from atrisk.study.clinical.sos_analysis import sos_analysis
from atrisk.study.clinical_analyses import (
    DoseDeviationsAnalysis,
    FormsAnalysis,
    ResponseRulesAnalysis,
    SosCriteriaAnalysis,
)
from atrisk.study.groups import OVERALL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.tables import FormTable, Records
    from atrisk.study.plan import AnalysisPlan
    from atrisk.study.table import Table
    from atrisk.study.values import Entries

__all__ = ["forms_analysis", "records_kept"]


def forms_analysis(plan: AnalysisPlan, table: Table) -> tuple[dict[str, Any], Entries]:
    """Run an analysis of the forms of the patients in a table.

    Parameters
    ----------
    plan
        what to do.
    table
        the patients analysed, made of forms.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.
    """
    source = table.provenance
    if source is None:
        raise TypeError(f"{plan.id} reads forms, and the table is not made of forms")
    head: dict[str, Any] = {
        "id": plan.id,
        "kind": plan.kind,
        "title": plan.title,
        "by": None,
        "groups": [],
        "overall": OVERALL.node(),
    }
    node, entries = _made(plan.asked, records_kept(source.records, source.at))
    return head | node, {f"{plan.id}.{key}": entry for key, entry in entries.items()}


def _made(asked: Any, records: Records) -> tuple[dict[str, Any], Entries]:  # noqa: ANN401
    match asked:
        case ResponseRulesAnalysis():
            return response_analysis(asked, records)
        case SosCriteriaAnalysis():
            return sos_analysis(asked, records)
        case DoseDeviationsAnalysis():
            return dose_analysis(asked, records)
        case FormsAnalysis():
            raise TypeError(f"{asked.id} has no call")
    raise TypeError(f"{asked!r} is no analysis of forms")


def records_kept(records: Records, at: NDArray[np.intp]) -> Records:
    """Keep some records, with their rows of every form; files stay those of all."""
    if len(at) == len(records.ids):
        return records
    place = np.full(len(records.ids), -1, dtype=np.int32)
    place[at] = np.arange(len(at), dtype=np.int32)
    return replace(
        records,
        ids=tuple(records.ids[row] for row in at.tolist()),
        centre=records.centre[at],
        tables={form: _kept(table, place) for form, table in records.tables.items()},
    )


def _kept(table: FormTable, place: NDArray[np.int32]) -> FormTable:
    kept = table.take(place[table.record] >= 0)
    return replace(kept, record=place[kept.record])
