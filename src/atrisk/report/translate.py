"""The words of the study layer in the language of the report.

The results document is English. Its messages are known by the files ``study.toml`` of
``languages/``: a whole text, or a pattern with the names of its parts in braces, ``{n} patients
are left out ({reason})``. What is the user's own (labels, titles, definitions) stays as it is, and
so does a message that no file knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atrisk.report.language import current
from atrisk.report.translate_messages import Catalogue, patterns, study_messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node

__all__ = ["translated", "unknown_messages"]

#: Where the document holds messages: the ends of paths, without the places in lists.
MESSAGES = frozenset(
    {
        "axis/unit",
        "changes/period",
        "data/clinical",
        "data/columns/label",
        "display/unit",
        "endpoint/curve",
        "endpoint/definition",
        "endpoint/duration",
        "failed",
        "listed/deviation",
        "listed/dose",
        "listed/label",
        "listed/unit",
        "method",
        "missing",
        "lanes/note",
        "lanes/population",
        "notes",
        "parts/time",
        "period",
        "reason",
        "recorded",
        "report_unit",
        "rule",
        "schedule",
        "sources/place",
        "study/data_file",
        "study/disclaimer",
        "time_unit",
        "values/unit",
        "warnings",
    }
)
#: Where labels are made by the study layer; all others are the user's.
LABELS = frozenset(
    {
        "at/label",
        "criteria/label",
        "first/label",
        "first/title",
        "kinds/label",
        "lanes/label",
        "marks/label",
        "parts/groups/all",
        "reasons/label",
        "trajectories/label",
        "landmarks/groups/label",
        "landmarks/label",
        "measure/name",
        "measure/short",
        "missing/label",
        "models/label",
        "overall/label",
        "ph/terms/label",
        "points/label",
        "reasons/first",
        "reasons/second",
        "second/label",
        "second/title",
        "states/label",
        "table/columns/label",
        "table/rows/label",
        "tests/label",
        "times/label",
        "validation/rows/label",
    }
)
#: Where labels are the user's, or those that the fields of forms have: yes and no.
ANSWERS = frozenset(
    {
        "cells",
        "exposed/label",
        "groups/label",
        "levels/label",
        "reference/label",
        "terms/rows/label",
    }
)
#: Where labels are those of the library of endpoints, if the endpoint is one of it.
STANDARD = frozenset({"cause/label", "causes/label", "endpoint/label", "sources/what"})
#: How the definition of such an endpoint begins and ends.
_STANDARD = re.compile(r"From .*; censored at the last contact.* Definition: .*\.", re.DOTALL)
_YES_NO = frozenset({"Yes", "No"})
#: Where a key of messages holds a name of the program, or a text of the user.
CODES = frozenset(
    {
        "exclusions/reason",
        "guard_rails/rule",
        "selection/method",
        "selection/rule",
        "variables/missing",
    }
)
#: Not printed, or rows of a data file.
_NOT_READ = frozenset({"curves", "formula", "provenance", "queries"})
#: Reasons that the report has words of its own for.
_CODES = frozenset({"not reached"})


def translated(document: Node) -> Node:
    """Translate what the study layer wrote in the document; ids, keys and numbers stay.

    Parameters
    ----------
    document
        The results document.

    Returns
    -------
    Node
        a copy in the language that is set (`atrisk.report.language.using`).
    """
    language = current()
    if language.code == "en" and language.decimal == ".":
        return document
    return _walk(document).node(document)


def unknown_messages(document: Node) -> set[tuple[str, str]]:
    """List the texts that stand where messages do and are none that the language knows.

    Returns
    -------
    set of (path, text)
        the keys above a text, without places in lists; the text.
    """
    walk = _walk(document)
    walk.node(document)
    return walk.unknown


def _walk(document: Node) -> _Walk:
    code = current().code
    whole, forms = study_messages(code), document.get("data") is not None
    standard = _standard_labels(document)
    users = _small_labels(document) if code == "de" else {}
    users |= {_small(label): _cased(whole[label], code) for label in standard if label in whole}
    return _Walk(Catalogue(whole, patterns(code), users), forms, standard)


def _cased(label: str, code: str) -> str:
    """Write a label inside a sentence: nouns keep their capitals in German."""
    return label if code == "de" else _small(label)


def _small(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _standard_labels(document: Node) -> frozenset[str]:
    """Collect the labels of endpoints of the library and of their events."""
    found: set[str] = set()
    for analysis in document.get("analyses", ()):
        endpoint = analysis.get("endpoint") or {}
        if _STANDARD.fullmatch(endpoint.get("definition") or ""):
            nodes = [endpoint, analysis.get("cause") or {}, *(analysis.get("causes") or ())]
            found |= {node["label"] for node in nodes if "label" in node}
            found |= {node["what"] for node in _sources(document, endpoint.get("id"))}
    return frozenset(found)


def _sources(document: Node, endpoint: str | None) -> Iterator[Node]:
    for node in (document.get("data") or {}).get("endpoints", ()):
        if node["id"] == endpoint:
            yield from node["sources"]


_OF_USER = frozenset(
    {"by", "cause", "causes", "endpoint", "exposures", "groups", "terms", "treatment", "variables"}
)


def _small_labels(node: Any, above: str = "") -> dict[str, str]:  # noqa: ANN401 - any JSON value
    """Map each label of the user, written small for a sentence, to itself."""
    found: dict[str, str] = {}
    if isinstance(node, Mapping):
        label = node.get("label")
        if isinstance(label, str) and above in _OF_USER:
            found[_small(label)] = label
        for key, child in node.items():
            if key not in {"values", *_NOT_READ}:
                found |= _small_labels(child, key)
    elif isinstance(node, list):
        for child in node:
            found |= _small_labels(child, above)
    return found


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through the document and translates what is a message where it stands."""

    catalogue: Catalogue
    forms: bool
    standard: frozenset[str]
    unknown: set[tuple[str, str]] = field(default_factory=set)

    def node(self, node: Node, path: tuple[str, ...] = ()) -> dict[str, Any]:
        """Translate an object; ``path`` holds the keys above it."""
        if path[-2:] == ("ph", "terms") and node.get("id") != "global":
            return dict(node)  # the user's labels of variables
        numeric = node.get("type") in {"number", "exposure"}
        return {key: self.child(child, (*path, key), numeric) for key, child in node.items()}

    def values(self, entries: Mapping[str, Node]) -> dict[str, Any]:
        """Translate the entries of values, whose keys say nothing of what they hold."""
        return {key: self.node(entry, ("values",)) for key, entry in entries.items()}

    def child(self, child: Any, path: tuple[str, ...], numeric: bool) -> Any:  # noqa: ANN401, FBT001
        """Translate what stands under a key; ``numeric`` if in a term without levels."""
        if path[-1] in _NOT_READ:
            return child
        if path == ("values",):
            return self.values(child)
        if isinstance(child, Mapping):
            return self.node(child, (*path, "number") if numeric else path)
        if isinstance(child, list):
            return [self.child(item, path, numeric) for item in child]
        return self.text(child, path) if isinstance(child, str) and child else child

    def text(self, text: str, path: tuple[str, ...]) -> str:
        """Translate a text, if its path says that it is a message."""
        ends = {path[-1], "/".join(path[-2:]), "/".join(path[-3:])}
        ends |= {"cells"} & {*path[-2:-1]}
        ends |= {"trajectories/label"} if path == ("analyses", "label") else set()
        answer = self.forms and text in _YES_NO and ends & ANSWERS
        answer = answer or (text in self.standard and ends & STANDARD)
        label = ends & LABELS or path[-2:] == ("number", "label")
        if text in _CODES or ends & CODES or not (answer or label or ends & MESSAGES):
            return text
        found = self.catalogue.find(text, label=bool(label))
        if found is None:
            self.unknown.add(("/".join(path), text))
        return found or text
