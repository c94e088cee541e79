"""Scales on which proportions and survival are pooled, and the ways there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "FORWARD",
    "SLOPE",
    "arcsine",
    "back",
    "double_arcsine",
    "logit_of_counts",
]

_Pair = tuple[np.ndarray, np.ndarray]
_CORRECTION = 0.5


def logit_of_counts(events: np.ndarray, total: np.ndarray) -> _Pair:
    """Give log odds and their variances; half a patient more of each kind where a cell is empty.

    log(r / (n - r)), 1 / r + 1 / (n - r).
    """
    empty = (events == 0.0) | (events == total)
    r = np.where(empty, events + _CORRECTION, events)
    others = np.where(empty, total - events + _CORRECTION, total - events)
    return np.log(r / others), 1.0 / r + 1.0 / others


def arcsine(events: np.ndarray, total: np.ndarray) -> _Pair:
    """Give arcsin sqrt(r / n) and its variance 1 / 4n."""
    return np.arcsin(np.sqrt(events / total)), 1.0 / (4.0 * total)


def double_arcsine(events: np.ndarray, total: np.ndarray) -> _Pair:
    """Give the mean of the arcsines at r and r + 1 of n + 1, and its variance 1 / (4n + 2).

    References
    ----------
    Freeman MF, Tukey JW (1950) Ann Math Stat 21:607.
    """
    first = np.arcsin(np.sqrt(events / (total + 1.0)))
    second = np.arcsin(np.sqrt((events + 1.0) / (total + 1.0)))
    return (first + second) / 2.0, 1.0 / (4.0 * total + 2.0)


def _back_double_arcsine(value: np.ndarray, size: float) -> np.ndarray:
    """Invert the double arcsine at one number of patients.

    References
    ----------
    Miller JJ (1978) Am Stat 32:138.
    """
    ends = double_arcsine(np.array([0.0, size]), np.array([size, size]))[0]
    inside = np.clip(value, *ends)
    sine = np.sin(2.0 * inside)
    part = sine + (sine - 1.0 / sine) / size
    root = np.sqrt(np.maximum(0.0, 1.0 - part * part))
    found = 0.5 * (1.0 - np.sign(np.cos(2.0 * inside)) * root)
    return np.asarray(np.where(value <= ends[0], 0.0, np.where(value >= ends[1], 1.0, found)))


def _exp(value: np.ndarray) -> np.ndarray:
    """Exponentiate; infinite where the result has no double: a limit that nothing bounds."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(value))


def _back_arcsine(value: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(np.clip(value, 0.0, np.pi / 2.0)) ** 2)


def back(scale: str, value: np.ndarray, size: float = float("nan")) -> np.ndarray:
    """Bring numbers of a scale back to the natural one.

    Parameters
    ----------
    scale
        ``"identity"``, ``"log"``, ``"logit"``, ``"cloglog"`` (log(-log S), which falls as S
        rises), ``"arcsine"`` or ``"double_arcsine"``.
    value
        of any shape; outside the range of an arcsine it counts as its end.
    size
        patients at which the double arcsine is inverted.
    """
    value = np.asarray(value, dtype=float)
    if scale == "double_arcsine":
        return np.asarray(_back_double_arcsine(value, size))
    return np.asarray(_BACK[scale](value))


_BACK: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda value: value,
    "log": _exp,
    "logit": expit,
    "cloglog": lambda value: np.exp(-np.exp(value)),
    "arcsine": _back_arcsine,
}
FORWARD: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda value: value,
    "log": np.log,
    "logit": lambda value: np.log(value) - np.log1p(-value),
    "cloglog": lambda value: np.log(-np.log(value)),
}
"""From the natural scale, by name."""
SLOPE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": np.ones_like,
    "log": lambda value: 1.0 / value,
    "logit": lambda value: 1.0 / (value * (1.0 - value)),
    "cloglog": lambda value: 1.0 / (value * np.log(value)),
}
"""Derivatives of `FORWARD`."""
