"""Histories that hypothesis draws: few times and few rows, so that every kind of tie occurs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

import oracle
from atrisk import Histories

CAUSES = {"relapse": 1, "death": 2}
WEIGHTS = {
    None: st.none(),
    "whole": st.integers(1, 3),
    "binary": st.sampled_from([0.25, 0.5, 1.0, 2.5]),
    "decimal": st.sampled_from([0.1, 0.3, 0.7, 1.1, 2.3]),
}


@dataclass(frozen=True)
class Drawn:
    """Arrays of one length, or None."""

    exit: np.ndarray
    event: np.ndarray
    entry: np.ndarray | None = None
    group: np.ndarray | None = None
    strata: np.ndarray | None = None
    weights: np.ndarray | None = None
    subject: np.ndarray | None = None

    def histories(self, **changed: Any) -> Histories:
        given = {name: getattr(self, name) for name in self.__dataclass_fields__} | changed
        return Histories.from_arrays(
            given.pop("exit"),
            given.pop("event"),
            **given,
            causes=CAUSES,
            unit="days",
            origin="start",
        )

    def rows(self) -> oracle.Rows:
        return oracle.rows(
            self.exit,
            self.event,
            entry=self.entry,
            weight=self.weights,
            subject=self.subject,
            group=self.group,
            stratum=self.strata,
        )

    def take(self, index: np.ndarray) -> Drawn:
        """Return the rows at these positions, in their order, a row as often as it is named."""
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return replace(self, **{k: None if v is None else v[index] for k, v in parts.items()})


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    weights: tuple[str | None, ...] = (None, "whole", "binary", "decimal"),
    entry: bool | None = None,
    subject: bool | None = None,
    groups: int = 1,
    strata: int = 1,
    min_rows: int = 1,
) -> Drawn:
    """Draw up to 16 rows; `entry` or `subject` None leaves to chance whether there are any."""
    n = draw(st.integers(max(min_rows, groups), 16))

    def column(values: st.SearchStrategy) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    exit_ = column(st.integers(2, 9)) / 2
    has_entry = draw(st.booleans()) if entry is None else entry
    has_subject = draw(st.booleans()) if subject is None else subject
    weight = draw(st.sampled_from(weights))
    return Drawn(
        exit=exit_,
        event=column(st.sampled_from([0, 1, 1, 2])),
        entry=np.maximum(exit_ - column(st.integers(1, 9)) / 2, 0) if has_entry else None,
        group=_each_present(column(st.integers(0, groups - 1)), groups) if groups > 1 else None,
        strata=column(st.integers(0, strata - 1)) if strata > 1 else None,
        weights=column(WEIGHTS[weight]) if weight else None,
        subject=column(st.integers(0, max(1, n // 2))) if has_subject else None,
    )


def _each_present(codes: np.ndarray, groups: int) -> np.ndarray:
    codes = codes.copy()
    codes[:groups] = np.arange(groups)
    return np.array(list("abcd"))[codes]
