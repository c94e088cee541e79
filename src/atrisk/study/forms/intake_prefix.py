"""Record ids that are unique across centres."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atrisk.study.forms.intake_parts import no_patient, recoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.study.forms.intake_header import Target
    from atrisk.study.forms.intake_sheet import Sheet
    from atrisk.study.forms.intake_sources import CentreSource
    from atrisk.study.forms.tables import Written

__all__ = ["identified", "prefixed"]

_FLOAT: Final = re.compile(r"\d+\.0+")


def prefixed(
    sheet: Sheet,
    targets: Sequence[Target],
    source: CentreSource,
    *,
    several: bool,
    no_ids: Mapping[str, str],
) -> Sheet:
    """Put the centre before the record ids of a sheet where they need it.

    A number that a spreadsheet or data frame made of an id, such as 12.0, is the id 12.
    """
    said = None if source.mapping is None else source.mapping.record_prefix
    prefix = said if several or said is not None else ""
    columns = tuple(
        _renamed(column, source.id, prefix, no_ids) if target.what == "record" else column
        for target, column in zip(targets, sheet.columns, strict=True)
    )
    ragged = sheet.ragged
    if targets and targets[0].what == "record":
        ragged = tuple(
            replace(row, first=_id(row.first, source.id, prefix, no_ids)) for row in ragged
        )
    else:
        ragged = tuple(replace(row, first="") for row in ragged)
    return replace(sheet, columns=columns, ragged=ragged)


def _id(text: str, centre: str, said: str | None, no_ids: Mapping[str, str]) -> str:
    return text if no_patient(text, no_ids) else identified(_whole(text), centre, said)


def _renamed(column: Written, centre: str, said: str | None, no_ids: Mapping[str, str]) -> Written:
    texts = [_id(text, centre, said, no_ids) for text in column.texts]
    return recoded(texts, column.codes)


def _whole(text: str) -> str:
    return text.partition(".")[0] if _FLOAT.fullmatch(text) else text


def identified(text: str, centre: str, prefix: str | None) -> str:
    """Spell a record id with its centre, or with the prefix that the mapping says.

    An id begins with its centre if the centre ends there: a letter does not follow letters, nor a
    digit digits.

    Examples
    --------
    >>> identified("4", "ULM", None), identified("ULM4", "ULM", None), identified("12", "1", None)
    ('ULM-4', 'ULM4', '1-12')
    """
    if prefix is not None:
        return text if text.startswith(prefix) else prefix + text
    if not text.startswith(centre):
        return f"{centre}-{text}"
    rest = text[len(centre) :]
    last = centre[-1:]
    joined = (last.isdigit() and rest[:1].isdigit()) or (last.isalpha() and rest[:1].isalpha())
    return f"{centre}-{text}" if joined or not rest else text
