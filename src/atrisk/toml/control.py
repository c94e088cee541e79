"""Characters that no page, Word file or figure can hold, found before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.toml.locate import TomlPath

__all__ = ["control_character", "texts_with_control"]

#: What XML 1.0 cannot hold; tabs and ends of lines are no mistake.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def control_character(text: str) -> str | None:
    r"""Name the first control character of a text.

    Examples
    --------
    >>> control_character("CR\x0bPR"), control_character("CR\n")
    ('U+000B', None)
    """
    found = _CONTROL.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def texts_with_control(part: object, path: TomlPath = ()) -> Iterator[tuple[TomlPath, str]]:
    """Yield the place and the character of each text of a file that has one, keys among them."""
    if isinstance(part, Mapping):
        for key, child in part.items():
            if (name := control_character(str(key))) is not None:
                yield path, name
            yield from texts_with_control(child, (*path, key))
    elif isinstance(part, list):
        for index, child in enumerate(part):
            yield from texts_with_control(child, (*path, index))
    elif isinstance(part, str) and (name := control_character(part)) is not None:
        yield path, name
