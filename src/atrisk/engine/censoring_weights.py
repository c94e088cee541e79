"""Weights of rows that stay in a risk set after a competing event, and what their estimation adds.

A row with a competing event at X stays at risk of the cause of interest after X with the weight

    G(t-) H(t-) / (G(X-) H(X-))

G is the Kaplan-Meier curve of the time to censoring and H the product-limit curve of the time of
entry, counted backwards; H = 1 where everybody is observed from the start. Both are made of the
hazards of a counting process at its places u, one table each, in every censoring stratum:

    censoring   jumps c(u) among the rows with entry < u <= exit     factor 1 - c/Y
    entry       jumps e(u) among the rows with entry <= u < exit     factor 1/(1 - e/Y)

Past the last exit of a censoring stratum nobody of it is followed, and its rows weigh nothing.

References
----------
Fine JP, Gray RJ (1999) J Am Stat Assoc 94:496. Geskus RB (2011) Biometrics 67:39. Zhang X, Zhang
MJ, Fine J (2011) Stat Med 30:1933.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from atrisk.engine.segments import running_sum, sum_to_end

__all__ = ["JumpProcess", "censoring_process", "entry_process", "log_weight"]

# (stratum, time) pairs are numbered outright up to this many
_PAIRS = 1 << 22
# what a sum of weights may be short of another by rounding
_ROUNDING = 1e-10


@dataclass(frozen=True, slots=True)
class JumpProcess:
    """The hazard of censoring, or of entry, at its places in each censoring stratum.

    In front of the places of each stratum stands one empty place, its pad.

    Attributes
    ----------
    starts
        shape (C + 1,): where the places of each stratum begin, with its pad.
    code
        shape (J,): time code of each place; -1 at a pad.
    at_risk, jumps
        shape (J,): sums of weights.
    start, stop
        shape (n,): a row is at risk at the places start < j <= stop; ``start`` is None where it
        is the pad for everybody.
    jump
        shape (n,): the row's own jump is at its place ``jump``; -1 for none.
    entering
        these are entries: the factor divides, and places at a row's own exit come after it.
    """

    starts: np.ndarray
    code: np.ndarray
    at_risk: np.ndarray
    jumps: np.ndarray
    start: np.ndarray | None
    stop: np.ndarray
    jump: np.ndarray
    entering: bool

    def emptied(self) -> np.ndarray:
        """Mark the places where all who are at risk are censored there, or entered there."""
        none_left = self.at_risk - self.jumps <= _ROUNDING * self.at_risk
        found: np.ndarray = none_left & (self.jumps > 0)
        return found

    def log_factors(self) -> np.ndarray:
        """Give the running sum of the logarithms of the factors, shape (J,).

        A place that is `emptied` has no factor: nobody's weight reaches across it.
        """
        share = np.divide(
            self.jumps, self.at_risk, out=np.zeros(self.jumps.size), where=self.jumps > 0
        )
        steps = np.log1p(-np.where(self.emptied(), 0.0, share))
        return running_sum(-steps if self.entering else steps, self.starts)

    def ahead(self, places: slice, code: np.ndarray) -> np.ndarray:
        """Find the first of some cells whose weights a jump at each place changes.

        A censoring at u counts for t >= u, as in the paper, and an entry at u for t > u.
        """
        found: np.ndarray = np.searchsorted(
            code, self.code[places], side="right" if self.entering else "left"
        )
        return found

    def divisor(self) -> np.ndarray:
        """Give what a jump's influence is divided by, shape (J,); infinite where nothing jumps.

        It is Y for censoring, as in the paper, and Y - e for entry, where Y is often e at first.
        """
        kept = self.at_risk - self.jumps if self.entering else self.at_risk
        nothing = self.emptied() if self.entering else np.zeros(kept.size, dtype=bool)
        return np.where((self.jumps > 0) & ~nothing, kept, np.inf)

    def influence(self, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tabulate int q/Y dM^c, for what a rise of the hazard at each place adds to an estimate.

        Parameters
        ----------
        effect
            shape (J, q): what less weight after each place adds.

        Returns
        -------
        own, spent : ndarray, shape (J, q)
            a row has own[jump] - (spent[stop] - spent[start]).
        """
        own = effect / self.divisor()[:, np.newaxis]
        if self.entering:
            own = -own
        rate = np.divide(
            self.jumps, self.at_risk, out=np.zeros(self.jumps.size), where=self.jumps > 0
        )
        return own, running_sum(own * rate[:, np.newaxis], self.starts)


def censoring_process(
    exit_code: np.ndarray,
    entry_code: np.ndarray | None,
    censored: np.ndarray,
    stratum: np.ndarray,
    weight: np.ndarray,
    width: int,
) -> JumpProcess:
    """Count censorings among the rows at risk.

    Parameters
    ----------
    exit_code, entry_code
        shape (n,): time codes 0..width - 1; ``entry_code`` may be None.
    censored
        shape (n,), bool.
    stratum
        shape (n,): censoring stratum 0..C-1; each occurs.
    weight
        shape (n,).
    width
        number of time codes.
    """
    places = _Places(stratum, exit_code, censored, width)
    stop = places.of(exit_code)
    start = None if entry_code is None else places.of(entry_code)
    jump = np.where(censored, stop, -1)
    return _counted(places, start, stop, jump, weight, entering=False)


def entry_process(
    exit_code: np.ndarray,
    entry_code: np.ndarray,
    stratum: np.ndarray,
    weight: np.ndarray,
    width: int,
) -> JumpProcess:
    """Count entries among the rows that are under observation just after; see above."""
    places = _Places(stratum, entry_code, np.ones(entry_code.size, dtype=bool), width)
    jump = places.of(entry_code)
    return _counted(places, jump - 1, places.of(exit_code - 1), jump, weight, entering=True)


class _Places:
    """Numbers the distinct (stratum, code) of chosen rows, a pad before each stratum's."""

    def __init__(
        self, stratum: np.ndarray, code: np.ndarray, chosen: np.ndarray, width: int
    ) -> None:
        self.span = width + 1
        strata = int(stratum.max()) + 1
        # the pad of a stratum has the code -1
        self.base = stratum.astype(np.int64) * self.span + 1
        pads = np.arange(strata) * self.span
        keys = np.unique(np.concatenate((pads, self.base[chosen] + code[chosen])))
        self.keys = keys
        self.starts = np.append(np.searchsorted(keys, pads), keys.size)
        self.code = keys % self.span - 1
        self.table: np.ndarray | None = None
        if strata * self.span <= _PAIRS:
            seen = np.zeros(strata * self.span, dtype=np.int32)
            seen[keys] = 1
            self.table = np.cumsum(seen, dtype=np.int32) - np.int32(1)

    def of(self, code: np.ndarray) -> np.ndarray:
        """Find each row's last place at or before a time code; its stratum's pad if none."""
        key = self.base + code
        place = (
            np.searchsorted(self.keys, key, side="right") - 1
            if self.table is None
            else self.table[key]
        )
        found: np.ndarray = place.astype(np.int32, copy=False)
        return found


def _counted(
    places: _Places,
    start: np.ndarray | None,
    stop: np.ndarray,
    jump: np.ndarray,
    weight: np.ndarray,
    *,
    entering: bool,
) -> JumpProcess:
    size = places.keys.size
    leaving = np.bincount(stop, weight, size)
    if start is not None:
        leaving -= np.bincount(start, weight, size)
    jumped = jump >= 0
    return JumpProcess(
        starts=places.starts,
        code=places.code,
        at_risk=sum_to_end(leaving, places.starts),
        jumps=np.bincount(jump[jumped], weight[jumped], size),
        start=start,
        stop=stop,
        jump=jump,
        entering=entering,
    )


def log_weight(
    processes: tuple[JumpProcess, ...],
    running: tuple[np.ndarray, ...],
    stratum: int,
    codes: np.ndarray,
) -> np.ndarray:
    """Give log(G(t-) H(t-)) of a censoring stratum, up to a constant.

    Parameters
    ----------
    processes
        of censoring, and of entry where rows enter late.
    running
        their `JumpProcess.log_factors`.
    stratum
        which censoring stratum.
    codes
        shape (k,): time codes of t.

    Returns
    -------
    ndarray, shape (k,)
    """
    total = np.zeros(codes.size)
    for process, factors in zip(processes, running, strict=True):
        begin, end = process.starts[stratum], process.starts[stratum + 1]
        before = np.searchsorted(process.code[begin:end], codes, side="left") - 1
        total += factors[begin:end][np.maximum(before, 0)]
    return total
