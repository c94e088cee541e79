"""One line of the table, as it is printed and as it is written to JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare import Difference

__all__ = ["Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """What one program did on one task at one size.

    Attributes
    ----------
    task, title, who, n
        the work, who did it, and the number of rows.
    skipped
        the reason why there are no numbers, or None.
    runs
        how many runs were timed.
    min_seconds, median_seconds
        shortest and middle run.
    ratio, median_ratio
        of these to those of atrisk: above 1, atrisk is faster.
    peak_bytes
        most memory held during a run, over what was held before it.
    reference
        who the differences are from: R's program, or atrisk where R's did not run.
    estimate, std_error
        the largest differences over all times of the reference.
    note
        what a reader has to know about this program's work.
    """

    task: str
    title: str
    who: str
    n: int
    skipped: str | None
    runs: int
    min_seconds: float | None
    median_seconds: float | None
    ratio: float | None
    median_ratio: float | None
    peak_bytes: float | None
    reference: str | None
    estimate: Difference
    std_error: Difference
    note: str | None

    def to_json(self) -> dict[str, Any]:
        """Write it as plain values; JSON has no NaN, so what was not compared is None."""
        plain = asdict(self)
        for part in ("estimate", "std_error"):
            values = plain.pop(part)
            plain[f"{part}_difference"] = {
                name: None if math.isnan(value) else value for name, value in values.items()
            }
        return plain
