"""Endpoints of random cohorts beside the oracle: plain Python, one patient at a time."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atrisk.study import plan_study, read_study
from atrisk.study.adam.export import Export, study_export
from atrisk.study.forms_source import FormsSource
from clinical_records import records as clinical_records
from endpoint_oracle import (
    BEFORE,
    LATE,
    NO_DAY,
    UNKNOWN,
    Dates,
    Ended,
    Event,
    Partial,
    Rule,
    ended,
    written,
)
from forms_kit import HEAD, forms_plan, records

CHECKED = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
#: Days close together, so that equal days, days before the origin and cut-offs are common.
DAY = st.integers(1, 12).map(lambda day: f"2020-03-{day:02}")
ENTRY = st.one_of(st.just(""), DAY, DAY, DAY, st.sampled_from(["UNK", "NA", "2020-03", "2020"]))
ANALYSIS = '[[analyses]]\nid = "a"\nkind = "survival"\ntitle = "T"\nendpoint = "e"\n'


def held_against(made: Export, expected: dict[str, Ended], competing: list[bool]) -> None:
    """Every patient is in a row of ADTTE, with time and cause of the oracle, or left out."""
    codes, next_code = [1], 1
    for one in competing:
        next_code += one
        codes.append(next_code if one else 0)
    adtte = made.datasets[1]
    names = ("SUBJID", "AVAL", "CNSR", "ADT")
    rows = zip(*(adtte.variable(name).python() for name in names), strict=True)
    found = {name: (time, cnsr, end) for name, time, cnsr, end in rows}
    used = {name: one for name, one in expected.items() if not one.left_out}
    assert found == {
        name: (float(one.time), codes[one.cause], one.end) for name, one in used.items()
    }
    left_out = {row.record: row.reason for _, row in made.left_out}
    assert set(left_out) == set(expected) - set(used)
    for name, reason in left_out.items():
        assert (reason == "the end is before the start") == (expected[name].left_out == BEFORE)
        assert reason.startswith("the start is after") == (expected[name].left_out == LATE)
        assert reason.startswith("no day of a date") == (expected[name].left_out == NO_DAY)
    assert {query.record for query in made.queries} == {
        name for name, one in expected.items() if one.left_out in {BEFORE, NO_DAY}
    }


PATIENT = st.fixed_dictionaries(
    {
        "cr_date": ENTRY,
        "hct_date": ENTRY,
        "rel_date": st.lists(DAY, max_size=2),
        "fu_date": ENTRY,
        "visit_date": ENTRY,
        "death_date": ENTRY,
        "death_cause": st.sampled_from(["", "1", "2", "UNK"]),
    }
)
SPEC = st.fixed_dictionaries(
    {
        "origin": st.sampled_from([["cr_date"], ["cr_date", "hct_date"], ["hct_date", "cr_date"]]),
        "events": st.permutations(["relapse", "visit", "death"]),
        "when": st.booleans(),
        "happened": st.booleans(),
        "final": st.booleans(),
        "competing": st.booleans(),
        "censor": st.sampled_from([["fu_date"], ["fu_date", "visit_date"]]),
        "stop": st.sampled_from([[], ["hct_date"], ["hct_date", "visit_date"]]),
        "not_before": st.sampled_from([[], ["death_date"]]),
        "cut_off": st.one_of(st.none(), st.integers(1, 12)),
        "count_day": st.integers(0, 1),
    }
)


def event_line(kind: str, spec: dict[str, Any]) -> str:
    dates = {
        "relapse": '"relapsed"',
        "visit": '["relapsed", "visit_date"]',
        "death": '"death_date"',
    }
    parts = [f'id = "{kind}", label = "{kind.upper()}", date = {dates[kind]}']
    if kind == "death":
        parts += ['when = "death_cause != 1"'] if spec["when"] else []
        parts += ['happened = "death_cause == 2"'] if spec["happened"] else []
        parts += ["final = true"] if spec["final"] else []
        parts += ["competing = true"] if spec["competing"] else []
    return f"  {{ {', '.join(parts)} }},\n"


def custom(spec: dict[str, Any]) -> str:
    lines = "".join(event_line(kind, spec) for kind in spec["events"])
    more = f"censor_at = {spec['stop']}\n" if spec["stop"] else ""
    more += f"not_before = {spec['not_before']}\n" if spec["not_before"] else ""
    more += "" if spec["cut_off"] is None else f"cut_off = 2020-03-{spec['cut_off']:02}\n"
    return (
        f'[derived.relapsed]\nfrom = "relapse.rel_date"\n[[endpoints]]\nid = "e"\nlabel = "E"\n'
        f'origin = {spec["origin"]}\ncensor = {spec["censor"]}\nmissing = "leave_out"\n'
        f"count_day = {spec['count_day']}\n{more}events = [\n{lines}]\n"
    )


def custom_oracle(one: dict[str, Any], spec: dict[str, Any]) -> Ended:
    names = ("cr_date", "hct_date", "fu_date", "visit_date", "death_date")
    read = {key: written(one[key]) for key in names}
    read["relapsed"] = min((written(day) for day in one["rel_date"]), default=None)
    cut_off = None if spec["cut_off"] is None else dt.date(2020, 3, spec["cut_off"])
    used = {*spec["origin"], "relapsed", "visit_date", "death_date", *spec["censor"], *spec["stop"]}
    dates = Dates(
        {key: day for key, day in read.items() if key in used},
        spec["origin"],
        ["relapsed", "visit_date"],
        ["death_date"],
        spec["censor"],
        spec["stop"],
        spec["not_before"],
        cut_off,
    )
    start = dates.start()
    if not isinstance(start, dt.date):
        return ended(start, [], Rule([]))
    days, wrong = dates.complete(start)
    cause = one["death_cause"]
    events = []
    for kind in spec["events"]:
        if kind == "relapse":
            events.append(Event(days["relapsed"]))
        elif kind == "visit":
            known = [n for n in ("relapsed", "visit_date") if isinstance(days[n], dt.date)]
            first = min(known, key=lambda name: days[name], default=None)
            unknown = UNKNOWN in (days["relapsed"], days["visit_date"])
            day = None if first is None else days[first]
            events.append(Event(day, undated=unknown, wrong=first in wrong))
        else:
            day = days["death_date"] if isinstance(days["death_date"], dt.date) else None
            undated = days["death_date"] == UNKNOWN
            undated |= bool(spec["happened"]) and cause == "2" and day is None
            if spec["when"] and cause == "1":
                day, undated = None, False
            open_ = bool(spec["when"]) and cause in {"", "UNK"} and day is not None
            events.append(Event(day, undated, open_, spec["final"]))
    parts = ([days[key] for key in spec[part]] for part in ("censor", "stop", "not_before"))
    return ended(start, events, Rule(*parts, cut_off, spec["count_day"]))


@CHECKED
@given(cohort=st.lists(PATIENT, min_size=1, max_size=8), spec=SPEC)
def test_an_endpoint_of_ones_own(cohort: list[dict[str, Any]], spec: dict[str, Any]) -> None:
    named = {f"A-{n}": one for n, one in enumerate(cohort, 1)}
    plain = ("cr_date", "hct_date", "fu_date", "visit_date", "death_date", "death_cause")
    followup = plain[2:]
    made = records(
        enrolment=[{"id": name} for name in named],
        response=[
            {"id": name, **{key: one[key] for key in plain[:2]}} for name, one in named.items()
        ],
        relapse=[
            {"id": name, "rel_date": day} for name, one in named.items() for day in one["rel_date"]
        ],
        followup=[
            {"id": name, **{key: one[key] for key in followup}} for name, one in named.items()
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        plan = forms_plan(Path(folder), HEAD + custom(spec) + ANALYSIS, made)
    competing = [kind == "death" and spec["competing"] for kind in spec["events"]]
    expected = {name: custom_oracle(one, spec) for name, one in named.items()}
    held_against(study_export(plan), expected, competing)


INO = """
[study]
title = "Standards"
[data]
time_unit = "days"
origin = "INO"
[forms]
dictionary = "ino-hct"
records = "records"
clinical = { response = "label" }
"""
TREATED = st.fixed_dictionaries(
    {
        "ino": st.sampled_from(["2020-03-01", "2020-03-02", ""]),
        "resp": st.lists(st.tuples(DAY, st.sampled_from(["1", "2", "4", "5"])), max_size=2),
        "hct": st.lists(DAY, max_size=2, unique=True),
        "rel": st.lists(
            st.one_of(DAY, DAY, st.sampled_from(["UNK", "2020-03", "2020"])), max_size=3
        ),
        "sos": st.tuples(st.sampled_from(["", "0", "1"]), ENTRY),
        "agvhd": st.tuples(st.sampled_from(["0", "2", "3", "4"]), ENTRY),
        "cgvhd": st.tuples(
            st.sampled_from(["0", "1", "3"]), ENTRY, st.sampled_from(["", "0", "1"])
        ),
        "status": st.sampled_from(["1", "2", "3", ""]),
        "death": ENTRY,
        "contact": ENTRY,
    }
)
ORIGINS = (["ino_start"], ["cr_date"], ["hct_date"], ["cr_date", "hct_date"])
NAMES = {
    "overall_survival": ["death"],
    "relapse_free_survival": ["relapse", "death"],
    "event_free_survival": ["relapse", "death"],
    "progression_free_survival": ["relapse", "death"],
    "time_to_relapse": ["relapse"],
    "relapse_nrm": ["relapse", "death"],
    "grfs": ["acute", "chronic", "relapse", "death"],
    "cr_duration": ["relapse"],
    "sos_vod": ["sos", "second", "death"],
}
COMPETING = {"relapse_nrm": ["death"], "sos_vod": ["second", "death"]}
FIXED = {"grfs": ["hct_date"], "cr_duration": ["cr_date"], "sos_vod": ["hct_date"]}


def standard_oracle(one: dict[str, Any], name: str, origin: list[str], rule: Rule) -> Ended:
    """Say what the words of the library's definitions give for a patient."""
    ino = written(one["ino"])
    transplants = sorted(day for day in map(written, one["hct"]) if ino is not None and day > ino)
    hct = transplants[0] if transplants else None
    second = transplants[1] if len(transplants) > 1 else None
    remissions = [
        day
        for day, call in ((written(day), call) for day, call in one["resp"])
        if call in {"1", "2"} and ino is not None and day >= ino and (hct is None or day <= hct)
    ]
    dates = {"ino_start": ino, "cr_date": min(remissions, default=None), "hct_date": hct}
    sos = written(one["sos"][1]) if one["sos"][0] == "1" and hct is not None else None
    read = {
        **dates,
        "second": second,
        "death": written(one["death"]),
        "contact": written(one["contact"]),
        "acute": written(one["agvhd"][1]) if one["agvhd"][0] in {"3", "4"} else None,
        "chronic": written(one["cgvhd"][1]) if one["cgvhd"][0] != "0" else None,
        "sos": sos,
    }
    kinds = NAMES[name]
    first = next((dates[column] for column in origin if dates[column] is not None), None)
    read["relapse"] = None if first is None else first_relapse(one["rel"], first)
    events = [kind for kind in kinds if kind != "death"]
    stops = ["death"] if name in {"time_to_relapse", "cr_duration"} else []
    used = [*origin, *events, "death", "contact"]
    every = Dates(
        {key: read[key] for key in used}, origin, events, ["death"], ["contact"], stops, stops,
        rule.cut_off,
    )  # fmt: skip
    start = every.start()
    if not isinstance(start, dt.date):
        return ended(start, [], rule)
    days, wrong = every.complete(start)
    made = [
        _event(kind, one, read, days, transplanted=hct is not None, wrong=kind in wrong)
        for kind in kinds
    ]
    ends = [days[stop] for stop in stops]
    return ended(start, made, Rule([days["contact"]], ends, ends, rule.cut_off, rule.count_day))


def first_relapse(entries: list[str], start: dt.date) -> Any:
    """Give the first relapse after a day; UNKNOWN where one without a date may be it."""
    days = [written(entry) for entry in entries]
    after = []
    for place, day in enumerate(days):
        if isinstance(day, Partial) and day.last > start:
            after.append((max(day.usual, start + dt.timedelta(1)), place))
        elif isinstance(day, dt.date) and day > start:
            after.append((day, place))
    dated = [d.usual if isinstance(d, Partial) else d for d in days if d != UNKNOWN]
    chosen = min(after, default=None)
    if UNKNOWN in days:
        later = chosen is not None and days.index(UNKNOWN) > chosen[1]
        if not later or dated != sorted(dated):
            return UNKNOWN
    if chosen is None:
        return None
    day = days[chosen[1]]
    return Partial(day.first, day.last, chosen[0]) if isinstance(day, Partial) else day


def _event(kind: str, one: Any, read: Any, days: Any, *, transplanted: bool, wrong: bool) -> Event:
    """Say what became of one event of the library."""
    day = days[kind] if isinstance(days[kind], dt.date) else None
    undated = read[kind] == UNKNOWN
    if kind == "death":
        undated |= one["status"] == "2" and day is None
    if kind == "sos":
        answer = one["sos"][0]
        undated = transplanted and (answer == "" or (answer == "1" and day is None))
    if kind == "chronic":
        systemic = one["cgvhd"][2]
        counts = day if systemic == "1" else None
        open_ = day is not None and systemic == ""
        return Event(
            counts or (day if open_ else None),
            undated=undated and systemic != "0",
            open=open_,
            wrong=wrong,
        )
    return Event(day, undated=undated, final=kind == "death", wrong=wrong)


@pytest.mark.parametrize("name", NAMES)
@settings(CHECKED, max_examples=15)
@given(
    cohort=st.lists(TREATED, min_size=1, max_size=8),
    origin=st.sampled_from(ORIGINS),
    cut_off=st.one_of(st.none(), st.integers(3, 12)),
    count_day=st.integers(0, 1),
)
def test_every_endpoint_of_the_library(
    name: str, cohort: list[dict[str, Any]], origin: list[str], cut_off: int | None, count_day: int
) -> None:
    origin = FIXED.get(name, origin)
    rule = Rule([], [], [], None if cut_off is None else dt.date(2020, 3, cut_off), count_day)
    named = {f"P{n}": one for n, one in enumerate(cohort, 1)}
    toml = f'{INO}[[endpoints]]\nstandard = "{name}"\nid = "e"\ncount_day = {count_day}\n'
    toml += "" if rule.cut_off is None else f"cut_off = {rule.cut_off}\n"
    toml += "" if name in FIXED else f"origin = {origin}\n"
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study.toml"
        study.write_text(toml + ANALYSIS, encoding="utf-8")
        request = read_study(study)
    source = FormsSource.of(request, written_forms(named))
    made = study_export(plan_study(request, source.names, source))
    expected = {key: standard_oracle(one, name, origin, rule) for key, one in named.items()}
    held_against(made, expected, [kind in COMPETING.get(name, ()) for kind in NAMES[name]])


def written_forms(named: dict[str, dict[str, Any]]) -> Any:
    """Write patients on the forms of the dictionary ino-hct."""
    ids = list(named)

    def rows(form: Any) -> list[dict[str, str]]:
        return [{"id": name, **row} for name, one in named.items() for row in form(one)]

    def cycles(one: dict[str, Any]) -> list[dict[str, str]]:
        first = {"cyc_no": "1", "cyc_d1_date": one["ino"], "cyc_d1_dose": "0.8"}
        return [first] if one["ino"] else []

    def responses(one: dict[str, Any]) -> list[dict[str, str]]:
        return [{"resp_date": day, "resp_call": call} for day, call in one["resp"]]

    def gvhd(one: dict[str, Any]) -> list[dict[str, str]]:
        (grade, acute), (chronic, day, systemic) = one["agvhd"], one["cgvhd"]
        row = {"agvhd_grade": grade, "agvhd_date": acute, "cgvhd": chronic, "cgvhd_date": day}
        return [{**row, "cgvhd_systemic": systemic}]

    def follow_up(one: dict[str, Any]) -> list[dict[str, str]]:
        row = {"fu_date": one["contact"], "fu_status": one["status"]}
        return [{**row, "death_date": one["death"]}]

    return clinical_records(
        ids,
        enrolment=rows(lambda _: [{"consent": "1"}]),
        ino_cycle=rows(cycles),
        response=rows(responses),
        transplant=rows(lambda one: [{"hct_date": day} for day in one["hct"]]),
        relapse=rows(lambda one: [{"rel_date": day, "rel_type": "1"} for day in one["rel"]]),
        sos_diagnosis=rows(lambda one: [{"sos_yn": one["sos"][0], "sos_date": one["sos"][1]}]),
        gvhd=rows(gvhd),
        followup=rows(follow_up),
    )
