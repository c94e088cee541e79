from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from lxml import etree

from atrisk.report.docx import write_docx
from atrisk.report.docx_widths import (
    column_widths,
    fitted,
    is_wide,
    is_wide_if_smaller,
    type_size,
)
from atrisk.report.language import using
from atrisk.report.tables import Row, Table, footnotes
from atrisk.report.values import Number, phrase
from report import documents
from report import manuscript_kit as kit
from report.word_schema import disorder

W = kit.WORD
NS = {"w": W[1:-1]}
ROOM = 174.0


def made(tmp_path, results):
    source = kit.source(tmp_path, results)
    path = write_docx(source.report, tmp_path / "report.docx", tmp_path)
    return source.report, path.read_bytes()


@pytest.fixture(scope="module", params=["common", "crowded"])
def report(request, tmp_path_factory):
    results = kit.document() if request.param == "common" else documents.crowded()
    return made(tmp_path_factory.mktemp(request.param), results)


def test_every_table_is_there_cell_by_cell(report):
    described, held = report
    shown = [rows_of(table) for table in kit.opened(held).element.body.iter(f"{W}tbl")]
    for table in (numbered.table for numbered in described.tables() if numbered.table.rows):
        heads, rows = [head.plain for head in table.columns], [cells_of(row) for row in table.rows]
        found = [t for t in shown if t[-len(rows) :] == rows]
        assert found, table.id
        head = found[0][len(found[0]) - len(rows) - 1]
        assert head[1:] == heads


def rows_of(table):
    return [[cell_text(cell) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")]


def cell_text(cell):
    """Give a cell's text without the raised letters of footnotes."""
    runs = [run for run in cell.iter(f"{W}r") if run.find("w:rPr/w:vertAlign", NS) is None]
    return "".join(kit.text_of(run) for run in runs)


def cells_of(row):
    return [str(row.label), *(words.plain for words in row.cells)]


def test_every_sentence_and_note_is_there(report):
    described, held = report
    texts = kit.texts(held)
    said = [p.plain for section in described.sections for p in section.paragraphs]
    said += [p.plain for p in described.methods_text]
    assert not [words for words in said if words not in texts]
    notes = [text for t in described.tables() if t.table.rows for _, text in footnotes(t.table)]
    assert not [note for note in notes if not any(text.endswith(note) for text in texts)]
    whole = "\n".join(texts)
    assert not [n for n in described.numbers() if n.text not in whole]


def test_parts_are_well_formed_and_open_again(report):
    _, held = report
    for name, part in kit.parts(held).items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(part)
    assert kit.opened(held).paragraphs


def test_bookmarks_are_unique_and_references_have_their_target(report):
    _, held = report
    body = kit.opened(held).element.body
    marks = list(body.iter(f"{W}bookmarkStart"))
    for key in ("name", "id"):
        found = [mark.get(f"{W}{key}") for mark in marks]
        assert len(found) == len(set(found))
    names = {mark.get(f"{W}name") for mark in marks}
    asked = {text.text.split()[1] for text in body.iter(f"{W}instrText") if " REF " in text.text}
    asked |= {link.get(f"{W}anchor") for link in body.iter(f"{W}hyperlink")}
    assert asked
    assert asked <= names


def test_captions_are_counted_by_word_and_have_their_numbers(report):
    described, held = report
    texts = kit.texts(held)
    for figure in described.figures():
        assert f"Figure {figure.number}. {figure.drawing.title}. {figure.drawing.caption}" in texts
    for shown in described.tables():
        if shown.number is not None:
            assert f"Table {shown.label}. {shown.table.title}." in texts
    asked = [part.text for part in kit.opened(held).element.body.iter(f"{W}instrText")]
    assert asked.count(" SEQ Figure \\* ARABIC ") == len(list(described.figures()))
    labels = [shown.label for shown in described.tables() if shown.label]
    supplement = [label for label in labels if label.startswith("S")]
    assert asked.count(" SEQ Table_S \\* ARABIC ") == len(supplement)
    assert asked.count(" SEQ Table \\* ARABIC ") == len(labels) - len(supplement)


def counted(held, series):
    """Give the numbers that Word would count, in the order in which they stand."""
    shown = []
    for found in kit.opened(held).element.body.iter(f"{W}p"):
        asked = [part.text for part in found.iter(f"{W}instrText")]
        if any(text == f" SEQ {series} \\* ARABIC " for text in asked):
            words = kit.text_of(found).split(".")[0]
            shown.append(int("".join(letter for letter in words if letter.isdigit())))
    return shown


def test_numbers_are_those_that_word_counts(report):
    _, held = report
    for series in ("Table", "Table_S", "Figure"):
        shown = counted(held, series)
        assert shown == list(range(1, len(shown) + 1))
        assert shown or series == "Table_S"


def test_tables_of_the_supplement_stand_behind_its_heading(tmp_path):
    described, held = made(tmp_path, documents.crowded())
    own = [shown for shown in described.tables() if shown.label.startswith("S")]
    assert own
    texts = kit.texts(held)
    begins = max(place for place, text in enumerate(texts) if text == "Supplement")
    for shown in described.tables():
        if shown.label:
            place = texts.index(f"Table {shown.label}. {shown.table.title}.")
            assert (place > begins) == (shown in own)


def test_a_section_leads_to_its_tables_in_the_supplement(tmp_path):
    described, held = made(tmp_path, documents.crowded())
    section = next(s for s in described.sections if any(t.label[:1] == "S" for t in s.tables))
    labels = [t.label for t in section.tables if t.label.startswith("S")]
    seen = [text for text in kit.texts(held) if text.startswith("See ")]
    assert any(f"Table {labels[0]}" in text for text in seen)


def test_the_order_of_elements_is_that_of_the_schema(report):
    _, held = report
    parts = kit.parts(held)
    names = [name for name in parts if name.startswith("word/") and name.endswith(".xml")]
    assert {"word/document.xml", "word/styles.xml"} <= set(names)
    looked_at = [name for name in names if "theme" not in name and "/glossary" not in name]
    assert {name: found for name in looked_at if (found := disorder(parts[name]))} == {}


def test_methods_done_in_the_same_way_stand_together(tmp_path):
    results = documents.document(documents.survival("os"), documents.survival("dfs"))
    source = kit.source(tmp_path, results)
    one, other = source.report.methods
    same = replace(source.report, methods=(one, replace(other, lines=one.lines)))
    held = write_docx(same, tmp_path / "report.docx", tmp_path).read_bytes()
    assert f"{one.title}; {other.title}" in kit.texts(held)


def test_fields_begin_and_end(report):
    _, held = report
    kinds = [mark.get(f"{W}fldCharType") for mark in kit.opened(held).element.iter(f"{W}fldChar")]
    assert kinds == ["begin", "separate", "end"] * (len(kinds) // 3)


def test_pictures_have_words_and_fit_the_page(report):
    described, held = report
    shown = list(kit.opened(held).element.body.iter("{*}docPr"))
    words = [figure.drawing.words for figure in described.figures()]
    assert [part.get("descr") for part in shown] == words
    widths = [int(part.get("cx")) / 36_000 for part in kit.opened(held).element.iter("{*}extent")]
    assert all(0 < width <= ROOM for width in widths)


def test_no_table_is_wider_than_its_page(report):
    _, held = report
    for table in kit.opened(held).element.body.iter(f"{W}tbl"):
        width = sum(int(column.get(f"{W}w")) for column in table.iter(f"{W}gridCol"))
        section = table.xpath("following::w:sectPr[1]")[0]
        page, margin = section.find("w:pgSz", NS), section.find("w:pgMar", NS)
        room = int(page.get(f"{W}w")) - sum(int(margin.get(f"{W}{s}")) for s in ("left", "right"))
        assert width <= room + 20
        head = table.find("w:tr", NS)
        if head.find("w:trPr/w:tblHeader", NS) is None:
            assert len(table.findall("w:tblGrid/w:gridCol", NS)) == 2
        for row in table.iter(f"{W}tr"):
            assert row.find("w:trPr/w:cantSplit", NS) is not None


def test_the_contents_are_the_headings(report):
    _, held = report
    body = kit.opened(held).element.body
    lines = [
        kit.text_of(found)
        for found in body.iter(f"{W}p")
        if found.find("w:pPr/w:pStyle[@w:val='toc1']", NS) is not None
    ]
    heads = [
        kit.text_of(found)
        for found in body.iter(f"{W}p")
        if found.find("w:pPr/w:pStyle[@w:val='Heading1']", NS) is not None
    ]
    assert lines == heads


def test_every_style_that_is_used_exists(report):
    _, held = report
    opened = kit.opened(held)
    known = {style.style_id for style in opened.styles}
    used = {part.get(f"{W}val") for part in opened.element.body.iter(f"{W}pStyle")}
    assert used <= known


def test_two_writings_give_the_same_bytes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    results = kit.document()
    assert made(tmp_path / "a", results)[1] == made(tmp_path / "b", results)[1]


def test_synthetic_data_are_named_on_every_page(tmp_path):
    (tmp_path / "real").mkdir()
    synthetic = kit.opened(made(tmp_path, kit.document(synthetic=True))[1])
    real = kit.opened(made(tmp_path / "real", kit.document())[1])
    shown = [document.sections[0].header.paragraphs[0].text for document in (synthetic, real)]
    assert shown == ["Synthetic data: these patients are made up.", ""]
    assert synthetic.core_properties.comments == "Synthetic data."


@pytest.mark.parametrize(
    ("code", "region", "first"), [("de", "de-DE", "Tabelle"), ("it", "it-IT", "Tabella")]
)
def test_the_language_is_that_of_the_report(tmp_path, code, region, first):
    with using(code):
        source = kit.source(tmp_path)
    path = write_docx(source.report, tmp_path / "report.docx", tmp_path)
    held = path.read_bytes()
    assert any(text.startswith(f"{first} 1. ") for text in kit.texts(held))
    opened = kit.opened(held)
    assert opened.core_properties.language == region
    assert opened.styles.element.find(".//w:lang", NS).get(f"{W}val") == region
    asked = [part.text for part in opened.element.body.iter(f"{W}instrText")]
    assert f" SEQ {first} \\* ARABIC " in asked


def test_nothing_tells_when_it_was_written(tmp_path):
    held = made(tmp_path, kit.document())[1]
    with zipfile.ZipFile(io.BytesIO(held)) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    core = kit.parts(held)["docProps/core.xml"]
    assert b"created" not in core
    assert b"modified" not in core


def table(columns, *, text=(), rows=3, level=0, cell="11.2 (7.6-37.1)", label="Label"):
    heads = tuple(phrase(f"Head {index}") for index in range(columns))
    cells = tuple(phrase(Number("k", cell)) for _ in range(columns))
    lines = tuple(Row(label, cells, level) for _ in range(rows))
    return Table(id="t", title="T", stub="Stub", columns=heads, rows=lines, text_columns=text)


def test_a_narrow_table_has_the_widths_of_its_words():
    few = column_widths(table(2), ROOM)
    assert sum(few) < ROOM
    assert few[1] == few[2]
    assert column_widths(table(2, cell="11.2 (7.6-37.1), more"), ROOM)[1] > few[1]
    assert column_widths(table(2, level=2), ROOM)[0] > few[0]


def test_a_heading_over_all_columns_has_its_line():
    few = table(1)
    headed = replace(few, rows=(Row("A heading that is longer than all of the table"), *few.rows))
    assert sum(column_widths(headed, ROOM)) > 1.5 * sum(column_widths(few, ROOM))
    assert sum(column_widths(headed, 40.0)) <= 40.0


def test_words_give_way_before_numbers():
    long = table(3, text=(2,), cell="words that are long " * 4)
    widths = column_widths(long, ROOM)
    assert sum(widths) == pytest.approx(ROOM)
    mixed = table(6, label="A label of many words that can be broken well enough")
    assert column_widths(mixed, ROOM)[1] == column_widths(table(2), ROOM)[1]


def test_a_table_too_wide_for_the_page_is_turned_and_set_smaller():
    assert not is_wide(table(4), ROOM)
    assert is_wide(table(9), ROOM)
    assert type_size(table(4), ROOM) is None
    assert type_size(table(16, cell="unbreakable"), ROOM) < 8.5
    assert sum(column_widths(table(16, cell="unbreakable"), ROOM)) == pytest.approx(ROOM)


def test_a_table_that_fits_in_smaller_type_is_not_turned():
    points, widths = fitted(table(7), ROOM)
    assert is_wide(table(7), ROOM)
    assert not is_wide_if_smaller(table(7), ROOM)
    assert 7.0 <= points < 8.5
    assert sum(widths) <= ROOM
    assert fitted(table(4), ROOM) == (None, column_widths(table(4), ROOM))


def test_the_supplement_is_set_in_small_type():
    assert fitted(replace(table(2), supplement=True), ROOM)[0] == 7.5
    assert fitted(replace(table(2), listing=True), ROOM)[0] == 7.5


def test_columns_of_words_take_about_as_many_lines():
    short, long = "a few words " * 4, "many more words " * 20
    rows = tuple(Row("Label", (phrase(short), phrase(long))) for _ in range(3))
    mixed = replace(table(2), rows=rows, text_columns=(0, 1))
    widths = column_widths(mixed, ROOM)
    assert sum(widths) == pytest.approx(ROOM)
    assert widths[2] > 3 * widths[1]


def test_a_wide_table_stands_on_a_page_on_its_side(tmp_path):
    names = tuple(f"A group with a name {index}" for index in range(12))
    results = documents.document(documents.described(names=names))
    described, held = made(tmp_path, results)
    assert any(is_wide_if_smaller(shown.table, ROOM) for shown in described.tables())
    pages = [section.orientation for section in kit.opened(held).sections]
    assert len(set(pages)) == 2
    assert pages[-1] == 0


def test_a_wrong_order_of_elements_is_found():
    held = (
        f'<w:body xmlns:w="{NS["w"]}"><w:p><w:pPr><w:jc/><w:keepNext/></w:pPr></w:p>'
        "<w:tbl><w:tr><w:tc><w:tcPr/></w:tc></w:tr></w:tbl><w:sectPr/></w:body>"
    )
    assert disorder(held.encode()) == [
        "pPr: jc keepNext",
        "tc: it does not end in a paragraph",
    ]


@pytest.mark.parametrize("code", ["de", "it"])
def test_every_number_is_there_in_every_language(tmp_path, code):
    with using(code):
        source = kit.source(tmp_path)
    path = write_docx(source.report, tmp_path / "report.docx", tmp_path)
    whole = "\n".join(kit.texts(path.read_bytes()))
    numbers = list(source.report.numbers())
    assert len(numbers) > 50
    assert not [number.key for number in numbers if number.text not in whole]


def test_a_lot_of_tables_of_a_series_are_named_from_the_first_to_the_last(tmp_path):
    described, held = made(tmp_path, kit.document())
    section = next(s for s in described.sections if s.id == "cox")
    labels = [t.label for t in section.tables if t.table.supplement]
    assert len(labels) > 2
    seen = next(text for text in kit.texts(held) if text.startswith("See ") and labels[0] in text)
    assert f"Table {labels[0]} to Table {labels[-1]}." in seen
    assert labels[1] not in seen
