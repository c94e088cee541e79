"""Rows of a subdistribution-hazards model made from histories held in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.censoring_weights import (
    JumpProcess,
    censoring_process,
    entry_process,
    log_weight,
)
from atrisk.engine.fine_gray import Staying, SubdistributionRows
from atrisk.engine.moments import count_deaths

if TYPE_CHECKING:
    from atrisk.engine.model_rows import ModelRows
    from atrisk.sources.histories import Histories

__all__ = ["last_exits", "subdistribution_rows"]


def subdistribution_rows(
    h: Histories, rows: ModelRows, cause: int, censoring_stratum: np.ndarray | None
) -> SubdistributionRows:
    """Weigh the rows with a competing event by the censoring that they would have met.

    Parameters
    ----------
    h
        n histories.
    rows
        the same rows in the cells of the cause of interest.
    cause
        1-based.
    censoring_stratum
        shape (n,): codes 0..C-1, each of which occurs; None for one stratum.

    Returns
    -------
    SubdistributionRows
    """
    stratum = np.zeros(len(h), np.intp) if censoring_stratum is None else censoring_stratum
    processes = _processes(h, rows, stratum)
    code = np.where(np.isinf(rows.time), -1, np.searchsorted(h.grid.times, rows.time))
    deaths = count_deaths(rows)
    return SubdistributionRows(
        rows=rows,
        staying=_staying(h, processes, cause, stratum, code),
        processes=processes,
        code=code,
        deaths=deaths.count * deaths.weight,
        covariates=deaths.covariates,
    )


def _processes(h: Histories, rows: ModelRows, stratum: np.ndarray) -> tuple[JumpProcess, ...]:
    width, weight = h.grid.times.size, rows.weights()
    censoring = censoring_process(h.exit, h.entry, h.cause == 0, stratum, weight, width)
    if h.entry is None:
        return (censoring,)
    return censoring, entry_process(h.exit, h.entry, stratum, weight, width)


def last_exits(h: Histories, stratum: np.ndarray) -> np.ndarray:
    """Find the time code of the last exit of each censoring stratum, shape (C,)."""
    strata = int(stratum.max()) + 1
    if strata == 1:
        return np.array([h.exit.max()])
    last = np.zeros(strata, dtype=np.int64)
    np.maximum.at(last, stratum, h.exit)
    return last


def _staying(
    h: Histories,
    processes: tuple[JumpProcess, ...],
    cause: int,
    stratum: np.ndarray,
    code: np.ndarray,
) -> Staying:
    competing = np.flatnonzero((h.cause > 0) & (h.cause != cause)).astype(np.int32)
    competing = competing[np.argsort(stratum[competing], kind="stable")]
    last = last_exits(h, stratum)
    bounds = np.searchsorted(stratum[competing], np.arange(last.size + 1))
    running = tuple(process.log_factors() for process in processes)
    share, curve = np.empty(competing.size), np.empty((last.size, code.size))
    for c in range(last.size):
        chosen = slice(bounds[c], bounds[c + 1])
        share[chosen] = np.exp(-log_weight(processes, running, c, h.exit[competing[chosen]]))
        level = np.exp(log_weight(processes, running, c, code))
        curve[c] = np.where(code > last[c], 0.0, level)
    return Staying(competing, bounds, share, curve)
