"""Expressions spelled and evaluated the slow way: a row at a time, from the texts of the forms.

The rules are those of the documentation of `atrisk.study.forms.evaluate_values`; no code is shared
with the vectorised evaluator. Values are float, date, str or bool; what has none is `BLANK`,
`JUNK` (unreadable) or a `Missing`.
"""

from __future__ import annotations

import math
import statistics
from datetime import date, timedelta
from typing import NamedTuple

from atrisk.study.forms import expression_nodes as tree

BLANK = None
JUNK = object()
DAYS = {"y": 365.2425, "M": 30.44, "d": 1, "h": 1 / 24, "m": 1 / 1440, "s": 1 / 86400}


READ = {"number": float, "date": date.fromisoformat}


class Missing(NamedTuple):
    code: str


def spelled(node):
    """Spell a tree with all the parentheses that keep it as it is."""
    return SPELL[type(node)](node)


def two_sides(node):
    return f"({spelled(node.left)}) {node.operator} ({spelled(node.right)})"


def joined(node, word):
    return f" {word} ".join(f"({spelled(part)})" for part in node.parts)


def quoted(node):
    return "'" + node.value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def spelled_reference(node):
    event = f"[{node.event}]" if node.event else ""
    code = f"({node.code})" if node.code is not None else ""
    modifier = f":{node.modifier}" if node.modifier else ""
    step = node.instance
    instance = (
        "" if step is None else f"[{step}]" if isinstance(step, int) else f"[{step}-instance]"
    )
    return f"{event}[{node.field}{code}{modifier}]{instance}"


SPELL = {
    tree.Number: lambda node: f"{node.value:.17g}",
    tree.Text: quoted,
    tree.Truth: lambda node: str(node.value).lower(),
    tree.Smart: lambda node: f"[{node.name}]",
    tree.Reference: spelled_reference,
    tree.Negative: lambda node: f"-({spelled(node.part)})",
    tree.Not: lambda node: f"not ({spelled(node.part)})",
    tree.Arithmetic: two_sides,
    tree.Compare: two_sides,
    tree.AllOf: lambda node: joined(node, "and"),
    tree.AnyOf: lambda node: joined(node, "or"),
    tree.Call: lambda node: f"{node.name}({', '.join(map(spelled, node.arguments))})",
}


class Oracle:
    """One row of one form, and everything else of its record."""

    def __init__(self, dictionary, rows, form, row, cut_off=None):
        self.dictionary, self.all, self.form, self.row = dictionary, rows, form, row
        self.cut_off = cut_off

    def present(self, value):
        return not (value is BLANK or value is JUNK or isinstance(value, Missing))

    def of(self, node):
        name = type(node).__name__.lower()
        return getattr(self, "not_" if name == "not" else name)(node)

    def number(self, node):
        return node.value

    def text(self, node):
        return BLANK if node.value == "" else node.value

    truth = number

    def smart(self, node):
        if node.name == "record-name":
            return self.row["record"]
        return float(self.row["instance"])

    def reference(self, node):
        if node.field == self.dictionary.record_id:
            return self.row["record"]
        form = self.dictionary.field(node.field).form
        found = self.found(node, form)
        return BLANK if found is None else self.entry(node, found)

    def entry(self, node, row):
        field = self.dictionary.field(node.field)
        if node.code is not None:
            return row.get(f"{node.field}___{node.code}", "0")
        text = row.get(node.field, "")
        for missing in self.dictionary.missing_codes:
            if text.lower() == missing.code.lower():
                return Missing(missing.code)
        try:
            return READ.get(field.kind, str)(text) if text else BLANK
        except ValueError:
            return JUNK

    def rows_of(self, form):
        return sorted(
            (row for row in self.all.get(form, []) if row["record"] == self.row["record"]),
            key=lambda row: row.get("instance", 1),
        )

    def found(self, node, form):
        if form == self.form and node.instance in {None, "current"}:
            return self.row
        rows = self.rows_of(form)
        if node.instance in {"first", "last", None}:
            return rows[-1 if node.instance == "last" else 0] if rows else None
        wanted = node.instance
        if not isinstance(wanted, int):
            here = self.row.get("instance", 1)
            wanted = here + {"previous": -1, "current": 0, "next": 1}[wanted]
        return next((row for row in rows if row.get("instance", 1) == wanted), None)

    def as_number(self, value):
        if isinstance(value, bool):
            return float(value)
        if isinstance(value, float):
            return value
        if isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                return None
        return None

    def as_date(self, value):
        if isinstance(value, date):
            return value
        if isinstance(value, str):
            if value.lower() == "today":
                return self.cut_off
            try:
                return date.fromisoformat(value)
            except ValueError:
                return None
        return None

    def negative(self, node):
        value = self.as_number(self.of(node.part))
        return BLANK if value is None else -value

    def arithmetic(self, node):
        left, right = self.as_number(self.of(node.left)), self.as_number(self.of(node.right))
        if left is None or right is None:
            return BLANK
        try:
            value = {
                "+": lambda: left + right,
                "-": lambda: left - right,
                "*": lambda: left * right,
                "/": lambda: left / right,
                "^": lambda: left**right,
            }[node.operator]()
        except (ZeroDivisionError, OverflowError):
            return BLANK
        return value if isinstance(value, float) and math.isfinite(value) else BLANK

    def compare(self, node):
        left, right = self.of(node.left), self.of(node.right)
        if node.operator in {"=", "<>"}:
            return self.same(left, right, node) == (node.operator == "=")
        return self.ordered(left, right, node.operator)

    def coded(self, value, node):
        if isinstance(node, tree.Text) and isinstance(value, str):
            for missing in self.dictionary.missing_codes:
                if value.lower() == missing.code.lower():
                    return Missing(missing.code)
        return value

    def same(self, left, right, node):
        left, right = self.coded(left, node.left), self.coded(right, node.right)
        if not self.present(left) or not self.present(right):
            return left is not JUNK and right is not JUNK and left == right
        if isinstance(left, date) or isinstance(right, date):
            return self.as_date(left) is not None and self.as_date(left) == self.as_date(right)
        if isinstance(left, str) and isinstance(right, str) and left == right:
            return True
        first, second = self.as_number(left), self.as_number(right)
        return first is not None and first == second

    def ordered(self, left, right, operator):
        if not self.present(left) or not self.present(right):
            return False
        if isinstance(left, date) or isinstance(right, date):
            pair = self.as_date(left), self.as_date(right)
        else:
            pair = self.as_number(left), self.as_number(right)
            if pair == (None, None):
                pair = left, right
        if None in pair:
            return False
        return {
            "<": pair[0] < pair[1],
            "<=": pair[0] <= pair[1],
            ">": pair[0] > pair[1],
            ">=": pair[0] >= pair[1],
        }[operator]

    def holds(self, node):
        value = self.of(node)
        return self.present(value) and value not in (0.0, False, "0")

    def allof(self, node):
        return all(self.holds(part) for part in node.parts)

    def anyof(self, node):
        return any(self.holds(part) for part in node.parts)

    def call(self, node):
        return getattr(self, f"call_{node.name}")(node, *node.arguments)

    def call_if(self, _, condition, first, second):
        return self.of(first if self.holds(condition) else second)

    def numbers(self, arguments):
        found = [self.as_number(self.of(argument)) for argument in arguments]
        return [value for value in found if value is not None]

    def over(self, function, arguments):
        values = self.numbers(arguments)
        return function(values) if values else BLANK

    def call_sum(self, _, *arguments):
        return self.over(math.fsum, arguments)

    def call_mean(self, _, *arguments):
        return self.over(statistics.fmean, arguments)

    def call_median(self, _, *arguments):
        return self.over(statistics.median, arguments)

    def call_min(self, _, *arguments):
        return self.over(min, arguments)

    def call_max(self, _, *arguments):
        return self.over(max, arguments)

    def call_abs(self, _, argument):
        return self.over(lambda values: abs(values[0]), [argument])

    def call_sqrt(self, _, argument):
        value = self.as_number(self.of(argument))
        return BLANK if value is None or value < 0 else math.sqrt(value)

    def call_datediff(self, _, first, second, unit, *options):
        start, end = self.as_date(self.of(first)), self.as_date(self.of(second))
        if start is None or end is None:
            return BLANK
        days = (end - start) / timedelta(days=1)
        signed = any(isinstance(option, tree.Truth) and option.value for option in options)
        return (days if signed else abs(days)) / DAYS[unit.value]

    def call_isblankormissingcode(self, _, argument):
        value = self.of(argument)
        return value is BLANK or isinstance(value, Missing)

    def call_isblanknotmissingcode(self, _, argument):
        return self.of(argument) is BLANK

    def call_ismissingcode(self, _, argument):
        return isinstance(self.of(argument), Missing)

    def as_text(self, value):
        if not self.present(value):
            return ""
        if isinstance(value, bool):
            return str(int(value))
        return f"{value:.15g}" if isinstance(value, float) else str(value)

    def call_contains(self, _, text, part):
        return self.as_text(self.of(part)).lower() in self.as_text(self.of(text)).lower()

    def call_concat(self, _, *arguments):
        return "".join(self.as_text(self.of(argument)) for argument in arguments) or BLANK

    def over_rows(self, arguments):
        """Give the values of the fields on every row that meets the condition."""
        fields = [argument for argument in arguments if isinstance(argument, tree.Reference)]
        conditions = [
            argument for argument in arguments if not isinstance(argument, tree.Reference)
        ]
        found = []
        for field in fields:
            form = self.dictionary.field(field.field).form
            for row in self.rows_of(form):
                there = Oracle(self.dictionary, self.all, form, row, self.cut_off)
                value = there.entry(field, row)
                if there.present(value) and all(there.holds(part) for part in conditions):
                    found.append(value)
        return found

    def call_earliest(self, _, *arguments):
        return min(self.over_rows(arguments), default=BLANK)

    def call_latest(self, _, *arguments):
        return max(self.over_rows(arguments), default=BLANK)

    call_lowest, call_highest = call_earliest, call_latest

    def call_count(self, _, *arguments):
        return float(len(self.over_rows(arguments)))

    def call_any_equal(self, _, field, wanted):
        form = self.dictionary.field(field.field).form
        return any(
            self.same(
                Oracle(self.dictionary, self.all, form, row).entry(field, row),
                self.of(wanted),
                tree.Compare("=", field, wanted),
            )
            for row in self.rows_of(form)
        )

    def not_(self, node):
        return not self.holds(node.part)
