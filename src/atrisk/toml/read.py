"""Read a TOML file and hold it against a model: every mistake with its line and its remedy."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from atrisk._version import __version__
from atrisk.errors import InputError, nearest
from atrisk.toml.control import texts_with_control
from atrisk.toml.locate import TomlPath, syntax_problem, toml_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

__all__ = ["TomlFile", "place", "read_toml", "validated"]

_Model = TypeVar("_Model", bound=BaseModel)

#: The one key that stands outside the tables.
_VERSION_KEY: TomlPath = ("schema",)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file as read, and where each of its keys stands.

    Attributes
    ----------
    path
        the file.
    document
        its keys and values.
    lines
        the line of each key.
    """

    path: Path
    document: Mapping[str, Any]
    lines: Mapping[TomlPath, int]

    def error(self, path: TomlPath, problem: str) -> InputError:
        """Make an error that points at the line of a key."""
        return InputError(f"{place(self.path.name, self.lines, path)}: {problem}")


def place(file: str, lines: Mapping[TomlPath, int], path: TomlPath) -> str:
    """Spell the file, the line and the key of a path, or of what exists of it.

    Examples
    --------
    >>> place("study.toml", {("data",): 3}, ("data", "file"))
    'study.toml, line 3, [data] file'
    """
    known = path
    while known and known not in lines:
        known = known[:-1]
    where = f"{file}, line {lines[known]}" if known else file
    return f"{where}, {_key(path)}" if path else where


def _key(path: TomlPath) -> str:
    """Spell a path: ``[[analyses]] number 2, times, number 1``."""
    if path == _VERSION_KEY:
        return "schema"
    listed_tables = len(path) > 1 and isinstance(path[1], int)
    head = f"[[{path[0]}]]" if listed_tables else f"[{path[0]}]"
    spelled = head
    for part in path[1:]:
        first = spelled == head
        joint = " " if first else ", "
        spelled += f"{joint}number {part + 1}" if isinstance(part, int) else f"{joint}{part}"
    return spelled


def read_toml(file: Path, *, schema: str, what: str, wanted: str) -> TomlFile:
    """Read a file of one version of one schema.

    Parameters
    ----------
    file
        the file.
    schema
        what its key ``schema`` says, e.g. ``atrisk-study/1``; a file without one is taken for it.
    what
        what such files are called, e.g. ``study files``.
    wanted
        a sentence on what to give instead, for a file that is not there.

    Raises
    ------
    InputError
        the file is not there, is not UTF-8 or not TOML, is of another version, or holds characters
        that cannot be printed.
    """
    text = _text(file, wanted)
    document = _parsed(file, text)
    read = TomlFile(file, document, toml_lines(text))
    _check_version(read, schema, what)
    _check_texts(read)
    return read


def validated(
    read: TomlFile, model: type[_Model], words: Mapping[str, str] | None = None
) -> _Model:
    """Hold a file against a model.

    Parameters
    ----------
    read
        the file.
    model
        what it should be.
    words
        what to say of a kind of mistake (a pydantic error type), over the words common to all.

    Raises
    ------
    InputError
        every mistake with its line.
    """
    try:
        return model.model_validate(read.document)
    except ValidationError as error:
        details = error.errors()
        # of a list that is too short for what is wrong in it, only that is told
        whole = [d for d in details if not (d["type"] == "too_short" and d["input"])] or details
        problems = [_problem(read, detail, {**_WORDS, **(words or {})}) for detail in whole]
        raise InputError("\n".join(dict.fromkeys(problems))) from None


def _text(file: Path, wanted: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"there is no file {file}. {wanted}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(syntax_problem(file.name, text, str(error))) from None


def _check_version(read: TomlFile, schema: str, what: str) -> None:
    """Refuse another version before its keys are taken for mistakes."""
    version = read.document.get("schema", schema)
    if version != schema:
        raise read.error(
            _VERSION_KEY,
            f"atrisk {__version__} does not read {what} of version {version!r}; it reads"
            f" {schema!r}. Install a version of atrisk that reads {version!r}, or write"
            f' schema = "{schema}" and correct the keys that are then named.',
        )


def _check_texts(read: TomlFile) -> None:
    problems = [
        f"{place(read.path.name, read.lines, path)}: the text holds the control character {name},"
        " which cannot be printed. Delete it."
        for path, name in texts_with_control(dict(read.document))
    ]
    if problems:
        raise InputError("\n".join(problems))


def _problem(read: TomlFile, detail: ErrorDetails, words: Mapping[str, str]) -> str:
    path = _in_document(detail["loc"], read.document)
    context = detail.get("ctx", {})
    if detail["type"] == "unknown_key":
        path = (*path, context["key"])
    elif detail["type"] == "missing":
        path = (*path, detail["loc"][-1])
    elif detail["type"] == "union_tag_invalid":
        path = (*path, "kind")
    return f"{place(read.path.name, read.lines, path)}: {_words(detail, context, words)}"


def _in_document(location: TomlPath, document: object) -> TomlPath:
    """Drop what is not in the file from a pydantic location: tags of unions, names of checks."""
    path: list[str | int] = []
    for part in location:
        in_table = isinstance(document, dict) and part in document
        in_list = isinstance(document, list) and isinstance(part, int) and part < len(document)
        if in_table or in_list:
            document = document[part]  # type: ignore[index]
            path.append(part)
    return tuple(path)


def _words(detail: ErrorDetails, context: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Say what is wrong in the words of this program where pydantic's are not plain."""
    kind, value = detail["type"], detail["input"]
    if kind in {"literal_error", "union_tag_invalid"}:
        choices = context.get("expected", context.get("expected_tags"))
        found = context.get("tag", value)
        names = re.findall(r"'([^']+)'", str(choices))
        return f"{found!r} is not one of {choices}.{nearest(str(found), names)}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short" and context["actual_length"]:
        return f"the list has {context['actual_length']} and needs {context['min_length']}"
    if kind in words:
        return words[kind]
    if kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        return f'write it as text: "{value}"'
    message = detail["msg"].replace("Input should", "it should")
    plain = isinstance(value, str | int | float | bool) and "'" not in message
    return f"{message}, not {value!r}" if plain else message


_WORDS = {
    "missing": "this key is needed and is not there",
    "string_pattern_mismatch": "an id is made of lower-case letters, digits and _, a letter first",
    "string_too_short": "the text is empty",
    "bool_type": "it is true or false, without quotation marks",
    "model_type": "it is a table of keys and values",
    "dict_type": "it is a table of keys and values",
    "tuple_type": "it is a list, in square brackets",
    "too_short": "the list is empty; give at least one",
}
