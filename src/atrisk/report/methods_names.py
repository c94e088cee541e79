"""The names of methods as they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atrisk.report.values import Values

__all__ = ["named_method", "printed_method"]

_NAMES = {
    "Kaplan-Meier": "Kaplan\N{EN DASH}Meier",
    "Aalen-Johansen": "Aalen\N{EN DASH}Johansen",
    "Fine-Gray": "Fine\N{EN DASH}Gray",
    "Mantel-Byar": "Mantel\N{EN DASH}Byar",
    "greenwood variance": "Greenwood variance",
    "aalen variance": "Aalen variance",
}


def named_method(values: Values, key: str) -> str | None:
    """Name the method that stands with a value, as it is printed; None where none does."""
    method = values.entry(key).get("method") if values.has(key) else None
    return None if method is None else printed_method(str(method))


def printed_method(method: str) -> str:
    """Write a method's name as it is printed: people's names large, dashes between two people."""
    for plain, printed in _NAMES.items():
        method = method.replace(plain, printed)
    return method
