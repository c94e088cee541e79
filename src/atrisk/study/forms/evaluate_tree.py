"""The tree of an expression, visited node by node, with whole columns at each."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.errors import nearest
from atrisk.study.forms.evaluate_numbers import ARITHMETIC, NUMBER_FUNCTIONS
from atrisk.study.forms.evaluate_over_rows import over_rows
from atrisk.study.forms.evaluate_rows import Frame, Joins, frame_of
from atrisk.study.forms.evaluate_text import TEXT_FUNCTIONS
from atrisk.study.forms.evaluate_values import (
    Misfit,
    Value,
    as_column,
    blank,
    either,
    equal,
    from_column,
    numbers,
    numbers_of,
    ordered,
    text,
    text_of,
    truth,
    truths_of,
)
from atrisk.study.forms.expression import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Expression,
    Negative,
    Node,
    Not,
    Number,
    Reference,
    Smart,
    Text,
    Truth,
)
from atrisk.study.forms.expression_functions import OVER_ROWS
from atrisk.study.forms.expression_tokens import mistake
from atrisk.study.forms.fields import checkbox_column
from atrisk.study.forms.tables import BLANK, CODED, PRESENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from numpy.typing import NDArray

    from atrisk.study.forms.tables import Column, Records

    Truths = NDArray[np.bool_]

__all__ = ["MISSING_FUNCTIONS", "Evaluation"]

_ORDER: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_DATES: Final = frozenset({"date", "datetime"})
_NOW: Final = frozenset({"today", "now"})
_DATE_ARGUMENTS: Final = {
    "datediff": 2,
    "age_at_date": 2,
    "year": 1,
    "month": 1,
    "day": 1,
    "dayoftheweek": 1,
}


class Evaluation:
    """Evaluates many expressions over the same records, finding each join of forms once."""

    def __init__(self, records: Records, *, cut_off: date | None = None) -> None:
        self.records = records
        self.cut_off = cut_off
        self.joins = Joins(records)
        self.forms = {field.name: field.form for field in records.dictionary.fields}
        self.forms |= {f"{form}_complete": form for form in records.dictionary.forms}
        self.found: dict[Call, Value] = {}

    def holds(self, expression: Expression, form: str | None) -> Truths:
        """Tell on which rows an expression holds: shape (n,)."""
        frame = frame_of(self.records, form)
        found = self._run(expression, lambda: truths_of(self.value(expression.tree, frame)))
        return np.broadcast_to(found, frame.rows).copy()

    def compute(self, expression: Expression, form: str | None, *, name: str = "") -> Column:
        """Compute a column of n rows."""
        frame = frame_of(self.records, form)
        return as_column(
            self._run(expression, lambda: self.value(expression.tree, frame)), name, frame.rows
        )

    def assumed(self, expression: Expression, form: str | None) -> Truths:
        """Tell on which rows a date that an expression reads is known to the month or year only.

        Fields within functions over all rows of a record are not looked at.
        """
        frame = frame_of(self.records, form)

        def found() -> Truths:
            partial = np.zeros(frame.rows, dtype=np.bool_)
            for reference in expression.references:
                partial |= self._partial(reference, frame)
            return partial

        partial: Truths = self._run(expression, found)
        return partial

    def _run(self, expression: Expression, function: Callable[[], Any]) -> Any:  # noqa: ANN401
        try:
            with np.errstate(all="ignore"):  # what is not finite becomes blank
                return function()
        except Misfit as misfit:
            raise mistake(expression.text, misfit.start, misfit.problem) from None

    def value(self, node: Node, frame: Frame) -> Value:
        """Evaluate a part of an expression."""
        return _VISIT[type(node)](self, node, frame)

    def truths(self, node: Node, frame: Frame) -> Truths:
        """Tell where a part of an expression holds."""
        return truths_of(self.value(node, frame))

    def column(self, reference: Reference) -> tuple[str, Column | None]:
        """Find the form and the column of a field; no column if no file had it."""
        name = reference.field
        if name not in self.forms:
            raise Misfit(reference.start, f"there is no field {name!r}.{nearest(name, self.forms)}")
        form = self.forms[name]
        field = self.records.dictionary.field(name) if name in self.records.dictionary else None
        if reference.modifier not in {"", "value"}:
            raise Misfit(reference.start, f"':{reference.modifier}' is not evaluated here")
        if (field is not None and field.type == "checkbox") != (reference.code is not None):
            raise Misfit(
                reference.start, _checkbox_problem(reference, field.codes if field else ())
            )
        if reference.code is not None and field is not None:
            if reference.code not in field.codes:
                codes = ", ".join(field.codes)
                problem = f"{name!r} has no option {reference.code!r}; its options are {codes}"
                raise Misfit(reference.start, problem)
            name = checkbox_column(name, reference.code)
        return form, self.records.tables[form].columns.get(name)

    def reference(self, node: Reference, frame: Frame) -> Value:
        """Give the values of a field on the rows of a frame."""
        if node.field == self.records.dictionary.record_id:
            return self._record_name(frame, node.start)
        form, column = self.column(node)
        rows = self.joins.located(frame, node, form)
        if column is None:
            field = self.forms[node.field] and node.field in self.records.dictionary
            kind = self.records.dictionary.field(node.field).kind if field else "code"
            return blank(
                "text" if kind not in {"number", "date", "datetime"} else kind,
                frame.rows,
                node.start,
            )
        value = from_column(column, node.start)
        return value if rows is None else value.take(rows)

    def _partial(self, reference: Reference, frame: Frame) -> Truths:
        if reference.field == self.records.dictionary.record_id:
            return np.zeros(frame.rows, dtype=np.bool_)
        form, column = self.column(reference)
        nothing = np.zeros(frame.rows, dtype=np.bool_)
        repeated = reference.instance is None and frame.form != form and self.joins.repeats(form)
        if column is None or column.precision is None or repeated:
            return nothing
        rows = self.joins.located(frame, reference, form)
        if rows is None:
            return column.precision > 0
        if not len(column.precision):
            return nothing
        return (column.precision[rows] > 0) & (rows >= 0)

    def _record_name(self, frame: Frame, start: int) -> Value:
        return text(frame.record, self.records.ids, start)

    def smart(self, node: Smart, frame: Frame) -> Value:
        """Give the values of a smart variable."""
        if node.name == "record-name":
            return self._record_name(frame, node.start)
        if node.name == "record-dag-name":
            ids = tuple(centre.id for centre in self.records.centres)
            return text(self.records.centre[frame.record], ids, node.start)
        if node.name == "current-instance" and frame.instance is not None:
            return numbers(frame.instance, node.start)
        if node.name == "event-name" and frame.event is not None:
            return text(frame.event.codes, frame.event.texts, node.start)
        raise Misfit(node.start, f"[{node.name}] has no value here")

    def arithmetic(self, node: Arithmetic, frame: Frame) -> Value:
        """Go down a long chain on its left without a call for each link."""
        chain = [node]
        while isinstance(chain[-1].left, Arithmetic):
            chain.append(chain[-1].left)
        found = self.value(chain[-1].left, frame)
        for link in reversed(chain):
            right = numbers_of(self.value(link.right, frame))
            found = numbers(ARITHMETIC[link.operator](numbers_of(found), right), link.start)
        return found

    def compare(self, node: Compare, frame: Frame) -> Value:
        """Compare two sides."""
        left, right = self.value(node.left, frame), self.value(node.right, frame)
        if node.operator in _ORDER:
            left, right = self._dated(left, right), self._dated(right, left)
            return truth(ordered(left, right, _ORDER[node.operator]), node.start)
        same = self._same(left, right)
        return truth(same if node.operator == "=" else ~same, node.start)

    def same(self, value: Value, node: Node, frame: Frame) -> Truths:
        """Tell where a value equals a part of an expression."""
        return self._same(value, self.value(node, frame))

    def _same(self, left: Value, right: Value) -> Truths:
        left, right = self._dated(left, right), self._dated(right, left)
        return equal(self._coded(left), self._coded(right))

    def _coded(self, value: Value) -> Value:
        """Read a missing code in quotes as that code."""
        if not (value.constant and value.kind == "text" and value.levels):
            return value
        place = self.records.dictionary.missing_position(value.levels[0])
        if place is None:
            return value
        return Value("blank", np.array(np.nan), np.array(CODED + place, np.int8), (), value.start)

    def _dated(self, value: Value, other: Value) -> Value:
        """Read 'today' beside a date as the data cut-off."""
        return self.today(value) if other.kind in _DATES else value

    def today(self, value: Value) -> Value:
        """Read 'today' as the data cut-off."""
        if not (value.constant and value.kind == "text" and value.levels):
            return value
        word = value.levels[0].lower()
        if word not in _NOW:
            return value
        if self.cut_off is None or word == "now":
            raise Misfit(
                value.start,
                f"{word!r} would give another result every day; write 'today' and name a data"
                " cut-off",
            )
        day = np.array(np.datetime64(self.cut_off, "D"))
        return Value("date", day, np.array(PRESENT, np.int8), (), value.start)

    def call(self, node: Call, frame: Frame) -> Value:
        """Call a function."""
        if node.name in OVER_ROWS:
            if node not in self.found:
                self.found[node] = over_rows(self, node)
            return self.found[node].take(frame.record)
        if node.name == "if":
            condition = self.truths(node.arguments[0], frame)
            first, second = (self.value(part, frame) for part in node.arguments[1:])
            return either(condition, first, second, node.start)
        arguments = [self.value(argument, frame) for argument in node.arguments]
        if node.name in _DATE_ARGUMENTS:
            count = _DATE_ARGUMENTS[node.name]
            arguments[:count] = [self.today(argument) for argument in arguments[:count]]
        if node.name in MISSING_FUNCTIONS:
            return truth(MISSING_FUNCTIONS[node.name](self, arguments), node.start)
        functions = NUMBER_FUNCTIONS if node.name in NUMBER_FUNCTIONS else TEXT_FUNCTIONS
        if node.name not in functions:
            raise Misfit(node.start, f"{node.name} is read, and not computed here")
        return functions[node.name](arguments)

    def has_missing_code(self, arguments: list[Value]) -> Truths:
        """Tell where an entry is one of the named missing codes."""
        named = [part.strip() for part in text_of(arguments[1]).levels[0].split(",")]
        places = [self.records.dictionary.missing_position(code) for code in named]
        if None in places:
            code = named[places.index(None)]
            raise Misfit(arguments[1].start, f"{code!r} is no missing code of the project")
        return np.isin(
            arguments[0].missing, [CODED + place for place in places if place is not None]
        )


def _checkbox_problem(reference: Reference, codes: tuple[str, ...]) -> str:
    if reference.code is not None:
        return f"{reference.field!r} is no checkbox field; write [{reference.field}]"
    options = ", ".join(codes)
    return (
        f"{reference.field!r} is a checkbox field: name an option, as in"
        f" [{reference.field}({codes[0] if codes else 'code'})]; its options are {options}"
    )


MISSING_FUNCTIONS: Final[dict[str, Callable[[Evaluation, list[Value]], Truths]]] = {
    "isblankormissingcode": lambda _, given: (
        (given[0].missing == BLANK) | (given[0].missing >= CODED)
    ),
    "isblanknotmissingcode": lambda _, given: given[0].missing == BLANK,
    "ismissingcode": lambda _, given: given[0].missing >= CODED,
    "hasmissingcode": Evaluation.has_missing_code,
}


def _literal(_: Evaluation, node: Any, __: Frame) -> Value:  # noqa: ANN401 - Text or Number
    if isinstance(node, Number):
        return numbers(node.value, node.start)
    if node.value == "":
        return blank("blank", start=node.start)
    return text(np.array(0, dtype=np.int32), (node.value,), node.start)


def _all(self: Evaluation, node: AllOf, frame: Frame) -> Value:
    found: Truths = np.array(True)  # noqa: FBT003 - an array
    for part in node.parts:
        found = found & self.truths(part, frame)
    return truth(found, node.start)


def _any(self: Evaluation, node: AnyOf, frame: Frame) -> Value:
    found: Truths = np.array(False)  # noqa: FBT003 - an array
    for part in node.parts:
        found = found | self.truths(part, frame)
    return truth(found, node.start)


_VISIT: Final[dict[type, Callable[[Evaluation, Any, Frame], Value]]] = {
    Number: _literal,
    Text: _literal,
    Truth: lambda _, node, __: truth(node.value, node.start),
    Reference: Evaluation.reference,
    Smart: Evaluation.smart,
    Negative: lambda self, node, frame: numbers(
        -numbers_of(self.value(node.part, frame)), node.start
    ),
    Arithmetic: Evaluation.arithmetic,
    Compare: Evaluation.compare,
    Not: lambda self, node, frame: truth(~self.truths(node.part, frame), node.start),
    AllOf: _all,
    AnyOf: _any,
    Call: Evaluation.call,
}
