"""The methods of intervals as papers name them, however they spell them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atrisk.evidence.audit.check import Trial

__all__ = ["by_value", "curve_scales_named", "proportion_methods"]

_LOG_LOG = re.compile(
    r"c?log\W{0,3}(?:(?:minus|of)?\W{0,2}(?:minus\W?)?)?log(?!i)|double.?log|\bcll\b", re.IGNORECASE
)
_NO_SCALE = re.compile(
    r"log.?rank|logistic|log.?normal|log.?linear|log.?likelihood|log.?binomial", re.IGNORECASE
)
_SCALES = {
    "plain": r"\bplain\b|\blinear\b|untransformed|\bidentity\b",
    "log": r"\blog\b|logarithm|log.transform",
    "logit": r"\blogit\b|log.?odds",
    "arcsine": r"arc.?sin",
}
_PROPORTIONS = {
    r"clop+er|(?<!fisher's )(?<!fisher )exact(?! test)": ("Clopper-Pearson",),
    r"exact(?! test)|mid.?p": ("mid-P",),
    r"wald|normal approx|asymptotic": (
        "Wald",
        "Wald with continuity correction",
        "Wald on the log scale",
        "Wald on the log-log scale",
        "Wald on the logit scale",
        "Wald on the arcsine scale",
    ),
    r"wilson|\bscore\b|newcombe": ("Wilson", "Wilson with continuity correction"),
    r"agresti|coull|adjusted wald|plus.?four": ("Agresti-Coull",),
    r"jeff?e?r[ie]?[ey]?'?s?": ("Jeffreys",),
    r"bayes|uniform prior": ("Bayes with a uniform prior", "Jeffreys"),
}
_UNSURE = re.compile(r"bootstrap|robust|cluster|permut|blaker|sterne|blyth|survey", re.IGNORECASE)


def proportion_methods(method: str | None) -> frozenset[str]:
    """Give the intervals of a proportion that a method may name; none if it names no interval.

    Examples
    --------
    >>> sorted(proportion_methods("Cloper and Pearson")), sorted(proportion_methods("Fisher"))
    (['Clopper-Pearson'], [])
    """
    text = method or ""
    if _UNSURE.search(text):
        return frozenset()
    found = {name for words, names in _PROPORTIONS.items() if _in(words, text) for name in names}
    found |= {f"Wald on the {scale} scale" for scale in _scales(text) if scale != "plain"}
    return frozenset(found)


def curve_scales_named(method: str | None) -> frozenset[str]:
    """Give the scales of a curve's interval that a method may name; none if it names no scale.

    Examples
    --------
    >>> sorted(curve_scales_named("log(-log) transformation"))
    ['log-log', 'log-log of 1 - incidence']
    >>> sorted(curve_scales_named("Kaplan-Meier, log-rank"))
    []
    """
    found = _scales(method or "")
    mirrored = {f"{scale} of 1 - incidence" for scale in found if scale in {"log", "log-log"}}
    return frozenset(found | mirrored)


def _scales(text: str) -> set[str]:
    found = (
        {"log-log"} if _LOG_LOG.search(text) or _in("greenwood.?s? exponential", text) else set()
    )
    rest = _NO_SCALE.sub(" ", _LOG_LOG.sub(" ", text))
    found |= {scale for scale, words in _SCALES.items() if _in(words, rest)}
    if "log" in found and _in("transform", text):  # said of log-log intervals as well
        found.add("log-log")
    return found


def _in(words: str, text: str) -> bool:
    return bool(re.search(words, text, re.IGNORECASE))


def by_value(trials: Iterable[Trial]) -> str:
    """Write what methods give, each value once with its methods; one alone without its name.

    Examples
    --------
    >>> from atrisk.evidence.audit.check import Trial
    >>> by_value([Trial("Pearson", "0.1", True), Trial("score", "0.1", True)])
    '0.1 (Pearson, score)'
    """
    values: dict[str, list[str]] = {}
    for trial in trials:
        values.setdefault(trial.gives, []).append(trial.method)
    if sum(map(len, values.values())) == 1:
        return next(iter(values))
    return " or ".join(f"{value} ({', '.join(names)})" for value, names in values.items())
