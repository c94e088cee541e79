"""Measurable residual disease: the call keeps its method and its threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.leukaemia.mrd import METHODS, RESULTS, RULES, STATUSES, classify, classify_all

BELOW = "positive below quantification"
INSENSITIVE = "negative, insufficient sensitivity"
KAYSER = "Kayser et al. 2024: the laboratories' own thresholds, 0.01% to 0.0001%"
INOVATE = "N Engl J Med 2016;375:740, abstract 7028: negative is <0.01% by central flow cytometry"
ELN = "Blood 2024;143:1891, MRD response criteria, variants 1 and 2"

# rules, result, value %, sensitivity %, status, word of the European LeukemiaNet, source
TABLE = [
    ("reported", "negative", None, None, "negative", "", KAYSER),
    ("reported", "negative", None, 1, "negative", "", KAYSER),
    ("reported", "positive", 0.0001, 0.00001, "positive", "", KAYSER),
    ("reported", BELOW, None, 0.001, BELOW, "", KAYSER),
    ("reported", "not evaluable", None, None, "not evaluable", "", KAYSER),
    ("reported", None, None, 0.01, "unknown", "", KAYSER),
    ("reported", None, 0.5, 0.01, "unknown", "", KAYSER),
    ("reported", "negative", 0.02, 0.01, "unknown", "", KAYSER),
    ("ino-vate", "negative", None, 0.01, "negative", "", INOVATE),
    ("ino-vate", "negative", None, 0.011, INSENSITIVE, "", INOVATE),
    ("ino-vate", "negative", None, None, "unknown", "", INOVATE),
    ("ino-vate", "positive", 0.0099, None, "negative", "", INOVATE),
    ("ino-vate", "positive", 0.01, None, "positive", "", INOVATE),
    ("ino-vate", "positive", None, None, "positive", "", INOVATE),
    ("ino-vate", None, 0.5, None, "positive", "", INOVATE),
    ("ino-vate", None, 0.01, None, "positive", "", INOVATE),
    ("ino-vate", None, 0.0099, None, "negative", "", INOVATE),
    ("ino-vate", None, 0, 0.1, INSENSITIVE, "", INOVATE),
    ("ino-vate", BELOW, None, 0.001, BELOW, "", INOVATE),
    ("ino-vate", "not evaluable", 0.5, None, "not evaluable", "", INOVATE),
    # Reported as negative with a value: the value is judged by the threshold of the rules.
    ("ino-vate", "negative", 0.009, None, "negative", "", INOVATE),
    ("ino-vate", "negative", 0.009, 0.1, "negative", "", INOVATE),
    ("ino-vate", "negative", 0.01, 0.001, "unknown", "", INOVATE),
    ("eln-2024", "negative", None, 0.001, "negative", "MRD complete response", ELN),
    ("eln-2024", "positive", 0.011, 0.001, "positive", "MRD failure", ELN),
    ("eln-2024", "positive", 0.01, 0.001, "positive", "", ELN),
    ("eln-2024", "positive", 0.009, 0.001, "positive", "MRD other", ELN),
    ("eln-2024", BELOW, None, 0.001, BELOW, "MRD other", ELN),
    ("eln-2024", "positive", None, 0.001, "positive", "", ELN),
    ("eln-2024", "not evaluable", None, None, "not evaluable", "", ELN),
    ("eln-2024-variant-2", "negative", None, None, "negative", "MRD complete response", ELN),
    ("eln-2024-variant-2", "positive", 0.001, None, "positive", "MRD persistence", ELN),
    ("eln-2024-variant-2", "positive", None, None, "positive", "", ELN),
    ("eln-2024-variant-2", BELOW, None, None, BELOW, "", ELN),
    ("eln-2024-variant-2", None, None, None, "unknown", "", ELN),
]


@pytest.mark.parametrize(
    ("rules", "result", "value", "sensitivity", "status", "word", "source"), TABLE
)
def test_boundaries(rules, result, value, sensitivity, status, word, source) -> None:
    found = classify(result, value=value, sensitivity=sensitivity, rules=rules)
    assert (found.status, found.response) == (status, word), source


def test_every_rule_result_and_status_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} == set(RULES)
    assert {row[1] for row in TABLE} == {*RESULTS, None}
    assert {row[4] for row in TABLE} == set(STATUSES)


def test_method_and_threshold_are_kept() -> None:
    found = classify("positive", value=0.02, sensitivity=0.001, method="NGS", rules="ino-vate")
    assert (found.method, found.threshold, found.sensitivity, found.value) == (
        "NGS",
        0.01,
        0.001,
        0.02,
    )
    assert found.notes == ("measured by NGS; the rules are for flow",)
    assert "0.01%" in found.source


def test_a_threshold_of_the_user_takes_the_place_of_the_rules_own_and_is_said() -> None:
    given_ = {"value": 0.0005, "method": "IG/TR PCR"}
    assert classify("positive", **given_, rules="ino-vate").status == "negative"
    found = classify("positive", **given_, rules="ino-vate", threshold=0.0001)
    assert (found.status, found.threshold) == ("positive", 0.0001)
    assert "threshold of 0.0001% as given by the user, no source" in found.notes
    assert classify("negative", sensitivity=0.01, threshold=0.001).status == INSENSITIVE


def test_a_needed_sensitivity_is_the_users() -> None:
    found = classify("negative", sensitivity=0.1, rules="eln-2024", needed_sensitivity=0.01)
    assert (found.status, found.response) == (INSENSITIVE, "MRD other")
    assert found.notes[-1] == "needed sensitivity of 0.01% as given by the user, no source"
    assert classify("negative", sensitivity=0.1, rules="eln-2024").status == "negative"


# result, options, note
NOTES = [
    ("negative", {}, "sensitivity of the assay is not recorded: as the laboratory called it"),
    ("negative", {"rules": "ino-vate"}, "sensitivity of the assay is not recorded: not called"),
    ("negative", {"value": 0.02}, "reported negative with a value of 0.02%: not called"),
    ("positive", {"rules": "ino-vate"}, "positive without a value: whether below 0.01%"),
]


@pytest.mark.parametrize(("result", "options", "note"), NOTES)
def test_what_to_know_is_said(result, options, note) -> None:
    assert any(note in line for line in classify(result, **options).notes)


VALUE = st.one_of(st.none(), st.sampled_from([0, 0.0001, 0.0099, 0.01, 0.011, 1, 100]))


@given(
    st.lists(st.tuples(st.sampled_from([*RESULTS, None]), VALUE, VALUE), min_size=1, max_size=20),
    st.sampled_from(RULES),
    st.sampled_from([None, 0.001, 0.05]),
    st.sampled_from([None, 0.01]),
)
def test_together_is_one_at_a_time(rows, rules, threshold, needed) -> None:
    options = {"rules": rules, "threshold": threshold, "needed_sensitivity": needed}
    alone = [classify(r, value=v, sensitivity=s, **options).status for r, v, s in rows]
    codes = [-1 if r is None else RESULTS.index(r) for r, _, _ in rows]
    numbers = np.array([[np.nan if x is None else x for x in row[1:]] for row in rows])
    together = classify_all(codes, numbers[:, 0], numbers[:, 1], **options)
    assert [STATUSES[code] for code in together] == alone


MISTAKES = [
    ({"result": "neg"}, r"no result of MRD named 'neg'\."),
    ({"method": "fish"}, r"no method of MRD named 'fish'.* There are: flow, BCR::ABL1 PCR"),
    ({"rules": "nccn"}, r"no rules of MRD named 'nccn'"),
    ({"value": 101}, r"value of MRD is 101\.0: it must be between 0 and 100"),
    ({"sensitivity": -1}, r"sensitivity of MRD is -1\.0"),
    ({"threshold": 200}, r"threshold of MRD is 200\.0"),
]


@pytest.mark.parametrize(("options", "message"), MISTAKES)
def test_mistakes(options, message) -> None:
    with pytest.raises(InputError, match=message):
        classify(**({"result": "positive"} | options))


def test_a_code_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match="-1 or a position in"):
        classify_all([4], [np.nan], [np.nan])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_taken(method) -> None:
    assert classify("negative", sensitivity=0.01, method=method).method == method


def test_the_method_is_remarked_only_where_the_rules_name_another() -> None:
    result = {"result": "negative", "sensitivity": 0.01}
    assert classify(**result, method="flow", rules="ino-vate").notes == ()
    assert classify(**result, rules="ino-vate").notes == ()
    assert len(classify(**result, method="NGS").notes) == 1
