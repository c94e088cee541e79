"""Pools of the record, and the reader's own cohort beside them."""

from __future__ import annotations

import json
import re

import pytest

from atrisk.errors import InputError
from atrisk.estimators.pool_proportions import pool_proportions
from atrisk.evidence.pool import pool_plan
from pool_kit import DOSED, GROUPED, HEAD, PLAIN, RATIOS, pooled, written
from record_kit import PLAIN as STUDY
from record_kit import written as study_written


def of_record(folder, record, keys="", more=""):
    return pooled(folder, "", keys, f"[record]\n{record}\n{more}")


def names(found):
    return [row["study"] for row in found["studies"]]


def test_no_patient_is_pooled_twice_and_who_is_left_out_is_listed(tmp_path):
    found = of_record(tmp_path, 'endpoint = "sos_vod_post_hct"')
    assert names(found) == [
        "besponsa-label", "deangelo-2017", "itcc-059", "kantarjian-2013", "kayser-2024",
    ]  # fmt: skip
    left = {item["who"]: item["why"] for item in found["left_out"]}
    assert left["giglio-2022"].startswith("beside kayser-2024 it may share patients")
    assert {"ino-vate-2015", "kayser-2022", "kantarjian-2012"} <= left.keys()
    unused = {item["who"]: item["why"] for item in found["not_used"]}
    assert unused["marks-2019, all"] == "18% is printed without the number of patients it is of"
    assert any("all were transplanted" in text for text in found["cautions"])
    assert {paper["id"] for paper in found["papers"]} >= {"kayser-2024"}


@pytest.mark.parametrize(
    ("record", "there", "not_there"),
    [
        ('line = "salvage"', "DeAngelo 2017", "INITIAL-1"),
        ('population = "older_adults"', "Jabbour 2023", "DeAngelo 2017"),
        ('ph = "positive"', "Jain 2021", "DeAngelo 2017"),
        ('regimen = "ino_chemotherapy"', "EWALL-INO", "DeAngelo 2017"),
        ("min_dose = 9.0", "DeAngelo 2017", "INITIAL-1"),
        ("max_dose = 9.0", "INITIAL-1", "DeAngelo 2017"),
        ('exclude = [{ study = "deangelo-2017", reason = "x" }]', "INITIAL-1", "DeAngelo 2017"),
    ],
)
def test_each_filter(tmp_path, record, there, not_there):
    file = written(tmp_path, f'{HEAD}[record]\nendpoint = "cr_cri"\n{record}\n')
    rows = [line for line in pool_plan(file) if "/" in line]
    assert any(line.startswith(f"  {there}:") for line in rows)
    assert not any(line.startswith(f"  {not_there}:") for line in rows)


def test_a_study_taken_out_by_the_file_no_longer_keeps_others_out(tmp_path):
    record = 'endpoint = "sos_vod_post_hct"\nexclude = [{ study = "kayser-2024", reason = "mine" }]'
    found = of_record(tmp_path, record)
    left = {item["who"]: item["why"] for item in found["left_out"]}
    assert left["kayser-2024"] == "left out by the pool file: mine"
    assert {"kayser-2022", "giglio-2022"} & set(names(found))


def test_parts_and_roles(tmp_path):
    found = of_record(tmp_path, 'endpoint = "cr_cri"\narms = "parts"')
    labels = [row["label"] for row in found["studies"] if row["study"] == "kantarjian-2013"]
    assert labels == ["Kantarjian 2013, INO, one dose a cycle", "Kantarjian 2013, INO, weekly"]
    record = 'endpoint = "cr_cri"\nroles = ["experimental", "comparator"]'
    assert len(names(of_record(tmp_path, record))) > 8


@pytest.mark.parametrize(("key", "events"), [('"leave out"', None), ('"least"', 2), ('"most"', 3)])
def test_a_percentage_that_several_counts_have(tmp_path, key, events):
    found = of_record(tmp_path, f'endpoint = "sos_vod"\nseveral_counts = {key}')
    rows = {row["study"]: row for row in found["studies"]}
    if events is None:
        why = {item["who"]: item["why"] for item in found["not_used"]}
        assert "is printed of 2 and of 3 patients alike" in why["chevallier-2022, all"]
    else:
        assert rows["chevallier-2022"]["events"] == events
        assert "2 to 3 being possible" in rows["chevallier-2022"]["remarks"][0]


@pytest.mark.parametrize(("key", "dose"), [("middle", 5.4), ("low", 3.6), ("high", 7.2)])
def test_a_range_of_doses(tmp_path, key, dose):
    found = of_record(
        tmp_path, f'endpoint = "sos_vod"\ndose_range = "{key}"', 'moderators = ["cumulative_dose"]'
    )
    rows = {row["study"]: row for row in found["studies"]}
    assert rows["metheny-2024"]["moderators"] == {"cumulative_dose": dose}
    assert "for 3.6-7.2" in rows["metheny-2024"]["remarks"][0]
    assert any("the greatest that the protocol allows" in text for text in found["cautions"])
    why = {item["who"]: item["why"] for item in found["not_used"]}
    assert why["itcc-059, all"] == "its cumulative dose is not printed"


def test_doses_of_the_first_cycle(tmp_path):
    found = of_record(tmp_path, 'endpoint = "sos_vod"', 'moderators = ["first_dose"]')
    rows = {row["study"]: row["moderators"]["first_dose"] for row in found["studies"]}
    assert rows["deangelo-2017"] == 1.8


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("line", "Relapsed or refractory"),
        ("family", "INO alone"),
        ("schedule", "Divided doses"),
        ("age_group", "Older adults"),
        ("age_group", "Adults"),
        ("first_dose", "1.8 mg/m\N{SUPERSCRIPT TWO}"),
    ],
)
def test_studies_are_grouped_by_a_column_of_the_record(tmp_path, column, label):
    found = of_record(tmp_path, 'endpoint = "sos_vod"', f'subgroup = "{column}"')
    assert label in [group["label"] for group in found["subgroups"]["groups"]]


def test_studies_of_ones_own_are_pooled_with_the_record(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    study_written(mine, STUDY)
    found = of_record(tmp_path, 'endpoint = "cr_cri"\nfolder = "mine"')
    row = next(row for row in found["studies"] if row["study"] == "mine")
    assert (row["events"], row["total"]) == (24, 40)


def test_survival_of_the_record_at_one_time(tmp_path):
    keys = 'measure = "survival"\nlimits_scale = "log"\nrequire_symmetry = false'
    with pytest.raises(InputError, match=r"\[record\] time: the numbers are printed at .*: name"):
        of_record(tmp_path, 'endpoint = "os_at"', keys)
    found = of_record(tmp_path, 'endpoint = "os_at"\ntime = "2"', keys)
    # both trials' reports without limits share patients with the one that has them
    assert names(found) == ["ino-vate-hct-2017", "kayser-2024"]
    assert found["studies"][1]["printed"] == {
        "estimate": "0.367",
        "lower": "0.255",
        "upper": "0.529",
    }
    why = {item["who"]: item["why"] for item in found["not_used"]}
    assert why["ino-vate-2019, ino"] == "22.8 is printed without its confidence limits"


def test_ratios_of_the_record_have_the_level_that_is_asked_for(tmp_path):
    keys = 'measure = "ratio"\n'
    with pytest.raises(InputError, match=r"its limits have the level 97.5%, not 95%"):
        of_record(tmp_path, 'endpoint = "os_hr"', keys)
    with pytest.raises(InputError, match=r"1 study to pool \(ino-vate-2019\)"):
        of_record(tmp_path, 'endpoint = "os_hr"', f"{keys}limits_level = 0.975")


def test_groups_that_have_no_pooled_value_stand_beside_the_others(tmp_path):
    found = of_record(tmp_path, 'endpoint = "sos_vod"', 'subgroup = "line"')["subgroups"]
    groups = {group["label"]: group for group in found["groups"]}
    alone = groups["Maintenance after transplant"]
    assert (alone["events"], alone["total"], alone["estimate"]) == (0, 18, None)
    assert found["df"] == 2
    assert any("no patient of 18 had the event" in note for note in found["notes"])
    rows = GROUPED.replace('study = "E"', 'study = "D"\narm = "two"').replace(
        'study = "D"\nevents = 6', 'study = "D"\narm = "one"\nevents = 6'
    )
    rows = rows.replace('total = 36\nsubgroup = "x"', 'total = 36\nsubgroup = "z"')
    rows = rows.replace('total = 58\nsubgroup = "x"', 'total = 58\nsubgroup = "z"')
    arms = pooled(tmp_path, rows, 'subgroup = "Regimen"')["subgroups"]
    assert any("z: 2 arms of one study" in note for note in arms["notes"])


OWN = '[own]\nlabel = "Mine"\n'


def test_ones_own_cohort_is_laid_beside(tmp_path):
    found = pooled(tmp_path, more=f"{OWN}events = 12\ntotal = 40\nsource = 'here'")["own"]
    new = pool_proportions([18, 2, 5, 6, 17], [79, 24, 26, 36, 58]).predict_new(40, events=12)
    assert (found["lower_events"], found["upper_events"]) == (new.lower_events, new.upper_events)
    assert (found["below"], found["above"]) == pytest.approx((new.tail_below, new.tail_above))
    assert (found["inside"], found["source"]) == (True, "here")
    assert (found["estimate"], found["lower"]) == (0.3, pytest.approx(0.165627, abs=1e-6))
    outside = pooled(tmp_path, more=f"{OWN}events = 39\ntotal = 40")["own"]
    assert outside["inside"] is False
    assert outside["above"] < 0.025


def test_ones_own_cohort_at_its_dose(tmp_path):
    keys = 'moderators = ["dose"]'
    at = pooled(
        tmp_path, DOSED, keys, f"{OWN}events = 5\ntotal = 40\nmoderators = {{ dose = 9.0 }}"
    )
    means = pooled(tmp_path, DOSED, keys, f"{OWN}events = 5\ntotal = 40")
    assert (at["own"]["at_means"], means["own"]["at_means"]) == (False, True)
    assert at["own"]["expected"] > means["own"]["expected"]


def test_a_study_of_the_record_is_taken_out_and_laid_beside(tmp_path):
    found = of_record(tmp_path, 'endpoint = "sos_vod_post_hct"', more=f'{OWN}study = "kayser-2024"')
    assert (found["own"]["events"], found["own"]["total"]) == (17, 58)
    assert not {"kayser-2024", "kayser-2022", "giglio-2022"} & set(names(found))
    left = {item["who"]: item["why"] for item in found["left_out"]}
    assert left["kayser-2024"] == "is laid beside the pool, not pooled"
    assert left["kayser-2022"].startswith("may share patients with kayser-2024")


def results(folder, **values):
    entries = {key.replace("__", "."): {"value": v, "n": n} for key, (v, n) in values.items()}
    text = json.dumps({"schema": "atrisk-results/1", "values": entries})
    (folder / "results.json").write_text(text, "utf-8")


def test_ones_own_cohort_from_the_results_of_a_report(tmp_path):
    results(tmp_path, sos__any__events=(17, 58), sos__n=(60, 60), two__events=(3, 9), two__n=(9, 9))
    more = f'{OWN}results = "results.json"\nkey = '
    found = pooled(tmp_path, more=f'{more}"sos.any"')["own"]
    assert (found["events"], found["total"]) == (17, 58)
    assert found["source"] == "results.json, sos.any"
    assert pooled(tmp_path, more=f'{more}"two"')["own"]["total"] == 9
    told = pooled(tmp_path, more=f'{more}"sos.any"\ntotal_key = "sos.n"')["own"]
    assert told["total"] == 60


@pytest.mark.parametrize(
    ("rows", "keys", "more", "said"),
    [
        (PLAIN, "", "", "give 'events' and 'total', or 'study', or 'results' and 'key'"),
        (PLAIN, "", "events = 3", "give both 'events' and 'total'"),
        (PLAIN, "", "events = 3\ntotal = 2", "3 events of 2: more than there are"),
        (PLAIN, "", 'results = "results.json"', "give both 'results' and 'key'"),
        (PLAIN, "", 'results = "none.json"\nkey = "a"', "there is no file none.json"),
        (PLAIN, "", 'results = "pool.toml"\nkey = "a"', "pool.toml is no JSON file"),
        (PLAIN, "", 'results = "other.json"\nkey = "a"', "is not the results.json of a report"),
        (PLAIN, "", 'results = "results.json"\nkey = "sos.an"', "Did you mean 'sos.any'?"),
        (PLAIN, "", 'results = "results.json"\nkey = "big"', "big has 70 events of 58"),
        (PLAIN, "", 'study = "kayser-2024"', "a study of the record needs a table [record]"),
        (PLAIN, "", "events = 1\ntotal = 2\nmoderators = { dose = 1.0 }", "asks for none"),
        (RATIOS, 'measure = "ratio"', "events = 1\ntotal = 2", "is laid beside proportions"),
    ],
)
def test_a_cohort_that_cannot_be_laid_beside(tmp_path, rows, keys, more, said):
    results(tmp_path, sos__any__events=(17, 58), big__events=(70, 58))
    (tmp_path / "other.json").write_text('{"schema": "x"}', "utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        pooled(tmp_path, rows, keys, f"{OWN}{more}")


def test_a_study_without_the_count_cannot_be_laid_beside(tmp_path):
    with pytest.raises(InputError, match="marks-2019 has 0 counts of sos_vod_post_hct"):
        of_record(tmp_path, 'endpoint = "sos_vod_post_hct"', more=f'{OWN}study = "marks-2019"')
    with pytest.raises(InputError, match=r"no study 'kayser' in the record. Did you mean"):
        of_record(tmp_path, 'endpoint = "sos_vod_post_hct"', more=f'{OWN}study = "kayser"')


def test_a_pool_that_predicts_nothing_says_why(tmp_path):
    found = pooled(tmp_path, keys='method = "double_arcsine"', more=f"{OWN}events = 1\ntotal = 9")[
        "own"
    ]
    assert found["inside"] is None
    assert "no way back for a cohort of another size" in found["why_not"]
