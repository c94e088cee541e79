"""ADSL: one row a patient."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.study.adam.dataset import Dataset, Variable, adam_label
from atrisk.study.columns import canonical_code, codes, dates, numbers
from atrisk.study.forms_source import CENTRE, FormsSource
from atrisk.study.known_columns import columns_listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.forms_models import Adam
    from atrisk.study.plan import Plan
    from atrisk.study.table import Table

__all__ = ["ADSL_COLUMNS", "adsl", "death_column", "study_id"]

#: The clinical column that says who died.
DEAD = "dead"

#: The columns that variables are made of where there are columns of these names.
ADSL_COLUMNS = {
    "AGE": "age",
    "SEX": "sex",
    "TRTSDT": "ino_start",
    "TRTEDT": "last_ino",
    "DTHDT": "death_date",
    "LSTALVDT": "last_contact",
}
_LABELS = {
    "STUDYID": "Study Identifier",
    "USUBJID": "Unique Subject Identifier",
    "SUBJID": "Subject Identifier for the Study",
    "SITEID": "Study Site Identifier",
    "AGE": "Age",
    "AGEU": "Age Units",
    "SEX": "Sex",
    "TRTSDT": "Date of First Exposure to Treatment",
    "TRTEDT": "Date of Last Exposure to Treatment",
    "DTHDT": "Date of Death",
    "DTHFL": "Subject Death Flag",
    "LSTALVDT": "Date Last Known Alive",
    "FASFL": "Full Analysis Set Population Flag",
}
#: Code or label of a sex, in lower case -> what SEX holds.
_SEXES = {"female": "F", "f": "F", "male": "M", "m": "M", "unknown": "U", "u": "U"}
_OWN = ("STUDYID", "USUBJID", "SUBJID", "AGEU", "DTHFL", "FASFL")


def study_id(plan: Plan) -> str:
    """Give STUDYID: as the study says, else letters and digits of its title."""
    if plan.adam.study_id is not None:
        return plan.adam.study_id
    words = re.sub(r"[^A-Z0-9]+", "-", plan.info.title.upper()).strip("-")
    return words if len(words) <= 20 else words[:21].rpartition("-")[0] or words[:20]


def used_columns(adam: Adam, names: tuple[str, ...]) -> dict[str, str]:
    """Name the column of each variable.

    Raises
    ------
    InputError
        a column that the study names does not exist, or a variable is made by the export itself.
    """
    for variable, column in adam.columns.items():
        if column not in names:
            raise InputError(
                f"[adam] columns, {variable}: there is no column {column!r}."
                f" {columns_listed(column, names)}"
            )
        if variable in _OWN:
            raise InputError(
                f"[adam] columns: {variable} is made by the export itself; remove it, or set"
                " [adam] study_id."
            )
    found = {name: column for name, column in ADSL_COLUMNS.items() if column in names}
    return {**found, **adam.columns}


def adsl(plan: Plan, table: Table, kept: NDArray[np.bool_]) -> Dataset:
    """Make ADSL of all patients.

    Parameters
    ----------
    table
        every patient, with the columns that are used.
    kept
        shape (n,): who is in the population of the study.
    """
    columns = used_columns(plan.adam, plan.source.names)
    made = [*_identity(plan, table, columns)]
    for name, column in columns.items():
        if name == "SITEID":
            continue
        made.append(
            _sex(plan, table, column) if name == "SEX" else _variable(plan, table, name, column)
        )
        if name == "AGE":
            made.append(_text("AGEU", np.full(table.rows, "YEARS", dtype=object)))
        if made[-1].kind == "date":
            made += _imputed(table, name, column)
        if name == "DTHDT":
            made.append(_text("DTHFL", _died(plan, table, column)))
    made.append(_text("FASFL", np.where(kept, "Y", "N").astype(object)))
    return Dataset("ADSL", "Subject-Level Analysis Dataset", tuple(made), ("STUDYID", "USUBJID"))


def death_column(plan: Plan) -> str | None:
    """Name the clinical column that says who died, dated or not."""
    source = plan.source
    if not isinstance(source, FormsSource) or DEAD not in source.names:
        return None
    forms = source.request.study.forms
    return DEAD if forms is not None and forms.clinical is not None else None


def _died(plan: Plan, table: Table, column: str) -> NDArray[Any]:
    died = ~np.isnat(dates(table, column, plan.data.date_format))
    said = death_column(plan)
    if said is not None and said in table.columns:
        died |= _texts(table, said) == "1"
    return np.where(died, "Y", "").astype(object)


def _identity(plan: Plan, table: Table, columns: dict[str, str]) -> list[Variable]:
    study = study_id(plan)
    subject = np.array(
        table.records if table.records is not None else [str(line) for line in table.lines],
        dtype=object,
    )
    unique = np.array([f"{study}-{name}" for name in subject], dtype=object)
    return [
        _text("STUDYID", np.full(table.rows, study, dtype=object)),
        _text("USUBJID", unique),
        _text("SUBJID", subject),
        _text("SITEID", _sites(table, columns)),
    ]


def _sites(table: Table, columns: dict[str, str]) -> NDArray[Any]:
    """Name the site of each patient: as the study says, else the centre that sent the forms.

    Where all forms come from one source, it is what their own field ``centre`` says.
    """
    source = table.provenance
    if "SITEID" in columns:
        return _texts(table, columns["SITEID"])
    if source is None:
        return np.full(table.rows, "", dtype=object)
    ids = np.array([centre.id for centre in source.records.centres], dtype=object)
    if len(ids) > 1 or CENTRE not in table.columns:
        return ids[source.records.centre[source.at]]
    return _texts(table, CENTRE)


def _text(name: str, values: NDArray[Any]) -> Variable:
    return Variable(name, _LABELS[name], "text", values)


def _texts(table: Table, column: str) -> NDArray[Any]:
    found = codes(table, column)
    return np.array([*found.labels, ""], dtype=object)[found.codes]


def _imputed(table: Table, name: str, column: str) -> list[Variable]:
    """Flag dates of which the day (D), or the month and the day (M), are assumed."""
    precision = None if table.provenance is None else table.provenance.precision(column)
    if precision is None or not precision.any() or len(name) > 7:
        return []
    flags = np.array(["", "D", "M"], dtype=object)[precision]
    return [Variable(f"{name}F", f"Imputation Flag of {name}", "text", flags)]


def _sex(plan: Plan, table: Table, column: str) -> Variable:
    found = codes(table, column)
    labels = plan.source.levels.get(column, {})
    letters = [_sex_letter(plan.adam.sex, column, code, labels) for code in found.labels]
    return _text("SEX", np.array([*letters, "U"], dtype=object)[found.codes])


def _sex_letter(
    given: Mapping[str, str] | None, column: str, code: str, labels: Mapping[str, str]
) -> str:
    """Give F, M or U for a code: as the study says, else by its label in the dictionary."""
    label = labels.get(code, code)
    said = _SEXES.get(label.casefold().strip())
    letter = said if given is None else {canonical_code(c): s for c, s in given.items()}.get(code)
    if letter is None and code in _SEXES.values():
        letter = code
    shown = repr(code) if label == code else f"{code!r} ({label})"
    if letter is None:
        raise InputError(
            f"the column {column!r} of SEX has the code {shown}. Say which code is F and"
            ' which M: [adam] sex = { 1 = "F", 2 = "M" }.'
        )
    if code in labels and said is not None and letter != said:
        raise InputError(
            f"[adam] sex says that the code {shown} of {column!r} is {letter}, and its label in"
            f" the dictionary says {said}. Correct it, or leave out [adam] sex."
        )
    return letter


def _variable(plan: Plan, table: Table, name: str, column: str) -> Variable:
    """Make a variable of a column: a number or a date where the column holds them, else text."""
    label = _LABELS.get(name) or adam_label(plan.source.labels.get(column, column))
    values = table.columns[column]
    if name.endswith("DT") or values.dtype.kind == "M":
        return Variable(name, label, "date", dates(table, column, plan.data.date_format))
    if name == "AGE" or values.dtype.kind == "f":
        return Variable(name, label, "number", numbers(table, column))
    return Variable(name, label, "text", _texts(table, column))
