"""Histories cut at the dates of exposures: pure functions of time codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Pieces", "combined_states", "latest_states", "own_states", "split"]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Rows (start, stop] that histories were cut into, in the order of the histories and of time.

    Attributes
    ----------
    row
        shape (m,): which history, from 0.
    start, stop
        shape (m,), int32: time codes.
    last
        shape (m,), bool: the history ends here.
    exposed
        shape (m, k), uint8: whether each exposure had begun by ``start``.
    """

    row: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    last: np.ndarray
    exposed: np.ndarray


def split(entry: np.ndarray, exit_code: np.ndarray, begin: np.ndarray) -> Pieces:
    """Cut n histories at k exposures.

    Parameters
    ----------
    entry, exit_code
        shape (n,), int32, entry < exit.
    begin
        shape (n, k), int32: time code at which each exposure begins. At or before entry means
        exposed from the start; at or after exit means never exposed.

    Returns
    -------
    Pieces

    Notes
    -----
    A beginning outside (entry, exit) is moved to the nearer end and cuts off a piece of no length,
    as the second of two beginnings at one time does; pieces of no length are left out.
    """
    cut = np.clip(begin, entry[:, None], exit_code[:, None])
    edges = np.concatenate((entry[:, None], np.sort(cut, axis=1), exit_code[:, None]), axis=1)
    real = edges[:, :-1] < edges[:, 1:]
    row = np.repeat(np.arange(entry.size), real.sum(axis=1))
    start, stop = edges[:, :-1][real], edges[:, 1:][real]
    exposed = (cut[row] <= start[:, None]).astype(np.uint8)
    return Pieces(row, start, stop, stop == exit_code[row], exposed)


def combined_states(
    exposed: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Code every combination of exposures that occurs, fewer exposures first.

    Parameters
    ----------
    exposed
        shape (m, k), 0 or 1.
    names
        of length k.

    Returns
    -------
    state : ndarray of int32, shape (m,)
    labels : tuple of str
        "before A" and "after A" for one exposure, else "none", "A", "B", "A + B".
    """
    mask = np.zeros(len(exposed), dtype=np.int64)
    for position in range(len(names)):
        mask |= exposed[:, position].astype(np.int64) << position
    present = np.flatnonzero(np.bincount(mask))
    members = [[j for j in range(len(names)) if int(bits) >> j & 1] for bits in present]
    order = sorted(range(present.size), key=lambda i: (len(members[i]), members[i]))
    rank = np.zeros(1 << len(names), dtype=np.int32)
    rank[present[order]] = np.arange(present.size)
    if len(names) == 1:
        labels = [_before_after(names[0])[len(members[i])] for i in order]
    else:
        labels = [" + ".join(names[j] for j in members[i]) or "none" for i in order]
    return rank[mask], tuple(labels)


def latest_states(
    exposed: np.ndarray, began: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Code the exposure that began last, the later named one where several begin together.

    Parameters
    ----------
    exposed
        shape (m, k), 0 or 1.
    began
        shape (m, k): time code of each beginning.
    names
        of length k.

    Returns
    -------
    state : ndarray of int32, shape (m,)
    labels : tuple of str
        "none", then the names, of the states that occur.
    """
    when = np.where(exposed, began, -1)[:, ::-1]
    last = len(names) - when.argmax(axis=1)
    return _occurring(np.where(exposed.any(axis=1), last, 0), ("none", *names))


def own_states(exposed: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Code one exposure alone: "before A" and "after A".

    Parameters
    ----------
    exposed
        shape (m,), 0 or 1.
    name
        the exposure.

    Returns
    -------
    state : ndarray of int32, shape (m,)
    labels : tuple of str
        of the states that occur.
    """
    return _occurring(exposed, _before_after(name))


def _before_after(name: str) -> tuple[str, str]:
    return f"before {name}", f"after {name}"


def _occurring(code: np.ndarray, labels: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    present = np.flatnonzero(np.bincount(code))
    rank = np.zeros(len(labels), dtype=np.int32)
    rank[present] = np.arange(present.size)
    return rank[code], tuple(labels[i] for i in present)
