"""Intensity of conditioning: MAC, RIC or NMA where definitions agree, else "cannot say"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from atrisk.errors import InputError, nearest
from atrisk.leukaemia.conditioning import UNITS, Dose, agent
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Intensity", "Reading", "intensity"]

Call = Literal["MAC", "RIC", "NMA", "cannot say"]

_EQUAL: Final = 1e-9  # a sum of fractions of a dose is not exact in binary


@dataclass(frozen=True, slots=True)
class Reading:
    """What one definition says of one agent.

    Attributes
    ----------
    agent, dose, unit
        what was given in total.
    call
        MAC, RIC or NMA.
    rule
        such as ">= 8 mg/kg PO".
    source
        where the definition is published.
    """

    agent: str
    dose: float
    unit: str
    call: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Intensity:
    """How intense a conditioning was.

    Attributes
    ----------
    call
        MAC, RIC, NMA, or "cannot say".
    reason
        in words.
    readings
        every definition that applies; where they differ and decide, the call is "cannot say".
    """

    call: Call
    reason: str
    readings: tuple[Reading, ...]


def intensity(doses: Iterable[Dose]) -> Intensity:
    """Classify a conditioning by its total doses.

    Parameters
    ----------
    doses
        the agents with their total doses, up to day 0; what was given after it, with a dose of 0
        or not at all is passed over. Doses of the same agent and unit are added.

    Returns
    -------
    Intensity

    Raises
    ------
    InputError
        for a unit that is not in `atrisk.leukaemia.conditioning.UNITS`, or a negative dose.

    Notes
    -----
    Myeloablative by one agent is myeloablative. Reduced is what has busulfan, melphalan or TBI
    below every myeloablative threshold, no agent without a confirmed threshold (thiotepa,
    treosulfan, carmustine), and is not non-myeloablative.

    Examples
    --------
    >>> intensity([Dose("Bu", 12.8, "mg/kg IV", -6), Dose("Flu", 150, "mg/m2", -6)]).call
    'MAC'
    >>> found = intensity([Dose("Bu", 8.5, "mg/kg PO", -4), Dose("Flu", 150, "mg/m2", -6)])
    >>> found.call, [(reading.call, reading.rule) for reading in found.readings]
    ('cannot say', [('MAC', '>= 8 mg/kg PO'), ('RIC', '<= 9 mg/kg PO')])
    """
    given = [dose for dose in doses if _counts(dose)]
    undated_cy = [dose for dose in given if dose.day is None and _id(dose) == "cyclophosphamide"]
    found = _call(given)
    if not undated_cy:
        return found
    without = _call([dose for dose in given if dose not in undated_cy])
    if without.call == found.call:
        return found
    reason = (
        f"cyclophosphamide has no day: {found.call} if it was given before the transplant,"
        f" {without.call} if after"
    )
    return Intensity("cannot say", reason, found.readings)


def _counts(dose: Dose) -> bool:
    if dose.unit is not None and dose.unit not in UNITS:
        raise InputError(
            f"the unit of {dose.agent!r} is {dose.unit!r}. Units are: {', '.join(UNITS)}."
            f"{nearest(dose.unit, UNITS)}"
        )
    if dose.dose is not None and dose.dose < 0:
        raise InputError(f"the dose of {dose.agent!r} is {dose.dose}: it cannot be negative.")
    after = dose.day is not None and dose.day > 0
    return dose.given and dose.dose != 0 and not after


def _id(dose: Dose) -> str:
    one = agent(dose.agent)
    return one.id if one else dose.agent


def _call(given: Sequence[Dose]) -> Intensity:
    totals = _totals(given)
    readings = tuple(reading for total in totals for reading in _readings(total))
    if not totals:
        return Intensity("cannot say", "no agent is recorded", readings)
    decided = [total for total in totals if _only(readings, total) == "MAC"]
    if decided:
        return Intensity("MAC", f"by {_words(decided[0])}", readings)
    open_ = _what_is_open(totals, readings)
    if open_:
        return Intensity("cannot say", open_, readings)
    return _below_myeloablative(totals, readings)


def _totals(given: Sequence[Dose]) -> list[Dose]:
    """Add up the doses of the same agent and unit, under the agent's id."""
    sums: dict[tuple[str, str | None], Dose] = {}
    for dose in given:
        key = (_id(dose), dose.unit)
        before = sums.get(key)
        if before is None:
            sums[key] = Dose(key[0], dose.dose, dose.unit, dose.day, dose.given)
        else:
            known = before.dose is not None and dose.dose is not None
            total = before.dose + dose.dose if known else None  # type: ignore[operator]
            sums[key] = replace(before, dose=total)
    return list(sums.values())


@cache
def _rules() -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["agent"], row["unit"]): row for row in load("conditioning-intensity")["rules"]}


def _readings(total: Dose) -> list[Reading]:
    """Apply the definitions to one agent; to TBI of unknown fractionation, both rules."""
    if total.dose is None or total.unit is None:
        return []
    units = ("Gy single", "Gy fractionated") if total.unit == "Gy" else (total.unit,)
    found = []
    for unit in units:
        row = _rules().get((total.agent, unit), {})
        for name in ("mac", "ric"):
            if name in row and _holds(row[name], total.dose):
                source = load("conditioning-intensity")["sources"][row[f"{name}_source"]]
                rule = f"{row[name]} {unit}"
                found.append(
                    Reading(total.agent, total.dose, total.unit, name.upper(), rule, source)
                )
    return found


def _holds(rule: str, dose: float) -> bool:
    sign, bound = rule.split()
    return dose >= float(bound) - _EQUAL if sign == ">=" else dose <= float(bound) + _EQUAL


def _only(readings: Sequence[Reading], total: Dose) -> str:
    """Give the call that all readings of an agent share, or nothing."""
    calls = {r.call for r in readings if (r.agent, r.unit) == (total.agent, total.unit)}
    return calls.pop() if len(calls) == 1 else ""


def _what_is_open(totals: Sequence[Dose], readings: Sequence[Reading]) -> str:
    """Say why nothing can be decided below myeloablative; "" if it can."""
    facts = load("conditioning-intensity")
    ruled = {name for name, _ in _rules()}
    for total in totals:
        one = agent(total.agent)
        if one is None or one.alkylator is None:
            return f"{total.agent!r} is not a known agent"
        if one.id in facts["no_rule"]["agents"]:
            return f"no confirmed definition says from which dose {one.label} is myeloablative"
        if one.id in ruled and sum(other.agent == one.id for other in totals) > 1:
            return f"the doses of {one.id} have different units and cannot be added"
        if one.id in ruled and _only(readings, total) == "":
            return _why_open(total, readings)
    return ""


def _why_open(total: Dose, readings: Sequence[Reading]) -> str:
    if total.dose is None or total.unit is None:
        return f"the dose or unit of {total.agent} is not recorded"
    of_this = [r for r in readings if (r.agent, r.unit) == (total.agent, total.unit)]
    if of_this:
        return f"definitions conflict for {_words(total)}: " + ", ".join(
            f"{reading.call} by {reading.rule}" for reading in of_this
        )
    return f"no confirmed definition covers {_words(total)}"


def _words(total: Dose) -> str:
    return f"{total.agent} {total.dose:g} {total.unit}"


def _below_myeloablative(totals: Sequence[Dose], readings: tuple[Reading, ...]) -> Intensity:
    rule = load("conditioning-intensity")["non_myeloablative"]
    names = {total.agent for total in totals} - set(rule["without_effect"])
    low_tbi = all(_is_low_tbi(total) for total in totals if total.agent == "tbi")
    if low_tbi and "tbi" in names and names <= {"tbi", *rule["purine_analogues"]}:
        return Intensity("NMA", "TBI of at most 2 Gy with or without a purine analogue", readings)
    if names == set(rule["with_cyclophosphamide"]):
        return Intensity("NMA", "fludarabine and cyclophosphamide", readings)
    above_nma = [t for t in totals if _only(readings, t) == "RIC" and not _is_low_tbi(t)]
    if above_nma:
        words = ", ".join(_words(total) for total in above_nma)
        return Intensity("RIC", f"{words}: neither myeloablative nor non-myeloablative", readings)
    return Intensity("cannot say", "the definitions name no such combination", readings)


def _is_low_tbi(total: Dose) -> bool:
    most = load("conditioning-intensity")["non_myeloablative"]["tbi_at_most"]
    return total.agent == "tbi" and total.dose is not None and total.dose <= most + _EQUAL
