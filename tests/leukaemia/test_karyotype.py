"""Karyotypes: every class with its boundary, and what makes a text unreadable."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.karyotype import CATEGORIES, COUNTS, classify, classify_all, parse

TABLE_1 = "Kayser et al. 2024, Table 1 and text: normal, t(9;22), complex from 3 on, other"
EVOLUTION = "Kayser et al. 2024: clonal evolution to trisomy 14, trisomy 21, an additional X"
CHUN = "Chun et al. 2010, as described at cytomut.org/counting-methods/P5.chun2010"
ISCN = "ISCN 2020, errata at iscn.karger.com/ISCN/ISCN2020/errata"
ISCN_1995 = (
    "ISCN 1995, flandershealth.us/cytogenetics, numerical abnormalities and clonal evolution"
)
NCCN = "NCCN as given by BMJ Best Practice: KMT2A rearranged, t(4;11) or others"
CYDAS = "Hiller et al., BMC Bioinformatics 2003;4:4, Table 1"
GRIMWADE = "cytomut.org/counting-methods/P8.grimwade2010: add(14)(q32)x2 and +4mar count by copies"

# text, class with complex from 3 on, abnormalities of the union, source
TABLE = [
    ("46,XY[20]", "normal", 0, TABLE_1),
    ("46,XX,t(9;22)(q34;q11)[15]/46,XX[5]", "t(9;22)", 1, TABLE_1),
    ("47,XX,+X[12]", "other", 1, "Kayser et al. 2022: one had an additional X-chromosome"),
    ("46,XY,t(4;11)(q21;q23)[20]", "KMT2A", 1, NCCN),
    ("46,XX,del(6q),add(9)(p13),-7,+mar[10]", "complex", 4, TABLE_1),
    ("48,XX,+X,+14,+21[10]", "complex", 3, EVOLUTION),
    ("48,XX,+14,+21[10]", "other", 2, TABLE_1),
    ("47,XY,+21c[20]", "normal", 0, ISCN),
    ("48,XY,+21c,+21[10]", "other", 1, ISCN),
    ("46,XY,+21c,-21[10]", "other", 1, ISCN),
    ("45,XY,-7,t(9;22)(q34;q11),+8,add(1)(p36)[18]", "t(9;22)", 4, TABLE_1),
    ("46,XX,t(9;22)(q34;q11)[8]/47,idem,+der(22)t(9;22)[7]", "t(9;22)", 2, TABLE_1),
    ("47,XX,t(9;22)(q34;q11),+der(22)t(9;22)[9]", "t(9;22)", 2, CYDAS),
    # Forms of the translocation
    ("46,XX,t(9;22)(q34;q11.2)[20]", "t(9;22)", 1, TABLE_1),
    ("46,XX,t(9;22)(q34.1;q11.21)[20]", "t(9;22)", 1, TABLE_1),
    ("46,XX,t(9;22)[20]", "t(9;22)", 1, "cydas.org/HowTo: the breakpoints are often left out"),
    ("46,XX,t(9;22)(q34;q1?1)[20]", "t(9;22)", 1, TABLE_1),
    ("46,XY,der(22)t(9;22)(q34;q11)[4]", "t(9;22)", 1, TABLE_1),
    ("46,XY,der(9)del(9)(p12)t(9;22)(q34;q11)[4]", "t(9;22)", 1, TABLE_1),
    ("46,XY,ider(22)(q10)t(9;22)(q34;q11)[4]", "t(9;22)", 1, TABLE_1),
    ("46,XX,t(9;22;14)(q34;q11;q24)[20]", "t(9;22)", 1, TABLE_1),
    ("46,XX,t(1;9;22)(p36;q34;q11.2)[20]", "t(9;22)", 1, TABLE_1),
    ("46,XX,t(9;22)(p24;q11)[3]", "other", 1, "9p24 is not the band of ABL1"),
    ("46,XX,t(9;12)(q34;p13)[3]", "other", 1, "no chromosome 22"),
    ("46,XX,t(9;22)(p24;q11)[8]/47,idem,+der(22)t(9;22)[7]", "other", 2, "the bands are above"),
    ("46,XX,?t(9;22)(q34;q11)[20]", "other", 1, "a question mark leaves it open"),
    ("46,XX,del(22)(q11)[20]", "other", 1, "no translocation"),
    # Forms of KMT2A
    ("46,XY,t(4;11)[20]", "KMT2A", 1, NCCN),
    ("46,XY,t(11;19)(q23;p13.3)[20]", "KMT2A", 1, NCCN),
    ("46,XY,t(9;11)(p22;q23.3)[20]", "KMT2A", 1, NCCN),
    ("46,XY,der(11)t(4;11)(q21;q23)[20]", "KMT2A", 1, NCCN),
    ("46,XY,t(11;14)(q13;q32)[20]", "other", 1, "11q13 is not the band of KMT2A"),
    ("46,XY,del(11)(q23)[20]", "other", 1, "a deletion is no rearrangement"),
    ("46,XY,t(4;11)(q21;q23),t(9;22)(q34;q11)[20]", "t(9;22)", 2, "GIMEMA 0496: t(9;22) first"),
    ("46,XY,t(4;11)(q21;q23),-7,+8,+21[20]", "KMT2A", 4, "GIMEMA 0496: before complex"),
    # Counting
    ("46,XX,add(14)(q32)x2,+2mar[9]", "complex", 4, GRIMWADE),
    ("47,XX,+mar[9]/48,XX,+2mar[3]", "other", 2, CHUN),
    ("48,XX,+mar1,+mar2[9]", "other", 2, CHUN),
    ("48,XX,+8,+8[9]", "other", 2, CHUN),
    ("48,XX,+8x2[9]", "other", 2, CHUN),
    ("47,XX,+8[9]/47,XX,+8[4]/46,XX[2]", "other", 1, CHUN),
    ("47~49,XY,+1~3mar[9]", "complex", 3, CHUN),
    ("46,XX,5~30dmin[9]", "other", 1, "double minutes vary from cell to cell"),
    ("46,XX,der(9)del(9)(p12)add(9)(q34)[9]", "other", 1, CHUN),
    ("92,XXYY[9]", "other", 1, CHUN),
    ("46,XX,9qh+[20]", "normal", 0, "a variant of the heterochromatin"),
    ("46,XX,inv(9)(p12q13)c[20]", "normal", 0, ISCN),
    ("47,XXYc[20]", "normal", 0, ISCN_1995),
    ("48,XXYc,+X[20]", "other", 1, ISCN_1995),
    ("45,X,-Y[20]", "other", 1, ISCN_1995),
    ("46,X,t(X;9)(q13;q34)[5]", "other", 1, ISCN_1995),
    # Clones
    ("47,XX,+8[10]/48,idem,+9[3]/49,idem,+9,+11[2]", "complex", 3, ISCN_1995),
    (
        "46,XX,t(8;21)(q22;q22)[12]/45,sl,-X[19]/46,sdl1,+8[5]/47,sdl2,+9[8]",
        "complex",
        4,
        ISCN_1995,
    ),
    ("46,XX,del(5)(q13)[4]/47,sl,+8[3]/48,sdl,+9[2]", "complex", 3, ISCN_1995),
    ("46,XX[4]/47,XX,+8[10]/48,idem,+9[3]", "other", 2, "a normal clone is no stemline"),
    ("47,XX,+8[10]/46,idem,-8[3]", "other", 1, "what is lost again was gained once"),
    ("48,XX,+2mar[10]/47,idem,-mar[3]", "other", 2, "what is lost again was gained once"),
    ("48,XX,+2mar[10]/46,idem,-2mar[3]", "other", 2, "what is lost again was gained once"),
    ("45,XX,-7[10]/46,idem,+7[3]", "other", 1, "what is gained again was lost once"),
    ("46,XX,?t(9;22)(q34;q11)[5]/46,XX,t(9;22)(q34;q11)[3]", "t(9;22)", 1, "sure in one clone"),
    ("47,XX,+8[10]/94,idemx2[3]", "other", 1, "a doubled clone has the same abnormalities"),
    ("46~48<2n>,XX,+8[2],-7[3],del(5)(q13)[4][cp10]", "complex", 3, ISCN_1995),
    ("62<3n>,XXX,-1,-2,+8,+21[10]/46,XX[4]", "complex", 4, ISCN_1995),
    ("58,XXX,+8[10]", "other", 1, "the near-triploid range begins at 58"),
    ("57,XXX,+8[10]", "cannot read", 1, "XXX without c"),
    ("57<3n>,XXX,+8[10]", "other", 1, "relative to the triploid level"),
    ("47,XXX,t(X;1)(q13;q21)[10]", "cannot read", 1, "XXX without c"),
    ("46,X,t(1;2)(p36;q31)[10]", "cannot read", 1, "one X, and nothing of X or Y"),
    ("46,U[20]", "normal", 0, "sex chromosomes not disclosed"),
    ("mos 47,XX,+8[3]/46,XX[17]", "other", 1, ISCN_1995),
    # Chimaeras after transplantation: recipient // donor
    ("46,XY,t(9;22)(q34;q11)[4]//46,XX[16]", "t(9;22)", 1, "cells of the donor are not counted"),
    ("46,XY[4]//47,XX,+8[16]", "normal", 0, "cells of the donor are not counted"),
    ("//46,XX[20]", "missing", 0, "donor cells only"),
    # In-situ hybridisation and arrays stand apart
    ("46,XX[20].nuc ish(ABL1,BCR)x3(ABL1 con BCRx2)[180/200]", "t(9;22)", 0, TABLE_1),
    ("46,XX[20].nuc ish(ABL,BCR)x3(BCR con ABLx1)[180]", "t(9;22)", 0, TABLE_1),
    ("46,XX[20].ish t(9;22)(ABL1-;BCR+,ABL1+)[5]", "t(9;22)", 0, TABLE_1),
    ("46,XX[20].nuc ish(ABL1,BCR)x2[200]", "normal", 0, TABLE_1),
    ("46,XX[20].nuc ish(KMT2Ax2)(5'KMT2A sep 3'KMT2Ax1)[150/200]", "KMT2A", 0, NCCN),
    ("46,XX[20].nuc ish(MLLx2)(5'MLL sep 3'MLLx1)[150]", "KMT2A", 0, NCCN),
    ("46,XX[20].nuc ish(AFF1,KMT2A)x3(AFF1 con KMT2Ax2)[150]", "KMT2A", 0, NCCN),
    ("46,XX[20].ish t(4;11)(q21;q23)(KMT2A+;KMT2A+)[5]", "KMT2A", 0, NCCN),
    ("46,XX[20].ish 11q23(KMT2Ax2)[5]", "normal", 0, NCCN),
    ("46,XX[20].nuc ish(KMT2Ax3)[200]", "normal", 0, "a gain is no rearrangement"),
    ("47,XX,+8[3].ish 8cen(D8Z1x3)[3]/46,XX[17]", "other", 1, "the clones go on after the probe"),
    ("46,XX[20].arr[GRCh38] 9p21.3(21802636_22009732)x0", "normal", 0, "arrays are not classed"),
    ("nuc ish(KMT2Ax2)[200]", "missing", 0, "no karyotype by banding"),
    ("no metaphases. nuc ish(ABL1,BCR)x3(ABL1 con BCRx2)[180]", "t(9;22)", 0, TABLE_1),
    # Spellings
    ("Karyotype: 46, XY, t(9;22) (q34;q11.2) [20].", "t(9;22)", 1, "spaces, label, point"),
    ("45,XX,\N{MINUS SIGN}7[20]", "other", 1, "a printed minus"),
    ("45,XX,\N{EN DASH}7[20]", "other", 1, "a dash for a minus"),
    ("46,XX,del(5)(q13)\N{MULTIPLICATION SIGN}2[9]", "other", 2, "a printed times"),
    ('"46,XX[20]"', "normal", 0, "quotes"),
    # Not understood
    ("46,XX,6q-[20]", "cannot read", 0, "not ISCN"),
    ("47,XXY[20]", "cannot read", 0, "neither inborn nor acquired"),
    ("45,X[20]", "cannot read", 0, "neither inborn nor acquired"),
    ("47,XX[20]", "cannot read", 0, "which chromosome?"),
    ("del(9)(p21)", "cannot read", 1, "no number of chromosomes"),
    ("46,XX,inc[4]", "cannot read", 0, "incomplete"),
    ("normal", "cannot read", 0, "not ISCN"),
    ("46,XX,t(4;11)(q21;q23),foo[9]", "cannot read", 1, "foo might be a t(9;22)"),
    ("46,XX,t(9;22)(q34;q11),foo[9]", "t(9;22)", 1, "nothing comes before t(9;22)"),
    ("t(9;22)(q34;q11)", "t(9;22)", 1, "nothing comes before t(9;22)"),
]


@pytest.mark.parametrize(("text", "category", "abnormalities", "source"), TABLE)
def test_classes(text, category, abnormalities, source) -> None:
    found = classify(text)
    assert (found.category, found.abnormalities) == (category, abnormalities), source


def test_every_class_is_in_the_table() -> None:
    assert {row[1] for row in TABLE} == set(CATEGORIES)


# text, from how many on, class, reason, source of the number
THRESHOLDS = [
    ("46,XX,del(6q),add(9)(p13),-7,+mar[10]", 5, "other", "4 abnormalities, complex from 5 on"),
    ("48,XX,+X,+14,+21[10]", 5, "other", "3 abnormalities, complex from 5 on"),
    ("48,XX,+X,+14,+21[10]", 3, "complex", "3 abnormalities, complex from 3 on"),
    ("48,XX,+X,+14,+21[10]", 4, "other", "3 abnormalities, complex from 4 on"),
    ("47,XX,+8[9]", 1, "complex", "1 abnormality, complex from 1 on"),
]


@pytest.mark.parametrize(("text", "complex_at", "category", "reason"), THRESHOLDS)
def test_the_threshold_of_complex_is_a_parameter_and_printed(
    text, complex_at, category, reason
) -> None:
    """Bassan 2009: from 3 on; Moorman 2007 and NCCN: from 5 on."""
    found = classify(text, complex_at=complex_at)
    assert (found.category, found.reason) == (category, f"{reason} (union of clones)")
    assert found.complex_at == complex_at


def test_the_default_threshold_is_the_sourced_one() -> None:
    facts = load("karyotype")["complex"]
    assert classify("46,XX[20]").complex_at == facts["from"]
    assert "Bassan" in facts["source"]


def test_the_largest_clone_is_an_option() -> None:
    clones = "47,XX,+8[10]/47,XX,+9[3]/48,XX,+11,+12[2]"
    assert classify(clones).abnormalities == 4
    found = classify(clones, count="largest")
    assert (found.category, found.abnormalities) == ("other", 2)
    assert found.reason == "2 abnormalities, complex from 3 on (the clone with the most)"
    assert found.counted == ("+11", "+12")


def test_bcr_abl1_by_another_method_decides() -> None:
    assert classify("46,XX[20]", bcr_abl1=True).category == "t(9;22)"
    assert classify("no metaphases", bcr_abl1=True).reason == "BCR::ABL1 as recorded"
    assert classify("46,XX[20]", bcr_abl1=False).category == "normal"
    against = classify("46,XX,t(9;22)(q34;q11)[20]", bcr_abl1=False)
    assert against.category == "t(9;22)"
    assert "BCR::ABL1 is recorded as negative" in against.notes


# text, cells asked for with a gain and a loss, abnormalities
CLONALITY = [
    ("47,XX,+8[1]/46,XX[19]", None, 1),
    ("47,XX,+8[1]/46,XX[19]", (2, 3), 0),
    ("47,XX,+8[2]/46,XX[18]", (2, 3), 1),
    ("45,XX,-7[2]/46,XX[18]", (2, 3), 0),
    ("45,XX,-7[3]/46,XX[17]", (2, 3), 1),
    ("46,XX,del(5)(q13)[1]/46,XX[19]", (2, 3), 0),
    # An abnormality of two clones has the cells of both.
    ("47,XX,+8[1]/48,idem,+9[1]", (2, 3), 1),
    # The cells behind an abnormality of a composite karyotype are its own.
    ("45~48,XX,+8[2],-5[2],+11[3][cp7]", (2, 3), 2),
    # Without a number of cells nothing is dropped.
    ("47,XX,+8", (2, 3), 1),
]


@pytest.mark.parametrize(("text", "clonality", "abnormalities"), CLONALITY)
def test_clonality_must_be_asked_for(text, clonality, abnormalities) -> None:
    assert classify(text, clonality=clonality).abnormalities == abnormalities


def test_clonality_is_said_to_be_the_users() -> None:
    found = classify("47,XX,+8[1]/46,XX[19]", clonality=(2, 3))
    assert found.category == "normal"
    assert found.notes[-2:] == (
        "clonal from 2 cells with a gain or structural change and 3 with a loss: "
        "as given by the user, no source",
        "+8: in too few cells, not counted",
    )


def test_too_few_metaphases_can_be_asked_for() -> None:
    assert classify("46,XX[9]").category == "normal"
    found = classify("46,XX[9]", min_metaphases=10)
    assert (found.category, found.reason) == ("missing", "normal in 9 metaphases, 10 needed")
    assert classify("46,XX[10]", min_metaphases=10).category == "normal"
    assert classify("46,XX", min_metaphases=10).category == "missing"
    assert classify("47,XX,+8[4]", min_metaphases=10).category == "other"


def test_what_was_counted_is_named() -> None:
    found = classify("47,XX,t(9;22)(q34;q11),+8[3]/48,XX,t(9;22),+2mar[4]")
    assert found.counted == ("t(9;22)(q34;q11)", "+8", "+mar x2")
    assert found.metaphases == 7


def test_the_parts_of_a_karyotype_are_kept() -> None:
    read = parse("46,XY,t(9;22)(q34;q11)[4]/46,XY[2]//46,XX[16].nuc ish(KMT2Ax2).arr(X,1-22)x2")
    assert [clone.cells for clone in read.clones] == [4, 2]
    assert [clone.normal for clone in read.clones] == [False, True]
    assert (read.donor, read.fish, read.other) == (
        "46,XX[16]",
        ("nuc ish(KMT2Ax2)",),
        ("arr(X,1-22)x2",),
    )


def test_a_clone_keeps_what_is_written_of_it() -> None:
    first, second = parse("45~48<2n>,XX,+8[2][cp7]/47,idem,+9,inc[3]").clones
    assert (first.chromosomes, first.ploidy, first.sex) == ((45, 48), 2, "XX")
    assert (first.cells, first.composite, first.items[0].cells) == (7, True, 2)
    assert (second.inherits, second.incomplete) == ("idem", True)
    assert [item.key for item in second.abnormalities] == ["+8", "+9"]


def test_many_texts_are_classed_each_with_its_own_molecular_result() -> None:
    texts = ["46,XX[20]", "", "46,XX[20]"]
    found = classify_all(texts, bcr_abl1=[None, None, True], complex_at=5, count="largest")
    assert [one.category for one in found] == ["normal", "missing", "t(9;22)"]
    assert {(one.complex_at, one.count) for one in found} == {(5, "largest")}
    assert classify_all([]) == ()
    assert classify_all(["47,XX,+8[1]"], clonality=(2, 3))[0].abnormalities == 0
    assert classify_all(["46,XX[4]"], min_metaphases=10)[0].category == "missing"


MISTAKES = [
    ({"count": "unions"}, r"count='unions' is not a way.* Did you mean 'union'\?.*union, largest"),
    ({"complex_at": 0}, r"complex_at=0 must be 1 or more"),
    ({"clonality": (2, 0)}, r"clonality=2, 0 must be 1 or more"),
    ({"min_metaphases": 0}, r"min_metaphases=0 must be 1 or more"),
]


@pytest.mark.parametrize(("options", "message"), MISTAKES)
def test_impossible_options_are_refused(options, message) -> None:
    with pytest.raises(InputError, match=message):
        classify("46,XX[20]", **options)


def test_a_result_for_each_text_is_asked_for() -> None:
    with pytest.raises(InputError, match="bcr_abl1 has 1 values for 2 karyotypes"):
        classify_all(["46,XX[20]", "46,XY[20]"], bcr_abl1=[None])


@pytest.mark.parametrize("count", COUNTS)
def test_both_ways_agree_on_one_clone(count) -> None:
    assert classify("46,XX,del(5)(q13),-7[9]", count=count).abnormalities == 2


def test_metaphases_are_known_only_if_every_clone_has_them() -> None:
    assert classify("47,XX,+8[3]/46,XX").metaphases is None
    assert classify("46,XX").reason == "no acquired abnormality, number of metaphases not written"
    assert classify("46,XX[20]").reason == "no acquired abnormality, 20 metaphases"


def test_a_negative_bcr_abl1_is_no_remark_where_none_is_claimed() -> None:
    assert classify("46,XX[20]", bcr_abl1=False).notes == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("//46,XX[20]", "donor cells only"),
        ("arr(X,1-22)x2", "no karyotype by banding, only by in-situ hybridisation or arrays"),
        ("nuc ish(KMT2Ax2)", "no karyotype by banding, only by in-situ hybridisation or arrays"),
        ("failed", "no karyotype: 'failed'"),
        ("", "no karyotype"),
    ],
)
def test_why_a_karyotype_is_missing(text, reason) -> None:
    assert classify(text).reason == reason


def test_words_for_none_are_told_from_text_of_another_method() -> None:
    assert parse("failed").missing
    assert parse("no metaphases. nuc ish(KMT2Ax2)").missing
    assert not parse("46,XX[20]").missing
