"""The 58 patients: outcomes from the search, everything else dealt out to meet the margins."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from .bridging import Bridging, deal_bridging
from .karyotypes import deal_karyotypes
from .published import CUT_OFF, PATIENTS, SEED, SOS_CASES, SosCase

__all__ = ["CENTRE_SIZES", "Patient", "patients"]

#: Eleven centres; how many patients each has is not published.
CENTRE_SIZES = (11, 9, 8, 6, 5, 5, 4, 3, 3, 2, 2)
OUTCOMES = Path(__file__).with_name("outcomes.csv")

_NON_SOS = range(len(SOS_CASES), PATIENTS)


@dataclass
class Patient:
    """A patient: days count from the first dose of inotuzumab ozogamicin."""

    number: int
    record: str = ""
    centre: str = ""
    age: int = 0
    sex: str = ""
    ecog: str = ""
    start: date = date(2016, 1, 1)
    compassionate: bool = False
    sos: SosCase | None = None
    cycle_starts: tuple[int, ...] = ()
    last_infusion: int = 0
    transplant: int = 0
    end: str = ""
    last_day: int = 0
    relapse_day: int | None = None
    cause: str = ""
    remission: str = ""
    remission_day: int | None = None
    after_cycle_1: str = ""
    partial_at_transplant: bool = False
    incomplete: bool = False
    first_line: bool = False
    blinatumomab: str = ""
    philadelphia: bool = False
    tki_only: bool = False
    karyotypes: tuple[str, str] = ("", "")
    mac: bool = False
    double: bool = False
    donor: str = ""
    mrd: str = ""
    emd: str = ""
    cns: tuple[bool, bool] = (False, False)
    maintenance: tuple[str, int] = ("", 0)
    bridging: Bridging | None = None
    labs: dict[str, str] = field(default_factory=dict)
    rng: Any = None

    def day(self, days: int) -> str:
        """Spell a day as a date."""
        return (self.start + timedelta(days=int(days))).isoformat()

    @property
    def died(self) -> bool:
        """Tell whether the patient died."""
        return bool(self.cause)


def patients() -> list[Patient]:
    """Make the cohort."""
    cohort = [_outcome(row) for row in csv.DictReader(OUTCOMES.read_text("utf-8").splitlines())]
    rng = np.random.default_rng(SEED)
    _deal_performance(cohort, rng)
    _deal_remission(cohort, rng)
    _deal_earlier_therapy(cohort, rng)
    deal_karyotypes(cohort, rng)
    _deal_mrd(cohort, rng)
    _deal_conditioning(cohort, rng)
    _deal_sites(cohort, rng)
    _deal_labs(cohort, rng)
    _deal_causes(cohort)
    _deal_calendar(cohort, rng)
    _deal_maintenance(cohort)
    deal_bridging(cohort)
    _deal_centres(cohort, rng)
    return cohort


def _outcome(row: dict[str, str]) -> Patient:
    number = int(row["patient"])
    transplant = int(row["transplant"])
    return Patient(
        number=number,
        age=int(row["age"]),
        sex=row["sex"],
        mac=row["myeloablative"] == "1",
        donor=row["donor"],
        sos=SOS_CASES[number - 1] if number <= len(SOS_CASES) else None,
        cycle_starts=tuple(int(day) for day in row["cycle_starts"].split()),
        last_infusion=int(row["last_infusion"]),
        transplant=transplant,
        end=row["end"],
        last_day=transplant + int(row["days_after_transplant"]),
        relapse_day=int(row["relapse_day"]) if row["relapse_day"] else None,
        remission=row["remission"],
        remission_day=int(row["remission_day"]) if row["remission_day"] else None,
        first_line=row["first_line"] == "1",
        blinatumomab="yes" if row["blinatumomab"] == "1" else "",
        rng=np.random.default_rng([SEED, number]),
    )


def _dealt(rng: Any, values: dict[Any, int]) -> list[Any]:  # noqa: ANN401 - a NumPy generator
    """Give each value as often as stated, in random order."""
    deck = [value for value, count in values.items() for _ in range(count)]
    return [deck[place] for place in rng.permutation(len(deck))]


def _chosen(rng: Any, among: list[Patient], count: int) -> list[Patient]:  # noqa: ANN401
    return [among[place] for place in sorted(rng.permutation(len(among))[:count])]


def _deal_performance(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """ECOG 0 in 32, 1 in 16, 2 in 2, missing in 8."""
    ecog = _dealt(rng, {"0": 24, "1": 7, "2": 2, "UNK": 8})
    for patient in cohort:
        patient.ecog = str(patient.sos.ecog) if patient.sos else ecog.pop()


def _deal_remission(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """After cycle 1: 39 CR, 5 PR, 9 refractory, 5 not assessed; before transplant 49, 4, 5."""
    rest = _dealt(rng, {"PR": 5, "refractory": 9, "": 5})
    for patient in cohort:
        patient.after_cycle_1 = "CR" if patient.remission == "cycle 1" else rest.pop()
    never = sorted(
        (p for p in cohort if p.remission == "never"), key=lambda p: p.after_cycle_1 != "PR"
    )
    for patient in never[:4]:
        patient.partial_at_transplant = True


def _deal_earlier_therapy(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """Blinatumomab in 24 as the paper tells; 17 are BCR::ABL1-positive.

    Of them 11 had a tyrosine kinase inhibitor without chemotherapy, and no transplant.
    """
    exposed = [patient for patient in cohort if patient.blinatumomab and not patient.first_line]
    with_tki = _chosen(rng, exposed, 4)
    with_tki[0].blinatumomab = "first line"
    for patient in with_tki[1:]:
        patient.blinatumomab = "relapse, refractory"
    others = [p for p in cohort if not p.blinatumomab and not p.first_line]
    tki_only = with_tki + _chosen(rng, others, 7)
    for patient in tki_only:
        patient.tki_only = patient.philadelphia = True
    for patient in _chosen(rng, [p for p in cohort if not p.tki_only], 6):
        patient.philadelphia = True
    transplanted = [p for p in cohort if p.blinatumomab == "yes" and p.first_line]
    kinds = _dealt(rng, {"relapse, refractory": 3, "relapse, CR": 1, "MRD": 1})
    for patient, kind in zip(transplanted, kinds + ["MRD"] * 9, strict=False):
        patient.blinatumomab = kind
    left = [p for p in cohort if p.blinatumomab == "yes" and not p.philadelphia]
    left[0].blinatumomab = "first line"
    wanted = {"primary, CR": 2, "primary, refractory": 1}
    wanted |= {"relapse, refractory": 11, "relapse, CR": 3, "MRD": 5}
    for patient in cohort:
        if patient.blinatumomab in wanted:
            wanted[patient.blinatumomab] -= 1
    deck = _dealt(rng, wanted)
    for patient in (p for p in cohort if p.blinatumomab == "yes"):
        patient.blinatumomab = deck.pop()


def _deal_mrd(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """In 44 of the 49 in CR: negative 26, positive 16; not quantifiable, by PCR of BCR::ABL1, 2."""
    remitted = [p for p in cohort if p.remission != "never"]
    below = _chosen(rng, [p for p in remitted if p.philadelphia], 2)
    rest = _dealt(rng, {"negative": 26, "positive": 16, "": 5})
    for patient in remitted:
        patient.mrd = "below" if patient in below else rest.pop()


def _deal_conditioning(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """Double alkylators in 16, of them 8 with SOS/VOD."""
    rest = {True: _dealt(rng, {1: 3, 0: 15}), False: _dealt(rng, {1: 5, 0: 18})}
    for patient in cohort:
        patient.double = bool(patient.sos.double if patient.sos else rest[patient.mac].pop())


def _deal_sites(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """Extramedullary disease in 12 of 52; CNS at diagnosis 6, at relapse 8, one of them both."""
    sites = _dealt(rng, {"1": 12, "0": 40, "UNK": 6})
    cns = _dealt(rng, {(True, True): 1, (True, False): 5, (False, True): 7, (False, False): 45})
    for patient in cohort:
        patient.emd, patient.cns = sites.pop(), cns.pop()


def _spread(low: float, middle: tuple[float, ...], high: float, count: int) -> list[float]:
    """Give values from low to high, evenly in logarithms, with these in the middle."""
    below = (count - len(middle)) // 2
    above = count - len(middle) - below
    under = np.geomspace(low, middle[0], below + 1)[:-1]
    over = np.geomspace(middle[-1], high, above + 1)[1:]
    return [*under.tolist(), *middle, *over.tolist()]


#: lowest, the values in the middle, highest, how many have it, decimals (Table 1)
_LABS: dict[str, tuple[float, tuple[float, ...], float, int, int]] = {
    "wbc": (0.2, (5.8, 6.0), 127, 48, 1),
    "plt": (6, (104, 105), 400, 48, 0),
    "hb": (6.6, (11.7, 11.9), 15.6, 48, 1),
    "ldh": (119, (326, 328), 3665, 46, 0),
}


def _deal_labs(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    order = rng.permutation(PATIENTS)
    for name, (low, middle, high, count, decimals) in _LABS.items():
        values = [f"{value:.{decimals}f}" for value in _spread(low, middle, high, count)]
        places = rng.permutation(count)
        for rank, number in enumerate(order):
            text = values[places[rank]] if rank < count else "UNK"
            cohort[number].labs[name] = text
    _deal_marrow(cohort, rng)


def _deal_marrow(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """Marrow blasts: median 30 (0 to 98), missing in 7; low only with extramedullary disease."""
    low = [0, 0, 3] + [round(value) for value in np.linspace(5, 29, 22)]
    values = [*low, 30, *(round(value) for value in np.linspace(32, 98, 25))]
    extramedullary = _chosen(rng, [p for p in cohort if p.emd == "1"], 3)
    for patient, value in zip(extramedullary, values[:3], strict=True):
        patient.labs["bm_blasts"] = str(value)
    others = [p for p in cohort if "bm_blasts" not in p.labs]
    texts = [str(value) for value in values[3:]] + ["UNK"] * 7
    for patient, place in zip(others, rng.permutation(len(others)), strict=True):
        patient.labs["bm_blasts"] = texts[place]


def _deal_causes(cohort: list[Patient]) -> None:
    """Relapse 15, SOS/VOD 9, GVHD 2, SARS-CoV-2 2, septic infection 4, organ failure 4."""
    rest = sorted((p for p in cohort if p.end == "nrm"), key=lambda p: p.last_day - p.transplant)
    causes = ["6", "5", "6", "3", "5", "6", "3", "4", "5", "4", "6", "5"]
    for patient, cause in zip(rest, causes, strict=True):
        patient.cause = cause
    for patient in cohort:
        if patient.end in {"sos", "relapse_dead"}:
            patient.cause = "2" if patient.end == "sos" else "1"


def _deal_calendar(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """First doses from 2016 to 2022; who lives was last seen in the months before the cut-off."""
    cut_off = date.fromisoformat(CUT_OFF)
    for patient in cohort:
        if not patient.died:
            last = cut_off - timedelta(days=int(rng.integers(90, 120)))
        elif patient.cause == "4":
            last = date(2020, 11, 15) + timedelta(days=int(rng.integers(0, 400)))
        else:
            first = date(2016, 5, 1) + timedelta(days=patient.last_day)
            latest = min(date(2022, 11, 15) + timedelta(days=patient.last_day), cut_off)
            last = first + timedelta(days=int(rng.integers(0, (latest - first).days - 30)))
        patient.start = last - timedelta(days=patient.last_day)
    for patient in sorted(cohort, key=lambda p: p.start)[:7]:
        patient.compassionate = True


def _deal_maintenance(cohort: list[Patient]) -> None:
    """Seven after transplant: ponatinib 3, dasatinib 1, blinatumomab 3 (3 cycles, 1, 1)."""
    free = [p for p in cohort if p.mrd not in {"", "below"}]
    free = [p for p in free if p.last_day > p.transplant + 120]
    free = [p for p in free if p.relapse_day is None or p.relapse_day > p.transplant + 90]
    free.sort(key=lambda p: p.transplant - p.last_day)
    wanted = [("1", True, "positive"), ("1", True, "positive"), ("2", True, "positive")]
    wanted += [("1", True, "negative"), ("3", False, "positive")]
    wanted += [("3", False, "negative"), ("3", False, "negative")]
    cycles = [0, 0, 0, 0, 3, 1, 1]
    for (agent, philadelphia, mrd), count in zip(wanted, cycles, strict=True):
        fitting = [p for p in free if p.philadelphia == philadelphia]
        patient = next((p for p in fitting if p.mrd == mrd), fitting[0])
        if patient.mrd != mrd:
            other = next(
                p for p in cohort if p.mrd == mrd and p not in fitting and not p.maintenance[0]
            )
            patient.mrd, other.mrd = mrd, patient.mrd
        free.remove(patient)
        patient.maintenance = (agent, count)


def _deal_centres(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401
    """Deal out the centres; records are numbered in the order of the first dose."""
    centres = [number for number, size in enumerate(CENTRE_SIZES, 1) for _ in range(size)]
    places = rng.permutation(PATIENTS)
    for patient, place in zip(cohort, places, strict=True):
        patient.centre = f"c{centres[place]:02d}"
    cohort.sort(key=lambda p: (p.centre, p.start))
    counted: dict[str, int] = {}
    for patient in cohort:
        counted[patient.centre] = counted.get(patient.centre, 0) + 1
        patient.record = f"{patient.centre}-{counted[patient.centre]:03d}"
