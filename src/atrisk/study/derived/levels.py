"""What the dictionary calls the codes of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atrisk.study.columns import canonical_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.study.derived.column import Derived
    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.fields import Field

__all__ = ["column_levels", "field_levels"]

_NO_YES: Final = {"0": "No", "1": "Yes"}
#: Types of two answers, of which REDCap lists yes before no.
_NO_FIRST: Final = frozenset({"yesno", "truefalse"})


def column_levels(
    dictionary: Dictionary, columns: Mapping[str, Derived]
) -> dict[str, dict[str, str]]:
    """Give the codes and labels of each column that has them: choices of a field, or no and yes.

    A column that is worked out of a field in another way has codes of its own and is not named.
    """
    choices = {name: field for field in dictionary.fields for name in field.columns}
    found: dict[str, dict[str, str]] = {}
    for name, column in columns.items():
        if column.codes == "no_yes":
            found[name] = dict(_NO_YES)
        elif column.codes == "field" and (field := choices.get(column.origin[0].field)):
            found[name] = field_levels(field)
    return {name: levels for name, levels in found.items() if levels}


def field_levels(field: Field) -> dict[str, str]:
    """Give the labels of a field by code, in the order of the dictionary; no before yes.

    Labels that several codes share are told apart by their codes.

    Examples
    --------
    >>> from atrisk.study.forms.fields import Choice, Field
    >>> field_levels(Field("given", "dose", type="yesno", choices=(Choice("1", "Yes"),
    ...     Choice("0", "No"))))
    {'0': 'No', '1': 'Yes'}
    """
    if field.kind == "checkbox":
        return dict(_NO_YES)
    choices = field.choices[::-1] if field.type in _NO_FIRST else field.choices
    labels = [choice.label for choice in choices]
    return {
        canonical_code(choice.code): choice.label
        if choice.label and labels.count(choice.label) == 1
        else f"{choice.label} ({choice.code})".strip()
        for choice in choices
    }
