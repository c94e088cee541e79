"""Pool files: every number is that of the public call, and every key moves what it names."""

from __future__ import annotations

import json

import numpy as np
import pytest

from atrisk.estimators.pool_effects import pool_ratios, pool_survival
from atrisk.estimators.pool_proportions import pool_proportions
from atrisk.estimators.proportion import proportion
from atrisk.evidence.pool import json_schema, pool_plan
from pool_kit import COUNTS, DOSED, GROUPED, HEAD, NAMES, PLAIN, RATIOS, SURVIVAL, pooled, written

EVENTS, TOTAL = zip(*COUNTS, strict=True)
SHOWN = ("estimate", "lower", "upper", "tau2", "i2", "prediction_lower", "prediction_upper")


def same(node, pool, names=SHOWN):
    for name in names:
        wanted = getattr(pool, name)
        if np.isnan(wanted):
            assert node[name] is None, name
        else:
            assert node[name] == pytest.approx(wanted, rel=1e-12, abs=1e-12), name


def test_counts_of_the_file_are_pooled_by_the_public_call(tmp_path):
    found = pooled(tmp_path)
    pool = pool_proportions(EVENTS, TOTAL, labels=list(NAMES))
    same(found["pooled"], pool)
    assert [(row["events"], row["total"]) for row in found["studies"]] == list(COUNTS)
    assert [row["weight"] for row in found["studies"]] == pytest.approx(pool.weight.tolist())
    exact = proportion(EVENTS, TOTAL)
    assert [row["upper"] for row in found["studies"]] == pytest.approx(exact.upper.tolist())
    assert (found["pooled"]["events"], found["pooled"]["total"]) == (48, 223)


@pytest.mark.parametrize(
    "options",
    [
        {"method": "logit"},
        {"method": "arcsine", "tau2": "dl", "ci": "z"},
        {"method": "double_arcsine", "tau2": "pm"},
        {"method": "logit", "tau2": "ml", "ci": "knapp-hartung-adhoc"},
        {"tau2": "fixed"},
        {"ci": "t"},
        {"prediction": "t, k-1"},
        {"prediction": "normal", "conf_level": 0.8},
        {"quadrature": 7},
    ],
    ids=str,
)
def test_each_key_of_the_method_is_that_of_the_public_call(tmp_path, options):
    keys = "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    found = pooled(tmp_path, keys=keys)["pooled"]
    same(found, pool_proportions(EVENTS, TOTAL, **options))
    assert found["quadrature"] == (
        options.get("quadrature", 31) if "method" not in options else None
    )


def test_a_further_cohort_of_a_size_is_predicted(tmp_path):
    found = pooled(tmp_path, keys="new_total = 40")["new_cohort"]
    new = pool_proportions(EVENTS, TOTAL).predict_new(40)
    assert (found["low"], found["high"]) == (new.lower_events, new.upper_events)
    assert pooled(tmp_path)["new_cohort"] is None


def test_ratios_and_their_limits(tmp_path):
    texts = (["0.70", "0.85", "1.10"], ["0.55", "0.63", "0.76"], ["0.89", "1.15", "1.59"])
    keys = 'measure = "ratio"\nratio_name = "Hazard ratio"\n'
    found = pooled(tmp_path, RATIOS, keys)
    same(found["pooled"], pool_ratios(*texts))
    assert (found["ratio_name"], found["studies"][0]["printed"]["ratio"]) == (
        "Hazard ratio",
        "0.70",
    )
    wider = pooled(tmp_path, RATIOS, keys + "limits_level = 0.9\nrequire_symmetry = false")
    same(wider["pooled"], pool_ratios(*texts, limits_level=0.9, require_symmetry=False))


def test_survival_and_its_scales(tmp_path):
    numbers = ([0.6, 0.5, 0.35], [0.48, 0.4, 0.2], [0.7, 0.6, 0.51])
    keys = 'measure = "survival"\nrequire_symmetry = false\n'
    plain = pooled(tmp_path, SURVIVAL, keys)
    same(plain["pooled"], pool_survival(*numbers, require_symmetry=False))
    other = pooled(tmp_path, SURVIVAL, keys + 'scale = "logit"\nlimits_scale = "identity"')
    wanted = pool_survival(*numbers, scale="logit", limits_scale="identity", require_symmetry=False)
    same(other["pooled"], wanted)
    assert other["limits"] == {"level": 0.95, "scale": "identity", "symmetry": False}


@pytest.mark.parametrize("common", [False, True])
def test_subgroups(tmp_path, common):
    keys = f'subgroup = "Regimen"\ncommon_tau2 = {str(common).lower()}'
    found = pooled(tmp_path, GROUPED, keys)["subgroups"]
    wanted = pool_proportions(EVENTS, TOTAL).subgroups(list("xyyxx"), common_tau2=common)
    assert [group["label"] for group in found["groups"]] == ["x", "y"]
    estimates = [group["estimate"] for group in found["groups"]]
    assert estimates == pytest.approx(wanted.estimate.tolist())
    assert (found["name"], found["common_tau2"]) == ("Regimen", common)
    assert found["p_value"] == pytest.approx(wanted.p_value)


def test_meta_regression(tmp_path):
    found = pooled(tmp_path, DOSED, 'moderators = ["dose"]')["regression"]
    pool = pool_proportions(EVENTS, TOTAL, moderators={"dose": [9.3, 5.0, 6.5, 4.0, 9.8]})
    slope = found["coefficients"][1]
    assert (slope["term"], slope["estimate"]) == ("dose", pytest.approx(pool.coefficients[1]))
    assert slope["ratio"][0] == pytest.approx(np.exp(pool.coefficients[1]))
    line, along = found["line"], pool.predict({"dose": [4.0, 9.8]})
    assert (line["x"][0], line["x"][-1]) == (4.0, 9.8)
    assert [line["estimate"][0], line["estimate"][-1]] == pytest.approx(along.estimate.tolist())
    assert line["prediction_upper"][-1] == pytest.approx(along.prediction_upper[1])
    assert pooled(tmp_path)["regression"] is None


def test_arms_of_a_study_make_a_multilevel_model(tmp_path):
    arms = PLAIN.replace('study = "E"', 'study = "D"\narm = "two"')
    arms = arms.replace('study = "D"\nevents = 6', 'study = "D"\narm = "one"\nevents = 6')
    found = pooled(tmp_path, arms)
    pool = pool_proportions(
        EVENTS, TOTAL, study=["A", "B", "C", "D", "D"], labels=["A", "B", "C", "D, one", "D, two"]
    )
    same(found["pooled"], pool)
    assert [row["label"] for row in found["studies"]][3:] == ["D, one", "D, two"]
    assert (found["pooled"]["studies"], found["pooled"]["several_arms"]) == (4, True)


def test_leave_one_out_influence_and_funnel_are_there_where_asked_for(tmp_path):
    none = pooled(tmp_path)
    assert [none[key] for key in ("leave_one_out", "influence", "funnel")] == [None] * 3
    keys = 'method = "logit"\nleave_one_out = true\ninfluence = true\nfunnel = true'
    found = pooled(tmp_path, keys=keys)
    pool = pool_proportions(EVENTS, TOTAL, method="logit")
    left = [row["estimate"] for row in found["leave_one_out"]["rows"]]
    assert left == pytest.approx(pool.leave_one_out().estimate.tolist())
    assert found["leave_one_out"]["least"] == min(left)
    hats = [row["hat"] for row in found["influence"]["rows"]]
    assert hats == pytest.approx(pool.influence().hat.tolist())
    assert found["funnel"]["p_value"] == pytest.approx(pool.funnel().p_value)
    half = next(tick for tick in found["funnel"]["ticks"] if tick["value"] == 0.5)
    assert half["at"] == pytest.approx(0.0, abs=1e-15)
    assert found["funnel"]["quantile"] is None  # the height is 1 / sqrt(n)
    ratios = pooled(tmp_path, RATIOS, 'measure = "ratio"\nfunnel = true')["funnel"]
    assert ratios["quantile"] == pytest.approx(1.959964, abs=1e-6)


def test_rows_of_a_csv_file_are_those_of_the_file(tmp_path):
    rows = "".join(f"{n},{e},{t},x{d}\n" for n, (e, t), d in zip(NAMES, COUNTS, "12112"))  # noqa: B905 - five each
    (tmp_path / "rows.csv").write_text(f"study,events,total,regimen\n{rows}", "utf-8")
    found = pooled(tmp_path, "", 'csv = "rows.csv"\nsubgroup = "regimen"')
    same(found["pooled"], pool_proportions(EVENTS, TOTAL))
    assert [group["label"] for group in found["subgroups"]["groups"]] == ["x1", "x2"]
    assert found["source"]["csv"] == "rows.csv"


def test_limits_of_a_csv_file_stay_as_they_are_printed(tmp_path):
    text = (
        "study,ratio,lower,upper,dose\nA,0.70,0.55,0.89,1\nB,0.85,0.63,1.15,2\nC,1.1,.76,1.59,4\n"
    )
    (tmp_path / "rows.csv").write_text(text, "utf-8")
    keys = 'csv = "rows.csv"\nmeasure = "ratio"\nmoderators = ["dose"]\nrequire_symmetry = false'
    found = pooled(tmp_path, "", keys)
    assert found["studies"][0]["printed"] == {"ratio": "0.70", "lower": "0.55", "upper": "0.89"}
    assert [row["moderators"]["dose"] for row in found["studies"]] == [1.0, 2.0, 4.0]


def test_the_order_of_rows_changes_no_number(tmp_path):
    parts = PLAIN.split("[[studies]]\n")[1:]
    turned = "".join(f"[[studies]]\n{part}" for part in reversed(parts))
    one, other = pooled(tmp_path)["pooled"], pooled(tmp_path, turned)["pooled"]
    # the likelihood is a sum in another order
    assert one["estimate"] == pytest.approx(other["estimate"], rel=1e-9)
    assert one["prediction_upper"] == pytest.approx(other["prediction_upper"], rel=1e-6)


def test_the_plan_names_rows_method_and_what_is_left_out(tmp_path):
    lines = pool_plan(written(tmp_path, f'{HEAD}method = "logit"\ntau2 = "dl"\n{PLAIN}'))
    assert "An outcome: proportion, 5 studies" in lines
    assert "  A: 18/79" in lines
    assert "method: logit, tau2 dl, prediction t, k-2, 95%" in lines


def test_the_schema_names_the_keys():
    found = json_schema()
    assert {"pool", "studies", "record", "own"} <= found["properties"].keys()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('method = "double_arcsine"', "only for reproducing published results"),
        ('tau2 = "fixed"', "A proportion common to all studies was assumed"),
        ('prediction = "normal"', "too narrow where studies are few"),
        ("", "estimated as 0"),
    ],
)
def test_cautions_that_fit(tmp_path, keys, said):
    assert any(said in text for text in pooled(tmp_path, keys=keys)["cautions"])


def test_few_studies_are_said(tmp_path):
    three = "[[studies]]".join(PLAIN.split("[[studies]]")[:4])
    assert any("3 studies: the variance" in text for text in pooled(tmp_path, three)["cautions"])
    said = pooled(tmp_path, DOSED, 'moderators = ["dose"]')["cautions"]
    assert any("fewer than ten a moderator" in text for text in said)
    assert not any("protocol allows" in text for text in said)  # a dose of one's own file


def test_rows_with_the_same_numbers_are_asked_about(tmp_path):
    twin = PLAIN.replace("events = 17\ntotal = 58", "events = 18\ntotal = 79")
    said = "E: the same counts as A (18 of 79); is it the same patients?"
    assert said in pooled(tmp_path, twin)["cautions"]
    ratios = RATIOS.replace(
        '"0.85"\nlower = "0.63"\nupper = "1.15"', '"0.70"\nlower = "0.55"\nupper = "0.89"'
    )
    (asked,) = (
        text for text in pooled(tmp_path, ratios, 'measure = "ratio"')["cautions"] if "same" in text
    )
    assert asked == "B: the same numbers as A (0.70, 0.55 to 0.89); is it the same patients?"
    assert not any("the same" in text for text in pooled(tmp_path)["cautions"])


def test_a_subgroup_of_one_study_is_said(tmp_path):
    alone = GROUPED.replace('"y"', '"z"', 1)
    found = pooled(tmp_path, alone, 'subgroup = "Regimen"')
    said = [text for text in found["cautions"] if "one study" in text]
    assert said == [
        f"{name} is one study ({study}): nothing is pooled there."
        for name, study in (("z", "B"), ("y", "C"))
    ]
    pair = pooled(tmp_path, GROUPED, 'subgroup = "Regimen"')
    assert not any("one study" in text for text in pair["cautions"])


def test_a_ratio_without_a_name_is_asked_for_it(tmp_path):
    asked = pooled(tmp_path, RATIOS, 'measure = "ratio"')["cautions"]
    assert any("Which ratio was pooled is not said" in text for text in asked)
    named = pooled(tmp_path, RATIOS, 'measure = "ratio"\nratio_name = "Hazard ratio"')["cautions"]
    assert not any("Which ratio" in text for text in named)


def test_counts_can_be_texts_as_printed(tmp_path):
    quoted = PLAIN.replace("events = 18\ntotal = 79", 'events = "18"\ntotal = " 79 "')
    own = '[own]\nlabel = "Ours"\nevents = "9"\ntotal = "40"\n'
    found = pooled(tmp_path, quoted, more=own)
    plain = pooled(tmp_path, PLAIN, more=own.replace('"9"', "9").replace('"40"', "40"))
    for key in ("pooled", "studies", "own"):
        assert found[key] == plain[key]
    total = json_schema()["$defs"]["Own"]["properties"]["total"]["anyOf"]
    assert {"type": "string"} in total
