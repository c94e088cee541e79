"""Findings: the checks that failed, those of one cause together, the worst first."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from atrisk.evidence.audit.check import Check

__all__ = ["findings"]

_RESOLVE = "Would the authors confirm these numbers, or name the method and the denominator?"


def findings(
    checks: Sequence[Check],
    cell: Callable[[str], Mapping[str, Any]],
    divisions: Mapping[str, Sequence[str]] | None = None,
) -> list[dict[str, Any]]:
    """Put together the failed checks that share a number in question.

    Parameters
    ----------
    checks
        all checks; a finding names those of it by their place here.
    cell
        describes the number at an address.
    divisions
        statement -> the partitions that it is a part of: where two places differ in several parts
        of one division, that is one finding.

    Returns
    -------
    list of dict
        worst first: impossible before inconsistent, then those with more checks, then as printed.
    """
    failed = [place for place, check in enumerate(checks) if check.failed]
    groups = _merged(checks, failed, divisions or {})
    made = [_finding(checks, group, cell) for group in groups]
    order = sorted(made, key=lambda f: (f["rank"], -len(f["checks"]), f["checks"][0]))
    return [{key: value for key, value in found.items() if key != "rank"} for found in order]


def _merged(
    checks: Sequence[Check], failed: Sequence[int], divisions: Mapping[str, Sequence[str]]
) -> list[list[int]]:
    """Group the places of checks that are linked by shared numbers."""
    leader: dict[int, int] = {place: place for place in failed}

    def top(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    first: dict[object, int] = {}
    for place in failed:
        for link in _links(checks[place], divisions):
            other = top(first.setdefault(link, place))
            here = top(place)
            leader[max(here, other)] = min(here, other)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in failed:
        groups[top(place)].append(place)
    return list(groups.values())


def _links(check: Check, divisions: Mapping[str, Sequence[str]]) -> Iterator[object]:
    """Yield what ties a check to others of one cause."""
    yield from check.numbers
    statements = frozenset(address.partition(".")[0] for address in check.numbers)
    yield statements  # a count and its percentage that differ between two places
    yield check.rule, check.arithmetic  # the same numbers printed twice
    if check.cause:
        yield "cause", check.cause
    if check.rule == "same quantity":
        yield from ((part,) for name in sorted(statements) for part in divisions.get(name, ()))


def _finding(
    checks: Sequence[Check], group: list[int], cell: Callable[[str], Mapping[str, Any]]
) -> dict[str, Any]:
    members = sorted(group, key=lambda place: (checks[place].verdict, place))
    found = [checks[place] for place in members]
    numbers = dict.fromkeys(address for check in found for address in check.numbers)
    against = dict.fromkeys(
        address for check in found for address in check.against if address not in numbers
    )
    causes = [check.cause for check in found if check.cause]
    said = list(dict.fromkeys([*causes, *(check.arithmetic for check in found)]))
    return {
        "rank": int(found[0].verdict),
        "verdict": found[0].verdict.word,
        "rules": list(dict.fromkeys(check.rule for check in found)),
        "checks": members,
        "says": said[0],
        "more": said[1:],
        "resolve": list(dict.fromkeys(check.resolve or _RESOLVE for check in found)),
        "numbers": [dict(cell(address)) for address in numbers],
        "against": [dict(cell(address)) for address in against],
        "tried": [
            {"method": t.method, "gives": t.gives, "meets": t.meets}
            for check in found
            for t in check.tried
        ],
    }
