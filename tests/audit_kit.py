"""Small papers for the tests of the audit: statements as dictionaries, read as a file would be."""

from __future__ import annotations

import json
from pathlib import Path

from atrisk.evidence.audit import audit
from atrisk.evidence.audit.rules import RULES
from atrisk.evidence.audit.validate import opened
from atrisk.evidence.paper import Paper, PaperFile, read_paper
from atrisk.toml import TomlFile


def stated(kind, name, **fields):
    """A statement with the keys that every one needs."""
    return {"kind": kind, "id": name, "at": f"Text, {name}", "quote": f"quote of {name}"} | fields


def cohort(n="58", name="everyone", **fields):
    return stated("set", name, label="all patients", n=n, **fields)


def counted(name, k=None, of="everyone", **fields):
    numbers = {} if k is None else {"k": k}
    return stated("count", name, of=of, label=name.replace("_", " "), **numbers, **fields)


def paper(*statements, name="a-2024"):
    """A paper as read; lines are those of a file with one line a key."""
    info = {"id": name, "title": "A paper", "citation": "A paper, 2024", "kind": "cohort"}
    document = {"schema": "atrisk-paper/1", "paper": info, "statements": list(statements)}
    lines = {("statements", place): place + 1 for place in range(len(statements))}
    return PaperFile(
        Paper.model_validate(document), TomlFile(Path(f"{name}.toml"), document, lines)
    )


def found(rule, *statements):
    """The checks that one rule makes of a paper."""
    return list(RULES[rule](opened(paper(*statements))))


def only(rule, *statements):
    """The one check that one rule makes of a paper."""
    (check,) = found(rule, *statements)
    return check


def verdicts(*statements):
    """Address -> verdict, of the whole audit of a paper."""
    document = audit([paper(*statements)])
    return {n["address"]: n["verdict"] for n in document["papers"][0]["numbers"]}


def written(folder, *statements, name="a-2024"):
    """A paper file on disk, as people write it."""
    lines = ['schema = "atrisk-paper/1"', "", "[paper]", f'id = "{name}"', 'title = "A paper"']
    lines += ['citation = "A paper, 2024"', 'kind = "cohort"']
    for statement in statements:
        lines += ["", "[[statements]]"]
        lines += [f"{key} = {_toml(value)}" for key, value in statement.items()]
    file = folder / f"{name}.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def read(folder, *statements, name="a-2024"):
    return read_paper(written(folder, *statements, name=name))


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
