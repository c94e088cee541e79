"""Which terms the operators of a formula make: main effects first, then interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.errors import InputError
from atrisk.formulas.expressions import Expression, plain, read_expression
from atrisk.formulas.grammar import require_grammar, tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.formulas.grammar import Token

__all__ = ["terms_of"]


def terms_of(right: str, every_column: Sequence[str] = ()) -> list[tuple[Expression, ...]]:
    """Expand the right side of a formula to its terms.

    Parameters
    ----------
    right
        names and calls joined by ``+ - * : / ^ ** %in%`` and brackets.
    every_column
        what a ``.`` stands for.

    Returns
    -------
    list of tuple
        each term as its factors; main effects first, then interactions by their order.

    Raises
    ------
    InputError
        a factor cannot be read, or ``.`` stands for nothing.

    Examples
    --------
    >>> [[factor.text for factor in term] for term in terms_of("age * sex + log(wbc)")]
    [['age'], ['sex'], ['log(wbc)'], ['age', 'sex']]
    """
    known: dict[str, Expression] = {}
    operands: list[Expression] = []
    pieces: list[str] = []
    for token in tokens_of(right):
        found = _meant_by(token, every_column)
        known.update({factor.text: factor for factor in found})
        operands += found
        holders = " + ".join(f"f{list(known).index(factor.text)}" for factor in found)
        pieces.append(f"({holders})" if found else _as_interaction(token))
    if all(token.text == "+" or token.kind != "operator" for token in tokens_of(right)):
        return [(known[text],) for text in dict.fromkeys(factor.text for factor in operands)]
    require_grammar(right, tokens_of(right))
    return _expanded(" ".join(pieces), list(known.values()))


def _as_interaction(token: Token) -> str:
    """Read ``a %in% b`` as R does: ``a:b``, without a main effect."""
    return ":" if token.text == "%in%" else token.text


def _meant_by(token: Token, every_column: Sequence[str]) -> list[Expression]:
    """Read a name or call; the dot is every column that is left."""
    if token.kind not in {"atom", "call"}:
        return []
    if token.text != ".":
        return [read_expression(token.text)]
    if not every_column:
        raise InputError("model formula: '.' stands for the other columns, and there are none.")
    return [plain(name) for name in every_column]


def _expanded(text: str, factors: list[Expression]) -> list[tuple[Expression, ...]]:
    """Let formulaic work out the operators; ``f0``, ``f1``, ... stand for the factors."""
    from formulaic.parser import DefaultFormulaParser

    found = [
        [factor.expr for factor in term.factors]
        for term in DefaultFormulaParser(include_intercept=True).get_terms(text).root
    ]
    found.sort(key=len)  # stable: within an order as they were written
    return [tuple(factors[int(name[1:])] for name in term) for term in found if term != ["1"]]
