"""Clinical columns from small hand-made forms, each value worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study.clinical.derive import derive
from clinical_records import Row, records

if TYPE_CHECKING:
    from atrisk.study.derived.column import Derived


def columns(*patients: dict[str, list[Row]], **options: Any) -> dict[str, Derived]:
    """Derive the columns of patients P1, P2, ... from their forms."""
    ids = [f"P{place + 1}" for place in range(len(patients))]
    forms: dict[str, list[Row]] = {}
    for name, patient in zip(ids, patients, strict=True):
        for form, rows in patient.items():
            forms.setdefault(form, []).extend({"id": name, **row} for row in rows)
    return {column.name: column for column in derive(records(ids, **forms), **options)}


def value(column: Derived, at: int = 0) -> Any:
    """Give a value as Python has it, None where missing."""
    held = column.column
    if not held.present[at]:
        return None
    if held.kind == "code":
        return held.levels[held.values[at]]
    return str(held.values[at]) if held.kind == "date" else float(held.values[at])


def cycle(number: int | str, start: str, *doses: float, days: tuple[int, ...] = (0, 7, 14)) -> Row:
    row: Row = {"cyc_no": number}
    for slot, dose, day in zip(("d1", "d8", "d15"), doses, days, strict=False):
        row[f"cyc_{slot}_date"] = str(np.datetime64(start) + day)
        row[f"cyc_{slot}_dose"] = dose
    return row


def response(day: str, call: str, time: str = "1", **counts: Any) -> Row:
    return {"resp_date": day, "resp_call": call, "resp_time": time, **counts}


FIRST = cycle(1, "2020-01-01", 0.8, 0.5, 0.5)
SECOND = cycle(2, "2020-01-29", 0.5, 0.5, 0.5)
PART = cycle(2, "2020-01-29", 0.5, 0.5)
HCT: Row = {"hct_date": "2020-03-25", "hct_no": 1}


# ------------------------------------------------------------------------------------------------
# INO and the transplantation it comes before


@pytest.mark.parametrize(
    ("cycles", "transplants", "expected"),
    [
        pytest.param([FIRST, PART], [HCT], (1.67, "<=2", 2.8, "2020-02-05", 49.0), id="1.67"),
        pytest.param([FIRST, SECOND], [HCT], (2.0, "<=2", 3.3, "2020-02-12", 42.0), id="2"),
        pytest.param(
            [FIRST, SECOND, cycle(3, "2020-02-26", 0.5)],
            [HCT],
            (2.33, "3-4", 3.8, "2020-02-26", 28.0),
            id="a third cycle begun",
        ),
        pytest.param(
            [FIRST, SECOND, cycle(3, "2020-04-20", 0.5, 0.5, 0.5)],
            [HCT],
            (2.0, "<=2", 3.3, "2020-02-12", 42.0),
            id="INO after the transplantation does not count",
        ),
        pytest.param(
            [FIRST, SECOND],
            [{"hct_date": "2019-05-01"}, HCT],
            (2.0, "<=2", 3.3, "2020-02-12", 42.0),
            id="a transplantation before INO is not the one",
        ),
        pytest.param(
            [FIRST, SECOND], [], (2.0, "<=2", 3.3, "2020-02-12", None), id="no transplantation"
        ),
        pytest.param(
            [{"cyc_no": 1, "cyc_d1_dose": 0.8}, SECOND],
            [HCT],
            (None, None, None, "2020-02-12", 42.0),
            id="a cycle without any date cannot be placed",
        ),
        pytest.param([], [HCT], (None, None, None, None, None), id="no INO"),
        pytest.param(
            [cycle("", "2020-01-29", 0.5, 0.5), cycle("", "2020-01-01", 0.8, 0.5, 0.5)],
            [HCT],
            (1.67, "<=2", 2.8, "2020-02-05", 49.0),
            id="cycles without a number, out of order",
        ),
    ],
)
def test_ino_before_transplantation(
    cycles: list[Row], transplants: list[Row], expected: tuple[Any, ...]
) -> None:
    made = columns({"ino_cycle": cycles, "transplant": transplants})
    names = ("ino_cycles", "cycles_group", "ino_dose", "last_ino", "ino_to_hct")
    assert tuple(value(made[name]) for name in names) == expected


@pytest.mark.parametrize(
    ("count", "group", "over"), [(2, "<=2", 0), (3, "3-4", 1), (4, "3-4", 1), (5, "5-6", 1)]
)
def test_groups_of_cycles(count: int, group: str, over: float) -> None:
    days = [str(np.datetime64("2020-01-01") + 28 * k) for k in range(count)]
    made = columns({"ino_cycle": [cycle(k + 1, day, 0.5, 0.5, 0.5) for k, day in enumerate(days)]})
    assert (value(made["cycles_group"]), value(made["ino_over_2_cycles"])) == (group, over)
    assert made["cycles_group"].column.levels == ("<=2", "3-4", "5-6")


def test_seven_cycles_have_a_group_of_their_own() -> None:
    days = [str(np.datetime64("2020-01-01") + 28 * k) for k in range(7)]
    made = columns({"ino_cycle": [cycle(k + 1, day, 0.5, 0.5, 0.5) for k, day in enumerate(days)]})
    assert value(made["cycles_group"]) == ">6"


@pytest.mark.parametrize(
    ("hct", "within_50", "within_60"),
    [("2020-03-25", 1, 1), ("2020-03-26", 1, 1), ("2020-03-27", 0, 1), ("2020-04-06", 0, 0)],
)
def test_days_from_ino_to_transplantation(hct: str, within_50: int, within_60: int) -> None:
    """The last infusion is on 2020-02-05: 49, 50, 51 and 61 days."""
    made = columns({"ino_cycle": [FIRST, PART], "transplant": [{"hct_date": hct}]})
    assert value(made["hct_within_50"]) == within_50
    assert value(made["hct_within_60"]) == within_60


@pytest.mark.parametrize(
    ("hct", "expected"), [("2020-01-01", None), ("2020-01-02", "2020-01-02"), ("", None)]
)
def test_the_transplantation_is_after_the_first_dose(hct: str, expected: str | None) -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [{"hct_date": hct}]})
    assert value(made["hct_date"]) == expected


def test_a_second_transplantation_is_the_next() -> None:
    later = {"hct_date": "2021-01-01"}
    made = columns({"ino_cycle": [FIRST], "transplant": [later, HCT, {"hct_date": "2022-01-01"}]})
    assert value(made["hct_date"]) == "2020-03-25"
    assert value(made["hct2_date"]) == "2021-01-01"
    assert made["hct_date"].origin[0].row.tolist() == [1]
    assert made["hct2_date"].origin[0].row.tolist() == [0]


def test_a_dose_of_0_is_no_start() -> None:
    planned = cycle(1, "2020-01-01", 0.0, 0.5, 0.5)
    made = columns({"ino_cycle": [planned]})
    assert value(made["ino_start"]) == "2020-01-08"
    assert [(o.field, o.row.tolist()) for o in made["ino_start"].origin] == [
        ("cyc_d1_date", [-1]),
        ("cyc_d8_date", [0]),
        ("cyc_d15_date", [-1]),
    ]


def test_a_partial_date_keeps_its_precision() -> None:
    made = columns({"ino_cycle": [{"cyc_no": 1, "cyc_d1_date": "2020-03", "cyc_d1_dose": 0.8}]})
    assert value(made["ino_start"]) == "2020-03-15"
    assert made["ino_start"].column.precision is not None
    assert made["ino_start"].column.precision.tolist() == [1]


# ------------------------------------------------------------------------------------------------
# Response, MRD, relapse


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


# ------------------------------------------------------------------------------------------------
# Disease and earlier therapy

T922 = "46,XX,t(9;22)(q34;q11)[15]/46,XX[5]"
COMPLEX_AT_3 = "46,XX,del(6q),add(9)(p13),-7,+mar[10]"


@pytest.mark.parametrize(
    ("at_dx", "at_relapse", "fusion", "expected"),
    [
        (T922, "", "", "t(9;22)"),
        ("46,XY[20]", "", "", "normal"),
        ("46,XY[20]", "", "1", "t(9;22)"),
        ("", "", "1", "t(9;22)"),
        ("", "46,XY,t(4;11)(q21;q23)[20]", "0", "KMT2A"),
        ("46,XY[20]", T922, "", "normal"),
        (COMPLEX_AT_3, "", "0", "complex"),
        ("", "", "", None),
        ("UNK", "47,XX,+X[12]", "", "other"),
    ],
)
def test_one_class_of_karyotype(
    at_dx: str, at_relapse: str, fusion: str, expected: str | None
) -> None:
    row = {"kary_dx": at_dx, "kary_rel": at_relapse, "bcr_abl1": fusion}
    assert value(columns({"disease": [row]})["karyotype"]) == expected


def test_complex_is_a_setting_that_the_rule_names() -> None:
    patient = {"disease": [{"kary_dx": COMPLEX_AT_3}]}
    assert value(columns(patient, complex_at=5)["karyotype"]) == "other"
    assert "complex from 5 abnormalities" in columns(patient, complex_at=5)["karyotype"].rule


def test_clones_are_counted_together_or_the_largest_alone() -> None:
    text = "47,XX,+8,del(6q)[12]/46,XX,-7,+21[5]"
    patient = {"disease": [{"kary_dx": text}]}
    assert value(columns(patient)["karyotype"]) == "complex"
    assert value(columns(patient, complex_count="largest")["karyotype"]) == "other"


def test_a_karyotype_that_cannot_be_read_is_not_blank() -> None:
    made = columns({"disease": [{"kary_dx": "46,XX,foo(9)[20]"}]})["karyotype_dx"]
    assert made.column.missing.tolist() == [2]
    assert made.origin[0].row.tolist() == [0]


@pytest.mark.parametrize(
    ("at_dx", "at_relapse", "expected"),
    [("1", "0", 1), ("0", "1", 1), ("0", "0", 0), ("0", "", None), ("1", "", 1), ("", "", None)],
)
def test_cns(at_dx: str, at_relapse: str, expected: float | None) -> None:
    made = columns({"disease": [{"cns_dx": at_dx, "cns_rel": at_relapse}]})
    assert value(made["cns"]) == expected


def line(number: int, start: str, **therapy: str) -> Row:
    return {"line_no": number, "line_start": start, **therapy}


CHEMO, TKI = {"line_therapy___1": "1"}, {"line_therapy___2": "1", "line_therapy___5": "1"}
BLINA, ALLO = {"line_therapy___3": "1"}, {"line_therapy___4": "1"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([line(1, "2018-01-01", **CHEMO)], (1, 0, 0, 0, 1), id="chemotherapy"),
        pytest.param([line(1, "2018-01-01", **TKI)], (1, 0, 0, 0, 0), id="TKI and steroids"),
        pytest.param(
            [line(1, "2018-01-01", **CHEMO, **ALLO), line(2, "2019-01-01", **BLINA)],
            (2, 1, 1, 1, 1),
            id="transplantation in line 1",
        ),
        pytest.param(
            [line(1, "2018-01-01", **CHEMO), line(2, "2019-01-01", **ALLO)],
            (2, 0, 0, 1, 1),
            id="transplantation in line 2",
        ),
        pytest.param(
            [line(1, "2018-01-01", **CHEMO), line(2, "2020-06-01", **BLINA)],
            (1, 0, 0, 0, 1),
            id="blinatumomab after INO",
        ),
        pytest.param([line(1, "", **BLINA)], (1, 1, 0, 0, 0), id="a line without a date"),
        pytest.param([], (None,) * 5, id="nothing entered"),
    ],
)
def test_therapy_before_ino(lines: list[Row], expected: tuple[float | None, ...]) -> None:
    made = columns({"therapy_line": lines, "ino_cycle": [FIRST]})
    names = (
        "prior_lines",
        "prior_blinatumomab",
        "first_line_hct",
        "prior_hct",
        "heavily_pretreated",
    )
    assert tuple(value(made[name]) for name in names) == expected


# ------------------------------------------------------------------------------------------------
# Transplantation


def agents(*given: tuple[Any, ...]) -> Row:
    row: Row = dict(HCT)
    for slot, (name, dose, unit, day) in enumerate(given, start=1):
        row |= {f"hct_agent{slot}": name, f"hct_dose{slot}": dose}
        row |= {f"hct_unit{slot}": unit, f"hct_day{slot}": day}
    return row


BU, FLU = ("busulfan", 12.8, "1", -6), ("fludarabine", 150, "3", -6)
TT, CY = ("thiotepa", 10, "1", -7), ("cyclophosphamide", 120, "1", -3)
PTCY, TBI = ("cyclophosphamide", 100, "1", 3), ("tbi", 12, "6", -6)


@pytest.mark.parametrize(
    ("row", "double", "thiotepa", "intensity"),
    [
        pytest.param(agents(BU, FLU), 0, 0, "MAC", id="FluBu4"),
        pytest.param(agents(TT, BU, FLU), 1, 1, "MAC", id="TBF"),
        pytest.param(agents(BU, CY), 1, 0, "MAC", id="BuCy"),
        pytest.param(agents(BU, FLU, PTCY), 0, 0, "MAC", id="Cy after transplant not counted"),
        pytest.param(agents(CY, TBI), 0, 0, "MAC", id="Cy/TBI"),
        pytest.param(agents(BU, ("thiotepa", 0, "1", -7)), 0, 0, "MAC", id="thiotepa not given"),
        pytest.param(agents(BU, ("thiotepa", "", "1", -7)), None, None, "MAC", id="dose unknown"),
        pytest.param(agents(BU, ("thiotepa", -1, "1", -7)), None, None, "MAC", id="negative"),
        pytest.param({**HCT, "hct_regimen": "TBF"}, 1, 1, "cannot say", id="name of the regimen"),
        pytest.param({**HCT, "hct_regimen": "FluBu"}, 0, 0, "cannot say", id="FluBu by name"),
        pytest.param(dict(HCT), None, None, "cannot say", id="nothing entered"),
    ],
)
def test_conditioning(
    row: Row, double: float | None, thiotepa: float | None, intensity: str
) -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [row]})
    assert value(made["double_alkylator"]) == double
    assert value(made["thiotepa"]) == thiotepa
    assert value(made["intensity_by_rule"]) == intensity


def test_distinct_conditionings_keep_apart() -> None:
    rows = [agents(BU, FLU), agents(TT, BU), agents(FLU, BU), {**HCT, "hct_regimen": "BuCy"}]
    made = columns(*({"ino_cycle": [FIRST], "transplant": [row]} for row in rows), {})
    assert [value(made["double_alkylator"], at) for at in range(5)] == [0, 1, 0, 1, None]
    assert [value(made["thiotepa"], at) for at in range(5)] == [0, 1, 0, 0, None]


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("1", "matched related"),
        ("2", "matched unrelated"),
        ("3", "haploidentical or cord blood"),
        ("4", "haploidentical or cord blood"),
        ("5", "mismatched unrelated"),
        ("", None),
    ],
)
def test_donor(code: str, group: str | None) -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [{**HCT, "hct_donor": code}]})
    assert value(made["donor_group"]) == group


@pytest.mark.parametrize(
    ("code", "word", "remission"),
    [("1", "CR", 1), ("2", "CRi", 1), ("3", "PR", 0), ("4", "refractory", 0), ("", None, None)],
)
def test_status_at_transplantation(code: str, word: str | None, remission: float | None) -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [{**HCT, "hct_status": code}]})
    assert (value(made["status_at_hct"]), value(made["remission_at_hct"])) == (word, remission)


@pytest.mark.parametrize(
    ("starts", "transplants", "expected"),
    [
        (["2020-05-01"], [HCT], 1),
        (["2020-02-01"], [HCT], 0),
        ([], [HCT], 0),
        (["2020-05-01"], [], None),
    ],
)
def test_maintenance(starts: list[str], transplants: list[Row], expected: float | None) -> None:
    rows = [{"mnt_start": day, "mnt_agent": "1"} for day in starts]
    made = columns({"ino_cycle": [FIRST], "transplant": transplants, "maintenance": rows})
    assert value(made["maintenance"]) == expected


def test_intensity_as_the_centre_called_it() -> None:
    made = columns({"ino_cycle": [FIRST], "transplant": [{**agents(BU), "hct_intensity": "2"}]})
    assert (value(made["intensity"]), value(made["intensity_by_rule"])) == ("RIC", "MAC")


# ------------------------------------------------------------------------------------------------
# Follow-up, graft-versus-host disease, settings


def test_follow_up() -> None:
    dead = {"fu_date": "2021-01-01", "fu_status": "2", "death_date": "2021-01-01"}
    rows = [{**dead, "death_cause": "2"}, {"fu_date": "2022-05-01", "fu_status": "1"}]
    made = columns(*({"followup": [row]} for row in rows))
    names = ("dead", "death_date", "death_cause", "last_contact")
    assert [value(made[name], 0) for name in names] == [1, "2021-01-01", "2", "2021-01-01"]
    assert [value(made[name], 1) for name in names] == [0, None, None, "2022-05-01"]


@pytest.mark.parametrize(
    ("row", "severe", "chronic", "systemic"),
    [
        ({"agvhd_grade": "3", "agvhd_date": "2020-05-01"}, "2020-05-01", None, None),
        ({"agvhd_grade": "2", "agvhd_date": "2020-05-01"}, None, None, None),
        ({"cgvhd": "1", "cgvhd_date": "2020-09-01"}, None, "2020-09-01", None),
        (
            {"cgvhd": "2", "cgvhd_date": "2020-09-01", "cgvhd_systemic": "1"},
            None,
            "2020-09-01",
            "2020-09-01",
        ),
        ({"cgvhd": "0", "cgvhd_date": "2020-09-01"}, None, None, None),
    ],
)
def test_gvhd(row: Row, severe: str | None, chronic: str | None, systemic: str | None) -> None:
    made = columns({"gvhd": [row]})
    assert value(made["agvhd34_date"]) == severe
    assert value(made["cgvhd_date"]) == chronic
    assert value(made["cgvhd_systemic_date"]) == systemic


def test_a_missing_code_keeps_its_reason() -> None:
    made = columns({"baseline": [{"ecog": "UNK", "age": 40}]})
    assert (value(made["age"]), made["ecog"].column.missing.tolist()) == (40, [3])


def test_every_column_says_what_it_is() -> None:
    made = columns({})
    assert len(made) == len(derive(records(["P1"])))
    assert all(column.rule and column.label and column.origin for column in made.values())
    assert all(len(column.column.values) == 1 for column in made.values())


def test_no_patients() -> None:
    assert all(len(column.column.values) == 0 for column in derive(records([])))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"complex_at": 1}, "complex_at must be a whole number from 2 on, not 1"),
        ({"complex_count": "all"}, "complex_count = 'all' is not known"),
        ({"response_rules": "nccn"}, "response_rules = 'nccn' is not known. There are: label"),
        ({"response_by": "us"}, "response_by = 'us' is not known. There are: centre, rules"),
        ({"mrd_rules": "x"}, "mrd_rules = 'x' is not known. There are: reported"),
        ({"sos_gaps": "x"}, "sos_gaps = 'x' is not known. There are: unknown, absent"),
    ],
)
def test_a_setting_that_does_not_exist(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        derive(records(["P1"]), **options)
    assert message in str(caught.value)


def test_another_dictionary_is_refused() -> None:
    whole = records(["P1"])
    tables = {form: table for form, table in whole.tables.items() if form != "ino_cycle"}
    with pytest.raises(InputError, match=r"lacks ino_cycle\.cyc_no"):
        derive(replace(whole, tables=tables))
