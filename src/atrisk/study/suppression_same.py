"""Which counts of different analyses are the same patients, so that both are hidden or none."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    _Node = Mapping[str, Any]

__all__ = ["same_counts"]


def same_counts(analyses: Iterable[tuple[_Node, Mapping[str, int]]]) -> list[frozenset[str]]:
    """Put the counts of analyses together that are made of the same words and are equal.

    The men of arm A are counted in a table by arm, in one by sex and in a model of the sexes.
    """
    found: dict[Hashable, set[str]] = defaultdict(set)
    for analysis, counts in analyses:
        for key, what in _named(analysis):
            if key in counts:
                found[what, counts[key]].add(key)
    return [frozenset(keys) for keys in found.values() if len(keys) > 1]


def _named(analysis: _Node) -> Iterator[tuple[str, Hashable]]:
    """Name each count by what it counts, whatever table it stands in."""
    prefix, by = analysis["id"], (analysis.get("by") or {}).get("variable")
    endpoint = (analysis.get("endpoint") or analysis.get("outcome") or {}).get("label")
    overall = analysis.get("overall") or {}
    groups = [(group["id"], {(by, group["label"])}) for group in analysis.get("groups") or ()]
    for group, members in [*groups, (overall.get("id"), set[Any]())]:
        who = frozenset(members)
        yield f"{prefix}.{group}.n", who
        for part in ("events", "censored"):
            yield f"{prefix}.{group}.{part}", (part, endpoint, who)
        for name, cause in (("", None), *((f".{c['id']}", c["id"]) for c in _causes(analysis))):
            yield f"{prefix}{name}.{group}.events", ("events", endpoint, cause, who)
            for time in analysis.get("times") or ():
                key = f"{prefix}{name}.{group}.{time['id']}.at_risk"
                yield key, ("at_risk", endpoint, time["id"], who)
        for variable in analysis.get("variables") or ():
            yield from _described(prefix, variable, group, who)
    for model in analysis.get("models") or ():
        for term in model["terms"]:
            for row in term.get("rows") or ():
                key = f"{prefix}.{model['id']}.{row['id']}"
                who = frozenset({(term["id"], row["label"])})
                yield f"{key}.n", who
                yield f"{key}.events", ("events", endpoint, who)


def _causes(analysis: _Node) -> Iterable[_Node]:
    return analysis.get("causes") or ()


def _described(
    prefix: str, variable: _Node, group: str, who: frozenset[Any]
) -> Iterator[tuple[str, Hashable]]:
    if not isinstance(variable, dict) or "levels" not in variable:
        return
    name = variable["id"]
    yield f"{prefix}.{name}.{group}.n", ("known", name, who)
    yield f"{prefix}.{name}.{group}.missing", who | {(name, None)}
    for level in variable["levels"]:
        yield f"{prefix}.{name}.{level['id']}.{group}.count", who | {(name, level["label"])}
