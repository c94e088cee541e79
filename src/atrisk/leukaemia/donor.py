"""Donor groups, and remission at transplantation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from atrisk.errors import InputError, nearest
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DonorGroup", "RemissionStatus", "donor_group", "remission_status", "status_at"]


@dataclass(frozen=True, slots=True)
class DonorGroup:
    """A donor and the group of the 2024 paper.

    Attributes
    ----------
    donor
        such as "haploidentical".
    group
        "matched related", "matched unrelated", "haploidentical or cord blood"; None: the paper has
        no such group.
    source
        the paper.
    """

    donor: str
    group: str | None
    source: str


@cache
def donor_group(donor: str) -> DonorGroup:
    """Find the group of a donor.

    Parameters
    ----------
    donor
        the code of the form (1 to 5), the donor in words or an abbreviation.

    Returns
    -------
    DonorGroup

    Raises
    ------
    InputError
        if it is no known donor.

    Examples
    --------
    >>> donor_group("4").group, donor_group("MMUD").group
    ('haploidentical or cord blood', None)
    """
    facts = load("donor")
    for code, row in facts["donors"].items():
        if donor.strip().casefold() in {code, row["label"], *row["aliases"]}:
            return DonorGroup(row["label"], row.get("group"), facts["groups"]["source"])
    labels = [row["label"] for row in facts["donors"].values()]
    raise InputError(
        f"there is no donor {donor!r}. Donors are: {', '.join(labels)}.{nearest(donor, labels)}"
    )


@dataclass(frozen=True, slots=True)
class RemissionStatus:
    """The disease on the day of a transplant.

    Attributes
    ----------
    call
        the last response before it, "relapse" if one followed; None: none is recorded.
    day
        of that response or relapse.
    in_remission
        None: no response is recorded.
    remission_number
        "CR1", "CR2" or "CR3+" by the relapses before; None: not in remission, or not recorded.
    """

    call: str | None
    day: int | None
    in_remission: bool | None
    remission_number: str | None


def remission_status(call: str | None, *, cri_counts: bool = True) -> bool | None:
    """Tell whether a response is a remission.

    Parameters
    ----------
    call
        CR, CRi, CRp, CRh, PR, refractory, relapse and so on; None, "cannot say" and
        "unclassified": not known.
    cri_counts
        whether remission with incomplete recovery counts. The 2024 paper writes CR in its results
        and CR/CRi in its discussion of the same patients.

    Returns
    -------
    bool or None

    Raises
    ------
    InputError
        if it is no known response.

    Examples
    --------
    >>> remission_status("CRi"), remission_status("CRi", cri_counts=False), remission_status("PR")
    (True, False, False)
    """
    if call in {None, "cannot say", "unclassified"}:
        return None
    facts = load("donor")["remission"]
    known = [*facts["in_remission"], *facts["not_in_remission"]]
    if call not in known:
        raise InputError(
            f"there is no response {call!r}. Responses are: {', '.join(known)}, cannot say."
            f"{nearest(call, known)}"
        )
    return call in facts["in_remission" if cri_counts else "complete"]


def status_at(
    transplant_day: int,
    responses: Iterable[tuple[int, str]],
    relapses: Iterable[int] = (),
    *,
    cri_counts: bool = True,
) -> RemissionStatus:
    """Give the disease on the day of a transplant from what was recorded before it.

    Parameters
    ----------
    transplant_day
        on the scale of the other days.
    responses
        (day, call) of each assessment.
    relapses
        day of every relapse, those before inotuzumab ozogamicin too: they number the remission.
    cri_counts
        as of `remission_status`.

    Returns
    -------
    RemissionStatus
        assessments on the day itself count; of two on a day the one listed last; a relapse on the
        day of a response comes after it.

    Examples
    --------
    >>> status_at(120, [(30, "CR"), (100, "CR")], relapses=[-40, 60])
    RemissionStatus(call='CR', day=100, in_remission=True, remission_number='CR3+')
    >>> status_at(120, [(30, "CR")], relapses=[60]).call
    'relapse'
    """
    before = sorted(day for day in relapses if day <= transplant_day)
    known_by_then = sorted((r for r in responses if r[0] <= transplant_day), key=lambda r: r[0])
    last = known_by_then[-1] if known_by_then else None
    if last is None and not before:
        return RemissionStatus(None, None, None, None)
    if last is None or (before and before[-1] >= last[0]):
        return RemissionStatus("relapse", before[-1], in_remission=False, remission_number=None)
    known = remission_status(last[1], cri_counts=cri_counts)
    number = ("CR1", "CR2", "CR3+")[min(len(before), 2)] if known else None
    return RemissionStatus(last[1], last[0], known, number)
