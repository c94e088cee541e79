"""A figure of the report before it is drawn: its words, its data and how to draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from atrisk.report.theme import Width

__all__ = ["Drawing"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure to be made.

    ``words`` carry its numbers to those who cannot see it; ``data`` are the rows of its CSV file,
    the head first, whose name begins with ``data_name``.
    """

    id: str
    title: str
    caption: str
    words: str
    draw: Callable[[Width], Figure]
    data: Sequence[Sequence[object]]
    data_name: str
    data_label: str = "Data (CSV)"
