"""How hypothesis draws, and which tree the tests' subprocesses import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("atrisk", max_examples=30, deadline=None)
settings.load_profile("atrisk")

_SOURCE = str(Path(__file__).parents[1] / "src")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_SOURCE, os.environ.get("PYTHONPATH")]))


@pytest.fixture(autouse=True, scope="session")
def _one_process() -> Iterator[None]:
    """Draw small reports in this process: to start another takes longer than they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("atrisk.report.worker._MOST_WORKERS", 0)
        yield
