"""All checks of a study's records: queries in order, and how often each rule was tested."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from atrisk.study.checks.absent import check_first_form, forms_without_rows
from atrisk.study.checks.duplicates import check_duplicates
from atrisk.study.checks.entries import (
    Limits,
    Outcome,
    check_calculated,
    check_hidden,
    check_limits,
    check_required,
)
from atrisk.study.checks.findings import named, queries_of
from atrisk.study.checks.identical import check_identical
from atrisk.study.checks.record_ids import check_record_ids
from atrisk.study.checks.rejections import check_rejections
from atrisk.study.checks.relations import check_expected, check_rule
from atrisk.study.checks.rule_models import DuplicatePart, RulePart
from atrisk.study.checks.shown import shown_fields
from atrisk.study.checks.tallies import dictionary_results, rejection_results, rule_result
from atrisk.study.forms.evaluate import Evaluation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from atrisk.study.checks.findings import RuleResult
    from atrisk.study.checks.rules import Rules
    from atrisk.study.forms.queries import Query, Severity
    from atrisk.study.forms.tables import Records

__all__ = ["Checks", "in_order", "run_checks"]


@dataclass(frozen=True, slots=True)
class Checks:
    """What the checks of a study found.

    Attributes
    ----------
    queries
        the queries, by centre, record, form, instance and rule.
    results
        each rule: how often it was tested and failed, by centre.
    limits
        each field with limits: how many entries are outside, and the extremes.
    rules
        the rules that were run.
    shown
        of fields with branching logic: the rows in which they are shown.
    cut_off
        the data cut-off, or None.
    """

    queries: tuple[Query, ...]
    results: tuple[RuleResult, ...]
    limits: tuple[Limits, ...]
    rules: Rules
    shown: Mapping[str, NDArray[np.bool_]]
    cut_off: date | None

    @property
    def errors(self) -> int:
        """The number of queries of severity error."""
        return sum(query.severity == "error" for query in self.queries)


def run_checks(records: Records, rules: Rules, *, cut_off: date | None = None) -> Checks:
    """Check all records against their dictionary and against rules.

    Parameters
    ----------
    records
        the forms as read.
    rules
        the rules, and the severities of the checks of the dictionary.
    cut_off
        the data cut-off, which is "today" in limits and expressions.

    Returns
    -------
    Checks
        queries sorted by centre, record, form, instance, rule and field. All failures are listed,
        not the first alone.
    """
    evaluation = Evaluation(records, cut_off=cut_off)
    severities = rules.severities
    shown = shown_fields(evaluation)
    limits: list[Limits] = []
    asked = [
        outcome
        for outcome in _dictionary_outcomes(evaluation, rules, shown, limits)
        if severities[outcome.finding.rule] != "off"
    ]
    parts: list[RulePart | DuplicatePart] = [*rules.rules, *rules.duplicates]
    found = [(part, _outcome(evaluation, part)) for part in parts]
    if severities["identical_records"] != "off":
        grave = cast("Severity", severities["identical_records"])
        asked += check_identical(records, grave, _known_duplicates(records, found))
    asked = _without_replaced(asked, [(p, o) for p, o in found if isinstance(p, RulePart)])
    pairs = [_raised(part, outcome) for part, outcome in found]
    empty, empty_result = _forms_without_rows(records, rules)
    queries = [
        *check_rejections(records, severities),
        *empty,
        *(query for outcome in asked for query in queries_of(records, outcome.finding)),
        *(query for _, outcome in pairs for query in queries_of(records, outcome.finding)),
    ]
    results = (
        *rejection_results(records, severities),
        *empty_result,
        *dictionary_results(records, asked, severities),
        *(rule_result(records, part, outcome) for part, outcome in pairs),
    )
    return Checks(in_order(records, queries), results, tuple(limits), rules, shown, cut_off)


def _dictionary_outcomes(
    evaluation: Evaluation,
    rules: Rules,
    shown: Mapping[str, NDArray[np.bool_]],
    limits: list[Limits],
) -> Iterator[Outcome]:
    """Yield what the dictionary asks; fill ``limits`` on the way."""
    grave = cast("Mapping[str, Severity]", rules.severities)
    yield from check_record_ids(evaluation.records, grave["record_id"])
    yield from check_first_form(evaluation.records, grave["record_without_first_form"])
    for outcome, limit in check_limits(evaluation, grave["range"]):
        limits.append(limit)
        yield outcome
    yield from check_required(evaluation.records, grave["required"], shown)
    yield from check_hidden(evaluation.records, grave["branching"], shown)
    yield from check_calculated(evaluation, grave["calculated"])
    for part in rules.expected:
        yield check_expected(evaluation, part, grave["form_missing"])


def _forms_without_rows(
    records: Records, rules: Rules
) -> tuple[Sequence[Query], Sequence[RuleResult]]:
    grave = rules.severities["form_without_rows"]
    if grave == "off":
        return (), ()
    queries, result = forms_without_rows(records, rules.expected, cast("Severity", grave))
    return queries, [result]


def _known_duplicates(
    records: Records, found: Iterable[tuple[RulePart | DuplicatePart, Outcome]]
) -> set[int]:
    """Give the records that a rule of duplicates asks about."""
    between = (
        outcome.finding
        for part, outcome in found
        if isinstance(part, DuplicatePart) and part.form is None
    )
    return {
        int(record)
        for finding in between
        for record in records.tables[finding.form].record[finding.rows]
    }


def _outcome(evaluation: Evaluation, part: RulePart | DuplicatePart) -> Outcome:
    if isinstance(part, RulePart):
        with named(f"the rule {part.id!r}"):
            return check_rule(evaluation, part)
    return check_duplicates(evaluation.records, part)


def _without_replaced(
    asked: Sequence[Outcome], found: Sequence[tuple[RulePart, Outcome]]
) -> list[Outcome]:
    """Drop what a rule asks in better words: the same row, one of its fields."""
    replaced: dict[tuple[str, str, str], list[int]] = {}
    for rule, outcome in found:
        rows = outcome.finding.rows.tolist() if rule.instead_of else []
        for row in rows:
            for name in outcome.finding.named(row):
                for kind in rule.instead_of:
                    replaced.setdefault((kind, rule.form, name), []).append(row)
    return [_less(outcome, replaced) for outcome in asked]


def _less(outcome: Outcome, replaced: Mapping[tuple[str, str, str], Sequence[int]]) -> Outcome:
    finding = outcome.finding
    dropped = replaced.get((finding.rule, finding.form, finding.fields[0]))
    if dropped is None:
        return outcome
    kept = finding.rows[~np.isin(finding.rows, dropped)]
    return replace(outcome, finding=replace(finding, rows=kept))


def _raised(
    part: RulePart | DuplicatePart, outcome: Outcome
) -> tuple[RulePart | DuplicatePart, Outcome]:
    """Make a rule an error where more than its share of rows fails."""
    above = part.error_above if isinstance(part, RulePart) else None
    tested = int(outcome.tested.sum())
    if above is None or tested == 0 or len(outcome.finding.rows) / tested <= above:
        return part, outcome
    return part, replace(outcome, finding=replace(outcome.finding, severity="error"))


def in_order(records: Records, queries: Iterable[Query]) -> tuple[Query, ...]:
    """Put queries in order of centre, record, form, instance, rule and field."""
    centres = {centre.id: place for place, centre in enumerate(records.centres)}
    forms = {form: place for place, form in enumerate(records.dictionary.forms)}
    ids = {name: place for place, name in enumerate(records.ids)}
    last = len(ids)

    def key(query: Query) -> tuple[object, ...]:
        place = ids.get(query.record, last)
        form = forms.get(query.form, -1)
        where = (query.record, form, query.instance)
        return (centres[query.centre], place, *where, query.rule, query.field, query.line)

    return tuple(sorted(queries, key=key))
