"""Analyses of kind ``cox``: every option away from its default, and what cannot be fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from study_kit import DEATH, HEAD, missing, number, numbers, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

COX = 'id = "a"\nkind = "cox"\ntitle = "Cox"\nendpoint = "disease_free_survival"\n'
AGE = COX + 'variables = ["group", "age"]\n'

# R 4.2.2, survival 3.5-3, rms 6.5-0: estimates and standard errors of
# coxph(Surv(t2, d3) ~ factor(group) + z1, ...), with ties = "breslow"; cluster = z9; weights = z1
R_OPTIONS = {
    'ties = "breslow"\n': (-0.62472990468246559, 0.2966514531390220, 0.0124337222805997),
    'cluster = "z9"\n': (-0.62460581968802265, 0.3026544240399504, 0.0136039120852644),
}


def node_of(document: dict[str, Any], name: str = "a") -> dict[str, Any]:
    return next(node for node in document["analyses"] if node["id"] == name)


@pytest.mark.parametrize(("option", "expected"), R_OPTIONS.items(), ids=["ties", "cluster"])
def test_an_option_changes_what_r_says_it_does(
    tmp_path: Path, option: str, expected: tuple[float, ...]
) -> None:
    document = run_bmt(tmp_path, AGE + option)
    low = "a.multivariable.group_aml_low_risk"
    found = (
        *numbers(document, low, "estimate", "std_error"),
        number(document, "a.multivariable.age.std_error"),
    )
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    model = node_of(document)["models"][1]
    assert model["ties"] == ("breslow" if "ties" in option else "efron")
    assert model["variance"] == ("robust" if "cluster" in option else "model")
    keys = document["values"]
    # with clusters the likelihood has no test
    assert ("a.multivariable.overall.likelihood_ratio.p_value" in keys) == ("ties" in option)
    assert ("a.multivariable.overall.robust_score.p_value" in keys) == ("cluster" in option)
    robust = "robust" in document["values"][f"{low}.p_value"]["method"]
    assert robust == ("cluster" in option)


def test_one_cause_is_modelled_and_the_others_are_censored(tmp_path: Path) -> None:
    text = AGE.replace("disease_free_survival", "relapse_or_nrm")
    document = run_bmt(tmp_path, text + 'cause = "relapse"\n')
    # coxph(Surv(t2, d2) ~ factor(group) + z1, b)
    low = numbers(document, "a.multivariable.group_aml_low_risk", "estimate", "std_error")
    np.testing.assert_allclose(low, [-0.90320860351237653, 0.4527547435001324], rtol=1e-8)
    assert number(document, "a.multivariable.events") == 42
    assert node_of(document)["cause"] == {"id": "relapse", "label": "Relapse"}
    together = run_bmt(tmp_path, text)
    assert number(together, "a.multivariable.events") == 83
    assert node_of(together)["notes"] == [
        "An event is the first of: Relapse, Non-relapse mortality."
    ]


def test_a_spline_bends_and_has_a_test_but_no_ratio(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, COX + 'variables = [{ id = "age", spline = 4 }]\n')
    # coxph(Surv(t2, d3) ~ rcs(z1, 4), b); Wald's statistic of its coefficients
    assert number(document, "a.univariable.age.statistic") == pytest.approx(8.11495667046461)
    assert number(document, "a.univariable.age.df") == 3
    assert "a.univariable.age.ratio" not in document["values"]
    term = node_of(document)["models"][1]["terms"][0]
    assert (term["type"], term["rows"], term["df"]) == ("spline", [], 3)
    assert node_of(document)["models"][1]["formula"] == "Surv(time, event) ~ rcs(age, 4)"


def test_per_is_the_change_a_ratio_stands_for(tmp_path: Path) -> None:
    one = run_bmt(tmp_path, COX + 'variables = ["age"]\n')
    ten = run_bmt(tmp_path, COX + 'variables = [{ id = "age", per = 10 }]\n')
    key = "a.univariable.age"
    assert number(ten, f"{key}.estimate") == pytest.approx(10 * number(one, f"{key}.estimate"))
    assert number(ten, f"{key}.ratio") == pytest.approx(number(one, f"{key}.ratio") ** 10)
    labels = [node_of(part)["models"][0]["terms"][0]["rows"][0]["label"] for part in (one, ten)]
    assert labels == ["Per year", "Per 10 years"]


# cox.zph(coxph(Surv(t2, d3) ~ factor(group) + z1 + z8 + z3, b), "rank"); the same with "identity"
R_PH = {
    "rank": [2.594365386919076, 0.590391705746477, 3.863420504248522],
    "identity": [3.7611297580864758, 0.2202925417285274, 4.1021251875255054],
}


@pytest.mark.parametrize(("transform", "expected"), R_PH.items(), ids=R_PH)
def test_the_time_scale_of_the_test_of_proportional_hazards(
    tmp_path: Path, transform: str, expected: list[float]
) -> None:
    variables = 'variables = ["group", "age", "fab", "sex"]\n'
    document = run_bmt(tmp_path, COX + variables + f'ph_test = "{transform}"\n')
    found = [number(document, f"a.ph.{term}.statistic") for term in ("group", "age", "global")]
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    ph = node_of(document)["ph"]
    assert (ph["transform"], ph["model"]) == (transform, "multivariable")
    plots = {plot["term"]: plot for plot in ph["plots"]}
    assert list(plots) == ["group", "age", "fab", "sex"]
    assert plots["group"]["estimate"] == 1.0
    assert plots["age"]["estimate"] == number(document, "a.multivariable.age.estimate")
    for plot in plots.values():
        sizes = {len(plot[part]) for part in ("time", "x", "residual")}
        assert sizes == {83}
        smooth = plot["smooth"]
        assert {len(smooth[part]) for part in smooth} == {40}
        middle = np.array(smooth["estimate"])
        assert np.all(np.array(smooth["lower"]) < middle)
        assert np.all(middle < np.array(smooth["upper"]))


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    alone = run_bmt(tmp_path, AGE + "multivariable = false\n")
    assert [model["id"] for model in node_of(alone)["models"]] == ["univariable"]
    assert node_of(alone)["ph"] is None
    together = run_bmt(tmp_path, AGE + "univariable = false\nph_test = false\n")
    assert [model["id"] for model in node_of(together)["models"]] == ["multivariable"]
    assert node_of(together)["ph"] is None
    assert not [key for key in together["values"] if ".ph." in key or ".univariable." in key]


def test_the_level_of_the_intervals(tmp_path: Path) -> None:
    wide = run_bmt(tmp_path, AGE)
    narrow = run_bmt(tmp_path, AGE + "conf_level = 0.8\n")
    key = "a.multivariable.age"
    assert number(narrow, f"{key}.estimate") == number(wide, f"{key}.estimate")
    assert number(narrow, f"{key}.upper") < number(wide, f"{key}.upper")
    assert node_of(narrow)["models"][0]["conf_level"] == 0.8


def test_selection_by_each_rule(tmp_path: Path) -> None:
    variables = COX + 'variables = ["group", "age", "fab", "sex", "cmv"]\n'
    by_p = run_bmt(tmp_path, variables + "selection = { stay = 0.1 }\n")
    kept = node_of(by_p)["selection"]
    assert kept["kept"] == ["group", "fab"]
    assert sorted(step["term"] for step in kept["steps"]) == ["age", "cmv", "sex"]
    assert (kept["rule"], kept["stay"], kept["method"]) == ("p", 0.1, "refit")
    last = kept["steps"][-1]["id"]
    assert number(by_p, f"a.selection.{last}.p_value") > 0.1
    # the model left is that of its variables alone
    alone = run_bmt(tmp_path, COX + 'variables = ["group", "fab"]\n')
    for row in ("group_aml_low_risk", "fab_aml_m4_or_m5"):
        assert number(by_p, f"a.selected.{row}.estimate") == pytest.approx(
            number(alone, f"a.multivariable.{row}.estimate"), rel=1e-9
        )
    held = run_bmt(tmp_path, variables + 'selection = { stay = 0.1, keep = ["cmv"] }\n')
    assert node_of(held)["selection"]["kept"] == ["group", "fab", "cmv"]
    assert node_of(held)["selection"]["keep"] == ["CMV status"]
    aic = run_bmt(tmp_path, variables + 'selection = { rule = "aic", method = "fastbw" }\n')
    assert node_of(aic)["selection"]["stay"] is None
    assert "Lawless" in aic["values"]["a.selection.step_1.p_value"]["method"]


def test_a_selection_that_keeps_nothing_says_so(tmp_path: Path) -> None:
    document = run_bmt(tmp_path, COX + 'variables = ["sex"]\nselection = { stay = 0.01 }\n')
    assert node_of(document)["selection"]["notes"] == ["No variable stays in the model."]
    assert [model["id"] for model in node_of(document)["models"]] == [
        "univariable",
        "multivariable",
    ]


def test_validation_and_calibration(tmp_path: Path) -> None:
    more = "validation = { repeats = 12, seed = 5 }\n"
    more += 'calibration = { at = "1 year", groups = 3, repeats = 10, seed = 2 }\n'
    document = run_bmt(tmp_path, AGE + more)
    node = node_of(document)
    assert [row["id"] for row in node["validation"]["rows"]] == ["c", "dxy", "r2", "slope"]
    c = numbers(document, "a.validation.c", "apparent", "optimism", "corrected")
    assert c[2] == pytest.approx(c[0] - c[1])
    assert c[0] == pytest.approx(number(document, "a.multivariable.concordance"))
    other = run_bmt(tmp_path, AGE + more.replace("seed = 5", "seed = 6"))
    assert number(other, "a.validation.c.optimism") != c[1]
    points = node["calibration"]["points"]
    assert len(points) == 3
    assert sum(point["n"] for point in points) == 137
    assert [point["predicted"] for point in points] == sorted(p["predicted"] for p in points)
    assert [point["label"] for point in points] == [
        "Group 1 of 3, lowest predicted survival",
        "Group 2 of 3",
        "Group 3 of 3, highest predicted survival",
    ]
    for point in points:
        parts = ("n", "predicted", "observed", "lower", "upper", "corrected")
        assert numbers(document, f"a.calibration.{point['id']}", *parts) == [
            point[part] for part in parts
        ]
    assert node["calibration"]["at"] == {"label": "1 year", "value": 365.25}
    assert len(node["calibration"]["curve"]["observed"]) == 101


GROUP = '[variables.g]\nlabel = "Group"\nlevels = { a = "A", b = "B", c = "C" }\n'
SMALL = (
    HEAD
    + DEATH
    + GROUP
    + '[variables.age]\nlabel = "Age"\n'
    + '[variables.twice]\nlabel = "Age again"\n'
    + '[variables.one]\nlabel = "One"\ntype = "categorical"\n'
    + '[variables.class]\nlabel = "Class"\ntype = "categorical"\n'
    + '[[analyses]]\nid = "a"\nkind = "cox"\ntitle = "Cox"\nendpoint = "os"\n'
)
ROWS = [
    "t,d,g,age,twice,one,class",
    "5,1,a,50,100,z,1",
    "8,1,a,61,122,z,2",
    "9,0,b,44,88,z,1",
    "12,1,b,70,140,z,1",
    "14,0,c,39,78,z,2",
    "15,1,a,58,116,z,2",
    "17,0,c,62,124,z,1",
    "21,1,b,51,102,z,2",
    "30,0,c,48,96,z,1",
]
INFINITE = "the estimate is infinite, as none of 3 patients had the event"


def test_a_level_without_events_has_a_reason(tmp_path: Path) -> None:
    document = run(tmp_path, SMALL + 'variables = ["g"]\n', ROWS)
    for part in ("estimate", "ratio", "lower", "upper", "p_value"):
        assert missing(document, f"a.univariable.g_c.{part}") == INFINITE
    assert number(document, "a.univariable.g_c.events") == 0
    assert number(document, "a.univariable.g_b.ratio") > 0
    # Wald's test fails, the likelihood does not
    assert number(document, "a.univariable.g.p_value") > 0
    assert document["values"]["a.univariable.g.p_value"]["method"] == "likelihood ratio test"
    node = node_of(document)
    assert node["models"][0]["notes"] == [f"Group, C: {INFINITE}; firth = true gives a finite one."]
    assert "infinite" in node["ph"]["failed"]
    assert "infinite" in missing(document, "a.ph.global.p_value")


def test_firth_gives_a_finite_estimate(tmp_path: Path) -> None:
    document = run(tmp_path, SMALL + 'variables = ["g"]\nfirth = true\n', ROWS)
    low, ratio, high = numbers(document, "a.univariable.g_c", "lower", "ratio", "upper")
    assert 0 <= low < ratio < high
    model = node_of(document)["models"][0]
    assert model["conf_type"] == "profile"
    assert "Firth" in model["method"]
    assert model["notes"] == []
    method = document["values"]["a.univariable.g_c.p_value"]["method"]
    assert method == "profile likelihood"


def test_a_column_that_others_determine_is_left_out_by_name(tmp_path: Path) -> None:
    document = run(tmp_path, SMALL + 'variables = ["age", "twice"]\n', ROWS)
    assert number(document, "a.univariable.twice.ratio") > 0
    why = "left out of the model: other variables determine it"
    assert missing(document, "a.multivariable.twice.ratio") == why
    assert number(document, "a.multivariable.age.ratio") == number(
        document, "a.univariable.age.ratio"
    )
    assert node_of(document)["models"][1]["notes"] == [
        "Left out of the model: Age again (a combination of Age)."
    ]


def test_a_variable_of_one_level_is_left_out_by_name(tmp_path: Path) -> None:
    document = run(tmp_path, SMALL + 'variables = ["one", "class"]\n', ROWS)
    alone, together = node_of(document)["models"]
    assert alone["notes"] == ["One: the model could not be fitted: it is the same in all patients."]
    assert alone["terms"][0]["failed"] == "it is the same in all patients"
    assert together["notes"] == ["One was left out of the model: it is the same in all patients."]
    assert number(document, "a.multivariable.class_level_2.ratio") > 0


def test_incomplete_patients_are_counted_and_listed_with_the_model(tmp_path: Path) -> None:
    rows = [row.replace("9,0,b,44", "9,0,b,") for row in ROWS]
    document = run(tmp_path, SMALL + 'variables = ["age", "class"]\n', rows)
    assert number(document, "a.univariable.age.n") == 8
    assert number(document, "a.univariable.age.left_out") == 1
    assert number(document, "a.univariable.class.n") == 9
    assert number(document, "a.multivariable.n") == 8
    left_out = node_of(document)["models"][1]["left_out"]
    assert [(row["line"], row["column"], row["reason"]) for row in left_out] == [
        (4, "age", "a variable of the model is missing")
    ]


def test_nobody_with_an_event_is_a_note_not_an_end(tmp_path: Path) -> None:
    rows = [ROWS[0], *(row.replace(",1,", ",0,", 1) for row in ROWS[1:])]
    document = run(tmp_path, SMALL + 'variables = ["age"]\n', rows)
    why = missing(document, "a.multivariable.age.ratio")
    assert why.startswith("nobody of the 9 rows had an event")
    model = node_of(document)["models"][1]
    assert model["failed"] == why
    assert model["notes"] == [f"Age: the model could not be fitted: {why}."]


def test_late_entry_weights_and_subjects_reach_the_model(tmp_path: Path) -> None:
    toml = SMALL.replace("causes = {", 'entry = "e"\nweights = "w"\ncauses = {')
    toml += 'variables = ["age"]\nties = "breslow"\n'
    named = [f"{row},{k % 4},{1 + k % 2},{k}" for k, row in enumerate(ROWS[1:])]
    document = run(tmp_path, toml, [f"{ROWS[0]},e,w,who", *named])
    plain = run(tmp_path, SMALL + 'variables = ["age"]\n', ROWS)
    key = "a.multivariable.age.estimate"
    assert number(document, key) != pytest.approx(number(plain, key))
    assert document["values"][key]["method"].endswith("weighted by column w")
    assert node_of(document)["models"][1]["formula"] == "Surv(entry, time, event) ~ age"
    # by Breslow's ties weight 2 is the row twice, and then the two rows are one subject's
    twice = [f"{row},{k % 4},1,{k}" for k, row in enumerate(ROWS[1:]) for _ in range(1 + k % 2)]
    by_subject = toml.replace("[data]", '[data]\nsubject = "who"')
    repeated = run(tmp_path, by_subject, [f"{ROWS[0]},e,w,who", *twice])
    assert number(repeated, key) == pytest.approx(number(document, key), rel=1e-9)
    assert number(repeated, "a.multivariable.n") == 9
    assert node_of(repeated)["models"][1]["variance"] == "robust"


def test_rows_of_one_patient_count_once(tmp_path: Path) -> None:
    toml = (
        (HEAD + DEATH)
        .replace("[data]", '[data]\nsubject = "who"')
        .replace("causes", 'entry = "e"\ncauses')
    )
    toml += '[[analyses]]\nid = "s"\nkind = "survival"\ntitle = "S"\nendpoint = "os"\n'
    document = run(tmp_path, toml, ["t,d,e,who", "3,0,0,1", "5,1,3,1", "8,0,0,2", "9,1,0,3"])
    assert numbers(document, "s.overall", "n", "events", "censored") == [3, 2, 1]


def test_a_variable_that_the_strata_determine_is_left_out_by_name(tmp_path: Path) -> None:
    """Within a hospital everybody had methotrexate, or nobody."""
    text = COX + 'variables = ["mtx", "fab"]\nstrata = "hospital"\n'
    document = run_bmt(tmp_path, text)
    same = "it is the same in all patients of each stratum"
    assert missing(document, "a.univariable.mtx_yes.ratio") == same
    alone, together = node_of(document)["models"]
    assert alone["notes"] == [
        f"Methotrexate for GVHD prophylaxis: the model could not be fitted: {same}."
    ]
    assert together["notes"] == [
        f"Methotrexate for GVHD prophylaxis was left out of the model: {same}."
    ]
    assert missing(document, "a.multivariable.mtx_yes.ratio").startswith("left out of the model")
    assert number(document, "a.multivariable.fab_aml_m4_or_m5.ratio") > 1


def test_a_level_without_events_beside_such_a_reference_is_not_defined(tmp_path: Path) -> None:
    rows = [row.replace(",1,a,", ",0,a,") for row in ROWS]
    document = run(tmp_path, SMALL + 'variables = ["g"]\n', rows)
    why = "the estimate is not defined, as neither C nor the reference A had an event"
    assert missing(document, "a.univariable.g_c.ratio") == why


def test_what_a_fit_notes_stands_in_the_report(tmp_path: Path) -> None:
    site = '[variables.site]\nlabel = "Site"\nlevels = { x = "Bern", y = "Como" }\n'
    toml = SMALL.replace("[[analyses]]", f"{site}[[analyses]]") + (
        'variables = ["age", "g"]\nstrata = "site"\nfirth = false\ncluster = "class"\n'
    )
    quiet = [f"{row},{'y' if row.split(',')[1] == '0' else 'x'}" for row in ROWS[1:]]
    document = run(tmp_path, toml, [f"{ROWS[0]},site", *quiet])
    notes = node_of(document)["models"][1]["notes"]
    assert any(
        note.startswith("No event in stratum Como (4 rows): these rows say nothing")
        for note in notes
    )
    assert any("clusters, better dozens; there are 2, and its standard" in note for note in notes)


def test_events_are_counted_for_each_candidate(tmp_path: Path) -> None:
    document = run_bmt(
        tmp_path,
        'id = "a"\nkind = "cox"\ntitle = "T"\nendpoint = "disease_free_survival"\n'
        'variables = ["age", "group", "sex"]\nselection = { rule = "p", stay = 0.05 }\n'
        "validation = { repeats = 10 }\n"
        'calibration = { at = "1 year", groups = 2, repeats = 10 }\n',
    )
    each = number(document, "a.multivariable.events_per_variable")
    assert number(document, "a.selected.events_per_candidate") == each
    assert number(document, "a.selected.events_per_variable") > each
    node = node_of(document)
    for check in ("validation", "calibration"):
        assert (node[check]["model"], node[check]["selection"]) == ("selected", "fastbw")
    assert node["ph"]["model"] == "multivariable"
