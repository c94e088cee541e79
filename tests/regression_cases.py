"""Cases of regression that R has answered: their data as the oracle's rows."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

import oracle_regression as oracle

if TYPE_CHECKING:
    from collections.abc import Sequence

Case = dict[str, Any]
TOPICS = (
    "cox",
    "ph_test",
    "residuals",
    "concordance",
    "cox_prediction",
    "fine_gray",
    "logistic",
    "selection",
)


def name(case: Case) -> str:
    """Spell a case, for test ids and assertion messages."""
    hidden = {"call", "data", "rows", "exit", "event", "terms"}
    options = [f"{key}={value}" for key, value in case.items() if key not in hidden]
    return " ".join([case["call"], case["data"], *options])


class Model(NamedTuple):
    """A formula read by hand: what it needs, and its columns in R's order."""

    response: list[str]
    special: dict[str, list[str]]  # strata, offset, cluster -> columns
    terms: list[list[str]]  # the factors of each term
    frame: pl.DataFrame  # complete rows
    x: np.ndarray
    columns: list[list[int]]  # of each term

    def value(self, special: str) -> np.ndarray | None:
        if special not in self.special:
            return None
        parts = self.frame.select(self.special[special]).rows()
        return np.array([part[0] if len(part) == 1 else repr(part) for part in parts])


def model(case: Case, frame: pl.DataFrame) -> Model:
    """Read a formula of names joined by + * : with strata(), offset(), cluster() and rcs()."""
    left, right = (side.strip() for side in case["formula"].split("~"))
    response = re.split(r"\s*,\s*", re.sub(r"Surv\((.*)\)", r"\1", left))
    special, terms = {}, []
    for part in re.split(r"\s*\+\s*", right):
        if found := re.fullmatch(r"(strata|offset|cluster)\((.*)\)", part):
            special[found[1]] = re.split(r"\s*,\s*", found[2])
        elif "*" in part:
            a, b = re.split(r"\s*\*\s*", part)
            terms += [[a], [b], [a, b]]
        else:
            terms.append(re.split(r"\s*:\s*", part))
    terms.sort(key=len)
    plain = {re.sub(r"rcs\((\w+),.*", r"\1", factor) for term in terms for factor in term}
    complete = frame.drop_nulls([*response, *plain, *(c for cs in special.values() for c in cs)])
    x, columns = [], []
    for term in terms:
        found = [_product(parts) for parts in _combined([_columns(f, complete) for f in term])]
        columns.append(list(range(len(x), len(x) + len(found))))
        x += found
    return Model(response, special, terms, complete, np.array(x).T, columns)


def _combined(factors: list[list[np.ndarray]]) -> list[tuple[np.ndarray, ...]]:
    """Return each choice of one column a factor; the first factor's columns run fastest."""
    return [tuple(reversed(choice)) for choice in product(*reversed(factors))]


def _product(parts: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.prod(np.array(parts), axis=0)


def _columns(factor: str, frame: pl.DataFrame) -> list[np.ndarray]:
    if found := re.fullmatch(r"rcs\((\w+), (\d+)\)", factor):
        x = frame[found[1]].to_numpy()
        return list(oracle.spline_basis(x, oracle.spline_knots(x, int(found[2]))).T)
    if frame[factor].dtype == pl.String:
        return [
            (frame[factor] == level).to_numpy().astype(float)
            for level in sorted(set(frame[factor]))[1:]
        ]
    return [frame[factor].to_numpy().astype(float)]


def rows(case: Case, found: Model) -> oracle.Rows:
    """Return the oracle's rows of a Cox model."""
    *entry, exit_, event = found.response
    weights = case.get("weights")
    return oracle.rows(
        found.frame[exit_].to_numpy(),
        found.frame[event].to_numpy(),
        found.x,
        entry=found.frame[entry[0]].to_numpy() if entry else None,
        weight=found.frame[weights].to_numpy().astype(float) if weights else None,
        stratum=found.value("strata"),
        offset=found.value("offset"),
        cluster=found.value("cluster"),
    )


def competing(case: Case, found: Model) -> oracle.Competing:
    """Return the oracle's rows of a Fine-Gray model; copies of a row are its weight."""
    cause = found.frame[case["event"]].to_numpy()
    strata = case.get("censoring_strata")
    return oracle.competing(
        found.frame[case["exit"]].to_numpy(),
        np.where(cause == 0, 0, np.where(cause == case["cause"], 1, 2)),
        found.x,
        weight=found.frame[case["copies"]].to_numpy() if "copies" in case else None,
        group=found.frame[strata].to_numpy() if strata else None,
    )


def table(columns: Sequence[Sequence[float | None]]) -> np.ndarray:
    """Return columns as R wrote them, one row a row of R's matrix; null is NaN."""
    values = [[np.nan if v is None else v for v in column] for column in columns]
    return np.array(values, dtype=float).T


def matrix(rows_: Sequence[Sequence[float]]) -> np.ndarray:
    return np.array(rows_, dtype=float)


def in_order_of(keys: Sequence[Sequence[object]], values: np.ndarray) -> np.ndarray:
    """Sort rows by keys, and tied ones by their own numbers: their order has no meaning."""
    rounded = np.round(values, 9)
    order = sorted(range(len(values)), key=lambda i: (*(k[i] for k in keys), *rounded[i]))
    return values[order]
