"""What a vector figure holds: painted lines and labels, in the page's own units, y upwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "IDENTITY",
    "MOST_POINTS",
    "Box",
    "Canvas",
    "Drawing",
    "Label",
    "Matrix",
    "Stroke",
    "applied",
    "chained",
    "decimals_of",
    "last_place",
    "plain",
    "scale_of",
]

#: x' = a x + c y + e and y' = b x + d y + f, as (a, b, c, d, e, f).
Matrix = tuple[float, float, float, float, float, float]
#: Left, bottom, right, top.
Box = tuple[float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
#: A figure with more points than this is refused: it is a map or a bomb, not a survival curve.
MOST_POINTS = 2_000_000
#: Cairo rounds coordinates to 1/256 of its unit, however many decimals it writes.
_CAIRO = 256
#: A path of so few numbers may be written without decimals and still be exact.
_FEW = 8
_MOST_DECIMALS = 6
#: One unit in the last place of a number of single precision, relative to it.
_SINGLE = 2.0**-23


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One unbroken line as painted.

    Attributes
    ----------
    points : array, shape (n, 2)
        Vertices in page units, y upwards.
    colour : str
        ``#rrggbb`` of the line, or of the area if it is only filled.
    width, dash : float, tuple of float
        Width of the line and lengths of dashes and gaps, page units; no dash: solid.
    place : float
        One unit in the last place of the coordinates, page units.
    clip : tuple or None
        What of it is visible: left, bottom, right, top.
    """

    points: np.ndarray
    colour: str
    width: float
    dash: tuple[float, ...]
    place: float
    stroked: bool
    filled: bool
    closed: bool
    curved: bool
    clip: Box | None

    @property
    def box(self) -> Box:
        """Left, bottom, right, top."""
        (left, bottom), (right, top) = self.points.min(axis=0), self.points.max(axis=0)
        return float(left), float(bottom), float(right), float(top)


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its middle, the height of its letters and whether it stands upright."""

    text: str
    x: float
    y: float
    size: float
    box: Box


@dataclass(frozen=True, slots=True)
class Drawing:
    """All lines, labels and the number of pictures of one page.

    `downwards` says that the file counts y from the top, as SVG does: what a user gives as a
    position on the page is turned round.
    """

    strokes: tuple[Stroke, ...]
    labels: tuple[Label, ...]
    images: int
    what: str
    downwards: bool


class Canvas:
    """Collects what a reader finds, and stops one that finds too much."""

    def __init__(self, what: str) -> None:
        self.strokes: list[Stroke] = []
        self.labels: list[Label] = []
        self.images = 0
        self._what = what
        self._points = 0

    def add(self, stroke: Stroke) -> None:
        """Keep a line of two points or more whose coordinates are numbers.

        Programs compute in single precision, however many decimals they write.
        """
        self._points += 1 + len(stroke.points)
        if self._points > MOST_POINTS:
            raise InputError(
                f"{self._what}: more than {MOST_POINTS:,} points are drawn, which is no survival "
                "curve. Give a file with the one figure, or a CSV of coordinates."
            )
        if len(stroke.points) > 1 and np.isfinite(stroke.points).all():
            single = float(np.abs(stroke.points).max()) * _SINGLE
            self.strokes.append(replace(stroke, place=max(stroke.place, single)))

    def drawing(self, *, downwards: bool) -> Drawing:
        """Hand over what was collected."""
        return Drawing(
            strokes=tuple(self.strokes),
            labels=tuple(self.labels),
            images=self.images,
            what=self._what,
            downwards=downwards,
        )


def applied(matrix: Matrix, points: np.ndarray) -> np.ndarray:
    """Carry points of shape (n, 2) over to the page."""
    a, b, c, d, e, f = matrix
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([a * x + c * y + e, b * x + d * y + f])


def chained(inner: Matrix, outer: Matrix) -> Matrix:
    """Give the matrix that applies `inner` first and `outer` after it.

    Examples
    --------
    >>> chained((1, 0, 0, 1, 5, 0), (2, 0, 0, 2, 0, 1))
    (2, 0, 0, 2, 10, 1)
    """
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (
        a * p + b * r, a * q + b * s,
        c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def scale_of(matrix: Matrix) -> float:
    """How much longer a line becomes: the square root of the determinant."""
    a, b, c, d, _, _ = matrix
    return float(abs(a * d - b * c) ** 0.5)


def decimals_of(texts: Iterable[str]) -> int:
    """Count the most decimals with which any of these numbers was written.

    Examples
    --------
    >>> decimals_of(["12", "3.25", "1.5e-2", "-0.4"])
    3
    """
    most = 0
    for text in texts:
        mantissa, _, exponent = text.lower().partition("e")
        fraction = len(mantissa.partition(".")[2])
        moved = int(exponent) if len(exponent) in range(1, 5) else 0
        most = max(most, fraction - moved)
    return most


def plain(number: float) -> str:
    """Write a number with as many decimals as it needs, at most six.

    Examples
    --------
    >>> plain(3.0), plain(0.25)
    ('3', '0.25')
    """
    return f"{number:.{_MOST_DECIMALS}f}".rstrip("0").rstrip(".")


def last_place(written: Sequence[str], matrix: Matrix) -> float:
    """Give one unit in the last place of coordinates, on the page.

    Cairo writes three to six decimals of numbers that it has rounded to 1/256. A shape of few
    numbers, such as a tick mark, may be exact and its place on the page rounded.

    Examples
    --------
    >>> last_place(["1.25", "3"], (2.0, 0.0, 0.0, 2.0, 0.0, 0.0))
    0.02
    """
    decimals = decimals_of(written)
    grown = scale_of(matrix)
    if len(written) <= _FEW:
        moved = decimals_of(plain(one) for one in matrix[4:])
        if moved > decimals:
            return float(10.0**-moved)
    if decimals >= 3 and written and np.isfinite([float(one) for one in written]).all():
        grid = np.array([float(one) for one in written]) * _CAIRO
        if (np.abs(grid - np.rint(grid)) <= 0.6 * 10.0**-decimals * _CAIRO).all():
            return grown / _CAIRO
    return float(10.0 ** -min(decimals, _MOST_DECIMALS)) * grown
