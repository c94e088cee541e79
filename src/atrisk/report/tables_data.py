"""Tables of a study on forms: what each centre sent, and which fields gave starts and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import word
from atrisk.report.tables import Row, Table
from atrisk.report.values import Node, Number, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["columns_table", "data_paragraphs", "data_tables", "errors_sentence"]

#: The page lists at most so many queries and definitions; results.json holds all.
MOST_ROWS = 40
_PARTS = ("patients", "files", "rows", "kept", "rejected", "entries")
HEADS = ("Patients", "Files", "Rows", "Rows kept", "Rows rejected", "Entries unreadable")
"""Heads of what came in."""
GRAVES = {"error": "Errors", "warning": "Warnings", "info": "Info"}
"""Heads of the queries, by their severity."""
ASSUMED = {
    "middle": "Where the day of a date is not known, the middle of the month or year is assumed.",
    "first": "Where the day of a date is not known, the first day of the month or year is assumed.",
    "last": "Where the day of a date is not known, the last day of the month or year is assumed.",
}
"""What is said of partial dates, by how the study completes them."""
WHICH = {"start": "Start", "end": "End"}
"""What a column gives an endpoint."""


def data_paragraphs(data: Node, values: Values) -> list[Phrase]:
    """Say what came in, how partial dates are completed, which rules hold, and what is open."""
    said = [phrase(_came_in(data, values), " ", word(ASSUMED[data["partial_dates"]]))]
    said += [
        say(
            "The file {name} was rejected whole: {reason}", name=file["name"], reason=file["reason"]
        )
        for file in data["rejected_files"]
    ]
    if data.get("clinical"):
        rules = " ".join(data["clinical"])
        said.append(say("Rules of the clinical columns: {rules}", rules=rules))
    if data.get("checks"):
        said.append(_checked(data, values))
    if data["queries"]:
        said.append(
            say(
                "Dates that contradict each other leave patients out of endpoints, until the"
                " centres have answered."
            )
        )
    return said


def _came_in(data: Node, values: Values) -> Phrase:
    centres = len(data["centres"])
    counted = {part: values.count(f"data.all.{part}") for part in ("rows", "kept", "rejected")}
    if centres > 1:
        return say(
            "{rows} rows of forms of {centres} centres came in with the dictionary {dictionary}:"
            " {kept} were kept and {rejected} rejected.",
            centres=form.count(centres),
            dictionary=data["dictionary"],
            **counted,
        )
    return say(
        "{rows} rows of forms came in with the dictionary {dictionary}: {kept} were kept and"
        " {rejected} rejected.",
        dictionary=data["dictionary"],
        **counted,
    )


def _checked(data: Node, values: Values) -> Phrase:
    """Say how many queries the checks of the forms put, and where they are."""
    if not _asked(data):
        return say("The checks of the forms found nothing to ask.")
    counts = {grave: values.count(f"data.checks.all.{grave}") for grave in GRAVES}
    asked = say(
        "The checks of the forms ask the centres about {errors}, {warnings} and {points}.",
        errors=_tally(values, counts["error"], "{n} error", "{n} errors"),
        warnings=_tally(values, counts["warning"], "{n} warning", "{n} warnings"),
        points=_tally(
            values, counts["info"], "{n} point for information", "{n} points for information"
        ),
    )
    return phrase(asked, " ", word(_RUN_CHECK))


_RUN_CHECK = "Run \u2018atrisk check\u2019 on this study for the query sheets, one a centre."


def _asked(data: Node) -> int:
    return sum(centre[grave] for centre in data["checks"] for grave in GRAVES)


def _tally(values: Values, number: Number, singular: str, plural: str) -> Phrase:
    return say(form.tally(values.raw(number.key) or 0, singular, plural), n=number)


def errors_sentence(document: Node) -> Phrase:
    """Warn of queries of severity error in the forms; empty where there is none."""
    checks = (document.get("data") or {}).get("checks") or []
    where = sum(1 for centre in checks if centre["error"])
    if not where:
        return phrase()
    values = Values(document["values"])
    errors = values.count("data.checks.all.error")
    centres = say(form.tally(where, "{n} centre", "{n} centres"), n=form.count(where))
    found = say(
        form.tally(
            values.raw(errors.key) or 0,
            "{errors} error in the forms was found by the checks, at {centres}.",
            "{errors} errors in the forms were found by the checks, at {centres}.",
        ),
        errors=errors,
        centres=centres,
    )
    made = word("The numbers of this report were made from the entries as they are.")
    return phrase(found, " ", made, " ", word(_RUN_CHECK))


def data_tables(data: Node, values: Values) -> Iterator[Table]:
    """Yield the tables of the data."""
    yield _centres(data, values)
    if data.get("checks") and _asked(data):
        yield _checks(data, values)
    if data["endpoints"]:
        yield _sources(data, values)
    if data["queries"]:
        yield _queries(data)


def _centres(data: Node, values: Values) -> Table:
    def row(label: str, key: str) -> Row:
        return Row(label, tuple(phrase(values.count(f"{key}.{part}")) for part in _PARTS))

    rows = [row(node["label"], f"data.centre_{n}") for n, node in enumerate(data["centres"], 1)]
    if len(rows) > 1:
        rows.append(row(word("All centres"), "data.all"))
    return Table(
        id="data_centres",
        title=word("From the forms to the patients"),
        stub=word("Centre"),
        columns=_heads(*HEADS),
        rows=tuple(rows),
        notes=(word("Rows kept and rows rejected add up to the rows that came in."),),
    )


def _checks(data: Node, values: Values) -> Table:
    """Count the queries of each centre by severity."""

    def row(label: str, key: str) -> Row:
        return Row(label, tuple(phrase(values.count(f"{key}.{grave}")) for grave in GRAVES))

    rows = [row(c["label"], f"data.checks.centre_{n}") for n, c in enumerate(data["checks"], 1)]
    if len(rows) > 1:
        rows.append(row(word("All centres"), "data.checks.all"))
    return Table(
        id="data_checks",
        title=word("Queries from the checks of the forms"),
        stub=word("Centre"),
        columns=_heads(*GRAVES.values()),
        rows=tuple(rows),
        notes=(
            word("Error: cannot be right, or is needed."),
            word("Warning: unlikely, to be confirmed or corrected."),
            word("Info: no answer is needed."),
        ),
    )


def _sources(data: Node, values: Values) -> Table:
    rows: list[Row] = []
    for endpoint in data["endpoints"]:
        rows.append(Row(_endpoint_name(endpoint)))
        rows += [_source(source, values) for source in endpoint["sources"]]
    return Table(
        id="data_endpoints",
        title=word("Where the times start and end"),
        stub=word("Endpoint"),
        columns=_heads("Column", "Form and field", "Patients"),
        rows=tuple(rows),
        notes=(word("tables/provenance.csv says it of each patient, with entry, file and line."),),
        text_columns=(0, 1),
    )


def _endpoint_name(endpoint: Node) -> str:
    name = str(endpoint["label"])
    return (
        word("{name}, the day of the start is day 1", name=name) if endpoint["count_day"] else name
    )


def _source(source: Node, values: Values) -> Row:
    which = word(WHICH.get(source["which"], form.capitalised(source["which"])))
    label = f"{which}: {source['what']}" if source["what"] else which
    column = source["column"] or form.EN_DASH
    cells = (phrase(column), phrase(source["place"]), phrase(values.count(f"{source['key']}.n")))
    return Row(label, cells, level=1)


def _queries(data: Node) -> Table:
    shown = data["queries"][:MOST_ROWS]
    more = len(data["queries"]) - len(shown)
    return Table(
        id="data_queries",
        title=word("Queries from the endpoints"),
        stub=word("Record"),
        columns=_heads("Centre", "Fields", "Place", "Query"),
        rows=tuple(map(_query, shown)),
        notes=_shortened(more),
        text_columns=(0, 1, 2, 3),
    )


def _shortened(more: int) -> tuple[str, ...]:
    if not more:
        return ()
    first, rest = form.count(MOST_ROWS), form.count(more)
    return (word("The first {first}; {more} more are in results.json.", first=first, more=rest),)


PLACES = {"line": "line", "row": "row", "record": "record"}
"""What a number behind the name of a file counts."""
COLUMNS = ("Column", "Form and field", "Centre", "Fields", "Place", "Query", "Name", "Made of")
"""Heads of lists of columns and queries."""


def _heads(*heads: str) -> tuple[Phrase, ...]:
    return tuple(phrase(word(head)) for head in heads)


def _query(query: Node) -> Row:
    spot = word(PLACES.get(str(query["place"]), str(query["place"])))
    place = f"{query['form']}, {query['file']} {spot} {query['line']}"
    cells = (query["centre"], query["field"], place, query["message"])
    return Row(query["record"], tuple(phrase(str(cell)) for cell in cells))


def columns_table(data: Node) -> Table:
    """List how each column that the study uses was made of the forms."""
    return Table(
        id="data_columns",
        title=word("How the columns were made"),
        stub=word("Column"),
        columns=_heads("Name", "Made of"),
        rows=tuple(
            Row(column["id"], (phrase(column["label"]), phrase(column["rule"])))
            for column in data["columns"]
        ),
        text_columns=(0, 1),
    )
