"""The way into a model: a formula and a frame, or histories and covariates, to complete rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk.engine.timegrid import TimeGrid
from atrisk.errors import InputError, listed
from atrisk.formulas import Design, Formula, design, design_from_arrays, parse
from atrisk.formulas.columns import is_frame
from atrisk.sources.histories import Dropped, Histories, histories_from
from atrisk.sources.immortal_time import warn_of_immortal_columns
from atrisk.sources.model import column_sums
from atrisk.sources.selection import taken
from atrisk.sources.validate import Field, code_labels, numbers, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ModelData", "join_labels", "model_data", "strata_of"]

_UNSTATED = ("time units", "time zero")
# integers in a range this many times longer than the rows are numbered by looking them up
_SPAN_PER_ROW = 4


@dataclass(frozen=True, slots=True, eq=False)
class ModelData:
    """The rows that a model is fitted to.

    Attributes
    ----------
    histories
        n complete rows.
    design
        their covariates, (n, p).
    offset
        shape (n,), or None.
    cluster
        shape (n,), codes 0..C-1 of the rows that belong together, or None.
    dropped
        the rows of the input that are left out, and why.
    rows_in
        rows of the input: n and those left out.
    formula
        as it was written; empty where arrays were given.
    strata
        columns that make the strata.
    """

    histories: Histories
    design: Design
    offset: np.ndarray | None
    cluster: np.ndarray | None
    dropped: Dropped
    rows_in: int
    formula: str
    strata: tuple[str, ...]


def model_data(
    model: str | Histories,
    data: Any,  # noqa: ANN401 - any frame, an array, or a mapping of names to arrays
    *,
    weights: str | None = None,
    cluster: Any = None,  # noqa: ANN401 - a column, or an array
    subject: str | None = None,
    offset: Any = None,  # noqa: ANN401 - an array
    causes: Mapping[str, object] | None = None,
    censored: object = 0,
    unit: str | None = None,
    origin: str | None = None,
    missing: str = "drop",
) -> ModelData:
    """Take the rows of a model, and list those that are not complete.

    Parameters
    ----------
    model
        a formula with ``Surv(...)`` on its left, or histories.
    data
        for a formula a frame; for histories the covariates of the same rows: an array of shape
        (n, p), a mapping of names to arrays, or a frame.
    weights, subject
        with a formula: columns, as in `Histories.from_frame`.
    cluster
        with a formula a column; with histories an array of shape (n,).
    offset
        with histories: shape (n,).
    causes, censored, unit, origin
        with a formula: as in `Histories.from_frame`; unit and origin may be left unstated.
    missing
        ``"drop"`` leaves incomplete rows out and lists them; ``"error"`` refuses them.

    Raises
    ------
    InputError
        as in `Histories.from_frame` and `atrisk.formulas.design`.
    """
    if missing not in ("drop", "error"):  # a tuple, so that a list is refused in words too
        raise InputError(f"missing={missing!r}: use 'drop' or 'error'.")
    data = frames.eager(data) if is_frame(data) else data
    if isinstance(model, Histories):
        _refuse_with_histories(
            weights=weights, subject=subject, causes=causes, unit=unit, origin=origin
        )
        made = _from_histories(model, data, cluster, offset)
    else:
        if offset is not None:
            raise InputError("with a formula the offset stands in it: offset(column).")
        formula = parse(model)
        made = _from_formula(
            formula, data, weights, cluster, subject, (causes, censored, unit, origin)
        )
    if missing == "error" and len(made.dropped):
        first = f"row {made.dropped.row[0]} ({made.dropped.column[0]}: {made.dropped.reason[0]})"
        raise InputError(
            f"{len(made.dropped)} of {made.rows_in} rows cannot be used, the first is {first}. "
            "Complete the values, or pass missing='drop' to leave the rows out and list them."
        )
    return made


def _refuse_with_histories(**given: object) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(f"{name}={value!r}: with Histories, they hold it already.")


def _from_formula(
    formula: Formula,
    data: Any,  # noqa: ANN401 - any frame
    weights: str | None,
    cluster: str | None,
    subject: str | None,
    meaning: tuple[Mapping[str, object] | None, object, str | None, str | None],
) -> ModelData:
    if formula.exit is None or formula.event is None:
        raise InputError(
            f"formula {formula.text!r}: the left side of a survival model is Surv(time, event) or "
            "Surv(entry, exit, event)."
        )
    if isinstance(cluster, str) and formula.cluster not in {None, cluster}:
        raise InputError(f"cluster={cluster!r} and cluster({formula.cluster}) differ: give one.")
    asked = {
        "exit": formula.exit,
        "event": formula.event,
        "entry": formula.entry,
        "weights": weights,
        "subject": subject,
    }
    fields = {
        role: Field(role, name, frames.column(data, name, role=role))
        for role, name in asked.items()
        if name is not None
    }
    if formula.strata:
        columns = [frames.column(data, name, role="strata") for name in formula.strata]
        fields["strata"] = Field(
            "strata", ", ".join(formula.strata), join_labels(formula.strata, columns)
        )
    causes, censored, unit, origin = meaning
    h = histories_from(
        fields, causes, censored, unit or "days", origin or _UNSTATED[1], missing="drop"
    )
    if unit is None:
        h = replace(h, grid=TimeGrid(h.grid.times, _UNSTATED[0], h.grid.origin))
    name = cluster if isinstance(cluster, str) else formula.cluster
    group = (
        None if name is None else Field("cluster", name, frames.column(data, name, role="cluster"))
    )
    return _complete(h, group, formula, data)


def _complete(h: Histories, cluster: Field | None, formula: Formula, data: Any) -> ModelData:  # noqa: ANN401 - any frame
    """Keep the rows that have everything, and say what the others lack."""
    size = len(h) + len(h.dropped)
    there = np.ones(size, dtype=bool)
    there[h.dropped.row - 1] = False
    gone = [(h.dropped.row - 1, list(h.dropped.column), list(h.dropped.reason))]
    codes = None if cluster is None else _cluster_codes(cluster)
    usable = there.copy()
    if cluster is not None and codes is not None:
        lost = np.flatnonzero((codes < 0) & usable)
        gone.append((lost, [cluster.name] * lost.size, ["missing value"] * lost.size))
        usable[lost] = False
    if h.weights is not None:
        places = np.flatnonzero(there)
        lost = places[(h.weights == 0) & usable[places]]
        gone.append((lost, ["weights"] * lost.size, ["weight is 0"] * lost.size))
        usable[lost] = False
    if not usable.any():
        lacking = dict.fromkeys(name for part in gone for name in part[1])
        raise InputError(
            f"no row of {size} is left: every row misses its outcome, its cluster or its weight "
            f"(column {listed(map(repr, lacking))}). Complete the values."
        )
    made = design(formula, data, keep=usable)
    terms = [term.name for term in made.terms]
    warn_of_immortal_columns(data, terms, exit=formula.exit, entry=formula.entry)
    gone.append((made.left_out, list(made.missing_columns), ["missing value"] * made.left_out.size))
    return ModelData(
        histories=taken(h, made.kept[there]),
        design=made,
        offset=made.offset,
        cluster=None if codes is None else _renumbered(codes[made.kept]),
        dropped=_listed(gone),
        rows_in=size,
        formula=formula.text,
        strata=formula.strata,
    )


def _from_histories(
    h: Histories,
    data: Any,  # noqa: ANN401 - an array, a mapping or a frame
    cluster: Any,  # noqa: ANN401 - an array
    offset: Any,  # noqa: ANN401 - an array
) -> ModelData:
    made = _as_it_is(data) or design_from_arrays(data)
    if made.kept.size == len(h) + len(h.dropped) and len(h.dropped):
        there = np.ones(made.kept.size, dtype=bool)
        there[h.dropped.row - 1] = False
        made = design_from_arrays(data, keep=there)
    elif made.kept.size == len(h):
        there = np.ones(len(h), dtype=bool)
    else:
        raise InputError(
            f"there are {len(h)} histories and {made.kept.size} rows of covariates: give the "
            "covariates of the same rows, in the same order."
        )
    size = made.kept.size
    codes = None if cluster is None else _aligned("cluster", cluster, size)
    shift = None if offset is None else numbers(_aligned("offset", offset, size)).astype(float)
    if shift is not None and np.isnan(shift).any():
        raise problem(
            _aligned("offset", offset, size), np.isnan(shift), "is missing", "Complete it."
        )
    usable = made.kept & there
    gone = [(h.dropped.row - 1, list(h.dropped.column), list(h.dropped.reason))]
    if there.all() and len(h.dropped):
        gone = []  # the covariates were given for the rows that are left
    gone.append((made.left_out, list(made.missing_columns), ["missing value"] * made.left_out.size))
    if h.weights is not None and not h.weights.all():
        places = np.flatnonzero(there)
        lost = places[(h.weights == 0) & usable[places]]
        gone.append((lost, ["weights"] * lost.size, ["weight is 0"] * lost.size))
        usable[lost] = False
        made = design_from_arrays(data, keep=usable)
    return ModelData(
        histories=h if usable[there].all() else taken(h, usable[there]),
        design=made,
        offset=None if shift is None else shift[usable],
        cluster=None if codes is None else _renumbered(_known(codes)[usable]),
        dropped=_listed(gone) if len(gone) > 1 or made.left_out.size else h.dropped,
        rows_in=size,
        formula="",
        strata=() if h.stratum is None else ("strata",),
    )


def _as_it_is(data: Any) -> Design | None:  # noqa: ANN401 - an array, a mapping or a frame
    """Take an array of finite numbers without a copy; None where it is something else."""
    plain = isinstance(data, np.ndarray) and data.dtype == np.float64 and data.ndim == 2
    if not plain or not data.flags.c_contiguous or not data.size:
        return None
    if not np.isfinite(column_sums(data)).all():
        return None
    x = data.view()
    x.setflags(write=False)
    head = design_from_arrays(data[:1])  # what it learns of numbers does not depend on them
    return replace(head, x=x, kept=np.ones(data.shape[0], dtype=bool))


def _cluster_codes(cluster: Field) -> np.ndarray:
    """Give whole numbers that tell clusters apart; negative where the value is missing."""
    array = cluster.array
    plain = array.dtype.kind in "iu" and not isinstance(cluster.values, frames.Levels)
    if plain and array.min() >= 0:
        return array
    return code_labels(cluster)[0]


def _aligned(role: str, values: Any, size: int) -> Field:  # noqa: ANN401 - an array
    array = frames.numbers_where_possible(np.asarray(values))
    if array.shape != (size,):
        raise InputError(f"{role} has shape {array.shape}; one value a row, ({size},), is needed.")
    return Field(role, role, array)


def _known(cluster: Field) -> np.ndarray:
    codes = _cluster_codes(cluster)
    if (codes < 0).any():
        raise problem(cluster, codes < 0, "is missing", "Name the cluster of every row.")
    return codes


def _renumbered(codes: np.ndarray) -> np.ndarray:
    """Replace the integers that occur by 0, 1, ..., in their order."""
    low, high = int(codes.min()), int(codes.max())
    if high - low > _SPAN_PER_ROW * codes.size:
        return np.unique(codes, return_inverse=True)[1].astype(np.int32)
    shifted = codes - low
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[shifted] = True
    places = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    return np.asarray(places[shifted])


def _listed(gone: list[tuple[np.ndarray, list[str], list[str]]]) -> Dropped:
    rows = np.concatenate([part[0] for part in gone]).astype(np.int64)
    columns = [name for part in gone for name in part[1]]
    reasons = [reason for part in gone for reason in part[2]]
    order = np.argsort(rows, kind="stable")
    return Dropped(
        rows[order] + 1, tuple(columns[i] for i in order), tuple(reasons[i] for i in order)
    )


def strata_of(data: Any, names: tuple[str, ...], known: tuple[str, ...]) -> np.ndarray:  # noqa: ANN401 - any frame
    """Find the strata of new rows.

    Parameters
    ----------
    data
        a frame, or a mapping of names to arrays.
    names
        columns that make the strata.
    known
        labels of the S strata of a model.

    Returns
    -------
    ndarray, shape (m,)
        positions in ``known``.

    Raises
    ------
    InputError
        a stratum was not there when the model was fitted, or is missing.
    """
    columns = [
        data[name] if isinstance(data, dict) else frames.column(data, name, role="strata")
        for name in names
    ]
    parts = [part if isinstance(part, frames.Levels) else np.asarray(part) for part in columns]
    if not _size(parts[0]):
        return np.empty(0, dtype=np.intp)
    codes, labels = code_labels(Field("strata", ", ".join(names), join_labels(names, parts)))
    if (codes < 0).any():
        raise InputError(
            f"strata({', '.join(names)}) is missing in row {listed(np.flatnonzero(codes < 0) + 1)}."
        )
    unseen = [label for label in labels if label not in known]
    if unseen:
        raise InputError(
            f"strata({', '.join(names)}): {listed(unseen)} was not there when the model was "
            f"fitted. Strata are: {listed(known)}."
        )
    places: np.ndarray = np.array([known.index(label) for label in labels])[codes]
    return places


def _size(values: np.ndarray | frames.Levels) -> int:
    return values.codes.size if isinstance(values, frames.Levels) else values.size


def join_labels(
    names: tuple[str, ...], columns: list[np.ndarray | frames.Levels]
) -> np.ndarray | frames.Levels:
    """Make one label of several columns: ``a, b`` for each combination that occurs.

    A missing value in any of them makes the label missing.
    """
    if len(columns) == 1:
        return columns[0]
    coded = [code_labels(Field("strata", name, c)) for name, c in zip(names, columns, strict=True)]
    whole = np.zeros(coded[0][0].size, dtype=np.int64)
    gap = np.zeros(whole.size, dtype=bool)
    for codes, labels in coded:
        whole = whole * len(labels) + codes
        gap |= codes < 0
    out = np.full(whole.size, -1, dtype=np.int32)
    present, out[~gap] = np.unique(whole[~gap], return_inverse=True)
    return frames.Levels(out, tuple(_spelled(int(code), [c[1] for c in coded]) for code in present))


def _spelled(code: int, labels: list[tuple[str, ...]]) -> str:
    parts = []
    for choices in reversed(labels):
        code, position = divmod(code, len(choices))
        parts.append(choices[position])
    return ", ".join(reversed(parts))
