"""docs/compare.md: its snippets run, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from atrisk.study import plan_study, read_names, read_study, run_study

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
TOML = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run the Python of the page in a folder with the examples; give it with what it printed."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "examples").symlink_to(ROOT / "examples")
    with contextlib.chdir(folder):
        return folder, list(_run())


def _run():
    names = {}
    for code in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, "docs/compare.md", "exec"), names)  # noqa: S102 - our own page
        yield said.getvalue()


def test_the_snippets_print_what_stands_below_them(ran):
    assert ran[1] == re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def found(ran):
    folder, _ = ran
    (folder / "study.toml").write_text(TOML[0], encoding="utf-8")
    request = read_study(folder / "study.toml")
    return run_study(plan_study(request, read_names(request.data_path, request.study.data)))


ROWS = {
    "one-sample log-rank test": "one_sample",
    "log-rank test": "logrank",
    "hazard ratio": "hr",
    "log-rank test, matched": "match.logrank",
    "hazard ratio, matched": "match.hr",
}


def row(found, name, key):
    """A line of the table of the page, from the results."""

    def of(end):
        entry = found["values"].get(f"beside.{end}")
        return None if entry is None else entry["value"]

    parts = [of(f"{key}.{part}") for part in ("ratio", "lower", "upper")]
    ratio = "" if parts[0] is None else "{:.2f} ({:.2f} to {:.2f})".format(*parts)
    what = "ratio" if parts[0] is not None else "p_value"
    ends = [of(f"members.{key}.{what}_{end}") for end in ("low", "high")]
    places = 2 if what == "ratio" else 3
    span = "" if ends[0] is None else " to ".join(f"{end:.{places}f}" for end in ends)
    span = f"P {span}" if span and what == "p_value" else span
    return f"| {name} | {ratio} | {of(f'{key}.p_value'):.3f} | {span} |"


def test_the_table_of_the_study_is_what_it_computes(found):
    for name, key in ROWS.items():
        assert row(found, name, key) in PAGE
    effective = found["values"]["beside.match.effective_n"]["value"]
    assert f"(here {effective:.1f} of 38)" in PAGE
    (node,) = found["analyses"]
    assert node["members"] == 21
    assert "over the 21 reconstructions (the chosen one and 20 of the ensemble)" in PAGE
    assert node["match"]["reason"] is None


def test_its_guard_rails_are_those_that_the_page_names(found):
    rails = {rail["rule"] for rail in found["guard_rails"]}
    assert "not_randomised" in rails
    assert "time_zero" not in rails
    for named in ("time_zero", "not_randomised", "naive_test", "few_effective"):
        assert f"`{named}`" in PAGE


def test_the_analysis_of_rates_is_one_that_the_program_reads(ran):
    folder, _ = ran
    (folder / "sos-rates.csv").write_bytes(
        (ROOT / "examples" / "ino-hct" / "sos-rates.csv").read_bytes()
    )
    head = TOML[0].partition("[[endpoints]]")[0]
    text = head + TOML[1].replace("sos == 1", "d2 == 1")
    (folder / "rates.toml").write_text(text, encoding="utf-8")
    request = read_study(folder / "rates.toml")
    document = run_study(plan_study(request, read_names(request.data_path, request.study.data)))
    assert document["values"]["sos_beside.own.n"]["value"] == 38
