"""Cohort tables: the centre's response beside a set of rules, and SOS/VOD by every criteria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.leukaemia.response import CALLS, Disagreements, disagreements
from atrisk.study.clinical.derive import require_fields
from atrisk.study.clinical.infusions import timeline
from atrisk.study.clinical.response import CENTRE_CALLS, ResponseRows, response_rows
from atrisk.study.clinical.rows import form_rows
from atrisk.study.clinical.sos import CRITERIA_COLUMNS, SosRules, sos_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.tables import Records

__all__ = [
    "CriteriaTable",
    "ResponseComparison",
    "compare_responses",
    "compare_rule_sets",
    "compare_sos_criteria",
]

_CENTRE = tuple(CENTRE_CALLS.values())
_NOT_CALLED = "not called"


@dataclass(frozen=True, slots=True)
class ResponseComparison:
    """The centre's calls beside those of a set of rules.

    Attributes
    ----------
    records
        the forms.
    rules
        the set.
    centre_calls, rule_calls
        what the rows and the columns of the table are.
    table
        shape (6, k): assessments by the centre's call, "not called" last, and the rules' call.
    rows
        shape (m,): rows of the form ``response`` that both judge and call differently.
    centre, judged
        shape (m,): positions in ``centre_calls`` and in `CALLS`.
    reasons
        of each of those rows, in words.
    """

    records: Records
    rules: str
    centre_calls: tuple[str, ...]
    rule_calls: tuple[str, ...]
    table: NDArray[np.int64]
    rows: NDArray[np.int64]
    centre: NDArray[np.int64]
    judged: NDArray[np.int64]
    reasons: tuple[str, ...]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Give the differing assessments as columns of length m."""
        form = self.records.table("response")
        record = form.record[self.rows]
        files = np.array([file.name for file in self.records.files] or [""], dtype=object)
        return {
            "record": np.array(self.records.ids, dtype=object)[record],
            "instance": form.instance[self.rows],
            "centre_call": np.array(self.centre_calls, dtype=object)[self.centre],
            "rule_call": np.array(CALLS, dtype=object)[self.judged],
            "reason": np.array(self.reasons, dtype=object),
            "file": files[form.file[self.rows]],
            "line": form.line[self.rows],
        }


def compare_responses(records: Records, rules: str = "label") -> ResponseComparison:
    """Set the centre's call of every assessment after the first dose beside that of rules.

    CRi of the centre agrees with CRi, CRp and CRh of the rules.
    """
    require_fields(records)
    line = timeline(records)
    found = response_rows(line, rules, "centre")
    counted = found.day >= line.start[found.rows.record]
    judged = found.responses.call.astype(np.int64)
    centre = np.where(found.call < 0, len(_CENTRE), found.call)
    present = np.unique(judged[counted])
    table = np.zeros((len(_CENTRE) + 1, len(present)), dtype=np.int64)
    np.add.at(table, (centre[counted], np.searchsorted(present, judged[counted])), 1)
    differ = counted & (found.call >= 0) & ~_agree(found.call, judged)
    rows = np.flatnonzero(differ & (judged != CALLS.index("cannot say")))
    return ResponseComparison(
        records,
        rules,
        (*_CENTRE, _NOT_CALLED),
        tuple(CALLS[code] for code in present),
        table,
        rows,
        found.call[rows],
        judged[rows],
        _reasons(found, rows),
    )


def _agree(call: NDArray[np.int64], judged: NDArray[np.int64]) -> NDArray[np.bool_]:
    same = {"CRp": "CRi", "CRh": "CRi"}
    place = [
        _CENTRE.index(name) if name in _CENTRE else -2 for name in (same.get(c, c) for c in CALLS)
    ]
    agree: NDArray[np.bool_] = np.array(place)[judged] == call
    return agree


def _reasons(found: ResponseRows, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """Spell why the rules say what they say; each distinct picture once."""
    known: dict[tuple[int, int, int], str] = {}
    words = []
    for row in rows.tolist():
        responses = found.responses
        key = (int(responses.call[row]), int(responses.met[row]), int(responses.unknown[row]))
        if key not in known:
            one = responses.response(row)
            failed = f"not {', not '.join(one.failed)}" if one.failed else ""
            known[key] = "; ".join(part for part in (", ".join(one.met), failed) if part)
        words.append(known[key])
    return tuple(words)


def compare_rule_sets(records: Records, first: str, second: str) -> Disagreements:
    """Compare two sets of rules over every assessment; rows are those of the form ``response``."""
    require_fields(records)
    found = response_rows(timeline(records), first, "centre")
    return disagreements(found.assessments, first, second)


@dataclass(frozen=True, slots=True)
class CriteriaTable:
    """SOS/VOD by every set of criteria, beside the centre's diagnosis.

    Attributes
    ----------
    criteria
        the sets, k of them.
    counts
        shape (k, 3, 3): patients transplanted after INO by the centre's diagnosis (no, yes, not
        entered) and the criteria (not met, met, cannot be said or no work-up).
    """

    criteria: tuple[str, ...]
    counts: NDArray[np.int64]

    def columns(self) -> dict[str, list[Any]]:
        """Give one row a set: met, not met and open, of patients with and without the diagnosis."""
        made: dict[str, list[Any]] = {"criteria": list(self.criteria)}
        for row, who in ((1, "sos"), (0, "no_sos"), (2, "not_entered")):
            for column, what in ((1, "met"), (0, "not_met"), (2, "open")):
                made[f"{who}_{what}"] = self.counts[:, row, column].tolist()
        return made


def compare_sos_criteria(records: Records, rules: SosRules | None = None) -> CriteriaTable:
    """Count who met each set of criteria among those with and without the centre's diagnosis."""
    require_fields(records)
    line = timeline(records)
    found = sos_days(line, rules or SosRules())
    rows = form_rows(records, "sos_diagnosis")
    said = rows.at(rows.truth("sos_yn"), rows.only())
    centre = np.where(np.isnan(said), 2, said).astype(np.int64)
    counts = np.zeros((len(CRITERIA_COLUMNS), 3, 3), dtype=np.int64)
    for place, criteria in enumerate(CRITERIA_COLUMNS):
        met = np.full(line.count, 2, dtype=np.int64)
        here = found.diagnoses[criteria].met
        met[found.patient] = np.where(here < 0, 2, here)
        np.add.at(counts[place], (centre[line.transplanted], met[line.transplanted]), 1)
    return CriteriaTable(tuple(CRITERIA_COLUMNS), counts)
