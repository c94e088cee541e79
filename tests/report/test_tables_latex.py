"""Tables as LaTeX: their structure, and that every text is printed as it stands."""

# ruff: noqa: RUF001 - the marks are what is tested

from __future__ import annotations

import re

import pytest

from atrisk.report import format as form
from atrisk.report.tables import Row, Table
from atrisk.report.tables_latex import escaped, latex_table, write_latex
from atrisk.report.values import Number, phrase

RANGE = phrase(
    Number("a", "47.8"), " (", Number("b", "8.8"), form.EN_DASH, Number("c", "64.4"), ")"
)
SMALL = phrase(Number("d", "<5", missing="suppressed: fewer than 5"))
TABLE = Table(
    id="table1",
    title="Patients & <groups> at 100%",
    stub="Characteristic",
    columns=(phrase("A_1\n", "n = ", Number("n", "38")), phrase("B"), phrase("All")),
    rows=(
        Row("WBC, 10⁹/L", (RANGE, phrase(Number("e", f"{form.MINUS}0.5")), phrase())),
        Row("Sex, n (%)"),
        Row("[female]*", (SMALL, phrase("x\\y"), phrase("~{}^#$")), level=1),
    ),
    notes=("P \N{GREATER-THAN OR EQUAL TO} 0.05 isn't shown.",),
    spans=(("Groups", 2), ("", 1)),
)


def balanced(latex):
    stack = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", latex):
        if kind == "begin":
            stack.append(name)
        elif stack.pop() != name:
            return False
    return not stack


def braces(latex):
    bare = re.sub(r"\\[{}\\]", "", latex)
    return bare.count("{") == bare.count("}")


def rows_of(latex):
    return [line for line in latex.splitlines() if line.endswith(r"\\")]


def long_table(rows=60, *, listing=False):
    made = tuple(Row(f"row {i}", (phrase(Number("k", str(i))),) * 3) for i in range(rows))
    return Table("long", "Long", "Row", TABLE.columns, made, listing=listing, notes=("A note.",))


@pytest.mark.parametrize("table", [TABLE, long_table()], ids=["short", "long"])
def test_environments_and_braces_are_balanced(table):
    latex = latex_table(table)
    assert balanced(latex)
    assert braces(latex)
    for line in rows_of(latex):
        if line.startswith(r"\caption"):
            continue
        columns = len(re.findall(r"(?<!\\)&", line))
        spanned = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
        assert columns + spanned == 3, line


def test_a_table_of_one_page():
    latex = latex_table(TABLE)
    assert r"\begin{threeparttable}" in latex
    assert latex.count(r"\toprule") == latex.count(r"\midrule") == latex.count(r"\bottomrule") == 1
    assert r"\cmidrule(lr){2-3}" in latex
    assert r"\multicolumn{2}{c}{Groups}" in latex
    assert r"\quad {[}female{]}{*}" in latex
    assert r"47.8 (8.8\textendash{}64.4)" in latex
    assert r"$-$0.5" in latex
    assert r"\textless{}5\tnote{a}" in latex
    assert r"\item[a] Suppressed: fewer than 5." in latex
    assert r"\item[] P $\geq$ 0.05 isn\textquotesingle{}t shown." in latex
    assert r"\caption{Patients \& \textless{}groups\textgreater{} at 100\%}" in latex
    assert r"\label{tab:table1}" in latex
    # what stands below a head has a row of its own
    assert " & n = 38 &  &  \\\\" in latex


def test_a_long_table_goes_over_pages():
    latex = latex_table(long_table())
    assert r"\begin{longtable}" in latex
    assert "threeparttable}" not in latex.partition("\n")[2]
    assert latex.count(r"\endfirsthead") == latex.count(r"\endhead") == 1
    assert r"{\footnotesize A note.}" in latex
    assert r"\begin{longtable}" in latex_table(long_table(3, listing=True))
    assert r"\begin{longtable}" not in latex_table(long_table(40))


def test_long_words_are_set_in_lines():
    wide = Row("A label of many words that no column is wide enough for", TABLE.rows[0].cells)
    latex = latex_table(Table("t", "T", "S", TABLE.columns, (wide,)))
    assert r"{@{}>{\raggedright\arraybackslash}p{" in latex
    words = Table("t", "T", "S", TABLE.columns, TABLE.rows, text_columns=(1,))
    assert r"\begin{tabular}{@{}lrlr@{}}" in latex_table(words)


#: What TeX prints for what is written; the reverse of `escaped`, by hand.
PRINTED = {
    r"\textbackslash{}": "\\", r"\&": "&", r"\%": "%", r"\$": "$", r"\#": "#", r"\_": "_",
    r"\{": "{", r"\}": "}", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^",
    r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|", r"\textendash{}": "–",
    r"$-$": "−", r"$\geq$": "≥", r"$\leq$": "≤", r"$\times$": "×", r"$\pm$": "±",
    r"$\infty$": "∞", r"\textsuperscript{9}": "⁹", "{[}": "[", "{]}": "]", "{*}": "*",
    r"\textquoteright{}": "’", r"\textquotedbl{}": '"',
}  # fmt: skip


@pytest.mark.parametrize(("written", "printed"), PRINTED.items())
def test_a_mark_is_escaped(written, printed):
    assert escaped(printed) == written
    assert escaped(f"a{printed}b") == f"a{written}b"


def test_spaces_and_hyphens():
    assert escaped("P\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}0.04") == "P~=~0.04"
    assert escaped("a--b") == "a-{}-b"
    assert escaped("é ä ß µ") == r"é ä ß $\mu$"


def test_the_file(tmp_path):
    path = write_latex(TABLE, tmp_path / "table1.tex")
    assert path.read_text(encoding="utf-8") == latex_table(TABLE)
    assert b"\r" not in path.read_bytes()
