"""Curves turned back into patients, held against the patients that they were drawn of.

    python benchmarks/reconstruction.py
    python benchmarks/reconstruction.py --only veteran,bmt --sources R --markdown

Known patients are drawn as Kaplan-Meier curves into a PDF, read back and reconstructed, with more
or less of the printed numbers beside them. `atrisk` and Guyot's algorithm are given the same
coordinates and the same numbers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

import atrisk
import machine
from atrisk.errors import InputError
from atrisk.evidence.curves import Reported, reconstruct
from reconstruction_cases import CASES, at_risk, median, survival
from reconstruction_figures import SOURCES, curves_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atrisk.evidence.curves import Curve
    from reconstruction_cases import Case, Group

__all__ = ["GIVEN", "METHODS", "SOURCES", "main", "run"]

Read = tuple["Curve", "tuple[float, ...] | None"]


def _everything(
    group: Group, ticks: tuple[float, ...], marks: tuple[float, ...] | None
) -> Reported:
    return Reported(
        n=group.time.size,
        at_risk_time=ticks,
        at_risk=at_risk(group.time, ticks),
        total_events=int(group.event.sum()),
        censor_times=marks,
    )


def _at_risk(group: Group, ticks: tuple[float, ...], _: tuple[float, ...] | None) -> Reported:
    return Reported(n=group.time.size, at_risk_time=ticks, at_risk=at_risk(group.time, ticks))


def _n(group: Group, *_: object) -> Reported:
    return Reported(n=group.time.size)


def _nothing(*_: object) -> Reported:
    return Reported()


#: What is printed beside the curve.
GIVEN: dict[str, Callable[..., Reported]] = {
    "all": _everything,
    "at risk": _at_risk,
    "n": _n,
    "nothing": _nothing,
}
METHODS = ("atrisk", "Guyot")
_COLUMNS = (
    ("events", "events off", "{:.0f}"),
    ("landmark", "S(t) off", "{:.4f}"),
    ("median", "median off, d", "{:.1f}"),
    ("log_hr", "log HR off", "{:.4f}"),
    ("std_error", "SE ratio", "{:.4f}"),
    ("disagree", "residuals", "{:.0f}"),
    ("seconds", "s", "{:.2f}"),
)
LEGEND = """
Each pair is atrisk / Guyot. events off: sum over curves of the absolute difference in events. S(t)
off: largest difference in survival at the ticks. median off: largest, in days. log HR off: absolute
difference from the Cox estimate of the patients, second curve against first; SE ratio: its standard
error over theirs. residuals: reported numbers that the patients do not meet. verdicts of atrisk: e
exact, s several, a approximate, r refused. given: all = numbers at risk, total of events and
censor marks (rounded: no marks); at risk = those alone; n = the number of patients; nothing.
"""


def run(
    cases: Sequence[str] = tuple(CASES),
    sources: Sequence[str] = SOURCES,
    given: Sequence[str] = tuple(GIVEN),
) -> Iterator[dict[str, Any]]:
    """Give a row for each case, source of coordinates and amount of printed numbers."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in cases:
            case = CASES[name]()
            for source in sources:
                read = curves_of(case, source, Path(scratch))
                if read is None:
                    continue
                for known in given:
                    rows = {who: _made(case, read, known, who) for who in METHODS}
                    yield {"case": name, "source": source, "given": known, **rows}


def _made(case: Case, read: Sequence[Read], known: str, who: str) -> dict[str, Any] | None:
    """Reconstruct all curves of a figure, and hold them against the patients."""
    method = "auto" if who == "atrisk" else "guyot"
    made, verdicts, disagree = [], [], 0
    start = time.perf_counter()
    for group, (curve, marks) in zip(case.groups, read, strict=True):
        reported = GIVEN[known](group, case.ticks, marks)
        try:
            found = reconstruct(curve, reported, method=method, members=0)
        except InputError as error:
            return {"verdicts": "!", "why": str(error)}
        verdicts.append(found.verdict)
        disagree += sum(one.agrees is False for one in found.residuals)
        if found.verdict == "refused":
            return {"verdicts": "".join(one[0] for one in verdicts), "why": found.why}
        made.append(PseudoRows(np.round(found.patients.time), found.patients.event))
    seconds = time.perf_counter() - start
    return {
        "verdicts": "".join(one[0] for one in verdicts),
        **_errors(case, made),
        "disagree": disagree,
        "seconds": seconds,
    }


@dataclass(frozen=True, slots=True)
class PseudoRows:
    """Times and events of one curve, rounded to the day as the data are."""

    time: np.ndarray
    event: np.ndarray


def _errors(case: Case, made: Sequence[PseudoRows]) -> dict[str, float]:
    """Measure what the patients are off by."""
    ticks = np.array(case.ticks)
    pairs = list(zip(case.groups, made, strict=True))
    events = sum(abs(int(group.event.sum()) - int(one.event.sum())) for group, one in pairs)
    off = [
        np.abs(survival(group.time, group.event, ticks) - survival(one.time, one.event, ticks))
        for group, one in pairs
    ]
    medians = [
        _apart(median(group.time, group.event), median(one.time, one.event)) for group, one in pairs
    ]
    truth = _hazard_ratio([(group.time, group.event) for group in case.groups[:2]])
    again = _hazard_ratio([(one.time, one.event) for _, one in pairs[:2]])
    return {
        "events": float(events),
        "landmark": float(max(one.max() for one in off)),
        "median": max(medians),
        "log_hr": abs(truth[0] - again[0]),
        "std_error": again[1] / truth[1],
    }


def _apart(one: float, other: float) -> float:
    return 0.0 if one == other else abs(one - other)


def _hazard_ratio(groups: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """Fit a Cox model of the second group against the first."""
    times = np.concatenate([time for time, _ in groups])
    event = np.concatenate([event for _, event in groups]).astype(np.int64)
    second = np.repeat([0.0, 1.0], [len(time) for time, _ in groups])
    data = pl.DataFrame({"time": times, "event": event, "second": second})
    fit = atrisk.cox("Surv(time, event) ~ second", data)
    return float(fit.estimate[0]), float(fit.std_error[0])


def _line(row: dict[str, Any], separator: str) -> str:
    ours, theirs = (row[who] for who in METHODS)
    cells = [row["case"], row["source"], row["given"], ours["verdicts"]]
    for key, _, form in _COLUMNS:
        pair = [form.format(one[key]) if key in one else "-" for one in (ours, theirs)]
        cells.append(" / ".join(pair))
    widths = (8, 10, 8, 8, *(max(len(head), 15) for _, head, _ in _COLUMNS))
    return separator.join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))


def _head(separator: str) -> str:
    heads = ["case", "source", "given", "verdicts", *(head for _, head, _ in _COLUMNS)]
    widths = (8, 10, 8, 8, *(max(len(head), 15) for _, head, _ in _COLUMNS))
    return separator.join(f"{cell:<{width}}" for cell, width in zip(heads, widths, strict=True))


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """Say over all rows what Guyot's error is over that of atrisk, where both have an answer."""
    both = [row for row in rows if all("events" in row[who] for who in METHODS)]
    said = [f"Sums over the {len(both)} rows that both answer, atrisk / Guyot:"]
    for key, head, form in _COLUMNS:
        values = np.array([[row[who][key] for who in METHODS] for row in both]).reshape(-1, 2)
        if key == "std_error":
            ours, theirs = np.abs(np.log(values)).sum(axis=0)
            said.append(f"SE, absolute log ratio {ours:.4f} / {theirs:.4f}")
        else:
            ours, theirs = values.sum(axis=0)
            said.append(f"{head} {form.format(ours)} / {form.format(theirs)}")
    exact = sum("events" in row["atrisk"] and row["atrisk"]["events"] == 0 for row in rows)
    answered = sum("events" in row["atrisk"] for row in rows)
    theirs = sum("events" in row["Guyot"] and row["Guyot"]["events"] == 0 for row in rows)
    other = sum("events" in row["Guyot"] for row in rows)
    said.append(
        f"every event found: atrisk in {exact} of {answered} rows, Guyot {theirs} of {other}"
    )
    return "\n".join(said)


def report(
    cases: Sequence[str] = tuple(CASES),
    sources: Sequence[str] = SOURCES,
    given: Sequence[str] = tuple(GIVEN),
    *,
    markdown: bool = False,
) -> list[dict[str, Any]]:
    """Print the table row by row, and give its rows."""
    separator = " | " if markdown else "  "
    edge = ("| ", " |") if markdown else ("", "")
    print(edge[0] + _head(separator) + edge[1], flush=True)
    if markdown:
        print("|" + "---|" * (4 + len(_COLUMNS)))
    rows = []
    for row in run(cases, sources, given):
        rows.append(row)
        print((edge[0] + _line(row, separator) + edge[1]).rstrip(), flush=True)
    print(LEGEND + "\n" + summary(rows))
    return rows


def document(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put the rows beside a description of the machine."""
    return {
        "schema": "atrisk-benchmark-reconstruction/1",
        "machine": machine.describe(),
        "results": list(rows),
    }


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--only", type=_some_of(CASES), default=list(CASES), help=f"of {','.join(CASES)}")
    add("--sources", type=_some_of(SOURCES), default=list(SOURCES), help=f"of {','.join(SOURCES)}")
    add("--given", type=_some_of(GIVEN), default=list(GIVEN), help=f"of {','.join(GIVEN)}")
    add("--markdown", action="store_true", help="print the table for a page")
    add("--out", type=Path, help="write the results as JSON, too")
    options = parser.parse_args()
    rows = report(options.only, options.sources, options.given, markdown=options.markdown)
    if options.out is not None:
        options.out.write_text(json.dumps(document(rows), indent=1) + "\n", encoding="utf-8")


def _some_of(known: Sequence[str] | dict[str, Any]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        unknown = [part for part in text.split(",") if part not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {unknown}. Known: {', '.join(known)}")
        return text.split(",")

    return names


if __name__ == "__main__":
    main()
