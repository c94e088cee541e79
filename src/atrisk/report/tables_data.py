"""Tables of a study on forms: what each centre sent, and which fields gave starts and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.tables import Row, Table
from atrisk.report.values import Node, Number, Phrase, Values, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["columns_table", "data_paragraphs", "data_tables", "errors_sentence"]

#: The page lists at most so many queries and definitions; results.json holds all.
MOST_ROWS = 40
_PARTS = ("patients", "files", "rows", "kept", "rejected", "entries")
_HEADS = ("Patients", "Files", "Rows", "Rows kept", "Rows rejected", "Entries unreadable")
_GRAVES = {"error": "Errors", "warning": "Warnings", "info": "Info"}
_ASSUMED = {"middle": "the middle", "first": "the first day", "last": "the last day"}


def data_paragraphs(data: Node, values: Values) -> list[Phrase]:
    """Say what came in, how partial dates are completed, which rules hold, and what is open."""
    many = len(data["centres"])
    of = f" of {many} centres" if many > 1 else ""
    said = [
        phrase(
            values.count("data.all.rows"),
            f" rows of forms{of} came in with the dictionary {data['dictionary']}: ",
            values.count("data.all.kept"),
            " were kept and ",
            values.count("data.all.rejected"),
            " rejected. Where the day of a date is not known,"
            f" {_ASSUMED[data['partial_dates']]} of the month or year is assumed.",
        )
    ]
    said += [
        phrase(f"The file {file['name']} was rejected whole: {file['reason']}")
        for file in data["rejected_files"]
    ]
    if data.get("clinical"):
        said.append(phrase(f"Rules of the clinical columns: {' '.join(data['clinical'])}"))
    if data.get("checks"):
        said.append(_checked(data, values))
    if data["queries"]:
        said.append(
            phrase(
                "Dates that contradict each other leave patients out of endpoints, until the"
                " centres have answered."
            )
        )
    return said


def _checked(data: Node, values: Values) -> Phrase:
    """Say how many queries the checks of the forms put, and where they are."""
    if not _asked(data):
        return phrase("The checks of the forms found nothing to ask.")
    error, warning, info = (values.count(f"data.checks.all.{grave}") for grave in _GRAVES)
    return phrase(
        "The checks of the forms ask the centres about ",
        phrase(error, f" {_tally(values, error, 'error')}, "),
        phrase(warning, f" {_tally(values, warning, 'warning')} and "),
        phrase(info, f" {_tally(values, info, 'point')} for information."),
        " Run \u2018atrisk check\u2019 on this study for the query sheets, one a centre.",
    )


def _asked(data: Node) -> int:
    return sum(centre[grave] for centre in data["checks"] for grave in _GRAVES)


def _tally(values: Values, number: Number, singular: str) -> str:
    return form.tally(values.raw(number.key) or 0, singular, f"{singular}s")


def errors_sentence(document: Node) -> Phrase:
    """Warn of queries of severity error in the forms; empty where there is none."""
    checks = (document.get("data") or {}).get("checks") or []
    where = sum(1 for centre in checks if centre["error"])
    if not where:
        return phrase()
    values = Values(document["values"])
    errors = values.count("data.checks.all.error")
    noun, verb = (
        form.tally(values.raw(errors.key) or 0, "error", "errors"),
        form.tally(values.raw(errors.key) or 0, "was", "were"),
    )
    centres = form.tally(where, "centre", "centres")
    return phrase(
        errors,
        f" {noun} in the forms {verb} found by the checks, at {form.count(where)} {centres}. The"
        " numbers of this report were made from the entries as they are. Run \u2018atrisk"
        " check\u2019 on this study for the query sheets.",
    )


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
        rows.append(row("All centres", "data.all"))
    return Table(
        id="data_centres",
        title="From the forms to the patients",
        stub="Centre",
        columns=tuple(map(phrase, _HEADS)),
        rows=tuple(rows),
        notes=("Rows kept and rows rejected add up to the rows that came in.",),
    )


def _checks(data: Node, values: Values) -> Table:
    """Count the queries of each centre by severity."""

    def row(label: str, key: str) -> Row:
        return Row(label, tuple(phrase(values.count(f"{key}.{grave}")) for grave in _GRAVES))

    rows = [row(c["label"], f"data.checks.centre_{n}") for n, c in enumerate(data["checks"], 1)]
    if len(rows) > 1:
        rows.append(row("All centres", "data.checks.all"))
    return Table(
        id="data_checks",
        title="Queries from the checks of the forms",
        stub="Centre",
        columns=tuple(map(phrase, _GRAVES.values())),
        rows=tuple(rows),
        notes=(
            "Error: cannot be right, or is needed.",
            "Warning: unlikely, to be confirmed or corrected.",
            "Info: no answer is needed.",
        ),
    )


def _sources(data: Node, values: Values) -> Table:
    rows: list[Row] = []
    for endpoint in data["endpoints"]:
        rows.append(Row(_endpoint_name(endpoint)))
        rows += [_source(source, values) for source in endpoint["sources"]]
    return Table(
        id="data_endpoints",
        title="Where the times start and end",
        stub="Endpoint",
        columns=tuple(map(phrase, ("Column", "Form and field", "Patients"))),
        rows=tuple(rows),
        notes=("tables/provenance.csv says it of each patient, with entry, file and line.",),
        text_columns=(0, 1),
    )


def _endpoint_name(endpoint: Node) -> str:
    day = ", the day of the start is day 1" if endpoint["count_day"] else ""
    return f"{endpoint['label']}{day}"


def _source(source: Node, values: Values) -> Row:
    word = form.capitalised(source["which"])
    label = f"{word}: {source['what']}" if source["what"] else word
    column = source["column"] or form.EN_DASH
    cells = (phrase(column), phrase(source["place"]), phrase(values.count(f"{source['key']}.n")))
    return Row(label, cells, level=1)


def _queries(data: Node) -> Table:
    shown = data["queries"][:MOST_ROWS]
    more = len(data["queries"]) - len(shown)
    return Table(
        id="data_queries",
        title="Queries from the endpoints",
        stub="Record",
        columns=tuple(map(phrase, ("Centre", "Fields", "Place", "Query"))),
        rows=tuple(map(_query, shown)),
        notes=(f"The first {MOST_ROWS}; {more} more are in results.json.",) if more else (),
        text_columns=(0, 1, 2, 3),
    )


def _query(query: Node) -> Row:
    place = f"{query['form']}, {query['file']} {query['place']} {query['line']}"
    cells = (query["centre"], query["field"], place, query["message"])
    return Row(query["record"], tuple(phrase(str(cell)) for cell in cells))


def columns_table(data: Node) -> Table:
    """List how each column that the study uses was made of the forms."""
    return Table(
        id="data_columns",
        title="How the columns were made",
        stub="Column",
        columns=tuple(map(phrase, ("Label", "Made of"))),
        rows=tuple(
            Row(column["id"], (phrase(column["label"]), phrase(column["rule"])))
            for column in data["columns"]
        ),
        text_columns=(0, 1),
    )
