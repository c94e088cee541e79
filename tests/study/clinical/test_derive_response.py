"""Response, MRD and relapse as columns, each value worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from clinical_columns import FIRST, HCT, Row, columns, response, value


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([response("2020-01-22", "1")], "2020-01-22", id="CR"),
        pytest.param([response("2020-01-22", "2")], "2020-01-22", id="CRi"),
        pytest.param(
            [response("2020-02-26", "1"), response("2020-01-22", "3")], "2020-02-26", id="PR first"
        ),
        pytest.param([response("2020-01-01", "1")], "2020-01-01", id="on the first dose"),
        pytest.param([response("2019-12-31", "1")], None, id="before the first dose"),
        pytest.param([response("2020-03-25", "1")], "2020-03-25", id="on the transplantation"),
        pytest.param([response("2020-03-26", "1")], None, id="after the transplantation"),
        pytest.param([response("2020-01-22", "4")], None, id="refractory"),
    ],
)
def test_date_of_remission(rows: list[Row], expected: str | None) -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [HCT], "response": rows})
    assert value(made["cr_date"]) == expected
    assert value(made["cr_or_hct_date"]) == (expected or "2020-03-25")


def test_without_transplantation_any_later_remission_counts() -> None:
    made = columns({"ino_cycle": [FIRST], "response": [response("2020-06-01", "1")]})
    assert value(made["cr_date"]) == value(made["cr_or_hct_date"]) == "2020-06-01"


def test_the_origin_says_which_field_it_came_from() -> None:
    with_cr = {
        "ino_cycle": [FIRST],
        "transplant": [HCT],
        "response": [response("2020-01-22", "1")],
    }
    without = {"ino_cycle": [FIRST], "transplant": [HCT]}
    origin = columns(with_cr, without)["cr_or_hct_date"].origin
    assert [(o.form, o.row.tolist()) for o in origin] == [
        ("response", [0, -1]),
        ("transplant", [-1, 1]),
    ]


PERFECT = {"resp_bm_blasts": 2, "resp_pb_blasts": 0, "resp_anc": 2, "resp_plt": 150, "resp_emd": 0}
POOR = {**PERFECT, "resp_bm_blasts": 30}


def test_rules_may_give_the_date_of_remission() -> None:
    """The centre calls a marrow of 30% a CR on 22 January; the rules find one on 26 February."""
    rows = [response("2020-01-22", "1", **POOR), response("2020-02-26", "1", "2", **PERFECT)]
    patient = {"ino_cycle": [FIRST], "response": rows}
    assert value(columns(patient)["cr_date"]) == "2020-01-22"
    assert value(columns(patient, response_by="rules")["cr_date"]) == "2020-02-26"
    rules = columns(patient)
    assert value(rules["response_first_cycle"]) == "CR"
    assert value(rules["response_first_cycle_rules"]) == "refractory"


def test_sets_of_rules_differ_at_the_boundary() -> None:
    """Neutrophils of exactly 1.0: CR by the label (>=), not by ELN 2024 (>); domain table 2."""
    row = response("2020-01-22", "1", **{**PERFECT, "resp_anc": 1.0})
    patient = {"ino_cycle": [FIRST], "response": [row]}
    assert value(columns(patient)["best_response_rules"]) == "CR"
    eln = columns(patient, response_rules="eln-2024")["best_response_rules"]
    assert value(eln) not in {None, "CR"}
    assert "eln-2024" in eln.rule


@pytest.mark.parametrize(
    ("calls", "best", "last", "first"),
    [
        (["3", "1", "5"], "CR", "relapse", "PR"),
        (["4", "2"], "CRi", "CRi", "refractory"),
        ([], None, None, None),
    ],
)
def test_best_last_and_first_call(
    calls: list[str], best: str | None, last: str | None, first: str | None
) -> None:
    times = ["1", "2", "3"]
    days = ["2020-01-22", "2020-02-20", "2020-03-20"]
    rows = [response(d, c, t) for d, c, t in zip(days, calls, times, strict=False)]
    made = columns({"ino_cycle": [FIRST], "transplant": [HCT], "response": rows})
    names = ("best_response", "last_response", "response_first_cycle")
    assert tuple(value(made[name]) for name in names) == (best, last, first)


def mrd(day: str, result: str, **more: Any) -> Row:
    return {"mrd_date": day, "mrd_result": result, "mrd_method": "1", **more}


@pytest.mark.parametrize(
    ("rows", "status", "negative"),
    [
        ([mrd("2020-02-01", "1"), mrd("2020-03-01", "0")], "negative", 1),
        ([mrd("2020-02-01", "0"), mrd("2020-03-01", "2")], "positive below quantification", 0),
        ([mrd("2020-02-01", "1"), mrd("2020-03-01", "3")], "positive", 0),
        ([mrd("2020-03-01", "3")], None, None),
        ([mrd("2020-02-01", "1"), mrd("2020-04-01", "0")], "positive", 0),
        ([mrd("2019-12-01", "0")], None, None),
    ],
)
def test_last_mrd_before_transplantation(
    rows: list[Row], status: str | None, negative: float | None
) -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [HCT], "mrd": rows})
    assert (value(made["mrd"]), value(made["mrd_negative"])) == (status, negative)


def test_rules_of_mrd() -> None:
    """0.005% by flow is negative below the threshold of 0.01% of the phase III trial."""
    rows = [mrd("2020-02-01", "1", mrd_value=0.005, mrd_sensitivity=0.001)]
    patient = {"ino_cycle": [FIRST], "mrd": rows}
    assert value(columns(patient)["mrd"]) == "positive"
    assert value(columns(patient, mrd_rules="ino-vate")["mrd"]) == "negative"


@pytest.mark.parametrize(
    ("relapses", "calls", "relapse_date", "after_hct", "relapsed"),
    [
        (["2020-06-01"], ["1"], "2020-06-01", "2020-06-01", 1),
        (["2020-03-01", "2020-06-01"], ["1"], "2020-03-01", "2020-06-01", 1),
        (["2020-03-01"], [], None, None, 0),
        (["2020-03-25"], [], None, None, 0),
        (["2020-03-26"], [], "2020-03-26", "2020-03-26", 1),
        ([], ["1"], None, None, 0),
    ],
)
def test_relapse_is_after_its_origin(
    relapses: list[str],
    calls: list[str],
    relapse_date: str | None,
    after_hct: str | None,
    relapsed: float,
) -> None:
    """From CR on 2020-01-22, or from the transplantation on 2020-03-25 without CR."""
    made = columns(
        {
            "ino_cycle": [FIRST],
            "transplant": [HCT],
            "response": [response("2020-01-22", call) for call in calls],
            "relapse": [{"rel_date": day, "rel_type": "1"} for day in relapses],
        }
    )
    assert value(made["relapse_date"]) == relapse_date
    assert value(made["relapse_after_hct_date"]) == after_hct
    assert value(made["relapse"]) == relapsed


def test_a_relapse_without_a_date_is_not_no_relapse() -> None:
    rows = {"ino_cycle": [FIRST], "response": [response("2020-01-22", "1")]}
    undated: Row = {"rel_date": "", "rel_type": "1"}
    assert value(columns({**rows, "relapse": [undated]})["relapse"]) is None
    later = [undated, {"rel_date": "2020-06-01", "rel_type": "1"}]
    assert value(columns({**rows, "relapse": later})["relapse"]) == 1


@pytest.mark.parametrize(
    ("rows", "by", "expected"),
    [
        ([response("2020-01-22", "4")], "centre", 0),
        ([response("2020-01-22", "")], "centre", None),
        ([response("2020-01-22", "4"), response("2020-02-20", "")], "centre", None),
        ([response("2020-01-22", "1"), response("2020-02-20", "")], "centre", 1),
        ([response("2020-01-22", "4"), response("", "1")], "centre", None),
        ([response("2020-01-22", "4"), response("", "4")], "centre", 0),
        ([], "centre", None),
        ([response("2020-01-22", "1")], "rules", None),
        ([response("2020-01-22", "1", resp_bm_blasts=40)], "rules", 0),
    ],
)
def test_no_remission_is_said_only_where_every_assessment_was_judged(
    rows: list[Row], by: Any, expected: float | None
) -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [HCT], "response": rows}, response_by=by)
    assert value(made["cr_before_hct"]) == expected
