"""What goes into a reconstruction and what comes out: curves, printed numbers, pseudo-patients."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from atrisk import frames
from atrisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import polars as pl

    from atrisk.sources.histories import Histories

__all__ = [
    "Curve",
    "Kind",
    "Landmark",
    "PrintedRatio",
    "PseudoPatients",
    "Reconstruction",
    "Reported",
    "Residual",
    "Solution",
    "Verdict",
]

Kind: TypeAlias = Literal["survival", "incidence"]
Verdict: TypeAlias = Literal["exact", "several", "approximate", "refused"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One published curve as read: the vertices of its steps, or points clicked on it.

    Attributes
    ----------
    time, value
        shape (k,), in reading order along the curve; values are fractions of 1. Both vertices of
        a vertical part may be given, or only the lower one.
    kind
        ``"survival"`` falls from 1, ``"incidence"`` rises from 0.
    unit
        of time, such as ``"months"``.
    precision_time, precision_value
        half-width by which a coordinate may be off, in ``unit`` and in fractions of 1.
    """

    time: np.ndarray
    value: np.ndarray
    kind: Kind = "survival"
    unit: str = "months"
    precision_time: float = 0.0
    precision_value: float = 0.0

    def __post_init__(self) -> None:
        """Hold the coordinates as read-only arrays of floats."""
        for name in ("time", "value"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)


class Landmark(NamedTuple):
    """A printed probability at a time with its interval, as text: ``(24, "41.5", "33", "50")``."""

    time: float
    value: str
    lower: str | None = None
    upper: str | None = None


class PrintedRatio(NamedTuple):
    """A printed hazard ratio of one group against another, as text."""

    group: str
    reference: str
    value: str
    lower: str | None = None
    upper: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What a paper prints beside a curve.

    Attributes
    ----------
    n
        patients of the group; None where it is not printed.
    at_risk_time, at_risk
        the row of numbers at risk: how many are under observation just before each time.
    total_events
        events in all, or by cause in the order of the curves; None where not printed.
    censor_times
        times of the censor marks; None where the figure has none. A mark is at least one patient.
    landmarks
        printed probabilities, as text on ``scale``: of the kind that the first curve shows.
    median, median_lower, median_upper
        as printed, in the unit of the curve; ``"not reached"`` is a value.
    scale
        ``"percent"`` or ``"fraction"``: how landmarks are printed.
    conf_level
        of printed intervals.
    conf_type
        ``"log"``, ``"log-log"``, ``"plain"``, ``"logit"`` or ``"arcsine"`` where the paper says
        it; None holds intervals against all.
    competing_events
        of an incidence curve alone: 0 says that nothing competed, so that it is one minus survival.
    """

    n: int | None = None
    at_risk_time: tuple[float, ...] = ()
    at_risk: tuple[int, ...] = ()
    total_events: int | tuple[int, ...] | None = None
    censor_times: tuple[float, ...] | None = None
    landmarks: tuple[Landmark, ...] = ()
    median: str | None = None
    median_lower: str | None = None
    median_upper: str | None = None
    scale: Literal["percent", "fraction"] = "percent"
    conf_level: float = 0.95
    conf_type: str | None = None
    competing_events: int | None = None


@dataclass(frozen=True, slots=True)
class PseudoPatients:
    """Reconstructed patients: made from a printed curve, nobody's record.

    Attributes
    ----------
    time
        shape (m,), in the unit of the curve.
    event
        shape (m,), bool: an event of any cause.
    cause
        shape (m,), objects: the name of the cause, empty where censored.
    group
        shape (m,), objects.
    member
        shape (m,), int: 0 the chosen reconstruction, 1, 2, ... members of the ensemble.
    """

    time: np.ndarray
    event: np.ndarray
    cause: np.ndarray
    group: np.ndarray
    member: np.ndarray

    def __len__(self) -> int:
        return int(self.time.size)

    def of(self, member: int) -> PseudoPatients:
        """Take one member."""
        return self.taken(self.member == member)

    def taken(self, rows: np.ndarray) -> PseudoPatients:
        """Take some rows, by position or mask."""
        return PseudoPatients(
            self.time[rows], self.event[rows], self.cause[rows], self.group[rows], self.member[rows]
        )

    @classmethod
    def together(cls, parts: Sequence[PseudoPatients]) -> PseudoPatients:
        """Stack patients of several groups or members."""
        names = ("time", "event", "cause", "group", "member")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def histories(self, unit: str, origin: str = "time zero of the figure") -> Histories:
        """Hand the patients to the estimators; groups and causes as named."""
        from atrisk.sources.histories import Histories

        names = sorted({str(cause) for cause in self.cause if cause})
        codes = {name: code for code, name in enumerate(names, start=1)}
        event = np.array([codes.get(str(cause), 0) for cause in self.cause])
        return Histories.from_arrays(
            self.time,
            event,
            group=self.group,
            causes=codes or {"event": 1},
            unit=unit,
            origin=origin,
        )

    def columns(self) -> dict[str, np.ndarray]:
        """Give the columns; ``reconstructed`` says of every row what it is."""
        said = np.empty(len(self), dtype=object)
        said[:] = "reconstructed"
        return {
            "reconstructed": said,
            "group": self.group,
            "member": self.member,
            "time": self.time,
            "event": self.event.astype(np.int64),
            "cause": self.cause,
        }

    def to_frame(self) -> pl.DataFrame:
        """Give the patients as a Polars frame."""
        return frames.to_polars(self.columns())

    def to_pandas(self) -> pd.DataFrame:
        """Give the patients as a pandas frame."""
        return frames.to_pandas(self.columns())


class Residual(NamedTuple):
    """A reported number beside the reconstructed one.

    ``agrees`` is None where the two cannot be held against each other; ``note`` says why, or by
    which method an interval agrees.
    """

    what: str
    at: float | None
    printed: str
    reconstructed: float | None
    agrees: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """Whole numbers at each fall of the curve.

    Attributes
    ----------
    time
        shape (J,).
    at_risk
        shape (J,), int: just before each time.
    events
        shape (J, C), int: by cause.
    left
        how many remain after the last event.
    n
        how many at time zero.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    left: int
    n: int


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """A curve turned back into patients, or the reason why it cannot be.

    Attributes
    ----------
    verdict
        ``"exact"``: one set of whole numbers gives the curve; ``"several"``: more than one, all
        known; ``"approximate"``: the coordinates are too coarse to know; ``"refused"``.
    why
        the verdict in words.
    method
        ``"exact"``, ``"constrained"`` or ``"guyot"``; empty where refused.
    solutions
        how many sets of whole numbers fit, infinite where they were not counted.
    patients
        the chosen ones, member 0.
    ensemble
        members 1, 2, ..., over what the data leave open.
    residuals
        every reported number beside the reconstructed one.
    warnings
        in words.
    solution
        the whole numbers behind ``patients``; None where refused.
    fitting_n
        where n was not printed: the numbers of patients that fit.
    unit
        of time.
    """

    verdict: Verdict
    why: str
    method: str
    solutions: float
    patients: PseudoPatients
    ensemble: PseudoPatients
    residuals: tuple[Residual, ...]
    warnings: tuple[str, ...]
    solution: Solution | None
    unit: str
    fitting_n: tuple[int, ...] = field(default=())

    def required(self) -> Reconstruction:
        """Give itself, or raise what was refused.

        Raises
        ------
        InputError
            the verdict is ``"refused"``.
        """
        if self.verdict == "refused":
            raise InputError(f"the curve was not turned back into patients: {self.why}")
        return self
