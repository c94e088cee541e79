"""What goes wrong with a user's input: one exception, whose message says what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["AtRiskWarning", "ImmortalTimeWarning", "InputError", "listed", "nearest"]


class InputError(ValueError):
    """A mistake in the input: the message says what was wrong, what exists and what to do."""


class AtRiskWarning(UserWarning):
    """A result was given, but not all of it can be what was asked for: the message says what."""


class ImmortalTimeWarning(AtRiskWarning):
    """Groups that are known only after time zero are compared from time zero."""


def listed(items: Iterable[object], *, shown: int = 5) -> str:
    """Spell the first few of many items and count the rest.

    Examples
    --------
    >>> listed([3, 8, 9], shown=2)
    '3, 8 and 1 more'
    """
    parts = [str(item) for item in items]
    rest = len(parts) - shown
    head = ", ".join(parts[:shown])
    return f"{head} and {rest} more" if rest > 0 else head


def nearest(name: object, existing: Iterable[object]) -> str:
    """Suggest the existing name closest to a mistyped one, or nothing.

    What is no text is compared as it is written.

    Examples
    --------
    >>> nearest("grup", ["group", "time"])
    " Did you mean 'group'?"
    """
    by_text = {str(item): item for item in existing}
    found = get_close_matches(str(name), list(by_text), n=1)
    return f" Did you mean {by_text[found[0]]!r}?" if found else ""
