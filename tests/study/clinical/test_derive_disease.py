"""Disease and earlier therapy as columns, each value worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clinical_columns import FIRST, columns, value

if TYPE_CHECKING:
    from clinical_records import Row

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
        ("no metaphases", "47,XX,+X[12]", "", "other"),
        ("46,XX,foo(9)[20]", "47,XX,+X[12]", "", None),
        ("46,XX,foo(9)[20]", "", "1", "t(9;22)"),
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
    absent = columns({"disease": [{"kary_dx": "keine Metaphasen"}]})
    assert absent["karyotype_dx"].column.missing.tolist() == [1]
    both = columns({"disease": [{"kary_dx": "46,XX,foo(9)[20]", "kary_rel": "46,XX[20]"}]})
    assert both["karyotype"].column.missing.tolist() == [2]


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
