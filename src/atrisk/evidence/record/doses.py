"""What the doses of a regimen add up to, held against what its source prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from atrisk.evidence.printed import parse_printed
from atrisk.evidence.record.counts import whole

if TYPE_CHECKING:
    from atrisk.evidence.record.models import Phase, Regimen

__all__ = ["DoseSum", "cumulative_dose", "cycle_dose", "printed_dose", "schedule_text"]


@dataclass(frozen=True, slots=True)
class DoseSum:
    """A dose in mg/m2; ``low`` and ``high`` differ where a range is printed."""

    low: Fraction
    high: Fraction

    @property
    def text(self) -> str:
        """Write the dose in decimals.

        Examples
        --------
        >>> DoseSum(Fraction(13, 10), Fraction(9, 5)).text
        '1.3-1.8'
        """
        ends = [f"{float(end):.2f}".rstrip("0").rstrip(".") for end in (self.low, self.high)]
        return ends[0] if self.low == self.high else "-".join(ends)


def printed_dose(text: str) -> DoseSum:
    """Read a printed dose, or a range of doses.

    Examples
    --------
    >>> printed_dose("1.3-1.8") == DoseSum(Fraction(13, 10), Fraction(9, 5))
    True
    """
    ends = [parse_printed(end) for end in re.split(r"\s*[-\u2013]\s*", text)]
    values = [end.value for end in ends if end is not None]
    return DoseSum(values[0], values[-1])


def _sum(doses: list[DoseSum]) -> DoseSum:
    zero = Fraction(0)
    return DoseSum(sum((d.low for d in doses), zero), sum((d.high for d in doses), zero))


def _phase_sum(phase: Phase) -> DoseSum:
    if phase.days:
        return _sum([printed_dose(dose) for dose in phase.days.values()])
    return printed_dose(str(phase.sum))


def _span(phase: Phase) -> tuple[int, int]:
    ends = [int(end) for end in re.split(r"[-\u2013]", phase.cycles)]
    return ends[0], ends[-1]


def cycle_dose(regimen: Regimen, cycle: int = 1) -> DoseSum | None:
    """Give the dose of a cycle in mg/m2; None where it is not printed, or the cycle not given."""
    for phase in regimen.phases:
        first, last = _span(phase)
        if first <= cycle <= last:
            return _phase_sum(phase)
    return None


def cumulative_dose(regimen: Regimen) -> DoseSum | None:
    """Add up the doses of all cycles; None where doses or the number of cycles are not printed."""
    cycles = whole(regimen.max_cycles)
    if cycles is None or not regimen.phases:
        return None
    doses = [cycle_dose(regimen, cycle) for cycle in range(1, cycles + 1)]
    known = [dose for dose in doses if dose is not None]
    return _sum(known) if len(known) == cycles else None


def schedule_text(regimen: Regimen) -> str:
    """Write the doses of a regimen in a line, or that they are not printed.

    Every phase gives its cycles, then the dose by day, or the sum of a cycle.
    """
    if not regimen.phases:
        return "doses not printed"
    return "; ".join(_phase_text(phase) for phase in regimen.phases)


def _phase_text(phase: Phase) -> str:
    noun = "cycle" if phase.cycles.isdigit() else "cycles"
    if phase.days:
        doses = ", ".join(f"{dose} on day {day}" for day, dose in phase.days.items())
    else:
        doses = f"{phase.sum} a cycle"
    return f"{noun} {phase.cycles}: {doses}"
