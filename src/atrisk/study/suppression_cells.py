"""Which counts must be hidden besides the small ones, so that no sum gives one away."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Sum", "exposed", "hidden_counts"]

_WHOLE = 1e-6


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts that add up to another, or to a number that everybody knows."""

    total: str | int
    parts: tuple[str, ...]

    def named(self) -> tuple[str, ...]:
        """Name every count of the sum, the parts first."""
        return self.parts if isinstance(self.total, int) else (*self.parts, self.total)


def hidden_counts(
    counts: Mapping[str, int],
    sums: Sequence[Sum],
    below: int,
    also: frozenset[str] = frozenset(),
) -> frozenset[str] | None:
    """Choose the counts to hide: those from 1 to below - 1, and as few others as a search finds.

    Parameters
    ----------
    counts
        what would be shown.
    sums
        what a reader knows of them.
    below
        the smallest count that is shown, 3 or more; 0 is shown too.
    also
        counts to hide besides.

    Returns
    -------
    frozenset of str, or None
        keys; of each the numbers shown leave more than one value possible. None where that cannot
        be reached: the marks of counts that are not shown would give them away.

    Notes
    -----
    A reader sees which hidden counts are small and which are not, so that one is 1 to below - 1
    and the other below or more. While a hidden count has one value only that fits the sums, the
    smallest other count of a sum that it stands in is hidden too, a total after its parts.

    References
    ----------
    Willenborg L, de Waal T (2001) Elements of Statistical Disclosure Control, chapter 6
    (complementary cell suppression).

    Examples
    --------
    >>> known = {"all": 20, "a": 2, "b": 7, "c": 11}
    >>> sorted(hidden_counts(known, [Sum("all", ("a", "b", "c"))], 5))
    ['a', 'b']
    """
    public = _public(counts, sums)
    hidden = {key for key, count in counts.items() if 0 < count < below} | (also - public)
    while True:
        open_to_all = exposed(counts, sums, frozenset(hidden), below)
        if not open_to_all:
            return frozenset(hidden)
        more = _next(counts, sums, hidden, open_to_all, below, public)
        if more is None:
            return None
        hidden.add(more)


def _public(counts: Mapping[str, int], sums: Sequence[Sum]) -> frozenset[str]:
    """Find counts that are a number that everybody knows, less nothing: hiding them is no use."""
    found: set[str] = set()
    while True:
        more = set()
        for known in sums:
            parts = [part for part in known.parts if counts[part]]
            if len(parts) == 1 and (isinstance(known.total, int) or known.total in found):
                more.add(parts[0])
            elif len(parts) == 1 and parts[0] in found:
                more.add(str(known.total))
        if more <= found:
            return frozenset(found)
        found |= more


def _next(
    counts: Mapping[str, int],
    sums: Sequence[Sum],
    hidden: set[str],
    open_to_all: Sequence[str],
    below: int,
    public: frozenset[str] = frozenset(),
) -> str | None:
    """Choose the count to hide next: small and a part, of a sum with an exposed count."""
    totals = {known.total for known in sums}
    reached = set(open_to_all)
    while True:
        near = {key for known in sums if reached & set(known.named()) for key in known.named()}
        free = [key for key in near - hidden - public if counts[key] >= below]
        if free:
            return min(free, key=lambda key: (key in totals, counts[key], key))
        if near <= reached:
            return None
        reached |= near


def exposed(
    counts: Mapping[str, int], sums: Sequence[Sum], hidden: frozenset[str], below: int
) -> list[str]:
    """Find the hidden counts for which only one value fits what is shown, sorted."""
    found: list[str] = []
    for keys, rows in _components(sums, hidden):
        found += _determined(counts, keys, rows, below)
    return sorted(found)


def _components(sums: Sequence[Sum], hidden: frozenset[str]) -> list[tuple[list[str], list[Sum]]]:
    """Put hidden counts together that sums tie to each other."""
    rows = [known for known in sums if hidden & set(known.named())]
    of_key: dict[str, list[int]] = defaultdict(list)
    for place, known in enumerate(rows):
        for key in known.named():
            if key in hidden:
                of_key[key].append(place)
    left, components = set(range(len(rows))), []
    while left:
        queue, places = [min(left)], set[int]()
        keys: set[str] = set()
        while queue:
            place = queue.pop()
            if place in places:
                continue
            places.add(place)
            mine = hidden & set(rows[place].named())
            keys |= mine
            queue += [other for key in mine for other in of_key[key] if other not in places]
        left -= places
        components.append((sorted(keys), [rows[place] for place in sorted(places)]))
    return components


def _determined(
    counts: Mapping[str, int], keys: list[str], rows: list[Sum], below: int
) -> list[str]:
    """Find the counts whose least and largest possible value are one.

    The polytope of all tables that fit is searched by linear programs; every solution that differs
    from the true counts by 1 or more shows further counts to be open.
    """
    from scipy.optimize import linprog

    place = {key: index for index, key in enumerate(keys)}
    truth = np.array([counts[key] for key in keys], dtype=float)
    matrix = np.array([_signs(row, place) for row in rows])
    bounds = [(1, below - 1) if counts[key] < below else (below, None) for key in keys]
    free = np.zeros(len(keys), dtype=bool)
    for index in range(len(keys)):
        for sign in (1.0, -1.0):
            if free[index]:
                break
            aim = np.zeros(len(keys))
            aim[index] = sign
            found = linprog(aim, A_eq=matrix, b_eq=matrix @ truth, bounds=bounds, method="highs")
            if found.status == 3:  # without a bound
                free[index] = True
            elif found.status == 0:
                free |= np.abs(found.x - truth) > 1.0 - _WHOLE
    return [key for key in keys if not free[place[key]]]


def _signs(row: Sum, place: Mapping[str, int]) -> list[float]:
    signs = [0.0] * len(place)
    for key in row.parts:
        if key in place:
            signs[place[key]] += 1.0
    if row.total in place:
        signs[place[str(row.total)]] -= 1.0
    return signs
