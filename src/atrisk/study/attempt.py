"""Calling an estimator that may refuse: what it found, why it found nothing, what it warned of."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from atrisk.errors import AtRiskWarning, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["attempt"]


def attempt(call: Callable[[], Any]) -> tuple[Any, str, list[str]]:
    """Call an estimator; give what it found, why it found nothing, and what it warned of.

    Warnings of infinite estimates are left to those who show the estimates.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AtRiskWarning)
        try:
            found, reason = call(), ""
        except InputError as error:
            found, reason = None, str(error)
    notes = []
    for warning in caught:
        if not issubclass(warning.category, AtRiskWarning):
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
        elif not (getattr(found, "endless", ()) and "infinite" in str(warning.message)):
            notes.append(str(warning.message))
    return found, reason, notes
