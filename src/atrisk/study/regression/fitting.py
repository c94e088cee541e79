"""Fitting models of a study: what can be fitted is, and what cannot has a reason in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.study.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from atrisk.study.regression.terms import Row, Term
    from atrisk.study.table import LeftOut, Table

__all__ = [
    "HAZARD_RATIO",
    "FittedModel",
    "Measure",
    "Setting",
    "coefficient_names",
    "fit_model",
    "infinite",
    "lacking",
    "plain_words",
    "undefined",
]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a model estimates: ``Hazard ratio``, ``HR``."""

    name: str
    short: str

    @property
    def words(self) -> str:
        """The name within a sentence."""
        return self.name[:1].lower() + self.name[1:]


HAZARD_RATIO = Measure("Hazard ratio", "HR")
#: Why a variable explains nothing.
SAME = "it is the same in all patients"
SAME_IN_STRATA = "it is the same in all patients of each stratum"


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything of a model but its terms.

    Attributes
    ----------
    prefix
        the analysis.
    table
        the patients.
    source
        shape (n,): the row of ``table`` that each row of the model comes from.
    who
        shape (n,): the patient whose row it is.
    columns
        name -> shape (n,): outcome, weights and strata, as the formula names them.
    event
        shape (n,): True where the row ends with the event.
    left, right
        of the formula, around its terms.
    written
        the same two as a reader knows them.
    call
        the public call, given a formula and a frame.
    measure
        what is estimated.
    method_words
        adds weights to the name of a method.
    model
        what stands before the name of the method of a fit, if anything.
    remedy
        what to do about an infinite estimate, if anything.
    labels
        what a fit calls something besides its terms -> what a reader calls it.
    """

    prefix: str
    table: Table
    source: NDArray[np.int64]
    who: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    event: NDArray[np.bool_]
    left: str
    right: str
    written: tuple[str, str]
    call: Callable[[str, Any], Any]
    measure: Measure
    method_words: Callable[[str], str]
    model: str = ""
    remedy: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def method(self, fit: Any) -> str:  # noqa: ANN401 - any fit
        """Name the method of a fit, with its weights and its variance."""
        words = f"{self.model}, {fit.method}" if self.model else str(fit.method)
        if fit.variance == "robust" and "robust" not in words:
            words += ", robust variance"
        return self.method_words(words)

    def patients(self, member: NDArray[np.bool_]) -> int:
        """Count the patients of some rows."""
        return int(np.unique(self.who[member]).size)

    def events(self, member: NDArray[np.bool_]) -> int:
        """Count the events of some rows."""
        return int((self.event & member).sum())

    def left_out(self, rows: NDArray[np.bool_], terms: Iterable[Term]) -> list[LeftOut]:
        """List the patients of some rows, with the variables that they lack."""
        gaps = [(term.column, term.missing) for term in terms]
        found: list[LeftOut] = []
        for row in np.flatnonzero(rows)[np.unique(self.source[rows], return_index=True)[1]]:
            names = [column for column, missing in gaps if missing[row]]
            reason = "a variable of the model is missing"
            found += self.table.left_out([int(self.source[row])], names, reason)
        return found


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A model of some terms: its fit, or why there is none.

    Attributes
    ----------
    terms, rows
        the terms, and the lines of each.
    keep
        shape (n,): the complete rows.
    fit
        what the call gave, or None.
    reason
        why there is no fit.
    notes
        what a reader must know of it.
    """

    setting: Setting
    terms: tuple[Term, ...]
    rows: tuple[tuple[Row, ...], ...]
    keep: NDArray[np.bool_]
    fit: Any
    reason: str
    notes: tuple[str, ...]

    def left_out(self) -> list[LeftOut]:
        """List the patients that lack a variable."""
        return self.setting.left_out(lacking(self.terms), self.terms)

    def formula(self) -> str:
        """Write the model as a reader knows it."""
        left, right = self.setting.written
        return f"{left} ~ {' + '.join(term.formula for term in self.terms)}{right}"


def fit_model(setting: Setting, terms: tuple[Term, ...]) -> FittedModel:
    """Fit a model to the rows that have every variable of it."""
    keep = ~lacking(terms)
    if "Weight" in setting.columns:
        keep &= setting.columns["Weight"] > 0  # a row of weight 0 counts for nothing
    rows = tuple(term.rows(keep) for term in terms)
    if not keep.any():
        return FittedModel(setting, terms, rows, keep, None, "no patient has every variable", ())
    names = coefficient_names(terms) | dict(setting.labels)
    constant = [_is_constant(term, keep, setting) for term in terms]
    useful = [term for term, same in zip(terms, constant, strict=True) if not same]
    same_in = SAME_IN_STRATA if "Stratum" in setting.columns else SAME
    if useful:
        formula = f"{setting.left} ~ {' + '.join(term.formula for term in useful)}{setting.right}"
        columns = {name: values[keep] for name, values in setting.columns.items()}
        columns |= {term.id: term.values[keep] for term in useful}
        fit, reason, notes = attempt(lambda: setting.call(formula, frames.to_polars(columns)))
    else:
        fit, reason, notes = None, same_in, []
    told = [
        f"{term.label} was left out of the model: {same_in}"
        for term, same in zip(terms, constant, strict=True)
        if same and useful
    ]
    told += _endless(fit, setting, rows, names)
    notes = [*notes, *getattr(fit, "notes", ())]
    at = setting.source[keep]
    told += [setting.table.in_file(plain_words(note, names), at) for note in notes]
    reason = setting.table.in_file(plain_words(reason, names), at)
    return FittedModel(setting, terms, rows, keep, fit, reason, tuple(dict.fromkeys(told)))


def lacking(terms: Iterable[Term]) -> NDArray[np.bool_]:
    """Mark the rows that lack one of some variables, shape (n,)."""
    gaps: NDArray[np.bool_] = np.logical_or.reduce([term.missing for term in terms])
    return gaps


def _is_constant(term: Term, keep: NDArray[np.bool_], setting: Setting) -> bool:
    """Tell whether a variable is the same in all rows used (of each stratum)."""
    values = (term.values if term.member is None else term.member)[keep]
    if "Stratum" not in setting.columns:
        return np.unique(values).size < 2
    _, value = np.unique(values, return_inverse=True)
    strata, stratum = np.unique(setting.columns["Stratum"][keep], return_inverse=True)
    pairs = np.unique(stratum * (value.max() + 1) + value)
    return pairs.size == strata.size


def coefficient_names(terms: Iterable[Term]) -> dict[str, str]:
    """Map what fits call coefficients and terms to what a reader calls them."""
    names: dict[str, str] = {}
    for term in terms:
        for row in term.rows(~term.missing):
            names[row.name] = term.label if term.member is None else f"{term.label}, {row.label}"
        names[term.name] = term.label
    return names


def plain_words(message: str, names: Mapping[str, str]) -> str:
    """Put the labels of variables where a message has their names in a fit."""
    if not names:
        return message
    longest = sorted(names, key=len, reverse=True)
    pattern = "|".join(rf"(?<![\w\[]){re.escape(name)}(?!\w)" for name in longest)
    plain = re.sub(pattern, lambda match: names[match[0]], message)
    return plain.replace("firth=True", "firth = true").rstrip(".")


def _endless(
    fit: Any,  # noqa: ANN401 - any fit, or None
    setting: Setting,
    rows: tuple[tuple[Row, ...], ...],
    names: Mapping[str, str],
) -> list[str]:
    """Say which estimates are infinite, and what to do."""
    named = {row.name: (row, lines) for lines in rows for row in lines}
    found = []
    for name in getattr(fit, "endless", ()):
        if name in named:
            why = infinite(fit, setting, *named[name])
            found.append(
                f"{names[name]}: {why}" + (f"; {setting.remedy}" if setting.remedy else "")
            )
    return found


def undefined(setting: Setting, row: Row, lines: tuple[Row, ...]) -> str:
    """Say why an estimate is not there."""
    reference = next((line for line in lines if line.reference), None)
    if reference is None or setting.events(row.member) or setting.events(reference.member):
        return "not estimable"
    return (
        f"the estimate is not defined, as neither {row.label} nor the reference"
        f" {reference.label} had an event"
    )


def infinite(
    fit: Any,  # noqa: ANN401 - any fit
    setting: Setting,
    row: Row,
    lines: tuple[Row, ...],
) -> str:
    """Say why an estimate is infinite, or that nothing defines it."""
    if np.isnan(fit.estimate[[str(name) for name in fit.term].index(row.name)]):
        return undefined(setting, row, lines)
    n = setting.patients(row.member)
    reference = next((line for line in lines if line.reference), None)
    if reference is None:
        why = "it separates patients with the event from the others"
    elif not setting.events(row.member):
        why = f"none of {n} patients had the event"
    elif not setting.events(reference.member):
        why = f"nobody of the reference {reference.label} had the event"
    else:
        why = "it separates patients with the event from the others"
    return f"the estimate is infinite, as {why}"
