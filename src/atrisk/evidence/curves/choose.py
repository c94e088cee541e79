"""Which of the curves in a figure is meant: by colour, dashing, legend or order of drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from atrisk.errors import InputError
from atrisk.evidence.curves.colours import NAMES, distance, hex_colour
from atrisk.evidence.curves.vector_steps import chains_of, departures, is_staircase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.evidence.curves.calibration import Frame
    from atrisk.evidence.curves.vector_shapes import Drawing, Label, Stroke
    from atrisk.evidence.curves.vector_steps import Chain

__all__ = ["CurveChoice", "FoundCurve", "chosen", "found_curves"]

#: Colours this near are the same (a rounding of parts); a name may mean one this far away.
_SAME, _MEANT = 12.0, 300.0
#: A colour is meant only if the next one is this many times as far.
_CLEARLY = 1.3
#: The key of a legend stands at most so many heights of letters left of its text.
_KEY = 4.0


@dataclass(frozen=True, slots=True)
class CurveChoice:
    """Which curve is meant; what is left out does not narrow the choice.

    Attributes
    ----------
    colour
        a name (``"red"``) or ``"#d62728"``: the nearest colour among the curves.
    dash
        ``"solid"`` or ``"dashed"``.
    legend
        the text of the legend beside which the curve's line is drawn.
    order
        its number among those that are left, in order of drawing, from 1.
    page
        of a PDF, from 1.
    """

    colour: str | None = None
    dash: Literal["solid", "dashed"] | None = None
    legend: str | None = None
    order: int | None = None
    page: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be a choice."""
        if self.colour is not None and hex_colour(self.colour) is None:
            raise InputError(
                f"colour is {self.colour!r}: give #rrggbb or one of {', '.join(NAMES)}"
            )
        if self.dash not in {None, "solid", "dashed"}:
            raise InputError(f"dash is {self.dash!r}: give 'solid' or 'dashed'")
        if self.order is not None and self.order < 1:
            raise InputError(f"order is {self.order}: curves are counted from 1")
        if self.page < 1:
            raise InputError(f"page is {self.page}: pages are counted from 1")


@dataclass(frozen=True, slots=True, eq=False)
class FoundCurve:
    """A staircase that stands in a figure.

    Attributes
    ----------
    number
        in order of drawing, from 1.
    colour, width, dash
        of its line; widths and lengths in units of the page.
    vertices
        how many points it has.
    first, last
        time and value at both ends.
    chain
        its line on the page.
    """

    number: int
    colour: str
    width: float
    dash: tuple[float, ...]
    vertices: int
    first: tuple[float, float]
    last: tuple[float, float]
    chain: Chain

    def __str__(self) -> str:
        """Say all of it on one line."""
        kind = "dashed" if self.dash else "solid"
        x1, y1, x2, y2 = (round(one, 6) + 0.0 for one in (*self.first, *self.last))
        return (
            f"{self.number}: {self.colour}, {kind}, width {self.width:.2g}, {self.vertices} "
            f"vertices, from ({x1:.4g}, {y1:.3g}) to ({x2:.4g}, {y2:.3g})"
        )


def found_curves(drawing: Drawing, frame: Frame) -> list[FoundCurve]:
    """List the staircases inside the axes, in order of drawing."""
    styles: dict[tuple[str, float, tuple[float, ...]], list[Stroke]] = {}
    for one in drawing.strokes:
        if one.stroked and not one.closed and not one.curved and _near(one, frame):
            dash = tuple(round(length, 2) for length in one.dash)
            styles.setdefault((one.colour, round(one.width, 2), dash), []).append(one)
    chains = [chain for strokes in styles.values() for chain in chains_of(_once(strokes))]
    order = {id(one): at for at, one in enumerate(drawing.strokes)}
    chains = [one for one in chains if _is_curve(one, frame)]
    chains.sort(key=lambda one: min(order[part] for part in one.parts))
    return [_found(number, one, frame) for number, one in enumerate(chains, start=1)]


def _near(stroke: Stroke, frame: Frame) -> bool:
    """Whether a line reaches into the plot, and is no side of its frame and no mark outside."""
    left, bottom, right, top = stroke.box
    reaches = (
        right >= frame.box[0]
        and left <= frame.box[2]
        and top >= frame.box[1]
        and bottom <= frame.box[3]
    )
    steps = np.abs(np.diff(stroke.points, axis=0))
    wide, tall = abs(frame.ticks[2] - frame.ticks[0]), abs(frame.ticks[3] - frame.ticks[1])
    sides = bool(((steps[:, 0] >= 0.95 * wide) | (steps[:, 1] >= 0.95 * tall)).all())
    if not reaches or sides or len(stroke.points) > 2:
        return reaches and not sides
    floor, ceiling = sorted((frame.y.position(0.0), frame.y.position(1.0)))
    x, y, slack = (left + right) / 2, (bottom + top) / 2, max(0.5, 2 * stroke.place)
    return x >= frame.x.position(0.0) - slack and floor - slack <= y <= ceiling + slack


def _is_curve(chain: Chain, frame: Frame) -> bool:
    """Whether it is a staircase that starts in the plot and is not the axes' own corner."""
    points = chain.points
    if not is_staircase(points):
        return False
    left, bottom, right, top = frame.box
    x, y = points[0]
    return bool(left <= x <= right and bottom <= y <= top) and not _is_corner(points, frame)


def _is_corner(points: np.ndarray, frame: Frame) -> bool:
    """Whether a line is two sides of the frame, or the marks of both axes where they meet."""
    steps = np.abs(np.diff(points, axis=0))
    level, upright = steps[:, 0] > steps[:, 1], steps[:, 1] > steps[:, 0]
    if level.sum() > 1 or upright.sum() > 1:
        return False
    left, bottom, right, top = frame.ticks
    wide, tall = np.ptp(points, axis=0)
    whole = wide >= 0.95 * abs(right - left) and tall >= 0.95 * abs(top - bottom)
    return bool(whole or upright.argmax() < level.argmax())


def _once(strokes: Sequence[Stroke]) -> list[Stroke]:
    """Leave out a line that was painted again on top of itself."""
    return list({one.points.tobytes(): one for one in reversed(strokes)}.values())[::-1]


def _found(number: int, chain: Chain, frame: Frame) -> FoundCurve:
    first, last = (
        (frame.x.value(float(x)), frame.y.value(float(y))) for x, y in chain.points[[0, -1]]
    )
    stroke = chain.stroke
    return FoundCurve(
        number, stroke.colour, stroke.width, stroke.dash, len(chain.points), first, last, chain
    )


def chosen(drawing: Drawing, frame: Frame, choice: CurveChoice) -> FoundCurve:
    """Narrow the curves down to the one that is meant.

    Raises
    ------
    InputError
        If none is left or more than one; the message lists the curves that exist.
    """
    curves = found_curves(drawing, frame)
    if not curves:
        raise InputError(_nothing(drawing))
    left = curves
    if choice.legend is not None:
        left = _by_legend(drawing, left, choice.legend)
    if choice.colour is not None:
        left = _by_colour(drawing, left, choice.colour)
    if choice.dash is not None:
        left = [one for one in left if bool(one.dash) == (choice.dash == "dashed")]
    if choice.order is not None:
        left = left[choice.order - 1 : choice.order]
    elif len(left) > 1 and choice.dash is None:
        # Limits of a confidence band are drawn dashed beside a solid curve.
        solid = [one for one in left if not one.dash]
        left = solid if len(solid) == 1 else left
    if len(left) == 1:
        return left[0]
    what = "no curve" if not left else f"{len(left)} curves"
    listing = "\n  ".join(map(str, left or curves))
    raise InputError(
        f"{drawing.what}: {what} of {len(curves)} fit the choice ({_told(choice)}). Choose by "
        f"colour, dash, legend or order (order counts those listed):\n  {listing}"
    )


def _told(choice: CurveChoice) -> str:
    said = [
        f"{name} {value}"
        for name in ("legend", "colour", "dash", "order")
        if (value := getattr(choice, name)) is not None
    ]
    return ", ".join(said) or "nothing chosen"


def _nothing(drawing: Drawing) -> str:
    if drawing.images and not any(one.stroked and len(one.points) > 3 for one in drawing.strokes):
        return (
            f"{drawing.what}: the figure is a picture of {drawing.images} image(s) without lines, "
            "and pixels are not read. Take the publisher's vector PDF, or mark points on the "
            "curve with a digitiser and give them as a CSV of coordinates."
        )
    leaning = max(
        (
            departures(one.points)[2]
            for one in drawing.strokes
            if len(one.points) > 10 and one.stroked
        ),
        default=0.0,
    )
    why = "the lines lean instead of going in steps" if leaning > 0.2 else "no line goes in steps"
    return (
        f"{drawing.what}: no step curve is found inside the axes: {why}. Lines drawn as filled "
        "outlines and curves without a single step are not recognised: give a CSV of coordinates."
    )


def _by_colour(drawing: Drawing, curves: Sequence[FoundCurve], colour: str) -> list[FoundCurve]:
    """Keep the curves whose colour is the one meant: the same, or clearly the nearest."""
    wanted = hex_colour(colour) or ""
    apart = {one.colour: distance(wanted, one.colour) for one in curves}
    same = [one for one in curves if apart[one.colour] <= _SAME]
    if same:
        return same
    ranked = sorted(apart, key=lambda one: apart[one])
    near = apart[ranked[0]] <= _MEANT if ranked else False
    if near and (len(ranked) == 1 or apart[ranked[1]] > _CLEARLY * apart[ranked[0]]):
        return [one for one in curves if one.colour == ranked[0]]
    listing = "\n  ".join(map(str, curves))
    raise InputError(
        f"{drawing.what}: no curve is clearly {colour} ({wanted}). Curves drawn:\n  {listing}"
    )


def _by_legend(drawing: Drawing, curves: Sequence[FoundCurve], text: str) -> list[FoundCurve]:
    """Keep the curves drawn like the line beside a text of the legend."""
    wanted = " ".join(text.casefold().split())
    said = [(" ".join(one.text.casefold().split()), one) for one in drawing.labels]
    labels = [one for words, one in said if words == wanted]
    labels = labels or [one for words, one in said if wanted in words]
    keys = [key for one in labels if (key := _key_of(drawing, one)) is not None]
    if not keys:
        texts = "; ".join(dict.fromkeys(one.text for one in drawing.labels))
        why = "no text of the figure says so" if not labels else "no line is drawn beside it"
        raise InputError(
            f"{drawing.what}: legend {text!r}: {why}. Texts read: {texts[:400] or 'none'}. "
            "Choose by colour or order instead."
        )
    drawn = [
        one for one in curves if any(distance(one.colour, key.colour) <= _SAME for key in keys)
    ]
    alike = [one for one in drawn if any(bool(one.dash) == bool(key.dash) for key in keys)]
    return alike or drawn


def _key_of(drawing: Drawing, label: Label) -> Stroke | None:
    """Find the line that stands left of a text, at its height."""
    best: tuple[float, Stroke] | None = None
    for one in drawing.strokes:
        left, bottom, right, top = one.box
        level = abs((bottom + top) / 2 - label.y) <= 0.7 * label.size
        gap = label.box[0] - right
        small = top - bottom <= 1.6 * label.size and right - left <= 8 * label.size
        coloured = one.stroked or one.filled
        framed = one.closed and one.stroked and right > label.box[0]
        if level and small and coloured and not framed and -0.5 < gap <= _KEY * label.size:
            rank = gap + (0.0 if one.stroked else label.size)
            if best is None or rank < best[0]:
                best = rank, one
    return None if best is None else best[1]
