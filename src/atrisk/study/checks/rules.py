"""Reading rules files against a dictionary: every mistake with its file and line."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from atrisk.errors import InputError, nearest
from atrisk.study.checks.rule_models import (
    DICTIONARY_RULES,
    DuplicatePart,
    ExpectedPart,
    RolesPart,
    RulePart,
    RulesFile,
)
from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.packaged import packaged_file, packaged_names
from atrisk.toml import place
from atrisk.toml.locate import TomlPath, syntax_problem, toml_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from atrisk.study.forms.dictionary import Dictionary

__all__ = ["Rules", "read_rules", "rules_of"]

Named = TypeVar("Named", RulePart, DuplicatePart)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is checked besides the dictionary, and how grave what the dictionary asks is.

    Attributes
    ----------
    rules, duplicates, expected, roles
        as in the rules files.
    severities
        the severity of each check of the dictionary; "off" where it is not made.
    """

    rules: tuple[RulePart, ...] = ()
    duplicates: tuple[DuplicatePart, ...] = ()
    expected: tuple[ExpectedPart, ...] = ()
    roles: RolesPart | None = None
    severities: Mapping[str, str] = field(
        default_factory=lambda: {name: grave for name, (grave, _) in DICTIONARY_RULES.items()}
    )


def rules_of(
    dictionary: Dictionary, files: Sequence[Path] = (), *, packaged: str | None = None
) -> Rules:
    """Join the packaged rules of a dictionary with a study's own.

    Parameters
    ----------
    dictionary
        whose forms and fields the rules name.
    files
        rules files of the study, read in order.
    packaged
        the name of a packaged dictionary whose rules come first; none if it has no rules.

    Returns
    -------
    Rules
        the rules of all files. A later file may switch rules of an earlier one ``off``, and
        its roles and severities replace earlier ones.

    Raises
    ------
    InputError
        a file has mistakes: each with its line.

    Examples
    --------
    >>> from atrisk.study.forms.packaged import packaged_dictionary
    >>> found = rules_of(packaged_dictionary("ino-hct"), packaged="ino-hct")
    >>> "dose_after_death" in {rule.id for rule in found.rules}
    True
    """
    found = Rules()
    if packaged is not None and packaged in packaged_names():
        name = f"{packaged}.rules.toml"
        try:
            text = packaged_file(name).decode()
        except FileNotFoundError:
            text = ""
        found = _joined(found, read_rules(text, name, dictionary), name) if text else found
    for file in files:
        found = _joined(found, read_rules(_text(file), file.name, dictionary), file.name)
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    except OSError as error:
        raise InputError(
            f"the rules file {file} cannot be read: {error.strerror}. Name it relative to the"
            " study file."
        ) from None


def read_rules(text: str, name: str, dictionary: Dictionary) -> RulesFile:
    """Read one rules file and hold it against the dictionary.

    Raises
    ------
    InputError
        the text is not TOML, has a key or a value that no rule has, an expression that cannot be
        read, or a form or field that the dictionary does not have.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(syntax_problem(name, text, str(error))) from None
    lines = toml_lines(text)
    try:
        found = RulesFile.model_validate(document)
    except ValidationError as error:
        problems = [_problem(name, lines, document, detail) for detail in error.errors()]
        raise InputError("\n".join(dict.fromkeys(problems))) from None
    problems = [f"{place(name, lines, path)}: {said}" for path, said in _unknown(found, dictionary)]
    if problems:
        raise InputError("\n".join(problems))
    return found


def _problem(
    name: str, lines: Mapping[TomlPath, int], document: object, detail: ErrorDetails
) -> str:
    path: TomlPath = ()
    for part in detail["loc"]:
        in_table = isinstance(document, dict) and part in document
        in_list = isinstance(document, list) and isinstance(part, int) and part < len(document)
        if in_table or in_list:
            document = document[part]  # type: ignore[index]
            path = (*path, part)
    context: Mapping[str, Any] = detail.get("ctx", {})
    if detail["type"] == "unknown_key":
        path = (*path, context["key"])
    if detail["type"] == "missing":
        key = detail["loc"][-1]
        return f"{place(name, lines, (*path, key))}: this key is needed and is not there"
    if detail["type"] == "value_error":
        return f"{place(name, lines, path)}: {context['error']}"
    said = detail["msg"].replace("Input should", "it should")
    return f"{place(name, lines, path)}: {said}"


def _unknown(found: RulesFile, dictionary: Dictionary) -> Iterator[tuple[TomlPath, str]]:
    """Yield what the dictionary does not have, with the key that names it."""
    for path, form in _forms(found):
        if form not in dictionary.forms:
            yield path, f"there is no form {form!r}.{nearest(form, dictionary.forms)}"
    known = [entry.name for entry in dictionary.fields]
    for path, name in _fields(found):
        if name not in known:
            yield path, f"the dictionary has no field {name!r}.{nearest(name, known)}"


def _forms(found: RulesFile) -> Iterator[tuple[TomlPath, str]]:
    for kind in ("rules", "duplicates", "expected"):
        for number, part in enumerate(getattr(found, kind)):
            if part.form is not None:
                yield (kind, number, "form"), part.form


def _fields(found: RulesFile) -> Iterator[tuple[TomlPath, str]]:
    for number, rule in enumerate(found.rules):
        yield from _named(("rules", number, "fails_if"), rule.fails_if)
    for number, twice in enumerate(found.duplicates):
        for key in ("equal", "dates"):
            yield from (
                (("duplicates", number, key, at), name)
                for at, name in enumerate(getattr(twice, key))
            )
    for number, form in enumerate(found.expected):
        yield from _named(("expected", number, "when"), form.when)
    if found.roles is not None:
        for key in ("centre", "enrolled", "last_contact"):
            if getattr(found.roles, key) is not None:
                yield ("roles", key), getattr(found.roles, key)
        yield from _named(("roles", "closed"), found.roles.closed)


def _named(path: TomlPath, expression: str | None) -> Iterator[tuple[TomlPath, str]]:
    if expression is not None:
        yield from ((path, name) for name in parse_expression(expression).fields)


def _joined(earlier: Rules, file: RulesFile, name: str) -> Rules:
    ids = [rule.id for rule in earlier.rules] + [part.id for part in earlier.duplicates]
    for off in file.off:
        if off not in ids:
            raise InputError(
                f"{name}: off names the rule {off!r}, which no earlier file has.{nearest(off, ids)}"
            )
    taken = {*ids, *DICTIONARY_RULES} - set(file.off)
    for own in [*(rule.id for rule in file.rules), *(part.id for part in file.duplicates)]:
        if own in taken:
            raise InputError(
                f"{name}: there is a rule {own!r} already. Give this one another id, or switch the"
                f" earlier one off with off = [{own!r}]."
            )
        taken.add(own)
    changed: Mapping[str, str] = {str(rule): grave for rule, grave in file.severities.items()}
    return Rules(
        rules=(*_without(earlier.rules, file.off), *file.rules),
        duplicates=(*_without(earlier.duplicates, file.off), *file.duplicates),
        expected=(*earlier.expected, *file.expected),
        roles=file.roles or earlier.roles,
        severities={**earlier.severities, **changed},
    )


def _without(parts: Iterable[Named], off: Sequence[str]) -> tuple[Named, ...]:
    return tuple(part for part in parts if part.id not in off)
