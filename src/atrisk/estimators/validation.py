"""How well a model will predict other patients: the bootstrap's estimate of its optimism."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.result import Result, label_array
from atrisk.estimators.source import require_number
from atrisk.estimators.validation_binary import BinarySamples
from atrisk.estimators.validation_samples import CoxSamples, Samples

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Validation", "events_per_variable", "validate", "warn_left_out"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Validation(Result):
    """What a model seems to achieve, and what is left of it without its optimism.

    Attributes
    ----------
    index
        shape (k,): ``C``, ``Dxy`` (2 C - 1), ``R2`` (Nagelkerke) and ``slope``; for a logistic
        model ``intercept`` and ``Brier`` too.
    apparent
        shape (k,): of the model on its own rows.
    training, test
        shape (k,): means over the samples, of the model of each sample on that sample, and on the
        rows of the study.
    optimism
        shape (k,): ``training - test``.
    corrected
        shape (k,): ``apparent - optimism``.
    repeats
        shape (k,): samples that gave the index.
    n, events
        rows and rows with an event.
    events_per_variable
        events (in a logistic model the rarer outcome) a coefficient.
    asked, failed
        samples drawn, and those whose model has no finite estimates and are left out.
    seed
        of the samples.
    selection
        how terms were selected in each sample; empty where they were not.
    removed
        name of a term -> number of samples in which it was removed.
    method
        by name.
    """

    index: np.ndarray
    apparent: np.ndarray
    training: np.ndarray
    test: np.ndarray
    optimism: np.ndarray
    corrected: np.ndarray
    repeats: np.ndarray
    n: float
    events: float
    events_per_variable: float
    asked: int
    failed: int
    seed: int
    selection: dict[str, Any]
    removed: dict[str, int]
    method: str

    def columns(self) -> dict[str, np.ndarray]:
        """Give index, apparent, training, test, optimism, corrected, repeats."""
        names = ("index", "apparent", "training", "test", "optimism", "corrected", "repeats")
        return {name: getattr(self, name) for name in names}


def validate(
    fit: Any,  # noqa: ANN401 - a fit of cox or logistic
    repeats: int = 200,
    seed: int = 1,
    selection: Mapping[str, Any] | None = None,
) -> Validation:
    """Estimate by the bootstrap how much of a model's performance is optimism.

    Parameters
    ----------
    fit
        of `cox` or `logistic`, without weights or penalty.
    repeats
        number of bootstrap samples. Subjects or clusters with several rows are drawn as a whole.
    seed
        of the samples: the same number gives the same result.
    selection
        where the terms of the model were selected: validate the full model with the options of
        `backward`, such as ``{"rule": "p", "stay": 0.05}``; terms are then selected anew in each
        sample by ``method="fastbw"``.

    Returns
    -------
    Validation

    Raises
    ------
    InputError
        another model, an infinite estimate, weights or a penalty, or no sample could be fitted.

    Warns
    -----
    AtRiskWarning
        some samples have no model with finite estimates and are left out.

    Notes
    -----
    For each sample the model is fitted to it; an index of that model on the sample less the index
    on the study's own rows is its optimism, whose mean is taken from the apparent index. The slope
    is that of the linear predictor in a model of its own; R2 is that of this model. In a logistic
    model the Brier score is that of the predictions as they are. Knots, scales and means of a
    formula are those of the study.

    References
    ----------
    Efron B, Gong G (1983) Am Stat 37:36. Harrell FE, Lee KL, Mark DB (1996) Stat Med 15:361.
    Harrell FE (2015) Regression Modeling Strategies, section 5.3.

    Examples
    --------
    >>> import polars as pl
    >>> from atrisk.estimators.cox import cox
    >>> df = pl.DataFrame({
    ...     "days": [3, 5, 8, 8, 11, 14, 17, 20, 25, 26, 29, 31],
    ...     "died": [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1],
    ...     "age": [58, 40, 50, 44, 70, 52, 61, 39, 55, 45, 41, 48],
    ... })
    >>> found = validate(cox("Surv(days, died) ~ age", df), repeats=20)
    >>> found.index.tolist(), round(float(found.apparent[0]), 3), found.events_per_variable
    (['C', 'Dxy', 'R2', 'slope'], 0.66, 9.0)
    """
    times = require_whole("repeats", repeats, least=1)
    start = require_whole("seed", seed, least=0)
    samples = samples_of(fit, selection)
    apparent = samples.apparent()
    training = np.full((times, apparent.size), np.nan)
    test = training.copy()
    rng = np.random.default_rng(start)
    for begin in range(0, times, samples.together):
        end = min(begin + samples.together, times)
        counts = np.stack([samples.draw(rng) for _ in range(begin, end)])
        training[begin:end], test[begin:end] = samples.indexes(counts)
    return _result(fit, samples, apparent, training, test, start)


def _result(
    fit: Any,  # noqa: ANN401 - a regression
    samples: Samples,
    apparent: np.ndarray,
    training: np.ndarray,
    test: np.ndarray,
    seed: int,
) -> Validation:
    known = np.isfinite(training) & np.isfinite(test)
    fitted = known.any(axis=1)
    if not fitted.any():
        raise InputError(
            f"none of {fitted.size} samples has a model with finite estimates: there are too few "
            "events for the covariates. Leave covariates out."
        )
    warn_left_out(int((~fitted).sum()), fitted.size)
    repeats = known.sum(axis=0)
    means = [
        np.divide(np.where(known, part, 0.0).sum(axis=0), repeats, where=repeats > 0,
                  out=np.full(apparent.size, np.nan))
        for part in (training, test)
    ]  # fmt: skip
    optimism = means[0] - means[1]
    return Validation(
        index=label_array(samples.names),
        apparent=apparent,
        training=means[0],
        test=means[1],
        optimism=optimism,
        corrected=apparent - optimism,
        repeats=repeats,
        n=float(fit.n),
        events=float(fit.events),
        events_per_variable=events_per_variable(fit),
        asked=fitted.size,
        failed=int((~fitted).sum()),
        seed=seed,
        selection=dict(samples.selection or {}),
        removed=dict(samples.removed),
        method="bootstrap optimism (Efron-Gong), " + samples.unit + " drawn with replacement",
    )


def warn_left_out(failed: int, asked: int) -> None:
    """Say how many samples are not in the means."""
    if failed:
        warnings.warn(
            f"{failed} of {asked} samples are left out, because their model has no finite "
            "estimates: a level without events, or too few events for the covariates. The samples "
            "that are left are the easier ones. Join levels or leave covariates out.",
            AtRiskWarning,
            stacklevel=4,
        )


def samples_of(fit: Any, selection: Mapping[str, Any] | None = None) -> Samples:  # noqa: ANN401 - a regression
    """Prepare a fit for being fitted again to samples of its rows.

    Raises
    ------
    InputError
        it is no fit of cox or logistic, or one whose samples are not defined here.
    """
    kind = type(fit).__name__
    if kind == "CoxFit":
        return CoxSamples(fit, selection)
    if kind == "LogisticFit":
        return BinarySamples(fit, selection)
    raise InputError(f"a fit of cox or logistic is expected, not {kind}.")


def require_whole(name: str, value: object, *, least: int) -> int:
    """Take a whole number of at least ``least``."""
    wanted = f"a whole number from {least} on"
    number = require_number(name, value, wanted)
    if number < least or number != int(number):
        raise InputError(f"{name}={value!r}: give {wanted}.")
    return int(number)


def events_per_variable(fit: Any) -> float:  # noqa: ANN401 - a regression
    """Give the number of events a coefficient; of a logistic model those of the rarer outcome.

    Parameters
    ----------
    fit
        of `cox`, `fine_gray` or `logistic`, with all candidate terms: each coefficient counts, a
        factor with k levels as k - 1.

    Returns
    -------
    float

    Notes
    -----
    A model with fewer than 10 to 20 is likely to be overfitted; the number is no more than a
    warning, and `validate` measures what it warns of.

    References
    ----------
    Peduzzi P, Concato J, Feinstein AR, Holford TR (1995) J Clin Epidemiol 48:1503. Harrell FE
    (2015) Regression Modeling Strategies, section 4.4.
    """
    size = sum(len(term.columns) for term in getattr(fit, "terms", ()))
    if not size:
        raise InputError("a fit with at least one covariate is expected.")
    is_binary = type(fit).__name__ == "LogisticFit"
    events = min(fit.events, fit.n - fit.events) if is_binary else fit.events
    return float(events) / size
