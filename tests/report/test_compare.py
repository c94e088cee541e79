"""The tables and sentences of a comparison with the published record."""

from __future__ import annotations

import json

import pytest

from atrisk.report.blocks import blocks
from atrisk.report.compare import compare_glance, compare_paragraphs, compare_tables
from atrisk.report.compare_methods import compare_methods, compare_prose
from atrisk.report.language import using
from atrisk.report.values import Values
from report.documents import entry, time_entry

DASH = "\N{EN DASH}"
TESTS = {"one_sample": "One-sample log-rank test", "logrank": "Log-rank test", "cox": "Cox model"}


def ratio(prefix, number, lower, upper, p):
    names = {"ratio": number, "lower": lower, "upper": upper}
    found = {f"{prefix}.{name}": entry(value, "ratio") for name, value in names.items()}
    return found | {f"{prefix}.p_value": entry(p, "probability")}


def share(prefix, events, n, *limits):
    counts = {"events": entry(events, "patients"), "n": entry(n, "patients")}
    names = zip(("estimate", "lower", "upper"), (events / n, *limits), strict=True)
    return {
        f"{prefix}.{name}": part
        for name, part in {**counts, **{k: entry(v, "proportion") for k, v in names}}.items()
    }


MATCHED = {
    "rows": [
        {"id": "age", "label": "Age", "level": "", "statistic": "mean", "unit": "years"},
        {"id": "sex_male", "label": "Sex", "level": "Male", "statistic": "share", "unit": None},
    ],
    "reason": None,
}


def curve(tests=tuple(TESTS), members=1, match=None, *, naive=False, origin="transplant"):
    groups = [("own", "This cohort"), ("reference", "Author 2020")]
    groups += [("matched", "This cohort, matched")] if match and match["rows"] else []
    node = {
        "id": "a", "kind": "compare", "form": "curve", "title": "Beside a curve",
        "endpoint": {"id": "os", "label": "Overall survival", "curve": "Overall survival",
                     "duration": "Overall survival"},
        "by": {"id": "cohort", "label": "Cohort"},
        "groups": [{"id": name, "label": label} for name, label in groups],
        "overall": None, "times": [{"id": "t1y", "label": "1 year", "value": 12.0}],
        "tests": [{"id": test, "label": TESTS[test]} for test in tests],
        "naive": naive, "members": members, "match": match, "conf_level": 0.95,
        "conf_type": "log", "curves": [], "risk_table": None, "notes": [],
        "reference": {"label": "Author 2020", "source": "Author A. J 2020.", "file": "ref.csv",
                      "sha256": "0af1", "origin": origin},
    }  # fmt: skip
    values = {}
    for place, (name, _) in enumerate(groups):
        values |= {f"a.{name}.n": entry(58 + place, "patients")}
        values |= {f"a.{name}.events": entry(30 + place, "patients")}
        for part, number in (("estimate", 11.0), ("lower", 7.5), ("upper", None)):
            values[f"a.{name}.median.{part}"] = time_entry(number and 365.25 * number)
        for part, number in (("estimate", 0.5), ("lower", 0.38), ("upper", 0.64)):
            values[f"a.{name}.t1y.{part}"] = entry(number, "proportion")
    values |= ratio("a.one_sample", 1.42, 0.97, 2.1, 0.068)
    values["a.one_sample.observed"] = entry(30, "events")
    values["a.one_sample.expected"] = entry(21.13, "events")
    values["a.one_sample.naive_p_value"] = entry(0.031, "probability")
    values["a.logrank.p_value"] = entry(0.08, "probability")
    values |= ratio("a.hr", 1.4, 0.95, 2.06, 0.086)
    for key, ends in (("one_sample", (1.39, 1.47)), ("hr", (1.36, 1.43))):
        for end, number in zip(("low", "high"), ends, strict=True):
            values[f"a.members.{key}.ratio_{end}"] = entry(number, "ratio")
    for key in ("one_sample", "logrank", "hr"):
        for end, number in (("low", 0.06), ("high", 0.11)):
            values[f"a.members.{key}.p_value_{end}"] = entry(number, "probability")
    values["a.match.logrank.p_value"] = entry(0.2, "probability")
    values |= ratio("a.match.hr", 1.2, 0.8, 1.8, 0.37)
    values |= {"a.match.n": entry(57, "patients"), "a.match.effective_n": entry(41.3, "patients")}
    for part, age, male in (("target", 45, 0.5), ("before", 38.2, 0.6), ("after", 45, 0.5)):
        values[f"a.match.age.{part}"] = entry(age, "years")
        values[f"a.match.sex_male.{part}"] = entry(male, "proportion")
    return node, Values(values)


def rate(events=17, *, predicted=(3, 14), studies=2):
    found = [("s1", "Study 1"), ("s2", "Study 2")][:studies]
    node = {
        "id": "r", "kind": "compare", "form": "rate", "title": "SOS/VOD", "by": None,
        "groups": [], "overall": None, "conf_level": 0.95, "notes": [],
        "outcome": {"label": "SOS/VOD", "text": "sos == 1"},
        "rates": {"label": "Trials", "source": "A review.", "file": "rates.csv", "sha256": "1b"},
        "studies": [{"id": name, "label": label} for name, label in found],
    }  # fmt: skip
    values = share("r.own", events, 58, 0.185, 0.428)
    for name, _ in found:
        values |= share(f"r.study.{name}", 3, 20, 0.03, 0.38)
    missing = "a prediction needs three studies"
    for part, number in (("estimate", 0.15), ("lower", 0.1), ("upper", 0.21)):
        values[f"r.pooled.{part}"] = entry(number, "proportion")
    low, high = predicted or (None, None)
    for part, number in (("lower", low), ("upper", high)):
        shown = None if number is None else number / 58
        values[f"r.predicted.{part}"] = entry(shown, "proportion", missing)
        values[f"r.predicted.{part}_events"] = entry(number, "patients", missing)
    return node, Values(values)


def printed(table):
    return [[row.label, *(cell.plain for cell in row.cells)] for row in table.rows]


def said(made, unit="years"):
    paragraphs = compare_paragraphs(*made, unit)
    return [sentence.plain.replace("\N{NO-BREAK SPACE}", " ") for sentence in paragraphs]


def test_a_curve_has_the_cohorts_and_each_test_that_was_asked_for():
    cohorts, tests = compare_tables(*curve(), "years")
    assert printed(cohorts) == [
        ["This cohort", "58", "30", f"11.00 (7.50{DASH}NR)", f"50.0 (38.0{DASH}64.0)"],
        ["Author 2020", "59", "31", f"11.00 (7.50{DASH}NR)", f"50.0 (38.0{DASH}64.0)"],
    ]
    assert cohorts.notes == (
        "Author 2020: Author A. J 2020.",
        "Time zero as published: transplant.",
    )
    assert printed(tests) == [
        ["One-sample log-rank test", "30", "21.1", f"1.42 (0.97{DASH}2.10)", "0.068"],
        ["Log-rank test", "", "", "", "0.080"],
        ["Hazard ratio", "", "", f"1.40 (0.95{DASH}2.06)", "0.086"],
    ]
    only = compare_tables(*curve(("logrank",)), "years")[1]
    assert printed(only) == [["Log-rank test", "", "", "", "0.080"]]


def test_without_a_stated_time_zero_none_is_printed():
    cohorts = compare_tables(*curve(origin=None), "years")[0]
    assert cohorts.notes == ("Author 2020: Author A. J 2020.",)


def test_the_naive_test_and_the_ranges_stand_below_the_test_they_belong_to():
    tests = compare_tables(*curve(members=20, naive=True), "years")[1]
    assert [(row.label, row.level) for row in tests.rows] == [
        ("One-sample log-rank test", 0),
        ("the same, the published curve taken as exact", 1),
        ("range over 20 reconstructions", 1),
        ("Log-rank test", 0),
        ("range over 20 reconstructions", 1),
        ("Hazard ratio", 0),
        ("range over 20 reconstructions", 1),
    ]
    rows = printed(tests)
    assert rows[1][-1] == "0.031"
    assert rows[2][3:] == ["1.39 to 1.47", "0.060 to 0.110"]
    assert rows[4][3:] == ["", "0.060 to 0.110"]
    assert rows[6][3] == "1.36 to 1.43"


def test_a_matched_cohort_has_its_balance_and_its_tests():
    cohorts, tests, balance = compare_tables(*curve(match=MATCHED), "years")
    assert cohorts.rows[2].label == "This cohort, matched"
    assert "counted without weights" in cohorts.notes[-1]
    assert printed(tests)[3:] == [
        ["Log-rank test, matched", "", "", "", "0.200"],
        ["Hazard ratio, matched", "", "", f"1.20 (0.80{DASH}1.80)", "0.370"],
    ]
    assert printed(balance) == [
        ["Age, mean, years", "45.0", "38.2", "45.0"],
        ["Sex: Male, %", "50.0", "60.0", "50.0"],
        ["Effective patients", "", "57", "41.3"],
    ]


def test_a_cohort_that_could_not_be_matched_has_no_balance():
    made = curve(match={"rows": [], "reason": "this cohort was not weighed"})
    assert len(compare_tables(*made, "years")) == 2
    assert "After matching" not in said(made)[0]


def test_the_sentences_of_a_curve_say_the_numbers_of_the_tables():
    (text,) = said(curve(match=MATCHED))
    assert text == (
        "The median was 11.00 years (95% CI 7.50 to not reached) in this cohort and 11.00 years"
        " (95% CI 7.50 to not reached) in Author 2020. There were 30 events where 21.1 were"
        " expected from the published curve, a ratio of 1.42 (95% CI, 0.97 to 2.10; P ="
        " 0.068, the error of the published curve counted). The hazard ratio of"
        " this cohort to the published one was 1.40 (95% CI, 0.95 to 2.06; P ="
        " 0.086). After matching, the hazard ratio was 1.20 (95% CI, 0.80 to 1.80;"
        " P = 0.370)."
    )
    (first,) = compare_glance(*curve(), "years")
    assert first.plain.startswith("There were 30 events where 21.1 were expected")
    (first,) = compare_glance(*curve(("logrank",)), "years")
    assert first.plain.startswith("The median was 11.00 years")


def test_an_upper_limit_that_a_small_reference_cannot_set_is_infinite():
    node, values = curve()
    entries = {**values.entries, "a.one_sample.upper": entry(None, "ratio", "no upper limit")}
    tests = compare_tables(node, Values(entries), "years")[1]
    assert printed(tests)[0][3] == f"1.42 (0.97{DASH}\N{INFINITY})"
    assert "0.97 to \N{INFINITY};" in said((node, Values(entries)))[0]


def test_a_ratio_that_cannot_be_estimated_is_a_dash_and_no_sentence():
    node, values = curve()
    why = "infinite: one side has no event"
    gone = {f"a.hr.{name}": entry(None, "ratio", why) for name in ("ratio", "lower", "upper")}
    gone["a.hr.p_value"] = entry(None, "probability", why)
    made = (node, Values({**values.entries, **gone}))
    label, *_, shown, p = printed(compare_tables(*made, "years")[1])[-1]
    assert (label, shown, p) == ("Hazard ratio", DASH, DASH)
    assert "hazard ratio" not in said(made)[0]


@pytest.mark.parametrize(
    ("predicted", "words"),
    [((3, 14), "more than the 3 to 14"), ((5, 30), "within the 5 to 30"),
     ((18, 30), "fewer than the 18 to 30"), ((17, 17), "within the 17 to 17")],
)  # fmt: skip
def test_a_rate_is_said_within_what_is_to_be_expected_or_not(predicted, words):
    (text,) = said(rate(predicted=predicted))
    assert f"17 of 58 patients had SOS/VOD (29.3%), {words} that the published rates" in text
    assert "pooled 15.0% (95% CI 10.0" in text
    assert compare_glance(*rate(predicted=predicted), "years")[0].plain.startswith("17 of 58")


def test_a_rate_without_a_prediction_says_only_what_was_seen():
    made = rate(predicted=None)
    assert said(made) == ["17 of 58 patients had SOS/VOD (29.3%)."]
    (table,) = compare_tables(*made, "years")
    assert printed(table)[4][0] == "Expected in a cohort of this size"


def test_the_table_of_rates_ends_with_this_cohort():
    (table,) = compare_tables(*rate(), "years")
    assert table.title == "SOS/VOD: this cohort and published ones"
    assert printed(table) == [
        ["Published"],
        ["Study 1", "20", "3", f"15.0 (3.0{DASH}38.0)"],
        ["Study 2", "20", "3", f"15.0 (3.0{DASH}38.0)"],
        ["Pooled", "", "", f"15.0 (10.0{DASH}21.0)"],
        ["Expected in a cohort of this size", "58", "3 to 14", "5.2 to 24.1"],
        ["This cohort", "58", "17", f"29.3 (18.5{DASH}42.8)"],
    ]
    assert table.notes[0] == "Trials: A review."


def prose(made):
    return [part.sentence.plain for part in compare_prose(*made)]


def test_the_methods_name_every_file_test_and_weight():
    lines = dict(compare_methods(*curve(match=MATCHED)))
    assert lines["Published patients"] == "ref.csv, SHA-256 0af1"
    assert "own error" in lines["One-sample log-rank test"]
    assert "Signorovitch" in lines["Matching"]
    assert "One-sample log-rank test" not in dict(compare_methods(*curve(("cox",))))
    assert dict(compare_methods(*rate()))["Published rates"] == "rates.csv, SHA-256 1b"
    one, two, three = prose(curve(match=MATCHED, members=20))
    assert one == (
        "This cohort was compared with Author 2020 (Author A. J 2020) by a one-sample log-rank test"
        " that counts the error of the published curve (Danzer et al. 2022), the log-rank test and"
        " a Cox model"
    )
    assert "20 reconstructions" in two
    assert "the published averages of age and sex by" in three
    assert prose(curve(("logrank",)))[0].endswith(" by the log-rank test")
    assert prose(rate())[0].startswith("Published rates (A review) were pooled")


def test_a_curve_is_drawn_and_a_rate_is_not():
    (block,) = blocks(curve()[0])
    assert block.node["title"] == "Overall survival of this cohort and of the published one"
    assert blocks(rate()[0]) == ()


@pytest.mark.parametrize("made", [curve(match=MATCHED, members=3, naive=True), rate(),
                                  rate(predicted=(18, 30)), rate(predicted=(1, 60)),
                                  rate(predicted=None)])  # fmt: skip
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("de", ("Diese Kohorte", "rwartet", "Patienten")),
        ("it", ("Questa coorte", "ttes", "azienti")),
    ],
)
def test_other_languages_leave_no_english(made, code, words):
    with using(code):
        tables = compare_tables(*made, "years")
        text = json.dumps(
            [[t.title, t.stub, printed(t), [c.plain for c in t.columns], t.notes] for t in tables]
            + said(made) + prose(made) + compare_methods(*made),
            ensure_ascii=False,
        )  # fmt: skip
    assert words[0] in text
    assert words[1] in text
    assert words[2] in text
    for english in ("his cohort", "ublished", "xpected", "patients", " the ", "range", "matched"):
        assert english not in text, english
