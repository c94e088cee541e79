"""Tables of time to event: summary, estimates at fixed times, tests, pairs of groups."""

from __future__ import annotations

from dataclasses import replace

from atrisk.report.document import (
    Label,
    all_groups,
    curve_name,
    interval_name,
    labels,
    rmst_key,
    shown_groups,
    start_of,
    title_by_group,
)
from atrisk.report.methods_names import named_method
from atrisk.report.tables import Row, Table, estimate_cell, proportion_interval, time_interval
from atrisk.report.values import Node, Phrase, Values, phrase

__all__ = ["incidence_tables", "survival_at_times", "survival_tables"]

_MOST_TIME_COLUMNS = 4
_STUB = "Group"


def survival_tables(analysis: Node, values: Values, unit: str) -> list[Table]:
    """Build the tables of a survival analysis, those that have something to show."""
    tables = [_summary(analysis, values, unit)]
    if analysis["times"]:
        tables.append(survival_at_times(analysis, values))
    if analysis["tests"]:
        tables.append(_tests(analysis, values))
    if values.has(rmst_key(analysis, "difference")):
        tables.append(_mean_differences(analysis, values))
    if analysis["pairwise"]:
        tables.append(_pairwise(analysis, values))
    return tables


def incidence_tables(analysis: Node, values: Values) -> list[Table]:
    """Build the tables of a cumulative incidence analysis."""
    tables = [_incidence(analysis, values)]
    if analysis["tests"]:
        tables.append(_gray(analysis, values))
    return tables


def _summary(analysis: Node, values: Values, unit: str) -> Table:
    spans = _spans(analysis, values)
    heads = [f"{_span(analysis, part)}, {unit} ({interval_name(analysis)})" for part in spans]

    def row(group: Label) -> Row:
        prefix = f"{analysis['id']}.{group.id}"
        counts = [phrase(values.count(f"{prefix}.{c}")) for c in ("n", "events", "censored")]
        times = [time_interval(values, f"{prefix}.{part}", unit) for part in spans]
        return Row(group.label, (*counts, *times))

    return Table(
        id=f"{analysis['id']}_summary",
        title=title_by_group(analysis),
        stub=_STUB,
        columns=tuple(map(phrase, ("Patients", "Events", "Censored", *heads))),
        rows=tuple(row(group) for group in all_groups(analysis)),
        notes=_follow_up_notes(analysis, values),
    )


_SPANS = {
    "median": "Median",
    "follow_up": "Median follow-up",
    "rmst": "Restricted mean",
}


def _span(analysis: Node, part: str) -> str:
    tau = analysis.get("rmst")
    return f"{_SPANS[part]} to {tau['label']}" if part == "rmst" and tau else _SPANS[part]


def _spans(analysis: Node, values: Values) -> list[str]:
    first = f"{analysis['id']}.{all_groups(analysis)[0].id}"
    asked = [part for part in _SPANS if values.has(f"{first}.{part}.estimate")]
    return asked if "median" in asked else ["median", *asked]


def _follow_up_notes(analysis: Node, values: Values) -> tuple[str, ...]:
    first = all_groups(analysis)[0].id
    method = named_method(values, f"{analysis['id']}.{first}.follow_up.estimate")
    return (f"Median follow-up: {method}.",) if method else ()


def survival_at_times(analysis: Node, values: Values) -> Table:
    """Build the table of survival at fixed times, with the numbers at risk."""
    name = curve_name(analysis)
    rows: list[Row] = []
    times = labels(analysis["times"])
    long = len(times) > _MOST_TIME_COLUMNS
    for group in all_groups(analysis):
        prefix = f"{analysis['id']}.{group.id}"
        cells = tuple(
            _with_at_risk(values, f"{prefix}.{time.id}", start_of(analysis)) for time in times
        )
        rows.extend(_down(group, times, cells) if long else [Row(group.label, cells)])
    return Table(
        id=f"{analysis['id']}_at_times",
        title=f"{name} at fixed times",
        stub=_STUB,
        columns=_time_columns(analysis, times, long=long),
        rows=tuple(rows),
        notes=_at_risk_notes(analysis),
    )


def _at_risk_notes(analysis: Node) -> tuple[str, ...]:
    weighted = _weighted(analysis)
    return (f"Under each estimate, the number still at risk just before that time{weighted}.",)


def _weighted(analysis: Node) -> str:
    return " (weighted)" if analysis.get("weights") else ""


def _time_columns(analysis: Node, times: tuple[Label, ...], *, long: bool) -> tuple[Phrase, ...]:
    head = f"% ({interval_name(analysis)})"
    if analysis.get("weights"):
        head += "; at risk (weighted)"
    return (phrase(head),) if long else tuple(phrase(f"{time.label}\n{head}") for time in times)


def _down(group: Label, times: tuple[Label, ...], cells: tuple[Phrase, ...]) -> list[Row]:
    inner = (Row(time.label, (cell,), level=1) for time, cell in zip(times, cells, strict=True))
    return [Row(group.label), *inner]


def _with_at_risk(values: Values, prefix: str, start: float) -> Phrase:
    at_risk = values.count(f"{prefix}.at_risk")
    estimate = proportion_interval(values, prefix, start)
    return estimate if at_risk.missing else estimate + phrase("\n", at_risk, " at risk")


def _tests(analysis: Node, values: Values) -> Table:
    rows: list[Row] = []
    for test in labels(analysis["tests"]):
        prefix = f"{analysis['id']}.{test.id}"
        rows.append(Row(test.label, (Phrase(), Phrase(), *_statistic(values, prefix))))
        if has_expected(analysis, values, test.id):
            rows.extend(_expected(values, prefix, group) for group in shown_groups(analysis))
    weighted = _weighted(analysis)
    counted = (f"Events observed{weighted}", f"Events expected{weighted}")
    heads = (*counted, "Statistic", "df", "P value")
    return Table(
        id=f"{analysis['id']}_tests",
        title=f"{analysis['endpoint']['label']}: comparison of groups",
        stub="Test",
        columns=tuple(map(phrase, heads)),
        rows=tuple(rows),
    )


def _mean_differences(analysis: Node, values: Values) -> Table:
    """Compare restricted means with the first group's, in the unit that stands with the values."""
    first, *others = shown_groups(analysis)
    unit = values.shown_unit(rmst_key(analysis, "difference"))
    name = _span(analysis, "rmst")

    def row(group: Label) -> Row:
        parts = values.difference_parts(f"{analysis['id']}.rmst_test.{group.id}")
        return Row(f"{group.label} minus {first.label}", (estimate_cell(*parts),))

    p = phrase(values.p_value(f"{analysis['id']}.rmst_test.p_value"))
    blank = (Row("All groups equal", (phrase(), p)),)
    return Table(
        id=f"{analysis['id']}_mean_differences",
        title=f"{analysis['endpoint']['label']}: differences of restricted means",
        stub="Groups",
        columns=(phrase(f"{name}, {unit} ({interval_name(analysis)})"), phrase("P value")),
        rows=(*(replace(r, cells=(*r.cells, phrase())) for r in map(row, others)), *blank),
    )


def has_expected(analysis: Node, values: Values, test: str) -> bool:
    """Tell whether a test counts observed and expected events: log-rank does, RMST does not."""
    first = shown_groups(analysis)[0].id
    return values.has(f"{analysis['id']}.{test}.{first}.observed")


def _expected(values: Values, prefix: str, group: Label) -> Row:
    observed = values.count(f"{prefix}.{group.id}.observed")
    expected = values.fixed(f"{prefix}.{group.id}.expected", 1)
    blank = (Phrase(),) * 3
    return Row(group.label, (phrase(observed), phrase(expected), *blank), level=1)


def _statistic(values: Values, prefix: str) -> tuple[Phrase, Phrase, Phrase]:
    return (
        phrase(values.fixed(f"{prefix}.statistic", 2)),
        phrase(values.count(f"{prefix}.df")),
        phrase(values.p_value(f"{prefix}.p_value")),
    )


def _pairwise(analysis: Node, values: Values) -> Table:
    names = {group.id: group.label for group in all_groups(analysis)}

    def row(pair: Node) -> Row:
        prefix = f"{analysis['id']}.pairwise.{pair['id']}"
        label = f"{names[pair['group_1']]} vs {names[pair['group_2']]}"
        statistic = values.fixed(f"{prefix}.statistic", 2)
        ps = (values.p_value(f"{prefix}.{part}") for part in ("p_value", "p_adjusted"))
        return Row(label, (phrase(statistic), *map(phrase, ps)))

    return Table(
        id=f"{analysis['id']}_pairwise",
        title=f"{analysis['endpoint']['label']}: groups in pairs",
        stub="Groups",
        columns=tuple(map(phrase, ("Statistic", "P value", "Adjusted P value"))),
        rows=tuple(row(pair) for pair in analysis["pairwise"]),
        notes=_pairwise_notes(analysis, values),
    )


def _pairwise_notes(analysis: Node, values: Values) -> tuple[str, ...]:
    first = f"{analysis['id']}.pairwise.{analysis['pairwise'][0]['id']}"
    method = values.entry(f"{first}.p_adjusted").get("method")
    return (f"Adjusted P value: {method}.",) if method else ()


def _incidence(analysis: Node, values: Values) -> Table:
    times = labels(analysis["times"])
    long = len(times) > _MOST_TIME_COLUMNS
    rows: list[Row] = []
    for cause in labels(analysis["causes"]):
        rows.append(Row(cause.label))
        for group in all_groups(analysis):
            rows.extend(_incidence_rows(analysis, values, cause, group, long=long))
    estimates = _time_columns(analysis, times, long=long) if times else ()
    return Table(
        id=f"{analysis['id']}_summary",
        title=title_by_group(analysis),
        stub="Event and group",
        columns=(phrase("Patients"), phrase("Events"), *estimates),
        rows=tuple(rows),
        notes=_at_risk_notes(analysis) if times else (),
    )


def _incidence_rows(
    analysis: Node, values: Values, cause: Label, group: Label, *, long: bool
) -> list[Row]:
    prefix = f"{analysis['id']}.{cause.id}.{group.id}"
    times = labels(analysis["times"])
    cells = tuple(
        _with_at_risk(values, f"{prefix}.{time.id}", start_of(analysis)) for time in times
    )
    counts = (
        phrase(values.count(f"{analysis['id']}.{group.id}.n")),
        phrase(values.count(f"{prefix}.events")),
    )
    if not long:
        return [Row(group.label, (*counts, *cells), level=1)]
    inner = (
        Row(time.label, (Phrase(), Phrase(), cell), level=2)
        for time, cell in zip(times, cells, strict=True)
    )
    return [Row(group.label, (*counts, Phrase()), level=1), *inner]


def _gray(analysis: Node, values: Values) -> Table:
    causes = {cause.id: cause.label for cause in labels(analysis["causes"])}
    rows: list[Row] = []
    for test in dict.fromkeys(labels(analysis["tests"])):
        rows.append(Row(test.label))
        for found in analysis["tests"]:
            if found["id"] == test.id:
                prefix = f"{analysis['id']}.{test.id}.{found['cause']}"
                rows.append(Row(causes[found["cause"]], _statistic(values, prefix), level=1))
    return Table(
        id=f"{analysis['id']}_tests",
        title=f"{analysis['title']}: comparison of groups",
        stub="Test and event",
        columns=tuple(map(phrase, ("Statistic", "df", "P value"))),
        rows=tuple(rows),
    )
