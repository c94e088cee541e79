"""Printed hazard ratios between groups, held against Cox's model on the reconstructed patients."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from atrisk.evidence.curves.residuals import printed_number
from atrisk.evidence.curves.types import PseudoPatients, Residual

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.evidence.curves.types import PrintedRatio, Reconstruction

__all__ = ["Ratio", "hazard_ratio", "ratio_residuals"]

_SLACK = 1e-9

Ratio = tuple[float, float, float, float]
"""Estimate, lower and upper limit, and standard error of the log."""


def hazard_ratio(
    group: PseudoPatients, reference: PseudoPatients, unit: str, conf_level: float = 0.95
) -> Ratio:
    """Estimate the hazard ratio of two groups of pseudo-patients by Cox's model.

    Parameters
    ----------
    group, reference
        one member each, events of any cause.

    Returns
    -------
    ratio, lower, upper, std_error : float
        by Wald, ties as Efron (1977); the standard error is of the log.
    """
    from atrisk.estimators.cox import cox
    from atrisk.sources.histories import Histories

    time = np.concatenate([group.time, reference.time])
    event = np.concatenate([group.event, reference.event]).astype(np.int64)
    treated = np.repeat([1.0, 0.0], [len(group), len(reference)])
    histories = Histories.from_arrays(time, event, unit=unit, origin="time zero of the figure")
    fit = cox(histories, {"group": treated}, conf_level=conf_level)
    return (
        float(fit.ratio[0]), float(fit.lower[0]), float(fit.upper[0]), float(fit.std_error[0]),
    )  # fmt: skip


def ratio_residuals(
    printed: PrintedRatio, group: Reconstruction, reference: Reconstruction, conf_level: float
) -> Iterator[Residual]:
    """Hold a printed ratio and its limits against the chosen patients and the ensemble."""
    what = f"hazard ratio, {printed.group} against {printed.reference}"
    if group.verdict == "refused" or reference.verdict == "refused":
        yield Residual(what, None, printed.value, None, None, "a curve was not turned back")
        return
    chosen = hazard_ratio(group.patients, reference.patients, group.unit, conf_level)
    drawn = list(_of_members(group, reference, conf_level))
    texts = (printed.value, printed.lower, printed.upper)
    for place, (text, side) in enumerate(
        zip(texts, ("", ", lower limit", ", upper limit"), strict=True)
    ):
        if text is not None:
            yield _held(f"{what}{side}", text, chosen[place], [one[place] for one in drawn])


def _of_members(
    group: Reconstruction, reference: Reconstruction, conf_level: float
) -> Iterator[Ratio]:
    numbers = np.intersect1d(group.ensemble.member, reference.ensemble.member)
    for number in numbers.tolist():
        yield hazard_ratio(
            group.ensemble.of(number), reference.ensemble.of(number), group.unit, conf_level
        )


def _held(what: str, text: str, found: float, drawn: Sequence[float]) -> Residual:
    printed = printed_number(text, what)
    low, high = min([found, *drawn]), max([found, *drawn])
    agrees = printed.admits(found, _SLACK) if printed is not None else None
    note = f"{low:.3g} to {high:.3g} over the ensemble" if drawn else ""
    if agrees is False and printed is not None and printed.meets(low, high, _SLACK):
        agrees, note = True, f"within the ensemble, {note}"
    return Residual(what, None, text, found if math.isfinite(found) else None, agrees, note)
