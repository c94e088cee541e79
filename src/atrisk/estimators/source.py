"""What an estimator asks of its source: a tally, and where a variance needs them, rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.influence import rows_of_tally
from atrisk.engine.tally import Tally, merge_strata
from atrisk.errors import InputError
from atrisk.sources import memory
from atrisk.sources.histories import NOTHING_DROPPED, Dropped, Histories

if TYPE_CHECKING:
    from atrisk.engine.influence import Rows

__all__ = [
    "Source",
    "curve_tally",
    "dropped_of",
    "full_tally",
    "numbers_from",
    "require_choice",
    "require_iterations",
    "require_level",
    "require_number",
    "robust_rows",
    "wants_robust",
]

Source = Histories | Tally


def full_tally(source: Source) -> Tally:
    """Tally a source with its strata apart."""
    if isinstance(source, Tally):
        return source
    if isinstance(source, Histories):
        return memory.tally(source)
    raise InputError(
        f"Histories are expected, not {type(source).__name__}. Make them with "
        "Histories.from_frame(df, exit=..., event=..., unit=..., origin=...)."
    )


def curve_tally(source: Source) -> Tally:
    """Tally a source with its strata pooled: a curve is drawn by group alone."""
    return merge_strata(full_tally(source))


def dropped_of(source: Source) -> Dropped:
    """Give the rows that the source left out."""
    return source.dropped if isinstance(source, Histories) else NOTHING_DROPPED


def wants_robust(table: Tally) -> bool:
    """Decide as R does: fractional weights, or several rows of one subject, ask for it."""
    return not (table.whole_weights and table.one_row_a_subject)


def robust_rows(source: Source, table: Tally) -> Rows:
    """Give the rows behind a tally; cells of a tally stand for rows that share one influence.

    Raises
    ------
    InputError
        the source is a bare tally with late entry or repeated subjects, whose rows it lacks.
    """
    if table.entered is None and table.one_row_a_subject:
        return rows_of_tally(table)
    if isinstance(source, Histories):
        return memory.rows(source, table)
    raise InputError(
        "a robust variance with late entry or several rows of a subject needs the rows, and this "
        "source gives only their tally. Use the Histories, or name another variance: 'greenwood' "
        "or 'aalen' (curves), 'model' (tests)."
    )


def require_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    """Refuse an option that does not exist."""
    if value not in choices:
        raise InputError(f"{name}={value!r}: choose one of {', '.join(map(repr, choices))}.")


def require_flag(name: str, value: object, *, optional: bool = False) -> None:
    """Refuse what is neither true nor false, such as the word "no"; None where it may be."""
    if isinstance(value, bool | np.bool_) or (optional and value is None):
        return
    choices = "True, False or None" if optional else "True or False"
    raise InputError(f"{name}={value!r}: give {choices}.")


def require_level(conf_level: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    level = require_number("conf_level", conf_level, "a number between 0 and 1, such as 0.95")
    if not 0.0 < level < 1.0:
        raise InputError(f"conf_level={conf_level!r}: give a number between 0 and 1, such as 0.95.")


def require_number(name: str, value: object, wanted: str) -> float:
    """Take one number; NaN, text and lists are refused."""
    if not isinstance(value, int | float | np.number) or isinstance(value, bool) or np.isnan(value):
        raise InputError(f"{name}={value!r}: give {wanted}.")
    return float(value)


def require_iterations(iterations: object) -> None:
    """Refuse a number of iterations that is not a positive whole number."""
    whole = isinstance(iterations, int | np.integer) and not isinstance(iterations, bool)
    if not whole or iterations < 1:  # type: ignore[operator]
        raise InputError(f"iterations={iterations!r}: give a whole number of 1 or more.")


def numbers_from(name: str, values: object, wanted: str) -> np.ndarray:
    """Take one or more numbers as an array of shape (k,), k > 0."""
    try:
        numbers = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if isinstance(values, str | bool) or numbers.ndim != 1 or not numbers.size:
        raise InputError(f"{name}={values!r}: give {wanted}.")
    return numbers
