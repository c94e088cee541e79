"""The library of endpoints: names in TOML that expand to ordinary endpoints made of dates."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

__all__ = ["DEATH", "STANDARDS", "StandardName", "standard"]

StandardName = Literal[
    "overall_survival",
    "relapse_free_survival",
    "event_free_survival",
    "progression_free_survival",
    "time_to_relapse",
    "relapse_nrm",
    "grfs",
    "cr_duration",
    "sos_vod",
]

#: The names of the library.
STANDARDS: tuple[StandardName, ...] = get_args(StandardName)
#: The column of the date of death, unless the study names another.
DEATH = "death_date"


def standard(name: str) -> dict[str, Any]:
    """Give an endpoint of the library as it stands in ``standards.toml``.

    Examples
    --------
    >>> standard("overall_survival")["code"]
    'OS'
    """
    return dict(_library()[name])


@cache
def _library() -> dict[str, Any]:
    return tomllib.loads((files("atrisk.study") / "standards.toml").read_text(encoding="utf-8"))
