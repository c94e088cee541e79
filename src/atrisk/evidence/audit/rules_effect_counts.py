"""OR, RR and risk difference with interval and P, from the counts of both groups, every way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.groups import (
    Group,
    families,
    fewer,
    groups_of,
    named_otherwise,
    neighbours,
)
from atrisk.evidence.audit.printed_floats import digits, level_of, reach, written
from atrisk.evidence.audit.two_by_two import Found, Pair, estimates, intervals, p_meets, p_values
from atrisk.evidence.paper import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["RULES"]

_SLACK = 1e-9
_SPLINE = 1e-3  # R's confint() reads the profile off a spline: up to 8e-4 of a limit
_ITERATED = (
    1.6e-4  # of its width: 1.96 for 1.959964, and R's standard error of the last step but one
)
_SEARCH = 1.3e-4  # R's fisher.test() finds an odds ratio, or its inverse above 1, only so nearly
_MOST_TABLES = 40_000
_MOST_TRIED = 100  # tables on which methods other than Wald's are tried


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the paper prints of an effect, part by part."""

    effect: Effect
    parts: dict[str, tuple[Printed, ...]]
    groups: list[Group]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the counts stand."""
        return tuple(dict.fromkeys(at for group in self.groups for at in group.addresses))

    def numbers(self, part: str) -> tuple[str, ...]:
        """Where the numbers of a part stand."""
        return tuple(f"{self.effect.id}.{field}" for field in _FIELDS[part])

    @property
    def decimals(self) -> int:
        """How many decimals to show."""
        return max(digits(n, 1) for numbers in self.parts.values() for n in numbers)


_FIELDS = {"estimate": ("estimate",), "interval": ("lower", "upper"), "P": ("p",)}


def effect_from_counts(book: Book) -> Iterator[Check]:
    """Ask of OR, RR or risk difference, interval and P, that some method gives them from counts."""
    for effect in book.of_kind(Effect):
        if effect.measure == "HR" or effect.model != "univariable":
            continue
        groups = groups_of(book, (effect.exposed, effect.unexposed))
        parts = _parts(book, effect)
        if groups is None or not parts or min(group.total for group in groups) == 0:
            continue
        asked = _Asked(effect, parts, groups)
        if all(group.events is not None for group in groups):
            yield from _by_counts(asked)
        else:
            yield from _by_sizes(asked)


def _parts(book: Book, effect: Effect) -> dict[str, tuple[Printed, ...]]:
    found = {}
    for part, fields in _FIELDS.items():
        numbers = [book.printed(effect, field) for field in fields]
        kept = tuple(number for number in numbers if number is not None)
        if len(kept) == len(fields):
            found[part] = kept
    return found


def _methods(pair: Pair, effect: Effect, part: str) -> Iterable[Found]:
    if part == "estimate":
        return estimates(pair, effect.measure)
    if part == "interval":
        return intervals(pair, effect.measure, level_of(effect.level))
    found = list(p_values(pair))
    wald = f"Wald test of the {_WALD[effect.measure]}"
    return sorted(found, key=lambda f: not f.method.startswith(wald))


_WALD = {"OR": "odds ratio", "RR": "risk ratio", "RD": "risk difference"}


def _meets(numbers: tuple[Printed, ...], found: Found, measure: str, part: str) -> bool:
    if part == "P":
        return p_meets(found, numbers[0], _SLACK)
    factors = (1.0, 100.0) if measure == "RD" else (1.0,)
    return any(
        all(
            np.isfinite(value) and number.admits(value * factor, _slack(found, value, part))
            for number, value in zip(numbers, found.values, strict=True)
        )
        for factor in factors
    )


def _slack(found: Found, value: float, part: str) -> float:
    """Allow for the precision of the programs that papers are written with."""
    if "(Fisher)" in found.method:
        return _SEARCH * max(1.0, value * value)
    if part == "interval" and "profile" in found.method:
        return _SPLINE * abs(value)
    if part == "interval" and "Wald" in found.method and found.values[0] > 0.0:
        return _ITERATED * abs(value) * float(np.log(found.values[1] / found.values[0]))
    if part == "interval" and "Wald" in found.method:
        return _ITERATED * (found.values[1] - found.values[0])
    return _SLACK * max(1.0, abs(value))


def _trials(asked: _Asked, pair: Pair, part: str) -> list[Trial]:
    numbers = asked.parts[part]
    decimals = max(digits(number, 1) for number in numbers)
    return [
        Trial(
            found.method,
            " to ".join(written(value, decimals) for value in found.values),
            _meets(numbers, found, asked.effect.measure, part),
        )
        for found in _methods(pair, asked.effect, part)
    ]


def _some_method(asked: _Asked, pair: Pair, part: str) -> str:
    """Name the first method that gives the printed numbers; empty if none does."""
    numbers = asked.parts[part]
    for found in _methods(pair, asked.effect, part):
        if _meets(numbers, found, asked.effect.measure, part):
            return found.method
    return ""


def _all_parts(asked: _Asked, pair: Pair) -> dict[str, str] | None:
    """Name a method for each part; None if one has none."""
    found: dict[str, str] = {}
    for part in asked.parts:
        found[part] = _some_method(asked, pair, part)
        if not found[part]:
            return None
    return found


def _pair(groups: list[Group], totals: tuple[int, ...]) -> Pair:
    return Pair(groups[0].events or 0, totals[0], groups[1].events or 0, totals[1])


def _by_counts(asked: _Asked) -> Iterator[Check]:
    given = _pair(asked.groups, tuple(group.total for group in asked.groups))
    joint = len(asked.parts) > 1 or "estimate" in asked.parts
    for totals, words in fewer(asked.groups):
        pair = _pair(asked.groups, totals)
        if (found := _all_parts(asked, pair)) is not None:
            for part, method in found.items():
                yield _agreeing(asked, pair, part, method, words, sure=joint or not words)
            return
    for part in asked.parts:
        yield _verdict(asked, given, part)


def _agreeing(
    asked: _Asked, pair: Pair, part: str, method: str, words: str, *, sure: bool
) -> Check:
    trials = tuple(_trials(asked, pair, part))
    end = f", with {words}" if words else ""
    gives = next(trial.gives for trial in trials if trial.meets)
    arithmetic = (
        f"{pair}{end}: {_name(asked, part)} {gives} by {method}; printed {_text(asked, part)}."
    )
    verdict = Verdict.CONSISTENT if sure else Verdict.UNCHECKED
    missing = "" if sure else f"whether values are missing: {words} would give it"
    checked = Check(
        _COUNTS,
        verdict,
        asked.numbers(part),
        asked.addresses if sure else (),
        arithmetic,
        trials,
        method=f"{method}{end}" if sure else "",
        missing=missing,
    )
    return _as_named(asked, checked) if sure and part == "P" else checked


def _as_named(asked: _Asked, check: Check) -> Check:
    """Turn a consistent end into a finding if the test named is not among those that give it."""
    named = families(asked.effect.method)
    by = [trial.method for trial in check.tried if trial.meets]
    if not named or any(families(method) & named for method in by):
        return check
    return Check(
        _COUNTS,
        Verdict.INCONSISTENT,
        check.numbers,
        asked.addresses,
        f"{check.arithmetic} The paper names {asked.effect.method}, which does not give it.",
        check.tried,
        resolve="Which test gave this P value?",
    )


def _name(asked: _Asked, part: str) -> str:
    return {"estimate": asked.effect.measure, "interval": f"{asked.effect.level} % interval"}.get(
        part, "P"
    )


def _text(asked: _Asked, part: str) -> str:
    return " to ".join(number.text for number in asked.parts[part])


def _verdict(asked: _Asked, pair: Pair, part: str) -> Check:
    trials = tuple(_trials(asked, pair, part))
    method = next((trial.method for trial in trials if trial.meets), "")
    first = trials[0].gives if trials else "no value"
    words = f"{pair}: {_name(asked, part)} {first} ({trials[0].method if trials else 'no method'})"
    words = f"{words}; printed {_text(asked, part)}."
    if method:
        words = words.replace(f"{first} ({trials[0].method})", f"{_given(trials)} ({method})")
        return _as_named(
            asked,
            Check(
                _COUNTS,
                Verdict.CONSISTENT,
                asked.numbers(part),
                asked.addresses,
                words,
                trials,
                method=method,
            ),
        )
    if part == "P" and named_otherwise(asked.effect.method):
        return Check(
            _COUNTS,
            Verdict.UNCHECKED,
            asked.numbers(part),
            (),
            words,
            trials,
            missing=f"what {asked.effect.method} needs beside the counts",
        )
    return Check(
        _COUNTS,
        Verdict.INCONSISTENT,
        asked.numbers(part),
        asked.addresses,
        f"{words} {_help(asked, pair)}".strip(),
        trials,
        resolve="Would the authors confirm the counts of both groups, or name the model?",
    )


def _given(trials: tuple[Trial, ...]) -> str:
    return next(trial.gives for trial in trials if trial.meets)


def _help(asked: _Asked, pair: Pair) -> str:
    """Say which tables that differ by one or two patients would give all that is printed."""
    if len(asked.parts) < 2:
        return ""
    turned = Pair(pair.c, pair.n2, pair.a, pair.n1)
    close = [(turned, f"{turned} (the groups exchanged)"), *neighbours(pair)]
    fits = [words for other, words in close if _quickly(asked, other)]
    if not fits:
        return "No table that differs by one or two patients gives all that is printed."
    return f"All that is printed would follow from {', or '.join(fits[:3])}."


def _quickly(asked: _Asked, pair: Pair) -> bool:
    """Tell whether Wald's methods give all parts."""
    if not all(pair.cells):
        return False
    for part, numbers in asked.parts.items():
        first = next(iter(_methods(pair, asked.effect, part)))
        if not _meets(numbers, first, asked.effect.measure, part):
            return False
    return True


def _by_sizes(asked: _Asked) -> Iterator[Check]:
    """Look for counts within the sizes of the groups that give what is printed."""
    first, second = asked.groups
    numbers = tuple(at for part in asked.parts for at in asked.numbers(part))
    if "estimate" not in asked.parts or (first.total + 1) * (second.total + 1) > _MOST_TABLES:
        return
    near = list(_possible(asked))
    by_wald = [pair for pair in near if _quickly(asked, pair)]
    for pair in by_wald[:1] or near[:_MOST_TRIED]:
        if (found := _all_parts(asked, pair)) is not None:
            methods = ", ".join(dict.fromkeys(found.values()))
            yield Check(
                _COUNTS,
                Verdict.CONSISTENT,
                numbers,
                asked.addresses,
                f"Counts that give what is printed exist: {pair} ({methods}).",
                method=f"{pair} of all counts that are possible",
                bound=True,
            )
            return
    yield Check(
        _COUNTS,
        Verdict.UNCHECKED,
        numbers,
        (),
        f"No counts of events among {first.total} and {second.total} patients, the sizes of the"
        " groups, give the estimate with its interval and P by any method tried.",
        missing="the events in each group, and how many patients were analysed",
    )


def _possible(asked: _Asked) -> Iterator[Pair]:
    """Yield the tables of these sizes whose estimate and Wald interval are near what is printed."""
    first, second = asked.groups
    a = np.arange(first.total + 1)[:, None] if first.events is None else np.array([[first.events]])
    c = np.arange(second.total + 1) if second.events is None else np.array([second.events])
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = a / first.total, c / second.total
        value = {"OR": p * (1 - q) / ((1 - p) * q), "RR": p / q, "RD": p - q}[asked.effect.measure]
    printed = reach(asked.parts["estimate"][0])
    wide = 1.0 if asked.effect.measure == "RD" else printed.high * 0.15
    factor = 100.0 if asked.effect.measure == "RD" and abs(printed.high) > 1.0 else 1.0
    near = (value * factor >= printed.low - wide) & (value * factor <= printed.high + wide)
    for i, j in np.argwhere(near):
        pair = Pair(int(a[i, 0]), first.total, int(c[j]), second.total)
        if "interval" not in asked.parts or _wald_near(asked, pair):
            yield pair


def _wald_near(asked: _Asked, pair: Pair) -> bool:
    """Tell whether Wald's interval is about as wide as the printed one."""
    if not all(pair.cells):
        return True
    low, high = (reach(number) for number in asked.parts["interval"])
    if asked.effect.measure == "RD" or low.high <= 0.0:
        return True
    z = float(ndtri(0.5 + level_of(asked.effect.level) / 2.0))
    error = np.sqrt(sum(1.0 / cell for cell in pair.cells))
    width = np.log(high.high) - np.log(low.high)
    return bool(0.6 < width / (2.0 * z * error) < 1.6) or asked.effect.measure == "RR"


_COUNTS = "effect from the counts"
RULES: dict[str, Rule] = {_COUNTS: effect_from_counts}
