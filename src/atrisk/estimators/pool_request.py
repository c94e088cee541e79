"""What a pool is asked for: studies as arrays, and the options by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CI", "PREDICTIONS", "Design", "PoolRequest"]

PREDICTIONS = ("t, k-2", "t, k-1", "normal")
CI = {
    "glmm": ("profile", "z", "t"),
    "inverse variance": ("knapp-hartung", "knapp-hartung-adhoc", "z", "t"),
    "multilevel glmm": ("z", "t"),
    "multilevel": ("t", "z"),
}
"""Intervals of each kind of model; the first is the default."""


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of the model, moderators centred and scaled.

    Attributes
    ----------
    x
        shape (k, p), first column 1.
    back
        shape (p, p), turns coefficients of ``x`` into those of the moderators as given.
    mean
        shape (p - 1,), of the moderators.
    """

    x: np.ndarray
    back: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True, slots=True)
class PoolRequest:
    """What a pool is asked for.

    Attributes
    ----------
    labels, study
        k texts: of each row, and of the study it belongs to.
    events, total
        shape (k,); NaN where effects were given.
    effect, variance
        shape (k,), on the scale.
    moderators, terms
        shape (k, m), and the m names.
    scale, method, tau2, ci, conf_level, prediction, quadrature
        options; ``ci`` is None for the model's default.
    kind
        "proportion", "effect", "ratio" or "survival".
    notes
        what the reading of the values has to say.
    """

    labels: tuple[str, ...]
    study: tuple[str, ...]
    events: np.ndarray
    total: np.ndarray
    effect: np.ndarray
    variance: np.ndarray
    moderators: np.ndarray
    terms: tuple[str, ...]
    kind: str
    scale: str
    method: str
    tau2: str
    ci: str | None
    conf_level: float
    prediction: str
    quadrature: int
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.labels)

    @property
    def codes(self) -> np.ndarray:
        """Number of the study of each row, shape (k,), in the order of first appearance."""
        place = {name: code for code, name in enumerate(dict.fromkeys(self.study))}
        return np.array([place[name] for name in self.study])

    @property
    def several(self) -> bool:
        """Whether a study has several rows."""
        return len(set(self.study)) < self.size

    @property
    def model(self) -> str:
        """Name of the kind of model, a key of `CI`."""
        base = "glmm" if self.method == "glmm" else "inverse variance"
        if not self.several or self.tau2 == "fixed":
            return base
        return "multilevel glmm" if base == "glmm" else "multilevel"

    @property
    def harmonic_size(self) -> float:
        """Harmonic mean of the numbers of patients; NaN where there are none."""
        return float(self.size / (1.0 / self.total).sum())

    def interval(self) -> str:
        """Give the interval asked for, or the model's default."""
        choices = CI[self.model]
        if self.ci is None:
            common = self.model == "inverse variance" and (self.tau2 == "fixed" or self.size == 1)
            return "z" if common else choices[0]
        if self.ci not in choices:
            raise InputError(
                f"ci={self.ci!r} is not defined for this model ({self.model}): choose one of "
                f"{', '.join(map(repr, choices))}."
            )
        return self.ci

    def taking(self, kept: np.ndarray | Sequence[int]) -> PoolRequest:
        """Keep some rows, by number."""
        rows = np.asarray(kept, dtype=np.int64)
        arrays = ("events", "total", "effect", "variance", "moderators")
        texts = ("labels", "study")
        part: dict[str, Any] = {name: getattr(self, name)[rows] for name in arrays}
        for name in texts:
            part[name] = tuple(getattr(self, name)[row] for row in rows)
        return replace(self, **part)

    def design(self) -> Design:
        """Centre and scale the moderators.

        Raises
        ------
        InputError
            a moderator is the same in every study, or follows from the others; or there are as
            many coefficients as studies.
        """
        k, m = self.moderators.shape
        mean = self.moderators.mean(axis=0)
        centred = self.moderators - mean
        spread = np.abs(centred).max(axis=0, initial=0.0)
        constant = spread <= 1e-12 * np.maximum(1.0, np.abs(mean))
        if constant.any():
            names = [name for name, flat in zip(self.terms, constant, strict=True) if flat]
            raise InputError(
                f"moderator {listed(map(repr, names))} is the same in all {k} studies: it cannot "
                "explain why they differ. Leave it out."
            )
        x = np.column_stack([np.ones(k), centred / spread])
        if m and len(set(self.study)) <= m + 1:
            raise InputError(
                f"{m + 1} coefficients for {len(set(self.study))} studies: nothing is left to "
                "estimate what varies between them. Use fewer moderators."
            )
        if np.linalg.matrix_rank(x, tol=1e-9 * k) < m + 1:
            raise InputError(
                f"the moderators {listed(map(repr, self.terms))} follow from each other: leave "
                "one of them out."
            )
        back = np.zeros((m + 1, m + 1))
        back[0, 0] = 1.0
        back[0, 1:] = -mean / spread
        back[np.arange(1, m + 1), np.arange(1, m + 1)] = 1.0 / spread
        return Design(x, back, mean)
