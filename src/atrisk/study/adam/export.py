"""``atrisk export``: from the plan of a study to files in the variables of ADaM."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.adam.adsl import adsl, study_id, used_columns
from atrisk.study.adam.adtte import adtte
from atrisk.study.adam.dataset_json import dataset_json
from atrisk.study.endpoints import outcome
from atrisk.study.forms.queries import Query
from atrisk.study.forms_source import CENTRE
from atrisk.study.population import population

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from atrisk.study.adam.dataset import Dataset
    from atrisk.study.plan import Plan
    from atrisk.study.table import LeftOut

__all__ = ["EXPORT_FILES", "Export", "study_export", "write_export"]

#: What an export consists of.
EXPORT_FILES = (
    *(f"{name}.{kind}" for name in ("adsl", "adtte") for kind in ("csv", "parquet", "xpt", "json")),
    "left_out.csv",
    "queries.csv",
)


@dataclass(frozen=True, slots=True)
class Export:
    """The datasets of a study, who is in no row of ADTTE and why, and what to ask the centres.

    Attributes
    ----------
    left_out
        the endpoint ("" for the population) and the row.
    """

    study: str
    datasets: tuple[Dataset, ...]
    left_out: tuple[tuple[str, LeftOut], ...]
    queries: tuple[Query, ...]


def study_export(plan: Plan) -> Export:
    """Make ADSL of all patients and ADTTE of those in the population, for every endpoint.

    Raises
    ------
    InputError
        the data do not allow an endpoint, or [adam] names what is not there.
    """
    wanted = {*plan.columns, *used_columns(plan.adam, plan.source.names).values()}
    for endpoint in plan.endpoints:
        wanted.update(endpoint.columns)
    if plan.data.id is not None:
        wanted.add(plan.data.id)
    if CENTRE in plan.source.names:
        wanted.add(CENTRE)
    table = plan.source.table(name for name in plan.source.names if name in wanted)
    chosen = population(plan, table)
    kept = np.isin(table.lines, chosen.table.lines)
    subjects = adsl(plan, table, kept)
    used = adsl(plan, chosen.table, np.ones(chosen.table.rows, dtype=bool))
    outcomes = {
        endpoint.id: outcome(endpoint, plan.data, chosen.table) for endpoint in plan.endpoints
    }
    left_out = [("", row) for row in chosen.left_out]
    for name, found in outcomes.items():
        left_out += [(name, row) for row in found.left_out]
    queries = [query for found in outcomes.values() for query in found.queries]
    return Export(
        study_id(plan),
        (subjects, adtte(plan, chosen.table, used, outcomes)),
        tuple(left_out),
        tuple(queries),
    )


def write_export(export: Export, folder: Path) -> list[Path]:
    """Write each dataset as CSV, Parquet, XPT and Dataset-JSON; the same data give the same bytes.

    Parameters
    ----------
    folder
        where to write; it exists.

    Returns
    -------
    list of Path
        the files.
    """
    from atrisk.frames import write_parquet, write_xport

    paths: list[Path] = []
    for dataset in export.datasets:
        stem = dataset.name.lower()
        columns = {variable.name: variable.python() for variable in dataset.variables}
        labels = {variable.name: variable.label for variable in dataset.variables}
        kinds = {variable.name: variable.kind for variable in dataset.variables}
        csv_text = _csv(columns, zip(*columns.values(), strict=True))
        paths += [
            _written(folder / f"{stem}.csv", csv_text),
            write_parquet(folder / f"{stem}.parquet", columns, kinds),
            write_xport(
                folder / f"{stem}.xpt", columns, kinds, labels, dataset.name, dataset.label
            ),
            _written(folder / f"{stem}.json", dataset_json(dataset, export.study)),
        ]
    paths.append(_written(folder / "left_out.csv", _left_out_csv(export)))
    names = [field.name for field in fields(Query)]
    queries = ([getattr(query, name) for name in names] for query in export.queries)
    paths.append(_written(folder / "queries.csv", _csv(names, queries)))
    return paths


def _left_out_csv(export: Export) -> str:
    names = ("endpoint", "record", "line", "column", "value", "reason", "places")
    rows = (
        (
            endpoint,
            row.record or "",
            row.line,
            row.column,
            row.value,
            row.reason,
            "; ".join(row.places),
        )
        for endpoint, row in export.left_out
    )
    return _csv(names, rows)


def _csv(names: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
