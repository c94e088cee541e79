"""One abnormality at a time: what is read, and what is not."""

from __future__ import annotations

import pytest

from atrisk.leukaemia.karyotype_items import Item, Problem, read_item

CYDAS = "Hiller et al., BMC Bioinformatics 2003;4:4, Table 1"
ISCN = "ISCN 2020, errata at iscn.karger.com/ISCN/ISCN2020/errata"
ROSWELL = "falcon.roswellpark.org/KR/KR_syntax.html: types of structural change"

# text, kind, key, copies, source
READ = [
    ("+8", "gain", "+8", 1, CYDAS),
    ("-Y", "loss", "-Y", 1, CYDAS),
    ("+?8", "gain", "+8", 1, CYDAS),
    ("+Xx2", "gain", "+X", 2, CYDAS),
    ("del(1)(q32)", "structural", "del(1)(q32)", 1, CYDAS),
    ("dup(12)(p11p13)", "structural", "dup(12)(p11p13)", 1, CYDAS),
    ("dup(2)(q11~21q35)", "structural", "dup(2)(q11~21q35)", 1, CYDAS),
    ("dup(2)(q2?1q35)", "structural", "dup(2)(q21q35)", 1, CYDAS),
    ("add(15)(q26)x2", "structural", "add(15)(q26)", 2, CYDAS),
    ("add(1)(q42~43)", "structural", "add(1)(q42~43)", 1, CYDAS),
    ("idic(16)(q22)", "structural", "idic(16)(q22)", 1, CYDAS),
    ("+der(22)t(9;22)", "structural", "+der(22)t(9;22)", 1, CYDAS),
    ("inv(3)(q21q26.2)", "structural", "inv(3)(q21q26.2)", 1, ISCN),
    ("add(12)(pter->q13::?)", "structural", "add(12)(pter->q13::)", 1, ISCN),
    ("del(6q)", "structural", "del(6)(q)", 1, "arm within the brackets"),
    ("i(17q)", "structural", "i(17)(q)", 1, "arm within the brackets"),
    ("i(17)(q10)", "structural", "i(17)(q10)", 1, ROSWELL),
    ("ins(5;2)(p14;q21q31)", "structural", "ins(5;2)(p14;q21q31)", 1, ROSWELL),
    ("dic(9;20)(p13;q11)", "structural", "dic(9;20)(p13;q11)", 1, ROSWELL),
    ("psudic(9;20)(p13;q11)", "structural", "psudic(9;20)(p13;q11)", 1, ROSWELL),
    ("trp(1)(q21q32)", "structural", "trp(1)(q21q32)", 1, ROSWELL),
    ("qdp(1)(q21q32)", "structural", "qdp(1)(q21q32)", 1, ROSWELL),
    ("tas(12;13)(q24;q34)", "structural", "tas(12;13)(q24;q34)", 1, ROSWELL),
    ("hsr(8)(q24)", "structural", "hsr(8)(q24)", 1, ROSWELL),
    ("r(7)(p22q36)", "structural", "r(7)(p22q36)", 1, ROSWELL),
    ("r(7)", "structural", "r(7)", 1, ROSWELL),
    ("der(1;7)(q10;q10)", "structural", "der(1;7)(q10;q10)", 1, ROSWELL),
    ("der(?)t(?;9)(?;q34)", "structural", "der()t(;9)(;q34)", 1, "unknown chromosome"),
    ("+r", "marker", "+r", 1, "ring of unknown origin"),
    ("+mar", "marker", "+mar", 1, CYDAS),
    ("+mar1", "marker", "+mar1", 1, CYDAS),
    ("+2mar", "marker", "+mar", 2, CYDAS),
    ("+2~5mar", "marker", "+mar", 5, CYDAS),
    ("dmin", "marker", "dmin", 1, "copies vary from cell to cell"),
    ("1~30dmin", "marker", "dmin", 1, "copies vary from cell to cell"),
    ("9qh+", "variant", "9qh+", 1, "heterochromatin"),
    ("21ps+", "variant", "21ps+", 1, "satellite"),
]


@pytest.mark.parametrize(("text", "kind", "key", "copies", "source"), READ)
def test_read(text, kind, key, copies, source) -> None:
    found = read_item(text)
    assert isinstance(found, Item), source
    assert (found.kind, found.key, found.copies, found.text) == (kind, key, copies, text), source


@pytest.mark.parametrize(
    "text", ["+21c", "inv(9)(p12q13)c", "t(13;14)(q10;q10)c", "+21dn", "t(1;2)(p36;q31)mat"]
)
def test_inborn(text) -> None:
    assert read_item(text).constitutional
    assert not read_item(text).counts


@pytest.mark.parametrize(
    "text", ["?+8", "+?8", "?del(5)(q13)", "del(?5)(q13)", "der(?)t(?;9)(?;q34)"]
)
def test_doubtful(text) -> None:
    assert read_item(text).doubtful


@pytest.mark.parametrize("text", ["+8", "del(5)(q?13)", "t(9;22)(q34;q1?1)"])
def test_a_doubt_about_a_band_is_none_about_the_abnormality(text) -> None:
    assert not read_item(text).doubtful


def test_cells_and_copies_behind_an_abnormality() -> None:
    found = read_item("+1~3mar[4]")
    assert (found.copies, found.fewest, found.cells) == (3, 1, 4)
    assert (read_item("+8x2c").copies, read_item("+8cx2").constitutional) == (2, True)


def test_a_choice_of_two_is_doubtful_and_both_must_be_read() -> None:
    assert read_item("i(17)(q10) or del(17)(p11)").doubtful
    assert read_item("i(17)(q10) or foo") == Problem("foo", "not an abnormality in ISCN")


@pytest.mark.parametrize(
    "text",
    ["", "foo", "8", "+", "+0", "+23", "6q-", "Ph+", "del(5", "del5", "del()", "del(5)()", "t(9;22",
     "t(9;22)(q34;z11)", "t(9;30)(q34;q11)", "del(5)(q13)foo", "del(5)(q13)t(9;22)(q34;q11)",
     "T(9;22)(q34;q11)", "(9;22)", "+8+9", "9qx+"],
)  # fmt: skip
def test_not_read(text) -> None:
    assert isinstance(read_item(text), Problem)
