"""The two sides of a comparison: this cohort and the patients behind a published curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.estimators.cox import cox
from atrisk.sources.histories import Histories
from atrisk.study.attempt import attempt
from atrisk.study.groups import Level
from atrisk.study.values import Entries, time_value, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.cohort import Cohort
    from atrisk.study.compare.files import Patients

__all__ = ["MATCHED", "OWN", "Sides", "hazard_ratio", "reference_level"]

OWN = Level("own", "This cohort")
MATCHED = Level("matched", "This cohort, matched")
#: The published patients were followed for less than this share of the time of this cohort, or this
#: share of its follow-up lies beyond them: the two may be in different units.
_SHORT, _BEYOND = 0.1, 0.5
_RATIO = {"ratio": "Hazard ratio", "lower": "Hazard ratio", "upper": "Hazard ratio"}


def reference_level(label: str) -> Level:
    """Make the level of the published patients."""
    return Level("reference", label)


@dataclass(frozen=True, slots=True)
class Sides:
    """Who is compared with whom.

    Attributes
    ----------
    patients
        this cohort; several causes are one event.
    published
        the patients behind the curve, all members of their ensemble.
    member
        the member compared with.
    """

    patients: Cohort
    published: Patients
    member: int

    @property
    def members(self) -> list[int]:
        """All members, in order."""
        return [int(member) for member in np.unique(self.published.member)]

    def reference(self) -> Histories:
        """Make the histories of the published patients."""
        rows = self.published.member == self.member
        return Histories.from_arrays(
            self.published.time[rows],
            self.published.event[rows],
            unit=self.patients.unit,
            origin=self.patients.origin,
        )

    def columns(self, weights: NDArray[np.float64] | None = None) -> dict[str, NDArray[Any]]:
        """Stack both: time, event, entry, own (1 of this cohort), weight (1 of the published).

        A published patient who left at time 0 is never at risk; beside patients who enter late
        only those who leave after their entry can stand, and such a one is left out.

        Parameters
        ----------
        weights
            shape (n,): of this cohort, NaN where a patient is left out; None for ones.
        """
        rows = self.published.member == self.member
        if self.patients.entry is not None:
            rows &= self.published.time > 0.0
        own = np.ones(self.patients.time.size) if weights is None else weights
        kept, many = ~np.isnan(own), int(rows.sum())
        entry = np.zeros(own.size) if self.patients.entry is None else self.patients.entry
        return {
            "time": np.concatenate([self.patients.time[kept], self.published.time[rows]]),
            "event": np.concatenate([self.patients.cause[kept] > 0, self.published.event[rows]]),
            "entry": np.concatenate([entry[kept], np.zeros(many)]),
            "own": np.repeat([1.0, 0.0], [int(kept.sum()), many]),
            "weight": np.concatenate([own[kept], np.ones(many)]),
        }

    def notes(self, *, compared_later: bool) -> tuple[str, ...]:
        """Say what of the two sides cannot be compared.

        Parameters
        ----------
        compared_later
            say who was followed beyond the published patients, unless a test says it.
        """
        said = []
        if len(causes := self.published.causes) > 1:
            said.append(f"an event of the published patients is the first of: {', '.join(causes)}")
        last = self._published_last()
        later = int((self.patients.time > last).sum())
        if later and compared_later:
            many = "1 patient was" if later == 1 else f"{later} patients were"
            end = f"{last:g} {self.patients.unit}"
            said.append(
                f"{many} followed beyond the published ones ({end}); nothing is compared there"
            )
        return tuple(said)

    def _published_last(self) -> float:
        return float(self.published.time[self.published.member == self.member].max())

    def _apart(self) -> tuple[float, float, float] | None:
        """Measure follow-ups that may be in different units; None where they are alike."""
        published, own = self._published_last(), float(self.patients.time.max())
        entry = 0.0 if self.patients.entry is None else self.patients.entry
        beyond = np.maximum(self.patients.time - np.maximum(entry, published), 0.0).sum()
        share = float(beyond / max((self.patients.time - entry).sum(), np.finfo(float).tiny))
        alike = published >= _SHORT * own and share <= _BEYOND
        return None if alike else (published, own, share)

    def apart_notes(self) -> tuple[str, ...]:
        """Say that the two sides may be in different units of time."""
        if (found := self._apart()) is None:
            return ()
        published, own = (f"{time:g} {self.patients.unit}" for time in found[:2])
        said = (
            f"the published patients were followed for at most {published}, this cohort for"
            f" {own}: the two may be in different units"
        )
        return (said,)

    def apart(self, prefix: str) -> Entries:
        """Give the follow-ups that may be in different units; nothing where they are alike.

        Returns
        -------
        dict
            ``<prefix>.apart.reference`` and ``own``, the longest follow-up of either side, and
            ``beyond``, how much of the follow-up of this cohort lies beyond the reference in %.
        """
        if (found := self._apart()) is None:
            return {}
        published, own, share = found
        return {
            f"{prefix}.apart.reference": time_value(published, self.patients.clock),
            f"{prefix}.apart.own": time_value(own, self.patients.clock),
            f"{prefix}.apart.beyond": value(100.0 * share, "percent"),
        }

    def histories(self, weights: NDArray[np.float64] | None = None) -> Histories:
        """Make histories of both, this cohort the first group."""
        stacked = self.columns(weights)
        return Histories.from_arrays(
            stacked["time"],
            stacked["event"],
            entry=None if self.patients.entry is None else stacked["entry"],
            weights=None if weights is None else stacked["weight"],
            group=np.where(stacked["own"] == 1.0, OWN.id, "reference"),
            unit=self.patients.unit,
            origin=self.patients.origin,
        )


def hazard_ratio(
    prefix: str, sides: Sides, conf_level: float, weights: NDArray[np.float64] | None = None
) -> Entries:
    """Fit the Cox model of this cohort against the published patients.

    Returns
    -------
    dict
        ``<prefix>.ratio``, ``lower``, ``upper`` and ``p_value``; with weights the variance is
        robust.
    """
    histories, stacked = sides.histories(weights), sides.columns(weights)
    own = stacked["own"][:, np.newaxis]
    robust = None if weights is None else True
    fit, reason, _ = attempt(lambda: cox(histories, own, robust=robust, conf_level=conf_level))
    method = "Cox model" if weights is None else "weighted Cox model, robust variance"
    n = stacked["time"].size
    if fit is None or fit.endless:
        why = (reason or "infinite: one side has no event").rstrip(".")
        units = _RATIO | {"p_value": "probability"}
        return {f"{prefix}.{name}": value(None, unit, missing=why) for name, unit in units.items()}
    found = fit.columns()
    numbers = {name: (found[name][0], unit) for name, unit in _RATIO.items()}
    numbers["p_value"] = (found["p_value"][0], "probability")
    return {
        f"{prefix}.{name}": value(number, unit, method=method, n=n)
        for name, (number, unit) in numbers.items()
    }
