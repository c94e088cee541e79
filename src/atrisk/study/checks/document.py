"""The checks document: what checks.json holds and the data-quality page shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk._version import __version__
from atrisk.study.checks.completeness import STATES, FieldCount, completeness
from atrisk.study.checks.contacts import Contacts, accrual, last_contacts
from atrisk.study.forms.queries import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from atrisk.study.checks.findings import RuleResult
    from atrisk.study.checks.run import Checks
    from atrisk.study.forms.tables import Records

__all__ = ["CHECKS_SCHEMA", "checks_document"]

CHECKS_SCHEMA: Final = "atrisk-checks/1"


def checks_document(
    records: Records, checks: Checks, study: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make the document of what was read and what the checks found.

    Parameters
    ----------
    records
        the forms as read.
    checks
        what `run_checks` gave for them.
    study
        ``title``, ``synthetic`` and ``source`` of the study, where there is a study file.

    Returns
    -------
    dict
        schema "atrisk-checks/1": numbers, texts and lists only, ready for JSON.
    """
    said = dict(study or {})
    return {
        "schema": CHECKS_SCHEMA,
        "software": {"name": "atrisk", "version": __version__},
        "study": {
            "title": said.get("title", "Case report forms"),
            "synthetic": bool(said.get("synthetic", False)),
            "source": said.get("source", ""),
            "dictionary": records.dictionary.name,
            "cut_off": None if checks.cut_off is None else checks.cut_off.isoformat(),
        },
        "centres": _centres(records, checks),
        "files": [asdict(file) for file in records.files],
        "rejected": [asdict(item) for item in records.rejected],
        "forms": _forms(records),
        "rules": [_rule(result) for result in checks.results],
        "queries": [asdict(query) for query in checks.queries],
        "completeness": [_field(count, records) for count in completeness(records, checks.shown)],
        "limits": [asdict(limit) for limit in checks.limits],
        "contacts": _contacts(records, checks),
        "accrual": _accrual(records, checks),
    }


def _centres(records: Records, checks: Checks) -> list[dict[str, Any]]:
    patients = np.bincount(records.centre, minlength=len(records.centres))
    graves = Counter((query.centre, query.severity) for query in checks.queries)
    refused = Counter((item.centre, item.level) for item in records.rejected)
    return [
        {
            "id": centre.id,
            "label": centre.label,
            "patients": int(patients[place]),
            "files": _total(1 for file in records.files if file.centre == centre.id),
            "rows": _total(file.rows for file in records.files if file.centre == centre.id),
            "rows_kept": _total(file.kept for file in records.files if file.centre == centre.id),
            "rows_rejected": _total(
                file.rejected for file in records.files if file.centre == centre.id
            ),
            "files_rejected": refused[centre.id, "file"],
            "entries_rejected": refused[centre.id, "entry"],
            "queries": {grave: graves[centre.id, grave] for grave in SEVERITIES},
        }
        for place, centre in enumerate(records.centres)
    ]


def _total(numbers: Iterable[int]) -> int:
    return sum(numbers)


def _forms(records: Records) -> list[dict[str, Any]]:
    """Count the rows of each form, and the patients who have any, by centre."""
    size = len(records.centres)
    found = []
    for form, table in records.tables.items():
        patients = records.centre[np.unique(table.record)]
        found.append(
            {
                "id": form,
                "label": form.replace("_", " "),
                "repeating": form in records.dictionary.repeating,
                "rows": table.rows,
                "patients": _numbers(np.bincount(patients, minlength=size)),
            }
        )
    return found


def _numbers(values: NDArray[Any]) -> list[int]:
    return [int(value) for value in values]


def _rule(result: RuleResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "severity": result.severity,
        "raised": result.raised,
        "label": result.label,
        "form": result.form,
        "message": result.message,
        "tested": int(result.tested.sum()),
        "failed": int(result.failed.sum()),
        "tested_by_centre": _numbers(result.tested),
        "failed_by_centre": _numbers(result.failed),
    }


def _field(count: FieldCount, records: Records) -> dict[str, Any]:
    return {
        "form": count.form,
        "field": count.field,
        "label": count.label,
        "required": count.required,
        "by_centre": {
            state: _numbers(count.states[:, place]) for place, state in enumerate(STATES)
        },
        "centres": len(records.centres),
    }


def _contacts(records: Records, checks: Checks) -> dict[str, Any] | None:
    found = last_contacts(records, checks.rules.roles, checks.cut_off)
    if found is None:
        return None
    ends = (found.overdue_days // 2, found.overdue_days, 2 * found.overdue_days)
    bands = np.searchsorted([*ends, np.inf], found.days, side="left")
    late = found.open & (found.days > found.overdue_days)
    return {
        "field": found.field,
        "reference": found.reference,
        "reference_is_cut_off": found.named,
        "overdue_days": found.overdue_days,
        "bands": list(ends),
        "by_centre": [
            _contacts_of(found, bands, len(ends) + 1, records.centre == place)
            for place in range(len(records.centres))
        ],
        "overdue": [
            {
                "centre": int(records.centre[at]),
                "record": records.ids[at],
                "days": int(found.days[at]),
            }
            for at in sorted(np.flatnonzero(late).tolist(), key=lambda at: -found.days[at])
        ],
    }


def _contacts_of(
    found: Contacts, bands: NDArray[np.intp], size: int, here: NDArray[np.bool_]
) -> dict[str, Any]:
    waiting = here & found.open
    known = waiting & np.isfinite(found.days)
    days = found.days[known]
    return {
        "open": int(waiting.sum()),
        "closed": int((here & ~found.open).sum()),
        "unknown": int((waiting & ~known).sum()),
        "bands": _numbers(np.bincount(bands[known], minlength=size)),
        "overdue": int((days > found.overdue_days).sum()),
        "median_days": float(np.median(days)) if len(days) else None,
    }


def _accrual(records: Records, checks: Checks) -> dict[str, Any] | None:
    found = accrual(records, checks.rules.roles)
    if found is None:
        return None
    return {
        "field": found.field,
        "first_month": found.first,
        "by_centre": [_numbers(row) for row in found.counts],
        "undated": _numbers(found.undated),
    }
