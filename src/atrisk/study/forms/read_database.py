"""Reading tables of a database: SQLite, DuckDB or PostgreSQL, opened to read only; and Parquet."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote, urlsplit

import numpy as np

from atrisk.errors import InputError
from atrisk.study.forms.intake_sheet import FileFault, coded_rows, file_sha256, sheet_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from atrisk.study.forms.intake_sheet import Sheet

__all__ = ["database_name", "read_database", "read_parquet"]

#: Few enough to stay in the cache.
_BLOCK: Final = 500
_SCHEMES: Final = ("sqlite", "duckdb", "postgresql", "postgres")


class _Cursor(Protocol):
    """What the three have in common."""

    @property
    def description(self) -> Any: ...  # noqa: ANN401 - of the driver

    def fetchmany(self, size: int = ..., /) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class _Database:
    """An open database: what closes it, its tables, and how to ask for the rows of one."""

    tables: tuple[str, ...]
    rows: Callable[[str], _Cursor]
    close: Callable[[], None]
    failures: tuple[type[Exception], ...]


def database_name(url: str) -> str:
    """Name a database in messages, without user and password.

    Examples
    --------
    >>> database_name("postgresql://me:secret@db.example.org:5432/registry")
    'postgresql://db.example.org/registry'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def read_database(
    url: str, *, root: Path, decimal: str, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, Sheet | FileFault]]:
    """Read the tables and views of a database.

    Parameters
    ----------
    url
        ``sqlite:///file`` and ``duckdb:///file`` (relative to ``root``; absolute with four
        slashes), ``postgresql://user@host/database``.
    root
        the folder of the study file.
    decimal
        the mark with which numbers are spelled, that of the centre's texts.
    wanted
        tells by its name whether a table is read.

    Yields
    ------
    table : str
        its name.
    content : Sheet or FileFault
        what it holds, or why it cannot be taken.

    Raises
    ------
    FileFault
        the database cannot be opened.
    InputError
        the URL is none of these, or the driver is not installed.
    """
    database = _opened(url, root)
    try:
        for table in database.tables:
            if wanted(table):
                yield table, _table(database, table, f"{database_name(url)} [{table}]", decimal)
    finally:
        database.close()


def _table(database: _Database, table: str, name: str, decimal: str) -> Sheet | FileFault:
    try:
        return _sheet(database.rows(table), name, decimal)
    except database.failures as error:
        return FileFault(f"the table cannot be read: {_first_line(error)}")
    except FileFault as fault:
        return fault


def _sheet(cursor: _Cursor, name: str, decimal: str) -> Sheet:
    header = tuple(item[0] for item in cursor.description)
    return _typed_sheet(header, iter(lambda: cursor.fetchmany(_BLOCK), []), name, decimal)


def _typed_sheet(
    header: tuple[str, ...],
    blocks: Iterator[list[Any]],
    name: str,
    decimal: str,
    sha256: str = "",
) -> Sheet:
    columns = coded_rows(blocks, len(header), decimal)
    rows = len(columns[0]) if columns else 0
    return sheet_of(
        header,
        columns,
        np.arange(1, rows + 1, dtype=np.int32),
        name=name,
        place="row",
        sha256=sha256,
        header_line=0,
        typed=True,
    )


def read_parquet(path: Path, *, name: str, decimal: str) -> Sheet:
    """Read a Parquet file.

    Raises
    ------
    FileFault
        it is none, or a column holds lists or structures.
    """
    from atrisk.frames import parquet_rows

    if path.is_dir():
        raise FileFault("a folder, not a Parquet file; name the files in it, one a form")
    try:
        names, blocks = parquet_rows(path)
    except InputError as error:
        raise FileFault(str(error)) from None
    return _typed_sheet(names, blocks, name, decimal, file_sha256(path))


def _opened(url: str, root: Path) -> _Database:
    parts = urlsplit(url)
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(url)
    if parts.scheme not in _SCHEMES or parts.netloc:
        raise InputError(
            f"{database_name(url)!r} is no database URL that can be read. Write"
            " sqlite:///file, duckdb:///file or postgresql://user@host/database."
        )
    path = root / unquote(parts.path[1:])
    if not path.is_file():
        raise FileFault(f"there is no database file {path.name}")
    return _sqlite(path) if parts.scheme == "sqlite" else _duckdb_file(path)


def _sqlite(path: Path) -> _Database:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        ).fetchall()
    except sqlite3.Error as error:
        connection.close()
        raise FileFault(f"the database cannot be read: {_first_line(error)}") from None
    return _Database(
        tuple(name for (name,) in found),
        lambda table: connection.execute(_select(table)),
        connection.close,
        (sqlite3.Error,),
    )


def _duckdb(what: str) -> Any:  # noqa: ANN401 - a module
    try:
        import duckdb
    except ImportError:
        raise InputError(f"{what} needs DuckDB: pip install 'atrisk[duckdb]'") from None
    return duckdb


def _duckdb_file(path: Path) -> _Database:
    duckdb = _duckdb("a DuckDB database")
    try:
        connection = duckdb.connect(str(path), read_only=True)
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() ORDER BY table_name"
        ).fetchall()
    except duckdb.Error as error:
        raise FileFault(f"the database cannot be read: {_first_line(error)}") from None
    return _Database(
        tuple(name for (name,) in found),
        lambda table: connection.execute(_duckdb_select(connection, table)),
        connection.close,
        (duckdb.Error,),
    )


#: Types that DuckDB's own spelling holds better: 0.3 is no 0.300000012, and a zone is kept.
_SPELLED: Final = {"FLOAT": "DOUBLE", "TIMESTAMP WITH TIME ZONE": "VARCHAR"}


def _duckdb_select(connection: Any, table: str) -> str:  # noqa: ANN401 - of the driver
    """Select the columns of a table, some as the database spells them."""
    described = connection.execute(f"DESCRIBE {_select(table)}").fetchall()
    changed = [
        f"CAST(CAST({_quoted(name)} AS VARCHAR) AS {_SPELLED[kind]}) AS {_quoted(name)}"
        for name, kind, *_ in described
        if kind in _SPELLED
    ]
    if not changed:
        return _select(table)
    return _select(table).replace("*", f"* REPLACE ({', '.join(changed)})", 1)


def _postgresql(url: str) -> _Database:
    try:
        import psycopg
    except ImportError:
        raise InputError(
            "a PostgreSQL database needs psycopg: pip install 'atrisk[postgresql]'"
        ) from None
    try:
        connection = psycopg.connect(url, autocommit=False)
        connection.read_only = True
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() ORDER BY table_name"
        ).fetchall()
    except psycopg.Error as error:
        raise FileFault(
            f"the database cannot be opened: {_without_password(_first_line(error), url)}"
        ) from None

    def rows(table: str) -> _Cursor:
        with connection.transaction():
            return connection.execute(_select(table))

    return _Database(tuple(name for (name,) in found), rows, connection.close, (psycopg.Error,))


def _select(table: str) -> str:
    return f"SELECT * FROM {_quoted(table)}"  # noqa: S608 - a name from the catalogue, quoted


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _without_password(text: str, url: str) -> str:
    password = urlsplit(url).password
    return text if not password else re.sub(re.escape(unquote(password)), "***", text)
