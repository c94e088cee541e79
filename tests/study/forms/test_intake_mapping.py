"""Centres with their own headers, codes, units and ids."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.study.forms.dictionary import Dictionary
from atrisk.study.forms.fields import Choice, Field
from atrisk.study.forms.intake import CentreSource, read_records
from atrisk.study.forms.mapping import CentreMapping, read_mapping
from intake_kit import DICTIONARY, read, rejections, texts, write

GERMAN = """\
encoding = "cp1252"
separator = ";"
decimal = ","
date_order = "dmy"
serial_dates = 1900

[forms]
"Basisdaten" = "visit"

[columns]
"Pat.-Nr." = "record_id"
"Geschlecht" = "sex"
"Größe der Leber" = "weight"

[columns.visit]
"Datum" = "seen"

[columns.labs]
"Datum" = "lab_date"
"Bilirubin (µmol/l)" = "bilirubin"

[codes.sex]
"w" = 1
"m" = "2"
"divers" = "UNK"

[codes."*"]
"ja" = "1"

[units.bilirubin]
factor = 0.0585
from = "umol/L"

[missing]
"n.d." = "ND"
"-" = ""

[ignore]
columns = ["Bemerkung"]
forms = ["Legende"]
"""


def test_a_centre_in_its_own_words(tmp_path) -> None:
    files = {
        "Basisdaten.csv": (
            "Pat.-Nr.;Geschlecht;Datum;Größe der Leber;sites___1;Bemerkung\n"
            "1;W;01.02.2020;1.234,5;ja;x\n2;divers;43862;n.d.;-;\n3;x;2.3.20;7.5;0;\n"
        ).encode("cp1252"),
        "labs.csv": "Pat.-Nr.;Datum;Bilirubin (µmol/l)\n1;03/2020;20\n1;N.D.;\n".encode("cp1252"),
        "legende.csv": b"anything",
    }
    records = read(tmp_path, files, mapping=GERMAN)
    assert texts(records, "visit", "sex") == ["1", "<UNK>", "<unreadable>"]
    assert texts(records, "visit", "seen") == ["2020-02-01", "2020-02-01", "<unreadable>"]
    assert texts(records, "visit", "weight") == ["1234.5", "<ND>", "<unreadable>"]
    assert texts(records, "visit", "sites___1") == ["1", "<blank>", "0"]
    assert texts(records, "labs", "bilirubin") == ["1.17", "<blank>"]
    assert texts(records, "labs", "lab_date") == ["2020-03-15", "<ND>"]
    assert records.tables["labs"].columns["bilirubin"].text(0) == "20"
    assert rejections(records) == [
        ("entry", 4, "sex", "x"),
        ("entry", 4, "seen", "2.3.20"),
        ("entry", 4, "weight", "7.5"),
    ]


def test_what_the_source_says_goes_before_the_mapping(tmp_path) -> None:
    text = "record_id|weight|seen\n1|1.5|01/02/2020\n"
    records = read(
        tmp_path, {"visit.csv": text}, mapping=GERMAN,
        separator="|", decimal=".", date_order="mdy", encoding="ascii",
    )  # fmt: skip
    assert texts(records, "visit", "weight") == ["1.5"]
    assert texts(records, "visit", "seen") == ["2020-01-02"]


def test_ids_of_several_centres(tmp_path) -> None:
    text = "record_id,alive\n1,1\nULM-2,1\n"
    folder = write(tmp_path, {"end.csv": text})
    other = write(tmp_path / "other", {"end.csv": "record_id,alive\n1,0\nULM-2,0\nX3,1\n"})
    sources = [
        CentreSource("ULM", "Ulm", folder),
        CentreSource("BN", "Bonn", other, mapping=CentreMapping(record_prefix="")),
        CentreSource("K", "Köln", other, mapping=CentreMapping(record_prefix="X")),
    ]
    records = read_records(sources, DICTIONARY, root=tmp_path)
    assert records.ids == ("ULM-1", "ULM-2", "1", "X3", "X1", "XULM-2")
    assert records.centre.tolist() == [0, 0, 1, 1, 2, 2]
    assert [(item.record, item.reason) for item in records.rejected] == [
        ("ULM-2", "the record is one of centre 'ULM' already"),
        ("X3", "the record is one of centre 'BN' already"),
    ]
    assert [item.centre for item in records.rejected] == ["BN", "K"]


def test_one_source_keeps_its_ids(tmp_path) -> None:
    assert read(tmp_path, {"end.csv": "record_id\n1\n"}).ids == ("1",)
    files = {"visit.csv": "record_id\n12.0\n", "end.csv": "record_id\n12\n1.05\n"}
    assert read(tmp_path / "floats", files).ids == ("12", "1.05")
    twice = read(tmp_path / "twice", {"end.csv": "record_id\n12\n12.0\n"})
    assert [item.line for item in twice.rejected] == [3]
    numbered = read(tmp_path / "numbered", {"labs.csv": "record_id\n12\n12.0\n"})
    assert numbered.tables["labs"].instance.tolist() == [1, 2]
    prefixed = read(tmp_path, {"end.csv": "record_id\n1\n"}, mapping='record_prefix = "A-"')
    assert prefixed.ids == ("A-1",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colums = 1", "Did you mean 'columns'?"),
        ("decimal = ;", "line 1, column 11: this is not TOML"),
        ('decimal = ";"', '"." or ","'),
        ('decimal = ","\nseparator = ","', "both ','"),
        ('separator = ";;"', "not one character"),
        ('date_order = "dym"', "date_order = 'dym'"),
        ("serial_dates = 1905", "1900 or 1904"),
        ("header_row = 0", "a whole number from 1"),
        ("encoding = 8", "encoding = 8"),
        ('columns = "x"', "write [columns]"),
        ('[columns]\n"x" = 1.5', "'x' = 1.5"),
        ("[units.weight]\nfactor = 0", "a number above 0"),
        ("[ignore]\nfields = []", "it holds 'columns' and 'forms'"),
        ('[ignore]\ncolumns = "x"', "a list of texts"),
    ],
)
def test_a_mapping_with_a_mistake(text, words) -> None:
    with pytest.raises(InputError) as caught:
        read_mapping(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[forms]\nBasis = "visitt"', "the form 'visitt'"),
        ('[columns]\nx = "sexx"', "Did you mean 'sex'?"),
        ('[columns.vist]\nx = "sex"', "the form 'vist'"),
        ('[codes.sexx]\nw = "1"', "the field 'sexx'"),
        ('[codes.sex]\nw = "3"', "Its codes are: 1, 2"),
        ('[missing]\n"n.d." = "NOTD"', "the missing code 'NOTD'"),
        ("[units.sex]\nfactor = 2", "is no number"),
        ("[header_row]\nvist = 2", "the form 'vist'"),
    ],
)
def test_a_mapping_that_the_dictionary_does_not_know(tmp_path, text, words) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, {"end.csv": "record_id\n1\n"}, mapping=text)
    assert words in str(caught.value)


def test_a_mapping_file(tmp_path) -> None:
    path = tmp_path / "centre.toml"
    path.write_text('\ufeffdecimal = ","', encoding="utf-8")
    assert read_mapping(path).decimal == ","
    path.write_bytes(b'decimal = "\xff"')
    with pytest.raises(InputError, match=r"centre\.toml is not UTF-8"):
        read_mapping(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("sources", "options", "words"),
    [
        ([], {}, "no source"),
        ([CentreSource("A", "", "in"), CentreSource("A", "", "in")], {}, "the same id: A"),
        ([CentreSource("A", "", "in", "form")], {}, "Did you mean 'forms'?"),
        ([CentreSource("A", "", "nowhere")], {}, "there is no"),
        ([CentreSource("A", "", "in", "flat")], {}, "is a folder"),
        ([CentreSource("A", "", "in", "parquet")], {}, "no file of the layout parquet"),
        ([CentreSource("A", "", "in")], {"partial_dates": "mid"}, "first, middle, last"),
    ],
)
def test_a_declaration_with_a_mistake(tmp_path, sources, options, words) -> None:
    write(tmp_path / "in", {"end.csv": "record_id\n1\n"})
    with pytest.raises(InputError) as caught:
        read_records(sources, DICTIONARY, root=tmp_path, **options)
    assert words in str(caught.value)


FLAGGED = (
    '[codes.sites]\n"sì" = "1"\n"no, mai" = "0"\n"fegato" = "2"\n'
    '[codes."sites____3"]\n"ja" = "1"\n"nein" = 0\n"k.A." = "ND"\n'
)


def test_options_in_another_language(tmp_path) -> None:
    text = 'record_id,sites___1,sites___2,sites____3\n1,sì,"NO,  MAI",ja\n'
    text += "2,no,Sì,nein\n3,,,k.A.\n4,ja,o,sì\n"
    records = read(tmp_path, {"visit.csv": text}, mapping=FLAGGED)
    assert texts(records, "visit", "sites___1") == ["1", "0", "<blank>", "<unreadable>"]
    assert texts(records, "visit", "sites___2") == ["0", "1", "<blank>", "<unreadable>"]
    assert texts(records, "visit", "sites____3") == ["1", "0", "<ND>", "1"]


def test_the_codes_of_options_in_one_cell(tmp_path) -> None:
    """The same words: an option by its name, and a word for none of them."""
    text = 'record_id,sites\n1,fegato; 1\n2,"NO, MAI"\n'
    records = read(tmp_path, {"visit.csv": text}, mapping=FLAGGED)
    found = [texts(records, "visit", name) for name in ("sites___1", "sites___2", "sites____3")]
    assert found == [["1", "0"], ["1", "0"], ["0", "0"]]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ('[codes."sites___1"]\n"ja" = "2"', "gives the code '2' for 'sites___1'"),
        ('[codes.sites]\n"ja" = "4"', "Its codes are: 1, 2, -3, 0."),
        ('[codes."sites___9"]\n"ja" = "1"', "names the field 'sites___9'"),
        ('encoding = "cp-1252x"', "there is no encoding 'cp-1252x'"),
        ('encoding = "rot13"', "there is no encoding 'rot13'"),
        ("header_row = 9", "header_row = 9, and in/visit.csv has 2 lines. Name the row"),
        ("header_row = 2", "header_row = 2, and that row of in/visit.csv is blank"),
    ],
)
def test_mistakes_of_the_data_manager_are_no_queries(tmp_path, mapping, words) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, {"visit.csv": "record_id,sites\n,\n"}, mapping=mapping)
    assert words in str(caught.value)


def test_an_encoding_of_the_study_file(tmp_path) -> None:
    with pytest.raises(InputError, match=r"there is no encoding .utf8x.; .*.utf-8."):
        read(tmp_path, {"end.csv": "record_id\n1\n"}, encoding="utf8x")


def test_an_empty_file_is_the_centres(tmp_path) -> None:
    (fault,) = read(tmp_path, {"end.csv": " \n"}, mapping="header_row = 4").rejected
    assert fault.reason.startswith("the file has no header")


@pytest.mark.parametrize(
    ("text", "centre", "keeper"),
    [
        ("record_id,sexx\n1,1\n", "'visit'. Did you mean 'sex'?", "[columns] of the mapping"),
        ("record_id,last\n1,\n", "move the column.", "[ignore] columns"),
        ("record_id;sex\n1;1\n", "';', not ','.", "set separator = ';'"),
        ("x,,\nrecord_id,sex,weight\n", "remove the rows above it.", "set header_row = 2"),
        ("record_id,weight\n1,many\n", "not a number.", "[missing] of the mapping"),
        ("record_id,seen\n1,43862\n", "format the column as a date.", "serial_dates = 1900"),
        ("record_id,seen\n1,01/02/2020\n", "write year-month-day.", "set date_order"),
    ],
)
def test_the_centre_is_not_told_what_the_data_manager_can_do(
    tmp_path, text, centre, keeper
) -> None:
    (item,) = read(tmp_path, {"visit.csv": text}).rejected
    assert item.for_centre.endswith(centre)
    assert keeper in item.reason
    assert keeper not in item.for_centre


def test_the_code_of_a_choice_stands_once(tmp_path) -> None:
    choices = (Choice("0", "0 Fully active"), Choice("10", "1 Restricted"), Choice("x", "X"))
    fields = (Field("record_id", "visit"), Field("ecog", "visit", type="radio", choices=choices))
    records = read(tmp_path, {"visit.csv": "record_id,ecog\n1,7\n"}, dictionary=Dictionary(fields))
    assert records.rejected[0].reason == ("none of the choices: 0 Fully active, 10 1 Restricted, X")
