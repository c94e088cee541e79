"""Tables of models: ratios side by side, how the models fit, how variables were selected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import labels, lower_first
from atrisk.report.language import word
from atrisk.report.models import (
    ModelRow,
    Term,
    counted_in,
    events_named,
    fitted_models,
    has_term,
    model_named,
    ratio_head,
    strata_of,
    terms,
)
from atrisk.report.tables import Row, Table, estimate_cell
from atrisk.report.values import Node, Number, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["fit_table", "model_tables", "ratio_table"]

_REFERENCE = "reference"
_BOOTSTRAP = "Bootstrap CI"
_FISHER = "Fisher\N{RIGHT SINGLE QUOTATION MARK}s P"
_SPLINE = "spline"
_ABSENT = phrase(form.EN_DASH)
_BLANK = Phrase()
_SIZE = ("n", "events")
_TESTS = (
    ("likelihood_ratio", "Likelihood-ratio test"),
    ("wald", "Wald test"),
    ("score", "Score test"),
    ("robust_score", "Robust score test"),
)


def model_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables that any analysis with models may have."""
    tables = [ratio_table(analysis, values)]
    if fitted_models(analysis):
        tables.append(fit_table(analysis, values))
    if analysis.get("selection") and analysis["selection"]["steps"]:
        tables.append(_selection_table(analysis, values))
    return tables


@dataclass(frozen=True, slots=True)
class _Column:
    """One model's part of the table: its ratio, its P value and, where there is one, Fisher's."""

    analysis: Node
    model: Node
    values: Values

    @property
    def prefix(self) -> str:
        return f"{self.analysis['id']}.{self.model['id']}"

    @property
    def fisher(self) -> bool:
        return any(
            self.values.has(f"{self.prefix}.{term['id']}.fisher_p_value")
            for term in self.model["terms"]
        )

    @property
    def bootstrap(self) -> bool:
        rows = (row["id"] for term in self.model["terms"] for row in term["rows"])
        return any(self.values.has(f"{self.prefix}.{row}.bootstrap_lower") for row in rows)

    def heads(self) -> list[Phrase]:
        parts = [ratio_head(self.model), *[word(_BOOTSTRAP)] * self.bootstrap, word("P")]
        return [phrase(part) for part in parts + [word(_FISHER)] * self.fisher]

    def cells(self, term: Term, row: ModelRow | None) -> list[Phrase]:
        """Give the cells of a level, or of the term itself where ``row`` is None."""
        width = 2 + self.bootstrap
        if not has_term(self.model, term):
            named = row is None and term.factor
            shown = [_BLANK if named or (row and row.reference) else _ABSENT] * width
        elif row is None:
            shown = [*self._of_the_whole(term), self._global(term)]
        elif self._is_reference(row):
            shown = [phrase(word(_REFERENCE)), *[_BLANK] * (width - 1)]
        else:
            p = self.values.p_value(f"{self.prefix}.{row.id}.p_value")
            shown = [*self._ratio(row), phrase(p)]
        return [*shown, self._fisher(term, row)] if self.fisher else shown

    def _is_reference(self, row: ModelRow) -> bool:
        """Tell whether a level is the reference of this model; where it has no patient, it is not.

        Another level is the reference then, and the models of a table can differ in it.
        """
        lines = (line for term in self.model["terms"] for line in term["rows"])
        return any(line["id"] == row.id and line.get("reference") for line in lines)

    def _of_the_whole(self, term: Term) -> list[Phrase]:
        first = _BLANK if term.rows else phrase(word(_SPLINE))
        return [first, *[_BLANK] * self.bootstrap]

    def _ratio(self, row: ModelRow) -> list[Phrase]:
        prefix = f"{self.prefix}.{row.id}"
        cells = [estimate_cell(*self.values.ratio_parts(prefix))]
        if not self.bootstrap:
            return cells
        ends = [self.values.ratio(f"{prefix}.bootstrap_{end}") for end in ("lower", "upper")]
        dash = form.range_dash(ends[0].text, ends[1].text)
        return [*cells, phrase(ends[0], dash, ends[1])]

    def _global(self, term: Term) -> Phrase:
        """Give the P value of a whole term, where its rows do not say the same."""
        key = f"{self.prefix}.{term.id}.p_value"
        return _BLANK if len(term.compared) == 1 else phrase(self.values.p_value(key))

    def _fisher(self, term: Term, row: ModelRow | None) -> Phrase:
        """Put Fisher's P beside the P value of the same comparison."""
        alone = len(term.compared) == 1
        here = not row.reference if row is not None and alone else row is None and not alone
        key = f"{self.prefix}.{term.id}.fisher_p_value"
        return phrase(self.values.p_value(key)) if here and self.values.has(key) else _BLANK


def ratio_table(analysis: Node, values: Values) -> Table:
    """Build the table of ratios: a row a level, the models side by side."""
    columns = [_Column(analysis, model, values) for model in analysis["models"]]
    found = terms(analysis["models"])
    rows = [row for term in found for row in _term_rows(analysis, values, columns, term)]
    heads = [column.heads() for column in columns]
    spans = [(c.model["label"], len(own)) for c, own in zip(columns, heads, strict=True)]
    return Table(
        id=f"{analysis['id']}_models",
        title=_title(analysis),
        stub=word("Variable"),
        columns=(phrase(word("n")), phrase(events_named(analysis)), *chain(*heads)),
        spans=((word("Patients"), 2), *spans),
        rows=tuple(rows),
        notes=tuple(_ratio_notes(analysis, found, columns)),
    )


_SEVERAL = {
    "hazard ratio": "hazard ratios",
    "odds ratio": "odds ratios",
    "subdistribution hazard ratio": "subdistribution hazard ratios",
}
"""Titles of tables, by the measure."""


def _title(analysis: Node) -> str:
    names = dict.fromkeys(model["measure"]["name"] for model in analysis["models"])
    several = (word(_SEVERAL.get(name.lower(), f"{name.lower()}s")) for name in names)
    return f"{analysis['title']}: {form.listing(several)}"


def _term_rows(analysis: Node, values: Values, columns: list[_Column], term: Term) -> Iterator[Row]:
    def cells(row: ModelRow | None, counted: str | None) -> tuple[Phrase, ...]:
        counts = _counts(analysis, values, counted)
        return (*counts, *(cell for column in columns for cell in column.cells(term, row)))

    if term.factor:
        yield Row(term.label, cells(None, None))
        yield from (Row(row.label, cells(row, row.id), level=1) for row in term.rows)
    elif term.rows:
        yield Row(term.name, cells(term.rows[0], term.rows[0].id))
    else:
        yield Row(term.name, cells(None, term.id))
    left_out = f"{analysis['id']}.univariable.{term.id}.left_out"
    if values.has(left_out) and values.raw(left_out):
        blank = (_BLANK,) * sum(len(column.heads()) for column in columns)
        yield Row(word("Missing"), (phrase(values.count(left_out)), _BLANK, *blank), level=1)


def _counts(analysis: Node, values: Values, row: str | None) -> list[Phrase]:
    prefix = None if row is None else counted_in(analysis["models"], analysis, values, row)
    if prefix is None:
        return [_BLANK, _BLANK]
    return [phrase(values.count(f"{prefix}.{part}")) for part in ("n", "events")]


def _ratio_notes(analysis: Node, found: tuple[Term, ...], columns: list[_Column]) -> Iterator[str]:
    if strata_of(analysis):
        names = form.listing(lower_first(label.label) for label in strata_of(analysis))
        yield _stratified(columns).format(strata=names)
    if any(len(term.compared) > 1 for term in found):
        yield word("P beside the name of a variable: all its levels together.")
    if any(not term.rows for term in found):
        yield word("A spline has no single ratio; its P is of the whole curve.")
    if any(not has_term(column.model, term) for column in columns for term in found):
        yield word("\N{EN DASH}, not in this model.")
    if len(columns) > 1:
        yield word(_counted(columns[0].model))
        yield from _sizes(columns)


def _sizes(columns: list[_Column]) -> Iterator[str]:
    """Say of how many patients each model is, where they are not of the same."""
    found = [column for column in columns if column.values.has(f"{column.prefix}.n")]
    if len({column.values.raw(f"{column.prefix}.n") for column in found}) < 2:
        return
    for column in found:
        if column.model["id"] != "univariable":
            n, events = (column.values.count(f"{column.prefix}.{part}") for part in _SIZE)
            yield word(
                "{model}: {n} patients with known values of all its variables, {events} events.",
                model=column.model["label"],
                n=n.text,
                events=events.text,
            )


def _stratified(columns: list[_Column]) -> str:
    if columns[0].model["id"] == "univariable":
        return word("All models, also those of one variable, are stratified by {strata}.")
    if len(columns) > 1:
        return word("All models are stratified by {strata}.")
    return word("The model is stratified by {strata}.")


COUNTED = {
    "exposure": "Patients: those ever in the state, and the events in it.",
    "univariable": "Patients: those of the univariable models, with a known value of the variable.",
    "first": "Patients: those of the first model.",
}
"""Whom the columns of counts count."""


def _counted(model: Node) -> str:
    if any(term.get("type") == "exposure" for term in model["terms"]):
        return COUNTED["exposure"]
    return COUNTED["univariable" if model["id"] == "univariable" else "first"]


def fit_table(analysis: Node, values: Values) -> Table:
    """Build the table of what each model was fitted to and how well it fits."""
    models = fitted_models(analysis)
    prefixes = [f"{analysis['id']}.{model['id']}" for model in models]
    rows = [
        *_fact_rows(analysis, values, prefixes),
        *_test_rows(values, prefixes),
    ]
    return Table(
        id=f"{analysis['id']}_fits",
        title=word("{name}: the models as a whole", name=analysis["title"]),
        stub="",
        columns=tuple(phrase(model["label"]) for model in models),
        rows=tuple(rows),
        notes=_fit_notes(values, prefixes),
        supplement=True,
    )


def _fit_notes(values: Values, prefixes: list[str]) -> tuple[str, ...]:
    known = any(values.has(f"{prefix}.concordance_se") for prefix in prefixes)
    return (word("Concordance, C index (standard error)."),) if known else ()


def _fact_rows(analysis: Node, values: Values, prefixes: list[str]) -> Iterator[Row]:
    facts = (
        ("n_in", word("Patients before leaving out missing values"), values.count),
        ("n", word("Patients"), values.count),
        ("events", events_named(analysis), values.count),
        ("events_per_variable", word("Events per variable"), partial(values.fixed, places=1)),
        (
            "events_per_candidate",
            word("Events per candidate parameter"),
            partial(values.fixed, places=1),
        ),
        ("loglik", word("Log likelihood"), partial(values.fixed, places=2)),
        ("aic", "AIC", partial(values.fixed, places=1)),
        ("concordance", word("Concordance"), partial(_concordance, values)),
    )
    for part, name, show in facts:
        yield from _row(values, name, [f"{prefix}.{part}" for prefix in prefixes], show)


def _row(
    values: Values, name: str, keys: list[str], show: Callable[[str], Number | Phrase]
) -> Iterator[Row]:
    """Yield a row where at least one model has the number."""
    if any(map(values.has, keys)):
        yield Row(name, tuple(phrase(show(key)) if values.has(key) else _BLANK for key in keys))


def _concordance(values: Values, key: str) -> Phrase:
    shown = phrase(values.fixed(key, 3))
    error = f"{key}_se"
    return phrase(shown, " (", values.fixed(error, 3), ")") if values.has(error) else shown


def _test_rows(values: Values, prefixes: list[str]) -> Iterator[Row]:
    for test, name in _TESTS:
        keys = [f"{prefix}.overall.{test}.statistic" for prefix in prefixes]
        yield from _row(
            values, word(name), keys, lambda key: _tested(values, key.rpartition(".")[0])
        )


def _tested(values: Values, prefix: str) -> Phrase:
    statistic, df = values.fixed(f"{prefix}.statistic", 2), values.count(f"{prefix}.df")
    p = values.p_phrase(f"{prefix}.p_value")
    if values.raw(f"{prefix}.p_value") is None:
        return p
    shown = say("{statistic}, {df}\N{NO-BREAK SPACE}df", statistic=statistic, df=df)
    return phrase(shown, "\n", p)


def _selection_table(analysis: Node, values: Values) -> Table:
    steps = analysis["selection"]["steps"]
    parts = [
        ("statistic", word("Statistic")),
        ("df", "df"),
        ("p_value", word("P")),
        ("aic", word("Change of AIC")),
    ]
    first = f"{analysis['id']}.selection.{steps[0]['id']}"
    parts = [(part, head) for part, head in parts if values.has(f"{first}.{part}")]

    def row(step: Node) -> Row:
        prefix = f"{analysis['id']}.selection.{step['id']}"
        cells = tuple(_step_cell(values, f"{prefix}.{part}", part) for part, _ in parts)
        return Row(f"{step['step']}. {step['label']}", cells)

    return Table(
        id=f"{analysis['id']}_selection",
        title=word("{name}: variables removed, in this order", name=analysis["title"]),
        stub=word("Removed"),
        columns=tuple(phrase(head) for _, head in parts),
        rows=tuple(map(row, steps)),
        notes=_selection_notes(analysis),
        supplement=True,
    )


def _step_cell(values: Values, key: str, part: str) -> Phrase:
    if part == "p_value":
        return phrase(values.p_value(key))
    if part == "df":
        return phrase(values.count(key))
    return phrase(values.fixed(key, 2 if part == "statistic" else 1))


def _selection_notes(analysis: Node) -> tuple[str, ...]:
    selected = model_named(analysis, "selected")
    if selected is None:
        return ()
    kept = form.listing(label.label for label in labels(selected["terms"]))
    return (word("Kept: {names}.", names=kept) if kept else word("No variable was kept."),)
