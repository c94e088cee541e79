from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.report.language import using
from atrisk.report.manuscript import Source, fill_template, fill_templates
from atrisk.report.manuscript_fields import fields_in
from report import manuscript_kit as kit

NB = "\N{NO-BREAK SPACE}"
DASH = "\N{EN DASH}"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return kit.source(tmp_path_factory.mktemp("figures"))


def filled(text, source, name="paper.md"):
    return fill_template(text.encode("utf-8"), name, source).decode("utf-8")


def problem(text, source, name="paper.md"):
    with pytest.raises(InputError) as raised:
        filled(text, source, name)
    return str(raised.value)


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("os.overall.median.estimate", "4.93"),
        ("os.median", "4.93"),
        ("os.g0.median", "4.93"),
        ("os.median | ci", f"4.93 (95%{NB}CI 1.40{DASH}6.02)"),
        ("os.median | unit", f"4.93{NB}years"),
        ("os.median|unit |ci", f"4.93{NB}years (95%{NB}CI 1.40{DASH}6.02)"),
        ("os.g1.median | ci", f"2.46 (95%{NB}CI 2.22 to not reached)"),
        ("os.1_year", "64.3"),
        ("os.1_year | unit | ci", f"64.3% (95%{NB}CI 54.3{DASH}74.3)"),
        ("os.1_year.at_risk", "12"),
        ("os.median | n", "12,345"),
        ("os.logrank | p", f"P{NB}={NB}0.012"),
        ("os.logrank.p_value", "0.012"),
        ("table1.age.median | range | unit", f"28.5{NB}years (range 7{DASH}52)"),
        ("table1.age.median | iqr", f"28.5 (IQR 21.00{DASH}35.25)"),
        ("table1.sex.f.count | percent", "57 (41.6%)"),
        ("study.title", "Étude <b>R&D</b> “é”"),
        ("population.rows_used", "3"),
        ("os.g1.median | ci | unit", f"2.46{NB}years (95%{NB}CI 2.22 to not reached)"),
    ],
)
def test_a_field_is_the_printed_number(source, field, shown):
    assert filled(f"a {{{{ {field} }}}} z", source) == f"a {shown} z"
    assert filled(f"a {{{{{field}}}}} z", source, "paper.txt") == f"a {shown} z"


def test_a_variable_with_one_level_to_compare_stands_for_that_level(source):
    node = next(a for a in source.document["analyses"] if a["id"] == "cox")
    model = node["models"][0]["id"]
    key = f"cox.{model}.mtx_l1.ratio"
    assert (
        filled(f"{{{{ cox.{model}.mtx.ratio }}}}", source)
        == source.document["values"][key]["printed"]
    )
    assert filled(f"{{{{ cox.{model}.mtx }}}}", source) == source.document["values"][key]["printed"]


def test_an_interval_and_its_p_value_share_brackets(source):
    values, prefix = source.document["values"], "cox.univariable.mtx_l1"
    ratio, low, high, p = (
        values[f"{prefix}.{part}"]["printed"] for part in ("ratio", "lower", "upper", "p_value")
    )
    shown = filled("{{ cox.univariable.mtx | ci | p }}", source)
    assert shown.startswith(f"{ratio} (95%{NB}CI {low}{DASH}{high}; P{NB}")
    assert shown.endswith(f"{p})")


def test_a_power_of_ten_has_a_multiplication_sign_and_percent_is_a_sign(source):
    values = dict(source.document["values"])
    values["table1.wbc.overall.median"] = {"value": 5.9, "unit": "10⁹/L", "printed": "5.9"}
    values["table1.blasts.overall.median"] = {"value": 30, "unit": "%", "printed": "30"}
    changed = Source(source.report, {**source.document, "values": values}, source.figures)
    times = "\N{MULTIPLICATION SIGN}"
    assert filled("{{ table1.wbc.median | unit }}", changed) == f"5.9{NB}{times}{NB}10⁹/L"
    assert filled("{{ table1.blasts.median | unit }}", changed) == "30%"


def test_a_count_of_a_proportion_has_its_percentage(source):
    values = dict(source.document["values"])
    values["mrd.negative.overall.events"] = {"value": 26, "unit": "patients", "printed": "26"}
    share = {"value": 0.59, "unit": "proportion", "printed": "59.1"}
    values["mrd.negative.overall.estimate"] = share
    node = {"id": "mrd", "overall": {"id": "overall", "label": "All"}, "conf_level": 0.95}
    document = {
        **source.document,
        "values": values,
        "analyses": [*source.document["analyses"], node],
    }
    changed = Source(source.report, document, source.figures)
    assert filled("{{ mrd.negative.events | percent }}", changed) == "26 (59.1%)"


def test_a_short_name_that_may_be_several_numbers_lists_them(source):
    said = problem("{{ cox.univariable.group }}", source)
    assert "'cox.univariable.group_l1.ratio', 'cox.univariable.group_l2.ratio'" in said
    assert "may be any of 'cox." in problem("{{ cox.mtx }}", source)


def test_numbers_have_the_text_of_the_report(source):
    printed = {n.key: n.text for n in source.report.numbers() if n.missing is None}
    assert len(printed) > 50
    for key, text in printed.items():
        assert filled(f"{{{{ {key} }}}}", source) == text


def test_all_bad_fields_are_told_with_their_lines_and_nothing_is_written(source, tmp_path):
    template = tmp_path / "in" / "paper.md"
    template.parent.mkdir()
    template.write_text(
        "{{ os.median }}\n{{ os.meidan }} and {{ oss.n }}\n\n{{ os.n | mean }} {{ os.n\n"
        "{{ table.x }}\n{{ text.y }}\n{{ os.logrank | unit }}\n}} {{ study.colour }}",
        encoding="utf-8",
    )
    good = tmp_path / "in" / "good.md"
    good.write_text("{{ os.n }}", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        fill_templates([good, template], source.report, source.document, tmp_path)
    said = str(raised.value).split("\n")
    assert said[0] == "paper.md has 9 fields that cannot be filled, and was not written."
    starts = [line.strip().split(": ")[0] for line in said[1:-1]]
    assert starts == [f"line {n}" for n in (2, 2, 4, 4, 5, 6, 7, 8, 8)]
    assert "near it are 'os.median'" in said[1]
    assert "nothing has the id 'oss'. Did you mean 'os'?" in said[2]
    assert "there is no filter 'mean'" in said[3]
    assert "{{ os.n: the field is not closed" in said[4]
    assert "The report has" in said[5]
    assert not list(tmp_path.glob("*.md"))


def test_a_number_that_was_not_estimated_is_said_as_the_report_says_it(source):
    values = dict(source.document["values"])
    lost = {"value": None, "unit": "proportion", "missing": "beyond follow-up", "printed": None}
    values["os.overall.t1y.estimate"] = lost
    changed = Source(source.report, {**source.document, "values": values}, source.figures)
    said = "not estimated (beyond follow-up)"
    assert filled("{{ os.1_year }}", changed) == said
    assert filled("{{ os.1_year | unit }}", changed) == said
    assert filled("{{ os.1_year | ci }}", changed) == said
    values["os.overall.n"] = {**lost, "unit": "patients", "missing": "few", "mark": "<5"}
    assert filled("{{ os.n }} patients", changed) == "<5 patients"
    p = "os.logrank.p_value"
    values[p] = {**lost, "unit": "probability"}
    assert filled("{{ os.logrank | p }}", changed) == f"P\N{NO-BREAK SPACE}{said}"
    del values["os.overall.n"]
    changed = Source(source.report, {**source.document, "values": values}, source.figures)
    assert "there is no such number" in problem("{{ os.n }}", changed)


def test_an_interval_of_no_width_is_said(source):
    values = dict(source.document["values"])
    values["os.overall.t1y.std_error"] = {"value": 0, "unit": "proportion", "printed": "0.0"}
    changed = Source(source.report, {**source.document, "values": values}, source.figures)
    assert filled("{{ os.1_year | ci }}", changed).endswith(" (no interval)")


@pytest.mark.parametrize(
    "filters", ["n | p", "ci | range", "percent | unit", "p | unit", "ci | ci"]
)
def test_filters_that_do_not_go_together_are_told(source, filters):
    assert "do not go together" in problem(f"{{{{ os.median | {filters} }}}}", source)


def test_sentences_stand_in_a_line_or_as_paragraphs(source):
    said = next(s for s in source.report.sections if s.id == "os").paragraphs
    assert filled("{{ text.os }}", source) == "\n\n".join(p.plain for p in said)
    assert filled("So: {{ text.os }}", source) == "So: " + " ".join(p.plain for p in said)
    assert filled("{{ methods }}", source) == "\n\n".join(
        p.plain for p in source.report.methods_text
    )


def test_a_table_is_a_pipe_table_with_its_notes(source):
    lines = filled("{{ table.table1 }}\n", source).split("\n")
    assert lines[0] == "**Table 1. Patients.**"
    rows = [line for line in lines if line.startswith("|")]
    assert rows[0].startswith("| Characteristic")
    assert rows[1] == "| :--- | ---: |"
    assert any(f"28.5 (7{DASH}52)" in row for row in rows)
    assert {row.count("|") for row in rows} == {3}
    assert any(line.startswith("<sup>a</sup>") or "<sup>a</sup>" in line for line in lines[-4:])


def test_a_table_of_plain_text_is_in_columns(source):
    lines = filled("{{ table.table1 }}", source, "paper.txt").split("\n")
    rule = next(index for index, line in enumerate(lines) if set(line) == {"-"})
    assert lines[rule - 1].startswith("Characteristic")
    assert len({len(line) for line in lines[rule : rule + 2]}) == 1


def test_a_figure_is_a_link_with_its_words(source):
    text = filled("{{ figure.os }}", source)
    drawing = source.pictures["os"].drawing
    assert text.startswith("![" + drawing.words[:10])
    assert text.endswith(f"](figures/os.png)\n\n**Figure 1. {drawing.title}.** {drawing.caption}")
    assert "(figures/os.png)" in filled("{{ figure.os }}", source, "paper.txt")


def test_numbers_of_tables_are_those_of_the_manuscript(source):
    text = filled(
        "{{ ref.table.table1 }} {{ ref.figure.os }}\n{{ table.os_summary }}\n{{ table.table1 }}",
        source,
    )
    report_number = source.pictures["os"].number
    assert text.startswith(f"Table 2 Figure {report_number}\n**Table 1. ")
    said = problem("{{ ref.table.ci }}\n{{ table.table1 }}", source)
    assert "has no field {{ table.ci" in said


def test_a_table_needs_a_line_of_its_own(source):
    assert "needs a line of its own" in problem("see {{ table.table1 }}", source)


def test_a_synthetic_study_says_so_below_the_front_matter(tmp_path):
    source = kit.source(tmp_path, kit.document(synthetic=True))
    text = filled("---\ntitle: x\n---\nN = {{ os.n }}", source)
    assert text.startswith("---\ntitle: x\n---\n\n**Synthetic data. These patients are made up.")
    assert filled("N", source, "paper.txt").startswith("Synthetic data. ")


def test_text_around_fields_is_kept_to_the_byte(source):
    template = "\ufeffa\r\n  {{ os.n }}\t\r\n\r\nü 🙂".encode()
    expected = "\ufeffa\r\n  12,345\t\r\n\r\nü 🙂".encode()
    assert fill_template(template, "paper.md", source) == expected


def test_german_has_german_words_and_marks(tmp_path):
    with using("de"):
        source = kit.source(tmp_path)
        assert filled("{{ os.median | ci | unit }}", source).startswith(f"4,93{NB}Jahre (")
        assert filled("{{ table1.age.median | range }}", source) == f"28,5 (Spannweite 7{DASH}52)"
        assert filled("{{ ref.table.table1 }}", source) == "Tabelle 1"
        assert filled("{{ os.1_year | unit }}", source) == f"64,3{NB}%"


def test_tables_of_the_supplement_have_their_own_series(source):
    assert filled("{{ ref.table.os_groups }}", source) == "Table S1"
    assert filled("{{ ref.table.cox_fits }}", source) == "Table S4"
    said = filled("{{ table.table1 }}\n{{ ref.table.cox_fits }} {{ ref.table.table1 }}", source)
    assert said.endswith("\nTable S4 Table 1")
    said = filled("{{ table.cox_fits }}\n\n{{ table.table1 }}\n\n{{ ref.table.cox_fits }}", source)
    assert said.startswith("**Table S1. ")
    assert "\n**Table 1. " in said
    assert said.endswith("\nTable S1")
    assert "which would number it" in problem(
        "{{ table.cox_fits }}\n{{ ref.table.os_groups }}", source
    )


def test_templates_are_written_under_their_names(source, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.md", "b.txt"):
        (tmp_path / "in" / name).write_text("{{ os.n }}", encoding="utf-8")
    paths = [tmp_path / "in" / name for name in ("a.md", "b.txt")]
    written = fill_templates(paths, source.report, source.document, tmp_path)
    assert [path.name for path in written] == ["a.md", "b.txt"]
    assert all(path.read_text(encoding="utf-8") == "12,345" for path in written)


@pytest.mark.parametrize(
    ("name", "held", "said"),
    [
        ("paper.tex", b"", "ends in '.tex'"),
        ("paper.md", b"\xff", "not UTF-8 at byte 0"),
        ("paper.docx", b"no", "not a Word document"),
    ],
)
def test_what_is_no_template_is_told(source, name, held, said):
    with pytest.raises(InputError, match=said):
        fill_template(held, name, source)


def test_names_of_the_report_and_missing_files_are_told(source, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        fill_templates([tmp_path / "none.md"], source.report, source.document, tmp_path)
    with pytest.raises(InputError, match="a file of the report"):
        fill_templates([tmp_path / "report.docx"], source.report, source.document, tmp_path)
    (tmp_path / "x.md").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="another template"):
        fill_templates([tmp_path / "x.md"] * 2, source.report, source.document, tmp_path / "o")


def test_fields_do_not_reach_over_braces():
    fields, stray = fields_in("{{ a {{ b }} }}")
    assert [field.asked for field in fields] == ["b"]
    assert [text.strip() for text in stray] == ["{{ a", "}}"]
