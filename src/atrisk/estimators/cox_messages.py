"""What a Cox model says of columns, levels and strata that it cannot estimate."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import AtRiskWarning, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.engine.model_rows import ModelRows
    from atrisk.estimators.cox_fitting import Maximum
    from atrisk.formulas import Term

__all__ = ["quiet_strata", "warn_aliased", "warn_endless", "with_lost_levels"]


def warn_aliased(names: Sequence[str], aliased: Mapping[int, tuple[int, ...]]) -> None:
    """Say which columns were left out, and of what they are combinations."""
    if not aliased:
        return
    told = [
        f"{names[column]} (a combination of {listed(names[k] for k in others)})"
        if others
        else f"{names[column]} (it does not vary among those at risk together)"
        for column, others in aliased.items()
    ]
    warnings.warn(f"left out of the model: {listed(told)}.", AtRiskWarning, stacklevel=4)


def quiet_strata(rows: ModelRows, strata: Sequence[str]) -> tuple[str, ...]:
    """Note which strata have no event, and so no part in the estimates."""
    if len(strata) == 1:
        return ()
    stratum = rows.stratum()
    events = np.bincount(stratum[rows.event], minlength=len(strata))
    sizes = np.bincount(stratum, minlength=len(strata))
    quiet = [
        f"{label} ({size} rows)"
        for label, size, dead in zip(strata, sizes, events, strict=True)
        if not dead
    ]
    if not quiet:
        return ()
    noun = "stratum" if len(quiet) == 1 else "strata"
    return (f"no event in {noun} {listed(quiet)}: these rows say nothing about the coefficients",)


def with_lost_levels(found: Maximum, terms: Sequence[Term]) -> Maximum:
    """Mark levels without events beside a reference without events: nothing tells them apart."""
    lost = [
        column
        for term in terms
        if _is_factor(term) and not _events_of_reference(found.rows, term)
        for column in term.columns
        if not _events_of(found.rows, column)
    ]
    if not lost:
        return found
    place = np.array(lost, dtype=np.intp)
    return replace(found, endless=np.setdiff1d(found.endless, place), lost=place)


def warn_endless(found: Maximum, names: Sequence[str], terms: Sequence[Term]) -> None:
    """Say which estimates are infinite or cannot be told, and why."""
    whose = {c: term for term in terms for c in term.columns}
    if found.lost.size:
        told = [f"{names[c]} and its reference {whose[int(c)].reference}" for c in found.lost]
        warnings.warn(
            f"no event in {listed(told)}: nothing tells them apart, and the estimate is missing. "
            "Join levels.",
            AtRiskWarning,
            stacklevel=4,
        )
    if found.endless.size:
        reasons = [_reason(found.rows, int(c), names[c], whose[int(c)]) for c in found.endless]
        warnings.warn(
            f"the likelihood has no maximum at finite coefficients: {listed(reasons)}. Their "
            "estimates are given as infinite, without standard error; likelihood-ratio tests hold. "
            "Pass firth=True for finite estimates, or join levels.",
            AtRiskWarning,
            stacklevel=4,
        )


def _reason(rows: ModelRows, column: int, name: str, term: Term) -> str:
    if _is_factor(term):
        if not _events_of(rows, column):
            return f"{name} has no event among its {int(_has(rows, column).sum())} rows"
        if not _events_of_reference(rows, term):
            return f"{name}: its reference {term.reference} has no event"
    return f"{name} separates those with an event from the others at risk"


def _is_factor(term: Term) -> bool:
    """Tell a factor all of whose levels but the reference have a column."""
    return bool(term.levels) and len(term.columns) == len(term.levels) - 1


def _has(rows: ModelRows, column: int) -> np.ndarray:
    values = rows.x[:, column]
    has: np.ndarray = values > values.min()
    return has


def _events_of(rows: ModelRows, column: int) -> bool:
    return bool(rows.event[_has(rows, column)].any())


def _events_of_reference(rows: ModelRows, term: Term) -> bool:
    values = rows.x[:, list(term.columns)]
    reference = (values <= values.min(axis=0)).all(axis=1)
    return bool(rows.event[reference].any())
