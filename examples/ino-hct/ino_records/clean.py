"""The clean copy: one CSV a form."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import atrisk

from .forms import Row, forms_of
from .patients import patients

__all__ = [
    "CLEAN",
    "DICTIONARY",
    "NOTE",
    "REPEATING",
    "Cohort",
    "cohort_forms",
    "csv_text",
    "dictionary_columns",
    "write_clean",
]

#: record -> form -> rows
Cohort = dict[str, dict[str, list[Row]]]

CLEAN = "records"
#: A CSV has no place for a note: it stands beside.
NOTE = """# Synthetic forms: nobody described here exists

Written by `make_records.py`; {what}. [README.md](../README.md) says how.
"""
REPEATING = frozenset(
    {
        "therapy_line",
        "ino_cycle",
        "response",
        "mrd",
        "bridging",
        "transplant",
        "sos_workup",
        "relapse",
        "maintenance",
    }
)
DICTIONARY = Path(atrisk.__file__).parent / "study" / "forms" / "packaged" / "ino-hct.csv"


def dictionary_columns() -> dict[str, list[str]]:
    """Give the columns of each form in the order of the dictionary, checkboxes option by option."""
    with DICTIONARY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    columns: dict[str, list[str]] = {}
    for name, form, _, kind, _, choices, *_ in rows:
        names = columns.setdefault(form, [])
        if name == "record_id":
            continue
        if kind == "checkbox":
            codes = [choice.split(",")[0].strip() for choice in choices.split("|")]
            names.extend(f"{name}___{code}" for code in codes)
        else:
            names.append(name)
    return columns


def cohort_forms() -> Cohort:
    """Give the forms of the cohort, by record."""
    return {patient.record: forms_of(patient) for patient in patients()}


def csv_text(header: list[str], rows: list[list[str]], separator: str = ",") -> str:
    """Write rows as CSV."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows([header, *rows])
    return file.getvalue()


def form_table(cohort: Cohort, form: str, columns: list[str]) -> tuple[list[str], list[list[str]]]:
    """Give the header and the rows of a form."""
    repeats = form in REPEATING
    header = ["record_id", *(["redcap_repeat_instance"] if repeats else []), *columns]
    rows = []
    for record, forms in cohort.items():
        for instance, row in enumerate(forms.get(form, []), 1):
            unknown = set(row) - set(columns)
            if unknown:
                raise ValueError(f"{form} has no {sorted(unknown)}")
            start = [record, *([str(instance)] if repeats else [])]
            rows.append([*start, *(row.get(name, "") for name in columns)])
    return header, rows


def write_clean(out: Path) -> None:
    """Write ``records/``."""
    folder = out / CLEAN
    folder.mkdir(parents=True, exist_ok=True)
    cohort = cohort_forms()
    for form, columns in dictionary_columns().items():
        text = csv_text(*form_table(cohort, form, columns))
        (folder / f"{form}.csv").write_text(text, encoding="utf-8", newline="")
    note = NOTE.format(what="one CSV a form of the dictionary `ino-hct`")
    (folder / "README.md").write_text(note, encoding="utf-8", newline="")
