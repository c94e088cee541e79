"""The one place that touches data frames: frames in memory, and files that hold them."""

from __future__ import annotations

from atrisk.frames.columns import (
    Levels,
    absent,
    column,
    eager,
    names_of,
    numbers_where_possible,
    spelled,
    to_pandas,
    to_polars,
)
from atrisk.frames.files import (
    parquet_names,
    parquet_rows,
    read_parquet,
    write_parquet,
    write_xport,
)

__all__ = [
    "Levels",
    "absent",
    "column",
    "eager",
    "names_of",
    "numbers_where_possible",
    "parquet_names",
    "parquet_rows",
    "read_parquet",
    "spelled",
    "to_pandas",
    "to_polars",
    "write_parquet",
    "write_xport",
]
