"""Tables of SQLite, DuckDB and PostgreSQL, and Parquet files: typed values, read only."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import sqlite3
import subprocess
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.errors import InputError
from atrisk.study.forms.intake import CentreSource, read_records
from atrisk.study.forms.mapping import read_mapping
from atrisk.study.forms.read_database import _without_password
from intake_kit import DICTIONARY, counted, read, rejections, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.forms.tables import Records

STATEMENTS = (
    "CREATE TABLE visit (record_id INTEGER, sex INTEGER, seen DATE, weight DOUBLE PRECISION,"
    ' remark TEXT, "at" TIMESTAMP)',
    "CREATE TABLE labs (record_id INTEGER, lab_date DATE, bilirubin NUMERIC(8, 2))",
    "CREATE TABLE admin (name TEXT)",
    "INSERT INTO visit VALUES (1, 2, '2020-02-01', 70.5, 'text', '2020-02-01 13:05:00'),"
    " (2, 9, NULL, NULL, 'UNK', '2020-02-02 00:00:00')",
    "INSERT INTO labs VALUES (1, '2020-02-01', 0.30), (1, NULL, 12)",
)


def from_url(url: str, root: Path, mapping: str = "") -> Records:
    settings = read_mapping(mapping) if mapping else None
    source = CentreSource("A", "Centre A", url, "database", mapping=settings)
    return read_records([source], DICTIONARY, root=root)


def as_declared(records: Records) -> bool:
    """Hold the tables that `STATEMENTS` fill against what they say."""
    expected: dict[tuple[str, str], list[str]] = {
        ("visit", "sex"): ["2", "<unreadable>"],
        ("visit", "seen"): ["2020-02-01", "<blank>"],
        ("visit", "weight"): ["70.5", "<blank>"],
        ("visit", "remark"): ["text", "<UNK>"],
        ("visit", "at"): ["2020-02-01T13:05:00", "2020-02-02T00:00:00"],
        ("labs", "bilirubin"): ["0.3", "12"],
        ("labs", "lab_date"): ["2020-02-01", "<blank>"],
    }
    found = {key: texts(records, *key) for key in expected}
    assert found == expected
    assert rejections(records) == [("file", 0, "", ""), ("entry", 2, "sex", "9")]
    assert records.tables["labs"].instance.tolist() == [1, 2]
    return counted(records)


def test_sqlite(tmp_path) -> None:
    with closing(sqlite3.connect(tmp_path / "forms.db")) as connection:
        for statement in STATEMENTS:
            connection.execute(statement)
        connection.commit()
    records = from_url("sqlite:///forms.db", tmp_path)
    assert as_declared(records)
    assert records.files[1].name == "sqlite:///forms.db [labs]"
    absolute = from_url(f"sqlite:///{tmp_path}/forms.db", tmp_path, '[ignore]\nforms = ["admin"]')
    assert [item.level for item in absolute.rejected] == ["entry"]


def test_duckdb(tmp_path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with closing(duckdb.connect(str(tmp_path / "forms.db"))) as connection:
        for statement in STATEMENTS:
            connection.execute(statement)
    assert as_declared(from_url("duckdb:///forms.db", tmp_path))


def test_a_file_that_is_no_database(tmp_path) -> None:
    pytest.importorskip("duckdb")
    (tmp_path / "forms.db").write_text("no database, and long enough to be looked at")
    for scheme in ("sqlite", "duckdb"):
        (found,) = from_url(f"{scheme}:///forms.db", tmp_path).rejected
        assert (found.level, "cannot be read" in found.reason) == ("file", True)
    assert "there is no database file" in from_url("sqlite:///x.db", tmp_path).rejected[0].reason
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://host/db", "forms.db"])
def test_a_url_that_cannot_be_read(tmp_path, url) -> None:
    with pytest.raises(InputError, match="no database URL"):
        from_url(url, tmp_path)


def parquet(path: Path, columns: dict[str, list[Any]]) -> bytes:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    writer.write_table(pyarrow.table(columns), path)
    return path.read_bytes()


def test_parquet(tmp_path) -> None:
    content = parquet(
        tmp_path / "made.parquet",
        {
            "record_id": [1, 2, 3],
            "sex": [1.0, None, 2.0],
            "seen": [dt.date(2020, 2, 1), None, dt.date(2020, 2, 3)],
            "weight": [Decimal("70.50"), None, Decimal("80.00")],
            "at": [dt.datetime(2020, 2, 1, 13, 5), None, None],  # noqa: DTZ001
            "remark": ["a", " ", "UNK"],
            "sites___1": [True, False, None],
        },
    )
    records = read(tmp_path, {"visit.parquet": content, "note.csv": "x"}, layout="parquet")
    assert records.rejected == ()
    assert texts(records, "visit", "sex") == ["1", "<blank>", "2"]
    assert texts(records, "visit", "weight") == ["70.5", "<blank>", "80"]
    assert texts(records, "visit", "at") == ["2020-02-01T13:05:00", "<blank>", "<blank>"]
    assert texts(records, "visit", "sites___1") == ["1", "0", "<blank>"]
    assert records.files[0].place == "row"
    assert len(records.files[0].sha256) == 64
    lists = parquet(tmp_path / "made.parquet", {"record_id": [1], "remark": [["a", "b"]]})
    refused = read(tmp_path / "b", {"visit.parquet": lists, "end.pq": b"x"}, layout="parquet")
    assert ["holds lists" in item.reason for item in refused.rejected] == [True, False]
    assert "not a Parquet file that can be read" in refused.rejected[1].reason


def binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """Start a PostgreSQL server of its own, and give its URL."""
    pytest.importorskip("psycopg")
    folder = binaries()
    if folder is None:
        pytest.skip("PostgreSQL is not installed")
    data = tmp_path_factory.mktemp("postgres")
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # a server refuses to be run by root
        try:
            shutil.chown(data, "postgres")
        except LookupError:
            pytest.skip("there is no user postgres to run the server")
        for parent in data.parents:
            if parent.owner() == "root" and parent != Path(parent.root):
                parent.chmod(parent.stat().st_mode | 0o011)
        user = {"user": "postgres"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = [str(folder / "initdb"), "-D", str(data / "db"), "-A", "trust"]
    start += ["-U", "reader", "--no-sync", "--locale=C", "-E", "UTF8"]
    subprocess.run(start, check=True, capture_output=True, cwd=data, **user)
    control = [str(folder / "pg_ctl"), "-D", str(data / "db"), "-w"]
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
    log = str(data / "log")
    run = [*control, "-o", options, "-l", log, "start"]
    subprocess.run(run, check=True, stdout=subprocess.DEVNULL, cwd=data, **user)
    yield f"postgresql://reader:secret@127.0.0.1:{port}/postgres"
    stop = [*control, "-m", "immediate", "stop"]
    subprocess.run(stop, check=True, capture_output=True, cwd=data, **user)


def test_postgresql(server, tmp_path) -> None:
    import psycopg

    with psycopg.connect(server) as connection:
        for statement in STATEMENTS:
            connection.execute(statement)
    records = from_url(server, tmp_path)
    assert as_declared(records)
    assert records.files[1].name == "postgresql://127.0.0.1/postgres [labs]"


def test_a_server_that_is_not_there(tmp_path) -> None:
    pytest.importorskip("psycopg")
    url = "postgresql://reader:hidden@127.0.0.1:1/forms"
    (found,) = from_url(url, tmp_path).rejected
    assert (found.level, found.place) == ("file", "row")
    assert "hidden" not in found.reason + found.file
    assert _without_password("no role hidden!", url) == "no role ***!"
