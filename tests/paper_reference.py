"""The reference part of docs/paper-file.md, made from the models of the paper file.

Write it anew after a change of the models: ``python tests/paper_reference.py``.
"""

from __future__ import annotations

import inspect
import typing
from pathlib import Path

from atrisk.evidence import paper

PAGE = Path(__file__).resolve().parents[1] / "docs" / "paper-file.md"
BEGIN = "<!-- reference: written by `python tests/paper_reference.py`, do not edit by hand -->\n"
END = "<!-- end of the reference -->\n"
KINDS = typing.get_args(typing.get_args(paper.AnyStatement)[0])


def reference() -> str:
    """Each kind with what it is, its keys that are needed and its other keys."""
    shared = paper.Statement.model_fields
    needed, other = _keys(shared, set())
    lines = [
        f"Every statement has `kind` and {needed}, and may have {other}.\n",
        "| kind | what it is | needed | may have |",
        "|---|---|---|---|",
    ]
    for model in KINDS:
        kind = typing.get_args(model.model_fields["kind"].annotation)[0]
        said = inspect.cleandoc(model.__doc__).splitlines()[0].replace("``", "`")
        needed, other = _keys(model.model_fields, {*shared, "kind"})
        lines.append(f"| `{kind}` | {said} | {needed} | {other} |")
    return "\n" + "\n".join(lines) + "\n\n"


def _keys(fields, known):
    own = {name: field for name, field in fields.items() if name not in known}
    needed = ", ".join(f"`{name}`" for name, field in own.items() if field.is_required())
    other = ", ".join(_key(name, field) for name, field in own.items() if not field.is_required())
    return needed, other


def _key(name, field):
    words = [v for v in typing.get_args(field.annotation) if isinstance(v, str)]
    default = field.default if isinstance(field.default, str) else None
    if words:
        return f"`{name}` ({', '.join(words)})"
    return f"`{name}`" + (f" ({default})" if default else "")


def written(page: str) -> str:
    """The page with the reference of these models."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + reference() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
