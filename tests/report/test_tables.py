from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from atrisk.errors import InputError
from atrisk.report import format as form
from atrisk.report.language import using
from atrisk.report.tables import (
    Row,
    Table,
    estimate_cell,
    footnotes,
    phrases,
    time_interval,
)
from atrisk.report.tables_csv import write_printed, write_values
from atrisk.report.tables_describe import describe_table
from atrisk.report.tables_html import table_html
from atrisk.report.tables_population import flow_table
from atrisk.report.tables_times import incidence_tables, survival_tables
from atrisk.report.values import Number, Values, phrase
from report import documents

SAMPLE = json.loads(Path(__file__).with_name("sample.json").read_text(encoding="utf-8"))
DOCUMENTS = {
    "sample": SAMPLE,
    "crowded": documents.crowded(),
    "plain": documents.plain(),
    "two_groups": documents.two_groups(),
}


def tables_of(document):
    values = Values(document["values"])
    for analysis in document["analyses"]:
        if analysis["kind"] == "describe":
            yield describe_table(analysis, values)
        elif analysis["kind"] == "survival":
            yield from survival_tables(analysis, values, document["study"]["report_unit"])
        else:
            yield from incidence_tables(analysis, values)


def two_decimals(value):
    return f"{value:,.2f}"


def one_decimal(value):
    return f"{value:,.1f}"


def whole(value):
    return f"{value:,.0f}"


def in_percent(value):
    return f"{100 * value:.1f}"


def p_text(value):
    return "<0.001" if value < 0.001 else ">0.999" if value > 0.999 else f"{value:.3f}"


# by the end of a key; written anew here, so that a slip in the package does not hide itself
BY_LAST = {
    **dict.fromkeys(("n", "events", "censored", "at_risk", "count", "observed", "df"), whole),
    **dict.fromkeys(("missing", "min", "max"), whole),
    **dict.fromkeys(("mean", "sd", "expected", "percent"), one_decimal),
    **dict.fromkeys(("p_value", "p_adjusted"), p_text),
    "statistic": two_decimals,
}


QUANTILES = ("median", "q1", "q3")


def expected_text(key, entries):
    entry = entries[key]
    if entry["value"] is None:
        return "NR" if entry["missing"] == "not reached" else form.EN_DASH
    last = key.rpartition(".")[2]
    if "display" in entry:
        return two_decimals(entry["display"]["value"])
    if last in QUANTILES:
        # a row has one number of decimals: one if any of its quantiles needs it
        variable = key.split(".")[:2]
        own = (k for k in entries if k.split(".")[:2] == variable and k.endswith(QUANTILES))
        return (whole if all(entries[k]["value"] % 1 == 0 for k in own) else one_decimal)(
            entry["value"]
        )
    return BY_LAST.get(last, in_percent)(entry["value"])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_number_in_a_table_is_the_value_of_its_key(name):
    entries = DOCUMENTS[name]["values"]
    shown = [
        number
        for table in tables_of(DOCUMENTS[name])
        for words in phrases(table)
        for number in words.numbers()
    ]
    assert len(shown) > 5
    for number in shown:
        assert number.text == expected_text(number.key, entries), number.key


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_digit_in_a_cell_comes_from_elsewhere(name):
    for table in tables_of(DOCUMENTS[name]):
        for row in table.rows:
            for cell in row.cells:
                loose = "".join(piece for piece in cell.pieces if isinstance(piece, str))
                assert not any(letter.isdigit() for letter in loose), cell.plain


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_row_has_a_cell_for_every_column(name):
    for table in tables_of(DOCUMENTS[name]):
        assert all(len(table.padded(row)) == len(table.columns) for row in table.rows)


def number(text, missing=None):
    return Number("k", text, missing)


NR = number("NR", "not reached")
DASH = number(form.EN_DASH, "beyond follow-up")
NO_CI = number(form.EN_DASH, "no interval")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((number("2"), number("1"), number("3")), f"2 (1{form.EN_DASH}3)"),
        ((number("2"), number("1"), NR), f"2 (1{form.EN_DASH}NR)"),
        ((NR, number("1"), NR), f"NR (1{form.EN_DASH}NR)"),
        ((NR, NR, NR), "NR"),
        ((DASH, DASH, DASH), form.EN_DASH),
        ((number("100.0"), NO_CI, NO_CI), f"100.0 ({form.EN_DASH})"),
        (
            (number("0.1"), number(f"{form.MINUS}0.2"), number("0.4")),
            f"0.1 ({form.MINUS}0.2 to 0.4)",
        ),
    ],
)
def test_estimate_cell(parts, text):
    assert estimate_cell(*parts).plain == text


def test_a_reason_is_a_footnote_once_and_not_reached_an_abbreviation():
    row = Row("a", (phrase(DASH), phrase(NR), phrase(DASH), phrase(NO_CI)))
    table = Table("t", "T", "Group", tuple(map(phrase, "abcd")), (row,), notes=("A note.",))
    assert footnotes(table) == (
        ("", "A note."),
        ("", "NR, not reached."),
        ("a", "Beyond follow-up."),
        ("b", "No interval."),
    )
    assert table_html(table).count("<sup>a</sup>") == 2


def test_median_of_the_sample():
    words = time_interval(Values(SAMPLE["values"]), "os.all.median", "years")
    assert words.plain == f"1.28 (0.76{form.EN_DASH}NR)"


def test_the_interval_of_the_follow_up_is_named_under_the_table():
    note = f"Median follow-up: reverse Kaplan{form.EN_DASH}Meier, plain interval."
    named = {t.id: t.notes for t in tables_of(SAMPLE)}
    assert note in named["os_groups"]
    assert note not in named["os_summary"]
    analysis, values = documents.survival(follow_up=False)
    notes = [note for t in survival_tables(analysis, Values(values), "years") for note in t.notes]
    assert not any("follow-up" in note for note in notes)


def test_what_fits_beside_the_milestones_stands_there():
    analysis, values = documents.survival(times=())
    (table,) = survival_tables(analysis, Values(values), "years")
    heads = [head.plain for head in table.columns]
    assert heads[:3] == ["Patients", "Events", "Censored"]
    assert heads[-1].startswith("Median follow-up\n")
    assert table.spans == ()


def test_groups_stand_under_what_makes_them_with_the_test():
    table = next(t for t in tables_of(SAMPLE) if t.id == "os_summary")
    assert [row.level for row in table.rows][:2] == [0, 1]
    assert table.rows[0].cells[-1].plain.startswith("<0.001\n15.22, 2")
    assert table.rows[-1].label == "All patients"
    assert table.rows[-1].level == 0
    other = next(row for row in table.rows if row.label.startswith("Log-rank test stratified"))
    assert [cell.plain for cell in other.cells[:-1]] == [""] * (len(table.columns) - 1)
    assert other.cells[-1].plain.startswith("0.003")
    assert dict(table.spans)["Overall survival"] == 3


def test_one_table_of_an_analysis_is_not_of_the_supplement():
    main = [t.id for t in tables_of(SAMPLE) if not t.supplement]
    assert len(main) == len(set(main)) == len(SAMPLE["analyses"])


def test_a_statistic_nobody_knows_is_named():
    analysis, values = documents.described(statistics=("mode",))
    with pytest.raises(InputError, match="'age' asks for mode"):
        describe_table(analysis, Values(values))


def test_a_variable_described_in_several_ways_has_a_row_each():
    analysis, values = documents.described(statistics=("median_iqr", "mean_sd"))
    table = describe_table(analysis, Values(values))
    assert [row.label for row in table.rows[:4]] == [
        "Age, years",
        "Median (interquartile range)",
        "Mean (SD)",
        "Missing",
    ]


# the median, quartiles, ends, mean and spread of a variable; what is printed of them
DECIMALS = {
    "many": (
        (47.7509, 40.2327, 52.0959, 8.7981, 64.4079, 45.1748, 9.8233),
        ("47.8 (8.8-64.4)", "47.8 (40.2-52.1)", "45.2 (9.8)"),
    ),
    "none, of large numbers": (
        (178.4, 110.25, 240.75, 24.3, 2616.1, 275.087, 364.655),
        ("178 (24-2,616)", "178 (110-241)", "275 (365)"),
    ),
    "one": (
        (12.4, 10.0, 14.25, 6.3, 18.9, 12.36, 2.04),
        ("12.4 (6.3-18.9)", "12.4 (10.0-14.2)", "12.36 (2.04)"),
    ),
    "small numbers": (
        (0.00123, 0.0008, 0.0021, 0.00011, 0.0312, 0.00456, 0.0061),
        ("0.00123 (0.00011-0.03120)", "0.00123 (0.00080-0.00210)", "0.004560 (0.006100)"),
    ),
    "whole numbers": (
        (28.5, 21.0, 35.25, 7, 52, 28.36, 9.6),
        ("28.5 (7-52)", "28.5 (21.0-35.2)", "28.4 (9.6)"),
    ),
    "whole numbers and whole quantiles": (
        (28.0, 21.0, 35.0, 7, 52, 28.36, 9.6),
        ("28 (7-52)", "28 (21-35)", "28.4 (9.6)"),
    ),
    "ends that rounding would change": (
        (1203.4, 310.2, 2107.9, 0.8, 3412.0, 1399.1, 901.5),
        ("1,203 (0.8-3,412)", "1,203 (310-2,108)", "1,399 (902)"),
    ),
    "a median of 0": (
        (0.0, -1.2345, 1.3456, -3.4567, 3.2109, 0.0123, 1.0123),
        ("0.00 (~3.46 to 3.21)", "0.00 (~1.23 to 1.35)", "0.01 (1.01)"),
    ),
}


@pytest.mark.parametrize(("numbers", "printed"), DECIMALS.values(), ids=DECIMALS)
def test_decimals_end_at_the_third_digit_of_the_median(numbers, printed):
    analysis, values = documents.described(statistics=("median_range", "median_iqr", "mean_sd"))
    parts = ("median", "q1", "q3", "min", "max", "mean", "sd")
    for part, number in zip(parts, numbers, strict=True):
        values[f"table1.age.overall.{part}"]["value"] = number
    table = describe_table(analysis, Values(values))
    cells = (row.cells[-1].plain for row in table.rows[1:4])
    plain = tuple(cell.replace(form.EN_DASH, "-").replace(form.MINUS, "~") for cell in cells)
    assert plain == printed


def test_more_than_four_times_run_down_the_page():
    times = [{"id": f"t{n}", "label": f"{n} days", "value": float(n)} for n in range(1, 7)]
    for build, make in ((documents.survival, "os"), (documents.incidence, "ci")):
        analysis, values = build(make, ("A", "B"), times=tuple(times))
        tables = list(tables_of(documents.document((analysis, values))))
        labels = [row.label for row in tables[0].rows]
        assert labels.count("6 days") == sum(
            label in {"A", "B", "All patients"} for label in labels
        )
        assert tables[0].spans[1][1] == 1


def test_tests_that_were_not_done_have_no_expected_events():
    analysis, values = documents.survival(names=("A", "B"), tested=False)
    tables = {t.id: t for t in survival_tables(analysis, Values(values), "years")}
    heads = [head.plain for head in tables["os_groups"].columns] if "os_groups" in tables else []
    assert not any("expected" in head for head in heads)
    assert tables["os_summary"].rows[0].cells[-1].plain == form.EN_DASH
    assert ("a", "No patient had the event.") in footnotes(tables["os_summary"])


def test_the_flow_table_counts_down():
    table = flow_table(documents.crowded()["population"])
    assert [row.cells[1].plain for row in table.rows] == ["1,300", "1,240", "1,200", "1,200"]
    assert flow_table(documents.plain()["population"]).notes == ("No patient was excluded.",)


def test_labels_are_escaped():
    table = next(tables_of(documents.crowded()))
    html = table_html(table)
    assert "Female &lt;♀&gt;" in html
    assert "&lt;BCR::ABL1&gt; &amp; MRD" in html
    assert "<♀>" not in html


def test_a_head_over_columns_is_escaped_once():
    analysis, values = documents.survival(names=("A", "B"), follow_up=False, times=())
    table = next(
        t for t in survival_tables(analysis, Values(values), "years") if t.id == "os_groups"
    )
    html = table_html(table)
    assert "stratified by hospital &amp; site" in html
    assert "&amp;amp;" not in html
    assert [row.label for row in table.rows] == ["A", "B"]


def test_csv_files(tmp_path):
    table = next(t for t in tables_of(SAMPLE) if t.id == "os_summary")
    printed = write_printed(table, tmp_path / "printed.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(printed.splitlines()))
    assert rows[0][:3] == ["Group", "Patients", "Events"]
    assert rows[0][4].startswith("Overall survival: 1 year; %")
    assert rows[2][3] == f"1.28 (0.76{form.EN_DASH}NR)"
    written = write_values(table, Values(SAMPLE["values"]), tmp_path / "values.csv")
    lines = list(csv.DictReader(written.read_text(encoding="utf-8-sig").splitlines()))
    by_key = {line["key"]: line for line in lines}
    assert float(by_key["os.all.median.estimate"]["value"]) == 466
    assert by_key["os.all.median.estimate"]["row"] == "Disease group / ALL"
    assert by_key["os.all.median.upper"]["missing"] == "not reached"
    display = SAMPLE["values"]["os.all.median.estimate"]["display"]["value"]
    assert float(by_key["os.all.median.estimate"]["display_value"]) == display


def test_a_value_keeps_the_headings_above_it(tmp_path):
    table = next(tables_of(documents.two_groups()))
    path = write_values(table, Values(documents.two_groups()["values"]), tmp_path / "v.csv")
    text = path.read_text(encoding="utf-8-sig")
    rows = {line["row"] for line in csv.DictReader(text.splitlines())}
    assert "Sex, n (%) / Female <♀>" in rows


def test_weighted_analyses_say_so_in_headings():
    analysis, values = documents.survival(names=("A", "B"))
    analysis["weights"] = "w"
    tables = {t.id: t for t in survival_tables(analysis, Values(values), "years")}
    heads = [head.plain for head in tables["os_groups"].columns]
    assert "Events observed (weighted)" in heads
    assert any("(weighted)" in note for note in tables["os_summary"].notes)


def test_a_missing_lower_limit_is_a_dash():
    values = {f"a.{part}": documents.time_entry(900.0) for part in ("estimate", "upper")}
    values["a.lower"] = documents.time_entry(None)
    assert time_interval(Values(values), "a", "years").plain.startswith(f"2.46 ({form.EN_DASH}")


def test_grays_p_stands_with_the_event_it_compares():
    analysis, values = documents.incidence(names=("A", "B"))
    (table,) = incidence_tables(analysis, Values(values))
    causes = [row for row in table.rows if row.level == 0]
    assert [row.label for row in causes] == [cause["label"] for cause in analysis["causes"]]
    assert all(row.cells[-1].plain != "" for row in causes)
    assert [head.plain for head in table.columns][-1] == "P"
    analysis["tests"] = []
    (table,) = incidence_tables(analysis, Values(values))
    assert all(row.heading for row in table.rows if row.level == 0)


def test_words_and_marks_are_those_of_the_language():
    analysis, values = documents.survival(names=("A", "B"))
    with using("de"):
        table, *_ = survival_tables(analysis, Values(values), "years")
        assert [head.plain for head in table.columns][:2] == ["Patienten", "Ereignisse"]
        row = next(row for row in table.rows if row.label == "A")
        (estimate,) = (cell.plain for cell in row.cells if "64,3" in cell.plain)
        assert estimate.endswith("unter Risiko")
        assert any(note.endswith("unmittelbar vor dieser Zeit.") for note in table.notes)
        # the abbreviation in the cells is that of the footnote
        (mark,) = (text for _, text in footnotes(table) if text.endswith(", nicht erreicht."))
        assert any(mark.partition(",")[0] in cell.plain for cell in row.cells)
    table, *_ = survival_tables(analysis, Values(values), "years")
    assert table.columns[0].plain == "Patients"
