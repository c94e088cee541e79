"""Which row, at which time, a prediction is asked for, and the cell of the model it falls in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.timegrid import snapped
from atrisk.errors import InputError, listed
from atrisk.estimators.source import numbers_from
from atrisk.sources.model_data import strata_of

if TYPE_CHECKING:
    from atrisk.sources.histories import Histories

__all__ = [
    "Asked",
    "asked_times",
    "cells_at",
    "last_exits",
    "new_strata",
    "require_reach",
]

_FURTHEST = 700.0  # exp of more is no number of 8 bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """Predictions asked for, one after another.

    Attributes
    ----------
    row
        shape (q,): place of the new row, from 0.
    time
        shape (q,).
    """

    row: np.ndarray
    time: np.ndarray


def new_strata(
    newdata: Any,  # noqa: ANN401 - any frame, an array or a mapping
    size: int,
    columns: tuple[str, ...],
    known: tuple[str, ...],
) -> np.ndarray:
    """Find the model's stratum of each new row, shape (m,).

    Parameters
    ----------
    newdata
        m rows.
    size
        m.
    columns
        those that make the strata.
    known
        labels of the strata.
    """
    if len(known) == 1:
        return np.zeros(size, dtype=np.intp)
    if isinstance(newdata, np.ndarray):
        raise InputError(
            f"the model has strata ({listed(known)}): give the new rows as a frame or mapping "
            f"with the column {listed(columns)}."
        )
    return strata_of(newdata, columns, known)


def require_reach(predictor: np.ndarray) -> None:
    """Refuse new rows so far from the data that their hazard cannot be computed.

    Parameters
    ----------
    predictor
        shape (m,) or (models, m): linear predictors of the new rows, relative to the centre of
        the data.

    Raises
    ------
    InputError
        one is beyond +-700.
    """
    of_models = np.atleast_2d(predictor)
    bad = np.flatnonzero((np.abs(of_models) > _FURTHEST).any(axis=0))
    if bad.size:
        worst = of_models[:, bad[0]]
        raise InputError(
            f"{'row' if bad.size == 1 else 'rows'} {listed(bad + 1)} of the new data: so far from "
            "the data of the fit that exp(linear predictor) overflows (row "
            f"{bad[0] + 1}: {worst[np.argmax(np.abs(worst))]:.4g}). Check the units of the "
            "covariates."
        )


def last_exits(h: Histories) -> np.ndarray:
    """Find the last exit of each stratum, shape (S,), in the unit of time."""
    stratum = np.zeros(len(h), np.intp) if h.stratum is None else h.stratum
    last = np.zeros(len(h.strata), dtype=np.intp)
    np.maximum.at(last, stratum, h.exit)
    found: np.ndarray = h.grid.times[last]
    return found


def asked_times(
    h: Histories,
    own: list[np.ndarray],
    stratum: np.ndarray,
    times: Any,  # noqa: ANN401 - numbers
) -> Asked:
    """List the row and the time of each prediction.

    Parameters
    ----------
    h
        of the model.
    own
        event times of each stratum, which are asked for where ``times`` is None.
    stratum
        shape (m,): of the new rows.
    times
        shape (k,), or None.

    Raises
    ------
    InputError
        a time is negative, or after the last exit of the stratum.
    """
    if times is None:
        parts = [own[s] for s in stratum]
        row = np.repeat(np.arange(stratum.size), [part.size for part in parts])
        return Asked(row, np.concatenate(parts) if parts else np.empty(0))
    asked = numbers_from("times", times, "one or more times, such as [365, 730]")
    known = last_exits(h)
    late = [(t, s) for s in np.unique(stratum) for t in asked if not 0 <= t <= known[s]]
    if late:
        time, where = late[0]
        raise InputError(
            f"times={time:g}: incidence is known from 0 to {known[where]:g} {h.grid.unit}"
            + (f" in stratum {h.strata[where]}" if len(h.strata) > 1 else "")
            + ". Ask for earlier times."
        )
    row = np.repeat(np.arange(stratum.size), asked.size)
    return Asked(row, np.tile(asked, stratum.size))


def cells_at(
    time: np.ndarray, starts: np.ndarray, stratum: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    """Find the last cell at or before each time, the pad before the first event; shape (q,).

    Parameters
    ----------
    time, starts
        shapes (K,) and (S + 1,): the cells of a model.
    stratum, asked
        shape (q,).
    """
    out = np.empty(asked.size, dtype=np.intp)
    for s, (begin, end) in enumerate(pairwise(starts)):
        chosen = stratum == s
        if end - begin == 1 or not chosen.any():
            out[chosen] = begin
            continue
        wanted = snapped(asked[chosen], time[begin + 1 : end])
        out[chosen] = begin + np.searchsorted(time[begin:end], wanted, side="right") - 1
    return out
