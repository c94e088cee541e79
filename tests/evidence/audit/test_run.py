"""The whole audit: a verdict for every number, findings put together, mistakes at their lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.evidence import paper as models
from atrisk.evidence.audit import audit, audit_papers, rule_sentences
from atrisk.evidence.audit.book import Book
from atrisk.evidence.audit.missing import _BY_FIELD
from atrisk.evidence.audit.run import checks_of
from atrisk.evidence.audit.validate import opened
from audit_kit import cohort, counted, paper, read, stated, verdicts

PARTS = ["13", "17", "14", "6", "11"]
PERCENTS = ["21", "28", "23", "10", "18"]


def cytogenetics():
    """Table 1 of a paper of 58 patients whose categories are of 61."""
    counts = [
        counted(f"part_{i}", k, percent=p)
        for i, (k, p) in enumerate(zip(PARTS, PERCENTS, strict=True))
    ]
    names = [count["id"] for count in counts]
    return [cohort(), *counts, stated("partition", "cyto", of="everyone", parts=names)]


def test_every_number_has_a_verdict_and_a_reason():
    lonely = stated("value", "threshold", label="MRD threshold", value="0.01", unit="%")
    absent = stated(
        "median_time", "os", of="everyone", endpoint="os", unit="months", estimate="not reached"
    )
    (found,) = audit([paper(*cytogenetics(), lonely, absent)])["papers"]
    assert len(found["numbers"]) == 1 + 10 + 2
    for number in found["numbers"]:
        assert number["verdict"] in found["verdicts"]
        reason = number["method"] or number["missing"] or number["checks"]
        assert reason
    by_address = {number["address"]: number for number in found["numbers"]}
    assert by_address["threshold.value"]["verdict"] == "cannot be checked"
    assert "a share of" in by_address["threshold.value"]["missing"]
    assert "not to be reached" in by_address["os.estimate"]["missing"]
    assert sum(found["verdicts"].values()) == len(found["numbers"])


def test_one_cause_is_one_finding_with_all_its_numbers():
    (found,) = audit([paper(*cytogenetics())])["papers"]
    (finding,) = found["findings"]
    assert finding["verdict"] == "impossible"
    assert finding["rules"] == ["parts of a whole", "percent of a count"]
    assert len(finding["checks"]) == 4
    assert finding["says"].startswith("13 + 17 + 14 + 6 + 11 = 61")
    assert any("13 of 58 is 22.4 %" in line for line in finding["more"])
    assert {n["address"] for n in finding["against"]} == {"everyone.n"}
    assert finding["numbers"][0]["quote"] == "quote of part_0"
    assert all(line.endswith("?") for line in finding["resolve"])


def test_the_size_that_others_are_held_against_is_not_accused():
    found = verdicts(*cytogenetics(), counted("heavy", "47", percent="81"))
    assert found["everyone.n"] == "consistent"
    assert found["part_0.k"] == "impossible"
    assert found["part_0.percent"] == "inconsistent"
    assert found["heavy.percent"] == "consistent"


def test_a_derived_number_is_read_by_the_rules_and_is_none_of_the_paper():
    counts = {"exposed": "exposed", "unexposed": "rest"}
    ratio = stated("effect", "ratio", of="everyone", measure="OR", label="x", estimate="3.67")
    statements = [
        cohort(),
        stated("set", "double", label="double", n="16", within="everyone"),
        stated("set", "single", label="single", n="42", within="everyone"),
        counted("exposed", "8", of="double", derived=True, note="counted in Table 2"),
        counted("rest", "9", of="single", derived=True, note="counted in Table 2"),
    ]
    right = verdicts(*statements, ratio | counts)
    assert "exposed.k" not in right
    assert right["ratio.estimate"] == "consistent"
    wrong = verdicts(*statements, ratio | counts | {"estimate": "3.97"})
    assert wrong["ratio.estimate"] == "inconsistent"


def test_findings_stand_worst_first():
    slip = counted("slip", "13", n="58", percent="20")
    impossible = counted("more", "60")
    (found,) = audit([paper(cohort(), slip, impossible)])["papers"]
    assert [f["verdict"] for f in found["findings"]] == ["impossible", "inconsistent"]


def test_a_count_and_its_percentage_that_differ_between_places_are_one_finding():
    text = counted("text", "32", percent="55", quantity="ecog_0")
    table = counted("table", "34", percent="59", quantity="ecog_0")
    (found,) = audit([paper(cohort(), text, table)])["papers"]
    (finding,) = found["findings"]
    assert len(finding["checks"]) == 2


def test_two_places_that_divide_a_set_differently_are_one_finding():
    numbers = {"a": ("32", "34"), "b": ("26", "24")}
    parts = [
        counted(f"{name}_{place}", k, quantity=name)
        for name, ks in numbers.items()
        for place, k in zip(("text", "table"), ks, strict=True)
    ]
    whole = stated("partition", "split", of="everyone", parts=["a_text", "b_text"])
    (found,) = audit([paper(cohort(), *parts, whole)])["papers"]
    (finding,) = found["findings"]
    assert len(finding["checks"]) == 2
    (apart,) = audit([paper(cohort(), *parts)])["papers"]
    assert len(apart["findings"]) == 2


def test_a_number_only_held_within_bounds_says_so():
    (found,) = audit([paper(cohort(), counted("a", "13"))])["papers"]
    by_address = {number["address"]: number for number in found["numbers"]}
    assert by_address["a.k"]["only_bounded"]
    assert by_address["a.k"]["method"] == "count within its set: no more than 58"
    assert found["only_bounded"] == 2


def test_a_question_is_asked_where_a_denominator_must_be_assumed():
    (found,) = audit([paper(cohort(), counted("a", "12", percent="23"))])["papers"]
    (question,) = found["questions"]
    assert "from 51 to 53" in question["missing"]
    assert not found["findings"]


def test_the_document_is_json_and_the_same_bytes_twice():
    files = [paper(*cytogenetics())]
    first, second = (json.dumps(audit(files), ensure_ascii=False) for _ in range(2))
    assert first == second
    assert json.loads(first)["schema"] == "atrisk-audit/1"


def test_verdicts_do_not_depend_on_the_order_of_statements():
    statements = cytogenetics()
    assert verdicts(*statements) == verdicts(*reversed(statements))


def test_lines_and_places_of_numbers(tmp_path):
    file = read(tmp_path, cohort(), counted("a", "12", percent="23"))
    (found,) = audit([file])["papers"]
    lines = file.read.path.read_text().splitlines()
    for number in found["numbers"]:
        assert f'{number["field"]} = "{number["printed"]}"' == lines[number["line"] - 1]


def test_each_field_of_each_kind_has_words_for_what_is_missing():
    kinds = {
        name: getattr(models, name)
        for name in models.__all__
        if isinstance(getattr(models, name), type)
        and issubclass(getattr(models, name), models.Statement)
        and "kind" in getattr(models, name).model_fields
    }
    assert len(kinds) > 15
    for model in kinds.values():
        (kind,) = model.model_fields["kind"].annotation.__args__
        for field in model.NUMBERS:
            assert f"{kind}.{field}" in _BY_FIELD


@pytest.mark.parametrize(
    ("unit", "words"), [("mg/m2", "schedule"), ("months", "dates"), ("mg", "second place")]
)
def test_what_is_missing_of_a_value_depends_on_its_unit(unit, words):
    value = stated("value", "v", label="v", value="1.8", unit=unit)
    (document,) = audit([paper(value)])["papers"]
    assert words in document["numbers"][0]["missing"]


def test_the_same_numbers_printed_twice_are_one_finding():
    twice = [counted(name, "13", n="58", percent="21") for name in ("abstract", "text")]
    (document,) = audit([paper(cohort(), *twice)])["papers"]
    (finding,) = document["findings"]
    assert len(finding["checks"]) == 2
    assert not finding["more"]


def test_each_rule_has_one_sentence():
    for name, sentence in rule_sentences().items():
        assert name == name.lower() or name[:2].isupper() or " " in name
        assert sentence.endswith(".")


def test_all_of_a_set_is_its_size():
    found = verdicts(cohort(), counted("a", "all", percent="100"), counted("b", "all", n="20"))
    assert found["a.k"] == found["a.percent"] == "consistent"
    assert Book(paper(cohort(), counted("b", "all", n="20"))).numbers["b.k"].value == 20


@pytest.mark.parametrize(
    ("statement", "line", "words"),
    [
        (counted("a", "1", of="everyon"), "of", "no set or count 'everyon'.*mean 'everyone'"),
        (counted("a", "1", of="total"), "of", "'total' is a sum, not a set or a count"),
        (cohort("5", "b", within="nowhere"), "within", "no set or count 'nowhere'"),
        (
            stated("partition", "p", of="everyone", parts=["b", "nine"]),
            "parts",
            "number 2: there is no set or count 'nine'",
        ),
        (stated("same", "s", numbers=["b.n", "b.m"]), "numbers", "'b.m' is no number"),
        (stated("sum", "s", total="c.k", terms=["b.n"]), "total", "no statement 'c'"),
        (
            stated("order", "o", left="b.n", relation="<", right="b.percent"),
            "right",
            "The numbers of 'b': b.n",
        ),
        (
            stated("table", "t", of="b", columns={"a": ["1", "2"], "b": ["1"]}),
            "columns",
            "not of one length: 'a' 2, 'b' 1",
        ),
        (
            stated("table", "t", of="b", columns={"a-b": ["1"], "A B": ["1"]}),
            "columns",
            "the same name but for signs",
        ),
        (
            stated("recount", "r", table="rows", statistic="count", equals="b.n"),
            "table",
            "there is no table 'rows'",
        ),
        (
            stated("recount", "r", table="grid", statistic="low", equals="b.n", column="agge"),
            "column",
            "no column 'agge'.*Did you mean 'age'",
        ),
        (
            stated(
                "recount",
                "r",
                table="grid",
                statistic="count",
                equals="b.n",
                where={"Sex": ["F"]},
            ),
            "where",
            "no column 'Sex'",
        ),
        (
            stated("recount", "r", table="grid", statistic="low", equals="b.n"),
            "statistic",
            "'low' needs a 'column'",
        ),
        (
            stated("recount", "r", table="grid", statistic="within", column="age"),
            "statistic",
            "'within' needs the addresses",
        ),
        (
            stated("recount", "r", table="grid", statistic="high", column="age"),
            "statistic",
            "needs the address 'equals'",
        ),
        (
            stated(
                "at_risk", "r", of="b", endpoint="os", unit="months", n=["58", "9"], times=["0"]
            ),
            "times",
            "there are 1 times and 2 numbers at risk",
        ),
        (stated("test", "t", label="x", p="0.04", groups=["zz"]), "groups", "no set or count 'zz'"),
        (stated("test", "t", label="x", p="0.04", compared=["zz"]), "compared", "no statement"),
        (
            stated("effect", "e", of="b", measure="OR", label="x", exposed="zz", p="0.04"),
            "exposed",
            "no set or count 'zz'",
        ),
    ],
)
def test_a_mistake_points_at_its_line(tmp_path, statement, line, words):
    known = [
        cohort(),
        cohort("20", "b", within="everyone") | ({} if statement["id"] != "b" else {"id": "c"}),
        stated("sum", "total", total="everyone.n", terms=["everyone.n"]),
        stated("table", "grid", of="everyone", columns={"age": ["5"]}),
    ]
    file = read(tmp_path, *known, statement)
    text = file.read.path.read_text().splitlines()
    place = max(i for i, row in enumerate(text, start=1) if row.startswith(f"{line} = "))
    with pytest.raises(InputError, match=words) as error:
        opened(file)
    assert f"a-2024.toml, line {place}, " in str(error.value)


def test_a_set_within_itself_is_refused():
    first = cohort("5", "one", within="two")
    second = cohort("5", "two", within="one")
    with pytest.raises(InputError, match="'one' stands within itself: one in two in one"):
        opened(paper(first, second))
    with pytest.raises(InputError, match="'one' stands within itself: one in one"):
        opened(paper(cohort("5", "one", within="one")))


def test_all_mistakes_are_told_at_once():
    wrong = [counted("a", "1", of="x1"), counted("b", "1", of="x2")]
    with pytest.raises(InputError, match=r"x1(.|\n)*x2"):
        opened(paper(cohort(), *wrong))


def test_a_paper_given_twice_is_refused():
    with pytest.raises(InputError, match="two files are of the paper a-2024"):
        audit([paper(cohort()), paper(cohort())])
    with pytest.raises(InputError, match="no paper is named"):
        audit_papers([])


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 100)), min_size=1, max_size=6),
    st.integers(1, 60),
)
def test_any_counts_at_all_get_a_verdict_each(pairs, n):
    counts = [counted(f"c{i}", str(k), percent=str(p)) for i, (k, p) in enumerate(pairs)]
    names = [count["id"] for count in counts]
    whole = [stated("partition", "p", of="everyone", parts=names)] if len(names) > 1 else []
    statements = [cohort(str(n)), *counts, *whole]
    assert len(verdicts(*statements)) == 1 + 2 * len(counts)
    for check in checks_of(opened(paper(*statements))):
        if check.failed:
            assert check.arithmetic
            assert check.resolve
