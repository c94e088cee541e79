"""What the estimators of exposures that start after time zero ask of their source."""

from __future__ import annotations

import numpy as np

from atrisk.errors import InputError
from atrisk.sources.episodes import Episodes
from atrisk.sources.histories import Histories

__all__ = ["changes_of_state", "rows_of"]


def rows_of(e: Episodes | Histories, call: str) -> Histories:
    """Give the (start, stop] rows of episodes, or of histories that are such rows.

    Raises
    ------
    InputError
        there are no entry times, so no state can have begun after time zero; or one state.
    """
    h = e.histories if isinstance(e, Episodes) else e
    if not isinstance(h, Histories):
        raise InputError(
            f"{call} takes episodes, not {type(e).__name__}. Make them with "
            'episodes(df, exit=..., event=..., exposures={"transplant": "tx_time"}, unit=..., '
            "origin=...)."
        )
    if h.entry is None:
        raise InputError(
            f"{call} takes (start, stop] rows, one a patient and state, and these histories have "
            "no entry times: their groups would count from time zero. Make episodes(df, ..., "
            'exposures={"transplant": "tx_time"}); for groups known at time zero use '
            "kaplan_meier and logrank_test."
        )
    return h


def changes_of_state(h: Histories) -> tuple[np.ndarray, np.ndarray]:
    """Tell changes of state from coming under and going out of observation.

    Parameters
    ----------
    h
        m rows (start, stop].

    Returns
    -------
    came, went : ndarray of bool, shape (m,)
        the subject was under observation in another row until this one's start; and is so from
        this one's stop on, without an event. Both False where no subjects are named.
    """
    none = np.zeros(len(h), dtype=bool)
    if h.subject is None or h.entry is None:
        return none, none
    before, after = slice(None, -1), slice(1, None)
    same = h.subject[after] == h.subject[before]
    in_order = h.subject[after] >= h.subject[before]
    in_order &= ~same | (h.entry[after] >= h.exit[before])
    if in_order.all():  # then the row before is the only one that can be gone on with
        follows = same & (h.entry[after] == h.exit[before]) & (h.cause[before] == 0)
        return np.append(False, follows), np.append(follows, False)
    width = np.int64(h.grid.times.size)
    begins = h.subject * width + h.entry
    ends = h.subject * width + h.exit
    return np.isin(begins, ends[h.cause == 0]), np.isin(ends, begins) & (h.cause == 0)
