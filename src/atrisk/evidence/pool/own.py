"""The reader's own cohort: its counts, and where the pool lets a cohort of its size lie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError, nearest
from atrisk.estimators.proportion import proportion
from atrisk.evidence.pool.from_record import own_of_record

if TYPE_CHECKING:
    from atrisk.estimators.pool_result import Pool
    from atrisk.evidence.pool.models import Own, PoolFile
    from atrisk.toml import TomlFile

__all__ = ["OwnCounts", "own_counts", "own_node"]


@dataclass(frozen=True, slots=True)
class OwnCounts:
    """Counts of the cohort, its moderators, and where they come from."""

    events: int
    total: int
    moderators: dict[str, float]
    source: str | None


def own_counts(read: TomlFile, asked: PoolFile) -> OwnCounts | None:
    """Read the reader's own cohort; None where the file has none.

    Raises
    ------
    InputError
        the measure has no counts, the results cannot be read or have no such key, a moderator is
        missing; at its line.
    """
    own = asked.own
    if own is None:
        return None
    if asked.pool.measure != "proportion":
        raise read.error(
            ("own",), f"a cohort of counts is laid beside proportions, not {asked.pool.measure}s"
        )
    if own.moderators and set(own.moderators) != set(asked.pool.moderators):
        asked_for = ", ".join(asked.pool.moderators) or "none"
        raise read.error(
            ("own", "moderators"),
            f"{', '.join(own.moderators)} where [pool] asks for {asked_for}",
        )
    if own.study is not None:
        if asked.record is None:
            raise read.error(("own", "study"), "a study of the record needs a table [record]")
        events, total, doses, source = own_of_record(read, asked, asked.record)
        return OwnCounts(events, total, own.moderators or doses, own.source or source)
    if own.results is not None:
        return _of_results(read, own)
    return OwnCounts(int(own.events or 0), int(own.total or 0), own.moderators, own.source)


def _of_results(read: TomlFile, own: Own) -> OwnCounts:
    path = read.path.parent / str(own.results)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise read.error(("own", "results"), f"there is no file {own.results}") from None
    except (OSError, ValueError):
        raise read.error(("own", "results"), f"{own.results} is no JSON file") from None
    schema = str(document.get("schema", "")) if isinstance(document, dict) else ""
    if not schema.startswith("atrisk-results/"):
        raise read.error(
            ("own", "results"),
            f"{own.results} is not the results.json of a report that 'atrisk report' wrote",
        )
    values: dict[str, Any] = document["values"]
    events = _value(read, values, f"{own.key}.events", "key")
    if own.total_key is not None:
        total = _value(read, values, own.total_key, "total_key")
    elif f"{own.key}.n" in values:
        total = _value(read, values, f"{own.key}.n", "key")
    else:
        total = values[f"{own.key}.events"].get("n") or 0
    if not 0 <= events <= total or total < 1:
        raise read.error(
            ("own", "key"),
            f"{own.key} has {events:g} events of {total:g}; name the number of patients with"
            " 'total_key'",
        )
    source = own.source or f"{own.results}, {own.key}"
    return OwnCounts(int(events), int(total), own.moderators, source)


def _value(read: TomlFile, values: dict[str, Any], name: str, key: str) -> float:
    entry = values.get(name)
    found = None if entry is None else entry.get("value")
    if found is None or float(found) != int(found):
        known = [k.removesuffix(".events") for k in values if k.endswith(".events")]
        asked = name.removesuffix(".events")
        why = "has no number" if entry is None else "holds no count at"
        raise read.error(
            ("own", key),
            f"the report {why} {name}.{nearest(asked, known)} Those with counts begin with"
            f" {', '.join(known[:5]) or 'nothing'}",
        )
    return float(found)


def own_node(pool: Pool, own: Own, counts: OwnCounts) -> dict[str, Any]:
    """Lay the cohort beside the pool.

    Returns
    -------
    dict
        its counts and exact interval; the interval of the count of a further cohort of its size,
        whether it lies within, and the chance of so few or so many (None with the reason where the
        pool predicts none).
    """
    found = proportion([counts.events], [counts.total], conf_level=pool.conf_level)
    node: dict[str, Any] = {
        "label": own.label,
        "source": counts.source,
        "study": own.study,
        "events": counts.events,
        "total": counts.total,
        "estimate": float(found.estimate[0]),
        "lower": float(found.lower[0]),
        "upper": float(found.upper[0]),
        "moderators": dict(counts.moderators),
        "at_means": bool(len(pool.terms) > 1 and not counts.moderators),
    }
    names = ("expected", "lower_events", "upper_events", "low", "high", "inside", "below", "above")
    node |= dict.fromkeys(names)
    node["why_not"] = None
    at = {name: [value] for name, value in counts.moderators.items()} or None
    try:
        new = pool.predict_new(counts.total, moderators=at, events=counts.events)
    except InputError as error:
        return node | {"why_not": str(error)}
    return node | {
        "expected": new.estimate,
        "low": new.lower,
        "high": new.upper,
        "lower_events": new.lower_events,
        "upper_events": new.upper_events,
        "inside": new.inside,
        "below": new.tail_below,
        "above": new.tail_above,
    }
