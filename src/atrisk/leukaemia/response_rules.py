"""Rules of response as data: lines of text to conditions, and conditions on arrays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from atrisk.errors import InputError, listed, nearest
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.response_values import ITEMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.leukaemia.response_values import Assessments

__all__ = ["REFINEMENTS", "RULE_SETS", "Line", "Rule", "RuleSet", "rule_set", "truth"]

RULE_SETS: Final = ("label", "eln-2024", "nci-asbmt-2010", "cibmtr", "morley-marks-2016")
REFINEMENTS: Final = ("CRp",)

_ATOM: Final = re.compile(r"(\w+) *(<=|>=|<|>|=) *([\w.]+)")
_NAMED: Final = {"none": 0.0, "resolved": 1.0, "present": 2.0, "no": 0.0, "yes": 1.0}
_WITHOUT: Final[dict[str, Literal["holds", "fails"]]] = {
    " if recorded": "holds",
    " as recorded": "fails",
}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_COMPARE: Final[dict[str, Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
}
#: Items worked out from two recorded ones -> what is missing where they are, and the sign.
_CHANGES: Final = {
    "bm_fall": ("bm_blasts", -1.0),
    "bm_rise": ("bm_blasts", 1.0),
    "pb_fall": ("pb_blasts", -1.0),
    "pb_rise": ("pb_blasts", 1.0),
}
_WAIVABLE: Final = tuple(item for item in ITEMS if item != "in_remission_before")
_CRP_SOURCE: Final = "CRp, CR without recovery of platelets: {}"
_CRH_SOURCE: Final = "CRh ({}): as given by the user, no source"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a rule: comparisons of which one must hold.

    ``without``: what the line is where nothing is recorded.
    """

    text: str
    atoms: tuple[tuple[str, str, float], ...]
    without: Literal["unknown", "holds", "fails"]

    @property
    def items(self) -> tuple[str, ...]:
        """Name the recorded items that the line reads."""
        return tuple(dict.fromkeys(item for atom in self.atoms for item in _recorded(atom[0])))


@dataclass(frozen=True, slots=True)
class Rule:
    """A call, and the lines of its set that must hold: positions in `RuleSet.lines`."""

    call: str
    lines: tuple[int, ...]
    wider: bool
    term: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order in which they are tried, over distinct lines."""

    name: str
    title: str
    source: str
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]


@cache
def rule_set(
    name: str,
    waive: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    crh: tuple[str, ...] | None = None,
    relapse: str | None = None,
) -> RuleSet:
    """Read a set of rules, with what was asked for changed; the options are those of `respond`."""
    _check_names(name, waive, also, relapse)
    facts = load("response")
    found = facts[name]
    rules = [dict(rule) for rule in found["rules"]]
    notes, source = list(found["notes"]), found["source"]
    extra = _refined(rules[0]["lines"], also, crh)
    if "CRp" in also:
        notes.append(_CRP_SOURCE.format(load("response-terms")["CRp"]["source"]))
    if crh is not None:
        notes.append(_CRH_SOURCE.format(" and ".join(crh)))
    if relapse is not None:
        rules, added = _with_relapse(rules, relapse)
        notes.append(added)
    notes += [f"not asked for: {item}" for item in waive]
    lines: dict[str, Line] = {}
    made = tuple(_rule(rule, waive, lines) for rule in [rules[0], *extra, *rules[1:]])
    return RuleSet(name, found["title"], source, tuple(notes), tuple(lines.values()), made)


def _check_names(
    name: str, waive: tuple[str, ...], also: tuple[str, ...], relapse: str | None
) -> None:
    for given, existing, what in (
        *((one, RULE_SETS, "rules of response") for one in (name, relapse) if one is not None),
        *((one, _WAIVABLE, "item to waive") for one in waive),
        *((one, REFINEMENTS, "further response") for one in also),
    ):
        if given not in existing:
            hint = " CRh is asked for by its cut-offs, crh=(...)." if given == "CRh" else ""
            raise InputError(
                f"no {what} named {given!r}.{nearest(given, existing)} "
                f"There are: {listed(existing, shown=20)}.{hint}"
            )


def _refined(
    complete: list[str], also: tuple[str, ...], crh: tuple[str, ...] | None
) -> list[dict[str, Any]]:
    """Make rules from the set's own CR: CRp fails its platelets alone, CRh has the user's."""
    extra: list[dict[str, Any]] = []
    if "CRp" in also:
        extra.append({"call": "CRp", "lines": [_without_platelets(text) for text in complete]})
    if crh is not None:
        counts = ("anc", "plt")
        named = {item for text in crh for item in _parsed(text).items}
        if named != set(counts):
            raise InputError(
                f"crh={crh!r} must be a line on anc and one on plt, in 1e9/L; "
                "write crh=('anc > VALUE', 'plt > VALUE') with the cut-offs of your protocol."
            )
        kept = [text for text in complete if not set(_parsed(text).items) & set(counts)]
        extra.append({"call": "CRh", "lines": [*kept, *crh]})
    return extra


def _without_platelets(text: str) -> str:
    line = _parsed(text)
    if line.items != ("plt",):
        return text
    item, comparison, value = line.atoms[0]
    return f"{item} {_OPPOSITE[comparison]} {value:g}"


def _with_relapse(rules: list[dict[str, Any]], relapse: str) -> tuple[list[dict[str, Any]], str]:
    """Take another set's rule of relapse."""
    theirs = [rule for rule in load("response")[relapse]["rules"] if rule["call"] == "relapse"]
    if not theirs:
        able = [
            name
            for name in RULE_SETS
            if any(rule["call"] == "relapse" for rule in load("response")[name]["rules"])
        ]
        raise InputError(f"{relapse!r} has no rule of relapse; relapse= may be {listed(able)}.")
    kept = [rule for rule in rules if rule["call"] != "relapse"]
    return [*kept, *theirs], f"relapse by the rule of {relapse!r}"


def _rule(rule: dict[str, Any], waive: tuple[str, ...], lines: dict[str, Line]) -> Rule:
    """Make one rule; lines not met before are added to `lines`."""
    positions: list[int] = []
    for text in rule["lines"]:
        line = _waived(_parsed(text), waive)
        if line is not None:
            lines.setdefault(line.text, line)
            positions.append(list(lines).index(line.text))
    wider, term = rule.get("wider", False), rule.get("term", rule["call"])
    return Rule(rule["call"], tuple(positions), wider, term)


def _waived(line: Line, waive: tuple[str, ...]) -> Line | None:
    """Drop a line whose items are all waived, and the waived part of any other."""
    kept = tuple(atom for atom in line.atoms if not set(_recorded(atom[0])) & set(waive))
    if len(kept) == len(line.atoms):
        return line
    text = " or ".join(f"{item} {comparison} {value:g}" for item, comparison, value in kept)
    return Line(text, kept, line.without) if kept else None


@cache
def _parsed(text: str) -> Line:
    ending = next((end for end in _WITHOUT if text.endswith(end)), "")
    body = text.removesuffix(ending)
    atoms = []
    for part in body.split(" or "):
        found = _ATOM.fullmatch(part.strip())
        known = found and (found[1] in ITEMS or found[1] in _CHANGES)
        value = _value(found[3]) if found and known else None
        if found is None or value is None:
            raise InputError(
                f"{part.strip()!r} is not a condition on a response: "
                f"write an item, < <= > >= or =, and a number; items: {listed(ITEMS, shown=20)}."
            )
        atoms.append((found[1], found[2], value))
    return Line(text, tuple(atoms), _WITHOUT.get(ending, "unknown"))


def _value(text: str) -> float | None:
    if text in _NAMED:
        return _NAMED[text]
    try:
        return float(text)
    except ValueError:
        return None


def _recorded(item: str) -> tuple[str, ...]:
    if item not in _CHANGES:
        return (item,)
    return (_CHANGES[item][0], f"previous_{_CHANGES[item][0]}")


def truth(line: Line, assessments: Assessments) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell where a line holds, and where that is not known: two arrays of shape (n,).

    A line of several comparisons holds if one does; it is unknown where none holds and one is not
    recorded.
    """
    holds = np.zeros(assessments.size, dtype=np.bool_)
    unknown = np.zeros(assessments.size, dtype=np.bool_)
    for item, comparison, value in line.atoms:
        values = _values(item, assessments)
        # A comparison with NaN is false, so what is not recorded never holds.
        holds |= _COMPARE[comparison](values, value)
        unknown |= np.isnan(values)
    unknown &= ~holds
    if line.without == "unknown":
        return holds, unknown
    return (holds | unknown if line.without == "holds" else holds), np.zeros_like(unknown)


def _values(item: str, assessments: Assessments) -> NDArray[np.float64]:
    if item not in _CHANGES:
        return assessments.item(item)
    name, sign = _CHANGES[item]
    return sign * assessments.change(name)
