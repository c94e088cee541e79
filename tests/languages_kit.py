"""Which messages of the study layer the report could not translate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.report.language import LANGUAGES, using
from atrisk.report.translate import unknown_messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Where texts of the user stand among messages: nobody can tell which of them is untranslated.
MIXED = (
    "cause/label",
    "causes/label",
    "endpoint/label",
    "marks/label",
    "parts/groups/all",
    "data/columns/label",
    "endpoint/curve",
    "endpoint/definition",
    "endpoint/duration",
    "landmarks/groups/label",
    "ph/terms/label",
    "population/left_out/reason",
    "sources/place",
    "sources/what",
    "study/data_file",
    "values/unit",
)
#: For data managers, who read English: why a file of forms was rejected.
ENGLISH = ("rejected_files/reason",)
#: Names that are the same in every language.
NAMES = frozenset({"Baltimore", "CIBMTR", "CR", "CRi", "CRp", "CRh", "PR", "ELN 2024", "mg/m²"})
NAMES |= {"HR", "OR", "SHR"}


def untranslated(document: Mapping[str, Any]) -> list[str]:
    """List the messages that a language lacks: ``de analyses/notes: ...``."""
    return sorted(f"{code} {path}: {text}" for code, path, text in _unknown(document))


def _unknown(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for code in LANGUAGES.keys() - {"en"}:
        with using(code):
            for path, text in unknown_messages(document):
                if not path.endswith((*MIXED, *ENGLISH)) and text not in NAMES:
                    yield code, path, text


def check_translated(document: dict[str, Any]) -> dict[str, Any]:
    """Give the document back, if every message of it can be translated."""
    found = untranslated(document)
    assert not found, f"add to src/atrisk/report/languages/*/study.toml: {found}"
    return document
