"""How a result looks: one line, a table of text, a table in a notebook."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from atrisk import Histories, cox, fisher_test, kaplan_meier, logrank_test
from atrisk.estimators.table_text import html_table, plain_table

ROWS = pl.DataFrame({
    "days": [5, 8, 8, 11, 14, 20, 21, 25], "died": [1, 1, 0, 1, 1, 0, 1, 1],
    "age": [61, 50, 44, 70, 52, 39, 48, 58], "arm": ["<a>", "b"] * 4,
})  # fmt: skip


def histories(rows=ROWS, **more):
    return Histories.from_frame(
        rows, exit="days", event="died", unit="days", origin="entry", **more
    )


class Cells(HTMLParser):
    """The rows of a table in HTML."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.caption, self.where = [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, _attributes):
        self.where = tag
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, _tag):
        self.where = ""

    def handle_data(self, data):
        if self.where in {"td", "th"}:
            self.rows[-1].append(data)
        elif self.where == "caption":
            self.caption += data


def test_a_fit_is_one_line_and_its_table_below():
    fit = cox("Surv(days, died) ~ age + arm", ROWS)
    first, head, *rows = str(fit).splitlines()
    assert first == repr(fit)
    assert "\n" not in repr(fit)
    assert head.split() == list(fit.columns())
    assert [row.split()[0] for row in rows] == ["age", "arm[b]"]
    assert [row.split()[1] for row in rows] == [f"{value:.4g}" for value in fit.estimate]
    assert len({len(row) for row in (head, *rows)}) == 1  # the last column is to the right


def test_numbers_and_labels():
    values = [1234567.8, 0.000012345, np.nan, np.inf, 2.0, 1e20]
    lines = plain_table("c", {"x": np.array(values), "n": np.arange(6), "s": [None, *"abcde"]})
    cells = [line.split() for line in lines.splitlines()[2:]]
    assert [row[0] for row in cells] == ["1234568", "1.234e-05", "-", "inf", "2", "1e+20"]
    assert [row[2] for row in cells] == ["-", *"abcde"]


def test_twenty_rows_are_shown_and_the_rest_is_counted():
    long = {"x": np.arange(23.0)}
    lines = plain_table("caption", long).splitlines()
    assert (len(lines), lines[-1]) == (23, "... and 3 more: to_frame() has all rows")
    page = html_table("caption", long)
    assert len(Cells(page).rows) == 21
    assert "... and 3 more" in page
    assert plain_table("c", {"x": np.arange(20.0)}).splitlines()[-1].strip() == "19"


def test_a_table_without_rows_has_its_head():
    assert plain_table("c", {"x": np.empty(0), "y": np.empty(0)}) == "c\nx  y"


def test_a_notebook_shows_the_same_with_the_labels_escaped():
    test = logrank_test(histories(group="arm"))
    page = test._repr_html_()
    found = Cells(page)
    assert found.caption == repr(test)
    assert found.rows[0] == list(test.columns())
    assert [row[0] for row in found.rows[1:]] == ["<a>", "b"]
    assert [" ".join(row) for row in found.rows] == [
        " ".join(line.split()) for line in str(test).splitlines()[1:]
    ]
    assert "<a>" not in page


@pytest.mark.parametrize(
    "made",
    [
        lambda: kaplan_meier(histories()),
        lambda: fisher_test([[8, 8], [9, 33]]),
        lambda: cox("Surv(days, died) ~ age", ROWS).overall_tests(),
        lambda: cox("Surv(days, died) ~ age", ROWS).predict_survival({"age": [50]}, [9, 12]),
    ],
)
def test_every_result_prints(made):
    result = made()
    names = list(result.columns())
    assert str(result).splitlines()[1].split() == names
    assert Cells(result._repr_html_()).rows[0] == names
