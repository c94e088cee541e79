"""Response under each set of rules, at the boundaries where the sets differ."""

from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.leukaemia.response import CALLS, RULE_SETS, Assessment, disagreements, respond

BEST = {
    "bm_blasts": 2,
    "pb_blasts": 0,
    "anc": 1.5,
    "plt": 150,
    "emd": "none",
    "transfusion_independent": True,
    "duration_weeks": 4,
    "previous_bm_blasts": 50,
    "previous_pb_blasts": 0,
}
LABEL = "Besponsa US prescribing information, as given by Medscape and pfizerpro.com.hk"
ELN = "Blood 2024;143:1891, ashpublications.net/view-large/12204026"
NCI = "Biol Blood Marrow Transplant 2010;16:1187, Table 4a, PMC7272718"
CIBMTR = "CIBMTR Forms Instructions Manual, ALL response criteria"
MORLEY = "Expert Rev Anticancer Ther 2016;16:159, Table 1"

# rules, what differs from BEST, call, source
TABLE = [
    ("label", {}, "CR", LABEL),
    ("label", {"bm_blasts": 4.9}, "CR", LABEL),
    ("label", {"bm_blasts": 5}, "refractory", LABEL),
    ("label", {"plt": 100, "anc": 1.0}, "CR", LABEL),
    ("label", {"plt": 99.9}, "CRi", LABEL),
    ("label", {"anc": 0.99}, "CRi", LABEL),
    ("label", {"plt": 20, "anc": 0.2}, "CRi", LABEL),
    ("label", {"bm_blasts": 5, "plt": 20}, "refractory", LABEL),
    ("label", {"pb_blasts": 0.5}, "refractory", LABEL),
    ("label", {"pb_blasts": 0.5, "plt": 20}, "refractory", LABEL),
    ("label", {"emd": "present", "plt": 20}, "refractory", LABEL),
    ("label", {"emd": "resolved"}, "CR", LABEL),
    ("label", {"emd": "present"}, "refractory", LABEL),
    ("label", {"bm_blasts": 10}, "refractory", LABEL),
    ("label", {"bm_blasts": 30, "in_remission_before": True}, "unclassified", LABEL),
    ("label", {"mrd_percent": 5, "duration_weeks": None}, "CR", LABEL),
    ("eln-2024", {}, "CR", ELN),
    ("eln-2024", {"anc": 1.0}, "MLFS", ELN),
    ("eln-2024", {"anc": 1.01}, "CR", ELN),
    ("eln-2024", {"plt": 100}, "MLFS", ELN),
    ("eln-2024", {"plt": 100.1}, "CR", ELN),
    ("eln-2024", {"plt": 99.9}, "CRi", ELN),
    ("eln-2024", {"anc": 0.99}, "CRi", ELN),
    ("eln-2024", {"anc": 1.0, "plt": 90}, "CRi", ELN),
    ("eln-2024", {"mrd_percent": 0.99}, "CR", ELN),
    ("eln-2024", {"mrd_percent": 1.0}, "refractory", ELN),
    ("eln-2024", {"pb_blasts": 3}, "CR", ELN),
    ("eln-2024", {"emd": "present"}, "refractory", ELN),
    ("eln-2024", {"transfusion_independent": None}, "CR", ELN),
    ("eln-2024", {"transfusion_independent": False}, "MLFS", ELN),
    ("eln-2024", {"bm_blasts": 5, "previous_bm_blasts": 10}, "PR", ELN),
    ("eln-2024", {"bm_blasts": 25}, "PR", ELN),
    ("eln-2024", {"bm_blasts": 25.1, "previous_bm_blasts": 90}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 5.1, "previous_bm_blasts": 10}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 5, "plt": 20}, "refractory", ELN),
    ("eln-2024", {"mrd_percent": 1.0, "plt": 20}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 20, "anc": 1.0}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 20, "plt": 100}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 20, "mrd_percent": 1.0}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 20, "transfusion_independent": False}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 20, "mrd_percent": 20}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 20, "in_remission_before": True}, "unclassified", ELN),
    # "If available: CR if MRD <1%" stands in the row of PR, beside "failure: MRD >=1%".
    ("eln-2024", {"bm_blasts": 20, "mrd_percent": 0.99}, "CR", ELN),
    ("eln-2024", {"bm_blasts": 25.1, "mrd_percent": 0.5}, "refractory", ELN),
    ("eln-2024", {"bm_blasts": 20, "mrd_percent": 0.5, "plt": 90}, "refractory", ELN),
    # All haematological criteria of CR: absence of extramedullary disease is one of them.
    ("eln-2024", {"bm_blasts": 20, "emd": "present"}, "refractory", ELN),
    ("nci-asbmt-2010", {}, "CR", NCI),
    ("nci-asbmt-2010", {"anc": 1.0, "plt": 100}, "CR", NCI),
    ("nci-asbmt-2010", {"plt": 99.9}, "CRi", NCI),
    ("nci-asbmt-2010", {"anc": 0.2}, "CRi", NCI),
    # Not yet for four weeks, so neither CR nor CRi: the printed partial response is what is left.
    ("nci-asbmt-2010", {"duration_weeks": 3.9}, "PR", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 5}, "PR", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 5, "plt": 20}, "refractory", NCI),
    ("nci-asbmt-2010", {"pb_blasts": 1, "plt": 20, "previous_pb_blasts": 5}, "refractory", NCI),
    ("nci-asbmt-2010", {"emd": "present", "plt": 20}, "refractory", NCI),
    ("nci-asbmt-2010", {"duration_weeks": 3.9, "plt": 20}, "refractory", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 25, "anc": 1.0, "plt": 100}, "PR", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 25, "anc": 0.99}, "refractory", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 25}, "PR", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 25.1, "previous_bm_blasts": 60}, "refractory", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 20, "previous_bm_blasts": 39}, "refractory", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 20, "plt": 99}, "refractory", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 20, "emd": "present", "emd_fall": 50}, "PR", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 20, "emd": "present", "emd_fall": 49}, "refractory", NCI),
    (
        "nci-asbmt-2010",
        {"bm_blasts": 20, "pb_blasts": 5, "previous_pb_blasts": 10},
        "PR",
        NCI,
    ),
    ("nci-asbmt-2010", {"bm_blasts": 62.5}, "progression", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 62.4}, "refractory", NCI),
    (
        "nci-asbmt-2010",
        {"bm_blasts": 40, "pb_blasts": 12.5, "previous_pb_blasts": 10},
        "progression",
        NCI,
    ),
    ("nci-asbmt-2010", {"bm_blasts": 40, "pb_blasts": 1}, "progression", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 25, "in_remission_before": True}, "relapse", NCI),
    ("nci-asbmt-2010", {"bm_blasts": 24.9, "in_remission_before": True}, "unclassified", NCI),
    ("nci-asbmt-2010", {"pb_blasts": 0.1, "in_remission_before": True}, "relapse", NCI),
    ("nci-asbmt-2010", {"emd": "present", "in_remission_before": True}, "relapse", NCI),
    ("nci-asbmt-2010", {"in_remission_before": True}, "CR", NCI),
    ("cibmtr", {}, "CR", CIBMTR),
    ("cibmtr", {"anc": 1.0, "plt": 100}, "CR", CIBMTR),
    ("cibmtr", {"mrd_percent": 2}, "CR", CIBMTR),
    ("cibmtr", {"duration_weeks": 3.9}, "unclassified", CIBMTR),
    ("cibmtr", {"transfusion_independent": False}, "unclassified", CIBMTR),
    ("cibmtr", {"plt": 99}, "unclassified", CIBMTR),
    ("cibmtr", {"emd": "present"}, "refractory", CIBMTR),
    ("cibmtr", {"bm_blasts": 5}, "refractory", CIBMTR),
    ("morley-marks-2016", {}, "CR", MORLEY),
    ("morley-marks-2016", {"plt": 100, "anc": 1.0}, "CR", MORLEY),
    ("morley-marks-2016", {"plt": 150, "anc": 0.5}, "unclassified", MORLEY),
    ("morley-marks-2016", {"plt": 90, "anc": 1.5}, "unclassified", MORLEY),
    ("morley-marks-2016", {"plt": 90, "anc": 0.5}, "CRi", MORLEY),
    ("morley-marks-2016", {"plt": 100, "anc": 0.9}, "CRi", MORLEY),
    ("morley-marks-2016", {"emd": "present", "pb_blasts": 5}, "CR", MORLEY),
    ("morley-marks-2016", {"bm_blasts": 5}, "refractory", MORLEY),
    ("morley-marks-2016", {"bm_blasts": 5, "plt": 20, "anc": 0.2}, "refractory", MORLEY),
    ("morley-marks-2016", {"plt": 90, "anc": 1.0}, "CRi", MORLEY),
]


@pytest.mark.parametrize(("rules", "differs", "call", "source"), TABLE)
def test_boundaries(rules, differs, call, source) -> None:
    assert respond(Assessment(**(BEST | differs)), rules).call == call, source


def test_every_set_and_every_built_in_call_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} == set(RULE_SETS)
    assert {row[2] for row in TABLE} == set(CALLS) - {"CRp", "CRh", "cannot say"}


# rules, what is not recorded, call, missing, possible
UNRECORDED = [
    ("label", {"anc": None}, "cannot say", ("anc",), ("CR", "CRi", "unclassified")),
    ("label", {"anc": None, "plt": 90}, "CRi", (), ("CRi",)),
    ("label", {"bm_blasts": None, "pb_blasts": 3}, "refractory", (), ("refractory",)),
    ("label", {"bm_blasts": 40, "anc": None, "emd": None}, "refractory", (), ("refractory",)),
    ("label", {"emd": None}, "cannot say", ("emd",), ("CR", "refractory", "unclassified")),
    ("eln-2024", {"anc": None}, "cannot say", ("anc",), ("CR", "CRi", "MLFS")),
    (
        "nci-asbmt-2010",
        {"bm_blasts": 20, "previous_bm_blasts": None},
        "cannot say",
        ("previous_bm_blasts",),
        ("progression", "PR", "refractory"),
    ),
]


@pytest.mark.parametrize(("rules", "differs", "call", "missing", "possible"), UNRECORDED)
def test_what_is_not_recorded_is_not_guessed(rules, differs, call, missing, possible) -> None:
    found = respond(Assessment(**(BEST | differs)), rules)
    assert (found.call, found.missing, found.possible) == (call, missing, possible)


def test_the_printed_rules_of_morley_and_marks_hold_both_at_the_boundary() -> None:
    both = respond(Assessment(bm_blasts=2, plt=100, anc=1.0), "morley-marks-2016")
    assert (both.call, both.holds_too) == ("CR", ("CRi",))


def test_reasons_are_the_lines_of_the_rule() -> None:
    found = respond(Assessment(**(BEST | {"anc": 1.0})), "eln-2024")
    assert found.failed == ("anc > 1",)
    assert found.met == (
        "bm_blasts < 5",
        "emd = none or emd = resolved",
        "mrd_percent < 1 if recorded",
    )
    assert found.source.startswith("Gökbuget et al., Blood 2024;143:1891")


def test_failure_and_stable_disease_are_the_words_of_their_sets() -> None:
    poor = Assessment(**(BEST | {"bm_blasts": 45}))
    assert respond(poor, "eln-2024").term == "failure"
    assert respond(poor, "nci-asbmt-2010").term == "stable disease"
    assert respond(poor, "label").term == "refractory"


def test_waived_items_are_not_asked_for_and_said() -> None:
    early = Assessment(bm_blasts=2, anc=1.2, plt=120, emd="none")
    assert respond(early, "cibmtr").missing == ("transfusion_independent", "duration_weeks")
    found = respond(early, "cibmtr", waive=["duration_weeks", "transfusion_independent"])
    assert found.call == "CR"
    assert found.notes[-2:] == (
        "not asked for: duration_weeks",
        "not asked for: transfusion_independent",
    )


def test_a_waived_part_of_a_line_leaves_the_rest() -> None:
    found = respond(Assessment(**(BEST | {"pb_blasts": 4, "bm_blasts": 30})), waive=["emd"])
    assert found.met[0] == "bm_blasts >= 5 or pb_blasts > 0"


def test_crp_is_told_apart_only_when_asked_for() -> None:
    low = Assessment(**(BEST | {"plt": 60}))
    assert respond(low).call == "CRi"
    found = respond(low, also=["CRp"])
    assert (found.call, found.holds_too) == ("CRp", ("CRi",))
    assert "Cancer 2013" in found.notes[-1]
    assert respond(Assessment(**(BEST | {"plt": 60, "anc": 0.5})), also=["CRp"]).call == "CRi"
    assert respond(Assessment(**(BEST | {"plt": 100})), "eln-2024", also=["CRp"]).call == "CRp"


@pytest.mark.parametrize(
    ("anc", "plt", "call"),
    [(0.5, 60, "CRi"), (0.51, 50, "CRi"), (0.51, 50.1, "CRh"), (2, 150, "CR"), (0.6, 150, "CRh")],
)
def test_crh_has_the_cut_offs_that_the_user_names(anc, plt, call) -> None:
    counts = Assessment(**(BEST | {"anc": anc, "plt": plt}))
    found = respond(counts, crh=["anc > 0.5", "plt > 50"])
    assert found.call == call
    assert found.notes[-1] == "CRh (anc > 0.5 and plt > 50): as given by the user, no source"


def test_no_set_has_crh_of_its_own() -> None:
    half = Assessment(**(BEST | {"anc": 0.6, "plt": 60}))
    assert "CRh" not in {respond(half, rules).call for rules in RULE_SETS}


def test_a_rule_of_relapse_can_be_taken_from_another_set() -> None:
    back = Assessment(bm_blasts=30, pb_blasts=0, emd="none", in_remission_before=True)
    assert respond(back).call == "unclassified"
    found = respond(back, relapse="nci-asbmt-2010")
    assert (found.call, found.notes[-1]) == ("relapse", "relapse by the rule of 'nci-asbmt-2010'")


MISTAKES = [
    ({"rules": "eln"}, r"no rules of response named 'eln'.* There are: label, eln-2024"),
    ({"waive": ["duration"]}, r"no item to waive named 'duration'\."),
    ({"waive": ["in_remission_before"]}, r"no item to waive named 'in_remission_before'"),
    ({"also": ["CRh"]}, r"CRh is asked for by its cut-offs, crh=\(\.\.\.\)"),
    ({"crh": ["anc > 0.5"]}, r"must be a line on anc and one on plt, in 1e9/L"),
    ({"crh": ["anc > half", "plt > 50"]}, r"'anc > half' is not a condition on a response"),
    ({"relapse": "label"}, r"'label' has no rule of relapse; relapse= may be nci-asbmt-2010"),
]


@pytest.mark.parametrize(("options", "message"), MISTAKES)
def test_options_that_are_not_understood(options, message) -> None:
    with pytest.raises(InputError, match=message):
        respond(Assessment(**BEST), **options)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bm_blasts": 101}, r"bm_blasts of assessment 0 is 101\.0: it must be between 0 and 100"),
        ({"anc": -1}, r"anc of assessment 0 is -1\.0: it must be 0 or more, in 1e9/L"),
        ({"plt": float("inf")}, r"plt of assessment 0 is inf"),
        ({"emd": "gone"}, r"extramedullary disease 'gone' is none of none, resolved, present"),
    ],
)
def test_impossible_values_are_refused(values, message) -> None:
    with pytest.raises(InputError, match=message):
        respond(Assessment(**values))


def test_a_rise_of_a_quarter_is_exact_in_decimals() -> None:
    rise = Assessment(**(BEST | {"bm_blasts": 7.0, "previous_bm_blasts": 5.6}))
    assert respond(rise, "nci-asbmt-2010").call == "progression"


def test_blasts_that_stay_at_none_have_not_risen() -> None:
    same = Assessment(**(BEST | {"pb_blasts": 0, "previous_pb_blasts": 0, "bm_blasts": 30}))
    assert respond(same, "nci-asbmt-2010").call == "refractory"


COHORT = [
    Assessment(**(BEST | differs))
    for differs in ({}, {"anc": 1.0}, {"plt": 100}, {"mrd_percent": 3}, {"anc": None}, {"anc": 0.3})
]


def test_disagreements_name_rows_calls_and_reasons() -> None:
    found = disagreements(COHORT, "label", "eln-2024")
    assert found.calls == ("CR", "CRi", "MLFS", "refractory", "cannot say")
    assert found.table.tolist() == [
        [1, 0, 2, 1, 0],
        [0, 1, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1],
    ]
    assert found.rows.tolist() == [1, 2, 3]
    assert found.undecided.tolist() == [4]
    assert [found.reasons[code] for code in found.reason.tolist()] == [
        "label: CR; eln-2024: MLFS, not anc > 1",
        "label: CR; eln-2024: MLFS, not plt > 100",
        "label: CR; eln-2024: refractory, not mrd_percent < 1 if recorded",
    ]
    assert [CALLS[code] for code in found.first_call] == ["CR"] * 3
    assert [CALLS[code] for code in found.second_call] == ["MLFS", "MLFS", "refractory"]


def test_a_set_does_not_disagree_with_itself() -> None:
    found = disagreements(COHORT, "label", "label")
    assert (found.rows.size, found.reasons) == (0, ())


def test_options_reach_both_sets() -> None:
    found = disagreements(COHORT, "cibmtr", "label", waive=["anc"])
    assert found.undecided.size == 0
