"""Conditioning before transplantation: which alkylators were given, and whether they are two.

Different alkylators that were given before day 0 are counted. Cyclophosphamide after the
transplant is prophylaxis of graft-versus-host disease and is not counted, nor is a dose of 0 or one
that was planned and not given. Platinum compounds are counted only on request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from atrisk.errors import InputError
from atrisk.leukaemia.conditioning_agents import (
    DAY_AFTER,
    Agent,
    Regimen,
    agent,
    agents,
    names_time_after,
    regimen,
)
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "UNITS",
    "Agent",
    "Alkylators",
    "Dose",
    "Regimen",
    "WithoutDose",
    "agent",
    "agents",
    "alkylators",
    "regimen",
    "regimen_alkylators",
]

#: Units of a dose.
UNITS: Final = ("mg/kg IV", "mg/kg PO", "mg/m2", "g/m2", "Gy single", "Gy fractionated", "Gy")

WithoutDose = Literal["unknown", "given"]


@dataclass(frozen=True, slots=True)
class Dose:
    """One agent as given.

    Attributes
    ----------
    agent
        its id or any of its names.
    dose
        in total; None: not recorded.
    unit
        one of `UNITS`; None: not recorded.
    day
        the first day relative to day 0 (negative: before); None: not recorded.
    given
        False: planned, not given.
    """

    agent: str
    dose: float | None = None
    unit: str | None = None
    day: int | None = None
    given: bool = True


@dataclass(frozen=True, slots=True)
class Alkylators:
    """Alkylators of a conditioning.

    Attributes
    ----------
    counted
        ids, in order, each once.
    possible
        ids (or words, where no agent is known by them) that may count: no day, no dose.
    left_out
        (agent, reason) of alkylators that do not count.
    double
        whether two or more count; None: what is missing decides, or nothing is recorded.
    thiotepa
        whether thiotepa counts; None: as above.
    """

    counted: tuple[str, ...]
    possible: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    double: bool | None
    thiotepa: bool | None


def alkylators(
    doses: Iterable[Dose],
    *,
    alkylating_like: bool = False,
    without_dose: WithoutDose = "unknown",
) -> Alkylators:
    """Count the alkylators given before day 0.

    Parameters
    ----------
    doses
        the agents of the conditioning; those after day 0 may be among them.
    alkylating_like
        whether platinum compounds count.
    without_dose
        whether an agent without a recorded dose was given.

    Returns
    -------
    Alkylators

    Raises
    ------
    InputError
        for a negative dose.

    Examples
    --------
    >>> tt = Dose("thiotepa", 10, "mg/kg IV", -7)
    >>> bu = Dose("Bu", 9.6, "mg/kg IV", -5)
    >>> cy = Dose("CY", 100, "mg/kg IV", +3)
    >>> alkylators([tt, bu, cy]).double, alkylators([bu, cy]).double
    (True, False)
    """
    given = list(doses)
    counted: list[str] = []
    possible: list[str] = []
    left_out: list[tuple[str, str]] = []
    for dose in given:
        one = agent(dose.agent) or Agent(dose.agent, dose.agent, alkylator=None)
        if one.alkylator is False and not (alkylating_like and one.alkylating_like):
            continue
        reason = _reason_not_counted(one, dose)
        if reason:
            left_out.append((one.id, reason))
        elif one.alkylator is None or _open(dose, without_dose):
            possible.append(one.id)
        else:
            counted.append(one.id)
    return _alkylators(counted, possible, left_out, nothing=not given)


def _reason_not_counted(one: Agent, dose: Dose) -> str:
    if dose.dose is not None and dose.dose < 0:
        raise InputError(f"the dose of {dose.agent!r} is {dose.dose}: it cannot be negative.")
    if not dose.given:
        return "planned, not given"
    if dose.dose == 0:
        return "dose 0"
    if one.after_transplant:
        return "after the transplant"
    if dose.day is not None and dose.day >= 0:
        return f"on day {dose.day}, not before the transplant"
    return ""


def _open(dose: Dose, without_dose: WithoutDose) -> bool:
    return dose.day is None or (dose.dose is None and without_dose == "unknown")


def _alkylators(
    counted: Iterable[str],
    possible: Iterable[str],
    left_out: Iterable[tuple[str, str]],
    *,
    nothing: bool,
) -> Alkylators:
    needed = load("conditioning")["rule"]["needed"]
    sure = tuple(dict.fromkeys(counted))
    maybe = tuple(name for name in dict.fromkeys(possible) if name not in sure)
    double = len(sure) >= needed
    # A word that names no agent may stand for a whole regimen, with any number of alkylators.
    unread = any(agent(name) is None for name in maybe)
    open_ = nothing or unread or len(sure) + len(maybe) >= needed
    thiotepa_open = nothing or any(_may_be_thiotepa(name) for name in maybe)
    return Alkylators(
        sure,
        maybe,
        tuple(left_out),
        double=True if double else None if open_ else False,
        thiotepa=True if "thiotepa" in sure else None if thiotepa_open else False,
    )


def _may_be_thiotepa(name: str) -> bool:
    """Thiotepa itself, or a word that names no agent: "other" is none of those in the list."""
    return name == "thiotepa" or agent(name) is None


def regimen_alkylators(text: str, *, alkylating_like: bool = False) -> Alkylators:
    """Count the alkylators that the name of a regimen stands for.

    Parameters
    ----------
    text
        as written by the centre. With a day from day 0 on ("Cy d+3") or a word such as "post" in
        it, cyclophosphamide counts as possible only.
    alkylating_like
        whether platinum compounds count.

    Returns
    -------
    Alkylators
        ``possible`` holds the words that are not known.

    Examples
    --------
    >>> regimen_alkylators("TBF").double, regimen_alkylators("Cy/TBI").double
    (True, False)
    """
    read = regimen(text)
    counts = [
        one
        for one in read.agents
        if one.alkylator is not False or (alkylating_like and one.alkylating_like)
    ]
    before = [one for one in counts if not one.after_transplant and one.alkylator is not None]
    unsure = {"cyclophosphamide"} if names_time_after(read) else set()
    return _alkylators(
        [one.id for one in before if one.id not in unsure],
        [one.id for one in before if one.id in unsure]
        + [one.id for one in counts if one.alkylator is None]
        + [word for word in read.unknown if not DAY_AFTER.fullmatch(word)],
        [(one.id, "after the transplant") for one in counts if one.after_transplant],
        nothing=not (read.agents or read.unknown),
    )
