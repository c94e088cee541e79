"""Karyotypes: words for none, what is not understood, and what to know about a class."""

from __future__ import annotations

import pytest

from atrisk.leukaemia.facts import load
from atrisk.leukaemia.karyotype import classify, parse

MISSING = [
    (language, word)
    for language, words in load("karyotype")["missing"].items()
    if language != "source"
    for word in words
]


@pytest.mark.parametrize(("language", "word"), MISSING)
def test_words_for_no_karyotype(language, word) -> None:
    assert {classify(word).category, classify(f" {word.upper()}. ").category} == {"missing"}, (
        language
    )


@pytest.mark.parametrize(
    "text", ["", "  ", "-", "no metaphases (0/20)", "keine Metaphasen erhalten"]
)
def test_missing_text_with_more_around_it(text) -> None:
    assert classify(text).category == "missing"


@pytest.mark.parametrize("text", ["unknownish", "46,XX,foo unknown[20]", "faileder"])
def test_a_word_within_another_or_beside_iscn_is_not_missing(text) -> None:
    assert classify(text).category == "cannot read"


# text, what is reported
PROBLEMS = [
    ("46,XX,6q-[20]", ["'6q-': not an abnormality in ISCN"]),
    ("46,XX,t(9,22)(q34,q11)[20]", ["'t(9,22)(q34,q11)': not an abnormality in ISCN"]),
    ("46,XX,del(5)(q13[20]", ["'del(5)(q13': not an abnormality in ISCN"]),
    ("46,XX,+23[20]", ["'+23': not an abnormality in ISCN"]),
    ("46,XX,8[20]", ["'8': a chromosome without + or -"]),
    ("46,XX,t(9;22)(q34)[20]", ["'t(9;22)(q34)': 2 chromosomes, but bands for 1"]),
    ("46,XX,t(9)(q34)[20]", ["'t(9)(q34)': a translocation of one chromosome"]),
    ("46,XX,,+8[20]", ["'46,XX,,+8[20]': an empty place between two commas"]),
    ("46,t(9;11)(p22;q23)[20]", ["'t(9;11)(p22;q23)': the sex chromosomes are expected here"]),
    ("46[20]", ["the sex chromosomes are expected here"]),
    ("XX,+8[20]", ["'XX': a clone begins with its number of chromosomes"]),
    ("48~46,XX,+8[20]", ["'48~46': a range that falls"]),
    ("47,idem,+8[20]", ["'idem': no clone with an abnormality stands before it"]),
    (
        "47,XX,+8[2]/48,sl,+9[2]/48,sl,+10[2]/49,sdl,+11[2]",
        ["'sdl': which of 2 sidelines is not clear"],
    ),
    ("47,XX,+8[2]/48,sdl4,+9[2]", ["'sdl4': which of 0 sidelines is not clear"]),
    ("47,XX[20]", ["'47': no abnormality explains this number of chromosomes"]),
    ("147,XXYc[20]", ["'147': no abnormality explains this number of chromosomes"]),
    ("46,XY,+21c[20]", ["'46': no abnormality explains this number of chromosomes"]),
    ("46,XX[0]", ["'46,XX[0]': a clone of no cells"]),
    ("46,XX[]", ["'XX[]': the sex chromosomes are expected here"]),
    ("46,XX,del(5)(q913)[4]", ["'del(5)(q913)': not an abnormality in ISCN"]),
    ("46,XX,del(5)(qq13)[4]", ["'del(5)(qq13)': not an abnormality in ISCN"]),
    ("46,XX[20] Ph+", ["'XX[20]Ph+': the sex chromosomes are expected here"]),
    (
        "46,XX,foo,bar[20]",
        ["'foo': not an abnormality in ISCN", "'bar': not an abnormality in ISCN"],
    ),
]


@pytest.mark.parametrize(("text", "problems"), PROBLEMS)
def test_what_is_not_understood_is_reported_with_its_token(text, problems) -> None:
    assert [str(problem) for problem in parse(text).problems][: len(problems)] == problems
    found = classify(text)
    assert found.category == "cannot read"
    assert problems[0] in found.reason


# text, note
NOTES = [
    ("48,XX,+X,+14,+21[10]", "48 chromosomes are written, the abnormalities give 49"),
    ("46,XX,dic(9;20)(p13;q11)[10]", "46 chromosomes are written, the abnormalities give 45"),
    ("47,XX,+1~3mar[10]", "+1~3mar: a range, 3 counted"),
    ("46,XX,?del(5)(q13)[10]", "?del(5)(q13): doubtful, counted, but it sets no class"),
    ("46,XX,i(17)(q10) or del(17)(p11)[4]", "doubtful, counted, but it sets no class"),
    ("47,XX,+8[1]", "47,XX,+8[1]: one cell, counted"),
    ("46,XX,del(5)(q13),inc[4]", "incomplete (inc): there are more abnormalities than are named"),
    ("46,XY,t(11;14)[20]", "t(11;14): no bands, KMT2A is open"),
    ("46,XX,ins(10;11)(p12;q23q23)[5]", "a break in 11q23 that is no translocation, KMT2A is open"),
    ("46,XX,ins(22;9)(q11;q34q34)[5]", "ins(22;9)(q11;q34q34): joins 9 and 22, not in"),
    ("46,XX,t(9;22;14)[5]", "t(9;22;14): joins 9 and 22, not in 9q34 and 22q11"),
    ("46,XX,t(9;22)(q3;q11)[5]", "joins 9 and 22, not in 9q34 and 22q11, BCR::ABL1 is open"),
    ("47,XX,dmin[9]", "47 chromosomes are written, the abnormalities give 46"),
    ("46,XX,del(5)(q13),9qh+,+8[9]", "46 chromosomes are written, the abnormalities give 47"),
    ("47,XX,+8[9]/49,idem,+9[2]", "49 chromosomes are written, the abnormalities give 48"),
    ("92,XXYY[5]", "a gain of whole sets, counted as one"),
    ("46,XX[9].nuc ish(KMT2Ax2)", "hybridisation and arrays are read for BCR::ABL1 and KMT2A only"),
    ("46,XX,t(9;22)(q34;q11),foo[9]", "the count is of what was understood"),
]


@pytest.mark.parametrize(("text", "note"), NOTES)
def test_what_bears_on_the_class_is_said(text, note) -> None:
    assert any(note in line for line in classify(text).notes)


@pytest.mark.parametrize(
    "text",
    [
        "46,XX,del(6q),add(9)(p13),-7,+mar[10]",
        "45,X,-Y[20]",
        "45,XX,dic(9;20)(p13;q11)[9]",
        "47,XY,+21c[9]",
        "46,XX,+1,der(1;7)(q10;q10)[9]",
        "46,XX,der(9)t(9;12)(p13;q13)[9]",
        "47,XX,+8[9]/48,idem,+9[2]/94,idemx2[2]",
        "45~47,XX,+8,+9[cp5]",
        "49,XX,+8,+9[cp5]",
        "60<3n>,XXX,+8[5]",
        "46,XX,dmin[5]",
        "46,XX,9qh+,del(5)(q13)[5]",
        "47,XX,+mar[5]",
        "48,XXYc,+8[5]",
        "46,XX,tas(12;13)(q24;q34)[5]",
    ],
)
def test_a_number_that_fits_has_no_note(text) -> None:
    assert classify(text).notes == ()


# text, lowest and highest number, group
PLOIDY = [
    ("48,XX,+X,+14,+21[10]", (48, 48), "hyperdiploid, 47-50"),
    ("43,XX,-7,-8,-9[10]/46,XX[3]", (43, 43), "hypodiploid, <44"),
    ("44,XX,-7,-8[10]", (44, 44), "44-45"),
    ("51~65<2n>,XX,+4,+10,+17[cp9]", (51, 65), "hyperdiploid, 51-65"),
    ("45,XX,-7[5]/47,XX,+8[5]", (45, 47), ""),
    ("46,XX[20]", None, ""),
]


@pytest.mark.parametrize(("text", "chromosomes", "ploidy"), PLOIDY)
def test_numbers_of_chromosomes(text, chromosomes, ploidy) -> None:
    """NCCN as given by BMJ Best Practice: hypodiploidy below 44, hyperdiploidy 51 to 65."""
    found = classify(text)
    assert (found.chromosomes, found.ploidy) == (chromosomes, ploidy)


def test_an_incomplete_clone_has_no_note_on_its_number() -> None:
    assert classify("49,XX,+8,inc[3]").notes == (
        "incomplete (inc): there are more abnormalities than are named",
    )


def test_a_range_of_markers_has_no_note_on_the_number() -> None:
    assert classify("47,XX,+1~3mar[3]").notes == ("+1~3mar: a range, 3 counted",)
