"""What the results document holds of forms: files, rows, and what gave starts and ends."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.checks.study import query_counts
from atrisk.study.dated import CUT_OFF
from atrisk.study.endpoint_models import DatedEndpoint
from atrisk.study.forms.queries import SEVERITIES
from atrisk.study.forms_source import FormsSource
from atrisk.study.provenance_rows import provenance_rows
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from atrisk.study.dated import Dated
    from atrisk.study.derived.provenance import Provenance
    from atrisk.study.endpoints import Outcome
    from atrisk.study.forms.tables import Records
    from atrisk.study.plan import EndpointPlan, Plan
    from atrisk.study.table import Table

__all__ = ["data_node"]


def data_node(
    plan: Plan, table: Table, outcomes: Mapping[str, tuple[EndpointPlan, Outcome]]
) -> tuple[dict[str, Any], Entries] | None:
    """Make the node of the data of a study on forms, and its numbers; None of a table.

    Parameters
    ----------
    table
        the patients of the study.
    outcomes
        of each endpoint that an analysis used.
    """
    source = table.provenance
    if source is None:
        return None
    centres, entries = _centres(source.records)
    endpoints = [
        _endpoint(endpoint, found, source, entries) for endpoint, found in outcomes.values()
    ]
    queries = [query for _, found in outcomes.values() for query in found.queries]
    checks, found_queries = _checks(plan)
    entries |= found_queries
    node = {
        "dictionary": source.records.dictionary.name,
        "partial_dates": source.partial_dates,
        "centres": centres,
        "files": [_file(file) for file in source.records.files],
        "rejected_files": [
            {"name": item.file, "centre": item.centre, "reason": item.reason}
            for item in source.records.rejected
            if item.level == "file"
        ],
        "clinical": _clinical(plan),
        "columns": _columns(plan, source),
        "endpoints": [endpoint for endpoint in endpoints if endpoint is not None],
        "queries": [asdict(query) for query in queries],
        "checks": checks,
        "provenance": provenance_rows(table, outcomes.values(), plan.clock.unit),
    }
    return node, entries


def _checks(plan: Plan) -> tuple[list[dict[str, Any]], Entries]:
    """Run the checks of the forms and count their queries, by centre and in all."""
    if not isinstance(plan.source, FormsSource):
        return [], {}
    nodes = query_counts(plan.source.request, plan.source.records, plan)
    whole: dict[str, Any] = {
        severity: sum(node[severity] for node in nodes) for severity in SEVERITIES
    }
    places = ["all", *(f"centre_{number}" for number in range(1, len(nodes) + 1))]
    entries: Entries = {}
    for key, counts in zip(places, [whole, *nodes], strict=True):
        entries |= {
            f"data.checks.{key}.{severity}": value(counts[severity], "queries")
            for severity in SEVERITIES
        }
    return nodes, entries


def _clinical(plan: Plan) -> list[str]:
    """Say by which rules the clinical columns were made, where the study derives them."""
    forms = plan.source.request.study.forms if isinstance(plan.source, FormsSource) else None
    return [] if forms is None or forms.clinical is None else list(forms.clinical.words())


def _file(file: Any) -> dict[str, Any]:  # noqa: ANN401 - a SourceFile
    names = ("name", "centre", "rows", "kept", "rejected", "sha256")
    return {name: getattr(file, name) for name in names}


def _columns(plan: Plan, source: Provenance) -> list[dict[str, str]]:
    """Say how each column that the study uses was made."""
    return [
        {"id": name, "label": column.label, "rule": column.rule}
        for name in plan.columns
        if (column := source.columns.get(name)) is not None
    ]


def _centres(records: Records) -> tuple[list[dict[str, Any]], Entries]:
    """Count patients, rows and rejected entries of each centre, and of all."""
    entries: Entries = {}
    nodes: list[dict[str, Any]] = []
    patients = np.bincount(records.centre, minlength=len(records.centres))
    for place, centre in enumerate(records.centres):
        mine = [file for file in records.files if file.centre == centre.id]
        counts = {
            "patients": int(patients[place]),
            "files": len(mine),
            "rows": sum(file.rows for file in mine),
            "kept": sum(file.kept for file in mine),
            "rejected": sum(file.rejected for file in mine),
            "entries": _rejected_entries(records, centre.id),
        }
        nodes.append({"id": centre.id, "label": centre.label, **counts})
        entries |= _entries(f"data.centre_{place + 1}", counts)
    whole = {
        name: sum(node[name] for node in nodes)
        for name in ("patients", "files", "rows", "kept", "rejected", "entries")
    } | {"files": len({file.name for file in records.files})}  # one may hold several centres
    return nodes, {**_entries("data.all", whole), **entries}


def _rejected_entries(records: Records, centre: str) -> int:
    return sum(1 for item in records.rejected if (item.level, item.centre) == ("entry", centre))


def _entries(key: str, counts: Mapping[str, int]) -> Entries:
    units = {"patients": "patients", "files": "files", "entries": "entries"}
    return {f"{key}.{name}": value(n, units.get(name, "rows")) for name, n in counts.items()}


def _endpoint(
    plan: EndpointPlan, found: Outcome, source: Provenance, entries: Entries
) -> dict[str, Any] | None:
    """Count which form and field gave the start and the end of how many rows."""
    asked = plan.asked
    if found.dated is None or not isinstance(asked, DatedEndpoint):
        return None
    causes = ["censored", *(cause.label for cause in plan.causes)]
    cut_off = None if asked.cut_off is None else asked.cut_off.isoformat()
    node: dict[str, Any] = {
        "id": plan.id,
        "label": plan.label,
        "count_day": asked.count_day,
        "cut_off": cut_off,
        "sources": [],
    }
    rows = (
        *_sources("start", found.dated.start, source, found.usable),
        *_sources("end", found.dated.end, source, found.usable, found.cause, causes),
    )
    for number, (which, what, column, place, count) in enumerate(rows, start=1):
        key = f"data.{plan.id}.source_{number}"
        entries[f"{key}.n"] = value(count, "patients")
        node["sources"].append(
            {"key": key, "which": which, "what": what, "column": column, "place": place, "n": count}
        )
    return node


def _sources(
    which: str,
    part: Dated,
    source: Provenance,
    usable: NDArray[np.bool_],
    cause: NDArray[np.int64] | None = None,
    causes: list[str] | None = None,
) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield start or end, of what, by which column, from which form and field, for how many."""
    for code in [0] if cause is None or causes is None else range(len(causes)):
        chosen = usable if cause is None else usable & (cause == code)
        what = "" if causes is None else causes[code]
        for place, column in enumerate(part.columns):
            rows = chosen & (part.at == place)
            if rows.any():
                for named, count in _fields(source, column, rows):
                    yield which, what, column, named, count
        ended = int((chosen & (part.at == CUT_OFF)).sum())
        if ended:
            yield which, what, "", "data cut-off", ended


def _fields(source: Provenance, column: str, rows: NDArray[np.bool_]) -> Iterator[tuple[str, int]]:
    found = source.origins(column)
    names = [
        f"{form}.{field}" if form else "computed"
        for form, field in zip(found.form[rows], found.field[rows], strict=True)
    ]
    for name in sorted(set(names)):
        yield name, names.count(name)
