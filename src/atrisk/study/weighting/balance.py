"""How alike the treatments are before and after weighting: the data of a love plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.estimators.balance import balance
from atrisk.study.regression.terms import level_code
from atrisk.study.values import Entries, plain, value

if TYPE_CHECKING:
    from atrisk.study.regression.terms import Term
    from atrisk.study.weighting.sample import Sample

__all__ = ["balance_part"]


def balance_part(prefix: str, sample: Sample) -> tuple[list[dict[str, Any]], Entries]:
    """Compare the covariates of the treatments.

    Returns
    -------
    rows : list of dict
        id, label and the standardised differences of each line.
    entries : dict
        the same differences, and the means of the treatments, with their units.
    """
    names = {term.name if term.kind != "spline" else term.id: term for term in sample.terms}
    found = balance(sample.frame, "Treated", list(names), sample.found)
    rows: list[dict[str, Any]] = []
    entries: Entries = {}
    for place, (name, level) in enumerate(zip(found.covariate, found.level, strict=True)):
        term = names[str(name)]
        row, label = _line(term, str(level))
        before, after = found.difference_before[place], found.difference_after[place]
        rows.append(
            {
                "id": row,
                "term": term.id,
                "label": label,
                "smd_before": plain(before),
                "smd_after": plain(after),
            }
        )
        unit = "standard deviations"
        key = f"{prefix}.balance.{row}"
        for part, number in (("before", before), ("after", after)):
            entries[f"{key}.{part}"] = value(
                number, unit, method="standardised mean difference", missing="nothing varies"
            )
    return rows, entries


def _line(term: Term, level: str) -> tuple[str, str]:
    """Name a line: the variable, or the variable and its level."""
    for place, known in enumerate(term.levels):
        if level_code(place) == level:
            return f"{term.id}_{known.id}", f"{term.label}: {known.label}"
    return term.id, term.label
