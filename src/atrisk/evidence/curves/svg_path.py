"""The grammar of SVG paths and transforms (SVG 2, sections 9.3 and css-transforms-1)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from atrisk.evidence.curves.vector_shapes import IDENTITY, Matrix, chained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Line", "path_lines", "transform"]

#: Atomic, so that no text makes the search go back and forth without end.
_NUMBER = r"(?>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_COMMAND = re.compile(r"([MmLlHhVvCcSsQqTtAaZz])([^MmLlHhVvCcSsQqTtAaZz]*)")
_ARC = re.compile(
    r"[\s,]*" + r"[\s,]*".join([*[f"({_NUMBER})"] * 3, "([01])", "([01])", *[f"({_NUMBER})"] * 2])
)
_FUNCTION = re.compile(r"(\w{1,9})\s*\(([^)]{0,300})\)")
#: How many numbers each command takes at a time.
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}


@dataclass(slots=True)
class Line:
    """One subpath: its vertices, the numbers as written, and whether it is closed or curved."""

    points: list[tuple[float, float]]
    written: list[str] = field(default_factory=list)
    closed: bool = False
    curved: bool = False


def path_lines(path: str) -> list[Line]:
    """Cut the `d` of a path into its subpaths; of a curve the end point is kept.

    A path that breaks off is drawn up to there, as the standard asks.

    Examples
    --------
    >>> [line.points for line in path_lines("M1 2h3v-1 m1,1 l2-2")]
    [[(1.0, 2.0), (4.0, 2.0), (4.0, 1.0)], [(5.0, 2.0), (7.0, 0.0)]]
    """
    lines: list[Line] = []
    start = here = (0.0, 0.0)
    line: Line | None = None
    for command, texts in _commands(path):
        upper = command.upper()
        if upper == "Z":
            if line is not None:
                line.closed, here, line = True, start, None
            continue
        end = _end(upper, [float(text) for text in texts], here, relative=command.islower())
        if upper == "M":
            start, line = end, Line([end], list(texts))
            lines.append(line)
        else:
            if line is None:
                start, line = here, Line([here])
                lines.append(line)
            line.points.append(end)
            line.written += texts
            line.curved |= upper in "CSQTA"
        here = end
    return lines


def _end(
    command: str, numbers: list[float], here: tuple[float, float], *, relative: bool
) -> tuple[float, float]:
    x, y = here if relative else (0.0, 0.0)
    if command == "H":
        return x + numbers[0], here[1]
    if command == "V":
        return here[0], y + numbers[0]
    return x + numbers[-2], y + numbers[-1]


def _commands(path: str) -> Iterator[tuple[str, list[str]]]:
    """Give each command with the numbers of one turn; a repeated move is a line."""
    for letter, body in _COMMAND.findall(path):
        if letter in "Zz":
            yield letter, []
            continue
        takes = _TAKES[letter.upper()]
        # The flags of an arc may stand without a space: 1 0 015 5 is two flags and 5 5.
        texts = _found_arcs(body) if takes == 7 else _found(body)
        command = letter
        for at in range(0, len(texts) - takes + 1, takes):
            yield command, texts[at : at + takes]
            command = {"M": "L", "m": "l"}.get(letter, letter)
        if len(texts) % takes:
            return


def _found_arcs(body: str) -> list[str]:
    texts: list[str] = []
    arc = _ARC.match(body)
    while arc is not None:
        texts += arc.groups()
        arc = _ARC.match(body, arc.end())
    return texts


def _found(body: str) -> list[str]:
    return re.findall(_NUMBER, body)


def transform(text: str) -> Matrix:
    """Read a list of transforms as one matrix; the last one is applied first.

    Examples
    --------
    >>> transform("translate(10, 5) scale(2)")
    (2.0, 0.0, 0.0, 2.0, 10.0, 5.0)
    """
    whole = IDENTITY
    for name, inside in _FUNCTION.findall(text):
        numbers = [float(one) for one in re.findall(_NUMBER, inside)]
        for one in reversed(_matrices(name, numbers)):
            whole = chained(one, whole)
    return whole


def _matrices(name: str, numbers: list[float]) -> list[Matrix]:
    """Give the matrices of one function, the first to apply first; of an unknown one, none."""
    if name == "matrix" and len(numbers) == 6:
        a, b, c, d, e, f = numbers
        return [(a, b, c, d, e, f)]
    if name in _ONE and numbers:
        return [_ONE[name](numbers)]
    if name == "rotate" and numbers:
        cosine, sine = math.cos(math.radians(numbers[0])), math.sin(math.radians(numbers[0]))
        x, y = numbers[1:3] if len(numbers) > 2 else (0.0, 0.0)
        turn: Matrix = (cosine, sine, -sine, cosine, 0.0, 0.0)
        return [(1.0, 0.0, 0.0, 1.0, -x, -y), turn, (1.0, 0.0, 0.0, 1.0, x, y)]
    return []


def _translation(numbers: list[float]) -> Matrix:
    return 1.0, 0.0, 0.0, 1.0, numbers[0], numbers[1] if len(numbers) > 1 else 0.0


def _scaling(numbers: list[float]) -> Matrix:
    return numbers[0], 0.0, 0.0, numbers[-1], 0.0, 0.0


def _skew_x(numbers: list[float]) -> Matrix:
    return 1.0, 0.0, math.tan(math.radians(numbers[0])), 1.0, 0.0, 0.0


def _skew_y(numbers: list[float]) -> Matrix:
    return 1.0, math.tan(math.radians(numbers[0])), 0.0, 1.0, 0.0, 0.0


_ONE: dict[str, Callable[[list[float]], Matrix]] = {
    "translate": _translation,
    "scale": _scaling,
    "skewX": _skew_x,
    "skewY": _skew_y,
}
