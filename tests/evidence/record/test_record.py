"""The shipped record: every file passes its check, and says what its sources print."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from atrisk.errors import InputError
from atrisk.evidence.record import (
    check_files,
    counts_of,
    cumulative_dose,
    cycle_dose,
    load_record,
    read_study_file,
    schedule_text,
    shipped_folder,
)
from atrisk.evidence.record.models import SCHEMA
from atrisk.evidence.record.vocabulary import ENDPOINTS, PAPERS

RECORD = load_record()


def test_every_shipped_study_passes_its_check():
    checked, found = check_files([shipped_folder()])
    assert found == []
    assert checked == len(RECORD.files) == 54


def test_a_file_is_named_after_its_study():
    assert [f.read.path.stem for f in RECORD.files] == [s.study.id for s in RECORD.studies]
    assert all(file.study.schema_ == SCHEMA for file in RECORD.files)


def test_every_number_has_a_paper_and_a_place_that_readers_have():
    for study in RECORD.studies:
        papers = {*PAPERS, *(r.id for r in study.references if r.read)}
        for number in study.numbers:
            assert number.paper in papers
            assert not re.search(r"\bL\d+|\bline \d+", number.at)


def test_numbers_of_the_four_papers_are_quoted():
    bare = [
        (study.study.id, number.at)
        for study in RECORD.studies
        for number in study.numbers
        if number.paper in PAPERS and number.quote is None
    ]
    # counts of rows whose cell is its own quote, and a death told in a story of three patients
    assert len(bare) <= 3


def test_no_paper_has_one_reference_number_for_two_publications():
    seen: dict[tuple[str, int], str] = {}
    for study in RECORD.studies:
        for reference in study.references:
            for place in reference.numbers.items():
                first = seen.setdefault(place, reference.citation)
                assert first == reference.citation, place


def test_every_trial_of_the_review_is_there():
    registered = {number for study in RECORD.studies for number in study.study.registry}
    assert registered >= {
        "NCT05016947", "NCT03962465", "NCT01371630", "NCT03739814", "NCT03460522", "NCT04747912",
        "NCT02877303", "NCT05303792", "NCT03249870", "NCT01564784", "NCT01363297", "NCT02311998",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("study", "arm", "first", "all_cycles"),
    [
        ("jabbour-2018", "all", ("13/10", "9/5"), ("43/10", "57/10")),
        ("kantarjian-2023", "after", ("9/10",) * 2, ("27/10",) * 2),
        ("wieduwilt-2023", "all", ("9/5",) * 2, ("33/10",) * 2),
        ("stelljes-2024", "all", ("9/5",) * 2, ("24/5",) * 2),
        ("nguyen-2023", "all", ("3/5",) * 2, ("12/5",) * 2),
        ("jabbour-2024-mrd", "all", ("9/10",) * 2, ("39/10",) * 2),
        ("ino-vate-2019", "ino", ("9/5",) * 2, ("93/10",) * 2),
        ("deangelo-2017", "all", ("9/5",) * 2, ("49/5",) * 2),
        ("metheny-2024", "all", ("3/10", "3/5"), ("18/5", "36/5")),
    ],
)
def test_doses_add_up(study, arm, first, all_cycles):
    regimen = RECORD.study(study).regimen_of(arm)
    made, total = cycle_dose(regimen), cumulative_dose(regimen)
    assert (made.low, made.high) == tuple(map(Fraction, first))
    assert (total.low, total.high) == tuple(map(Fraction, all_cycles))


def test_the_cumulative_doses_that_the_review_prints_are_those_added_up():
    printed = {
        regimen.cumulative: cumulative_dose(regimen).text
        for study in RECORD.studies
        for regimen in study.regimens
        if regimen.cumulative
    }
    assert printed == {"5.7": "5.7", "4.3": "4.3", "2.7": "2.7", "2.4": "2.4"}


def test_a_regimen_without_printed_doses_has_no_dose():
    regimen = RECORD.study("chevallier-2022").regimens[0]
    assert cycle_dose(regimen) is None
    assert cumulative_dose(regimen) is None
    assert schedule_text(regimen) == "doses not printed"


def test_doses_without_a_number_of_cycles_have_no_sum():
    weekly = RECORD.study("kantarjian-2013").regimen_of("weekly")
    assert cycle_dose(weekly).text == "1.8"
    assert cumulative_dose(weekly) is None


def test_ongoing_trials_have_no_numbers():
    for study in RECORD.studies:
        if study.study.status in {"ongoing", "suspended"}:
            assert study.numbers == ()


def test_every_endpoint_of_the_vocabulary_is_used():
    used = {number.endpoint for study in RECORD.studies for number in study.numbers}
    assert set(ENDPOINTS) == used


def test_known_counts():
    def counts(study, endpoint, arm):
        found = [
            counts_of(number)
            for number in RECORD.study(study).numbers
            if (number.endpoint, number.arm) == (endpoint, arm) and number.subgroup is None
        ]
        return {(c.low, c.high, c.n) for c in found if c is not None}

    assert counts("kayser-2024", "sos_vod_post_hct", "all") == {(17, 17, 58)}
    assert counts("ino-vate-2016", "cr_cri", "ino") == {(88, 88, 109)}
    assert counts("ino-vate-2016", "mrd_negative", "ino") == {(69, 69, 88)}
    assert counts("ino-vate-2016", "mrd_negative", "soc") == {(9, 9, 32)}
    assert counts("ino-vate-2019", "sos_vod", "ino") == {(23, 23, 164)}
    assert counts("kantarjian-2023", "sos_vod", "before") == {(9, 9, 67)}
    assert counts("chevallier-2022", "sos_vod", "all") == {(2, 3, 131)}
    assert counts("metheny-2024", "sos_vod", "all") == {(0, 0, 18)}


def test_numbers_that_cannot_all_be_true_say_why():
    doubted = {s.study.id for s in RECORD.studies for n in s.numbers if n.doubt}
    assert doubted == {"ino-vate-2015", "kantarjian-2012", "kebriaei-2013", "wieduwilt-2023"}


def test_a_study_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'deangelo-2017'"):
        RECORD.study("deangelo-2071")


def test_a_folder_of_ones_own_is_read_beside_the_shipped(tmp_path):
    own = (shipped_folder() / "topp-2014.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(own.replace('"topp-2014"', '"mine"', 1), encoding="utf-8")
    record = load_record(tmp_path)
    assert len(record.studies) == 55
    assert record.study("mine").study.n == "36"


def test_two_files_of_one_id_are_refused(tmp_path):
    own = (shipped_folder() / "topp-2014.toml").read_text(encoding="utf-8")
    (tmp_path / "again.toml").write_text(own, encoding="utf-8")
    with pytest.raises(InputError, match=r"\.toml, line 4, \[study\] id: the id 'topp-2014'"):
        load_record(tmp_path)


def test_a_folder_without_study_files_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no study file"):
        load_record(tmp_path)
    with pytest.raises(InputError, match="there is no folder"):
        load_record(tmp_path / "nowhere")


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text("[study]\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_record(tmp_path)
    assert "a.toml, line 1" in str(error.value)
    assert "b.toml, line 1" in str(error.value)


def test_another_schema_is_refused(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text('schema = "atrisk-evidence/2"\n', encoding="utf-8")
    with pytest.raises(InputError, match="atrisk-evidence/2"):
        read_study_file(file)
