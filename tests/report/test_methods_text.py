from __future__ import annotations

from copy import deepcopy

import pytest

from atrisk.report.language import using
from atrisk.report.methods_text import methods_paragraphs
from report import documents
from report import documents_clinical as clinical
from report import documents_models as made


def prose(*analyses, **study):
    document = documents.document(*analyses, **study)
    return " ".join(paragraph.plain for paragraph in methods_paragraphs(document))


def test_survival_is_told_once_for_all_its_analyses():
    said = prose(documents.survival("os"), documents.survival("pfs"))
    assert said.count("Survival was estimated by the method of Kaplan and Meier.") == 1
    interval = "95%\N{NO-BREAK SPACE}CI"
    assert f"Curves have pointwise confidence intervals ({interval}) on the log scale." in said
    reverse = "by the reverse Kaplan\N{EN DASH}Meier method."
    assert f"Median follow-up was estimated {reverse}" in said
    assert "For \N{LEFT DOUBLE QUOTATION MARK}" not in said


def test_what_holds_for_some_analyses_names_them():
    plain, values = documents.survival("pfs")
    said = prose(documents.survival("os"), (plain | {"conf_type": "plain"}, values))
    os, pfs = (
        f"For \N{LEFT DOUBLE QUOTATION MARK}Title of {name}\N{RIGHT DOUBLE QUOTATION MARK}, curves"
        for name in ("os", "pfs")
    )
    log, plain_scale = (said.split(name)[1].split(".")[0] for name in (os, pfs))
    assert log.endswith("on the log scale")
    assert plain_scale.endswith("on the untransformed scale")


def test_endpoints_and_the_cut_off_come_first():
    analysis, values = documents.survival("os")
    said = prose((analysis | {"cut_off": "2020-01-31"}, values))
    assert said.startswith(
        "Overall survival was defined as follows: Until death."
        " The data cut-off was 31 January 2020;"
    )
    bare = deepcopy(analysis)
    bare["endpoint"] |= {"definition": "", "origin": "transplant"}
    assert prose((bare, values)).startswith("Overall survival was measured from transplant.")


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        (
            {"definition": "", "events": ["Relapse", "Death"]},
            "Overall survival was the time from transplant to the first of relapse and death;"
            " patients without any of these were censored at the end of their observation.",
        ),
        (
            {"definition": "", "events": ["Death"], "origin": "diagnosis"},
            "Overall survival was the time from diagnosis to death; patients without it were",
        ),
        (
            {"definition": "Time from transplant to death. Patients alive are censored."},
            "Overall survival was the time from transplant to death. Patients alive are censored.",
        ),
        (
            {
                "definition": "From transplant to death; censored at the last contact."
                " Definition: A. B 2003;21:1."
            },
            "Overall survival was the time from transplant to death, censored at the last contact"
            " (A. B 2003;21:1).",
        ),
    ],
)
def test_an_endpoint_is_defined_in_a_sentence(endpoint, words):
    analysis, values = documents.survival("os")
    analysis = deepcopy(analysis)
    analysis["endpoint"] |= endpoint
    document = documents.document((analysis, values))
    document["study"]["origin"] = "transplant"
    assert methods_paragraphs(document)[0].plain.startswith(words)


def test_a_selection_is_not_told_apart_from_univariable_models():
    selected, values = made.cox("a")
    alone = deepcopy(made.bare_cox()[0])
    alone["models"] = [model | {"id": "univariable"} for model in alone["models"]]
    said = prose((selected, values), (alone, made.bare_cox()[1]))
    assert ". Variables of the multivariable model were selected by backward" in said
    assert ". Proportional hazards were tested in the multivariable model" in said


def test_exposures_say_what_became_of_the_same_day():
    analysis, values = made.time_dependent()
    rules = {"at_exit": "exposed", "at_zero": "drop", "after_exit": "ignore"}
    said = prose((analysis | rules, values))
    assert "on which an exposure began was counted with the exposure." in said
    assert "Patients whose follow-up ended at time zero were left out." in said
    assert "Exposures after the end of follow-up were ignored" in said
    assert "left out" not in prose((analysis | rules | {"at_zero": "error"}, values))


def test_the_ties_of_fine_and_gray_are_named():
    analysis, values = deepcopy(made.fine_gray())
    for model in analysis["models"]:
        model |= {"ties": None, "method": "Fine-Gray model, Breslow's ties"}
    said = prose((analysis, values))
    assert "In models of the subdistribution hazard, tied event times were handled by Bres" in said


def test_only_tests_that_were_done_are_named():
    said = prose(documents.survival(names=("A", "B")), documents.survival("pfs"))
    assert "Groups were compared with the log-rank test" in said
    assert "For \N{LEFT DOUBLE QUOTATION MARK}" not in said
    undone = prose(documents.survival(names=("A", "B"), tested=False))
    assert "were compared with" not in undone
    assert "P values are two-sided" not in undone


def test_adjusted_pairs_are_told_apart():
    said = prose(documents.survival(names=("A", "B", "C")))
    assert "those of groups compared in pairs are adjusted by Holm, the others are not" in said
    assert "P values are two-sided and not adjusted" in prose(made.bare_cox())


def test_competing_risks_weights_and_delayed_entry():
    analysis, values = documents.incidence(names=("A", "B"))
    said = prose((analysis | {"weights": "w", "entry": "day_in"}, values))
    assert (
        "by the Aalen\N{EN DASH}Johansen method, with other first events as competing risks" in said
    )
    assert "Patients were weighted by the column w;" in said
    assert "With delayed entry, patients are at risk from the entry in column day_in" in said


def test_models_say_selection_and_checks():
    said = prose(made.cox())
    for part in (
        "Hazard ratios were estimated by Cox proportional hazards regression.",
        "Models were stratified by hospital.",
        "were selected by backward elimination: the variable with the largest P value is removed",
        "Proportional hazards were tested in the multivariable model by the score test",
        "Tied event times were handled by Efron\N{RIGHT SINGLE QUOTATION MARK}s method.",
        "Rows with the same value of centre were taken together in standard errors.",
        "200 bootstrap samples",
        "A model used the patients whose values were known for all of its variables.",
    ):
        assert part in said, part


def test_what_failed_was_not_done():
    analysis, values = made.cox()
    for check in ("ph", "validation", "calibration"):
        analysis[check] |= {"failed": "no fit"}
    said = prose((analysis, values))
    assert "Proportional hazards were tested" not in said
    assert "optimism" not in said
    assert "Calibration" not in said


def test_each_kind_of_model_is_named():
    assert "Odds ratios of SOS/VOD were estimated by logistic regression" in prose(made.logistic())
    assert "Subdistribution hazard ratios of relapse were estimated by the model of" in prose(
        made.fine_gray()
    )
    cause = {**made.bare_cox()[0], "cause": {"id": "r", "label": "Relapse"}}
    assert "Cause-specific hazard ratios of relapse were" in prose((cause, made.bare_cox()[1]))


def test_exposures_landmarks_and_weights():
    said = prose(made.time_dependent(), made.landmark(), made.weighted())
    assert "count from the day they begin, never before" in said
    assert "In landmark analyses at 100 days and 6 months, patients who were then under" in said
    assert "Propensity scores were estimated by logistic regression (" in said
    assert "within 0.01 of 0 or 1 were left out" in said


def test_rule_sets_are_named_with_their_sources():
    said = prose(clinical.response(), clinical.sos(), clinical.dose())
    response, sos, doses = (
        build()[0] for build in (clinical.response, clinical.sos, clinical.dose)
    )
    assert response["second"]["source"].rstrip(".") in said
    assert all(node["source"].rstrip(".") in said for node in sos["criteria"])
    assert not any(node["rule"] in said for node in sos["criteria"])
    assert all(said.count(node["source"].rstrip(".")) == 1 for node in sos["criteria"])
    assert doses["source"] in said


def test_the_denominator_of_percentages_is_said():
    analysis, values = documents.described()
    assert "percent of the patients with a known value" in prose((analysis, values))
    for variable in analysis["variables"]:
        variable["missing"] = "percent"
    assert "count and percent of all patients" in prose((analysis, values))


def test_partial_dates_and_software():
    document = documents.document(documents.survival())
    document["data"] = {"partial_dates": "last"}
    last = [paragraph.plain for paragraph in methods_paragraphs(document)]
    assert "the last day was taken" in " ".join(last)
    assert last[-1].endswith("The analyses were done with atrisk 0.1.0, numpy 2 and python 3.11.")


@pytest.mark.parametrize(("language", "word"), [("de", "Kaplan"), ("it", "Kaplan")])
def test_in_other_languages_no_english_sentence_is_left(language, word):
    kinds = (*made.all_kinds(), documents.survival("s1", ("A", "B")), documents.incidence("i1"))
    document = documents.document(*kinds, documents.described())
    english = {
        sentence
        for paragraph in methods_paragraphs(document)
        for sentence in paragraph.plain.split(". ")
        if "defined as follows" not in sentence
    }
    with using(language):
        said = " ".join(paragraph.plain for paragraph in methods_paragraphs(document))
    assert word in said
    assert not [sentence for sentence in english if len(sentence) > 20 and sentence in said]
