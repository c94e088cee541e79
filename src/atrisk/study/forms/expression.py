"""REDCap's expression language, for branching logic, calculated fields and rules, as a tree.

Nothing in an expression is ever run as code.

Grammar, loosest first::

    either      all ("or" all)*
    all         negated ("and" negated)*
    negated     "not" negated | compared
    compared    sum (("=" | "<>" | "<" | "<=" | ">" | ">=") sum)?
    sum         product (("+" | "-") product)*
    product     signed (("*" | "/") signed)*
    signed      ("-" | "+" | "!") signed | power
    power       value ("^" signed)?
    value       number | 'text' | "true" | "false" | field | function "(" either, ... ")"
              | "(" either ")"
    field       [field] | [checkbox(code)] | [event][field] | [field][last-instance]
              | [event][field][2] | [smart-variable]

``==``, ``!=``, ``&&`` and ``||`` are read as ``=``, ``<>``, ``and`` and ``or``; names of functions
and words in any case; comments run from ``//`` or ``#`` to the end of the line. Within quotes, a
backslash stands before a quote that is part of the text.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn

from atrisk.errors import nearest
from atrisk.study.forms.expression_functions import FORMATS, FUNCTIONS, OVER_ROWS, UNITS
from atrisk.study.forms.expression_nodes import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Negative,
    Node,
    Not,
    Number,
    Reference,
    Smart,
    Text,
    Truth,
    walk,
)
from atrisk.study.forms.expression_tokens import Token, mistake, tokens

__all__ = [
    "AllOf",
    "AnyOf",
    "Arithmetic",
    "Call",
    "Compare",
    "Expression",
    "Negative",
    "Node",
    "Not",
    "Number",
    "Reference",
    "Smart",
    "Text",
    "Truth",
    "parse_expression",
    "walk",
]

#: Operators and parentheses within each other.
_DEPTH: Final = 100
_COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
#: How tightly an operator of two sides binds.
_BINDS: Final = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(_COMPARISONS, 4),
    **dict.fromkeys("+-", 5),
    **dict.fromkeys("*/", 6),
}
_NOT: Final = 3
_INSTANCES: Final = ("first", "last", "previous", "next", "current")
_FIELD: Final = re.compile(
    r"(?P<field>[A-Za-z]\w*)(?:\((?P<code>[^()]*)\))?(?::(?P<modifier>[\w:-]+))?"
)


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as written, its tree, and the fields in it in order of appearance."""

    text: str
    tree: Node
    references: tuple[Reference, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The distinct names of the fields."""
        return tuple(dict.fromkeys(reference.field for reference in self.references))


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Parse an expression.

    Raises
    ------
    InputError
        the text is no expression; the message marks the place with a caret.

    Examples
    --------
    >>> parse_expression("[sos_yn] = '1' and datediff([hct_date], [sos_date], 'd') > 100").fields
    ('sos_yn', 'hct_date', 'sos_date')
    """
    tree = _Parser(text).expression()
    references = tuple(node for node in walk(tree) if isinstance(node, Reference))
    return Expression(text, tree, references)


class _Parser:
    """A cursor over the words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def fail(self, expected: str) -> NoReturn:
        token = self.token
        if token.kind == "end":
            raise mistake(
                self.text, token.start, f"the expression ends where {expected} is expected"
            )
        shown = self.text[token.start : token.end]
        raise mistake(self.text, token.start, f"{shown!r} stands where {expected} is expected")

    def take(self, *symbols: str) -> Token | None:
        """Step over the next word if it is one of these symbols."""
        token = self.token
        if token.kind != "symbol" or token.text not in symbols:
            return None
        self.position += 1
        return token

    def expression(self) -> Node:
        if self.token.kind == "end":
            raise mistake(self.text, 0, "the expression is empty")
        tree = self.operation(0)
        if self.token.kind != "end":
            self.fail("an operator, 'and', 'or' or the end")
        return tree

    def operation(self, least: int) -> Node:
        """Read operators that bind at least so tightly."""
        self.depth += 1
        self.limit()
        left = self.side(least)
        while self.token.kind == "symbol" and _BINDS.get(self.token.text, 0) >= max(least, 1):
            token = self.token
            self.position += 1
            right = self.operation(_BINDS[token.text] + 1)
            left = self.joined(token, left, right)
        self.depth -= 1
        return left

    def limit(self) -> None:
        if self.depth > _DEPTH:
            problem = f"more than {_DEPTH} levels of parentheses"
            raise mistake(self.text, self.token.start, problem)

    def joined(self, token: Token, left: Node, right: Node) -> Node:
        if token.text == "and":
            return AllOf((*_flat(AllOf, left), right), token.start)
        if token.text == "or":
            return AnyOf((*_flat(AnyOf, left), right), token.start)
        if token.text not in _COMPARISONS:
            return Arithmetic(token.text, left, right, token.start)
        if self.token.kind == "symbol" and self.token.text in _COMPARISONS:
            raise mistake(
                self.text, self.token.start, "comparisons do not chain; join two of them by 'and'"
            )
        return Compare(token.text, left, right, token.start)

    def side(self, least: int) -> Node:
        """Read one side of an operator: ``not`` reaches over a comparison, other signs do not."""
        token = self.take("not")
        if token is None:
            return self.signed()
        if least > _NOT:
            raise mistake(self.text, token.start, "'not' here needs parentheses around its part")
        return Not(self.operation(_NOT), token.start)

    def signed(self) -> Node:
        signs = []
        while token := self.take("-", "+", "!"):
            signs.append(token)
            if len(signs) > _DEPTH:
                raise mistake(self.text, token.start, f"more than {_DEPTH} signs in a row")
        found = self.power()
        for token in reversed(signs):
            if token.text == "-":
                found = Negative(found, token.start)
            elif token.text == "!":
                found = Not(found, token.start)
        return found

    def power(self) -> Node:
        base = self.value()
        token = self.take("^")
        if token is None:
            return base
        self.depth += 1
        self.limit()
        exponent = self.signed()
        self.depth -= 1
        return Arithmetic("^", base, exponent, token.start)

    def value(self) -> Node:
        token = self.token
        if self.take("("):
            inner = self.operation(0)
            self.close("(", token)
            return inner
        if self.take("true", "false"):
            return Truth(token.text == "true", token.start)
        if token.kind not in {"number", "text", "field", "name"}:
            self.fail("a field, a value or a function")
        self.position += 1
        if token.kind == "number":
            return Number(float(token.text), token.start)
        if token.kind == "text":
            return Text(token.text, token.start)
        return self.field(token) if token.kind == "field" else self.call(token)

    def close(self, opened: str, at: Token) -> None:
        if not self.take(")"):
            if self.token.kind == "end":
                raise mistake(self.text, at.start, f"{opened!r} is not closed")
            self.fail("an operator or ')'")

    def call(self, name: Token) -> Call:
        if not self.take("("):
            known = FUNCTIONS.get(name.text)
            hint = "write '(' after the name of a function" if known else "a field stands in [ ]"
            shown = self.text[name.start : name.end]
            raise mistake(self.text, name.start, f"{shown!r} is no value; {hint}")
        if name.text not in FUNCTIONS:
            guess = nearest(name.text, FUNCTIONS)
            problem = f"there is no function {name.text!r}.{guess}"
            raise mistake(self.text, name.start, problem)
        arguments = [] if self.token.text == ")" else [self.operation(0)]
        while self.take(","):
            arguments.append(self.operation(0))
        self.close(f"{name.text}(", name)
        found = Call(name.text, tuple(arguments), name.start)
        self.check(found)
        return found

    def check(self, call: Call) -> None:
        """Refuse a wrong number of arguments, and arguments that must be said in the text."""
        least, most = FUNCTIONS[call.name]
        if not least <= len(call.arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            if most > len(FUNCTIONS):
                wanted = f"{least} or more"
            problem = f"{call.name} takes {wanted} arguments, not {len(call.arguments)}"
            raise mistake(self.text, call.start, problem)
        if call.name == "datediff":
            self.check_datediff(call)
        if call.name in OVER_ROWS and not isinstance(call.arguments[0], Reference):
            raise mistake(
                self.text, call.arguments[0].start, f"{call.name} takes a field, such as [age]"
            )

    def check_datediff(self, call: Call) -> None:
        unit = call.arguments[2]
        if not isinstance(unit, Text) or unit.value not in UNITS:
            units = ", ".join(map(repr, UNITS))
            raise mistake(self.text, unit.start, f"the unit of datediff is one of {units}")
        for option in call.arguments[3:]:
            if isinstance(option, Truth):
                continue
            if not isinstance(option, Text) or option.value.lower() not in {*FORMATS, ""}:
                raise mistake(
                    self.text,
                    option.start,
                    "after its unit datediff takes 'ymd', 'mdy' or 'dmy', and true or false",
                )

    def field(self, first: Token) -> Reference | Smart:
        """Read brackets that stand side by side as one field."""
        group = [first]
        while self.token.kind == "field" and self.token.start == group[-1].end:
            group.append(self.token)
            self.position += 1
        instance: str | int | None = None
        if len(group) > 1 and (found := _instance(group[-1].text)) is not None:
            instance = found
            group.pop()
        if len(group) > 2:
            raise mistake(self.text, group[2].start, "a field is [event][field][instance]")
        if len(group) == 1 and "-" in first.text and "(" not in first.text:
            return Smart(first.text.lower(), first.start)
        event = group[0].text if len(group) == 2 else None
        return dataclasses.replace(self.reference(group[-1], event, instance), start=first.start)

    def reference(self, token: Token, event: str | None, instance: str | int | None) -> Reference:
        match = _FIELD.fullmatch(token.text)
        if match is None:
            raise mistake(
                self.text,
                token.start,
                f"[{token.text}] is no field; a field is [name], an option of a checkbox"
                " [name(code)]",
            )
        code = match["code"]
        return Reference(
            match["field"].lower(),
            None if code is None else code.strip(),
            event,
            instance,
            match["modifier"] or "",
            token.start,
        )


def _flat(kind: type[AllOf | AnyOf], node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, AllOf | AnyOf) and isinstance(node, kind) else (node,)


def _instance(text: str) -> str | int | None:
    if text.isdecimal():
        return int(text)
    word = text.lower().removesuffix("-instance")
    return word if word in _INSTANCES and text.lower().endswith("-instance") else None
