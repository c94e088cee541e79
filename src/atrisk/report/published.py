"""The study's numbers beside those of a publication: sentences and tables."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import current, word
from atrisk.report.printed import printed_text
from atrisk.report.tables import Row, Table, phrases
from atrisk.report.values import Number, Phrase, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from atrisk.report.description import NumberedTable, Section
    from atrisk.report.values import Node, Values

__all__ = [
    "as_elsewhere",
    "published_glance",
    "published_methods",
    "published_paragraphs",
    "published_tables",
]

#: A verdict -> its mark and its words in a table.
VERDICTS = {
    "agrees": ("=", "agrees"),
    "rounded": ("\N{ALMOST EQUAL TO}", "rounded otherwise"),
    "differs": ("\N{NOT EQUAL TO}", "differs"),
    "impossible": ("!", "impossible as printed"),
    "not_compared": (form.EN_DASH, "not compared"),
}
_HEADS = ("This study", "Published", "Difference", "Where it is printed")
#: Verdicts on numbers that are not the same as printed.
_APART = ("rounded", "differs", "impossible")
_COUNTED = ("numbers", "agrees", "rounded", "differs", "impossible")


def published_tables(analysis: Node, values: Values, _: str = "") -> list[Table]:
    """Build a table for each section: ours, the published text, and how they differ."""
    return [_table(analysis, section, values) for section in analysis["sections"]]


def _table(analysis: Node, section: Node, values: Values) -> Table:
    counts = _counts(f"{analysis['id']}.{section['id']}", values)
    return Table(
        id=f"{analysis['id']}_{section['id']}",
        title=word("{title}: {section}", title=analysis["title"], section=section["label"]),
        stub=word("Quantity"),
        columns=tuple(phrase(word(head)) for head in _HEADS),
        rows=(
            *(_row(row, values) for row in section["rows"]),
            Row(
                word("Numbers that agree as printed"),
                (
                    Phrase(),
                    Phrase(),
                    say(
                        "{agrees} of {numbers}",
                        agrees=counts["agrees"],
                        numbers=counts["numbers"],
                    ),
                    Phrase(),
                ),
            ),
        ),
        notes=(*_notes(section), *_in_full(section, values)),
        text_columns=(2, 3),
        supplement=True,
    )


def _notes(section: Node) -> Iterator[str]:
    """Say why rows differ; a reason that several share stands once, behind their labels."""
    labels: dict[str, list[str]] = {}
    for row in section["rows"]:
        if row["note"] and row["verdict"] != "agrees":
            labels.setdefault(row["note"], []).append(row["label"])
    for note, named in labels.items():
        yield word("{label}: {note}", label="; ".join(named), note=_sentence(note))


def _in_full(section: Node, values: Values) -> Iterator[str]:
    """Write numbers that differ in decimals that are published, and that we print fewer of."""
    mark = current().decimal
    for row in section["rows"]:
        for piece in row["pieces"]:
            if isinstance(piece, str) or piece["verdict"] not in _APART:
                continue
            number, places = _number(values, piece["key"]), piece.get("places", 0)
            if number.missing is None and len(number.text.partition(mark)[2]) < places:
                yield word(
                    "{label}: compared as {number}, printed as {printed}.",
                    label=row["label"],
                    number=_with_places(values.entry(piece["key"]), places),
                    printed=number.text,
                )


def _with_places(entry: Node, places: int) -> str:
    value = float(entry.get("display", entry)["value"])
    return form.fixed(100.0 * value if entry["unit"] == "proportion" else value, places)


def _row(row: Node, values: Values) -> Row:
    mark, words = VERDICTS[row["verdict"]]
    difference = form.NO_BREAK.join((mark, word(words)))
    cells = (_ours(row, values), phrase(_dashed(row["published"])), phrase(difference), _place(row))
    return Row(row["label"], cells)


def _ours(row: Node, values: Values) -> Phrase:
    """Write our numbers in the form in which the published ones are printed."""
    if any(piece["key"] is None for piece in row["pieces"] if not isinstance(piece, str)):
        return phrase(form.EN_DASH)
    return phrase(
        *(
            _joint(piece) if isinstance(piece, str) else _number(values, piece["key"])
            for piece in row["pieces"]
        )
    )


def _number(values: Values, key: str) -> Number:
    """Write a number as the report has it elsewhere; one that stands nowhere else, by its unit."""
    entry = values.entry(key)
    if entry["value"] is None:  # not reached, not estimable or not shown
        return values.number(key, form.count)
    return Number(key, str(entry.get("printed") or printed_text(values, key)))


def _joint(words: str) -> str:
    """Write what joins two numbers: a hyphen between them is the dash of a range."""
    return form.EN_DASH if words == "-" else words


def _dashed(text: str) -> str:
    return re.sub(r"(?<=\d)-(?=\d)", form.EN_DASH, text)


def _place(row: Node) -> Phrase:
    quote = f"\N{LEFT DOUBLE QUOTATION MARK}{row['quote']}\N{RIGHT DOUBLE QUOTATION MARK}"
    return phrase("\n".join(part for part in (row["place"], quote if row["quote"] else "") if part))


def _sentence(note: str) -> str:
    return form.capitalised(note.rstrip(".")) + "."


def _counts(prefix: str, values: Values) -> dict[str, Number]:
    return {name: values.count(f"{prefix}.{name}") for name in _COUNTED}


def published_paragraphs(analysis: Node, values: Values, _: str = "") -> list[Phrase]:
    """Say how many published numbers agree, and how the others differ."""
    counts = _counts(f"{analysis['id']}.all", values)
    found = [
        say("The numbers are set beside those of {source}.", source=analysis["source"].rstrip(".")),
        say(
            "Of {numbers} published numbers {agrees} agree as printed, {rounded} are rounded"
            " otherwise, {differs} differ and {impossible} are impossible as printed.",
            **counts,
        ),
    ]
    absent = f"{analysis['id']}.all.not_compared"
    if values.raw(absent):
        found.append(
            say(
                "Published numbers that are not compared: {count}.",
                count=values.count(absent),
            )
        )
    return found


def published_glance(analysis: Node, values: Values, _: str = "") -> list[Phrase]:
    """Say in one line how many published numbers agree."""
    counts = _counts(f"{analysis['id']}.all", values)
    return [
        say(
            "Of {numbers} published numbers, {agrees} agree as printed.",
            numbers=counts["numbers"],
            agrees=counts["agrees"],
        )
    ]


def published_methods(analysis: Node, values: Values) -> list[tuple[str, str]]:  # noqa: ARG001 - as every kind
    """Say how published numbers were compared."""
    return [
        (
            word("Comparison with a publication"),
            word(
                "Published numbers stand in the file {file}. A number of this study agrees with"
                " one if it rounds to it at the decimals printed there; it is rounded otherwise if"
                " it is less than one step of the last printed digit away. Proportions are"
                " compared in percent. The file says which numbers are impossible as printed.",
                file=analysis["file"],
            ),
        )
    ]


def as_elsewhere(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Write our numbers beside published ones as the other sections print them."""
    shown = {
        number.key: number
        for section in sections
        if section.kind != "published"
        for number in _numbers_of(section)
    }
    return tuple(
        replace(section, tables=tuple(_reprinted(table, shown) for table in section.tables))
        if section.kind == "published"
        else section
        for section in sections
    )


def _numbers_of(section: Section) -> Iterator[Number]:
    for words in section.paragraphs:
        yield from words.numbers()
    for numbered in section.tables:
        for words in phrases(numbered.whole or numbered.table):
            yield from words.numbers()


def _reprinted(numbered: NumberedTable, shown: Mapping[str, Number]) -> NumberedTable:
    def cell(words: Phrase) -> Phrase:
        return Phrase(
            tuple(
                shown.get(piece.key, piece) if isinstance(piece, Number) else piece
                for piece in words.pieces
            )
        )

    rows = (replace(row, cells=tuple(map(cell, row.cells))) for row in numbered.table.rows)
    return replace(numbered, table=replace(numbered.table, rows=tuple(rows)))
