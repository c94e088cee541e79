"""How factors are crossed into the columns of a design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.formulas.factors import Factor, factor_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atrisk.formulas.expressions import Expression
    from atrisk.frames import Levels

__all__ = ["Plan", "Term", "filled", "laid_out", "plan_of", "terms_from"]

_BLOCK = 1 << 12  # rows filled at a time: a block of the design stays in cache


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a model.

    Attributes
    ----------
    name
        ``age``, ``sex``, ``age:sex``, ``rcs(age, 4)``.
    columns
        its places among the columns of the design.
    levels
        levels of a factor in their order, the reference with them; empty for other terms.
    reference
        the level that the others are compared with, or None.
    factors
        names of what is crossed: ``("age", "sex")`` for ``age:sex``; one name for other terms.
    """

    name: str
    columns: tuple[int, ...]
    levels: tuple[str, ...] = ()
    reference: str | None = None
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is remembered of a design.

    Attributes
    ----------
    factors
        each factor once.
    terms
        each term as pairs: place of a factor, and whether it is coded by contrasts.
    offset
        the offset, or None.
    """

    factors: tuple[Factor, ...]
    terms: tuple[tuple[tuple[int, bool], ...], ...]
    offset: Factor | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the terms need."""
        names = [name for factor in self.factors for name in factor.expression.columns]
        return tuple(dict.fromkeys(names))

    def only(self, places: Sequence[int]) -> Plan:
        """Keep some of the terms, coded as they are, and the factors that they need."""
        terms = [self.terms[place] for place in places]
        spots = sorted({spot for term in terms for spot, _ in term})
        moved = tuple(tuple((spots.index(s), contrast) for s, contrast in t) for t in terms)
        return Plan(tuple(self.factors[spot] for spot in spots), moved, self.offset)

    def written(self) -> str:
        """Write the terms as the right side of a formula."""
        texts = [factor.expression.written for factor in self.factors]
        return " + ".join(":".join(texts[spot] for spot, _ in term) for term in self.terms)


def plan_of(
    terms: Sequence[tuple[Expression, ...]],
    offset: Expression | None,
    table: Mapping[str, np.ndarray | Levels],
) -> Plan:
    """Learn each factor, and decide in which terms it is coded by contrasts.

    A factor is coded by contrasts where the term without it is in the model; the empty term
    always is (Chambers and Hastie 1992, section 2.4.1).

    Raises
    ------
    InputError
        a factor cannot be learned from these rows.
    """
    factors = {factor.text: factor for term in terms for factor in term}
    place = {text: spot for spot, text in enumerate(factors)}
    spots = [tuple(place[factor.text] for factor in term) for term in terms]
    present: set[frozenset[int]] = {frozenset(), *map(frozenset, spots)}
    crossed = tuple(
        tuple((spot, frozenset(term) - {spot} in present) for spot in term) for term in spots
    )
    shift = None if offset is None else factor_of(offset, table)
    if shift is not None and shift.levels:
        raise InputError(f"offset({shift.name}) holds labels; an offset is a number.")
    learned = tuple(factor_of(factor, table) for factor in factors.values())
    return Plan(_named_apart(learned), crossed, shift)


def _named_apart(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """Name C(x) in full where x stands in the formula too."""
    names = [factor.name for factor in factors]
    return tuple(
        replace(factor, name=factor.expression.text) if names.count(factor.name) > 1 else factor
        for factor in factors
    )


def laid_out(
    plan: Plan, values: Sequence[np.ndarray]
) -> tuple[dict[str, np.ndarray], list[list[str]]]:
    """Cross the factors of each term; the levels of the first factor run fastest.

    Parameters
    ----------
    plan
        of the design.
    values
        of each factor, from `coded`.

    Returns
    -------
    columns : dict
        name -> array of shape (n,).
    blocks : list of list
        the names that each term has.

    Raises
    ------
    InputError
        two columns have one name.
    """
    columns: dict[str, np.ndarray] = {}
    blocks: list[list[str]] = []
    for term in plan.terms:
        parts = [plan.factors[spot].columns(values[spot], contrast=c) for spot, c in term]
        block = {
            ":".join(reversed(names)): _product(
                [part[name] for part, name in zip(reversed(parts), names, strict=True)]
            )
            for names in product(*reversed(parts))
        }
        if doubled := columns.keys() & block.keys():
            raise InputError(f"model formula: {listed(sorted(doubled))} stands in it twice.")
        columns |= block
        blocks.append(list(block))
    return columns, blocks


def _product(parts: Sequence[np.ndarray]) -> np.ndarray:
    if len(parts) == 1:
        return parts[0]
    total = parts[0].astype(float)
    for part in parts[1:]:
        total *= part
    return total


def filled(columns: Mapping[str, np.ndarray], size: int) -> np.ndarray:
    """Write columns of shape (n,) side by side into shape (n, p), a block of rows at a time."""
    x = np.empty((size, len(columns)))
    for begin in range(0, size, _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        for j, column in enumerate(columns.values()):
            x[rows, j] = column[rows]
    return x


def terms_from(plan: Plan, blocks: Sequence[Sequence[str]]) -> tuple[Term, ...]:
    """Say which columns each term has."""
    ends = np.cumsum([len(block) for block in blocks]).tolist()
    return tuple(
        _term(plan, factors, range(end - len(block), end))
        for factors, block, end in zip(plan.terms, blocks, ends, strict=True)
    )


def _term(plan: Plan, factors: tuple[tuple[int, bool], ...], columns: range) -> Term:
    first = plan.factors[factors[0][0]]
    names = tuple(plan.factors[spot].name for spot, _ in factors)
    if len(factors) > 1:
        return Term(":".join(names), tuple(columns), factors=names)
    return Term(first.name, tuple(columns), first.levels, first.reference, names)
