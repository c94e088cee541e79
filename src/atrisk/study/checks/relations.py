"""Rules over the fields of one or several forms, each one expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.checks.entries import Outcome
from atrisk.study.checks.findings import Finding, by_centre
from atrisk.study.checks.partial import fails_surely
from atrisk.study.checks.read_fields import read_texts, readable
from atrisk.study.forms.expression import (
    AnyOf,
    Expression,
    Reference,
    parse_expression,
    walk,
)

if TYPE_CHECKING:
    from atrisk.study.checks.rule_models import ExpectedPart, RulePart
    from atrisk.study.forms.evaluate import Evaluation
    from atrisk.study.forms.queries import Severity

__all__ = ["check_expected", "check_rule"]


def check_rule(evaluation: Evaluation, rule: RulePart) -> Outcome:
    """Run one rule over the rows of its form.

    A row is tested if every field of the rule, or of one side of its ``or``, has a value for it,
    and if it fails.
    """
    records = evaluation.records
    expression = parse_expression(rule.fails_if)
    table = records.tables[rule.form]
    failed = fails_surely(expression, evaluation, rule.form)
    sides = _sides(expression)
    truths = [evaluation.holds(side, rule.form) for side in sides] if failed.any() else []

    def fields_of(row: int) -> tuple[str, ...]:
        failing = [side for side, holds in zip(sides, truths, strict=True) if holds[row]]
        names = [name for side in failing for name in side.fields]
        return tuple(dict.fromkeys(names)) or expression.fields

    spelled = read_texts(records, rule.form, expression)
    finding = Finding(
        rule.id,
        rule.severity,
        rule.form,
        np.flatnonzero(failed),
        expression.fields,
        lambda row: ", ".join(spelled(row, fields_of(row))),
        lambda _: rule.message,
        fields_of,
    )
    tested = failed.copy()
    for side in sides:
        tested |= readable(records, rule.form, side.fields)
    return Outcome(finding, by_centre(records, table, tested))


def _sides(expression: Expression) -> list[Expression]:
    """Take an expression apart at its outermost ``or``."""
    tree = expression.tree
    parts = tree.parts if isinstance(tree, AnyOf) else (tree,)
    references = ([node for node in walk(part) if isinstance(node, Reference)] for part in parts)
    return [
        Expression(expression.text, part, tuple(found))
        for part, found in zip(parts, references, strict=True)
    ]


def check_expected(evaluation: Evaluation, part: ExpectedPart, severity: Severity) -> Outcome:
    """Ask for a form that a patient should have and has not, at the patient's first form."""
    records = evaluation.records
    first = records.dictionary.forms[0]
    table = records.tables[first]
    asked = np.ones(table.rows, dtype=bool)
    if part.when is not None:
        asked = fails_surely(parse_expression(part.when), evaluation, first)
    has = np.zeros(len(records.ids), dtype=bool)
    has[records.tables[part.form].record] = True
    words = (
        f"The form {part.form!r} is not filled for this patient. Fill it; if there is nothing to"
        " report, say so in the answer."
    )
    finding = Finding(
        "form_missing",
        severity,
        first,
        np.flatnonzero(asked & ~has[table.record]),
        (part.form,),
        lambda _: "",
        lambda _: words,
    )
    return Outcome(finding, by_centre(records, table, asked))
