"""The page of an audit: each finding with its arithmetic, then every number with its verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from atrisk.errors import InputError
from atrisk.report import format as form
from atrisk.report.page import style_sheet
from atrisk.report.write import results_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atrisk.report.values import Node

__all__ = ["AUDIT_SCHEMA", "audit_html", "write_audit"]

AUDIT_SCHEMA: Final = "atrisk-audit/1"
VERDICTS: Final = ("impossible", "inconsistent", "cannot be checked", "consistent")
"""The worst first."""


def write_audit(document: Node, folder: Path) -> list[Path]:
    """Write ``audit.html`` and ``audit.json``; the same bytes every time.

    Parameters
    ----------
    document
        The audit document, as in ``audit.json``.
    folder
        Where to write; made if it does not exist. Files of the same name are replaced.

    Returns
    -------
    list of Path
        The files written, ``audit.html`` first.

    Raises
    ------
    InputError
        If the document is of another schema.
    """
    if document.get("schema") != AUDIT_SCHEMA:
        raise InputError(
            f"The audit says schema {document.get('schema')!r}; this version renders"
            f" {AUDIT_SCHEMA!r}. Run the audit again with this version of atrisk."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    page, numbers = folder / "audit.html", folder / "audit.json"
    page.write_text(audit_html(document), encoding="utf-8", newline="\n")
    numbers.write_text(results_json(document), encoding="utf-8", newline="\n")
    return [page, numbers]


def audit_html(document: Node) -> str:
    """Render the audit as one HTML text that needs no other file."""
    environment = Environment(
        loader=PackageLoader("atrisk.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["slug"] = _slug
    environment.filters["count"] = form.count
    papers = document["papers"]
    return environment.get_template("audit.html.j2").render(
        style=Markup(  # noqa: S704 - of this package
            style_sheet("report.css", "audit.css", synthetic=False)
        ),
        title=_title(papers),
        atrisk=document["atrisk"],
        tiles=[(form.count(document["verdicts"][name]), name) for name in VERDICTS],
        said=list(_said(document)),
        papers=[_paper(paper) for paper in papers],
        across=_across(document["across"]),
        rules=document["rules"],
        verdicts=VERDICTS,
    )


def _title(papers: list[Node]) -> str:
    if len(papers) == 1:
        return f"Audit of {papers[0]['citation']}"
    return f"Audit of {form.count(len(papers))} papers"


def _slug(text: str) -> str:
    return text.replace(" ", "-")


def _said(document: Node) -> Iterator[str]:
    """Say what there is, in the order of what a reader asks."""
    papers, across = document["papers"], document["across"]
    found = sum(len(paper["findings"]) for paper in papers)
    numbers = sum(document["verdicts"].values())
    yield (
        f"{_many(numbers, 'printed number')} in {_many(len(papers), 'paper')}; every one has a"
        f" verdict below. {_many(found, 'finding')}."
    )
    if across["checks"]:
        yield (
            f"{_many(len(across['checks']), 'comparison')} of numbers that more than one paper"
            f" prints; {_many(len(across['findings']), 'finding')}."
        )
    yield (
        "A finding means that no method and no rounding tried here gives the printed numbers. It is"
        " a question to the authors, not a judgement of their work: misprints are common, and a"
        " number can be right for a reason that the paper does not print."
    )


def _many(number: int, noun: str) -> str:
    return f"{form.count(number)} {form.tally(number, noun, noun + 's')}"


def _paper(paper: Node) -> dict[str, Any]:
    return {
        **paper,
        "findings": [_finding(f, n) for n, f in enumerate(paper["findings"], start=1)],
        "counts": [(paper["verdicts"][name], name) for name in VERDICTS],
        "sections": list(_sections(paper["numbers"])),
        "rules": [_rule(rule) for rule in paper["rules"]],
    }


def _finding(found: Node, number: int) -> dict[str, Any]:
    """Prepare a finding: the places and quotes each once, what was tried each once."""
    cells = [*found["numbers"], *found["against"]]
    quotes: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        place = f"{cell['paper']}, {cell['at']}" if cell.get("paper") else cell["at"]
        quotes.setdefault((place, cell["quote"]), []).append(cell["printed"])
    tried = {(trial["method"], trial["gives"], trial["meets"]): None for trial in found["tried"]}
    return {
        **found,
        "number": number,
        "quotes": [(place, quote) for place, quote in quotes],
        "notes": _each_once(cell["note"] for cell in cells if cell["note"]),
        **_tried(list(tried)),
    }


_SHOWN = 8
"""Trials of a finding that stand open; the others that do not agree are folded."""


def _tried(tried: list[tuple[str, str, bool]]) -> dict[str, list[tuple[str, str, bool]]]:
    """Keep those that agree and the first others open, if more than one would be folded."""
    fails = [trial for trial in tried if not trial[2]]
    folded = fails[_SHOWN:] if len(fails) > _SHOWN + 1 else []
    return {"tried": [trial for trial in tried if trial not in folded], "tried_more": folded}


def _each_once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _sections(numbers: list[Node]) -> Iterator[tuple[str, list[Node]]]:
    """Gather the numbers by place, in the order of the paper."""
    places: dict[str, list[Node]] = {}
    for cell in numbers:
        head = cell["at"].partition(",")[0]
        places.setdefault(head, []).append(cell)
    yield from places.items()


def _rule(rule: Node) -> dict[str, Any]:
    return {"name": rule["rule"], "counts": [rule.get(name, 0) for name in VERDICTS]}


def _across(across: Node) -> dict[str, Any]:
    found = [_finding(f, n) for n, f in enumerate(across["findings"], start=1)]
    return {"compared": len(across["checks"]), "findings": found}
