"""Cases that R has answered: their data, as the oracle's rows and as Histories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import oracle

_TESTS = Path(__file__).parent
ROLES = ("exit", "event", "entry", "group", "strata", "weights", "subject")

# R writes 15 significant digits, and a survival that is 0 in exact arithmetic may be 1e-17
NEAR_ZERO = 1e-14
ESTIMATE = 1e-9
STD_ERROR = 1e-8


def stored(topic: str, *calls: str) -> list[tuple[dict[str, Any], Any]]:
    """Return (case, values) of a topic's stored answers, of these calls only if any is named."""
    path = _TESTS / "reference" / "values" / f"{topic}.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [(c["case"], c["values"]) for c in cases if not calls or c["case"]["call"] in calls]


def name(case: dict[str, Any]) -> str:
    """Spell a case, for test ids and assertion messages."""
    hidden = {"call", "data", "exit", "event", "at", "p", "tau"}
    options = [f"{key}={value}" for key, value in case.items() if key not in hidden]
    return " ".join([case["call"], case["data"], *options])


def data_file(case: dict[str, Any]) -> pl.DataFrame:
    return pl.read_csv(_TESTS / "data" / f"{case['data']}.csv")


def columns(case: dict[str, Any], frame: pl.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns that play the roles; copies of a row become its weight."""
    found = {role: frame[case[role]].to_numpy() for role in ROLES if role in case}
    if "copies" in case:
        found["weights"] = frame[case["copies"]].to_numpy()
    return found


def oracle_rows(case: dict[str, Any], frame: pl.DataFrame) -> oracle.Rows:
    c = columns(case, frame)
    return oracle.rows(
        c["exit"],
        c["event"],
        entry=c.get("entry"),
        weight=c.get("weights"),
        subject=c.get("subject"),
        group=c["group"].astype(str) if "group" in c else None,
        stratum=c.get("strata"),
    )


def conf_type(case: dict[str, Any], default: str = "log") -> str:
    """Return the interval's name as `atrisk` spells it."""
    return {"arcsin": "arcsine"}.get(case.get("conf_type", default), case.get("conf_type", default))


def conf_level(case: dict[str, Any]) -> float:
    return case.get("conf_level", 0.95)


def numbers(values: object) -> np.ndarray:
    """Return an array of floats; null, which is how R's NA, NaN and Inf are stored, is NaN."""
    listed = values if isinstance(values, list) else [values]
    return np.array([np.nan if v is None else v for v in listed], dtype=float)


def close(actual: object, expected: object, rtol: float, message: str) -> None:
    """Assert that numbers agree, and that they are missing in the same places."""
    np.testing.assert_allclose(
        np.asarray(actual, dtype=float),
        numbers(expected) if isinstance(expected, list) else expected,
        rtol=rtol,
        atol=NEAR_ZERO,
        err_msg=message,
    )
