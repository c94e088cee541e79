"""``atrisk export``: from the plan of a study to files in the variables of ADaM."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from atrisk._version import __version__
from atrisk.study.adam.adsl import adsl, death_column, study_id, used_columns
from atrisk.study.adam.adtte import adtte, parameter_codes
from atrisk.study.adam.dataset import as_synthetic
from atrisk.study.adam.dataset_json import dataset_json
from atrisk.study.endpoints import outcome
from atrisk.study.forms.queries import Query
from atrisk.study.forms_source import CENTRE
from atrisk.study.population import population

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from atrisk.study.adam.dataset import Dataset
    from atrisk.study.plan import Plan
    from atrisk.study.table import LeftOut

__all__ = ["EXPORT_FILES", "SCHEMA", "Export", "study_export", "write_export"]

SCHEMA = "atrisk-export/1"

#: What an export consists of.
EXPORT_FILES = (
    "export.json",
    *(f"{name}.{kind}" for name in ("adsl", "adtte") for kind in ("csv", "parquet", "xpt", "json")),
    "left_out.csv",
    "queries.csv",
)


@dataclass(frozen=True, slots=True)
class Export:
    """The datasets of a study, who is in no row of ADTTE and why, and what to ask the centres.

    Attributes
    ----------
    synthetic
        the data are of nobody: labels of datasets and a variable of each row say so.
    codes
        PARAMCD -> CNSR -> what it stands for: 0 the events of interest, 1 censored, from 2 on the
        competing events.
    left_out
        the endpoint ("" for the population) and the row.
    """

    study: str
    synthetic: bool
    codes: Mapping[str, Mapping[str, tuple[str, ...]]]
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
    if (dead := death_column(plan)) is not None:
        wanted.add(dead)
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
    datasets = (subjects, adtte(plan, chosen.table, used, outcomes))
    return Export(
        study_id(plan),
        plan.info.synthetic,
        _codes(plan),
        tuple(map(as_synthetic, datasets)) if plan.info.synthetic else datasets,
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

    paths = [_written(folder / "export.json", _contents(export))]
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


def _codes(plan: Plan) -> dict[str, dict[str, tuple[str, ...]]]:
    """Say what each CNSR of each endpoint stands for."""
    names = parameter_codes(plan)
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for endpoint in plan.endpoints:
        events = tuple(cause.label for cause in endpoint.causes if not cause.competing)
        competing = [cause.label for cause in endpoint.causes if cause.competing]
        found[names[endpoint.id]] = {
            **({"0": events} if events else {}),
            "1": ("Censored",),
            **{str(code): (label,) for code, label in enumerate(competing, 2)},
        }
    return found


def _contents(export: Export) -> str:
    """Say what the files are; by this file a folder is known as an export."""
    document = {
        "schema": SCHEMA,
        "software": {"atrisk": __version__},
        "study": export.study,
        "synthetic": export.synthetic,
        "datasets": [
            {
                "name": dataset.name,
                "label": dataset.label,
                "rows": dataset.rows,
                "keys": list(dataset.keys),
            }
            for dataset in export.datasets
        ],
        "CNSR": export.codes,
        "left_out": len(export.left_out),
        "queries": len(export.queries),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


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
