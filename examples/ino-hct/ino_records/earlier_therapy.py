"""The lines of therapy before inotuzumab ozogamicin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .patients import Patient

__all__ = ["REFRACTORY", "Line", "therapy_lines", "therapy_plan"]

CHEMOTHERAPY, TKI, BLINATUMOMAB, TRANSPLANT, GLUCOCORTICOIDS = range(1, 6)
CR, REFRACTORY, MRD_RESPONSE = "1", "3", "4"


class Line(NamedTuple):
    """A line: what was given, the best response, and its days before the first dose."""

    given: frozenset[int]
    response: str
    start: int
    end: int


def therapy_plan(patient: Patient) -> list[Line]:
    """Give the lines, the first soon after diagnosis."""
    start = -(325 + 17 * patient.number % 900 + (240 if patient.first_line else 0))
    refractory = patient.blinatumomab.startswith("primary")
    first = Line(_first_line(patient), REFRACTORY if refractory else CR, start, start + 150)
    second = _second_line(patient)
    return [first, second] if second else [first]


def _first_line(patient: Patient) -> frozenset[int]:
    given = {TKI, GLUCOCORTICOIDS} if patient.tki_only else {CHEMOTHERAPY}
    if patient.tki_only and patient.number % 3 == 0:
        given.discard(GLUCOCORTICOIDS)
    if patient.philadelphia:
        given.add(TKI)
    if patient.blinatumomab == "first line":
        given.add(BLINATUMOMAB)
    if patient.first_line:
        given.add(TRANSPLANT)
    return frozenset(given)


def _second_line(patient: Patient) -> Line | None:
    kind, blinatumomab = patient.blinatumomab, frozenset({BLINATUMOMAB})
    if kind == "MRD":
        return Line(blinatumomab, MRD_RESPONSE, -150, -122)
    if kind.startswith(("primary", "relapse")):
        return Line(blinatumomab, CR if kind.endswith("CR") else REFRACTORY, -66, -38)
    if kind or patient.tki_only or patient.number % 2 == 0:
        return None
    response = REFRACTORY if patient.number % 4 == 1 else CR
    return Line(frozenset({CHEMOTHERAPY}), response, -118, -60)


def therapy_lines(patient: Patient) -> list[dict[str, str]]:
    """Give one row a line."""
    rows = []
    for number, line in enumerate(therapy_plan(patient), 1):
        given = {f"line_therapy___{kind}": str(int(kind in line.given)) for kind in range(1, 8)}
        row = {
            "line_start": patient.day(line.start),
            "line_end": patient.day(line.end),
            "line_response": line.response,
        }
        rows.append({"line_no": str(number)} | given | row)
    return rows
