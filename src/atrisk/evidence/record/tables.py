"""Tables of the record as documents: studies, regimens, the numbers of an endpoint, a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.evidence.record import vocabulary as words
from atrisk.evidence.record.doses import (
    cumulative_dose,
    cycle_dose,
    printed_dose,
    schedule_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atrisk.evidence.record.models import Number, Regimen, Study
    from atrisk.evidence.record.rows import RecordRow, RecordRows

__all__ = [
    "counts_text",
    "endpoint_table",
    "number_text",
    "numbers_table",
    "regimen_table",
    "studies_table",
    "table",
]


def table(
    name: str,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    notes: Sequence[str] = (),
    studies: Sequence[str] = (),
) -> dict[str, Any]:
    """Make a table document: ``id``, ``title``, ``columns``, ``rows`` of texts, ``notes``.

    ``studies`` is the study of each row, or empty.
    """
    return {
        "id": name,
        "title": title,
        "columns": list(columns),
        "rows": [list(row) for row in rows],
        "notes": list(notes),
        "studies": list(studies),
    }


def studies_table(studies: Iterable[Study]) -> dict[str, Any]:
    """List studies: who was treated with what, and how many numbers are held."""
    found = tuple(studies)
    return table(
        "studies",
        "Studies of the record",
        ("Study", "Report", "Patients", "Line", "Ph", "Ages", "Regimens", "Numbers"),
        [_study_row(study) for study in found],
        studies=[study.study.id for study in found],
    )


def _study_row(study: Study) -> list[str]:
    people = study.population
    families = [words.FAMILIES[regimen.family] for regimen in study.regimens]
    return [
        study.study.id,
        study.study.label,
        study.study.n or "",
        words.LINES[people.line],
        words.PH[people.ph],
        words.AGE_GROUPS[people.age_group],
        "; ".join(dict.fromkeys(families)),
        str(len(study.numbers)),
    ]


def regimen_table(studies: Iterable[Study]) -> dict[str, Any]:
    """List regimens with inotuzumab ozogamicin; sums are held against what is printed."""
    pairs = list(_distinct(studies))
    return table(
        "regimens",
        "Regimens with inotuzumab ozogamicin, mg/m2",
        (
            "Study",
            "Regimen",
            "Doses",
            "Most cycles",
            "First cycle",
            "All cycles, added up",
            "All cycles, printed",
            "Agree",
        ),
        [_regimen_row(study, regimen) for study, regimen in pairs],
        notes=(
            (
                "The sum takes every cycle up to the most, with the lower dose in remission from"
                " the second cycle where there is one; patients may have had fewer."
            ),
        ),
        studies=[study.study.id for study, _ in pairs],
    )


def _distinct(studies: Iterable[Study]) -> Iterator[tuple[Study, Regimen]]:
    """Give each regimen once a trial, with its final or first report."""
    first: dict[tuple[str, ...], tuple[Study, Regimen]] = {}
    for study in sorted(studies, key=lambda study: not study.study.final):
        for regimen in study.regimens:
            key = (study.study.trial or study.study.id, regimen.label, schedule_text(regimen))
            if regimen.family.startswith("ino"):
                first.setdefault(key, (study, regimen))
    yield from sorted(first.values(), key=lambda pair: (pair[0].study.id, pair[1].id))


def _regimen_row(study: Study, regimen: Regimen) -> list[str]:
    first, made = cycle_dose(regimen), cumulative_dose(regimen)
    agree = ""
    if made is not None and regimen.cumulative is not None:
        agree = "yes" if made == printed_dose(regimen.cumulative) else "NO"
    return [
        study.study.label,
        regimen.label,
        schedule_text(regimen),
        regimen.max_cycles or "not printed",
        first.text if first else "",
        made.text if made else "",
        regimen.cumulative or "",
        agree,
    ]


def endpoint_table(found: RecordRows) -> dict[str, Any]:
    """List the rows of an endpoint; what was left out, and why, stands in the notes."""
    left = [f"{out.text}." for out in found.left_out]
    unused = [f"{out.study}, arm {out.arm}: {out.reason}." for out in found.not_used]
    return table(
        f"endpoint-{found.endpoint}",
        words.ENDPOINTS[found.endpoint].label,
        ("Study", "Arm", "Printed", "k/n", "Count", "Regimen", "mg/m2", "Line", "Place"),
        [_endpoint_row(row) for row in found.rows],
        notes=(*left, *unused),
        studies=[row.study for row in found.rows],
    )


def _endpoint_row(row: RecordRow) -> list[str]:
    dose = row.cumulative_dose
    arm = f"{row.arm_label} ({row.subgroup})" if row.subgroup else row.arm_label
    return [
        row.label,
        arm,
        _printed(row),
        counts_text(row.k_low, row.k_high, row.n),
        row.how or "",
        row.regimen_label or "",
        dose.text if dose else "",
        words.LINES[row.line],
        f"{row.paper}: {row.at}",
    ]


def _printed(row: RecordRow) -> str:
    text = f"{row.value}{_unit(row.unit)}" if row.value else ""
    text += f" at {row.time} {row.time_unit}" if row.time else ""
    return text + (f" ({row.lower} to {row.upper})" if row.lower else "")


def _unit(unit: str | None) -> str:
    if unit in {None, "ratio"}:
        return ""
    return "%" if unit == "%" else f" {unit}"


def counts_text(low: int | None, high: int | None, n: int | None) -> str:
    """Write counts: ``49/72``, ``2-3/131`` where several are printed alike, or nothing.

    Examples
    --------
    >>> counts_text(49, 49, 72), counts_text(2, 3, 131), counts_text(None, None, None)
    ('49/72', '2-3/131', '')
    """
    if n is None:
        return ""
    return f"{low}/{n}" if low == high else f"{low}-{high}/{n}"


def number_text(number: Number) -> str:
    """Write a number as printed: value, interval, range, counts, P."""
    parts = []
    if number.value is not None:
        parts.append(f"{number.value}{_unit(number.unit)}")
    if number.k is not None:
        parts.append(f"{number.k} of {number.n}" if number.n else f"{number.k} patients")
    elif number.n is not None:
        parts.append(f"of {number.n}")
    if number.ci is not None:
        parts.append(f"({number.ci_level}% CI {number.ci[0]} to {number.ci[1]})")
    if number.range is not None:
        parts.append(f"(range {number.range[0]} to {number.range[1]})")
    if number.p is not None:
        parts.append(f"P {number.p if number.p[0] in '<>' else '= ' + number.p}")
    return ", ".join(parts).replace(", (", " (")


def numbers_table(study: Study) -> dict[str, Any]:
    """List all numbers of a study with their places."""
    return table(
        f"numbers-{study.study.id}",
        f"{study.study.label}: numbers as printed",
        ("What", "Arm", "As printed", "Place", "Quote", "Remark"),
        [_number_row(study, number) for number in study.numbers],
    )


def _number_row(study: Study, number: Number) -> list[str]:
    what = words.ENDPOINTS[number.endpoint].label
    what += f" at {number.time} {number.time_unit}" if number.time else ""
    what += f", {number.subgroup}" if number.subgroup else ""
    also = f"Also: {'; '.join(number.also)}" if number.also else ""
    source = f"n: {number.n_from}" if number.n_from else ""
    doubt = f"Doubt: {number.doubt}" if number.doubt else ""
    remarks = [text for text in (doubt, number.note, source, also) if text]
    return [
        what,
        study.arm(number.arm).label,
        number_text(number),
        f"{number.paper}: {number.at}",
        number.quote or "",
        ". ".join(remarks),
    ]
