"""Where the patients of a study come from: one table in a file, or its forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from atrisk.study.intake import file_digest, read_names, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from atrisk.study.models import Data
    from atrisk.study.request import Request
    from atrisk.study.table import Table

__all__ = ["FileSource", "Source", "read_source"]


class Source(Protocol):
    """The patients: one row each."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def file(self) -> str:
        """What was read, for reports."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What to print for a column, where the source says it."""

    @property
    def levels(self) -> Mapping[str, Mapping[str, str]]:
        """The label of each code of a column, where the source says it."""

    @property
    def digest(self) -> str:
        """The SHA-256 of what was read."""

    def hint(self, name: str) -> str:
        """Say how to get a column that is not there, where the source knows it; else nothing."""

    def table(self, names: Iterable[str]) -> Table:
        """Give columns."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A table in a file, read when it is asked for."""

    path: Path
    data: Data

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.data.file)

    @property
    def file(self) -> str:
        """What was read, for reports."""
        return str(self.data.file)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return read_names(self.path, self.data)

    @property
    def labels(self) -> Mapping[str, str]:
        """Nothing: a table does not say what to print."""
        return {}

    @property
    def levels(self) -> Mapping[str, Mapping[str, str]]:
        """Nothing: a table does not say what its codes mean."""
        return {}

    def hint(self, name: str) -> str:
        """Nothing: a table has the columns that it has."""
        del name
        return ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the file."""
        return file_digest(self.path)

    def table(self, names: Iterable[str]) -> Table:
        """Read columns."""
        return read_table(self.path, self.data, names)


def read_source(request: Request) -> Source:
    """Find the patients of a study; forms are read here, a table when it is asked for."""
    if request.study.forms is None:
        return FileSource(request.data_path, request.study.data)
    from atrisk.study.forms_source import FormsSource

    return FormsSource.read(request)
