"""The lines and labels of an SVG file, with nested transforms, styles and references followed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import numpy as np

from atrisk.errors import InputError
from atrisk.evidence.curves.colours import hex_colour
from atrisk.evidence.curves.svg_path import path_lines, transform
from atrisk.evidence.curves.vector_shapes import (
    Box,
    Canvas,
    Label,
    Matrix,
    Stroke,
    applied,
    chained,
    last_place,
    scale_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from atrisk.evidence.curves.svg_path import Line
    from atrisk.evidence.curves.vector_shapes import Drawing

__all__ = ["read_svg"]

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
#: What a child inherits of its parent's style.
_INHERITED = (
    "stroke", "stroke-width", "stroke-dasharray", "fill", "font-size", "text-anchor", "font",
    "visibility",
)  # fmt: skip
_PROPERTIES = (*_INHERITED, "display", "clip-path")
_SKIPPED = frozenset({"defs", "symbol", "clipPath", "marker", "pattern", "metadata", "style"})
_GROUPS = frozenset({"svg", "g", "a", "switch", "symbol"})
#: References nested deeper than this, or more of them, are no figure.
_DEEPEST = 60
_MOST_USES = 200_000
#: Widths of letters in em where the file gives none: digits of Helvetica, and its narrow letters.
_DIGIT, _NARROW = 0.556, 0.278
#: The middle of a digit above its baseline, em.
_MIDDLE = 0.36


@dataclass(slots=True)
class _State:
    """What holds where the walk stands."""

    matrix: Matrix
    style: dict[str, str]
    clip: Box | None = None
    depth: int = 0


@dataclass(slots=True)
class _Walk:
    """The tree with its names, and the canvas that is filled."""

    canvas: Canvas
    named: dict[str, Element]
    rules: dict[str, dict[str, str]]
    what: str
    uses: int = field(default=0)


def read_svg(text: bytes, what: str) -> Drawing:
    """Read the lines and labels of an SVG file.

    Raises
    ------
    InputError
        If it is no SVG, declares entities, or refers to itself without end.
    """
    root = _tree(text, what)
    if _name(root) != "svg":
        raise InputError(f"{what} is no SVG: its first element is <{_name(root)}>")
    named: dict[str, Element] = {}
    for element in root.iter():
        if isinstance(element.tag, str) and element.get("id"):
            named.setdefault(element.get("id", ""), element)
    walk = _Walk(Canvas(what), named, _rules(root), what)
    _draw(root, _State((1.0, 0.0, 0.0, -1.0, 0.0, 0.0), {}), walk)
    return walk.canvas.drawing(downwards=True)


def _tree(text: bytes, what: str) -> Element:
    """Parse XML that may name a document type but declare no entity."""
    builder = TreeBuilder(insert_comments=True)
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = lambda tag, kept: builder.start(tag, kept) and None
    parser.EndElementHandler = lambda tag: builder.end(tag) and None
    parser.CharacterDataHandler = builder.data

    def comment(said: str) -> None:
        builder.comment(said)

    def refuse(*_: object) -> None:
        raise InputError(
            f"{what} declares XML entities, which can grow without end. Save it as plain SVG."
        )

    parser.CommentHandler = comment
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat takes no name here
        return builder.close()
    except (expat.ExpatError, AssertionError, LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{what} cannot be read as SVG: {error}. Is the file whole?") from error


def _name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _rules(root: Element) -> dict[str, dict[str, str]]:
    """Read style sheets: what each simple selector sets, the later over the earlier."""
    found: dict[str, dict[str, str]] = {}
    for element in root.iter():
        if _name(element) == "style":
            for rule in "".join(element.itertext()).split("}"):
                selectors, _, body = rule.partition("{")
                for selector in selectors.split(","):
                    for last in selector.split()[-1:]:
                        found.setdefault(last, {}).update(_declared(body))
    return found


def _declared(body: str) -> dict[str, str]:
    parts = (one.partition(":") for one in body.split(";"))
    return {key.strip(): value.strip() for key, _, value in parts if value.strip()}


def _style(element: Element, state: _State, walk: _Walk) -> dict[str, str]:
    """Put together what is inherited, the attributes, the style sheet and the style attribute."""
    style = {key: value for key, value in state.style.items() if key in _INHERITED}
    style |= {key: element.attrib[key] for key in _PROPERTIES if key in element.attrib}
    name, classes = _name(element), [f".{one}" for one in element.get("class", "").split()]
    # From the least to the most specific selector (CSS Cascading 4, section 6.4).
    selectors = ("*", name, *classes, *(f"{name}{one}" for one in classes), f"#{element.get('id')}")
    for selector in selectors:
        style |= walk.rules.get(selector, {})
    return style | _declared(element.get("style", ""))


def _draw(element: Element, state: _State, walk: _Walk) -> None:
    """Draw an element and what is in it."""
    if state.depth > _DEEPEST:
        raise InputError(f"{walk.what} nests its elements more than {_DEEPEST} deep")
    name = _name(element)
    style = _style(element, state, walk)
    if style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"}:
        return
    matrix = chained(transform(element.get("transform", "")), state.matrix)
    if name == "svg" and state.depth > 0:
        matrix = chained(_moved(element), matrix)
    clip = _both(state.clip, _clip(style.get("clip-path", ""), matrix, walk))
    inner = _State(matrix, style, clip, state.depth + 1)
    if name in _GROUPS:
        _draw_children(element, inner, walk)
    elif name == "use":
        _draw_use(element, inner, walk)
    elif name == "text":
        _draw_text(element, inner, walk)
    elif name == "image":
        walk.canvas.images += 1
    elif name in _LINES:
        _draw_lines(_LINES[name](element), inner, walk)


def _draw_children(element: Element, state: _State, walk: _Walk) -> None:
    """Draw children in order; letters drawn as shapes are read from matplotlib's comments."""
    said = None
    lettered = element.get("id", "").startswith("text_")
    for child in element:
        if not isinstance(child.tag, str):  # a comment
            said = (child.text or "").strip() if lettered else None
        elif said is not None and _name(child) == "g":
            _draw_lettered(said, child, state, walk)
            said = None
        elif _name(child) not in _SKIPPED:
            _draw(child, state, walk)


def _draw_lettered(said: str, element: Element, state: _State, walk: _Walk) -> None:
    """Turn a group of letter shapes into a label of their common box."""
    aside = _Walk(Canvas(walk.what), walk.named, walk.rules, walk.what, walk.uses)
    _draw(element, state, aside)
    walk.uses = aside.uses
    if aside.canvas.strokes:
        boxes = np.array([one.box for one in aside.canvas.strokes])
        left, bottom = boxes[:, 0].min(), boxes[:, 1].min()
        right, top = boxes[:, 2].max(), boxes[:, 3].max()
        box = (float(left), float(bottom), float(right), float(top))
        size = min(box[2] - box[0], box[3] - box[1]) / 0.73
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        walk.canvas.labels.append(Label(said, *middle, size, box))


def _draw_use(element: Element, state: _State, walk: _Walk) -> None:
    walk.uses += 1
    if walk.uses > _MOST_USES:
        raise InputError(f"{walk.what} repeats its shapes more than {_MOST_USES:,} times")
    href = next((value for key, value in element.attrib.items() if key.endswith("href")), "")
    target = walk.named.get(href.removeprefix("#"))
    if target is None:
        return
    moved = chained(_moved(element), state.matrix)
    _draw(target, _State(moved, state.style, state.clip, state.depth), walk)


def _moved(element: Element) -> Matrix:
    x, y = _floats(element, "x", "y")
    return 1.0, 0.0, 0.0, 1.0, x, y


def _draw_text(element: Element, state: _State, walk: _Walk) -> None:
    """Make a label of a text, or of each part of it that has a place of its own."""
    size = _size(state.style)
    parts = [one for one in element.iter() if _name(one) == "tspan" and one.get("x")]
    for part in parts or [element]:
        said = " ".join("".join(part.itertext()).split())
        x, y = _floats(part, "x", "y") if part.get("y") else (*_floats(part, "x"), 0.0)
        if not part.get("y"):
            y = _floats(element, "y")[0]
        if not said:
            continue
        wide = _floats(part, "textLength")[0] or size * sum(
            _NARROW if letter in " .,:;il|'!" else _DIGIT for letter in said
        )
        anchor = part.get("text-anchor", state.style.get("text-anchor", "start"))
        start = x - wide * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
        corners = np.array([[start, y], [start + wide, y - 0.72 * size]])
        middle = applied(state.matrix, np.array([[start + wide / 2, y - _MIDDLE * size]]))[0]
        (left, bottom), (right, top) = _extent(applied(state.matrix, corners))
        walk.canvas.labels.append(
            Label(
                said,
                float(middle[0]),
                float(middle[1]),
                size * scale_of(state.matrix),
                (left, bottom, right, top),
            )
        )


def _extent(points: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    low, high = points.min(axis=0), points.max(axis=0)
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))


def _size(style: dict[str, str]) -> float:
    given = style.get("font-size") or style.get("font", "")
    found = re.search(r"([\d.]+)\s*(px|pt|em)?", given)
    return float(found[1]) if found and found[1].strip(".") else 12.0


def _draw_lines(lines: list[Line], state: _State, walk: _Walk) -> None:
    """Put the lines of one shape on the canvas, with the last place of its coordinates."""
    style = state.style
    stroke, fill = hex_colour(style.get("stroke", "none")), hex_colour(style.get("fill", "black"))
    if not lines or (stroke is None and fill is None):
        return
    grown = scale_of(state.matrix)
    written = [one for line in lines for one in line.written]
    place = last_place(written, state.matrix)
    width = _first(style.get("stroke-width", "1")) * grown
    dash = tuple(float(one) * grown for one in _NUMBER.findall(style.get("stroke-dasharray", "")))
    for line in lines:
        walk.canvas.add(
            Stroke(
                points=applied(state.matrix, np.array(line.points, float).reshape(-1, 2)),
                colour=stroke or fill or "",
                width=width,
                dash=dash,
                place=place,
                stroked=stroke is not None,
                filled=fill is not None,
                closed=line.closed,
                curved=line.curved,
                clip=state.clip,
            )
        )


def _first(text: str) -> float:
    found = _NUMBER.search(text)
    return float(found[0]) if found else 0.0


def _floats(element: Element, *names: str) -> tuple[float, ...]:
    return tuple(_first(element.get(name, "0")) for name in names)


def _clip(reference: str, matrix: Matrix, walk: _Walk) -> Box | None:
    """Find the box that a clip path leaves visible."""
    found = re.search(r"#([^)\"']+)", reference)
    target = walk.named.get(found[1]) if found else None
    if target is None:
        return None
    inside = chained(transform(target.get("transform", "")), matrix)
    points = [
        applied(chained(transform(child.get("transform", "")), inside), np.array(line.points))
        for child in target
        if _name(child) in _LINES
        for line in _LINES[_name(child)](child)
    ]
    if not points:
        return None
    (left, bottom), (right, top) = _extent(np.concatenate(points))
    return left, bottom, right, top


def _both(one: Box | None, other: Box | None) -> Box | None:
    if one is None or other is None:
        return one or other
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )


def _straight(element: Element) -> list[Line]:
    x1, y1, x2, y2 = (_NUMBER.search(element.get(key, "0")) for key in ("x1", "y1", "x2", "y2"))
    texts = [one[0] if one else "0" for one in (x1, y1, x2, y2)]
    return path_lines(f"M {texts[0]} {texts[1]} L {texts[2]} {texts[3]}")


def _polyline(element: Element) -> list[Line]:
    return path_lines("M " + element.get("points", ""))


def _polygon(element: Element) -> list[Line]:
    return path_lines("M " + element.get("points", "") + " Z")


def _rectangle(element: Element) -> list[Line]:
    x, y, width, height = _floats(element, "x", "y", "width", "height")
    return path_lines(f"M {x!r} {y!r} h {width!r} v {height!r} h {-width!r} Z")


def _circle(element: Element) -> list[Line]:
    x, y, r = _floats(element, "cx", "cy", "r")
    a, b = _floats(element, "rx", "ry")
    a, b = a or r, b or r
    return path_lines(
        f"M {x - a!r} {y!r} A {a!r} {b!r} 0 0 0 {x!r} {y - b!r} {a!r} {b!r} 0 0 0 {x + a!r} {y!r}"
        f" {a!r} {b!r} 0 0 0 {x!r} {y + b!r} Z"
    )


def _path(element: Element) -> list[Line]:
    return path_lines(element.get("d", ""))


_LINES: dict[str, Callable[[Element], list[Line]]] = {
    "path": _path,
    "line": _straight,
    "polyline": _polyline,
    "polygon": _polygon,
    "rect": _rectangle,
    "circle": _circle,
    "ellipse": _circle,
}
