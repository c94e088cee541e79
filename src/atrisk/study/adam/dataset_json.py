"""A dataset as CDISC Dataset-JSON 1.1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from atrisk._version import __version__

if TYPE_CHECKING:
    from atrisk.study.adam.dataset import Dataset, Variable

__all__ = ["CREATED", "dataset_json"]

#: The creation time that every file names: the same data give the same bytes.
CREATED = "1970-01-01T00:00:00"
_TYPES = {"text": "string", "integer": "integer", "number": "double", "date": "date"}


def dataset_json(dataset: Dataset, study: str) -> str:
    """Write a dataset as Dataset-JSON 1.1, one row a line.

    Parameters
    ----------
    study
        STUDYID.
    """
    head = {
        "datasetJSONCreationDateTime": CREATED,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{study}.{dataset.name}",
        "originator": "atrisk",
        "sourceSystem": {"name": "atrisk", "version": __version__},
        "studyOID": study,
        "metaDataVersionOID": f"MDV.{study}",
        "itemGroupOID": f"IG.{dataset.name}",
        "records": dataset.rows,
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, variable) for variable in dataset.variables],
    }
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    values = [_cells(variable) for variable in dataset.variables]
    rows = ",\n".join(
        json.dumps(row, ensure_ascii=False, allow_nan=False) for row in zip(*values, strict=True)
    )
    return f'{text},\n "rows": [\n{rows}\n]\n}}\n'


def _cells(variable: Variable) -> list[Any]:
    found = variable.python()
    if variable.kind == "date":
        return [None if day is None else day.isoformat() for day in found]
    return found


def _column(dataset: Dataset, variable: Variable) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": f"IT.{dataset.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": _TYPES[variable.kind],
    }
    if variable.kind == "text":
        column["length"] = max([len(text) for text in variable.values] or [1]) or 1
    if variable.kind == "date":
        column |= {"targetDataType": "integer", "displayFormat": "DATE9."}
    if variable.name in dataset.keys:
        column["keySequence"] = dataset.keys.index(variable.name) + 1
    return column
