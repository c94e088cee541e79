"""The functions of expressions: REDCap's, and those over all rows of a record."""

from __future__ import annotations

from typing import Final

__all__ = ["FORMATS", "FUNCTIONS", "OVER_ROWS", "PARSED_ONLY", "UNITS"]

_MANY: Final = 10_000

#: The units of ``datediff``, in days: REDCap's month has 30.44 days and its year 365.2425 (REDCap's
#: list of special functions, in its help for calculated fields).
UNITS: Final = {
    "y": 365.2425,
    "M": 30.44,
    "d": 1.0,
    "h": 1 / 24,
    "m": 1 / 1440,
    "s": 1 / 86400,
}
FORMATS: Final = ("ymd", "mdy", "dmy")

#: Functions that look at every row that a record has of a form: they are not REDCap's.
OVER_ROWS: Final = frozenset({"earliest", "latest", "lowest", "highest", "count", "any_equal"})

#: REDCap's functions that are understood in a dictionary and not computed: what they give is not
#: published exactly enough (``stdev``: n or n - 1).
PARSED_ONLY: Final = frozenset({"stdev"})

#: The least and the greatest number of arguments.
FUNCTIONS: Final[dict[str, tuple[int, int]]] = {
    "if": (3, 3),
    "datediff": (3, 5),
    "age_at_date": (2, 3),
    "dayoftheweek": (1, 1),
    "year": (1, 1),
    "month": (1, 1),
    "day": (1, 1),
    "round": (1, 2),
    "roundup": (1, 2),
    "rounddown": (1, 2),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "exponential": (1, 1),
    "log": (1, 2),
    "mod": (2, 2),
    "min": (1, _MANY),
    "max": (1, _MANY),
    "mean": (1, _MANY),
    "median": (1, _MANY),
    "sum": (1, _MANY),
    "stdev": (1, _MANY),
    "isnumber": (1, 1),
    "isinteger": (1, 1),
    "isblankormissingcode": (1, 1),
    "isblanknotmissingcode": (1, 1),
    "ismissingcode": (1, 1),
    "hasmissingcode": (2, 2),
    "contains": (2, 2),
    "not_contain": (2, 2),
    "starts_with": (2, 2),
    "ends_with": (2, 2),
    "find": (2, 2),
    "left": (2, 2),
    "right": (2, 2),
    "mid": (3, 3),
    "length": (1, 1),
    "trim": (1, 1),
    "upper": (1, 1),
    "lower": (1, 1),
    "replace_text": (3, 3),
    "concat": (1, _MANY),
    "concat_ws": (2, _MANY),
    "earliest": (1, _MANY),
    "latest": (1, _MANY),
    "lowest": (1, _MANY),
    "highest": (1, _MANY),
    "count": (1, 2),
    "any_equal": (2, 2),
}
