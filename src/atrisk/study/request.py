"""The study file, read and checked: the frozen request that the planner expands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError
from atrisk.study.analyses import KINDS
from atrisk.study.models import SCHEMA, Study
from atrisk.toml import TomlPath, place, read_toml, validated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Request", "json_schema", "read_study"]


@dataclass(frozen=True, slots=True)
class Request:
    """A study, and where each of its keys stands in the file.

    Attributes
    ----------
    study
        what was asked.
    path
        the study file.
    lines
        the line of each key.
    """

    study: Study
    path: Path
    lines: Mapping[TomlPath, int]

    @property
    def data_path(self) -> Path:
        """The data file; of a study on forms, the study file."""
        file = self.study.data.file
        return self.path if file is None else self.path.parent / file

    def error(self, path: TomlPath, problem: str) -> InputError:
        """Make an error that points at the line of a key."""
        return InputError(f"{place(self.path.name, self.lines, path)}: {problem}")


def read_study(path: Path) -> Request:
    """Read a study file, or the ``study.toml`` of a folder.

    Raises
    ------
    InputError
        the file is not there, is not TOML, is of a version that this program does not read, or
        does not say what a study needs; the message names every mistake with its line.
    """
    file = path / "study.toml" if path.is_dir() else path
    read = read_toml(file, schema=SCHEMA, what="study files", wanted=_WANTED)
    return Request(validated(read, Study, _WORDS), file, read.lines)


def json_schema() -> dict[str, Any]:
    """Make the JSON Schema of the study file, for editors that complete TOML."""
    schema = Study.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "atrisk study.toml, version 1",
    }


_WANTED = (
    "Give a study.toml, or a folder that holds one; 'atrisk schema' prints what can stand in it."
)
_WORDS = {"union_tag_not_found": f"the key 'kind' is needed: {', '.join(map(repr, KINDS))}"}
