"""Where each key of a TOML file stands: its line, found by a scan of text that is valid TOML."""

from __future__ import annotations

import re
from bisect import bisect_left

__all__ = ["TomlPath", "syntax_problem", "toml_lines"]

#: Keys and indices from the top of the document, e.g. ``("analyses", 1, "times")``.
TomlPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t]|#[^\n]*)*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[A-Za-z0-9_-]+')
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2}(?!"))|\'\'\'.*?\'\'\'(?:\'{0,2}(?!\'))'
    r'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_SYNTAX = re.compile(
    r"(?P<problem>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"
)
_BARE = re.compile(r"[^,\]}\n#]*")


class _Scanner:
    """A cursor over the text that notes the line at which each path begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.lines: dict[TomlPath, int] = {}
        self.counts: dict[TomlPath, int] = {}
        self.ends = [place for place, mark in enumerate(text) if mark == "\n"]

    def document(self) -> dict[TomlPath, int]:
        table: TomlPath = ()
        self.skip(_SPACE)
        while self.position < len(self.text):
            if self.text[self.position] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_SPACE)
        return self.lines

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()

    def note(self, path: TomlPath) -> None:
        self.lines.setdefault(path, bisect_left(self.ends, self.position) + 1)

    def header(self) -> TomlPath:
        array = self.text.startswith("[[", self.position)
        start = self.position
        self.position += 2 if array else 1
        keys = self.dotted()
        end = self.text.index("]", self.position) + (2 if array else 1)
        self.position = start
        path: TomlPath = ()
        for key in keys[:-1]:
            path = self.into((*path, key))
        if array:
            tables = (*path, keys[-1])
            self.counts[tables] = self.counts.get(tables, -1) + 1
        path = self.into((*path, keys[-1]))
        self.position = end
        return path

    def into(self, path: TomlPath) -> TomlPath:
        """Note a table, and step into its last element if it is an array of tables."""
        self.note(path)
        if path in self.counts:
            path = (*path, self.counts[path])
            self.note(path)
        return path

    def dotted(self) -> tuple[str, ...]:
        keys = [self.key()]
        while self.text.startswith(".", self.position):
            self.position += 1
            keys.append(self.key())
        return tuple(keys)

    def key(self) -> str:
        self.skip(_BLANK)
        match = _KEY.match(self.text, self.position)
        if match is None:  # not reached in valid TOML: move on rather than loop
            self.position += 1
            return ""
        self.position = match.end()
        self.skip(_BLANK)
        return match[0][1:-1] if match[0][0] in "\"'" else match[0]

    def pair(self, table: TomlPath) -> None:
        start = self.position
        keys = self.dotted()
        end, self.position = self.position, start
        for depth in range(1, len(keys) + 1):
            self.note((*table, *keys[:depth]))
        self.position = end
        if self.text.startswith("=", self.position):
            self.position += 1
        self.value((*table, *keys))

    def value(self, path: TomlPath) -> None:
        self.skip(_SPACE)
        first = self.text[self.position : self.position + 1]
        if first == "[":
            self.array(path)
        elif first == "{":
            self.inline(path)
        elif first in {'"', "'"}:
            self.skip(_STRING)
        else:
            self.skip(_BARE)

    def array(self, path: TomlPath) -> None:
        self.position += 1
        index = 0
        self.skip(_SPACE)
        while self.position < len(self.text) and self.text[self.position] != "]":
            self.note((*path, index))
            self.value((*path, index))
            index += 1
            self.separator()
        self.position += 1

    def inline(self, path: TomlPath) -> None:
        self.position += 1
        self.skip(_SPACE)
        while self.position < len(self.text) and self.text[self.position] != "}":
            self.pair(path)
            self.separator()
        self.position += 1

    def separator(self) -> None:
        self.skip(_SPACE)
        if self.text.startswith(",", self.position):
            self.position += 1
        self.skip(_SPACE)


def toml_lines(text: str) -> dict[TomlPath, int]:
    r"""Map every path of a TOML document to the line where it begins (the first line is 1).

    Parameters
    ----------
    text
        A document that ``tomllib`` accepts.

    Examples
    --------
    >>> toml_lines('[data]\nfile = "a.csv"\n[[endpoints]]\nid = "os"\n')[("endpoints", 0, "id")]
    4
    """
    return _Scanner(text.replace("\r\n", "\n")).document()


def syntax_problem(file: str, text: str, message: str) -> str:
    """Point at the place of a TOML mistake with the line and a caret."""
    rows = text.splitlines() or [""]
    match = _SYNTAX.fullmatch(message)
    if match is None:
        return f"{file} is not TOML: {message}"
    line = int(match["line"] or len(rows))
    shown = rows[min(line, len(rows)) - 1]
    column = int(match["column"] or len(shown) + 1)
    return (
        f"{file}, line {line}, column {column}: this is not TOML: {match['problem'].lower()}\n"
        f"    {shown}\n    {' ' * (column - 1)}^"
    )
