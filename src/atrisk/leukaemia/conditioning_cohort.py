"""Alkylators before transplantation over a cohort: the rule of `conditioning.alkylators`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.leukaemia.conditioning import WithoutDose, agent
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CohortAlkylators", "cohort_alkylators"]


@dataclass(frozen=True, slots=True, eq=False)
class CohortAlkylators:
    """Alkylators of m conditionings.

    Attributes
    ----------
    count
        shape (m,): different alkylators given before day 0.
    possible
        shape (m,): further ones that missing days or doses leave open.
    double, thiotepa
        shape (m,), int8: 1 yes, 0 no, -1 what is missing decides or nothing is recorded.
    """

    count: NDArray[np.int64]
    possible: NDArray[np.int64]
    double: NDArray[np.int8]
    thiotepa: NDArray[np.int8]


def cohort_alkylators(
    patient: ArrayLike,
    names: Sequence[str],
    code: ArrayLike,
    dose: ArrayLike,
    day: ArrayLike,
    *,
    patients: int,
    given: ArrayLike | None = None,
    alkylating_like: bool = False,
    without_dose: WithoutDose = "unknown",
) -> CohortAlkylators:
    """Count the alkylators given before day 0 in each of m conditionings.

    Parameters
    ----------
    patient
        shape (k,): position of the conditioning, from 0.
    names
        ids or names of agents.
    code
        shape (k,): position in ``names`` of each dose's agent.
    dose
        shape (k,): NaN not recorded.
    day
        shape (k,): first day relative to day 0, NaN not recorded.
    patients
        m.
    given
        shape (k,), bool: False where planned and not given; None: all were given.
    alkylating_like, without_dose
        as of `atrisk.leukaemia.conditioning.alkylators`.

    Returns
    -------
    CohortAlkylators

    Raises
    ------
    InputError
        for negative doses.

    Examples
    --------
    >>> found = cohort_alkylators(
    ...     [0, 0, 1, 1], ["Bu", "thiotepa", "CY"], [0, 1, 0, 2], [9.6, 10, 12.8, 100],
    ...     [-5, -7, -6, 3], patients=2,
    ... )
    >>> found.count, found.double, found.thiotepa
    (array([2, 1]), array([1, 0], dtype=int8), array([1, 0], dtype=int8))
    """
    whose = np.asarray(patient, dtype=np.int64)
    amount = np.asarray(dose, dtype=np.float64)
    when = np.asarray(day, dtype=np.float64)
    negative = np.flatnonzero(amount < 0)
    if negative.size:
        raise InputError(f"doses are negative in rows {listed(negative)}: they cannot be.")
    kinds = _kinds(names, alkylating_like=alkylating_like)
    of = np.asarray(code, dtype=np.int64)
    kind, identity = kinds.kind[of], kinds.identity[of]
    out = (amount == 0) | (when >= 0)
    if given is not None:
        out |= ~np.asarray(given, dtype=bool)
    undated = np.isnan(when) | (np.isnan(amount) & (without_dose == "unknown"))
    counts = (kind == 1) & ~out & ~undated
    may = (kind != 0) & ~out & ~counts
    sure = _pairs(whose, identity, counts, kinds.width)
    maybe = np.setdiff1d(_pairs(whose, identity, may, kinds.width), sure, assume_unique=True)
    count = np.bincount(sure // kinds.width, minlength=patients)
    possible = np.bincount(maybe // kinds.width, minlength=patients)
    nothing = np.bincount(whose, minlength=patients) == 0
    needed = load("conditioning")["rule"]["needed"]
    is_thiotepa = np.bincount(
        sure[sure % kinds.width == kinds.thiotepa] // kinds.width, minlength=patients
    )
    may_be = np.zeros(patients, dtype=bool)
    may_be[maybe[kinds.may_be_thiotepa[maybe % kinds.width]] // kinds.width] = True
    return CohortAlkylators(
        count,
        possible,
        _three(count >= needed, nothing | (count + possible >= needed)),
        _three(is_thiotepa > 0, nothing | may_be),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Of each name: 1 an alkylator, 0 not, -1 not known; and which names are one agent.

    ``may_be_thiotepa``: of each identity; ``thiotepa``: its identity, -1 if no name is thiotepa.
    """

    kind: NDArray[np.int8]
    identity: NDArray[np.int64]
    may_be_thiotepa: NDArray[np.bool_]
    thiotepa: int

    @property
    def width(self) -> int:
        return len(self.may_be_thiotepa)


def _kinds(names: Sequence[str], *, alkylating_like: bool) -> _Kinds:
    known = [agent(name) for name in names]
    kind = []
    for one in known:
        if one is None or one.alkylator is None:
            kind.append(-1)
        elif one.after_transplant:
            kind.append(0)
        else:
            kind.append(int(one.alkylator or (alkylating_like and one.alkylating_like)))
    ids = [one.id if one else name for one, name in zip(known, names, strict=True)]
    position = {name: at for at, name in enumerate(dict.fromkeys(ids))}
    may_be = {one.id if one else name: one is None for one, name in zip(known, names, strict=True)}
    may_be["thiotepa"] = True
    return _Kinds(
        np.array(kind, dtype=np.int8),
        np.array([position[name] for name in ids], dtype=np.int64),
        np.array([may_be[name] for name in position] or [False]),
        position.get("thiotepa", -1),
    )


def _pairs(
    whose: NDArray[np.int64], identity: NDArray[np.int64], where: NDArray[np.bool_], width: int
) -> NDArray[np.int64]:
    """Conditioning and agent as one number, each pair once."""
    return np.unique(whose[where] * width + identity[where])


def _three(yes: NDArray[np.bool_], open_: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(yes, 1, np.where(open_, -1, 0)).astype(np.int8)
