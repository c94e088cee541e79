"""What is said where a study names a column that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrisk.errors import InputError
from atrisk.study import plan_study, read_study
from atrisk.study.adam.adsl import used_columns
from atrisk.study.forms_models import Adam
from atrisk.study.forms_source import FormsSource
from atrisk.study.known_columns import columns_listed
from clinical_records import records
from forms_kit import HEAD, OS, SURVIVAL, forms_plan, patients

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study.request import Request

INO = HEAD.partition("[derived")[0].replace("dictionary.csv", "ino-hct")
INO = INO.replace('repeating = ["dose", "relapse"]\n', "")
DEATH = '[[endpoints]]\nstandard = "overall_survival"\nid = "os"\norigin = "ino_start"\n'
ADD = (
    ' {name!r} is a clinical column: add clinical = {{ complex_at = 3, response = "label"{more} }}'
    " under [forms] to derive them."
)


def message(folder: Path, toml: str) -> str:
    study = folder / "study.toml"
    study.write_text(toml, encoding="utf-8")
    request = read_study(study)
    with pytest.raises(InputError) as error:
        planned(request)
    return str(error.value)


def planned(request: Request) -> None:
    source = FormsSource.of(request, records(["P1"]))
    plan_study(request, source.names, source)


def variable(column: str) -> str:
    return f'[variables.{column}]\nlabel = "X"\n'


def test_a_clinical_column_without_clinical_is_explained(tmp_path: Path) -> None:
    said = message(tmp_path, INO + DEATH + SURVIVAL)
    assert "the forms have no column 'ino_start'." + ADD.format(name="ino_start", more="") in said
    said = message(tmp_path, INO + variable("sos_severity") + DEATH + SURVIVAL)
    assert ADD.format(name="sos_severity", more=", sos_severity = true") in said
    step = "[[population]]\nexclude = 'prior_lines > 3'\nreason = 'Lines'\n"
    said = message(tmp_path, INO + step + DEATH + SURVIVAL)
    assert ADD.format(name="prior_lines", more="") in said
    own = '[derived.x]\nfrom = "relapse.rel_date"\nafter = "hct_date"\n'
    said = message(tmp_path, INO + own + DEATH + SURVIVAL)
    assert "[derived] x: there is no column 'hct_date' yet. Columns are: " in said
    assert said.endswith(ADD.format(name="hct_date", more=""))


def test_other_names_are_not_taken_for_clinical_columns(tmp_path: Path) -> None:
    assert "clinical" not in message(tmp_path, INO + variable("agee") + TABLE)
    derived = INO + "clinical = {}\n"
    assert "clinical" not in message(tmp_path, derived + variable("ino_strat") + TABLE)
    said = message(tmp_path, derived + variable("sos_severity") + TABLE)
    assert (
        "'sos_severity' is derived where clinical, under [forms], has sos_severity = true." in said
    )
    # forms that lack the fields of the packaged dictionary have no clinical columns to derive
    with pytest.raises(InputError) as error:
        forms_plan(tmp_path, HEAD + OS.replace('"start"', '"ino_start"') + SURVIVAL, patients())
    assert "no column 'ino_start'. Columns are: " in str(error.value)


TABLE = '[[analyses]]\nid = "t"\nkind = "response_rules"\ntitle = "T"\n'


def test_long_lists_of_columns_are_shortened(tmp_path: Path) -> None:
    said = message(tmp_path, INO + "clinical = {}\n" + variable("ino_strat") + TABLE)
    listed = said.partition("Columns are: ")[2]
    assert listed.startswith("record_id, centre, ")
    names, _, rest = listed.partition(" and ")
    assert len(names.split(", ")) == 20
    assert rest.partition(" more. ")[0].isdigit()
    assert "Did you mean 'ino_start'" in rest


def test_the_nearest_names() -> None:
    many = [f"day_{number}" for number in range(1, 31)]
    assert columns_listed("zzz", many).endswith("day_20 and 10 more.")
    assert columns_listed("day_31", many).endswith("Did you mean 'day_3', 'day_1' or 'day_30'?")
    assert columns_listed("grupe", [*(f"x{n}" for n in range(30)), "grupp"]).endswith(
        "x19 and 11 more. Did you mean 'grupp'?"
    )
    assert columns_listed("ag", ["age", "sex"]) == "Columns are: age, sex. Did you mean 'age'?"
    with pytest.raises(InputError, match=r"no column 'day_x'. Columns are: day_1, .* and 10 more"):
        used_columns(Adam(columns={"TRTSDT": "day_x"}), tuple(many))
