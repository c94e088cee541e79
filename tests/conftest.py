"""How hypothesis draws, and which tree the tests' subprocesses import."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

settings.register_profile("atrisk", max_examples=30, deadline=None)
settings.load_profile("atrisk")

_SOURCE = str(Path(__file__).parents[1] / "src")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_SOURCE, os.environ.get("PYTHONPATH")]))
