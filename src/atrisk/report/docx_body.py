"""The body of a Word report, written from the top to the end."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from atrisk.report.docx_figure import picture
from atrisk.report.docx_look import CAPTION, TEXT, Look, caption, reference
from atrisk.report.docx_styles import LOOK_STYLES, MARGIN, PAGE
from atrisk.report.docx_table import table_elements
from atrisk.report.docx_widths import MILLIMETRE, is_wide_if_smaller
from atrisk.report.docx_xml import (
    Element,
    bookmarked,
    element,
    field,
    name_of,
    paragraph,
    phrase_runs,
    run,
)
from atrisk.report.language import word
from atrisk.report.numbered import FIGURE, TABLE, numbered
from atrisk.report.values import Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from atrisk.report.description import Figure, NumberedTable, Section

__all__ = ["Body"]

_ROOM = (PAGE[0] - 2 * MARGIN, PAGE[1] - 2 * MARGIN)
_CAPTION_HEIGHT = 45.0
_FACT_NAME = 42.0
_FACTS = tuple(round(w * MILLIMETRE) for w in (_FACT_NAME, _ROOM[0] - _FACT_NAME))
_OVER_BOTH = 2
_SMALL = Look(LOOK_STYLES, points=7.5)
_HEADING = "Heading"
_MOST_NAMED = 2


class Body:
    """Writes parts of a report one below the other, wide tables on pages on their side.

    Parameters
    ----------
    document
        a document of python-docx with the styles of a report.
    figures
        the folder of the pictures.
    """

    def __init__(self, document: Any, figures: Path) -> None:  # noqa: ANN401 - an object of python-docx
        self._part = document.part
        self._body = document.element.body
        self._section = self._body.find(name_of("w:sectPr"))
        self._figures = figures
        self._look = Look(LOOK_STYLES)
        self._bookmarks: dict[str, tuple[str, int]] = {}
        self._headings: list[tuple[str, str]] = []
        self._contents: Element | None = None
        self._pictures = 0
        self._turned = False

    def _add(self, made: Element) -> None:
        self._turn(on=False)
        self._section.addprevious(made)

    def _mark(self, kind: str, key: str) -> tuple[str, int]:
        """Give the bookmark of a thing: its name and number, which occur once."""
        name = f"{kind}:{key}"
        if name not in self._bookmarks:
            number = len(self._bookmarks) + 1
            self._bookmarks[name] = (
                f"_Toc{number:08d}" if kind == _HEADING else f"{kind}_{number}",
                number,
            )
        return self._bookmarks[name]

    def text(self, words: str | Phrase, style: str = "Normal") -> None:
        """Write a paragraph."""
        self._add(paragraph(style, *phrase_runs(phrase(words))))

    def paragraphs(self, said: Iterable[Phrase]) -> None:
        """Write paragraphs."""
        for words in said:
            self.text(words)

    def warning(self, head: str, words: str | Phrase) -> None:
        """Write a box."""
        runs = [run(f"{head} ", element("w:b")), *phrase_runs(phrase(words))]
        self._add(paragraph("Warning", *runs))

    def bullet(self, said: Phrase, title: str = "", key: str = "") -> None:
        """Write an item of a list; a title before it leads to the section of its key."""
        runs = phrase_runs(said)
        if title:
            anchor = {"w:anchor": self._mark(_HEADING, key)[0], "w:history": 1}
            link = element("w:hyperlink", anchor, run(title, element("w:b")))
            runs = [link, run(": "), *runs]
        self._add(paragraph("ListBullet", *runs))

    def notes(self, notes: Iterable[str]) -> None:
        """Write notes in small type, the first behind the word for them."""
        for place, note in enumerate(notes):
            head = [] if place else [run(f"{word('Notes')}: ", element("w:b"))]
            self._add(paragraph("Small", *head, *phrase_runs(Phrase((note,)))))

    def heading(
        self,
        title: str,
        level: int = 1,
        key: str = "",
        *,
        listed: bool = True,
        new_page: bool = False,
    ) -> None:
        """Write a heading; those of the first level are in the contents."""
        if level > 1 or not listed:
            style = f"{_HEADING}{level}" if listed else f"{_HEADING}2"
            self._add(paragraph(style, run(title)))
            return
        mark = self._mark(_HEADING, key)
        self._headings.append((title, mark[0]))
        before = [element("w:pageBreakBefore")] if new_page else []
        words = bookmarked(*mark, run(title))
        self._add(paragraph(f"{_HEADING}{level}", *words, properties=before))

    def contents(self) -> None:
        """Leave the place of the contents, which are written when all headings are known."""
        self._contents = paragraph("toc1")
        self._add(self._contents)

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Write pairs of a name and a fact in two columns."""
        self._pairs([_pair(name, fact) for name, fact in facts])

    def grouped_facts(self, groups: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> None:
        """Write pairs in groups, each below its title, in one table."""
        rows: list[Element] = []
        for title, facts in groups:
            head = run(title, *_SMALL.run(TEXT, bold=True))
            rows.append(_row(_fact([head], sum(_FACTS), _OVER_BOTH)))
            rows += [_pair(name, fact, *_SMALL.run(TEXT)) for name, fact in facts]
        self._pairs(rows)

    def _pairs(self, rows: Sequence[Element]) -> None:
        if not rows:
            return
        width = element("w:tblW", {"w:w": sum(_FACTS), "w:type": "dxa"})
        layout = element("w:tblLayout", {"w:type": "fixed"})
        grid = element("w:tblGrid", None, *(element("w:gridCol", {"w:w": w}) for w in _FACTS))
        properties = element("w:tblPr", None, width, layout)
        self._add(element("w:tbl", None, properties, grid, *rows))
        self._add(paragraph("Small"))

    def references(self, section: Section) -> None:
        """Say where the figures and tables of a section are, as cross references."""
        figures = [
            reference(self._mark("Figure", figure.id)[0], numbered(FIGURE, str(figure.number)))
            for figure in section.figures
        ]
        series: list[list[list[Element]]] = [figures, [], []]
        for shown in section.tables:
            if shown.label:
                mark = self._mark("Table", shown.id)[0]
                series[1 + shown.table.supplement].append(
                    reference(mark, numbered(TABLE, shown.label))
                )
        places = [place for found in series for place in _listed(found)]
        if not places:
            return
        before, after = word("See {places}.", places="\0").split("\0")
        runs = [run(before)]
        for index, place in enumerate(places):
            runs += [*([run(", ")] if index else []), *place]
        kept = [] if section.paragraphs else [element("w:keepNext")]
        self._add(paragraph("Normal", *runs, run(after), properties=kept))

    def figure(self, figure: Figure) -> None:
        """Write a picture with its caption below."""
        drawing = figure.drawing
        path = self._figures / f"{drawing.id}.png"
        relation, _ = self._part.get_or_add_image(str(path))
        self._pictures += 1
        room = (_ROOM[0], _ROOM[1] - _CAPTION_HEIGHT)
        shown = picture(drawing, path.read_bytes(), relation, self._pictures, room)
        self._add(self._look.paragraph(CAPTION, [shown], keep=True))
        words = (drawing.title, phrase(drawing.caption) if drawing.caption else Phrase())
        mark = self._mark("Figure", figure.id)
        self._add(caption(FIGURE, str(figure.number), words, self._look, mark))

    def table(self, shown: NumberedTable) -> None:
        """Write a table with its caption above, on its side if it is too wide."""
        wide = is_wide_if_smaller(shown.table, _ROOM[0])
        self._turn(on=wide)
        for made in (self._caption(shown), *self._table(shown, _ROOM[1] if wide else _ROOM[0])):
            self._section.addprevious(made)

    def _caption(self, shown: NumberedTable) -> Element:
        if shown.number is None:
            bold = run(f"{shown.table.title}.", element("w:b"))
            return self._look.paragraph(CAPTION, [bold], keep=True)
        mark = self._mark("Table", shown.id)
        words = (shown.table.title, Phrase())
        return caption(TABLE, shown.label, words, self._look, mark)

    def _table(self, shown: NumberedTable, room: float) -> list[Element]:
        return [*table_elements(shown.table, self._look, room), paragraph("Small")]

    def _turn(self, *, on: bool) -> None:
        """Begin pages on their side, or upright ones again."""
        if on == self._turned:
            return
        last = self._section.getprevious()
        while on and last is not None and _style(last).startswith(_HEADING):
            last = last.getprevious()
        if last is not None:
            _end_section(last, self._section, turned=self._turned)
        self._turned = on

    def finish(self) -> None:
        """Write the contents, and the last section."""
        self._turn(on=False)
        if self._contents is not None:
            for made in _contents(self._headings):
                self._contents.addprevious(made)
            self._contents.getparent().remove(self._contents)


def _row(*cells: Element) -> Element:
    return element("w:tr", None, element("w:trPr", None, element("w:cantSplit")), *cells)


def _pair(name: str, fact: str, *look: Element) -> Element:
    """Make a row of a name, bold if it has no look of its own, and a fact."""
    named = run(name, *(deepcopy(look) or (element("w:b"),)))
    return _row(_fact([named], _FACTS[0]), _fact([run(fact, *look)], _FACTS[1]))


def _fact(runs: Sequence[Element], width: int, columns: int = 1) -> Element:
    """Make a cell; one over several columns stays on the page of the row below."""
    over = [element("w:gridSpan", {"w:val": columns})] if columns > 1 else []
    held = element("w:tcPr", None, element("w:tcW", {"w:w": width, "w:type": "dxa"}), *over)
    look = [element("w:keepNext"), element("w:spacing", {"w:before": 120})] if over else []
    return element("w:tc", None, held, paragraph(TEXT, *runs, properties=look))


def _listed(references: Sequence[list[Element]]) -> list[list[Element]]:
    """Name the things of a series one by one, or the first and the last of many."""
    if len(references) <= _MOST_NAMED:
        return list(references)
    between = word("{first} to {last}", first="\0", last="\0").split("\0")
    before, middle, after = ([run(text)] if text else [] for text in between)
    return [[*before, *references[0], *middle, *references[-1], *after]]


def _style(made: Element) -> str:
    style = made.find(f"{name_of('w:pPr')}/{name_of('w:pStyle')}")
    return "" if style is None else str(style.get(name_of("w:val")))


def _end_section(last: Element, section: Element, *, turned: bool) -> None:
    """End a section of pages with a paragraph, as Word has it."""
    ended = deepcopy(section)
    if turned:
        size = ended.find(name_of("w:pgSz"))
        width, height = (size.get(name_of(side)) for side in ("w:w", "w:h"))
        size.set(name_of("w:w"), height)
        size.set(name_of("w:h"), width)
        size.set(name_of("w:orient"), "landscape")
    line = {"w:before": 0, "w:after": 0, "w:line": 20, "w:lineRule": "exact"}
    # a paragraph of its own: LibreOffice loses the bookmarks of one that ends a section
    last.addnext(paragraph(None, properties=[element("w:spacing", line), ended]))


def _contents(headings: Sequence[tuple[str, str]]) -> list[Element]:
    """Write the contents as a field of Word; without numbers of pages, which only Word knows."""
    lines = [
        [element("w:hyperlink", {"w:anchor": mark, "w:history": 1}, run(title))]
        for title, mark in headings
    ]
    # the field begins before the first line and ends behind the last
    *begin, _, end = field('TOC \\o "1-1" \\h \\z \\n', "")
    if lines:
        lines[0] = [*begin, *lines[0]]
        lines[-1] = [*lines[-1], end]
    return [paragraph("toc1", *line) for line in lines]
