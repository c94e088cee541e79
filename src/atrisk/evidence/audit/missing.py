"""Why a number cannot be checked: what the paper would have to print beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.evidence.paper import Value

if TYPE_CHECKING:
    from atrisk.evidence.audit.book import Book

__all__ = ["missing_for"]

_INTERVAL = "the number of patients and events behind the interval"
_BY_FIELD = {
    "set.n": "the set that it is part of with its share, or the sizes of its parts",
    "set.percent": "the size of the set that it is a share of",
    "count.k": "its percentage, or the counts of the other categories",
    "count.n": "the set that these are part of, or a count of them with a percentage",
    "count.percent": "the count or the number of patients that it is a share of",
    "count.lower": _INTERVAL,
    "count.upper": _INTERVAL,
    "summary.median": "the values of the patients, or the range or quartiles beside it",
    "summary.mean": "the values of the patients, or the range beside it",
    "summary.sd": "the values of the patients, or the range beside it",
    "summary.q1": "the values of the patients, or the median beside it",
    "summary.q3": "the values of the patients, or the median beside it",
    "summary.low": "the values of the patients, or the median beside it",
    "summary.high": "the values of the patients, or the median beside it",
    "summary.missing": "the number of patients of the set",
    "survival.time": "an estimate or a number at risk at the same time elsewhere",
    "survival.estimate": "its interval, the numbers at risk, or the median of the same curve",
    "survival.lower": _INTERVAL,
    "survival.upper": _INTERVAL,
    "median_time.estimate": "the curve at this time, the numbers at risk, or an interval",
    "median_time.lower": "the curve and its interval at this time",
    "median_time.upper": "the curve and its interval at this time",
    "at_risk.times": "an estimate of the curve at the same time",
    "at_risk.step": "an estimate of the curve at the same times",
    "at_risk.n": "the number analysed, or an estimate of the curve at the same time",
    "effect.estimate": "its interval and P value, or the counts of both groups",
    "effect.lower": "the estimate and the other bound, or the counts of both groups",
    "effect.upper": "the estimate and the other bound, or the counts of both groups",
    "effect.p": "the estimate with its interval, or the counts of both groups",
    "effect.events": "the interval of the estimate, or the curves of both groups",
    "test.p": "the counts of the groups compared, or the statistic of the test",
    "dose.cumulative": "the schedule of its doses and cycles",
    "dose.cycles": "the cumulative dose",
    "dose.doses": "the cumulative dose",
    "order.factor": "the numbers that are compared",
    "reference.number": "a sentence that cites it and names the study",
    "citation.numbers": "what the reference reports",
    "citation.year": "the year of the reference cited",
    "value.value": "a second place that states it, or numbers that it follows from",
}
_ELSE = "numbers that it follows from"
_BY_UNIT = {
    "%": "the count and the number of patients that it is a share of",
    "percent": "the count and the number of patients that it is a share of",
    "patients": "a set that they are part of, or a second place that states them",
    "year": "a second place that states the year",
    "mg/m2": "a schedule or a total of which it is part",
    "days": "the dates or the values of the patients that it sums up",
    "weeks": "the dates or the values of the patients that it sums up",
    "months": "the dates or the values of the patients that it sums up",
    "years": "the dates or the values of the patients that it sums up",
}
_CELL = "a total or a summary of this column in the text"
_NOT_REACHED = "the curve: the number is said not to be reached or not to be reported"


def missing_for(book: Book, address: str) -> str:
    """Say what would let a number be checked."""
    if book.numbers[address] is None:
        return _NOT_REACHED
    _, field, _ = book.parts_of(address)
    statement = book.statement_of(address)
    if isinstance(statement, Value) and statement.unit in _BY_UNIT:
        return _BY_UNIT[statement.unit]
    kind = str(getattr(statement, "kind"))  # noqa: B009 - each kind declares it
    return _CELL if kind == "table" else _BY_FIELD.get(f"{kind}.{field}", _ELSE)
