"""What each column of a file stands for, by the dictionary and the centre's mapping."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from atrisk.errors import listed, nearest
from atrisk.study.forms.fields import checkbox_column
from atrisk.study.forms.intake_parts import text_mask
from atrisk.study.forms.intake_sheet import LABELS_AS_HEADERS, FileFault, labelled
from atrisk.study.forms.mapping import KEYS, folded
from atrisk.study.forms.tables import KEEPER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.mapping import CentreMapping

__all__ = ["Target", "Vocabulary", "form_named", "targets_of"]

#: What REDCap adds to an export that is no entry of a form.
_ADDED: Final = frozenset({"redcap_survey_identifier"})
_LOOKED_AT: Final = 10


@dataclass(frozen=True, slots=True)
class Target:
    """What a column of a file stands for.

    Attributes
    ----------
    what
        ``record``, ``event``, ``instrument``, ``instance`` or ``group`` say which row it is;
        ``column`` is a column of a form's table, ``several`` a checkbox field with its options in
        one cell, ``absent`` the option that stands for a missing code of a checkbox field;
        ``ignored`` is left aside; ``field`` and
        ``value`` are the two columns of an EAV export.
    name
        the column, or the field of ``several`` and ``absent``.
    form
        its form.
    code
        the missing code of ``absent``.
    standing
        a flat export has 0 in it where nobody filled the form.
    """

    what: Literal[
        "record",
        "event",
        "instrument",
        "instance",
        "group",
        "column",
        "several",
        "absent",
        "ignored",
        "field",
        "value",
    ]
    name: str = ""
    form: str = ""
    code: str = ""
    standing: bool = False


_KEY_TARGETS: Final = dict(
    zip(
        KEYS,
        (Target("event"), Target("instrument"), Target("instance"), Target("group")),
        strict=True,
    )
)


class Vocabulary:
    """Every name that a header may have, in the order of the dictionary.

    Parameters
    ----------
    dictionary
        of the study.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.names: dict[str, Target] = {dictionary.record_id: Target("record"), **_KEY_TARGETS}
        self.names |= dict.fromkeys(_ADDED, Target("ignored"))
        self.labels: dict[str, dict[str, Target]] = {}
        for form in dictionary.forms:
            self._add_form(form)
        every = [label for own in self.labels.values() for label in own]
        once = {label for label, count in Counter(every).items() if count == 1}
        self.labels["*"] = {
            label: target
            for own in self.labels.values()
            for label, target in own.items()
            if label in once
        }

    def _add_form(self, form: str) -> None:
        fields = self.dictionary.of(form)
        labels = Counter(folded(field.label) for field in fields)
        own: dict[str, Target] = {}
        for field in fields:
            if field.name == self.dictionary.record_id:
                target = Target("record")
            elif field.kind == "none":
                target = Target("ignored")
            else:
                several = field.kind == "checkbox"
                target = Target("several" if several else "column", field.name, form)
            self.names.setdefault(field.name, target)
            if field.kind == "checkbox":
                self._add_options(field.name, field.columns, form)
            if field.label and labels[folded(field.label)] == 1:
                own[folded(field.label)] = target
        complete = f"{form}_complete"
        self.names[complete] = Target("column", complete, form, standing=True)
        self.names[f"{form}_timestamp"] = Target("ignored")
        self.labels[form] = own

    def _add_options(self, name: str, columns: Sequence[str], form: str) -> None:
        for code in self.dictionary.missing_codes:
            column = checkbox_column(name, code.code)
            self.names[column] = Target("absent", name, form, code.code, standing=True)
        self.names |= {column: Target("column", column, form, standing=True) for column in columns}

    def find(self, header: str, form: str) -> Target | None:
        """Find what a header is: a name, whatever its case, or a label that stands once."""
        found = self.names.get(header) or self.names.get(_as_name(header))
        return found or self.labels.get(form, {}).get(folded(header))


def _as_name(header: str) -> str:
    return re.sub(r"[\s-]+", "_", header.strip().casefold())


def form_named(text: str, dictionary: Dictionary, mapping: CentreMapping) -> str | None:
    """Find the form that a file, sheet, table or REDCap row is of; None if there is none."""
    found = mapping.forms.get(folded(text))
    if found is not None:
        return found
    name = _as_name(text)
    return name if name in dictionary.forms else None


def targets_of(
    sheet: Sheet,
    vocabulary: Vocabulary,
    mapping: CentreMapping,
    *,
    form: str = "*",
    also: Mapping[str, Target] | None = None,
) -> tuple[Target, ...]:
    """Say what each column of a sheet stands for.

    Parameters
    ----------
    sheet
        the file.
    vocabulary
        of the dictionary.
    mapping
        of the centre.
    form
        the form that the file is of, "*" if it has all.
    also
        further headers, before all others.

    Raises
    ------
    FileFault
        a header is not known, names another form's field, or two name the same field; or no column
        has the record id.
    """
    found = [
        _target(header, vocabulary, mapping, form, also or {})
        if header or text_mask(column, bool).any()
        else Target("ignored")
        for header, column in zip(sheet.header, sheet.columns, strict=True)
    ]
    if not any(target is not None and target.what == "record" for target in found):
        raise _no_record(sheet, vocabulary, mapping, form)
    for place, (header, target) in enumerate(zip(sheet.header, found, strict=True)):
        if target is None and not header:
            raise _nameless(place, sheet)
        if target is None:
            raise _unknown(header, sheet, vocabulary, form)
        if form not in {"*", target.form} and target.form:
            raise FileFault(
                f"the field {target.name!r} is of the form {target.form!r}, and this file of"
                f" {form!r}; move the column.{KEEPER}list it under [ignore] columns of the mapping",
                line=sheet.header_line,
                field=header,
            )
    targets = tuple(target for target in found if target is not None)
    _check_once(sheet, targets)
    return targets


def _target(
    header: str,
    vocabulary: Vocabulary,
    mapping: CentreMapping,
    form: str,
    also: Mapping[str, Target],
) -> Target | None:
    mapped = mapping.column(form, header)
    if mapped is not None:
        return also.get(mapped) or vocabulary.names.get(mapped)
    if folded(header) in mapping.ignored_columns:
        return Target("ignored")
    return also.get(_as_name(header)) or vocabulary.find(header, form)


def _check_once(sheet: Sheet, targets: Sequence[Target]) -> None:
    seen: dict[Target, str] = {}
    for header, target in zip(sheet.header, targets, strict=True):
        if target.what == "ignored":
            continue
        if target in seen:
            raise FileFault(
                f"the columns {seen[target]!r} and {header!r} both stand for"
                f" {target.name or target.what!r}; keep one.{KEEPER}list one under [ignore]"
                " columns of the mapping",
                line=sheet.header_line,
                field=header,
            )
        seen[target] = header


def _nameless(place: int, sheet: Sheet) -> FileFault:
    column = sheet.columns[place]
    row = next(row for row in range(sheet.rows) if column[row])
    return FileFault(
        f"column {place + 1} has no name in {sheet.place} {sheet.header_line} but holds entries,"
        " the first in this one; name it, or remove it",
        line=int(sheet.lines[row]),
        value=column[row],
    )


def _unknown(header: str, sheet: Sheet, vocabulary: Vocabulary, form: str) -> FileFault:
    known = [name for name, target in vocabulary.names.items() if form in {"*", target.form}]
    if labelled(header):
        return FileFault(LABELS_AS_HEADERS, line=sheet.header_line, field=header)
    return FileFault(
        f"the dictionary has no field {header!r}{'' if form == '*' else f' in the form {form!r}'}."
        f"{nearest(_as_name(header), known)}{KEEPER}name the field under [columns] of the mapping,"
        " or list the header under [ignore] columns",
        line=sheet.header_line,
        field=header,
    )


def _no_record(
    sheet: Sheet, vocabulary: Vocabulary, mapping: CentreMapping, form: str
) -> FileFault:
    """Say that no column has the record id, and where the header may be instead."""
    record_id = vocabulary.dictionary.record_id
    for row in range(min(_LOOKED_AT, sheet.rows)):
        names = [column[row] for column in sheet.columns]
        known = [_target(name, vocabulary, mapping, form, {}) for name in names if name]
        if any(target is not None and target.what == "record" for target in known):
            return FileFault(
                f"the header seems to stand in {sheet.place} {sheet.lines[row]}, below a title;"
                f" remove the rows above it.{KEEPER}set header_row = {sheet.lines[row]} in the"
                " mapping",
                line=sheet.header_line,
                field=record_id,
            )
    return FileFault(
        f"no column has the record id {record_id!r}; columns are:"
        f" {listed(sheet.header, shown=12) if sheet.header else 'none'}."
        f"{nearest(record_id, sheet.header)}{KEEPER}if one of them is it, say so under [columns] of"
        " the mapping",
        line=sheet.header_line,
        field=record_id,
    )
