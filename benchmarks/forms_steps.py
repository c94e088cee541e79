"""One step of a study on forms in this process: ``forms_steps.py STEP FOLDER`` prints JSON.

What a step needs from the steps before it is made first and not timed.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PEERS", "STEPS"]

#: A step makes what it needs and gives what is timed.
Step = "Callable[[Path], Callable[[], Any]]"


def _request(folder: Path) -> Any:  # noqa: ANN401 - imported late
    from atrisk.study import read_study

    return read_study(folder / "study.toml")


def _records(folder: Path) -> Any:  # noqa: ANN401 - imported late
    from atrisk.study.forms_source import records_of

    return records_of(_request(folder))


def _intake(folder: Path) -> Callable[[], Any]:
    from atrisk.study.forms_source import records_of

    request = _request(folder)
    return lambda: records_of(request)


def _checked(folder: Path) -> Callable[[], Any]:
    from atrisk.study.checks.centres import by_field
    from atrisk.study.checks.rules import rules_of
    from atrisk.study.checks.run import run_checks

    records = _records(folder)
    forms = _request(folder).study.forms
    rules = rules_of(records.dictionary, [], packaged=forms.dictionary)
    records = by_field(records, rules.roles.centre)
    return lambda: (records, run_checks(records, rules, cut_off=forms.cut_off))


def _sheets(folder: Path) -> Callable[[], Any]:
    from atrisk.report.quality import write_checks
    from atrisk.study.checks.document import checks_document

    records, checks = _checked(folder)()
    about = _request(folder).study.study
    said = {"title": about.title, "synthetic": about.synthetic, "source": about.source}

    def write() -> None:
        document = {**checks_document(records, checks, said), "endpoints_problem": ""}
        with tempfile.TemporaryDirectory() as out:
            write_checks(document, Path(out))

    return write


def _clinical(folder: Path) -> Callable[[], Any]:
    from atrisk.study.forms_source import FormsSource

    request, records = _request(folder), _records(folder)
    return lambda: FormsSource.of(request, records)


def _endpoints(folder: Path) -> Callable[[], Any]:
    request, source = _request(folder), _clinical(folder)()
    return lambda: _outcomes(request, source)


def _outcomes(request: Any, source: Any) -> list[Any]:  # noqa: ANN401 - imported late
    from atrisk.study import plan_study
    from atrisk.study.endpoints import outcome

    plan = plan_study(request, source.names, source)
    wanted = set(plan.columns).union(*(one.columns for one in plan.endpoints))
    table = source.table(sorted(wanted))
    return [outcome(one, plan.data, table) for one in plan.endpoints]


def _together(folder: Path) -> Callable[[], Any]:
    """Intake, checks, clinical columns and endpoints, with what each hands to the next."""
    from atrisk.study.checks.centres import by_field
    from atrisk.study.checks.rules import rules_of
    from atrisk.study.checks.run import run_checks
    from atrisk.study.forms_source import FormsSource, records_of

    request = _request(folder)

    def run() -> Any:  # noqa: ANN401 - kept only for its memory
        records = records_of(request)
        forms = request.study.forms
        rules = rules_of(records.dictionary, [], packaged=forms.dictionary)
        named = by_field(records, rules.roles.centre)
        checks = run_checks(named, rules, cut_off=forms.cut_off)
        return checks, _outcomes(request, FormsSource.of(request, records))

    return run


def _check(folder: Path) -> Callable[[], Any]:
    """`atrisk check`, all of it."""
    import typer

    from atrisk.cli.check import check

    def run() -> None:
        with (
            tempfile.TemporaryDirectory() as out,
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.suppress(typer.Exit),
        ):
            check(folder, Path(out) / "checks")

    return run


def _results(folder: Path) -> Callable[[], Any]:
    """`atrisk report` up to the results document."""
    from atrisk.study import plan_study, read_source, run_study

    request = _request(folder)

    def run() -> Any:  # noqa: ANN401 - the document
        source = read_source(request)
        return run_study(plan_study(request, source.names, source))

    return run


def _export(layout: str) -> Callable[[Path], Callable[[], Any]]:
    """Read the same forms from REDCap's flat or EAV export."""

    def prepare(folder: Path) -> Callable[[], Any]:
        from atrisk.study.forms.intake import CentreSource, read_records
        from atrisk.study.forms_source import dictionary_of

        dictionary = dictionary_of(_request(folder))
        source = CentreSource(id="all", label="all", path=f"{layout}.csv", layout=layout)
        return lambda: read_records([source], dictionary, root=folder)

    return prepare


def write_exports(folder: Path) -> None:
    """Write the flat and the EAV export of a cohort beside its forms."""
    from atrisk.study.forms.write_eav import records_to_eav
    from atrisk.study.forms.write_flat import records_to_flat

    records = _records(folder)
    (folder / "flat.csv").write_bytes(records_to_flat(records))
    (folder / "eav.csv").write_bytes(records_to_eav(records))


def _one_form(folder: Path) -> Callable[[], Any]:
    """Read the largest form alone."""
    from atrisk.study.forms.intake import CentreSource, read_records
    from atrisk.study.forms_source import dictionary_of

    dictionary = dictionary_of(_request(folder))
    source = CentreSource(id="all", label="all", path="one", layout="forms")
    return lambda: read_records([source], dictionary, root=folder)


def _karyotypes(folder: Path) -> Callable[[], Any]:
    """Classify as many distinct karyotypes as there are patients."""
    from atrisk.leukaemia.karyotype import classify

    with (folder / "records" / "enrolment.csv").open(encoding="utf-8") as file:
        count = sum(1 for _ in file) - 1
    texts = list(_texts(count))
    return lambda: [classify(text) for text in texts]


def _texts(count: int) -> Iterator[str]:
    """Spell distinct karyotypes of one to six abnormalities and two clones."""
    draw = random.Random(20240711)  # noqa: S311 - no secret
    seen: set[str] = set()
    kinds = (
        "del({0})(q2{1})",
        "add({0})(p1{1})",
        "+{0}",
        "-{0}",
        "i({0})(q10)",
        "inv({0})(p12q{1})",
    )
    while len(seen) < count:
        chromosomes = draw.sample(range(1, 23), draw.randint(1, 6))
        items = [draw.choice(kinds).format(one, draw.randint(1, 3)) for one in chromosomes]
        number = 46 + sum(item[0] == "+" for item in items) - sum(item[0] == "-" for item in items)
        cells = draw.randint(2, 20), draw.randint(2, 20)
        text = f"{number},XX,{','.join(items)}[{cells[0]}]/46,XX[{cells[1]}]"
        if text not in seen:
            seen.add(text)
            yield text


def _sos(folder: Path) -> Callable[[], Any]:
    """All criteria of SOS/VOD side by side, with both severities, for all patients."""
    from atrisk.study.clinical.derive import derive

    records = _records(folder)
    derive(records)  # karyotypes and regimens are read once a process
    return lambda: derive(records, sos_severity=True)


def _pandas(folder: Path) -> Callable[[], Any]:
    import pandas as pd

    files = sorted((folder / "records").glob("*.csv"))
    return lambda: [pd.read_csv(file, dtype=str) for file in files]


def _polars(folder: Path) -> Callable[[], Any]:
    import polars as pl

    files = sorted((folder / "records").glob("*.csv"))
    return lambda: [pl.read_csv(file, infer_schema=False) for file in files]


STEPS: dict[str, tuple[str, Callable[[Path], Callable[[], Any]]]] = {
    "intake": ("intake, a CSV a form", _intake),
    "checks": ("checks", _checked),
    "sheets": ("data-quality page, query sheets", _sheets),
    "clinical": ("clinical columns", _clinical),
    "endpoints": ("endpoints", _endpoints),
    "together": ("intake + checks + columns + endpoints", _together),
    "check": ("atrisk check, whole", _check),
    "results": ("atrisk report, to the results", _results),
    "flat": ("intake, REDCap flat export", _export("flat")),
    "eav": ("intake, REDCap EAV export", _export("eav")),
    "one": ("intake, the largest form alone", _one_form),
    "karyotypes": ("karyotypes, one distinct a patient", _karyotypes),
    "sos": ("clinical columns again, SOS/VOD graded", _sos),
}
PEERS: dict[str, tuple[str, Callable[[Path], Callable[[], Any]]]] = {
    "pandas": ("pandas.read_csv(dtype=str)", _pandas),
    "polars": ("polars.read_csv, no types", _polars),
}


def main() -> None:
    """Make what the step needs, run it once, print seconds and bytes."""
    name, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    if name == "exports":
        write_exports(folder)
        return
    run = {**STEPS, **PEERS}[name][1](folder)
    gc.collect()
    memory.forget_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    kept = run()
    spent = {
        "cpu_seconds": time.process_time() - cpu,
        "wall_seconds": time.perf_counter() - wall,
        "peak_bytes": memory.peak(),
    }
    del kept
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
