"""docs/paper-file.md: its snippets are read and audited, its reference is that of the models."""

from __future__ import annotations

import re
import tomllib

import pytest

import paper_reference
from atrisk.cli.audit import summary
from atrisk.evidence.audit import audit
from atrisk.evidence.paper import read_paper

PAGE = paper_reference.PAGE.read_text(encoding="utf-8")
WHOLE, *PARTS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def audited(folder, text):
    file = folder / "paper.toml"
    file.write_text(text, encoding="utf-8")
    return audit([read_paper(file)])


def test_the_example_is_audited_as_the_page_says(tmp_path):
    document = audited(tmp_path, WHOLE)
    said = re.search(r"<!-- says: example -->\n```\n(.*?)\n```", PAGE, re.DOTALL)
    assert said.group(1).splitlines() == list(summary(document))
    (finding,) = document["papers"][0]["findings"]
    told = " ".join([finding["says"], *finding["more"]])
    assert "27 + 32 = 59" in told
    assert "32 of 58 is 55.2" in told
    by = {number["address"]: number for number in document["papers"][0]["numbers"]}
    assert by["hr_age.p"]["method"] == "P from estimate and interval: Wald"
    assert "log scale" in by["os_1y.lower"]["method"]
    assert by["os_1y.time"]["verdict"] == "cannot be checked"


@pytest.mark.parametrize("part", PARTS)
def test_each_snippet_fits_into_the_example(part, tmp_path):
    before = audited(tmp_path, WHOLE)["papers"][0]
    after = audited(tmp_path, WHOLE + "\n" + part)["papers"][0]
    (added,) = tomllib.loads(part)["statements"]
    own = {n["address"]: n["verdict"] for n in after["numbers"] if n["statement"] == added["id"]}
    assert own
    assert not {"impossible", "inconsistent"} & set(own.values())
    assert len(after["findings"]) == len(before["findings"])


def test_the_reference_is_that_of_the_models():
    assert paper_reference.written(PAGE) == PAGE
