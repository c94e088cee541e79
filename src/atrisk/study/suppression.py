"""Small counts of patients taken out of a results document, and what would give them away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.study.suppression_cells import hidden_counts
from atrisk.study.suppression_compare import own_counts
from atrisk.study.suppression_nodes import (
    cleaned_notes,
    shown_population,
    without_patients,
    without_small_rows,
)
from atrisk.study.suppression_same import same_counts
from atrisk.study.suppression_sums import REST, RISK_KINDS, rests, risk_cell, risk_rows, sums_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atrisk.study.suppression_cells import Sum
    from atrisk.study.values import Entries

__all__ = ["suppressed"]

_LEAST = 3
_COUNTED = frozenset({"patients", "events", "assessments"})
#: Kinds of which it is known what adds up to what; of others a small count withholds all.
_KNOWN_SUMS = frozenset(
    {
        "describe",
        "survival",
        "cumulative_incidence",
        "cox",
        "fine_gray",
        "logistic",
        "time_dependent",
        "landmark",
        "weighted",
    }
)
#: Kinds that show single patients, or a few in each month.
_OF_PATIENTS = frozenset({"accrual", "dose_event", "listing", "swimmer", "trajectories"})
_PUBLISHED = "published"
_WITHHELD = "withheld: it would give away a count that is not shown"


def suppressed(document: Mapping[str, Any], below: int) -> dict[str, Any]:
    """Take counts of patients from 1 to below - 1 out of a document, and what gives them away.

    Parameters
    ----------
    document
        the results document.
    below
        the smallest count that is shown; 0 leaves the document as it is.

    Returns
    -------
    dict
        the document without them. A count that is not shown is null with the reason and a mark to
        print: ``<5`` of a small one, ``≥5`` of one that would give a small one away. Analyses that
        show single patients, and of kinds whose sums are not known those with a small count, have
        the kind ``withheld``; no patient is listed.

    Raises
    ------
    InputError
        below is 1 or 2, which would hide nothing, or only the 1 that its mark then tells; or the
        study has fewer patients.

    Notes
    -----
    Counts are protected within one analysis; a count that one analysis hides, no other shows. What
    follows from several analyses taken together is not searched for. Curves stay: from the steps
    of a curve the number at risk can be worked out, and the lowest and highest value of a variable
    are those of a patient.
    """
    if below == 0:
        return dict(document)
    everybody = int(document["population"]["rows_used"])
    _check(below, everybody)
    values: Entries = {}
    nodes = []
    parts = [_counted(document, analysis, everybody) for analysis in document["analyses"]]
    for part, hidden in zip(parts, _hidden(parts, below), strict=True):
        node, entries = _suppressed_analysis(part, hidden, below)
        nodes.append(node)
        values |= entries
    values |= _of_the_study(document, below)
    kept = {key: part for key, part in document.items() if key != "data"}
    if "guard_rails" in document:
        kept["guard_rails"] = list(_guard_rails(document["guard_rails"], values))
    return kept | {
        "population": shown_population(document["population"], below),
        "warnings": [
            {**warning, "message": text}
            for warning in document["warnings"]
            for text in cleaned_notes([warning["message"]], below)
        ],
        "values": values,
        "analyses": nodes,
    }


def _check(below: int, everybody: int) -> None:
    if below < _LEAST:
        raise InputError(
            f"[report] suppress_below = {below} would hide "
            + ("nothing" if below == 1 else "the count 1 only, which the mark '<2' tells")
            + f"; write {_LEAST} or more, or 0 to show every count."
        )
    if everybody < below:
        raise InputError(
            f"[report] suppress_below = {below}, and the study has {everybody} patients: nothing"
            " can be shown."
        )


def _own(values: Mapping[str, Any], analysis: str) -> Entries:
    return {key: dict(entry) for key, entry in values.items() if key.startswith(f"{analysis}.")}


def _of_the_study(document: Mapping[str, Any], below: int) -> Entries:
    """Take the numbers that belong to no analysis; those of the forms are not shown."""
    mine = tuple(f"{name}." for name in ("data", *(a["id"] for a in document["analyses"])))
    entries = {k: dict(entry) for k, entry in document["values"].items() if not k.startswith(mine)}
    for key, count in _counts(entries):
        if 0 < count < below:
            entries[key] |= _not_shown(count, below)
    return entries


def _guard_rails(rails: Iterable[Mapping[str, Any]], values: Entries) -> Iterator[dict[str, Any]]:
    """Keep the guard rails whose numbers are there, without those that are not shown."""
    for rail in rails:
        if all(key in values for key in rail["numbers"]):
            told = all(values[key]["value"] is not None for key in rail["numbers"])
            yield dict(rail) if told else {**rail, "message": rail["text"]}


@dataclass(frozen=True, slots=True)
class _Counted:
    """An analysis with its numbers, its counts and what they add up to."""

    analysis: Mapping[str, Any]
    entries: Entries
    counts: dict[str, float]
    whole: dict[str, int]
    sums: list[Sum]

    def withheld(self, below: int) -> bool:
        """Tell whether it cannot be shown, whatever is hidden."""
        small = any(0 < count < below for count in self.counts.values())
        kind = self.analysis["kind"]
        return kind in _OF_PATIENTS | {_PUBLISHED} or (small and kind not in _KNOWN_SUMS)


def _counted(document: Mapping[str, Any], analysis: Mapping[str, Any], everybody: int) -> _Counted:
    entries = _own(document["values"], analysis["id"])
    counts = dict(_counts(entries))
    counts |= rests(counts)
    counts |= dict(_risk_counts(analysis))
    if analysis["kind"] == "compare":
        counts = own_counts(analysis, counts)
    whole = _whole(counts)
    return _Counted(analysis, entries, counts, whole, sums_of(analysis, whole, everybody))


def _hidden(parts: list[_Counted], below: int) -> list[frozenset[str] | None]:
    """Choose what each analysis hides; a count that one hides, no other shows."""
    shown = [part for part in parts if not part.withheld(below)]
    same = same_counts((part.analysis, part.whole) for part in shown)
    also: dict[str, set[str]] = {part.analysis["id"]: set() for part in parts}
    found: dict[str, frozenset[str] | None] = dict.fromkeys(also)
    todo = [part.analysis["id"] for part in shown]
    while todo:
        for part in shown:
            name = part.analysis["id"]
            if name in todo:
                found[name] = hidden_counts(part.whole, part.sums, below, frozenset(also[name]))
        hidden = frozenset().union(*filter(None, found.values()))
        todo = []
        for key in (k for keys in same if keys & hidden for k in sorted(keys - hidden)):
            name = key.split(".")[0]
            if found[name] is not None:
                also[name].add(key)
                todo.append(name)
    return [found[part.analysis["id"]] for part in parts]


def _suppressed_analysis(
    part: _Counted, hidden: frozenset[str] | None, below: int
) -> tuple[dict[str, Any], Entries]:
    analysis, entries, counts = part.analysis, part.entries, part.counts
    if hidden is None:
        return _withheld(analysis, below), {}
    hidden |= {key for key, count in counts.items() if 0 < count < below}
    node = without_small_rows(without_patients(analysis), hidden)
    notes = cleaned_notes(analysis["notes"], below)
    node |= {"notes": [*notes, *_said(hidden, below)]}
    if "warnings" in analysis:
        node["warnings"] = cleaned_notes(analysis["warnings"], below)
    if not hidden:
        return node, entries
    for key in hidden & entries.keys():
        entries[key] |= _not_shown(counts[key], below)
    for key in _given_away(analysis, entries, hidden, counts, below):
        if entries[key]["value"] is not None:
            entries[key] |= {"value": None, "missing": _WITHHELD}
            entries[key].pop("display", None)
    for entry in entries.values():
        entry["n"] = None  # the number that a value is made of is a count, too
    return node, entries


def _whole(counts: Mapping[str, float]) -> dict[str, int]:
    return {key: int(count) for key, count in counts.items() if float(count).is_integer()}


def _counts(entries: Entries) -> Iterator[tuple[str, float]]:
    for key, entry in entries.items():
        leaf = key.rpartition(".")[2]
        if entry["unit"] in _COUNTED and entry["value"] is not None and leaf not in _NO_COUNTS:
            yield key, entry["value"]


#: Of the unit of events, and no count.
_NO_COUNTS = frozenset({"expected", "events_per_variable", "events_per_candidate"})


def _risk_counts(analysis: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for prefix, block, row in risk_rows(analysis):
        for kind in block["risk_table"].get("shown") or RISK_KINDS[:1]:
            name = kind if kind == "at_risk" else f"{kind}_before"
            for place, count in enumerate(row.get(name) or ()):
                if count is not None:
                    yield risk_cell(prefix, row["group"], name, place), count


def _not_shown(count: float, below: int) -> dict[str, Any]:
    if count < below:
        return {"value": None, "missing": f"suppressed: fewer than {below}", "mark": f"<{below}"}
    reason = f"suppressed: {below} or more, and would give a smaller count away"
    return {"value": None, "missing": reason, "mark": f"\N{GREATER-THAN OR EQUAL TO}{below}"}


def _given_away(
    analysis: Mapping[str, Any],
    entries: Entries,
    hidden: frozenset[str],
    counts: Mapping[str, float],
    below: int,
) -> Iterator[str]:
    """Find what would give a hidden count away: shares of it, and tests of it."""
    if analysis["kind"] == "describe":
        yield from _of_table_1(analysis, entries, hidden, counts, below)
        return
    prefixes = {key.removesuffix(REST) if REST in key else key.rpartition(".")[0] for key in hidden}
    for key, entry in entries.items():
        prefix, _, leaf = key.rpartition(".")
        made_of = leaf.removeprefix("events_per_") != leaf or entry["unit"] == "percent"
        if made_of and prefix in prefixes:
            yield key
    if analysis["kind"] == "logistic":
        yield from _of_odds(analysis, entries, prefixes)


def _of_odds(analysis: Mapping[str, Any], entries: Entries, hidden: set[str]) -> Iterator[str]:
    """Find odds ratios of hidden counts: of a variable alone they are made of nothing else."""
    for model in analysis["models"]:
        for term in model["terms"]:
            prefix = f"{analysis['id']}.{model['id']}"
            rows = {f"{prefix}.{name}" for name in (term["id"], *(r["id"] for r in term["rows"]))}
            if rows & hidden:
                kept = ("n", "events", "left_out", "df")
                yield from (k for row in sorted(rows) for k in _numbers_of(row, entries, kept))


def _numbers_of(prefix: str, entries: Entries, without: tuple[str, ...]) -> Iterator[str]:
    for key in entries:
        before, _, leaf = key.rpartition(".")
        if before == prefix and leaf not in without:
            yield key


def _of_table_1(
    analysis: Mapping[str, Any],
    entries: Entries,
    hidden: frozenset[str],
    counts: Mapping[str, float],
    below: int,
) -> Iterator[str]:
    groups = [group["id"] for group in (*analysis["groups"], analysis["overall"])]
    for variable in analysis["variables"]:
        name = f"{analysis['id']}.{variable['id']}"
        levels = [f"{name}.{level['id']}" for level in variable["levels"]]
        told = False
        for group in groups:
            known = f"{name}.{group}.n"
            of_all = variable.get("missing") == "percent"
            base = f"{analysis['id']}.{group}.n" if of_all else known
            for level in levels:
                if base in hidden or f"{level}.{group}.count" in hidden:
                    told = told or f"{level}.{group}.count" in hidden
                    yield f"{level}.{group}.percent"
            share = f"{name}.{group}.missing_percent"
            if share in entries and {base, f"{name}.{group}.missing"} & hidden:
                yield share
            if known in hidden and counts[known] < below:
                told = True
                yield from (f"{name}.{group}.{part}" for part in _SUMMARY if not levels)
        if told:
            compared = (f"{name}.standardised_difference", *_test_keys(name))
            yield from (key for key in compared if key in entries)


_SUMMARY = ("median", "q1", "q3", "min", "max", "mean", "sd")


def _test_keys(name: str) -> Iterable[str]:
    return (f"{name}.test.{part}" for part in ("p_value", "statistic", "df"))


def _said(hidden: frozenset[str], below: int) -> list[str]:
    if not hidden:
        return []
    said = (
        f"Counts of patients from 1 to {below - 1} are not shown (<{below}), nor other counts that"
        f" would give them away (\N{GREATER-THAN OR EQUAL TO}{below})."
    )
    return [said]


def _withheld(analysis: Mapping[str, Any], below: int) -> dict[str, Any]:
    """Put a node in the place of an analysis that cannot be shown."""
    if analysis["kind"] in _OF_PATIENTS:
        reason = "It shows single patients"
    elif analysis["kind"] == _PUBLISHED:
        reason = "It prints every number, also those of few patients"
    else:
        reason = f"It has counts of patients from 1 to {below - 1}"
    return {
        "id": analysis["id"],
        "kind": "withheld",
        "title": analysis["title"],
        "by": None,
        "groups": [],
        "overall": analysis.get("overall"),
        "warnings": [],
        "notes": [f"{reason}, which this report does not show: the analysis is withheld."],
        "left_out": [],
    }
