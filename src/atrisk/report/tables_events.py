"""Tables beside the figures of patients, doses and calendar time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name, lower_first
from atrisk.report.language import word
from atrisk.report.methods_events import BAND_RULES
from atrisk.report.methods_names import named_method
from atrisk.report.sentences_events import band_name, dose_number, schedule_total
from atrisk.report.tables import Row, Table, estimate_cell
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["events_tables"]


def events_tables(analysis: Node, values: Values, _: str) -> Sequence[Table]:
    """Build the tables of an analysis that shows patients, doses or calendar time."""
    match analysis["kind"]:
        case "dose_event":
            return [_doses(analysis, values), _bands(analysis, values)]
        case "schedule":
            return list(_schedules(analysis, values))
        case "trajectories":
            return list(_not_shown(analysis, values))
    return []


def _interval(values: Values, analysis: Node, key: str, ends: tuple[str, str]) -> Phrase:
    low, high = (dose_number(analysis, values, f"{key}.{end}") for end in ends)
    if low.missing is not None:
        return phrase(low)
    return phrase(low, form.range_dash(low.text, high.text), high)


def _doses(analysis: Node, values: Values) -> Table:
    prefix, event = analysis["id"], analysis["event"]["label"]
    rows = []
    for group, name in (
        ("event", event),
        ("no_event", word("No {event}", event=lower_first(event))),
    ):
        key = f"{prefix}.{group}"
        rows.append(
            Row(
                name,
                (
                    phrase(values.count(f"{key}.n")),
                    phrase(dose_number(analysis, values, f"{key}.median")),
                    _interval(values, analysis, key, ("q1", "q3")),
                    _interval(values, analysis, key, ("min", "max")),
                    phrase(values.p_value(f"{prefix}.p_value")) if group == "event" else phrase(""),
                ),
            )
        )
    dose, unit = analysis["dose"]["label"], analysis["dose"]["unit"]
    heads = ("n", word("Median"), word("IQR"), word("Range"), word("P"))
    test = named_method(values, f"{prefix}.p_value")
    return Table(
        id=f"{prefix}_doses",
        title=word("{dose} by {event}", dose=dose, event=lower_first(event)),
        stub=f"{dose}, {unit}" if unit else dose,
        columns=tuple(map(phrase, heads)),
        rows=tuple(rows),
        notes=() if test is None else (word("P: {test}.", test=test),),
    )


def _bands(analysis: Node, values: Values) -> Table:
    prefix, event = analysis["id"], analysis["event"]["label"]
    rows = []
    for band in analysis["bands"]:
        key = f"{prefix}.{band['id']}"
        parts = (values.proportion(f"{key}.{part}") for part in ("estimate", "lower", "upper"))
        counts = (phrase(values.count(f"{key}.{part}")) for part in ("n", "events"))
        rows.append(Row(band_name(band), (*counts, estimate_cell(*parts))))
    dose, unit = analysis["dose"]["label"], analysis["dose"]["unit"]
    share = word("% ({interval})", interval=interval_name(analysis))
    return Table(
        id=f"{prefix}_bands",
        title=word("{event} by {dose}", event=event, dose=lower_first(dose)),
        stub=f"{dose}, {unit}" if unit else dose,
        columns=(phrase("n"), phrase(event), phrase(share)),
        rows=tuple(rows),
        notes=(f"{form.capitalised(word(BAND_RULES[analysis['band_rule']]))}.",),
    )


def _schedules(analysis: Node, values: Values) -> Iterator[Table]:
    lanes = [lane for lane in analysis["lanes"] if not lane["given"]]
    rows = tuple(
        Row(
            lane["label"],
            (
                phrase(values.count(f"{analysis['id']}.{lane['id']}.cycles")),
                schedule_total(analysis, values, lane),
                phrase(lane["population"]),
                phrase(lane["note"]),
            ),
        )
        for lane in lanes
    )
    sources = dict.fromkeys(source for lane in lanes for source in lane["sources"])
    heads = (word("Cycles drawn"), word("Cumulative dose, mg/m²"), word("Patients"), word("Note"))
    yield Table(
        id=f"{analysis['id']}_regimens",
        title=word("Regimens and their cumulative doses"),
        stub=word("Regimen"),
        columns=tuple(map(phrase, heads)),
        rows=rows,
        notes=tuple(f"{source.rstrip('.')}." for source in sources),
        text_columns=(2, 3),
    )
    given = next((lane for lane in analysis["lanes"] if lane["given"]), None)
    if given is not None:
        yield _given(analysis, values, given)


def _given(analysis: Node, values: Values, lane: Node) -> Table:
    rows: list[Row] = []
    for cycle in lane["cycles"]:
        rows.append(Row(word("Cycle {number}", number=str(cycle["cycle"]))))
        for dose in cycle["doses"]:
            key = f"{analysis['id']}.given.{dose['id']}"
            cells = (phrase(values.count(f"{key}.n")), _spread(values, f"{key}.day"),
                     _spread(values, f"{key}.dose"))  # fmt: skip
            number = dose["id"].rsplit("_", 1)[1]
            rows.append(Row(word("Infusion {number}", number=number), cells, level=1))
    heads = ("n", word("Day of the cycle, median (IQR)"), word("Dose in mg/m², median (IQR)"))
    return Table(
        id=f"{analysis['id']}_given",
        title=word("Doses as given before transplantation"),
        stub=word("Infusion"),
        columns=tuple(map(phrase, heads)),
        rows=tuple(rows),
    )


def _spread(values: Values, key: str) -> Phrase:
    median, low, high = (
        values.number(f"{key}.{part}", form.general) for part in ("median", "q1", "q3")
    )
    return phrase(median, " (", low, form.range_dash(low.text, high.text), high, ")")


def _not_shown(analysis: Node, values: Values) -> Iterator[Table]:
    """List what could not be drawn: how often for which reason, and of whom."""
    parts = (
        ("lines", "lines", word("Measurements that are not drawn"), word("Measurements")),
        (
            "changes",
            "change",
            word("Patients whose best change cannot be measured"),
            word("Patients"),
        ),
    )
    for name, key, title, head in parts:
        made = analysis[name]
        if made is None or not made["reasons"]:
            continue
        rows = tuple(
            Row(
                form.capitalised(word(reason["label"])),
                (phrase(values.count(f"{analysis['id']}.{key}.{reason['id']}")),),
            )
            for reason in made["reasons"]
        )
        yield Table(
            id=f"{analysis['id']}_{name}_not_shown",
            title=title,
            stub=word("Reason"),
            columns=(phrase(head),),
            rows=rows,
        )
        if made["listed"]:
            yield Table(
                id=f"{analysis['id']}_{name}_listed",
                title=word("{title}, by record", title=title),
                stub=word("Record"),
                columns=(say("Reason"),),
                rows=tuple(
                    Row(item["record"], (phrase(word(item["reason"])),)) for item in made["listed"]
                ),
                text_columns=(0,),
                listing=True,
            )
