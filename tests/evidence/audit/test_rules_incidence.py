"""Competing incidences and those free of both."""

from __future__ import annotations

import pytest

from atrisk.evidence.audit.check import Verdict
from audit_kit import cohort, found, only, stated

SUM = "competing incidences and event-free survival"


def at(endpoint, estimate, time="24", unit="months", what="incidence", of="everyone"):
    return stated(
        "survival",
        endpoint.lower().replace(" ", "_"),
        of=of,
        endpoint=endpoint,
        what=what,
        time=time,
        time_unit=unit,
        estimate=estimate,
    )


@pytest.mark.parametrize(
    ("free", "verdict"),
    [
        ("27.4", Verdict.CONSISTENT),
        ("27.3", Verdict.CONSISTENT),  # each of the three may be cut off
        ("26.9", Verdict.INCONSISTENT),
        ("34.1", Verdict.INCONSISTENT),
    ],
)
def test_three_make_up_the_whole(free, verdict):
    parts = (at("CIR", "35.0"), at("CID", "37.6"), at("RFS", free, "2", "years", "survival"))
    check = only(SUM, cohort(), *parts)
    assert check.verdict is verdict
    assert set(check.numbers) == {"cir.estimate", "cid.estimate", "rfs.estimate"}


def test_two_are_at_most_the_whole():
    assert only(SUM, cohort(), at("CIR", "35.0"), at("CID", "37.6")).bound
    over = only(SUM, cohort(), at("NRM", "60"), at("EFS", "42", what="survival"))
    assert over.verdict is Verdict.INCONSISTENT
    assert "together 101.0 to 104.0 %" in over.arithmetic


def test_other_times_sets_and_endpoints_are_not_added():
    other = cohort("17", "responders")
    assert found(SUM, cohort(), at("CIR", "65"), at("CID", "67", "12")) == []
    assert found(SUM, cohort(), other, at("CIR", "65"), at("CID", "67", of="responders")) == []
    assert found(SUM, cohort(), at("CIR", "65"), at("OS", "67", what="survival")) == []
    assert found(SUM, cohort(), at("acute GvHD", "65"), at("chronic GvHD", "67")) == []
