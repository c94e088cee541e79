"""The words of a reconstruction: its verdict, its warnings, why it was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from atrisk.errors import listed
from atrisk.evidence.curves import risk_sets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.types import Reported

__all__ = [
    "n_warning",
    "none_of",
    "sharp_enough",
    "too_coarse",
    "unmet_words",
    "verdict_of",
    "warnings_of",
]

_MANY = 1e6


def sharp_enough(n: int) -> float:
    """Give the half-width at which values tell patients apart: falls of 1/n and 1/(n-1) differ."""
    return 0.25 / n**2


def too_coarse(falls: Falls, reported: Reported) -> str:
    """Say how precise coordinates must be to tell patients apart."""
    n = risk_sets.starting_n(reported)
    text = (
        f"values may be off by {falls.precision:.2g} either way, which leaves too many sets of"
        " whole numbers"
    )
    if n is None:
        return f"{text} where n is not printed: give n, or coordinates from a vector figure."
    return f"{text}: with n = {n} it must be about {sharp_enough(n):.1g} at most."


def none_of(falls: Falls, reported: Reported) -> str:
    """Say that the complete search has shown that no whole numbers fit."""
    n = risk_sets.starting_n(reported)
    beside = " and the numbers at risk" if len(reported.at_risk) > 1 else ""
    text = (
        f"no whole numbers give this curve within its precision of {falls.precision:.2g} with"
        f" n = {n}{beside}, and none were found within 8 times that"
    )
    if n is not None and falls.time.size and falls.high[0].max() < 1.0 / n:
        first = falls.middle[0].max()
        text = (
            f"with {n} patients no fall is smaller than 1/{n} = {1.0 / n:.4g}; the first is"
            f" {first:.4g}"
        )
    return (
        f"{text}. Check n, the numbers at risk and the curve they belong to, and the precision;"
        ' method = "guyot" reconstructs regardless.'
    )


def unmet_words(unmet: int, printed: int, what: str = "printed numbers") -> str:
    """Give the end of a verdict where printed numbers are not met; empty where all are."""
    if not unmet:
        return ""
    return f"; {unmet} of {printed} {what} {'is' if unmet == 1 else 'are'} not met"


def n_warning(fitting: tuple[int, ...], most: int) -> str:
    """Say which numbers of patients fit, where none is printed."""
    return (
        f"n is not printed; of the numbers of patients up to {most} that were tried,"
        f" {listed(fitting)} give the curve (multiples of a number that does mostly do, too). The"
        f" least, {fitting[0]}, was taken, with nobody censored before the first fall. Give n to be"
        " sure."
    )


def verdict_of(
    many: float, fitting: tuple[int, ...], *, known: bool, by_marks: bool,
    sharp: bool, complete: bool,
) -> tuple[Literal["exact", "several", "approximate"], str]:  # fmt: skip
    """Choose the verdict, and say it in a sentence."""
    if complete:
        if many == 1 and known and not by_marks:
            merged = "" if sharp else "; falls nearer together than times are precise stand as one"
            return "exact", (
                "one set of whole numbers at risk and of events gives this curve; only the times"
                f" of the censored between its falls are open{merged}."
            )
        if many == 1 and known:
            return "several", (
                "one set of whole numbers at risk and of events gives this curve if everyone"
                " censored has a mark; if not, more than can be listed do."
            )
        spelled = f"{many:.0f}" if many < _MANY else f"{many:.1e}"
        sets = "one set" if many == 1 else f"{spelled} sets"
        more = f", and {len(fitting)} numbers of patients fit" if len(fitting) > 1 else ""
        more += "" if known or more else ", if nobody was censored before the first fall"
        return "several", (
            f"{sets} of whole numbers at risk and of events {'gives' if many == 1 else 'give'} this"
            f" curve{more}; the likeliest was chosen, and the ensemble is drawn from them."
        )
    return "approximate", (
        "the coordinates leave too many sets of whole numbers to list; the likeliest that was"
        " found lies within the bounds that the search can hold (numbers at risk, total,"
        " landmarks where the curve allows them), and the ensemble is drawn from the others."
    )


def warnings_of(
    falls: Falls,
    reported: Reported,
    wider: Falls,
    factor: float,
    *,
    tick_after: bool,
    unmarked: bool,
) -> Iterator[str]:
    """Yield what the reader must know about how it was found."""
    if factor > 1.0:
        yield (
            f"nothing was found within the stated precision; the bounds were widened"
            f" {factor:g} times, to {wider.precision:.2g}."
        )
    if tick_after:
        yield "numbers at risk at the time of a fall were taken to count those left after it."
    if unmarked:
        yield (
            "the curve and the numbers ask for more censored patients than there are censor marks:"
            " some are placed where no mark stands. Marks may be missing."
        )
    if not reported.at_risk and risk_sets.starting_n(reported) is not None:
        yield (
            "no numbers at risk are given: how many were censored between the falls rests on the"
            " steps of the curve alone."
        )
    unsure = int((falls.moved & ~falls.surely).sum())
    if unsure:
        yield (
            f"{unsure} of {int(falls.moved.sum())} falls are smaller than twice the precision and"
            " may be unsteady reading."
        )
