"""A small dictionary, records made by hand, and studies on them, for tests of studies on forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study import Plan, plan_study, read_study
from atrisk.study.derived.own import own_columns
from atrisk.study.forms.dictionary import read_dictionary
from atrisk.study.forms.tables import (
    BLANK,
    CODED,
    PRESENT,
    Centre,
    Column,
    FormTable,
    Records,
    SourceFile,
    coded,
)
from atrisk.study.forms_source import FormsSource, patient_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FIELDS = """\
"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",\
"Choices, Calculations, OR Slider Labels","Field Note",\
"Text Validation Type OR Show Slider Number",\
"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",\
"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name",\
"Matrix Ranking?","Field Annotation"
record_id,enrolment,,text,Record,,,,,,,,,,,,,
sex,enrolment,,radio,Sex,"1, Female | 2, Male",,,,,,,,,,,,
age,enrolment,,text,Age,,,number,,,,,,,,,,
dose_no,dose,,text,Number,,,integer,,,,,,,,,,
dose_date,dose,,text,Date of the dose,,,date_ymd,,,,,,,,,,
dose,dose,,text,Dose,,,number,,,,,,,,,,
given,dose,,yesno,Given,,,,,,,,,,,,,
cr_date,response,,text,Complete remission,,,date_ymd,,,,,,,,,,
hct_date,response,,text,Transplant,,,date_ymd,,,,,,,,,,
grade,response,,dropdown,Grade,"0, none | 1, mild | 2, severe",,,,,,,,,,,,
rel_date,relapse,,text,Date of relapse,,,date_ymd,,,,,,,,,,
fu_date,followup,,text,Last contact,,,date_ymd,,,,,,,,,,
visit_date,followup,,text,Last visit,,,date_ymd,,,,,,,,,,
death_date,followup,,text,Death,,,date_ymd,,,,,,,,,,
death_cause,followup,,dropdown,Cause of death,"1, relapse | 2, other",,,,,,,,,,,,
"""
REPEATING = ("dose", "relapse")
MISSING = {"UNK": "unknown", "ND": "not done", "NA": "not applicable"}
DICTIONARY = read_dictionary(
    FIELDS.encode(), repeating=REPEATING, missing_codes=MISSING, name="small"
)
_PRECISION = {10: 0, 7: 1, 4: 2}
_COMPLETED = {10: "", 7: "-15", 4: "-07-01"}


def column(name: str, written: Sequence[str]) -> Column:
    """Read entries as the intake does: numbers, ISO dates of any precision, choices."""
    field = DICTIONARY.field(name)
    codes = list(MISSING)
    missing = np.array(
        [BLANK if not text else CODED + codes.index(text) if text in codes else PRESENT
         for text in written],
        dtype=np.int8,
    )  # fmt: skip
    there = [text if why == PRESENT else None for text, why in zip(written, missing, strict=True)]
    precision, levels = None, ()
    if field.kind == "number":
        values = np.array([np.nan if text is None else float(text) for text in there])
    elif field.kind == "date":
        full = [None if text is None else text + _COMPLETED[len(text)] for text in there]
        values = np.array(full, dtype="datetime64[D]")
        known = [0 if text is None else _PRECISION[len(text)] for text in there]
        precision = np.array(known, dtype=np.int8) if any(known) else None
    else:
        levels = tuple(choice.code for choice in field.choices)
        levels = levels or tuple(dict.fromkeys(text for text in there if text is not None))
        values = np.array([-1 if text is None else levels.index(text) for text in there], np.int32)
    return Column(name, field.kind, values, missing, levels, coded(written), precision)


def records(**forms: Sequence[Mapping[str, Any]]) -> Records:
    """Make records; each row names its record as ``id`` ("A-1": centre A) and its entries."""
    ids = sorted({row["id"] for rows in forms.values() for row in rows})
    place = {name: at for at, name in enumerate(ids)}
    centres = sorted({name.partition("-")[0] for name in ids})
    files = tuple(
        SourceFile(f"{form}.csv", centres[0], "line", len(rows), len(rows), 0, f"digest of {form}")
        for form, rows in forms.items()
    )
    tables = {}
    for form in DICTIONARY.forms:
        rows = forms.get(form, ())
        order = sorted(range(len(rows)), key=lambda at, rows=rows: (place[rows[at]["id"]], at))
        which = np.array([place[rows[at]["id"]] for at in order], dtype=np.int32)
        starts = np.searchsorted(which, which)
        names = [name for name in DICTIONARY.column_names(form) if name != DICTIONARY.record_id]
        tables[form] = FormTable(
            form=form,
            record=which,
            instance=(np.arange(len(rows)) - starts + 1).astype(np.int32),
            event=None,
            file=np.full(len(rows), list(forms).index(form) if rows else 0, dtype=np.int32),
            line=np.array([at + 2 for at in order], dtype=np.int32),
            columns={
                name: column(name, [str(rows[at].get(name, "")) for at in order]) for name in names
            },
        )
    return Records(
        dictionary=DICTIONARY,
        centres=tuple(Centre(name, f"Centre {name}") for name in centres),
        ids=tuple(ids),
        centre=np.array([centres.index(name.partition("-")[0]) for name in ids], dtype=np.int32),
        tables=tables,
        files=files,
        rejected=(),
    )


def patients(**changes: Sequence[Mapping[str, Any]]) -> Records:
    """Four patients: dead, alive, dead of relapse, and one whose death is before the start."""
    forms: dict[str, Sequence[Mapping[str, Any]]] = {
        "enrolment": [
            {"id": "A-1", "sex": "1", "age": "40"},
            {"id": "A-2", "sex": "2", "age": "50"},
            {"id": "B-3", "sex": "1", "age": "60"},
            {"id": "B-4", "sex": "2", "age": "70"},
        ],
        "dose": [
            {"id": name, "dose_no": 1, "dose_date": "2020-01-01", "dose": "0.8"}
            for name in ("A-1", "A-2", "B-3", "B-4")
        ],
        "response": [
            {"id": "A-1", "cr_date": "2020-02-01", "hct_date": "2020-03-01"},
            {"id": "A-2", "hct_date": "2020-03-01"},
            {"id": "B-3", "cr_date": "2020-02-01"},
        ],
        "relapse": [{"id": "B-3", "rel_date": "2020-04-01"}],
        "followup": [
            {"id": "A-1", "fu_date": "2020-05-01", "death_date": "2020-05-01", "death_cause": "2"},
            {"id": "A-2", "fu_date": "2020-06-01", "visit_date": "2020-07-01"},
            {"id": "B-3", "fu_date": "2020-08-01", "death_date": "2020-08-01", "death_cause": "1"},
            {"id": "B-4", "fu_date": "2020-09-01", "death_date": "2019-12-31", "death_cause": "2"},
        ],
    }
    return records(**{**forms, **changes})


HEAD = """
[study]
title = "A study on forms"

[data]
time_unit = "days"
origin = "the first dose"

[forms]
dictionary = "dictionary.csv"
repeating = ["dose", "relapse"]
records = "records"

[derived.start]
label = "First dose"
from = "dose.dose_date"
where = "[dose] > 0"
"""

OS = """
[[endpoints]]
id = "os"
label = "Overall survival"
origin = "start"
events = [{ id = "death", label = "Death", date = "death_date" }]
censor = "fu_date"
"""

SURVIVAL = """
[[analyses]]
id = "a"
kind = "survival"
title = "Survival"
endpoint = "os"
"""


def forms_plan(folder: Path, toml: str, made: Records) -> Plan:
    """Plan a study on records made by hand."""
    study = folder / "study.toml"
    study.write_text(toml, encoding="utf-8")
    request = read_study(study)
    source = FormsSource.of(request, made)
    return plan_study(request, source.names, source)


def own(folder: Path, toml: str, made: Records) -> dict[str, Any]:
    """Make the columns of [derived] of a study."""
    study = folder / "study.toml"
    study.write_text(HEAD.partition("[derived")[0] + toml + SURVIVAL, encoding="utf-8")
    request = read_study(study)
    return own_columns(request, made, patient_columns(request, made))


def write_forms(folder: Path, toml: str, **forms: Sequence[Mapping[str, Any]]) -> Path:
    """Write a study, its dictionary and one CSV a form; give the study file."""
    (folder / "records").mkdir(exist_ok=True)
    (folder / "dictionary.csv").write_text(FIELDS, encoding="utf-8")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    for form, rows in forms.items():
        names = [name for name in DICTIONARY.column_names(form) if name != DICTIONARY.record_id]
        keys = ["record_id", *(["redcap_repeat_instance"] if form in REPEATING else []), *names]
        lines = [",".join(keys)]
        seen: dict[str, int] = {}
        for row in rows:
            seen[row["id"]] = seen.get(row["id"], 0) + 1
            known = {"record_id": row["id"], "redcap_repeat_instance": seen[row["id"]], **row}
            lines.append(",".join(str(known.get(key, "")) for key in keys))
        text = "".join(f"{line}\n" for line in lines)
        (folder / "records" / f"{form}.csv").write_text(text, encoding="utf-8")
    return folder / "study.toml"
