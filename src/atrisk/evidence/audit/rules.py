"""All rules of the audit, in the order in which a paper is looked through."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from atrisk.evidence.audit import (
    rules_at_risk,
    rules_counts,
    rules_curve_intervals,
    rules_curves,
    rules_doses,
    rules_effect_counts,
    rules_effects,
    rules_implied_events,
    rules_incidence,
    rules_intervals,
    rules_mixtures,
    rules_places,
    rules_ranges,
    rules_references,
    rules_sets,
    rules_states,
    rules_summaries,
    rules_tables,
    rules_tests,
)
from atrisk.evidence.audit.across import RULE as ACROSS
from atrisk.evidence.audit.across import SENTENCE as ACROSS_SENTENCE

if TYPE_CHECKING:
    from atrisk.evidence.audit.check import Rule

__all__ = ["RULES", "rule_sentences", "sentence_of"]

RULES: dict[str, Rule] = {
    **rules_counts.RULES,
    **rules_sets.RULES,
    **rules_mixtures.RULES,
    **rules_ranges.RULES,
    **rules_summaries.RULES,
    **rules_tables.RULES,
    **rules_doses.RULES,
    **rules_intervals.RULES,
    **rules_effects.RULES,
    **rules_effect_counts.RULES,
    **rules_implied_events.RULES,
    **rules_tests.RULES,
    **rules_curves.RULES,
    **rules_curve_intervals.RULES,
    **rules_at_risk.RULES,
    **rules_states.RULES,
    **rules_incidence.RULES,
    **rules_places.RULES,
    **rules_references.RULES,
}


def sentence_of(rule: str) -> str:
    """Say in one sentence what a rule holds a paper to.

    Examples
    --------
    >>> sentence_of("count within its set")
    'Ask of a count that it is a whole number and no more than its set.'
    """
    return inspect.cleandoc(RULES[rule].__doc__ or "").splitlines()[0]


def rule_sentences() -> dict[str, str]:
    """List the rules, each with its sentence; the comparison of papers is the last."""
    return {**{name: sentence_of(name) for name in RULES}, ACROSS: ACROSS_SENTENCE}
