"""Printed probabilities as bounds of the curve, where the two can be true together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.evidence.curves.residuals import printed_number

if TYPE_CHECKING:
    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.types import Reported

__all__ = ["bounded_by_landmarks"]


def bounded_by_landmarks(falls: Falls, reported: Reported, *, survival: bool) -> Falls:
    """Narrow the bounds of the first curve where a printed value narrows them.

    A landmark at a time at which the curve may be falling, and one that the reading contradicts,
    narrows nothing: the residuals show it.
    """
    if len(falls.causes) > 1 and survival:
        return falls
    low, high = falls.low.copy(), falls.high.copy()
    scale = 100.0 if reported.scale == "percent" else 1.0
    for mark in reported.landmarks:
        printed = printed_number(mark.value, f"the value at {mark.time:g}")
        near = np.abs(falls.time - mark.time) <= falls.precision_time
        place = int(np.searchsorted(falls.time, mark.time, side="right")) - 1
        if printed is None or place < 0 or bool((near & (falls.time != mark.time)).any()):
            continue
        bounds = sorted(
            _incidence(float(end) / scale, survival) for end in (printed.low, printed.high)
        )
        if bounds[0] < high[place, 0] and bounds[1] > low[place, 0]:
            low[place, 0] = max(low[place, 0], bounds[0])
            high[place, 0] = min(high[place, 0], bounds[1])
    return falls.bounded(low, high)


def _incidence(value: float, survival: bool) -> float:  # noqa: FBT001 - one private flag
    return 1.0 - value if survival else value
