"""What a reader knows of the counts of an analysis: which of them add up to which."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from atrisk.study.suppression_cells import Sum

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    _Node = Mapping[str, Any]

__all__ = ["REST", "RISK_KINDS", "rests", "risk_cell", "risk_rows", "sums_of"]


def sums_of(analysis: _Node, counts: Mapping[str, int], everybody: int) -> list[Sum]:
    """List the sums that hold among the counts of an analysis.

    Each is tried on the counts, so that one that does not hold is none.
    """
    tried = [
        *_groups(analysis, counts),
        *_children(counts),
        *_described(analysis),
        *_ends(counts),
        *_causes(analysis, counts),
        *_observed(counts),
        *_states(analysis),
        *_models(analysis),
        *_rest(counts),
        *_terms(analysis),
        *_left_out(counts, everybody),
        *_risk(analysis),
    ]
    found = (known for known in tried if all(key in counts for key in known.named()))
    return list(dict.fromkeys(known for known in found if _holds(known, counts)))


def _holds(known: Sum, counts: Mapping[str, int]) -> bool:
    total = known.total if isinstance(known.total, int) else counts[known.total]
    return sum(counts[part] for part in known.parts) == total


def _groups(analysis: _Node, counts: Mapping[str, int]) -> Iterator[Sum]:
    """Say that groups add up to all patients, whatever is counted."""
    groups = [group["id"] for group in analysis.get("groups") or ()]
    overall = (analysis.get("overall") or {}).get("id")
    if not groups or overall is None:
        return
    for key in counts:
        words = key.split(".")
        for place, word in enumerate(words):
            if place and word == overall:
                parts = (".".join([*words[:place], g, *words[place + 1 :]]) for g in groups)
                yield Sum(key, tuple(parts))


def _children(counts: Mapping[str, int]) -> Iterator[Sum]:
    """Try whether what stands below a heading adds up to what the heading counts."""
    below: dict[str, list[str]] = defaultdict(list)
    for key in counts:
        words = key.split(".")
        if len(words) > 2:
            below[".".join([*words[:-2], words[-1]])].append(key)
    for total, parts in below.items():
        yield Sum(total, tuple(parts))


def _described(analysis: _Node) -> Iterator[Sum]:
    """Say that levels and missing values add up to the patients of a group."""
    if analysis["kind"] != "describe":
        return
    prefix = analysis["id"]
    for group in [*analysis["groups"], analysis["overall"]]:
        for variable in analysis["variables"]:
            name = f"{prefix}.{variable['id']}"
            known = f"{name}.{group['id']}.n"
            levels = [f"{name}.{v['id']}.{group['id']}.count" for v in variable["levels"]]
            if levels:
                yield Sum(known, tuple(levels))
            yield Sum(f"{prefix}.{group['id']}.n", (known, f"{name}.{group['id']}.missing"))


def _ends(counts: Mapping[str, int]) -> Iterator[Sum]:
    """Say that events and censorings add up to the patients."""
    for key in counts:
        if key.endswith(".censored"):
            prefix = key.removesuffix(".censored")
            yield Sum(f"{prefix}.n", (f"{prefix}.events", key))
            yield Sum(f"{prefix}.n", (f"{prefix}.events", f"{prefix}.competing", key))


def _causes(analysis: _Node, counts: Mapping[str, int]) -> Iterator[Sum]:
    """Say that the patients at risk are the same ones for every cause."""
    causes = [cause["id"] for cause in analysis.get("causes") or ()]
    for key in counts:
        words = key.split(".")
        if words[-1] == "at_risk" and len(words) > 2 and causes[1:] and words[1] == causes[0]:
            yield from (Sum(key, (".".join([words[0], c, *words[2:]]),)) for c in causes[1:])


def _observed(counts: Mapping[str, int]) -> Iterator[Sum]:
    """Say that the events a test observed are those of the group."""
    for key in counts:
        words = key.split(".")
        if words[-1] == "observed":
            yield Sum(".".join([*words[:-1], "events"]), (key,))
            for dropped in range(1, len(words) - 2):
                kept = [*words[:dropped], *words[dropped + 1 : -1], "events"]
                yield Sum(".".join(kept), (key,))


def _states(analysis: _Node) -> Iterator[Sum]:
    """Say how the states before and after an exposure add up to the patients and their events."""
    for exposure in analysis.get("exposures") or ():
        prefix = f"{analysis['id']}.{exposure['id']}"
        states = [f"{prefix}.{state['id']}" for state in exposure.get("states") or ()]
        everybody = f"{analysis['id']}.overall"
        yield Sum(f"{everybody}.events", tuple(f"{state}.events" for state in states))
        yield Sum(f"{everybody}.n", (f"{prefix}.before.n", f"{prefix}.exposed_at_start"))
        yield Sum(f"{prefix}.patients_exposed", (f"{prefix}.after.n",))
        for model in analysis.get("models") or ():
            for state in exposure.get("states") or ():
                row = f"{analysis['id']}.{model['id']}.{exposure['id']}_{state['id']}"
                for part in ("n", "events"):
                    yield Sum(f"{prefix}.{state['id']}.{part}", (f"{row}.{part}",))


def _models(analysis: _Node) -> Iterator[Sum]:
    """Say that models of the same patients count the same."""
    models = analysis.get("models") or ()
    for part in ("n", "events"):
        for model in models:
            yield Sum(
                f"{analysis['id']}.overall.{part}", (f"{analysis['id']}.{model['id']}.{part}",)
            )
        for first, second in pairwise(models):
            for row in (row for term in first["terms"] for row in term.get("rows") or ()):
                keys = (f"{analysis['id']}.{m['id']}.{row['id']}.{part}" for m in (first, second))
                yield Sum(next(keys), tuple(keys))


def _rest(counts: Mapping[str, int]) -> Iterator[Sum]:
    """Say that those without the event are the patients less those with it."""
    for key in counts:
        if key.endswith(REST):
            prefix = key.removesuffix(REST)
            yield Sum(f"{prefix}.n", (f"{prefix}.events", key))


#: Patients without the event, whom anybody can count.
REST = "#rest"


def rests(counts: Mapping[str, float]) -> dict[str, float]:
    """Count the patients without the event, where the others and all are counted."""
    found: dict[str, float] = {}
    for key, events in counts.items():
        prefix = key.removesuffix(".events")
        if prefix != key and f"{prefix}.censored" not in counts:
            everybody = counts.get(f"{prefix}.n", -1)
            if everybody >= events:
                found[f"{prefix}{REST}"] = everybody - events
    return found


def _terms(analysis: _Node) -> Iterator[Sum]:
    """Say that the levels of a term add up to the patients, or events, of the model."""
    for model in analysis.get("models") or ():
        prefix = f"{analysis['id']}.{model['id']}"
        for term in model.get("terms") or ():
            rows = [row["id"] for row in term.get("rows") or ()]
            for part in ("n", "events"):
                keys = tuple(f"{prefix}.{row}.{part}" for row in rows)
                if keys and rows != [term["id"]]:
                    yield Sum(f"{prefix}.{part}", (f"{prefix}.{term['id']}.{part}",))
                    yield Sum(f"{prefix}.{term['id']}.{part}", keys)
                    yield Sum(f"{prefix}.{part}", keys)


def _left_out(counts: Mapping[str, int], everybody: int) -> Iterator[Sum]:
    """Say that who is analysed and who is left out are the patients of the study."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for key in counts:
        prefix, _, leaf = key.rpartition(".")
        if leaf.startswith("left_out"):
            blocks[prefix].append(key)
    for prefix, keys in blocks.items():
        yield Sum(everybody, (f"{prefix}.n", *keys))
        inner = [k for k in counts if k.startswith(f"{prefix}.") and k.endswith(".n")]
        yield Sum(everybody, (*inner, *keys))


def _risk(analysis: _Node) -> Iterator[Sum]:
    """Say that who is at risk, had the event before or was censored before are the group.

    Numbers at risk in a table under a figure and those at a time quoted are the same.
    """
    for prefix, block, row in risk_rows(analysis):
        group, causes = row["group"], analysis.get("causes") or ()
        for place, time in enumerate(block["risk_table"]["times"]):
            cells = tuple(risk_cell(prefix, group, kind, place) for kind in RISK_KINDS)
            yield Sum(f"{prefix}.{group}.n", cells)
            if time == 0:
                yield Sum(f"{prefix}.{group}.n", cells[:1])
            for named in analysis.get("times") or ():
                if named["value"] == time:
                    yield Sum(f"{prefix}.{group}.{named['id']}.at_risk", cells[:1])
                    for cause in causes:
                        words = (prefix, cause["id"], group, named["id"], "at_risk")
                        yield Sum(".".join(words), cells[:1])


#: Rows of a table of numbers at risk, as the results document has them.
RISK_KINDS = ("at_risk", "events_before", "censored_before")


def risk_cell(prefix: str, group: str, kind: str, place: int) -> str:
    """Name a number of a table under a figure, which has no key of its own."""
    return f"{prefix}#{group}#{kind}#{place}"


def risk_rows(analysis: _Node) -> Iterator[tuple[str, Any, Any]]:
    """Yield every row of numbers at risk, with the block of the analysis and its prefix."""
    blocks = [(analysis["id"], analysis)]
    for part in ("landmarks", "exposures"):
        found = (block for block in analysis.get(part) or () if "risk_table" in block)
        blocks += [(f"{analysis['id']}.{block['id']}", block) for block in found]
    for prefix, block in blocks:
        for row in (block.get("risk_table") or {}).get("rows", ()):
            yield prefix, block, row
