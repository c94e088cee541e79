"""The cohort against the tables and the text of Kayser et al., Haematologica 2024."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

# column, counts (None is missing), where the paper prints it
COUNTS = (
    ("sex", {"1": 20, "2": 38}, "Table 1; Results, Patient characteristics"),
    ("ino_use", {"1": 51, "2": 7}, "Methods: compassionate use 7, in-label 51"),
    ("ecog", {"0": 32, "1": 16, "2": 2, None: 8}, "Results, Patient characteristics"),
    (
        "karyotype_dx",
        {"t(9;22)": 16, "normal": 13, "complex": 13, "other": 6, None: 10},
        "Results, Genetics: 48 available",
    ),
    (
        "karyotype_rel",
        {"t(9;22)": 7, "normal": 8, "complex": 3, "other": 4, "KMT2A": 1, None: 35},
        "Results, Genetics: 23 available; the KMT2 rearrangement is one of 5 others there",
    ),
    ("bcr_abl1", {"1": 17, "0": 41}, "Table 1: t(9;22) 17"),
    ("emd", {"1": 12, "0": 40, None: 6}, "Results, Patient characteristics: 12 of 52"),
    ("cns_dx", {"1": 6, "0": 52}, "Results, Survival"),
    ("cns_rel", {"1": 8, "0": 50}, "Results, Survival: 1 of the 6 at diagnosis, and 7 more"),
    ("heavily_pretreated", {1.0: 47, 0.0: 11}, "Results, Prior treatment"),
    ("prior_blinatumomab", {1.0: 24, 0.0: 34}, "Results, Prior treatment"),
    ("first_line_hct", {1.0: 11, 0.0: 47}, "Abstract"),
    ("cycles_group", {"<=2": 52, "3-4": 4, "5-6": 2}, "Results, Treatment with INO"),
    ("cr_before_hct", {1.0: 49, 0.0: 9}, "Results, Response"),
    ("remission_at_hct", {1.0: 49, 0.0: 9}, "Results, Response: 49 in CR at transplant"),
    (
        "mrd",
        {"negative": 26, "positive": 16, "positive below quantification": 2, None: 14},
        "Results, MRD response: 44 of 49",
    ),
    (
        "donor_group",
        {"matched related": 11, "matched unrelated": 22, "haploidentical or cord blood": 25},
        "Results, Allo-HCT",
    ),
    ("intensity", {"MAC": 25, "RIC": 33}, "Results, Allo-HCT"),
    ("double_alkylator", {1.0: 16, 0.0: 42}, "Results, SOS/VOD: 8 of 16 and 9 of 42"),
    ("sos", {1.0: 17, 0.0: 41}, "Abstract"),
    ("sos_fatal", {1.0: 9, 0.0: 49}, "Abstract"),
    ("maintenance", {1.0: 7, 0.0: 51}, "Results, Allo-HCT and maintenance"),
    ("relapse", {1.0: 20, 0.0: 38}, "Results, Survival"),
    ("dead", {1.0: 36, 0.0: 22}, "Results, Survival: 15 of relapse, 21 in remission"),
    (
        "death_cause",
        {"1": 15, "2": 9, "3": 2, "4": 2, "5": 4, "6": 4, None: 22},
        "Results, Survival",
    ),
)

# column, number with a value, median, lowest, highest, where the paper prints it
MEDIANS = (
    ("age", 58, 42.5, 16, 69, "Table 1"),
    ("wbc", 48, 5.9, 0.2, 127, "Table 1"),
    ("plt", 48, 104.5, 6, 400, "Table 1"),
    ("hb", 48, 11.8, 6.6, 15.6, "Table 1"),
    ("ldh", 46, 327, 119, 3665, "Table 1"),
    ("bm_blasts", 51, 30, 0, 98, "Table 1"),
    # the lowest is printed as 25, which Table 2 contradicts
    ("ino_to_hct", 58, 50, 15, 374, "Results, Allo-HCT; patient 9 of Table 2"),
    ("ino_to_sos", 17, 61, 25, 126, "Results, SOS/VOD"),
    ("hct_to_sos", 17, 13, 5, 42, "Results, SOS/VOD"),
)

# group, in it with SOS/VOD, in it, where the paper prints it
SOS_BY = (
    ("double_alkylator", 1.0, 8, 16, "Results, SOS/VOD"),
    ("double_alkylator", 0.0, 9, 42, "Results, SOS/VOD"),
    ("first_line_hct", 1.0, 6, 11, "Table 2"),
    ("intensity", "MAC", 7, 25, "Results, SOS/VOD"),
    ("intensity", "RIC", 10, 33, "Results, SOS/VOD"),
    ("ino_over_2_cycles", 1.0, 2, 6, "Table 2"),
)


@pytest.mark.parametrize(("name", "counts", "place"), COUNTS, ids=[row[0] for row in COUNTS])
def test_counts_are_those_of_the_paper(columns, name, counts, place):
    assert dict(Counter(columns.values(name))) == counts, place


@pytest.mark.parametrize(
    ("name", "known", "median", "lowest", "highest", "place"), MEDIANS, ids=[r[0] for r in MEDIANS]
)
def test_medians_and_ranges_are_those_of_the_paper(
    columns, name, known, median, lowest, highest, place
):
    values = columns.numbers(name)
    values = values[~np.isnan(values)]
    found = (len(values), np.median(values), values.min(), values.max())
    assert found == pytest.approx((known, median, lowest, highest)), place


@pytest.mark.parametrize(("name", "level", "cases", "of", "place"), SOS_BY)
def test_sos_by_group(columns, name, level, cases, of, place):
    sos = [
        sos
        for sos, group in zip(columns.values("sos"), columns.values(name), strict=True)
        if group == level
    ]
    assert (sum(sos), len(sos)) == (cases, of), place


def test_the_sos_cases_are_table_2(columns):
    """Every column of Table 2, row by row, from the derived columns alone."""
    # age, sex, ECOG, grade, first line, cycles, days from INO, MAC, double, days from transplant
    table_2 = {
        (56, "F", 1, 1, 0, 2.0, 71, 1, 1, 25),
        (46, "M", 0, 1, 0, 2.0, 126, 1, 0, 42),
        (46, "F", 0, 2, 1, 3.0, 76, 0, 0, 27),
        (28, "M", 1, 4, 0, 2.0, 45, 1, 0, 17),
        (30, "M", 1, 3, 0, 1.0, 58, 1, 0, 10),
        (43, "M", 1, 4, 1, 2.0, 61, 0, 1, 5),
        (36, "F", 1, 4, 0, 1.0, 40, 1, 1, 9),
        (58, "M", 0, 5, 1, 2.0, 59, 1, 1, 11),
        (28, "F", 0, 5, 1, 1.67, 25, 0, 1, 10),
        (54, "M", 1, 5, 0, 5.0, 44, 0, 0, 18),
        (28, "M", 1, 5, 0, 2.0, 104, 0, 0, 14),
        (40, "M", 1, 5, 1, 2.0, 118, 0, 0, 34),
        (49, "F", 1, 5, 0, 1.0, 73, 1, 0, 11),
        (31, "M", 0, 5, 0, 2.0, 35, 0, 1, 8),
        (36, "F", 0, 5, 1, 2.0, 70, 0, 1, 9),
        (56, "M", 0, 5, 0, 2.0, 35, 0, 1, 13),
        (23, "M", 0, 3, 0, 1.0, 61, 0, 0, 13),
    }
    names = ("age", "sex", "ecog", "sos_grade", "first_line_hct", "ino_cycles", "ino_to_sos")
    names += ("intensity", "double_alkylator", "hct_to_sos", "sos", "sos_fatal")
    found = set()
    for row in zip(*(columns.values(name) for name in names), strict=True):
        age, sex, ecog, grade, first, cycles, from_ino, intensity, double, from_hct, sos, fatal = (
            row
        )
        if not sos:
            continue
        assert fatal == (grade == "5")
        found.add(
            (
                int(age),
                "F" if sex == "1" else "M",
                int(ecog),
                int(grade),
                int(first),
                round(cycles, 2),
                int(from_ino),
                int(intensity == "MAC"),
                int(double),
                int(from_hct),
            )
        )
    assert found == table_2


def test_the_response_to_the_first_cycle(columns):
    """Results, Response: 53 assessed, CR 39 (with CRi), PR 5, refractory 9."""
    calls = Counter(columns.values("response_first_cycle"))
    found = (calls["CR"] + calls["CRi"], calls["PR"], calls["refractory"], calls[None])
    assert found == (39, 5, 9, 5)


def test_status_at_transplant(columns):
    """Results, Response: 49 CR, 4 PR; the 5th refractory one is the one the text does not place."""
    status = Counter(columns.values("status_at_hct"))
    assert (status["CR"] + status["CRi"], status["PR"], status["refractory"]) == (49, 4, 5)


def test_karyotypes_evolve_as_told(columns):
    """Results, Genetics: what became of each class between diagnosis and relapse."""
    pairs = zip(columns.values("karyotype_dx"), columns.values("karyotype_rel"), strict=True)
    found = Counter((before, after) for before, after in pairs if before or after)
    assert found == {
        ("t(9;22)", None): 8,
        ("t(9;22)", "normal"): 2,
        ("t(9;22)", "t(9;22)"): 6,
        (None, "t(9;22)"): 1,
        ("normal", "complex"): 1,
        ("normal", "normal"): 3,
        ("normal", None): 9,
        ("complex", "complex"): 2,
        ("complex", "normal"): 3,
        ("complex", "other"): 1,
        ("complex", "KMT2A"): 1,
        ("complex", None): 6,
        ("other", "other"): 3,
        ("other", None): 3,
    }


def test_blinatumomab_was_given_as_told(rows):
    """Results, Prior treatment: 2 first line, 3 primary refractory, 5 for MRD, 14 at relapse."""
    lines = rows("therapy_line")
    first = {row["record_id"]: row for row in lines if row["line_no"] == "1"}
    told = Counter(
        (row["line_no"], first[row["record_id"]]["line_response"], row["line_response"])
        for row in lines
        if row["line_therapy___3"] == "1"
    )
    assert told == {
        ("1", "1", "1"): 2,
        ("2", "3", "1"): 2,
        ("2", "3", "3"): 1,
        ("2", "1", "4"): 5,
        ("2", "1", "3"): 11,
        ("2", "1", "1"): 3,
    }


def test_relapse_and_death(columns):
    """Results, Survival: 20 relapsed, of them 5 alive; 17 alive without relapse."""
    ends = Counter(zip(columns.values("relapse"), columns.values("dead"), strict=True))
    assert ends == {(1.0, 1.0): 15, (1.0, 0.0): 5, (0.0, 1.0): 21, (0.0, 0.0): 17}


def test_maintenance_was_given_as_told(rows):
    """Results, Maintenance: ponatinib 3, dasatinib 1, blinatumomab 3 (3 cycles, 1, 1)."""
    given = Counter((row["mnt_agent"], row["mnt_cycles"]) for row in rows("maintenance"))
    assert given == {("1", ""): 3, ("2", ""): 1, ("3", "3"): 1, ("3", "1"): 2}


def test_the_work_up_meets_the_criteria_on_the_day_of_the_diagnosis_only_in_cases(columns):
    found = columns.values("sos_ebmt_2023_probable_day")
    sos = columns.values("sos")
    assert [None if not case else day for case, day in zip(sos, found, strict=True)] == found
    assert [day for day in columns.values("hct_to_sos") if day] == [day for day in found if day]


#: Table 2's grade -> the EBMT grade of the work-up; 5 is fatal, and each course to it very severe
AT_ITS_WORST = {
    "1": "mild",
    "2": "moderate",
    "3": "severe",
    "4": "very severe",
    "5": "very severe",
}


def test_the_work_up_has_the_severity_of_the_grade(columns):
    """At diagnosis no more severe than at its worst: 4 and 5 are severe on the day."""
    names = ("sos_grade", "sos_severity", "sos_severity_highest")
    found = Counter(zip(*(columns.values(name) for name in names), strict=True))
    at_diagnosis = AT_ITS_WORST | {"4": "severe", "5": "severe"}
    grades = {"1": 2, "2": 1, "3": 2, "4": 3, "5": 9}
    assert found == {(None, "none", "none"): 41} | {
        (grade, at_diagnosis[grade], AT_ITS_WORST[grade]): n for grade, n in grades.items()
    }


def test_the_baseline_of_sos_is_that_at_transplantation(columns, rows):
    """Nobody is judged from the weight and the creatinine before INO."""
    for name, field in (("weight", "hct_weight_kg"), ("creat", "hct_creat")):
        used = [
            origin.field
            for origin in columns.derived[f"hct_baseline_{name}"].origin
            if (origin.row >= 0).any()
        ]
        assert used == [field]
    before = {row["record_id"]: row["weight_kg"] for row in rows("baseline")}
    assert any(row["hct_weight_kg"] != before[row["record_id"]] for row in rows("transplant"))


def test_therapy_between_ino_and_transplant_was_given_as_told(columns, rows):
    """Results, Response: why, what, how many cycles, how it ended; a line a patient."""
    told = Counter(
        (
            row["brg_reason"],
            "".join(kind for kind in "123567" if row[f"brg_therapy___{kind}"] == "1"),
            row["brg_cycles"],
            row["brg_response"],
        )
        for row in rows("bridging")
    )
    assert told == {
        ("1", "3", "1.5", "1"): 1,  # no response to INO: CR after 1.5 cycles of blinatumomab
        ("1", "1", "2", "1"): 1,  # and after two cycles of HyperCVAD
        ("2", "13", "2", "1"): 1,  # relapse: chemotherapy, two cycles of blinatumomab, CR again
        ("3", "3", "2", "3"): 1,  # MRD: four treated with blinatumomab, three with one cycle
        ("3", "3", "1", "3"): 2,
        ("3", "3", "1", "4"): 1,  # one was MRD-negative before transplant
        ("4", "1", "", "5"): 1,  # maintenance in CR
    }
    assert Counter(columns.values("bridging")) == {1.0: 8, 0.0: 50}
    assert Counter(columns.values("bridging_blinatumomab")) == {1.0: 6, 0.0: 52}


def test_who_reached_remission_by_other_therapy_had_none_of_ino(columns, rows):
    """Results, Response: two without response to INO; a third was in CR and relapsed."""
    place = {row["record_id"]: at for at, row in enumerate(rows("enrolment"))}
    first, again = columns.values("response_first_cycle"), columns.values("status_at_hct")
    remission = columns.values("cr_date")
    seen = []
    for row in rows("bridging"):
        at = place[row["record_id"]]
        if row["brg_reason"] == "1":
            end = np.datetime64(row["brg_end"]).astype(int)
            assert 0 < remission[at] - end < 10
            seen.append(first[at])
        if row["brg_reason"] in {"1", "2"}:
            assert again[at] in {"CR", "CRi"}
    assert seen == ["refractory", "refractory"]


def test_mrd_that_was_treated_was_there_before(rows):
    """Results, Response: of four treated for MRD one was negative before transplant."""
    results: dict[str, list[str]] = {}
    for row in rows("mrd"):
        results.setdefault(row["record_id"], []).append(row["mrd_result"])
    treated = [row["record_id"] for row in rows("bridging") if row["brg_reason"] == "3"]
    assert Counter(tuple(results[record]) for record in treated) == {
        ("1", "1"): 3,
        ("1", "0"): 1,
    }
    assert sum(len(found) for found in results.values()) == 44 + len(treated)
