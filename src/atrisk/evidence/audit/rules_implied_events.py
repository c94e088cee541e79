"""Events against the standard error that the interval of a hazard ratio implies.

The information of a partial likelihood about a comparison of two groups is a sum of p (1 - p)
over the events, p the share of the risk set, weighted by hazard, that is exposed: at most 1/4
each. At the maximum the sum of p is the number k of exposed events, so that by concavity it is at
most k (d - k) / d.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from atrisk.evidence.audit.check import Check, Rule, Trial, Verdict
from atrisk.evidence.audit.curve_points import endpoint_class, size_of
from atrisk.evidence.audit.effect_numbers import EffectNumbers, compares_two_groups, effects
from atrisk.evidence.audit.groups import group_of
from atrisk.evidence.audit.printed_floats import addresses, written
from atrisk.evidence.paper import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.audit.book import Book
    from atrisk.evidence.printed import Printed

__all__ = ["RULES"]

_OTHER = re.compile(
    r"robust|sandwich|penali|firth|ridge|bayes|bootstrap|weight|fine|gray|sub.?distribution",
    re.IGNORECASE,
)


def implied_events(book: Book) -> Iterator[Check]:
    """Ask of a hazard ratio with d events for a standard error of at least 2 / sqrt(d)."""
    for found in effects(book):
        events, error = book.printed(found.effect, "events"), found.std_error
        if events is None or found.effect.measure != "HR":
            continue
        if error is None or not found.two_groups or not 0.0 < error.high < float("inf"):
            yield Check(
                _EVENTS,
                Verdict.UNCHECKED,
                addresses(book, found.effect, "events"),
                missing=_WHO if error is not None else "an interval of a comparison of two groups",
            )
            continue
        yield _events_check(book, found, events, error.high)


def _events_check(book: Book, found: EffectNumbers, events: Printed, error: float) -> Check:
    numbers = addresses(book, found.effect, "events")
    against = addresses(book, found.effect, "lower", "upper")
    share, words, more = _share(book, found, events)
    least = 1.0 / (share * (1.0 - share) * error**2)
    enough = float(events.high) >= least * (1.0 - 1e-9)
    arithmetic = (
        f"{found.words()}: standard error of log HR at most {written(error)},"
        f" 1 / (p (1 - p) SE^2) = {least:.1f} events with p = {share:.2f}{words};"
        f" printed {events.text}."
    )
    trial = Trial("at least as many events", f"{least:.1f}", enough)
    if enough:
        return Check(
            _EVENTS,
            Verdict.CONSISTENT,
            numbers,
            (*against, *more),
            arithmetic,
            (trial,),
            method="information of a partial likelihood",
            bound=True,
        )
    if _OTHER.search(found.effect.method or "") or _competing(found.effect):
        return Check(
            _EVENTS,
            Verdict.UNCHECKED,
            numbers,
            (),
            arithmetic,
            (trial,),
            missing="the standard error of the model, which a robust one need not be",
        )
    return Check(
        _EVENTS,
        Verdict.INCONSISTENT,
        (*numbers, *against),
        more,
        arithmetic,
        (trial,),
        resolve="How many events went into this model?",
    )


def _competing(effect: Effect) -> bool:
    """Tell whether an effect may be of Fine and Gray's model, whose variance is a sandwich."""
    named = f"{effect.endpoint or ''} {effect.label}"
    return endpoint_class(effect.endpoint or "") in {"relapse", "death"} or bool(
        re.search(r"\bs(ub)?hr\b|incidence|competing", named, re.IGNORECASE)
    )


def _share(book: Book, found: EffectNumbers, events: Printed) -> tuple[float, str, tuple[str, ...]]:
    """Give the share of the events that are exposed if both counts are given; else one half."""
    names = (found.effect.exposed, found.effect.unexposed)
    groups = [group for name in names if (group := group_of(book, name)) is not None]
    counts = [group.events for group in groups if group.events]
    if len(counts) == 2 and sum(counts) == events.value and found.effect.model == "univariable":
        at = tuple(at for group in groups for at in group.addresses[:1])
        return counts[0] / sum(counts), f" ({counts[0]} of {sum(counts)} events exposed)", at
    return 0.5, ", the share that needs fewest", ()


def events_of_the_set(book: Book) -> Iterator[Check]:
    """Ask of the events of an effect that there are no more than patients."""
    for effect in book.of_kind(Effect):
        events, size = book.printed(effect, "events"), size_of(book, effect.of)
        if events is None or size is None or events.relation != "=":
            continue
        at = (f"{effect.id}.events",)
        words = f"{events.text} events among {size[1]} patients."
        if events.value > size[1]:
            yield Check(_AT_MOST, Verdict.IMPOSSIBLE, (*at, size[0]), (), words)
        elif _asks_who(book, effect):  # no more than patients says little of them
            yield Check(_AT_MOST, Verdict.UNCHECKED, at, (), words, missing=_WHO)
        else:
            yield Check(
                _AT_MOST, Verdict.CONSISTENT, at, (size[0],), words, method="order", bound=True
            )


def _asks_who(book: Book, effect: Effect) -> bool:
    """Tell whether only the groups compared are missing for the events that the interval needs."""
    bounds = all(book.printed(effect, field) for field in ("estimate", "lower", "upper"))
    return effect.measure == "HR" and bounds and not compares_two_groups(effect)


_WHO = "who is compared: name them with exposed and unexposed"
_EVENTS = "events that the interval implies"
_AT_MOST = "events of an effect within its set"
RULES: dict[str, Rule] = {_EVENTS: implied_events, _AT_MOST: events_of_the_set}
