"""Counts of a comparison with the record: those of its own patients, and what tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.suppression_sums import REST

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["own_counts"]

#: Groups and parts whose counts are those of a publication, or expected ones.
_PUBLISHED = ("study", "predicted", "reference")
_COUNTS = ("n", "events", "censored")


def own_counts(analysis: Mapping[str, Any], counts: Mapping[str, float]) -> dict[str, float]:
    """Leave out published counts, which hide nobody; add who was left out of the matched cohort.

    Parameters
    ----------
    analysis
        the node of a comparison.
    counts
        key -> count.
    """
    prefix = analysis["id"]
    published = tuple(f"{prefix}{mark}{name}{mark}" for name in _PUBLISHED for mark in (".", "#"))
    own = {key: count for key, count in counts.items() if not key.startswith(published)}
    for name in _COUNTS:
        all_of, matched = (counts.get(f"{prefix}.{group}.{name}") for group in ("own", "matched"))
        if all_of is not None and matched is not None:
            own[f"{prefix}.matched.{name}{REST}"] = all_of - matched
    return own
