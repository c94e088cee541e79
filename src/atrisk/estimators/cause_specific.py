"""Cox models of all causes at once: each cause's hazard, with the others censored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError, listed, nearest
from atrisk.estimators.cox import CoxFit, fit_cox
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_choice, require_flag, require_level
from atrisk.sources.model_data import model_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atrisk.estimators.fine_gray_prediction import IncidencePrediction
    from atrisk.sources.histories import Dropped, Histories

__all__ = ["CauseSpecificFits", "cause_specific_cox"]

_COLUMNS = ("term", "estimate", "std_error", "ratio", "lower", "upper", "statistic", "p_value")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CauseSpecificFits(Result):
    """Cox models of all causes on the same rows.

    Attributes
    ----------
    causes
        labels of the C causes.
    fits
        of length C: the `CoxFit` of each, in their order; ``fits["relapse"]`` is one of them.
    n
        rows.
    unit, origin
        of time.
    dropped
        rows left out, and why.
    method
        what was done.
    """

    causes: tuple[str, ...]
    fits: tuple[CoxFit, ...]
    n: int
    unit: str
    origin: str
    dropped: Dropped
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give cause, term, estimate, std_error, ratio, lower, upper, statistic, p_value."""
        counts = [fit.term.size for fit in self.fits]
        cause = np.repeat(np.array(self.causes, dtype=object), counts)
        parts = {
            name: np.concatenate([getattr(fit, name) for fit in self.fits]) for name in _COLUMNS
        }
        return {"cause": cause, **parts}

    def __repr__(self) -> str:
        """Say what was fitted; the coefficients are in ``to_frame()``."""
        events = {c: fit.events for c, fit in zip(self.causes, self.fits, strict=True)}
        return (
            f"CauseSpecificFits(n={self.n}, events={events}, method={self.method!r}, "
            f"dropped={len(self.dropped)})"
        )

    def __getitem__(self, cause: str) -> CoxFit:
        """Give the fit of one cause.

        Parameters
        ----------
        cause
            its label.

        Returns
        -------
        CoxFit
        """
        if cause not in self.causes:
            raise InputError(
                f"cause={cause!r}: there is no such cause. Causes are: {listed(self.causes)}."
                f"{nearest(cause, self.causes)}"
            )
        return self.fits[self.causes.index(cause)]

    def __iter__(self) -> Iterator[str]:
        """Go through the causes, as a dict does."""
        return iter(self.causes)

    def __len__(self) -> int:
        return len(self.causes)

    def __contains__(self, cause: object) -> bool:
        return cause in self.causes

    def keys(self) -> tuple[str, ...]:
        """Give the causes, so that ``dict(fits)`` is cause -> `CoxFit`."""
        return self.causes

    def absolute_risk(
        self,
        newdata: Any,  # noqa: ANN401 - any frame, an array or a mapping
        times: Any = None,  # noqa: ANN401 - numbers
        *,
        conf_level: float = 0.95,
    ) -> IncidencePrediction:
        """Predict the cumulative incidence of every cause; see `atrisk.absolute_risk`.

        Parameters
        ----------
        newdata, times, conf_level
            as in `atrisk.absolute_risk`.

        Returns
        -------
        IncidencePrediction
        """
        from atrisk.estimators.absolute_risk import absolute_risk

        return absolute_risk(self, newdata, times, conf_level=conf_level)


def cause_specific_cox(
    model: str | Histories,
    data: Any,  # noqa: ANN401 - any frame, an array, or a mapping of names to arrays
    *,
    ties: str = "efron",
    weights: str | None = None,
    cluster: Any = None,  # noqa: ANN401 - a column, or an array
    subject: str | None = None,
    offset: Any = None,  # noqa: ANN401 - an array
    robust: bool | None = None,
    causes: Mapping[str, object] | None = None,
    censored: object = 0,
    conf_level: float = 0.95,
    unit: str | None = None,
    origin: str | None = None,
    missing: str = "drop",
    iterations: int = 30,
) -> CauseSpecificFits:
    """Fit a Cox model to the hazard of every cause, the other causes as censored.

    Parameters
    ----------
    model, data
        as in `cox`; the events have at least one cause named in ``causes`` or in the histories.
    ties, weights, cluster, subject, offset, robust, causes, censored, conf_level
        as in `cox`.
    unit, origin, missing, iterations
        as in `cox`.

    Returns
    -------
    CauseSpecificFits
        its `to_frame` has the rows of every cause's table of coefficients.

    Raises
    ------
    InputError
        as in `cox`; also where nobody had an event of some cause.

    Notes
    -----
    Given the covariates, the likelihood of all causes is the product of these partial likelihoods,
    whatever the dependence between the causes.

    References
    ----------
    Prentice RL, Kalbfleisch JD, Peterson AV, et al. (1978) Biometrics 34:541.

    Examples
    --------
    >>> import polars as pl
    >>> df = pl.DataFrame({
    ...     "days": [3, 5, 8, 8, 11, 14, 20, 21], "event": [2, 1, 1, 0, 2, 1, 1, 0],
    ...     "age": [55, 61, 50, 44, 70, 52, 39, 48],
    ... })
    >>> fits = cause_specific_cox(
    ...     "Surv(days, event) ~ age", df, causes={"relapse": 1, "death": 2}
    ... )
    >>> fits.causes, [fit.events for fit in fits.fits]
    (('relapse', 'death'), [4, 2])
    """
    require_choice("ties", ties, ("efron", "breslow"))
    require_flag("robust", robust, optional=True)
    require_level(conf_level)
    found = model_data(
        model,
        data,
        weights=weights,
        cluster=cluster,
        subject=subject,
        offset=offset,
        causes=causes,
        censored=censored,
        unit=unit,
        origin=origin,
        missing=missing,
    )
    h = found.histories
    fits = tuple(
        fit_cox(
            found,
            cause=cause,
            ties=ties,
            robust=robust,
            ridge=0.0,
            firth=False,
            conf_level=conf_level,
            iterations=iterations,
        )
        for cause in h.causes
    )
    return CauseSpecificFits(
        causes=h.causes,
        fits=fits,
        n=len(h),
        unit=h.grid.unit,
        origin=h.grid.origin,
        dropped=found.dropped,
        method=f"cause-specific {fits[0].method}",
    )
