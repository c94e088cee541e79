"""Small studies for the tests of the study layer and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.study import Plan, plan_study, read_names, read_study, run_study
from languages_kit import check_translated

if TYPE_CHECKING:
    from collections.abc import Sequence

BMT = Path(__file__).resolve().parents[1] / "examples" / "bmt"

HEAD = """
[study]
title = "A study"

[data]
file = "data.csv"
time_unit = "days"
origin = "transplant"
"""

DEATH = """
[[endpoints]]
id = "os"
label = "Overall survival"
time = "t"
event = "d"
causes = { death = 1 }
"""

ARM = """
[variables.arm]
label = "Arm"
type = "categorical"
"""

SURVIVAL = """
[[analyses]]
id = "a"
kind = "survival"
title = "Survival"
endpoint = "os"
"""

MINIMAL = HEAD + DEATH + SURVIVAL

ROWS = ["t,d,arm", "5,1,x", "8,0,x", "9,1,y", "12,0,y"]


#: Variables and endpoints of the transplant example, for analyses of a test's own.
BMT_HEAD = (
    (BMT / "study.toml")
    .read_text(encoding="utf-8")
    .partition("# Analyses:")[0]
    .replace('"bmt.csv"', f'"{(BMT / "bmt.csv").as_posix()}"')
)


def run_bmt(folder: Path, *analyses: str) -> dict[str, Any]:
    """Run analyses of the transplant data."""
    return run(folder, BMT_HEAD + "".join(f"\n[[analyses]]\n{analysis}" for analysis in analyses))


def write(folder: Path, toml: str = MINIMAL, rows: Sequence[str] = ROWS) -> Path:
    """Write a study and its data; give the study file."""
    study = folder / "study.toml"
    study.write_text(toml, encoding="utf-8")
    (folder / "data.csv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return study


def plan(study: Path) -> Plan:
    """Read and plan a study."""
    request = read_study(study)
    return plan_study(request, read_names(request.data_path, request.study.data))


def run(folder: Path, toml: str = MINIMAL, rows: Sequence[str] = ROWS) -> dict[str, Any]:
    """Run a small study; give its document, whose messages all have a translation."""
    return check_translated(run_study(plan(write(folder, toml, rows))))


def mistake(folder: Path, toml: str = MINIMAL, rows: Sequence[str] = ROWS) -> str:
    """Run a small study that has a mistake; give the message."""
    with pytest.raises(InputError) as caught:
        run(folder, toml, rows)
    return str(caught.value)


def missing(document: dict[str, Any], key: str) -> str:
    """Look up why a value of a document is not there."""
    entry = document["values"][key]
    assert entry["value"] is None, entry
    return str(entry["missing"])


def numbers(document: dict[str, Any], prefix: str, *parts: str) -> list[Any]:
    """Look up several values below one key."""
    return [number(document, f"{prefix}.{part}") for part in parts]


def number(document: dict[str, Any], key: str) -> Any:
    """Look up a value of a document."""
    return document["values"][key]["value"]
