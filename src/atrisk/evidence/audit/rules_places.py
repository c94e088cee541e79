"""One quantity at several places, and comparisons in words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.spans import Span, range_of, span, span_of
from atrisk.evidence.paper import (
    AtRisk,
    MedianTime,
    Order,
    Same,
    Set,
    Statement,
    Summary,
    Survival,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book

__all__ = ["RULES", "Key", "Stated", "stated_quantities"]

_ONE, _HUNDRED = Fraction(1), Fraction(100)
_COMPUTED = {"percent", "estimate", "lower", "upper", "mean", "sd", "p", "factor"}
Key: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Stated:
    """A number of a quantity: its address and text, its values, and the set that it is of.

    ``digits`` are its value and its decimals, None for a bound; ``computed`` tells an estimate,
    which may be cut off at one place and rounded at another, from a value that was observed or
    prescribed. ``of`` is the set's quantity, ``#`` and its id, or empty where no set is named.
    """

    address: str
    text: str
    span: Span
    digits: tuple[Fraction, int] | None
    computed: bool
    of: str = ""

    def differs(self, other: Stated) -> bool:
        """Tell whether no one number can be printed as both."""
        return not self.span.meets(other.span) or (
            self._other_digits(other) and not (self.computed and other.computed)
        )

    def in_doubt(self, other: Stated) -> bool:
        """Tell whether both are one number only if one was cut off and the other rounded."""
        return self._other_digits(other) and not self.differs(other)

    def _other_digits(self, other: Stated) -> bool:
        """Tell whether both have as many decimals and not the same digits."""
        if self.digits is None or other.digits is None:
            return False
        return self.digits[1] == other.digits[1] and self.digits[0] != other.digits[0]


def stated_quantities(book: Book) -> Iterator[tuple[Key, Stated]]:
    """Yield each number of a named quantity under what must be equal for it to be one number.

    The key is the study, the arm, the quantity, and the field with its unit.
    """
    for statement in book.paper.statements:
        if statement.quantity is None:
            continue
        study = statement.study or book.paper.paper.id
        about = (study, statement.arm or "", statement.quantity)
        of = _set_of(book, statement)
        for address in _addresses(book, statement):
            if book.numbers[address] is not None:
                _, field, index = book.parts_of(address)
                name, scale = _field(statement, field)
                place = name if index is None else f"{name}[{index}]"
                yield (*about, place), _stated(book, address, scale, of)


def _stated(book: Book, address: str, scale: Fraction = _ONE, of: str = "") -> Stated:
    number, found = book.numbers[address], span(book, address)
    assert number is not None  # noqa: S101 - the callers pass over what is not given
    assert found is not None  # noqa: S101 - as above
    moved = 2 if scale == _HUNDRED else 0
    digits = (number.value * scale, number.decimals - moved) if number.relation == "=" else None
    _, field, _ = book.parts_of(address)
    percent = getattr(book.statement_of(address), "unit", None) in {"%", "percent"}
    computed = field in _COMPUTED or (field == "value" and percent)
    return Stated(address, book.texts[address], found.scaled(scale), digits, computed, of)


def _addresses(book: Book, statement: Statement) -> list[str]:
    """List the addresses of one statement, in the order of its fields."""
    if "by statement" not in book.remembered:
        for address in book.texts:
            owner = book.parts_of(address)[0]
            book.remembered.setdefault(f"numbers of {owner}", []).append(address)
        book.remembered["by statement"] = []
    return book.remembered.get(f"numbers of {statement.id}", [])


def _set_of(book: Book, statement: Statement) -> str:
    """Name the set: by its quantity, which other papers share, or by its id."""
    name = statement.within if isinstance(statement, Set) else getattr(statement, "of", None)
    if name is None:
        return ""
    return book.statements[name].quantity or f"#{name}"


def _field(statement: Statement, field: str) -> tuple[str, Fraction]:
    """Name a field with its unit, and give what brings its numbers to that unit."""
    if isinstance(statement, Set):
        return ("k" if field == "n" else field), _ONE
    if isinstance(statement, Value):
        percent = statement.unit in {"%", "percent"}
        return ("percent" if percent else f"value in {statement.unit}"), _ONE
    if isinstance(statement, Survival) and field != "time":
        return field, _HUNDRED if statement.scale == "fraction" else _ONE
    if isinstance(statement, Survival):
        return f"{field} in {statement.time_unit}", _ONE
    if isinstance(statement, Summary | MedianTime | AtRisk) and field not in {"n", "missing"}:
        return f"{field} in {statement.unit}", _ONE
    return field, _ONE


def same_quantity(book: Book) -> Iterator[Check]:
    """Ask of a quantity printed at several places that it is the same number at each."""
    groups: dict[Key, list[Stated]] = defaultdict(list)
    for key, stated in stated_quantities(book):
        groups[key].append(stated)
    for key, group in groups.items():
        of_one = [(a, b) for a, b in combinations(group, 2) if a.of == b.of or not a.of or not b.of]
        if of_one:
            yield _same(book, "same quantity", key[2], of_one)


def same_number(book: Book) -> Iterator[Check]:
    """Ask of numbers declared to be one number that they are, one perhaps rounded further."""
    for statement in book.of_kind(Same):
        given = [address for address in statement.numbers if book.numbers[address] is not None]
        group = [_stated(book, address) for address in given]
        if len(group) > 1:
            words = statement.quantity or statement.at
            yield _same(book, "same number", words, list(combinations(group, 2)))


def _same(book: Book, rule: str, quantity: str, pairs: list[tuple[Stated, Stated]]) -> Check:
    """Compare the two numbers of each pair."""
    group = list({stated.address: stated for pair in pairs for stated in pair}.values())
    wrong = [(a, b) for a, b in pairs if a.differs(b)]
    doubt = [(a, b) for a, b in pairs if a.in_doubt(b)]
    places = "; ".join(f"{s.text} ({book.statement_of(s.address).at})" for s in group)
    name = quantity.replace("_", " ")
    if doubt and not wrong:
        return Check(
            rule,
            Verdict.UNCHECKED,
            tuple(s.address for s in group),
            (),
            f"{name}: {places}.",
            tuple(
                Trial(f"{a.text} cut off, {b.text} rounded", "fits", meets=True) for a, b in doubt
            ),
            missing="how each was rounded: they are one number if only one of them was cut off",
        )
    if not wrong:
        return Check(
            rule,
            Verdict.CONSISTENT,
            tuple(s.address for s in group),
            (),
            f"{name}: {places}.",
            method=f"the same at {len(group)} places",
        )
    at_odds = {s.address for pair in wrong for s in pair}
    return Check(
        rule,
        Verdict.INCONSISTENT,
        tuple(s.address for s in group if s.address in at_odds),
        tuple(s.address for s in group if s.address not in at_odds),
        f"The paper prints different numbers for {name}: {places}.",
        tuple(
            Trial(f"{a.text} and {b.text} rounded from one number", "no such number", meets=False)
            for a, b in wrong
        ),
        resolve="Which is meant, or are they of different sets or dates?",
    )


_RELATIONS = {
    "<": "less than",
    "<=": "at most",
    "=": "equal to",
    ">=": "at least",
    ">": "more than",
}


def order_in_words(book: Book) -> Iterator[Check]:
    """Hold a comparison in words (lower, more than doubled) against the numbers compared."""
    for statement in book.of_kind(Order):
        left, right = span(book, statement.left), span(book, statement.right)
        if left is None or right is None:
            continue
        factor, times = book.printed(statement, "factor"), ""
        if factor is not None:
            # "more than doubled" is more than twice, "three times" perhaps 2.9 times
            exact = statement.relation != "=" and factor.relation == "="
            right = _times(right, span_of(factor, exact=exact))
            times = f"{factor.text} times "
        fits = _holds(left, statement.relation, right)
        own = (f"{statement.id}.factor",) if factor is not None else ()
        texts = book.texts[statement.left], book.texts[statement.right]
        given = f"{texts[0]} against {times}{texts[1]} ({range_of(right, 2)})"
        yield Check(
            "order in words",
            Verdict.CONSISTENT if fits else Verdict.INCONSISTENT,
            own if fits and own else (statement.left, statement.right, *own),
            (statement.left, statement.right) if fits and own else (),
            f"The text says that {_named(book, statement.left)} is {_RELATIONS[statement.relation]}"
            f" {times}{_named(book, statement.right)}.",
            (Trial(_RELATIONS[statement.relation], given, fits),),
            f"{texts[0]} is {_RELATIONS[statement.relation]} {times}{texts[1]}" if fits else "",
            bound=statement.relation != "=",
            resolve="" if fits else "Are other numbers compared, or was the order meant reversed?",
        )


def _named(book: Book, address: str) -> str:
    statement = book.statement_of(address)
    label = getattr(statement, "label", None) or statement.quantity or statement.id
    return f"{book.texts[address]} ({label.replace('_', ' ')})"


def _times(right: Span, factor: Span) -> Span:
    return Span(right.low * factor.low, right.high * factor.high)


def _holds(left: Span, relation: str, right: Span) -> bool:
    if relation == "=":
        return left.meets(right)
    if relation in {">", ">="}:
        left, right = right, left
    strict = relation in {"<", ">"}
    return left.low < right.high if strict else left.low <= right.high


RULES: dict[str, Rule] = {
    "same quantity": same_quantity,
    "same number": same_number,
    "order in words": order_in_words,
}
