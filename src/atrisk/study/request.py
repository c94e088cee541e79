"""The study file, read and checked: the frozen request that the planner expands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from atrisk._version import __version__
from atrisk.errors import InputError, nearest
from atrisk.study.analyses import KINDS
from atrisk.study.control import texts_with_control
from atrisk.study.locate import TomlPath, syntax_problem, toml_lines
from atrisk.study.models import SCHEMA, Study

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

__all__ = ["Request", "json_schema", "read_study"]


@dataclass(frozen=True, slots=True)
class Request:
    """A study, and where each of its keys stands in the file.

    Attributes
    ----------
    study
        what was asked.
    path
        the study file.
    lines
        the line of each key.
    """

    study: Study
    path: Path
    lines: Mapping[TomlPath, int]

    @property
    def data_path(self) -> Path:
        """The data file; of a study on forms, the study file."""
        file = self.study.data.file
        return self.path if file is None else self.path.parent / file

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


def read_study(path: Path) -> Request:
    """Read a study file, or the ``study.toml`` of a folder.

    Raises
    ------
    InputError
        the file is not there, is not TOML, is of a version that this program does not read, or
        does not say what a study needs; the message names every mistake with its line.
    """
    file = path / "study.toml" if path.is_dir() else path
    text = _text(file)
    document = _parsed(file, text)
    lines = toml_lines(text)
    _check_version(file.name, lines, document)
    _check_texts(file.name, lines, document)
    try:
        return Request(Study.model_validate(document), file, lines)
    except ValidationError as error:
        problems = [
            _problem(file.name, lines, document, detail)
            for detail in error.errors()
            if not (detail["type"] == "too_short" and detail["input"])  # what is in it is wrong
        ]
        raise InputError("\n".join(dict.fromkeys(problems))) from None


def json_schema() -> dict[str, Any]:
    """Make the JSON Schema of the study file, for editors that complete TOML."""
    schema = Study.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "atrisk study.toml, version 1",
    }


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"there is no file {file}. Give a study.toml, or a folder that holds one;"
            " 'atrisk schema' prints what can stand in it."
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(syntax_problem(file.name, text, str(error))) from None


#: The one key that stands outside the tables.
_VERSION_KEY: TomlPath = ("schema",)


def _check_version(
    file: str, lines: Mapping[TomlPath, int], document: Mapping[str, object]
) -> None:
    """Refuse another version before its keys are taken for mistakes."""
    version = document.get("schema", SCHEMA)
    if version != SCHEMA:
        raise InputError(
            f"{place(file, lines, _VERSION_KEY)}: atrisk {__version__} does not read study files of"
            f" version {version!r}; it reads {SCHEMA!r}. Install a version of atrisk that reads"
            f' {version!r}, or write schema = "{SCHEMA}" and correct the keys that are then named.'
        )


def _check_texts(file: str, lines: Mapping[TomlPath, int], document: object) -> None:
    problems = [
        f"{place(file, lines, path)}: the text holds the control character {name}, which cannot be"
        " printed. Delete it."
        for path, name in texts_with_control(document)
    ]
    if problems:
        raise InputError("\n".join(problems))


def _problem(
    file: str, lines: Mapping[TomlPath, int], document: object, detail: ErrorDetails
) -> str:
    path = _in_document(detail["loc"], document)
    context = detail.get("ctx", {})
    if detail["type"] == "unknown_key":
        path = (*path, context["key"])
    elif detail["type"] == "missing":
        path = (*path, detail["loc"][-1])
    elif detail["type"] == "union_tag_invalid":
        path = (*path, "kind")
    return f"{place(file, lines, path)}: {_words(detail, context)}"


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


def _words(detail: ErrorDetails, context: Mapping[str, Any]) -> str:
    """Say what is wrong in the words of this program where pydantic's are not plain."""
    kind, value = detail["type"], detail["input"]
    if kind in {"literal_error", "union_tag_invalid"}:
        choices = context.get("expected", context.get("expected_tags"))
        found = context.get("tag", value)
        names = re.findall(r"'([^']+)'", str(choices))
        return f"{found!r} is not one of {choices}.{nearest(str(found), names)}"
    if kind == "value_error":
        return str(context["error"])
    if kind in _WORDS:
        return _WORDS[kind]
    message = detail["msg"].replace("Input should", "it should")
    plain = isinstance(value, str | int | float | bool) and "'" not in message
    return f"{message}, not {value!r}" if plain else message


_WORDS = {
    "missing": "this key is needed and is not there",
    "union_tag_not_found": f"the key 'kind' is needed: {', '.join(map(repr, KINDS))}",
    "string_pattern_mismatch": "an id is made of lower-case letters, digits and _, a letter first",
    "string_too_short": "the text is empty",
    "bool_type": "it is true or false, without quotation marks",
    "model_type": "it is a table of keys and values",
    "dict_type": "it is a table of keys and values",
    "tuple_type": "it is a list, in square brackets",
    "too_short": "the list is empty; give at least one",
}
