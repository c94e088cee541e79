from __future__ import annotations

import math

import pytest

from atrisk.report import format as form
from atrisk.report.kinds import kind_of
from atrisk.report.tables import phrases
from atrisk.report.tables_csv import write_printed
from atrisk.report.tables_html import table_html
from atrisk.report.values import Values
from report import documents_models as made

KINDS = {analysis["kind"] + analysis["id"]: (analysis, v) for analysis, v in made.all_kinds()}


def tables_of(analysis, values):
    tables = kind_of(analysis).tables(analysis, Values(values), "years")
    return {table.id: table for table in tables}


def plain_rows(table):
    return {row.label: [cell.plain for cell in table.padded(row)] for row in table.rows}


def ratio_text(number):
    # written anew here, so that a slip in the package does not hide itself
    return f"{number:.3f}" if number < 0.1 else f"{number:.2f}"


def p_text(number):
    return "<0.001" if number < 0.001 else ">0.999" if number > 0.999 else f"{number:.3f}"


ENDINGS = {
    **dict.fromkeys(("ratio", "lower", "upper"), ratio_text),
    **dict.fromkeys(("bootstrap_lower", "bootstrap_upper"), ratio_text),
    **dict.fromkeys(("p_value", "fisher_p_value"), p_text),
    **dict.fromkeys(("n", "events", "df", "at_risk"), lambda x: f"{x:g}"),
    **dict.fromkeys(("statistic", "loglik"), lambda x: f"{x:.2f}".replace("-", form.MINUS)),
    **dict.fromkeys(("events_per_variable", "aic", "expected"), lambda x: f"{x:.1f}"),
    **dict.fromkeys(("concordance", "concordance_se"), lambda x: f"{x:.3f}"),
    **dict.fromkeys(("apparent", "optimism", "corrected"), lambda x: f"{x:.3f}"),
    **dict.fromkeys(("before", "after"), lambda x: f"{x:.3f}".replace("-", form.MINUS)),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_number_is_the_value_of_its_key(name):
    analysis, values = KINDS[name]
    shown = [
        number
        for table in tables_of(analysis, values).values()
        for words in phrases(table)
        for number in words.numbers()
        if number.missing is None
    ]
    checked = 0
    for number in shown:
        show = ENDINGS.get(number.key.rpartition(".")[2])
        estimate = ".t1y." in number.key or ".calibration." in number.key
        if show and not estimate:
            text = number.text.replace(form.NO_BREAK, "").removeprefix("P").removeprefix("=")
            assert text == show(values[number.key]["value"]), number.key
            checked += 1
    assert checked > 3


@pytest.mark.parametrize("name", KINDS)
def test_no_digit_in_a_cell_comes_from_elsewhere(name):
    for table in tables_of(*KINDS[name]).values():
        for row in table.rows:
            assert len(table.padded(row)) == len(table.columns) == len(table.spanned())
            for cell in row.cells:
                loose = "".join(piece for piece in cell.pieces if isinstance(piece, str))
                assert not any(letter.isdigit() for letter in loose), cell.plain


def test_models_stand_side_by_side_under_their_names():
    table = tables_of(*made.cox())["cox_models"]
    assert table.spans[0] == ("Patients", 2)
    assert table.spans[1:] == (("Univariable", 2), ("Multivariable", 2), ("Selected", 2))
    assert [head.plain for head in table.columns[:2]] == ["n", "Events"]
    rows = plain_rows(table)
    dash = form.EN_DASH
    assert rows["Disease group"] == ["", "", "", "0.072", "", "0.072", "", "0.072"]
    assert rows["ALL"] == ["40", "20", "reference", "", "reference", "", "reference", ""]
    assert rows["AML low risk"][2:4] == [f"0.74 (0.33{dash}1.65)", "0.091"]
    assert rows["Age, per 10 years"][4:] == [f"1.22 (0.67{dash}2.23)", "0.202", dash, dash]
    assert rows["Waiting time (spline, 4 knots)"][2:4] == ["spline", "0.072"]
    # two levels have one comparison, whose P value stands with it
    assert rows["Methotrexate & <GVHD> prophylaxis"] == [""] * 8
    assert any("not in this model" in note for note in table.notes)


def test_a_spline_and_a_line_of_one_variable_are_two_rows():
    of = made.TERMS | {"wait": ("Waiting time", ())}
    analysis, values = made.bare_cox()
    other, more = made.model("cox", "selected", ("waiting",), of=of)
    other["terms"][0]["id"] = "age"
    values |= {key.replace("waiting", "age"): entry for key, entry in more.items()}
    analysis["models"].append(other)
    rows = plain_rows(tables_of(analysis, values)["cox_models"])
    assert rows["Age, per 10 years"][4:] == [form.EN_DASH] * 2
    assert rows["Waiting time (spline, 4 knots)"][2:5] == [form.EN_DASH] * 2 + ["spline"]


def test_fishers_p_stands_beside_the_p_value_of_the_same_comparison():
    table = tables_of(*made.logistic())["sos_models"]
    rows = plain_rows(table)
    place = [head.plain for head in table.columns].index("Fisher\N{RIGHT SINGLE QUOTATION MARK}s P")
    assert table.columns[1].plain == "With SOS/VOD"
    assert rows["Disease group"][place] == "0.057"
    assert rows["Yes"][place] == "0.057"
    assert rows["No"][place] == rows["Methotrexate & <GVHD> prophylaxis"][place] == ""
    assert rows["Age, per 10 years"][place] == ""


def test_missing_values_of_a_variable_are_counted():
    analysis, values = made.cox()
    values["cox.univariable.age.left_out"] = made.entry(5, "patients")
    values["cox.univariable.mtx.left_out"] = made.entry(0, "patients")
    table = tables_of(analysis, values)["cox_models"]
    labels = [row.label for row in table.rows]
    assert labels.count("Missing") == 1
    assert labels[labels.index("Missing") - 1] == "Age, per 10 years"


def test_a_model_of_fewer_patients_says_how_many():
    analysis, values = made.cox()
    before = tables_of(analysis, values)["cox_models"].notes
    assert not any("known values of all" in note for note in before)
    values["cox.multivariable.n"] = made.entry(33, "patients")
    values["cox.multivariable.events"] = made.entry(17, "events")
    notes = tables_of(analysis, values)["cox_models"].notes
    of_all = "patients with known values of all its variables"
    assert f"Multivariable: 33 {of_all}, 17 events." in notes
    assert f"Selected: 134 {of_all}, 81 events." in notes
    assert "Patients: those of the univariable models, with a known value of the variable." in notes


def test_a_ratio_that_could_not_be_estimated_has_its_reason():
    analysis, values = made.bare_cox()
    for part in ("ratio", "lower", "upper", "p_value"):
        values[f"cox.multivariable.age.{part}"] = made.entry(None, "ratio", "no event")
    html = table_html(tables_of(analysis, values)["cox_models"])
    assert f"{form.EN_DASH}<sup>a</sup>" in html


def test_the_models_as_a_whole():
    tables = tables_of(*made.cox())
    rows = plain_rows(tables["cox_fits"])
    assert rows["Concordance"] == ["0.679 (0.031)"] * 2
    said = rows["Likelihood-ratio test"][0].replace(form.NO_BREAK, " ")
    assert said == "21.38, 6 df\nP = 0.002"
    analysis, values = made.cox()
    del values["cox.selected.concordance"]
    assert plain_rows(tables_of(analysis, values)["cox_fits"])["Concordance"][1] == ""
    analysis["models"] = analysis["models"][:1]
    assert "cox_fits" not in tables_of(analysis, values)


def test_the_path_of_a_selection():
    tables = tables_of(*made.cox())
    table = tables["cox_selection"]
    assert [name for name in tables if not tables[name].supplement] == ["cox_models"]
    assert [row.label[:2] for row in table.rows] == ["1.", "2."]
    assert table.notes == ("Kept: Disease group and Methotrexate & <GVHD> prophylaxis.",)
    analysis, values = made.cox()
    for step in (1, 2):
        del values[f"cox.selection.step_{step}.aic"]
    table = tables_of(analysis, values)["cox_selection"]
    assert [head.plain for head in table.columns] == ["Statistic", "df", "P"]


def test_checks_are_tabled_where_they_were_made():
    analysis, values = made.cox()
    assert tables_of(analysis, values)["cox_validation"].notes == (
        "Optimism: mean over 200 bootstrap samples.",
    )
    analysis["validation"]["failed_samples"] = 3
    analysis["validation"] |= {"model": "selected", "selection": "fastbw"}
    table = tables_of(analysis, values)["cox_validation"]
    assert table.title.endswith("validation, selected model")
    assert table.notes[1:] == (
        "Variables selected anew in each sample by fast backward elimination, Lawless and Singhal.",
        "3 of 200 samples have no fit and are left out: the optimism is likely too small.",
    )
    assert tables_of(analysis, values)["cox_ph"].title.endswith(
        "test of proportional hazards, multivariable model"
    )
    assert tables_of(*made.cox()).keys() >= {"cox_ph", "cox_validation", "cox_calibration"}
    assert not any("ph" in key for key in tables_of(*made.bare_cox()))
    analysis, values = made.cox()
    analysis["ph"]["failed"] = "an estimate is infinite"
    assert "cox_ph" not in tables_of(analysis, values)
    for point in analysis["calibration"]["points"]:
        del point["id"]
    assert "cox_calibration" not in tables_of(analysis, values)


def test_exposures_are_compared_state_by_state():
    tables = tables_of(*made.time_dependent())
    table = tables["td_transplant_summary"]
    rows = plain_rows(table)
    assert rows["Before transplant"][:3] == ["69", "45", "28.5"]
    assert rows["Transplant"][-1].replace(form.NO_BREAK, " ") == "0.264\n1.25, 1 df"
    assert any("P: Mantel-Byar test stratified by hospital." in note for note in table.notes)
    assert table.spans[0] == ("", 3)
    assert [head.plain for head in tables["td_exposed"].columns] == [
        "Exposed",
        "At time zero",
        "After the end of observation, ignored",
    ]
    rows = plain_rows(tables["td_gvhd_summary"])
    assert "12 at risk" in rows["After acute gvhd <grade ii>"][3]


def test_a_state_without_a_curve_is_still_counted():
    analysis, values = made.time_dependent()
    analysis["exposures"][0]["curves"].pop()
    tables = tables_of(analysis, values)
    rows = plain_rows(tables["td_transplant_summary"])
    assert rows["After transplant"][0] != ""
    assert rows["After transplant"][3:] == [""] * len(rows["After transplant"][3:])
    assert rows["Before transplant"][3] != ""
    analysis["exposures"][0] |= {"curves": [], "risk_table": None}
    table = tables_of(analysis, values)["td_transplant_summary"]
    heads = [head.plain for head in table.columns]
    assert heads == ["Patients", "Events", "Events expected", "P"]
    assert table.spans == ()


def test_parts_without_a_test_have_no_columns_for_it():
    analysis, values = made.time_dependent()
    analysis["tests"] = []
    table = tables_of(analysis, values)["td_gvhd_summary"]
    heads = [head.plain for head in table.columns]
    assert heads[:3] == ["Patients", "Events", "Events expected"]
    assert "P" not in heads
    analysis, values = made.landmark()
    for landmark in analysis["landmarks"]:
        landmark["groups"] = []
    table = tables_of(analysis, values)["lm_landmarks"]
    assert table.notes == ()


def test_landmarks_say_who_was_left_out():
    tables = tables_of(*made.landmark())
    rows = plain_rows(tables["lm_landmarks"])
    assert rows["6 months"] == ["110", "20", "7", "0"]
    labels = [row.label for row in tables["lm_d100_summary"].rows]
    assert labels[1:3] == ["No acute GVHD", "Acute GVHD"]
    assert labels[-1] == "All patients"


def test_weighted_groups_and_balance():
    tables = tables_of(*made.weighted())
    assert plain_rows(tables["iptw_summary"])["RIC"][:5] == ["69", "45", "51.3", "1.02", "4.50"]
    assert plain_rows(tables["iptw_balance"])["Age, years"] == [f"{form.MINUS}0.420", "0.030"]
    heads = [head.plain for head in tables["iptw_models"].columns]
    assert heads[3] == "Bootstrap CI"
    assert plain_rows(tables["iptw_models"])["MAC"][3] == f"0.61{form.EN_DASH}1.87"
    table = tables["iptw_summary"]
    assert plain_rows(table)[table.rows[0].label][-1] != ""
    assert any("P: Weighted log-rank test." in note for note in table.notes)


def test_heads_over_columns_are_in_html_and_in_csv(tmp_path):
    table = tables_of(*made.cox())["cox_models"]
    html = table_html(table)
    assert html.count('scope="colgroup"') == 4
    assert 'scope="colgroup" id' not in html
    text = write_printed(table, tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    head = text.splitlines()[0].replace(form.NO_BREAK, " ")
    assert head.startswith("Variable,Patients: n,Patients: Events,Univariable: HR (95% CI),Univ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.6667, "3.67"),
        (12.4999, "12.50"),
        (0.0471, "0.047"),
        (0.9996, "0.9996"),
        (1.002, "1.002"),
        (1.0, "1.00"),
        (math.nextafter(1.0, 2.0), "1.00"),
        (140.6, "141"),
        (3e5, ">99,999"),
        (1e-5, "<0.001"),
    ],
)
def test_ratios_are_written_to_what_they_say(value, text):
    assert form.ratio(value) == text
