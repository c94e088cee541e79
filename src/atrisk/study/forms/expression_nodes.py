"""The tree of an expression: frozen nodes, each with its place in the text.

Two nodes are equal if they say the same, wherever they stand.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "AllOf",
    "AnyOf",
    "Arithmetic",
    "Call",
    "Compare",
    "Negative",
    "Node",
    "Not",
    "Number",
    "Reference",
    "Smart",
    "Text",
    "Truth",
    "walk",
]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    value: float
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """``true`` or ``false``."""

    value: bool
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A field.

    Attributes
    ----------
    field
        its name.
    code
        the option of a checkbox, or None.
    event
        the event, or None for that of the row.
    instance
        ``first``, ``last``, ``previous``, ``next`` or ``current``, a number, or None.
    modifier
        what follows a colon, such as ``label``.
    """

    field: str
    code: str | None = None
    event: str | None = None
    instance: str | int | None = None
    modifier: str = ""
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Smart:
    """A smart variable, such as ``[record-name]``."""

    name: str
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """``-part``."""

    part: Node
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right``, one of + - * / ^."""

    operator: str
    left: Node
    right: Node
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``, one of = <> < <= > >=."""

    operator: str
    left: Node
    right: Node
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a part."""

    part: Node
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Node, ...]
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Node, ...]
    start: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of arguments, its name in lower case."""

    name: str
    arguments: tuple[Node, ...]
    start: int = dataclasses.field(default=0, compare=False)


Node = (
    Number | Text | Truth | Reference | Smart | Negative | Arithmetic | Compare | Not | AllOf
) | (AnyOf | Call)


def walk(node: Node) -> Iterator[Node]:
    """Visit a tree, a node before its parts, from left to right."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(_parts(found)))


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, AllOf | AnyOf):
        return node.parts
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Arithmetic | Compare):
        return (node.left, node.right)
    if isinstance(node, Negative | Not):
        return (node.part,)
    return ()
