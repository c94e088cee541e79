"""Numbers of a result as a document holds them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["number", "numbers_of"]


def number(value: float) -> float | None:
    """Give a number, or None where it is not defined or endless.

    Examples
    --------
    >>> number(0.5), number(float("nan")), number(float("inf"))
    (0.5, None, None)
    """
    found = float(value)
    return found if math.isfinite(found) else None


def numbers_of(result: object, names: Iterable[str]) -> dict[str, float | None]:
    """Take attributes of a result as numbers."""
    return {name: number(getattr(result, name)) for name in names}
