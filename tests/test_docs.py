"""The documents say what the code does: their examples run, their names exist."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import atrisk

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "docs/api.md"]


def blocks(page, language):
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_python_examples_run(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), {})  # noqa: S102 - our own documents
    assert "estimate" in capsys.readouterr().out


def test_the_readme_has_two_commands_and_five_lines():
    assert len(blocks("README.md", "sh")) == 2
    (example,) = blocks("README.md", "python")
    assert len(example.splitlines()) == 5


@pytest.mark.parametrize("name", [n for n in atrisk.__all__ if n[0].islower()])
def test_every_call_is_on_the_page_with_its_options(name):
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    options = ", ".join(inspect.signature(getattr(atrisk, name)).parameters)
    assert f"`{name}({options})`" in page


@pytest.mark.parametrize("how", ["from_frame", "from_arrays"])
def test_the_way_in_is_on_the_page_with_its_arguments(how):
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    told = re.search(rf"Histories\.{how}\((.*?)\)", page, re.DOTALL)[1]
    names = re.findall(r"(\w+)(?==|,|$)", re.sub(r'="\w+"|=None|=0', "", told))
    assert names == list(inspect.signature(getattr(atrisk.Histories, how)).parameters)


def test_links_between_documents_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
