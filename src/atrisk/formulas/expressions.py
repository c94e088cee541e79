"""The arithmetic that may stand in a formula: read with Python's grammar, never evaluated by it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.splines import default_knots, require_knots, restricted_cubic
from atrisk.errors import InputError, listed, nearest
from atrisk.frames import Levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Expression", "evaluate", "learned", "plain", "read_expression", "spline_names"]

_FUNCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "sqrt": np.sqrt,
}
_STATEFUL = ("center", "rcs", "scale")
_KNOWN = (*_FUNCTIONS, *_STATEFUL, "C", "I")
_OPERATORS: dict[type[ast.AST], Callable[..., np.ndarray]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
    ast.FloorDiv: np.floor_divide,
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
}
_NAME = re.compile(r"[^\W\d][\w.]*")
_QUOTED = re.compile(r"`([^`]+)`")
_STRINGS = re.compile(r"""'[^']*'|"[^"]*"|\^""")


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """One factor of a formula.

    Attributes
    ----------
    text
        how it is written, with the spaces of the house: equal expressions have equal texts.
    tree
        its syntax tree.
    columns
        the columns it names, in order.
    """

    text: str
    tree: ast.expr
    columns: tuple[str, ...]

    @property
    def written(self) -> str:
        """The text as it stands in a formula: a name with spaces in back-quotes."""
        is_name = isinstance(self.tree, ast.Name) and not re.fullmatch(_NAME, self.text)
        return f"`{self.text}`" if is_name else self.text


# what R has under another name
_INSTEAD = {
    "factor": "Write C(x) for a factor.",
    "poly": "Write x + I(x**2), or a spline rcs(x, 4).",
    "ns": "Write rcs(x, 4) for a natural (restricted cubic) spline.",
    "pspline": "Write rcs(x, 4) for a spline.",
    "tt": "Cut the rows with episodes(...) for a covariate that changes over time.",
    "frailty": "Write cluster(x) for the robust variance, or strata(x).",
}


def plain(name: str) -> Expression:
    """Make the expression that is one column."""
    return Expression(name, ast.Name(id=name, ctx=ast.Load()), (name,))


def read_expression(text: str) -> Expression:
    """Read one name or call of a formula.

    Raises
    ------
    InputError
        it cannot be read, or calls something that is not a function of formulas.

    Examples
    --------
    >>> read_expression("rcs(age,4)").text, read_expression("`blast count`").columns
    ('rcs(age, 4)', ('blast count',))
    """
    if whole := re.fullmatch(_QUOTED, text.strip()):
        return plain(whole[1])
    holders: dict[str, str] = {}

    def hidden(found: re.Match[str]) -> str:
        holder = f"_quoted_{len(holders)}_"
        holders[holder] = found[1]
        return holder

    code = _STRINGS.sub(lambda sign: "**" if sign[0] == "^" else sign[0], text.strip())
    try:
        tree = ast.parse(_QUOTED.sub(hidden, code), mode="eval").body
    except SyntaxError:
        advice = " Write C(x) for a factor." if text.startswith("as.factor(") else ""
        raise InputError(
            f"model formula: {text!r} cannot be read as an expression.{advice}"
        ) from None
    tree = _Named(holders).visit(tree)
    columns = tuple(dict.fromkeys(_columns_in(tree, text)))
    if not columns:
        raise InputError(f"model formula: {text!r} names no column.")
    return Expression(_written(tree, columns), tree, columns)


class _Named(ast.NodeTransformer):
    """Put back the names that stood in back-quotes, and names that hold dots."""

    def __init__(self, holders: dict[str, str]) -> None:
        self.holders = holders

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(id=self.holders.get(node.id, node.id), ctx=ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name(id=ast.unparse(node), ctx=ast.Load())


def _written(tree: ast.expr, columns: tuple[str, ...]) -> str:
    if isinstance(tree, ast.Name):
        return tree.id
    text = ast.unparse(tree)
    for name in columns:
        if not re.fullmatch(_NAME, name):
            text = text.replace(name, f"`{name}`")
    return text


def _columns_in(node: ast.AST, text: str) -> Iterator[str]:
    """Name the columns of a tree; what is not arithmetic is refused."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            if name not in _KNOWN:
                advice = _INSTEAD.get(name, "Compute other values into a column first.")
                raise InputError(
                    f"model formula: {name!r} in {text!r} is not a function of formulas. "
                    f"Functions are: {', '.join(sorted(_KNOWN))}.{nearest(name, _KNOWN)} {advice}"
                )
            if name != "C" and keywords:
                raise InputError(f"model formula: {name} takes no named argument ({text!r}).")
            for argument in arguments[:1] if name in {"C", "rcs"} else arguments:
                yield from _columns_in(argument, text)
        case ast.BinOp() | ast.UnaryOp() | ast.Compare() if _is_arithmetic(node):
            for part in ast.iter_child_nodes(node):
                yield from _columns_in(part, text)
        case ast.Constant(value=bool() | int() | float() | str()):
            return
        case ast.operator() | ast.unaryop() | ast.cmpop():
            return
        case _:
            raise InputError(
                f"model formula: {ast.unparse(node)!r} in {text!r} is not arithmetic on columns. "
                "Compute it into a column first."
            )


def _is_arithmetic(node: ast.BinOp | ast.UnaryOp | ast.Compare) -> bool:
    signs = node.ops if isinstance(node, ast.Compare) else [node.op]
    return len(signs) == 1 and type(signs[0]) in _OPERATORS


def learned(
    tree: ast.expr, table: Mapping[str, np.ndarray | Levels]
) -> dict[str, tuple[float, ...]]:
    """Take from the data what an expression must remember: knots, means, standard deviations.

    Parameters
    ----------
    tree
        of an `Expression`.
    table
        its columns, without missing values.

    Returns
    -------
    dict
        text of the call -> its numbers.
    """
    memory: dict[str, tuple[float, ...]] = {}
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _function(node) in _STATEFUL
    ]
    for call in reversed(calls):  # inner ones first: the outer are evaluated through them
        x = _argument(call, table, memory)
        name = _function(call)
        if name == "rcs":
            numbers = _knots(call, x)
        else:
            spread = float(np.std(x, ddof=1)) if name == "scale" and x.size > 1 else 1.0
            numbers = np.array([np.mean(x), spread])
        memory[ast.unparse(call)] = tuple(float(number) for number in numbers)
    return memory


def _function(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _argument(
    call: ast.Call,
    table: Mapping[str, np.ndarray | Levels],
    memory: Mapping[str, tuple[float, ...]],
) -> np.ndarray:
    if not call.args or (_function(call) != "rcs" and len(call.args) != 1):
        raise InputError(f"model formula: {ast.unparse(call)!r} has the wrong number of arguments.")
    return np.asarray(evaluate(call.args[0], table, memory), dtype=float)


def _knots(call: ast.Call, x: np.ndarray) -> np.ndarray:
    """Read the knots of a spline, or their number."""
    try:
        match call.args[1:]:
            case [ast.Constant(value=int(count))]:
                return default_knots(x, count)
            case [ast.List(elts=values) | ast.Tuple(elts=values)]:
                return require_knots([ast.literal_eval(value) for value in values])
            case [ast.Call(func=ast.Name(id="c"), args=values)]:
                return require_knots([ast.literal_eval(value) for value in values])
    except (InputError, ValueError, TypeError) as error:
        raise InputError(f"model formula: {ast.unparse(call)}: {error}") from None
    raise InputError(
        f"model formula: {ast.unparse(call)}: write the number of knots, such as rcs(age, 4), or "
        "the knots, such as rcs(age, [20, 40, 60])."
    )


def spline_names(text: str, columns: int) -> tuple[str, ...]:
    """Name the columns of a spline, a prime for each nonlinear one."""
    return tuple(text + "'" * primes for primes in range(columns))


def evaluate(
    node: ast.expr,
    table: Mapping[str, np.ndarray | Levels],
    memory: Mapping[str, tuple[float, ...]],
) -> np.ndarray:
    """Compute an expression.

    Parameters
    ----------
    node
        the tree of an `Expression`.
    table
        its columns, shape (n,) each.
    memory
        what `learned` gave.

    Returns
    -------
    ndarray
        shape (n,), or (n, k - 1) for a spline of k knots.
    """
    match node:
        case ast.Name(id=name):
            column = table[name]
            if isinstance(column, Levels):
                raise InputError(
                    f"model formula: column {name!r} holds labels ({listed(column.labels)}), and "
                    "arithmetic needs numbers."
                )
            return column
        case ast.Constant(value=bool() | int() | float() as value):
            return np.asarray(value)
        case ast.UnaryOp(op=sign, operand=operand):
            return _OPERATORS[type(sign)](evaluate(operand, table, memory))
        case ast.BinOp(left=left, op=sign, right=right):
            parts = [np.asarray(evaluate(part, table, memory)) for part in (left, right)]
            if not isinstance(sign, ast.BitAnd | ast.BitOr):
                parts = [part.astype(float) for part in parts]
            return _OPERATORS[type(sign)](*parts)
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _compared(left, sign, right, table, memory)
        case ast.Call():
            return _called(node, table, memory)
    raise InputError(f"model formula: {ast.unparse(node)} is not arithmetic on columns.")


def _compared(
    left: ast.expr,
    sign: ast.cmpop,
    right: ast.expr,
    table: Mapping[str, np.ndarray | Levels],
    memory: Mapping[str, tuple[float, ...]],
) -> np.ndarray:
    """Compare numbers, or labels with a text."""
    column = table[left.id] if isinstance(left, ast.Name) else None
    if not isinstance(column, Levels):
        return _OPERATORS[type(sign)](evaluate(left, table, memory), evaluate(right, table, memory))
    wanted = right.value if isinstance(right, ast.Constant) else None
    if wanted not in column.labels or not isinstance(sign, ast.Eq | ast.NotEq):
        raise InputError(
            f"model formula: {ast.unparse(left)} {ast.unparse(right)}: labels are compared by == "
            f"or != with one of {', '.join(map(repr, column.labels))}."
        )
    return _OPERATORS[type(sign)](column.codes, column.labels.index(wanted))


def _called(
    call: ast.Call,
    table: Mapping[str, np.ndarray | Levels],
    memory: Mapping[str, tuple[float, ...]],
) -> np.ndarray:
    name = _function(call)
    x = _argument(call, table, memory)
    if name == "I":
        return evaluate(call.args[0], table, memory)
    if name in _FUNCTIONS:
        return _FUNCTIONS[name](x)
    numbers = np.array(memory.get(ast.unparse(call), ()))
    if name == "rcs":
        return restricted_cubic(x, numbers)
    if name in _STATEFUL:
        standardised: np.ndarray = (x - numbers[0]) / numbers[1]
        return standardised
    raise InputError(f"model formula: {ast.unparse(call)!r} stands as a covariate of its own only.")
