"""A query: what a centre is asked to look at, with the place where the value stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["SEVERITIES", "Query", "Severity"]

Severity = Literal["error", "warning", "info"]

#: From the gravest: an error stops a check with exit code 1.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Query:
    """One question to one centre.

    Attributes
    ----------
    centre, record, form, instance, field, value
        where, and what stands there; ``instance`` is 1 for a form that does not repeat, ``field``
        names every field that the rule read, joined by ", ", and ``value`` their values likewise.
    rule
        the id of the rule.
    severity
        how grave it is.
    message
        what is wrong and what to do, without the patient's values beyond ``value``.
    file, place, line
        where the row stands: ``place`` is what ``line`` counts.
    """

    centre: str
    record: str
    form: str
    instance: int
    field: str
    value: str
    rule: str
    severity: Severity
    message: str
    file: str
    place: str
    line: int
