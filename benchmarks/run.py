"""Time atrisk beside R and the Python packages on the same data, and compare their numbers.

    python benchmarks/run.py --out benchmarks/results.json
    python benchmarks/run.py --only regression --repeats 3 --limits statsmodels=10,lifelines=20
    python benchmarks/run.py --only forms
    python benchmarks/run.py --only report
    python benchmarks/run.py --only reconstruction

A program that is not installed is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import contract
import forms
import machine
import reconstruction
import whole_report as report
from cell import Limits
from suite import Suite
from table import Table
from tasks import GROUPS, PEERS, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from result import Result

#: The name on the command line of what `forms` times; it goes alone.
FORMS = "forms"
#: And that of whole reports.
REPORT = "report"
#: And that of curves turned back into patients.
RECONSTRUCTION = "reconstruction"
LEGEND = """
min, median: of the timed runs. ratio: min over that of atrisk. peak: memory during a run over what
was held before it. est., SE: largest difference from R over all its times, of the estimate (for a
test, the statistic) and of its standard error, absolute and relative to R's; of coefficients,
relative to the largest of them.
"""


def main() -> None:
    """Run the cells asked for, print the table and write it as JSON."""
    options = _options()
    if FORMS in options.only:
        _forms(options)
        return
    if REPORT in options.only:
        _report(options)
        return
    if RECONSTRUCTION in options.only:
        _reconstruction(options)
        return
    table = Table()
    results: list[Result] = []
    print(table.head, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        limits = Limits(options.limit, options.repeats, options.limits)
        suite = Suite(Path(scratch), limits, options.who)
        for result in suite.run(options.only, options.sizes):
            results.append(result)
            print(table.line(result), flush=True)
    print(LEGEND + table.notes())
    promises = list(contract.kept(results))
    if promises:
        print("\n" + contract.report(promises))
    if options.out is not None:
        document = _document(results, suite.versions, options)
        options.out.write_text(json.dumps(document, indent=1) + "\n")


def _forms(options: argparse.Namespace) -> None:
    """Time the forms of many patients, step by step."""
    default = [forms.QUICK if options.quick else forms.SIZE]
    rows = list(forms.run(options.sizes or default, varied=not options.repeated))
    if options.out is not None:
        document = {
            "schema": "atrisk-benchmark-forms/1",
            "machine": machine.describe(),
            "varied": not options.repeated,
            "results": rows,
        }
        options.out.write_text(json.dumps(document, indent=1) + "\n")


def _report(options: argparse.Namespace) -> None:
    """Time whole reports of the examples."""
    rows = list(report.run(repeats=options.repeats))
    if options.out is not None:
        document = {
            "schema": "atrisk-benchmark-report/1",
            "machine": machine.describe(),
            "results": rows,
        }
        options.out.write_text(json.dumps(document, indent=1) + "\n")


def _reconstruction(options: argparse.Namespace) -> None:
    """Turn curves of known patients back into patients."""
    rows = reconstruction.report()
    if options.out is not None:
        document = reconstruction.document(rows)
        options.out.write_text(json.dumps(document, indent=1) + "\n")


def _document(
    results: list[Result], versions: dict[str, str], options: argparse.Namespace
) -> dict[str, Any]:
    return {
        "schema": "atrisk-benchmark/1",
        "machine": machine.describe(),
        "versions": dict(sorted(versions.items())),
        "arguments": {
            "sizes": options.sizes,
            "repeats": options.repeats,
            "limit_seconds": options.limit,
            "limits_by_program": options.limits,
        },
        "results": [result.to_json() for result in results],
        "contract": [one.to_json() for one in contract.kept(results)],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sizes", type=_sizes, help="numbers of rows (default: each task's own)")
    add("--out", type=Path, help="write the results as JSON, too")
    alone = {name: (name,) for name in (FORMS, REPORT, RECONSTRUCTION)}
    tasks = {**GROUPS, **alone, **{task: (task,) for task in TASKS}}
    add("--only", type=_some_of(tasks), default=list(TASKS), help=f"of {','.join(tasks)}")
    peers = {who: (who,) for who in PEERS}
    add("--who", type=_some_of(peers), default=list(PEERS), help=f"of {','.join(PEERS)}")
    add("--repeats", type=int, default=5, help="turns of each program (default 5)")
    add("--limit", type=float, default=60.0, help="most seconds a run may need (default 60)")
    add("--limits", type=_limits, default={}, help="other limits, as 'lifelines=20,R coxph=90'")
    add("--quick", action="store_true", help=f"forms of {forms.QUICK} patients, not {forms.SIZE}")
    add("--repeated", action="store_true", help="forms of patients who repeat 58 others' values")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return sorted(int(float(part)) for part in text.split(","))


def _limits(text: str) -> dict[str, float]:
    pairs = (part.split("=") for part in text.split(","))
    found = {who: float(seconds) for who, seconds in pairs}
    _refuse_unknown(list(found), list(PEERS))
    return found


def _some_of(known: Mapping[str, Sequence[str]]) -> Callable[[str], list[str]]:
    """Make a reader of names, some of which stand for several."""

    def names(text: str) -> list[str]:
        parts = text.split(",")
        _refuse_unknown(parts, list(known))
        return list(dict.fromkeys(name for part in parts for name in known[part]))

    return names


def _refuse_unknown(names: list[str], known: list[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {unknown}. Known: {', '.join(known)}")


if __name__ == "__main__":
    main()
