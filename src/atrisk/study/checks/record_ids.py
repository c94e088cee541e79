"""Record ids of a centre that differ in spelling alone: likely one patient in two records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.checks.once import named_few, once_a_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.checks.entries import Outcome
    from atrisk.study.forms.queries import Severity
    from atrisk.study.forms.tables import Records

__all__ = ["check_record_ids"]

_PART: Final = re.compile(r"[^\W\d_]+|\d+")


def check_record_ids(records: Records, severity: Severity) -> Iterator[Outcome]:
    """Ask about ids that differ in case, blanks, marks or leading zeros, at a first row of each."""
    others = _similar(records)
    failed = np.zeros(len(records.ids), dtype=bool)
    failed[list(others)] = True

    def message(record: int) -> str:
        return (
            f"The record id differs only in its spelling from {named_few(others[record])}. If they"
            " are one patient, spell it alike in all files; if not, confirm it."
        )

    every = np.ones(len(records.ids), dtype=bool)
    return once_a_record(records, "record_id", severity, failed, every, message)


def _similar(records: Records) -> dict[int, list[str]]:
    """Give for each record those of its centre whose ids are spelled like its."""
    groups: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for record, (name, centre) in enumerate(zip(records.ids, records.centre.tolist(), strict=True)):
        groups.setdefault((centre, _spelled(name)), []).append(record)
    return {
        record: [repr(records.ids[other]) for other in members if other != record]
        for members in groups.values()
        if len(members) > 1
        for record in members
    }


def _spelled(name: str) -> tuple[str, ...]:
    """Take an id apart into words and numbers.

    Examples
    --------
    >>> _spelled("ULM 04") == _spelled("ulm-4"), _spelled("1-1") == _spelled("11")
    (True, False)
    """
    parts = _PART.findall(name.casefold())
    return tuple(part.lstrip("0") or "0" for part in parts) or (name,)
