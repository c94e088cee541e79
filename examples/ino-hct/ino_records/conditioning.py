"""The transplant form: donor, conditioning, prophylaxis."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .patients import Patient

__all__ = ["transplant_fields"]

MG_KG_IV, MG_KG_ORAL, MG_M2, G_M2, GY_SINGLE, GY_FRACTIONATED = "123456"


class Agent(NamedTuple):
    """An agent with its total dose and first day."""

    name: str
    dose: str
    unit: str
    day: str


_FLUDARABINE = Agent("fludarabine", "150", MG_M2, "-7")
#: (myeloablative, double alkylators) -> regimens, of which patients get one in turn
REGIMENS: dict[tuple[bool, bool], tuple[tuple[str, tuple[Agent, ...]], ...]] = {
    (True, True): (
        (
            "TBF",
            (
                Agent("thiotepa", "10", MG_KG_IV, "-7"),
                Agent("busulfan", "9.6", MG_KG_IV, "-5"),
                _FLUDARABINE,
            ),
        ),
        (
            "BuCy",
            (
                Agent("busulfan", "12.8", MG_KG_IV, "-7"),
                Agent("cyclophosphamide", "120", MG_KG_IV, "-3"),
            ),
        ),
    ),
    (False, True): (
        (
            "TBF RIC",
            (
                Agent("thiotepa", "5", MG_KG_IV, "-7"),
                Agent("busulfan", "6.4", MG_KG_IV, "-5"),
                _FLUDARABINE,
            ),
        ),
        (
            "FTM",
            (
                _FLUDARABINE,
                Agent("thiotepa", "5", MG_KG_IV, "-7"),
                Agent("melphalan", "110", MG_M2, "-2"),
            ),
        ),
    ),
    (True, False): (
        (
            "Cy/TBI",
            (
                Agent("tbi", "12", GY_FRACTIONATED, "-7"),
                Agent("cyclophosphamide", "120", MG_KG_IV, "-3"),
            ),
        ),
        ("FluBu4", (_FLUDARABINE, Agent("busulfan", "12.8", MG_KG_IV, "-6"))),
        (
            "Flu/TBI",
            (Agent("fludarabine", "120", MG_M2, "-9"), Agent("tbi", "12", GY_FRACTIONATED, "-5")),
        ),
    ),
    (False, False): (
        ("FluMel", (_FLUDARABINE, Agent("melphalan", "140", MG_M2, "-2"))),
        ("FluBu2", (_FLUDARABINE, Agent("busulfan", "6.4", MG_KG_IV, "-5"))),
        (
            "Flu/Cy/TBI",
            (
                _FLUDARABINE,
                Agent("cyclophosphamide", "29", MG_KG_IV, "-6"),
                Agent("tbi", "4", GY_FRACTIONATED, "-1"),
            ),
        ),
    ),
}


def transplant_fields(patient: Patient) -> dict[str, str]:
    """Fill the form of the transplant after inotuzumab ozogamicin."""
    choices = REGIMENS[patient.mac, patient.double]
    name, agents = choices[patient.number % len(choices)]
    _measure(patient)
    row = {
        "hct_date": patient.day(patient.transplant),
        "hct_no": "2" if patient.first_line else "1",
        "hct_donor": patient.donor,
        "hct_status": _status(patient),
        "hct_weight_kg": patient.labs["weight_at_transplant"],
        "hct_creat": patient.labs["creatinine_at_transplant"],
        "hct_intensity": "1" if patient.mac else "2",
        "hct_regimen": name,
    }
    for place in range(1, 7):
        agent = agents[place - 1] if place <= len(agents) else Agent("", "", "", "")
        row |= {
            f"hct_agent{place}": agent.name,
            f"hct_dose{place}": agent.dose,
            f"hct_unit{place}": agent.unit,
            f"hct_day{place}": agent.day,
        }
    given = _prophylaxis(patient)
    return row | {f"hct_gvhd___{kind}": str(int(kind in given)) for kind in range(1, 8)}


def _measure(patient: Patient) -> None:
    """Weigh: up to 4 % less and 1 % more than before inotuzumab ozogamicin. Creatinine: normal."""
    change = 0.01 - 0.01 * (patient.number * 7 % 6)
    patient.labs["weight_at_transplant"] = f"{float(patient.labs['weight']) * (1 + change):.1f}"
    patient.labs["creatinine_at_transplant"] = f"{0.6 + patient.number * 3 % 5 / 10:.1f}"


def _status(patient: Patient) -> str:
    """49 in remission, 4 PR, 5 refractory or active: of the 9, PR where cycle 1 gave it."""
    if patient.remission != "never":
        return "2" if patient.incomplete else "1"
    return "3" if patient.partial_at_transplant else "4"


def _prophylaxis(patient: Patient) -> set[int]:
    """Haploidentical: post-transplant cyclophosphamide, tacrolimus, MMF; else ciclosporin."""
    if patient.donor == "3":
        return {2, 3, 5}
    return {1, 3, 6} if patient.donor == "4" else {1, 4, 6} if patient.donor == "2" else {1, 4}
