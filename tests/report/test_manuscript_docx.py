from __future__ import annotations

import pytest
from docx.oxml import parse_xml
from lxml import etree

from atrisk.errors import InputError
from atrisk.report.manuscript import fill_template
from report import manuscript_kit as kit
from report.word_schema import disorder

W = kit.WORD
NS = {"w": W[1:-1], "a": "http://schemas.openxmlformats.org/drawingml/2006/main"}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return kit.source(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """The same study with another median."""
    return kit.source(tmp_path_factory.mktemp("later"), kit.document(median=2000.0))


def filled(made, source, name="paper.docx"):
    held = made if isinstance(made, bytes) else kit.saved(made)
    return fill_template(held, name, source)


def problem(made, source):
    with pytest.raises(InputError) as raised:
        filled(made, source)
    return str(raised.value)


def test_a_field_cut_into_runs_has_the_look_of_the_first(source):
    made = kit.word_template(["Median {", "{ os.", "median", " }", "} years, N = {{os.n}}."])
    runs = made.paragraphs[0].runs
    runs[0].bold, runs[1].italic = True, True
    held = filled(made, source)
    assert kit.texts(held) == ["Median 4.93 years, N = 12,345."]
    control = next(kit.opened(held).element.body.iter(f"{W}sdt"))
    assert kit.text_of(control) == "4.93"
    assert control.find(".//w:b", NS) is not None
    assert control.find(".//w:i", NS) is None


def test_text_around_a_field_keeps_its_look_and_what_is_in_it(source):
    made = kit.word_template(["a\tb {{ os.n }} c\nd"])
    made.paragraphs[0].runs[0].italic = True
    held = filled(made, source)
    assert kit.texts(held) == ["a\tb 12,345 c\nd"]
    runs = list(kit.opened(held).element.body.iter(f"{W}r"))
    assert all(run.find("w:rPr/w:i", NS) is not None for run in runs)


def test_tags_are_the_fields(source):
    long = "cox.univariable.waiting.p_value | p"
    name = f"{{{{ {long} }}}}"
    held = filled(kit.word_template("{{os.median|ci}} {{ text.os }}", name), source)
    assert kit.tags(held) == ["{{ os.median | ci }}", "{{ text.os }}", name]


def test_a_field_too_long_for_a_tag_is_filled_again(source):
    values = dict(source.document["values"])
    key = "os." + "a_level_with_a_very_long_name_that_goes_on." * 2 + "n"
    values[key] = {"value": 5, "unit": "patients", "printed": "5"}
    wide = type(source)(source.report, {**source.document, "values": values}, source.figures)
    held = filled(kit.word_template(f"{{{{ {key} }}}}"), wide)
    assert all(len(tag) <= 64 for tag in kit.tags(held))
    values[key] = {"value": 6, "unit": "patients", "printed": "6"}
    assert kit.texts(filled(held, wide)) == ["6"]


def test_a_filled_document_that_was_edited_is_filled_again(source, later):
    made = kit.word_template(
        "Survival was {{ os.median | ci }}.",
        "{{ text.os }}",
        "{{ table.table1 }}",
        "{{ figure.os }}",
    )
    first = filled(made, source)
    assert "4.93" in "".join(kit.texts(first))
    edited = kit.opened(first)
    edited.paragraphs[0].runs[0].text = "Patients lived for "
    edited.paragraphs[0].add_run(" This sentence is new.")
    second = filled(edited, later)
    texts = kit.texts(second)
    assert texts[0].startswith("Patients lived for 5.48 (95%")
    assert texts[0].endswith(". This sentence is new.")
    assert "4.93" not in texts[0]
    said = next(s for s in later.report.sections if s.id == "os").paragraphs
    assert texts[1 : 1 + len(said)] == [p.plain for p in said]
    assert kit.tags(second) == kit.tags(first)


def test_the_same_is_filled_to_the_same_bytes(source):
    made = kit.saved(kit.word_template("{{ os.n }}", "{{ figure.os }}", "{{ table.table1 }}"))
    first = filled(made, source)
    assert first == filled(made, source)
    assert first == filled(first, source)


def test_nothing_else_of_the_package_is_touched(source):
    made = kit.word_template("{{ os.n }}")
    made.add_picture(str(source.figures / "os.png"))
    made.add_comment(made.paragraphs[0].runs, text="a comment {{ os.n }}", author="A")
    made.sections[0].footer.paragraphs[0].text = "page"
    held = kit.saved(made)
    before, after = kit.parts(held), kit.parts(filled(held, source))
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == ["word/document.xml"]


def test_a_figure_adds_its_picture_once_and_takes_it_away(source):
    held = kit.saved(kit.word_template("{{ figure.os }}"))
    before, after = kit.parts(held), kit.parts(filled(held, source))
    assert set(after) - set(before) == {"word/media/atrisk_os.png"}
    assert after["word/media/atrisk_os.png"] == (source.figures / "os.png").read_bytes()
    changed = [name for name in before if before[name] != after[name]]
    assert sorted(changed) == [
        "[Content_Types].xml",
        "word/_rels/document.xml.rels",
        "word/document.xml",
    ]
    opened = kit.opened(filled(held, source))
    shown = next(opened.element.body.iter(f"{{{NS['a']}}}blip"))
    embedded = next(iter(shown.attrib.values()))
    assert opened.part.related_parts[embedded].blob == after["word/media/atrisk_os.png"]
    control = opened.element.body.find("w:sdt", NS)
    control.find("w:sdtPr/w:tag", NS).set(f"{W}val", "{{ figure.ci }}")
    gone = kit.parts(filled(opened, source))
    pictures = [name for name in gone if name.startswith("word/media/")]
    assert pictures == ["word/media/atrisk_ci.png"]


def test_a_figure_has_its_words_and_caption(source):
    held = filled(kit.word_template("{{ figure.os }}"), source)
    drawing = source.pictures["os"].drawing
    about = kit.opened(held).element.body.find(".//{*}docPr")
    assert (about.get("descr"), about.get("title")) == (drawing.words, drawing.title)
    assert kit.texts(held)[1] == f"Figure 1. {drawing.title}. {drawing.caption}"


def test_a_table_is_a_table_of_word(source):
    held = filled(kit.word_template("{{ table.table1 }}", "see {{ ref.table.table1 }}"), source)
    table = source.tables["table1"].table
    shown = kit.opened(held).element.body.find(".//w:tbl", NS)
    rows = [[kit.text_of(cell) for cell in row.iter(f"{W}tc")] for row in shown.iter(f"{W}tr")]
    assert rows[0] == [table.stub, *(head.plain for head in table.columns)]
    assert [row[0] for row in rows[1:]] == [str(row.label) for row in table.rows]
    assert kit.texts(held)[0] == "Table 1. Patients."
    assert "see Table 1" in kit.texts(held)


def test_fields_in_cells_headers_and_notes_are_filled(source):
    made = kit.word_template("x")
    cell = made.add_table(1, 1).cell(0, 0)
    cell.text = "{{ text.os }}"
    made.sections[0].header.paragraphs[0].text = "N = {{ os.n }}"
    made.sections[0].footer.paragraphs[0].text = "{{ study.title }}"
    held = filled(made, source)
    opened = kit.opened(held)
    assert kit.text_of(opened.sections[0].header._element) == "N = 12,345"
    assert kit.text_of(opened.sections[0].footer._element) == source.report.study["title"]
    shown = opened.tables[0].cell(0, 0)._tc
    assert shown[-1].tag == f"{W}p"
    said = next(s for s in source.report.sections if s.id == "os").paragraphs
    assert kit.text_of(shown) == "".join(p.plain for p in said)


def test_fields_in_footnotes_are_filled(source):
    held = kit.parts(kit.saved(kit.word_template("x")))
    note = (
        f'<w:footnotes xmlns:w="{NS["w"]}"><w:footnote w:id="2"><w:p><w:r><w:t>{{{{ os.n }}}}'
        "</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    held["word/footnotes.xml"] = note.encode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    link = f'<Relationship Id="rIdN" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    name = "word/_rels/document.xml.rels"
    held[name] = held[name].replace(b"</Relationships>", link.encode())
    after = kit.parts(filled(kit.zipped(held), source))
    assert kit.text_of(parse_xml(after["word/footnotes.xml"])) == "12,345"


def test_bad_fields_are_told_with_their_paragraphs(source):
    made = kit.word_template(
        "fine {{ os.n }}", "The median was {{ os.meidan }} and {{ os.n", "a {{ table.table1 }} b"
    )
    made.sections[0].header.paragraphs[0].text = "{{ table.table1 }}"
    said = problem(made, source).split("\n")
    assert said[0].startswith("paper.docx has 4 fields that cannot be filled")
    assert 'paragraph 2 ("The median was {{ os.meidan }} and {{ os…")' in said[1]
    assert any("needs a paragraph of its own" in line for line in said)
    assert any("header1.xml" in line and "in the text only" in line for line in said)


def test_a_field_over_the_edge_of_a_link_is_told(source):
    made = kit.word_template(["a {{ os", ".n }}"])
    run = made.paragraphs[0].runs[1]._r
    link = parse_xml(f'<w:hyperlink xmlns:w="{NS["w"]}" w:anchor="x"/>')
    run.addprevious(link)
    link.append(run)
    assert "over the edge of a link" in problem(made, source)


def test_a_paragraph_that_ends_a_section_keeps_it(source):
    made = kit.word_template("{{ table.table1 }}")
    made.add_section()
    made.add_paragraph("next")
    held = filled(made, source)
    assert len(kit.opened(held).sections) == 2


def test_a_synthetic_study_says_so_until_it_is_none(source, tmp_path):
    synthetic = kit.source(tmp_path, kit.document(synthetic=True))
    held = filled(kit.word_template("N = {{ os.n }}"), synthetic)
    assert kit.texts(held)[0].startswith("Synthetic data. These patients are made up.")
    assert filled(held, synthetic) == held
    assert kit.texts(filled(held, source)) == ["N = 12,345"]


def test_other_content_controls_are_left_alone(source):
    made = kit.word_template("x")
    control = (
        f'<w:sdt xmlns:w="{NS["w"]}"><w:sdtPr><w:tag w:val="mine"/></w:sdtPr><w:sdtContent>'
        "<w:p><w:r><w:t>my {{ os.n }}</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    made.paragraphs[0]._p.addnext(parse_xml(control))
    held = filled(made, source)
    assert kit.texts(held) == ["x", "my 12,345"]
    assert kit.tags(held) == ["mine", "{{ os.n }}"]


def test_the_xml_is_well_formed_and_pictures_have_their_own_numbers(source):
    made = kit.word_template("{{ figure.os }}", "{{ figure.ci }}", "{{ figure.os }}")
    made.add_picture(str(source.figures / "os.png"))
    held = filled(made, source)
    for name, part in kit.parts(held).items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(part)
    numbers = [found.get("id") for found in kit.opened(held).element.body.iter("{*}docPr")]
    assert len(numbers) == len(set(numbers)) == 4


def spliced(made, old, new):
    """Replace text in the main part of a document."""
    held = kit.parts(kit.saved(made))
    assert old.encode() in held["word/document.xml"]
    held["word/document.xml"] = held["word/document.xml"].replace(old.encode(), new.encode())
    return kit.zipped(held)


def test_a_field_among_the_marks_of_word_processors_is_filled(source):
    # empty runs, marks of the spelling checker and of pages, as LibreOffice and Word save them
    made = kit.word_template("N = {{ os.XX")
    marks = (
        '{{ os.</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr></w:rPr></w:r>'
        "<w:r><w:rPr><w:b/></w:rPr><w:lastRenderedPageBreak/><w:t>n</w:t></w:r>"
        '<w:proofErr w:type="spellEnd"/><w:bookmarkStart w:id="7" w:name="x"/>'
        '<w:r><w:t xml:space="preserve"> }}</w:t></w:r><w:bookmarkEnd w:id="7"/><w:r><w:t>'
    )
    held = filled(spliced(made, "{{ os.XX", marks), source)
    assert kit.texts(held) == ["N = 12,345"]
    names = [mark.get(f"{W}name") for mark in kit.opened(held).element.iter(f"{W}bookmarkStart")]
    assert names == ["x"]


def test_fields_in_a_text_box_are_filled_in_both_of_its_forms(source):
    box = (
        "</w:t></w:r><w:r><mc:AlternateContent"
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="wps"><w:drawing><w:txbxContent>PARAGRAPH</w:txbxContent></w:drawing>'
        "</mc:Choice><mc:Fallback><w:pict><w:txbxContent>PARAGRAPH</w:txbxContent></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>"
    ).replace("PARAGRAPH", "<w:p><w:r><w:t>in {{ os.n }}</w:t></w:r></w:p>")
    held = filled(spliced(kit.word_template("out {{ os.n }}XX"), "XX", box), source)
    assert kit.texts(held)[1:] == ["in 12,345", "in 12,345"]
    assert kit.texts(held)[0].startswith("out 12,345")


def test_tracked_changes_are_kept(source):
    made = kit.word_template("a {{ os.n }}XX")
    changes = (
        '</w:t></w:r><w:ins w:id="1" w:author="A" w:date="2024-01-01T00:00:00Z"><w:r><w:t>new'
        ' {{ os.n }}</w:t></w:r></w:ins><w:del w:id="2" w:author="A"'
        ' w:date="2024-01-01T00:00:00Z"><w:r><w:delText>old {{ os.gone }}</w:delText></w:r></w:del>'
        "<w:r><w:t>"
    )
    held = filled(spliced(made, "XX", changes), source)
    body = kit.opened(held).element.body
    assert kit.text_of(body) == "a 12,345new 12,345"
    assert kit.text_of(body.find(f".//{W}ins")) == "new 12,345"
    assert body.find(f".//{W}delText").text == "old {{ os.gone }}"


def test_a_document_that_has_lost_its_fields_is_told(source):
    # some programs save a filled document without the tags of its content controls
    said = problem(kit.word_template("N = 12,345"), source)
    assert "has no field such as {{ population.rows_used }}" in said


@pytest.mark.parametrize("held", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
def test_an_encrypted_or_empty_document_is_told(source, held):
    assert "without a password" in problem(held, source)


def test_what_is_put_in_has_the_order_of_the_schema(source):
    made = kit.word_template(
        "{{ os.median | ci }}", "{{ table.table1 }}", "{{ figure.os }}", "{{ text.os }}"
    )
    held = filled(made, source)
    assert disorder(kit.parts(held)["word/document.xml"]) == []


def test_a_table_of_the_supplement_has_its_letter(source):
    held = filled(kit.word_template("{{ table.cox_fits }}", "{{ ref.table.cox_fits }}"), source)
    assert kit.texts(held)[0].startswith("Table S1. ")
    assert kit.texts(held)[-1] == "Table S1"
