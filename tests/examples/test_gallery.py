"""docs/gallery.md: nothing is lacking on it, and what it shows is what the study files have."""

from __future__ import annotations

import re

import gallery
from atrisk.study.analyses import KINDS

PAGE = gallery.PAGE.read_text(encoding="utf-8")
SHOWN = [shown for entries in gallery.CONTENT.values() for shown in entries]
MOST_BYTES = 1_500_000


def kinds_and_figures(name):
    """Give each figure of an example as its kind and what it shows: the blocks of one are alike."""
    _, report = gallery.example(name)
    if report.flow_figure is not None:
        yield name, "", ("flow", "flow")
    for section in report.sections:
        for figure in section.figures:
            end = figure.id.removeprefix(section.id).removeprefix("_")
            yield name, figure.id, (section.kind, _what(section.kind, end))


def _what(kind, end):
    if end.endswith("forest"):
        return "forest"
    return "curves" if kind in {"time_dependent", "landmark"} else end


def test_every_kind_of_analysis_is_on_the_page():
    headings = set(re.findall(r"^### .* \(`(\w+)`, [\w-]+\)$", PAGE, re.MULTILINE))
    assert headings == set(KINDS)


def test_every_figure_of_the_examples_is_shown_or_one_like_it():
    found = [one for name in ("heart", "bmt", "ino-hct") for one in kinds_and_figures(name)]
    on_page = {
        what
        for name, figure, what in found
        if f"images/gallery/{name}-{figure or 'flow'}.png" in PAGE
    }
    assert {what for _, _, what in found} - on_page - LIKE.keys() == set()
    assert set(LIKE.values()) <= on_page


#: Figures that look like another on the page.
LIKE = {
    ("fine_gray", "forest"): ("cox", "forest"),
    ("logistic", "forest"): ("cox", "forest"),
    ("time_dependent", "forest"): ("cox", "forest"),
}


def test_the_pictures_exist_and_are_small():
    named = set(re.findall(r"!\[[^\]]*\]\(images/gallery/([^)]+)\)", PAGE))
    files = list(gallery.PICTURES.iterdir())
    assert named == {file.name for file in files}
    assert len(named) > 20
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)


def test_the_lines_are_those_of_the_study_files():
    blocks = re.findall(r"^```toml\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks == [gallery.lines(shown) for shown in SHOWN if shown.analysis]
    assert all(block.startswith("[[analyses]]\nid = ") for block in blocks)


def test_what_stands_outside_the_marks_stays():
    assert PAGE.index(gallery.BEGIN) < PAGE.index(gallery.END)
    assert PAGE.startswith("# Gallery\n")
    assert "Kayser 2022" in PAGE.partition(gallery.END)[2]


def test_a_picture_has_few_colours_and_is_the_same_twice():
    shown = next(one for one in SHOWN if one.example == "heart" and one.figures)
    (drawing,) = gallery.figures(shown)
    first = gallery.picture(drawing, synthetic=False)
    assert first == gallery.picture(drawing, synthetic=False)
    assert first != gallery.picture(drawing, synthetic=True)
