"""A wrong data dictionary is refused with every mistake and its row."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from atrisk.errors import InputError
from atrisk.study.forms.dictionary import Dictionary, Field, read_dictionary
from atrisk.study.forms.dictionary_checks import check_dictionary
from atrisk.study.forms.dictionary_rows import HEADER


def content(*rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEADER.values(), row("record_id"), *rows])
    return out.getvalue().encode()


def row(name, form="visit", **cells):
    named = dict.fromkeys(HEADER, "") | {"name": name, "form": form, "type": "text"} | cells
    return [named[title] for title in HEADER]


def refusal(*rows, **options):
    with pytest.raises(InputError) as caught:
        read_dictionary(content(*rows), **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row("x"), row("x")], "row 4, field 'x': the variable name 'x' stands twice."),
        ([row("x", type="txt")], "row 3, field 'x': the field type 'txt' is none of text,"),
        ([row("x", type="txt")], "Did you mean 'text'?"),
        ([row("")], "row 3: the variable name is blank."),
        ([row("Age")], "the variable name 'Age' is not a lower-case letter followed by"),
        ([row("2nd")], "the variable name '2nd' is not"),
        ([row("x", "My form")], "the form name 'My form' is not"),
        ([row("x", "")], "the form name is blank"),
        ([row("x", type="radio")], "a field of type radio has no choices; write '1, label |"),
        ([row("x", type="radio", choices="Female | Male")], "the choice 'Female' is not 'code, la"),
        (
            [row("x", type="radio", choices="1, a | b c, d")],
            "the code 'b c' of the choice 'b c, d'",
        ),
        ([row("x", type="radio", choices="1, a | 1, b")], "the choice code '1' stands twice"),
        ([row("x", type="calc")], "a calculated field has no calculation"),
        ([row("x", validation="date_ydm")], "the validation 'date_ydm' is not known. Did you mean"),
        ([row("x", type="notes", validation="number")], "type notes has the validation 'number'"),
        ([row("x", validation="number", minimum="low")], "the minimum 'low' is not a number"),
        ([row("x", validation="date_ymd", maximum="31/12/2020")], "is not a date year-month-day"),
        ([row("x", required="maybe")], "Required Field? holds 'maybe'; it is y or blank"),
        ([row("x", identifier="1")], "Identifier? holds '1'"),
        ([row("x", alignment="left")], "the alignment 'left' is none of LV, LH, RV, RH"),
        (
            [row("x", "lab"), row("y")],
            "row 4, field 'y': the fields of the form 'visit' do not stand together.",
        ),
        (
            [row("x", branching="[agee] > 3")],
            "the branching logic is wrong: there is no field [agee]",
        ),
        ([row("age"), row("x", branching="[agee] > 3")], "[agee]. Did you mean 'age'?"),
        ([row("x", branching="[record_id] = ")], "the expression ends where a field"),
        (
            [row("x", type="calc", choices="[y] + 1")],
            "the calculation is wrong: there is no field [y]",
        ),
        (
            [row("s", type="checkbox", choices="1, a"), row("x", branching="[s(2)] = '1'")],
            "[s(2)] is no option of a checkbox",
        ),
        ([row("x", branching="[record_id(1)] = '1'")], "[record_id(1)] is no option of a checkbox"),
        (
            [row("s", type="checkbox", choices="A, a | a, b")],
            "its column 's___a'",
        ),
        (
            [row("s", type="checkbox", choices="1, a"), row("s___1")],
            "the variable name 's___1' stands twice",
        ),
    ],
)
def test_a_mistake_is_said_with_its_row(rows, said):
    assert said in refusal(*rows)


def test_the_caret_of_a_wrong_expression_is_shown():
    assert refusal(row("x", branching="[record_id] == \u20181\u2019")).splitlines()[1:] == [
        "  row 3, field 'x': the branching logic is wrong: \u2018 is not a quote that REDCap reads;"
        " write '",
        "      [record_id] == \u20181\u2019",
        "                     ^",
    ]


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file():
    message = refusal(row("x", type="t"), row("y", required="2"), row("x"))
    places = [line.split(":")[0] for line in message.splitlines()]
    assert places == [
        "the data dictionary 'dictionary' has 3 mistakes",
        "  row 3, field 'x'",
        "  row 4, field 'y'",
        "  row 5, field 'x'",
    ]


def test_rows_are_those_of_a_spreadsheet_even_after_blank_rows_and_lines_within_quotes():
    text = content(row("x", label="one\ntwo"), [""] * 18, row("y", type="t")).decode()
    with pytest.raises(InputError, match="row 5, field 'y'"):
        read_dictionary(text.encode())


def test_many_mistakes_are_counted():
    message = refusal(*(row(f"x{place}", type="t") for place in range(20)))
    assert "has 20 mistakes" in message
    assert message.endswith("and 8 more.")


@pytest.mark.parametrize(
    "text", ["[visit_complete] = '2'", "[ev_arm_1][record_id] <> ''", "[user-name] = 'x'"]
)
def test_what_redcap_knows_beside_fields_is_no_mistake(text):
    assert read_dictionary(content(row("x", branching=text))).field("x").branching == text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"repeating": ["vist"]}, "there is no form 'vist' to repeat. Did you mean 'visit'?"),
        ({"missing_codes": {"": "x"}}, "the missing code '' is blank"),
    ],
)
def test_what_the_caller_adds_is_checked(options, said):
    assert said in refusal(row("x"), **options)


def test_a_choice_cannot_be_a_missing_code():
    message = refusal(row("x", type="radio", choices="unk, a"), missing_codes={"UNK": "unknown"})
    assert "row 3, field 'x': the choice code 'unk' is also a missing code." in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"a,b\n1,2\n", "row 1: 'a' is no column of a REDCap data dictionary"),
        (
            b"field_name,form_name,fild_type\n",
            "'fild_type' is no column.*Did you mean 'Field Type'",
        ),
        (b"field_name,form_name,field_type\n", "needs the column Field Label"),
        (b"field_name,form_name,field_type,field_label,Field Name\n", "stands twice"),
        (
            b"field_name,form_name,field_type,field_label\n",
            "1 mistake:\n  the project: there is no",
        ),
        (
            b"field_name,form_name,field_type,field_label\nr,v,text\n",
            r"row 2 \(line 2\): 3 cells where the header has 4",
        ),
        (
            b'field_name,form_name,field_type,field_label\nr,v,text,"a\nb',
            "line 2: the quote that begins with '\"a",
        ),
        (
            b'field_name,form_name,field_type,field_label\nr,v,text,"a" b\n',
            "line 2: the quote that begins with",
        ),
        (
            b"field_name,form_name,field_type,field_label,\nr,v,text,x,note\n",
            "a cell stands under a column without a title",
        ),
        (
            b"field_name,form_name,field_type,field_label\nr,v,yesno,x\n",
            "the first field is the record id: it is of type text, not yesno",
        ),
    ],
)
def test_a_file_that_is_no_dictionary_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        read_dictionary(text)


def test_a_dictionary_changed_in_the_model_can_be_checked():
    dictionary = read_dictionary(content(row("x")))
    check_dictionary(dictionary)
    twice = replace(dictionary, fields=(*dictionary.fields, Field("x", "visit")))
    with pytest.raises(InputError, match="field 'x': the variable name 'x' stands twice"):
        check_dictionary(twice)
    with pytest.raises(InputError, match="there is no field"):
        check_dictionary(Dictionary(()))
