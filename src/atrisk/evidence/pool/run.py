"""``atrisk pool``: a pool file read, its studies collected, pooled, and written as a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atrisk.evidence.pool.document import pool_document
from atrisk.evidence.pool.fit import fitted
from atrisk.evidence.pool.from_record import collected_of_record
from atrisk.evidence.pool.models import SCHEMA, PoolFile
from atrisk.evidence.pool.own import own_counts
from atrisk.evidence.pool.plan import plan_lines
from atrisk.evidence.pool.rows import collected_of_file
from atrisk.evidence.pool.table import collected_of_csv
from atrisk.toml import read_toml, validated

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.evidence.pool.own import OwnCounts
    from atrisk.evidence.pool.rows import Collected
    from atrisk.toml import TomlFile

__all__ = ["json_schema", "pool_file", "pool_plan"]


@dataclass(frozen=True, slots=True)
class _Request:
    """A file, its rows and the cohort that is laid beside."""

    read: TomlFile
    asked: PoolFile
    collected: Collected
    own: OwnCounts | None


def pool_file(file: Path) -> dict[str, Any]:
    """Carry out a pool file.

    Parameters
    ----------
    file
        of ``atrisk-pool/1``; CSV files, folders of studies and results stand where it says, seen
        from its folder.

    Returns
    -------
    dict
        the document ``atrisk-pool/1``.

    Raises
    ------
    InputError
        a mistake in the file, at its line; no study that is asked for; or studies that cannot be
        pooled so.
    """
    request = _request(file)
    pool = fitted(request.collected.rows, request.asked.pool)
    return pool_document(request.read, request.asked, request.collected, request.own, pool)


def pool_plan(file: Path) -> list[str]:
    """Say in lines what would be pooled and how, without pooling."""
    request = _request(file)
    return plan_lines(request.asked, request.collected, request.own)


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a pool file."""
    return PoolFile.model_json_schema()


def _request(file: Path) -> _Request:
    read = read_toml(
        file,
        schema=SCHEMA,
        what="pool files",
        wanted="Give a pool file; 'atrisk pool --schema' prints what can stand in it.",
    )
    asked = validated(read, PoolFile)
    if asked.record is not None:
        collected = collected_of_record(read, asked, asked.record)
    elif asked.pool.csv is not None:
        collected = collected_of_csv(read.path.parent / asked.pool.csv, asked.pool)
    else:
        collected = collected_of_file(read, asked)
    return _Request(read, asked, collected, own_counts(read, asked))
