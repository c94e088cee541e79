"""Karyotypes as laboratories write them, each class and count decided by hand before it was run."""

from __future__ import annotations

import pytest

from atrisk.leukaemia.karyotype import classify

# text, class with complex from 3 on, abnormalities of the union. By the order of classes of Kayser
# et al. 2024, and counted as Chun et al. 2010, cytomut.org/counting-methods/P5.chun2010.
BY_HAND = [
    ("27<1n>,X,+14,+18,+21[4]", "complex", 3),
    ("25,X,+X,+21[5]/46,XX[15]", "other", 2),
    ("46,XX[25]", "normal", 0),
    ("46,XX", "normal", 0),
    ("46, XX [20]", "normal", 0),
    ("49,XX,+X,+14,+21[10]/46,XX[10]", "complex", 3),
    ("46,XY,t(9;22)(q34.1;q11.2)[10]/47,sl,+8[5]/46,XY[3]", "t(9;22)", 2),
    ("47,XY,+5[7]/46,XY[13]", "other", 1),
    ("46,XX,t(1;19)(q23;p13)[20]", "other", 1),
    ("46,XX,der(19)t(1;19)(q23;p13.3)[12]/46,XX[8]", "other", 1),
    ("46,XY,t(12;21)(p13;q22)[5]", "other", 1),
    ("46,XX,t(8;14)(q24;q32)[20]", "other", 1),
    ("46,XY,t(11;19)(q23;p13.3)[10]", "KMT2A", 1),
    ("47,XX,t(4;11)(q21;q23),+X[9]/46,XX[11]", "KMT2A", 2),
    ("46,XX,t(6;11)(q27;q23.3)[4]", "KMT2A", 1),
    ("46,XX,ins(10;11)(p12;q23q13)[6]", "other", 1),
    ("46,XX,inv(11)(q13q23)[6]", "other", 1),
    ("46,XX,del(11)(q23)[6]", "other", 1),
    ("46,XY,add(11)(q23)[6]", "other", 1),
    ("54,XX,+X,+4,+6,+10,+14,+17,+21,+21[15]/46,XX[5]", "complex", 8),
    ("55,XY,+X,+4,+6,+8,+10,+14,+17,+18,+21[12]", "complex", 9),
    ("36,XX,-2,-3,-4,-5,-7,-13,-15,-16,-17,-20[8]/46,XX[12]", "complex", 10),
    ("37,XY,-2,-3,-4,-7,-9,-13,-15,-16,-17[6]/72,idemx2[4]/46,XY[10]", "complex", 9),
    ("92,XXYY[4]/46,XY[16]", "other", 1),
    ("46,XX,i(9)(q10)[10]", "other", 1),
    ("45,XX,dic(9;20)(p13;q11)[20]", "other", 1),
    ("45,XY,der(7;9)(q10;q10)[9]", "other", 1),
    ("46,XX,i(17)(q10)[4]", "other", 1),
    ("46,XY,del(9)(p21)[8]/46,XY[12]", "other", 1),
    ("46,XY,del(6)(q15q21),del(9)(p21)[8]", "other", 2),
    ("46,XY,?del(6)(q21)[3]/46,XY[17]", "other", 1),
    ("46,XX,t(9;22)(q34;q11),inv(9)(p12q13)c[20]", "t(9;22)", 1),
    ("46,XX,inv(9)(p11q13)[20]", "other", 1),
    ("45,X,-X[5]/46,XX[15]", "other", 1),
    ("45,X,-Y[8]/46,XY[12]", "other", 1),
    ("44~47,XY,-7,+8,+mar,inc[cp8]", "complex", 3),
    ("45~48,XX,add(1)(p36),-5,+8,-13,+1~2mar[cp12]/46,XX[4]", "complex", 6),
    ("46,XX[20]//46,XY[5]", "normal", 0),
    ("//46,XY[20]", "missing", 0),
    ("46,XY,t(9;22)(q34;q11)[3]//46,XX[17]", "t(9;22)", 1),
    ("46,XY[20].nuc ish(ABL1,BCR)x3(ABL1 con BCRx2)[180/200]", "t(9;22)", 0),
    ("46,XX[20].nuc ish(KMT2Ax2)[200]", "normal", 0),
    ("nuc ish(ABL1,BCR)x2[200]", "missing", 0),
    ("46,XX.ish t(9;22)(q34;q11)(ABL1+;BCR+)[5]", "t(9;22)", 0),
    ("46,XX,del(5)(q13q33),-7,+8,+8[10]", "complex", 4),
    ("47,XX,+8,i(9)(q10)[8]/48,idem,+der(22)[4]", "complex", 3),
    ("46,XX,dup(1)(q21q32),add(8)(q24),der(14)t(8;14)(q24;q32)[7]", "complex", 3),
    ("46,XY,t(9;22;11)(q34;q11;q23)[20]", "t(9;22)", 1),
    ("46,XY,der(9)t(9;22)(q34;q11)del(9)(q34q34),der(22)t(9;22)[20]", "t(9;22)", 2),
    ("no metaphases", "missing", 0),
    ("keine Metaphasen", "missing", 0),
    ("", "missing", 0),
    ("n.d.", "missing", 0),
    ("not done", "missing", 0),
    ("failed culture", "missing", 0),
    ("complex karyotype", "cannot read", 0),
    ("46 XX", "cannot read", 0),
    ("46,XY,t(9;22)", "t(9;22)", 1),
    ("Ph+", "cannot read", 0),
    ("46,XX,-7,+7[3]", "other", 2),
    ("46,XX,t(9;22)(q34;q11", "cannot read", 0),
    ("46,XY,6q-", "cannot read", 0),
    ("46,xy[20]", "normal", 0),
    ("46,XX,t(14;18)(q32;q21),t(8;22)(q24;q11)[5]", "other", 2),
    ("46,XX,der(22)t(9;22)(q34;q11)[2]", "t(9;22)", 1),
    ("47,XX,+der(22)t(9;22)(q34;q11)[2]", "t(9;22)", 1),
    ("46,XX,add(14)(q32)x2[9]", "other", 2),
    ("48,XX,+2mar[9]", "other", 2),
    ("46,XX,iamp(21)(q22)[5]", "cannot read", 0),
    ("46,XX,-20,+mar[8]/46,XX[12]", "other", 2),
    ("46,XY,t(9;22)(q34;q11)[20]/46,XY,t(9;22)(q34;q11),del(7)(p13)[3]", "t(9;22)", 2),
    ("45,XX,-7[10]/45,XX,-7,add(3)(q21)[5]/46,XX,del(5)(q31)[3]", "complex", 3),
    ("46,XX,t(9;22)(q34;q11.2)[cp10]", "t(9;22)", 1),
    ("48,XY,+8,+19[2]/46,XY[18]", "other", 2),
    ("46,XX,r(7)(p22q36)[5]", "other", 1),
    ("47,XX,+r[5]", "other", 1),
    ("46,XY,dmin[5]", "other", 1),
    ("46,XY,hsr(8)(q24)[3]", "other", 1),
    ("46,XY,trp(1)(q21q32)[3]", "other", 1),
    ("46,XX,t(X;14)(p22;q32)[9]", "other", 1),
    ("46,X,idic(X)(q13)[9]", "other", 1),
    ("46,XX,del(13)(q12q14)/46,XX", "other", 1),
    ("46,XX[20]; FISH: BCR/ABL negative", "normal", 0),
    ("46,XX [20 metaphases]", "cannot read", 0),
    ("46,XY,t(4;11)(q21;q23)[18]/46,XY[2], FISH MLL positive", "KMT2A", 1),
    ("46,XX,t(9;22)(q34;q11)[20]\n", "t(9;22)", 1),
    ("45,XY,rob(13;14)(q10;q10)c[20]", "normal", 0),
    ("45,XX,der(13;14)(q10;q10)c,t(9;22)(q34;q11)[20]", "t(9;22)", 1),
    ("46,XX,t(2;12)(p13;p13)c[20]", "normal", 0),
    ("47,XY,+21c[5]/48,XY,+21c,+8[15]", "other", 1),
    ("46,XY,t(9;22)(q34;q11)[17]/47,XY,t(9;22)(q34;q11),+der(22)t(9;22)(q34;q11)[3]", "t(9;22)", 2),
]

# In-situ hybridisation in words: denied it shows nothing, claimed it is reported and not guessed.
IN_WORDS = [
    ("46,XX[20].FISH t(9;22) negativ", "normal"),
    ("46,XX[20]. FISH MLL not rearranged", "normal"),
    ("46,XX[20]. FISH: BCR::ABL1 and KMT2A negative", "normal"),
    ("46,XX[20]. FISH: no evidence of BCR::ABL1 fusion", "normal"),
    ("46,XY[20], FISH: nicht durchgeführt", "normal"),
    ("46,XY[20]. FISH: ETV6::RUNX1 positive", "normal"),
    ("46,XY[20]. FISH BCR::ABL1 positive", "cannot read"),
    ("46,XY[20]. FISH: BCR::ABL1 fusion in 80%", "cannot read"),
    ("46,XY[20]. FISH t(9;22)", "cannot read"),
    ("46,XY[20]. FISH: BCR::ABL1 negative, KMT2A positive", "cannot read"),
    ("46,XY[20]. FISH: BCR::ABL1 not detected, KMT2A 30%", "cannot read"),
    ("46,XY[20]. FISH: MLL rearranged", "cannot read"),
    ("no metaphases. FISH: BCR::ABL1 positiv", "cannot read"),
    ("46,XY,t(9;22)(q34;q11)[20]. FISH BCR::ABL1 positive", "t(9;22)"),
    ("46,XY,t(4;11)(q21;q23)[20]. FISH KMT2A positive", "KMT2A"),
    ("46,XY,t(4;11)(q21;q23)[20]. FISH BCR::ABL1 positive", "cannot read"),
]


@pytest.mark.parametrize(("text", "category"), IN_WORDS)
def test_hybridisation_in_words_is_not_guessed(text, category) -> None:
    found = classify(text)
    assert found.category == category, found.reason
    told = [str(problem) for problem in found.problems]
    assert any("in words" in problem for problem in told) or category != "cannot read"


def test_what_is_recorded_decides_where_words_do_not() -> None:
    text = "46,XY[20]. FISH BCR::ABL1 positive"
    assert classify(text, bcr_abl1=True).category == "t(9;22)"
    assert classify(text, bcr_abl1=False).category == "normal"
    assert classify("46,XY[20]. FISH KMT2A positive", bcr_abl1=False).category == "cannot read"


@pytest.mark.parametrize(("text", "category", "abnormalities"), BY_HAND)
def test_as_decided_by_hand(text, category, abnormalities) -> None:
    found = classify(text)
    assert (found.category, found.abnormalities) == (category, abnormalities), found.reason


def test_the_table_is_no_copy_of_itself() -> None:
    texts = [row[0] for row in BY_HAND]
    assert len(set(texts)) == len(texts) > 50
