"""The headers, codes and file names of the centres that do not write as the dictionary does."""

from __future__ import annotations

from typing import Final

__all__ = ["AMERICAN", "CODES", "FORMS", "GERMAN", "ITALIAN", "MISSING"]

ITALIAN: Final = {
    "record_id": "Codice paziente",
    "redcap_repeat_instance": "Progressivo",
    "consent": "Consenso",
    "consent_date": "Data consenso",
    "enrol_date": "Data arruolamento",
    "birth_year": "Anno di nascita",
    "sex": "Sesso",
    "ino_use": "Uso di inotuzumab",
    "base_date": "Data esami basali",
    "age": "Età",
    "height_cm": "Altezza (cm)",
    "weight_kg": "Peso (kg)",
    "wbc": "Globuli bianchi",
    "hb": "Emoglobina",
    "plt": "Piastrine",
    "anc": "Neutrofili",
    "pb_blasts": "Blasti periferici %",
    "base_bili": "Bilirubina totale",
    "base_creat": "Creatinina",
    "dx_date": "Data diagnosi",
    "relapse_dx_date": "Data recidiva",
    "kary_dx": "Cariotipo alla diagnosi",
    "kary_rel": "Cariotipo alla recidiva",
    "bm_blasts": "Blasti midollari %",
    "emd": "Malattia extramidollare",
    "cyc_no": "Ciclo",
    "cyc_d1_date": "Data giorno 1",
    "cyc_d1_dose": "Dose giorno 1",
    "cyc_d8_date": "Data giorno 8",
    "cyc_d8_dose": "Dose giorno 8",
    "cyc_d15_date": "Data giorno 15",
    "cyc_d15_dose": "Dose giorno 15",
    "resp_date": "Data valutazione",
    "resp_call": "Risposta",
    "hct_date": "Data trapianto",
    "hct_donor": "Donatore",
    "hct_regimen": "Condizionamento",
    "sw_date": "Data controllo",
    "sw_bili": "Bilirubina",
    "sw_weight": "Peso",
    "rel_date": "Data recidiva o progressione",
    "fu_date": "Ultimo contatto",
    "fu_status": "Stato in vita",
    "death_date": "Data decesso",
    "death_cause": "Causa del decesso",
}

GERMAN: Final = {
    "record_id": "Patientennummer",
    "redcap_repeat_instance": "Laufende Nummer",
    "consent": "Einwilligung",
    "consent_date": "Datum der Einwilligung",
    "enrol_date": "Datum des Einschlusses",
    "birth_year": "Geburtsjahr",
    "sex": "Geschlecht",
    "base_date": "Datum der Ausgangswerte",
    "age": "Alter",
    "height_cm": "Größe (cm)",
    "weight_kg": "Gewicht (kg)",
    "wbc": "Leukozyten",
    "hb": "Hämoglobin",
    "plt": "Thrombozyten",
    "anc": "Neutrophile",
    "base_bili": "Bilirubin gesamt",
    "base_creat": "Kreatinin",
    "dx_date": "Erstdiagnose",
    "relapse_dx_date": "Rezidiv",
    "kary_dx": "Karyotyp bei Diagnose",
    "kary_rel": "Karyotyp bei Rezidiv",
    "bm_blasts": "Knochenmarkblasten %",
    "emd": "Extramedullärer Befall",
    "cyc_no": "Zyklus",
    "cyc_d1_date": "Tag 1",
    "cyc_d1_dose": "Dosis Tag 1",
    "cyc_d8_date": "Tag 8",
    "cyc_d8_dose": "Dosis Tag 8",
    "cyc_d15_date": "Tag 15",
    "cyc_d15_dose": "Dosis Tag 15",
    "resp_date": "Datum der Beurteilung",
    "hct_date": "Datum der Transplantation",
    "sw_date": "Untersuchungsdatum",
    "sw_bili": "Bilirubin",
    "sw_weight": "Gewicht",
    "rel_date": "Datum des Rezidivs",
    "fu_date": "Letzter Kontakt",
    "fu_status": "Status",
    "death_date": "Todesdatum",
    "death_cause": "Todesursache",
}

AMERICAN: Final = {
    "record_id": "Patient ID",
    "redcap_repeat_instance": "Seq",
    "plt": "Platelets (/uL)",
    "resp_plt": "Platelets at assessment (/uL)",
    "cyc_d1_date": "C D1",
    "cyc_d8_date": "C D8",
    "cyc_d15_date": "C D15",
    "fu_date": "Date last seen",
}

#: centre -> field, or "*" for every field with choices -> the dictionary's code -> the centre's
CODES: Final = {
    "c02": {
        "*": {},
        "sex": {"1": "F", "2": "M"},
        "consent": {"1": "sì", "0": "no"},
        "emd": {"1": "sì", "0": "no"},
        "fu_status": {"1": "vivo", "2": "deceduto", "3": "perso"},
        "hct_donor": {"1": "familiare", "2": "MUD", "3": "aploidentico", "4": "cordone"},
    },
    "c08": {
        "*": {},
        "sex": {"1": "w", "2": "m"},
        "consent": {"1": "ja", "0": "nein"},
        "emd": {"1": "ja", "0": "nein"},
        "fu_status": {"1": "lebt", "2": "verstorben", "3": "unbekannt verzogen"},
    },
}

#: centre -> the dictionary's missing code -> the centre's
MISSING: Final = {
    "c02": {"UNK": "n.d.", "ND": "non eseguito"},
    "c08": {"UNK": "unbekannt", "ND": "nicht gemacht"},
}

#: centre -> form -> its name of the file
FORMS: Final = {
    "c02": {
        "enrolment": "arruolamento",
        "baseline": "esami_basali",
        "disease": "malattia",
        "therapy_line": "terapie_precedenti",
        "ino_cycle": "cicli_inotuzumab",
        "response": "risposta",
        "transplant": "trapianto",
        "sos_workup": "controlli_sos",
        "relapse": "recidive",
        "followup": "follow-up",
    },
    "c08": {
        "enrolment": "Einschluss",
        "baseline": "Ausgangswerte",
        "disease": "Erkrankung",
        "ino_cycle": "Inotuzumab-Zyklen",
        "transplant": "Transplantation",
        "followup": "Nachsorge",
    },
}
