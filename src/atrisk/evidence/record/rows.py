"""Rows for pooling: one arm a row, with its counts, its doses and who its patients were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from atrisk.errors import InputError
from atrisk.evidence.record.counts import counts_of, whole
from atrisk.evidence.record.overlaps import LeftOut, independent, overlap_groups
from atrisk.evidence.record.select import Filters, course_dose, first_dose
from atrisk.evidence.record.vocabulary import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.evidence.record.counts import Counts
    from atrisk.evidence.record.doses import DoseSum
    from atrisk.evidence.record.load import Record
    from atrisk.evidence.record.models import Number, Study

__all__ = ["NotUsed", "RecordRow", "RecordRows", "record_rows"]

_HOW = {"printed": 0, "derived": 1, "range": 2}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One number of one arm.

    Attributes
    ----------
    study, label, arm, arm_label
        ids and labels.
    endpoint, subgroup, denominator
        what is counted, of whom.
    k, k_low, k_high, n
        counts; ``k`` is None where several counts are printed alike (``how`` is ``range``), all
        four for a number that is no proportion.
    how
        ``printed``, ``derived`` (the one k of n that is printed so), ``range``; None without n.
    n_from
        where n is known from if it does not stand beside the number.
    value, unit, time, time_unit, lower, upper, level, p, against
        as printed; None where nothing is.
    regimen, regimen_label, family, schedule
        the regimen of the arm; None where the arm has none.
    first_dose, cumulative_dose
        mg/m2; None where not printed.
    disease, line, ph, age_group, selected
        who the patients were; ``selected`` says how the study chose among them.
    role
        experimental, comparator or historical.
    group
        studies of one group may share patients.
    paper, at, quote, doubt, note
        the place of the number; why the printed numbers cannot all be true.
    """

    study: str
    label: str
    arm: str
    arm_label: str
    endpoint: str
    subgroup: str | None
    denominator: str | None
    k: int | None
    k_low: int | None
    k_high: int | None
    n: int | None
    how: str | None
    n_from: str | None
    value: str | None
    unit: str | None
    time: str | None
    time_unit: str | None
    lower: str | None
    upper: str | None
    level: str | None
    p: str | None
    against: str | None
    regimen: str | None
    regimen_label: str | None
    family: str | None
    schedule: str | None
    first_dose: DoseSum | None
    cumulative_dose: DoseSum | None
    disease: str
    line: str
    ph: str
    age_group: str
    selected: str | None
    role: str
    group: str
    paper: str
    at: str
    quote: str | None
    doubt: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class NotUsed:
    """A number or an arm of the endpoint that gives no row, and why."""

    study: str
    arm: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordRows:
    """The rows of an endpoint, the studies left out of them, and the numbers that give none."""

    endpoint: str
    rows: tuple[RecordRow, ...]
    left_out: tuple[LeftOut, ...]
    not_used: tuple[NotUsed, ...]


def record_rows(
    record: Record,
    endpoint: str,
    *,
    filters: Filters | None = None,
    arms: Literal["whole", "parts"] = "whole",
    roles: Iterable[str] = ("experimental",),
    subgroups: bool = False,
    overlapping: bool = False,
) -> RecordRows:
    """Collect the rows of an endpoint, no patient twice.

    Parameters
    ----------
    record
        the studies.
    endpoint
        an id of the vocabulary of endpoints.
    filters
        which studies and arms; None keeps all.
    arms
        ``whole`` takes an arm and leaves out its parts; ``parts`` takes the parts where they add up
        to no more patients than the arm (parts by conditioning and by alkylators are two divisions
        of the same patients). Where only parts have the number, they are taken either way.
    roles
        roles of the arms to take.
    subgroups
        whether numbers of subgroups (first salvage, say) are taken too.
    overlapping
        whether studies that share patients are all kept; else `independent` chooses among them,
        by the number of patients that would be counted.

    Returns
    -------
    RecordRows
        rows in the order of study and arm. Of several places that print a number of an arm the
        one is taken that has k and n, then the one whose k follows, then the first.

    Raises
    ------
    InputError
        an endpoint, or an entry of the filters, that there is not.

    Examples
    --------
    >>> from atrisk.evidence.record import load_record
    >>> found = record_rows(load_record(), "sos_vod_post_hct")
    >>> [(row.study, row.k, row.n) for row in found.rows][:2]
    [('besponsa-label', 18, 79), ('deangelo-2017', 2, 24)]
    """
    Filters(endpoint=endpoint)
    filters = filters or Filters()
    wanted = tuple(roles)
    groups = overlap_groups(record.studies)
    rows: list[RecordRow] = []
    unused: list[NotUsed] = []
    taken: list[Study] = []
    for study in record.studies:
        if not filters.keeps(study):
            continue
        numbers, missed = _numbers(study, endpoint, filters, wanted, subgroups=subgroups)
        kept, dropped = _one_level(study, numbers, arms)
        unused += [*missed, *dropped]
        if kept:
            taken.append(study)
            rows += [_row(study, number, groups[study.study.id]) for number in kept]
    left_out: tuple[LeftOut, ...] = ()
    if not overlapping:
        chosen = independent(taken, _sizes(rows))
        rows = [row for row in rows if row.study in chosen.chosen]
        left_out = chosen.left_out
    return RecordRows(endpoint, tuple(rows), left_out, tuple(unused))


def _sizes(rows: list[RecordRow]) -> dict[str, int]:
    """Count the patients of each study's rows."""
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row.study] = sizes.get(row.study, 0) + (row.n or 0)
    return sizes


def _numbers(
    study: Study, endpoint: str, filters: Filters, roles: tuple[str, ...], *, subgroups: bool
) -> tuple[list[Number], list[NotUsed]]:
    """Take the best place of each number of the endpoint; say which numbers cannot be used."""
    best: dict[tuple[object, ...], Number] = {}
    unused: dict[tuple[object, ...], NotUsed] = {}
    for number in study.numbers:
        if number.endpoint != endpoint or (number.subgroup and not subgroups):
            continue
        if study.arm(number.arm).role not in roles or not filters.keeps_arm(study, number.arm):
            continue
        key = (number.arm, number.subgroup, number.time, number.time_unit)
        reason = _unusable(number, endpoint)
        if reason is not None:
            unused.setdefault(key, NotUsed(study.study.id, number.arm, reason))
        elif key not in best or _rank(number) < _rank(best[key]):
            best[key] = number
    return list(best.values()), [why for key, why in unused.items() if key not in best]


def _unusable(number: Number, endpoint: str) -> str | None:
    if ENDPOINTS[endpoint].kind != "proportion" or counts_of(number) is not None:
        return None
    shown = f"{number.value}{number.unit or ''}" if number.value else f"{number.k} patients"
    if number.n is None:
        return f"{shown} is printed without the number of patients it is of"
    return f"no count of {number.n} is printed as {shown}"


def _rank(number: Number) -> tuple[bool, int]:
    counts = counts_of(number)
    return (number.doubt is not None, 0 if counts is None else _HOW[counts.how])


def _one_level(
    study: Study, numbers: list[Number], arms: str
) -> tuple[list[Number], list[NotUsed]]:
    """Keep arms that share no patients: either an arm or its parts."""
    if arms not in {"whole", "parts"}:
        raise InputError(f'arms is "whole" or "parts", not {arms!r}.')
    kept, dropped = [], []
    for number in numbers:
        others = [other for other in numbers if _same(number, other)]
        reason = _counted_elsewhere(study, number, others, arms)
        if reason is None:
            kept.append(number)
        else:
            dropped.append(NotUsed(study.study.id, number.arm, reason))
    return kept, dropped


def _counted_elsewhere(study: Study, number: Number, others: list[Number], arms: str) -> str | None:
    """Say in which arms the patients of a number are counted; None if in its own."""
    above = [o for o in others if o.arm in _above(study, number.arm)]
    for whole_arm in above:
        if arms == "whole" or not _divided(study, whole_arm, others):
            return f"its patients are counted in the arm {whole_arm.arm!r}"
    if arms == "parts" and _divided(study, number, others):
        below = _parts(study, number, others)
        return f"its patients are counted in the arms {', '.join(repr(o.arm) for o in below)}"
    return None


def _parts(study: Study, number: Number, others: list[Number]) -> list[Number]:
    return [other for other in others if number.arm in _above(study, other.arm)]


def _divided(study: Study, number: Number, others: list[Number]) -> bool:
    """Tell whether an arm has parts that do not count a patient twice, by their numbers."""
    parts = _parts(study, number, others)
    if not parts:
        return False
    total, *sizes = (_patients(study, item) for item in (number, *parts))
    known = [size for size in sizes if size is not None]
    return total is None or len(known) < len(sizes) or sum(known) <= total


def _patients(study: Study, number: Number) -> int | None:
    counts = counts_of(number)
    return counts.n if counts is not None else whole(study.arm(number.arm).n)


def _same(number: Number, other: Number) -> bool:
    one = (number.subgroup, number.time, number.time_unit)
    return one == (other.subgroup, other.time, other.time_unit)


def _above(study: Study, arm: str) -> list[str]:
    """Name the arms that an arm is a part of."""
    names: list[str] = []
    above = study.arm(arm).part_of
    while above is not None and above not in names:
        names.append(above)
        above = study.arm(above).part_of
    return names


def _row(study: Study, number: Number, group: str) -> RecordRow:
    counts: Counts | None = counts_of(number)
    arm, regimen, people = study.arm(number.arm), study.regimen_of(number.arm), study.population
    return RecordRow(
        study=study.study.id,
        label=study.study.label,
        arm=arm.id,
        arm_label=arm.label,
        endpoint=number.endpoint,
        subgroup=number.subgroup,
        denominator=number.denominator,
        k=counts.k if counts else None,
        k_low=counts.low if counts else None,
        k_high=counts.high if counts else None,
        n=counts.n if counts else None,
        how=counts.how if counts else None,
        n_from=number.n_from,
        value=number.value,
        unit=number.unit,
        time=number.time,
        time_unit=number.time_unit,
        lower=number.ci[0] if number.ci else None,
        upper=number.ci[1] if number.ci else None,
        level=number.ci_level,
        p=number.p,
        against=number.against,
        regimen=regimen.id if regimen else None,
        regimen_label=regimen.label if regimen else None,
        family=regimen.family if regimen else None,
        schedule=regimen.schedule if regimen else None,
        first_dose=first_dose(regimen),
        cumulative_dose=course_dose(regimen) if regimen else None,
        disease=people.disease,
        line=people.line,
        ph=people.ph,
        age_group=people.age_group,
        selected=people.selected,
        role=arm.role,
        group=group,
        paper=number.paper,
        at=number.at,
        quote=number.quote,
        doubt=number.doubt,
        note=number.note,
    )
