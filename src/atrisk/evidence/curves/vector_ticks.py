"""Tick marks and tick labels: which stand in line, which belong together, what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.evidence.curves.vector_shapes import Label, Stroke

__all__ = [
    "Run",
    "Scale",
    "Ticks",
    "aligned",
    "evenly",
    "fitted",
    "is_log",
    "number_of",
    "tick_marks",
]

_NUMERIC = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)$")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
#: Labels and tick marks may be off a straight line by this part of the space between two.
_STRAIGHT_TICKS, _STRAIGHT_LABELS = 0.02, 0.06
#: How far the middle of a label may lie from its tick mark, in heights of its letters.
_NEAR = 0.6
#: By how much the middle of a letter is known where there is no tick mark, in its height.
_LETTER = 0.1


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis: value = intercept + slope x position, off by at most `off`.

    Examples
    --------
    >>> Scale.through((50.0, 0.0), (450.0, 100.0)).value(150.0)
    25.0
    """

    slope: float
    intercept: float
    off: float = 0.0

    def value(self, position: float) -> float:
        """Give the value at a position on the page."""
        return self.intercept + self.slope * position

    def values(self, positions: np.ndarray) -> np.ndarray:
        """Give the values at positions on the page."""
        return self.intercept + self.slope * positions

    def position(self, value: float) -> float:
        """Give the position of a value."""
        return (value - self.intercept) / self.slope

    def divided(self, by: float) -> Scale:
        """Give the scale in a unit `by` times as large."""
        return Scale(self.slope / by, self.intercept / by, self.off / by)

    @classmethod
    def through(cls, one: tuple[float, float], other: tuple[float, float]) -> Scale:
        """Lay a scale through two points, each a position and its value."""
        slope = (other[1] - one[1]) / (other[0] - one[0])
        return cls(slope, one[1] - slope * one[0])


class Ticks(NamedTuple):
    """Marks of one axis: where they stand along it, and from where to where they reach across."""

    positions: tuple[float, ...]
    start: float
    end: float
    place: float


class Run(NamedTuple):
    """Labels along one axis, with the ticks found for them and how far away across it."""

    scale: Scale
    first: float
    last: float
    matched: int
    labels: tuple[Label, ...]
    ticks: Ticks | None
    across: float


def number_of(text: str) -> float | None:
    r"""Read a tick label as a number; None if it is none.

    Examples
    --------
    >>> number_of("1,000"), number_of("0\u00b75"), number_of("\u22121"), number_of("80 %")
    (1000.0, 0.5, -1.0, 80.0)
    >>> number_of("0,25"), number_of("Months")
    (0.25, None)
    """
    plain = text.strip().rstrip("%").rstrip().translate({0x2212: "-", 0xB7: ".", 0x2013: "-"})
    if _THOUSANDS.match(plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    return float(plain) if _NUMERIC.match(plain) else None


def tick_marks(axis: int, strokes: Sequence[Stroke]) -> list[Ticks]:
    """Group straight segments across an axis that reach from the same to the same place."""
    groups: dict[tuple[float, float], dict[float, float]] = {}
    for one in strokes:
        if one.closed or one.curved or len(one.points) != 2:
            continue
        along, across = one.points[:, axis], one.points[:, 1 - axis]
        slack = max(0.05, one.place)
        if abs(along[0] - along[1]) > slack or abs(across[0] - across[1]) < 0.5:
            continue
        low, high = sorted(across.tolist())
        groups.setdefault((round(low, 1), round(high, 1)), {})[float(along.mean())] = one.place
    return [
        Ticks(tuple(sorted(places)), low, high, min(places.values()))
        for (low, high), places in groups.items()
        if len(places) > 1
    ]


def evenly(positions: tuple[float, ...]) -> bool:
    """Whether three marks or more stand at equal distances."""
    steps = np.diff(positions)
    return len(steps) > 1 and bool(np.ptp(steps) <= max(0.02 * float(steps.mean()), 0.05))


def aligned(
    axis: int, numeric: Sequence[tuple[Label, float]]
) -> Iterator[list[tuple[Label, float]]]:
    """Give the labels that stand in one row (x) or column (y), cut where values fall back."""
    # A column may be flush left, centred or flush right; of a row the letters share a middle.
    edges = ((1, 3),) if axis == 0 else ((0, 0), (0, 2), (2, 2))
    seen: set[tuple[int, ...]] = set()
    for low, high in edges:
        placed = sorted(numeric, key=lambda one: one[0].box[low] + one[0].box[high])
        group: list[tuple[Label, float]] = []
        before = 0.0
        for one in [*placed, None]:
            at = 0.0 if one is None else (one[0].box[low] + one[0].box[high]) / 2
            if group and (one is None or at - before > 0.3 * one[0].size):
                for run in _rising(axis, group):
                    key = tuple(sorted(id(label) for label, _ in run))
                    if key not in seen:
                        seen.add(key)
                        yield run
                group = []
            if one is not None:
                group.append(one)
                before = at


def _rising(axis: int, group: Sequence[tuple[Label, float]]) -> Iterator[list[tuple[Label, float]]]:
    placed = sorted(group, key=lambda one: (one[0].x, one[0].y)[axis])
    run: list[tuple[Label, float]] = []
    for one in placed:
        if run and one[1] <= run[-1][1]:
            if len(run) > 1:
                yield run
            run = []
        run.append(one)
    if len(run) > 1:
        yield run


def fitted(axis: int, run: Sequence[tuple[Label, float]], marks: Sequence[Ticks]) -> Run | None:
    """Fit a straight line through the labels' tick marks, or through their middles."""
    labels = tuple(label for label, _ in run)
    best: Run | None = None
    for ticks in marks:
        found, across = _matched(axis, run, ticks), _away(axis, run, ticks)
        if len(found) < 2 or (best and (-len(found), across) >= (-best.matched, best.across)):
            continue
        positions, values = np.array(found).T
        scale = _line(positions, values, _STRAIGHT_TICKS)
        if scale is not None:
            ends = float(positions[0]), float(positions[-1])
            best = Run(scale, *ends, len(found), labels, ticks, across)
    if best is not None and (best.matched > 2 or len(run) == 2):
        return best
    middles = np.array([(label.x, label.y)[axis] for label in labels])
    scale = _line(middles, np.array([value for _, value in run]), _STRAIGHT_LABELS)
    if scale is None or len(run) < 3:
        return None
    off = abs(scale.slope) * _LETTER * labels[0].size
    scale = Scale(scale.slope, scale.intercept, off)
    return Run(scale, float(middles[0]), float(middles[-1]), 0, labels, None, 0.0)


def _matched(
    axis: int, run: Sequence[tuple[Label, float]], ticks: Ticks
) -> list[tuple[float, float]]:
    at = np.array([(label.x, label.y)[axis] for label, _ in run])
    size = np.array([label.size for label, _ in run])
    places = np.array(ticks.positions)
    apart = np.abs(at[:, None] - places)
    nearest = apart.argmin(axis=1)
    near = apart.min(axis=1) <= _NEAR * size
    return [
        (float(places[one]), value)
        for one, (_, value), close in zip(nearest, run, near, strict=True)
        if close
    ]


def _away(axis: int, run: Sequence[tuple[Label, float]], ticks: Ticks) -> float:
    """Measure the distance between labels and the nearer end of their marks."""
    label = run[0][0]
    low, high = label.box[1 - axis], label.box[3 - axis]
    return max(0.0, ticks.start - high, low - ticks.end)


def _line(positions: np.ndarray, values: np.ndarray, straight: float) -> Scale | None:
    """Fit by least squares; None if a point is off by more than a part of the spacing."""
    if np.ptp(positions) <= 0:
        return None
    centre = positions.mean()
    about = positions - centre
    slope = float(about @ (values - values.mean()) / (about @ about))
    if slope <= 0:
        return None
    intercept = float(values.mean() - slope * centre)
    residual = np.abs(values - intercept - slope * positions).max()
    spacing = float(np.ptp(values)) / (len(values) - 1)
    return Scale(slope, intercept) if residual <= straight * spacing else None


def is_log(axis: int, run: Sequence[tuple[Label, float]]) -> bool:
    """Whether labels lie on a straight line in their logarithms."""
    values = np.array([value for _, value in run])
    if len(run) < 3 or (values <= 0).any():
        return False
    positions = np.array([(label.x, label.y)[axis] for label, _ in run])
    return _line(positions, np.log(values), _STRAIGHT_LABELS) is not None
