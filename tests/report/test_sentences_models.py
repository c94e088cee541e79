from __future__ import annotations

import pytest

from atrisk.report.drawings_models import model_drawings
from atrisk.report.format import EN_DASH, NO_BREAK
from atrisk.report.kinds import kind_of
from atrisk.report.methods import method_lines
from atrisk.report.models import notes_of_parts
from atrisk.report.tables import footnotes
from atrisk.report.tables_blocks import landmark_tables
from atrisk.report.tables_models import model_tables
from atrisk.report.values import Values
from report import documents
from report import documents_models as made

KINDS = {analysis["id"]: (analysis, values) for analysis, values in made.all_kinds()}


def said(analysis, values):
    paragraphs = kind_of(analysis).paragraphs(analysis, Values(values), "years")
    return [p.plain.replace(NO_BREAK, " ").replace(EN_DASH, "-") for p in paragraphs]


def glanced(analysis, values):
    found = kind_of(analysis).glance(analysis, Values(values), "years")
    return [p.plain.replace(NO_BREAK, " ").replace(EN_DASH, "-") for p in found]


def methods(analysis, values):
    return dict(method_lines(analysis, Values(values)))


@pytest.mark.parametrize("name", KINDS)
def test_every_number_in_a_sentence_has_a_key(name):
    analysis, values = KINDS[name]
    kind = kind_of(analysis)
    words = [*kind.paragraphs(analysis, Values(values), "years")]
    words += kind.glance(analysis, Values(values), "years")
    numbers = [number for paragraph in words for number in paragraph.numbers()]
    assert numbers
    assert all(number.key in values for number in numbers)


def test_a_cox_model_in_words():
    fitted, ratios, checks = said(*made.cox())
    assert fitted == (
        "The multivariable model, stratified by hospital, was fitted to 134 patients with 81 "
        "events (13.5 events per variable). Backward elimination removed waiting time (spline, 4 "
        "knots) and age, in this order; it kept disease group and methotrexate & <GVHD> "
        "prophylaxis."
    )
    assert ratios.startswith(
        "In the selected model: Disease group (P = 0.072): HR v ALL: AML low risk 0.82 "
        "(95% CI 0.37-1.82; P = 0.202) and AML high risk 1.00"
    )
    assert checks.startswith(
        "Test of proportional hazards in the multivariable model, all variables together: "
        "statistic 6.50 on 4 degrees of freedom, P = 0.165. The multivariable model, corrected for "
        "optimism (200 bootstrap samples): Concordance (C) 0.650 (apparent 0.700), "
    )


def test_checks_of_a_selected_model_say_so():
    analysis, values = made.cox()
    analysis["validation"] |= {"model": "selected", "selection": "fastbw", "failed_samples": 12}
    analysis["calibration"] |= {"repeats": 50, "failed_samples": 1}
    checks = said(analysis, values)[2]
    assert (
        "The selected model, corrected for optimism (200 bootstrap samples, variables selected "
        "anew in each sample by fast backward elimination, Lawless and Singhal): Concordance (C)"
    ) in checks
    assert checks.endswith(
        "Validation: 12 of 200 samples have no fit and are left out: the optimism is likely too "
        "small. Calibration: 1 of 50 sample has no fit and is left out: the optimism is likely too "
        "small."
    )


def test_events_are_counted_for_each_candidate_too():
    analysis, values = made.cox()
    each = "cox.selected.events_per_variable"
    values |= {each: made.entry(27.7, "events")}
    values |= {"cox.selected.n": made.entry(130, "patients"), each: made.entry(27.7, "events")}
    values["cox.selected.events_per_candidate"] = made.entry(10.4, "events")
    found = said(analysis, values)[0]
    assert "(27.7 events per variable; 10.4 per candidate parameter)" in found


def test_ratios_at_a_glance():
    assert glanced(*made.cox()) == [
        "selected model, HR (95% CI): disease group v ALL: AML low risk 0.82 (0.37-1.82) and "
        "AML high risk 1.00 (0.37-2.72); methotrexate & <GVHD> prophylaxis, yes v no 1.35 "
        "(0.61-3.00)."
    ]
    first, second = glanced(*made.time_dependent())
    assert first == (
        "Mantel-Byar test stratified by hospital: transplant P = 0.264 and acute GVHD <grade II> "
        "P = 0.264."
    )
    assert second.endswith("age, per 10 years 1.65 (0.90-3.00).")
    analysis, values = made.landmark()
    values["lm.d100.logrank.p_value"] = made.entry(None, "", "one group only")
    assert glanced(analysis, values) == ["Log-rank test: from 6 months on P = 0.387."]


def test_models_fitted_to_other_patients_are_both_named():
    analysis, values = made.cox()
    values["cox.selected.n"] = made.entry(130, "patients")
    assert (
        "The selected model, stratified by hospital, was fitted to 130" in said(analysis, values)[0]
    )


def test_many_ratios_are_left_to_the_table():
    levels = tuple(f"Level {letter}" for letter in "ABCDEFGHIJ")
    node, values = made.model("a", "multivariable", ("g",), of={"g": ("Group", levels)})
    analysis = {**made.bare_cox("a")[0], "models": [node]}
    assert said(analysis, values)[1] == "The ratios of all variables are in the table."
    assert glanced(analysis, values) == []


def test_a_ratio_that_was_not_estimated_says_why():
    analysis, values = made.bare_cox()
    for part in ("ratio", "lower", "upper", "p_value"):
        values[f"cox.multivariable.age.{part}"] = made.entry(None, "ratio", "No event")
    assert "HR not estimated (no event)" in said(analysis, values)[1]


def test_an_optimism_that_was_not_estimated_is_left_to_the_table():
    analysis, values = made.cox()
    for row in ("c", "slope", "r2"):
        values[f"cox.validation.{row}.corrected"] = made.entry(None, "", "no sample")
    assert "Corrected" not in said(analysis, values)[2]


def test_selection_that_removes_or_keeps_nothing():
    analysis, values = made.cox()
    analysis["selection"]["steps"] = []
    assert "Backward elimination removed no variable; it kept" in said(analysis, values)[0]
    analysis, values = made.cox()
    analysis["models"].pop()
    analysis["selection"]["kept"] = []
    assert said(analysis, values)[0].endswith("and age, in this order; it kept none.")
    analysis["selection"]["steps"].pop()
    assert "removed waiting time (spline, 4 knots); it kept" in said(analysis, values)[0]
    analysis["selection"]["failed"] = "no maximum"
    assert "Backward" not in said(analysis, values)[0]


def test_a_ph_test_that_failed_is_left_to_the_notes():
    analysis, values = made.cox()
    analysis["ph"]["failed"] = "an estimate is infinite"
    assert said(analysis, values)[2].startswith("The multivariable model, corrected")
    assert notes_of_parts(analysis) == [
        "Proportional hazards: not done, as an estimate is infinite."
    ]


def test_parts_hand_their_notes_on_once():
    analysis, _ = made.time_dependent()
    analysis["exposures"][0] |= {"failed": "Nobody was exposed.", "notes": ["A note."]}
    analysis["models"][0]["notes"] = ["A note."]
    assert notes_of_parts(analysis) == [
        "A note.",
        "Curves, Transplant: not done, as nobody was exposed.",
    ]
    analysis, _ = made.landmark()
    analysis["landmarks"][1]["notes"] = ["The curve ends early."]
    assert notes_of_parts(analysis) == ["Landmark 6 months: The curve ends early."]


def test_competing_events_are_counted():
    assert said(*made.fine_gray())[0].startswith(
        "41 patients had a competing event first and 54 had none. The multivariable model was"
    )


def test_an_outcome_without_a_name_counts_events():
    analysis, values = made.logistic()
    assert "134 patients, 81 with SOS/VOD" in said(analysis, values)[0]
    analysis["outcome"]["label"] = "sos == 1"
    assert "134 patients with 81 events" in said(analysis, values)[0]


def test_models_of_one_variable_each_are_many():
    analysis, values = made.bare_cox()
    analysis["models"][0]["id"] = "univariable"
    values |= {key.replace("multi", "uni"): entry for key, entry in values.items()}
    analysis["models"][0]["label"] = "Univariable"
    assert said(analysis, values)[0].startswith("In the univariable models: Age, per 10 years: HR")


def test_exposures_in_words():
    first, _, fitted, ratios = said(*made.time_dependent())
    assert first.startswith(
        "Transplant began during observation in 69 patients. Events: before transplant 30 (28.5 "
        "expected) and after transplant 31 (29.5 expected). Disease-free survival at 1 year: "
        "before transplant 43.2% (95% CI 33.2-53.2) and after transplant"
    )
    assert first.endswith("statistic 1.25 on 1 degree of freedom, P = 0.264.")
    assert fitted.startswith("The andersen gill model was fitted")
    assert ratios.count("HR") == 3


def test_before_and_after_are_not_repeated():
    of = {"tx": ("Transplant", ("Before transplant", "After transplant"))}
    node, values = made.model("td", "multivariable", ("tx",), of=of)
    analysis = {**made.bare_cox("td")[0], "models": [node]}
    assert "Transplant: HR after v before 0.74 (95% CI" in said(analysis, values)[1]
    assert glanced(analysis, values) == [
        "multivariable model, HR (95% CI): after transplant 0.74 (0.33-1.65)."
    ]


def test_landmarks_in_words():
    first, second = said(*made.landmark())
    assert first.startswith(
        "At 100 days, 110 patients could be analysed; 20 had the event before and 7 left "
        "observation before. Events: no acute GVHD 45 and acute GVHD 45."
    )
    assert second.startswith("At 6 months")
    assert glanced(*made.landmark()) == [
        "Log-rank test: from 100 days on P = 0.387 and from 6 months on P = 0.387."
    ]


def test_weights_in_words():
    analysis, values = made.weighted()
    first = said(analysis, values)[0]
    assert first.startswith(
        "Effective number of patients after weighting: 51.3 for RIC (69 patients) and 51.3 for MAC "
        "(69 patients). Trimmed: 3 patients."
    )
    for group, label in zip(analysis["groups"], ("No", "Yes"), strict=True):
        group["label"] = label
    assert "for Conditioning: no (69 patients)" in said(analysis, values)[0]


def test_methods_of_a_cox_model():
    analysis, values = made.cox()
    values["cox.selected.group_l1.p_value"]["method"] = "Wald test"
    values["cox.selected.group.p_value"]["method"] = "likelihood-ratio test"
    lines = methods(analysis, values)
    assert lines["Model"] == "Cox proportional hazards model"
    assert lines["Strata"] == "Hospital; each stratum has a baseline of its own"
    assert lines["Ties"] == "Efron\N{RIGHT SINGLE QUOTATION MARK}s method"
    assert lines["Standard errors"].endswith("rows with the same centre together")
    assert lines["P values of ratios"] == "Wald test"
    assert lines["P values of variables"] == "likelihood-ratio test"
    assert "until all are below 0.05; the fits without a variable were" in lines["Selection"]
    assert "the Kaplan\N{EN DASH}Meier transform of time" in lines["Proportional hazards"]
    assert lines["Validation"].endswith("200 samples, seed 1; of the multivariable model")
    assert lines["Calibration"].endswith("at 2 years; of the multivariable model")
    analysis["selection"] |= {"rule": "aic", "stay": None, "method": "refit", "keep": ["age"]}
    lines = methods(analysis, values)["Selection"]
    assert "criterion falls; the model was fitted anew after each removal; never removed: age" in (
        lines
    )


def test_methods_of_the_other_kinds():
    cause = {**made.bare_cox()[0], "cause": {"id": "r", "label": "relapse"}}
    lines = methods(cause, made.bare_cox()[1])
    assert "cause-specific hazard of relapse; other events are censored" in lines["Model"]
    lines = methods(*made.logistic())
    assert lines["Outcome"] == "sos == 1"
    assert lines[f"95%{NO_BREAK}CI"] == "profile likelihood"
    assert "Fisher\N{RIGHT SINGLE QUOTATION MARK}s test" in lines
    assert "Ties" not in lines
    lines = methods(*made.fine_gray())
    assert lines["Model"].startswith("Fine\N{EN DASH}Gray model of the subdistribution hazard of")
    assert lines["Censoring"] == "estimated within strata of Hospital"
    lines = methods(*made.time_dependent())
    assert lines["Exposures"].startswith("Transplant and Acute GVHD")
    assert lines["Curves"].startswith("Simon\N{EN DASH}Makuch")
    assert methods(*made.landmark())["Landmarks"] == "100 days and 6 months"
    analysis, values = made.weighted()
    values["iptw.weighted.arm_l1.bootstrap_lower"]["method"] = "bootstrap of the scores"
    lines = methods(analysis, values)
    assert lines["Weights"].endswith("for the average treatment effect in all patients (ATE)")
    assert lines["Bootstrap interval"] == "bootstrap of the scores"
    assert "0.01 of 0 or 1 are left out; patients: 3" in lines["Trimming"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"estimand": "overlap"}, "overlap weights"),
        ({"stabilised": False}, "inverse probability"),
        ({"estimand": "att"}, "in the treated (ATT)"),
    ],
)
def test_weights_are_named(change, text):
    analysis, values = made.weighted()
    line = methods(analysis | change, values)["Weights"]
    assert text in line
    assert ("stabilised" in line) == (change == {"estimand": "att"})


def test_a_glance_says_what_is_known():
    analysis, values = made.cox()
    (model,) = [model for model in analysis["models"] if model["id"] == "selected"]
    spline = {"id": "wait", "label": "Waiting time", "type": "spline", "rows": [], "df": 3}
    model["terms"] = [spline]
    values["cox.selected.wait.p_value"] = made.entry(0.003, "probability")
    assert glanced(analysis, values) == ["selected model: waiting time (spline) P = 0.003."]
    values["cox.selected.wait.p_value"] = made.entry(None, "", "left out of the model")
    assert glanced(analysis, values) == []


def test_survival_is_said_by_its_own_name():
    analysis, values = made.landmark()
    analysis["endpoint"] |= {
        "label": "Relapse and death",
        "curve": "Freedom from relapse and death",
        "duration": "Time to relapse or death",
    }
    paragraphs = said(analysis, values)
    assert all("Freedom from relapse and death at " in words for words in paragraphs)
    assert not any(" Relapse and death at " in words for words in paragraphs)


def test_times_before_a_landmark_are_left_to_the_table():
    analysis, values = made.landmark()
    first = analysis["times"][0]
    early = {"id": first["id"], "label": "30 days", "value": 30.0}
    analysis["times"] = [early, *analysis["times"][1:]]
    for key in [key for key in values if f".{first['id']}." in key]:
        values[key] = made.entry(None, "proportion", "before the start of the curve at 100 days")
    assert not any("30 days" in words or "fixed times" in words for words in said(analysis, values))
    for table in landmark_tables(analysis, Values(values)):
        if table.id.endswith("at_times"):
            assert {row.cells[0].plain for row in table.rows} == {"\N{EN DASH}"}
            notes = [note for _, note in footnotes(table)]
            assert notes.count("Before the start of the curve at 100 days.") == 1


def test_a_table_of_ratios_says_its_strata():
    (first, *_) = model_tables(made.cox()[0], Values(made.cox()[1]))
    assert "All models, also those of one variable, are stratified by hospital." in first.notes


def test_a_calibration_plot_explains_its_curves():
    analysis, values = made.cox()
    analysis["calibration"] |= {"model": "selected", "selection": "fastbw", "repeats": 50}
    curve = analysis["calibration"]["curve"]
    curve["corrected"] = list(curve["observed"])
    study = documents.document()["study"]
    made_of = [d for d in model_drawings(analysis, Values(values), study) if "calibration" in d.id]
    (drawing,) = made_of
    assert drawing.title.endswith("calibration of the selected model")
    assert "Smooth, corrected for optimism: less the mean optimism of 50 bootstrap samples." in (
        drawing.caption
    )
    assert "Variables selected anew in each sample" in drawing.caption
