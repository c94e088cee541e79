"""Cumulative doses of published regimens, each with the publication its doses are from."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.regimens import regimen, regimens

SHORT = "Short et al., review of 2024"
MORLEY = "Morley and Marks, Expert Rev Anticancer Ther 2016;16:159"
LABEL = "Besponsa label, US 3/2024 and EU"
KAYSER = "Kayser et al., Haematologica 2022 and 2024"


@pytest.mark.parametrize(
    ("name", "low", "high", "source"),
    [
        ("label-cycle-1", 1.8, 1.8, LABEL),
        ("label-remission", 9.3, 9.3, LABEL),
        ("label-no-remission", 5.4, 5.4, LABEL),
        ("mdacc-single", 5.2, 7.2, f"{SHORT}; {MORLEY}"),
        ("deangelo-phase-1", 7.2, 10.8, SHORT),
        ("deangelo-phase-2-remission", 9.8, 9.8, SHORT),
        ("mini-hyper-cvd-1", 5.7, 5.7, f"{SHORT}: prints 5.7"),
        ("mini-hyper-cvd-2", 4.3, 4.3, f"{SHORT}: prints 4.3"),
        ("mini-hyper-cvd-blinatumomab", 2.7, 2.7, f"{SHORT}: prints 2.7"),
        ("a041703", 3.3, 3.3, SHORT),
        ("initial-1", 4.8, 4.8, SHORT),
        ("hyper-cvad-blinatumomab-ino", 2.4, 2.4, f"{SHORT}: prints 2.4"),
        ("mrd-phase-2", 3.9, 3.9, SHORT),
        ("post-transplant-maintenance", 3.6, 7.2, f"{SHORT}: 0.6 is the maximum tolerated dose"),
        ("mdacc-paediatric", 10.4, 14.4, MORLEY),
        ("kayser-2024", 9.3, 9.3, KAYSER),
        ("kayser-2022", 9.3, 9.3, KAYSER),
        ("phase-3-abstract", 10.8, 10.8, f"{MORLEY}: 1.8 a cycle, at most six"),
    ],
)
def test_doses_add_up(name: str, low: float, high: float, source: str) -> None:
    assert regimen(name).cumulative_dose() == (low, high), source


def test_what_a_source_prints_is_what_its_doses_add_up_to() -> None:
    printed = {item.id: item.printed for item in regimens() if item.printed is not None}
    computed = {name: regimen(name).cumulative_dose() for name in printed}
    assert computed == {name: (dose, dose) for name, dose in printed.items()}
    assert {5.7, 4.3, 2.7, 2.4} <= set(printed.values())


@pytest.mark.parametrize(
    "name",
    ["dose-dense-mini-hyper-cvd", "ewall-ino", "ino-bosutinib", "nhl-phase-1", "mdacc-weekly"],
)
def test_what_is_not_published_is_none(name: str) -> None:
    assert regimen(name).cumulative_dose() is None


@pytest.mark.parametrize(
    ("name", "cycle", "dose"),
    [
        ("mini-hyper-cvd-1", 1, 1.8),
        ("mini-hyper-cvd-1", 2, 1.3),
        ("mini-hyper-cvd-blinatumomab", 1, 0.9),
        ("mini-hyper-cvd-blinatumomab", 4, 0.6),
        ("deangelo-phase-2-remission", 2, 1.6),
        ("nhl-phase-1", 7, 1.8),
    ],
)
def test_a_cycle_has_its_dose(name: str, cycle: int, dose: float) -> None:
    assert regimen(name).cycle_dose(cycle) == (dose, dose)


def test_cycles_that_a_regimen_does_not_have() -> None:
    assert regimen("mini-hyper-cvd-1").cycle_dose(5) is None
    with pytest.raises(InputError, match=r"has 1 to 4 cycles, not 5"):
        regimen("mini-hyper-cvd-1").cumulative_dose(5)
    assert regimen("mdacc-weekly").cumulative_dose(3) == (5.4, 5.4)


def test_every_regimen_names_its_publication() -> None:
    assert len({item.id for item in regimens()}) == len(regimens()) == 24
    assert all(item.sources for item in regimens())
    assert all(len(source) > 20 for item in regimens() for source in item.sources)


def test_an_unknown_regimen_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'initial-1'"):
        regimen("initial1")
