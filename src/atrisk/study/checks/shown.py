"""Which fields a row is asked for: branching logic, and what counts as an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.checks.findings import named
from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.tables import BLANK, PRESENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.study.forms.evaluate import Evaluation
    from atrisk.study.forms.fields import Field
    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["asked_fields", "entry_state", "entry_text", "shown_fields"]

_NOT_CHOSEN = frozenset({"0", ""})


def asked_fields(records: Records, form: str) -> tuple[Field, ...]:
    """Give the fields of a form that hold entries, the record id left out."""
    first = records.dictionary.record_id
    return tuple(
        field
        for field in records.dictionary.of(form)
        if field.name != first
        and all(name in records.tables[form].columns for name in field.columns)
        if field.kind != "none"
    )


def shown_fields(evaluation: Evaluation) -> Mapping[str, NDArray[np.bool_]]:
    """Evaluate the branching logic of every field that has any: rows in which it is shown."""
    records = evaluation.records
    known: dict[tuple[str, str], NDArray[np.bool_]] = {}
    shown: dict[str, NDArray[np.bool_]] = {}
    for form in records.tables:
        for field in asked_fields(records, form):
            logic = field.branching.strip()
            if not logic:
                continue
            if (form, logic) not in known:
                with named(f"the branching logic of {field.name!r}"):
                    known[form, logic] = evaluation.holds(parse_expression(logic), form)
            shown[field.name] = known[form, logic]
    return shown


def entry_state(table: FormTable, field: Field) -> NDArray[np.int8]:
    """Give why each row has no value in a field; of a checkbox, over its options: shape (n,).

    A checkbox with one option chosen is present, with a missing code on any option is that code,
    with none chosen is blank.
    """
    if field.kind != "checkbox":
        return table.columns[field.name].missing
    state = np.full(table.rows, BLANK, dtype=np.int8)
    for name in field.columns:
        column = table.columns[name]
        other = ~column.present & (column.missing != BLANK)
        state[other] = np.maximum(state, column.missing)[other]
    state[_any_chosen(table, field)] = PRESENT
    return state


def _any_chosen(table: FormTable, field: Field) -> NDArray[np.bool_]:
    chosen = np.zeros(table.rows, dtype=bool)
    for name in field.columns:
        column = table.columns[name]
        codes = (*column.levels, "0")
        positive = np.array([code not in _NOT_CHOSEN for code in codes], dtype=np.bool_)
        chosen |= column.present & positive[column.values]
    return chosen


def entry_text(table: FormTable, field: Field, row: int) -> str:
    """Spell an entry; of a checkbox, the codes of the options chosen, separated by spaces."""
    if field.kind != "checkbox":
        return table.columns[field.name].text(row)
    pairs = zip(field.codes, field.columns, strict=True)
    return " ".join(
        code for code, name in pairs if table.columns[name].text(row) not in _NOT_CHOSEN
    )
