from __future__ import annotations

import json
from pathlib import Path

import pytest

from atrisk.report.drawings import drawings
from atrisk.report.figures_plan import incidence_plan
from atrisk.report.format import EN_DASH, NO_BREAK
from atrisk.report.methods import data_facts, method_lines, software_line
from atrisk.report.sentences import (
    incidence_paragraphs,
    joined,
    population_sentence,
    survival_paragraphs,
)
from atrisk.report.sentences_glance import glance
from atrisk.report.tables_population import population_number
from atrisk.report.tables_times import survival_tables
from atrisk.report.values import Values, phrase
from report import documents

SAMPLE = json.loads(Path(__file__).with_name("sample.json").read_text(encoding="utf-8"))
VALUES = Values(SAMPLE["values"])
ANALYSES = {analysis["id"]: analysis for analysis in SAMPLE["analyses"]}


def plain(words):
    return words.plain.replace(NO_BREAK, " ").replace(EN_DASH, "-")


def test_survival_in_words():
    counts, estimates, tests = map(plain, survival_paragraphs(ANALYSES["os"], VALUES, "years"))
    assert counts == (
        "Among 137 patients there were 81 events and 56 censored follow-up times. "
        "Median follow-up was 4.10 years (95% CI 3.77-4.58)."
    )
    assert estimates.startswith(
        "Median overall survival was 1.28 years (95% CI 0.76 to not reached) in ALL, "
        "6.03 years (95% CI 2.94 to not reached) in AML low risk and "
        "0.73 years (95% CI 0.44-1.50) in AML high risk. "
        "At 1 year, overall survival was 60.0% (95% CI 46.1-77.9) in ALL, "
    )
    assert tests == (
        "Log-rank test: statistic 15.22 on 2 degrees of freedom, P <0.001. "
        "Log-rank test stratified by hospital: statistic 11.43 on 2 degrees of freedom, P = 0.003."
    )


def test_incidence_in_words():
    events, relapse, _ = map(plain, incidence_paragraphs(ANALYSES["ci"], VALUES))
    assert events == (
        "First events among 137 patients: 42 of relapse and 41 of non-relapse mortality."
    )
    assert "At 1 year, the cumulative incidence of relapse was 23.8% (95% CI" in relapse
    assert relapse.endswith(
        "Gray's test, relapse: statistic 11.92 on 2 degrees of freedom, P = 0.003."
    )


def test_glance():
    (said,) = glance(ANALYSES["os"], VALUES, "years")
    assert plain(said).startswith("median 1.75 years (95% CI 1.18-3.55); 63.4% (95% CI 55.8-72.0)")
    assert plain(said).endswith(
        "By disease group: Log-rank test P <0.001 and "
        "Log-rank test stratified by hospital P = 0.003."
    )
    assert glance(ANALYSES["table1"], VALUES, "years") == []


def test_competing_events_at_a_glance_are_one_sentence():
    (said,) = map(plain, glance(ANALYSES["ci"], VALUES, "years"))
    assert said == (
        "cumulative incidence at 5 years: relapse 30.9% (95% CI 23.3-38.7) and non-relapse"
        " mortality 29.6% (95% CI 22.2-37.5). By disease group: Gray's test P = 0.003 for relapse"
        " and P = 0.934 for non-relapse mortality."
    )
    # of times, the last that the curves reach: 9 years is beyond them
    (said,) = glance(documents.incidence()[0], Values(documents.incidence()[1]), "years")
    assert said.plain.startswith("cumulative incidence at 1 year: relapse ")


def test_an_event_that_nobody_had_is_said_once_and_not_drawn():
    analysis, values = documents.incidence(names=("A", "B"))
    none = Values(values | {"ci.c1.overall.events": documents.entry(0, "patients")})
    (said,) = glance(analysis, none, "years")
    assert "other" not in said.plain
    events, first, second = (p.plain for p in incidence_paragraphs(analysis, none))
    assert events.endswith("45 of relapse and 0 of death & <other>.")
    assert "s test, relapse: " in first
    assert second == ("There was no death & <other>: nothing is estimated or compared for it.")
    (drawing,) = drawings(analysis, documents.document()["study"], none, [])
    assert drawing.caption.endswith("Not drawn, for want of events: death & <other>.")
    assert [p.title for p in incidence_plan(analysis, none, "transplant").panels] == ["Relapse"]
    neither = Values(values | {f"ci.c{n}.overall.events": documents.entry(0, "") for n in (0, 1)})
    assert glance(analysis, neither, "years")[0].plain == "no event."
    assert len(incidence_plan(analysis, neither, "transplant").panels) == 2


@pytest.mark.parametrize("kind", ["os", "ci"])
def test_every_number_in_a_sentence_has_a_key(kind):
    said = [*glance(ANALYSES[kind], VALUES, "years")]
    for words in said:
        assert all(VALUES.has(number.key) for number in words.numbers())


def test_a_median_not_reached_and_a_time_beyond_follow_up():
    analysis, values = documents.survival(names=("A", "B"), without_events=1)
    said = " ".join(map(plain, survival_paragraphs(analysis, Values(values), "years")))
    assert "4.93 years (95% CI 4.68 to not reached) in A and not reached in B." in said
    assert "not estimated (beyond follow-up) in A" in said


def test_tests_not_done_say_why():
    analysis, values = documents.survival(names=("A", "B"), tested=False)
    said = survival_paragraphs(analysis, Values(values), "years")[-1].plain
    assert said.startswith("Log-rank test: not done (no patient had the event).")
    assert "Log-rank" not in glance(analysis, Values(values), "years")[0].plain


def test_no_groups_no_times_no_follow_up():
    analysis, values = documents.survival(times=(), follow_up=False)
    said = list(map(plain, survival_paragraphs(analysis, Values(values), "years")))
    assert said == [
        "Among 12,345 patients there were 1,234 events and 11,111 censored follow-up times.",
        "Median overall survival was 4.93 years (95% CI 4.68 to not reached).",
    ]
    analysis, values = documents.incidence(times=())
    (said,) = glance(analysis, Values(values), "years")
    assert said.plain == "45 events of relapse and 45 events of death & <other>."


def test_many_groups_are_left_to_the_table():
    analysis, values = documents.survival(names=documents.LONG[:6])
    said = survival_paragraphs(analysis, Values(values), "years")
    assert "At 1 year" not in said[1].plain


@pytest.mark.parametrize(
    ("rows_in", "rows_used", "text"),
    [
        (137, 137, "All 137 rows of the data file were analysed."),
        (1, 1, "All 1 row of the data file was analysed."),
        (1300, 1200, "Of 1,300 rows in the data file, 1,200 were analysed."),
    ],
)
def test_population(rows_in, rows_used, text):
    population = {"rows_in": rows_in, "rows_used": rows_used}
    numbers = [population_number(population, part) for part in ("rows_in", "rows_used")]
    assert population_sentence(population, *numbers).plain == text


def test_joined():
    assert joined([]).plain == ""
    assert joined([phrase("a"), phrase("b"), phrase("c")]).plain == "a, b and c"


def test_methods_name_what_was_used():
    lines = dict(method_lines(ANALYSES["os"], VALUES))
    assert lines["Estimator"] == f"Kaplan{EN_DASH}Meier"
    assert lines["95% CI".replace(" ", NO_BREAK)] == "pointwise, of type log"
    assert "Greenwood" in lines["Estimates at fixed times"]
    assert lines["Median follow-up"] == f"reverse Kaplan{EN_DASH}Meier, plain interval"
    assert lines["Tests"] == (
        "Log-rank test (log-rank); "
        "Log-rank test stratified by hospital (log-rank, stratified by z9)"
    )
    assert lines["Groups in pairs"] == "log-rank; P values adjusted: log-rank, Holm"
    incidence = dict(method_lines(ANALYSES["ci"], VALUES))
    assert incidence["Tests"] == "Gray's test"
    assert incidence["Estimates at fixed times"] == (f"Aalen{EN_DASH}Johansen, log-log interval")
    table = dict(method_lines(ANALYSES["table1"], VALUES))
    assert table["Continuous variables"] == ("median and range and median and interquartile range")


def test_software_and_data():
    assert software_line(SAMPLE["software"]).startswith("atrisk 0.1.0, numpy")
    facts = dict(data_facts(SAMPLE["study"]))
    assert facts["Times"] == "recorded in days, reported in years (365.25 days each)"
    same = {**SAMPLE["study"], "report_unit": "days", "source": ""}
    assert dict(data_facts(same))["Times"] == "in days"
    assert "Source" not in dict(data_facts(same))


def test_methods_say_weights_late_entry_and_cut_off():
    analysis, values = documents.survival()
    before = dict(method_lines(analysis, Values(values)))
    assert not before.keys() & {"Weights", "Late entry", "Cut-off"}
    analysis |= {"weights": "w", "entry": "day_in", "cut_off": "2020-01-31"}
    analysis["endpoint"]["definition"] = ""
    values["os.overall.cut_off_censored"] = documents.entry(1, "patients")
    lines = dict(method_lines(analysis, Values(values)))
    assert lines["Weights"].startswith("the column w;")
    assert lines["Late entry"] == (
        "patients are at risk from the entry in column day_in (left truncation)"
    )
    assert lines["Cut-off"] == "2020-01-31; 1 patient censored there"
    assert "Endpoint" in before
    assert "Endpoint" not in lines


def test_groups_called_yes_and_no_are_named_by_the_question():
    analysis, values = documents.survival(names=("No", "yes", "Unknown"))
    said = survival_paragraphs(analysis, Values(values), "years")[1].plain
    assert "for arm & <site>: no, " in said
    assert "for arm & <site>: yes and " in said
    assert "in Unknown." in said


def test_one_patient_is_written_in_the_singular():
    analysis, values = documents.survival(times=(), follow_up=False)
    for part in ("n", "events", "censored"):
        values[f"os.overall.{part}"] = documents.entry(1, "patients")
    said = survival_paragraphs(analysis, Values(values), "years")[0].plain
    assert said == "Among 1 patient there was 1 event and 1 censored follow-up time."


def test_of_many_times_the_first_middle_and_last_are_named():
    times = tuple({"id": f"t{n}", "label": f"{n} days", "value": float(n)} for n in range(1, 6))
    analysis, values = documents.survival(times=times)
    said = survival_paragraphs(analysis, Values(values), "years")[1].plain
    assert [f"At {n} days" in said for n in range(1, 6)] == [True, False, True, False, True]
    assert said.endswith("Estimates at the other times are in the table.")


def test_no_event_yet_has_no_interval():
    for build, height in ((documents.survival, 1.0), (documents.incidence, 0.0)):
        analysis, values = build()
        for key in [key for key in values if ".t1y." in key and not key.endswith("at_risk")]:
            number = 0.0 if key.endswith("std_error") else height
            values[key] = documents.entry(number, "proportion")
        said = " ".join(p.plain for p in glance(analysis, Values(values), "years"))
        assert f"{100 * height:.1f}% (no interval: no event yet)" in said


def test_restricted_means_are_compared_with_the_first_group():
    analysis, values = documents.survival(names=("A", "B"), rmst=True)
    analysis["rmst"] = {"label": "5 years", "value": 1826.25}
    for part, number in (("difference", -73.05), ("lower", -146.1), ("upper", 36.525)):
        values[f"os.rmst_test.g1.{part}"] = documents.time_entry(number)
    values["os.rmst_test.p_value"] = documents.entry(0.25, "probability")
    said = plain(survival_paragraphs(analysis, Values(values), "years")[-1])
    assert said.endswith(
        "Difference of the restricted mean to 5 years from A: "
        "\u22120.20 years (95% CI \u22120.40 to 0.10) in B."
    )
    tables = {t.id: t for t in survival_tables(analysis, Values(values), "years")}
    heads = [plain(head) for head in tables["os_groups"].columns]
    assert "Restricted mean to 5 years\nyears (95% CI)" in heads
    assert tables["os_mean_differences"].rows[0].label == "B minus A"


def test_methods_name_a_test_that_was_not_done_as_such():
    analysis, key = ANALYSES["os"], "os.logrank.p_value"

    def said(**entry):
        values = SAMPLE["values"] | {key: VALUES.entry(key) | entry}
        return dict(method_lines(analysis, Values(values)))["Tests"].split("; ")[0]

    assert said(method="Log-rank test") == "Log-rank test"
    assert said(method="Log-rank test, robust variance") == "Log-rank test (robust variance)"
    assert said(value=None, missing="no event") == "Log-rank test (not done)"
