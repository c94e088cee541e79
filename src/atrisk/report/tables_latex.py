"""Tables as LaTeX: booktabs, threeparttable, and longtable for those of more than a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report.tables import footnotes, marks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from atrisk.report.tables import Row, Table
    from atrisk.report.values import Number, Phrase

__all__ = ["escaped", "latex_table", "write_latex"]

_PACKAGES = r"% \usepackage[T1]{fontenc} \usepackage{array,booktabs,longtable,threeparttable}"
_MOST_ROWS = 40
_LONG_WORDS = 28
_MANY_COLUMNS = 5
_TEXT_SHARE = 0.9

#: What TeX reads as a command, or does not have in its usual fonts.
_WRITTEN = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    # after the end of a row these would be read as its argument
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{THIN SPACE}": r"\,",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{EN DASH}": r"\textendash{}",
    "\N{EM DASH}": r"\textemdash{}",
    "\N{MINUS SIGN}": r"$-$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{NOT EQUAL TO}": r"$\neq$",
    "\N{ALMOST EQUAL TO}": r"$\approx$",
    "\N{INFINITY}": r"$\infty$",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{LEFT SINGLE QUOTATION MARK}": r"\textquoteleft{}",
    "\N{RIGHT SINGLE QUOTATION MARK}": r"\textquoteright{}",
    "\N{LEFT DOUBLE QUOTATION MARK}": r"\textquotedblleft{}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": r"\textquotedblright{}",
    "\N{DOUBLE LOW-9 QUOTATION MARK}": r"\quotedblbase{}",
    "\N{DEGREE SIGN}": r"\textdegree{}",
    "\N{SECTION SIGN}": r"\S{}",
    "\N{DAGGER}": r"\dag{}",
    "\N{MICRO SIGN}": r"$\mu$",
    "\N{SOFT HYPHEN}": r"\-",
    "\N{SUPERSCRIPT MINUS}": r"\textsuperscript{$-$}",
    **{mark: rf"\textsuperscript{{{digit}}}" for digit, mark in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{mark: rf"$_{{{digit}}}$" for digit, mark in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{
        letter: rf"$\{name}$"
        for letter, name in {
            "\N{GREEK SMALL LETTER ALPHA}": "alpha",
            "\N{GREEK SMALL LETTER BETA}": "beta",
            "\N{GREEK SMALL LETTER GAMMA}": "gamma",
            "\N{GREEK SMALL LETTER DELTA}": "delta",
            "\N{GREEK SMALL LETTER KAPPA}": "kappa",
            "\N{GREEK SMALL LETTER LAMDA}": "lambda",
            "\N{GREEK SMALL LETTER MU}": "mu",
            "\N{GREEK SMALL LETTER RHO}": "rho",
            "\N{GREEK SMALL LETTER CHI}": "chi",
            "\N{GREEK CAPITAL LETTER DELTA}": "Delta",
        }.items()
    },
}
_TABLE = str.maketrans(_WRITTEN)


def escaped(text: str) -> str:
    r"""Write text so that TeX prints it as it stands.

    Examples
    --------
    >>> print(escaped("WBC, 10⁹/L & <5 (34.5%)"))
    WBC, 10\textsuperscript{9}/L \& \textless{}5 (34.5\%)
    """
    # two hyphens would become a dash
    return (
        text.replace("--", "-\N{ZERO WIDTH SPACE}-")
        .translate(_TABLE)
        .replace("\N{ZERO WIDTH SPACE}", "{}")
    )


def write_latex(table: Table, path: Path) -> Path:
    r"""Write a table to a file of its own, to be read by ``\input``."""
    path.write_text(latex_table(table), encoding="utf-8", newline="\n")
    return path


def latex_table(table: Table) -> str:
    """Lay a table out; one of more than 40 rows, or a listing, goes over pages.

    Parameters
    ----------
    table
        what to print.

    Returns
    -------
    str
        LaTeX, with the packages it needs in a comment at the top.
    """
    long = table.listing or len(table.rows) > _MOST_ROWS
    lines = _long(table) if long else _on_one_page(table)
    return "\n".join((_PACKAGES, *lines)) + "\n"


def _on_one_page(table: Table) -> Iterator[str]:
    yield r"\begin{table}[htbp]"
    yield r"\centering"
    yield from _size(table)
    yield r"\begin{threeparttable}"
    yield _caption(table)
    yield rf"\begin{{tabular}}{{{_columns(table)}}}"
    yield r"\toprule"
    yield from _head(table)
    yield r"\midrule"
    yield from _body(table, r"\tnote")
    yield r"\bottomrule"
    yield r"\end{tabular}"
    notes = footnotes(table)
    if notes:
        yield r"\begin{tablenotes}[flushleft]\footnotesize"
        yield from (rf"\item{_label(mark)} {escaped(text)}" for mark, text in notes)
        yield r"\end{tablenotes}"
    yield r"\end{threeparttable}"
    yield r"\end{table}"


def _long(table: Table) -> Iterator[str]:
    yield r"\begingroup"
    yield from _size(table)
    yield rf"\begin{{longtable}}{{{_columns(table)}}}"
    yield _caption(table) + r" \\"
    yield r"\toprule"
    yield from _head(table)
    yield r"\midrule"
    yield r"\endfirsthead"
    yield r"\toprule"
    yield from _head(table)
    yield r"\midrule"
    yield r"\endhead"
    yield r"\bottomrule"
    yield r"\endfoot"
    yield from _body(table, r"\textsuperscript")
    yield r"\end{longtable}"
    for mark, text in footnotes(table):
        raised = rf"\textsuperscript{{{mark}}}" if mark else ""
        yield rf"\par\noindent{{\footnotesize {raised}{escaped(text)}}}"
    yield r"\endgroup"


def _label(mark: str) -> str:
    return f"[{mark}]" if mark else "[]"


def _caption(table: Table) -> str:
    return rf"\caption{{{escaped(table.title)}}}\label{{tab:{table.id}}}"


def _size(table: Table) -> Iterator[str]:
    if len(table.columns) > _MANY_COLUMNS:
        yield r"\small"


def _columns(table: Table) -> str:
    """Set words to the left and numbers to the right; long words get lines of their own."""
    texts = [[row.label for row in table.rows]]
    texts += [[cell.plain for cell in column] for column in _cells_by_column(table)]
    wrapped = [
        (index == 0 or index - 1 in table.text_columns)
        and max(map(len, column), default=0) > _LONG_WORDS
        for index, column in enumerate(texts)
    ]
    share = _TEXT_SHARE / (len(texts) + sum(wrapped))
    kinds = ("l" if i == 0 or i - 1 in table.text_columns else "r" for i in range(len(texts)))
    paragraph = rf">{{\raggedright\arraybackslash}}p{{{2 * share:.2f}\linewidth}}"
    found = (paragraph if long else kind for kind, long in zip(kinds, wrapped, strict=True))
    return "@{}" + "".join(found) + "@{}"


def _cells_by_column(table: Table) -> Iterator[tuple[Phrase, ...]]:
    return zip(*(table.padded(row) for row in table.rows), strict=True)


def _head(table: Table) -> Iterator[str]:
    """Write the heads over several columns, the heads, and what stands below them."""
    if any(label for label, _ in table.spans):
        yield from _spans(table)
    heads = [head.plain.partition("\n") for head in table.columns]
    yield _line([escaped(table.stub), *(escaped(first) for first, _, _ in heads)])
    if any(rest for _, _, rest in heads):
        yield _line(["", *(escaped(rest) for _, _, rest in heads)])


def _spans(table: Table) -> Iterator[str]:
    cells, rules, first = [""], [], 2
    for label, count in table.spans:
        cells.append(rf"\multicolumn{{{count}}}{{c}}{{{escaped(label)}}}")
        if label:
            rules.append(rf"\cmidrule(lr){{{first}-{first + count - 1}}}")
        first += count
    yield _line(cells)
    yield "".join(rules)


def _body(table: Table, raised: str) -> Iterator[str]:
    letters = marks(table)
    for row in table.rows:
        yield _line([_stub(row), *(_cell(c, letters, raised) for c in table.padded(row))])


def _stub(row: Row) -> str:
    return r"\quad " * row.level + escaped(row.label)


def _cell(words: Phrase, letters: dict[str, str], raised: str) -> str:
    return "".join(_piece(piece, letters, raised) for piece in words.pieces)


def _piece(piece: str | Number, letters: dict[str, str], raised: str) -> str:
    if isinstance(piece, str):
        return escaped(piece.replace("\n", "; "))
    letter = letters.get(piece.missing or "")
    return escaped(piece.text) + (f"{raised}{{{letter}}}" if letter else "")


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"
