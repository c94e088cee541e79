"""Sixteen rows with every kind of tie, late entry, strata, weights and subjects of two rows."""

from __future__ import annotations

from typing import Any

import polars as pl

import atrisk

SMALL = pl.DataFrame(
    {
        "t0": [0, 0, 1, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0, 1, 0, 0],
        "t": [2, 2, 3, 4, 5, 5, 7, 7, 7, 8, 9, 9, 10, 11, 12, 13],
        "s": [1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0],
        "age": [3, 1, 2, 5, 4, 1, 2, 2, 6, 1, 3, 2, 1, 4, 2, 5],
        "f": list("uvzuvvzzuuvzvuzv"),
        "g": [1, 1, 2, 2, 1, 2, 1, 2, 1, 2, 2, 1, 1, 2, 2, 1],
        "w": [1.0, 0.5, 2, 1, 1.5, 1, 1, 0.5, 2, 1, 1, 1.5, 1, 1, 2, 0.5],
        "id": [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8],
    }
)


def small_fit(formula: str = "age + f + strata(g) + cluster(id)", **options: Any) -> Any:
    weights = options.pop("weights", "w")
    return atrisk.cox(f"Surv(t0, t, s) ~ {formula}", SMALL, weights=weights, **options)
