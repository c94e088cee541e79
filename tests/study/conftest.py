"""The transplant example, run once for all tests that look at its document."""

from __future__ import annotations

from typing import Any

import pytest

from atrisk.study import run_study
from study_kit import BMT, plan


@pytest.fixture(scope="session")
def _ran() -> tuple[dict[str, Any], list[str]]:
    steps: list[str] = []
    return run_study(plan(BMT / "study.toml"), steps.append), steps


@pytest.fixture(scope="session")
def bmt(_ran: tuple[dict[str, Any], list[str]]) -> dict[str, Any]:
    """Give the results document of the transplant example."""
    return _ran[0]


@pytest.fixture(scope="session")
def bmt_steps(_ran: tuple[dict[str, Any], list[str]]) -> list[str]:
    """Give what the run told of its progress."""
    return _ran[1]
