"""Case report forms as centres send them -> `Records`: every row is in a table or rejected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed
from atrisk.study.forms.intake_assemble import Collected
from atrisk.study.forms.intake_eav import split_eav
from atrisk.study.forms.intake_eav_lines import EAV_HEADERS
from atrisk.study.forms.intake_flat import split_flat
from atrisk.study.forms.intake_forms import split_form
from atrisk.study.forms.intake_header import Vocabulary, targets_of
from atrisk.study.forms.intake_parts import Reader, Split, no_ids
from atrisk.study.forms.intake_prefix import prefixed
from atrisk.study.forms.intake_sheet import FileFault
from atrisk.study.forms.intake_sources import (
    PARTIAL_DATES,
    CentreSource,
    Found,
    check_encoding,
    found_in,
    notation_of,
)
from atrisk.study.forms.mapping import CentreMapping, check_mapping
from atrisk.study.forms.tables import Centre

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.tables import Records

__all__ = ["CentreSource", "read_records"]


def read_records(
    sources: Sequence[CentreSource],
    dictionary: Dictionary,
    *,
    root: Path,
    partial_dates: str = "middle",
) -> Records:
    """Read the forms of all centres.

    Parameters
    ----------
    sources
        one a centre. A single export with REDCap's data access groups has those as its centres.
    dictionary
        what the forms ask.
    root
        the folder of the study file.
    partial_dates
        the day that is assumed where only the month or the year is known: ``first``, ``middle``
        (the 15th; 1 July) or ``last``.

    Returns
    -------
    Records
        with every file that was read and every row, entry and file that was rejected.

    Raises
    ------
    InputError
        the declaration is wrong: a path, a layout, a mapping. What is wrong in the files themselves
        is in ``rejected``.

    Notes
    -----
    With several centres a record id becomes ``<centre>-<id>`` unless it begins with the id of its
    centre, or the mapping says ``record_prefix``.
    """
    _check(sources, partial_dates)
    collected = Collected(dictionary, tuple(Centre(source.id, source.label) for source in sources))
    vocabulary = Vocabulary(dictionary)
    for place, source in enumerate(sources):
        mapping = source.mapping or CentreMapping()
        check_mapping(mapping, dictionary, source.id)
        check_encoding(source)
        reader = Reader(dictionary, mapping)
        groups = len(sources) == 1
        for found in found_in(source, dictionary, root):
            if isinstance(found.content, FileFault):
                collected.reject_file(found, found.content, place)
                continue
            sheet = found.content
            try:
                several = len(sources) > 1
                split, sheet = _split(found, sheet, source, reader, vocabulary, several=several)
            except FileFault as fault:
                fault.rows = sheet.rows_in
                collected.reject_file(found, fault, place, sheet.sha256)
                continue
            notation = notation_of(source, dictionary, partial_dates, sheet)
            split = split if groups else replace(split, group=None)
            collected.add(sheet, split, notation, place, form=found.form)
    return collected.records()


def _check(sources: Sequence[CentreSource], partial_dates: str) -> None:
    if not sources:
        raise InputError("there is no source of forms. Name a folder, a file or a database.")
    ids = [source.id for source in sources]
    twice = [name for name in dict.fromkeys(ids) if ids.count(name) > 1]
    if twice:
        raise InputError(f"centres have the same id: {listed(twice)}. Give each its own.")
    if partial_dates not in PARTIAL_DATES:
        raise InputError(
            f"partial_dates = {partial_dates!r} is none of {', '.join(PARTIAL_DATES)}."
        )


def _split(
    found: Found,
    sheet: Sheet,
    source: CentreSource,
    reader: Reader,
    vocabulary: Vocabulary,
    *,
    several: bool,
) -> tuple[Split, Sheet]:
    """Part a file into forms; give the sheet with the record ids of the study."""
    eav = source.layout == "eav"
    targets = targets_of(
        sheet,
        vocabulary,
        reader.mapping,
        form=found.form or "*",
        also=EAV_HEADERS if eav else None,
    )
    header = next(
        name for name, target in zip(sheet.header, targets, strict=True) if target.what == "record"
    )
    reader = replace(reader, no_ids=no_ids(reader.dictionary, reader.mapping, header))
    sheet = prefixed(sheet, targets, source, several=several, no_ids=reader.no_ids)
    if eav:
        return split_eav(sheet, targets, reader, vocabulary), sheet
    if source.layout == "flat":
        return split_flat(sheet, targets, reader), sheet
    return split_form(sheet, targets, found.form, reader), sheet
