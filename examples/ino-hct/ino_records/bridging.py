"""What the paper tells of therapy between inotuzumab ozogamicin and transplant: who had it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .patients import Patient

__all__ = ["Bridging", "bridging_rows", "deal_bridging"]

CHEMOTHERAPY, BLINATUMOMAB = 1, 3
NO_RESPONSE, RELAPSE, MRD, KEEP = "1", "2", "3", "4"
CR, NONE, MRD_RESPONSE, KEPT = "1", "3", "4", "5"
#: Days of blinatumomab in a cycle, and from one cycle to the next.
_INFUSED, _CYCLE = 28, 42


class Bridging(NamedTuple):
    """A treatment, with days from the first dose of inotuzumab ozogamicin."""

    given: frozenset[int]
    regimen: str
    reason: str
    cycles: str
    start: int
    end: int
    response: str


def deal_bridging(cohort: list[Patient]) -> None:
    """Two for no response, one for a relapse, four for MRD, one to keep the remission.

    Who gets what follows from the days: there must be time for it before the transplant.
    """
    later = [p for p in cohort if p.remission == "later" and not p.sos]
    later.sort(key=lambda p: p.last_infusion - (p.remission_day or 0))
    _without_response(later, cohort)
    blinatumomab, other = later[:2]
    _give(blinatumomab, BLINATUMOMAB, NO_RESPONSE, "1.5", CR)
    start = other.last_infusion + 8
    other.bridging = Bridging(
        frozenset({CHEMOTHERAPY}), "HyperCVAD", NO_RESPONSE, "2", start, start + 26, CR
    )
    back = next(p for p in cohort if p.relapse_day and p.relapse_day < p.transplant)
    start = (back.relapse_day or 0) + 6
    back.bridging = Bridging(
        frozenset({CHEMOTHERAPY, BLINATUMOMAB}),
        "High-dose cytarabine and mitoxantrone, then blinatumomab",
        *(RELAPSE, "2", start, start + 28 + _CYCLE + _INFUSED - 1, CR),
    )
    _deal_in_remission(cohort)


def _without_response(later: list[Patient], cohort: list[Patient]) -> None:
    """Those who reached CR by it had none to inotuzumab: they change places with who had none."""
    others = [p for p in cohort if p.remission == "later" and p not in later[:2]]
    refractory = [p for p in others if p.after_cycle_1 == "refractory"]
    for patient in later[:2]:
        if patient.after_cycle_1 != "refractory":
            other = refractory.pop(0)
            other.after_cycle_1, patient.after_cycle_1 = patient.after_cycle_1, "refractory"


def _deal_in_remission(cohort: list[Patient]) -> None:
    """Blinatumomab for MRD to four, twice to one of them; chemotherapy to keep CR to one."""
    free = [p for p in cohort if p.remission != "never" and not p.sos and p.bridging is None]
    free.sort(key=lambda p: p.last_infusion - p.transplant)
    positive = [p for p in free if p.mrd == "positive"][:3]
    for patient, cycles in zip(positive, ("2", "1", "1"), strict=True):
        _give(patient, BLINATUMOMAB, MRD, cycles, NONE)
    negative, kept = [p for p in free if p.mrd == "negative"][:2]
    _give(negative, BLINATUMOMAB, MRD, "1", MRD_RESPONSE)
    start = kept.last_infusion + 14
    kept.bridging = Bridging(
        frozenset({CHEMOTHERAPY}),
        "Vincristine, methotrexate and 6-mercaptopurine",
        *(KEEP, "", start, kept.transplant - 14, KEPT),
    )


def _give(patient: Patient, agent: int, reason: str, cycles: str, response: str) -> None:
    """Begin a week after the last dose of inotuzumab ozogamicin, or after the remission."""
    whole, part = divmod(float(cycles), 1)
    days = (int(whole) - 1) * _CYCLE + _INFUSED
    if part:
        days = int(whole) * _CYCLE + round(_INFUSED * part)
    remission = patient.remission_day or 0
    first = reason == NO_RESPONSE
    start = (patient.last_infusion if first else max(patient.last_infusion, remission)) + 8
    if start + days > (remission if first else patient.transplant - 8):
        raise ValueError(f"{patient.number} has no time for {cycles} cycles")
    patient.bridging = Bridging(
        frozenset({agent}), "", reason, cycles, start, start + days - 1, response
    )


def bridging_rows(patient: Patient) -> list[dict[str, str]]:
    """Fill the form."""
    if patient.bridging is None:
        return []
    had = patient.bridging
    row = {f"brg_therapy___{kind}": str(int(kind in had.given)) for kind in (1, 2, 3, 5, 6, 7)}
    return [
        row
        | {
            "brg_regimen": had.regimen,
            "brg_reason": had.reason,
            "brg_cycles": had.cycles,
            "brg_start": patient.day(had.start),
            "brg_end": patient.day(had.end),
            "brg_response": had.response,
        }
    ]
