"""Round trips on drawn records, and on the packaged dictionary."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from atrisk.study.forms.intake import CentreSource, read_records
from atrisk.study.forms.packaged import packaged_dictionary
from atrisk.study.forms.tables import UNREADABLE
from atrisk.study.forms.write_eav import records_to_eav
from atrisk.study.forms.write_flat import records_to_flat, records_to_forms
from intake_kit import DICTIONARY, counted, read

MISSING = st.sampled_from(["", "", "UNK", "ND", "-99"])
DAYS = st.dates(np.datetime64("1950-01-01").item(), np.datetime64("2030-12-31").item()).map(str)
DATES = MISSING | DAYS | st.sampled_from(["2020", "2020-03", "not known"])
NUMBERS = MISSING | st.decimals(-999, 999, places=2).map(str) | st.sampled_from(["<5", "1E+2"])
# what the trimming of entries leaves as it is
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=8
)
TEXTS = WORDS.map(str.strip) | st.sampled_from(['a,"b"', "two\nlines", "x\r\ny"])
OPTION = st.sampled_from(["0", "1"])
STATUS = st.sampled_from(["0", "1", "2"])

VISIT = st.tuples(
    st.sampled_from(["", "1", "2", "UNK", "3"]),
    DATES,
    NUMBERS,
    st.sampled_from(["", "0", "3", "ND", "2.5"]),
    OPTION,
    OPTION,
    OPTION,
    TEXTS,
    st.sampled_from(["", "2020-01-02 03:04", "2020-01-02 03:04:05", "noon"]),
    STATUS,
)
LABS = st.lists(st.tuples(DATES, NUMBERS, OPTION, OPTION, STATUS), max_size=3)
END = st.tuples(st.sampled_from(["", "0", "1", "NA"]), DATES, STATUS)
NOT_BEGUN = {"visit": ("", "", "", "", "0", "0", "0", "", "", "0"), "end": ("", "", "0")}


@st.composite
def exports(draw: st.DrawFn) -> bytes:
    """Draw a flat export as REDCap writes it."""
    import csv
    import io

    forms = DICTIONARY.forms
    columns = [
        name for form in forms for name in (*DICTIONARY.column_names(form), f"{form}_complete")
    ]
    keys = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*keys, *columns])
    ids = draw(st.lists(st.integers(1, 99).map(str), unique=True, max_size=4))
    for record in ids:
        visit = draw(VISIT | st.just(NOT_BEGUN["visit"]))
        end = draw(END | st.just(NOT_BEGUN["end"]))
        writer.writerow([record, "", "", *visit, *[""] * 5, *end])
        for instance, labs in enumerate(draw(LABS), start=1):
            writer.writerow([record, "labs", instance, *[""] * 10, *labs, *[""] * 3])
    return text.getvalue().encode()


@settings(max_examples=60, deadline=None)
@given(exports())
def test_flat_to_tables_to_flat_is_byte_equal(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        records = read(Path(folder), {"flat.csv": content}, layout="flat")
        assert counted(records)
        assert records_to_flat(records) == content


@settings(max_examples=60, deadline=None)
@given(exports())
def test_eav_and_forms_give_the_same_tables(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        records = read(root / "flat", {"flat.csv": content}, layout="flat")
        eav = records_to_eav(records)
        from_eav = read(root / "eav", {"eav.csv": eav}, layout="eav")
        assert records_to_eav(from_eav) == eav
        _same(from_eav, records)
        if records.ids:
            records_to_forms(records, root / "forms")
            source = CentreSource("A", "Centre A", "forms")
            from_forms = read_records([source], DICTIONARY, root=root)
            _same(from_forms, records)


def _same(left, right) -> None:
    """Hold two sets of records against each other, whatever the order of their records."""
    assert set(left.ids) == set(right.ids)
    place = {text: position for position, text in enumerate(right.ids)}
    for form, table in right.tables.items():
        other = left.tables[form]
        assert other.rows == table.rows
        record = np.array([place[text] for text in left.ids], dtype=int)[other.record]
        order = np.lexsort([other.instance, record])
        assert record[order].tolist() == table.record.tolist()
        assert other.instance[order].tolist() == table.instance.tolist()
        for name, column in table.columns.items():
            if table.rows:
                _same_column(other.columns[name].take(order), column)


def _same_column(left, right) -> None:
    assert left.missing.tolist() == right.missing.tolist()
    if left.kind == "code":
        found = [
            [item.levels[code] for code in item.values[item.present]] for item in (left, right)
        ]
        assert found[0] == found[1]
    else:
        np.testing.assert_array_equal(left.values, right.values)
    exact = [np.zeros(1) if item.precision is None else item.precision for item in (left, right)]
    assert exact[0].tolist() == exact[1].tolist() or not (exact[0].any() or exact[1].any())


def test_the_order_of_rows_does_not_matter(tmp_path) -> None:
    rows = [f"{record},{instance},{record}.{instance}\n" for record in "123" for instance in "12"]
    header = "record_id,redcap_repeat_instance,bilirubin\n"
    given_order = read(tmp_path / "a", {"labs.csv": header + "".join(rows)})
    shuffled = [rows[place] for place in (1, 0, 3, 2, 5, 4)]
    other = read(tmp_path / "b", {"labs.csv": header + "".join(shuffled)})
    assert records_to_flat(other) == records_to_flat(given_order)


def test_a_centres_notation_is_written_as_redcaps(tmp_path) -> None:
    text = "record_id;sex;seen;weight;children\n1;Male;01.02.2020;1.234,50;2,0\n2;1;03/2020;n.d.;\n"
    mapping = 'separator = ";"\ndecimal = ","\ndate_order = "dmy"\n[missing]\n"n.d." = "ND"\n'
    records = read(tmp_path, {"visit.csv": text}, mapping=mapping)
    lines = records_to_flat(records).decode().splitlines()
    assert lines[1].startswith("1,,,2,2020-02-01,1234.5,2,")
    assert lines[2].startswith("2,,,1,2020-03,ND,,")


def test_the_packaged_dictionary_through_all_layouts(tmp_path) -> None:
    dictionary = packaged_dictionary("ino-hct")
    enrolment = (
        "record_id,centre,sex,enrol_date,enrolment_complete\nP1,Ulm,2,2020-01-02,2\nP2,,1,,0\n"
    )
    cycles = "record_id,redcap_repeat_instance,cyc_no,cyc_d1_dose\nP2,1,1,0.8\nP2,2,2,ND\n"
    files = {"enrolment.csv": enrolment, "ino_cycle.csv": cycles}
    records = read(tmp_path, files, dictionary=dictionary)
    assert records.rejected == ()
    flat, eav = records_to_flat(records), records_to_eav(records)
    for layout, content in (("flat", flat), ("eav", eav)):
        again = read(tmp_path / layout, {"x.csv": content}, layout=layout, dictionary=dictionary)
        assert (records_to_flat(again), records_to_eav(again)) == (flat, eav)


KEYS = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_event_name"]
FIELDS = ["sex", "seen", "sites", "sites___1", "bilirubin", "alive", "visit_complete"]
OTHERS = ["record", "field_name", "value", "redcap_data_access_group", "Total", ""]
NAMES = st.sampled_from([*KEYS, *FIELDS, *OTHERS])
CELLS = st.sampled_from(["", "1", "2", "labs", "end", "2020-01-02", "x", "UNK", "1.0", '"'])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(NAMES, min_size=1, max_size=6),
    st.lists(st.lists(CELLS | NAMES, max_size=6), max_size=5),
    st.sampled_from(["forms", "flat", "eav"]),
)
def test_whatever_a_file_holds_is_counted(names, rows, layout) -> None:
    text = "\n".join(",".join(row) for row in [names, *rows])
    with TemporaryDirectory() as folder:
        records = read(Path(folder), {"visit.csv": text}, layout=layout)
    assert counted(records)
    taken = [file for file in records.files if not file.refused]
    assert len(taken) + sum(item.level == "file" for item in records.rejected) == 1
    entries = sum(item.level == "entry" for item in records.rejected)
    unreadable = sum(
        int((column.missing == UNREADABLE).sum())
        for table in records.tables.values()
        for column in table.columns.values()
    )
    assert entries == unreadable
    if layout == "forms" and taken:
        assert records.tables["visit"].rows == records.files[0].kept
