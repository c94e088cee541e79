"""Labels of codes as the study gives them, beside those that its dictionary gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.errors import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["level_problem"]

#: A message lists at most so many codes.
_MOST = 12


def level_problem(column: str, code: str, label: str, known: Mapping[str, str]) -> str:
    """Say what is wrong with the label of a code, "" where nothing is: other words are fine.

    Parameters
    ----------
    known
        code -> label, of the dictionary.

    Examples
    --------
    >>> sex = {"1": "Female", "2": "Male"}
    >>> level_problem("sex", "1", "Women", sex)
    ''
    >>> level_problem("sex", "1", "male", sex).partition(":")[0]
    "the forms have 1 (Female) and 2 (Male) as codes of 'sex'"
    >>> level_problem("sex", "1", "2", sex).partition(":")[0]
    "the forms have 1 (Female) and 2 (Male) as codes of 'sex'"
    """
    if code not in known:
        codes = listed((f"{one} ({words})" for one, words in known.items()), shown=_MOST)
        return (
            f"the forms have no code {code} of {column!r}. Codes are: {codes}. Entries that stand"
            " for a missing value are no levels."
        )
    named = _plain(label)  # a code itself names it, too: {0 = "1", 1 = "0"} is the wrong way round
    same = [other for other, words in known.items() if named in {_plain(words), _plain(other)}]
    if not same or code in same:
        return ""
    return (
        f"the forms have {code} ({known[code]}) and {same[0]} ({known[same[0]]}) as codes of"
        f" {column!r}: the label {label!r} is on the wrong one. Correct it, or leave out 'levels':"
        " labels and order are then those of the dictionary."
    )


def _plain(label: str) -> str:
    return " ".join(label.casefold().split())
