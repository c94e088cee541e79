"""R's stored answers on exposures that start after time zero, and the same data as episodes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

from atrisk.sources.episodes import episodes

_TESTS = Path(__file__).parent
STORED = json.loads((_TESTS / "reference/values/exposures.json").read_text(encoding="utf-8"))
HEART = pl.read_csv(_TESTS / "data/heart.csv", try_parse_dates=True)
DAYS = {"unit": "days", "origin": "acceptance"}


def heart(**options):
    asked = {"exposures": {"transplant": "wait"}, "at_zero": "shift"} | DAYS | options
    return episodes(HEART, exit="days", event="died", **asked)


def drawn(*exposures, **options):
    """R's random data: fractional times with ties, late entry, exposures at entry and at exit."""
    frame = pl.DataFrame({k: np.array(v, dtype=float) for k, v in STORED["drawn"].items()})
    frame = frame.with_columns(pl.selectors.float().fill_nan(None))
    asked = {"exposures": dict(zip(exposures, exposures, strict=True)), "entry": "entry"} | DAYS
    return episodes(frame, exit="exit", event="event", **(asked | options))


def as_in_r(state):
    """Give a state as R's script names it."""
    ours = {"none": "", "before transplant": "", "after transplant": "transplant"}
    return ours.get(state, state)
