"""REDCap's expressions become frozen trees; a mistake is marked with a caret."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.study.forms.expression import parse_expression, walk
from atrisk.study.forms.expression_functions import FUNCTIONS
from atrisk.study.forms.expression_nodes import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Negative,
    Not,
    Number,
    Reference,
    Smart,
    Text,
    Truth,
)
from expression_oracle import spelled

A, B, C = (Reference(name) for name in "abc")
ONE, TWO, THREE = (Number(float(value)) for value in (1, 2, 3))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[a]", A),
        ("[ a ]", A),
        ("[A]", A),
        ("1.5e1", Number(15.0)),
        (".5", Number(0.5)),
        ("5.", Number(5.0)),
        ("'x'", Text("x")),
        ('"it\'s"', Text("it's")),
        (r"'it\'s'", Text("it's")),
        (r"'a\\b\n'", Text(r"a\b\n")),
        ("''", Text("")),
        ("true", Truth(value=True)),
        ("FALSE", Truth(value=False)),
        # fields (REDCap: event and instance stand in brackets beside the field, no space between)
        ("[a(2)]", Reference("a", code="2")),
        ("[a( -9 )]", Reference("a", code="-9")),
        ("[ev_arm_1][a]", Reference("a", event="ev_arm_1")),
        ("[a][last-instance]", Reference("a", instance="last")),
        ("[a][First-Instance]", Reference("a", instance="first")),
        ("[a][12]", Reference("a", instance=12)),
        ("[ev][a(1)][previous-instance]", Reference("a", "1", "ev", "previous")),
        ("[a:value]", Reference("a", modifier="value")),
        ("[record-name]", Smart("record-name")),
        ("[current-instance]", Smart("current-instance")),
        # operators, loosest to tightest
        ("[a] or [b] and [c]", AnyOf((A, AllOf((B, C))))),
        ("([a] or [b]) and [c]", AllOf((AnyOf((A, B)), C))),
        ("[a] or [b] or [c]", AnyOf((A, B, C))),
        ("[a] AND [b] Or [c]", AnyOf((AllOf((A, B)), C))),
        ("[a] && [b] || [c]", AnyOf((AllOf((A, B)), C))),
        ("not [a] = 1 and [b]", AllOf((Not(Compare("=", A, ONE)), B))),
        ("not not [a]", Not(Not(A))),
        ("!([a] = 1)", Not(Compare("=", A, ONE))),
        ("[a] = 1", Compare("=", A, ONE)),
        ("[a] == 1", Compare("=", A, ONE)),
        ("[a] <> 1", Compare("<>", A, ONE)),
        ("[a] != 1", Compare("<>", A, ONE)),
        ("[a]<=1", Compare("<=", A, ONE)),
        ("[a]>=-1", Compare(">=", A, Negative(ONE))),
        ("[a] + 1 > [b] * 2", Compare(">", Arithmetic("+", A, ONE), Arithmetic("*", B, TWO))),
        ("1 - 2 - 3", Arithmetic("-", Arithmetic("-", ONE, TWO), THREE)),
        ("1 / 2 * 3", Arithmetic("*", Arithmetic("/", ONE, TWO), THREE)),
        ("1 + 2 * 3", Arithmetic("+", ONE, Arithmetic("*", TWO, THREE))),
        ("(1 + 2) * 3", Arithmetic("*", Arithmetic("+", ONE, TWO), THREE)),
        ("2 ^ 3 ^ 1", Arithmetic("^", TWO, Arithmetic("^", THREE, ONE))),
        ("-2 ^ 2", Negative(Arithmetic("^", TWO, TWO))),
        ("2 ^ -1", Arithmetic("^", TWO, Negative(ONE))),
        ("([a])^(2)", Arithmetic("^", A, TWO)),
        ("2 * -3", Arithmetic("*", TWO, Negative(THREE))),
        ("- -1", Negative(Negative(ONE))),
        ("+1", ONE),
        # functions, in any case and nested
        ("ROUND([a], 1)", Call("round", (A, ONE))),
        ("if([a], if([b], 1, 2), '')", Call("if", (A, Call("if", (B, ONE, TWO)), Text("")))),
        (
            "datediff([a], 'today', 'd', 'ymd', true)",
            Call("datediff", (A, Text("today"), Text("d"), Text("ymd"), Truth(value=True))),
        ),
        ("earliest([a], [b], [c] = 1)", Call("earliest", (A, B, Compare("=", C, ONE)))),
        # comments (REDCap: from // or # to the end of the line) and space
        ("# why\n[a] // what\n and\t[b]", AllOf((A, B))),
        ("[a] = '# // no comment'", Compare("=", A, Text("# // no comment"))),
        ("[a]\u00a0=\r\n1", Compare("=", A, ONE)),
    ],
)
def test_the_tree_of(text, tree):
    assert parse_expression(text).tree == tree


@pytest.mark.parametrize(
    ("text", "problem", "column"),
    [
        ("", "the expression is empty", 0),
        ("  # nothing", "the expression is empty", 0),
        ("[a] =", "the expression ends where a field, a value or a function is expected", 5),
        ("[a] = = 1", "'=' stands where a field, a value or a function is expected", 6),
        ("[a] 1", "'1' stands where an operator, 'and', 'or' or the end is expected", 4),
        ("[a] [b]", "'[b]' stands where an operator, 'and', 'or' or the end is expected", 4),
        ("[a] = 1)", "')' stands where an operator, 'and', 'or' or the end is expected", 7),
        ("([a] = 1", "'(' is not closed", 0),
        ("round([a]", "'round(' is not closed", 0),
        ("round([a] 1)", "'1' stands where an operator or ')' is expected", 10),
        ("1 < [a] < 3", "comparisons do not chain; join two of them by 'and'", 8),
        ("'abc", "the quote is not closed", 0),
        ("[a] = \"abc'", "the quote is not closed", 6),
        ("[a", "the bracket is not closed, or holds another one", 0),
        ("[a[b]]", "the bracket is not closed, or holds another one", 0),
        ("a]", "no bracket was opened", 1),
        ("[a b] = 1", "[a b] is no field; a field is [name], an option of a checkbox", 0),
        ("[] = 1", "[] is no field", 0),
        ("[a][b][c]", "a field is [event][field][instance]", 6),
        ("{a} = 1", "a field stands in [brackets]", 0),
        ("[a] % 2", "there is no such operator; write mod(a, b)", 4),
        ("[a] & [b]", "write and", 4),
        ("[a] | [b]", "write or", 4),
        ("round([a]; 1)", "arguments are separated by commas", 9),
        ("[a] = \u20181\u2019", "\u2018 is not a quote that REDCap reads; write '", 6),
        ("[a] = 12abc", "a number runs into a name", 6),
        ("[a] = 1 @ 2", "'@' does not belong in an expression", 8),
        ("age > 3", "'age' is no value; a field stands in [ ]", 0),
        ("round = 3", "'round' is no value; write '(' after the name of a function", 0),
        ("datedif([a], [b], 'd')", "there is no function 'datedif'. Did you mean 'datediff'?", 0),
        ("if([a], 1)", "if takes 3 arguments, not 2", 0),
        ("sum()", "sum takes 1 or more arguments, not 0", 0),
        ("round(1, 2, 3)", "round takes 1 to 2 arguments, not 3", 0),
        ("datediff([a], [b], 'D')", "the unit of datediff is one of 'y', 'M', 'd', 'h'", 19),
        ("datediff([a], [b], [c])", "the unit of datediff is one of", 19),
        ("datediff([a], [b], 'd', 'ydm')", "after its unit datediff takes 'ymd', 'mdy'", 24),
        ("latest(3)", "latest takes a field, such as [age]", 7),
        ("1 + not [a]", "'not' here needs parentheses around its part", 4),
        ("and [a]", "'and' stands where a field, a value or a function is expected", 0),
        ("(" * 200 + "1" + ")" * 200, "more than 100 levels of parentheses", 100),
        ("2^" * 200 + "2", "more than 100 levels of parentheses", 200),
        ("-" * 200 + "2", "more than 100 signs in a row", 100),
    ],
)
def test_a_mistake_is_marked(text, problem, column):
    with pytest.raises(InputError) as caught:
        parse_expression(text)
    said, shown, caret = str(caught.value).split("\n")
    assert problem in said
    assert shown == "    " + text
    assert caret == " " * (4 + column) + "^"


def test_of_several_lines_the_one_with_the_mistake_is_shown():
    with pytest.raises(InputError) as caught:
        parse_expression("[a] = 1\n  and\t[b] = = 2\n  and [c]")
    assert str(caught.value).split("\n") == [
        "line 2: '=' stands where a field, a value or a function is expected",
        "      and [b] = = 2",
        "                ^",
    ]


def test_the_fields_in_order_each_once():
    expression = parse_expression("if([b] > [a], [ev][c(1)], sum([a], [b][1]))")
    assert expression.fields == ("b", "a", "c")
    assert [reference.start for reference in expression.references] == [3, 9, 14, 30, 35]


def test_a_tree_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse_expression("[a]").tree.field = "b"


def test_long_chains_need_no_depth():
    terms = [f"[f{place}]" for place in range(3000)]
    assert len(parse_expression(" + ".join(terms)).references) == 3000
    assert len(parse_expression(" or ".join(terms)).tree.parts) == 3000


def test_a_hundred_levels_are_read():
    text = "if([a], 1, " * 40 + "0" + ")" * 40
    assert sum(isinstance(node, Call) for node in walk(parse_expression(text).tree)) == 40


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
references = st.builds(
    Reference,
    names,
    st.none() | st.from_regex(r"-?[A-Za-z0-9_.]{1,4}", fullmatch=True),
    st.none() | names,
    st.none()
    | st.sampled_from(["first", "last", "previous", "next", "current"])
    | st.integers(0, 99),
)
leaves = st.one_of(
    st.builds(Number, st.floats(0, 1e15)),
    st.builds(Text, st.text(max_size=12)),
    st.builds(Truth, st.booleans()),
    references,
    st.builds(Smart, st.sampled_from(["record-name", "user-role-id"])),
)
FREE = sorted(
    name for name, (least, most) in FUNCTIONS.items() if least <= 1 and most >= 1 and name != "if"
)


def branches(parts):
    return st.one_of(
        st.builds(Negative, parts),
        st.builds(Not, parts),
        st.builds(Arithmetic, st.sampled_from("+-*/^"), parts, parts),
        st.builds(Compare, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), parts, parts),
        joined(AllOf, parts),
        joined(AnyOf, parts),
        st.builds(lambda *three: Call("if", three), parts, parts, parts),
        st.builds(lambda name, ref: Call(name, (ref,)), st.sampled_from(FREE), references),
    )


def joined(kind, parts):
    first = parts.filter(lambda part: not isinstance(part, kind))
    return st.builds(lambda *some: kind(some), first, parts, parts)


@given(st.recursive(leaves, branches, max_leaves=25))
def test_a_tree_that_is_spelled_is_read_back(tree):
    assert parse_expression(spelled(tree)).tree == tree


@given(st.text(alphabet="[]()'\"ab12<>=!+-*/^,.&|# \n\\%notrdif", max_size=30))
def test_any_text_is_read_or_refused(text):
    said = "^"
    try:
        parse_expression(text)
    except InputError as error:
        said = str(error)
    assert said.endswith("^")
