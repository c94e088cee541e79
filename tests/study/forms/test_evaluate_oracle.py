"""Random expressions over random forms: whole columns against a row at a time."""

from __future__ import annotations

import math
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from atrisk.study.forms.dictionary import Choice, Dictionary, Field, MissingCode
from atrisk.study.forms.evaluate import Evaluation
from atrisk.study.forms.expression import parse_expression
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
    Text,
    Truth,
)
from expression_oracle import BLANK, JUNK, Missing, Oracle, spelled
from records_by_hand import records_by_hand

CUT_OFF = date(2021, 6, 30)
DICTIONARY = Dictionary(
    fields=(
        Field("record_id", "base"),
        Field("n", "base", validation="number"),
        Field("m", "base", validation="number"),
        Field("sex", "base", type="radio", choices=(Choice("1", "f"), Choice("2", "m"))),
        Field("note", "base", type="notes"),
        Field("seen", "base", validation="date_ymd"),
        Field("site", "base", type="checkbox", choices=(Choice("1", "a"), Choice("2", "b"))),
        Field("dose", "cycle", validation="number"),
        Field("given", "cycle", validation="date_ymd"),
        Field("drug", "cycle"),
        Field("bili", "lab", validation="number"),
        Field("drawn", "lab", validation="date_ymd"),
    ),
    repeating=frozenset({"cycle", "lab"}),
    missing_codes=(MissingCode("UNK", "unknown"), MissingCode("ND", "not done")),
)
FORM = {field.name: field.form for field in DICTIONARY.fields}
NO_VALUE = ["", "", "UNK", "ND", "oops"]
NUMBERS = st.sampled_from([*NO_VALUE, "0", "1", "-2.5", "3", "10", "1e3"])
DATES = st.sampled_from([*NO_VALUE, "2020-01-01", "2020-02-29", "2021-06-30", "2021-07-01"])
WORDS = st.sampled_from(["", "UNK", "1", "1.0", "abc", "Abc", "b", "2020-02-29", "it's"])
ENTRIES = {
    "base": {
        "n": NUMBERS,
        "m": NUMBERS,
        "sex": st.sampled_from(["", "UNK", "1", "2"]),
        "note": WORDS,
        "seen": DATES,
        "site___1": st.sampled_from(["0", "1"]),
        "site___2": st.sampled_from(["0", "1"]),
    },
    "cycle": {"dose": NUMBERS, "given": DATES, "drug": WORDS},
    "lab": {"bili": NUMBERS, "drawn": DATES},
}


@st.composite
def forms(draw):
    ids = [f"P{place}" for place in range(draw(st.integers(1, 4)))]
    found = {form: [] for form in ENTRIES}
    for record in ids:
        if draw(st.booleans()):
            found["base"].append({"record": record, **draw(st.fixed_dictionaries(ENTRIES["base"]))})
        for form in ("cycle", "lab"):
            for instance in sorted(draw(st.sets(st.integers(1, 4), max_size=3))):
                entries = draw(st.fixed_dictionaries(ENTRIES[form]))
                found[form].append({"record": record, "instance": instance, **entries})
    return ids, found


def field(names, form):
    """Refer to one of the fields so that it has one value on a row of the form."""
    steps = ["first", "last", 1, 2] + ([] if form == "base" else ["previous", "next", "current"])

    def reference(name, step):
        own = FORM[name] in {form, "base"}
        return Reference(name, instance=None if own and step in {"first", 1} else step)

    return st.builds(reference, st.sampled_from(names), st.sampled_from(steps)).map(
        lambda node: Reference(node.field) if FORM[node.field] == "base" else node
    )


def expressions(form):
    """Give strategies of numbers, dates, words and truths of one form, a level deep each."""
    numbers = field(["n", "m", "dose", "bili"], form) | st.builds(
        Number, st.sampled_from([0.0, 1.0, 2.5, 10.0])
    )
    dates = field(["seen", "given", "drawn"], form)
    days = dates | st.sampled_from([Text("2020-02-29"), Text("2021-01-01"), Text("today")])
    words = field(["note", "drug", "sex"], form) | st.sampled_from(
        [Text(""), Text("1"), Text("abc"), Text("UNK"), Text("it's")]
    )
    options = st.sampled_from([Reference("site", code="1"), Reference("site", code="2")])
    for _ in range(2):
        truths = truth(numbers, dates, days, words, options)
        numbers = numbers | number(numbers, dates, days, truths)
        words = words | st.builds(lambda *some: Call("concat", some), words, words)
    return numbers, truth(numbers, dates, days, words, options)


def number(numbers, dates, days, truths):
    several = st.sampled_from(["sum", "mean", "median", "min", "max"])
    signs = st.sampled_from([(), (Truth(value=True),), (Text("ymd"), Truth(value=False))])
    units = st.sampled_from("yMdhms").map(Text)
    return st.one_of(
        st.builds(Negative, numbers),
        st.builds(Arithmetic, st.sampled_from("+-*/"), numbers, numbers),
        st.builds(lambda name, *some: Call(name, some), several, numbers, numbers, numbers),
        st.builds(lambda *some: Call("if", some), truths, numbers, numbers | st.just(Text(""))),
        st.builds(lambda name, one: Call(name, (one,)), st.sampled_from(["abs", "sqrt"]), numbers),
        st.builds(
            lambda first, second, unit, sign: Call("datediff", (first, second, unit, *sign)),
            dates,
            days,
            units,
            signs,
        ),
        over_rows(),
    )


def over_rows():
    conditions = {
        "cycle": [
            Compare("=", Reference("drug"), Text("abc")),
            Compare(">", Reference("dose"), Number(0.0)),
            Compare("<", Reference("given"), Reference("seen")),
        ],
        "lab": [
            Not(Compare("=", Reference("bili"), Text(""))),
            Compare("=", Number(1.0), Number(1.0)),
        ],
    }

    def call(name, form, condition):
        reference = Reference({"cycle": "dose", "lab": "bili"}[form])
        return Call(name, (reference, *condition))

    return st.sampled_from(["cycle", "lab"]).flatmap(
        lambda form: st.builds(
            call,
            st.sampled_from(["lowest", "highest", "count"]),
            st.just(form),
            st.sampled_from([(), *((condition,) for condition in conditions[form])]),
        )
    )


def truth(numbers, dates, days, words, options):
    orders = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    blank = st.sampled_from([Text(""), Text("UNK"), Text("nd")])
    asks = st.sampled_from(["isblankormissingcode", "isblanknotmissingcode", "ismissingcode"])
    ends = st.sampled_from(
        [
            Call("earliest", (Reference("given"), Reference("drawn"))),
            Call("latest", (Reference("drawn"),)),
        ]
    )
    plain = st.one_of(
        st.builds(Compare, orders, numbers, numbers),
        st.builds(Compare, orders, dates, days),
        st.builds(Compare, orders, dates, ends),
        st.builds(Compare, orders, words, words),
        st.builds(Compare, orders, field(["note", "sex"], "base"), numbers),
        st.builds(Compare, st.sampled_from(["=", "<>"]), numbers | dates | words, blank),
        st.builds(Compare, st.just("="), options, st.just(Text("1"))),
        st.builds(lambda name, one: Call(name, (one,)), asks, dates | field(["n", "note"], "base")),
        st.builds(lambda *some: Call("contains", some), words, words),
        st.builds(
            lambda one: Call("any_equal", (Reference("drug"), Text(one))),
            st.sampled_from(["abc", "1", "UNK", ""]),
        ),
        numbers,
    )
    return st.one_of(
        plain,
        st.builds(Not, plain),
        st.builds(lambda *some: AllOf(some), plain, plain),
        st.builds(lambda *some: AnyOf(some), plain, plain, plain),
    )


STRATEGIES = {form: expressions(form) for form in ("base", "cycle")}


def agree(found, row, expected):
    """Compare one entry of a column with a value of the oracle."""
    if expected is BLANK or expected is JUNK or isinstance(expected, Missing):
        return found.missing[row] != 0
    value = found.values[row]
    return found.missing[row] == 0 and math.isclose(
        value, float(expected), rel_tol=1e-9, abs_tol=1e-9
    )


@given(st.sampled_from(["base", "cycle"]), st.data())
def test_whole_columns_give_what_single_rows_give(form, data):
    ids, rows = data.draw(forms())
    numbers, truths = STRATEGIES[form]
    records = records_by_hand(DICTIONARY, rows, ids=ids)
    evaluation = Evaluation(records, cut_off=CUT_OFF)
    for _ in range(4):
        node = data.draw(truths)
        text = spelled(node)
        held = evaluation.holds(parse_expression(text), form)
        for place, row in enumerate(rows[form]):
            assert held[place] == Oracle(DICTIONARY, rows, form, row, CUT_OFF).holds(node), text
        node = data.draw(numbers)
        text = spelled(node)
        computed = evaluation.compute(parse_expression(text), form)
        for place, row in enumerate(rows[form]):
            expected = Oracle(DICTIONARY, rows, form, row, CUT_OFF).of(node)
            assert agree(computed, place, expected), (text, row, expected)
