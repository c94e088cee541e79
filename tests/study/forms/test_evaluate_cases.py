"""Expressions on one row: REDCap's published rules, and ours where it has none, case by case."""

from __future__ import annotations

from datetime import date

import pytest

from atrisk.study.forms.evaluate import compute, holds
from atrisk.study.forms.evaluate_numbers import NUMBER_FUNCTIONS
from atrisk.study.forms.evaluate_text import TEXT_FUNCTIONS
from atrisk.study.forms.evaluate_tree import MISSING_FUNCTIONS
from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.expression_functions import FUNCTIONS, OVER_ROWS, PARSED_ONLY
from records_by_hand import VISITS, records_by_hand


def one(text, cut_off=None, **entries):
    """Compute an expression on a single row, as text; "" where it is blank."""
    records = records_by_hand(VISITS, {"base": [{"record": "P1", **entries}]})
    return compute(parse_expression(text), records, "base", cut_off=cut_off).text(0)


def true(text, cut_off=None, **entries):
    records = records_by_hand(VISITS, {"base": [{"record": "P1", **entries}]})
    found = holds(parse_expression(text), records, "base", cut_off=cut_off)
    assert found.shape == (1,)
    return bool(found[0])


# REDCap = its list of special functions (help for calculated fields and branching logic);
# rule = the head of evaluate_values.py.
@pytest.mark.parametrize(
    ("text", "entries", "expected", "source"),
    [
        # blanks
        ("[n] = ''", {"n": ""}, True, "rule: blank equals ''"),
        ('[n] = ""', {"n": ""}, True, "rule: blank equals ''"),
        ("[n] <> ''", {"n": ""}, False, "rule: blank equals ''"),
        ("[n] <> ''", {"n": "0"}, True, "rule: 0 is a value"),
        ("[note] = ''", {"note": ""}, True, "rule: blank equals ''"),
        ("[seen] = ''", {"seen": ""}, True, "rule: blank equals ''"),
        ("[seen] <> ''", {"seen": "2020-01-01"}, True, "rule: blank equals ''"),
        ("[n] = 0", {"n": ""}, False, "rule: blank equals nothing else"),
        ("[n] <> 0", {"n": ""}, True, "rule: blank equals nothing else"),
        ("[n] = [m]", {"n": "", "m": ""}, True, "rule: blank equals blank"),
        ("[n] <> [m]", {"n": "", "m": ""}, False, "rule: blank equals blank"),
        ("[n] = [note]", {"n": "", "note": ""}, True, "rule: blank equals blank"),
        ("[n] <= [m]", {"n": "", "m": ""}, False, "rule: nothing is less than blank"),
        ("[n] < 5", {"n": ""}, False, "rule: blank is not less"),
        ("[n] >= 0", {"n": ""}, False, "rule: blank is not greater"),
        ("not ([n] < 5)", {"n": ""}, True, "rule: the contrary of false"),
        ("[n] > ''", {"n": "1"}, False, "rule: nothing is greater than blank"),
        # missing codes
        ("[n] = 'UNK'", {"n": "UNK"}, True, "rule: a missing code equals its code"),
        ("[n] = 'unk'", {"n": "UNK"}, True, "rule: in any case"),
        ("'ND' = [n]", {"n": "UNK"}, False, "rule: and no other"),
        ("[n] <> 'ND'", {"n": "UNK"}, True, "rule: and no other"),
        ("[n] = [m]", {"n": "UNK", "m": "UNK"}, True, "rule: codes equal each other"),
        ("[n] = [m]", {"n": "UNK", "m": "ND"}, False, "rule: codes differ"),
        ("[n] = ''", {"n": "UNK"}, False, "rule: a missing code is not ''"),
        ("[n] < 5", {"n": "UNK"}, False, "rule: a missing code is not less"),
        ("isblankormissingcode([n])", {"n": ""}, True, "REDCap: blank or any code"),
        ("isblankormissingcode([n])", {"n": "ND"}, True, "REDCap: blank or any code"),
        ("isblankormissingcode([n])", {"n": "0"}, False, "REDCap: blank or any code"),
        ("isblanknotmissingcode([n])", {"n": ""}, True, "REDCap: blank and no code"),
        ("isblanknotmissingcode([n])", {"n": "ND"}, False, "REDCap: blank and no code"),
        ("ismissingcode([n])", {"n": "ND"}, True, "REDCap: any code"),
        ("ismissingcode([n])", {"n": ""}, False, "REDCap: any code"),
        ("hasmissingcode([n], 'UNK, ND')", {"n": "ND"}, True, "REDCap: one of those"),
        ("hasmissingcode([n], 'UNK')", {"n": "ND"}, False, "REDCap: one of those"),
        ("isblankormissingcode([n]) = false", {"n": "1"}, True, "REDCap: false may be compared"),
        # unreadable
        ("[n] = ''", {"n": "1o"}, False, "rule: an unreadable entry is not ''"),
        ("[n] = [m]", {"n": "1o", "m": "1o"}, False, "rule: it equals nothing"),
        ("[n] <> '1'", {"n": "1o"}, True, "rule: it equals nothing"),
        ("[n] < 5", {"n": "1o"}, False, "rule: it is not less"),
        ("isblankormissingcode([n])", {"n": "1o"}, False, "rule: it is neither"),
        # numbers and their texts
        ("[n] = '12'", {"n": "12"}, True, "REDCap: quotes do not matter"),
        ("[n] = 12", {"n": "12.0"}, True, "REDCap: numbers compare as numbers"),
        ("[n] > '9'", {"n": "12"}, True, "REDCap: numbers compare as numbers"),
        ("[sex] = 1", {"sex": "1"}, True, "REDCap: quotes do not matter"),
        ("[sex] = '1'", {"sex": "1"}, True, "REDCap: quotes do not matter"),
        ("[sex] = '01'", {"sex": "1"}, True, "rule: both are the number 1"),
        ("[sex] > 1", {"sex": "2"}, True, "rule: a code is a number here"),
        ("[sex] = 'x'", {"sex": "1"}, False, "rule: no such text"),
        ("[note] = 'abc'", {"note": "abc"}, True, "rule: texts"),
        ("[note] = 'ABC'", {"note": "abc"}, False, "rule: case matters"),
        ("[note] = 5", {"note": "5.0"}, True, "rule: a text that is a number"),
        ("[note] = 5", {"note": "five"}, False, "rule: a text that is none"),
        ("[note] < '09:30'", {"note": "08:15"}, True, "rule: texts in alphabetic order"),
        ("[note] < '09:30'", {"note": "10:15"}, False, "rule: texts in alphabetic order"),
        ("[note] >= '09:30'", {"note": "09:30"}, True, "rule: texts in alphabetic order"),
        ("[note] < '5'", {"note": "abc"}, False, "rule: a text has no order with a number"),
        ("[note] = 'nan'", {"note": "nan"}, True, "rule: nan is a text"),
        ("[record_id] = 'P1'", {}, True, "rule: the record id is a text"),
        ("[record-name] = 'P1'", {}, True, "REDCap: the smart variable"),
        ("[record-dag-name] = 'A'", {}, True, "rule: the centre"),
        # dates
        ("[seen] > '2020-02-28'", {"seen": "2020-03-01"}, True, "rule: dates with dates"),
        ("[seen] = '2020-3-1'", {"seen": "2020-03-01"}, True, "rule: dates with dates"),
        ("[seen] < [born]", {"seen": "2020-03-01", "born": "2020-03-02"}, True, "rule"),
        ("[seen] <= [born]", {"seen": "2020-03-01", "born": ""}, False, "rule: a blank date"),
        ("[at] > [seen]", {"at": "2020-03-01 00:01", "seen": "2020-03-01"}, True, "rule: midnight"),
        ("[at] = '2020-03-01 08:30'", {"at": "2020-03-01 08:30"}, True, "rule"),
        (
            "[seen] = [note]",
            {"seen": "2020-03-01", "note": "2020-03-01"},
            True,
            "rule: a text date",
        ),
        ("[seen] = [note]", {"seen": "2020-03-01", "note": "March"}, False, "rule: and one not"),
        ("[seen] = 'UNK'", {"seen": "UNK"}, True, "rule: a missing code equals its code"),
        # checkboxes, yes/no
        ("[site(1)] = '1'", {"site___1": "1"}, True, "REDCap: 1 is checked"),
        ("[site(1)] = 0", {}, True, "REDCap: 0 is not checked"),
        ("[site(-9)] = 1", {"site____9": "1"}, True, "REDCap: a sign becomes _"),
        ("[ok] = 1", {"ok": "1"}, True, "REDCap: yes is 1"),
        ("[ok]", {"ok": "0"}, False, "rule: 0 does not hold"),
        ("[ok]", {"ok": ""}, False, "rule: blank does not hold"),
        ("[ok]", {"ok": "1"}, True, "rule: 1 holds"),
        ("[note]", {"note": "UNK"}, False, "rule: a missing code does not hold"),
        ("[seen]", {"seen": "2020-01-01"}, True, "rule: a date holds"),
        ("[n]", {"n": "-1"}, True, "rule: what is not 0 holds"),
        ("not [n]", {"n": "0"}, True, "rule: 0 does not hold"),
        ("''", {}, False, "rule: nothing holds of ''"),
        ("'x'", {}, True, "rule: a text holds"),
        # precedence
        ("[n] = 1 or [n] = 2 and [m] = 9", {"n": "1", "m": "0"}, True, "rule: and before or"),
        ("([n] = 1 or [n] = 2) and [m] = 9", {"n": "1", "m": "0"}, False, "rule: parentheses"),
        ("not [n] = 1 and [m] = 1", {"n": "2", "m": "1"}, True, "rule: not before and"),
        ("[n] + 1 = 3", {"n": "2"}, True, "rule: sums before comparisons"),
        ("[n]<>1", {"n": "2"}, True, "REDCap: <>"),
        ("[n]!=1", {"n": "1"}, False, "REDCap: the same as <>"),
    ],
)
def test_what_holds(text, entries, expected, source):
    assert true(text, **entries) is expected, source


@pytest.mark.parametrize(
    ("text", "entries", "expected", "source"),
    [
        # arithmetic: with a blank, blank (REDCap: + gives nothing if any field is blank)
        ("[n] + [m]", {"n": "1", "m": "2"}, "3", "REDCap"),
        ("[n] + [m]", {"n": "1", "m": ""}, "", "REDCap: blank in, blank out"),
        ("[n] * [m]", {"n": "1", "m": "UNK"}, "", "rule: a missing code is no number"),
        ("[n] - [m]", {"n": "1", "m": "x"}, "", "rule: nor is an unreadable entry"),
        ("[n] / [m]", {"n": "1", "m": "0"}, "", "rule: no division by 0"),
        ("[n] / [m]", {"n": "1", "m": "4"}, "0.25", "REDCap"),
        ("([n])^(2)", {"n": "3"}, "9", "REDCap: powers"),
        ("-2 ^ 2", {}, "-4", "rule: the sign after the power"),
        ("2 ^ 3 ^ 2", {}, "512", "rule: powers from the right"),
        ("(-8) ^ 0.5", {}, "", "rule: no real number"),
        ("10 ^ 400", {}, "", "rule: too large"),
        ("7 - 2 - 1", {}, "4", "rule: from the left"),
        ("[sex] + 1", {"sex": "2"}, "3", "rule: a code is a number here"),
        ("[ok] * 5", {"ok": "1"}, "5", "rule: a code is a number here"),
        ("([n] = 1) + ([m] = 1)", {"n": "1", "m": "1"}, "2", "rule: true is 1"),
        ("[n] = 1", {"n": "1"}, "1", "rule: true is 1"),
        ("[n] = 1", {"n": "2"}, "0", "rule: false is 0"),
        # several values: blanks are ignored (REDCap)
        ("sum([n], [m], [k])", {"n": "1", "m": "", "k": "2"}, "3", "REDCap: blanks ignored"),
        ("sum([n], [m])", {"n": "", "m": "UNK"}, "", "rule: of none there is none"),
        ("mean([n], [m], [k])", {"n": "1", "m": "", "k": "2"}, "1.5", "REDCap: blanks ignored"),
        ("mean([n])", {"n": ""}, "", "rule: of none there is none"),
        ("median([n], [m], [k])", {"n": "9", "m": "1", "k": "4"}, "4", "REDCap"),
        ("median([n], [m], [k])", {"n": "9", "m": "", "k": "4"}, "6.5", "REDCap: blanks ignored"),
        ("median([n])", {"n": ""}, "", "rule"),
        ("min([n], [m], [k])", {"n": "9", "m": "", "k": "4"}, "4", "REDCap: blanks ignored"),
        ("max([n], [m], 7)", {"n": "5", "m": ""}, "7", "REDCap: blanks ignored"),
        ("max([n])", {"n": ""}, "", "rule"),
        ("max([seen], [born])", {"seen": "2020-01-02", "born": "2019-01-01"}, "2020-01-02", "ours"),
        ("min([seen], [born])", {"seen": "2020-01-02", "born": ""}, "2020-01-02", "ours"),
        (
            "min([seen], [at])",
            {"seen": "2020-01-02", "at": "2020-01-01 10:00"},
            "2020-01-01T10:00:00",
            "ours",
        ),
        # rounding (REDCap's examples; no places is 0)
        ("round(14.384, 1)", {}, "14.4", "REDCap"),
        ("roundup(14.384, 1)", {}, "14.4", "REDCap"),
        ("rounddown(14.384, 1)", {}, "14.3", "REDCap"),
        ("round(14.384)", {}, "14", "REDCap: 0 places"),
        ("roundup(14.384)", {}, "15", "REDCap: 0 places"),
        ("rounddown(14.984)", {}, "14", "REDCap: 0 places"),
        ("round(0.5)", {}, "1", "rule: half away from 0"),
        ("round(1.5)", {}, "2", "rule: half away from 0"),
        ("round(2.5)", {}, "3", "rule: half away from 0"),
        ("round(-2.5)", {}, "-3", "rule: half away from 0"),
        ("round(2.675, 2)", {}, "2.68", "rule: decimal, not binary"),
        ("round(1.005, 2)", {}, "1.01", "rule: decimal, not binary"),
        ("roundup(1.1, 1)", {}, "1.1", "rule: 1.1 has one place"),
        ("rounddown(4.35, 2)", {}, "4.35", "rule: 4.35 has two places"),
        ("round(1234, -2)", {}, "1200", "rule: places before the point"),
        ("round(-0.2)", {}, "0", "rule: no negative 0"),
        ("round([n], 1)", {"n": ""}, "", "rule: blank"),
        # one number
        ("sqrt(16)", {}, "4", "REDCap"),
        ("sqrt([n])", {"n": "-1"}, "", "rule: no real number"),
        ("abs(-7.1)", {}, "7.1", "REDCap"),
        ("exponential(0)", {}, "1", "REDCap"),
        ("log(100, 10)", {}, "2", "REDCap"),
        ("log(exponential(2))", {}, "2", "REDCap: natural without a base"),
        ("log(0)", {}, "", "rule: no number"),
        ("mod(10, 4)", {}, "2", "REDCap"),
        ("mod(10, 0)", {}, "", "rule: no number"),
        ("isnumber([note])", {"note": "1.5"}, "1", "REDCap"),
        ("isnumber([note])", {"note": "x"}, "0", "REDCap"),
        ("isnumber([n])", {"n": ""}, "0", "REDCap"),
        ("isnumber([seen])", {"seen": "2020-01-01"}, "0", "rule"),
        ("isinteger([n])", {"n": "2.5"}, "0", "REDCap"),
        ("isinteger([n])", {"n": "2.0"}, "1", "REDCap"),
        # if
        ("if([n] > 100, 44, 11)", {"n": "101"}, "44", "REDCap"),
        ("if([n] > 100, 44, 11)", {"n": ""}, "11", "REDCap: blank is not greater"),
        ("if([n] > 1, if([n] > 2, 'c', 'b'), 'a')", {"n": "2"}, "b", "REDCap: nested"),
        ("if([n] = 1, 'yes', 5)", {"n": "2"}, "5", "rule: a text beside a number"),
        ("if([n] = 1, [n] = 1, 5)", {"n": "1"}, "1", "rule: true is 1"),
        ("if([n] = 1, '', 5) + 1", {"n": "1"}, "", "rule: '' is blank"),
        (
            "if([n] = 1, [seen], [at])",
            {"n": "1", "seen": "2020-01-01"},
            "2020-01-01T00:00:00",
            "rule",
        ),
        ("if([n] = 1, [seen], '')", {"n": "1", "seen": "2020-01-01"}, "2020-01-01", "rule"),
        ("if([n] = 1, [sex], [note])", {"n": "2", "note": "x"}, "x", "rule: texts"),
        ("''", {}, "", "rule"),
        # text (REDCap's examples)
        ("upper('John Doe')", {}, "JOHN DOE", "REDCap"),
        ("lower('John Doe')", {}, "john doe", "REDCap"),
        ("trim(' hello ')", {}, "hello", "REDCap"),
        ("left('Taylor', 3)", {}, "Tay", "REDCap"),
        ("right('Taylor', 4)", {}, "ylor", "REDCap"),
        ("right('Taylor', 0)", {}, "", "rule"),
        ("mid('Taylor', 2, 3)", {}, "ayl", "REDCap"),
        ("left('Taylor', 'x')", {}, "", "rule: no number is 0"),
        ("length('Taylor')", {}, "6", "REDCap"),
        ("length([note])", {}, "0", "rule: blank has none"),
        ("find('y', 'Taylor')", {}, "3", "REDCap"),
        ("find('z', 'Taylor')", {}, "0", "REDCap"),
        ("replace_text('a-b-c', '-', '+')", {}, "a+b+c", "REDCap"),
        ("replace_text('abc', '', '+')", {}, "abc", "rule: nothing to replace"),
        ("concat([note], ' ', 'Taylor')", {"note": "Rob"}, "Rob Taylor", "REDCap"),
        ("concat([n], '/', [seen])", {"n": "1.50", "seen": "2020-01-01"}, "1.5/2020-01-01", "rule"),
        ("concat([note])", {}, "", "rule"),
        (
            "concat_ws(' and ', 'Peas', [note], 'Tomatoes')",
            {},
            "Peas and Tomatoes",
            "REDCap: no blanks",
        ),
        ("right(concat('00', [n]), 3)", {"n": "7"}, "007", "REDCap"),
        ("contains([note], 'TAYLOR')", {"note": "Mr Taylor"}, "1", "REDCap: any case"),
        ("not_contain([note], 'smith')", {"note": "Taylor"}, "1", "REDCap"),
        ("starts_with([note], 'rob')", {"note": "Rob T"}, "1", "REDCap: any case"),
        ("ends_with([note], 'taylor')", {"note": "Rob T"}, "0", "REDCap"),
        # dates (REDCap: a month is 30.44 days, a year 365.2425; no sign unless asked)
        (
            "datediff([born], [seen], 'd')",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "2",
            "leap",
        ),
        (
            "datediff([seen], [born], 'd')",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "2",
            "REDCap: no sign",
        ),
        (
            "datediff([seen], [born], 'd', true)",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "-2",
            "REDCap: signed",
        ),
        (
            "datediff([seen], [born], 'd', 'ymd', TRUE)",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "-2",
            "REDCap: with the older format",
        ),
        (
            "datediff([seen], [born], 'd', false)",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "2",
            "REDCap: no sign",
        ),
        (
            "datediff([born], [seen], 'h')",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "48",
            "REDCap",
        ),
        (
            "datediff([born], [seen], 'm')",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "2880",
            "REDCap: m is minutes",
        ),
        (
            "datediff([born], [seen], 's')",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "172800",
            "REDCap",
        ),
        (
            "round(datediff([born], [seen], 'M') * 30.44, 6)",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "2",
            "REDCap: M is months",
        ),
        (
            "round(datediff([born], [seen], 'y') * 365.2425, 6)",
            {"born": "2020-02-28", "seen": "2020-03-01"},
            "2",
            "REDCap",
        ),
        (
            "datediff([seen], [at], 'h')",
            {"seen": "2020-03-01", "at": "2020-03-01 06:00"},
            "6",
            "rule: midnight",
        ),
        ("datediff([born], [seen], 'd')", {"born": "", "seen": "2020-03-01"}, "", "rule: blank"),
        (
            "datediff([born], [seen], 'd')",
            {"born": "UNK", "seen": "2020-03-01"},
            "",
            "rule: no date",
        ),
        ("datediff('2020-01-01', [seen], 'd')", {"seen": "2020-03-01"}, "60", "REDCap: a literal"),
        (
            "datediff('01/12/2020', [seen], 'd', 'mdy')",
            {"seen": "2020-01-15"},
            "3",
            "REDCap: its format",
        ),
        (
            "datediff('12/01/2020', [seen], 'd', 'dmy')",
            {"seen": "2020-01-15"},
            "3",
            "REDCap: its format",
        ),
        (
            "datediff('12-01-2020 12:00', [seen], 'h', 'dmy')",
            {"seen": "2020-01-13"},
            "12",
            "REDCap: its format",
        ),
        ("datediff([seen], 'today', 'd')", {"seen": "2023-03-01"}, "30", "the cut-off 2023-03-31"),
        ("year([seen])", {"seen": "1985-03-15"}, "1985", "REDCap"),
        ("month([at])", {"at": "1985-03-15 10:00"}, "3", "REDCap"),
        ("day([seen])", {"seen": "1969-12-31"}, "31", "REDCap"),
        ("year([seen])", {"seen": "1969-12-31"}, "1969", "before 1970"),
        ("month([seen])", {"seen": ""}, "", "rule"),
        ("dayoftheweek([seen])", {"seen": "2024-01-01"}, "1", "REDCap: Monday is 1"),
        ("dayoftheweek([seen])", {"seen": "1969-12-28"}, "7", "REDCap: Sunday is 7"),
        ("year('today')", {}, "2023", "the cut-off 2023-03-31"),
        (
            "age_at_date([born], [seen])",
            {"born": "2000-03-01", "seen": "2020-02-29"},
            "19",
            "REDCap: birthdays",
        ),
        (
            "age_at_date([born], [seen])",
            {"born": "2000-02-29", "seen": "2020-02-29"},
            "20",
            "REDCap: birthdays",
        ),
        (
            "age_at_date([born], [seen])",
            {"born": "2000-02-29", "seen": "2021-02-28"},
            "20",
            "no birthday yet",
        ),
        ("age_at_date([born], [seen], false)", {"born": "", "seen": "2021-02-28"}, "", "rule"),
    ],
)
def test_what_is_computed(text, entries, expected, source):
    assert one(text, cut_off=date(2023, 3, 31), **entries) == expected, source


def test_every_function_of_the_language_is_computed_but_those_that_say_so():
    computed = {"if", *NUMBER_FUNCTIONS, *TEXT_FUNCTIONS, *MISSING_FUNCTIONS, *OVER_ROWS}
    assert computed | PARSED_ONLY == set(FUNCTIONS)
    assert not computed & PARSED_ONLY
