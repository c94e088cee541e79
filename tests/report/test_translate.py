from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from atrisk.report.language import using
from atrisk.report.translate import translated
from languages_kit import untranslated
from report import documents
from study_kit import run_bmt

if TYPE_CHECKING:
    from pathlib import Path


def of(code: str, document: dict[str, Any], decimal: str | None = None) -> dict[str, Any]:
    with using(code, decimal):
        return dict(translated(document))


def noted(*notes: str, **more: Any) -> dict[str, Any]:
    """A document with the notes that the study layer writes."""
    return {"analyses": [{"id": "a", "notes": list(notes), **more}], "values": {}}


def notes_of(code: str, *notes: str, **more: Any) -> list[str]:
    return list(of(code, noted(*notes, **more))["analyses"][0]["notes"])


SURVIVAL = """id = "os"
kind = "survival"
title = "OS"
endpoint = "overall_survival"
by = "group"
times = ["1 year"]
rmst = "2 years"
pairwise = true
"""
EXPOSURE = """id = "td"
kind = "time_dependent"
title = "GVHD"
endpoint = "overall_survival"
exposures = [{ id = "c", label = "Chronic GVHD", time = "tc", happened = "dc == 1" }]
after_exit = "ignore"
"""


def test_every_message_of_a_study_is_translated(tmp_path: Path) -> None:
    assert untranslated(run_bmt(tmp_path, SURVIVAL, EXPOSURE)) == []


def test_a_message_that_nobody_translated_is_found_and_stays() -> None:
    document = noted("Something new was noted of 3 patients.")
    assert untranslated(document) == [
        f"{code} analyses/notes: Something new was noted of 3 patients." for code in ("de", "it")
    ]
    assert notes_of("de", "Something new was noted of 3 patients.") == [
        "Something new was noted of 3 patients."
    ]


@pytest.mark.parametrize("code", ["de", "it"])
def test_ids_keys_and_numbers_stay(code: str) -> None:
    document = documents.crowded()
    before = copy.deepcopy(document)
    made = of(code, document)
    assert document == before
    assert made["values"].keys() == before["values"].keys()
    for key, entry in made["values"].items():
        assert entry["value"] == before["values"][key]["value"]
    assert [a["id"] for a in made["analyses"]] == [a["id"] for a in before["analyses"]]


def test_english_is_left_as_it_is() -> None:
    document = documents.crowded()
    assert of("en", document) is not document
    assert of("en", document) == document


def test_labels_of_times_and_of_all_patients_are_of_the_language() -> None:
    analysis = {
        "id": "a",
        "overall": {"id": "overall", "label": "All patients"},
        "times": [{"id": "t1y", "label": "1 year"}, {"id": "t", "label": "2.5 years"}],
        "by": {"label": "All patients"},
    }
    made = of("de", {"analyses": [analysis], "values": {}})["analyses"][0]
    assert made["overall"]["label"] == "Alle Patienten"
    assert [time["label"] for time in made["times"]] == ["1 Jahr", "2,5 Jahre"]
    assert made["by"]["label"] == "All patients", "a label of the user"


def test_levels_of_a_factor_stay_and_the_step_of_a_number_is_translated() -> None:
    terms = [
        {"type": "number", "label": "Age", "rows": [{"id": "age", "label": "Per 10 years"}]},
        {"type": "factor", "label": "Way", "rows": [{"id": "os", "label": "Per os"}]},
    ]
    document = {"analyses": [{"id": "a", "models": [{"terms": terms}]}], "values": {}}
    made = of("it", document)["analyses"][0]["models"][0]["terms"]
    assert [term["rows"][0]["label"] for term in made] == ["Per 10 anni", "Per os"]
    made = of("de", document)["analyses"][0]["models"][0]["terms"]
    assert [term["rows"][0]["label"] for term in made] == ["Pro 10 Jahre", "Per os"]


def test_variables_in_a_test_of_proportional_hazards_keep_the_labels_of_the_user() -> None:
    terms = [{"id": "age", "label": "Age"}, {"id": "sex", "label": "Sex"}]
    ph = {"terms": [*terms, {"id": "global", "label": "All terms"}]}
    made = of("de", {"analyses": [{"id": "a", "ph": ph}], "data": {}, "values": {}})
    labels = [term["label"] for term in made["analyses"][0]["ph"]["terms"]]
    assert labels == ["Age", "Sex", "Alle Variablen"]


def test_yes_and_no_of_a_field_are_translated_and_those_of_a_study_file_stay() -> None:
    analyses = [{"id": "a", "groups": [{"id": "yes", "label": "Yes"}]}]
    table = {"analyses": analyses, "values": {}}
    assert of("de", table)["analyses"][0]["groups"][0]["label"] == "Yes"
    assert of("de", {**table, "data": {}})["analyses"][0]["groups"][0]["label"] == "Ja"


def test_numbers_in_a_note_have_the_marks_of_the_language() -> None:
    note = "End of observation, 1 patient (line 16): exit at time 0 put at 0.5 days."
    assert notes_of("de", note) == [
        "Ende der Beobachtung, 1 Patient (Zeile 16): Austritt zur Zeit 0 auf 0,5 Tage gesetzt."
    ]
    assert of("en", noted(note), ",")["analyses"][0]["notes"] == [note.replace("0.5", "0,5")]
    assert "0.5 Tage" in of("de", noted(note), ".")["analyses"][0]["notes"][0]


def test_lines_and_columns_of_a_note_stay_codes() -> None:
    note = "12 patients are left out (Sex is missing): column sex, lines 3, 8 and 10 more."
    assert notes_of("it", note) == [
        "12 pazienti sono esclusi (Sex mancante): colonna sex, righe 3, 8 e 10 altri."
    ]


def test_a_name_written_small_in_a_note_is_a_noun_again_in_german() -> None:
    note = "No event of cause second transplant, death in remission."
    causes = [{"label": "Second transplant"}, {"label": "Death in remission"}]
    assert notes_of("de", note, causes=causes) == [
        "Kein Ereignis der Ursache Second transplant, Death in remission."
    ]
    assert notes_of("it", note, causes=causes) == [
        "Nessun evento per la causa second transplant, death in remission."
    ]


def test_a_method_is_translated_clause_by_clause_or_not_at_all() -> None:
    values = {
        "a": {"value": 1, "method": "Kaplan-Meier, greenwood variance, log interval"},
        "b": {"value": 1, "method": "Kaplan-Meier, some other variance"},
    }
    made = of("de", {"analyses": [], "values": values})["values"]
    assert made["a"]["method"] == "Kaplan\N{EN DASH}Meier, Greenwood-Varianz, log-Intervall"
    assert made["b"]["method"] == values["b"]["method"]


def test_the_reason_for_no_number_is_translated_but_for_the_one_with_a_word_of_its_own() -> None:
    values = {
        "a": {"value": None, "missing": "beyond follow-up (last observed at 4.96 years)"},
        "b": {"value": None, "missing": "not reached"},
    }
    made = of("it", {"analyses": [], "values": values})["values"]
    assert made["a"]["missing"] == "oltre il follow-up (ultima osservazione a 4,96 anni)"
    assert made["b"]["missing"] == "not reached"


def test_a_span_of_time_is_in_the_dative_where_german_asks_for_it() -> None:
    values = {
        "a": {"value": None, "missing": "nobody was left at risk after 30 days"},
        "b": {"value": 1, "method": "area under Kaplan-Meier to 2 years"},
    }
    made = of("de", {"analyses": [], "values": values})["values"]
    assert made["a"]["missing"] == "nach 30 Tagen war niemand mehr unter Risiko"
    assert made["b"]["method"].endswith("bis 2 Jahre")
