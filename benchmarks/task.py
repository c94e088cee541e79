"""What one task of the benchmark is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Task"]


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work that several programs can do.

    Attributes
    ----------
    title
        its name in the table.
    who
        the programs that do it, `atrisk` first.
    reference
        the program whose estimate and standard error the others are compared with.
    start
        the value of the estimate before the first time it lists; NaN for a test or coefficients.
    sizes
        the numbers of rows it is done at unless others are asked for.
    fixed
        its data have this number of rows, whatever is asked for; None where they are drawn.
    regression
        its data are those of the models.
    covariates
        how many of them it takes.
    coefficients
        the estimate is a vector of coefficients, not a curve or a test.
    most_rows
        who -> the most rows it is asked for, where its time grows with their square.
    other_reference
        who -> whose standard error theirs is compared with, and none if that program did not
        run, where it is not `reference`'s.
    notes
        who -> what a reader has to know about that program's work.
    """

    title: str
    who: tuple[str, ...]
    reference: str
    start: float = float("nan")
    sizes: tuple[int, ...] = (10**4, 10**5, 10**6, 10**7)
    fixed: int | None = None
    regression: bool = False
    covariates: int = 0
    coefficients: bool = False
    most_rows: Mapping[str, int] = field(default_factory=dict)
    other_reference: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def at(self, sizes: list[int] | None) -> tuple[int, ...]:
        """Give the numbers of rows it is done at, where ``sizes`` are asked for."""
        if self.fixed is not None:
            return (self.fixed,)
        return self.sizes if sizes is None else tuple(sizes)
