"""Data frames at the door. Past it there are arrays only.

Any eager or lazy frame that narwhals knows (Polars, pandas, PyArrow, DuckDB relations, ...) is
read; Polars is what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import polars as pl

# integers that name something, and must not pass through floating point
_LABELS = frozenset({"group", "strata", "subject", "cluster"})
# where a true/false column is a factor, as it is without missing values
_FACTORS = frozenset({"covariate"})

__all__ = [
    "Levels",
    "absent",
    "column",
    "eager",
    "names_of",
    "spelled",
    "to_pandas",
    "to_polars",
]


@dataclass(frozen=True, slots=True)
class Levels:
    """Labels coded at the door.

    Attributes
    ----------
    codes
        shape (n,): index into ``labels``, or -1 where the value is missing.
    labels
        the distinct labels in their declared order, else sorted.
    """

    codes: np.ndarray
    labels: tuple[str, ...]


def column(df: Any, name: str, *, role: str) -> np.ndarray | Levels:  # noqa: ANN401 - any frame
    """Take one column of a data frame as an array.

    Parameters
    ----------
    df
        a data frame of any kind that narwhals reads.
    name
        the column.
    role
        what the column is for (``exit``, ``group``, ...), for the message.

    Returns
    -------
    ndarray or Levels
        numbers and booleans as an array of shape (n,), missing numbers as NaN; dates as
        ``datetime64``; text and categories as `Levels`.

    Raises
    ------
    InputError
        there is no such column (the message lists those that exist), or it holds lists or
        structures.
    """
    import narwhals.stable.v2 as nw

    series = _series(df, name, role)
    if series.dtype in (nw.String, nw.Categorical) or isinstance(series.dtype, nw.Enum):
        return _levels(series)
    if series.dtype.is_integer() and series.null_count() and role in _LABELS:
        return _levels(series)
    if series.dtype == nw.Boolean and series.null_count() and role in _LABELS | _FACTORS:
        return _levels(series.cast(nw.Int64), ("False", "True"))
    if series.dtype == nw.Boolean and series.null_count():
        return numbers_where_possible(np.array(series.to_list(), dtype=object))
    array: np.ndarray = series.to_numpy()
    if array.dtype == object and role in _LABELS | _FACTORS and _truths(array):
        codes = [-1 if absent(value) else int(value) for value in array]
        return Levels(np.array(codes, dtype=np.int32), ("False", "True"))
    return numbers_where_possible(array)


def _series(df: Any, name: str, role: str) -> Any:  # noqa: ANN401 - a narwhals Series
    """Take one column that holds one value a row."""
    if not isinstance(name, str | int | tuple):  # pandas names columns by numbers and tuples too
        raise InputError(
            f"{role} is given as {type(name).__name__}: name a column of the data frame, such as "
            f"{role}='name'. Add the values to the frame as a column first."
        )
    frame = _eager(df)
    if name not in frame.columns:
        raise InputError(
            f"{role}={name!r}: there is no such column. "
            f"Columns are: {', '.join(map(str, frame.columns))}.{nearest(name, frame.columns)}"
        )
    series = frame.get_column(name)
    if series.dtype.is_nested():
        raise InputError(
            f"column {name!r} ({role}) holds {series.dtype}; a column holds numbers, text or "
            "dates. Give one value a row, such as one element of each list."
        )
    return series


def absent(value: object) -> bool:
    """Tell whether a Python object stands for a missing value: None, NaN or pandas's NA."""
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - NaN is not itself
    except TypeError:  # pandas's NA is neither equal to itself nor not
        return True
    except ValueError:  # an array
        return False


def eager(df: Any) -> Any:  # noqa: ANN401 - any frame
    """Collect a lazy frame, so that it is computed once; another frame is given back.

    Raises
    ------
    InputError
        ``df`` is no data frame, or two of its columns have one name.
    """
    return _eager(df).to_native()


def names_of(df: Any) -> tuple[str, ...]:  # noqa: ANN401 - any frame
    """List the columns of a frame."""
    return tuple(_eager(df).columns)


def _truths(array: np.ndarray) -> bool:
    """Tell whether Python objects are true, false or missing, as pandas holds them."""
    present = [value for value in array if not absent(value)]
    return bool(present) and all(isinstance(value, bool | np.bool_) for value in present)


def _eager(df: Any) -> Any:  # noqa: ANN401 - narwhals wraps any frame
    import narwhals.stable.v2 as nw

    try:
        frame = nw.from_native(df)
    except TypeError:
        raise InputError(
            f"a data frame is expected, not {type(df).__name__}. Pass a Polars, pandas or Arrow "
            "table, or use Histories.from_arrays for NumPy arrays."
        ) from None
    except nw.exceptions.DuplicateError:
        raise _same_names(df) from None
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def _same_names(df: Any) -> InputError:  # noqa: ANN401 - any frame
    names = list(getattr(df, "column_names", None) or df.columns)
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    return InputError(
        f"the data frame has several columns named {listed(map(repr, twice))}. Give every column "
        "a name of its own."
    )


def _levels(series: Any, names: tuple[str, ...] = ()) -> Levels:  # noqa: ANN401 - a narwhals Series
    """Code text by its sorted values, a category by its declared order.

    Integers may be spelled by their place in ``names``.
    """
    import narwhals.stable.v2 as nw

    categories = getattr(series.to_native(), "cat", None)
    if series.dtype != nw.String and hasattr(categories, "codes"):
        return _pandas_levels(categories)
    present = series.drop_nulls().unique()
    labels = [str(label) for label in present.cast(nw.String).to_list()]
    if series.dtype.is_integer():
        order = [str(number) for number in sorted(present.to_list())]
    else:
        order = _declared_order(series, labels)
    codes = np.full(len(series), -1, dtype=np.int32)
    known = ~series.is_null().to_numpy()
    if order:
        text = series.cast(nw.String).filter(~series.is_null())
        coded = text.replace_strict(order, list(range(len(order))), return_dtype=nw.Int32)
        codes[known] = coded.to_numpy()
    return Levels(codes, tuple(names[int(code)] for code in order) if names else tuple(order))


def _pandas_levels(categories: Any) -> Levels:  # noqa: ANN401 - what pandas calls ``.cat``
    """Take the categories that occur, which may be numbers; a code of -1 is missing."""
    codes = np.asarray(categories.codes).astype(np.int32)
    known = codes >= 0
    used = np.unique(codes[known])
    codes[known] = np.searchsorted(used, codes[known])
    declared = categories.categories.tolist()
    return Levels(codes, tuple(spelled(declared[place]) for place in used))


def spelled(value: object) -> str:
    """Spell a value as a label: a whole number without its decimal point.

    Examples
    --------
    >>> spelled(2.0), spelled("2.0")
    ('2', '2.0')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _declared_order(series: Any, labels: list[str]) -> list[str]:  # noqa: ANN401 - as above
    """Give the labels in the order of their categories, or sorted where there are none."""
    import narwhals.stable.v2 as nw

    if series.dtype == nw.String:
        return sorted(labels)
    try:
        declared = [str(label) for label in series.cat.get_categories().to_list()]
    except AttributeError:  # Arrow dictionaries in pandas name no categories
        return sorted(labels)
    return [label for label in declared if label in set(labels)]


def numbers_where_possible(array: np.ndarray) -> np.ndarray:
    """Read an array of Python objects as numbers where all of them are, else leave it."""
    if array.dtype != object or any(isinstance(value, str) for value in array):
        return array
    if array.size and all(isinstance(value, int | np.integer) for value in array):
        whole = np.array(array.tolist())
        return array if whole.dtype == object else whole
    try:
        return np.array([np.nan if absent(value) else value for value in array], dtype=float)
    except (TypeError, ValueError):
        return array


def to_polars(columns: Mapping[str, np.ndarray | Sequence[object] | Levels]) -> pl.DataFrame:
    """Make one tidy Polars frame of equally long columns; NaN becomes null, labels an Enum."""
    import polars as pl

    return pl.DataFrame(
        {
            name: _enum(values) if isinstance(values, Levels) else _series_or_array(values)
            for name, values in columns.items()
        }
    ).with_columns(pl.selectors.float().fill_nan(None))


def _enum(values: Levels) -> pl.Series:
    """Give labels their declared order, which is that of their codes."""
    import polars as pl

    place = np.where(values.codes < 0, len(values.labels), values.codes)  # the last is missing
    return pl.Series([*values.labels, None], dtype=pl.Enum(values.labels)).gather(place)


def _series_or_array(values: np.ndarray | Sequence[object]) -> Any:  # noqa: ANN401 - what Polars reads
    """Keep labels of no rows text, as they are where there are rows."""
    import polars as pl

    if isinstance(values, np.ndarray) and values.dtype == object and not values.size:
        return pl.Series(values=[], dtype=pl.String)
    return list_or_array(values)


def list_or_array(values: np.ndarray | Sequence[object]) -> np.ndarray | list[object]:
    """Hand text to Polars as a list, so that it becomes a string column, not objects."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values
    return list(values)


def to_pandas(columns: Mapping[str, np.ndarray | Sequence[object]]) -> pd.DataFrame:
    """Make one tidy pandas frame of equally long columns.

    Raises
    ------
    ImportError
        pandas is not installed (``pip install 'atrisk[pandas]'``).
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("to_pandas() needs pandas: pip install 'atrisk[pandas]'") from None
    return pd.DataFrame({name: list_or_array(values) for name, values in columns.items()})
