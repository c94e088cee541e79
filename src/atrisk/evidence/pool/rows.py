"""The rows of a pool: read from the file, from a CSV file, or from the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from atrisk.evidence.pool.models import PoolFile, PoolTable, StudyRow
    from atrisk.toml import TomlFile

__all__ = ["Collected", "PoolRow", "checked", "collected_of_file", "needed", "row_of"]

#: What each measure reads of a row.
needed: Mapping[str, tuple[str, ...]] = {
    "proportion": ("events", "total"),
    "ratio": ("ratio", "lower", "upper"),
    "survival": ("estimate", "lower", "upper"),
}


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One row to be pooled.

    Attributes
    ----------
    study, label, arm
        the study, how its row is called, the arm (None where it has one row).
    numbers
        what the measure needs: events and total, or an estimate with its limits (texts stay as
        they are printed).
    group
        the subgroup it belongs to; None without.
    moderators
        its values.
    source
        where the numbers are printed.
    remarks
        what has to be said of it: a count that was derived, a dose that stands for a range.
    traits
        of a row of the record, who the patients were, by the names of its columns.
    """

    study: str
    label: str
    arm: str | None
    numbers: Mapping[str, float | str]
    group: str | None = None
    moderators: Mapping[str, float] = field(default_factory=dict)
    source: str | None = None
    remarks: tuple[str, ...] = ()
    traits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collected:
    """The rows, what was left out of them (pairs of who and why), the papers (id and citation)."""

    rows: tuple[PoolRow, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    not_used: tuple[tuple[str, str], ...] = ()
    papers: tuple[tuple[str, str], ...] = ()


def collected_of_file(read: TomlFile, asked: PoolFile) -> Collected:
    """Take the rows that stand in the file itself.

    Raises
    ------
    InputError
        a row lacks a number, has one that the measure does not read, or names a study again
        without an arm; each at its line.
    """
    return checked(
        asked.studies, asked.pool, lambda at, key, said: read.error(("studies", at, key), said)
    )


def checked(
    rows: Iterable[StudyRow], pool: PoolTable, error: Callable[[int, str, str], InputError]
) -> Collected:
    """Hold rows against what is pooled.

    Parameters
    ----------
    rows
        as read.
    pool
        what is asked for.
    error
        makes the error of a row, a key and a problem.
    """
    found = tuple(rows)
    wanted = needed[pool.measure]
    for at, row in enumerate(found):
        _check_numbers(row, pool.measure, wanted, at, error)
        _check_traits(row, pool, at, error)
    _check_names(found, error)
    several = _several(row.study for row in found)
    return Collected(tuple(row_of(row, wanted, arm=row.study in several) for row in found))


def row_of(row: StudyRow, wanted: tuple[str, ...], *, arm: bool) -> PoolRow:
    """Make the row of a pool; its label names the arm where the study has several."""
    label = f"{row.study}, {row.arm}" if arm and row.arm else row.study
    return PoolRow(
        study=row.study,
        label=label,
        arm=row.arm,
        numbers={key: getattr(row, key) for key in wanted},
        group=row.subgroup,
        moderators=row.moderators,
        source=row.source,
    )


_OTHERS = ("events", "total", "estimate", "ratio", "lower", "upper")


def _check_numbers(
    row: StudyRow,
    measure: str,
    wanted: tuple[str, ...],
    at: int,
    error: Callable[[int, str, str], InputError],
) -> None:
    for key in wanted:
        if getattr(row, key) is None:
            raise error(
                at, key, f"{row.study} has no '{key}'; a {measure} needs {', '.join(wanted)}"
            )
    for key in _OTHERS:
        if key not in wanted and getattr(row, key) is not None:
            raise error(
                at,
                key,
                f"'{key}' of {row.study} is not read where the measure is {measure}: it needs"
                f" {', '.join(wanted)}",
            )


def _check_traits(
    row: StudyRow, pool: PoolTable, at: int, error: Callable[[int, str, str], InputError]
) -> None:
    if pool.subgroup is None and row.subgroup is not None:
        raise error(
            at,
            "subgroup",
            f"{row.study} has a subgroup, and [pool] asks for none: say what the subgroups are,"
            ' with subgroup = "Regimen", say',
        )
    if pool.subgroup is not None and row.subgroup is None:
        raise error(at, "subgroup", f"{row.study} has no subgroup ({pool.subgroup})")
    missing = [name for name in pool.moderators if name not in row.moderators]
    if missing:
        raise error(at, "moderators", f"{row.study} has no moderator {missing[0]!r}")
    idle = [name for name in row.moderators if name not in pool.moderators]
    if idle:
        asked = listed(pool.moderators) or "none"
        raise error(
            at,
            "moderators",
            f"{row.study} has a moderator {idle[0]!r} that [pool] does not ask for; moderators"
            f" asked for: {asked}",
        )


def _bare(name: str | None) -> str | None:
    """Spell a name alike whatever its case and blanks are."""
    return None if name is None else "".join(name.casefold().split())


def _check_names(rows: tuple[StudyRow, ...], error: Callable[[int, str, str], InputError]) -> None:
    first: dict[tuple[str | None, str | None], int] = {}
    spelled: dict[str | None, str] = {}
    for at, row in enumerate(rows):
        other = spelled.setdefault(_bare(row.study), row.study)
        if other != row.study:
            raise error(
                at,
                "study",
                f"{row.study!r} is {other!r} but for case and blanks. If these are arms of one"
                " study, write its name alike and name each with 'arm'; if they are reports of the"
                " same patients, keep one; if they are two studies, tell them apart by name",
            )
    several = _several(_bare(row.study) for row in rows)
    for at, row in enumerate(rows):
        if _bare(row.study) in several and row.arm is None:
            raise error(
                at,
                "study",
                f"{row.study!r} is there more than once. If these are arms of one study, name each"
                " with 'arm'; if they are reports of the same patients, keep one",
            )
        before = first.setdefault((_bare(row.study), _bare(row.arm)), at)
        if before != at:
            raise error(at, "arm", f"{row.study}, {row.arm} is there already (number {before + 1})")


def _several(names: Iterable[str | None]) -> set[str | None]:
    found = list(names)
    return {name for name in found if found.count(name) > 1}
