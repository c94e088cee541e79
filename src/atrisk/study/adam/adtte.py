"""ADTTE: one row for each patient and endpoint, with where its start and its end stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.adam.dataset import Dataset, Kind, Variable
from atrisk.study.dated import CUT_OFF
from atrisk.study.endpoint_models import DatedEndpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.dated import Dated
    from atrisk.study.endpoints import Outcome
    from atrisk.study.plan import EndpointPlan, Plan
    from atrisk.study.table import Table

__all__ = ["adtte", "parameter_codes"]

#: Variables of ADSL that stand in ADTTE too, where ADSL has them.
_SUBJECT = ("STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "TRTSDT", "FASFL")
_VARIABLES: Mapping[str, tuple[str, Kind]] = {
    "PARAMCD": ("Parameter Code", "text"),
    "PARAM": ("Parameter", "text"),
    "STARTDT": ("Time to Event Origin Date for Subject", "date"),
    "STARTDTF": ("Origin Date Imputation Flag", "text"),
    "ADT": ("Analysis Date", "date"),
    "ADTF": ("Analysis Date Imputation Flag", "text"),
    "AVAL": ("Analysis Value", "number"),
    "AVALU": ("Analysis Value Unit", "text"),
    "CNTDAY": ("Days Added: 1 if the Origin Is Day 1", "integer"),
    "CNSR": ("Censor", "integer"),
    "EVNTDESC": ("Event or Censoring Description", "text"),
    "CNSDTDSC": ("Censor Date Description", "text"),
    "SRCDOM": ("Source Data", "text"),
    "SRCVAR": ("Source Variable", "text"),
    "SRCSEQ": ("Source Sequence Number", "integer"),
    "SRCVAL": ("Source Entry as Written", "text"),
    "SRCFILE": ("Source File", "text"),
    "SRCLINE": ("Line of the Source File", "integer"),
    "STDOM": ("Origin: Source Data", "text"),
    "STVAR": ("Origin: Source Variable", "text"),
    "STSEQ": ("Origin: Source Sequence Number", "integer"),
    "STVAL": ("Origin: Source Entry as Written", "text"),
    "STFILE": ("Origin: Source File", "text"),
    "STLINE": ("Origin: Line of the Source File", "integer"),
}
_IMPUTED = np.array(["", "D", "M"], dtype=object)


def parameter_codes(plan: Plan) -> dict[str, str]:
    """Give PARAMCD of each endpoint: as the study says, else of its id, each once.

    Returns
    -------
    dict
        id of the endpoint -> at most 8 capital letters and digits.
    """
    found: dict[str, str] = {}
    for endpoint in plan.endpoints:
        stem = endpoint.asked.code
        if stem is None:
            stem = re.sub(r"[^A-Z0-9]", "", endpoint.id.upper())[:8]
        code, number = stem, 1
        while code in found.values():
            number += 1
            code = f"{stem[: 8 - len(str(number))]}{number}"
        found[endpoint.id] = code
    return found


def adtte(plan: Plan, table: Table, subjects: Dataset, outcomes: Mapping[str, Outcome]) -> Dataset:
    """Make ADTTE of the patients whose time an endpoint knows, in order of patient and endpoint."""
    parameters = parameter_codes(plan)
    parts: list[dict[str, NDArray[Any]]] = []
    rows: list[NDArray[np.intp]] = []
    for endpoint in plan.endpoints:
        found = outcomes[endpoint.id]
        part = _part(plan, endpoint, parameters[endpoint.id], table, found)
        usable = np.flatnonzero(found.usable)
        rows.append(usable)
        parts.append({name: values[usable] for name, values in part.items()})
    patient = np.concatenate([np.zeros(0, dtype=np.intp), *rows])
    order = np.argsort(patient, kind="stable")
    known = {variable.name: variable for variable in subjects.variables}
    variables = [known[name].take(patient[order]) for name in _SUBJECT if name in known]
    for name, (label, kind) in _VARIABLES.items():
        values = np.concatenate([part[name] for part in parts]) if parts else np.zeros(0)
        variables.append(Variable(name, label, kind, values[order]))
    keys = ("STUDYID", "USUBJID", "PARAMCD")
    return Dataset("ADTTE", "Time-to-Event Analysis Dataset", tuple(variables), keys)


def _part(
    plan: Plan, endpoint: EndpointPlan, code: str, table: Table, found: Outcome
) -> dict[str, NDArray[Any]]:
    """Make the variables of one endpoint for every row of the table."""
    count, unit = table.rows, plan.clock.unit
    asked = endpoint.asked

    def same(value: object) -> NDArray[Any]:
        return np.full(count, value, dtype=object)

    part = {name: _none(kind, count) for name, (_, kind) in _VARIABLES.items()}
    part["PARAMCD"] = same(code)
    part["PARAM"] = same(f"{endpoint.label} ({unit})")
    part["AVAL"], part["AVALU"] = found.time, same(unit.upper())
    part["CNSR"] = _censor(endpoint, found.cause)
    labels = np.array(["Censored", *(cause.label for cause in endpoint.causes)], dtype=object)
    part["EVNTDESC"] = labels[found.cause]
    if isinstance(asked, DatedEndpoint) and found.dated is not None:
        start, end = found.dated.start, found.dated.end
        part["STARTDT"], part["ADT"] = start.day, end.day
        part["CNTDAY"] = np.full(count, float(asked.count_day))
        part["STARTDTF"], part["ADTF"] = _flags(table, start), _flags(table, end)
        part["CNSDTDSC"] = np.where(found.cause > 0, "", _censored_at(plan, asked, end))
        part |= _sources(table, start, "ST", "STVAR")
        part |= _sources(table, end, "SRC", "SRCVAR")
    return part


def _none(kind: Kind, count: int) -> NDArray[Any]:
    if kind == "text":
        return np.full(count, "", dtype=object)
    return np.full(count, np.datetime64("NaT", "D") if kind == "date" else np.nan)


def _censor(endpoint: EndpointPlan, cause: NDArray[np.int64]) -> NDArray[np.float64]:
    """Code events of interest as 0, censoring as 1, competing events from 2 in their order."""
    values, competing = [1.0], 1
    for event in endpoint.causes:
        competing += event.competing
        values.append(float(competing) if event.competing else 0.0)
    return np.array(values)[cause]


def _flags(table: Table, part: Dated) -> NDArray[Any]:
    """Flag dates of which the day (D) or the month and the day (M) are assumed."""
    level = np.zeros(table.rows, dtype=np.int8)
    for place, column in enumerate(part.columns):
        precision = None if table.provenance is None else table.provenance.precision(column)
        if precision is not None:
            level = np.where(part.at == place, precision, level)
    return _IMPUTED[level]


def _censored_at(plan: Plan, asked: DatedEndpoint, end: Dated) -> NDArray[Any]:
    """Describe the day on which each row is censored, by what gave it."""
    described = [_described(plan, asked, column) for column in end.columns]
    words = np.array([*described, "Data cut-off", ""], dtype=object)
    return words[np.where(end.at == CUT_OFF, len(described), np.where(end.at < 0, -1, end.at))]


def _described(plan: Plan, asked: DatedEndpoint, column: str) -> str:
    if column in asked.censor:
        return "Last contact"
    return plan.source.labels.get(column, column)


def _sources(table: Table, part: Dated, stem: str, field: str) -> dict[str, NDArray[Any]]:
    """Look up where the day of each row stands: in the forms, or in the table of a file."""
    names = [f"{stem}DOM", field, f"{stem}SEQ", f"{stem}VAL", f"{stem}FILE", f"{stem}LINE"]
    made = {name: _none(_VARIABLES[name][1], table.rows) for name in names}
    for place, column in enumerate(part.columns):
        rows = part.at == place
        if not rows.any():
            continue
        for name, values in zip(names, _found(table, column), strict=True):
            made[name] = np.where(rows, values, made[name])
    return made


def _found(table: Table, column: str) -> tuple[NDArray[Any], ...]:
    if table.provenance is None:
        file, field = (np.full(table.rows, text, dtype=object) for text in (table.file, column))
        written = np.array([table.written(column, row) for row in range(table.rows)], dtype=object)
        one, lines = np.ones(table.rows), table.lines.astype(np.float64)
        return file, field, one, written, file, lines
    found = table.provenance.origins(column)
    instance, line = (
        np.where(numbers > 0, numbers, np.nan) for numbers in (found.instance, found.line)
    )
    return found.form, found.field, instance, found.value, found.file, line
