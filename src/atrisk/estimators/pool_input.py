"""What is given to a pool, checked: counts, effects, names of studies, moderators, options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from atrisk import frames
from atrisk.engine.meta_linear import TAU2
from atrisk.errors import InputError, listed
from atrisk.estimators.pool_request import PREDICTIONS, PoolRequest
from atrisk.estimators.source import require_choice, require_level
from atrisk.formulas.columns import is_frame

__all__ = [
    "Asked",
    "counts_of_studies",
    "moderator_columns",
    "named",
    "numbers_of_studies",
    "options",
    "texts_of",
]

_MOST_NODES = 101
_FEWEST_NODES = 7
_LARGEST = 1e100  # beyond it a number counts as infinite: its square may be no double


@dataclass(frozen=True, slots=True)
class Asked:
    """What every pool takes beside its numbers, as it was given; see `pool_proportions`."""

    study: object
    labels: object
    moderators: object
    tau2: str
    ci: str | None
    prediction: str
    conf_level: float

    def request(
        self,
        effect: np.ndarray,
        variance: np.ndarray,
        *,
        kind: str,
        scale: str,
        method: str = "inverse variance",
        counts: tuple[np.ndarray, np.ndarray] | None = None,
        quadrature: int = 0,
    ) -> PoolRequest:
        """Check it against effects of shape (k,) on a scale, or the counts behind them."""
        nobody = np.full(effect.size, np.nan)
        events, total = (nobody, nobody.copy()) if counts is None else counts
        rows = (effect, variance) if counts is None else counts
        names, studies, notes = named(self.study, self.labels, list(zip(*rows, strict=True)))
        columns, terms = moderator_columns(self.moderators, effect.size)
        return PoolRequest(
            labels=names,
            study=studies,
            events=events,
            total=total,
            effect=effect,
            variance=variance,
            moderators=columns,
            terms=terms,
            kind=kind,
            scale=scale,
            method=method,
            tau2=self.tau2,
            ci=self.ci,
            conf_level=self.conf_level,
            prediction=self.prediction,
            quadrature=quadrature,
            notes=notes,
        )


def options(tau2: str, prediction: str, conf_level: float, quadrature: object = 31) -> None:
    """Refuse options that do not exist."""
    require_choice("tau2", tau2, TAU2)
    require_choice("prediction", prediction, PREDICTIONS)
    require_level(conf_level)
    whole = isinstance(quadrature, int | np.integer) and not isinstance(quadrature, bool)
    if not whole or not _FEWEST_NODES <= quadrature <= _MOST_NODES:  # type: ignore[operator]
        raise InputError(
            f"quadrature={quadrature!r}: give a whole number of nodes from {_FEWEST_NODES} to "
            f"{_MOST_NODES}."
        )


def numbers_of_studies(name: str, values: object, *, size: int | None = None) -> np.ndarray:
    """Take one finite number a study, shape (k,)."""
    if hasattr(values, "to_numpy") and not isinstance(values, np.ndarray):
        values = values.to_numpy()
    try:
        array = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}={values!r}: give one number a study.") from error
    if array.ndim != 1 or not array.size:
        raise InputError(f"{name} has shape {array.shape}: give one number a study.")
    if size is not None and array.size != size:
        raise InputError(f"{name} has {array.size} values for {size} studies: give one each.")
    missing = np.flatnonzero(~(np.abs(array) < _LARGEST))
    if missing.size:
        raise InputError(
            f"{name} is missing or infinite for study {listed(missing + 1)} (counted from 1): "
            "leave the study out of every argument, or give the number."
        )
    return array


def counts_of_studies(events: object, total: object) -> tuple[np.ndarray, np.ndarray]:
    """Take events and totals, whole numbers, 0 <= events <= total, total > 0."""
    counted = numbers_of_studies("events", events)
    if np.asarray(events).dtype == bool:
        raise InputError(
            "events are True and False: give the number of patients with the event, one a study."
        )
    patients = numbers_of_studies("total", total, size=counted.size)
    for name, array in (("events", counted), ("total", patients)):
        bad = np.flatnonzero((array < 0.0) | (array != np.floor(array)))
        if bad.size:
            raise InputError(
                f"{name} of study {bad[0] + 1} is {array[bad[0]]:g}: counts are whole numbers, "
                "0 or more. Give numbers of patients, not percentages."
            )
    if (patients == 0.0).any():
        place = np.flatnonzero(patients == 0.0) + 1
        raise InputError(f"study {listed(place)} has no patients (total 0): leave it out.")
    if (counted > patients).any():
        first = int(np.flatnonzero(counted > patients)[0])
        raise InputError(
            f"study {first + 1} has {counted[first]:g} events of {patients[first]:g}: there cannot "
            "be more events than patients. Give the events first, then of how many."
        )
    return counted, patients


def texts_of(name: str, values: object, size: int) -> tuple[str, ...]:
    """Take one text a row, none missing."""
    if hasattr(values, "to_list"):
        values = values.to_list()
    if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
        raise InputError(f"{name}={values!r}: give one name a row.")
    found = list(values)
    if len(found) != size:
        raise InputError(f"{name} has {len(found)} values for {size} rows: give one each.")
    empty = [
        row + 1 for row, value in enumerate(found) if frames.absent(value) or not str(value).strip()
    ]
    if empty:
        raise InputError(f"{name} is missing in row {listed(empty)}: give a name for every row.")
    return tuple(str(value).strip() for value in found)


def named(
    study: object, labels: object, rows: Sequence[tuple[float, float]]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Name the rows and the studies they belong to.

    Parameters
    ----------
    study
        the study of each row, where some have several; or None.
    labels
        a name of each row, no two the same; or None.
    rows
        the two numbers of each row, to tell a row given twice.

    Returns
    -------
    labels, study, notes : tuple of str
    """
    size = len(rows)
    given = None if labels is None else texts_of("labels", labels, size)
    studies = None if study is None else texts_of("study", study, size)
    if given is None:
        plain = tuple(f"study {row + 1}" for row in range(size))
        given = plain if studies is None else _numbered(studies)
    else:
        _require_distinct(given, rows, of_studies=studies is not None)
    studies = given if studies is None else studies
    return given, studies, _twice(studies, given, rows)


def _numbered(studies: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    out = []
    for name in studies:
        seen[name] = seen.get(name, 0) + 1
        out.append(f"{name} ({seen[name]})" if studies.count(name) > 1 else name)
    return tuple(out)


def _require_distinct(
    labels: tuple[str, ...], rows: Sequence[tuple[float, float]], *, of_studies: bool
) -> None:
    first: dict[str, int] = {}
    for row, label in enumerate(labels):
        before = first.setdefault(label, row)
        if before == row:
            continue
        if rows[before] == rows[row]:
            raise InputError(
                f"{label!r} is there twice with the same numbers (rows {before + 1} and {row + 1}):"
                " a study counts once. Leave one row out."
            )
        remedy = (
            "Give each arm a label of its own."
            if of_studies
            else (
                "If they are arms of one study, give the studies in study= and each arm a label of "
                "its own; if they are reports of the same patients, keep one."
            )
        )
        raise InputError(f"rows {before + 1} and {row + 1} are both {label!r}. {remedy}")


def _twice(
    studies: tuple[str, ...], labels: tuple[str, ...], rows: Sequence[tuple[float, float]]
) -> tuple[str, ...]:
    first: dict[tuple[str, tuple[float, float]], int] = {}
    said = []
    for row, key in enumerate(zip(studies, rows, strict=True)):
        before = first.setdefault(key, row)
        if before != row:
            said.append(
                f"{labels[before]} and {labels[row]} are rows of one study with the same numbers: "
                "if they are the same patients, leave one out."
            )
    return tuple(said)


def moderator_columns(
    moderators: object, size: int, wanted: tuple[str, ...] | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Take moderators as columns of numbers.

    Parameters
    ----------
    moderators
        None, a mapping name -> values, a frame, or values of shape (k,) or (k, m).
    size
        k, the number of rows.
    wanted
        names that must be there; None where any may.

    Returns
    -------
    columns : ndarray
        shape (k, m).
    names : tuple of str
    """
    if moderators is None:
        columns: dict[str, object] = {}
    elif isinstance(moderators, Mapping) or is_frame(moderators):
        columns = _by_name(moderators)
    else:
        columns = _by_place(moderators, wanted)
    if wanted is not None:
        _require_names(tuple(columns), wanted)
        columns = {name: columns[name] for name in wanted}
    arrays = [_moderator(name, values, size) for name, values in columns.items()]
    return (np.column_stack(arrays) if arrays else np.empty((size, 0))), tuple(columns)


def _by_name(moderators: Any) -> dict[str, object]:  # noqa: ANN401 - a mapping or any frame
    if isinstance(moderators, Mapping):
        return {str(name): values for name, values in moderators.items()}
    eager = frames.eager(moderators)
    return {name: eager[name].to_numpy() for name in frames.names_of(eager)}


def _by_place(moderators: object, wanted: tuple[str, ...] | None) -> dict[str, object]:
    try:
        array = np.asarray(moderators, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"moderators={moderators!r}: give numbers of shape (k,) or (k, m), or a mapping of "
            "names to numbers. Labels are compared by subgroups()."
        ) from error
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2:
        raise InputError(f"moderators has shape {array.shape}: give one row a study.")
    names = wanted or (
        ("moderator",)
        if array.shape[1] == 1
        else tuple(f"moderator {place + 1}" for place in range(array.shape[1]))
    )
    if len(names) != array.shape[1]:
        raise InputError(f"moderators has {array.shape[1]} columns: {len(names)} are needed.")
    return {name: array[:, place] for place, name in enumerate(names)}


def _require_names(names: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    if set(names) != set(wanted):
        raise InputError(
            f"moderators are {listed(map(repr, names)) or 'none'}: the pool was made with "
            f"{listed(map(repr, wanted)) or 'none'}."
        )


def _moderator(name: str, values: object, size: int) -> np.ndarray:
    if name == "intercept":
        raise InputError("a moderator cannot be called 'intercept': every pool has its own.")
    try:
        return numbers_of_studies(f"moderator {name!r}", values, size=size)
    except InputError as error:
        raise InputError(f"{error} Labels are compared by subgroups().") from error
