"""Sentences about models: who was fitted, the ratios, how variables were selected, the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import level_words, lower_first
from atrisk.report.language import word
from atrisk.report.models import (
    CHECKS,
    Term,
    checked_model,
    final_model,
    fitted_models,
    model_interval,
    model_words,
    named_outcome,
    ratio_head,
    repeated,
    strata_of,
    terms,
    without_a_fit,
)
from atrisk.report.sentences import counted, joined, paragraph, range_of, semicolons, tested
from atrisk.report.tables import estimate_cell
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["model_glance", "model_paragraphs"]

_MOST_ROWS_IN_WORDS = 8


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
            yield _fitted_to(analysis, model, said)


def _competing(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say how many patients had another event, or none, where events compete."""
    keys = [f"{analysis['id']}.overall.{part}" for part in ("competing", "censored")]
    if all(map(values.has, keys)):
        yield say(
            "{patients} had a competing event first and {censored} had none.",
            patients=counted(values, keys[0], "patient"),
            censored=values.count(keys[1]),
        )


def _fitted_to(analysis: Node, model: Node, counts: Phrase) -> Phrase:
    strata = form.listing(lower_first(label.label) for label in strata_of(analysis))
    name = model_words(model)
    if not strata:
        return say("The {model} was fitted to {counts}.", model=name, counts=counts)
    return say(
        "The {model}, stratified by {strata}, was fitted to {counts}.",
        model=name,
        strata=strata,
        counts=counts,
    )


def _counts(analysis: Node, values: Values, model: Node) -> Phrase:
    prefix = f"{analysis['id']}.{model['id']}"
    patients, outcome = counted(values, f"{prefix}.n", "patient"), named_outcome(analysis)
    if outcome:
        number = values.count(f"{prefix}.events")
        said = say("{patients}, {n} with {outcome}", patients=patients, n=number, outcome=outcome)
    else:
        events = counted(values, f"{prefix}.events", "event")
        said = say("{patients} with {events}", patients=patients, events=events)
    each, first = f"{prefix}.events_per_variable", f"{prefix}.events_per_candidate"
    if not values.has(each):
        return said
    ratio = values.fixed(each, 1)
    if not values.has(first):
        return say("{counts} ({ratio} events per variable)", counts=said, ratio=ratio)
    return say(
        "{counts} ({ratio} events per variable; {candidate} per candidate parameter)",
        counts=said,
        ratio=ratio,
        candidate=values.fixed(first, 1),
    )


def _selected(analysis: Node) -> list[Phrase]:
    selection = analysis.get("selection")
    if not selection or selection.get("failed"):
        return []
    names = {term.id: lower_first(term.plain) for term in terms(analysis["models"])}
    removed = [names.get(step["term"], step["label"]) for step in selection["steps"]]
    kept = [name for term, name in names.items() if term in selection["kept"]]
    names_removed = form.listing(removed)
    if not removed:
        first = say("removed no variable")
    elif len(removed) == 1:
        first = say("removed {variables}", variables=names_removed)
    else:
        first = say("removed {variables}, in this order", variables=names_removed)
    then = say("it kept {variables}", variables=form.listing(kept)) if kept else say("it kept none")
    return [say("Backward elimination {removed}; {kept}.", removed=first, kept=then)]


def _ratios(analysis: Node, values: Values, model: Node) -> Iterator[Phrase]:
    found = terms([model])
    if sum(len(term.compared) for term in found) > _MOST_ROWS_IN_WORDS:
        yield say("The ratios of all variables are in the table.")
        return
    for place, term in enumerate(found):
        said = phrase(_term_words(analysis, values, model, term), ".")
        if place == 0:
            said = say("In the {model}: {ratios}", model=model_words(model), ratios=said)
        yield said


def _term_words(analysis: Node, values: Values, model: Node, term: Term) -> Phrase:
    prefix = f"{analysis['id']}.{model['id']}"
    whole = f"{prefix}.{term.id}.p_value"
    if not term.rows:
        return phrase(f"{term.label}, ", values.p_phrase(whole))
    short = model["measure"]["short"]
    ratios = [_ratio(values, f"{prefix}.{row.id}", model) for row in term.compared]
    if not term.factor:
        return phrase(f"{term.name}: {short} ", ratios[0])
    reference = next(row.label for row in term.rows if row.reference)
    if len(ratios) > 1:
        return phrase(term.label, " (", values.p_phrase(whole), "): ", _levels(term, short, ratios))
    if reference.startswith("Before "):
        return say(
            "{variable}: {measure} after v before {ratio}",
            variable=term.label,
            measure=short,
            ratio=ratios[0],
        )
    return phrase(f"{term.label}, {_against(term)}: {short} ", ratios[0])


def _against(term: Term) -> str:
    """Write the only level with its reference: ``yes v no``."""
    (row,), reference = term.compared, next(row for row in term.rows if row.reference)
    level, other = level_words(row.label), level_words(reference.label)
    return word("{level} v {reference}", level=level, reference=other)


def _levels(term: Term, short: str, ratios: list[Phrase]) -> Phrase:
    reference = next(row.label for row in term.rows if row.reference)
    levels = [
        phrase(f"{row.label} ", ratio) for row, ratio in zip(term.compared, ratios, strict=True)
    ]
    return say(
        "{measure} v {reference}: {ratios}",
        measure=short,
        reference=reference,
        ratios=joined(levels),
    )


def _ratio(values: Values, prefix: str, model: Node) -> Phrase:
    ratio, lower, upper = values.ratio_parts(prefix)
    if ratio.missing is not None:
        return say("not estimated ({reason})", reason=lower_first(ratio.missing))
    p, ends = values.p_phrase(f"{prefix}.p_value"), range_of(lower, upper)
    return phrase(ratio, f" ({model_interval(model)} ", ends, "; ", p, ")")


def _ph(analysis: Node, values: Values) -> Iterator[Phrase]:
    whole = f"{analysis['id']}.ph.global"
    if not analysis.get("ph") or analysis["ph"].get("failed"):
        return
    test = word(
        "Test of proportional hazards in the {model}, all variables together",
        model=checked_model(analysis, "ph"),
    )
    yield tested(values, whole, test)


def _validated(analysis: Node, values: Values) -> Iterator[Phrase]:
    said = []
    for row in (analysis.get("validation") or {}).get("rows", []):
        prefix = f"{analysis['id']}.validation.{row['id']}"
        corrected = values.fixed(f"{prefix}.corrected", 3)
        apparent = values.fixed(f"{prefix}.apparent", 3)
        if corrected.missing is None:
            shown = say("{corrected} (apparent {apparent})", corrected=corrected, apparent=apparent)
            said.append(phrase(f"{row['label']} ", shown))
    if said:
        yield _corrected(analysis, joined(said))
    yield from (
        phrase(f"{word(CHECKS[check])}: {found}.")
        for check in ("validation", "calibration")
        if (found := without_a_fit(analysis, check))
    )


def _corrected(analysis: Node, measures: Phrase) -> Phrase:
    repeats = analysis["validation"].get("repeats")
    samples = word("{n} bootstrap samples", n=form.count(repeats)) if repeats else ""
    how = ", ".join(filter(None, (samples, repeated(analysis, "validation"))))
    model = checked_model(analysis, "validation")
    if not how:
        return say(
            "The {model}, corrected for optimism: {measures}.", model=model, measures=measures
        )
    return say(
        "The {model}, corrected for optimism ({how}): {measures}.",
        model=model,
        how=how,
        measures=measures,
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
    known = [part for part in said if part.pieces]
    if not known:
        return []
    head = f", {ratio_head(model)}" if any(term.rows for term in found) else ""
    return [phrase(f"{model_words(model)}{head}: ", semicolons(known), ".")]


def _short(analysis: Node, values: Values, model: Node, term: Term) -> Phrase:
    """Say the ratios of a variable and their intervals, of a spline its P; nothing if unknown."""
    prefix = f"{analysis['id']}.{model['id']}"
    if not term.rows:
        key, name = f"{prefix}.{term.id}.p_value", lower_first(term.plain)
        if values.raw(key) is None:
            return phrase()
        return say("{variable} (spline) {p}", variable=name, p=values.p_phrase(key))
    parts = [values.ratio_parts(f"{prefix}.{row.id}") for row in term.compared]
    if all(ratio.missing for ratio, _, _ in parts):
        return phrase()
    cells = [estimate_cell(*found) for found in parts]
    if not term.factor:
        return phrase(f"{lower_first(term.name)} ", cells[0])
    reference = next(row.label for row in term.rows if row.reference)
    if len(cells) > 1:
        return _levels(term, lower_first(term.label), cells)
    before = reference.startswith("Before ")
    name = term.compared[0].label if before else f"{term.label}, {_against(term)}"
    return phrase(f"{lower_first(name)} ", cells[0])
