"""Each guard rail fires where it should, and not beside it."""

from __future__ import annotations

import pytest

import study_kit as kit
from atrisk.errors import InputError
from atrisk.study.guard_rails_found import MESSAGES, plain_message
from atrisk.study.guard_rails_groups import _may_be_death
from atrisk.study.guard_rails_rules import RULES, of_study
from atrisk.study.values import value

RULE = {rule.__name__: rule for rule in RULES}


def node(kind="survival", **more):
    return {"id": "a", "kind": kind, "overall": {"id": "overall"}, "groups": [], **more}


def numbers(**entries):
    return {
        f"a.{key.replace('__', '.')}": found if isinstance(found, dict) else value(found, "")
        for key, found in entries.items()
    }


def messages(rule, analysis, values):
    return [
        plain_message(found.text, found.parts, values | found.entries)
        for found in RULE[rule](analysis, values)
    ]


def model(name, *dfs, **more):
    terms = [
        {"id": f"x{k}", "label": f"X{k}", "df": df, "rows": []} for k, df in enumerate(dfs, start=1)
    ]
    return {"id": name, "terms": terms, "left_out": [], **more}


def test_events_are_counted_for_each_parameter_and_not_each_variable():
    analysis = node("cox", models=[model("multivariable", 1, 3)])
    (said,) = messages(
        "events_per_variable", analysis, numbers(multivariable__events=39, multivariable__n=90)
    )
    assert said.startswith("39 events for 4 parameters are 9.8 a parameter")
    enough = numbers(multivariable__events=40, multivariable__n=90)
    assert messages("events_per_variable", analysis, enough) == []


def test_univariable_screening_counts_its_candidates():
    models = [model("univariable", 1, 1, 1), model("multivariable", 1)]
    (said,) = messages(
        "events_per_variable", node("cox", models=models), numbers(multivariable__events=20)
    )
    assert "for the 3 candidate parameters of the selection are 6.7 a parameter" in said


def test_without_a_selection_nothing_is_said_to_be_selected():
    models = [model("univariable", 1, 1, 1), model("multivariable", 1, 1, 1)]
    few = numbers(multivariable__events=20)
    (said,) = messages("events_per_variable", node("cox", models=models), few)
    assert said.startswith("20 events for 3 parameters are 6.7 a parameter")
    assert "selected" not in said
    chosen = node("cox", models=models, selection={"method": "backward"})
    (said,) = messages("events_per_variable", chosen, few)
    assert "what is selected depends on chance" in said


def test_the_rarer_outcome_counts_in_logistic_regression():
    analysis = node("logistic", models=[model("multivariable", 1)])
    (said,) = messages(
        "events_per_variable", analysis, numbers(multivariable__events=95, multivariable__n=100)
    )
    assert said.startswith("5 patients with the rarer outcome for 1 parameter are fewer than 10")
    many = numbers(multivariable__events=50, multivariable__n=100)
    assert messages("events_per_variable", analysis, many) == []


def test_models_of_one_variable_each_are_judged_by_the_largest():
    analysis = node("cox", models=[model("univariable", 1, 2)])
    (said,) = messages("events_per_variable", analysis, numbers(univariable__events=19))
    assert "for 2 parameters" in said
    assert messages("events_per_variable", analysis, numbers(univariable__events=20)) == []


def test_models_of_one_variable_each_are_judged_by_their_own_patients():
    analysis = node("cox", models=[model("univariable", 1, 2)])
    values = numbers(univariable__events=40, univariable__x1__events=9, univariable__x2__events=40)
    (said,) = messages("events_per_variable", analysis, values)
    assert said.startswith("9 events for 1 parameter are fewer than 10")


def test_hazards_that_are_not_proportional_are_named():
    analysis = node("cox", models=[model("multivariable", 1, 1)], ph={"failed": None})
    values = numbers(ph__global__p_value=0.2, ph__x1__p_value=0.049, ph__x2__p_value=0.05)
    (said,) = messages("proportional_hazards", analysis, values)
    assert "below 0.05 for X1 (P = 0.049): one" in said
    values = numbers(ph__global__p_value=0.0001, ph__x1__p_value=0.5)
    (said,) = messages("proportional_hazards", analysis, values)
    assert "all variables together (P < 0.001)" in said
    assert messages("proportional_hazards", analysis, numbers(ph__global__p_value=0.05)) == []
    failed = analysis | {"ph": {"failed": "no fit"}}
    assert messages("proportional_hazards", failed, values) == []


def test_the_warning_of_immortal_time_is_a_guard_rail():
    assert messages("immortal_time", node(warnings=["Known later."]), {}) == [
        MESSAGES["immortal_time"]
    ]
    assert messages("immortal_time", node(warnings=[]), {}) == []


def test_follow_up_shorter_than_a_quoted_time():
    times = [{"id": "t1", "label": "1 year", "value": 365}, {"id": "t2", "label": "2 years"}]
    analysis = node(times=[times[0], times[1] | {"value": 730}])
    followed = value(500, "days") | {"display": {"value": 1.37, "unit": "years"}}
    values = numbers(overall__follow_up__estimate=followed)
    (said,) = messages("printed_follow_up", analysis, values)
    assert said.startswith("Median follow-up is 1.4 years, shorter than 2 years, at")
    values = numbers(overall__follow_up__estimate=value(730, "days"))
    assert messages("printed_follow_up", analysis, values) == []
    values = numbers(overall__follow_up__estimate=value(None, "days", missing="not reached"))
    assert messages("printed_follow_up", analysis, values) == []


def test_follow_up_of_a_group_shorter_than_a_quoted_time():
    groups = [{"id": "g", "label": "A"}, {"id": "h", "label": "B"}]
    times = [{"id": "t1", "label": "1 year", "value": 365}]
    analysis = node(times=times, groups=groups)
    values = numbers(
        overall__follow_up__estimate=value(400, "days"),
        g__follow_up__estimate=value(300, "days"),
        h__follow_up__estimate=value(500, "days"),
    )
    (said,) = messages("printed_follow_up", analysis, values)
    assert said.endswith("than 1 year, at which estimates are quoted: A (300.0 days).")
    long = values | numbers(g__follow_up__estimate=value(365, "days"))
    assert messages("printed_follow_up", analysis, long) == []
    overall = values | numbers(overall__follow_up__estimate=value(300, "days"))
    (said,) = messages("printed_follow_up", analysis, overall)
    assert said.startswith("Median follow-up is 300.0 days, shorter than 1 year")


def test_the_p_of_a_level_is_held_against_the_test_of_its_variable():
    made = model("multivariable", 2)
    made["terms"][0]["rows"] = [{"id": "x1_b", "label": "B"}, {"id": "x1_c", "label": "C"}]
    values = numbers(
        multivariable__x1_b__p_value=0.045,
        multivariable__x1_c__p_value=0.3,
        multivariable__x1__p_value=0.2,
        multivariable__x1__lr_p_value=0.12,
    )
    (said,) = messages("unconfirmed_p", node("cox", models=[made]), values)
    assert "X1: B (P = 0.045; likelihood ratio test P = 0.120)" in said
    assert "X1: C" not in said


def test_fewer_than_ten_at_risk_is_said_by_group_and_time():
    analysis = node(
        times=[{"id": "t1", "label": "1 year", "value": 365}],
        groups=[{"id": "g", "label": "A"}, {"id": "h", "label": "yes"}],
        by={"label": "Arm"},
    )
    values = numbers(
        g__t1__at_risk=9, g__t1__estimate=0.5, h__t1__at_risk=3, h__t1__estimate=0.5
    ) | numbers(overall__t1__at_risk=12, overall__t1__estimate=0.5)
    (said,) = messages("few_at_risk", analysis, values)
    assert said.endswith("quoted: 1 year (A and Arm: yes).")
    many = values | numbers(g__t1__at_risk=10, h__t1__at_risk=10)
    assert messages("few_at_risk", analysis, many) == []
    unknown = values | numbers(g__t1__estimate=None, h__t1__estimate=None)
    assert messages("few_at_risk", analysis, unknown) == []


def test_states_of_one_exposure_do_not_lend_their_name_to_another():
    states = ({"id": "before", "label": "Before {}"}, {"id": "after", "label": "After {}"})
    exposures = [
        {"id": name, "states": [s | {"label": s["label"].format(name)} for s in states]}
        for name in ("acute", "chronic")
    ]
    analysis = node("time_dependent", times=[{"id": "t1", "label": "1 year"}], exposures=exposures)
    values = numbers(
        acute__after__t1__at_risk=9,
        acute__after__t1__estimate=0.5,
        chronic__after__t1__at_risk=50,
        chronic__after__t1__estimate=0.5,
    )
    (said,) = messages("few_at_risk", analysis, values)
    assert said.endswith("quoted: 1 year (After acute).")


def test_few_at_risk_after_a_landmark_names_the_landmark():
    marks = [
        {"id": mark, "label": mark, "groups": [{"id": "no", "label": "No GVHD"}]}
        for mark in ("t30d", "t90d")
    ]
    analysis = node("landmark", times=[{"id": "t1", "label": "1 year"}], landmarks=marks)
    values = numbers(
        t30d__no__t1__at_risk=14,
        t30d__no__t1__estimate=0.5,
        t90d__no__t1__at_risk=3,
        t90d__no__t1__estimate=0.5,
    )
    (said,) = messages("few_at_risk", analysis, values)
    assert said.endswith("quoted: 1 year (No GVHD, landmark at t90d).")


def test_pairs_without_adjustment():
    analysis = node(pairwise=[{"id": "g_vs_h"}, {"id": "g_vs_i"}])
    raw = value(0.2, "", method="no adjustment")
    values = numbers(pairwise__g_vs_h__p_adjusted=raw, pairwise__g_vs_i__p_adjusted=raw)
    assert messages("unadjusted_pairs", analysis, values) == [
        "The 2 comparisons of two groups each have no adjusted P value."
    ]
    holm = {key: entry | {"method": "Holm's method"} for key, entry in values.items()}
    assert messages("unadjusted_pairs", analysis, holm) == []


def test_many_tests_are_counted_once_each():
    term = {"id": "x", "label": "X", "df": 1, "rows": [{"id": "x_a"}, {"id": "x_b"}]}
    analysis = node("cox", models=[{"id": "multivariable", "terms": [term]}])
    values = numbers(
        multivariable__x__p_value=0.2,
        multivariable__x_b__p_value=0.2,
        multivariable__overall__wald__p_value=0.2,
        ph__x__p_value=0.2,
        pairwise__g__p_value=0.2,
        logrank__p_value=0.3,
        trend__p_value=None,
    )
    (found,) = of_study([analysis], values)
    assert found.key == "study.multiple_tests"
    assert found.entries["study.multiple_tests.tests"]["value"] == 2
    assert found.entries["study.multiple_tests.expected"]["value"] == pytest.approx(0.1)
    assert list(of_study([analysis], numbers(logrank__p_value=0.3))) == []


def test_subgroups_whose_interaction_was_not_tested():
    levels = [{"id": "m", "failed": None}, {"id": "f", "failed": None}]
    analysis = node("subgroups", subgroups=[{"id": "sex", "label": "Sex", "levels": levels}])
    untested = numbers(interaction__sex__p_value=None)
    assert "the levels of Sex without" in messages("no_interaction_test", analysis, untested)[0]
    tested = numbers(interaction__sex__p_value=0.4)
    assert messages("no_interaction_test", analysis, tested) == []


def test_patients_lost_to_missing_values():
    rows = [{"line": k // 2, "reason": "a variable of the model is missing"} for k in range(24)]
    whole = model("multivariable", 1, left_out=rows)
    analysis = node("cox", models=[whole])
    (said,) = messages("complete_case_loss", analysis, numbers(multivariable__n=100))
    assert said.startswith("12 of 112 patients (10.7%) were left out of the multivariable model")
    assert messages("complete_case_loss", analysis, numbers(multivariable__n=108)) == []
    curves = node(left_out=[*rows, {"line": 99, "reason": "time is not known"}])
    (said,) = messages("complete_case_loss", curves, numbers(overall__n=100))
    assert said.startswith("12 of 112 patients (10.7%) were left out because")
    assert messages("complete_case_loss", curves | {"kind": "describe"}, {}) == []


@pytest.mark.parametrize(
    ("part", "words"), [("fisher_p_value", "Fisher"), ("lr_p_value", "likelihood ratio test")]
)
def test_a_borderline_p_that_another_test_does_not_confirm(part, words):
    analysis = node("logistic", models=[model("univariable", 1)])
    values = numbers(univariable__x1__p_value=0.0496)
    values |= numbers(**{f"univariable__x1__{part}": 0.064})
    (said,) = messages("unconfirmed_p", analysis, values)
    assert "X1 (P = 0.0496; " + words in said
    for p_value, other in ((0.039, 0.064), (0.05, 0.064), (0.0496, 0.049)):
        again = numbers(univariable__x1__p_value=p_value)
        again |= numbers(**{f"univariable__x1__{part}": other})
        assert messages("unconfirmed_p", analysis, again) == []


STUDY = kit.HEAD + kit.DEATH + kit.ARM


def run(tmp_path, toml, rows):
    return kit.run(tmp_path, toml, rows)


def keys(document):
    return [rail["key"] for rail in document["guard_rails"]]


def rows(times, dead, arm):
    made = (f"{t},{d},{a}" for t, d, a in zip(times, dead, arm, strict=True))
    return ["t,d,arm", *made]


BALANCED = rows(range(10, 50), [0, 1] * 20, "xxyy" * 10)


def test_groups_that_tell_the_outcome(tmp_path):
    toml = STUDY + kit.SURVIVAL + 'by = "arm"\n'
    same = rows(range(10, 50), [0, 1] * 20, "xy" * 20)
    found = run(tmp_path, toml, same)
    assert "a.group_by_outcome" in keys(found)
    assert "The groups of Arm tell exactly who had the event" in found["guard_rails"][0]["message"]
    assert "a.group_by_outcome" not in keys(run(tmp_path, toml, BALANCED))


def test_groups_read_from_the_column_of_the_event(tmp_path):
    toml = STUDY.replace('label = "Arm"', 'label = "Arm"\ncolumn = "d"') + kit.SURVIVAL
    found = run(tmp_path, toml + 'by = "arm"\n', BALANCED)
    (rail,) = (rail for rail in found["guard_rails"] if rail["rule"] == "group_by_outcome")
    assert "Arm is read from what also says whether the event happened (d)" in rail["message"]


RELAPSE = """
[[endpoints]]
id = "ttr"
label = "Time to relapse"
time = "t"
event = "r"
causes = { relapse = 1 }
"""


@pytest.mark.parametrize(
    ("kind", "deaths", "fires"),
    [
        ("survival", kit.DEATH, True),
        ("cumulative_incidence", kit.DEATH, True),
        ("survival", "", False),
        ("landmark", kit.DEATH, True),
    ],
)
def test_a_relapse_whose_deaths_are_censored(tmp_path, kind, deaths, fires):
    analysis = kit.SURVIVAL.replace('"os"', '"ttr"').replace('"survival"', f'"{kind}"')
    analysis += 'at = ["5 days"]\n' if kind == "landmark" else ""
    data = ["t,d,r", *(f"{t},{t % 2},{t % 3 == 0:d}" for t in range(1, 60))]
    found = run(tmp_path, kit.HEAD + deaths + RELAPSE + analysis, data)
    assert ("a.kaplan_meier_competing" in keys(found)) == fires


def test_overall_survival_has_no_competing_risk(tmp_path):
    data = ["t,d,r", *(f"{t},{t % 2},{t % 3 == 0:d}" for t in range(1, 60))]
    found = run(tmp_path, kit.HEAD + kit.DEATH + RELAPSE + kit.SURVIVAL, data)
    assert "a.kaplan_meier_competing" not in keys(found)


def test_deaths_are_known_in_three_languages():
    class Cause:
        def __init__(self, label):
            self.id, self.label = "c", label

    class Endpoint:
        asked, id, label = None, "e", "Endpoint"

        def __init__(self, label):
            self.causes = (Cause(label),)

    for word in (
        "Death",
        "Non-relapse mortality",
        "Tod ohne Rezidiv",
        "Gesamtüberleben",
        "Decesso",
        "LFS",
        "GRFS",
    ):
        assert _may_be_death(Endpoint(word)), word
    for word in ("Relapse", "SOS/VOD", "Rezidiv", "Stottern"):
        assert not _may_be_death(Endpoint(word)), word


def test_incidence_is_compared_with_its_follow_up(tmp_path):
    analysis = kit.SURVIVAL.replace('"survival"', '"cumulative_incidence"')
    toml = STUDY + analysis + 'times = ["10 days", "45 days"]\n'
    found = run(tmp_path, toml, BALANCED)
    (rail,) = (rail for rail in found["guard_rails"] if rail["rule"] == "short_follow_up")
    assert "shorter than 45 days" in rail["message"]
    assert rail["numbers"] == ["a.short_follow_up.estimate"]
    assert rail["numbers"][0] in found["values"]


def test_landmarks_are_compared_with_the_follow_up(tmp_path):
    analysis = kit.SURVIVAL.replace('"survival"', '"landmark"')
    toml = STUDY + analysis + 'at = ["5 days"]\ntimes = ["10 days", "45 days"]\n'
    found = run(tmp_path, toml, BALANCED)
    (rail,) = (rail for rail in found["guard_rails"] if rail["rule"] == "short_follow_up")
    assert "shorter than 45 days" in rail["message"]


def test_an_answer_stands_beside_its_guard_rail(tmp_path):
    toml = STUDY + kit.SURVIVAL + 'times = ["45 days"]\n'
    answered = toml + '\n[answers]\n"a.few_at_risk" = "We say so in the text."\n'
    rails = {rail["key"]: rail for rail in run(tmp_path, answered, BALANCED)["guard_rails"]}
    assert rails["a.few_at_risk"]["answer"] == "We say so in the text."
    assert rails["a.short_follow_up"]["answer"] is None


def test_an_answer_to_nothing_is_refused(tmp_path):
    toml = STUDY + kit.SURVIVAL + 'times = ["45 days"]\n'
    wrong = toml + '\n[answers]\n"a.few_at_rsk" = "We say so."\n'
    with pytest.raises(InputError, match=r"Did you mean 'a\.few_at_risk'.*a\.short_follow_up"):
        run(tmp_path, wrong, BALANCED)
    with pytest.raises(InputError, match="The guard rails are: none"):
        run(tmp_path, STUDY + kit.SURVIVAL + '\n[answers]\n"a.b" = "x"\n', BALANCED)


def test_the_likelihood_ratio_stands_beside_a_borderline_test(tmp_path):
    toml = STUDY + kit.SURVIVAL + 'by = "arm"\n'
    for shift in range(40):
        dead = [int((k * 7 + shift) % 3 > 0) for k in range(40)]
        arm = ["y" if (k * 5 + shift) % 4 < 2 and k < 20 + shift % 15 else "x" for k in range(40)]
        values = run(tmp_path, toml, rows(range(1, 41), dead, arm))["values"]
        borderline = 0.04 <= values["a.logrank.p_value"]["value"] < 0.05
        assert ("a.logrank.lr_p_value" in values) == borderline
        if borderline:
            return
    raise AssertionError("no sample is borderline")


def covariate(label, kind="cox", levels=""):
    return (
        kit.HEAD
        + kit.DEATH
        + f'[variables.arm]\nlabel = "{label}"\ntype = "categorical"\n{levels}'
        + kit.SURVIVAL.replace('"survival"', f'"{kind}"')
        + ('variables = ["arm"]\nmultivariable = true\n' if kind == "cox" else 'by = "arm"\n')
    )


THREE = rows(range(10, 70), [0, 1] * 30, ["CR", "CR", "CRi", "CRi", "NR", "NR"] * 10)


@pytest.mark.parametrize("kind", ["survival", "cox"])
@pytest.mark.parametrize(
    ("label", "fires"),
    [
        ("Best response", True),
        ("Bestes Ansprechen", True),
        ("Migliore risposta", True),
        ("Acute GVHD", True),
        ("Maintenance", True),
        ("Remission at transplant", False),
        ("Remission before transplant", False),
        ("Transplant number", False),
        ("Conditioning", False),
    ],
)
def test_what_its_name_says_is_known_later_is_asked_about(tmp_path, label, fires, kind):
    found = run(tmp_path, covariate(label, kind), THREE)
    assert ("a.known_later" in keys(found)) == fires
    if fires:
        (rail,) = (rail for rail in found["guard_rails"] if rail["rule"] == "known_later")
        assert rail["message"].startswith(f"{label} may be known only after time zero")
    declared = covariate(label, kind, "known_from = false\n")
    assert "a.known_later" not in keys(run(tmp_path, declared, THREE))


@pytest.mark.parametrize("kind", ["survival", "cox"])
@pytest.mark.parametrize(
    "label", ["Status at last contact", "Cause of death", "Todesursache", "Causa di morte"]
)
def test_how_the_patients_ended_is_no_covariate(tmp_path, label, kind):
    found = run(tmp_path, covariate(label, kind), THREE)
    (rail,) = (rail for rail in found["guard_rails"] if rail["rule"] == "group_by_outcome")
    assert rail["message"].startswith(f"{label} is, by its name, how the patients ended")
    donor = run(tmp_path, covariate("Donor: " + label, kind), THREE)
    assert "a.group_by_outcome" not in keys(donor)


def test_a_covariate_that_tells_the_event(tmp_path):
    split = rows(range(10, 50), [0, 1] * 20, "xy" * 20)
    toml = covariate("Arm", "cox").replace("multivariable = true", "multivariable = false")
    found = run(tmp_path, toml, split)
    (rail,) = (rail for rail in found["guard_rails"] if rail["rule"] == "group_by_outcome")
    assert rail["message"].startswith("The groups of Arm tell exactly who had the event")
    assert "a.group_by_outcome" not in keys(run(tmp_path, toml, BALANCED))
