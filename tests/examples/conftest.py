"""The example on forms: its generator, its columns, its raw copy."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from atrisk.study import read_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ino-hct"


@pytest.fixture(scope="session")
def example() -> Path:
    return EXAMPLE


@pytest.fixture(scope="session")
def generator() -> Iterator[None]:
    """Let tests import the generator's package."""
    sys.path.insert(0, str(EXAMPLE))
    yield
    sys.path.remove(str(EXAMPLE))


class Columns:
    """One value a patient: numbers as floats, codes as texts, dates as days; None is missing."""

    def __init__(self, derived: dict[str, Any]) -> None:
        self.derived = derived

    def values(self, name: str) -> list[Any]:
        column = self.derived[name].column
        if column.kind == "code":
            found = [column.levels[value] if value >= 0 else None for value in column.values]
        elif column.kind == "date":
            found = column.values.astype("datetime64[D]").astype(np.int64).tolist()
        else:
            found = column.values.tolist()
        there = column.present.tolist()
        return [value if known else None for value, known in zip(found, there, strict=True)]

    def numbers(self, name: str) -> NDArray[np.float64]:
        values = self.values(name)
        return np.array([np.nan if value is None else float(value) for value in values])


@pytest.fixture(scope="session")
def columns() -> Columns:
    from atrisk.study.forms_source import patient_columns, records_of

    request = read_study(EXAMPLE / "study.toml")
    return Columns(patient_columns(request, records_of(request)))


@pytest.fixture(scope="session")
def rows() -> Callable[[str], list[dict[str, str]]]:
    """Read a form of the clean copy."""

    def read(form: str) -> list[dict[str, str]]:
        text = (EXAMPLE / "records" / f"{form}.csv").read_text(encoding="utf-8")
        return list(csv.DictReader(text.splitlines()))

    return read
