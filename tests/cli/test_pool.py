"""``atrisk pool``: what it prints and writes, its exit codes, and the examples."""

from __future__ import annotations

import json
import re
from html import escape

import pytest
import typer
from typer.testing import CliRunner

from atrisk.cli.pool import pool
from atrisk.errors import InputError
from atrisk.report.pool_drawings import pool_drawings
from pool_kit import HEAD, PLAIN, written
from pool_page import EXAMPLES, PAGE, PICTURES, SHOWN, example, page

APP = typer.Typer()
APP.command()(pool)


def run(*words: object) -> str:
    result = CliRunner().invoke(APP, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0
    return result.output


def test_a_pool_is_written_and_said(tmp_path):
    out = tmp_path / "out"
    said = run(written(tmp_path, HEAD + PLAIN), "-o", out)
    assert "An outcome: 21.5% (95% CI, 13.5% to 27.5%) in 5 studies" in said
    assert said.splitlines()[-1] == f"Pool: {out / 'pool.html'}"
    assert {path.name for path in out.iterdir()} == {"pool.html", "pool.json", "figures", "tables"}
    run(written(tmp_path, HEAD + PLAIN), "-o", out)  # an earlier pool is replaced


def test_the_plan_writes_nothing(tmp_path):
    out = tmp_path / "out"
    said = run(written(tmp_path, HEAD + PLAIN), "-o", out, "--dry-run")
    assert "  A: 18/79" in said
    assert not out.exists()


def test_the_schema_is_printed():
    assert "record" in json.loads(run("--schema"))["properties"]


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match=re.escape("holds what is not part of a pool: thesis.txt")):
        run(written(tmp_path, HEAD + PLAIN), "-o", out)


def test_a_file_is_needed(tmp_path):
    with pytest.raises(InputError, match="name a pool file"):
        run()
    with pytest.raises(InputError, match=r"there is no file .*none.toml. Give a pool file"):
        run(tmp_path / "none.toml")


#: Studies pooled, and counts of the cohort that is laid beside.
FOUND = {
    "cr-cri": (7, (49, 58)),
    "mrd": (6, (26, 44)),
    "sos-vod-after-transplant": (4, (17, 58)),
    "sos-vod-dose": (7, (3, 31)),
}


def test_every_example_has_its_numbers_here():
    assert {path.stem for path in EXAMPLES.glob("*.toml")} == FOUND.keys()


@pytest.mark.parametrize("name", FOUND)
def test_each_example_runs(name):
    document = example(name)
    studies, own = FOUND[name]
    assert document["pooled"]["studies"] == studies
    assert (document["own"]["events"], document["own"]["total"]) == own
    drawn = [drawing.id for drawing in pool_drawings(document)]
    assert "forest" in drawn
    assert ("bubble" in drawn) == (name == "sos-vod-dose")
    ids = {study["study"] for study in document["studies"]}
    assert document["own"]["study"] not in ids
    assert not ids & {item["who"] for item in document["left_out"]}


def test_the_page_of_the_docs_says_what_the_examples_say():
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "run python tests/pool_page.py"
    for of, name in SHOWN:
        assert f"images/pooling/{of}-{name}.svg" in text
        words = next(d for d in pool_drawings(example(of)) if d.id == name).words
        drawn = (PICTURES / f"{of}-{name}.svg").read_text(encoding="utf-8")
        assert f"<desc>{escape(words)}</desc>" in drawn, "run python tests/pool_page.py"
