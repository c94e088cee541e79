"""From mg/m2 to milligrams, millilitres and vials of inotuzumab ozogamicin."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal, get_args

from atrisk.errors import InputError
from atrisk.leukaemia.facts import load

__all__ = ["Infusion", "Market", "infusion"]

Market = Literal["US", "EU"]


@dataclass(frozen=True, slots=True)
class Infusion:
    """One infusion: nothing is rounded but the vials, and those up.

    Attributes
    ----------
    milligrams, millilitres
        the dose, and its volume after reconstitution.
    vials
        whole vials to open.
    market
        whose vials.
    source
        where the strength and the vial are from.
    """

    milligrams: float
    millilitres: float
    vials: int
    market: Market
    source: str


def infusion(dose: float, body_surface: float, market: Market) -> Infusion:
    """Work out one infusion.

    Parameters
    ----------
    dose
        mg/m2.
    body_surface
        m2; `atrisk.leukaemia.body_surface` has the formulas. The label names none and gives no
        highest area, so neither does this.
    market
        ``"US"``: a vial gives 0.9 mg; ``"EU"``: 1 mg.

    Returns
    -------
    Infusion
        the dose in mg, mL and vials.

    Raises
    ------
    InputError
        if a number is not above 0, or the market is neither.

    Examples
    --------
    >>> day_1 = infusion(0.8, 1.84, "US")
    >>> round(day_1.milligrams, 3), round(day_1.millilitres, 3), day_1.vials
    (1.472, 5.888, 2)
    """
    for name, value, unit in (("dose", dose, "mg/m2"), ("body surface", body_surface, "m2")):
        if not value > 0:
            raise InputError(f"the {name} must be above 0 {unit}, not {value:g}.")
    if market not in get_args(Market):
        raise InputError(f"market = {market!r} is neither 'US' nor 'EU': their vials differ.")
    facts = load("ino-label")["vials"]
    milligrams = dose * body_surface
    vials = ceil(round(milligrams / facts[market], 9))  # 0.9 mg / 0.9 mg is one vial, not two
    return Infusion(milligrams, milligrams / facts["mg_per_ml"], vials, market, facts["source"])
