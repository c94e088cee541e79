"""Patients of a large cohort who differ in their values: as many distinct entries as in real forms.

Numbers carry the decimals that a conversion of units leaves. The weight and the creatinine of a
patient move together on all forms, and calculated fields are calculated again.
"""

from __future__ import annotations

import re
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from .published import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

__all__ = ["Group", "is_varied", "joined"]

#: Number -> what it is multiplied by, from and to: less than 1 where it has a limit.
_FACTORS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("hb", "plt", "ldh"), (0.8, 1.25)),
    **dict.fromkeys(("base_bili", "base_ast_xuln", "base_alt_xuln"), (0.8, 1.2)),
    **dict.fromkeys(("cd22", "bm_blasts", "pb_blasts", "resp_bm_blasts"), (0.8, 1.0)),
    **dict.fromkeys(("resp_pb_blasts", "resp_anc", "resp_plt"), (0.96, 1.04)),
    **dict.fromkeys(("sw_bili", "sw_ast_xuln", "sw_alt_xuln", "sw_lsm"), (0.97, 1.03)),
    **dict.fromkeys(("cyc_d1_dose", "cyc_d8_dose", "cyc_d15_dose"), (0.96, 1.04)),
    **{f"hct_dose{agent}": (0.96, 1.04) for agent in range(1, 7)},
    "mrd_value": (0.8, 1.2),
    "sw_creat": (0.98, 1.02),
    "sw_weight": (0.995, 1.005),
    **dict.fromkeys(("height_cm", "weight_kg", "hct_weight_kg", "base_creat", "hct_creat"), (1, 1)),
    **dict.fromkeys(("wbc", "anc"), (1, 1)),
}
#: Field -> the trait of the patient that multiplies it too.
_TRAITS = {
    **dict.fromkeys(("weight_kg", "hct_weight_kg", "sw_weight"), "weight"),
    **dict.fromkeys(("base_creat", "hct_creat", "sw_creat"), "creatinine"),
    **dict.fromkeys(("wbc", "anc"), "cells"),
}
_SPREAD = {"weight": (0.85, 1.15), "creatinine": (0.85, 1.2), "cells": (0.7, 1.4)}
_TEXTS = frozenset({"kary_dx", "kary_rel", "hct_regimen"})
_CALCULATED = frozenset({"bsa", "cyc_total"})
_NUMBER = re.compile(r"\d+\.?\d*")
_CELLS = re.compile(r"\[\d+\]")
_BANDS = ("p11", "p12", "p13", "q11", "q12", "q13", "q21", "q22", "q23", "q24")
#: Times are stretched before and after the months of INO and transplant, whose days count.
_BEFORE, _AFTER = -30, 120


def is_varied(field: str, text: str) -> bool:
    """Tell whether patients have entries of their own where the small cohort has this one."""
    return bool(text) and (
        field in _TEXTS
        or field in _CALCULATED
        or (field in _FACTORS and _NUMBER.fullmatch(text) is not None)
    )


class Group:
    """The patients made of one of the small cohort.

    Parameters
    ----------
    base
        its place in the small cohort.
    size
        how many patients are made of it.
    form
        the form to be filled: the same traits, other draws.
    start, transplant
        days of the first dose and of the transplant.
    """

    def __init__(self, base: int, size: int, form: str, start: date, transplant: date) -> None:
        shared = np.random.default_rng([SEED, base, size])
        self.traits = {name: shared.uniform(*ends, size) for name, ends in _SPREAD.items()}
        self.earlier, self.later = shared.uniform(1, 1.4, size), shared.uniform(0.5, 1, size)
        self.rng = np.random.default_rng([SEED, base, size, *form.encode()])
        self.size, self.start, self.transplant = size, start, transplant
        self.row: dict[str, NDArray[Any]] = {}

    def entries(self, field: str, text: str) -> list[str]:
        """Give the entry of each patient; calculated fields come after what they are made of."""
        if field == "bsa":
            area = np.sqrt(self.row["height_cm"] * self.row["weight_kg"] / 3600)
            return _in_hundredths(area, ".2f")
        if field == "cyc_total":
            total = sum(self.row.pop(f"cyc_d{day}_dose", 0) for day in (1, 8, 15))
            return _in_hundredths(np.asarray(total), "g")
        if field == "hct_regimen":
            orders = self.rng.integers(10**5, 10**6, self.size).tolist()
            return [f"{text} order {order}" for order in orders]
        return self._karyotypes(text) if field in _TEXTS else self._numbers(field, text)

    def days(self, ordinal: int) -> NDArray[np.int64]:
        """Give a date of each patient as an ordinal, before it moves with all others."""
        begin, end = self.start.toordinal() + _BEFORE, self.transplant.toordinal() + _AFTER
        if ordinal < begin:
            return begin - np.floor((begin - ordinal) * self.earlier).astype(np.int64)
        if ordinal > end:
            return end + np.floor((ordinal - end) * self.later).astype(np.int64)
        return np.full(self.size, ordinal)

    def _numbers(self, field: str, text: str) -> list[str]:
        """Spell a number for each patient, with two decimals more; keep it for calculated ones."""
        decimals = len(text.partition(".")[2]) + 2
        factor = self.rng.uniform(*_FACTORS[field], self.size)
        values = float(text) * factor * self.traits.get(_TRAITS.get(field, ""), 1)
        self.row[field] = np.round(values, decimals)
        return [f"{value:.{decimals}f}" for value in self.row[field].tolist()]

    def _karyotypes(self, text: str) -> list[str]:
        """Count other cells in each clone; an abnormal one may lose one more band."""
        if "[" not in text:
            return [text] * self.size
        cells = self.rng.integers(2, 26, (self.size, 4)).tolist()
        plain = re.fullmatch(r"46,X[XY]\[\d+\]", text) is not None
        arms = self.rng.integers(1, 23, self.size).tolist()
        bands = self.rng.integers(0, len(_BANDS), self.size).tolist()
        more = (self.rng.random(self.size) < (0 if plain else 0.5)).tolist()
        found = []
        for counts, arm, band, has in zip(cells, arms, bands, more, strict=True):
            numbers = iter(counts)
            spelt = _CELLS.sub(lambda _, numbers=numbers: f"[{next(numbers)}]", text)  # type: ignore[misc]
            extra = f",del({arm})({_BANDS[band]})["
            found.append(spelt.replace("[", extra, 1) if has else spelt)
        return found


def _in_hundredths(values: NDArray[np.float64], spelling: str) -> list[str]:
    """Round half up, as the dictionary does."""
    return [format(int(value * 100 + 0.5 + 1e-9) / 100, spelling) for value in values.tolist()]


def joined(columns: Sequence[str | list[str]], size: int) -> Iterator[str]:
    """Join pieces to one text a patient; a piece is of all, or one of each."""
    whole = [repeat(piece, size) if isinstance(piece, str) else piece for piece in columns]
    return map("".join, zip(*whole, strict=True))
