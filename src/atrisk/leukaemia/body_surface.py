"""Body surface area from height and weight, by a formula that is named."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, nearest
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["BodySurfaceFormula", "body_surface_area", "body_surface_formulas"]


@dataclass(frozen=True, slots=True)
class BodySurfaceFormula:
    """``area = coefficient * height_cm ** height * weight_kg ** weight``, in m2."""

    id: str
    label: str
    coefficient: float
    height: float
    weight: float
    source: str


@cache
def body_surface_formulas() -> dict[str, BodySurfaceFormula]:
    """Give the formulas by name.

    Examples
    --------
    >>> list(body_surface_formulas())
    ['mosteller', 'du-bois', 'haycock', 'gehan-george']
    """
    return {name: BodySurfaceFormula(name, **row) for name, row in load("body-surface").items()}


def body_surface_area(
    height_cm: ArrayLike, weight_kg: ArrayLike, formula: str = "mosteller"
) -> NDArray[np.float64]:
    """Compute the body surface area.

    Parameters
    ----------
    height_cm, weight_kg
        height in cm and weight in kg: numbers, or arrays of one shape.
    formula
        one of `body_surface_formulas`.

    Returns
    -------
    ndarray
        area in m2, of the shape of the input; NaN where either is missing.

    Raises
    ------
    InputError
        if the formula is unknown, or a height or a weight is 0 or less.

    References
    ----------
    Mosteller RD, N Engl J Med 1987;317:1098. Du Bois D, Du Bois EF, Arch Intern Med 1916;17:863.
    Haycock GB et al., J Pediatr 1978;93:62. Gehan EA, George SL, Cancer Chemother Rep 1970;54:225.

    Examples
    --------
    >>> float(body_surface_area(180, 80))
    2.0
    >>> round(float(body_surface_area(170, 70, "du-bois")), 4)
    1.8097
    """
    known = body_surface_formulas()
    if formula not in known:
        raise InputError(
            f"there is no body surface formula {formula!r}. There are: {', '.join(known)}."
            f"{nearest(formula, known)}"
        )
    height = np.asarray(height_cm, dtype=np.float64)
    weight = np.asarray(weight_kg, dtype=np.float64)
    for name, values, unit in (("height", height, "cm"), ("weight", weight, "kg")):
        if bool((values <= 0).any()):
            raise InputError(
                f"a {name} must be above 0 {unit}: the lowest is {np.nanmin(values):g} {unit}."
            )
    law = known[formula]
    if law.height == law.weight:  # one root of the product, so that round numbers stay round
        return np.asarray((height * weight * law.coefficient ** (1 / law.height)) ** law.height)
    return np.asarray(law.coefficient * height**law.height * weight**law.weight)
