"""Expressions over the rows of a form, whole columns at a time.

A field of the row's own form is that of the row; of a form that does not repeat, that of the
record; of a repeating form, the row that ``[field][last-instance]`` and the like name. Functions
over all rows of a record are ours, not REDCap's::

    earliest([date], ...)  latest([date], ...)   the first or last date of the record
    lowest([field], ...)   highest([field], ...)  the least or greatest value
    count([field], ...)                          how many values
    any_equal([field], 'x')                      whether any value equals

All but ``any_equal`` take a condition as last argument, read on the rows of the fields' form:
``earliest([resp_date], [resp_call] = '1')``.

``'today'`` is the data cut-off that the caller gives, so that results do not change by the day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.study.forms.evaluate_tree import Evaluation

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from atrisk.study.forms.expression import Expression
    from atrisk.study.forms.tables import Column, Records

__all__ = ["Evaluation", "compute", "holds"]


def holds(
    expression: Expression, records: Records, form: str | None, *, cut_off: date | None = None
) -> NDArray[np.bool_]:
    """Tell on which rows an expression holds.

    Parameters
    ----------
    expression
        from `parse_expression`.
    records
        the forms.
    form
        whose rows; None for one row a record.
    cut_off
        the data cut-off, which ``'today'`` stands for.

    Returns
    -------
    ndarray
        shape (n,), bool. A value that is no comparison holds if it is neither 0 nor blank.

    Raises
    ------
    InputError
        the expression does not fit the records; the message marks the place with a caret.
    """
    return Evaluation(records, cut_off=cut_off).holds(expression, form)


def compute(
    expression: Expression,
    records: Records,
    form: str | None,
    *,
    name: str = "",
    cut_off: date | None = None,
) -> Column:
    """Compute a column; arguments and errors as `holds`.

    Returns
    -------
    Column
        of n rows: numbers, dates or codes; blank where an argument of arithmetic has no value.
        Truths are 1 and 0.
    """
    return Evaluation(records, cut_off=cut_off).compute(expression, form, name=name)
