"""A cohort beside a published curve: both curves, the tests, and the cohort matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.estimators.one_sample import one_sample_logrank_test
from atrisk.estimators.survival import kaplan_meier
from atrisk.sources.histories import Histories
from atrisk.study.attempt import attempt
from atrisk.study.axis import axis_node
from atrisk.study.cohort import cohort, split
from atrisk.study.compare.match import matched
from atrisk.study.compare.sides import MATCHED, OWN, Sides, hazard_ratio, reference_level
from atrisk.study.compare_analysis import CompareAnalysis
from atrisk.study.curves import CurveJob, Found, read_curves, risk_table
from atrisk.study.nodes import analysis_node, any_event, cut_off_entries, with_notes
from atrisk.study.survival_tests import logrank_entries
from atrisk.study.values import Entries, merged, time_value, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.estimators.one_sample import OneSampleTest
    from atrisk.study.compare.match import Matched
    from atrisk.study.endpoints import Outcome
    from atrisk.study.groups import Level
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.table import Table

__all__ = ["curve_compared"]

_TESTS = {
    "one_sample": "One-sample log-rank test",
    "logrank": "Log-rank test",
    "cox": "Cox model",
}
#: What the numbers of a test are called, and which of them have a range over reconstructions.
_KEYS = {"one_sample": "one_sample", "logrank": "logrank", "cox": "hr"}
_RANGED = {
    "one_sample": ("ratio", "p_value"),
    "logrank": ("p_value",),
    "cox": ("ratio", "p_value"),
}
_NAIVE = (
    "the test that takes the reference for exact leaves out the reference curve's own error: its P"
    " is too small"
)


def curve_compared(
    analysis: AnalysisPlan, plan: Plan, table: Table, result: Outcome
) -> tuple[dict[str, Any], Entries]:
    """Compare the patients of a study with those behind a published curve.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        its numbers.

    Raises
    ------
    InputError
        rows are not patients, so that they cannot be compared with patients.
    """
    asked = analysis.asked
    if not isinstance(asked, CompareAnalysis) or asked.reference is None:
        raise TypeError(f"{analysis.id} is no comparison with a curve")
    patients = cohort(analysis, plan, table, result)
    if analysis.compare is None or analysis.compare.patients is None:
        raise TypeError(f"{analysis.id} has no published patients")
    if patients.subject is not None:
        raise InputError("a comparison with published patients needs one row a patient.")
    published = analysis.compare.patients
    sides = Sides(patients, published, int(published.member.min()))
    weighed = None
    if asked.match is not None and analysis.model is not None:
        weighed = matched(
            f"{analysis.id}.match", analysis.model, asked.match, patients.chosen.table
        )
    node = analysis_node(analysis, patients, plan.clock)
    curves = _Curves(analysis, asked, sides, weighed)
    if analysis.until is None:
        node["axis"] = axis_node(max(patients.last, curves.last), plan.clock)
    found = [curves.read(level, h, node["axis"]["ticks"]) for level, h in curves.sides()]
    tests, notes = _tests(analysis.id, asked, sides)
    node |= {
        "form": "curve",
        "by": {"id": "cohort", "label": "Cohort"},
        "groups": [level.node() for level, _ in curves.sides()],
        "overall": None,
        "tests": [{"id": test, "label": _TESTS[test]} for test in asked.tests],
        "naive": asked.naive,
        "reference": asked.reference.model_dump() | {"sha256": published.sha256},
        "time_zero": patients.origin,
        "members": len(sides.members),
        "match": None if weighed is None else weighed.node,
        "curves": [curve for part in found for curve in part.curves],
        "risk_table": risk_table(asked, node["axis"]["ticks"], [r for f in found for r in f.rows]),
        "notes": with_notes(
            (
                *any_event(analysis),
                *sides.notes(compared_later=not notes),
                *sides.apart_notes(),
                *notes,
                *(() if weighed is None else weighed.notes),
            ),
            node["notes"],
        ),
        "warnings": [] if weighed is None else list(weighed.warnings),
    }
    entries = merged(
        cut_off_entries(analysis, patients),
        *(part.entries for part in found),
        tests,
        _members(analysis.id, asked, sides),
        sides.apart(analysis.id),
        _matched_tests(analysis.id, asked, sides, weighed),
    )
    return node, entries


class _Curves:
    """The curves of a comparison: this cohort, the published patients, this cohort matched."""

    def __init__(
        self, analysis: AnalysisPlan, asked: CompareAnalysis, sides: Sides, weighed: Matched | None
    ) -> None:
        self.analysis, self.asked, self.data = analysis, asked, sides
        self.weights = None if weighed is None else weighed.weights
        self.reference = sides.reference()
        self.last = _last(self.reference)

    def sides(self) -> list[tuple[Level, Histories]]:
        """Give each side with its histories."""
        if self.asked.reference is None:
            raise TypeError(f"{self.analysis.id} has no reference")
        published = reference_level(self.asked.reference.label)
        found = [(OWN, self.data.patients.histories()), (published, self.reference)]
        if self.weights is not None:
            found.append((MATCHED, self._weighed(self.weights)))
        return found

    def _weighed(self, weights: NDArray[np.float64]) -> Histories:
        kept, patients = ~np.isnan(weights), self.data.patients
        return Histories.from_arrays(
            patients.time[kept],
            patients.cause[kept] > 0,
            entry=None if patients.entry is None else patients.entry[kept],
            weights=weights[kept],
            unit=patients.unit,
            origin=patients.origin,
        )

    def read(self, level: Level, h: Histories, ticks: list[float]) -> Found:
        """Estimate a side's curve and read it."""
        n, clock = len(h), self.data.patients.clock
        job = CurveJob(
            prefix=self.analysis.id,
            times=self.analysis.times,
            ticks=ticks,
            sizes={level.id: n},
            last={level.id: _last(h)},
            clock=clock,
            weighted_by=None,
        )
        km = kaplan_meier(h, conf_type=self.asked.conf_type, conf_level=self.asked.conf_level)
        found = read_curves(job, (level,), km)
        dead = int(h.cause.astype(bool).sum())
        counts = {
            f"{self.analysis.id}.{level.id}.{name}": value(number, "patients")
            for name, number in (("n", n), ("events", dead), ("censored", n - dead))
        }
        medians = split(km.median().columns(), (level,))[level.id]
        entries = {
            f"{self.analysis.id}.{level.id}.median.{name}": time_value(
                medians[name][0],
                clock,
                method=f"{km.method}, {km.conf_type} interval",
                n=n,
                missing="not reached",
            )
            for name in ("estimate", "lower", "upper")
        }
        return Found(found.curves, found.rows, merged(counts, entries, found.entries), found.notes)


def _last(h: Histories) -> float:
    """Find the last time observed."""
    return float(h.grid.times[h.exit].max())


def _tests(prefix: str, asked: CompareAnalysis, sides: Sides) -> tuple[Entries, tuple[str, ...]]:
    """Run the tests that were asked for, without weights."""
    parts: list[Entries] = []
    notes: tuple[str, ...] = ()
    if "one_sample" in asked.tests:
        found, reason, _ = attempt(
            lambda: one_sample_logrank_test(
                sides.patients.histories(), sides.reference(), conf_level=asked.conf_level
            )
        )
        parts.append(_one_sample(f"{prefix}.one_sample", found, reason, naive=asked.naive))
        notes = () if found is None else (*found.notes, *_naive_note(asked))
    if "logrank" in asked.tests:
        parts.append(
            logrank_entries(f"{prefix}.logrank", _TESTS["logrank"], sides.histories(), str)
        )
    if "cox" in asked.tests:
        parts.append(hazard_ratio(f"{prefix}.hr", sides, asked.conf_level))
    return merged(*parts), notes


def _one_sample(prefix: str, found: OneSampleTest | None, reason: str, *, naive: bool) -> Entries:
    units = {
        "observed": "events",
        "expected": "events",
        "ratio": "ratio",
        "lower": "ratio",
        "upper": "ratio",
        "statistic": "normal deviate",
        "p_value": "probability",
    }
    if naive:
        units["naive_p_value"] = "probability"
    why = (reason or "not estimable").rstrip(".")
    if found is None:
        return {f"{prefix}.{name}": value(None, unit, missing=why) for name, unit in units.items()}
    return {
        f"{prefix}.{name}": value(
            getattr(found, name),
            unit,
            method="one-sample log-rank test, the reference taken as known"
            if name == "naive_p_value"
            else found.method,
            n=found.n,
            missing="no upper limit: the reference has too few events",
        )
        for name, unit in units.items()
    }


def _naive_note(asked: CompareAnalysis) -> tuple[str, ...]:
    return (_NAIVE,) if asked.naive else ()


def _members(prefix: str, asked: CompareAnalysis, sides: Sides) -> Entries:
    """Give the range of each test over what the published figure leaves open."""
    if len(sides.members) < 2:
        return {}
    each = [
        _tests("m", asked, Sides(sides.patients, sides.published, member))[0]
        for member in sides.members
    ]
    method = f"over {len(sides.members)} reconstructions that fit the published numbers"
    found: Entries = {}
    for test, names in _RANGED.items():
        for name in names if test in asked.tests else ():
            key = f"{_KEYS[test]}.{name}"
            numbers = [one[f"m.{key}"]["value"] for one in each]
            unit = each[0][f"m.{key}"]["unit"]
            for end, pick in (("low", min), ("high", max)):
                found[f"{prefix}.members.{key}_{end}"] = value(
                    None if None in numbers else pick(numbers), unit, method=method
                )
    return found


def _matched_tests(
    prefix: str, asked: CompareAnalysis, sides: Sides, weighed: Matched | None
) -> Entries:
    """Run the tests with the weights."""
    if weighed is None:
        return {}
    if weighed.weights is None:
        return weighed.entries
    parts = [weighed.entries]
    if "logrank" in asked.tests:
        h = sides.histories(weighed.weights)
        label = "Log-rank test, weighted"
        parts.append(logrank_entries(f"{prefix}.match.logrank", label, h, str, variance="robust"))
    if "cox" in asked.tests:
        parts.append(hazard_ratio(f"{prefix}.match.hr", sides, asked.conf_level, weighed.weights))
    return merged(*parts)
