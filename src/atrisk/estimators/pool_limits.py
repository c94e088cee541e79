"""Estimates with printed limits: whether they can be, and the standard error behind them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
from scipy.special import ndtri

from atrisk.engine.meta_scales import FORWARD
from atrisk.errors import InputError
from atrisk.estimators.pool_input import numbers_of_studies

__all__ = ["Printed", "require_limits"]

_NAMES = {"identity": "plain", "log": "log", "logit": "logit", "cloglog": "log-log"}
_ROUNDING = 1e-6  # of the width: limits of computed numbers differ from the middle by this


@dataclass(frozen=True, slots=True)
class Printed:
    """Estimates, limits, and how far each may be from what was rounded.

    Attributes
    ----------
    name
        of the estimate, for messages.
    value, lower, upper
        shape (k,).
    unit
        shape (3, k): one unit of the last decimal of value, lower, upper; rounding moves a number
        by half of it, cutting off by all of it.
    ends
        lowest and highest value that is possible.
    """

    name: str
    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    unit: np.ndarray
    ends: tuple[float, float]

    @classmethod
    def of(
        cls, name: str, value: object, lower: object, upper: object, *, proportions: bool = False
    ) -> Printed:
        """Read numbers or texts, and refuse what cannot be an estimate with its limits."""
        given = ((name, value), ("lower", lower), ("upper", upper))
        arrays, places, texts = [], [], []
        for role, values in given:
            array, decimals, as_text = _read(role, values)
            arrays.append(array)
            places.append(decimals)
            texts.append(as_text)
        for (role, _), array in zip(given[1:], arrays[1:], strict=True):
            if array.size != arrays[0].size:
                raise InputError(
                    f"{role} has {array.size} values for {arrays[0].size} studies: give one each."
                )
        most = np.array(places).max(axis=0)
        decimals = np.where(np.array(texts), np.array(places), most)
        ends = (0.0, 1.0) if proportions else (0.0, np.inf)
        printed = cls(name, arrays[0], arrays[1], arrays[2], 10.0**-decimals, ends)
        printed.require_possible()
        return printed

    def require_possible(self) -> None:
        """Refuse values at the ends of the scale or beyond, and limits that do not hold them."""
        low, high = self.ends
        for row in range(self.value.size):
            three = (self.value[row], self.lower[row], self.upper[row])
            said = f"study {row + 1}: {three[0]:g} ({three[1]:g} to {three[2]:g})"
            if min(three) <= low or max(three) >= high:
                wanted = "above 0" if np.isinf(high) else "between 0 and 1, such as 0.59 for 59%"
                raise InputError(
                    f"{said}: {self.name} and limits must be {wanted}. A value at the end of the "
                    "scale has no standard error there: leave the study out, or pool its counts."
                )
            if not three[1] <= three[0] <= three[2] or three[1] == three[2]:
                raise InputError(
                    f"{said}: the limits must be in order and hold the {self.name} between them."
                )


def _read(role: str, values: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if hasattr(values, "to_list"):
        values = values.to_list()
    try:
        found = [values] if isinstance(values, str | int | float) else list(values)  # type: ignore[call-overload]
    except TypeError as error:
        raise InputError(f"{role}={values!r}: give one number a study, such as '0.70'.") from error
    as_text = np.array([isinstance(value, str) for value in found])
    try:
        exact = [Decimal(str(value).strip()) for value in found]
    except InvalidOperation as error:
        raise InputError(
            f"{role}={values!r}: give one number a study, such as '0.70': with a decimal point, "
            "nothing missing, and 0.47 for 47%."
        ) from error
    array = numbers_of_studies(role, [float(value) for value in exact])
    decimals = [max(0, -int(value.as_tuple().exponent)) for value in exact]
    return array, np.array(decimals, dtype=float), as_text


def require_limits(
    printed: Printed, scale: str, level: float, *, others: tuple[str, ...] | None
) -> np.ndarray:
    """Give standard errors on a scale from the widths of the intervals.

    Parameters
    ----------
    printed
        what was printed.
    scale
        on which the limits were made, a key of `FORWARD`.
    level
        their confidence level.
    others
        scales to look at where limits are not symmetric on this one; None to let them be.

    Returns
    -------
    ndarray
        shape (k,).

    Raises
    ------
    InputError
        limits that no rounding makes symmetric.
    """
    ends = FORWARD[scale](np.array([printed.lower, printed.upper]))
    error = np.abs(ends[1] - ends[0]) / (2.0 * float(ndtri(0.5 + level / 2.0)))
    if others is None:
        return np.asarray(error)
    skew = ~_symmetric(printed, scale)
    if skew.any():
        raise _skewed(printed, int(np.flatnonzero(skew)[0]), int(skew.sum()), scale, others)
    return np.asarray(error)


def _symmetric(printed: Printed, scale: str) -> np.ndarray:
    """Say where some numbers within rounding of those printed lie evenly on a scale."""
    low, high = (np.nextafter(printed.ends[0], 1.0), np.nextafter(printed.ends[1], 0.0))

    def reach(values: np.ndarray, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ends = [FORWARD[scale](np.clip(values + side * unit, low, high)) for side in (-1.0, 1.0)]
        return np.minimum(*ends), np.maximum(*ends)

    middle = reach(printed.value, printed.unit[0])
    below, above = (
        reach(values, unit)
        for values, unit in zip((printed.lower, printed.upper), printed.unit[1:], strict=True)
    )
    slack = _ROUNDING * np.abs(above[1] - below[0])
    least = below[0] + above[0] - 2.0 * middle[1]
    most = below[1] + above[1] - 2.0 * middle[0]
    return np.asarray((least <= slack) & (most >= -slack))


def _skewed(
    printed: Printed, row: int, count: int, scale: str, others: tuple[str, ...]
) -> InputError:
    fitting = [name for name in others if _symmetric(printed, name)[row]]
    found = (
        f"They are on the scale {', '.join(map(repr, fitting))} ({_NAMES[fitting[0]]}): "
        + (
            f"give limits_scale={fitting[0]!r}."
            if printed.ends[1] == 1.0
            else "are these logarithms or differences instead of ratios?"
        )
        if fitting
        else "They are on no scale that is known here: look for a misprint."
    )
    more = f" ({count} studies are like this)" if count > 1 else ""
    return InputError(
        f"study {row + 1}: {printed.value[row]:g} is not in the middle of {printed.lower[row]:g} "
        f"to {printed.upper[row]:g} on the {_NAMES[scale]} scale, however they were "
        f"rounded{more}. {found} With require_symmetry=False the width is taken as it is."
    )
