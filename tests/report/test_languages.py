"""Every text of the report has a German and an Italian translation, and no translation is idle."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from atrisk.report import language
from atrisk.report.drawing import Drawing
from atrisk.report.models import ModelRow, Term

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

REPORT = Path(language.__file__).parent
CODES = ("de", "it")
#: Texts stay English in the pages of `atrisk check`, `audit`, `evidence`, `pool` and `reconstruct`,
#: and in the sheets for the centres.
ENGLISH = ("quality", "query_sheets", "audit", "evidence", "pool", "reconstruct")
CALLS = frozenset({"word", "say", "message"})
#: ``{{ "Contents"|word }}`` of the page's template.
IN_TEMPLATE = re.compile(r"""(?:"([^"]+)"|'([^']+)')\s*\|\s*word""")


def sources() -> list[Path]:
    return [path for path in sorted(REPORT.glob("*.py")) if not path.name.startswith(ENGLISH)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def catalogue(code: str) -> dict[str, dict[str, str]]:
    folder = REPORT / "languages" / code
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.iterdir())}


@cache
def translations(code: str) -> dict[str, str]:
    return {text: made for area in catalogue(code).values() for text, made in area.items()}


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def literals(node: ast.AST) -> list[str]:
    """List the texts that an expression can be: of both sides of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*literals(node.body), *literals(node.orelse)]
    return []


def messages(path: Path) -> set[str]:
    """List the messages that a file asks for by name."""
    if path.suffix != ".py":
        return {one or other for one, other in IN_TEMPLATE.findall(path.read_text("utf-8"))}
    return {
        text
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and called(node) in CALLS and node.args
        for text in literals(node.args[0])
    }


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


FILES = [*sources(), REPORT / "templates" / "report.html.j2"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_message_is_translated(path: Path, code: str) -> None:
    missing = sorted(messages(path) - translations(code).keys())
    assert not missing, f"{path.name}: no {code} translation of {missing}"


def test_both_languages_translate_the_same_messages() -> None:
    german, italian = (translations(code).keys() for code in CODES)
    assert german == italian


@pytest.mark.parametrize("code", CODES)
def test_names_in_braces_are_those_of_the_message(code: str) -> None:
    other = {
        text: made
        for text, made in translations(code).items()
        if names(text) - {"rest"} != names(made)
    }
    assert not other


@pytest.mark.parametrize("code", CODES)
def test_a_message_has_one_translation_whatever_file_it_stands_in(code: str) -> None:
    known: dict[str, str] = {}
    for area in catalogue(code).values():
        for text, made in area.items():
            assert known.setdefault(text, made) == made


@pytest.mark.parametrize("code", CODES)
def test_no_translation_is_empty_or_ends_otherwise(code: str) -> None:
    ends = {
        text: made
        for text, made in translations(code).items()
        if not made.strip() or (" " in text and (text[-1] in ".:") != (made[-1] in ".:"))
    }
    assert not ends


@pytest.mark.parametrize(("code", "shown"), [("de", "Daten (CSV)"), ("it", "Dati (CSV)")])
def test_the_link_to_the_data_of_a_figure_is_of_the_language(code: str, shown: str) -> None:
    with language.using(code):
        assert language.word(Drawing.__dataclass_fields__["data_label"].default) == shown


@pytest.mark.parametrize(("code", "step"), [("de", "Pro 10 Jahre"), ("it", "Per 10 anni")])
def test_the_step_of_a_number_is_written_small_after_its_name(code: str, step: str) -> None:
    term = Term("age", "Alter", (ModelRow("age", step, reference=False),))
    with language.using(code):
        assert term.name == f"Alter, {step[0].lower()}{step[1:]}"


#: Texts of code that nobody reads in a report: file -> what they are.
NOT_READ = {
    "docx_package.py": "parts of the file format",
    "manuscript.py": "what is wrong with a template of the user",
    "manuscript_docx.py": "what is wrong with a template of the user",
    "manuscript_names.py": "what is wrong with a template of the user",
    "manuscript_numbers.py": "what is wrong with a template of the user",
    "manuscript_text.py": "what is wrong with a template of the user",
    "record.py": "what the program says when it compares two reports",
    "tables_latex.py": "LaTeX",
    "theme.py": "names of fonts",
}
#: Parts of messages of errors, put together outside of the call; names of methods in English.
KNOWN = frozenset(
    {"Nearest keys: ", "No key looks like it.", "Greenwood variance", "Aalen variance"}
)
#: Calls whose texts are for programs or for who runs the program.
FOR_PROGRAMS = frozenset(
    {"InputError", "ValueError", "RuntimeError", "TypeError", "KeyError", "compile", "split", "sub"}
)
READABLE = re.compile(r"[A-Za-z][a-z]+ [a-z]{2,}|[a-z]{2,} [a-z]{2,}")
MARKUP = re.compile(r"[<>\\{}=]|: ?[\d#]|;$")


def english(path: Path) -> list[str]:
    """List texts of a file that read like English and are looked up nowhere."""
    found: list[str] = []
    _visit(tree(path), found, translations("de").keys() | KNOWN)
    return found


def _visit(node: ast.AST, found: list[str], known: AbstractSet[str]) -> None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Raise | ast.Assert):
        return
    if isinstance(node, ast.Call) and called(node) in FOR_PROGRAMS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
        if READABLE.search(text) and not MARKUP.search(text) and text not in known:
            found.append(text)
    for child in ast.iter_child_nodes(node):
        _visit(child, found, known)


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_no_english_text_is_written_without_being_looked_up(path: Path) -> None:
    if path.name not in NOT_READ:
        assert not english(path)
