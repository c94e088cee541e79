"""A curve and the numbers beside it, turned back into patients by the best method that works."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.evidence.curves import risk_sets
from atrisk.evidence.curves.baseline import by_guyot
from atrisk.evidence.curves.coordinates import EVENT, EVENT_FREE, Falls, falls_of
from atrisk.evidence.curves.landmarks import bounded_by_landmarks
from atrisk.evidence.curves.placement import marks_of, patients_of
from atrisk.evidence.curves.residuals import residuals
from atrisk.evidence.curves.search import Found, TooManyError, search
from atrisk.evidence.curves.types import Curve, PseudoPatients, Reconstruction, Solution
from atrisk.evidence.curves.wording import n_warning, too_coarse, verdict_of, warnings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atrisk.evidence.curves.types import Reported

__all__ = ["METHODS", "Method", "reconstruct"]

Method: TypeAlias = Literal["auto", "exact", "constrained", "guyot"]
METHODS: tuple[Method, ...] = ("auto", "exact", "constrained", "guyot")

COARSEST = 0.05
"""A curve whose values may be off by more than this is not read."""
_MOST_FITTING = 12
"""Where n is not printed: more numbers than this that are no multiples of the least, and none is
believed."""
_MULTIPLES = 3
"""Other numbers of patients are looked for up to so many times the least that fits."""
_THINNED = (
    (1.0, 16, 8.0),
    (1.0, 16, np.inf),
    (1.0, 5, 8.0),
    (2.0, 5, np.inf),
    (4.0, 5, np.inf),
    (8.0, 5, np.inf),
)
"""How far bounds are widened, into how many parts they are cut, and how far from what is expected
the censored may be, one after the other."""
_TINY = 1e-9
_UNWIDENED = 3
"""So many of these widen nothing."""


Marks: TypeAlias = Literal["none", "all", "needed", "some"]
"""Censor marks: none; everyone censored has one, as the curve says too; or only if that is taken
for granted; or the curve says that some have none."""


@dataclass(frozen=True, slots=True)
class _Try:
    """A search that found something, and how."""

    found: Found
    falls: Falls
    factor: float
    tick_after: bool
    fitting: tuple[int, ...] = ()
    marks: Marks = "none"


class _RefusedError(Exception):
    """Why a curve cannot be turned back."""


def reconstruct(
    curve: Curve | Mapping[str, Curve],
    reported: Reported,
    *,
    method: Method = "auto",
    members: int = 20,
    seed: int = 1,
    group: str = "all",
) -> Reconstruction:
    """Turn a published curve back into patients.

    Parameters
    ----------
    curve
        a survival curve; or cause -> incidence curve, all causes that compete; or some of them
        and, under ``event_free``, the survival curve beside them.
    reported
        what the paper prints beside it.
    method
        ``"exact"`` finds every set of whole numbers that gives the curve, or refuses;
        ``"constrained"`` the best set among the likeliest; ``"guyot"`` is the published
        algorithm; ``"auto"`` the first of these that works.
    members
        of the ensemble over what the data leave open.
    seed
        of the ensemble.
    group
        the name of these patients.

    Returns
    -------
    Reconstruction
        with verdict ``"refused"`` and the reason where it cannot be done.

    Raises
    ------
    InputError
        the input contradicts itself: a survival curve that rises, numbers at risk that rise or
        that are more than the curve leaves, values outside 0 to 1.

    Notes
    -----
    The work is bounded by numbers of states, never by seconds, so that results do not depend on
    the machine.

    References
    ----------
    Kaplan EL, Meier P (1958) J Am Stat Assoc 53:457. Aalen OO, Johansen S (1978) Scand J Stat
    5:141. Guyot P et al. (2012) BMC Med Res Methodol 12:9.

    Examples
    --------
    >>> from atrisk.evidence.curves import Curve, Reported, reconstruct
    >>> made = reconstruct(Curve([1, 3, 4, 6], [0.8, 0.533333, 0.533333, 0.533333],
    ...     precision_value=1e-6), Reported(n=5))
    >>> made.verdict, made.solution.at_risk.tolist(), made.solution.events[:, 0].tolist()
    ('exact', [5, 3], [1, 1])
    """
    _check_options(method, members, seed)
    curves, survival = _named(curve)
    n = risk_sets.checked_n(reported)
    falls = falls_of(curves, n)
    risk_sets.check_reported(falls, reported)
    try:
        _refuse_early(curves, falls, reported, n)
        if method == "guyot":
            return _guyot_result(curves, falls, reported, members, seed, group, ())
        tried = _searched(falls, reported, method, survival=survival)
        if tried is None:
            return _last_resort(curves, falls, reported, method, members, seed, group)
        return _result(tried, falls, reported, members, seed, group, survival=survival)
    except _RefusedError as error:
        return _refused(str(error), falls.unit)


def _last_resort(
    curves: Mapping[str, Curve], falls: Falls, reported: Reported, method: Method, members: int,
    seed: int, group: str,
) -> Reconstruction:  # fmt: skip
    """Fall to the published algorithm, which asks less, where it applies."""
    why = "no set of whole numbers was found that meets the curve and the printed numbers"
    if len(falls.causes) > 1 or method != "auto":
        raise _RefusedError(f"{why}; check the coordinates, their precision and the numbers.")
    return _guyot_result(curves, falls, reported, members, seed, group, (f"{why}.",))


def _check_options(method: str, members: int, seed: int) -> None:
    if method not in METHODS:
        raise InputError(f"method={method!r}: methods are {', '.join(METHODS)}.")
    if isinstance(members, bool) or members < 0:
        raise InputError(f"members={members!r}: give 0 or more.")
    if isinstance(seed, bool) or seed < 0:
        raise InputError(f"seed={seed!r}: give 0 or more.")


def _named(curve: Curve | Mapping[str, Curve]) -> tuple[dict[str, Curve], bool]:
    """Give each curve its cause, and tell whether landmarks are of survival."""
    if isinstance(curve, Curve):
        return {EVENT: curve}, curve.kind == "survival"
    if not curve:
        raise InputError("no curve was given.")
    wrong = [
        name
        for name, drawn in curve.items()
        if len(curve) > 1 and (drawn.kind == "survival") != (name == EVENT_FREE)
    ]
    if wrong:
        raise InputError(
            f"curve {listed(wrong)}: beside other curves, a survival curve is called"
            f" '{EVENT_FREE}', and all others are incidences."
        )
    first = next(iter(curve.values()))
    ordered = {name: drawn for name, drawn in curve.items() if name != EVENT_FREE}
    ordered |= {name: drawn for name, drawn in curve.items() if name == EVENT_FREE}
    return ordered, len(curve) == 1 and first.kind == "survival"


def _refuse_early(
    curves: Mapping[str, Curve], falls: Falls, reported: Reported, n: int | None
) -> None:
    only = next(iter(curves.values()))
    if len(curves) == 1 and only.kind == "incidence" and reported.competing_events != 0:
        raise _RefusedError(
            "one cumulative incidence does not say how many left by the competing events, so the"
            " numbers at risk behind it are unknown. Give the curve of the competing events or"
            " the event-free curve too; if nothing competes, say competing_events = 0."
        )
    if falls.precision > COARSEST:
        raise _RefusedError(
            f"values may be off by {falls.precision:.2g} either way, which is too coarse: it must"
            f" be {COARSEST:g} at most, and to tell single patients apart half of one over n."
        )
    total = reported.total_events
    events = sum(total) if isinstance(total, tuple) else total
    if not falls.time.size and events:
        raise _RefusedError(
            f"{events} events are printed and the curve is flat: no event can be placed on it."
        )
    if not falls.time.size and n is None:
        raise _RefusedError("the curve is flat and n is not printed: give the number of patients.")
    if n is not None and events is not None and events > n:
        raise _RefusedError(f"{events} events of {n} patients: at most one each.")


def _searched(falls: Falls, reported: Reported, method: Method, *, survival: bool) -> _Try | None:
    """Search completely, then thinned, with bounds widened step by step."""
    sides = (False, True) if _tick_at_fall(falls, reported) else (False,)
    if method in {"auto", "exact"}:
        try:
            tried = _complete(falls, reported, sides)
        except TooManyError:
            if method == "exact" or risk_sets.starting_n(reported) is None:
                raise _RefusedError(too_coarse(falls, reported)) from None
        else:
            if tried is not None:
                return tried
            if method == "exact":
                raise _RefusedError(
                    "no set of whole numbers gives this curve within its precision."
                )
    if risk_sets.starting_n(reported) is None:
        raise _RefusedError(
            f"n is not printed, and no number of patients from 1 to {risk_sets.most_n(falls)} gives"
            f" this curve; a precision of {falls.precision:.2g} tells no greater ones apart. Give"
            " n."
        )
    return next(_thinned(falls, reported, sides, survival=survival), None)


def _complete(falls: Falls, reported: Reported, sides: tuple[bool, ...]) -> _Try | None:
    for after in sides:
        tried = _with_marks(falls, reported, after=after)
        if tried is not None:
            return tried
    if reported.total_events is not None and risk_sets.starting_n(reported) is not None:
        _refuse_unattainable(falls, reported, sides)
    return None


def _with_marks(falls: Falls, reported: Reported, *, after: bool) -> _Try | None:
    """Take it that all who are censored have marks; then see what the curve says without that."""
    found, fitting = _all_that_fit(falls, reported, after=after, marks_complete=True)
    given = reported.censor_times is not None
    if not given or (found is not None and found.solutions > 1):
        if found is None:
            return None
        return _Try(found, falls, 1.0, after, fitting, "all" if given else "none")
    try:
        freely, fitting = _all_that_fit(falls, reported, after=after, marks_complete=False)
    except TooManyError:
        if found is None:
            raise
        return _Try(found, falls, 1.0, after, fitting, "needed")
    if freely is None:
        return None
    if found is None:
        return _Try(freely, falls, 1.0, after, fitting, "some")
    return _Try(freely, falls, 1.0, after, fitting, "all")


def _all_that_fit(
    falls: Falls, reported: Reported, *, after: bool, marks_complete: bool
) -> tuple[Found | None, tuple[int, ...]]:
    asked = risk_sets.demands(falls, reported, after=after, marks_complete=marks_complete)
    if asked.starts.size > 1:
        return _each_n(falls, asked)
    return search(falls, asked), ()


def _each_n(falls: Falls, asked: risk_sets.Demands) -> tuple[Found | None, tuple[int, ...]]:
    """Try the numbers of patients one by one, up to some multiples of the first that fits."""
    first: Found | None = None
    fitting: list[int] = []
    limit = asked.most_censored.copy()
    limit[0] = 0  # who left before the first fall left no trace in the curve
    for n in asked.starts.tolist():
        if fitting and n > _MULTIPLES * fitting[0]:
            break
        try:
            found = search(falls, replace(asked, starts=np.array([n]), most_censored=limit))
        except TooManyError:
            if first is None:
                raise
            break
        if found is not None:
            first = found if first is None else first
            fitting.append(n)
    return first, tuple(fitting)


def _refuse_unattainable(falls: Falls, reported: Reported, sides: tuple[bool, ...]) -> None:
    """Refuse a total of events that no set of whole numbers has, all else being met."""
    free = replace(reported, total_events=None)
    for after in sides:
        found = search(falls, risk_sets.demands(falls, free, after=after, marks_complete=False))
        if found is not None:
            events = found.chosen().events.sum(axis=0).tolist()
            given = reported.total_events
            raise _RefusedError(
                f"the total of events printed, {given}, cannot be met: the curve and the other"
                f" numbers ask for {events[0] if len(events) == 1 else tuple(events)}. Check the"
                " total, and that it is of this curve."
            )


def _thinned(
    falls: Falls, reported: Reported, sides: tuple[bool, ...], *, survival: bool
) -> Iterator[_Try]:
    """Narrow the bounds by the landmarks; drop these, then widen, until something is found."""
    narrowed = bounded_by_landmarks(falls, reported, survival=survival)
    plan = (
        [(narrowed, *settings) for settings in _THINNED[:_UNWIDENED]] if reported.landmarks else []
    )
    plan += [(falls.widened(factor), factor, bins, far) for factor, bins, far in _THINNED]
    given = reported.censor_times is not None
    for wider, factor, bins, far in plan:
        # rather a censored patient without a mark than a curve that was misread
        marked = (True, False) if given and factor == 1.0 else (not given,)
        for complete, after in product(marked, sides):
            asked = risk_sets.demands(wider, reported, after=after, marks_complete=complete)
            found = search(wider, asked, bins=bins, far=far)
            if found is not None:
                marks: Marks = "all" if complete else "some"
                yield _Try(found, wider, factor, after, (), marks if given else "none")


def _tick_at_fall(falls: Falls, reported: Reported) -> bool:
    ticks = np.array([tick for tick in reported.at_risk_time if tick > 0])
    if not ticks.size or not falls.time.size or not falls.sharp:
        return False
    near = np.abs(ticks[:, None] - falls.time[None, :]) <= falls.precision_time + 1e-9
    return bool(near.any())


def _result(
    tried: _Try, falls: Falls, reported: Reported, members: int, seed: int, group: str,
    *, survival: bool,
) -> Reconstruction:  # fmt: skip
    found, fitting = tried.found, tried.fitting
    warnings = list(
        warnings_of(
            falls, reported, tried.falls, tried.factor,
            tick_after=tried.tick_after, unmarked=tried.marks == "some",
        )
    )  # fmt: skip
    if risk_sets.starting_n(reported) is None:
        _refuse_many_n(fitting)
        warnings.append(n_warning(fitting, risk_sets.most_n(falls)))
    rng = np.random.default_rng(seed)
    many = found.solutions
    chosen = found.chosen()
    drawn = [chosen if many == 1 else found.drawn(rng) for _ in range(members)]

    def made(solution: Solution, member: int) -> PseudoPatients:
        return patients_of(
            solution, causes=falls.causes, group=group, end=falls.end,
            known=risk_sets.ticks(reported), near=falls.precision_time + _TINY,
            marks=marks_of(reported, falls), member=member,
            rng=rng if member else None,
        )  # fmt: skip

    patients = made(chosen, 0)
    ensemble = [made(solution, number) for number, solution in enumerate(drawn, start=1)]
    known = risk_sets.starting_n(reported) is not None
    verdict, why = verdict_of(
        many, fitting, known=known, by_marks=tried.marks == "needed", sharp=falls.sharp,
        complete=found.complete and tried.factor == 1.0,
    )  # fmt: skip
    return Reconstruction(
        verdict, why, "exact" if verdict in {"exact", "several"} else "constrained",
        many if found.complete else float("inf"), patients,
        PseudoPatients.together(ensemble) if ensemble else patients.taken(np.zeros(0, dtype=int)),
        residuals(patients, falls, reported, survival=survival), tuple(warnings), chosen,
        falls.unit, fitting,
    )  # fmt: skip


def _refuse_many_n(fitting: tuple[int, ...]) -> None:
    """Believe no number of patients where too many others fit that are no multiples of it."""
    others = [n for n in fitting if n % fitting[0]]
    if len(others) > _MOST_FITTING:
        raise _RefusedError(
            f"n is not printed, and {len(fitting)} numbers of patients give this curve within its"
            f" precision ({listed(fitting)}). Give n, the numbers at risk, or more precise"
            " coordinates."
        )


def _guyot_result(
    curves: Mapping[str, Curve], falls: Falls, reported: Reported, members: int, seed: int,
    group: str, warnings: tuple[str, ...],
) -> Reconstruction:  # fmt: skip
    if len(curves) > 1:
        raise InputError("Guyot's algorithm takes one survival curve, not competing incidences.")
    if risk_sets.starting_n(reported) is None:
        raise _RefusedError("Guyot's algorithm needs n or the number at risk at time 0.")
    rng = np.random.default_rng(seed)
    made = by_guyot(falls, reported, group, 0, None)
    parts = [by_guyot(falls, reported, group, place + 1, rng).patients for place in range(members)]
    said = [*warnings]
    if not made.settled:
        said.append("the algorithm of Guyot et al. (2012) does not meet every number printed.")
    return Reconstruction(
        "approximate", "reconstructed by the algorithm of Guyot et al. (2012).", "guyot",
        float("inf"), made.patients,
        PseudoPatients.together(parts) if parts else made.patients.taken(np.zeros(0, dtype=int)),
        residuals(made.patients, falls, reported, survival=True), tuple(said), made.solution,
        falls.unit,
    )  # fmt: skip


def _refused(why: str, unit: str) -> Reconstruction:
    none = np.zeros(0)
    text = np.zeros(0, dtype=object)
    nobody = PseudoPatients(none, none.astype(bool), text, text, none.astype(np.int64))
    return Reconstruction("refused", why, "", 0.0, nobody, nobody, (), (), None, unit)
