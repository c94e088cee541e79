"""Groups of patients made by a variable, and ids made of labels."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.columns import canonical_code, codes
from atrisk.study.table import cells_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from atrisk.study.plan import VariablePlan
    from atrisk.study.table import Table

__all__ = ["OVERALL", "Grouping", "Level", "group_by", "level_ids"]

#: Ids that have a place of their own in the keys of results.
_TAKEN = frozenset(
    {
        "balance",
        "bootstrap",
        "gray",
        "gray_stratified",
        "hr",
        "logrank",
        "logrank_stratified",
        "overall",
        "pairwise",
        "rmst_test",
        "trend",
        "unweighted",
        "weighted",
    }
)


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a variable: its id in keys and its label in print."""

    id: str
    label: str

    def node(self) -> dict[str, str]:
        """Give what the results document holds of it."""
        return {"id": self.id, "label": self.label}


OVERALL = Level("overall", "All patients")


@dataclass(frozen=True, slots=True)
class Grouping:
    """The level of every row.

    Attributes
    ----------
    levels
        in the declared order, or sorted.
    member
        shape (n,): position in ``levels``, -1 where the value is missing.
    """

    levels: tuple[Level, ...]
    member: NDArray[np.int64]


def group_by(variable: VariablePlan, table: Table) -> Grouping:
    """Find the level of every row.

    Raises
    ------
    InputError
        levels are declared and a value is none of them.
    """
    found = codes(table, variable.column)
    declared = {canonical_code(code): label for code, label in variable.asked.levels.items()}
    if not declared:
        return Grouping(level_ids(found.labels), found.codes)
    labels = tuple(declared.values())
    position = {code: labels.index(label) for code, label in declared.items()}
    lookup = np.array([position.get(code, -2) for code in found.labels] + [-1], dtype=np.int64)
    member = lookup[found.codes]
    if (member == -2).any():
        known = ", ".join(f"{code} ({label})" for code, label in declared.items())
        raise cells_error(
            table,
            variable.column,
            member == -2,
            f"not a level of variable {variable.id!r}",
            f"Levels are {known}. Correct the entries, or add them to the levels or to [data]"
            " missing.",
        )
    return Grouping(level_ids(labels), member)


def level_ids(labels: Iterable[str]) -> tuple[Level, ...]:
    """Make ids of labels, each once.

    Examples
    --------
    >>> [level.id for level in level_ids(["AML, low risk", "AML low risk", "5"])]
    ['aml_low_risk', 'aml_low_risk_2', 'level_5']
    """
    levels: list[Level] = []
    taken = set(_TAKEN)
    for label in labels:
        stem = _slug(label)
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name)
        levels.append(Level(name, label))
    return tuple(levels)


def _slug(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return slug if slug[:1].isalpha() else f"level_{slug}".rstrip("_")
