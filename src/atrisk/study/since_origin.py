"""Times since the origin of an endpoint, from a column of numbers or of dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.columns import dates, numbers
from atrisk.study.dated import origin_dates, start_dates
from atrisk.study.endpoint_models import DatedEndpoint
from atrisk.study.units import DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.models import Data
    from atrisk.study.plan import EndpointPlan
    from atrisk.study.table import Table

__all__ = ["dates_since", "since_origin"]


def since_origin(
    table: Table, column: str, endpoint: EndpointPlan, data: Data, unit: str | None = None
) -> NDArray[np.float64]:
    """Read when something happened: a date where the endpoint is made of dates, else a time.

    Returns
    -------
    ndarray, shape (n,)
        in the time unit of the study; NaN where the entry is missing.

    Raises
    ------
    InputError
        an entry is neither.
    """
    if isinstance(endpoint.asked, DatedEndpoint):
        start = start_dates(endpoint.asked, table, data.date_format)
        return _since(table, column, start, data)
    written = unit if unit is not None else data.time_unit
    return numbers(table, column, f"times in {written}") * (DAYS[written] / DAYS[data.time_unit])


def dates_since(
    table: Table, column: str, origin: Sequence[str], data: Data
) -> NDArray[np.float64]:
    """Read a column of dates as times since the first date that exists of other columns.

    Returns
    -------
    ndarray, shape (n,)
        in the time unit of the study; NaN where either is missing.

    Raises
    ------
    InputError
        an entry is not a date.
    """
    return _since(table, column, origin_dates(table, origin, data.date_format), data)


def _since(
    table: Table, column: str, start: NDArray[np.datetime64], data: Data
) -> NDArray[np.float64]:
    found = dates(table, column, data.date_format)
    days = (found - start) / np.timedelta64(1, "D")
    return np.where(np.isnat(found) | np.isnat(start), np.nan, days) / DAYS[data.time_unit]
