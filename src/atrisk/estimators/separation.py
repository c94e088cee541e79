"""Separation of a binary outcome by its covariates: where it is, and which coefficients diverge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError

if TYPE_CHECKING:
    from atrisk.engine.logistic_rows import LogisticModel

__all__ = ["Separation", "find_separation"]

_BOX = 1.0
_MOVES = 1e-7  # of a direction inside the box; the solver is feasible to 1e-9


@dataclass(frozen=True, slots=True)
class Separation:
    """Directions in which the likelihood rises for ever.

    Attributes
    ----------
    kind
        ``"complete"`` (every row) or ``"quasi-complete"`` (some rows).
    separated
        shape (n,), bool: rows whose fitted probability goes to 0 or 1.
    limit
        shape (p + 1,): 0 where the estimate is finite, +inf or -inf where it diverges, NaN where
        it diverges in either direction.
    """

    kind: str
    separated: np.ndarray
    limit: np.ndarray


def find_separation(model: LogisticModel) -> Separation | None:
    """Look for directions d with z_i'd >= 0 for all events and <= 0 for all others, not all 0.

    Parameters
    ----------
    model
        the rows; a row with events and non-events allows z_i'd = 0 only.

    Returns
    -------
    Separation or None
        None: there is no such direction, so the maximum-likelihood estimate is finite.

    Notes
    -----
    A linear programme maximises the sum of sign_i z_i'd in a box. Rows that gain are separated;
    the programme is solved again without their gain until nothing is left to gain, which finds all
    of them. A coefficient diverges if it can be moved along directions that lose nothing.

    References
    ----------
    Albert A, Anderson JA (1984) Biometrika 71:1 (complete and quasi-complete separation). Konis K
    (2007) Linear programming algorithms for detecting separated data in binary logistic regression
    models, DPhil thesis, Oxford, section 4.
    """
    signed, mixed, place = _patterns(model)
    gaining = np.ones(len(signed), dtype=bool)
    apart = np.zeros(len(signed), dtype=bool)
    while gaining.any():
        direction = _best(signed[gaining].sum(axis=0), signed, mixed)
        gain = gaining & (signed @ direction > _MOVES)
        if not gain.any():
            break
        apart |= gain
        gaining &= ~gain
    if not apart.any():
        return None
    rows = np.zeros(model.z.shape[0], dtype=bool)
    single = place >= 0
    rows[single] = apart[place[single]]
    kind = "complete" if rows.all() else "quasi-complete"
    return Separation(kind, rows, _limits(model, signed, mixed))


def _patterns(model: LogisticModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give distinct rows times their sign, rows with both outcomes, and each row's place."""
    both = (model.events > 0) & (model.events < model.total)
    sign = np.where(model.events > 0, 1.0, -1.0)
    signed, inverse = np.unique(model.z[~both] * sign[~both, None], axis=0, return_inverse=True)
    place = np.full(both.size, -1)
    place[~both] = inverse.ravel()
    return signed, np.unique(model.z[both], axis=0), place


def _best(gain: np.ndarray, signed: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """Maximise gain'd over the directions in the box that lose nothing, shape (p + 1,)."""
    from scipy.optimize import linprog

    scale = np.abs(gain).max(initial=0.0)
    if scale == 0.0:
        return np.zeros(gain.size)
    found = linprog(
        -gain / scale,
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=mixed if len(mixed) else None,
        b_eq=np.zeros(len(mixed)) if len(mixed) else None,
        bounds=(-_BOX, _BOX),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
    )
    if found.x is None:
        raise InputError(
            f"the search for separated data did not end: {found.message} "
            "Rescale covariates of very different size, or use firth=True."
        )
    return np.asarray(found.x)


def _limits(model: LogisticModel, signed: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """Find the sign of each coefficient as given along the directions that lose nothing."""
    limit = np.zeros(model.z.shape[1])
    for j, along in enumerate(model.transform):
        up = along @ _best(along, signed, mixed) > _MOVES * np.abs(along).max()
        down = along @ _best(-along, signed, mixed) < -_MOVES * np.abs(along).max()
        if up or down:
            limit[j] = np.nan if up and down else np.inf if up else -np.inf
    return limit
