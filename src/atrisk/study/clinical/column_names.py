"""The names of the clinical columns, for messages of studies that do not derive them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.clinical.derive import DICTIONARY, derive
from atrisk.study.forms.packaged import packaged_dictionary
from atrisk.study.forms.tables import Column, FormTable, Records

if TYPE_CHECKING:
    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.fields import Field

__all__ = ["clinical_names"]

_DTYPES: Final = {"number": "float64", "date": "datetime64[D]", "datetime": "datetime64[s]"}


@cache
def clinical_names(*, sos_severity: bool) -> tuple[str, ...]:
    """Name every column that `derive` makes, found by deriving those of no patient.

    Examples
    --------
    >>> "ino_start" in clinical_names(sos_severity=False)
    True
    """
    none = _no_records(packaged_dictionary(DICTIONARY))
    return tuple(column.name for column in derive(none, sos_severity=sos_severity))


def _no_records(dictionary: Dictionary) -> Records:
    none = np.empty(0, dtype=np.int32)
    tables = {
        form: FormTable(form, none, none, None, none, none, _columns(dictionary.of(form)))
        for form in dictionary.forms
    }
    return Records(dictionary, (), (), none, tables, (), ())


def _columns(fields: tuple[Field, ...]) -> dict[str, Column]:
    return {name: _column(name, field) for field in fields for name in field.columns}


def _column(name: str, field: Field) -> Column:
    missing = np.empty(0, dtype=np.int8)
    if field.kind in {"number", "date", "datetime"}:
        return Column(name, field.kind, np.empty(0, dtype=_DTYPES[field.kind]), missing)
    levels = ("0", "1") if field.kind == "checkbox" else field.codes
    return Column(name, "code", np.empty(0, dtype=np.int32), missing, levels)
