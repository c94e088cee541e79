"""Karyotypes as texts of the ISCN, dealt out as the paper tells of diagnosis and relapse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .patients import Patient

__all__ = ["deal_karyotypes"]

NOT_DONE = "ND"

#: `{s}` stands for the sex chromosomes.
PHILADELPHIA = (
    "46,{s},t(9;22)(q34;q11)[18]/46,{s}[2]",
    "46,{s},t(9;22)(q34;q11)[20]",
    "47,{s},+8,t(9;22)(q34;q11)[12]/46,{s}[8]",
    "46,{s},t(9;22)(q34;q11)[8]/47,idem,+der(22)t(9;22)[7]",
    "45,{s},-7,t(9;22)(q34;q11)[15]/46,{s}[5]",
)
COMPLEX = (
    "46,{s},del(6)(q21),-7,add(9)(p13),+mar[14]",
    "47,{s},+8,del(9)(p21),i(17)(q10)[11]/46,{s}[9]",
    "48,{s},dup(1)(q21q32),+8,+21[10]/46,{s}[10]",
    "45,{s},del(12)(p12),add(14)(q32),-20[16]",
    "46,{s},t(1;19)(q23;p13),del(6)(q15),i(9)(q10)[17]/46,{s}[3]",
    "44,{s},add(4)(q31),-9,-13[9]/46,{s}[11]",
    "46,{s},dup(1)(q21q44),der(5)t(5;12)(q31;p13),del(7)(p13)[20]",
    "47,{s},inv(3)(q21q26),+5,del(13)(q12q14)[8]/46,{s}[12]",
    "46,{s},-8,del(9)(p13),add(17)(p11),+mar[13]",
    "49,{s},+4,+10,+17[6]/46,{s}[14]",
    "46,{s},del(5)(q31),add(12)(p13),del(20)(q11)[15]",
    "45,{s},del(6)(q16),-17,add(19)(p13)[12]/46,{s}[8]",
    "47,{s},del(4)(q21),add(16)(q24),+mar[10]",
)
OTHER = (
    "46,{s},t(1;19)(q23;p13)[14]/46,{s}[6]",
    "47,{s},+8[10]/46,{s}[10]",
    "46,{s},del(9)(p13)[15]/46,{s}[5]",
    "46,{s},del(6)(q16)[9]/46,{s}[11]",
    "46,{s},add(12)(p13)[16]/46,{s}[4]",
    "47,{s},+21[8]/46,{s}[12]",
)
NORMAL = "46,{s}[20]"
EVOLVED = "49,{s},+X,+14,+21[10]/46,{s}[10]"
NEW_AT_RELAPSE = ("47,{s},+5[9]/46,{s}[11]", "46,{s},t(4;11)(q21;q23)[16]/46,{s}[4]")


def _pairs() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give the karyotypes at diagnosis and relapse, of 17 with t(9;22) and of the 41 others."""
    found = [PHILADELPHIA[place % 5] for place in range(16)]
    positive = [(text, NOT_DONE) for text in found[:8]]
    positive += [(text, NORMAL) for text in found[8:10]] + [(text, text) for text in found[10:]]
    positive += [(NOT_DONE, PHILADELPHIA[1])]
    others = [(NORMAL, EVOLVED)] + [(NORMAL, NORMAL)] * 3 + [(NORMAL, NOT_DONE)] * 9
    at_relapse = [*COMPLEX[:2], NORMAL, NORMAL, NORMAL, *NEW_AT_RELAPSE, *[NOT_DONE] * 6]
    others += list(zip(COMPLEX, at_relapse, strict=True))
    others += [(text, text) for text in OTHER[:3]] + [(text, NOT_DONE) for text in OTHER[3:]]
    others += [(NOT_DONE, NOT_DONE)] * 9
    return positive, others


def deal_karyotypes(cohort: list[Patient], rng: Any) -> None:  # noqa: ANN401 - a NumPy generator
    """At diagnosis t(9;22) 16, normal 13, complex 13, other 6; at relapse 7, 8, 3, 5."""
    positive, others = ([deck[place] for place in rng.permutation(len(deck))] for deck in _pairs())
    for patient in cohort:
        pair = (positive if patient.philadelphia else others).pop()
        chromosomes = "XX" if patient.sex == "F" else "XY"
        patient.karyotypes = (
            pair[0].replace("{s}", chromosomes),
            pair[1].replace("{s}", chromosomes),
        )
