"""Painted lines to staircases: pieces put together, corners found, marks on the curve collected."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.evidence.curves.vector_shapes import Box, Stroke

__all__ = ["Chain", "chains_of", "clipped", "departures", "is_staircase", "marks_on", "uprighted"]

#: Ends nearer than this, page units, are one point; a side step smaller than it is rounding.
_TOUCH = 0.06
#: A segment leaning more than this, page units, both ways is no part of a step.
_LEAN = 0.3
#: Gaps between dashes are bridged up to this many of the longest dash.
_GAPS = 3.0
#: Fewer pieces than this are not a line drawn as dashes.
_DASHES = 6
#: A mark is no larger than this, page units.
_MARK = 14.0


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Pieces of one style put together: vertices, the style, and the gaps bridged.

    Attributes
    ----------
    points : array, shape (n, 2)
    parts : tuple of int
        Which of the strokes it is made of, by `id`.
    bridged : float
        The widest gap that was bridged along time, page units.
    """

    points: np.ndarray
    stroke: Stroke
    parts: frozenset[int]
    bridged: float = 0.0


def clipped(points: np.ndarray, clip: Box | None) -> list[np.ndarray]:
    """Cut a line to what is visible (Liang and Barsky, 1984), in pieces.

    Examples
    --------
    >>> clipped(np.array([[0.0, 0.0], [10.0, 0.0]]), (2.0, -1.0, 5.0, 1.0))[0].tolist()
    [[2.0, 0.0], [5.0, 0.0]]
    """
    if clip is None:
        return [points]
    left, bottom, right, top = clip
    inside = (
        (points[:, 0] >= left) & (points[:, 0] <= right)
        & (points[:, 1] >= bottom) & (points[:, 1] <= top)
    )  # fmt: skip
    if inside.all():
        return [points]
    pieces: list[list[np.ndarray]] = []
    for start, end in itertools.pairwise(points):
        kept = _cut(start, end, clip)
        if kept is None:
            continue
        if pieces and np.array_equal(pieces[-1][-1], kept[0]):
            pieces[-1].append(kept[1])
        else:
            pieces.append([kept[0], kept[1]])
    return [np.array(piece) for piece in pieces]


def _cut(start: np.ndarray, end: np.ndarray, clip: Box) -> tuple[np.ndarray, np.ndarray] | None:
    step = end - start
    first, last = 0.0, 1.0
    for axis in (0, 1):
        low, high = clip[axis], clip[axis + 2]
        if step[axis] == 0:
            if not low <= start[axis] <= high:
                return None
            continue
        enters, leaves = sorted(
            ((low - start[axis]) / step[axis], (high - start[axis]) / step[axis])
        )
        first, last = max(first, enters), min(last, leaves)
    if first > last:
        return None
    one = start if first == 0.0 else start + first * step
    other = end if last == 1.0 else start + last * step
    return one, other


def chains_of(strokes: Sequence[Stroke]) -> list[Chain]:
    """Put the pieces of one style together, in the order of drawing."""
    pieces = [
        Chain(points, one, frozenset({id(one)}))
        for one in strokes
        for points in clipped(one.points, one.clip)
        if len(points) > 1
    ]
    joined = _joined_by_ends(_joined_in_order(pieces))
    return _bridged(joined)


def _joined_in_order(pieces: Sequence[Chain]) -> list[Chain]:
    """Join each piece to the one drawn just before where they meet."""
    groups: list[list[Chain]] = []
    for piece in pieces:
        if groups and _meet(groups[-1][-1].points[-1], piece.points[0]):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [_together(group) for group in groups]


def _meet(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one - other).max() <= _TOUCH)


def _together(group: Sequence[Chain], bridged: float = 0.0) -> Chain:
    if len(group) == 1:
        return group[0]
    points = np.concatenate([one.points for one in group])
    parts = frozenset().union(*(one.parts for one in group))
    return Chain(points, group[0].stroke, parts, max(bridged, *(one.bridged for one in group)))


def _rightwards(chain: Chain) -> Chain:
    if chain.points[0, 0] > chain.points[-1, 0]:
        return Chain(chain.points[::-1], chain.stroke, chain.parts, chain.bridged)
    return chain


def _joined_by_ends(chains: Sequence[Chain]) -> list[Chain]:
    """Join what meets end to start, in any order of drawing, where only two ends meet."""
    while True:
        chains = [_rightwards(one) for one in chains]
        ends: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for at, chain in enumerate(chains):
            for side in (0, -1):
                ends.setdefault(_cell(chain.points[side]), []).append((at, side))
        used: set[int] = set()
        joined: list[Chain] = []
        for meeting in ends.values():
            if len(meeting) != 2 or used & {meeting[0][0], meeting[1][0]}:
                continue
            together = _end_to_start(chains, *meeting)
            if together is not None:
                used |= {meeting[0][0], meeting[1][0]}
                joined.append(together)
        if not used:
            return list(chains)
        chains = joined + [chain for at, chain in enumerate(chains) if at not in used]


def _end_to_start(
    chains: Sequence[Chain], one: tuple[int, int], other: tuple[int, int]
) -> Chain | None:
    """Join two chains at the ends named, if the line then goes on to the right."""
    if one[0] == other[0]:
        return None
    for (first, side), (second, other_side) in ((one, other), (other, one)):
        before = chains[first] if side == -1 else _reversed(chains[first])
        after = chains[second] if other_side == 0 else _reversed(chains[second])
        if before.points[:, 0].max() <= after.points[:, 0].min() + _TOUCH:
            return _together([before, after])
    return None


def _reversed(chain: Chain) -> Chain:
    return Chain(chain.points[::-1], chain.stroke, chain.parts, chain.bridged)


def _cell(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0]) / _TOUCH), round(float(point[1]) / _TOUCH)


def _bridged(chains: Sequence[Chain]) -> list[Chain]:
    """Bridge the gaps of a line that is drawn as many dashes, or without its upright parts."""
    if len(chains) < _DASHES:
        return list(chains)
    lengths = [float(np.abs(np.diff(one.points, axis=0)).sum()) for one in chains]
    most = _GAPS * float(np.median(lengths))
    groups: list[list[Chain]] = []
    for one in map(_rightwards, chains):
        if groups and _follows(groups[-1][-1].points, one.points, most):
            groups[-1].append(one)
        else:
            groups.append([one])
    return [one for group in groups for one in _over_gaps(group)]


def _follows(before: np.ndarray, after: np.ndarray, most: float) -> bool:
    gap = after[0] - before[-1]
    return bool(abs(gap[0]) <= _TOUCH or (gap[0] > 0 and np.abs(gap).sum() <= most))


def _over_gaps(group: Sequence[Chain]) -> list[Chain]:
    """Make one chain of dashes, if they are many and make a staircase."""
    if len(group) < _DASHES:
        return list(group)
    parts, widest = [group[0]], 0.0
    for before, after in itertools.pairwise(group):
        corner = _corner(before.points, after.points)
        if len(corner) == 2:
            widest = max(widest, float(after.points[0, 0] - before.points[-1, 0]) / 2)
        if len(corner):
            parts.append(Chain(corner, after.stroke, frozenset()))
        parts.append(after)
    whole = _together(parts, widest)
    return [whole] if is_staircase(whole.points) else list(group)


def _level(points: np.ndarray) -> bool:
    step = np.abs(points[-1] - points[0])
    return bool(step[1] <= step[0])


def _corner(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Give the vertices between two dashes: none, or a corner as their directions ask."""
    (x1, y1), (x2, y2) = before[-1], after[0]
    if abs(x1 - x2) <= _TOUCH or abs(y1 - y2) <= _TOUCH:
        return np.empty((0, 2))
    if not _level(before[-2:]):
        return np.array([[x1, y2]])
    if not _level(after[:2]):
        return np.array([[x2, y1]])
    middle = (x1 + x2) / 2
    return np.array([[middle, y1], [middle, y2]])


def departures(points: np.ndarray) -> tuple[float, float, float]:
    """Measure how far segments are from level and upright, and the share that leans.

    Returns
    -------
    tuple of float
        The largest sideways step of an upright segment, the largest rise of a level one (page
        units), and the part of the length of the line that is neither.
    """
    steps = np.abs(np.diff(points, axis=0))
    dx, dy = steps.T
    lean = np.minimum(dx, dy) > _LEAN
    lengths = dx + dy
    level = (dx >= dy) & ~lean
    upright = (dx < dy) & ~lean
    share = float(lengths[lean].sum() / lengths.sum()) if lengths.sum() > 0 else 0.0
    aside = float(dx[upright].max(initial=0.0))
    rise = float(dy[level].max(initial=0.0))
    return aside, rise, share


def uprighted(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Stand leaning falls upright in their middle; give the most by which a vertex was moved.

    A program that simplifies lines draws two falls close together as one that leans: each of them
    lies between its ends.

    Examples
    --------
    >>> moved, by = uprighted(np.array([[0.0, 5.0], [4.0, 5.0], [5.0, 1.0], [9.0, 1.0]]))
    >>> moved[:, 0].tolist(), by
    ([0.0, 4.5, 4.5, 9.0], 0.5)
    """
    steps = np.abs(np.diff(points, axis=0))
    upright = np.concatenate([[False], steps[:, 1] > steps[:, 0], [False]])
    moved, most = points.copy(), 0.0
    starts = np.flatnonzero(upright[1:] & ~upright[:-1])
    ends = np.flatnonzero(~upright[1:] & upright[:-1])
    for start, end in zip(starts, ends, strict=True):
        x = points[start : end + 1, 0]
        half = float(np.ptp(x)) / 2
        if half > 0:
            moved[start : end + 1, 0] = float(x.min()) + half
            most = max(most, half)
    return moved, most


def is_staircase(points: np.ndarray) -> bool:
    """Whether a line goes right and only down, or only up, in level and upright parts of both."""
    steps = np.diff(points, axis=0)
    if len(steps) < 2 or (steps[:, 0] < -_TOUCH).any():
        return False
    down, up = bool((steps[:, 1] < -_TOUCH).any()), bool((steps[:, 1] > _TOUCH).any())
    level = (np.abs(steps[:, 0]) > _TOUCH).any()
    return bool(down != up and level)


def marks_on(
    points: np.ndarray, strokes: Sequence[Stroke], floor: float, ceiling: float
) -> list[tuple[float, Stroke]]:
    """Find small shapes that stand on a curve: ticks, crosses, circles; with their times' place.

    `floor` and `ceiling` are the positions of the ends of the y axis' range: tick marks of the
    axes lie outside.
    """
    found = []
    for one in strokes:
        left, bottom, right, top = one.box
        if right - left > _MARK or not 0 < top - bottom <= _MARK:
            continue
        slack = max(_TOUCH, 2 * one.place, 0.02 * (top - bottom))
        x, middle = (left + right) / 2, (bottom + top) / 2
        if not floor - slack <= middle <= ceiling + slack:
            continue
        heights = [middle, bottom, top] if right - left <= _TOUCH else [middle]
        if any(_on(points, x, y, slack) for y in heights):
            found.append((x, one))
    return found


def _on(points: np.ndarray, x: float, y: float, slack: float) -> bool:
    """Whether a point lies on a line of level and upright segments."""
    start, end = points[:-1], points[1:]
    low, high = np.minimum(start, end) - slack, np.maximum(start, end) + slack
    return bool(((low[:, 0] <= x) & (x <= high[:, 0]) & (low[:, 1] <= y) & (y <= high[:, 1])).any())
