"""One number of a paper file made wrong at random, in the ways in which papers are wrong."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

__all__ = ["KINDS", "Corruption", "corrupted"]

Document: TypeAlias = dict[str, Any]
_Statement: TypeAlias = dict[str, Any]
_Changed: TypeAlias = tuple[str, str, str]
_FIELDS = (
    *("k", "n", "percent", "lower", "upper", "median", "mean", "sd", "q1", "q3", "low", "high"),
    *("missing", "estimate", "p", "events", "cumulative"),
)


@dataclass(frozen=True, slots=True)
class Corruption:
    """What was changed: the kind, the addresses, and the texts before and after."""

    kind: str
    addresses: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def corrupted(
    paper: Document, kind: str, rng: np.random.Generator, spared: Iterable[str] = ()
) -> tuple[Document, Corruption] | None:
    """Make one number of a paper wrong, or two.

    Parameters
    ----------
    paper
        a paper file as a dictionary; it is not changed.
    kind
        one of `KINDS`.
    rng
        draws the place and the digits.
    spared
        addresses that stay as they are, such as those of findings.

    Returns
    -------
    tuple or None
        the paper with its mistake and what it is; None where it has no number of this kind.
    """
    made = copy.deepcopy(paper)
    found = KINDS[kind](made["statements"], rng, frozenset(spared))
    if found is None:
        return None
    where, before, after = zip(*found, strict=True)
    return made, Corruption(kind, where, before, after)


_Way: TypeAlias = (
    "Callable[[list[_Statement], np.random.Generator, frozenset[str]], list[_Changed] | None]"
)


def _places(
    statements: list[_Statement], spared: frozenset[str], fields: Iterable[str]
) -> list[tuple[_Statement, str]]:
    return [
        (statement, field)
        for statement in statements
        for field in fields
        if isinstance(statement.get(field), str)
        and re.search(r"\d", statement[field])
        and f"{statement['id']}.{field}" not in spared
    ]


def _put(statement: _Statement, field: str, text: str) -> _Changed:
    before = statement[field]
    statement[field] = text
    return f"{statement['id']}.{field}", before, text


def _digit(text: str, rng: np.random.Generator) -> str:
    places = [i for i, sign in enumerate(text) if sign.isdigit()]
    place = places[int(rng.integers(len(places)))]
    least = 1 if place == places[0] and len(places) > 1 and text[place] != "0" else 0
    others = [d for d in range(least, 10) if str(d) != text[place]]
    return f"{text[:place]}{others[int(rng.integers(len(others)))]}{text[place + 1 :]}"


def _one_digit(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    places = _places(statements, spared, _FIELDS)
    if not places:
        return None
    statement, field = places[int(rng.integers(len(places)))]
    return [_put(statement, field, _digit(statement[field], rng))]


def _swapped_digits(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    places = [
        (statement, field, i)
        for statement, field in _places(statements, spared, _FIELDS)
        for i, (a, b) in enumerate(zip(statement[field], statement[field][1:], strict=False))
        if a.isdigit() and b.isdigit() and a != b and not (i == 0 and b == "0")
    ]
    if not places:
        return None
    statement, field, i = places[int(rng.integers(len(places)))]
    text = statement[field]
    return [_put(statement, field, f"{text[:i]}{text[i + 1]}{text[i]}{text[i + 2 :]}")]


def _swapped_bounds(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    places = [
        s
        for s, _ in _places(statements, spared, ("lower",))
        if re.search(r"\d", str(s.get("upper", ""))) and s["lower"] != s["upper"]
    ]
    if not places:
        return None
    statement = places[int(rng.integers(len(places)))]
    lower, upper = statement["lower"], statement["upper"]
    return [_put(statement, "lower", upper), _put(statement, "upper", lower)]


def _wrong_denominator(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    """Print the percentage of a count as one of another set."""
    sizes = {s["id"]: _whole(s.get("n", s.get("k"))) for s in statements if s["kind"] in _SIZED}
    places: list[tuple[_Statement, float]] = []
    for statement, _ in _places(statements, spared, ("percent",)):
        counted = statement["kind"] == "count"
        number = _whole(statement.get("k" if counted else "n"))
        own = (_whole(statement.get("n")) if counted else None) or sizes.get(
            statement.get("of", statement.get("within", ""))
        )
        places.extend(
            (statement, 100.0 * number / other)
            for other in sorted({n for n in sizes.values() if n})
            if number is not None and own != other and other >= number
        )
    if not places:
        return None
    statement, value = places[int(rng.integers(len(places)))]
    return _changed_to(statement, "percent", value)


_SIZED = {"set", "count"}


def _whole(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isdigit() else None


def _changed_to(statement: _Statement, field: str, value: float) -> list[_Changed] | None:
    decimals = len(statement[field].partition(".")[2].rstrip(" %"))
    text = f"{value:.{decimals}f}"
    return None if text == statement[field] else [_put(statement, field, text)]


def _wrong_row(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    """Print the number of another statement of the same kind in place of this one's."""
    fields = ("k", "percent", "estimate", "lower", "upper")
    places = _places(statements, spared, fields)
    pairs = [
        (statement, field, other[field])
        for statement, field in places
        for other, same in places
        if same == field and other["kind"] == statement["kind"] and other[field] != statement[field]
    ]
    if not pairs:
        return None
    statement, field, text = pairs[int(rng.integers(len(pairs)))]
    return [_put(statement, field, text)]


def _percent_not_updated(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    """Add patients to a count, or take some away, and leave its percentage."""
    places = [s for s, _ in _places(statements, spared, ("k",)) if s.get("percent")]
    places = [s for s in places if _whole(s["k"]) is not None]
    if not places:
        return None
    statement = places[int(rng.integers(len(places)))]
    k = int(statement["k"])
    change = int(rng.choice([-3, -2, -1, 1, 2, 3]))
    return [_put(statement, "k", str(k + change if k + change >= 0 else k + 1))]


def _cell_raised(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    """Raise one number at risk by a tenth of the row's first, at least by one."""
    places = [
        (s, i)
        for s in statements
        if s["kind"] == "at_risk"
        for i in range(len(s["n"]))
        if f"{s['id']}.n[{i}]" not in spared
    ]
    if not places:
        return None
    statement, i = places[int(rng.integers(len(places)))]
    row = list(statement["n"])
    before = row[i]
    row[i] = str(int(before) + max(1, round(int(row[0]) / 10)))
    statement["n"] = row
    return [(f"{statement['id']}.n[{i}]", before, row[i])]


def _p_moved(
    statements: list[_Statement], rng: np.random.Generator, spared: frozenset[str]
) -> list[_Changed] | None:
    """Multiply or divide a P value by 2 to 10."""
    places = _places(statements, spared, ("p",))
    if not places:
        return None
    statement, _ = places[int(rng.integers(len(places)))]
    value = float(re.sub(r"[^\d.]", "", statement["p"]))
    below = statement["p"].startswith("<")  # less than a small one would still be true
    factor = float(rng.uniform(2.0, 10.0)) ** (1.0 if below else float(rng.choice([-1.0, 1.0])))
    moved = value * factor if value * factor < 1.0 else value / abs(factor)
    text = f"{moved:.{3 if moved >= 0.001 else 4}f}"
    return None if text == statement["p"] else [_put(statement, "p", text)]


KINDS: dict[str, _Way] = {
    "one digit changed": _one_digit,
    "two digits swapped": _swapped_digits,
    "bounds swapped": _swapped_bounds,
    "wrong denominator": _wrong_denominator,
    "number of another row": _wrong_row,
    "percentage not updated": _percent_not_updated,
    "number at risk raised": _cell_raised,
    "P moved": _p_moved,
}
"""The ways, by name."""
