"""Paper files: what stands in them, and how a mistake is told."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.evidence.paper import json_schema, read_paper
from audit_kit import cohort, counted, read, stated, written


def test_a_paper_is_read_as_it_is_written(tmp_path):
    file = read(tmp_path, cohort(), counted("a", "Nine", percent="16%", note="in words"))
    everyone, nine = file.paper.statements
    assert (everyone.n, nine.k, nine.percent, nine.level) == ("58", "Nine", "16%", "95")
    assert file.paper.paper.id == "a-2024"
    assert file.read.lines["statements", 1, "k"] > file.read.lines["statements", 0, "n"]


@pytest.mark.parametrize(
    ("statement", "key", "words"),
    [
        (counted("a", "many"), "k", "'many' is not a number as printed: digits, a word"),
        (stated("cuont", "a"), "kind", "'cuont' is not one of .*Did you mean 'count'"),
        (counted("a", "5", persent="9"), "persent", "no key 'persent' here.*mean 'percent'"),
        (stated("same", "a", numbers=["b"]), "numbers", "made of lower-case letters"),
        (stated("same", "a", numbers=["b.k"]), "numbers", "the list has 1 and needs 2"),
        (cohort() | {"label": ""}, "label", "the text is empty"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, statement, key, words):
    file = written(tmp_path, statement)
    rows = file.read_text().splitlines()
    line = max(i for i, row in enumerate(rows, start=1) if row.startswith(f"{key} = "))
    with pytest.raises(InputError, match=words) as error:
        read_paper(file)
    assert f"line {line}, [[statements]] number 1" in str(error.value)


def test_a_statement_without_its_kind(tmp_path):
    statement = {key: value for key, value in cohort().items() if key != "kind"}
    with pytest.raises(InputError, match="the key 'kind' is needed"):
        read_paper(written(tmp_path, statement))


def test_a_number_that_is_no_text_is_refused(tmp_path):
    with pytest.raises(InputError, match='write it as text: "58"'):
        read_paper(written(tmp_path, cohort(58)))


def test_two_statements_of_one_id_are_refused(tmp_path):
    with pytest.raises(InputError, match="numbers 1 and 2 have the same id 'everyone'"):
        read_paper(written(tmp_path, cohort(), cohort()))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="'atrisk audit --schema' prints"):
        read_paper(tmp_path / "none.toml")


def test_another_version_is_refused(tmp_path):
    file = written(tmp_path, cohort())
    file.write_text(file.read_text().replace("atrisk-paper/1", "atrisk-paper/9"))
    with pytest.raises(InputError, match="does not read paper files of version 'atrisk-paper/9'"):
        read_paper(file)


@pytest.mark.parametrize("field", ["q1", "q3", "median"])
def test_every_field_can_be_addressed(tmp_path, field):
    summary = stated("summary", "age", of="everyone", variable="age", unit="years", **{field: "42"})
    same = stated("same", "s", numbers=[f"age.{field}", "everyone.n"])
    assert read(tmp_path, cohort(), summary, same).paper.statements[2].numbers[0] == f"age.{field}"


def test_the_schema_names_every_kind():
    kinds = {
        definition["properties"]["kind"]["const"]
        for definition in json_schema()["$defs"].values()
        if "kind" in definition.get("properties", {})
        and "const" in definition["properties"]["kind"]
    }
    assert {"set", "count", "partition", "survival", "table", "citation", "value"} <= kinds
