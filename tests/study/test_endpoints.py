from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from atrisk.study.endpoints import Outcome, outcome
from atrisk.study.intake import read_table
from study_kit import HEAD, MINIMAL, SURVIVAL, mistake, number, plan, run, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def resolved(folder: Path, toml: str, rows: Sequence[str]) -> Outcome:
    made = plan(write(folder, toml, rows))
    endpoint = made.analyses[0].endpoint
    assert endpoint is not None
    return outcome(endpoint, made.data, read_table(made.data_path, made.data, made.columns))


CODED = (
    HEAD
    + (
        '[[endpoints]]\nid = "os"\nlabel = "L"\ntime = "t"\nevent = "e"\n'
        'censored = "alive"\n'
        'causes = { relapse = "rel", nrm = { code = "died", label = "NRM" } }\n'
    )
    + SURVIVAL
)


def test_codes_are_named_and_may_be_text(tmp_path: Path) -> None:
    found = resolved(tmp_path, CODED, ["t,e", "1,alive", "2,died", "3,rel"])
    assert found.cause.tolist() == [0, 2, 1]
    assert found.time.tolist() == [1.0, 2.0, 3.0]
    causes = plan(tmp_path / "study.toml").analyses[0].endpoint.causes
    assert [(cause.id, cause.label) for cause in causes] == [("relapse", "Relapse"), ("nrm", "NRM")]


def test_a_time_column_may_have_its_own_unit(tmp_path: Path) -> None:
    toml = MINIMAL.replace('time = "t"', 'time = "t"\nunit = "months"\nentry = "n"')
    found = resolved(tmp_path, toml, ["t,d,n", "2,1,1"])
    assert found.time.tolist() == [60.875]
    assert found.entry is not None
    assert found.entry.tolist() == [30.4375]


def test_entry_and_weights_are_read(tmp_path: Path) -> None:
    toml = MINIMAL.replace('time = "t"', 'time = "t"\nentry = "n"\nweights = "w"')
    found = resolved(tmp_path, toml, ["t,d,n,w", "2,1,1,0.5", "3,0,0,2"])
    assert found.entry is not None
    assert found.weights is not None
    assert found.entry.tolist() == [1.0, 0.0]
    assert found.weights.tolist() == [0.5, 2.0]


CONDITIONS = (
    HEAD
    + (
        '[[endpoints]]\nid = "os"\nlabel = "L"\ntime = "t"\nevents = ['
        '{ id = "relapse", label = "Relapse", when = "r == 1" },'
        '{ id = "nrm", label = "NRM", when = "d == 1" } ]\n'
    )
    + SURVIVAL
)


def test_the_first_condition_that_holds_is_the_event(tmp_path: Path) -> None:
    rows = ["t,r,d", "1,1,1", "2,0,1", "3,1,0", "4,0,0"]
    assert resolved(tmp_path, CONDITIONS, rows).cause.tolist() == [1, 2, 1, 0]


def test_an_unknown_condition_is_never_taken_as_false(tmp_path: Path) -> None:
    message = mistake(tmp_path, CONDITIONS, ["t,r,d", "1,1,1", "2,,1", "3,0,0"])
    assert "column 'r': 1 entry is missing, and endpoint 'os' needs it: line 3" in message


def test_a_missing_value_after_the_event_is_settled_does_not_matter(tmp_path: Path) -> None:
    found = resolved(tmp_path, CONDITIONS, ["t,r,d", "1,1,", "2,0,0"])
    assert found.cause.tolist() == [1, 0]
    assert found.usable.all()


def test_rows_that_lack_values_can_be_left_out_and_are_listed_once(tmp_path: Path) -> None:
    toml = CONDITIONS.replace('time = "t"', 'time = "t"\nmissing = "leave_out"')
    found = resolved(tmp_path, toml, ["t,r,d", "1,1,1", ",,1", "3,0,", "4,0,0"])
    assert found.usable.tolist() == [True, False, False, True]
    assert [(entry.line, entry.column, entry.value) for entry in found.left_out] == [
        (3, "t, r", "missing, missing"),
        (4, "d", "missing"),
    ]
    assert {entry.reason for entry in found.left_out} == {
        "a value that the endpoint needs is missing"
    }


DATED = (
    HEAD
    + (
        '[[endpoints]]\nid = "os"\nlabel = "L"\norigin = "tx"\ncensor = "last"\nevents = ['
        '{ id = "relapse", label = "Relapse", date = "rel" },'
        '{ id = "death", label = "Death", date = "dead" } ]\n'
    )
    + SURVIVAL
)
DATES = [
    "tx,rel,dead,last,adm",
    "2020-01-01,2020-01-11,2020-02-01,2020-02-01,2019-12-01",  # relapse first
    "2020-01-01,,2020-02-01,,2020-01-05",  # death; last contact not needed
    "2020-01-01,2020-03-01,2020-03-01,2020-03-01,2020-01-01",  # a tie: relapse is listed first
    "2020-01-01,,,2020-12-31,2020-06-01",  # censored
    "2020-01-01,2020-03-02,,2020-02-01,2020-01-01",  # event known after the last contact
]


def test_the_first_date_wins_and_order_breaks_ties(tmp_path: Path) -> None:
    found = resolved(tmp_path, DATED, DATES)
    assert found.cause.tolist() == [1, 2, 1, 0, 1]
    assert found.time.tolist() == [10.0, 31.0, 60.0, 365.0, 61.0]


def test_the_order_of_the_events_breaks_ties_the_other_way(tmp_path: Path) -> None:
    first = '{ id = "relapse", label = "Relapse", date = "rel" },'
    second = '{ id = "death", label = "Death", date = "dead" }'
    toml = DATED.replace(first + second, f"{second}, {first[:-1]}")
    found = resolved(tmp_path, toml, DATES)
    assert found.cause.tolist() == [2, 1, 1, 0, 2]


def test_nothing_after_the_cut_off_is_used(tmp_path: Path) -> None:
    toml = DATED.replace('censor = "last"', 'censor = "last"\ncut_off = 2020-03-01')
    found = resolved(tmp_path, toml, DATES)
    # an event on the day of the cut-off counts; later events are censored on it
    assert found.cause.tolist() == [1, 2, 1, 0, 0]
    assert found.time.tolist() == [10.0, 31.0, 60.0, 60.0, 60.0]


def test_the_document_counts_whom_the_cut_off_ended(tmp_path: Path) -> None:
    toml = DATED.replace('censor = "last"', 'censor = "last"\ncut_off = 2020-03-01')
    # the one followed to 2020-12-31, and the one with an event on 2020-03-02
    document = run(tmp_path, toml, DATES)
    assert number(document, "a.overall.cut_off_censored") == 2
    assert document["values"]["a.overall.cut_off_censored"]["unit"] == "patients"
    assert document["analyses"][0]["cut_off"] == "2020-03-01"
    toml = toml.replace('"survival"', '"cumulative_incidence"').replace("-03-01", "-03-02")
    assert number(run(tmp_path, toml, DATES), "a.overall.cut_off_censored") == 1
    assert "a.overall.cut_off_censored" not in run(tmp_path, DATED, DATES)["values"]


def test_dates_are_counted_in_the_time_unit(tmp_path: Path) -> None:
    found = resolved(tmp_path, DATED.replace('"days"', '"years"'), DATES)
    np.testing.assert_allclose(found.time * 365.25, [10.0, 31.0, 60.0, 365.0, 61.0])


def test_entry_before_the_origin_counts_from_the_origin(tmp_path: Path) -> None:
    toml = DATED.replace('censor = "last"', 'censor = "last"\nentry = "adm"')
    found = resolved(tmp_path, toml, DATES)
    assert found.entry is not None
    assert found.entry.tolist() == [0.0, 4.0, 0.0, 152.0, 0.0]


def test_dates_in_another_format(tmp_path: Path) -> None:
    toml = DATED.replace("[data]", '[data]\ndate_format = "%d.%m.%Y"')
    rows = ["tx,rel,dead,last", "01.02.2020,,,03.02.2020"]
    assert resolved(tmp_path, toml, rows).time.tolist() == [2.0]


def test_dates_written_with_a_zone(tmp_path: Path) -> None:
    toml = DATED.replace("[data]", '[data]\ndate_format = "%Y-%m-%dT%H:%M%z"')
    rows = ["tx,rel,dead,last", "2020-01-01T00:00+0100,,,2020-01-05T23:59+0100"]
    assert resolved(tmp_path, toml, rows).time.tolist() == [4.0]


def test_two_dated_events_with_one_id(tmp_path: Path) -> None:
    message = mistake(tmp_path, DATED.replace('"death"', '"relapse"'), DATES)
    assert message.endswith("events: numbers 1 and 2 have the same id 'relapse'")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "2020-01-01,2019-12-31,,2020-02-01",
            "column 'rel': 1 entry is before the origin in column 'tx': '2019-12-31' (line 2)."
            " The origins are 2020-01-01 (line 2). Correct the dates, or exclude these rows in"
            " [[population]].",
        ),
        (
            "2020-01-01,,,2019-12-31",
            "column 'last': 1 entry is before the origin in column 'tx': '2019-12-31' (line 2)."
            " The origins are 2020-01-01 (line 2). Correct the dates, or exclude these rows in"
            " [[population]].",
        ),
        (
            "01/01/2020,,,2019-12-31",
            "column 'tx': 1 entry is not a date written like 2020-12-31: '01/01/2020' (line 2)."
            ' Correct the entries, or set [data] date_format to how dates are written: "%d/%m/%Y".',
        ),
        (
            ",,,2020-12-31",
            "column 'tx': 1 entry is missing, and endpoint 'os' needs it: line 2. Complete the"
            ' entries, exclude the rows in [[population]], or set missing = "leave_out" in endpoint'
            " 'os' to leave them out and list them.",
        ),
        (
            "2020-01-01,,,",
            "column 'last': 1 entry is missing, and endpoint 'os' needs it: line 2. Complete the"
            ' entries, exclude the rows in [[population]], or set missing = "leave_out" in endpoint'
            " 'os' to leave them out and list them.",
        ),
        (
            "2021-01-01,,,2021-12-31",
            "column 'tx': 1 entry is after the cut-off 2020-12-31: '2021-01-01' (line 2). Exclude"
            " these rows in [[population]]: exclude = 'tx > 2020-12-31'.",
        ),
    ],
)
def test_a_mistake_in_dates(tmp_path: Path, row: str, expected: str) -> None:
    toml = DATED.replace('censor = "last"', 'censor = "last"\ncut_off = 2020-12-31')
    message = mistake(tmp_path, toml, ["tx,rel,dead,last", row])
    assert message == f"analysis 'a': data.csv, {expected}"


def test_the_remedy_for_origins_after_the_cut_off_works(tmp_path: Path) -> None:
    toml = DATED.replace('censor = "last"', 'censor = "last"\ncut_off = 2020-12-31')
    toml += "[[population]]\nexclude = 'tx > 2020-12-31'\nreason = 'After the cut-off'\n"
    made = plan(write(tmp_path, toml, [*DATES, "2021-01-01,,,2021-12-31,"]))
    assert made.columns == ("tx", "rel", "dead", "last")


@pytest.mark.parametrize(
    ("label", "causes", "curve", "duration"),
    [
        (
            "Relapse and NRM",
            'relapse = 1, nrm = { code = 2, label = "NRM" }',
            "Freedom from relapse and NRM",
            "Time to relapse or NRM",
        ),
        ("Any event", "a = 1, b = 2, c = 3", "Freedom from a, b and c", "Time to a, b or c"),
        ("Relapse", "relapse = 1", "Freedom from relapse", "Time to relapse"),
        *((name, "relapse = 1, nrm = 2", name, name) for name in ("Disease-free survival", "DFS")),
        ("Mortality", "death = 1", "Freedom from death", "Time to death"),
        ("Overleving", "death = 1", "Overleving", "Overleving"),
    ],
)
def test_survival_is_not_called_by_the_events(
    tmp_path: Path, label: str, causes: str, curve: str, duration: str
) -> None:
    toml = MINIMAL.replace("Overall survival", label).replace("death = 1", causes)
    endpoint = run(tmp_path, toml, ["t,d", "1,1", "2,0"])["analyses"][0]["endpoint"]
    assert (endpoint["curve"], endpoint["duration"]) == (curve, duration)
