"""Clinical columns from small hand-made forms, each value worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study.clinical.derive import derive
from clinical_columns import FIRST, HCT, PART, SECOND, columns, cycle, value
from clinical_records import Row, records

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
            [FIRST, {**SECOND, "cyc_d8_dose": ""}],
            [HCT],
            (None, None, None, "2020-02-12", 42.0),
            id="a date without a dose: not known how much was given",
        ),
        pytest.param(
            [FIRST, {**SECOND, "cyc_d15_dose": "UNK"}],
            [HCT],
            (None, None, None, "2020-02-12", 42.0),
            id="a date is entered where a dose was given: it is the last",
        ),
        pytest.param(
            [FIRST, {**SECOND, "cyc_d15_dose": "UNK", "cyc_d15_date": ""}],
            [HCT],
            (None, None, None, "2020-02-05", 49.0),
            id="a dose that is unknown is not a dose that was omitted",
        ),
        pytest.param(
            [FIRST, {**SECOND, "cyc_d15_dose": "ND"}],
            [HCT],
            (1.67, "<=2", 2.8, "2020-02-05", 49.0),
            id="not done: omitted",
        ),
        pytest.param(
            [FIRST, SECOND, {**cycle(3, "2020-04-20", 0.5), "cyc_d1_dose": ""}],
            [HCT],
            (2.0, "<=2", 3.3, "2020-02-12", 42.0),
            id="a dose that is not known after the transplantation",
        ),
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


def test_the_first_infusion_counts_where_its_dose_is_not_known() -> None:
    made = columns({"ino_cycle": [{**FIRST, "cyc_d1_dose": "UNK"}]})
    assert value(made["ino_start"]) == "2020-01-01"
    assert value(columns({"ino_cycle": [{**FIRST, "cyc_d1_dose": "ND"}]})["ino_start"]) == (
        "2020-01-08"
    )


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


@pytest.mark.parametrize(
    ("status", "death", "missing"),
    [
        ("UNK", "", 3),  # the patient may be dead: the death is not known
        ("UNK", "2021-01-01", 0),
        ("1", "", 1),
        ("", "", 1),  # the required field asks
    ],
)
def test_a_death_is_as_unknown_as_the_status(status: str, death: str, missing: int) -> None:
    row = {"fu_date": "2021-01-01", "fu_status": status, "death_date": death}
    made = columns({"followup": [row]})
    assert made["death_date"].column.missing.tolist() == [missing]


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
