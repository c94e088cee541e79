"""The tables and sentences of a comparison with a publication."""

from __future__ import annotations

import re

import pytest

from atrisk.report.kinds import kind_of
from atrisk.report.language import using
from atrisk.report.published import (
    VERDICTS,
    published_glance,
    published_methods,
    published_paragraphs,
    published_tables,
)
from atrisk.report.values import Values
from report.documents import entry

DASH = "\N{EN DASH}"
COUNTS = {"numbers": 7, "agrees": 3, "rounded": 1, "differs": 2, "impossible": 1}


def row(label, published, pieces, worst, note="", quote="", place="Results, Survival"):
    return {
        "label": label,
        "published": published,
        "place": place,
        "quote": quote,
        "note": note,
        "verdict": worst,
        "pieces": pieces,
    }


def beside(key, published, verdict):
    return {"key": key, "published": published, "verdict": verdict}


def made(not_compared=1):
    t1y = "os.overall.t1y"
    interval = [
        beside(f"{t1y}.estimate", "50", "agrees"),
        " (",
        beside(f"{t1y}.lower", "38.4", "agrees"),
        "-",
        beside(f"{t1y}.upper", "56.1", "impossible"),
        ")",
    ]
    median = beside("os.overall.median.estimate", "11", "differs")
    hospitals = beside(None, "11", "not_compared")
    first = [
        row(
            "At 1 year, %",
            "50 (38.4-56.1)",
            interval,
            "impossible",
            "impossible: no scale gives it",
            "50% (95% CI: 38.4-56.1)",
        ),
        row("Median, months", "11", [median], "differs"),
    ]
    ratio = ["HR ", beside("cox.age.ratio", "1.3", "rounded"), ", P"]
    second = [
        row(
            "Age",
            "HR 1.3, P=0.03",
            [*ratio, beside("cox.age.p_value", "=0.03", "agrees")],
            "rounded",
        ),
        row("Hospitals", "11", [hospitals], "not_compared", place=""),
    ]
    node = {
        "id": "beside",
        "kind": "published",
        "title": "Beside the paper",
        "by": None,
        "groups": [],
        "overall": {"id": "overall", "label": "All patients"},
        "source": "Someone 2024, a journal.",
        "file": "published.csv",
        "sections": [
            {"id": "s1", "label": "Survival", "rows": first},
            {"id": "s2", "label": "Cox model", "rows": second},
        ],
        "notes": [],
        "left_out": [],
    }
    values = {
        f"{t1y}.estimate": entry(0.49996, "proportion"),
        f"{t1y}.lower": entry(0.38389, "proportion"),
        f"{t1y}.upper": entry(0.65111, "proportion"),
        "os.overall.median.estimate": entry(None, "days", "not reached: above 0.5"),
        "cox.age.ratio": entry(1.3519, "hazard ratio", printed="1.352"),
        "cox.age.p_value": entry(0.0294, "probability"),
    }
    for part in ("s1", "s2", "all"):
        for name, count in (COUNTS | {"not_compared": not_compared}).items():
            values[f"beside.{part}.{name}"] = entry(count, "numbers")
    return node, Values(values)


def cells(table):
    return {one.label: [cell.plain for cell in one.cells] for one in table.rows}


def test_a_table_a_section_with_ours_published_and_the_difference():
    first, second = published_tables(*made())
    assert first.title == "Beside the paper: Survival"
    assert second.id == "beside_s2"
    assert [head.plain for head in first.columns] == [
        "This study",
        "Published",
        "Difference",
        "Where it is printed",
    ]
    found = cells(first)
    assert found["At 1 year, %"] == [
        f"50.0 (38.4{DASH}65.1)",
        f"50 (38.4{DASH}56.1)",
        "!\N{NO-BREAK SPACE}impossible as printed",
        "Results, Survival\n\N{LEFT DOUBLE QUOTATION MARK}50% (95% CI: 38.4-56.1)"
        "\N{RIGHT DOUBLE QUOTATION MARK}",
    ]
    assert found["Numbers that agree as printed"] == ["", "", "3 of 7", ""]
    assert cells(second)["Hospitals"] == [
        DASH,
        "11",
        f"{DASH}\N{NO-BREAK SPACE}not compared",
        "",
    ]


def test_ours_is_printed_as_it_is_elsewhere():
    _, second = published_tables(*made())
    assert cells(second)["Age"][0] == "HR 1.352, P0.029"


def test_each_number_of_ours_has_its_key():
    first, second = published_tables(*made())
    keys = [number.key for one in first.rows for cell in one.cells for number in cell.numbers()]
    assert keys == [
        *(f"os.overall.t1y.{part}" for part in ("estimate", "lower", "upper")),
        "os.overall.median.estimate",
        "beside.s1.agrees",
        "beside.s1.numbers",
    ]
    assert "cox.age.ratio" in [n.key for one in second.rows for c in one.cells for n in c.numbers()]


def test_a_number_that_is_not_reached_says_so():
    first, _ = published_tables(*made())
    assert cells(first)["Median, months"][0] == "NR"


def test_notes_stand_below_with_the_label_of_their_row():
    first, second = published_tables(*made())
    assert first.notes == ("At 1 year, %: Impossible: no scale gives it.",)
    assert second.notes == ()


def test_a_number_compared_in_more_decimals_than_it_is_printed_with_is_noted():
    node, values = made()
    piece = node["sections"][1]["rows"][0]["pieces"][1]
    piece |= {"published": "1.35", "places": 2, "verdict": "differs"}
    assert published_tables(node, values)[1].notes == ()  # printed with three
    piece |= {"published": "1.3500", "places": 4}
    said = ("Age: compared as 1.3519, printed as 1.352.",)
    assert published_tables(node, values)[1].notes == said
    piece["verdict"] = "agrees"
    assert published_tables(node, values)[1].notes == ()


def test_a_reason_that_rows_share_stands_once_and_none_where_all_agrees():
    node, values = made()
    first, second = node["sections"][0]["rows"]
    second["note"] = first["note"]
    node["sections"][0]["rows"].append(row("Age", "1.3", [], "agrees", "as it is"))
    (note,) = published_tables(node, values)[0].notes
    assert note == "At 1 year, %; Median, months: Impossible: no scale gives it."


def test_a_mark_and_words_for_every_verdict():
    marks, words = zip(*VERDICTS.values(), strict=True)
    assert len(set(marks)) == len(set(words)) == len(VERDICTS) == 5


def test_the_sentences_count():
    node, values = made()
    first, second, third = (said.plain for said in published_paragraphs(node, values))
    assert first == "The numbers are set beside those of Someone 2024, a journal."
    assert second == (
        "Of 7 published numbers 3 agree as printed, 1 are rounded otherwise, 2 differ and 1 are"
        " impossible as printed."
    )
    assert third == "Published numbers that are not compared: 1."
    assert len(published_paragraphs(*made(not_compared=0))) == 2
    (glance,) = published_glance(node, values)
    assert glance.plain == "Of 7 published numbers, 3 agree as printed."
    ((head, line),) = published_methods(node, values)
    assert head == "Comparison with a publication"
    assert "published.csv" in line


def test_the_kind_is_reported():
    node, values = made()
    kind = kind_of(node)
    assert len(kind.tables(node, values, "months")) == 2
    assert kind.paragraphs(node, values, "months")
    assert kind.glance(node, values, "months")
    assert list(kind.drawings(node, {"origin": "day 0", "time_unit": "days"}, values, [])) == []


@pytest.mark.parametrize("language", ["de", "it"])
def test_no_word_stays_english(language):
    node, values = made()

    def words():
        tables = published_tables(node, values)
        heads = [head.plain for table in tables for head in (*table.columns,)]
        verdicts = [one.cells[2].plain for table in tables for one in table.rows]
        said = [
            p.plain for p in (*published_paragraphs(node, values), *published_glance(node, values))
        ]
        methods = [text for pair in published_methods(node, values) for text in pair]
        return [*heads, *verdicts, tables[0].stub, *said, *methods]

    english = words()
    with using(language):
        translated = words()
        assert published_tables(node, values)[0].rows[0].cells[0].plain == f"50,0 (38,4{DASH}65,1)"
    for before, after in zip(english, translated, strict=True):
        assert before != after
    assert all(re.search(r"\w", text) for text in translated)
