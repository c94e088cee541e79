"""What has to be borne in mind beside a pool."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from atrisk.evidence.pool.models import GROUPINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.estimators.pool_result import Pool
    from atrisk.evidence.pool.models import PoolTable
    from atrisk.evidence.pool.rows import PoolRow

__all__ = ["cautions"]

_FEW = 5
_FOR_A_MODERATOR = 10
_DOSES = {"cumulative_dose", "first_dose"}
_MIXED = {
    "line": "lines of treatment",
    "disease": "diseases",
    "denominator": "denominators",
    "age_group": "age groups",
}


def cautions(rows: Sequence[PoolRow], pool: Pool, asked: PoolTable) -> list[str]:
    """List the cautions that fit a pool, the gravest first."""
    return [
        *_method(pool, asked),
        *_few(pool, asked),
        *_same_numbers(rows),
        *_alone(rows, asked),
        *_unnamed(asked),
        *_doses(asked),
        *_people(rows, asked),
    ]


def _method(pool: Pool, asked: PoolTable) -> Iterator[str]:
    if pool.method == "double_arcsine":
        yield (
            "The double arcsine of Freeman and Tukey is only for reproducing published results:"
            " the way back to proportions depends on one number of patients that stands for"
            ' all studies, and can give values that no study supports. Pool by method = "glmm".'
        )
    if asked.tau2 == "fixed":
        yield (
            'A proportion common to all studies was assumed (tau2 = "fixed"): differences between'
            " studies are not in the intervals."
            if asked.measure == "proportion"
            else 'A value common to all studies was assumed (tau2 = "fixed"): differences between'
            " studies are not in the intervals."
        )
    if asked.prediction == "normal" and len(set(pool.study)) < _FOR_A_MODERATOR:
        yield (
            "The normal rule makes the prediction interval too narrow where studies are few: it"
            " takes the variance between studies as known."
        )


def _few(pool: Pool, asked: PoolTable) -> Iterator[str]:
    k = len(set(pool.study))
    if k < _FEW:
        yield (
            f"{k} studies: the variance between studies is hardly known, and the interval"
            f" of I\N{SUPERSCRIPT TWO} and the prediction interval are wide or not defined."
        )
    elif not math.isnan(pool.tau2) and pool.tau2 < 1e-9 and asked.tau2 != "fixed":
        yield (
            f"The variance between the {k} studies is estimated as 0. This does not show that"
            " they are alike; the limits of the variance say what the data allow."
        )
    if asked.moderators and k < _FOR_A_MODERATOR * len(asked.moderators):
        yield (
            f"{k} studies for {len(asked.moderators)}"
            f" moderator{'s' if len(asked.moderators) > 1 else ''}: fewer than ten a moderator;"
            " the slope is an observation to be tested elsewhere."
        )


def _same_numbers(rows: Sequence[PoolRow]) -> Iterator[str]:
    """Ask about rows with the same counts, or the same estimate and limits, as an earlier one."""
    first: dict[tuple[str, ...], PoolRow] = {}
    for row in rows:
        numbers = tuple(str(number) for number in row.numbers.values())
        before = first.setdefault(numbers, row)
        if before is not row:
            counts = len(numbers) == len(("events", "total"))
            shown = " of ".join(numbers) if counts else f"{numbers[0]}, {' to '.join(numbers[1:])}"
            yield (
                f"{row.label}: the same {'counts' if counts else 'numbers'} as {before.label}"
                f" ({shown}); is it the same patients?"
            )


def _alone(rows: Sequence[PoolRow], asked: PoolTable) -> Iterator[str]:
    """Say which subgroups are one study."""
    for name in dict.fromkeys(row.group for row in rows) if asked.subgroup is not None else ():
        studies = {row.study for row in rows if row.group == name}
        if len(studies) == 1:
            yield f"{name} is one study ({studies.pop()}): nothing is pooled there."


def _unnamed(asked: PoolTable) -> Iterator[str]:
    if asked.measure == "ratio" and "ratio_name" not in asked.model_fields_set:
        yield (
            "Which ratio was pooled is not said: name it in [pool], with"
            ' ratio_name = "Hazard ratio", say.'
        )


def _doses(asked: PoolTable) -> Iterator[str]:
    if _DOSES & set(asked.moderators):
        yield (
            "The dose is the greatest that the protocol allows, not the dose that was given:"
            " patients may have fewer cycles. Studies with higher doses differ in more than the"
            " dose, and a slope between studies is no slope between patients."
        )


def _people(rows: Sequence[PoolRow], asked: PoolTable) -> Iterator[str]:
    for row in rows:
        if "selected" in row.traits:
            yield f"{row.label}: {row.traits['selected']}, so that its patients were chosen."
    for trait, noun in _MIXED.items():
        found = sorted({row.traits[trait] for row in rows if trait in row.traits})
        if len(found) > 1 and trait != asked.subgroup:
            labels = [_lowered(GROUPINGS[trait][name]) for name in found]
            yield f"The studies have different {noun}: {'; '.join(labels)}."


def _lowered(label: str) -> str:
    """Begin a label in lower case unless it begins with a short form."""
    return label if label[1:2].isupper() or label[1:2] == "-" else label[:1].lower() + label[1:]
