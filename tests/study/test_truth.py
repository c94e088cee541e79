from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study.conditions import parse_condition
from atrisk.study.table import Table
from atrisk.study.truth import Truth, truth

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(**columns: Sequence[str]) -> Table:
    arrays = {name: np.array(values, dtype=object) for name, values in columns.items()}
    rows = len(next(iter(arrays.values())))
    missing = {name: np.array([v == "" for v in values]) for name, values in columns.items()}
    return Table("data.csv", "line", arrays, missing, np.arange(2, rows + 2))


def answers(text: str, data: Table, date_format: str = "%Y-%m-%d") -> str:
    """Spell each row's answer: y, n or ? for unknown."""
    found: Truth = truth(parse_condition(text).tree, data, date_format)
    assert not (found.yes & found.no).any()
    letters = np.where(found.yes, "y", np.where(found.no, "n", "?"))
    return "".join(letters.tolist())


AGES = table(age=["17", "18", "", "70"], sex=["f", "m", "m", ""], code=["1", "01", "1.0", ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age < 18", "yn?n"),
        ("age <= 18", "yy?n"),
        ("age > 18", "nn?y"),
        ("age >= 18", "ny?y"),
        ("age == 18", "ny?n"),
        ("age != 18", "yn?y"),
        ("not age < 18", "ny?y"),
        ("18 <= age < 70", "ny?n"),
        ("age is missing", "nnyn"),
        ("age is not missing", "yyny"),
        ('sex == "f"', "ynn?"),
        ('sex != "f"', "nyy?"),
        ('sex in ["f", "m"]', "yyy?"),
        ('sex not in ["f"]', "nyy?"),
        ("age in [17, 70]", "yn?y"),
        ('code == "1"', "yny?"),
        ("code == 1", "yyy?"),
        # Kleene: what is known decides where it can
        ('age < 18 and sex == "f"', "ynn?"[:3] + "n"),
        ('age < 18 or sex == "m"', "yyyn"[:3] + "?"),
        ("age < 18 and age is not missing", "ynnn"),
        ("age is missing or age > 60", "nnyy"),
    ],
)
def test_a_condition_row_by_row(text: str, expected: str) -> None:
    assert answers(text, AGES) == expected


def test_a_missing_value_makes_the_comparison_unknown_and_its_contrary_too() -> None:
    for text in ("age < 18", "not age < 18", "age in [17]", "age not in [17]", "age != 3"):
        assert answers(text, AGES)[2] == "?"


def test_dates_compare_as_days() -> None:
    data = table(a=["01/02/2020", "", "15/03/2021"], b=["02/02/2020", "01/01/2020", "15/03/2021"])
    assert answers("a < 2021-01-01", data, "%d/%m/%Y") == "y?n"
    assert answers("a in [2021-03-15]", data, "%d/%m/%Y") == "n?y"
    assert answers("a < b", data, "%d/%m/%Y") == "y?n"
    assert answers("a == b", data, "%d/%m/%Y") == "n?y"


def test_two_columns_of_numbers_compare_as_numbers() -> None:
    data = table(a=["9", "10", ""], b=["10", "10.0", "1"])
    assert answers("a < b", data) == "yn?"
    assert answers("a == b", data) == "ny?"


def test_numbers_of_a_parquet_column_compare_as_codes_too() -> None:
    values = {"g": np.array([1.0, 2.0, np.nan])}
    data = Table("d.parquet", "row", values, {"g": np.isnan(values["g"])}, np.arange(1, 4))
    assert answers('g == "1"', data) == "yn?"
    assert answers("g == 1", data) == "yn?"


def test_text_where_a_number_is_compared_is_an_error_with_its_line() -> None:
    with pytest.raises(InputError) as caught:
        answers("sex < 3", AGES)
    assert str(caught.value) == (
        "data.csv, column 'sex': 3 entries are not a number where numbers are expected:"
        " 'f' (line 2), 'm' (line 3), 'm' (line 4). Correct the entries, or add what means missing"
        " to [data] missing, e.g. 'f'."
    )
