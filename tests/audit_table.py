"""The table of verdicts in docs/can-these-numbers-be-true.md, made by the audit.

Write it anew after a change of the rules or of the papers: ``python tests/audit_table.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrisk.evidence.audit import audit_papers

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = Path(__file__).resolve().parents[1] / "docs" / "can-these-numbers-be-true.md"
BEGIN = "<!-- table: atrisk audit --record -->\n"
END = "<!-- end -->\n"
_VERDICTS = ("impossible", "inconsistent", "cannot be checked", "consistent")


def made(document: Mapping[str, Any]) -> str:
    """Make the table of an audit."""
    heads = ("paper", "numbers", *_VERDICTS, "of these only bounded")
    rows = [
        (
            *(paper["id"], len(paper["numbers"])),
            *(paper["verdicts"][name] for name in _VERDICTS),
            paper["only_bounded"],
        )
        for paper in document["papers"]
    ]
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines).replace(" --- ", "---")


def written() -> str:
    """Read the table that stands on the page."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


def main() -> None:
    """Put the table of the papers that come with atrisk on the page."""
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    table = made(audit_papers([], record=True))
    PAGE.write_text(f"{head}{BEGIN}{table}{END}{tail}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
