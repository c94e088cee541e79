"""How often each check was made and failed, by centre."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import numpy as np

from atrisk.study.checks.findings import RuleResult, by_centre
from atrisk.study.checks.rejections import rejection_rule
from atrisk.study.checks.rule_models import DICTIONARY_RULES
from atrisk.study.checks.shown import asked_fields
from atrisk.study.forms.tables import BLANK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from atrisk.study.checks.entries import Outcome
    from atrisk.study.checks.rule_models import DuplicatePart, RulePart
    from atrisk.study.forms.fields import Field
    from atrisk.study.forms.queries import Severity
    from atrisk.study.forms.tables import Records

__all__ = ["dictionary_results", "rejection_results", "rule_result"]


def rule_result(records: Records, part: RulePart | DuplicatePart, outcome: Outcome) -> RuleResult:
    """Count one rule of a rules file."""
    finding = outcome.finding
    return RuleResult(
        part.id,
        finding.severity,
        part.label,
        finding.form,
        part.message,
        outcome.tested,
        by_centre(records, records.tables[finding.form], finding.rows),
        raised=finding.severity != part.severity,
    )


def dictionary_results(
    records: Records, asked: Iterable[Outcome], severities: Mapping[str, str]
) -> Iterator[RuleResult]:
    """Add up each check of the dictionary over its fields."""
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in asked:
        outcomes.setdefault(outcome.finding.rule, []).append(outcome)
    for rule, (_, label) in DICTIONARY_RULES.items():
        if rule in outcomes:
            findings = [outcome.finding for outcome in outcomes[rule]]
            failed = [by_centre(records, records.tables[f.form], f.rows) for f in findings]
            tested = [outcome.tested for outcome in outcomes[rule]]
            severity = cast("Severity", severities[rule])
            yield RuleResult(
                rule, severity, label, "", "", np.sum(tested, axis=0), np.sum(failed, axis=0)
            )


def rejection_results(records: Records, severities: Mapping[str, str]) -> Iterator[RuleResult]:
    """Count files, rows and entries that could not be taken in, of all that were read."""
    counts = Counter((rejection_rule(records, item), item.centre) for item in records.rejected)
    for rule, tested in _read_counts(records).items():
        if severities[rule] == "off":
            continue
        failed = [counts[rule, centre.id] for centre in records.centres]
        severity, label = cast("Severity", severities[rule]), DICTIONARY_RULES[rule][1]
        yield RuleResult(rule, severity, label, "", "", tested, np.array(failed, dtype=np.int64))


def _read_counts(records: Records) -> Mapping[str, NDArray[np.int64]]:
    """Count by centre the files and rows read, and the entries that are not blank."""
    files = {(file.centre, file.name) for file in records.files}
    files |= {(item.centre, item.file) for item in records.rejected if item.level == "file"}
    read = Counter(centre for centre, _ in files)
    rows: Counter[str] = Counter()
    for file in records.files:
        rows[file.centre] += 0 if file.refused else file.rows
    ids = [centre.id for centre in records.centres]
    return {
        "file_rejected": np.array([read[name] for name in ids], dtype=np.int64),
        "row_rejected": np.array([rows[name] for name in ids], dtype=np.int64),
        "type": _entries(records, choices=False),
        "choice": _entries(records, choices=True),
    }


def _entries(records: Records, *, choices: bool) -> NDArray[np.int64]:
    """Count by centre the entries of fields with choices, or without, that are not blank."""
    counted = np.zeros(len(records.centres), dtype=np.int64)
    for form, table in records.tables.items():
        entered = np.zeros(table.rows, dtype=np.int64)
        for field in _fields(records, form, choices=choices):
            for name in field.columns:
                entered += table.columns[name].missing != BLANK
        centres = records.centre[table.record]
        sums = np.bincount(centres, weights=entered, minlength=len(records.centres))
        counted += sums.astype(np.int64)
    return counted


def _fields(records: Records, form: str, *, choices: bool) -> list[Field]:
    return [field for field in asked_fields(records, form) if bool(field.choices) is choices]
