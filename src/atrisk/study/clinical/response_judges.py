"""Who judges a response: the centre or a set of rules, and why two of them do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.leukaemia.response import CALLS, respond_all
from atrisk.study.clinical.response import CENTRE_CALLS
from atrisk.study.clinical.words import RULE_SET_NAMES, line_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.leukaemia.response import Responses
    from atrisk.leukaemia.response_rules import Rule
    from atrisk.study.clinical.response import ResponseRows
    from atrisk.study.clinical_analyses import ResponseRulesAnalysis

__all__ = ["Judge", "judged_by", "missing_items", "reasons_for"]

_CENTRE: Final = "centre"
_NOT_CALLED: Final = "not called"
_CENTRE_CALLS: Final = (*CENTRE_CALLS.values(), _NOT_CALLED)


@dataclass(frozen=True, slots=True)
class Judge:
    """The calls of the centre, or of a set of rules, for the assessments that count.

    Attributes
    ----------
    key
        "first" or "second", in the keys of its numbers.
    names
        what can be called.
    call
        shape (n,): positions in ``names``.
    responses
        of rules: their lines; None of the centre.
    """

    key: str
    names: tuple[str, ...]
    call: NDArray[np.int64]
    responses: Responses | None

    @property
    def label(self) -> str:
        """What it is called in print."""
        if self.responses is None:
            return "Centre"
        return RULE_SET_NAMES[self.responses.rules.name]

    @property
    def open(self) -> NDArray[np.bool_]:
        """Tell where there is no call: shape (n,)."""
        none = _NOT_CALLED if self.responses is None else "cannot say"
        return np.asarray(self.call == self.names.index(none))

    def node(self) -> dict[str, Any]:
        """Give what the results document holds of it."""
        if self.responses is None:
            said = {"id": _CENTRE, "key": self.key, "label": self.label}
            return said | {"title": "", "source": "", "notes": []}
        rules = self.responses.rules
        return {
            "id": rules.name,
            "key": self.key,
            "label": self.label,
            "title": rules.title,
            "source": rules.source,
            "notes": list(rules.notes),
        }


def judged_by(
    key: str,
    name: str,
    asked: ResponseRulesAnalysis,
    found: ResponseRows,
    rows: NDArray[np.int64],
) -> Judge:
    """Call the assessments in some rows as the centre did, or by a set of rules."""
    if name == _CENTRE:
        call = found.call[rows]
        return Judge(key, _CENTRE_CALLS, np.where(call < 0, len(CENTRE_CALLS), call), None)
    responses = respond_all(
        found.assessments.take(rows),
        name,
        waive=asked.waive,
        also=asked.also,
        crh=asked.crh or None,
        relapse=asked.relapse,
    )
    return Judge(key, CALLS, responses.call.astype(np.int64), responses)


def reasons_for(first: Judge, second: Judge, rows: NDArray[np.int64]) -> list[str]:
    """Say why each of some assessments is called differently; each distinct picture once."""
    known: dict[tuple[int, ...], str] = {}
    words = []
    for row in rows.tolist():
        picture = (*_picture(first, row), *_picture(second, row))
        if picture not in known:
            one, two = first.names[first.call[row]], second.names[second.call[row]]
            said = [_why_not(second, row, one), _why_not(first, row, two)]
            known[picture] = "; ".join(filter(None, said)) or _order(first, second, row)
        words.append(known[picture])
    return words


def _picture(judge: Judge, row: int) -> tuple[int, int, int]:
    found = judge.responses
    if found is None:
        return int(judge.call[row]), 0, 0
    return int(judge.call[row]), int(found.met[row]), int(found.unknown[row])


def _why_not(judge: Judge, row: int, call: str) -> str:
    """Say why rules do not call what the other does: what is not met, or that they have no rule."""
    found = judge.responses
    if found is None:
        return ""
    rules = [rule for rule in found.rules.rules if rule.call == call]
    if not rules:
        return f"{judge.label}: no rule of {call}"
    nearest = min((list(_unmet(found, row, rule)) for rule in rules), key=len)
    return f"{judge.label}: for {call} not met: {' and '.join(nearest)}" if nearest else ""


def _order(first: Judge, second: Judge, row: int) -> str:
    """Say why calls differ where nothing is unmet: several rules hold, and the first one counts."""
    parts = [
        f"{judge.label}: {judge.names[judge.call[row]]} is met, and comes before {other}"
        for judge, other in (
            (second, first.names[first.call[row]]),
            (first, second.names[second.call[row]]),
        )
        if judge.responses is not None
    ]
    return "; ".join(parts)


def _unmet(found: Responses, row: int, rule: Rule) -> Iterator[str]:
    bits = int(found.met[row]) | int(found.unknown[row])
    return (line_words(found.rules.lines[at]) for at in rule.lines if not bits >> at & 1)


def missing_items(judge: Judge) -> dict[int, tuple[str, ...]]:
    """Name what is missing where rules cannot say, each distinct picture once."""
    found = judge.responses
    if found is None:
        return {}
    known: dict[tuple[int, int, int], tuple[str, ...]] = {}
    items = {}
    for row in np.flatnonzero(judge.open).tolist():
        picture = (int(found.met[row]), int(found.unknown[row]), int(found.unrecorded[row]))
        if picture not in known:
            known[picture] = found.response(row).missing
        items[row] = known[picture]
    return items
