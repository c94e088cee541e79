"""Short names of numbers: ``os.median`` for ``os.overall.median.estimate``.

A name begins with the id of its analysis and gives the parts of the key in their order. It may

1. leave out all patients (``overall``), the name of a model (``univariable``, ``multivariable``,
   ``selected``) and a last ``ratio`` or ``estimate``;
2. write a time as the study file does, ``1_year`` for ``t1y``;
3. write a variable for its level, where only one level is compared with the reference.

A key that needs no third rule wins; a name that still means several keys is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from atrisk.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atrisk.report.values import Node

__all__ = ["Names", "UnknownNameError"]

_MODELS = frozenset({"univariable", "multivariable", "selected"})
_RATIO, _ESTIMATE = "ratio", "estimate"
_MOST_SHOWN = 4
_NO_WORD = re.compile(r"[^a-z0-9]+")


class UnknownNameError(Exception):
    """A name that means no key, or several; the message says which exist."""


@dataclass(frozen=True)
class Names:
    """The names by which the numbers of a results document are asked for."""

    document: Node

    def key(self, name: str) -> str:
        """Find the key that a name means.

        Raises
        ------
        UnknownNameError
            If it means none, or more than one.
        """
        if name in self.document["values"]:
            return name
        for by_level in (False, True):
            found = [key for key in self._of(name) if self._means(name, key, by_level=by_level)]
            if len(found) > 1:
                raise UnknownNameError(f"may be any of {_few(found)}")
            if found:
                return found[0]
        raise UnknownNameError(f"there is no such number{self._near(name)}")

    def part(self, name: str, last: str) -> str:
        """Find the key of another part of what a name means: the lower end of a median.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        try:
            prefix = self.key(name).rpartition(".")[0]
        except UnknownNameError:
            return self.key(f"{name}.{last}")
        if f"{prefix}.{last}" in self.document["values"]:
            return f"{prefix}.{last}"
        raise UnknownNameError(f"there is no number {prefix}.{last}")

    def above(self, name: str, last: str) -> str:
        """Find the nearest part of what a name stands under: the n of a median's group.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        prefix = self.key(name)
        while "." in prefix:
            prefix = prefix.rpartition(".")[0]
            if f"{prefix}.{last}" in self.document["values"]:
                return f"{prefix}.{last}"
        raise UnknownNameError(f"nothing above it has the part {last!r}")

    @cached_property
    def _by_analysis(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key in self.document["values"]:
            found[key.partition(".")[0]].append(key)
        return found

    @cached_property
    def _nodes(self) -> Mapping[str, Node]:
        return {analysis["id"]: analysis for analysis in self.document["analyses"]}

    def _of(self, name: str) -> list[str]:
        return self._by_analysis.get(name.partition(".")[0], [])

    def _means(self, name: str, key: str, *, by_level: bool) -> bool:
        """Tell whether a key has the parts of a name, and besides only those left out."""
        analysis = self._nodes.get(key.partition(".")[0], {})
        wanted, parts = self._as_ids(analysis, name.split(".")), key.split(".")
        overall = (analysis.get("overall") or {}).get("id")
        place = 0
        for index, part in enumerate(parts):
            asked = wanted[place] if place < len(wanted) else None
            if part == asked or (by_level and self._is_level(analysis, asked, part)):
                place += 1
            elif not (part == overall or part in _MODELS or self._is_last(parts, index)):
                return False
        return place == len(wanted)

    def _is_last(self, parts: list[str], index: int) -> bool:
        """Tell whether a part is the last that goes without saying: of a model, the ratio."""
        if index + 1 < len(parts) or parts[index] not in {_RATIO, _ESTIMATE}:
            return False
        ratio = ".".join((*parts[:-1], _RATIO))
        return parts[index] == _RATIO or ratio not in self.document["values"]

    @staticmethod
    def _as_ids(analysis: Node, wanted: list[str]) -> list[str]:
        times = {_slug(time["label"]): time["id"] for time in _times(analysis)}
        return [times.get(part, part) for part in wanted]

    @staticmethod
    def _is_level(analysis: Node, variable: str | None, part: str) -> bool:
        return variable is not None and part in _levels(analysis).get(variable, ())

    def _near(self, name: str) -> str:
        first = name.partition(".")[0]
        if not self._of(name):
            return f": nothing has the id {first!r}.{nearest(first, self._by_analysis)}"
        short = dict.fromkeys(self._shortened(key) for key in self._of(name))
        near = get_close_matches(name, short, n=_MOST_SHOWN - 1, cutoff=0.5)
        return f"; near it are {_few(near)}" if near else ""

    def _shortened(self, key: str) -> str:
        """Leave out of a key what goes without saying."""
        parts = key.split(".")
        overall = (self._nodes.get(parts[0], {}).get("overall") or {}).get("id")
        return ".".join(
            part
            for index, part in enumerate(parts)
            if not index or not (part == overall or self._is_last(parts, index))
        )


def _times(analysis: Node) -> Iterator[Node]:
    """Yield the times and landmarks of an analysis."""
    for part in ("times", "landmarks"):
        yield from analysis.get(part) or ()


def _levels(analysis: Node) -> dict[str, set[str]]:
    """Give the levels of each variable of the models that are compared with the reference."""
    found: dict[str, set[str]] = defaultdict(set)
    for model in analysis.get("models") or ():
        for term in model.get("terms") or ():
            rows = term.get("rows") or ()
            found[str(term["id"])] |= {row["id"] for row in rows if not row.get("reference")}
    return found


def _slug(label: str) -> str:
    return _NO_WORD.sub("_", label.casefold()).strip("_")


def _few(keys: list[str]) -> str:
    shown = [f"'{key}'" for key in keys[:_MOST_SHOWN]]
    rest = len(keys) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
