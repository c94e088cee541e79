"""Many assessments at once: the same answers as one at a time, and as the rules read aloud."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.leukaemia.response import (
    CALLS,
    RULE_SETS,
    Assessment,
    Assessments,
    respond,
    respond_all,
)

# Values at and beside every boundary of the rules, so that a draw lands on them often.
PERCENT = st.sampled_from([None, 0, 1, 4.9, 5, 10, 20, 25, 25.1, 40, 62.5, 100])
ASSESSMENT = st.builds(
    Assessment,
    bm_blasts=PERCENT,
    pb_blasts=PERCENT,
    anc=st.sampled_from([None, 0.4, 0.5, 0.99, 1.0, 1.01, 3]),
    plt=st.sampled_from([None, 20, 50, 99.9, 100, 100.1, 250]),
    emd=st.sampled_from([None, "none", "resolved", "present"]),
    mrd_percent=st.sampled_from([None, 0, 0.99, 1.0, 5]),
    transfusion_independent=st.sampled_from([None, True, False]),
    duration_weeks=st.sampled_from([None, 3.9, 4, 8]),
    previous_bm_blasts=PERCENT,
    previous_pb_blasts=PERCENT,
    emd_fall=st.sampled_from([None, 49, 50]),
    in_remission_before=st.booleans(),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "waive": st.sampled_from([(), ("duration_weeks",), ("emd", "transfusion_independent")]),
        "also": st.just(("CRp",)),
        "crh": st.just(("anc > 0.5", "plt > 50")),
        "relapse": st.just("nci-asbmt-2010"),
    },
)


@given(st.lists(ASSESSMENT, min_size=1, max_size=25), st.sampled_from(RULE_SETS), OPTIONS)
def test_together_is_one_at_a_time(assessments, rules, options) -> None:
    together = respond_all(Assessments.of(assessments), rules, **options)
    alone = [respond(one, rules, **options) for one in assessments]
    assert together.labels() == [one.call for one in alone]
    assert [together.response(row) for row in range(len(together))] == alone


def every(*lines):
    return False if False in lines else None if None in lines else True


def one_of(*lines):
    return True if True in lines else None if None in lines else False


def asked(value, holds):
    return None if value is None else holds(value)


def label_read_aloud(one):
    """The label's rules in plain Python, sharing nothing with the package."""
    marrow = asked(one.bm_blasts, lambda x: x < 5)
    blood = asked(one.pb_blasts, lambda x: x == 0)
    sites = asked(one.emd, lambda x: x in {"none", "resolved"})
    low = one_of(asked(one.plt, lambda x: x < 100), asked(one.anc, lambda x: x < 1))
    high = every(asked(one.plt, lambda x: x >= 100), asked(one.anc, lambda x: x >= 1))
    disease = one_of(*(asked(line, lambda x: not x) for line in (marrow, blood, sites)))
    return first_that_holds(
        ("CR", every(marrow, blood, sites, high)),
        ("CRi", every(marrow, blood, sites, low)),
        ("refractory", every(disease, not one.in_remission_before)),
    )


def eln_read_aloud(one):
    marrow = asked(one.bm_blasts, lambda x: x < 5)
    sites = asked(one.emd, lambda x: x != "present")
    low = one_of(asked(one.plt, lambda x: x < 100), asked(one.anc, lambda x: x < 1))
    high = every(asked(one.plt, lambda x: x > 100), asked(one.anc, lambda x: x > 1))
    high = every(high, one.transfusion_independent is not False)
    deep = one.mrd_percent is None or one.mrd_percent < 1
    between = asked(one.bm_blasts, lambda x: 5 <= x <= 25)
    known = one.bm_blasts is not None and one.previous_bm_blasts is not None
    halved = 2 * one.bm_blasts <= one.previous_bm_blasts if known else None
    if halved and one.bm_blasts == one.previous_bm_blasts == 0:
        halved = False
    first = not one.in_remission_before
    return first_that_holds(
        ("CR", every(marrow, sites, high, deep)),
        ("CRi", every(marrow, sites, low, deep)),
        ("MLFS", every(marrow, sites, deep)),
        ("CR", every(sites, high, between, halved, deep, one.mrd_percent is not None, first)),
        ("PR", every(sites, high, between, halved, deep, first)),
        ("refractory", first),
    )


def first_that_holds(*rules):
    for call, holds in rules:
        if holds is None:
            return "cannot say"
        if holds:
            return call
    return "unclassified"


@given(st.lists(ASSESSMENT, min_size=1, max_size=40))
def test_the_rules_read_aloud_give_the_same(assessments) -> None:
    many = Assessments.of(assessments)
    assert respond_all(many).labels() == [label_read_aloud(one) for one in assessments]
    assert respond_all(many, "eln-2024").labels() == [eln_read_aloud(one) for one in assessments]


@given(ASSESSMENT, st.sampled_from(RULE_SETS))
def test_recording_more_never_changes_what_was_said(assessment, rules) -> None:
    """A call stands whatever an item that is not recorded turns out to be."""
    before = respond(assessment, rules)
    filled = {"anc": 0.7, "plt": 100.0, "emd": "none", "bm_blasts": 6.0, "pb_blasts": 0.0}
    unknown = {name: value for name, value in filled.items() if getattr(assessment, name) is None}
    values = {name: getattr(assessment, name) for name in Assessment.__slots__}
    after = respond(Assessment(**(values | unknown)), rules)
    if before.call != "cannot say":
        assert after.call == before.call
    else:
        assert after.call in {*before.possible, "cannot say"}


def test_arrays_code_what_is_not_recorded() -> None:
    many = Assessments.from_arrays(
        bm_blasts=[2, 2, np.nan],
        pb_blasts=[0, 0, 0],
        anc=[2.0, 2.0, 2.0],
        plt=[200, 200, 200],
        emd=np.array([0, -1, 2], dtype=np.int8),
        in_remission_before=[False, False, False],
    )
    found = respond_all(many)
    assert found.labels() == ["CR", "cannot say", "refractory"]
    assert found.counts() == {"CR": 1, "refractory": 1, "cannot say": 1}
    assert found.call.tolist() == [CALLS.index(call) for call in found.labels()]


def test_what_is_left_out_is_recorded_for_nobody() -> None:
    assert respond_all(Assessments.from_arrays(bm_blasts=[2, 9])).labels() == [
        "cannot say",
        "refractory",
    ]
    assert len(respond_all(Assessments.from_arrays())) == 0


def test_a_remission_before_that_is_not_known_is_no_answer() -> None:
    """-1 is not recorded, as everywhere: it must not be read as "no"."""
    bad = {"bm_blasts": [30.0] * 3, "in_remission_before": [-1, 0, 1]}
    found = respond_all(Assessments.from_arrays(**bad))
    assert found.labels() == ["cannot say", "refractory", "unclassified"]
    assert found.response(0).missing == ("in_remission_before",)
    one = Assessments.of([Assessment(bm_blasts=30, in_remission_before=None)])
    assert respond_all(one).labels() == ["cannot say"]


def test_arrays_of_unequal_length_are_refused() -> None:
    with pytest.raises(InputError, match=r"one length; their lengths are \{'anc': 2, 'plt': 1\}"):
        Assessments.from_arrays(anc=[1, 2], plt=[100])


def test_an_impossible_value_is_named_with_its_row() -> None:
    with pytest.raises(InputError, match=r"emd of assessment 1 is 3\.0"):
        Assessments.from_arrays(emd=[0, 3])
