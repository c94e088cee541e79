"""What a response assessment records, one patient at a time or as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["EMD", "ITEMS", "Assessment", "Assessments"]

#: Extramedullary disease, in the order of its codes in arrays.
EMD: Final = ("none", "resolved", "present")

#: What can be recorded, and its unit.
ITEMS: Final[dict[str, str]] = {
    "bm_blasts": "%",
    "pb_blasts": "%",
    "anc": "1e9/L",
    "plt": "1e9/L",
    "emd": "code",
    "mrd_percent": "%",
    "transfusion_independent": "yes/no",
    "duration_weeks": "weeks",
    "previous_bm_blasts": "%",
    "previous_pb_blasts": "%",
    "emd_fall": "% fall",
    "in_remission_before": "yes/no",
}
_HIGHEST: Final = {"%": 100.0, "% fall": 100.0, "yes/no": 1.0, "code": 2.0}
_CODED: Final = ("emd", "transfusion_independent", "in_remission_before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One assessment of response; None is not recorded.

    Attributes
    ----------
    bm_blasts, pb_blasts
        blasts in marrow and blood, %.
    anc, plt
        neutrophils and platelets, 1e9/L.
    emd
        extramedullary disease.
    mrd_percent
        measurable residual disease, %.
    transfusion_independent
        whether no transfusion was needed.
    duration_weeks
        how long this state has been seen to last.
    previous_bm_blasts, previous_pb_blasts
        the values before treatment, %.
    emd_fall
        fall of measured extramedullary disease, %.
    in_remission_before
        whether a complete remission came before this assessment; None: not known.
    """

    bm_blasts: float | None = None
    pb_blasts: float | None = None
    anc: float | None = None
    plt: float | None = None
    emd: Literal["none", "resolved", "present"] | None = None
    mrd_percent: float | None = None
    transfusion_independent: bool | None = None
    duration_weeks: float | None = None
    previous_bm_blasts: float | None = None
    previous_pb_blasts: float | None = None
    emd_fall: float | None = None
    in_remission_before: bool | None = False


@dataclass(frozen=True, slots=True)
class Assessments:
    """Many assessments, as one array an item.

    Attributes
    ----------
    size
        number of assessments, n.
    items
        each of `ITEMS` that is recorded for any -> shape (n,), float64, NaN where it is not
        recorded; extramedullary disease as positions in `EMD`, yes as 1 and no as 0.
    """

    size: int
    items: Mapping[str, NDArray[np.float64]]

    @classmethod
    def from_arrays(
        cls,
        *,
        bm_blasts: ArrayLike | None = None,
        pb_blasts: ArrayLike | None = None,
        anc: ArrayLike | None = None,
        plt: ArrayLike | None = None,
        emd: ArrayLike | None = None,
        mrd_percent: ArrayLike | None = None,
        transfusion_independent: ArrayLike | None = None,
        duration_weeks: ArrayLike | None = None,
        previous_bm_blasts: ArrayLike | None = None,
        previous_pb_blasts: ArrayLike | None = None,
        emd_fall: ArrayLike | None = None,
        in_remission_before: ArrayLike | None = None,
    ) -> Assessments:
        """Take arrays of equal length; one that is left out is recorded for no patient.

        NaN is not recorded; in the codes ``emd``, ``transfusion_independent`` and
        ``in_remission_before`` so is -1. The units are those of `Assessment`, and as there
        ``in_remission_before`` is no if it is left out.

        Examples
        --------
        >>> Assessments.from_arrays(bm_blasts=[2, 40], emd=[0, -1]).items["emd"]
        array([ 0., nan])
        """
        given: dict[str, ArrayLike | None] = {
            "bm_blasts": bm_blasts,
            "pb_blasts": pb_blasts,
            "anc": anc,
            "plt": plt,
            "emd": emd,
            "mrd_percent": mrd_percent,
            "transfusion_independent": transfusion_independent,
            "duration_weeks": duration_weeks,
            "previous_bm_blasts": previous_bm_blasts,
            "previous_pb_blasts": previous_pb_blasts,
            "emd_fall": emd_fall,
            "in_remission_before": in_remission_before,
        }
        items = {name: _numbers(name, value) for name, value in given.items() if value is not None}
        sizes = {name: len(values) for name, values in items.items()}
        if len(set(sizes.values())) > 1:
            raise InputError(f"assessments need arrays of one length; their lengths are {sizes}.")
        size = next(iter(sizes.values()), 0)
        items.setdefault("in_remission_before", np.zeros(size))
        return cls(size, items)

    @classmethod
    def of(cls, assessments: Sequence[Assessment]) -> Assessments:
        """Take single assessments together."""
        items = {
            name: _numbers(name, [_number(name, getattr(one, name)) for one in assessments])
            for name in ITEMS
        }
        return cls(len(assessments), items)

    def take(self, rows: NDArray[np.int64]) -> Assessments:
        """Keep assessments, by position."""
        return Assessments(len(rows), {name: held[rows] for name, held in self.items.items()})

    def item(self, name: str) -> NDArray[np.float64]:
        """Give an item, NaN everywhere if it is recorded for no patient: shape (n,)."""
        found = self.items.get(name)
        return np.full(self.size, np.nan) if found is None else found

    def change(self, name: str) -> NDArray[np.float64]:
        """Give the change of ``bm_blasts`` or ``pb_blasts`` in % of the earlier value."""
        now, before = self.item(name), self.item(f"previous_{name}")
        with np.errstate(divide="ignore", invalid="ignore"):
            # Blasts of 5% after 4% are a rise of 25% exactly: the last bits are not to decide.
            change = np.round(100 * (now / before - 1), 9)
        return np.where((now == 0) & (before == 0), 0.0, change)


def _number(name: str, value: Any) -> float:  # noqa: ANN401
    if value is None:
        return np.nan
    if name != "emd":
        return float(value)
    if value not in EMD:
        raise InputError(f"extramedullary disease {value!r} is none of {listed(EMD)}.")
    return float(EMD.index(value))


def _numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Check an item's values: shape (n,); codes below 0 are not recorded."""
    numbers = np.array(values, dtype=np.float64, ndmin=1)
    if name in _CODED:
        numbers[numbers < 0] = np.nan
    unit = ITEMS[name]
    lowest = -np.inf if unit == "% fall" else 0.0
    highest = _HIGHEST.get(unit, np.inf)
    wrong = (numbers < lowest) | (numbers > highest) | np.isinf(numbers)
    if wrong.any():
        rows = np.flatnonzero(wrong)
        raise InputError(
            f"{name} of assessment {listed(rows)} is {listed(numbers[rows])}: "
            f"it must be {_range(highest)}, in {unit}."
        )
    return numbers


def _range(highest: float) -> str:
    return "0 or more" if np.isinf(highest) else f"between 0 and {highest:g}"
