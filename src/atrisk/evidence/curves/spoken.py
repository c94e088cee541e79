"""What the command says of a reconstruction: verdicts, printed numbers that are not met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["spoken"]

_MOST = 10
"""So many unmet numbers are told one by one."""
_WARNINGS = 3
"""So many warnings of an approximate reconstruction are told."""


def spoken(document: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that stand on the terminal.

    Parameters
    ----------
    document
        of ``atrisk-reconstruction/1``.

    Yields
    ------
    str
        each group's verdict, with its first warnings where it is approximate; then one line a
        printed number that is not met, ten at most.
    """
    for group in document["groups"]:
        yield f"{group['name']}: {group['verdict']}. {group['why']}"
        if group["verdict"] == "approximate":
            yield from _warnings(group)
    lines = list(_unmet(document))
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield f"and {len(lines) - _MOST} more that are not met: see residuals.csv"


def _warnings(group: dict[str, Any]) -> Iterator[str]:
    warnings = group["warnings"]
    for text in warnings[:_WARNINGS]:
        yield f"{group['name']}: warning: {text}"
    if len(warnings) > _WARNINGS:
        yield f"{group['name']}: and {len(warnings) - _WARNINGS} more warnings on the page"


def _unmet(document: dict[str, Any]) -> Iterator[str]:
    rows = [(f"{one['name']}: ", row) for one in document["groups"] for row in one["residuals"]]
    for name, row in [*rows, *(("", row) for row in document["hazard_ratios"])]:
        if row["agrees"] is False and row["of_paper"]:
            at = "" if row["at"] is None else f" at {row['at']:g} {document['unit']}"
            found = row["reconstructed"]
            shown = "not reached" if found is None else f"{found:.4g}"
            yield f"{name}{row['what']}{at}: printed {row['printed']}, found {shown}: not met"
