"""Time atrisk beside R and the Python packages on the same data, and compare their numbers.

    python benchmarks/run.py --sizes 1e4,1e5,1e6,1e7 --out benchmarks/results.json

A program that is not installed is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import machine
from cell import Limits
from suite import Suite
from table import Table
from tasks import PEERS, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from result import Result

LEGEND = """
min, median: of the timed runs. ratio: min over that of atrisk. peak: memory during a run over what
was held before it. est., SE: largest difference from R over all its times, of the estimate (for a
test, the statistic) and of its standard error, absolute and relative to R's.
"""


def main() -> None:
    """Run the cells asked for, print the table and write it as JSON."""
    options = _options()
    table = Table()
    results: list[Result] = []
    print(table.head, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        limits = Limits(seconds=options.limit, turns=options.repeats)
        suite = Suite(Path(scratch), limits, options.who)
        for n in options.sizes:
            for result in suite.run(n, options.only):
                results.append(result)
                print(table.line(result), flush=True)
    print(LEGEND + table.notes())
    if options.out is not None:
        document = _document(results, suite.versions, options)
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
        },
        "results": [result.to_json() for result in results],
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sizes", type=_sizes, default=_sizes("1e4,1e5,1e6,1e7"), help="numbers of rows")
    add("--out", type=Path, help="write the results as JSON, too")
    add("--only", type=_some_of(TASKS), default=list(TASKS), help=f"of {','.join(TASKS)}")
    add("--who", type=_some_of(PEERS), default=list(PEERS), help=f"of {','.join(PEERS)}")
    add("--repeats", type=int, default=5, help="turns of each program (default 5)")
    add("--limit", type=float, default=60.0, help="most seconds a run may need (default 60)")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return sorted(int(float(part)) for part in text.split(","))


def _some_of(known: Collection[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        parts = text.split(",")
        unknown = [part for part in parts if part not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {unknown}. Known: {', '.join(known)}")
        return parts

    return names


if __name__ == "__main__":
    main()
