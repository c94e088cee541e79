"""Abbreviations are explained where they stand as words."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from atrisk.report.abbreviations import abbreviations_of, with_abbreviations
from atrisk.report.language import using
from atrisk.report.tables import Row, Table
from atrisk.report.values import Number, phrase


def table(label="Row", *, title="Title", head="Head", cell="", note="", stub="Stub"):
    cells = (phrase(cell),) if cell else (phrase(Number("k", "1")),)
    notes = (note,) if note else ()
    return Table("t", title, stub, (phrase(head),), (Row(label, cells),), notes)


@pytest.mark.parametrize("place", ["label", "title", "head", "cell", "note", "stub"])
def test_every_text_is_read(place):
    assert abbreviations_of(table(**{place: "Blasts in BM, %"}), {}) == "BM: bone marrow."


def test_alphabetical_in_one_note():
    found = abbreviations_of(table("WBC and BM", head="OS (95% CI)"), {})
    assert found == (
        "BM: bone marrow; CI: confidence interval; OS: overall survival; WBC: white blood cells."
    )


@pytest.mark.parametrize("label", ["OSx", "Loss", "os", "BMI_1", "COS", "CIs"])
def test_only_whole_words(label):
    assert abbreviations_of(table(label), {}) is None


def test_a_name_inside_a_longer_one_is_not_explained_by_itself():
    found = abbreviations_of(table("SOS/VOD after allo-HCT"), {})
    assert found is not None
    assert "SOS/VOD: sinusoidal obstruction syndrome/veno-occlusive disease" in found
    assert "HCT: haematopoietic cell transplantation" in found
    assert "; VOD:" not in found
    assert not found.startswith("SOS:")


def test_the_study_file_comes_first():
    document = {"abbreviations": {"BM": "biomarker", "XYZ": "something", "CI": False}}
    found = abbreviations_of(table("BM, XYZ, 95% CI"), document)
    assert found == "BM: biomarker; XYZ: something."


def test_a_table_keeps_its_notes():
    before = table("BM", note="A note.")
    after = with_abbreviations(before, {})
    assert after.notes == ("A note.", "BM: bone marrow.")
    assert before.notes == ("A note.",)
    plain = table()
    assert with_abbreviations(plain, {}) is plain


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("de", "KI: Konfidenzintervall; OS: Gesamtüberleben."),
        ("it", "OS: sopravvivenza globale."),
    ],
)
def test_the_language_that_is_set(code, expected):
    with using(code):
        assert abbreviations_of(table("OS (KI 95 %)"), {}) == expected


def test_the_packaged_list():
    text = resources.files("atrisk.report").joinpath("abbreviations.toml").read_text("utf-8")
    listed = tomllib.loads(text)
    assert list(listed) == sorted(listed, key=lambda name: (name.casefold(), name))
    assert all(set(meanings) <= {"en", "de", "it"} and meanings for meanings in listed.values())
    for name in ("OS", "CI", "HR", "INO", "SOS/VOD", "ECOG", "WBC", "LDH", "MRD", "HCT"):
        assert "en" in listed[name]


@pytest.mark.parametrize(
    ("code", "note"), [("en", "CI, confidence interval: exact."), ("de", "KI, Konfidenzintervall.")]
)
def test_what_a_note_explains_is_not_explained_again(code, note):
    name = note.partition(",")[0]
    with using(code):
        assert abbreviations_of(table(f"HR (95% {name})", note=note), {}) == (
            "HR: hazard ratio." if code == "en" else "HR: Hazard Ratio."
        )
