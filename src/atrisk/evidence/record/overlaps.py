"""Which studies may be counted together: no patient twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.evidence.record.counts import whole
from atrisk.evidence.record.vocabulary import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atrisk.evidence.record.models import Overlap, Study

__all__ = ["Independent", "LeftOut", "independent", "overlap_groups"]

_TURNED = {"contains": "subset_of", "subset_of": "contains"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A study that is not counted: the chosen study that overlaps with it, how and why."""

    study: str
    because_of: str
    relation: str
    reason: str

    @property
    def text(self) -> str:
        """Say it in a sentence.

        Examples
        --------
        >>> LeftOut("a", "b", "subset_of", "the first 49 of the 90").text
        'a is left out: beside b it has a part of the same patients (the first 49 of the 90)'
        """
        said = RELATIONS[self.relation]
        return f"{self.study} is left out: beside {self.because_of} it {said} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Independent:
    """Studies without a patient in two of them, and those left out, each with its reason."""

    chosen: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def _links(studies: Iterable[Study]) -> dict[tuple[str, str], Overlap]:
    """Give every overlap between two of the studies, from both sides."""
    studies = tuple(studies)
    names = {study.study.id for study in studies}
    links: dict[tuple[str, str], Overlap] = {}
    for study in studies:
        for overlap in study.overlaps:
            if overlap.study in names:
                links[study.study.id, overlap.study] = overlap
    for (one, other), overlap in tuple(links.items()):
        turned = _TURNED.get(overlap.relation, overlap.relation)
        back = overlap.model_copy(update={"study": one, "relation": turned})
        links.setdefault((other, one), back)
    return links


def overlap_groups(studies: Iterable[Study]) -> dict[str, str]:
    """Name the group of each study: studies that overlap, directly or by others, are one group.

    Returns
    -------
    dict
        the id of each study, with the first id (in the order of the alphabet) of its group.
    """
    studies = tuple(studies)
    group = {study.study.id: study.study.id for study in studies}
    for one, other in sorted(_links(studies)):
        first, second = sorted((group[one], group[other]))
        group = {name: first if at == second else at for name, at in group.items()}
    return group


def independent(studies: Iterable[Study], sizes: Mapping[str, int] | None = None) -> Independent:
    """Choose studies so that no patient is counted twice.

    The study with most patients is taken first; of equal ones the final report, then the latest,
    then the first by its id. Every study that overlaps with a chosen one is left out.

    Parameters
    ----------
    studies
        those to choose from.
    sizes
        how many patients of each study would be counted (by id); the study's ``n`` if None.

    Returns
    -------
    Independent
        the chosen ids and those left out, each with the chosen study, the relation and its reason;
        the same for any order of ``studies``.
    """
    studies = tuple(studies)
    links = _links(studies)

    def rank(study: Study) -> tuple[int, int, int, str]:
        info = study.study
        size = (whole(info.n) or 0) if sizes is None else sizes.get(info.id, 0)
        return (-size, -int(info.final), -(info.year or 0), info.id)

    chosen: list[str] = []
    left_out: list[LeftOut] = []
    for study in sorted(studies, key=rank):
        name = study.study.id
        clash = next((one for one in chosen if (name, one) in links), None)
        if clash is None:
            chosen.append(name)
        else:
            link = links[name, clash]
            left_out.append(LeftOut(name, clash, link.relation, link.reason))
    return Independent(tuple(sorted(chosen)), tuple(sorted(left_out, key=lambda o: o.study)))
