"""The raw copy: checks find every planted blemish and nothing else; the clean copy has none."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any

import numpy as np
import pytest

from atrisk.study import read_study
from atrisk.study.checks.study import check_study
from atrisk.study.forms_source import FormsSource, records_of


@pytest.fixture(scope="module")
def raw(example) -> dict[str, Any]:
    return check_study(read_study(example / "raw.toml"))


@pytest.fixture(scope="module")
def planted(example) -> list[dict[str, str]]:
    text = (example / "blemishes.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_the_clean_copy_has_nothing_to_ask(example):
    assert check_study(read_study(example / "study.toml"))["queries"] == []


def test_every_blemish_is_found_and_nothing_else(raw, planted):
    names = ("centre", "record", "form", "rule", "severity")
    expected = Counter(
        (*(row[name] for name in names), int(row["instance"])) for row in planted if row["rule"]
    )
    found = Counter(
        (*(query[name] for name in names), query["instance"]) for query in raw["queries"]
    )
    assert found - expected == Counter()
    assert expected - found == Counter()


def test_the_query_names_the_field(raw, planted):
    fields = {
        (query["record"], query["form"], query["rule"]): query["field"].split(", ")
        for query in raw["queries"]
    }
    for row in planted:
        if row["rule"] and row["field"] and row["rejected"] not in {"file", "row"}:
            assert row["field"] in fields[row["record"], row["form"], row["rule"]]


def test_what_is_rejected_is_said(raw, planted):
    expected = Counter(row["rejected"] for row in planted if row["rejected"])
    assert Counter(item["level"] for item in raw["rejected"]) == expected


def test_the_clean_copy_is_of_eleven_centres_too(example, raw):
    """One file a form: who is whose stands in the field ``centre``."""
    source = FormsSource.read(read_study(example / "study.toml"))
    assert source.file == "forms of 11 centres (15 files)"
    centres = [centre.id for centre in source.records.centres]
    assert centres == [centre["id"] for centre in raw["centres"]]
    patients = np.bincount(source.records.centre)
    assert patients.tolist() == [11, 9, 8, 6, 5, 5, 4, 3, 3, 2, 2]
    assert [name[:3] for name in source.records.ids] == [
        centres[at] for at in source.records.centre.tolist()
    ]


def test_all_centres_and_layouts_are_there(raw):
    assert [centre["id"] for centre in raw["centres"]] == [f"c{n:02d}" for n in range(1, 12)]
    # the patient who is in two centres is two records
    assert sum(centre["patients"] for centre in raw["centres"]) == 59


def test_blemishes_cover_what_the_study_should_show(planted):
    kinds = {row["kind"] for row in planted}
    assert kinds >= {
        "dose after death",
        "relapse before remission",
        "bilirubin in umol/L",
        "platelets per microlitre",
        "duplicate row",
        "patient in two centres",
        "missing required entry",
        "hidden field filled",
        "partial date",
        "trailing spaces",
        "out of range",
        "unknown header",
    }


def test_what_has_no_blemish_reads_as_in_the_clean_copy(example, planted):
    """Eleven layouts, languages and units give the numbers, dates and codes of the clean copy."""
    clean = records_of(read_study(example / "study.toml"))
    sent = records_of(read_study(example / "raw.toml"))
    spoilt = {(row["record"], row["form"]) for row in planted}
    # one blemish changes two forms
    spoilt |= {(row["record"], "enrolment") for row in planted if row["rule"] == "age_birth_year"}
    compared = 0
    for form, table in clean.tables.items():
        other = sent.tables[form]
        place = {
            (sent.ids[record], int(instance)): row
            for row, (record, instance) in enumerate(
                zip(other.record.tolist(), other.instance.tolist(), strict=True)
            )
        }
        for row, (record, instance) in enumerate(
            zip(table.record.tolist(), table.instance.tolist(), strict=True)
        ):
            name = clean.ids[record]
            if (name, form) in spoilt or (name[:3], form) == ("c10", "response"):
                continue
            at = place[name, int(instance)]
            for field, column in table.columns.items():
                _same(column, row, other.columns[field], at, f"{name} {form} {field}")
                compared += 1
    assert compared > 10_000


def _same(first: Any, row: int, second: Any, at: int, where: str) -> None:
    assert first.missing[row] == second.missing[at], where
    if not first.present[row]:
        return
    one, other = first.values[row], second.values[at]
    if first.kind == "code":
        assert first.levels[one] == second.levels[other], where
    elif first.kind == "number":
        # bilirubin was rounded to 0.1 umol/L on the way
        assert float(other) == pytest.approx(float(one), abs=0.004), where
    else:
        assert np.datetime64(one, "D") == np.datetime64(other, "D"), where
