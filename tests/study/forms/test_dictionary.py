"""REDCap's data dictionary goes in and comes out byte for byte, and the model says what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.study.forms.dictionary import (
    Choice,
    Dictionary,
    Field,
    MissingCode,
    read_dictionary,
    write_dictionary,
)
from atrisk.study.forms.dictionary_rows import HEADER
from atrisk.study.forms.fields import VALIDATIONS, checkbox_column
from atrisk.study.forms.packaged import packaged_dictionary, packaged_file, packaged_names

TITLES = tuple(HEADER.values())
API = (
    "field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations,"
    "field_note,text_validation_type_or_show_slider_number,text_validation_min,"
    "text_validation_max,identifier,branching_logic,required_field,custom_alignment,"
    "question_number,matrix_group_name,matrix_ranking,field_annotation"
)


def written(rows, newline="\r\n", quoted="needed", delimiter=",", header=TITLES):
    """Spell a CSV: quotes where needed, everywhere, or around what holds a letter."""

    def cell(text):
        must = any(character in text for character in f'"\r\n{delimiter}')
        asked = {"needed": False, "all": True, "letters": any(map(str.isalpha, text))}[quoted]
        return '"' + text.replace('"', '""') + '"' if must or asked else text

    return "".join(delimiter.join(map(cell, cells)) + newline for cells in [header, *rows])


def row(name, form="visit", **cells):
    named = dict.fromkeys(HEADER, "") | {"name": name, "form": form, "type": "text"} | cells
    return [named[title] for title in HEADER]


@pytest.mark.parametrize("name", packaged_names())
def test_a_packaged_dictionary_is_written_as_it_stands_and_as_redcap_writes_it(name):
    dictionary = packaged_dictionary(name)
    assert write_dictionary(dictionary) == packaged_file(f"{name}.csv")
    assert write_dictionary(replace(dictionary, layout=None)) == packaged_file(f"{name}.csv")


def test_the_packaged_dictionary_knows_what_the_csv_cannot_say():
    dictionary = packaged_dictionary("ino-hct")
    assert dictionary.name == "ino-hct"
    assert {"mrd", "response", "transplant"} <= dictionary.repeating
    assert [code.code for code in dictionary.missing_codes] == ["UNK", "ND", "NA"]
    assert dictionary.missing_position("unk") == 0
    assert dictionary.missing_position("17") is None


def test_an_unknown_packaged_dictionary_names_those_there_are():
    with pytest.raises(InputError, match=r"no packaged dictionary 'ino'\..*There are:.*ino-hct"):
        packaged_dictionary("ino")


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30
)


@given(
    labels=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    quoted=st.sampled_from(["needed", "all", "letters"]),
    delimiter=st.sampled_from(",;\t"),
    mark=st.booleans(),
    ended=st.booleans(),
    blank=st.integers(0, 2),
)
def test_any_cells_come_back_byte_for_byte(labels, newline, quoted, delimiter, mark, ended, blank):
    rows = [
        row(f"f{place}", section=section, label=label, annotation=note)
        for place, (section, label, note) in enumerate(labels)
    ]
    text = written(rows, newline, quoted, delimiter)
    lines = newline * blank
    text = (text if ended else text.removesuffix(newline)) + lines
    content = (b"\xef\xbb\xbf" if mark else b"") + text.encode()
    dictionary = read_dictionary(content)
    assert write_dictionary(dictionary) == content
    assert [(f.section, f.label, f.annotation) for f in dictionary.fields] == labels
    canonical = write_dictionary(replace(dictionary, layout=None))
    assert [(f.section, f.label, f.annotation) for f in read_dictionary(canonical).fields] == labels


def test_only_a_changed_row_is_written_anew():
    text = written([row("record_id"), row("age", label='Age, "years"')], "\r\n", "all")
    content = b"\xef\xbb\xbf" + text.encode()
    dictionary = read_dictionary(content)
    first, age = dictionary.fields
    changed = replace(
        dictionary, fields=(first, replace(age, note="In years"), Field("sex", "visit"))
    )
    lines = write_dictionary(changed).decode("utf-8-sig").split("\r\n")
    before = text.split("\r\n")
    assert lines[:2] == before[:2]
    assert lines[2] == 'age,visit,,text,"Age, ""years""",,"In years",,,,,,,,,,,'
    assert lines[3:] == ["sex,visit,,text,,,,,,,,,,,,,,", ""]


def test_a_row_without_its_end_of_line_gets_one_when_another_follows():
    dictionary = read_dictionary(written([row("record_id")], "\n").removesuffix("\n").encode())
    longer = replace(dictionary, fields=(*dictionary.fields, Field("age", "visit")))
    assert [f.name for f in read_dictionary(write_dictionary(longer)).fields] == [
        "record_id",
        "age",
    ]


def test_every_column_of_a_field_made_in_the_model_survives():
    fields = (
        Field("record_id", "visit"),
        Field(
            name="site",
            form="visit",
            section="Where",
            type="radio",
            label="Site, if known",
            choices=(Choice("1", "Marrow, left"), Choice("-9", "")),
            note="One",
            validation="autocomplete",
            identifier=True,
            branching="[record_id] <> ''",
            required=True,
            alignment="RH",
            question_number="1a",
            matrix_group="sites",
            matrix_ranking=True,
            annotation="@HIDDEN",
        ),
        Field("seen", "visit", validation="date_dmy", minimum="2020-01-01", maximum="today"),
        Field("bmi", "visit", type="calc", calculation="round([record_id] / 2, 1)"),
        Field(
            "pain", "visit", type="slider", calculation="none | some | worst", validation="number"
        ),
        Field("query", "visit", type="sql", calculation="select 1"),
        Field("ok", "visit", type="yesno", choices=(Choice("1", "Yes"), Choice("0", "No"))),
    )
    again = read_dictionary(write_dictionary(Dictionary(fields)))
    assert again.fields == fields


@pytest.mark.parametrize(
    ("header", "dropped"),
    [
        (API.split(","), 0),
        ([*TITLES[:5], "Choices OR Calculations", *TITLES[6:]], 0),
        ([*TITLES[:5], "Choices or Calculations", "Field Note", "Text Validation Type"], 10),
        (TITLES[:17], 1),
        (TITLES[:12], 6),
        ([title.upper() for title in TITLES], 0),
    ],
)
def test_older_headers_and_the_one_of_the_api_are_understood(header, dropped):
    rows = [row("record_id"), row("sex", type="radio", choices="1, Female | 2, Male")]
    content = written([cells[: 18 - dropped] for cells in rows], header=header).encode()
    dictionary = read_dictionary(content)
    assert dictionary.field("sex").choices == (Choice("1", "Female"), Choice("2", "Male"))
    assert write_dictionary(dictionary) == content


def test_a_field_that_needs_a_column_the_file_lacks_is_written_with_all_columns():
    content = written([row("record_id")[:12]], "\n", header=TITLES[:12]).encode()
    dictionary = read_dictionary(content)
    longer = replace(dictionary, fields=(replace(dictionary.fields[0], annotation="@HIDDEN"),))
    again = read_dictionary(write_dictionary(longer))
    assert again.fields[0].annotation == "@HIDDEN"
    assert again.layout.attributes == tuple(HEADER)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"type": "text"}, "code"),
        ({"type": "notes"}, "code"),
        ({"type": "textarea"}, "code"),
        ({"type": "radio", "choices": "1, a"}, "code"),
        ({"type": "select", "choices": "1, a"}, "code"),
        ({"type": "dropdown", "choices": "1, a"}, "code"),
        ({"type": "checkbox", "choices": "1, a"}, "checkbox"),
        ({"type": "yesno"}, "code"),
        ({"type": "truefalse"}, "code"),
        ({"type": "calc", "choices": "1 + 1"}, "number"),
        ({"type": "slider"}, "number"),
        ({"type": "descriptive"}, "none"),
        ({"type": "file"}, "none"),
        ({"type": "sql"}, "code"),
        ({"validation": "integer"}, "number"),
        ({"validation": "number_2dp_comma_decimal"}, "number"),
        ({"validation": "date_mdy"}, "date"),
        ({"validation": "datetime_dmy"}, "datetime"),
        ({"validation": "datetime_seconds_ymd"}, "datetime"),
        ({"validation": "time"}, "code"),
        ({"validation": "email"}, "code"),
    ],
)
def test_the_kind_of_a_field(cells, kind):
    dictionary = read_dictionary(written([row("record_id"), row("x", **cells)]).encode())
    assert dictionary.field("x").kind == kind


@pytest.mark.parametrize("validation", sorted(VALIDATIONS))
def test_every_validation_is_taken_and_written_back(validation):
    content = written([row("record_id"), row("x", validation=validation)]).encode()
    dictionary = read_dictionary(content)
    assert dictionary.field("x").validation == validation
    order = dictionary.field("x").date_order
    assert order == (validation[-3:] if validation[-3:] in {"mdy", "dmy"} else "ymd")


def test_forms_fields_and_columns():
    dictionary = packaged_dictionary("ino-hct")
    assert dictionary.record_id == "record_id"
    assert dictionary.forms[0] == "enrolment"
    assert dictionary.of("mrd")[0].form == "mrd"
    assert dictionary.column_names("therapy_line")[:3] == (
        "line_no",
        "line_therapy___1",
        "line_therapy___2",
    )
    assert "record_id" not in dictionary.column_names("enrolment")
    assert "age" in dictionary
    assert "agee" not in dictionary
    with pytest.raises(InputError, match=r"no field 'agee'\. Did you mean 'age'"):
        dictionary.field("agee")
    with pytest.raises(InputError, match=r"no form 'mrds'\..*Did you mean 'mrd'"):
        dictionary.of("mrds")


@pytest.mark.parametrize(
    ("code", "column"),
    # As REDCap names the columns of exports: lower case, and "_" for what a name cannot hold.
    [("1", "s___1"), ("-1", "s____1"), ("UNK", "s___unk"), ("1.5", "s___1_5")],
)
def test_checkbox_columns_are_named_as_in_exports(code, column):
    assert checkbox_column("s", code) == column


def test_missing_codes_and_repeating_forms_come_from_the_caller():
    content = written([row("record_id"), row("x", "lab")]).encode()
    by_name = read_dictionary(content, repeating=["lab"], missing_codes={"UNK": "unknown"})
    assert by_name.repeating == {"lab"}
    assert by_name.missing_codes == (MissingCode("UNK", "unknown"),)
    as_list = read_dictionary(content, missing_codes=[MissingCode("UNK", "unknown")])
    assert as_list.missing_codes == by_name.missing_codes


def test_a_validation_of_the_hospitals_own_server_is_named_by_the_caller():
    content = written([row("record_id"), row("x", validation="national_id")]).encode()
    with pytest.raises(InputError, match="the validation 'national_id' is not known"):
        read_dictionary(content)
    assert read_dictionary(content, validations=["national_id"]).field("x").kind == "code"


def test_another_encoding_is_named_and_written_back():
    content = written([row("record_id", label="Größe")]).encode("cp1252")
    with pytest.raises(InputError, match=r"line 2: byte 0xf6 is not utf-8.*encoding='cp1252'"):
        read_dictionary(content)
    dictionary = read_dictionary(content, encoding="cp1252")
    assert dictionary.fields[0].label == "Größe"
    assert write_dictionary(dictionary) == content
    greek = replace(dictionary, fields=(replace(dictionary.fields[0], label="β"),))
    with pytest.raises(InputError, match="cp1252, which has no 'β'"):
        write_dictionary(greek)


def test_a_path_gives_the_dictionary_its_name(tmp_path):
    path = tmp_path / "cohort.csv"
    path.write_bytes(written([row("record_id")]).encode())
    assert read_dictionary(path).name == "cohort"
    assert read_dictionary(str(path), name="mine").name == "mine"
