"""SEX of ADSL: what the dictionary calls the codes, or what the study says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study.adam.export import study_export
from atrisk.study.forms.dictionary import read_dictionary
from atrisk.study.forms_source import FormsSource
from forms_kit import FIELDS, HEAD, OS, REPEATING, SURVIVAL, forms_plan, patients
from study_kit import MINIMAL, plan, write

if TYPE_CHECKING:
    from pathlib import Path

TOML = HEAD + OS.replace("[[endpoints]]", '[[endpoints]]\nmissing = "leave_out"') + SURVIVAL


def sexes(folder: Path, choices: str, adam: str = "") -> list[str]:
    """Export four patients with the codes 1 and 2 under a dictionary with these choices."""
    fields = FIELDS.replace("1, Female | 2, Male", choices)
    made = patients()
    dictionary = read_dictionary(fields.encode(), repeating=REPEATING, name="other")
    other = type(made)(dictionary, made.centres, made.ids, made.centre, made.tables, made.files, ())
    toml = TOML + (f"[adam]\n{adam}\n" if adam else "")
    adsl = study_export(forms_plan(folder, toml, other)).datasets[0]
    (sex,) = (one for one in adsl.variables if one.name == "SEX")
    values: Any = np.asarray(sex.values).tolist()
    return values


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ("1, Female | 2, Male", ["F", "M", "F", "M"]),
        ("1, Male | 2, Female", ["M", "F", "M", "F"]),
        ("1, m | 2, F", ["M", "F", "M", "F"]),
        ("1, MALE | 2, unknown", ["M", "U", "M", "U"]),
        ("1, Female | 2, male | 3, Diverse", ["F", "M", "F", "M"]),  # nobody has 3
    ],
)
def test_sex_is_what_the_dictionary_calls_it(
    tmp_path: Path, choices: str, expected: list[str]
) -> None:
    assert sexes(tmp_path, choices) == expected


def test_labels_that_do_not_say_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"SEX has the code '1' \(Frau\). Say which code is F"):
        sexes(tmp_path, "1, Frau | 2, Mann")
    given = 'sex = { 1 = "F", "2.0" = "M" }'
    assert sexes(tmp_path, "1, Frau | 2, Mann", given) == ["F", "M", "F", "M"]
    with pytest.raises(InputError, match=r"SEX has the code '2' \(Male\)"):
        sexes(tmp_path, "1, Female | 2, Male", 'sex = { 1 = "F" }')


def test_what_contradicts_the_dictionary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"the code '1' \(Female\) of 'sex' is M, and its label in the dictionary says F",
    ):
        sexes(tmp_path, "1, Female | 2, Male", 'sex = { 1 = "M", 2 = "F" }')


def test_sex_of_a_table_is_not_guessed(tmp_path: Path) -> None:
    def export(*codes: str, adam: str = "") -> list[str]:
        rows = ["t,d,sex", *(f"5,1,{code}" for code in codes)]
        made = study_export(plan(write(tmp_path, MINIMAL + adam, rows))).datasets[0]
        (sex,) = (one for one in made.variables if one.name == "SEX")
        values: Any = np.asarray(sex.values).tolist()
        return values

    assert export("F", "male", "U", "") == ["F", "M", "U", "U"]
    for code in ("1", "FM"):
        with pytest.raises(InputError, match=f"the column 'sex' of SEX has the code '{code}'"):
            export(code, "F")
    assert export("1", "2", adam='[adam]\nsex = { 1 = "F", 2 = "M" }\n') == ["F", "M"]


def test_the_source_is_of_forms(tmp_path: Path) -> None:
    made = forms_plan(tmp_path, TOML, patients())
    assert isinstance(made.source, FormsSource)
    assert made.source.levels["sex"] == {"1": "Female", "2": "Male"}
