"""Choosing studies of the record by population, line, regimen, dose and endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.errors import InputError, nearest
from atrisk.evidence.record import vocabulary as words
from atrisk.evidence.record.doses import cumulative_dose, cycle_dose, printed_dose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atrisk.evidence.record.doses import DoseSum
    from atrisk.evidence.record.models import Regimen, Study

__all__ = ["Filters", "course_dose", "first_dose", "selected"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a study, or one of its arms, must be to be kept; None asks for nothing.

    Attributes
    ----------
    population
        an id of a disease or of an age group.
    line, ph
        ids of their vocabularies.
    regimen
        a family (``ino_chemotherapy``), a schedule (``fractionated``), or a part of the label or
        id of a regimen.
    min_dose, max_dose
        limits of the cumulative dose in mg/m2 (that of the first cycle times the number of cycles
        is never guessed: an arm without a known cumulative dose is not kept). A range of doses is
        kept if all of it lies within.
    endpoint
        an endpoint of which the study has a number.
    """

    population: str | None = None
    line: str | None = None
    ph: str | None = None
    regimen: str | None = None
    min_dose: float | None = None
    max_dose: float | None = None
    endpoint: str | None = None

    def __post_init__(self) -> None:
        _known("population", self.population, {**words.DISEASES, **words.AGE_GROUPS})
        _known("line", self.line, words.LINES)
        _known("Ph status", self.ph, words.PH)
        _known("endpoint", self.endpoint, words.ENDPOINTS)
        low, high = self.min_dose, self.max_dose
        if low is not None and high is not None and low > high:
            raise InputError(
                f"the least cumulative dose, {low:g} mg/m2, is more than the greatest, {high:g}."
            )

    def keeps(self, study: Study) -> bool:
        """Tell whether a study is kept: one of its arms is, and the rest fits."""
        people = study.population
        if self.population not in {None, people.disease, people.age_group}:
            return False
        if self.line not in {None, people.line} or self.ph not in {None, people.ph}:
            return False
        if self.endpoint is not None:
            return any(
                number.endpoint == self.endpoint and self.keeps_arm(study, number.arm)
                for number in study.numbers
            )
        return any(self.keeps_arm(study, arm.id) for arm in study.arms)

    def keeps_arm(self, study: Study, arm: str) -> bool:
        """Tell whether the regimen of an arm is asked for."""
        if self.regimen is None and self.min_dose is None and self.max_dose is None:
            return True
        regimen = study.regimen_of(arm)
        return regimen is not None and self._regimen(regimen) and self._dose(regimen)

    def _regimen(self, regimen: Regimen) -> bool:
        if self.regimen is None or self.regimen in {regimen.family, regimen.schedule}:
            return True
        if self.regimen in words.FAMILIES or self.regimen in words.SCHEDULES:
            return False
        asked = self.regimen.lower()
        return asked in regimen.label.lower() or asked in regimen.id

    def _dose(self, regimen: Regimen) -> bool:
        if self.min_dose is None and self.max_dose is None:
            return True
        dose = course_dose(regimen)
        if dose is None:
            return False
        above = self.min_dose is None or dose.low >= self.min_dose - 1e-9
        return above and (self.max_dose is None or dose.high <= self.max_dose + 1e-9)


def _known(noun: str, name: str | None, vocabulary: Mapping[str, object]) -> None:
    if name is not None and name not in vocabulary:
        raise InputError(
            f"there is no {noun} {name!r}.{nearest(name, vocabulary)}"
            f" It is one of {', '.join(vocabulary)}."
        )


def course_dose(regimen: Regimen) -> DoseSum | None:
    """Give the cumulative dose in mg/m2: added up, or as printed where it cannot be."""
    made = cumulative_dose(regimen)
    if made is None and regimen.cumulative is not None:
        return printed_dose(regimen.cumulative)
    return made


def first_dose(regimen: Regimen | None) -> DoseSum | None:
    """Give the dose of the first cycle in mg/m2."""
    return None if regimen is None else cycle_dose(regimen)


def selected(studies: Iterable[Study], filters: Filters) -> tuple[Study, ...]:
    """Keep the studies that filters ask for, in their order."""
    return tuple(study for study in studies if filters.keeps(study))
