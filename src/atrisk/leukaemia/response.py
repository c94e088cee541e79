"""Response under named rule sets: for one assessment, for arrays, and where two sets disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.leukaemia.response_rules import RULE_SETS, rule_set, truth
from atrisk.leukaemia.response_values import EMD, ITEMS, Assessment, Assessments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.leukaemia.response_rules import Rule, RuleSet

__all__ = [
    "CALLS",
    "EMD",
    "ITEMS",
    "RULE_SETS",
    "Assessment",
    "Assessments",
    "Disagreements",
    "Response",
    "Responses",
    "disagreements",
    "respond",
    "respond_all",
]

#: What a response can be called. `unclassified`: all that is asked for is recorded, and the rules
#: of the set leave this picture out. `cannot say`: something that decides is not recorded.
CALLS: Final = (
    "CR",
    "CRp",
    "CRh",
    "CRi",
    "MLFS",
    "PR",
    "refractory",
    "progression",
    "relapse",
    "unclassified",
    "cannot say",
)
_UNCLASSIFIED: Final = CALLS.index("unclassified")
_CANNOT_SAY: Final = CALLS.index("cannot say")


@dataclass(frozen=True, slots=True)
class Response:
    """The response at one assessment.

    Attributes
    ----------
    call
        one of `CALLS`.
    term
        the set's own word for it.
    met, failed
        lines of the called rule that hold, and lines of the set's CR that do not.
    missing
        items that are not recorded and would decide.
    possible
        what it can be, given what is recorded.
    holds_too
        further responses whose rules hold as printed.
    rules, source
        the set of rules, and where it was published.
    notes
        what the set does not define, and what the user changed.
    """

    call: str
    term: str
    met: tuple[str, ...]
    failed: tuple[str, ...]
    missing: tuple[str, ...]
    possible: tuple[str, ...]
    holds_too: tuple[str, ...]
    rules: str
    source: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Responses:
    """The responses at many assessments.

    Attributes
    ----------
    call
        shape (n,), int8: positions in `CALLS`.
    met, unknown
        shape (n,), int64: bit k tells whether line k of the set holds, or is not known.
    unrecorded
        shape (n,), int64: bit k tells that item k of `ITEMS` is not recorded.
    rules
        the set of rules, with its lines.
    """

    call: NDArray[np.int8]
    met: NDArray[np.int64]
    unknown: NDArray[np.int64]
    unrecorded: NDArray[np.int64]
    rules: RuleSet

    def __len__(self) -> int:
        """Count the assessments."""
        return len(self.call)

    def labels(self) -> list[str]:
        """Spell the calls: length n."""
        return [CALLS[code] for code in self.call.tolist()]

    def counts(self) -> dict[str, int]:
        """Count each call that occurs, in the order of `CALLS`."""
        counted = np.bincount(self.call, minlength=len(CALLS)).tolist()
        return {call: count for call, count in zip(CALLS, counted, strict=True) if count}

    def response(self, row: int) -> Response:
        """Give one response with its reasons."""
        absent = int(self.unrecorded[row])
        return _response(
            self.rules,
            CALLS[self.call[row]],
            int(self.met[row]),
            int(self.unknown[row]),
            tuple(item for position, item in enumerate(ITEMS) if absent >> position & 1),
        )


def respond(
    assessment: Assessment,
    rules: str = "label",
    *,
    waive: Sequence[str] = (),
    also: Sequence[str] = (),
    crh: Sequence[str] | None = None,
    relapse: str | None = None,
) -> Response:
    """Call the response at one assessment.

    Parameters
    ----------
    assessment
        what was recorded.
    rules
        one of `RULE_SETS`.
    waive
        items that are not asked for, such as ``duration_weeks`` where a set wants four weeks and
        the state before a transplant is judged. The notes say so.
    also
        ``("CRp",)`` tells CR without recovery of platelets from other CRi.
    crh
        the cut-offs of CRh, a line on each of ``anc`` and ``plt``. No published rule for acute
        lymphoblastic leukaemia is built in, so CRh exists only where these are given.
    relapse
        the set whose rule of relapse is used, where ``rules`` has none.

    Returns
    -------
    Response
        the call and its reasons.

    Raises
    ------
    InputError
        if a name or a cut-off is not understood, or a value is impossible.

    Examples
    --------
    >>> low = Assessment(bm_blasts=2, pb_blasts=0, anc=1.0, plt=100, emd="none")
    >>> respond(low).call, respond(low, "eln-2024").call
    ('CR', 'MLFS')
    """
    one = Assessments.of((assessment,))
    return respond_all(one, rules, waive=waive, also=also, crh=crh, relapse=relapse).response(0)


def respond_all(
    assessments: Assessments,
    rules: str = "label",
    *,
    waive: Sequence[str] = (),
    also: Sequence[str] = (),
    crh: Sequence[str] | None = None,
    relapse: str | None = None,
) -> Responses:
    """Call the response at many assessments; the options are those of `respond`.

    Returns
    -------
    Responses
        the calls as codes, shape (n,).
    """
    chosen = rule_set(
        rules, tuple(waive), tuple(also), None if crh is None else tuple(crh), relapse
    )
    met = np.zeros(assessments.size, dtype=np.int64)
    unknown = np.zeros(assessments.size, dtype=np.int64)
    for position, line in enumerate(chosen.lines):
        holds, open_ = truth(line, assessments)
        met |= holds.astype(np.int64) << position
        unknown |= open_.astype(np.int64) << position
    unrecorded = np.zeros(assessments.size, dtype=np.int64)
    for position, item in enumerate(ITEMS):
        unrecorded |= np.isnan(assessments.item(item)).astype(np.int64) << position
    return Responses(_calls(chosen, met, unknown), met, unknown, unrecorded, chosen)


def _calls(chosen: RuleSet, met: NDArray[np.int64], unknown: NDArray[np.int64]) -> NDArray[np.int8]:
    """Take the first rule that holds; one before it that is not known leaves the call open."""
    call = np.full(len(met), _UNCLASSIFIED, dtype=np.int8)
    decided = np.zeros(len(met), dtype=np.bool_)
    for rule in chosen.rules:
        needed = _bits(rule)
        holds = (met & needed) == needed
        open_ = ~holds & (((met | unknown) & needed) == needed)
        call[~decided & holds] = CALLS.index(rule.call)
        call[~decided & open_] = _CANNOT_SAY
        decided |= holds | open_
    return call


def _bits(rule: Rule) -> int:
    return sum(1 << position for position in rule.lines)


def _response(
    chosen: RuleSet, call: str, met: int, unknown: int, unrecorded: tuple[str, ...]
) -> Response:
    """Spell the reasons of one call from the bits of its lines."""
    holding = [rule for rule in chosen.rules if met & _bits(rule) == _bits(rule)]
    first = holding[0] if holding else None
    before = chosen.rules[: chosen.rules.index(first)] if first else chosen.rules
    open_ = [rule for rule in before if (met | unknown) & _bits(rule) == _bits(rule)]
    named = first if first and not open_ else None
    possible = (*(rule.call for rule in open_), first.call if first else "unclassified")
    too = [rule.call for rule in holding if rule is not named and not rule.wider]
    return Response(
        call=call,
        term=named.term if named else call,
        met=_texts(chosen, named.lines if named else (), met),
        failed=_texts(chosen, chosen.rules[0].lines, ~(met | unknown)),
        missing=_missing(chosen, open_, unknown, unrecorded),
        possible=tuple(dict.fromkeys(possible)),
        holds_too=tuple(too) if named else (),
        rules=chosen.name,
        source=chosen.source,
        notes=chosen.notes,
    )


def _texts(chosen: RuleSet, lines: Sequence[int], bits: int) -> tuple[str, ...]:
    return tuple(chosen.lines[position].text for position in lines if bits >> position & 1)


def _missing(
    chosen: RuleSet, rules: Sequence[Rule], unknown: int, unrecorded: tuple[str, ...]
) -> tuple[str, ...]:
    lines = dict.fromkeys(position for rule in rules for position in rule.lines)
    items = (item for k in lines if unknown >> k & 1 for item in chosen.lines[k].items)
    return tuple(dict.fromkeys(item for item in items if item in unrecorded))


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Where two sets of rules call the same assessments differently.

    Attributes
    ----------
    first, second
        names of the sets.
    calls
        the calls that occur, in the order of `CALLS`: k of them.
    table
        shape (k, k): how often the first set gave the row's call and the second the column's.
    rows
        shape (m,): positions of assessments that both sets can judge and call differently.
    first_call, second_call
        shape (m,), int8: positions in `CALLS`.
    reason
        shape (m,): positions in `reasons`.
    reasons
        each distinct reason, in words.
    undecided
        shape (u,): positions of assessments of which one set or both cannot say.
    """

    first: str
    second: str
    calls: tuple[str, ...]
    table: NDArray[np.int64]
    rows: NDArray[np.int64]
    first_call: NDArray[np.int8]
    second_call: NDArray[np.int8]
    reason: NDArray[np.int64]
    reasons: tuple[str, ...]
    undecided: NDArray[np.int64]


def disagreements(
    assessments: Assessments | Sequence[Assessment],
    first: str,
    second: str,
    *,
    waive: Sequence[str] = (),
    also: Sequence[str] = (),
    crh: Sequence[str] | None = None,
    relapse: str | None = None,
) -> Disagreements:
    """Compare two sets of rules over a cohort; the options are those of `respond`.

    Examples
    --------
    >>> low = Assessment(bm_blasts=2, pb_blasts=0, anc=1.0, plt=150, emd="none")
    >>> found = disagreements([low], "label", "eln-2024")
    >>> found.reasons
    ('label: CR; eln-2024: MLFS, not anc > 1',)
    """
    if not isinstance(assessments, Assessments):
        assessments = Assessments.of(assessments)
    one, two = (
        respond_all(assessments, name, waive=waive, also=also, crh=crh, relapse=relapse)
        for name in (first, second)
    )
    present = np.unique(np.concatenate([one.call, two.call]))
    table = np.zeros((len(present), len(present)), dtype=np.int64)
    np.add.at(table, (np.searchsorted(present, one.call), np.searchsorted(present, two.call)), 1)
    unsaid = (one.call == _CANNOT_SAY) | (two.call == _CANNOT_SAY)
    rows = np.flatnonzero((one.call != two.call) & ~unsaid)
    reason, reasons = _reasons(one, two, rows)
    return Disagreements(
        first=first,
        second=second,
        calls=tuple(CALLS[code] for code in present.tolist()),
        table=table,
        rows=rows,
        first_call=one.call[rows],
        second_call=two.call[rows],
        reason=reason,
        reasons=reasons,
        undecided=np.flatnonzero(unsaid),
    )


def _reasons(
    one: Responses, two: Responses, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Spell each distinct pair of reasons once."""
    keys = np.stack([one.met[rows], one.unknown[rows], two.met[rows], two.unknown[rows]], axis=1)
    _, shown, place = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    spelt = [f"{_reason(one, row)}; {_reason(two, row)}" for row in rows[shown].tolist()]
    reasons = tuple(sorted(set(spelt)))
    where = np.array([reasons.index(text) for text in spelt], dtype=np.int64)
    return where[place.reshape(-1)], reasons


def _reason(responses: Responses, row: int) -> str:
    found = responses.response(row)
    failed = "" if found.call == "CR" else f", not {' and not '.join(found.failed)}"
    return f"{found.rules}: {found.call}{failed}"
