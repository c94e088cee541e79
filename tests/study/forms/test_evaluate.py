"""Expressions over the rows of forms, joined by record, event and instance."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from atrisk.errors import InputError
from atrisk.study.forms.evaluate import Evaluation, compute, holds
from atrisk.study.forms.expression import parse_expression
from records_by_hand import VISITS, records_by_hand


def true(text, cut_off=None, **entries):
    records = records_by_hand(VISITS, {"base": [{"record": "P1", **entries}]})
    found = holds(parse_expression(text), records, "base", cut_off=cut_off)
    assert found.shape == (1,)
    return bool(found[0])


CYCLES = {
    "base": [
        {"record": "P1", "seen": "2020-01-01", "sex": "1"},
        {"record": "P3", "seen": "2020-03-01"},
    ],
    "cycle": [
        {"record": "P1", "instance": 1, "dose": "0.8", "given": "2020-02-01", "drug": "ino"},
        {"record": "P1", "instance": 2, "dose": "", "given": "2020-02-08", "drug": "ino"},
        {"record": "P1", "instance": 4, "dose": "0.5", "given": "", "drug": "chemo"},
        {"record": "P2", "instance": 2, "dose": "UNK", "given": "2020-05-01"},
    ],
}
RECORDS = records_by_hand(VISITS, CYCLES, ids=["P1", "P2", "P3"])


def column(text, form, records=RECORDS, **options):
    found = compute(parse_expression(text), records, form, **options)
    return [found.text(row) for row in range(len(found.values))]


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        # one row a record from rows of another form, and the other way round
        ("[seen]", "cycle", ["2020-01-01"] * 3 + [""]),
        ("[sex]", "cycle", ["1", "1", "1", ""]),
        ("[dose]", "cycle", ["0.8", "", "0.5", "UNK"]),
        ("[dose][current-instance]", "cycle", ["0.8", "", "0.5", "UNK"]),
        ("[dose][first-instance]", "base", ["0.8", ""]),
        ("[dose][last-instance]", "base", ["0.5", ""]),
        ("[dose][2]", "base", ["", ""]),
        ("[dose][4]", "base", ["0.5", ""]),
        ("[dose][first-instance]", "cycle", ["0.8", "0.8", "0.8", "UNK"]),
        ("[dose][last-instance]", None, ["0.5", "UNK", ""]),
        # REDCap: the instance before is the current number less 1, blank if there is none
        ("[dose][previous-instance]", "cycle", ["", "0.8", "", ""]),
        ("[dose][next-instance]", "cycle", ["", "", "", ""]),
        ("[drug][next-instance]", "cycle", ["ino", "", "", ""]),
        ("[current-instance]", "cycle", ["1", "2", "4", "2"]),
        # all rows of a record
        ("earliest([given])", "base", ["2020-02-01", ""]),
        ("latest([given])", "base", ["2020-02-08", ""]),
        ("latest([given])", None, ["2020-02-08", "2020-05-01", ""]),
        ("latest([given], [seen])", None, ["2020-02-08", "2020-05-01", "2020-03-01"]),
        ("earliest([given], [dose] > 1)", None, ["", "", ""]),
        ("earliest([given], [drug] = 'ino' and [dose] = '')", None, ["2020-02-08", "", ""]),
        ("lowest([dose])", None, ["0.5", "", ""]),
        ("highest([dose])", None, ["0.8", "", ""]),
        ("highest([given])", None, ["2020-02-08", "2020-05-01", ""]),
        ("highest([dose], [drug] = 'chemo')", None, ["0.5", "", ""]),
        ("count([dose])", None, ["2", "0", "0"]),
        ("count([dose], [given])", None, ["4", "1", "0"]),
        ("count([drug], [drug] = 'ino')", "cycle", ["2", "2", "2", "0"]),
        ("any_equal([drug], 'chemo')", None, ["1", "0", "0"]),
        ("any_equal([given], '2020-05-01')", None, ["0", "1", "0"]),
        ("any_equal([dose], 0.50)", None, ["1", "0", "0"]),
        ("any_equal([dose], 'unk')", None, ["0", "1", "0"]),
        ("any_equal([dose], '')", None, ["1", "0", "0"]),
        ("latest([given]) > [seen]", "base", ["1", "0"]),
        ("count([bili])", None, ["0", "0", "0"]),
        ("lowest([bili])", None, ["", "", ""]),
        ("[bili][last-instance]", None, ["", "", ""]),
        ("[bili][previous-instance]", "cycle", ["", "", "", ""]),
    ],
)
def test_rows_of_other_forms(text, form, expected):
    found = column(text, form)
    assert ["" if text == "UNK" else text for text in found] == [
        "" if text == "UNK" else text for text in expected
    ]


def test_texts_of_several_columns_are_combined_row_by_row():
    notes, sexes = ["a", "b", "", "c", "a"], ["1", "2"]
    rows = [
        {"record": f"P{place:02}", "note": note, "sex": sex, "n": str(place)}
        for place, (note, sex) in enumerate((note, sex) for note in notes for sex in [*sexes, ""])
    ]
    records = records_by_hand(VISITS, {"base": rows})
    assert column("concat([note], '!', [sex])", "base", records) == [
        f"{row['note']}!{row['sex']}" for row in rows
    ]
    assert column("length(concat([sex], [n]))", "base", records) == [
        str(len(row["sex"] + row["n"])) for row in rows
    ]


def test_a_missing_code_of_another_row_stays_one():
    assert holds(parse_expression("[dose][first-instance] = 'UNK'"), RECORDS, None).tolist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "form", "said", "column"),
    [
        ("[dosis] > 1", "base", "there is no field 'dosis'. Did you mean 'dose'?", 0),
        (
            "1 + [dose]",
            "base",
            "the form 'cycle' repeats: say which of its rows, as in [dose][la",
            4,
        ),
        ("[dose] > 1", "lab", "latest([dose]), highest, lowest, count or any_equal", 0),
        ("[site] = 1", "base", "'site' is a checkbox field: name an option, as in [site(1)]", 0),
        ("[site(7)] = 1", "base", "'site' has no option '7'; its options are 1, -9", 0),
        ("[sex(1)] = 1", "base", "'sex' is no checkbox field; write [sex]", 0),
        ("[sex:label] = 'x'", "base", "':label' is not evaluated here", 0),
        ("[n] = 'abc'", "base", "'abc' is no number", 6),
        ("[n] > 'abc'", "base", "'abc' is no number", 6),
        ("[seen] > 'abc'", "base", "'abc' is no date; write 'year-month-day'", 9),
        ("[seen] = '2020-02-30'", "base", "'2020-02-30' is no date", 9),
        ("[seen] > 5", "base", "a date stands on the other side, and this is none", 9),
        ("[seen] + 1", "base", "a date is no number; write datediff(date, date, 'd')", 0),
        (
            "if([n] = 1, [seen], 5)",
            "base",
            "one side of 'if' is a date and the other is a number",
            20,
        ),
        ("datediff([n], [seen], 'd')", "base", "a date stands on the other side", 9),
        ("[seen] > 'today'", "base", "'today' would give another result every day", 9),
        ("datediff([seen], 'today', 'd')", "base", "name a data cut-off", 17),
        ("stdev([n], [m])", "base", "stdev is read, and not computed here", 0),
        ("[user-name] = 'x'", "base", "[user-name] has no value here", 0),
        ("[current-instance]", None, "[current-instance] has no value here", 0),
        (
            "[dose][previous-instance]",
            None,
            "[previous-instance] needs a row of a repeating form",
            0,
        ),
        ("[ev_1][n] = 1", "base", "the records have no event 'ev_1'", 0),
        ("count([ev_1][n])", "base", "the records have no event 'ev_1'", 6),
        ("earliest([dose])", "base", "earliest takes dates; write lowest or highest", 0),
        (
            "earliest([given][1])",
            "base",
            "looks at all rows of a field, and takes [field] alone",
            9,
        ),
        ("hasmissingcode([n], 'XX')", "base", "'XX' is no missing code of the project", 20),
        ("age_at_date([born], [seen], true)", "base", "age_at_date gives whole years only", 28),
    ],
)
def test_what_does_not_fit_the_records_is_marked(text, form, said, column):
    with pytest.raises(InputError) as caught:
        compute(parse_expression(text), RECORDS, form)
    *message, shown, caret = str(caught.value).split("\n")
    assert said in message[0]
    assert shown == "    " + text
    assert caret == " " * (4 + column) + "^"


def test_now_is_refused_even_with_a_cut_off():
    with pytest.raises(InputError, match="'now' would give another result every day"):
        true("[at] < 'now'", cut_off=date(2023, 3, 31))


def test_today_is_the_cut_off():
    assert true("[seen] > 'today'", cut_off=date(2023, 3, 31), seen="2023-04-01")
    assert not true("[seen] > 'TODAY'", cut_off=date(2023, 3, 31), seen="2023-03-31")
    assert true("[note] = 'today'", note="today")


def test_an_unknown_form_is_refused():
    with pytest.raises(InputError, match="there is no form 'bases'"):
        holds(parse_expression("[n] = 1"), RECORDS, "bases")


EVENTS = {
    "base": [
        {"record": "P1", "event": "start", "n": "1", "seen": "2020-01-01"},
        {"record": "P1", "event": "end", "n": "2", "seen": "2020-06-01"},
        {"record": "P2", "event": "end", "n": "3"},
    ],
    "cycle": [
        {"record": "P1", "event": "end", "instance": 1, "dose": "5"},
        {"record": "P1", "event": "end", "instance": 2, "dose": "6"},
        {"record": "P1", "event": "start", "instance": 1, "dose": "7"},
    ],
}
LONGITUDINAL = records_by_hand(VISITS, EVENTS, ids=["P1", "P2"])


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    # The rows of base in order: P1 end, P1 start, P2 end; of cycle: P1 end 1, P1 end 2, P1 start.
    [
        ("[n]", "base", ["2", "1", "3"]),
        ("[start][n]", "base", ["1", "1", ""]),
        ("[end][n]", "base", ["2", "2", "3"]),
        ("[start][n]", None, ["1", ""]),
        ("[n]", "cycle", ["2", "2", "1"]),
        ("[start][n]", "cycle", ["1", "1", "1"]),
        ("[dose][last-instance]", "base", ["6", "7", ""]),
        ("[end][dose][last-instance]", "base", ["6", "6", ""]),
        ("[end][dose][1]", None, ["5", ""]),
        ("[dose][previous-instance]", "cycle", ["", "5", ""]),
        ("[event-name]", "cycle", ["end", "end", "start"]),
        ("highest([dose])", None, ["7", ""]),
        ("highest([end][dose])", None, ["6", ""]),
        ("datediff([start][seen], [end][seen], 'd')", None, ["152", ""]),
    ],
)
def test_events_of_a_longitudinal_project(text, form, expected):
    assert column(text, form, LONGITUDINAL) == expected


def test_a_field_of_several_events_needs_one_named():
    with pytest.raises(InputError, match=r"has rows at several events: say which, as in \[end\]"):
        column("[n]", None, LONGITUDINAL)
    with pytest.raises(
        InputError, match=r"no event 'strt'\. Events are: end, start\. Did you mean"
    ):
        column("[strt][n]", None, LONGITUDINAL)


def test_a_column_that_no_file_had_is_blank():
    table = RECORDS.tables["base"]
    left = {name: found for name, found in table.columns.items() if name not in {"n", "note"}}
    lean = records_by_hand(VISITS, CYCLES, ids=["P1", "P2", "P3"])
    lean.tables["base"] = type(table)(
        "base", table.record, table.instance, table.event, table.file, table.line, left
    )
    assert column("[n] + 1", "base", lean) == ["", ""]
    assert column("if([note] = '', 'blank', 'not')", "base", lean) == ["blank", "blank"]
    assert column("[base_complete] = '2'", "base", lean) == ["0", "0"]


def test_a_computed_column_has_its_name_and_kind():
    numbers = compute(parse_expression("[n] + 1"), RECORDS, "base", name="more")
    assert (numbers.name, numbers.kind, numbers.written) == ("more", "number", None)
    dates = compute(parse_expression("latest([given])"), RECORDS, None)
    assert dates.kind == "date"
    assert dates.values.dtype == np.dtype("datetime64[D]")
    texts = compute(parse_expression("if([sex] = 1, 'f', 'm')"), RECORDS, "base")
    assert (texts.kind, texts.levels) == ("code", ("f", "m"))
    constant = compute(parse_expression("1"), RECORDS, "base")
    assert constant.values.tolist() == [1.0, 1.0]
    constant.values[0] = 5.0  # not a view of one number
    assert constant.values[1] == 1.0


def test_dates_known_to_the_month_are_pointed_out():
    table = RECORDS.tables["base"]
    seen = table.columns["seen"]
    partial = type(seen)(
        "seen", "date", seen.values, seen.missing, (), seen.written, np.array([1, 0], np.int8)
    )
    records = records_by_hand(VISITS, CYCLES, ids=["P1", "P2", "P3"])
    records.tables["base"] = type(table)(
        "base",
        table.record,
        table.instance,
        table.event,
        table.file,
        table.line,
        {**table.columns, "seen": partial},
    )
    evaluation = Evaluation(records)
    assumed = evaluation.assumed(parse_expression("[seen] > '2020-01-01' or [n] = 1"), "base")
    assert assumed.tolist() == [True, False]
    in_cycles = evaluation.assumed(parse_expression("[given] < [seen]"), "cycle")
    assert in_cycles.tolist() == [True, True, True, False]
    assert not evaluation.assumed(parse_expression("[n] = [record_id]"), "base").any()
    assert not evaluation.assumed(parse_expression("latest([given]) > '2020-01-01'"), "base").any()


def test_no_rows_give_no_rows():
    empty = records_by_hand(VISITS, {"base": []}, ids=[])
    for text in ("[n] > 1", "upper([note]) = 'X'", "count([dose]) > 0", "[dose][1] = 2"):
        assert holds(parse_expression(text), empty, "base").shape == (0,)


def test_one_evaluation_serves_many_expressions():
    evaluation = Evaluation(RECORDS)
    for text in ("[dose][last-instance] > 0.6", "[dose][last-instance] < 0.6"):
        once = holds(parse_expression(text), RECORDS, "base")
        assert evaluation.holds(parse_expression(text), "base").tolist() == once.tolist()
