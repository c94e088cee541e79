"""What a model formula says: its left side, its specials, and the text of its terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Formula", "Token", "parse", "refuse", "tokens_of"]

_SPECIALS = ("strata", "cluster", "offset")
_NAME = re.compile(r"[^\W\d][\w.]*|`[^`]+`")
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+")
_OPERATOR = re.compile(r"\*\*|%in%|[-+*:/^()~.,]")
_BINARY = {"+", "-", "*", ":", "/", "^", "**", "%in%"}
_INTERCEPT = (
    "the intercept cannot be removed",
    "Factors are coded against their reference level.",
)
_SHAPES = "Surv(time, event), Surv(entry, exit, event) or the name of one column"


class Token(NamedTuple):
    """A piece of a formula: ``kind`` is atom, call, number or operator; ``at`` is its place."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Formula:
    """A model formula, taken apart.

    Attributes
    ----------
    text
        the formula as it was written.
    exit, event, entry
        columns of ``Surv(exit, event)`` or ``Surv(entry, exit, event)``; None where absent.
    response
        the column left of ``~`` where that is not ``Surv``, or None.
    right
        the terms, without the specials; empty where there are none.
    strata
        columns of ``strata(...)``.
    cluster
        the column of ``cluster(...)``, or None.
    offset
        what stands in ``offset(...)``, or None.
    """

    text: str
    exit: str | None
    event: str | None
    entry: str | None
    response: str | None
    right: str
    strata: tuple[str, ...]
    cluster: str | None
    offset: str | None

    @property
    def columns_outside_terms(self) -> tuple[str, ...]:
        """Columns named on the left side, in ``strata`` and in ``cluster``."""
        named = (self.entry, self.exit, self.event, self.response, *self.strata, self.cluster)
        return tuple(name for name in named if name is not None)


def parse(formula: str) -> Formula:
    """Take a model formula apart.

    Parameters
    ----------
    formula
        ``"Surv(time, event) ~ terms"``, ``"Surv(entry, exit, event) ~ terms"`` or
        ``"response ~ terms"``. Among the terms ``strata(a, b)``, ``cluster(id)`` and
        ``offset(z)`` are set apart. Names that hold spaces stand in back-quotes.

    Returns
    -------
    Formula

    Raises
    ------
    InputError
        the formula cannot be read; the message marks the place.

    Examples
    --------
    >>> found = parse("Surv(days, died) ~ age + sex + strata(centre)")
    >>> found.exit, found.event, found.right, found.strata
    ('days', 'died', 'age + sex', ('centre',))
    """
    if not isinstance(formula, str):
        raise InputError(
            f"a formula is text such as 'Surv(days, died) ~ age + sex', not "
            f"{type(formula).__name__}."
        )
    tokens = tokens_of(formula)
    tildes = [place for place, token in enumerate(tokens) if token.text == "~"]
    if not tildes:
        refuse(formula, len(formula), "there is no '~' between the outcome and the terms")
    if len(tildes) > 1:
        refuse(formula, tokens[tildes[1]].at, "a second '~'")
    left, right = tokens[: tildes[0]], tokens[tildes[0] + 1 :]
    outcome = _outcome(formula, left, tokens[tildes[0]].at)
    terms, specials = _without_specials(formula, right)
    if terms or not any(specials.values()):
        require_grammar(formula, terms)
    return Formula(
        text=formula,
        **outcome,
        right=_joined(terms),
        strata=tuple(name for call in specials["strata"] for name in _names_in(formula, call)),
        cluster=_only(formula, specials["cluster"], _single_name),
        offset=_only(formula, specials["offset"], _inside),
    )


def refuse(formula: str, at: int, problem: str, remedy: str = "") -> NoReturn:
    """Raise the error that marks one place of a formula."""
    line = formula.replace("\n", " ")
    advice = f"\n{remedy}" if remedy else ""
    raise InputError(f"model formula: {problem}.\n    {line}\n    {' ' * at}^{advice}")


def tokens_of(formula: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Cut a formula, or a part of it, into names, calls, numbers and operators."""
    tokens: list[Token] = []
    at, end = start, len(formula) if end is None else end
    while at < end:
        if formula[at].isspace():
            at += 1
            continue
        token = _token(formula, at)
        tokens.append(token)
        at += len(token.text)
    return tokens


def _token(formula: str, at: int) -> Token:
    if found := _NAME.match(formula, at):
        end = found.end()
        bracket = re.compile(r"\s*\(").match(formula, end)
        if bracket and not found.group().startswith("`"):
            return Token("call", formula[at : _closing(formula, bracket.end() - 1)], at)
        return Token("atom", found.group(), at)
    if found := _NUMBER.match(formula, at):
        return Token("number", found.group(), at)
    if found := _OPERATOR.match(formula, at):
        return Token("atom" if found.group() == "." else "operator", found.group(), at)
    if formula[at] == "`":
        refuse(formula, at, "a back-quote that is not closed")
    advice = (
        "Surv(...) takes columns: name the codes by causes= and censored=, or make a 0/1 column."
        if formula[at] in "=!<>" and "~" in formula[at:]
        else ""
    )
    raise refuse(formula, at, f"{formula[at]!r} has no meaning here", advice)


def _closing(formula: str, opening: int) -> int:
    """Find the place after the bracket that closes the one at ``opening``."""
    depth, quote = 0, ""
    for at in range(opening, len(formula)):
        sign = formula[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"`":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
            if depth == 0:
                return at + 1
    refuse(formula, opening, "this bracket is not closed")


def _outcome(formula: str, left: list[Token], tilde: int) -> dict[str, str | None]:
    if len(left) != 1 or left[0].kind not in {"atom", "call"} or left[0].text == ".":
        at = left[min(1, len(left) - 1)].at if left else tilde
        refuse(formula, at, "the outcome is not understood", f"Left of '~' write {_SHAPES}.")
    token = left[0]
    outcome: dict[str, str | None] = dict.fromkeys(("exit", "event", "entry", "response"))
    if token.kind == "atom":
        return outcome | {"response": _unquoted(token.text)}
    name = token.text.partition("(")[0].strip()
    if name != "Surv":
        refuse(formula, token.at, f"{name!r} is no outcome", f"Left of '~' write {_SHAPES}.")
    names = _names_in(formula, token)
    if len(names) not in {2, 3}:
        refuse(formula, token.at, f"Surv has {len(names)} columns", f"Write {_SHAPES}.")
    places = ("exit", "event") if len(names) == 2 else ("entry", "exit", "event")
    return outcome | dict(zip(places, names, strict=True))


def _names_in(formula: str, call: Token) -> tuple[str, ...]:
    """Give the columns in the brackets of a call; anything else than names is refused."""
    start = call.at + call.text.index("(") + 1
    names: list[str] = []
    wants_name = True
    for token in tokens_of(formula, start, call.at + len(call.text) - 1):
        if wants_name != (token.kind == "atom") or (not wants_name and token.text != ","):
            refuse(
                formula, token.at, f"{token.text!r} is not the name of a column",
                "Write column names with commas between them; compute other values into a column "
                "first. Names that hold spaces stand in back-quotes.",
            )  # fmt: skip
        names += [_unquoted(token.text)] if wants_name else []
        wants_name = not wants_name
    if wants_name:
        refuse(formula, call.at + len(call.text) - 1, "the name of a column is expected here")
    return tuple(names)


def _single_name(formula: str, call: Token) -> str:
    names = _names_in(formula, call)
    if len(names) > 1:
        refuse(formula, call.at, f"cluster takes one column, not {listed(names)}")
    return names[0]


def _inside(_formula: str, call: Token) -> str:
    return call.text[call.text.index("(") + 1 : -1].strip()


def _only(formula: str, calls: list[Token], read: Callable[[str, Token], str]) -> str | None:
    """Read a special that may stand once."""
    if len(calls) > 1:
        refuse(formula, calls[1].at, f"a second {calls[1].text.partition('(')[0].strip()}")
    return read(formula, calls[0]) if calls else None


def _unquoted(name: str) -> str:
    return name.strip("`")


def _without_specials(
    formula: str, tokens: list[Token]
) -> tuple[list[Token], dict[str, list[Token]]]:
    """Set strata, cluster and offset apart; each is joined to the others by '+' alone."""
    rest: list[Token] = []
    found: dict[str, list[Token]] = {name: [] for name in _SPECIALS}
    for place, token in enumerate(tokens):
        name = token.text.partition("(")[0].strip()
        if token.kind != "call" or name not in found:
            rest.append(token)
            continue
        before = tokens[place - 1].text if place else "+"
        after = tokens[place + 1].text if place + 1 < len(tokens) else "+"
        if (before, after) not in {("+", "+"), ("+", "-")}:
            remedy = f"Write '+ {name}(...)' on its own, outside brackets and interactions."
            refuse(formula, token.at, f"{name}(...) is not a covariate", remedy)
        found[name].append(token)
        if rest and rest[-1].text == "+":
            rest.pop()
        elif place + 1 < len(tokens) and not rest:
            rest.append(Token("number", "1", token.at))  # the sum that follows keeps its sign
    return rest, found


def require_grammar(formula: str, tokens: list[Token]) -> None:
    """Refuse terms that do not follow one another as names and operators do."""
    open_at: list[int] = []
    wants_operand = True
    for place, token in enumerate(tokens):
        before = tokens[place - 1].text if place else ""
        if token.text == "(" and wants_operand:
            open_at.append(token.at)
        elif token.text == ")" and not wants_operand and open_at:
            open_at.pop()
        elif token.kind == "operator":
            _require_binary(formula, tokens, place, wants_operand=wants_operand)
            wants_operand = True
        else:
            if not wants_operand:
                refuse(formula, token.at, f"an operator such as '+' is missing before {token.text}")
            _require_number(formula, token, before)
            wants_operand = False
    if open_at:
        refuse(formula, open_at[-1], "this bracket is not closed")
    if wants_operand:
        refuse(formula, len(formula), "a term is expected here",
               "Write the names of the covariates, or 1 for none.")  # fmt: skip


def _require_binary(formula: str, tokens: list[Token], place: int, *, wants_operand: bool) -> None:
    token = tokens[place]
    following = tokens[place + 1].text if place + 1 < len(tokens) else ""
    if wants_operand and (token.text, following) == ("-", "1"):
        refuse(formula, token.at, *_INTERCEPT)
    if wants_operand:
        refuse(formula, token.at, f"a name is expected, not {token.text!r}")
    if token.text not in _BINARY:
        refuse(formula, token.at, f"{token.text!r} has no meaning here")
    if (token.text, following) == ("%in%", "("):  # R joins all of them in one interaction
        refuse(formula, token.at, "right of %in% stands one covariate", "Write a:b for a %in% b.")


def _require_number(formula: str, token: Token, before: str) -> None:
    """Let a number stand as an exponent and 1 as the intercept that is there anyway."""
    if before in {"^", "**"}:
        if token.kind != "number" or not token.text.isdigit() or int(token.text) < 1:
            refuse(formula, token.at, "the exponent of a set of terms is a whole number",
                   "A power of a covariate is written I(age**2).")  # fmt: skip
        return
    if token.kind != "number":
        return
    if token.text == "0" or before == "-":
        refuse(formula, token.at, *_INTERCEPT)
    if token.text != "1" or before not in {"", "+"}:
        refuse(formula, token.at, f"the number {token.text} is no term",
               "Arithmetic on covariates is written I(...), such as I(age / 10).")  # fmt: skip


def _joined(tokens: list[Token]) -> str:
    text = " ".join(token.text for token in tokens)
    return "" if text == "1" else text.removeprefix("1 + ")
