"""What a logistic regression takes from a data frame: its outcome, weights, clusters and design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from atrisk import frames
from atrisk.errors import InputError, listed, nearest
from atrisk.formulas import Design, Formula, Term, design, parse
from atrisk.frames import Levels
from atrisk.sources.histories import Dropped
from atrisk.sources.validate import Field, code_labels, numbers, problem

__all__ = ["BinaryData", "binary_data", "column_of", "kept_columns", "outcome_of"]

_CONSTANT = 1e-12  # of a column's largest value: its deviation is rounding
_HUGE, _TINY = 1e140, 1e-140  # beyond these the square of a deviation is no number of 8 bytes
_COLLINEAR = 1e-10  # share of a column's variance that the columns before it leave


@dataclass(frozen=True, slots=True)
class BinaryData:
    """The rows of a logistic regression.

    Attributes
    ----------
    formula
        taken apart.
    design
        the covariates of the rows kept.
    response
        such as ``died`` or ``best = CR``.
    outcome
        shape (n,): 0 or 1.
    weights
        shape (n,), or None for 1 each.
    cluster
        shape (n,), codes, or None.
    kept
        shape (rows of the input,), bool.
    dropped
        rows with a missing value.
    """

    formula: Formula
    design: Design
    response: str
    outcome: np.ndarray
    weights: np.ndarray | None
    cluster: np.ndarray | None
    kept: np.ndarray
    dropped: Dropped


def binary_data(
    formula: str,
    df: Any,  # noqa: ANN401 - any frame, or name -> array
    event: object,
    weights: object,
    cluster: object,
    missing: str,
) -> BinaryData:
    """Read, check and code the columns that a logistic regression needs.

    Raises
    ------
    InputError
        a column does not exist, the outcome is not binary, or values are missing where
        ``missing="error"``.
    """
    if missing not in {"drop", "error"}:
        raise InputError(f"missing={missing!r}: use 'drop' or 'error'.")
    found = parse(formula)
    name = _response_name(found)
    outcome, response = outcome_of(df, name, event)
    weight = None if weights is None else _weights(df, weights, outcome.size)
    groups = found.cluster if cluster is None else cluster
    code = None if groups is None else _codes(df, groups, outcome.size)
    gaps = {name: np.isnan(outcome)}
    if weight is not None:
        gaps["weights" if not isinstance(weights, str) else weights] = np.isnan(weight)
    if code is not None:
        gaps["cluster" if not isinstance(groups, str) else groups] = code < 0
    usable = ~np.logical_or.reduce(list(gaps.values()))
    absent = np.zeros(outcome.size, dtype=bool) if weight is None else usable & (weight == 0.0)
    usable &= ~absent
    if not usable.any():
        raise InputError(f"no row has an outcome in column {name!r} and a weight above 0.")
    made = design(found, df, keep=usable)
    kept = np.asarray(made.kept)
    dropped = _dropped(gaps, absent, made)
    if missing == "error" and len(dropped):
        raise InputError(
            f"{len(dropped)} rows cannot be used: row {listed(dropped.row)} (column "
            f"{listed(dict.fromkeys(dropped.column))}). Complete the values, or pass "
            "missing='drop' to leave the rows out and list them."
        )
    data = BinaryData(
        found,
        made,
        response,
        outcome[kept],
        None if weight is None else weight[kept],
        None if code is None else code[kept],
        kept,
        dropped,
    )
    _require_two_classes(data, name)
    return data


def _response_name(formula: Formula) -> str:
    if formula.response is None:
        raise InputError(
            f"{formula.text!r}: a logistic regression has one column left of '~', such as "
            "'died ~ age + sex'. Surv(...) belongs to cox."
        )
    if formula.strata:
        raise InputError(
            f"{formula.text!r}: strata({', '.join(formula.strata)}) belongs to cox. Name the "
            f"column as a covariate: '+ C({formula.strata[0]})'."
        )
    return formula.response


def column_of(df: Any, name: str, role: str) -> np.ndarray | Levels:  # noqa: ANN401 - as above
    """Take one column of a frame or mapping, text as `Levels`."""
    if not isinstance(df, Mapping):
        values = frames.column(df, name, role=role)
    elif name not in df:
        raise InputError(
            f"{role}={name!r}: there is no such column. "
            f"Columns are: {', '.join(map(str, df))}.{nearest(name, map(str, df))}"
        )
    else:
        values = _flat(role, df[name])
    if isinstance(values, np.ndarray) and values.dtype.kind in "OUS":
        codes, labels = code_labels(Field(role, name, values))
        return Levels(np.asarray(codes), labels)
    return values


def _flat(role: str, values: object) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
        array = np.array(values, dtype=object)  # keeps None apart from the text 'None'
    if array.ndim != 1:
        raise InputError(f"{role} has shape {array.shape}; one value a row, shape (n,), is needed.")
    return frames.numbers_where_possible(array)


def outcome_of(df: Any, name: str, event: object) -> tuple[np.ndarray, str]:  # noqa: ANN401 - as above
    """Code a column as 0, 1 or NaN, and say what 1 is; which value it is is never guessed."""
    values = column_of(df, name, "outcome")
    if event is not None:
        return _named_event(name, values, event)
    if isinstance(values, Levels):
        raise InputError(
            f"column {name!r} (outcome) holds text: {listed(map(repr, values.labels))}. Name the "
            f"value that is the event, such as event={values.labels[-1]!r}; it is not guessed."
        )
    array = numbers(Field("outcome", name, values)) if values.dtype.kind != "b" else values
    coded = array.astype(float)
    bad = ~(np.isnan(coded) | (coded == 0.0) | (coded == 1.0))
    if bad.any():
        remedy = "Give 0/1 or true/false, or name the value that is the event: event=..."
        raise problem(Field("outcome", name, values), bad, "is neither 0 nor 1", remedy)
    return coded, name


def _named_event(name: str, values: np.ndarray | Levels, event: object) -> tuple[np.ndarray, str]:
    wanted = list(event) if isinstance(event, list | tuple | set) else [event]
    if isinstance(values, Levels):
        present: list[object] = list(values.labels)
        missing = values.codes < 0
        hits = [np.asarray(values.codes == present.index(str(w))) for w in wanted
                if str(w) in present]  # fmt: skip
    else:
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.size, bool)
        present = list(np.unique(values[~missing]).tolist())
        hits = [np.asarray(values == w) for w in wanted if w in present]
    if len(hits) < len(wanted) or not wanted:
        raise InputError(
            f"event={event!r}: column {name!r} has the values {listed(map(repr, present))}. "
            "Name one that exists, or a list of them."
        )
    coded = np.where(missing, np.nan, np.logical_or.reduce(hits).astype(float))
    return coded, f"{name} = {' or '.join(map(str, wanted))}"


def _weights(df: Any, weights: object, size: int) -> np.ndarray:  # noqa: ANN401 - as above
    name = weights if isinstance(weights, str) else "weights"
    values = column_of(df, weights, "weights") if isinstance(weights, str) else _flat(name, weights)
    field = Field("weights", name, values)
    array = numbers(field).astype(float)
    if array.size != size:
        raise InputError(f"weights has {array.size} values for {size} rows: give one a row.")
    negative = array < 0.0
    if negative.any():
        raise problem(field, negative, "is negative", "Case weights are zero or more.")
    return array


def _codes(df: Any, cluster: object, size: int) -> np.ndarray:  # noqa: ANN401 - as above
    name = cluster if isinstance(cluster, str) else "cluster"
    values = column_of(df, cluster, "cluster") if isinstance(cluster, str) else _flat(name, cluster)
    codes, _ = code_labels(Field("cluster", name, values))
    if codes.size != size:
        raise InputError(f"cluster has {codes.size} values for {size} rows: give one a row.")
    return np.asarray(codes).astype(np.int64)


def _dropped(gaps: Mapping[str, np.ndarray], absent: np.ndarray, made: Design) -> Dropped:
    """List each row that is left out once: what it lacks, or that its weight is 0."""
    first = np.flatnonzero(np.logical_or.reduce(list(gaps.values())))
    names = [", ".join(name for name, gap in gaps.items() if gap[row]) for row in first]
    weightless = np.flatnonzero(absent)
    rows = np.concatenate([first, made.left_out, weightless]).astype(np.int64)
    columns = [*names, *made.missing_columns, *["weights"] * weightless.size]
    incomplete = rows.size - weightless.size
    reasons = ["missing value"] * incomplete + ["weight is 0"] * weightless.size
    order = np.argsort(rows, kind="stable")
    return Dropped(
        rows[order] + 1, tuple(columns[i] for i in order), tuple(reasons[i] for i in order)
    )


def _require_two_classes(data: BinaryData, name: str) -> None:
    events = data.outcome == 1.0
    if events.all() or not events.any():
        what = "everybody" if events.all() else "nobody"
        raise InputError(
            f"column {name!r} (outcome): {what} of {events.size} rows analysed had the event "
            f"({data.response}): with one outcome there is nothing to model. Check the codes"
            + (" and the rows left out for missing values." if len(data.dropped) else ".")
        )


def kept_columns(
    x: np.ndarray, names: tuple[str, ...], terms: tuple[Term, ...]
) -> tuple[list[int], tuple[Term, ...], dict[str, tuple[str, ...]]]:
    """Leave out columns that are constant or a combination of those before them.

    Returns
    -------
    kept : list of int
        places of the columns that stay.
    terms : tuple of Term
        those with columns left; places are counted with the intercept as 0.
    aliased : dict
        name of a column left out -> the columns that it is a combination of; none where it is
        constant.
    """
    _require_size(x, names)
    mean = x.mean(axis=0)
    spread = np.sqrt(np.maximum((x * x).mean(axis=0) - mean * mean, 0.0))
    constant = np.ptp(x, axis=0) <= _CONSTANT * np.maximum(np.abs(mean), spread)
    kept: list[int] = []
    aliased: dict[str, tuple[str, ...]] = {}
    gram = _correlation(x, mean)
    for j, name in enumerate(names):
        weights = np.linalg.solve(gram[np.ix_(kept, kept)], gram[kept, j]) if kept else np.empty(0)
        if constant[j]:
            aliased[name] = ()
        elif 1.0 - gram[kept, j] @ weights <= _COLLINEAR:
            near = [k for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
            aliased[name] = tuple(names[k] for k in near)
        else:
            kept.append(j)
    place = {j: i + 1 for i, j in enumerate(kept)}
    left = [
        Term(t.name, tuple(place[j] for j in t.columns if j in place), t.levels, t.reference)
        for t in terms
    ]
    return kept, tuple(term for term in left if term.columns), aliased


def _require_size(x: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse columns whose squares overflow or vanish."""
    low, high = x.min(axis=0), x.max(axis=0)
    largest = np.maximum(np.abs(low), np.abs(high))
    bad = (largest > _HUGE) | ((largest < _TINY) & (high > low))
    if bad.any():
        column = int(np.argmax(bad))
        raise InputError(
            f"column {names[column]!r} has values from {low[column]:.3g} to {high[column]:.3g}: "
            "their squares are beyond the numbers of a computer. Give it in another unit."
        )


def _correlation(x: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Correlate columns, 0 for constant ones, by blocks of rows."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for begin in range(0, x.shape[0], 1 << 15):
        part = x[begin : begin + (1 << 15)] - mean
        total += part.T @ part
    size = np.outer(np.sqrt(np.diag(total)), np.sqrt(np.diag(total)))
    found: np.ndarray = np.divide(total, size, out=np.eye(len(total)), where=size > 0)
    return found
