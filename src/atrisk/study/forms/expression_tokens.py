"""The words of REDCap's expression language, each with its place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.study.conditions import marked

if TYPE_CHECKING:
    from atrisk.errors import InputError

__all__ = ["Token", "mistake", "tokens"]

#: Comments run to the end of the line, from ``//`` or ``#``.
_TOKEN = re.compile(
    r"(?P<blank>\s+|(?://|\#)[^\n]*)"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<field>\[[^\[\]\n]*\])"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<symbol><>|<=|>=|==|!=|&&|\|\||[-+*/^=<>!(),])",
    re.DOTALL,
)
_SAME = {"==": "=", "!=": "<>", "&&": "and", "||": "or"}
_KEYWORDS = frozenset({"and", "or", "not", "true", "false"})
_CURLED = frozenset(
    "`\N{ACUTE ACCENT}\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
)
_UNKNOWN = {
    "'": "the quote is not closed",
    '"': "the quote is not closed",
    "[": "the bracket is not closed, or holds another one",
    "]": "no bracket was opened",
    "{": "a field stands in [brackets]",
    ";": "arguments are separated by commas",
    "%": "there is no such operator; write mod(a, b)",
    "&": "write and",
    "|": "write or",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word: its kind, what it says, and where it stands.

    Attributes
    ----------
    kind
        ``text``, ``field``, ``number``, ``name``, ``symbol`` (and, or, not, true and false among
        them) or ``end``.
    text
        without quotes and brackets; names in lower case; operators in REDCap's spelling.
    start, end
        its first character, and the one after its last.
    """

    kind: str
    text: str
    start: int
    end: int


def mistake(text: str, start: int, problem: str) -> InputError:
    """Make the error that shows the line of the mistake with a caret under it."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    line = text[first : len(text) if last < 0 else last].replace("\t", " ")
    if "\n" in text:
        problem = f"line {text.count(chr(10), 0, first) + 1}: {problem}"
    return marked(line, start - first, problem)


def tokens(text: str) -> list[Token]:
    """Cut an expression into its words.

    Raises
    ------
    InputError
        a character does not belong; the message marks it with a caret.

    Examples
    --------
    >>> [token.text for token in tokens("[age] >= 18 AND [sex] != '1'  # adults")]
    ['age', '>=', '18', 'and', 'sex', '<>', '1', '']
    """
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unknown(text, position)
        if match.lastgroup != "blank":
            found.append(_token(match))
        position = match.end()
    return [*found, Token("end", "", len(text), len(text))]


def _token(match: re.Match[str]) -> Token:
    kind, said = str(match.lastgroup), match[0]
    if kind == "text":
        said = re.sub(r"\\([\\'\"])", r"\1", said[1:-1])
    elif kind == "field":
        said = said[1:-1].strip()
    elif kind == "name":
        said = said.lower()
        kind = "symbol" if said in _KEYWORDS else "name"
    elif kind == "symbol":
        said = _SAME.get(said, said)
    return Token(kind, said, match.start(), match.end())


def _unknown(text: str, position: int) -> InputError:
    character = text[position]
    if character in _CURLED:
        return mistake(text, position, f"{character} is not a quote that REDCap reads; write '")
    if character.isdigit():
        return mistake(text, position, "a number runs into a name")
    reason = _UNKNOWN.get(character, f"{character!r} does not belong in an expression")
    return mistake(text, position, reason)
