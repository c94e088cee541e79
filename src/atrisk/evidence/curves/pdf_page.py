"""What one PDF page paints, kept as lines and labels: pdfminer's interpreter and device, extended.

pdfminer keeps no clip boxes, lets no form inherit the graphics state of its page (ISO 32000-1,
8.10.1), and follows forms and operators without a limit; this does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdftypes import stream_value

from atrisk.errors import InputError
from atrisk.evidence.curves.colours import hex_of_components
from atrisk.evidence.curves.vector_shapes import (
    IDENTITY,
    Box,
    Canvas,
    Label,
    Matrix,
    Stroke,
    applied,
    last_place,
    plain,
    scale_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Interpreter", "PageDevice"]

#: Most forms painted on a page (markers are forms, so there are many), and bytes of operators.
_MOST_FORMS, _MOST_BYTES = 100_000, 20_000_000
#: The height of a digit, em: its middle is half of it above the baseline.
_HEIGHT = 0.72
#: Letters of one string further apart than this, em, are two labels.
_WORD = 0.7


class PageDevice(PDFTextDevice):
    """Keeps paths as painted and strings as labels."""

    def __init__(self, manager: Any, canvas: Canvas) -> None:  # noqa: ANN401 - pdfminer's
        super().__init__(manager)
        self.canvas = canvas
        self.clip: Box | None = None
        self.forms = self.bytes = 0
        self._letters: list[str] = []
        self._corners: list[np.ndarray] = []

    @property
    def matrix(self) -> Matrix:
        """The transform that holds."""
        return self.ctm or IDENTITY

    def narrow(self, path: Sequence[tuple[Any, ...]]) -> None:
        """Clip what follows to the box of a path."""
        points = [point for line in _lines(path) for point in line.points]
        if points:
            self.clip = _both(self.clip, applied(self.matrix, np.array(points, float)))

    def paint_path(  # noqa: D102 - pdfminer's
        self,
        graphicstate: Any,  # noqa: ANN401
        stroke: bool,  # noqa: FBT001
        fill: bool,  # noqa: FBT001
        evenodd: bool,  # noqa: ARG002, FBT001
        path: Sequence[tuple[Any, ...]],
    ) -> None:
        for one in _strokes(graphicstate, path, self.matrix, self.clip, stroke, fill):
            self.canvas.add(one)

    def render_image(self, name: str, stream: Any) -> None:  # noqa: ANN401, ARG002, D102
        self.canvas.images += 1

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:  # noqa: ANN401, D102
        self._letters, self._corners = [], []
        super().render_string(textstate, seq, ncs, graphicstate)
        for label in _labels(self._letters, self._corners):
            _append(self.canvas.labels, label)

    def render_char(  # noqa: D102 - pdfminer's
        self,
        matrix: Matrix,
        font: Any,  # noqa: ANN401
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,  # noqa: ANN401, ARG002
        graphicstate: Any,  # noqa: ANN401, ARG002
    ) -> float:
        try:
            letter = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            letter = "\ufffd"
        wide = font.char_width(cid) * fontsize * scaling
        low, high = rise, rise + _HEIGHT * fontsize
        corners = np.array([[0, low], [wide, low], [wide, high], [0, high]])
        self._letters.append(letter)
        self._corners.append(applied(matrix, corners))
        return float(wide)


class Interpreter(PDFPageInterpreter):
    """Follows operators, with clip boxes and limits."""

    device: PageDevice

    def __init__(self, manager: Any, device: PageDevice) -> None:  # noqa: ANN401 - pdfminer's
        super().__init__(manager, device)
        self.clips: list[Box | None] = []
        self.inherited: Any = None

    def subinterp(self) -> Interpreter:  # noqa: D102 - pdfminer's
        inner = cast("Interpreter", super().subinterp())
        inner.inherited = self.graphicstate
        return inner

    def init_state(self, ctm: Matrix) -> None:  # noqa: D102 - pdfminer's
        super().init_state(ctm)
        if self.inherited is not None:
            self.graphicstate = self.inherited.copy()

    def execute(self, streams: Sequence[Any]) -> None:  # noqa: D102 - pdfminer's
        self.device.bytes += sum(len(stream_value(one).get_data()) for one in streams)
        if self.device.bytes > _MOST_BYTES:
            raise InputError(
                f"the page is drawn by more than {_MOST_BYTES:,} bytes of operators, which is no "
                "survival curve. Give a file with the one figure, or a CSV of coordinates."
            )
        super().execute(streams)

    def do_q(self) -> None:  # noqa: D102 - an operator
        self.clips.append(self.device.clip)
        super().do_q()

    def do_Q(self) -> None:  # noqa: D102, N802 - an operator
        if self.clips:
            self.device.clip = self.clips.pop()
        super().do_Q()

    def do_W(self) -> None:  # noqa: D102, N802 - an operator
        self.device.narrow(self.curpath)

    def do_W_a(self) -> None:  # noqa: D102, N802 - an operator
        self.device.narrow(self.curpath)

    def do_Do(self, xobjid_arg: Any) -> None:  # noqa: ANN401, D102, N802 - an operator
        self.device.forms += 1
        if self.device.forms > _MOST_FORMS:
            raise InputError(f"the page repeats its shapes more than {_MOST_FORMS:,} times")
        outside, matrix = self.device.clip, self.device.matrix
        super().do_Do(xobjid_arg)
        self.device.clip = outside
        self.device.set_ctm(matrix)


def _both(box: Box | None, corners: np.ndarray) -> Box:
    (left, bottom), (right, top) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    if box is None:
        return left, bottom, right, top
    return max(box[0], left), max(box[1], bottom), min(box[2], right), min(box[3], top)


class _Line:
    """A subpath while it is drawn."""

    __slots__ = ("closed", "curved", "points")

    def __init__(self, start: tuple[float, float]) -> None:
        self.points = [start]
        self.closed = self.curved = False


def _lines(path: Iterable[tuple[Any, ...]]) -> list[_Line]:
    """Cut a path into subpaths; of a curve the end point is kept."""
    lines: list[_Line] = []
    for operator, *numbers in path:
        if operator == "m":
            lines.append(_Line((numbers[-2], numbers[-1])))
        elif lines and operator == "h":
            lines[-1].closed = True
        elif lines:
            if lines[-1].closed:
                lines.append(_Line(lines[-1].points[0]))
            lines[-1].points.append((numbers[-2], numbers[-1]))
            lines[-1].curved |= operator != "l"
    return lines


def _strokes(
    state: Any,  # noqa: ANN401 - pdfminer's
    path: Sequence[tuple[Any, ...]],
    matrix: Matrix,
    clip: Box | None,
    stroke: bool,  # noqa: FBT001
    fill: bool,  # noqa: FBT001
) -> Iterable[Stroke]:
    """Turn a painted path into strokes on the page."""
    lines = _lines(path)
    written = [plain(one) for line in lines for point in line.points for one in point]
    grown = scale_of(matrix)
    place = last_place(written, matrix)
    colour = _colour(state.scolor, state.scs) if stroke else _colour(state.ncolor, state.ncs)
    for line in lines:
        yield Stroke(
            points=applied(matrix, np.array(line.points, float)),
            colour=colour,
            width=float(state.linewidth or 0) * grown,
            dash=_dash(state.dash, grown),
            place=place,
            stroked=stroke,
            filled=fill,
            closed=line.closed,
            curved=line.curved,
            clip=clip,
        )


def _colour(colour: Any, space: Any) -> str:  # noqa: ANN401 - pdfminer's
    """Give ``#rrggbb``; a pattern is black, a spot colour the darker the more of it."""
    parts = colour if isinstance(colour, (tuple, list)) else [colour]
    numbers = [float(part) for part in parts if isinstance(part, (int, float))]
    if len(numbers) not in {1, 3, 4}:
        return "#000000"
    if getattr(space, "name", "") in {"Separation", "DeviceN"} and len(numbers) == 1:
        numbers = [1 - numbers[0]]
    return hex_of_components(numbers)


def _dash(given: Any, grown: float) -> tuple[float, ...]:  # noqa: ANN401 - pdfminer's
    if not given or not isinstance(given[0], (list, tuple)):
        return ()
    lengths = [float(one) * grown for one in given[0] if isinstance(one, (int, float))]
    return tuple(lengths) if any(length > 0 for length in lengths) else ()


def _labels(letters: list[str], corners: list[np.ndarray]) -> Iterable[Label]:
    """Cut one string where letters stand apart: a program may show a row of labels as one."""
    start = 0
    for at in range(1, len(letters) + 1):
        if at < len(letters):
            gap = np.hypot(*(corners[at][0] - corners[at - 1][1]))
            size = np.hypot(*(corners[at][3] - corners[at][0])) / _HEIGHT
            if gap <= _WORD * size:
                continue
        label = _label(letters[start:at], corners[start:at])
        start = at
        if label is not None:
            yield label


def _label(letters: list[str], corners: list[np.ndarray]) -> Label | None:
    """Make a label of the letters of one string and their boxes."""
    kept = [at for at, letter in enumerate(letters) if not letter.isspace()]
    if not kept:
        return None
    first, last = corners[kept[0]], corners[kept[-1]]
    outline = np.array([first[0], last[1], last[2], first[3]])
    size = float(np.hypot(*(first[3] - first[0]))) / _HEIGHT
    x, y = outline.mean(axis=0).tolist()
    (left, bottom), (right, top) = outline.min(axis=0).tolist(), outline.max(axis=0).tolist()
    text = "".join(letters[kept[0] : kept[-1] + 1])
    return Label(text, x, y, size, (left, bottom, right, top))


def _append(labels: list[Label], label: Label) -> None:
    """Add a label, joined to the one before where a word was shown in pieces."""
    if labels:
        before = labels[-1]
        gap = label.box[0] - before.box[2]
        level = abs(label.box[1] - before.box[1]) < 0.1 * label.size
        alike = abs(label.size - before.size) < 0.1 * label.size
        if level and alike and -0.2 * label.size < gap < 0.35 * label.size:
            space = " " if gap > 0.15 * label.size else ""
            box = (*before.box[:2], label.box[2], max(before.box[3], label.box[3]))
            middle = (box[0] + box[2]) / 2
            joined = before.text + space + label.text
            labels[-1] = Label(joined, middle, before.y, before.size, box)
            return
    labels.append(label)
