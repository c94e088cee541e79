"""A cohort weighed to the averages of a published one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.estimators.matching import matching_weights
from atrisk.study.attempt import attempt
from atrisk.study.regression.terms import terms_of
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.estimators.matching import MatchingWeights
    from atrisk.study.compare_analysis import Match
    from atrisk.study.plan import ModelPlan
    from atrisk.study.regression.terms import Term
    from atrisk.study.table import Table

__all__ = ["Matched", "matched"]

_METHOD = "matching-adjusted weights (method of moments)"


@dataclass(frozen=True, slots=True)
class Matched:
    """What weighing gave.

    Attributes
    ----------
    weights
        shape (n,), NaN where a covariate is missing; None where no weights exist, with the reason.
    node
        the rows of balance.
    entries, notes
        numbers and remarks.
    warnings
        why there are no weights.
    """

    weights: NDArray[np.float64] | None
    node: dict[str, Any]
    entries: Entries
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def matched(prefix: str, model: ModelPlan, asked: Match, table: Table) -> Matched:
    """Weigh the patients of a table; why it cannot be done is a warning."""
    terms = terms_of(model.terms, table)
    data = {term.id: _values(term) for term in terms}
    found, reason, _ = attempt(lambda: matching_weights(data, asked.means, sds=asked.sds))
    if found is None:
        why = f"This cohort was not weighed to the published averages: {reason.rstrip('.')}."
        return Matched(None, {"rows": [], "reason": why}, {}, (), (why,))
    rows = list(_rows(terms, found))
    head = {
        "n": value(found.n, "patients"),
        "effective_n": value(found.effective_n, "patients", method="Kish's effective size"),
        "largest_share": value(found.largest_share, "proportion", method=_METHOD),
    }
    entries = merged(
        {f"{prefix}.{name}": entry for name, entry in head.items()},
        *(_balance(f"{prefix}.{row['id']}", row, found, place) for place, row in enumerate(rows)),
    )
    return Matched(found.for_rows(), {"rows": rows, "reason": None}, entries, found.notes)


def _values(term: Term) -> NDArray[Any]:
    """Give numbers as they are, levels by their labels."""
    if term.member is None:
        return np.where(term.missing, np.nan, term.values.astype(float))
    labels = np.array([*(level.label for level in term.levels), None], dtype=object)
    return labels[term.member]


def _rows(terms: tuple[Term, ...], found: MatchingWeights) -> Iterator[dict[str, Any]]:
    """Name each line of balance; the weights name a level as ``variable=label``."""
    by_id = {term.id: term for term in terms}
    for covariate, statistic in zip(found.covariate, found.statistic, strict=True):
        name, _, label = str(covariate).partition("=")
        term = by_id[name]
        level = next((level for level in term.levels if level.label == label), None)
        suffix = f"_{level.id}" if level else ("_sd" if statistic == "sd" else "")
        yield {
            "id": f"{name}{suffix}",
            "label": term.label,
            "level": level.label if level else "",
            "statistic": "mean" if statistic == "share" and level is None else str(statistic),
            "unit": term.unit,
        }


def _balance(prefix: str, row: dict[str, Any], found: MatchingWeights, place: int) -> Entries:
    unit = "proportion" if row["level"] else (row["unit"] or "units")
    return {
        f"{prefix}.{name}": value(float(getattr(found, name)[place]), unit, method=_METHOD)
        for name in ("target", "before", "after")
    }
