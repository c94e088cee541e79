"""The data dictionaries that come with atrisk."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from atrisk.errors import InputError, nearest
from atrisk.study.forms.dictionary import Dictionary, read_dictionary

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["packaged_dictionary", "packaged_file", "packaged_names"]


def packaged_names() -> tuple[str, ...]:
    """Name the packaged dictionaries."""
    entries = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name[:-4] for name in entries if name.endswith(".csv")))


def packaged_file(name: str) -> bytes:
    """Read a file that stands beside the packaged dictionaries, such as ``ino-hct.rules.toml``."""
    return _folder().joinpath(name).read_bytes()


@cache
def packaged_dictionary(name: str) -> Dictionary:
    """Give a packaged dictionary, with its repeating forms and missing codes.

    Raises
    ------
    InputError
        there is none of this name.

    Examples
    --------
    >>> packaged_dictionary("ino-hct").record_id
    'record_id'
    """
    names = packaged_names()
    if name not in names:
        raise InputError(
            f"there is no packaged dictionary {name!r}. There are: {', '.join(names)}."
            f"{nearest(name, names)}"
        )
    said = tomllib.loads(packaged_file(f"{name}.toml").decode())
    return read_dictionary(
        packaged_file(f"{name}.csv"),
        repeating=said["repeating"],
        missing_codes=said["missing_codes"],
        name=name,
    )


def _folder() -> Traversable:
    return files("atrisk.study.forms").joinpath("packaged")
