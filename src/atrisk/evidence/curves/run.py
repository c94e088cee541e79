"""A curve and the numbers beside it, turned back into patients by the best method that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError, listed
from atrisk.evidence.curves import risk_sets
from atrisk.evidence.curves.attempts import METHODS, Method, RefusedError, Try, searched
from atrisk.evidence.curves.baseline import by_guyot
from atrisk.evidence.curves.coordinates import EVENT, EVENT_FREE, Falls, falls_of
from atrisk.evidence.curves.placement import marks_of, patients_of
from atrisk.evidence.curves.residuals import of_paper, residuals
from atrisk.evidence.curves.types import Curve, PseudoPatients, Reconstruction, Solution
from atrisk.evidence.curves.wording import (
    n_warning,
    unmet_words,
    verdict_of,
    warnings_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.evidence.curves.types import Reported, Residual

__all__ = ["METHODS", "Method", "reconstruct"]

COARSEST = 0.05
"""A curve whose values may be off by more than this is not read."""
_MOST_FITTING = 12
"""Where n is not printed: more numbers than this that are no multiples of the least, and none is
believed."""
_TINY = 1e-9


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
        tried = searched(falls, reported, method, survival=survival)
        if tried is None:
            return _last_resort(curves, falls, reported, method, members, seed, group)
        return _result(tried, falls, reported, members, seed, group, survival=survival)
    except RefusedError as error:
        return _refused(str(error), falls.unit)


def _last_resort(
    curves: Mapping[str, Curve], falls: Falls, reported: Reported, method: Method, members: int,
    seed: int, group: str,
) -> Reconstruction:  # fmt: skip
    """Fall to the published algorithm, which asks less, where it applies."""
    why = "no set of whole numbers was found that meets the curve and the printed numbers"
    if len(falls.causes) > 1 or method != "auto":
        raise RefusedError(f"{why}; check the coordinates, their precision and the numbers.")
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
        raise RefusedError(
            "one cumulative incidence does not say how many left by the competing events, so the"
            " numbers at risk behind it are unknown. Give the curve of the competing events or"
            " the event-free curve too; if nothing competes, say competing_events = 0."
        )
    if falls.precision > COARSEST:
        raise RefusedError(
            f"values may be off by {falls.precision:.2g} either way, which is too coarse: it must"
            f" be {COARSEST:g} at most, and to tell single patients apart half of one over n."
        )
    total = reported.total_events
    events = sum(total) if isinstance(total, tuple) else total
    if not falls.time.size and events:
        raise RefusedError(
            f"{events} events are printed and the curve is flat: no event can be placed on it."
        )
    if not falls.time.size and n is None:
        raise RefusedError("the curve is flat and n is not printed: give the number of patients.")
    if n is not None and events is not None and events > n:
        raise RefusedError(f"{events} events of {n} patients: at most one each.")


def _result(
    tried: Try, falls: Falls, reported: Reported, members: int, seed: int, group: str,
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
    rows = residuals(patients, falls, reported, survival=survival)
    return Reconstruction(
        verdict, _told(why, rows), "exact" if verdict in {"exact", "several"} else "constrained",
        many if found.complete else float("inf"), patients,
        PseudoPatients.together(ensemble) if ensemble else patients.taken(np.zeros(0, dtype=int)),
        rows, tuple(warnings), chosen,
        falls.unit, fitting,
    )  # fmt: skip


def _refuse_many_n(fitting: tuple[int, ...]) -> None:
    """Believe no number of patients where too many others fit that are no multiples of it."""
    others = [n for n in fitting if n % fitting[0]]
    if len(others) > _MOST_FITTING:
        raise RefusedError(
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
        raise RefusedError("Guyot's algorithm needs n or the number at risk at time 0.")
    rng = np.random.default_rng(seed)
    made = by_guyot(falls, reported, group, 0, None)
    parts = [by_guyot(falls, reported, group, place + 1, rng).patients for place in range(members)]
    said = [*warnings]
    if not made.settled:
        said.append("the algorithm of Guyot et al. (2012) does not meet every number printed.")
    rows = residuals(made.patients, falls, reported, survival=True)
    why = "reconstructed by the algorithm of Guyot et al. (2012)."
    return Reconstruction(
        "approximate", _told(why, rows), "guyot",
        float("inf"), made.patients,
        PseudoPatients.together(parts) if parts else made.patients.taken(np.zeros(0, dtype=int)),
        rows, tuple(said), made.solution,
        falls.unit,
    )  # fmt: skip


def _told(why: str, rows: tuple[Residual, ...]) -> str:
    """Say in the verdict how many printed numbers are not met."""
    held = [row.agrees for row in rows if row.agrees is not None and of_paper(row)]
    return f"{why.removesuffix('.')}{unmet_words(held.count(False), len(held))}."


def _refused(why: str, unit: str) -> Reconstruction:
    none = np.zeros(0)
    text = np.zeros(0, dtype=object)
    nobody = PseudoPatients(none, none.astype(bool), text, text, none.astype(np.int64))
    return Reconstruction("refused", why, "", 0.0, nobody, nobody, (), (), None, unit)
