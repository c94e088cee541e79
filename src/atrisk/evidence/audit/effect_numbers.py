"""The numbers of an effect, on the scale on which its interval may be symmetric."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import ndtri

from atrisk.evidence.audit.printed_floats import Reach, level_of, reach
from atrisk.evidence.paper import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["EffectNumbers", "compares_two_groups", "effects", "on_scale"]

_TWO_GROUPS = re.compile(
    r"\bvs?\b|versus|against|compared|>|<|≥|≤|\byes\b|\bfemale|\bmale|\bsex\b", re.IGNORECASE
)
_BY_UNIT = re.compile(r"\bper\b|\beach\b|continuous|increase|\bunit\b|\blog\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EffectNumbers:
    """An effect's numbers, and their ranges on the scale on which it is symmetric."""

    effect: Effect
    estimate: Printed
    lower: Printed | None
    upper: Printed | None
    centre: Reach
    ends: tuple[Reach, Reach] | None

    @property
    def z(self) -> float:
        """The normal quantile of the level."""
        return float(ndtri(0.5 + level_of(self.effect.level) / 2.0))

    @property
    def two_groups(self) -> bool:
        """Tell whether the covariate is known to compare two groups."""
        return compares_two_groups(self.effect)

    @property
    def std_error(self) -> Reach | None:
        """The standard error of the log ratio, or of the difference, that the interval implies."""
        if self.ends is None:
            return None
        low, high = self.ends
        least = (high.low - low.high) / (2.0 * self.z)
        return Reach(max(least, 0.0), (high.high - low.low) / (2.0 * self.z))

    def words(self) -> str:
        """Write them as the paper does."""
        found = f"{self.effect.measure} {self.estimate.text}"
        if self.lower and self.upper:
            found += f" ({self.effect.level} % CI {self.lower.text} to {self.upper.text})"
        return found


def compares_two_groups(effect: Effect) -> bool:
    """Tell whether an effect names the groups that it compares."""
    named = effect.exposed is not None or effect.unexposed is not None
    label = effect.label
    return named or bool(_TWO_GROUPS.search(label) and not _BY_UNIT.search(label))


def effects(book: Book) -> Iterator[EffectNumbers]:
    """Yield each effect that has an estimate."""
    for effect in book.of_kind(Effect):
        estimate = book.printed(effect, "estimate")
        if estimate is None:
            continue
        lower, upper = book.printed(effect, "lower"), book.printed(effect, "upper")
        ends = None
        if lower is not None and upper is not None:
            ends = on_scale(lower, effect), on_scale(upper, effect)
        centre = on_scale(estimate, effect)
        yield EffectNumbers(effect, estimate, lower, upper, centre, ends)


def on_scale(number: Printed, effect: Effect) -> Reach:
    """Give the range of a number, of a ratio on the logarithm."""
    return reach(number) if effect.measure == "RD" else reach(number).log()
