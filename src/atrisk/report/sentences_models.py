"""Sentences about models: who was fitted, the ratios, how variables were selected, the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import lower_first
from atrisk.report.models import (
    Term,
    checked_model,
    events_named,
    final_model,
    fitted_models,
    model_interval,
    model_words,
    ratio_head,
    repeated,
    strata_of,
    terms,
    without_a_fit,
)
from atrisk.report.sentences import joined
from atrisk.report.tables import estimate_cell
from atrisk.report.values import Node, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["model_glance", "model_paragraphs", "paragraph"]

_MOST_ROWS_IN_WORDS = 8


def paragraph(sentences: list[Phrase]) -> Phrase:
    """Join sentences with spaces."""
    return phrase(*[piece for sentence in sentences for piece in (sentence, " ")][:-1])


def model_paragraphs(analysis: Node, values: Values) -> list[Phrase]:
    """Say in words, a paragraph each: who was fitted, the ratios, the checks."""
    if not analysis.get("models"):
        return []
    words = values.in_words()
    model = final_model(analysis)
    parts = [
        [] if model is None else [*_fitted(analysis, words), *_selected(analysis)],
        [*_ratios(analysis, words, model or analysis["models"][0])],
        [*_ph(analysis, words), *_validated(analysis, words)],
    ]
    return [paragraph(sentences) for sentences in parts if sentences]


def _fitted(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say how many patients and events each model had, once where they are the same."""
    models = fitted_models(analysis)
    yield from _competing(analysis, values)
    counts = [_counts(analysis, values, model) for model in models]
    for place, (model, said) in enumerate(zip(models, counts, strict=True)):
        if [part.plain for part in counts[:place]].count(said.plain) == 0:
            yield phrase(f"{_subject(analysis, model)} was fitted to ", said, ".")


def _competing(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say how many patients had another event, or none, where events compete."""
    keys = [f"{analysis['id']}.overall.{part}" for part in ("competing", "censored")]
    if all(map(values.has, keys)):
        other, none = map(values.count, keys)
        noun = form.tally(values.raw(keys[0]) or 0, "patient", "patients")
        yield phrase(other, f" {noun} had a competing event first and ", none, " had none.")


def _subject(analysis: Node, model: Node) -> str:
    strata = strata_of(analysis)
    named = form.listing(lower_first(label.label) for label in strata)
    stratified = f", stratified by {named}," if strata else ""
    return f"The {model_words(model)}{stratified}"


def _counts(analysis: Node, values: Values, model: Node) -> Phrase:
    prefix = f"{analysis['id']}.{model['id']}"
    n, events = values.count(f"{prefix}.n"), values.count(f"{prefix}.events")
    noun = form.tally(values.raw(n.key) or 0, "patient", "patients")
    what, joining = form.tally(values.raw(events.key) or 0, "event", "events"), " with "
    if events_named(analysis) != "Events":
        what, joining = lower_first(events_named(analysis)), ", "
    said = phrase(n, f" {noun}{joining}", events, f" {what}")
    each = f"{prefix}.events_per_variable"
    if not values.has(each):
        return said
    first = f"{prefix}.events_per_candidate"
    if not values.has(first):
        return phrase(said, " (", values.fixed(each, 1), " events per variable)")
    per_first = phrase("; ", values.fixed(first, 1), " per candidate parameter)")
    return phrase(said, " (", values.fixed(each, 1), " events per variable", per_first)


def _selected(analysis: Node) -> list[Phrase]:
    selection = analysis.get("selection")
    if not selection or selection.get("failed"):
        return []
    names = {term.id: lower_first(term.plain) for term in terms(analysis["models"])}
    removed = [names.get(step["term"], step["label"]) for step in selection["steps"]]
    kept = [name for term, name in names.items() if term in selection["kept"]]
    order = ", in this order" if len(removed) > 1 else ""
    first = f"removed {form.listing(removed)}{order}" if removed else "removed no variable"
    then = f"it kept {form.listing(kept)}" if kept else "it kept none"
    return [phrase(f"Backward elimination {first}; {then}.")]


def _ratios(analysis: Node, values: Values, model: Node) -> Iterator[Phrase]:
    found = terms([model])
    if sum(len(term.compared) for term in found) > _MOST_ROWS_IN_WORDS:
        yield phrase("The ratios of all variables are in the table.")
        return
    for place, term in enumerate(found):
        said = _term_words(analysis, values, model, term)
        yield phrase(f"In the {model_words(model)}: ", said) if place == 0 else said


def _term_words(analysis: Node, values: Values, model: Node, term: Term) -> Phrase:
    prefix = f"{analysis['id']}.{model['id']}"
    whole = f"{prefix}.{term.id}.p_value"
    if not term.rows:
        return phrase(f"{term.label}, ", values.p_equation(whole), ".")
    short = model["measure"]["short"]
    if not term.factor:
        row = term.rows[0]
        return phrase(f"{term.name}: {short} ", _ratio(values, f"{prefix}.{row.id}", model), ".")
    reference = next(row.label for row in term.rows if row.reference)
    if len(term.compared) == 1 and not reference.startswith("Before "):
        (row,) = term.compared
        ratio = _ratio(values, f"{prefix}.{row.id}", model)
        against = f"{lower_first(row.label)} v {lower_first(reference)}"
        return phrase(f"{term.label}, {against}: {short} ", ratio, ".")
    levels = [
        phrase(f"{row.label} ", _ratio(values, f"{prefix}.{row.id}", model))
        for row in term.compared
    ]
    if reference.startswith("Before ") and len(levels) == 1:
        ratio = _ratio(values, f"{prefix}.{term.compared[0].id}", model)
        return phrase(f"{term.label}: {short} after v before ", ratio, ".")
    all_levels = phrase(" (", values.p_equation(whole), ")") if len(levels) > 1 else phrase()
    against = f": {short} v {reference}: "
    return phrase(term.label, all_levels, against, joined(levels), ".")


def _ratio(values: Values, prefix: str, model: Node) -> Phrase:
    ratio, lower, upper = values.ratio_parts(prefix)
    if ratio.missing is not None:
        return phrase("not estimated (", lower_first(ratio.missing), ")")
    p = values.p_equation(f"{prefix}.p_value")
    dash = " to " if lower.missing or upper.missing else form.range_dash(lower.text, upper.text)
    return phrase(ratio, f" ({model_interval(model)} ", lower, dash, upper, "; ", p, ")")


def _ph(analysis: Node, values: Values) -> Iterator[Phrase]:
    whole = f"{analysis['id']}.ph.global"
    if not analysis.get("ph") or analysis["ph"].get("failed"):
        return
    statistic, df = values.fixed(f"{whole}.statistic", 2), values.count(f"{whole}.df")
    p = values.p_equation(f"{whole}.p_value")
    noun = form.tally(values.raw(df.key) or 0, "degree", "degrees")
    yield phrase(
        f"Test of proportional hazards in the {checked_model(analysis, 'ph')}, all variables"
        " together: statistic ",
        phrase(statistic, " on ", df, f" {noun} of freedom, ", p, "."),
    )


def _validated(analysis: Node, values: Values) -> Iterator[Phrase]:
    said = []
    for row in (analysis.get("validation") or {}).get("rows", []):
        prefix = f"{analysis['id']}.validation.{row['id']}"
        corrected = values.fixed(f"{prefix}.corrected", 3)
        apparent = values.fixed(f"{prefix}.apparent", 3)
        if corrected.missing is None:
            said.append(phrase(f"{row['label']} ", corrected, " (apparent ", apparent, ")"))
    if said:
        repeats = (analysis["validation"]).get("repeats")
        samples = f"{repeats} bootstrap samples" if repeats else ""
        how = ", ".join(filter(None, (samples, repeated(analysis, "validation"))))
        model = checked_model(analysis, "validation")
        of = f"The {model}, corrected for optimism" + (f" ({how})" if how else "")
        yield phrase(f"{of}: ", joined(said), ".")
    yield from (
        phrase(f"{name}: {found}.")
        for name in ("Validation", "Calibration")
        if (found := without_a_fit(analysis, name.lower()))
    )


def model_glance(analysis: Node, values: Values) -> list[Phrase]:
    """Say the ratios of the final model in one line; nothing where they are many."""
    model = final_model(analysis) if analysis.get("models") else None
    if model is None:
        return []
    found = terms([model])
    if sum(len(term.compared) for term in found) > _MOST_ROWS_IN_WORDS:
        return []
    said = [_short(analysis, values, model, term) for term in found]
    pieces = [piece for part in said if part.pieces for piece in (part, "; ")][:-1]
    if not pieces:
        return []
    head = f", {ratio_head(model)}" if any(term.rows for term in found) else ""
    return [phrase(f"{model_words(model)}{head}: ", *pieces, ".")]


def _short(analysis: Node, values: Values, model: Node, term: Term) -> Phrase:
    """Say the ratios of a variable and their intervals, of a spline its P; nothing if unknown."""
    prefix = f"{analysis['id']}.{model['id']}"
    if not term.rows:
        p = values.p_equation(f"{prefix}.{term.id}.p_value")
        return phrase() if p.missing else phrase(f"{lower_first(term.plain)} (spline) ", p)
    parts = [values.ratio_parts(f"{prefix}.{row.id}") for row in term.compared]
    if all(ratio.missing for ratio, _, _ in parts):
        return phrase()
    cells = [estimate_cell(*found) for found in parts]
    if not term.factor:
        return phrase(f"{lower_first(term.name)} ", cells[0])
    reference = next(row.label for row in term.rows if row.reference)
    if reference.startswith("Before ") and len(cells) == 1:
        return phrase(f"{lower_first(term.compared[0].label)} ", cells[0])
    if len(cells) == 1:
        against = f"{lower_first(term.compared[0].label)} v {lower_first(reference)}"
        return phrase(f"{lower_first(term.label)}, {against} ", cells[0])
    rows = [phrase(f"{row.label} ", cell) for row, cell in zip(term.compared, cells, strict=True)]
    return phrase(f"{lower_first(term.label)} v {reference}: ", joined(rows))
