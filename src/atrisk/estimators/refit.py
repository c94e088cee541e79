"""The same model on the same rows with fewer terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.formulas import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.estimators.cox import CoxFit
    from atrisk.estimators.fine_gray_fit import FineGrayFit
    from atrisk.estimators.logistic import LogisticFit
    from atrisk.formulas import Design

__all__ = ["refit"]


def refit(fit: Any, names: Sequence[str]) -> Any:  # noqa: ANN401 - any regression
    """Fit a model again with some of its terms.

    Parameters
    ----------
    fit
        of `cox`, `fine_gray` or `logistic`.
    names
        of the terms that stay, at least one.

    Returns
    -------
    the same kind of fit, on the rows of ``fit``, with its options.

    Raises
    ------
    InputError
        another model.
    """
    kind = type(fit).__name__
    if kind == "CoxFit":
        return _cox(fit, fit.design.only(names))
    if kind == "FineGrayFit":
        return _fine_gray(fit, fit.design.only(names))
    if kind == "LogisticFit":
        return _logistic(fit, fit.design.only(names))
    raise InputError(f"a fit of cox, fine_gray or logistic is expected, not {kind}.")


def _formula(text: str, design: Design) -> str:
    """Write the formula of fewer terms; strata, clusters and offset stay."""
    if not text:
        return ""
    parts = parse(text)
    specials = [f"strata({', '.join(map(_quoted, parts.strata))})"] if parts.strata else []
    specials += [f"cluster({_quoted(parts.cluster)})"] if parts.cluster else []
    specials += [f"offset({parts.offset})"] if parts.offset else []
    return f"{text.partition('~')[0].strip()} ~ {' + '.join([design.written(), *specials])}"


def _quoted(name: str) -> str:
    return name if name.replace(".", "_").isidentifier() else f"`{name}`"


def _cox(fit: CoxFit, design: Design) -> CoxFit:
    from atrisk.estimators.cox import fit_cox
    from atrisk.sources.model_data import ModelData

    causes = np.unique(fit.histories.cause[fit.rows.event])
    penalty = dict.fromkeys((term.name for term in design.terms), 0.0)
    for term in fit.terms:
        if term.name in penalty:
            penalty[term.name] = float(fit.penalty[term.columns[0]])
    data = ModelData(
        histories=fit.histories,
        design=design,
        offset=fit.rows.offset,
        cluster=fit.cluster,
        dropped=fit.dropped,
        rows_in=design.kept.size,
        formula=_formula(fit.formula, design),
        strata=fit.strata_columns,
    )
    return fit_cox(
        data,
        cause=fit.histories.causes[int(causes[0]) - 1] if causes.size == 1 else None,
        ties=fit.ties,
        robust=fit.variance == "robust",
        ridge=penalty,
        firth=fit.conf_type == "profile",
        conf_level=fit.conf_level,
        iterations=max(30, fit.iterations),
    )


def _fine_gray(fit: FineGrayFit, design: Design) -> FineGrayFit:
    from atrisk.estimators.fine_gray import fit_fine_gray
    from atrisk.sources.model_data import ModelData

    data = ModelData(
        histories=fit.histories,
        design=design,
        offset=fit.model.rows.offset,
        cluster=fit.cluster,
        dropped=fit.dropped,
        rows_in=design.kept.size,
        formula=_formula(fit.formula, design),
        strata=fit.strata_columns,
    )
    return fit_fine_gray(
        data,
        cause=fit.cause,
        stratum=fit.censoring_stratum,
        labels=fit.censoring_strata,
        robust=not fit.counted,
        conf_level=fit.conf_level,
        iterations=max(30, fit.iterations),
    )


def _logistic(fit: LogisticFit, design: Design) -> LogisticFit:
    from atrisk.estimators.logistic import fit_binary
    from atrisk.estimators.logistic_input import BinaryData

    model = fit._model  # noqa: SLF001 - the rows of the fit
    text = _formula(fit.formula, design)
    data = BinaryData(
        formula=parse(text),
        design=design,
        response=fit.response,
        outcome=model.events / model.total,
        weights=model.total,
        cluster=fit.cluster,
        kept=design.kept,
        dropped=fit.dropped,
    )
    return fit_binary(
        data,
        robust=fit.variance == "robust",
        firth=fit.firth,
        conf_type=fit.conf_type,
        conf_level=fit.conf_level,
    )
