"""The numbers of the results document, keyed: each with unit, method and why it is missing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.study.units import Clock

__all__ = ["Entries", "merged", "plain", "time_value", "value", "with_weights"]

#: Part of the ``values`` of a document: key -> entry.
Entries = dict[str, dict[str, Any]]


def value(
    number: float | None,
    unit: str,
    *,
    method: str | None = None,
    n: int | None = None,
    missing: str = "not estimable",
) -> dict[str, Any]:
    """Make an entry; a number that is not finite becomes null with the reason ``missing``."""
    entry: dict[str, Any] = {"value": plain(number), "unit": unit, "method": method, "n": n}
    if entry["value"] is None:
        entry["missing"] = missing
    return entry


def time_value(
    number: float | None,
    clock: Clock,
    *,
    method: str | None = None,
    n: int | None = None,
    missing: str = "not estimable",
) -> dict[str, Any]:
    """Make an entry of a time, with its display in the report unit."""
    entry = value(number, clock.unit, method=method, n=n, missing=missing)
    shown = entry["value"]
    if shown is not None:
        entry["display"] = {"value": clock.reported(shown), "unit": clock.report_unit}
    return entry


def with_weights(words: str, column: str | None) -> str:
    """Name the column of weights, where there is one, behind the name of a method."""
    return words if column is None else f"{words}, weighted by column {column}"


def plain(number: Any) -> float | int | None:  # noqa: ANN401 - a Python or NumPy number
    """Turn a number into what JSON holds: whole numbers stay whole, NaN and inf are None."""
    if number is None:
        return None
    native: float | int = number.item() if hasattr(number, "item") else number
    return native if math.isfinite(native) else None


def merged(*parts: Mapping[str, dict[str, Any]]) -> Entries:
    """Join entries; a key that comes twice is a mistake in this program."""
    joined: Entries = {}
    for part in parts:
        twice = joined.keys() & part.keys()
        if twice:
            raise RuntimeError(f"two results have the key {min(twice)!r}")
        joined.update(part)
    return joined
