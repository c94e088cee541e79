"""The synthetic cohort beside published rates of SOS/VOD: the file is what the record holds."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from atrisk import pool_proportions
from atrisk.evidence.record import load_record, record_rows
from atrisk.study import plan_study, read_source, read_study, run_study

#: The cohort that the example imitates.
IMITATED = "kayser-2024"


@pytest.fixture(scope="module")
def rates(example):
    lines = (example / "sos-rates.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_the_rates_are_those_of_the_record_without_the_imitated_cohort(rates):
    found = record_rows(load_record(), "sos_vod_post_hct")
    assert IMITATED in {row.study for row in found.rows}
    kept = [row for row in found.rows if row.study != IMITATED]
    assert [(int(r["events"]), int(r["total"])) for r in rates] == [(r.k, r.n) for r in kept]
    assert all(r["study"].startswith(row.label) for r, row in zip(rates, kept, strict=True))
    assert not any("Kayser" in part for r in rates for part in r.values())
    assert {left.because_of for left in found.left_out} >= {IMITATED}  # nor who may share them


def test_the_cohort_is_set_within_what_four_studies_let_expect(example, rates):
    request = read_study(example / "study.toml")
    asked = [a for a in request.study.analyses if a.id == "sos_beside"]
    few = request.study.model_copy(update={"analyses": tuple(asked), "answers": {}})
    request = replace(request, study=few)
    source = read_source(request)
    document = run_study(plan_study(request, source.names, source))
    values = document["values"]
    pool = pool_proportions([int(r["events"]) for r in rates], [int(r["total"]) for r in rates])
    new = pool.predict_new(58, events=17)
    shown = {
        name: values[f"sos_beside.{name}"]["value"]
        for name in ("own.events", "own.n", "pooled.estimate")
    }
    ends = [values[f"sos_beside.predicted.{end}_events"]["value"] for end in ("lower", "upper")]
    assert (shown["own.events"], shown["own.n"]) == (17, 58)
    assert shown["pooled.estimate"] == pytest.approx(pool.estimate)
    assert ends == [new.lower_events, new.upper_events]
    assert document["study"]["synthetic"]
