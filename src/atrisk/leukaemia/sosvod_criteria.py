"""Diagnostic criteria of SOS/VOD as data: items, groups of items, routes and windows of days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from atrisk.errors import InputError, nearest
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CRITERIA", "Criteria", "Group", "Item", "criteria_named"]

CRITERIA: tuple[str, ...] = (
    "modified-seattle",
    "baltimore",
    "ebmt-2016-classical",
    "ebmt-2016-late",
    "ebmt-2023-probable",
    "ebmt-2023-clinical",
    "ebmt-2023-proven",
)

Parts = Literal["threshold", "any", "all", "done"]


@dataclass(frozen=True, slots=True)
class Item:
    """One finding.

    Attributes
    ----------
    name
        as it is listed: "bilirubin >=2 mg/dL".
    of
        the columns it is read from.
    parts
        ``threshold``: a measurement passes ``value``; ``any`` or ``all`` of the signs; ``done``:
        any of the investigations, those not made left out.
    value
        the threshold; None of signs.
    strictly
        whether the threshold itself is not enough.
    daily
        whether an entry is expected on every day with a row.
    """

    name: str
    of: tuple[str, ...]
    parts: Parts
    value: float | None
    strictly: bool
    daily: bool


@dataclass(frozen=True, slots=True)
class Group:
    """At least so many of some items."""

    at_least: int
    of: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Criteria:
    """One set of criteria: met by any route, a route by all of its groups.

    Attributes
    ----------
    name, title
        "baltimore", "Baltimore".
    first_day, last_day
        days after transplantation on which items count, both included; ``last_day`` None: no end.
    not_attributable
        whether findings with another cause are not counted.
    routes
        groups of items.
    source
        where it is published.
    """

    name: str
    title: str
    first_day: int
    last_day: int | None
    not_attributable: bool
    routes: tuple[tuple[Group, ...], ...]
    source: str

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item once, in order."""
        return tuple(dict.fromkeys(self._each_item()))

    def _each_item(self) -> Iterator[Item]:
        for route in self.routes:
            for group in route:
                yield from group.of


@cache
def criteria_named(name: str, *, pain_required: bool = True) -> Criteria:
    """Find a set of criteria.

    Parameters
    ----------
    name
        one of `CRITERIA`.
    pain_required
        whether "painful hepatomegaly" asks for pain.

    Returns
    -------
    Criteria

    Raises
    ------
    InputError
        if there is none of this name.

    Examples
    --------
    >>> criteria_named("modified-seattle").last_day
    20
    >>> [item.name for item in criteria_named("ebmt-2023-proven").items]
    ['histology', 'HVPG >=10 mmHg']
    """
    facts = load("sosvod")
    if name not in facts["criteria"]:
        raise InputError(
            f"there are no SOS/VOD criteria {name!r}. There are: {', '.join(CRITERIA)}."
            f"{nearest(name, CRITERIA)}"
        )
    row = facts["criteria"][name]
    return Criteria(
        name=name,
        title=row["title"],
        first_day=row["first_day"],
        last_day=row.get("last_day"),
        not_attributable=row["not_attributable"],
        routes=tuple(
            tuple(_group(group, pain_required=pain_required) for group in route["groups"])
            for route in row["routes"]
        ),
        source=facts["sources"][row["source"]],
    )


def _group(row: dict[str, Any], *, pain_required: bool) -> Group:
    return Group(row["at_least"], tuple(_item(n, pain_required=pain_required) for n in row["of"]))


def _item(name: str, *, pain_required: bool) -> Item:
    row = load("sosvod")["items"][name]
    daily = row["recorded"] == "daily"
    if "measurement" in row:
        strictly = "above" in row
        value = float(row["above" if strictly else "at_least"])
        return Item(name, (row["measurement"],), "threshold", value, strictly, daily)
    parts: Parts = next(part for part in ("any", "all", "done") if part in row)
    of = tuple(row[parts])
    if parts == "all" and not pain_required:
        of = tuple(sign for sign in of if sign != "pain")
    return Item(name, of, parts, None, strictly=False, daily=daily)
