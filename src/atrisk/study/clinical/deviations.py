"""Doses of inotuzumab ozogamicin (INO) against the label, over all patients of a study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.leukaemia.dosing_deviations import KINDS, Deviations, Remission, label_deviations
from atrisk.study.clinical.derive import require_fields
from atrisk.study.clinical.infusions import SLOTS, timeline
from atrisk.study.clinical.response import mrd_negative_day, response_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.response import CallsBy
    from atrisk.study.forms.tables import Records

__all__ = ["DoseDeviations", "dose_deviations"]

_EACH = ("kind", "row", "dose", "given", "low", "high")


@dataclass(frozen=True, slots=True)
class DoseDeviations:
    """Deviations of a cohort: one row each, in order of record, cycle and planned day.

    Attributes
    ----------
    records
        the forms.
    found
        what deviates, by position of the cycle.
    row
        shape (c,): the row of the form ``ino_cycle`` of each cycle.
    rule
        what was compared with what, in words.
    unrecorded
        shape (k,): cycles with a dose that is not known, which is none of the deviations.
    """

    records: Records
    found: Deviations
    row: NDArray[np.int32]
    rule: str
    unrecorded: NDArray[np.int64]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Give the table as columns of length m: where, what, given, and what the label asks."""
        at = self.row[self.found.row]
        table = self.records.table("ino_cycle")
        kinds = np.array(list(KINDS), dtype=object)[self.found.kind]
        units = np.array(list(KINDS.values()), dtype=object)[self.found.kind]
        planned = np.array([*(f"day {slot[1:]}" for slot in SLOTS), "cycle"], dtype=object)
        ids = np.array(self.records.ids, dtype=object)
        centres = np.array([centre.id for centre in self.records.centres], dtype=object)
        files = np.array([file.name for file in self.records.files], dtype=object)
        record = table.record[at]
        return {
            "record": ids[record],
            "centre": centres[self.records.centre[record]],
            "instance": table.instance[at],
            "dose": planned[self.found.dose],
            "deviation": kinds,
            "given": self.found.given,
            "low": self.found.low,
            "high": self.found.high,
            "unit": units,
            "file": files[table.file[at]] if files.size else np.full(at.size, "", dtype=object),
            "line": table.line[at],
        }

    def counts(self) -> dict[str, tuple[int, int]]:
        """Count deviations and the patients that have them, for each kind."""
        record = self.records.table("ino_cycle").record[self.row[self.found.row]]
        return {
            kind: (int(here.sum()), len(np.unique(record[here])))
            for code, kind in enumerate(KINDS)
            for here in (self.found.kind == code,)
        }

    def unjudged(self) -> Iterator[tuple[str, int, str]]:
        """List cycles that could not be judged in full: record, instance and why."""
        table = self.records.table("ino_cycle")
        for rows, why in (
            (self.found.unjudged, "day 1 dose: no response was assessed before the cycle"),
            (self.found.undated, "timing: a dose has no date"),
            (self.unrecorded, "a dose is not known"),
        ):
            for at in self.row[rows]:
                yield self.records.ids[table.record[at]], int(table.instance[at]), why


def dose_deviations(
    records: Records,
    *,
    response_rules: str = "label",
    response_by: CallsBy = "centre",
    mrd_rules: str = "reported",
) -> DoseDeviations:
    """Compare every dose before the transplantation with the label.

    Parameters
    ----------
    records
        forms of the packaged dictionary.
    response_rules, response_by, mrd_rules
        as of `atrisk.study.clinical.derive.derive`: they tell who was in remission.

    Returns
    -------
    DoseDeviations

    Raises
    ------
    InputError
        if fields of the dictionary are not there.
    """
    require_fields(records)
    line = timeline(records)
    known = _remission(line, response_rules, response_by, mrd_rules)
    given = line.infusions.course
    undated = np.flatnonzero((given.given & np.isnan(given.day)).any(axis=1))
    found = label_deviations(line.before.course, known, line.transplanted)
    found = replace(found, undated=undated)  # what has no date may not be among those before
    unknown = line.before.unknown
    whose = "the centre's calls" if response_by == "centre" else f"the rules {response_rules!r}"
    rule = (
        "infusions before the transplantation (all, where there is none) against the label;"
        f" remission by {whose}"
    )
    unrecorded = np.flatnonzero(unknown.any(axis=1))
    return DoseDeviations(
        records, _without_unknown(found, unknown), line.before.row, rule, unrecorded
    )


def _without_unknown(found: Deviations, unknown: NDArray[np.bool_]) -> Deviations:
    """Drop "dose not given" where it is not known whether a dose was given."""
    dropped = (found.kind == list(KINDS).index("dose not given")) & unknown[found.row, found.dose]
    kept = {name: getattr(found, name)[~dropped] for name in _EACH}
    return replace(found, **kept)


def _remission(line: Timeline, rules: str, by: CallsBy, mrd_rules: str) -> Remission:
    found = response_rows(line, rules, by)
    rows, day = found.rows, found.day
    since = day >= line.start[rows.record]
    reached = rows.at(day, rows.first(since & found.remission, day))
    assessed = rows.at(day, rows.first(since & found.judged, day))
    return Remission(reached, assessed, mrd_negative_day(line, mrd_rules, reached))
