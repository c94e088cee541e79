"""The design of a model: covariates as columns of numbers, and how new data get the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError, nearest
from atrisk.formulas.algebra import terms_of
from atrisk.formulas.columns import (
    Columns,
    covariate_names,
    incomplete,
    is_frame,
    problem,
    rows_in,
    subset,
)
from atrisk.formulas.expressions import Expression, plain, read_expression
from atrisk.formulas.factors import Factor, coded
from atrisk.formulas.layout import Plan, Term, filled, laid_out, plan_of, terms_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.formulas.grammar import Formula
    from atrisk.frames import Levels

__all__ = ["Design", "design", "design_from_arrays"]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The covariates of a model as numbers.

    Attributes
    ----------
    x
        shape (n, p), float64, rows together; the complete rows only.
    names
        of the p columns: ``age``, ``sex[male]``, ``age:sex[male]``, ``rcs(age, 4)'``.
    terms
        which columns belong together.
    kept
        shape (rows of the input,), bool: the rows in ``x``.
    left_out
        shape (d,): places, counted from 0, of the rows left out because a value is missing.
    missing_columns
        of length d: the columns that were missing there, joined by commas.
    offset
        shape (n,), or None where the formula has none.
    notes
        levels that no row analysed has.
    """

    x: np.ndarray
    names: tuple[str, ...]
    terms: tuple[Term, ...]
    kept: np.ndarray
    left_out: np.ndarray
    missing_columns: tuple[str, ...]
    offset: np.ndarray | None
    notes: tuple[str, ...]
    _plan: Plan

    def only(self, names: Sequence[str]) -> Design:
        """Keep some of the terms, on the same rows and with the same coding.

        Parameters
        ----------
        names
            of the terms that stay.

        Returns
        -------
        Design

        Raises
        ------
        InputError
            there is no such term.
        """
        known = [term.name for term in self.terms]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise InputError(
                f"there is no term {unknown[0]!r}. Terms are: {', '.join(known)}."
                f"{nearest(unknown[0], known)}"
            )
        places = [place for place, name in enumerate(known) if name in names]
        columns = [c for place in places for c in self.terms[place].columns]
        terms = tuple(
            replace(self.terms[place], columns=tuple(map(columns.index, self.terms[place].columns)))
            for place in places
        )
        return replace(
            self,
            x=np.ascontiguousarray(self.x[:, columns]),
            names=tuple(self.names[column] for column in columns),
            terms=terms,
            _plan=self._plan.only(places),
        )

    def written(self) -> str:
        """Write the terms as the right side of a formula."""
        return self._plan.written()

    def again(self, df: Any) -> np.ndarray:  # noqa: ANN401 - any frame, or name -> array
        """Give the columns of new data, coded as the model was fitted.

        Parameters
        ----------
        df
            a frame or mapping with the columns of the terms; for a design made of one array, an
            array of shape (m, p) too.

        Returns
        -------
        ndarray
            shape (m, p), in the order of ``names``.

        Raises
        ------
        InputError
            a value is missing or not finite, or a level was not there when the model was fitted.
        """
        if isinstance(df, np.ndarray):
            df = _named_columns(df, self._plan.columns)
        columns = Columns(df)
        table = _required(columns, self._plan.columns)
        values = [coded(factor, table, None) for factor in self._plan.factors]
        return filled(laid_out(self._plan, values)[0], columns.size(table))

    def offset_again(self, df: Any) -> np.ndarray | None:  # noqa: ANN401 - as above
        """Give the offset of new data; None where the formula has none.

        Parameters
        ----------
        df
            as in `again`.

        Returns
        -------
        ndarray or None
            shape (m,).

        Raises
        ------
        InputError
            as in `again`.
        """
        factor = self._plan.offset
        if factor is None:
            return None
        return _offset(factor, _required(Columns(df), factor.expression.columns), None)


def design(
    formula: Formula,
    df: Any,  # noqa: ANN401 - any frame that narwhals reads, or name -> array
    *,
    levels_of: Design | None = None,
    keep: np.ndarray | None = None,
) -> Design:
    """Make the columns that the terms of a formula ask for.

    Parameters
    ----------
    formula
        from `parse`.
    df
        a frame of any kind that narwhals reads, or a mapping of names to arrays.
    levels_of
        a design of the same formula, whose levels, knots and means are used.
    keep
        shape (rows,), bool: rows that may be used; None for all. Levels and knots are learned
        from the complete ones among them.

    Returns
    -------
    Design
        factors are coded against their reference level, the first unless
        ``C(x, Treatment("level"))`` names another; there is no column of ones.

    Raises
    ------
    InputError
        a column does not exist, holds dates or infinite values, or has a single level.

    Notes
    -----
    In an interaction a factor is coded by contrasts if the term without it is in the model, else
    by one column a level (Chambers and Hastie 1992, section 2.4.1; the empty term is the
    intercept or baseline hazard).

    Examples
    --------
    >>> from atrisk.formulas import parse
    >>> made = design(parse("died ~ age * sex"), {"age": [40, 61], "sex": ["male", "female"]})
    >>> made.names
    ('age', 'sex[male]', 'age:sex[male]')
    """
    outside = formula.columns_outside_terms
    others = [n for n in covariate_names(df) if n not in outside] if "." in formula.right else []
    terms = terms_of(formula.right, others)
    offset = None if formula.offset is None else read_expression(formula.offset)
    return _designed(terms, offset, df, levels_of, keep)


def design_from_arrays(
    x: Any,  # noqa: ANN401 - an array, a mapping or a frame
    names: Sequence[str] | None = None,
    *,
    keep: np.ndarray | None = None,
) -> Design:
    """Make a design whose terms are columns as they are.

    Parameters
    ----------
    x
        array of shape (n, p); or a mapping of names to arrays of shape (n,), or a frame, where
        text and categories become factors. A float64 array of rows is used, not copied.
    names
        of the p columns of an array; ``x1`` to ``xp`` by default.
    keep
        as in `design`.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        as in `design`, or names that do not fit the array.

    Examples
    --------
    >>> design_from_arrays(np.array([[1.0, 2.0], [3.0, 4.0]])).names
    ('x1', 'x2')
    """
    if isinstance(x, Mapping) or is_frame(x):
        return _designed([(plain(name),) for name in covariate_names(x)], None, x, None, keep)
    array = np.asarray(x)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise InputError(
            f"covariates of shape {array.shape} and type {array.dtype}: give numbers of shape "
            "(rows, covariates), a mapping of names to arrays, or a data frame."
        )
    names = tuple(f"x{j + 1}" for j in range(array.shape[1])) if names is None else tuple(names)
    if len(names) != array.shape[1] or len(set(names)) != len(names):
        raise InputError(f"names={names!r}: give {array.shape[1]} distinct names.")
    return _design_of_numbers(array.astype(float, order="C", copy=False), names, keep)


def _design_of_numbers(x: np.ndarray, names: tuple[str, ...], keep: np.ndarray | None) -> Design:
    """Take a matrix as it is: its rows stay together, so that nothing is gathered by column."""
    gap = np.isnan(x)
    gaps = {name: gap[:, j] for j, name in enumerate(names) if gap[:, j].any()}
    kept, left_out = _complete_rows(gaps, keep, x.shape[0])
    rows = None if kept.all() else np.flatnonzero(kept)
    whole = x if rows is None else x[rows]
    plan = Plan(
        tuple(Factor(plain(name), name, (), None, {}) for name in names),
        tuple(((j, True),) for j in range(len(names))),
        None,
    )
    if whole.size and not np.isfinite([whole.min(), whole.max()]).all():
        for j, factor in enumerate(plan.factors):
            coded(factor, {names[j]: whole[:, j]}, rows)
    return Design(
        x=whole,
        names=names,
        terms=tuple(Term(name, (j,), factors=(name,)) for j, name in enumerate(names)),
        kept=kept,
        left_out=left_out,
        missing_columns=_missing_columns(gaps, left_out),
        offset=None,
        notes=(),
        _plan=plan,
    )


def _designed(
    terms: Sequence[tuple[Expression, ...]],
    offset: Expression | None,
    df: Any,  # noqa: ANN401 - as above
    levels_of: Design | None,
    keep: np.ndarray | None,
) -> Design:
    """Find the complete rows, learn the factors from them, and lay them out."""
    columns = Columns(df)
    read = [factor for term in terms for factor in term] + ([offset] if offset else [])
    used = {name: columns[name] for factor in read for name in factor.columns}
    gaps = {name: gap for name, values in used.items() if (gap := incomplete(values)) is not None}
    kept, left_out = _complete_rows(gaps, keep, columns.size(used))
    rows = None if kept.all() else np.flatnonzero(kept)
    table = {name: subset(values, rows) for name, values in used.items()}
    plan = plan_of(terms, offset, table) if levels_of is None else levels_of._plan  # noqa: SLF001
    laid, blocks = laid_out(plan, [coded(factor, table, rows) for factor in plan.factors])
    return Design(
        x=filled(laid, kept.size if rows is None else rows.size),
        names=tuple(laid),
        terms=terms_from(plan, blocks),
        kept=kept,
        left_out=left_out,
        missing_columns=_missing_columns(gaps, left_out),
        offset=None if plan.offset is None else _offset(plan.offset, table, rows),
        notes=_lost_levels(plan, used),
        _plan=plan,
    )


def _complete_rows(
    gaps: Mapping[str, np.ndarray], keep: np.ndarray | None, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mark the rows that may be used and have every value; list those that lack one."""
    allowed = np.ones(size, dtype=bool) if keep is None else np.array(keep, dtype=bool)
    if allowed.shape != (size,):
        raise InputError(f"keep has shape {allowed.shape}; one value a row, ({size},), is needed.")
    if not gaps:
        return allowed, np.empty(0, dtype=np.int64)
    gap = np.logical_or.reduce(list(gaps.values()))
    if not (allowed & ~gap).any():
        raise InputError(
            f"no row has a value in every covariate; missing values are in {', '.join(gaps)}."
        )
    return allowed & ~gap, np.flatnonzero(allowed & gap)


def _missing_columns(gaps: Mapping[str, np.ndarray], left_out: np.ndarray) -> tuple[str, ...]:
    return tuple(", ".join(name for name, gap in gaps.items() if gap[row]) for row in left_out)


def _offset(
    factor: Factor, table: Mapping[str, np.ndarray | Levels], rows: np.ndarray | None
) -> np.ndarray:
    return np.array(coded(factor, table, rows), dtype=float)


def _lost_levels(plan: Plan, used: Mapping[str, np.ndarray | Levels]) -> tuple[str, ...]:
    """Name the levels that no row analysed has."""
    notes = []
    for factor in plan.factors:
        labels = getattr(used[factor.expression.columns[0]], "labels", ())
        lost = [label for label in labels if factor.levels and label not in factor.levels]
        if lost:
            notes.append(f"{factor.name}: no row analysed has the level {', '.join(lost)}")
    return tuple(notes)


def _required(columns: Columns, names: Sequence[str]) -> dict[str, np.ndarray | Levels]:
    """Take columns of new data; a missing value is refused."""
    table = {name: columns[name] for name in names}
    for name, values in table.items():
        gap = incomplete(values)
        if gap is not None:
            raise problem(f"covariate {name!r}", np.flatnonzero(gap), "is missing",
                          "A prediction needs every covariate: complete the values.")  # fmt: skip
    rows_in(table)
    return table


def _named_columns(x: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read an array of shape (m, p) as the columns that the design was made of."""
    array = x[None, :] if x.ndim == 1 else x
    if array.ndim != 2 or array.shape[1] != len(names):
        raise InputError(
            f"new data of shape {x.shape}: {len(names)} columns are needed, {', '.join(names)}."
        )
    return {name: array[:, j] for j, name in enumerate(names)}
