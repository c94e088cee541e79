"""A small study file to make mistakes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.evidence.record import Record, read_study_file

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """schema = "atrisk-evidence/1"

[study]
id = "{id}"
title = "A trial"
label = "Trial {id}"
status = "published"
design = "single_arm"
year = {year}
n = "{n}"

[population]
disease = "b_all"
line = "salvage"
ph = "negative"
age_group = "adults"

[[references]]
id = "paper"
citation = "A paper"
read = "abstract"
"""
BODY = """
[[regimens]]
id = "ino"
label = "INO"
family = "ino"
schedule = "single"
phases = [{ cycles = "1-4", days = { 3 = "1.3" } }]
max_cycles = "4"
cumulative = "5.2"
paper = "paper"
at = "Methods"

[[arms]]
id = "all"
label = "All"
n = "40"
regimen = "ino"

[[numbers]]
endpoint = "cr_cri"
arm = "all"
value = "60"
unit = "%"
k = "24"
n = "40"
paper = "paper"
at = "Abstract"
quote = "24 of 40 (60%)"
"""
PLAIN = HEAD.format(id="mine", year=2020, n="40") + BODY


def written(folder: Path, text: str, name: str = "mine") -> Path:
    """Write a study file."""
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def record_of(folder: Path, *texts: str) -> Record:
    """Read texts as a record of their own, in the order of their ids."""
    files = [read_study_file(written(folder, text, f"s{at}")) for at, text in enumerate(texts)]
    return Record(tuple(sorted(files, key=lambda file: file.study.study.id)))
