"""How a drawn paper prints: its rounding, its digits, its statements one by one."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from atrisk.evidence.audit.synthetic_cohort import Cohort

__all__ = ["Writer"]

_ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
_TYPES = ("plain", "log", "log-log", "logit", "arcsine")


class Writer:
    """Collects statements; every number goes through ``number``, rounded in the paper's way."""

    def __init__(self, seed: int, cohort: Cohort) -> None:
        self.cohort = cohort
        self.rng = np.random.default_rng([seed, 2])
        self.rounding = str(self.rng.choice(_ROUNDINGS))
        self.share_digits = int(self.rng.integers(0, 2))
        self.curve_digits = int(self.rng.integers(0, 2))
        self.conf_type = str(self.rng.choice(_TYPES))
        self.statements: list[dict[str, Any]] = []
        self.n = len(cohort.time)

    def number(self, value: float, decimals: int) -> str:
        """Print a number with some decimals, rounded or cut off as this paper does."""
        exact = Decimal(repr(float(value)))
        if self.rounding == ROUND_DOWN:  # what floating point left just below a whole last digit
            exact += Decimal("1e-12")
        return str(exact.quantize(Decimal(1).scaleb(-decimals), rounding=self.rounding))

    def add(self, kind: str, name: str, **fields: Any) -> None:  # noqa: ANN401 - of any statement
        """Add a statement."""
        base = {"id": name, "kind": kind, "at": "synthetic", "quote": f"synthetic {name}"}
        kept = {key: value for key, value in fields.items() if value is not None}
        self.statements.append({**base, **kept})

    def share(self, k: int, n: int) -> str:
        """Print a percentage."""
        return self.number(100.0 * k / n, self.share_digits)

    def count(self, name: str, label: str, of: str, k: int, n: int, *, beside: bool) -> None:
        """Write a count with its percentage, with its denominator beside or not."""
        self.add(
            "count",
            name,
            label=label,
            of=of,
            k=str(k),
            n=str(n) if beside else None,
            percent=self.share(k, n),
        )

    def p_value(self, p: float) -> str:
        """Print a P value."""
        return "<0.001" if p < 0.001 else self.number(p, int(self.rng.integers(2, 4)))
