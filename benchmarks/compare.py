"""How far apart two programs' numbers are: of curves, over all times of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Curve = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

__all__ = ["NOTHING", "Difference", "coefficient_differences", "differences", "read_curves"]


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference, as it is and relative to the reference; NaN: nothing to compare."""

    absolute: float
    relative: float


NOTHING = Difference(np.nan, np.nan)
MISSING = Difference(np.inf, np.inf)


def read_curves(file: Path) -> list[Curve]:
    """Read what `write_curves` of worker.py or `write` of peers.R wrote."""
    values = np.fromfile(file)
    curves, place = [], 1
    for _ in range(int(values[0])):
        size = int(values[place])
        time, estimate, std_error = values[place + 1 : place + 1 + 3 * size].reshape(3, size)
        curves.append((time, estimate, std_error))
        place += 1 + 3 * size
    return curves


def differences(
    curves: list[Curve], reference: list[Curve], start: float
) -> tuple[Difference, Difference]:
    """Compare the estimate and the standard error, each curve with the reference of its cause.

    Parameters
    ----------
    curves
        the program's; where it has fewer than the reference, the first ones are compared.
    reference
        the reference's, at whose times both are read as step functions.
    start
        the estimate before a curve's first time; its standard error there is 0.
    """
    pairs = list(zip(curves, reference, strict=False))
    estimate = [_apart(_at(c[0], c[1], r[0], start), r[1]) for c, r in pairs]
    std_error = [_apart(_at(c[0], c[2], r[0], 0.0), r[2]) for c, r in pairs]
    return _largest(estimate), _largest(std_error)


def coefficient_differences(
    found: list[Curve], reference: list[Curve]
) -> tuple[Difference, Difference]:
    """Compare vectors of coefficients, and their standard errors, place by place.

    A coefficient may be negative or next to 0, so its difference is relative to the largest of
    the reference; that of a standard error is relative to the same one of the reference.

    Parameters
    ----------
    found, reference
        one vector each, written as a curve over the places of its coefficients.
    """
    (_, estimate, std_error), (_, other, other_error) = found[0], reference[0]
    if estimate.shape != other.shape:
        return MISSING, MISSING
    gap = float(np.abs(estimate - other).max())
    far = MISSING if np.isnan(gap) else Difference(gap, gap / float(np.abs(other).max()))
    given = not np.isnan(std_error).all()
    return far, _apart(std_error, other_error) if given else NOTHING


def _at(
    time: NDArray[np.float64], value: NDArray[np.float64], at: NDArray[np.float64], start: float
) -> NDArray[np.float64]:
    """Read a right-continuous step function."""
    return np.concatenate(([start], value))[np.searchsorted(time, at, side="right")]


def _apart(value: NDArray[np.float64], reference: NDArray[np.float64]) -> Difference:
    """Compare where the reference is a positive number; a value missing there is infinitely far."""
    known = np.isfinite(reference) & (reference > 0)
    if not known.any():
        return Difference(np.nan, np.nan)
    gap = np.abs(value[known] - reference[known])
    gap[~np.isfinite(gap)] = np.inf
    return Difference(float(gap.max()), float((gap / reference[known]).max()))


def _largest(parts: list[Difference]) -> Difference:
    return Difference(
        float(np.max([part.absolute for part in parts])),
        float(np.max([part.relative for part in parts])),
    )
