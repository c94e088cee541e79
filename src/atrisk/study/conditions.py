"""Conditions over columns, such as ``age < 18 and sex is not missing``: parsed to a tree.

Nothing in a condition is ever run as code.

Grammar, loosest first::

    either      all ("or" all)*
    all         negated ("and" negated)*
    negated     "not" negated | "(" either ")" | comparison
    comparison  value (("==" | "!=" | "<" | "<=" | ">" | ">=") value)+
              | value ["not"] "in" "[" literal ("," literal)* "]"
              | value "is" ["not"] "missing"
    value       column | `column with spaces` | number | "text" | 2024-12-31
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from atrisk.errors import InputError

__all__ = [
    "AllOf",
    "AnyOf",
    "Column",
    "Compare",
    "Condition",
    "Literal",
    "Member",
    "Missing",
    "Node",
    "Not",
    "marked",
    "parse_condition",
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, named at ``start`` of the text."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text or a date, as written at ``start`` of the text."""

    value: float | str | date
    start: int


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``, one of == != < <= > >=."""

    operator: str
    left: Column | Literal
    right: Column | Literal


@dataclass(frozen=True, slots=True)
class Member:
    """``column in [a, b]``."""

    column: Column
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """``column is missing``: the one comparison that is never unknown."""

    column: Column


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a part."""

    part: Node


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Node, ...]


Node = Compare | Member | Missing | Not | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as written, its tree, and the columns in it in order of appearance."""

    text: str
    tree: Node
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The distinct names of the columns."""
        return tuple(dict.fromkeys(column.name for column in self.columns))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


_KEYWORDS = frozenset({"and", "or", "not", "in", "is", "missing"})
_OPERATORS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_REMEDY = {
    "=": "write == to compare",
    "&": "write and",
    "&&": "write and",
    "|": "write or",
    "||": "write or",
    "!": "write not",
    "<>": "write !=",
}
_TOKEN = re.compile(
    r"\s+"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<date>\d{4}-\d{2}-\d{2}(?!\w))"
    r"|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))"
    r"|(?P<name>`[^`]+`|[^\W\d][\w.]*)"
    r"|(?P<symbol>==|!=|<>|<=|>=|&&|\|\||[<>=&|!()\[\],])"
)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def marked(text: str, start: int, problem: str) -> InputError:
    """Make the error that shows the text with a caret under the place of the problem."""
    return InputError(f"{problem}\n    {text}\n    {' ' * start}^")


def parse_condition(text: str) -> Condition:
    """Parse a condition.

    Raises
    ------
    InputError
        the text is not a condition; the message marks the place with a caret.

    Examples
    --------
    >>> parse_condition("age < 18 or sex is missing").names
    ('age', 'sex')
    """
    return _Parser(text).condition()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise marked(text, position, f"{text[position]!r} does not belong in a condition")
        if match.lastgroup is not None:
            tokens.append(_Token(match.lastgroup, match[0], position))
        position = match.end()
    return [*tokens, _Token("end", "", len(text))]


class _Parser:
    """A cursor over the tokens; each method reads one rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.position = 0
        self.columns: list[Column] = []

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def fail(self, expected: str) -> NoReturn:
        token = self.token
        found = "the condition ends" if token.kind == "end" else f"{token.text!r} stands"
        remedy = f" ({_REMEDY[token.text]})" if token.text in _REMEDY else ""
        raise marked(self.text, token.start, f"{found} where {expected} is expected{remedy}")

    def take(self, *texts: str) -> bool:
        """Step over the next token if it is one of these symbols or keywords."""
        if self.token.kind in {"symbol", "name"} and self.token.text in texts:
            self.position += 1
            return True
        return False

    def require(self, text: str) -> None:
        if not self.take(text):
            self.fail(repr(text))

    def condition(self) -> Condition:
        tree = self.either()
        if self.token.kind != "end":
            self.fail("'and', 'or' or the end")
        return Condition(self.text, tree, tuple(self.columns))

    def either(self) -> Node:
        parts = [self.all()]
        while self.take("or"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all(self) -> Node:
        parts = [self.negated()]
        while self.take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def negated(self) -> Node:
        if self.take("not"):
            return Not(self.negated())
        if self.take("("):
            inner = self.either()
            self.require(")")
            return inner
        return self.comparison()

    def comparison(self) -> Node:
        left = self.value()
        if self.take("is"):
            negated = self.take("not")
            self.require("missing")
            missing = Missing(self.column(left))
            return Not(missing) if negated else missing
        negated = self.take("not")
        if negated or self.token.text == "in":
            self.require("in")
            member = Member(self.column(left), self.literals())
            return Not(member) if negated else member
        return self.chain(left)

    def chain(self, left: Column | Literal) -> Node:
        """Read ``18 <= age < 65`` as both comparisons."""
        parts: list[Node] = []
        while self.token.text in _OPERATORS:
            operator = self.token.text
            self.position += 1
            right = self.value()
            parts.append(self.compare(operator, left, right))
            left = right
        if not parts:
            self.fail("a comparison (== != < <= > >=, in, is missing)")
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def compare(self, operator: str, left: Column | Literal, right: Column | Literal) -> Compare:
        if isinstance(left, Literal) and isinstance(right, Literal):
            raise marked(self.text, left.start, "a comparison needs a column on one side")
        for side in (left, right):
            if isinstance(side, Literal) and isinstance(side.value, str) and operator[0] in "<>":
                raise marked(
                    self.text, side.start, "text has no order; compare with a number or a date"
                )
        return Compare(operator, left, right)

    def column(self, value: Column | Literal) -> Column:
        if isinstance(value, Literal):
            raise marked(self.text, value.start, "a column is expected here")
        return value

    def literals(self) -> tuple[Literal, ...]:
        self.require("[")
        found = [self.literal()]
        while self.take(","):
            found.append(self.literal())
        self.require("]")
        kinds = {type(literal.value) for literal in found}
        if len(kinds) > 1:
            raise marked(self.text, found[0].start, "a list holds numbers, or texts, or dates")
        return tuple(found)

    def literal(self) -> Literal:
        value = self.value()
        if isinstance(value, Column):
            raise marked(self.text, value.start, "a list holds numbers, or texts in quotes")
        return value

    def value(self) -> Column | Literal:
        token = self.token
        if token.kind not in {"name", "number", "text", "date"} or token.text in _KEYWORDS:
            self.fail("a column or a value")
        self.position += 1
        if token.kind == "name":
            column = Column(token.text.strip("`"), token.start)
            self.columns.append(column)
            return column
        return Literal(self.constant(token), token.start)

    def constant(self, token: _Token) -> float | str | date:
        if token.kind == "number":
            return float(token.text)
        written = token.text[1:-1] if token.kind == "text" else token.text
        if not _DAY.fullmatch(written):
            return written
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise marked(self.text, token.start, f"{written} is not a day") from None
