"""The bootstrap of a Cox model: how its coefficients vary over samples of the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.engine.passes import on_one_blas_thread
from atrisk.engine.replicates import fit_replicates
from atrisk.engine.residuals import score_residuals
from atrisk.errors import InputError, listed
from atrisk.estimators.result import Result
from atrisk.estimators.source import require_level

if TYPE_CHECKING:
    from atrisk.estimators.cox import CoxFit

__all__ = ["BootstrapFit", "bootstrap", "require_seed", "resampled_counts"]

_FEWEST = 2


@dataclass(frozen=True, slots=True, repr=False)
class BootstrapFit(Result):
    """Coefficients over bootstrap samples.

    Attributes
    ----------
    term
        shape (p,).
    estimate
        shape (p,): of all rows.
    std_error
        shape (p,): standard deviation over the samples.
    ratio, lower, upper
        shape (p,): hazard ratio of all rows, and percentiles of the samples' hazard ratios.
    replicates
        shape (B, p): coefficients of the samples that could be fitted.
    failed
        samples that could not: an estimate is infinite, or a covariate does not vary.
    seed, conf_level, method
        what was done.
    """

    term: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    ratio: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    replicates: np.ndarray
    failed: int
    seed: int
    conf_level: float
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give term, estimate, std_error, ratio, lower, upper."""
        names = ("term", "estimate", "std_error", "ratio", "lower", "upper")
        return {name: getattr(self, name) for name in names}


@on_one_blas_thread
def bootstrap(
    fit: CoxFit, *, repeats: int = 1000, seed: int, conf_level: float = 0.95
) -> BootstrapFit:
    """Fit a Cox model to bootstrap samples of its rows.

    Parameters
    ----------
    fit
        a Cox model without penalty. Where it has clusters or subjects, they are drawn whole.
    repeats
        number of samples.
    seed
        of the draws: the same seed gives the same samples.
    conf_level
        of the percentile interval.

    Returns
    -------
    BootstrapFit

    Raises
    ------
    InputError
        the fit is penalised or has infinite estimates, or hardly a sample could be fitted.

    References
    ----------
    Efron B, Tibshirani R (1986) Stat Sci 1:54.

    Examples
    --------
    >>> import numpy as np
    >>> from atrisk import Histories, cox
    >>> rng = np.random.default_rng(1)
    >>> h = Histories.from_arrays(
    ...     rng.integers(1, 90, 60), rng.integers(0, 2, 60), unit="days", origin="diagnosis"
    ... )
    >>> found = bootstrap(cox(h, {"age": rng.normal(50, 10, 60)}), repeats=50, seed=2)
    >>> found.replicates.shape, found.failed
    ((50, 1), 0)
    """
    require_level(conf_level)
    require_seed(repeats, seed)
    if fit.endless or fit.penalty.any() or fit.conf_type == "profile":
        raise InputError(
            "the bootstrap takes a Cox model without penalty whose estimates are finite"
            + (f"; {listed(fit.endless)} is infinite." if fit.endless else ".")
        )
    counts = resampled_counts(fit.n, fit.cluster, repeats, seed)
    # a sample's fit lies near the sum of the influences of its rows
    influence = score_residuals(fit.likelihood()) @ fit.model_vcov
    start = fit.coefficients + (counts - 1.0) @ influence
    found = fit_replicates(fit.rows, counts, start, efron=fit.ties == "efron")
    kept = found.beta[found.converged]
    if kept.shape[0] < _FEWEST:
        raise InputError(
            f"only {kept.shape[0]} of {repeats} bootstrap samples could be fitted: there are too "
            "few events for these covariates."
        )
    tail = (1.0 - conf_level) / 2.0
    lower, upper = np.exp(np.quantile(kept, [tail, 1.0 - tail], axis=0))
    what = "rows" if fit.cluster is None else "clusters"
    return BootstrapFit(
        term=fit.term,
        estimate=fit.estimate,
        std_error=kept.std(axis=0, ddof=1),
        ratio=fit.ratio,
        lower=lower,
        upper=upper,
        replicates=kept,
        failed=int((~found.converged).sum()),
        seed=seed,
        conf_level=conf_level,
        method=f"{repeats} bootstrap samples of {what}, percentile interval, seed {seed}",
    )


def require_seed(repeats: object, seed: object) -> None:
    """Refuse a number of samples, or a seed, that is none."""
    for name, value, least in (("repeats", repeats, _FEWEST), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise InputError(f"{name}={value!r}: give a whole number of {least} or more.")


def resampled_counts(rows: int, cluster: np.ndarray | None, repeats: int, seed: int) -> np.ndarray:
    """Count how often each row stands in each bootstrap sample.

    Parameters
    ----------
    rows
        n.
    cluster
        shape (n,), codes 0..C-1, where clusters are drawn whole; else None.
    repeats
        B samples.
    seed
        of the draws.

    Returns
    -------
    ndarray, shape (B, n)
    """
    units = rows if cluster is None else int(cluster.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, units, size=(repeats, units))
    drawn += np.arange(0, repeats * units, units)[:, np.newaxis]  # a sample has places of its own
    counts = np.bincount(drawn.ravel(), minlength=repeats * units).reshape(repeats, units)
    return counts.astype(float) if cluster is None else counts[:, cluster].astype(float)
