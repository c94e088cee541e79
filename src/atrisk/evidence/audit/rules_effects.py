"""Ratios and differences: the estimate in its interval, its symmetry, P from both, events."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import TYPE_CHECKING

from scipy.special import ndtri

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.effect_numbers import (
    EffectNumbers,
    compares_two_groups,
    effects,
    on_scale,
)
from atrisk.evidence.audit.printed_floats import (
    Reach,
    addresses,
    digits,
    level_of,
    reach,
    two_sided,
    written,
)
from atrisk.evidence.audit.skewness import (
    deviance_p_values,
    most_asymmetric,
    p_beside_an_interval,
)
from atrisk.evidence.paper import Count, Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["RULES", "counts_decide"]

_OTHER_TEST = re.compile(
    r"strat|robust|sandwich|weight|imput|bootstrap|permut|bayes|log.?rank|\bgee\b|mixed|adjusted p"
    r"|bonferroni|holm|firth|penali",
    re.IGNORECASE,
)
_WALD = re.compile(r"\bwald\b", re.IGNORECASE)


def counts_decide(book: Book, effect: Effect) -> bool:
    """Tell whether the counts of both groups are given, so that they decide, not the symmetry."""
    if effect.model != "univariable" or effect.measure == "HR":
        return False
    groups = [book.statements.get(name) for name in (effect.exposed, effect.unexposed) if name]
    counts = [group for group in groups if isinstance(group, Count) and group.k is not None]
    if len(counts) != 2:
        return False
    first, second = counts
    return first.of != second.of or (first.n is not None and second.n is not None)


def estimate_in_its_interval(book: Book) -> Iterator[Check]:
    """Ask of an estimate that it lies within its own interval, whatever the method."""
    for found in effects(book):
        if found.ends is None or found.lower is None or found.upper is None:
            continue
        all_at = addresses(book, found.effect, "lower", "upper", "estimate")
        low, high = found.ends
        if low.low > high.high:
            words = f"the lower bound {found.lower.text} lies above the upper {found.upper.text}"
            yield Check(_INSIDE, Verdict.IMPOSSIBLE, all_at[:2], all_at[2:], f"{words}.")
            continue
        inside = found.centre.high >= low.low and found.centre.low <= high.high
        words = f"{found.words()}: the estimate lies {'within' if inside else 'outside'} its bounds"
        verdict = Verdict.CONSISTENT if inside else Verdict.IMPOSSIBLE
        if inside:  # being inside says little of the bounds: other rules vouch for them
            yield Check(_INSIDE, verdict, all_at[2:], (), f"{words}.", method="order", bound=True)
        else:
            yield Check(_INSIDE, verdict, all_at, (), f"{words}.")


def symmetric_interval(book: Book) -> Iterator[Check]:
    """Ask of an interval that it is as symmetric as Wald, profile and exact ones are."""
    for found in effects(book):
        if found.ends is None or counts_decide(book, found.effect) or not _ordered(found):
            continue
        yield _symmetry(book, found)


def _ordered(found: EffectNumbers) -> bool:
    assert found.ends is not None  # noqa: S101 - asked by the caller
    low, high = found.ends
    return low.low <= found.centre.high and found.centre.low <= high.high and low.low < high.high


def _symmetry(book: Book, found: EffectNumbers) -> Check:
    all_at = addresses(book, found.effect, "estimate", "lower", "upper")
    assert found.ends is not None  # noqa: S101 - asked by the caller
    low, high = found.ends
    middle = Reach((low.low + high.low) / 2.0, (low.high + high.high) / 2.0)
    back = math.exp if found.effect.measure != "RD" else float
    decimals = digits(found.estimate)
    gives = f"{written(back(middle.low), decimals)} to {written(back(middle.high), decimals)}"
    wald = Trial("Wald: the middle of the bounds on the scale", gives, middle.meets(found.centre))
    scale = "as it is" if found.effect.measure == "RD" else "on the logarithm"
    words = f"{found.words()}: {scale} the middle of the bounds is {gives}"
    if wald.meets:
        words = f"{words}; the estimate printed is {found.estimate.text}."
        return Check(
            _SYMMETRIC, Verdict.CONSISTENT, all_at, (), words, (wald,), method="Wald interval"
        )
    return _asymmetric(found, all_at, words, wald)


def _asymmetric(found: EffectNumbers, all_at: tuple[str, ...], words: str, wald: Trial) -> Check:
    assert found.ends is not None  # noqa: S101 - asked by the caller
    low, high = found.ends
    if found.effect.measure == "RD":
        return Check(
            _SYMMETRIC,
            Verdict.UNCHECKED,
            all_at,
            arithmetic=f"{words}, not the estimate; score intervals need not be symmetric.",
            tried=(wald,),
            missing="the counts of both groups, or the method of the interval",
        )
    ratio = Reach(
        _arms(found.centre.high, low.low, high.low), _arms(found.centre.low, low.high, high.high)
    )
    width = high.low - low.high if found.two_groups else None
    most = most_asymmetric(width, level_of(found.effect.level)) ** _MARGIN
    if not found.two_groups and found.effect.measure == "OR":
        most = max(most, _NEARLY_SEPARATED)
    may = ratio.low <= most and ratio.high >= 1.0 / most
    gives = f"the arms may differ by a factor of {most:.2f}; they do by {_factor(ratio):.2f}"
    other = Trial("profile likelihood or exact", gives, may)
    stated = bool(_WALD.search(found.effect.method or ""))
    if may and not stated:
        return Check(
            _SYMMETRIC,
            Verdict.UNCHECKED,
            all_at,
            arithmetic=f"{words}, not the estimate: no Wald interval. {gives.capitalize()}.",
            tried=(wald, other),
            missing="the counts of both groups, or the method of the interval",
        )
    end = " The paper names Wald's method." if stated else f" {gives.capitalize()}."
    return Check(
        _SYMMETRIC,
        Verdict.INCONSISTENT,
        all_at,
        (),
        f"{words}, not the estimate.{end}",
        (wald, other),
    )


_NEARLY_SEPARATED = 5.0  # the profile of a measured covariate has no bound
_MARGIN = 1.1  # on the logarithm: Wald's interval with 1/2 in each cell around the sample's ratio


def _arms(centre: float, low: float, high: float) -> float:
    """Divide the upper arm by the lower one."""
    below, above = centre - low, high - centre
    if below <= 0.0:
        return math.inf
    return max(above, 0.0) / below


def _factor(ratio: Reach) -> float:
    nearest = ratio.low if ratio.low > 1.0 else ratio.high
    if nearest <= 0.0:
        return math.inf
    return max(nearest, 1.0 / nearest)


def p_from_the_interval(book: Book) -> Iterator[Check]:
    """Ask of a P value that estimate and interval give it, by Wald or nearly."""
    for found in effects(book):
        p, error = book.printed(found.effect, "p"), found.std_error
        if p is None or counts_decide(book, found.effect):
            continue
        numbers = addresses(book, found.effect, "p")
        against = addresses(book, found.effect, "estimate", "lower", "upper")
        if error is None or error.high <= 0.0 or not math.isfinite(error.high):
            if not counts_decide(book, found.effect):
                yield Check(_P, Verdict.UNCHECKED, numbers, missing="both bounds of the interval")
            continue
        yield _p_check(found, p, error, numbers, against)


def _p_check(
    found: EffectNumbers,
    p: Printed,
    error: Reach,
    numbers: tuple[str, ...],
    against: tuple[str, ...],
) -> Check:
    z = _statistic(found.centre, error)
    wald = Reach(two_sided(z.high), two_sided(z.low))
    decimals = digits(p)
    trials = [
        Trial("Wald", _span(wald, decimals), _admits(p, wald)),
        Trial("Wald, one-sided", _span(wald.scaled(0.5), decimals), _admits(p, wald.scaled(0.5))),
    ]
    words = (
        f"{found.words()}: z = log({found.estimate.text}) / {written((error.low + error.high) / 2)}"
        if found.effect.measure != "RD"
        else f"{found.words()}: z = {found.estimate.text} / {written((error.low + error.high) / 2)}"
    )
    words = f"{words} = {written(z.low, 2)} to {written(z.high, 2)}, P {trials[0].gives}"
    for trial in trials:
        if trial.meets:
            words = f"{words}; printed {p.text}."
            return Check(
                _P, Verdict.CONSISTENT, numbers, against, words, tuple(trials), method=trial.method
            )
    events = max(1.0 / error.high**2, 1.0) if found.two_groups else 1.0
    z = _by_either_arm(found, z)
    ends = (deviance_p_values(z.high, events)[0], deviance_p_values(z.low, events)[1])
    other = Reach(ends[0] * 0.5, min(ends[1] * _exact_factor(found.effect), 1.0))
    trials.append(
        Trial(
            "likelihood ratio, score or exact, at the most",
            _span(other, decimals),
            _admits(p, other),
        )
    )
    words = f"{words}; printed {p.text}."
    stated = bool(_WALD.search(found.effect.method or ""))
    if (trials[-1].meets and not stated) or _OTHER_TEST.search(found.effect.method or ""):
        return Check(
            _P,
            Verdict.UNCHECKED,
            numbers,
            (),
            words,
            tuple(trials),
            missing="the counts of both groups, or the name of the test",
        )
    return Check(_P, Verdict.INCONSISTENT, numbers, against, words, tuple(trials))


def _exact_factor(effect: Effect) -> float:
    """Give how far above a likelihood-ratio P an exact one may be: of counts only."""
    return 2.0 if effect.measure != "HR" and effect.model == "univariable" else 1.0


def _statistic(centre: Reach, error: Reach) -> Reach:
    """Divide the distance from no effect by the standard error."""
    far = max(abs(centre.low), abs(centre.high))
    near = 0.0 if centre.low <= 0.0 <= centre.high else min(abs(centre.low), abs(centre.high))
    return Reach(near / error.high, far / error.low if error.low > 0.0 else math.inf)


def _by_either_arm(found: EffectNumbers, z: Reach) -> Reach:
    """Widen a statistic by what each arm of an asymmetric interval makes of the standard error."""
    assert found.ends is not None  # noqa: S101 - there is a standard error
    low, high = found.ends
    arms = (found.centre.high - low.low, high.high - found.centre.low)
    less = (found.centre.low - low.high, high.low - found.centre.high)
    if min(less) <= 0.0 or not math.isfinite(max(arms)):
        return z
    by = [_statistic(found.centre, Reach(arms[i] / found.z, arms[i] / found.z)) for i in (0, 1)]
    return Reach(min(z.low, *(one.low for one in by)), max(z.high, *(one.high for one in by)))


def _admits(p: Printed, values: Reach) -> bool:
    return p.meets(values.low, values.high, 1e-12)


def _span(values: Reach, decimals: int) -> str:
    return f"{written(values.low, decimals)} to {written(values.high, decimals)}"


def interval_against_p(book: Book) -> Iterator[Check]:
    """Ask of an interval that it is without the null value exactly where P is small, or nearly."""
    for effect in book.of_kind(Effect):
        p = book.printed(effect, "p")
        lower, upper = book.printed(effect, "lower"), book.printed(effect, "upper")
        if p is None or lower is None or upper is None:
            continue
        ends = on_scale(lower, effect), on_scale(upper, effect)
        error = 1.0 - level_of(effect.level)
        where = _side(*ends)
        null = "0" if effect.measure == "RD" else "1"
        words = (
            f"the interval {lower.text} to {upper.text} is {where} {null};"
            f" P {p.text}, the error of the interval is {error:.3g}"
        )
        numbers = addresses(book, effect, "p")
        against = addresses(book, effect, "lower", "upper")
        value = reach(p)
        if (where == "without" and value.low > error) or (where == "with" and value.high < error):
            yield _contrary(book, effect, p, ends, words)
        else:
            yield Check(
                _EXCLUDES,
                Verdict.CONSISTENT,
                numbers,
                against,
                f"{words}.",
                method="inversion of the test",
                bound=True,
            )


def _side(low: Reach, high: Reach) -> str:
    """Say on which side of the null value an interval is, whatever its rounding."""
    if low.low > 0.0 or high.high < 0.0:
        return "without"
    return "with" if low.high < 0.0 < high.low else "ending, as rounded, at"


def _contrary(
    book: Book,
    effect: Effect,
    p: Printed,
    ends: tuple[Reach, Reach],
    words: str,
) -> Check:
    """Ask whether a test other than the interval's may give a P on the other side."""
    numbers = addresses(book, effect, "p")
    against = addresses(book, effect, "lower", "upper")
    allowed = _allowed(effect, ends)
    trial = Trial("Wald, likelihood ratio or score, from the bounds", "", meets=True)
    if allowed is not None:
        trial = Trial(trial.method, _span(allowed, digits(p)), _admits(p, allowed))
        words = f"{words}; from these bounds tests give P {trial.gives}"
    other = _OTHER_TEST.search(effect.method or "")
    if allowed is None or trial.meets or other or counts_decide(book, effect):
        return Check(
            _EXCLUDES,
            Verdict.UNCHECKED,
            (*numbers, *against),
            (),
            f"{words}: they are of different tests, or one of them is misprinted.",
            () if allowed is None else (trial,),
            missing="the test that gave P and the method of the interval",
        )
    estimate = book.printed(effect, "estimate")
    low, high = ends
    middle = Reach((low.low + high.low) / 2.0, (low.high + high.high) / 2.0)
    if estimate is None or not middle.meets(on_scale(estimate, effect)):
        numbers, against = (*numbers, *against), ()  # the bounds may be the slip as well
    return Check(
        _EXCLUDES,
        Verdict.INCONSISTENT,
        numbers,
        against,
        f"{words}: both cannot be.",
        (trial,),
        resolve="Is P or one of the bounds misprinted, or is P of another test or model?",
    )


def _allowed(effect: Effect, ends: tuple[Reach, Reach]) -> Reach | None:
    """Bound P by the interval alone, over what rounding leaves open; None where it cannot be."""
    low, high = ends
    if not all(map(math.isfinite, (*low, *high))) or low.high >= high.low:
        return None
    found: list[float] = []
    for lower, upper in product(low, high):
        events = (2.0 * ndtri(0.5 + level_of(effect.level) / 2.0) / (upper - lower)) ** 2
        events = max(float(events), 1.0) if compares_two_groups(effect) else 1.0
        if effect.measure == "OR" and not compares_two_groups(effect):
            events = _NEARLY_SEPARATED_EVENTS
        found.extend(p_beside_an_interval(lower, upper, level_of(effect.level), events))
    one_sided = 0.5
    return Reach(min(found) * one_sided, min(max(found) * _exact_factor(effect), 1.0))


_NEARLY_SEPARATED_EVENTS = 0.15  # whose profile has arms that differ by a factor of 5


_INSIDE = "estimate within its interval"
_SYMMETRIC = "interval symmetric about its estimate"
_P = "P from estimate and interval"
_EXCLUDES = "interval against P"
RULES: dict[str, Rule] = {
    _INSIDE: estimate_in_its_interval,
    _SYMMETRIC: symmetric_interval,
    _P: p_from_the_interval,
    _EXCLUDES: interval_against_p,
}
