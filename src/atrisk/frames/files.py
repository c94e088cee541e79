"""Files of tables: Parquet in and out, SAS transport files out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atrisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import polars as pl

__all__ = ["parquet_names", "parquet_rows", "read_parquet", "write_parquet", "write_xport"]

#: Rows at a time: few enough to stay in the cache.
_BLOCK: Final = 500


def parquet_names(path: Path) -> tuple[str, ...]:
    """Read the names of the columns of a Parquet file.

    Raises
    ------
    InputError
        the file is not Parquet.
    """
    import polars as pl

    try:
        return tuple(pl.read_parquet_schema(path))
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path.name} is not a Parquet file that can be read: {error}") from None


def read_parquet(
    path: Path, names: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Read columns of a Parquet file.

    Parameters
    ----------
    path
        the file.
    names
        the columns; each exists.

    Returns
    -------
    columns : dict
        name -> array of shape (n,): numbers as float64, dates as ``datetime64[D]``, text and
        categories as objects.
    missing : dict
        name -> boolean array of shape (n,), True where the value is null.

    Raises
    ------
    InputError
        a column holds lists or structures.
    """
    import polars as pl

    frame = pl.read_parquet(path, columns=list(names))
    columns = {name: _parquet_array(path.name, frame[name]) for name in names}
    return columns, {name: frame[name].is_null().to_numpy() for name in names}


def parquet_rows(path: Path) -> tuple[tuple[str, ...], Iterator[list[tuple[object, ...]]]]:
    """Read a Parquet file row by row.

    Parameters
    ----------
    path
        the file.

    Returns
    -------
    names : tuple of str
        its columns.
    blocks : iterator
        the rows, in order, some hundreds at a time.

    Raises
    ------
    InputError
        the file is not Parquet, or a column holds lists or structures.
    """
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path.name} is not a Parquet file that can be read: {error}") from None
    for name in frame.columns:
        if frame[name].dtype.is_nested():
            raise InputError(
                f"{path.name}, column {name!r} holds lists or structures. Write one value an entry."
            )
    short = [name for name in frame.columns if frame[name].dtype == pl.Float32]
    # 0.3 is what was written, not the 0.300000012 that it is as a longer number
    frame = frame.with_columns(pl.col(short).cast(pl.String).cast(pl.Float64))
    return tuple(frame.columns), (part.rows() for part in frame.iter_slices(_BLOCK))


def _parquet_array(file: str, series: pl.Series) -> np.ndarray:
    import polars as pl

    if series.dtype.is_nested():
        raise InputError(
            f"{file}, column {series.name!r}: it holds {series.dtype}; a column holds numbers,"
            " text or dates. Write one value a row."
        )
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return series.cast(pl.Float64).to_numpy()
    if series.dtype in (pl.Date, pl.Datetime):
        return series.cast(pl.Date).to_numpy()
    return series.cast(pl.String).fill_null("").to_numpy().astype(object)


_DTYPES = {"text": "String", "integer": "Int64", "number": "Float64", "date": "Date"}


def write_parquet(
    path: Path, columns: Mapping[str, Sequence[object]], kinds: Mapping[str, str]
) -> Path:
    """Write columns as a Parquet file.

    Parameters
    ----------
    columns
        name -> values, None where missing.
    kinds
        name -> ``text``, ``integer``, ``number`` or ``date``.

    Returns
    -------
    Path
        the file.
    """
    _typed(columns, kinds).write_parquet(path)
    return path


def _typed(columns: Mapping[str, Sequence[object]], kinds: Mapping[str, str]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=getattr(pl, _DTYPES[kinds[name]]))
            for name, values in columns.items()
        ]
    )


#: Transport files know text and numbers; days are numbers with a format.
_XPORT_KINDS = {"integer": "number"}
#: Transport files hold texts of at most so many bytes.
_XPORT_TEXT = 200
#: What stands in the header in place of the time of writing.
_XPORT_TIME = b"01JAN70:00:00:00"


def write_xport(
    path: Path,
    columns: Mapping[str, Sequence[object]],
    kinds: Mapping[str, str],
    labels: Mapping[str, str],
    name: str,
    label: str,
) -> Path:
    """Write columns as a SAS transport file, version 5; the same columns give the same bytes.

    Parameters
    ----------
    columns, kinds
        as of `write_parquet`.
    labels
        name -> label.
    name, label
        of the dataset.

    Returns
    -------
    Path
        the file.

    Raises
    ------
    InputError
        a text is longer than the format holds.
    """
    import pyreadstat

    for key, values in columns.items():
        if kinds[key] == "text":
            _check_xport_text(key, values)
    pyreadstat.write_xport(
        _typed(columns, {key: _XPORT_KINDS.get(kind, kind) for key, kind in kinds.items()}),
        str(path),
        file_label=label[:40],
        column_labels=[labels[key] for key in columns],
        table_name=name,
        file_format_version=5,
        variable_format={key: "DATE9." for key in columns if kinds[key] == "date"},
    )
    path.write_bytes(_without_time(path.read_bytes()))
    return path


def _check_xport_text(name: str, values: Sequence[object]) -> None:
    longest = max((str(value) for value in values), key=lambda text: len(text.encode()), default="")
    if len(longest.encode()) > _XPORT_TEXT:
        raise InputError(
            f"{name} has a text of {len(longest.encode())} bytes, and a transport file (XPT) holds"
            f" {_XPORT_TEXT}. Shorten it, or leave the column out."
        )


def _without_time(content: bytes) -> bytes:
    """Put a fixed time in the place of the four times of writing in the header."""
    head = bytearray(content[:720])
    for place in (144, 160, 464, 480):
        if head[place : place + 16].strip():
            head[place : place + 16] = _XPORT_TIME
    return bytes(head) + content[720:]
