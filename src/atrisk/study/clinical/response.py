"""Columns of response and MRD, and the centre's calls beside those of a set of rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from atrisk.leukaemia.mrd import METHODS, STATUSES, classify_all
from atrisk.leukaemia.response import CALLS, Assessments, Responses, respond_all
from atrisk.study.clinical.rows import flag, form_rows, inside, possible
from atrisk.study.clinical.transplant import transplant_date
from atrisk.study.derived.column import computed
from atrisk.study.derived.combined import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.rows import FormRows
    from atrisk.study.derived.column import Derived

__all__ = [
    "CENTRE_CALLS",
    "CallsBy",
    "ResponseRows",
    "mrd_columns",
    "mrd_negative_day",
    "response_columns",
    "response_rows",
]

CallsBy = Literal["centre", "rules"]

#: The centre's call by its code, the best first.
CENTRE_CALLS: Final = {"1": "CR", "2": "CRi", "3": "PR", "4": "refractory", "5": "relapse"}
_REMISSION: Final = ("CR", "CRp", "CRh", "CRi")
_RULE_CALLS = np.array([call in _REMISSION for call in CALLS])
_CANNOT_SAY: Final = CALLS.index("cannot say")
_MRD_LEVELS: Final = (
    "negative",
    "positive",
    "positive below quantification",
    "negative, insufficient sensitivity",
)
_EVALUABLE = np.array([_MRD_LEVELS.index(s) if s in _MRD_LEVELS else -1 for s in STATUSES])
#: The time points of an assessment; the last is after transplantation.
_TIMES: Final = ("1", "2", "3", "4")
_AFTER_HCT: Final = 3
_UNTIL = "from the first dose of INO to the transplantation, both days included"


@dataclass(frozen=True, slots=True)
class ResponseRows:
    """The assessments of all patients, n rows of the form ``response``.

    Attributes
    ----------
    rows
        the form.
    day
        shape (n,): days since 1970-01-01.
    call
        shape (n,): positions in `CENTRE_CALLS`, -1 where missing.
    assessments
        what was recorded, for the rules.
    responses
        what the rules call it.
    counted
        shape (n,): from the first dose of INO to the transplantation.
    remission
        shape (n,): CR or CRi, as the centre or as the rules call it.
    by
        whose calls ``remission`` are.
    """

    rows: FormRows
    day: NDArray[np.float64]
    call: NDArray[np.int64]
    assessments: Assessments
    responses: Responses
    counted: NDArray[np.bool_]
    remission: NDArray[np.bool_]
    by: CallsBy

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Tell which assessments have a call, the centre's or that of the rules: shape (n,)."""
        if self.by == "centre":
            return self.call >= 0
        return np.asarray(self.responses.call != _CANNOT_SAY)

    @property
    def words(self) -> str:
        """Say whose calls they are."""
        rules = self.responses.rules.name
        return "as the centre called it" if self.by == "centre" else f"by the rules {rules!r}"


def _before(
    line: Timeline, form: str, field: str, record: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Give a patient's value of a form that does not repeat, for each assessment."""
    once = form_rows(line.records, form)
    return once.at(possible(once.numbers(field), 100), once.only())[record]


def response_rows(line: Timeline, rules: str, by: CallsBy) -> ResponseRows:
    """Judge every assessment by a set of rules, beside the centre's call."""
    rows = form_rows(line.records, "response")
    call = rows.positions("resp_call", tuple(CENTRE_CALLS))
    record = rows.record
    before = rows.positions("resp_time", _TIMES) < _AFTER_HCT
    day = rows.days_within(
        "resp_date", line.start[record], np.where(before, line.hct[record], np.nan)
    )
    called = np.isin(call, (0, 1))
    first = rows.at(day, rows.first(called & (day >= line.start[record]), day))
    assessments = Assessments.from_arrays(
        bm_blasts=possible(rows.numbers("resp_bm_blasts"), 100),
        pb_blasts=possible(rows.numbers("resp_pb_blasts"), 100),
        anc=possible(rows.numbers("resp_anc")),
        plt=possible(rows.numbers("resp_plt")),
        emd=rows.positions("resp_emd", ("0", "1", "2")),
        previous_bm_blasts=_before(line, "disease", "bm_blasts", record),
        previous_pb_blasts=_before(line, "baseline", "pb_blasts", record),
        in_remission_before=(first[record] < day).astype(np.float64),
    )
    responses = respond_all(assessments, rules)
    counted = inside(day, line.start[record], line.hct[record])
    remission = called if by == "centre" else _RULE_CALLS[responses.call]
    return ResponseRows(rows, day, call, assessments, responses, counted, remission, by)


def _best(found: ResponseRows, rank: NDArray[np.int64]) -> NDArray[np.int32]:
    """Choose the row with the lowest rank among those that count, of equal ones the earliest."""
    order = rank * 1e6 + found.day
    return found.rows.first(found.counted & (rank >= 0) & ~np.isnan(found.day), order)


def _by_centre(
    found: ResponseRows, name: str, label: str, row: NDArray[np.int32], rule: str
) -> Derived:
    return found.rows.category(name, label, "resp_call", row, CENTRE_CALLS, rule)


def _by_rules(
    found: ResponseRows, name: str, label: str, row: NDArray[np.int32], rule: str
) -> Derived:
    code = found.responses.call.astype(np.int64)
    values = np.where(row >= 0, code[row] if len(code) else -1, -1)
    fields = ("resp_bm_blasts", "resp_pb_blasts", "resp_anc", "resp_plt", "resp_emd")
    origin = [found.rows.origin(field, row) for field in fields]
    used = sorted(set(values[values >= 0].tolist()))
    place = np.full(len(CALLS) + 1, -1)
    place[used] = np.arange(len(used))
    levels = tuple(CALLS[code] for code in used)
    source = f"{rule}, by the rules {found.responses.rules.name!r}"
    return computed(name, label, "code", place[values], origin, source, levels=levels)


def response_columns(line: Timeline, found: ResponseRows) -> Iterator[Derived]:
    """Give the date of CR or CRi, and the best and the first response before transplantation."""
    rows, day = found.rows, found.day
    row = rows.first(found.counted & found.remission, day)
    rule = f"date of the first CR or CRi, {found.words}, {_UNTIL}"
    cr_date = rows.field("cr_date", "Date of CR or CRi", "resp_date", row, rule, day=day)
    codes = line.records.dictionary.missing_codes
    cr_date = rows.unknown(cr_date, "resp_date", _open_remission(line, found, row), codes)
    yield cr_date
    yield _cr_or_hct(line, cr_date)
    yield flag(
        "cr_before_hct",
        "CR or CRi before transplantation",
        row >= 0,
        (row >= 0) | _none_is_open(found),
        [rows.origin("resp_call", row)],
        f"any CR or CRi, {found.words}, {_UNTIL}; missing where an assessment without a call or a"
        " date may be one",
    )
    rule = f"best call {_UNTIL}"
    row = _best(found, found.call)
    yield _by_centre(found, "best_response", "Best response before transplantation", row, rule)
    judged = found.responses.call.astype(np.int64)
    row = _best(found, np.where(judged == _CANNOT_SAY, -1, judged))
    label = "Best response before transplantation, by rules"
    yield _by_rules(found, "best_response_rules", label, row, rule)
    yield from _first_cycle(found)
    row = rows.first(found.counted & (found.call >= 0), day, last=True)
    rule = f"last call {_UNTIL}"
    yield _by_centre(found, "last_response", "Last response before transplantation", row, rule)


def _none_is_open(found: ResponseRows) -> NDArray[np.bool_]:
    """Tell who has assessments that count, all of them judged: shape (R,)."""
    undated = np.isnan(found.day) & (found.remission | ~found.judged)
    open_ = (found.counted & ~found.judged) | undated
    return np.asarray((found.rows.counts(found.counted) > 0) & (found.rows.counts(open_) == 0))


def _first_cycle(found: ResponseRows) -> Iterator[Derived]:
    rows, rule = found.rows, f"first call after cycle 1 {_UNTIL}"
    first = found.counted & rows.holds("resp_time", "1")
    row = rows.first(first & (found.call >= 0), found.day)
    label = "Response to the first cycle"
    yield _by_centre(found, "response_first_cycle", label, row, rule)
    row = rows.first(first, found.day)
    yield _by_rules(found, "response_first_cycle_rules", f"{label}, by rules", row, rule)


def _open_remission(
    line: Timeline, found: ResponseRows, row: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Find a CR or CRi without a known date that may be the first: shape (R,), -1 for none.

    It is later than the row chosen if its time point is, or, at the same one, if it stands later in
    the form. At the time point after transplantation it does not count.
    """
    rows = found.rows
    time = rows.positions("resp_time", _TIMES)
    place = np.arange(rows.table.rows, dtype=np.float64)
    chosen = rows.at(time, row)[rows.record]
    timed = (time >= 0) & (chosen >= 0) & (time != chosen)
    later = np.where(timed, time > chosen, place > row[rows.record])
    keep = found.remission & np.isnan(found.day) & (time != _AFTER_HCT)
    keep &= ~np.isnan(line.start[rows.record])
    return rows.first(keep & ~((row[rows.record] >= 0) & later), place)


def _cr_or_hct(line: Timeline, cr_date: Derived) -> Derived:
    """Give the origin of relapse and of death in remission as the 2024 paper sets it."""
    codes = line.records.dictionary.missing_codes
    label = "CR or CRi, or transplantation without it"
    made = one_of("cr_or_hct_date", label, [cr_date, transplant_date(line)], "first", codes)
    return replace(made, rule="cr_date; hct_date where there is none (Kayser et al. 2024)")


def _mrd_status(rows: FormRows, rules: str) -> NDArray[np.int8]:
    """Call every MRD: positions in `STATUSES`, shape (n,)."""
    return classify_all(
        rows.positions("mrd_result", ("0", "1", "2", "3")),
        possible(rows.numbers("mrd_value"), 100),
        possible(rows.numbers("mrd_sensitivity"), 100),
        rules=rules,
    )


def mrd_columns(line: Timeline, rules: str) -> Iterator[Derived]:
    """Give the last MRD that could be judged before transplantation, with its method."""
    rows = form_rows(line.records, "mrd")
    day = rows.days("mrd_date")
    level = _EVALUABLE[_mrd_status(rows, rules)]
    counted = inside(day, line.start[rows.record], line.hct[rows.record])
    row = rows.first(counted & (level >= 0), day, last=True)
    origin = [rows.origin(field, row) for field in ("mrd_result", "mrd_value", "mrd_sensitivity")]
    rule = f"last MRD that could be evaluated {_UNTIL}, called by the rules {rules!r}"
    values = np.where(row >= 0, level[row] if len(level) else -1, -1)
    label = "MRD before transplantation"
    yield computed("mrd", label, "code", values, origin, rule, levels=_MRD_LEVELS)
    negative = f"{rule}: negative"
    yield flag("mrd_negative", "MRD-negative", values == 0, values >= 0, origin, negative)
    rule = f"of the last MRD that could be evaluated {_UNTIL}"
    yield rows.field("mrd_date", "Date of MRD before transplantation", "mrd_date", row, rule)
    words = dict(zip(("1", "2", "3", "4"), METHODS, strict=True))
    label = "Method of MRD before transplantation"
    yield rows.category("mrd_method", label, "mrd_method", row, words, rule)
    label = "Sensitivity of MRD before transplantation (%)"
    yield rows.field("mrd_sensitivity", label, "mrd_sensitivity", row, rule)


def mrd_negative_day(
    line: Timeline, rules: str, remission: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find the day of the first negative MRD from the first remission on: shape (R,)."""
    rows = form_rows(line.records, "mrd")
    day = rows.days("mrd_date")
    negative = _mrd_status(rows, rules) == STATUSES.index("negative")
    return rows.at(day, rows.first(negative & (day >= remission[rows.record]), day))
