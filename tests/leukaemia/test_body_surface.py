"""Body surface area by the published formulas."""

from __future__ import annotations

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.body_surface import body_surface_area, body_surface_formulas


# Worked by hand from each formula; 180 cm and 80 kg are a round number for Mosteller.
@pytest.mark.parametrize(
    ("formula", "height", "weight", "area", "source"),
    [
        ("mosteller", 180, 80, 2.0, "sqrt(180 * 80 / 3600)"),
        ("mosteller", 160, 50, 1.4907119849998598, "sqrt(8000 / 3600)"),
        ("du-bois", 170, 70, 0.007184 * 170**0.725 * 70**0.425, "Du Bois 1916"),
        ("haycock", 170, 70, 0.024265 * 170**0.3964 * 70**0.5378, "Haycock 1978"),
        ("gehan-george", 170, 70, 0.0235 * 170**0.42246 * 70**0.51456, "Gehan and George 1970"),
    ],
)
def test_area(formula: str, height: float, weight: float, area: float, source: str) -> None:
    assert float(body_surface_area(height, weight, formula)) == pytest.approx(area), source


# The formulas in R 4.2, to four decimals, for 170 cm and 70 kg.
@pytest.mark.parametrize(
    ("formula", "area"),
    [("mosteller", 1.8181), ("du-bois", 1.8097), ("haycock", 1.8257), ("gehan-george", 1.8313)],
)
def test_formulas_differ(formula: str, area: float) -> None:
    assert round(float(body_surface_area(170, 70, formula)), 4) == area


def test_mosteller_is_the_default_and_missing_stays_missing() -> None:
    areas = body_surface_area(np.array([180.0, np.nan]), np.array([80.0, 80.0]))
    assert areas.tolist() == pytest.approx([2.0, np.nan], nan_ok=True)


def test_every_formula_has_its_paper() -> None:
    assert all(str(law.label[-4:]) in law.source for law in body_surface_formulas().values())


@pytest.mark.parametrize(
    ("height", "weight", "formula", "message"),
    [
        (180, 80, "boyd", "no body surface formula 'boyd'"),
        (0, 80, "mosteller", "height must be above 0 cm: the lowest is 0 cm"),
        (180, -1, "mosteller", "weight must be above 0 kg: the lowest is -1 kg"),
    ],
)
def test_mistakes(height: float, weight: float, formula: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        body_surface_area(height, weight, formula)
