"""Published regimens with inotuzumab ozogamicin as data, with the dose that they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import fsum
from typing import Any, NamedTuple

from atrisk.errors import InputError, listed, nearest
from atrisk.leukaemia.facts import load

__all__ = ["DoseRange", "Phase", "Regimen", "regimen", "regimens"]


class DoseRange(NamedTuple):
    """A dose in mg/m2; ``low`` and ``high`` differ where a range is published."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Phase:
    """Cycles that are dosed alike.

    Attributes
    ----------
    first, last
        the cycles.
    days
        day of the cycle -> dose in mg/m2; empty where only ``total`` is published.
    total
        mg/m2 a cycle.
    """

    first: int
    last: int
    days: dict[int, DoseRange]
    total: DoseRange


@dataclass(frozen=True, slots=True)
class Regimen:
    """One published regimen.

    Attributes
    ----------
    id, label, population, note
        which it is, who got it, and what its source leaves open.
    phases
        in order; empty where the doses are not published.
    max_cycles
        None where none is printed.
    cycle_days
        shortest and longest length of a cycle in days, or None.
    printed
        cumulative dose in mg/m2 as its source prints it, or None.
    sources
        the publications.
    """

    id: str
    label: str
    population: str
    note: str
    phases: tuple[Phase, ...]
    max_cycles: int | None
    cycle_days: tuple[int, int] | None
    printed: float | None
    sources: tuple[str, ...]

    def cycle_dose(self, cycle: int) -> DoseRange | None:
        """Give the dose of one cycle in mg/m2; None where it is not published or not given."""
        return next((p.total for p in self.phases if p.first <= cycle <= p.last), None)

    def cumulative_dose(self, cycles: int | None = None) -> DoseRange | None:
        """Add up the doses of the first cycles.

        Parameters
        ----------
        cycles
            how many; the regimen's maximum if None.

        Returns
        -------
        DoseRange or None
            mg/m2; None where the doses are not published, or no number of cycles is.

        Raises
        ------
        InputError
            if the regimen has fewer cycles.

        Examples
        --------
        >>> regimen("mini-hyper-cvd-1").cumulative_dose()
        DoseRange(low=5.7, high=5.7)
        >>> regimen("mini-hyper-cvd-1").cumulative_dose(2)
        DoseRange(low=3.1, high=3.1)
        """
        if cycles is not None and (
            cycles < 1 or (self.max_cycles is not None and cycles > self.max_cycles)
        ):
            raise InputError(
                f"regimen {self.id!r} has 1 to {self.max_cycles or 'any number of'} cycles,"
                f" not {cycles}."
            )
        count = self.max_cycles if cycles is None else cycles
        if count is None or not self.phases:
            return None
        doses = [dose for c in range(1, count + 1) if (dose := self.cycle_dose(c)) is not None]
        return _sum(doses)


def _sum(doses: list[DoseRange]) -> DoseRange:
    """Add doses without the rounding of binary fractions: published doses have two decimals."""
    return DoseRange(round(fsum(d.low for d in doses), 6), round(fsum(d.high for d in doses), 6))


def _range(values: list[float]) -> DoseRange:
    return DoseRange(float(values[0]), float(values[-1]))


def _phase(row: dict[str, Any]) -> Phase:
    days = {int(day): _range(values) for day, values in row.get("days", {}).items()}
    total = _range(row["total"]) if "total" in row else _sum(list(days.values()))
    first, last = row["cycles"]
    return Phase(first, last, days, total)


def _regimen(row: dict[str, Any], sources: dict[str, str]) -> Regimen:
    days = row.get("cycle_days")
    return Regimen(
        id=row["id"],
        label=row["label"],
        population=row["population"],
        note=row.get("note", ""),
        phases=tuple(_phase(phase) for phase in row["phases"]),
        max_cycles=row.get("max_cycles"),
        cycle_days=None if days is None else (days[0], days[1]),
        printed=row.get("printed"),
        sources=tuple(sources[name] for name in row["source"]),
    )


@cache
def regimens() -> tuple[Regimen, ...]:
    """Give all regimens, in the order of the facts.

    Examples
    --------
    >>> [r.printed for r in regimens() if r.printed]
    [1.8, 5.7, 4.3, 2.7, 2.4]
    """
    facts = load("ino-regimens")
    return tuple(_regimen(row, facts["sources"]) for row in facts["regimens"])


def regimen(name: str) -> Regimen:
    """Find a regimen by its id.

    Raises
    ------
    InputError
        if there is none of this id.
    """
    known = {item.id: item for item in regimens()}
    if name not in known:
        raise InputError(
            f"there is no regimen {name!r}.{nearest(name, known)}"
            f" Regimens are: {listed(known, shown=len(known))}."
        )
    return known[name]
