"""Small cohorts on the forms of INO, run as studies, for tests of the figures of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study import plan_study, read_study, run_study
from atrisk.study.forms_source import FormsSource
from clinical_records import Row, records

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
schema = "atrisk-study/1"

[study]
title = "Patients"

[data]
time_unit = "days"
origin = "the first dose of INO"

[forms]
dictionary = "ino-hct"
records = "records"
cut_off = 2020-12-31
clinical = {}

[variables.sos]
label = "SOS/VOD"
levels = { 0 = "No", 1 = "Yes" }
known_from = false

[variables.ino_dose]
label = "Dose of INO"
unit = "mg/m²"

[[analyses]]
id = "a"
title = "A"
"""


def cycle(name: str, number: int, *infusions: tuple[str, float]) -> Row:
    """Write a cycle: the date and the dose of each infusion."""
    row: Row = {"id": name, "cyc_no": number}
    for slot, (day, dose) in zip(("d1", "d8", "d15"), infusions, strict=False):
        row |= {f"cyc_{slot}_date": day, f"cyc_{slot}_dose": dose}
    return row


#: A lives, B dies with SOS/VOD, C relapses and dies after the cut-off, D had no INO.
COHORT: dict[str, list[Row]] = {
    "ino_cycle": [
        cycle("A", 1, ("2020-01-01", 0.8), ("2020-01-08", 0.5), ("2020-01-15", 0.5)),
        cycle("A", 2, ("2020-01-29", 0.5), ("2020-02-06", 0.5)),
        cycle("B", 1, ("2020-02-01", 0.8), ("2020-02-08", 0.5), ("2020-02-15", 0.5)),
        cycle("C", 1, ("2020-03-01", 0.8)),
    ],
    "transplant": [
        {"id": "A", "hct_date": "2020-04-01"},
        {"id": "B", "hct_date": "2020-04-01"},
        {"id": "C", "hct_date": "2020-05-01"},
    ],
    "disease": [
        {"id": "A", "bm_blasts": 80},
        {"id": "B", "bm_blasts": 40},
        {"id": "C", "bm_blasts": 0},
        {"id": "D", "bm_blasts": 50},
    ],
    "response": [
        {"id": "A", "resp_date": "2020-01-22", "resp_call": "1", "resp_bm_blasts": 20},
        {"id": "A", "resp_date": "2020-03-20", "resp_call": "1", "resp_bm_blasts": 4},
        {"id": "A", "resp_date": "2020-05-20", "resp_call": "1", "resp_bm_blasts": 0},
        {"id": "B", "resp_date": "2020-02-22", "resp_call": "4", "resp_bm_blasts": 60},
        {"id": "C", "resp_date": "2020-03-22", "resp_call": "2", "resp_bm_blasts": 1},
    ],
    "mrd": [
        {"id": "A", "mrd_date": "2020-01-22", "mrd_result": "1", "mrd_value": 1},
        {"id": "A", "mrd_date": "2020-03-20", "mrd_result": "0", "mrd_sensitivity": 0.01},
        {"id": "B", "mrd_date": "2020-02-22", "mrd_result": "2", "mrd_sensitivity": 0.001},
        {"id": "B", "mrd_date": "2020-03-22", "mrd_result": "0"},
        {"id": "C", "mrd_date": "2020-03-22", "mrd_result": "1", "mrd_value": 0.1},
    ],
    "sos_diagnosis": [
        {"id": "A", "sos_yn": "0"},
        {"id": "B", "sos_yn": "1", "sos_date": "2020-04-21"},
        {"id": "C", "sos_yn": "0"},
    ],
    "relapse": [{"id": "C", "rel_date": "2020-08-01"}],
    "followup": [
        {"id": "A", "fu_date": "2020-10-01", "fu_status": "1"},
        {
            "id": "B",
            "fu_date": "2020-05-01",
            "fu_status": "2",
            "death_date": "2020-05-01",
            "death_cause": "3",
        },
        {
            "id": "C",
            "fu_date": "2021-02-01",
            "fu_status": "2",
            "death_date": "2021-02-01",
            "death_cause": "1",
        },
        {"id": "D", "fu_date": "2020-05-01", "fu_status": "1"},
    ],
}


def run_cohort(
    folder: Path, analysis: str, ids: str = "ABCD", **changes: list[Row]
) -> dict[str, Any]:
    """Run one analysis of the cohort, with some forms changed; give its document."""
    study = folder / "study.toml"
    study.write_text(HEAD + analysis, encoding="utf-8")
    request = read_study(study)
    source = FormsSource.of(request, records(list(ids), **{**COHORT, **changes}))
    return run_study(plan_study(request, source.names, source))


def values(document: dict[str, Any], prefix: str = "a.") -> dict[str, Any]:
    """Give the numbers of an analysis, by what follows its id."""
    return {
        key.removeprefix(prefix): entry["value"]
        for key, entry in document["values"].items()
        if key.startswith(prefix)
    }
