"""Columns of the patient, the disease and the therapy before inotuzumab ozogamicin (INO)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from atrisk.leukaemia.karyotype import classify
from atrisk.study.clinical.rows import flag, form_rows, number
from atrisk.study.derived.column import computed, select
from atrisk.study.forms.tables import BLANK, PRESENT, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.rows import FormRows
    from atrisk.study.derived.column import Derived
    from atrisk.study.forms.tables import Records

__all__ = [
    "KARYOTYPES",
    "baseline_columns",
    "disease_columns",
    "karyotype_codes",
    "therapy_columns",
]

#: Column -> its form and label: taken as they stand.
_TAKEN = {
    "age": ("baseline", "Age (years)"),
    "sex": ("enrolment", "Sex"),
    "ecog": ("baseline", "ECOG performance status"),
    "wbc": ("baseline", "White blood cells (1e9/L)"),
    "hb": ("baseline", "Haemoglobin (g/dL)"),
    "plt": ("baseline", "Platelets (1e9/L)"),
    "anc": ("baseline", "Neutrophils (1e9/L)"),
    "ldh": ("baseline", "LDH (U/L)"),
    "bm_blasts": ("disease", "Bone marrow blasts (%)"),
    "pb_blasts": ("baseline", "Peripheral blood blasts (%)"),
    "bcr_abl1": ("disease", "BCR::ABL1"),
    "emd": ("disease", "Extramedullary disease"),
}

#: Classes of karyotype in the order in which they are told apart and printed.
KARYOTYPES = ("normal", "t(9;22)", "KMT2A", "complex", "other")
_UNREAD = -2


def baseline_columns(records: Records) -> Iterator[Derived]:
    """Take what the forms say of each patient at the start of INO."""
    for name, (form, label) in _TAKEN.items():
        yield select(records, form, name, label=label)


def karyotype_codes(
    texts: tuple[str, ...], *, complex_at: int, count: Literal["union", "largest"]
) -> NDArray[np.int64]:
    """Classify distinct texts: positions in `KARYOTYPES`, -1 missing, -2 not readable."""
    found = [classify(text, complex_at=complex_at, count=count).category for text in texts]
    places = {**{one: at for at, one in enumerate(KARYOTYPES)}, "cannot read": _UNREAD}
    return np.array([*(places.get(one, -1) for one in found), -1])


def disease_columns(
    records: Records, *, complex_at: int, count: Literal["union", "largest"]
) -> Iterator[Derived]:
    """Classify the karyotypes, and tell of the central nervous system."""
    rows = form_rows(records, "disease")
    row = rows.only()
    words = f"complex from {complex_at} abnormalities ({count} of the clones)"
    classes = {}
    for name, label, field in (
        ("karyotype_dx", "Karyotype at diagnosis", "kary_dx"),
        ("karyotype_rel", "Karyotype at relapse", "kary_rel"),
    ):
        column = rows.table.column(field)
        known = karyotype_codes(column.levels, complex_at=complex_at, count=count)
        classes[field] = known[np.where(column.present, column.values, -1)]
        rule = f"{field} classified; {words}"
        yield _karyotype(rows, name, label, {field: (classes[field], row)}, rule)
    yield _one_karyotype(rows, row, classes, words)
    yield from _cns(rows, row)


def _one_karyotype(
    rows: FormRows, row: NDArray[np.int32], classes: dict[str, NDArray[np.int64]], words: str
) -> Derived:
    """Choose one class a patient: BCR::ABL1 before diagnosis before relapse."""
    none = np.full(rows.count, -1, dtype=np.int32)
    positive = np.where(row >= 0, _at(rows.positions("bcr_abl1", ("1",)), row), -1) >= 0
    # A text that cannot be read is there: the karyotype at relapse does not stand in for it.
    at_dx = np.where(row >= 0, _at(classes["kary_dx"], row), -1) != -1
    fusion = np.full(rows.table.rows, KARYOTYPES.index("t(9;22)"))
    parts = {
        "bcr_abl1": (fusion, np.where(positive, row, none)),
        "kary_dx": (classes["kary_dx"], np.where(~positive & at_dx, row, none)),
        "kary_rel": (classes["kary_rel"], np.where(positive | at_dx, none, row)),
    }
    rule = (
        "t(9;22) where BCR::ABL1 is positive; else the karyotype at diagnosis, and where there is"
        f" none at relapse; {words}"
    )
    return _karyotype(rows, "karyotype", "Karyotype", parts, rule)


def _at(values: NDArray[np.int64], row: NDArray[np.int32]) -> NDArray[np.int64]:
    return values[row] if len(values) else np.full(len(row), -1)


def _karyotype(
    rows: FormRows,
    name: str,
    label: str,
    parts: dict[str, tuple[NDArray[np.int64], NDArray[np.int32]]],
    rule: str,
) -> Derived:
    """Make a column of classes from one or more texts, each with the rows it is read from."""
    values = np.full(rows.count, -1)
    missing = np.full(rows.count, BLANK, dtype=np.int8)
    for field, (classes, row) in parts.items():
        here = row >= 0
        values = np.where(here, _at(classes, row), values)
        missing = np.where(here, rows.reason(field, row), missing)
    # A text that cannot be read is unreadable; one that says that there is no karyotype is blank.
    there = missing == PRESENT
    missing = np.where(there & (values == _UNREAD), UNREADABLE, missing)
    missing = np.where(there & (values == -1), BLANK, missing).astype(np.int8)
    values = np.maximum(values, -1)
    origin = [rows.origin(field, row) for field, (_, row) in parts.items()]
    return computed(name, label, "code", values, origin, rule, levels=KARYOTYPES, missing=missing)


def _cns(rows: FormRows, row: NDArray[np.int32]) -> Iterator[Derived]:
    said = {field: rows.at(rows.truth(field), row) for field in ("cns_dx", "cns_rel")}
    yes = np.any([values == 1 for values in said.values()], axis=0)
    no = np.all([values == 0 for values in said.values()], axis=0)
    origin = [rows.origin(field, row) for field in said]
    rule = "cns_dx or cns_rel is yes; no if both are no"
    yield flag("cns", "CNS involvement", yes, yes | no, origin, rule)


def therapy_columns(line: Timeline) -> Iterator[Derived]:
    """Tell of the therapy before INO: lines, blinatumomab, transplantation, chemotherapy."""
    rows = form_rows(line.records, "therapy_line")
    start = rows.days("line_start")
    prior = np.isnan(start) | np.isnan(line.start[rows.record]) | (start < line.start[rows.record])
    lines = rows.counts(prior)
    known = lines > 0
    order = np.zeros(rows.table.rows)
    words = "of the lines that began before INO"
    last = rows.first(prior, order, last=True)
    yield number(
        "prior_lines",
        "Lines of therapy before INO",
        np.where(known, lines, np.nan),
        [rows.origin("line_no", last)],
        f"number {words}",
    )
    first_line = rows.numbers("line_no") == 1
    for name, label, code, among, rule in (
        (
            "prior_blinatumomab",
            "Blinatumomab before INO",
            "3",
            prior,
            f"blinatumomab in any {words}",
        ),
        (
            "first_line_hct",
            "Allogeneic transplantation in first line",
            "4",
            prior & first_line,
            "allogeneic transplantation in line 1",
        ),
        ("prior_hct", "Allogeneic transplantation before INO", "4", prior, f"in any {words}"),
        (
            "heavily_pretreated",
            "Heavily pretreated",
            "1",
            prior,
            f"intensive chemotherapy in any {words} (Kayser et al. 2024)",
        ),
    ):
        field = f"line_therapy___{code}"
        yes = rows.first(among & rows.holds(field, "1"), order)
        row = np.where(yes >= 0, yes, last).astype(np.int32)
        yield flag(name, label, yes >= 0, known, [rows.origin(field, row)], rule)
