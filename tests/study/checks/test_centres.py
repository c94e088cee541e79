"""One source with several centres: patients, files and rejections by the field that names them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from atrisk.study.checks import checks_document, run_checks
from atrisk.study.checks.centres import by_field
from atrisk.study.forms.tables import Rejected
from check_records import records_from
from ino_patient import INO, RULES, joined, patient

PEOPLE = joined(
    patient("1", enrolment__centre="ulm"),
    patient("2", enrolment__centre="bonn", enrolment__sex="2", baseline__base_bili="12"),
    patient("3", enrolment__centre="ulm", enrolment__birth_year="UNK"),
)


def test_each_record_goes_to_its_centre() -> None:
    records = by_field(records_from(INO, PEOPLE, ("all",)), "centre")
    assert [centre.id for centre in records.centres] == ["bonn", "ulm"]
    assert records.centre.tolist() == [1, 0, 1]
    for table in records.tables.values():
        for row in range(table.rows):
            file = records.files[table.file[row]]
            assert file.centre == records.centres[records.centre[table.record[row]]].id
            assert file.name == f"all/{table.form}.csv"


def test_rows_add_up() -> None:
    before = records_from(INO, PEOPLE, ("all",))
    records = by_field(before, "centre")
    made = checks_document(records, run_checks(records, RULES))
    rows = {centre["id"]: (centre["rows"], centre["patients"]) for centre in made["centres"]}
    assert rows == {"bonn": (17, 1), "ulm": (34, 2)}
    assert sum(file.rows for file in records.files) == sum(file.rows for file in before.files)
    assert [(query["centre"], query["rule"]) for query in made["queries"]] == [
        ("bonn", "bilirubin_unit")
    ]


def test_what_has_no_centre_stands_apart() -> None:
    before = records_from(INO, joined(PEOPLE, patient("4", enrolment__centre="")), ("all",))
    lost = Rejected("row", "all", "all/mrd.csv", "line", 99, "", "mrd", "", "", "no record")
    files = tuple(
        replace(file, rows=file.rows + 1, rejected=1) if file.name == "all/mrd.csv" else file
        for file in before.files
    )
    records = by_field(replace(before, rejected=(lost,), files=files), "centre")
    assert [centre.id for centre in records.centres] == ["bonn", "ulm", "no-centre"]
    assert records.centre.tolist() == [1, 0, 1, 2]
    assert records.rejected[0].centre == "no-centre"
    mrd = {f.centre: (f.rows, f.kept, f.rejected) for f in records.files if "mrd" in f.name}
    assert mrd == {"bonn": (1, 1, 0), "ulm": (2, 2, 0), "no-centre": (2, 1, 1)}


def test_a_file_whose_rows_cannot_be_told_apart_stays_whole() -> None:
    before = records_from(INO, PEOPLE, ("all",))
    files = tuple(
        replace(file, rows=40, kept=40) if file.name == "all/mrd.csv" else file
        for file in before.files
    )
    records = by_field(replace(before, files=files), "centre")
    (mrd,) = [file for file in records.files if "mrd" in file.name]
    assert (mrd.centre, mrd.rows) == ("no-centre", 40)
    table = records.tables["mrd"]
    assert {records.files[number].name for number in table.file} == {"all/mrd.csv"}


def test_several_sources_stay_as_they_are() -> None:
    records = records_from(INO, PEOPLE, ("1", "2"))
    assert by_field(records, "centre") is records
    empty = replace(records, centres=records.centres[:1], ids=(), centre=np.array([], np.int32))
    assert by_field(empty, "centre") is empty
