"""A paper file about a drawn cohort: every number true, printed with varying digits and methods."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from atrisk.estimators.cox import cox
from atrisk.estimators.incidence import cumulative_incidence
from atrisk.estimators.survival import follow_up, kaplan_meier
from atrisk.evidence.audit.binomial_intervals import proportion_intervals
from atrisk.evidence.audit.synthetic_cohort import drawn_cohort
from atrisk.evidence.audit.synthetic_writer import Writer
from atrisk.evidence.audit.two_by_two import Pair, estimates, intervals, p_values
from atrisk.sources.histories import Histories

__all__ = ["synthetic_paper"]

_LANDMARKS = (12, 24)


def synthetic_paper(seed: int) -> dict[str, Any]:
    """Make a paper file, as a dictionary, whose numbers are all of one drawn cohort.

    Parameters
    ----------
    seed
        of the cohort and of the ways in which numbers are printed.
    """
    writer = _Drawn(seed, drawn_cohort(seed))
    writer.sets()
    writer.counts()
    writer.groups()
    writer.curves()
    writer.incidences()
    writer.rows()
    writer.states()
    writer.effects()
    writer.others()
    writer.abstract()
    return {
        "schema": "atrisk-paper/1",
        "paper": {
            "id": f"synthetic-{seed}",
            "title": f"A drawn cohort, seed {seed}",
            "citation": "synthetic; no patients",
            "kind": "cohort",
        },
        "statements": writer.statements,
    }


class _Drawn(Writer):
    """Writes what a cohort paper prints of its patients."""

    def sets(self) -> None:
        """Write the whole, the responders and the assessed of them."""
        c = self.cohort
        responders, assessed = int(c.responded.sum()), int(c.assessed.sum())
        self.add("set", "all", label="patients", n=str(self.n))
        self.add(
            "set",
            "cr",
            label="remission",
            n=str(responders),
            within="all",
            percent=self.share(responders, self.n),
        )
        self.add(
            "set",
            "assessed",
            label="assessed for residual disease",
            n=str(assessed),
            within="cr",
            percent=self.share(assessed, responders),
        )

    def counts(self) -> None:
        """Write sex, performance, donor and residual disease, two of them divided up."""
        c = self.cohort
        self.count("female", "female", "all", int(c.female.sum()), self.n, beside=False)
        for name, codes, labels in (
            ("ecog", c.performance, ("0", "1", "2", "missing")),
            ("donor", c.donor, ("sibling", "unrelated", "haploidentical")),
        ):
            for code, label in enumerate(labels):
                k = int((codes == code).sum())
                self.count(f"{name}_{code}", label, "all", k, self.n, beside=False)
            parts = [f"{name}_{code}" for code in range(len(labels))]
            self.add("partition", name, of="all", parts=parts)
        k, n = int(c.negative.sum()), int(c.assessed.sum())
        level = str(self.rng.choice(["95", "90"]))
        found = list(proportion_intervals(k, n, float(level) / 100.0))
        chosen = found[int(self.rng.integers(3))]
        limits = [self.number(100.0 * v, self.share_digits) for v in chosen.values]
        self.add(
            "count",
            "negative",
            label="no residual disease",
            of="assessed",
            k=str(k),
            percent=self.share(k, n),
            lower=limits[0],
            upper=limits[1],
            level=level,
            method=chosen.method,
        )
        ages = np.sort(c.age)
        self.add(
            "summary",
            "age",
            of="all",
            variable="age",
            unit="years",
            median=self.number(float(np.median(ages)), 1),
            low=str(ages[0]),
            high=str(ages[-1]),
        )

    def groups(self) -> None:
        """Write the groups compared and the complication in each."""
        c = self.cohort
        n1 = int(c.exposed.sum())
        for name, chosen, n in (("exposed", c.exposed, n1), ("others", ~c.exposed, self.n - n1)):
            self.add("set", name, label=name, n=str(n), within="all", percent=self.share(n, self.n))
            k = int((c.complication & chosen).sum())
            self.count(
                f"complication_{name}",
                f"complication, {name}",
                name,
                k,
                n,
                beside=bool(self.rng.random() < 0.5),
            )
        self.add("partition", "by_exposure", of="all", parts=["exposed", "others"])
        total = int(c.complication.sum())
        self.count("complication", "complication", "all", total, self.n, beside=False)
        self.add(
            "sum",
            "complication_sum",
            total="complication.k",
            terms=["complication_exposed.k", "complication_others.k"],
        )

    def _curve(self, name: str, of: str, endpoint: str, h: Histories) -> None:
        km = kaplan_meier(h, self.conf_type)
        for time in _LANDMARKS:
            if km.known_until[0] < time:
                continue
            found = km.at(time).columns()
            values = [float(found[key][0]) for key in ("estimate", "lower", "upper")]
            if not 0.02 < values[0] < 0.98:
                continue
            self._estimate(f"{name}_{time}", of, endpoint, "survival", time, values)
        median = km.median().columns()
        values = [float(median[key][0]) for key in ("estimate", "lower", "upper")]
        self._median(f"{name}_median", of, endpoint, values)

    def _estimate(
        self, name: str, of: str, endpoint: str, what: str, time: int, values: list[float]
    ) -> None:
        printed = [self.number(100.0 * value, self.curve_digits) for value in values]
        as_years = self.rng.random() < 0.5
        self.add(
            "survival",
            name,
            of=of,
            endpoint=endpoint,
            what=what,
            time=str(time // 12) if as_years else str(time),
            time_unit="years" if as_years else "months",
            estimate=printed[0],
            lower=printed[1],
            upper=printed[2],
        )

    def _median(self, name: str, of: str, endpoint: str, values: list[float]) -> None:
        printed = [
            self.number(value, 1) if np.isfinite(value) else "not reached" for value in values
        ]
        self.add(
            "median_time",
            name,
            of=of,
            endpoint=endpoint,
            unit="months",
            estimate=printed[0],
            lower=printed[1],
            upper=printed[2],
        )

    def _histories(self) -> Histories:
        c = self.cohort
        return Histories.from_arrays(c.time, c.died, unit="months", origin="treatment")

    def curves(self) -> None:
        """Write overall survival, survival without relapse, and the follow-up."""
        c = self.cohort
        h = self._histories()
        self._curve("os", "all", "overall survival", h)
        free = Histories.from_arrays(
            c.free_time[c.responded],
            (c.cause[c.responded] > 0).astype(int),
            unit="months",
            origin="remission",
        )
        self._curve("rfs", "cr", "relapse-free survival", free)
        found = follow_up(h).median().columns()
        self._median(
            "followed",
            "all",
            "follow_up",
            [float(found[key][0]) for key in ("estimate", "lower", "upper")],
        )

    def incidences(self) -> None:
        """Write the incidences of relapse and of death without it."""
        c = self.cohort
        h = Histories.from_arrays(
            c.free_time[c.responded],
            c.cause[c.responded],
            causes={"relapse": 1, "death": 2},
            unit="months",
            origin="remission",
        )
        curves = cumulative_incidence(h, self.conf_type)
        for time in _LANDMARKS:
            if curves.known_until.min() < time:
                continue
            found = curves.at(time).columns()
            for place, cause in enumerate(found["cause"]):
                values = [float(found[key][place]) for key in ("estimate", "lower", "upper")]
                name, endpoint = ("cir", "CIR") if cause == "relapse" else ("nrm", "NRM")
                if 0.02 < values[0] < 0.98:
                    self._estimate(f"{name}_{time}", "cr", endpoint, "incidence", time, values)

    def rows(self) -> None:
        """Write the numbers at risk."""
        c = self.cohort
        step = int(self.rng.choice([3, 6, 12]))
        for name, of, endpoint, times in (
            ("risk_os", "all", "overall survival", c.time),
            ("risk_rfs", "cr", "relapse-free survival", c.free_time[c.responded]),
        ):
            ticks = np.arange(0, 49, step)
            n = [str(int((times >= tick).sum())) for tick in ticks]
            self.add("at_risk", name, of=of, endpoint=endpoint, unit="months", n=n, step=str(step))

    def states(self) -> None:
        """Write the rows of a Simon-Makuch plot: without a transplant so far, and after it."""
        c = self.cohort
        ticks = np.arange(0, 49, 6)
        there = [c.time >= tick for tick in ticks]
        later = [
            int((on & (c.crossed < tick)).sum()) for on, tick in zip(there, ticks, strict=True)
        ]
        first = [int(on.sum()) - k for on, k in zip(there, later, strict=True)]
        for name, n, is_first in (("state_first", first, True), ("state_later", later, False)):
            self.add(
                "at_risk",
                name,
                of="all",
                endpoint="overall survival",
                unit="months",
                n=[str(k) for k in n],
                step="6",
                plot="makuch",
                state=name,
                first=is_first,
            )

    def effects(self) -> None:
        """Write an odds ratio by some method, and a hazard ratio by the Cox model."""
        c = self.cohort
        n1 = int(c.exposed.sum())
        a = int((c.complication & c.exposed).sum())
        pair = Pair(a, n1, int(c.complication.sum()) - a, self.n - n1)
        if all(pair.cells):
            self._odds_ratio(pair)
        fit = cox(self._histories(), {"exposed": c.exposed.astype(float)})
        row = fit.columns()
        values = [float(row[key][0]) for key in ("ratio", "lower", "upper")]
        printed = [self.number(value, 2) for value in values]
        self.add(
            "effect",
            "hazard_ratio",
            of="all",
            measure="HR",
            label="exposed vs others",
            estimate=printed[0],
            lower=printed[1],
            upper=printed[2],
            p=self.p_value(float(row["p_value"][0])),
            events=str(int(c.died.sum())),
            exposed="exposed",
            unexposed="others",
            endpoint="overall survival",
        )

    def _odds_ratio(self, pair: Pair) -> None:
        limits = list(intervals(pair, "OR", 0.95))
        chosen = limits[int(self.rng.choice([0, 0, 0, 1, 2, 4]))]
        value = next(iter(estimates(pair, "OR"))).values[0]
        tests = {found.method: found.values[0] for found in p_values(pair)}
        names = ("Wald test of the odds ratio", "Fisher's exact test", "likelihood ratio")
        p = tests[names[int(self.rng.integers(3))]]
        digits = int(self.rng.integers(1, 3))
        self.add(
            "effect",
            "odds_ratio",
            of="all",
            measure="OR",
            label="exposed vs others",
            estimate=self.number(value, digits),
            lower=self.number(chosen.values[0], digits),
            upper=self.number(chosen.values[1], digits),
            p=self.p_value(p),
            exposed="complication_exposed",
            unexposed="complication_others",
        )
        method = str(self.rng.choice(["Fisher's exact test", "Pearson's chi-squared"]))
        self.add(
            "test",
            "complication_test",
            of="all",
            label="complication by exposure",
            p=self.p_value(tests[method]),
            method=method,
            groups=["complication_exposed", "complication_others"],
        )

    def others(self) -> None:
        """Write a schedule with its dose, and a table of the patients with the complication."""
        c = self.cohort
        first, later = ("0.8", "0.5", "0.5"), ("0.5", "0.5", "0.5")
        cycles = int(self.rng.integers(2, 5))
        total = Decimal("1.8") + Decimal("1.5") * cycles
        self.add(
            "dose",
            "dose",
            regimen="synthetic",
            unit="mg/m2",
            cumulative=str(total),
            schedule=[
                {"cycles": "1", "doses": list(first)},
                {"cycles": str(cycles), "doses": list(later)},
            ],
        )
        chosen = np.flatnonzero(c.complication)
        if not chosen.size:
            return
        self.add(
            "table",
            "listing",
            of="complication",
            columns={
                "patient": [str(i + 1) for i in range(chosen.size)],
                "exposed": ["yes" if c.exposed[i] else "no" for i in chosen],
                "age": [str(c.age[i]) for i in chosen],
            },
        )
        self.add(
            "recount",
            "listed_exposed",
            table="listing",
            statistic="count",
            where={"exposed": ["yes"]},
            equals="complication_exposed.k",
        )
        self.add(
            "recount",
            "listed_age",
            table="listing",
            statistic="within",
            column="age",
            low="age.low",
            high="age.high",
        )

    def abstract(self) -> None:
        """Repeat the chief numbers, as an abstract does."""
        chief = {"cr", "complication", "os_12", "os_24", "os_median", "followed", "odds_ratio"}
        for statement in list(self.statements):
            if statement["id"] in chief and "quantity" not in statement:
                statement["quantity"] = statement["id"]
                again = {**statement, "id": f"{statement['id']}_abstract", "at": "Abstract"}
                self.statements.append(again)
