"""Robust variances: every row's influence on a curve, squared and summed, in O(rows).

The influence of row i on a curve at time t is a combination of a few functions of time that all
rows share, the basis phi(t), with coefficients that change only when the row enters and when it
leaves. So the sum over rows (or over clusters) of squared influences is phi(t)' Q(t) phi(t), where
Q(t) adds up products of coefficients: one pass over the rows, no rows x times matrix.

Entering after s, at risk, leaving at e:

    log Kaplan-Meier   A(t) - A(s)                                 A = sum d / (Y (Y - d))
      after leaving    A(e) - A(s) - event / (Y(e) - d(e))
    Nelson-Aalen       B(s) - B(t)                                 B = sum d / Y^2
      after leaving    B(s) - B(e) + event / Y(e)
    Aalen-Johansen     H(t) - H(s) - A(s) (F(t) - F(s))            H = sum (A(t-) - 1 / Y) dF
      after leaving    U(e) + L (F(t) - F(e)),  L the influence on log Kaplan-Meier at e

Source: derivatives of the estimates in the case weights, the infinitesimal jackknife of Jaeckel
(1972); Therneau T, Grambsch P (2000) Modeling Survival Data, 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.incidence import just_before
from atrisk.engine.product_limit import hazard_increments

if TYPE_CHECKING:
    from atrisk.engine.tally import Tally

__all__ = [
    "Rows",
    "clustered_squares",
    "hazard_influence",
    "incidence_influence",
    "influence_variance",
    "rows_of_tally",
    "survival_influence",
]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows placed in the cells of a tally.

    Attributes
    ----------
    exit
        shape (R,), int: the cell in which the row leaves.
    entry
        shape (R,), int, or None: the cell after which it is at risk.
    group
        shape (R,), int.
    cause
        shape (R,), int: 0 censored, 1..C.
    weight
        shape (R,).
    cluster
        shape (R,), int, or None where each row is its own.
    """

    exit: np.ndarray
    entry: np.ndarray | None
    group: np.ndarray
    cause: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray | None


def rows_of_tally(tally: Tally) -> Rows:
    """Make one row of each non-empty count of a tally without late entry.

    Rows that leave a group together in the same way have the same influence, so their sum of
    squared weights is all that a variance needs of them.
    """
    squares = np.concatenate((tally.censored_squares[np.newaxis], tally.events_squares))
    cause, group, cell = np.nonzero(squares)
    weight = np.sqrt(squares[cause, group, cell])
    return Rows(cell, None, group, cause, weight, None)


@dataclass(frozen=True, slots=True)
class _Influence:
    """Coefficients (m, R), while at risk and after leaving, on a basis (m, G, M)."""

    at_risk: np.ndarray
    after: np.ndarray
    basis: np.ndarray


def survival_influence(at_risk: np.ndarray, events: np.ndarray, rows: Rows) -> _Influence:
    """Give the influence of each row on log S.

    Parameters
    ----------
    at_risk, events
        shape (G, M), all causes of event together.
    rows
        R rows.

    Returns
    -------
    influence on the basis (1, A)
    """
    risk, jump = _log_survival_terms(at_risk, events)
    entered, left, fall = _at_entry(risk, rows), risk[rows.group, rows.exit], _event(jump, rows)
    none = np.zeros_like(entered)
    return _Influence(
        np.stack((-entered, none + 1.0)),
        np.stack((left - entered - fall, none)),
        np.stack((np.ones_like(risk), risk)),
    )


def hazard_influence(at_risk: np.ndarray, events: np.ndarray, rows: Rows) -> _Influence:
    """Give the influence of each row on the cumulative hazard, on the basis (1, B)."""
    inverse = hazard_increments(at_risk, np.ones_like(at_risk))
    spent = np.cumsum(events * inverse**2, axis=-1)
    entered, left = _at_entry(spent, rows), spent[rows.group, rows.exit]
    none = np.zeros_like(entered)
    return _Influence(
        np.stack((entered, none - 1.0)),
        np.stack((entered - left + _event(inverse, rows), none)),
        np.stack((np.ones_like(spent), spent)),
    )


def incidence_influence(
    at_risk: np.ndarray, events: np.ndarray, rows: Rows, cause: int
) -> _Influence:
    """Give the influence of each row on the cumulative incidence of one cause.

    Parameters
    ----------
    at_risk
        shape (G, M).
    events
        shape (C, G, M).
    rows
        R rows.
    cause
        0-based.

    Returns
    -------
    influence on the basis (1, F, H)
    """
    every = events.sum(axis=0)
    risk, jump = _log_survival_terms(at_risk, every)
    inverse = hazard_increments(at_risk, np.ones_like(at_risk))
    before = just_before(np.cumprod(1.0 - every * inverse, axis=-1), 1.0)
    rise = before * events[cause] * inverse
    incidence = np.cumsum(rise, axis=-1)
    drag = np.cumsum(rise * (just_before(risk, 0.0) - inverse), axis=-1)
    a_in, f_in, h_in = (_at_entry(table, rows) for table in (risk, incidence, drag))
    a_out, f_out, h_out = (table[rows.group, rows.exit] for table in (risk, incidence, drag))
    own = np.where(rows.cause == cause + 1, (before * inverse)[rows.group, rows.exit], 0.0)
    lost = a_out - a_in - _event(jump, rows)
    at_exit = h_out - h_in - a_in * (f_out - f_in) + own
    none = np.zeros_like(a_in)
    return _Influence(
        np.stack((a_in * f_in - h_in, -a_in, none + 1.0)),
        np.stack((at_exit - lost * f_out, lost, none)),
        np.stack((np.ones_like(incidence), incidence, drag)),
    )


def _log_survival_terms(at_risk: np.ndarray, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give A = sum d / (Y (Y - d)) and 1 / (Y - d), with 0 where everybody fails: S is 0 after."""
    survivors = at_risk - events
    jump = hazard_increments(survivors, np.ones_like(survivors))
    return np.cumsum(hazard_increments(at_risk, events) * jump, axis=-1), jump


def _at_entry(table: np.ndarray, rows: Rows) -> np.ndarray:
    if rows.entry is None:
        return np.zeros(rows.exit.size)
    entered: np.ndarray = table[rows.group, rows.entry]
    return entered


def _event(table: np.ndarray, rows: Rows) -> np.ndarray:
    return np.where(rows.cause > 0, table[rows.group, rows.exit], 0.0)


def influence_variance(influence: _Influence, rows: Rows) -> np.ndarray:
    """Sum the squared influences of all rows, or of all clusters, at every time.

    Parameters
    ----------
    influence
        from one of the functions above.
    rows
        the same R rows.

    Returns
    -------
    ndarray, shape (G, M)
    """
    m, groups, cells = influence.basis.shape
    spot, step, whose = _turns(influence, rows)
    after, before = _running(step, spot, whose)
    total = np.zeros((groups, cells))
    for i in range(m):
        for j in range(i, m):
            change = after[i] * after[j] - before[i] * before[j]
            summed = np.bincount(spot, weights=change, minlength=groups * cells)
            product = np.cumsum(summed.reshape(groups, cells), axis=-1)
            total += (1.0 if i == j else 2.0) * product * influence.basis[i] * influence.basis[j]
    return np.maximum(total, 0.0)


def _turns(influence: _Influence, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """List where each row's coefficients change: in the cell after entry, and in the exit cell.

    Returns the flat (group, cell) spots, the changes times the weight, and whose changes they are:
    None where each row stands for itself, its two changes side by side.
    """
    m, groups, cells = influence.basis.shape
    base = rows.group.astype(np.int64) * cells
    enter = base if rows.entry is None else base + rows.entry + 1
    spot = np.stack((enter, base + rows.exit), axis=1).ravel()
    entering = rows.weight * influence.at_risk
    leaving = rows.weight * (influence.after - influence.at_risk)
    step = np.stack((entering, leaving), axis=2).reshape(m, -1)
    if rows.cluster is None:
        return spot, step, None
    return spot, step, np.repeat(rows.cluster.astype(np.int64) * groups + rows.group, 2)


def _running(
    step: np.ndarray, spot: np.ndarray, whose: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Add up each owner's changes in order of time: coefficients after and before each change."""
    after = np.empty_like(step)
    if whose is None:
        after[:, ::2] = step[:, ::2]
        after[:, 1::2] = step[:, ::2] + step[:, 1::2]
        return after, after - step
    order = np.lexsort((spot, whose))
    sorted_step, owner = step[:, order], whose[order]
    running = np.cumsum(sorted_step, axis=1)
    first = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1])))
    base = (running - sorted_step)[:, first]
    running -= np.repeat(base, np.diff(np.append(first, owner.size)), axis=1)
    after[:, order] = running
    return after, after - step


def clustered_squares(values: np.ndarray, cluster: np.ndarray | None) -> np.ndarray:
    """Sum products of cluster totals.

    Parameters
    ----------
    values
        shape (R, q): one row of scores a row.
    cluster
        shape (R,), int, or None where each row is its own.

    Returns
    -------
    ndarray, shape (q, q)
    """
    if cluster is not None:
        _, code = np.unique(cluster, return_inverse=True)
        values = np.stack([np.bincount(code, weights=column) for column in values.T], axis=1)
    product: np.ndarray = values.T @ values
    return product
