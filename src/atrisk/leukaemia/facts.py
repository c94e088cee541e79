"""The published facts behind the rules: TOML files in this package's ``facts`` folder."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from atrisk.errors import InputError, listed, nearest

__all__ = ["load", "names"]


def names() -> tuple[str, ...]:
    """Name the fact files, sorted."""
    folder = files("atrisk.leukaemia") / "facts"
    return tuple(
        sorted(
            item.name.removesuffix(".toml")
            for item in folder.iterdir()
            if item.name.endswith(".toml")
        )
    )


@cache
def load(name: str) -> dict[str, Any]:
    """Read one file of facts; it is read once and must not be changed.

    Each top-level table of a file, or each table below it, has a ``source``: a published one.

    Parameters
    ----------
    name
        the file in ``leukaemia/facts`` without ``.toml``.

    Returns
    -------
    dict
        the file's tables.

    Raises
    ------
    InputError
        if there is no such file.
    """
    if name not in names():
        raise InputError(
            f"no facts named {name!r}.{nearest(name, names())} There are: {listed(names())}."
        )
    file = files("atrisk.leukaemia") / "facts" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
