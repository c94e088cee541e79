from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study import plan_text
from atrisk.study.endpoints import outcome
from atrisk.study.standards import STANDARDS, standard
from forms_kit import HEAD, forms_plan, patients
from study_kit import mistake, plan, write

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study.endpoints import Outcome

COLUMNS = """
[derived.relapse_date]
label = "Relapse"
from = "relapse.rel_date"
[derived.last_contact]
label = "Last contact"
latest_of = ["fu_date", "visit_date"]
[derived.sos_date]
from = "response.hct_date"
where = "[record_id] = 'A-2'"
[derived.hct2_date]
from = "followup.visit_date"
[derived.agvhd34_date]
from = "response.hct_date"
where = "[record_id] = 'A-1'"
"""


def analysed(name: str, more: str = "") -> str:
    return (
        f'{COLUMNS}[[endpoints]]\nstandard = "{name}"\n{more}\n'
        f'[[analyses]]\nid = "a"\nkind = "survival"\ntitle = "T"\nendpoint = "{name}"\n'
    )


def results(folder: Path, toml: str) -> Outcome:
    made = forms_plan(folder, HEAD + toml, patients())
    return outcome(made.endpoints[0], made.data, made.source.table(made.columns))


def test_the_library_is_what_the_models_name() -> None:
    text = (files("atrisk.study") / "standards.toml").read_text(encoding="utf-8")
    assert tuple(tomllib.loads(text)) == STANDARDS
    codes = [standard(name)["code"] for name in STANDARDS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[A-Z]{2,8}", code) for code in codes)
    assert all(re.search(r"(19|20)\d\d", standard(name)["source"]) for name in STANDARDS)


# patients: A-1 dies without relapse (CR, transplant), A-2 lives (transplant without CR), B-3
# relapses and dies (CR), B-4 has a death before the start
@pytest.mark.parametrize(
    ("name", "origin", "cause", "time"),
    [
        ("overall_survival", "start", [1, 0, 1], [121, 182, 213]),
        ("relapse_free_survival", "cr_date", [2, None, 1], [90, None, 60]),
        ("event_free_survival", "start", [2, 0, 1], [121, 182, 91]),
        ("progression_free_survival", "start", [2, 0, 1], [121, 182, 91]),
        ("time_to_relapse", "start", [0, 0, 1], [121, 182, 91]),
        ("relapse_nrm", "cr_date", [2, None, 1], [90, None, 60]),
        ("cr_duration", "", [0, None, 1], [90, None, 60]),
        ("sos_vod", "", [3, 1, None], [61, 0, None]),
    ],
)
def test_every_endpoint_of_the_library(tmp_path: Path, name, origin, cause, time) -> None:
    found = results(tmp_path, analysed(name, f'origin = "{origin}"' if origin else ""))
    usable = [value is not None for value in cause]
    assert found.usable[:3].tolist() == usable
    assert found.cause[:3][usable].tolist() == [value for value in cause if value is not None]
    np.testing.assert_array_equal(
        found.time[:3], [np.nan if value is None else value for value in time]
    )


def test_grfs_counts_chronic_gvhd_only_where_it_is_treated(tmp_path: Path) -> None:
    columns = 'columns = { chronic_gvhd = "visit_date", systemic = "grade" }'
    made = forms_plan(tmp_path, HEAD + analysed("grfs", columns), patients(
        response=[
            {"id": "A-1", "hct_date": "2020-03-01", "grade": "0"},
            {"id": "A-2", "hct_date": "2020-03-01", "grade": "0"},
            {"id": "B-3", "hct_date": "2020-03-01", "grade": "1"},
        ],
        followup=[
            {"id": "A-1", "fu_date": "2020-05-01", "visit_date": "2020-04-01"},
            {"id": "A-2", "fu_date": "2020-05-01", "visit_date": "2020-04-01"},
            {"id": "B-3", "fu_date": "2020-05-01", "visit_date": "2020-03-21"},
        ],
    ))  # fmt: skip
    found = outcome(made.endpoints[0], made.data, made.source.table(made.columns))
    assert found.cause[:3].tolist() == [1, 0, 2]
    np.testing.assert_array_equal(found.time[:3], [0, 61, 20])
    assert "   event chronic_gvhd: visit_date if grade == 1\n" in plan_text(made)


def test_treatment_failure_is_an_event_where_its_column_is_named(tmp_path: Path) -> None:
    toml = analysed("event_free_survival", 'origin = "start"\ncolumns = { failure = "hct_date" }')
    found = results(tmp_path, toml)
    assert found.cause[:3].tolist() == [1, 1, 2]


def test_the_printed_plan_shows_what_the_name_stands_for(tmp_path: Path) -> None:
    toml = analysed("sos_vod", "count_day = 1\ncut_off = 2020-12-31")
    assert (
        "   endpoint: SOS/VOD after transplant (events: SOS/VOD, Second transplant without SOS/VOD,"
        " Death without SOS/VOD)\n"
        "   from: hct_date (that day is day 1)\n"
        "   event sos: sos_date\n"
        "   event second_transplant: hct2_date (competing)\n"
        "   event death: death_date (competing)\n"
        "   censored: last_contact, at the cut-off 2020-12-31\n"
    ) in plan_text(forms_plan(tmp_path, HEAD + toml, patients()))


def test_the_definition_is_written_from_its_parts(tmp_path: Path) -> None:
    toml = analysed("cr_duration", 'origin = ["cr_date", "hct_date"]')
    (endpoint,) = forms_plan(tmp_path, HEAD + toml, patients()).endpoints
    assert endpoint.asked.definition == (
        "From complete remission or else transplant to relapse; censored at the last contact"
        " or at death. Definition: Cheson BD, et al. J Clin Oncol 2003;21:4642-4649."
    )
    toml = analysed("overall_survival", 'origin = "start"\norigin_label = "the first dose"')
    (endpoint,) = forms_plan(tmp_path, HEAD + toml, patients()).endpoints
    assert endpoint.asked.definition.startswith("From the first dose to death; censored at")
    assert endpoint.origin == "the first dose"


def test_every_part_of_a_library_endpoint_can_be_said_otherwise(tmp_path: Path) -> None:
    more = (
        'id = "mine"\nlabel = "Mine"\ndefinition = "D"\ncode = "MINE"\norigin = "start"\n'
        'censor = ["fu_date"]\ncensor_at = "hct_date"\nmissing = "error"\nweights = "age"\n'
        'entry = "cr_date"\ncolumns = { death = "visit_date" }\n'
    )
    toml = analysed("overall_survival", more).replace('endpoint = "overall', 'endpoint = "mine" #')
    (endpoint,) = forms_plan(tmp_path, HEAD + toml, patients()).endpoints
    asked = endpoint.asked
    assert (endpoint.id, endpoint.label, asked.definition, asked.code) == (
        "mine",
        "Mine",
        "D",
        "MINE",
    )
    assert (asked.origin, asked.censor, asked.censor_at) == (
        ("start",),
        ("fu_date",),
        ("hct_date",),
    )
    assert (asked.missing, asked.weights, asked.entry) == ("error", "age", "cr_date")
    assert asked.events[0].date == ("visit_date",)


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("overall_survival", "", r"\[\[endpoints\]\] number 1: overall_survival needs 'origin'"),
        ("overall_survival", 'origin = "strat"', "number 1, origin: the forms have no column"),
        ("relapse_nrm", 'origin = "start"\ncolumns = { relaps = "x" }', "Did you mean 'relapse'"),
        ("relapse_nrm", 'origin = "start"\ncolumns = { relapse = "x" }', "no column 'x'"),
        ("overal_survival", 'origin = "start"', "Did you mean 'overall_survival'"),
        ("overall_survival", 'origin = "start"\ncode = "os"', "'os' is no name of ADaM"),
        ("overall_survival", 'origin = "start"\nevents = []', "there is no key 'events' here"),
    ],
)
def test_mistakes_in_an_endpoint_of_the_library(tmp_path: Path, name, more, message) -> None:
    with pytest.raises(InputError, match=message):
        forms_plan(tmp_path, HEAD + analysed(name, more), patients())


def test_the_library_serves_a_table_too(tmp_path: Path) -> None:
    toml = HEAD.partition("[forms]")[0].replace("[data]", '[data]\nfile = "data.csv"')
    toml += '[[endpoints]]\nstandard = "overall_survival"\norigin = "tx"\n'
    toml += (
        '[[analyses]]\nid = "a"\nkind = "survival"\ntitle = "T"\nendpoint = "overall_survival"\n'
    )
    rows = ["tx,death_date,last_contact", "2020-01-01,2020-01-05,2020-01-05"]
    made = plan(write(tmp_path, toml, rows))
    found = outcome(made.endpoints[0], made.data, made.source.table(made.columns))
    assert (found.time.tolist(), found.cause.tolist()) == ([4.0], [1])
    assert made.endpoints[0].asked.definition.startswith("From tx to death; censored at")
    assert "data.csv has no column 'death_date'" in mistake(tmp_path, toml, ["tx,x", "1,2"])
