"""Every figure of the examples, as it is printed: both widths, English and German."""

from __future__ import annotations

import pickle
from functools import cache
from typing import TYPE_CHECKING

import pytest

from atrisk.cli.demo import example_folder
from atrisk.cli.job import plan_of
from atrisk.report import theme
from atrisk.report.figures_plan import FigurePlan
from atrisk.report.kinds import kind_of
from atrisk.report.language import using
from atrisk.report.values import Values
from atrisk.study import run_study
from report.figure_checks import covered, extents, problems

if TYPE_CHECKING:
    from atrisk.report.drawing import Drawing

EXAMPLES = ("heart", "bmt", "ino-hct")
WIDTHS = {"full": theme.FULL, "column": theme.COLUMN}


@cache
def document(example: str) -> dict:
    return run_study(plan_of(example_folder(example)))


@cache
def drawings(example: str, code: str = "en") -> list[Drawing]:
    found = document(example)
    values, study = Values(found["values"]), found["study"]
    with using(code):
        return [
            drawing
            for analysis in found["analyses"]
            for kind in [kind_of(analysis)]
            for drawing in kind.drawings(
                analysis, study, values, kind.paragraphs(analysis, values, study["report_unit"])
            )
        ]


CASES = [
    *((example, "en", width) for example in EXAMPLES for width in WIDTHS),
    ("bmt", "de", "column"),
]


@pytest.mark.parametrize(("example", "code", "width"), CASES)
def test_nothing_is_clipped_and_no_words_overlap(example: str, code: str, width: str) -> None:
    # drawn as by a worker, to which drawings are sent
    sent = {d.id: pickle.loads(pickle.dumps(d.draw)) for d in drawings(example, code)}  # noqa: S301
    with using(code):
        figures = {name: draw(WIDTHS[width]) for name, draw in sent.items()}
    assert figures
    texts = {name: extents(figure) for name, figure in figures.items()}
    found = {name: problems(figure, texts[name]) for name, figure in figures.items()}
    assert {name: hits for name, hits in found.items() if hits} == {}
    plans = {name: draw.args[0] for name, draw in sent.items()}
    curves = [n for n, plan in plans.items() if isinstance(plan, FigurePlan) and not plan.stacked]
    on_curves = {name: covered(figures[name], texts[name]) for name in curves}
    assert {name: hits for name, hits in on_curves.items() if hits} == {}


@pytest.mark.parametrize("example", EXAMPLES)
def test_words_carry_numbers_and_data_are_a_table(example: str) -> None:
    for drawing in drawings(example):
        assert drawing.words.startswith(drawing.caption)
        assert any(letter.isdigit() for letter in drawing.words.removeprefix(drawing.caption))
        assert len({len(row) for row in drawing.data}) == 1
        assert len(drawing.data) > 1
