"""What is said of a value that is not what a model wants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from atrisk.errors import InputError
from atrisk.toml import read_toml, validated
from atrisk.toml.parts import Part, Text

if TYPE_CHECKING:
    from pathlib import Path


class Counted(Part):
    n: Text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("60", 'counted.toml, line 1, [n]: write it as text: "60"'),
        ("-0.5", 'counted.toml, line 1, [n]: write it as text: "-0.5"'),
        ("true", "counted.toml, line 1, [n]: it should be a valid string, not True"),
        ("[60]", "counted.toml, line 1, [n]: it should be a valid string"),
    ],
)
def test_a_number_where_a_text_is_wanted(tmp_path: Path, given: str, said: str) -> None:
    file = tmp_path / "counted.toml"
    file.write_text(f"n = {given}\n", encoding="utf-8")
    read = read_toml(file, schema="counted/1", what="counts", wanted="Give one.")
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        validated(read, Counted)
