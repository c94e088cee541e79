"""From when a group is known: what tells a group fixed at time zero from one that comes later."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import ImmortalTimeWarning, InputError, listed, nearest
from atrisk.sources.validate import Field, numbers

if TYPE_CHECKING:
    from atrisk.sources.histories import Histories

__all__ = [
    "KNOWN_FROM",
    "REMEDY",
    "known_after_start",
    "known_roles",
    "known_times",
    "warn_of_immortal_groups",
    "warn_of_immortal_time",
]

KNOWN_FROM = "known_from"
REMEDY = (
    "Who is in that group cannot have had the event before, so that time is immortal. Split "
    'the follow-up: e = episodes(df, ..., exposures={"name": "time column"}), then '
    "mantel_byar_test(e), simon_makuch(e) or "
    'cox("Surv(start, stop, event) ~ ...", e.to_frame()); or start later: landmark(h, at=...).'
)


def known_roles(known_from: Any) -> dict[str, Any]:  # noqa: ANN401 - column, array or mapping
    """Give one role for all groups, or one a group, with its column or array."""
    if known_from is None:
        return {}
    if isinstance(known_from, Mapping):
        return {f"{KNOWN_FROM}[{label}]": values for label, values in known_from.items()}
    return {KNOWN_FROM: known_from}


def known_times(
    fields: Mapping[str, Field], group: np.ndarray | None, groups: tuple[str, ...]
) -> np.ndarray | None:
    """Read the time at which the group of each row became known.

    Parameters
    ----------
    fields
        the inputs by role; those of `known_roles` are read.
    group, groups
        codes of shape (n,) and their labels.

    Returns
    -------
    ndarray, shape (n,), or None
        time since the origin; NaN where the group was known from the start.

    Raises
    ------
    InputError
        there is no group, or none of the name, or the times are no numbers.
    """
    given = {role: field for role, field in fields.items() if role.startswith(KNOWN_FROM)}
    if not given:
        return None
    if group is None:
        raise InputError(
            "known_from says when the group of a row became known, and there is no group. Name "
            "the column of groups with group=..., or leave known_from out."
        )
    known = np.full(group.size, np.nan)
    for role, field in given.items():
        rows = _rows_of(role, group, groups)
        known[rows] = numbers(field)[rows]
    return known


def _rows_of(role: str, group: np.ndarray, groups: tuple[str, ...]) -> np.ndarray:
    if role == KNOWN_FROM:
        return np.ones(group.size, dtype=bool)
    label = role[len(KNOWN_FROM) + 1 : -1]
    if label not in groups:
        raise InputError(
            f"known_from names group {label!r}, which no row has. Groups are: "
            f"{listed(map(repr, groups))}.{nearest(label, groups)}"
        )
    found: np.ndarray = group == groups.index(label)
    return found


def known_after_start(h: Histories) -> np.ndarray:
    """Mark the rows whose group became known after they came under observation, shape (n,)."""
    if h.known_from is None:
        return np.zeros(len(h), dtype=bool)
    begin = 0.0 if h.entry is None else np.maximum(h.grid.times[h.entry], 0.0)
    late: np.ndarray = h.known_from > begin
    return late


def warn_of_immortal_groups(h: Histories) -> None:
    """Warn where groups with `known_from` are known only after their rows are under observation.

    Parameters
    ----------
    h
        histories that are about to be compared by group.
    """
    late = known_after_start(h)
    if h.known_from is None or h.group is None or not late.any():
        return
    known, unit = h.known_from[late], h.grid.unit
    labels = ", ".join(repr(h.groups[code]) for code in np.unique(h.group[late]))
    warn_of_immortal_time(
        f"group {labels} is known only after time zero: in {late.sum()} of {len(h)} rows it became "
        f"known {known.min():g} to {known.max():g} {unit} after {h.grid.origin}. {REMEDY}"
    )


def warn_of_immortal_time(message: str) -> None:
    """Warn at the line outside this package that asked."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 - skip_file_prefixes needs Python 3.12
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("atrisk."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, ImmortalTimeWarning, stacklevel=level)
