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
    assert (
        "Confidence intervals of curves (95%\N{NO-BREAK SPACE}CI) are pointwise, of type log."
        in said
    )
    assert "Median follow-up is by reverse Kaplan\N{EN DASH}Meier, plain interval." in said
    assert "(of:" not in said


def test_what_holds_for_some_analyses_names_them():
    plain, values = documents.survival("pfs")
    said = prose(documents.survival("os"), (plain | {"conf_type": "plain"}, values))
    assert "of type log (of: Title of os)." in said
    assert "of type plain (symmetric on the scale of the estimate) (of: Title of pfs)." in said


def test_endpoints_and_the_cut_off_come_first():
    analysis, values = documents.survival("os")
    said = prose((analysis | {"cut_off": "2020-01-31"}, values))
    assert said.startswith(
        "Overall survival was defined as follows: Until death."
        " The data cut-off was 31 January 2020:"
    )
    bare = deepcopy(analysis)
    bare["endpoint"] |= {"definition": "", "origin": "transplant"}
    assert prose((bare, values)).startswith("Overall survival was measured from transplant.")


def test_only_tests_that_were_done_are_named():
    assert "The tests of groups were: Log-rank test" in prose(documents.survival(names=("A", "B")))
    undone = prose(documents.survival(names=("A", "B"), tested=False))
    assert "tests of groups" not in undone
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
        "Rows with the same centre count together.",
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
