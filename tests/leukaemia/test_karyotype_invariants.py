"""What holds for every karyotype: no text raises, order does not matter, more is never less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from atrisk.leukaemia.karyotype import CATEGORIES, classify, parse

if TYPE_CHECKING:
    import random

PIECES = (
    "46", "47~49", "<3n>", "XX", "X", "XYc", ",", ",", "/", "//", "idem", "sl", "sdl2", "idemx2",
    "+8", "-7", "+21c", "t(9;22)(q34;q11)", "t(4;11)", "der(22)", "del(5q", ")", "(", "[", "]",
    "[20]", "[cp7]", "inc", "?", "~", "x2", "mar", "+2mar", "+1~3mar", "dmin", "nuc ish", "ish ",
    "arr", "(KMT2Ax2)", "con", "sep", " or ", " ", "::", "->", "no metaphases", "\N{MINUS SIGN}",
    "\N{ARABIC-INDIC DIGIT FOUR}", "9" * 30,
)  # fmt: skip
ABNORMALITIES = (
    "+8", "-7", "+X", "inv(9)(p12q13)c", "del(5)(q13q33)", "add(9)(p13)", "t(1;19)(q23;p13)",
    "i(17)(q10)", "+2mar", "+1~3mar", "?inv(3)(q21q26)", "der(1)t(1;2)(p36;q31)", "dmin",
    "del(6q)", "+r", "add(14)(q32)x2", "hsr(8)(q24)", "9qh+", "t(9;22)(q34;q11)",
    "t(4;11)(q21;q23)",
)  # fmt: skip
CHOSEN = st.lists(st.sampled_from(ABNORMALITIES), max_size=7)
CLONES = st.lists(st.tuples(st.booleans(), CHOSEN, st.integers(1, 20)), min_size=1, max_size=4)


def written(clones):
    """Spell clones; a later one may take over the first, if that has an abnormality."""
    spelt = []
    for place, (inherits, items, cells) in enumerate(clones):
        acquired = any(item not in {"inv(9)(p12q13)c", "9qh+"} for item in clones[0][1])
        head = "47,idem" if inherits and place and acquired else "46,XX"
        spelt.append(",".join([head, *items]) + f"[{cells}]")
    return "/".join(spelt)


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
@settings(max_examples=300)
@example("9" * 5000)
@example("46,XX," + "(" * 3000)
@example("46,XX,t(" + "9;" * 3000)
@example("46,XX,+" + "1~" * 3000 + "mar")
@example("46,XX" + "[1]" * 3000)
@example("46,XX,del(5)(" + "q13" * 3000)
def test_no_text_raises(text) -> None:
    read = parse(text)
    found = classify(text)
    assert read.text == text
    assert found.category in CATEGORIES
    assert (found.category == "cannot read") <= bool(found.reason)
    if read.problems:
        assert found.category in {"cannot read", "t(9;22)"}


@given(CLONES, st.randoms(use_true_random=False))
def test_the_order_of_abnormalities_does_not_matter(clones, order: random.Random) -> None:
    mixed = [(inherits, order.sample(items, len(items)), n) for inherits, items, n in clones]
    for count in ("union", "largest"):
        one, two = classify(written(clones), count=count), classify(written(mixed), count=count)
        assert (one.category, one.abnormalities) == (two.category, two.abnormalities)
        assert not one.problems


@given(CLONES)
def test_the_union_has_no_fewer_than_the_largest_clone(clones) -> None:
    text = written(clones)
    union, largest = classify(text), classify(text, count="largest")
    assert union.abnormalities >= largest.abnormalities
    assert largest.abnormalities == max(
        sum(item.copies for item in clone.abnormalities) for clone in parse(text).clones
    )


@given(CLONES, st.integers(1, 12))
def test_a_higher_threshold_never_makes_complex(clones, complex_at) -> None:
    text = written(clones)
    here, higher = (classify(text, complex_at=at).category for at in (complex_at, complex_at + 1))
    assert here == higher or (here, higher) == ("complex", "other")


@given(CLONES, st.sampled_from(["+13", "del(20)(q11)", "t(12;21)(p13;q22)"]))
def test_one_more_abnormality_counts_one_more(clones, extra) -> None:
    (inherits, items, cells), *rest = clones
    more = [(inherits, [*items, extra], cells), *rest]
    if written(more).count("idem") == written(clones).count("idem"):
        found = classify(written(more)).abnormalities - classify(written(clones)).abnormalities
        assert found == 1


@given(CLONES)
def test_a_clone_written_twice_counts_once(clones) -> None:
    clones = [(False, items, cells) for _, items, cells in clones]
    assert classify(written([*clones, clones[-1]])).abnormalities == (
        classify(written(clones)).abnormalities
    )


@given(CLONES, st.integers(1, 5), st.integers(1, 5))
def test_asking_for_more_cells_never_adds(clones, gain, loss) -> None:
    text = written(clones)
    counts = [
        classify(text, clonality=rule).abnormalities
        for rule in (None, (gain, loss), (gain + 1, loss), (gain + 1, loss + 1))
    ]
    assert counts == sorted(counts, reverse=True)
