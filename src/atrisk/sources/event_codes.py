"""What to declare where the event column holds codes that nobody declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.frames import Levels, absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atrisk.sources.validate import Field

__all__ = ["suggested_codes"]

_MOST = 8  # a column of more codes is hardly one of events
_NAMES = {1: ("death",), 2: ("relapse", "death")}
_CENSORED = ("cens", "alive", "living", "no event", "none", "lost", "event-free", "withdr")


def suggested_codes(field: Field, causes: Mapping[str, object], alive: list[object]) -> str:
    """Write the declaration that would read the codes of a column.

    Parameters
    ----------
    field
        the event column.
    causes
        what the caller declared; empty where the default was used.
    alive
        the codes declared for censoring.

    Returns
    -------
    str
        a sentence with ``causes=...`` and ``censored=...``.
    """
    codes = _codes_of(field)
    if len(codes) > _MOST:
        return (
            f"The column has {len(codes)} different values: check that it is the one that says "
            'what happened, and name its codes: causes={"relapse": 1, "death": 2}, censored=0.'
        )
    taken = {str(code) for code in causes.values()}
    kept = [code for code in alive if str(code) in map(str, codes)]
    others = [code for code in codes if str(code) not in {*taken, *map(str, kept)}]
    guess = None if kept else _likely_censored(others, list(causes.values()))
    events = [code for code in others if code is not guess]
    named = {**causes, **dict(zip(_names(events, causes), events, strict=True))}
    spelled = ", ".join(f'"{name}": {_quoted(code)}' for name, code in named.items())
    left = alive if guess is None else [guess]
    censored = _quoted(left[0]) if len(left) == 1 else f"[{', '.join(map(_quoted, left))}]"
    remedy = "Declare every code" if causes else "Name the codes"
    return f"{remedy}, such as causes={{{spelled}}}, censored={censored}."


def _codes_of(field: Field) -> list[object]:
    """List the distinct codes in order; whole numbers without a decimal point."""
    if isinstance(field.values, Levels):
        used = np.unique(field.values.codes)
        return [field.values.labels[code] for code in used if code >= 0]
    if field.array.dtype.kind == "O":
        found = dict.fromkeys(value for value in field.array if not absent(value))
        return sorted(found, key=str)
    if field.array.dtype.kind == "f":
        distinct = np.unique(field.array[~np.isnan(field.array)]).tolist()
        return [int(code) if code.is_integer() else code for code in distinct]
    return list(np.unique(field.array).tolist())


def _likely_censored(codes: list[object], declared: list[object]) -> object:
    """Guess the code of censoring: a word for it, or the smallest of several numbers."""
    words = [code for code in codes if str(code).lower().startswith(_CENSORED)]
    if words:
        return words[0]
    everything = [*codes, *declared]
    if len(everything) < 2 or not all(isinstance(code, int | float) for code in everything):
        return None
    least = min(everything, key=lambda code: float(str(code)))
    return least if any(least is code for code in codes) else None


def _names(codes: list[object], causes: Mapping[str, object]) -> list[str]:
    """Name causes: text by itself, one or two numbers by the usual pair."""
    if not causes and len(codes) in _NAMES and not any(isinstance(code, str) for code in codes):
        return list(_NAMES[len(codes)])
    return [code if isinstance(code, str) else f"cause {code}" for code in codes]


def _quoted(code: object) -> str:
    return f'"{code}"' if isinstance(code, str) else repr(code)
