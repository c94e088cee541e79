"""``atrisk audit``: every number of a paper held against the arithmetic of the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["audit"]


def audit(
    papers: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Paper files; several are also compared with each other.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="The folder to write; an earlier audit is replaced."),
    ] = Path("atrisk-audit"),
    record: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool,
        typer.Option("--record", metavar="", help="The papers that come with atrisk as well."),
    ] = False,
    schema: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool,
        typer.Option("--schema", metavar="", help="Print the JSON Schema of a paper file and end."),
    ] = False,
    rules: Annotated[  # noqa: FBT002 - how typer takes a flag
        bool, typer.Option("--rules", metavar="", help="Print what is checked and end.")
    ] = False,
) -> None:
    """Audit the numbers that papers print; write a page and the same as JSON.

    The exit code is 0 whatever is found: a finding is a question to the authors.
    """
    if schema or rules:
        typer.echo(_schema() if schema else _rules())
        return
    from atrisk.cli.folder import AUDIT, check_kind, write_folder
    from atrisk.evidence.audit import audit_papers

    check_kind(out, AUDIT)
    document = audit_papers(papers or [], record=record)
    from atrisk.report.audit_page import write_audit

    write_folder(out, AUDIT, lambda folder: write_audit(document, folder))
    for line in summary(document):
        typer.echo(line)
    typer.echo(f"Audit: {out / 'audit.html'}")


def _schema() -> str:
    from atrisk.evidence.paper import json_schema

    return json.dumps(json_schema(), indent=2, ensure_ascii=False)


def _rules() -> str:
    from atrisk.evidence.audit import rule_sentences

    return "\n".join(f"{name}: {sentence}" for name, sentence in rule_sentences().items())


def summary(document: Mapping[str, Any]) -> Iterator[str]:
    """Count the verdicts of each paper, and the findings."""
    for paper in document["papers"]:
        counts = ", ".join(f"{count} {word}" for word, count in paper["verdicts"].items())
        found = len(paper["findings"])
        noun = "finding" if found == 1 else "findings"
        yield f"{paper['id']}: {len(paper['numbers'])} numbers: {counts}; {found} {noun}"
    across = document["across"]
    if len(document["papers"]) > 1:
        compared, found = len(across["checks"]), len(across["findings"])
        noun = "finding" if found == 1 else "findings"
        yield f"across papers: {compared} quantities compared; {found} {noun}"
