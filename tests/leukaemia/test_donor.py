"""Donor groups of the 2024 paper, and remission at transplantation."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.donor import donor_group, remission_status, status_at
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.response import CALLS

# Kayser et al., Haematologica 2024: matched-related siblings 11, matched-unrelated 22,
# haplo-identical/cord blood 25.


@pytest.mark.parametrize(
    ("written", "donor", "group"),
    [
        ("1", "matched related", "matched related"),
        ("MSD", "matched related", "matched related"),
        ("2", "matched unrelated", "matched unrelated"),
        ("MUD", "matched unrelated", "matched unrelated"),
        ("3", "haploidentical", "haploidentical or cord blood"),
        ("Haplo", "haploidentical", "haploidentical or cord blood"),
        ("4", "cord blood", "haploidentical or cord blood"),
        (" cord blood ", "cord blood", "haploidentical or cord blood"),
        ("5", "mismatched unrelated", None),
        ("MMUD", "mismatched unrelated", None),
    ],
)
def test_groups(written: str, donor: str, group: str | None) -> None:
    found = donor_group(written)
    assert (found.donor, found.group) == (donor, group)
    assert "284310" in found.source


def test_an_unknown_donor_is_refused() -> None:
    with pytest.raises(InputError, match=r"no donor 'haploidentic'.*Did you mean 'haploidentical'"):
        donor_group("haploidentic")


@pytest.mark.parametrize(
    ("call", "with_cri", "without"),
    [
        ("CR", True, True),
        ("CRi", True, False),
        ("CRp", True, False),
        ("CRh", True, False),
        ("PR", False, False),
        ("MLFS", False, False),
        ("refractory", False, False),
        ("relapse", False, False),
        ("cannot say", None, None),
        ("unclassified", None, None),
        (None, None, None),
    ],
)
def test_remission(call, with_cri, without) -> None:
    """Kayser et al. 2024 write CR in the results and CR/CRi in the discussion of the same 49."""
    assert remission_status(call) is with_cri
    assert remission_status(call, cri_counts=False) is without


def test_every_response_is_known_here() -> None:
    facts = load("donor")["remission"]
    known = {*facts["in_remission"], *facts["not_in_remission"], "cannot say", "unclassified"}
    assert set(CALLS) <= known


def test_an_unknown_response_is_refused() -> None:
    with pytest.raises(InputError, match="no response 'CRx'"):
        remission_status("CRx")


@pytest.mark.parametrize(
    ("responses", "relapses", "call", "on", "in_remission", "number"),
    [
        ([(30, "CR")], [], "CR", 30, True, "CR1"),
        ([(30, "CR")], [-100], "CR", 30, True, "CR2"),
        ([(30, "CR")], [-900, -100], "CR", 30, True, "CR3+"),
        ([(30, "CR"), (100, "CRi")], [-900, -500, -100], "CRi", 100, True, "CR3+"),
        ([(30, "CR"), (60, "PR")], [-100], "PR", 60, False, None),
        ([(30, "CR")], [-100, 60], "relapse", 60, False, None),
        ([(30, "CR"), (90, "CR")], [-100, 60], "CR", 90, True, "CR3+"),
        ([(60, "CR")], [60], "relapse", 60, False, None),
        ([(30, "PR"), (121, "CR")], [-100], "PR", 30, False, None),  # after the transplant
        ([(30, "CR")], [-100, 121], "CR", 30, True, "CR2"),
        ([(120, "CR")], [-100], "CR", 120, True, "CR2"),  # on the day
        ([(30, "CR")], [120], "relapse", 120, False, None),
        ([(30, "cannot say")], [-100], "cannot say", 30, None, None),
        ([(30, "PR"), (30, "CR")], [], "CR", 30, True, "CR1"),
        ([], [-100], "relapse", -100, False, None),
        ([], [], None, None, None, None),
    ],
)
def test_status_on_the_day(responses, relapses, call, on, in_remission, number) -> None:
    """Remissions are numbered by the relapses before: CIBMTR, ALL response criteria."""
    found = status_at(120, responses, relapses)
    assert (found.call, found.day) == (call, on)
    assert (found.in_remission, found.remission_number) == (in_remission, number)


def test_incomplete_recovery_may_not_count() -> None:
    assert status_at(120, [(30, "CRi")], cri_counts=False).in_remission is False
