from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.study.conditions import (
    AllOf,
    AnyOf,
    Column,
    Compare,
    Literal,
    Member,
    Missing,
    Not,
    parse_condition,
)


def message(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_condition(text)
    return str(caught.value)


def test_and_binds_closer_than_or_and_not_closest() -> None:
    tree = parse_condition("not a == 1 and b < 2 or c >= 3").tree
    a, b = (
        Compare("==", Column("a", 4), Literal(1.0, 9)),
        Compare("<", Column("b", 15), Literal(2.0, 19)),
    )
    c = Compare(">=", Column("c", 24), Literal(3.0, 29))
    assert tree == AnyOf((AllOf((Not(a), b)), c))


def test_parentheses_bind_closest() -> None:
    tree = parse_condition("a == 1 and (b == 2 or c == 3)").tree
    assert isinstance(tree, AllOf)
    assert isinstance(tree.parts[1], AnyOf)


def test_a_chain_is_both_comparisons() -> None:
    tree = parse_condition("18 <= age < 65").tree
    age = Column("age", 6)
    assert tree == AllOf(
        (Compare("<=", Literal(18.0, 0), age), Compare("<", age, Literal(65.0, 12)))
    )


def test_lists_texts_dates_and_missing() -> None:
    assert parse_condition("g in [\"a\", 'b']").tree == Member(
        Column("g", 0), (Literal("a", 6), Literal("b", 11))
    )
    assert parse_condition("g not in [1, -2.5e1]").tree == Not(
        Member(Column("g", 0), (Literal(1.0, 10), Literal(-25.0, 13)))
    )
    assert parse_condition("d > 2024-06-30").tree == Compare(
        ">", Column("d", 0), Literal(date(2024, 6, 30), 4)
    )
    assert parse_condition('d > "2024-06-30"').tree == parse_condition("d > 2024-06-30").tree
    assert parse_condition("d is missing").tree == Missing(Column("d", 0))
    assert parse_condition("d is not missing").tree == Not(Missing(Column("d", 0)))
    assert parse_condition('d == "20240630"').tree == Compare(
        "==", Column("d", 0), Literal("20240630", 5)
    )


def test_names_may_have_dots_spaces_and_umlauts() -> None:
    condition = parse_condition("last.date == 1 and `Age (y)` < 2 or größe > 3 or `and` == 4")
    assert condition.names == ("last.date", "Age (y)", "größe", "and")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "age = 18",
            "'=' stands where a comparison (== != < <= > >=, in, is missing) is expected"
            " (write == to compare)\n    age = 18\n        ^",
        ),
        (
            "age < 18 & sex == 1",
            "'&' stands where 'and', 'or' or the end is expected (write and)\n"
            "    age < 18 & sex == 1\n             ^",
        ),
        (
            "(age < 18",
            "the condition ends where ')' is expected\n    (age < 18\n             ^",
        ),
        (
            "age < and",
            "'and' stands where a column or a value is expected\n    age < and\n          ^",
        ),
        (
            "age",
            "the condition ends where a comparison (== != < <= > >=, in, is missing) is expected\n"
            "    age\n       ^",
        ),
        ("age < 18 $", "'$' does not belong in a condition\n    age < 18 $\n             ^"),
        ("1 < 2", "a comparison needs a column on one side\n    1 < 2\n    ^"),
        (
            "g < 'a'",
            "text has no order; compare with a number or a date\n    g < 'a'\n        ^",
        ),
        (
            "g in [1, 'a']",
            "a list holds numbers, or texts, or dates\n    g in [1, 'a']\n          ^",
        ),
        ("g in [x]", "a list holds numbers, or texts in quotes\n    g in [x]\n          ^"),
        ("3 is missing", "a column is expected here\n    3 is missing\n    ^"),
        ("d > 2024-13-01", "2024-13-01 is not a day\n    d > 2024-13-01\n        ^"),
        (
            "g is 3",
            "'3' stands where 'missing' is expected\n    g is 3\n         ^",
        ),
        ("", "the condition ends where a column or a value is expected\n    \n    ^"),
        (
            "__import__('os').system('x')",
            "'.' does not belong in a condition\n"
            "    __import__('os').system('x')\n                    ^",
        ),
    ],
)
def test_a_mistake_is_marked_with_a_caret(text: str, expected: str) -> None:
    assert message(text) == expected


@given(st.text(max_size=30))
def test_any_text_parses_or_is_refused_in_words(text: str) -> None:
    try:
        names = parse_condition(text).names
    except InputError as error:
        names = (str(error),)
    assert names
