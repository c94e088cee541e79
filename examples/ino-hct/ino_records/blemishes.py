"""What is planted in the raw copy, and which query is expected of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from .clean import REPEATING, Cohort, cohort_forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from .forms import Row

__all__ = ["INSTANCE", "INSTRUMENT", "RECORD", "Expected", "Raw", "Verbatim", "planted"]

INSTANCE = "redcap_repeat_instance"
RECORD = "record_id"
INSTRUMENT = "redcap_repeat_instrument"


class Verbatim(str):
    """An entry that is sent as it stands, whatever the notation of its centre."""

    __slots__ = ()


#: What a rule asks with, where it is not an error.
SEVERITIES = {
    "dose_day_window": "info",
    **dict.fromkeys(
        (
            "range",
            "branching",
            "calculated",
            "bilirubin_unit",
            "platelets_unit",
            "workup_before_transplant",
            "mrd_method",
            "remission_blasts",
            "anc_above_wbc",
            "weight_workup",
        ),
        "warning",
    ),
}
#: What intake cannot take.
REJECTED = {"type": "entry", "choice": "entry", "row_rejected": "row", "file_rejected": "file"}


@dataclass(frozen=True)
class Expected:
    """A blemish and a query it makes; ``rule`` is blank where it is to be taken in silently."""

    number: int
    centre: str
    record: str
    form: str
    instance: int
    field: str
    kind: str
    rule: str

    @property
    def severity(self) -> str:
        """How grave the query is, "" where there is none."""
        return SEVERITIES.get(self.rule, "error") if self.rule else ""

    @property
    def rejected(self) -> str:
        """What is rejected: an entry, a row, a file or nothing."""
        return REJECTED.get(self.rule, "")


@dataclass
class Raw:
    """The cohort as the centres send it: rows with their record and instance.

    Attributes
    ----------
    centres
        centre -> form -> rows, each with its record id and instance.
    headers
        (centre, form) -> field -> the header it is sent under.
    expected
        the blemishes.
    """

    centres: dict[str, dict[str, list[Row]]]
    headers: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    expected: list[Expected] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    number: int = 0

    def rows(self, record: str, form: str) -> list[Row]:
        """Give the rows of a patient."""
        rows = self.centres[record[:3]].get(form, [])
        return [row for row in rows if row[RECORD] == record]

    def row(self, record: str, form: str) -> Row:
        """Give the last row of a patient, {} where there is none."""
        return (self.rows(record, form) or [{}])[-1]

    def find(self, centres: str, fits: Callable[[str], bool] = lambda _: True) -> str:
        """Choose the first patient of the first of the centres without a blemish yet who fits."""
        for centre in centres.split():
            for row in self.centres[centre]["enrolment"]:
                record = row[RECORD]
                if record not in self.used and fits(record):
                    self.used.add(record)
                    self.number += 1
                    return record
        raise LookupError(f"no patient of {centres} is left for blemish {self.number + 1}")

    def expect(self, row: Row, form: str, name: str, kind: str, *rules: str) -> None:
        """Note the queries expected of a row; none if no rule is named."""
        place = int(row.get(INSTANCE) or 1)
        record = row[RECORD]
        for rule in rules or ("",):
            centre = record[:3]
            self.expected.append(
                Expected(self.number, centre, record, form, place, name, kind, rule)
            )

    def change(self, row: Row, form: str, name: str, text: str, kind: str, *rules: str) -> None:
        """Change an entry and note the queries expected of it."""
        row[name] = text
        self.expect(row, form, name, kind, *rules)


def planted() -> Raw:
    """Plant every blemish."""
    raw = Raw(_by_centre(cohort_forms()))
    _first_centre(raw)
    _italian(raw)
    _flat(raw)
    _eav(raw)
    _workbook(raw)
    _parquet(raw)
    _database(raw)
    _small_centres(raw)
    return raw


def _by_centre(cohort: Cohort) -> dict[str, dict[str, list[Row]]]:
    centres: dict[str, dict[str, list[Row]]] = {}
    for record, forms in cohort.items():
        for form, rows in forms.items():
            for instance, row in enumerate(rows, 1):
                key = {RECORD: record} | ({INSTANCE: str(instance)} if form in REPEATING else {})
                centres.setdefault(record[:3], {}).setdefault(form, []).append(key | row)
    return centres


def _moved(iso: str, days: int) -> str:
    return (date.fromisoformat(iso) + timedelta(days=days)).isoformat()


def _measured(raw: Raw, form: str, name: str) -> Callable[[str], bool]:
    return lambda record: raw.row(record, form).get(name, "") not in {"", "UNK", "ND"}


def _followed(raw: Raw, status: str) -> Callable[[str], bool]:
    return lambda record: raw.row(record, "followup")["fu_status"] == status


def _first_centre(raw: Raw) -> None:
    """UTF-8 and commas: what people type."""
    record = raw.find("c01", lambda r: _followed(raw, "2")(r) and not raw.rows(r, "relapse"))
    row, last = raw.row(record, "ino_cycle"), raw.row(record, "followup")
    moved, kind = _moved(last["death_date"], 5), "dose after death"
    raw.change(row, "ino_cycle", "cyc_d15_date", moved, kind, "dose_after_death", "dose_day_window")
    raw.expect(last, "followup", "fu_date", kind, "followup_before_event")

    record = raw.find("c01", lambda r: bool(raw.rows(r, "relapse")))
    row = raw.row(record, "relapse")
    moved = _moved(raw.rows(record, "ino_cycle")[0]["cyc_d1_date"], 16)
    raw.change(
        row, "relapse", "rel_date", moved, "relapse before remission", "relapse_before_remission"
    )

    record = raw.find("c01", lambda r: raw.row(r, "gvhd")["agvhd_grade"] == "0")
    row, moved = raw.row(record, "gvhd"), _moved(raw.row(record, "transplant")["hct_date"], 20)
    raw.change(row, "gvhd", "agvhd_date", moved, "hidden field filled", "branching")

    record = raw.find("c01", _followed(raw, "2"))
    row = raw.row(record, "followup")
    moved = _moved(row["death_date"], 10)
    raw.change(row, "followup", "fu_date", moved, "contact after death", "contact_after_death")

    row = raw.row(raw.find("c01"), "disease")
    raw.change(row, "disease", "cd22", "120", "out of range", "range")

    row = raw.row(raw.find("c01"), "baseline")
    raw.change(row, "baseline", "base_bili", "14", "bilirubin in umol/L", "bilirubin_unit")

    row = raw.row(raw.find("c01"), "disease")
    raw.change(row, "disease", "kary_dx", "", "missing required entry", "required")

    record = raw.find("c01")
    row = dict(raw.rows(record, "ino_cycle")[0])
    rows = raw.centres["c01"]["ino_cycle"]
    rows.insert(rows.index(raw.rows(record, "ino_cycle")[-1]) + 1, row)
    raw.expect(row, "ino_cycle", "", "duplicate row", "row_rejected")

    row = raw.row(raw.find("c01"), "baseline")
    raw.change(row, "baseline", "weight_kg", f"  {row['weight_kg']} ", "trailing spaces")

    row = raw.row(raw.find("c01"), "disease")
    raw.change(row, "disease", "dx_date", row["dx_date"][:7], "partial date")


def _italian(raw: Raw) -> None:
    """Semicolons, decimal commas, day first."""
    row = raw.row(raw.find("c02"), "disease")
    name = "relapse_dx_date"
    raw.change(row, "disease", name, "31/02/2020", "date that does not exist", "type")

    row = raw.row(raw.find("c02", _measured(raw, "baseline", "wbc")), "baseline")
    raw.change(row, "baseline", "wbc", Verbatim("4.7"), "point for a decimal comma", "type")

    row = raw.row(raw.find("c02", _measured(raw, "baseline", "hb")), "baseline")
    raw.change(row, "baseline", "hb", "11,2 g/dL", "number with its unit", "type")

    record = raw.find("c02", lambda r: bool(raw.row(r, "ino_cycle")["cyc_d15_date"]))
    row = raw.row(record, "ino_cycle")
    moved = _moved(row["cyc_d1_date"], 4)
    raw.change(row, "ino_cycle", "cyc_d8_date", moved, "doses 4 days apart", "dose_interval")

    row = raw.row(raw.find("c02", _followed(raw, "2")), "followup")
    raw.change(row, "followup", "death_date", "", "death without a date", "death_without_date")

    row = raw.row(raw.find("c02", _followed(raw, "1")), "followup")
    raw.change(
        row, "followup", "death_cause", "9", "alive with a cause of death", "alive_with_death"
    )

    record = raw.find("c02")
    row = raw.row(record, "enrolment")
    row["birth_year"] = str(int(row["birth_year"]) - 10)
    other = raw.row(record, "baseline")
    raw.expect(other, "baseline", "birth_year", "wrong birth year", "age_birth_year")

    row = raw.row(raw.find("c02"), "disease")
    raw.change(row, "disease", "dx_date", row["dx_date"][:4], "partial date")


def _flat(raw: Raw) -> None:
    """REDCap, one row a form instance."""
    row = raw.row(raw.find("c03", lambda r: raw.row(r, "baseline")["ecog"] != "UNK"), "baseline")
    raw.change(row, "baseline", "ecog", "7", "code that is no choice", "choice")

    row = raw.row(raw.find("c03"), "enrolment")
    raw.change(row, "enrolment", "consent", "0", "no consent", "no_consent")
    raw.expect(row, "enrolment", "consent_date", "no consent", "branching")

    row = dict(raw.row(raw.find("c03", lambda r: bool(raw.rows(r, "mrd"))), "mrd"))
    row[INSTANCE] = "2"
    raw.centres["c03"].setdefault("mrdd", []).append(row)
    raw.expect(row | {INSTANCE: "1"}, "", INSTRUMENT, "unknown form", "row_rejected")

    record = raw.find("c03")
    row = raw.row(record, "transplant")
    moved, kind = _moved(row["hct_date"], -365), "transplant before inotuzumab"
    raw.change(row, "transplant", "hct_date", moved, kind, "transplant_before_dose")

    record = raw.find("c03")
    copy = "c06-006"
    for form, rows in raw.centres["c03"].items():
        for row in [row for row in rows if row[RECORD] == record]:
            centre = {"centre": "c06"} if form == "enrolment" else {}
            raw.centres["c06"].setdefault(form, []).append(row | {RECORD: copy} | centre)
    kind = "patient in two centres"
    raw.expect({RECORD: record}, "enrolment", "birth_year", kind, "same_patient")
    raw.expect({RECORD: copy}, "enrolment", "birth_year", kind, "same_patient")
    raw.used.add(copy)


def _eav(raw: Raw) -> None:
    """REDCap's export of one entry a line."""
    record = raw.find("c04")
    row = dict(raw.row(record, "ino_cycle"))
    row[INSTANCE] = str(int(row[INSTANCE]) + 1)
    row["cyc_no"] = row[INSTANCE]
    raw.centres["c04"]["ino_cycle"].append(row)
    raw.expect(row, "ino_cycle", "cyc_d1_date", "cycle entered twice", "same_cycle")

    row = raw.row(raw.find("c04"), "response")
    raw.change(row, "response", "resp_anc", "1,4", "decimal comma for a point", "type")

    row = raw.row(raw.find("c04"), "transplant")
    raw.change(row, "transplant", "hct_intensity", "", "missing required entry", "required")

    record = raw.find("c04", lambda r: raw.row(r, "sos_diagnosis")["sos_yn"] == "0")
    row = raw.row(record, "sos_workup")
    wrong = _moved(raw.row(record, "transplant")["hct_date"], -60)
    raw.change(
        row, "sos_workup", "sw_date", wrong, "work-up before transplant", "workup_before_transplant"
    )


def _workbook(raw: Raw) -> None:
    """Excel."""
    row = raw.row(raw.find("c05", _measured(raw, "baseline", "ldh")), "baseline")
    raw.change(row, "baseline", "ldh", "#N/A", "error of a spreadsheet", "type")

    row = raw.row(raw.find("c05", _measured(raw, "baseline", "plt")), "baseline")
    count = f"{row['plt']}000"
    raw.change(row, "baseline", "plt", count, "platelets per microlitre", "platelets_unit")

    row = raw.row(raw.find("c05"), "baseline")
    raw.change(row, "baseline", "bsa", "2.91", "wrong calculated field", "calculated")

    row = raw.row(raw.find("c05"), "therapy_line")
    moved = _moved(row["line_start"], -30)
    raw.change(row, "therapy_line", "line_end", moved, "line ends before it starts", "line_dates")


def _parquet(raw: Raw) -> None:
    """Parquet."""
    record = raw.find(
        "c06", lambda r: raw.row(r, "disease")["bcr_abl1"] == "0" and bool(raw.rows(r, "mrd"))
    )
    row = raw.row(record, "mrd")
    raw.change(row, "mrd", "mrd_method", "2", "BCR::ABL1 PCR without BCR::ABL1", "mrd_method")

    record = raw.find(
        "c06", lambda r: any(row["resp_call"] in {"1", "2"} for row in raw.rows(r, "response"))
    )
    row = next(row for row in raw.rows(record, "response") if row["resp_call"] in {"1", "2"})
    raw.change(row, "response", "resp_bm_blasts", "12", "CR with 12% blasts", "remission_blasts")


def _database(raw: Raw) -> None:
    """SQLite."""
    record = raw.find("c07 c06 c05", _followed(raw, "1"))
    row = raw.row(record, "followup")
    moved, kind = _moved(raw.row(record, "transplant")["hct_date"], -10), "contact before events"
    raw.change(row, "followup", "fu_date", moved, kind, "followup_before_event")

    row = raw.row(raw.find("c07", _measured(raw, "baseline", "wbc")), "baseline")
    more = f"{float(row['wbc']) * 2 + 1:.1f}"
    raw.change(row, "baseline", "anc", more, "neutrophils above white cells", "anc_above_wbc")


def _small_centres(raw: Raw) -> None:
    """German, American and two more notations."""
    raw.find("c08")
    row = dict(raw.centres["c08"]["therapy_line"][0]) | {RECORD: ""}
    raw.centres["c08"]["therapy_line"].append(row)
    number = raw.number
    raw.expected.append(
        Expected(
            number, "c08", "", "therapy_line", 1, RECORD, "row without a record", "row_rejected"
        )
    )

    row = raw.row(raw.find("c09"), "sos_workup")
    pounds = f"{float(row['sw_weight']) * 2.2046:.1f}"
    raw.change(row, "sos_workup", "sw_weight", pounds, "weight in pounds", "weight_workup")

    row = raw.row(raw.find("c09"), "enrolment")
    raw.change(row, "enrolment", "consent_date", "25/03/2021", "day first for month first", "type")

    record = raw.find("c10")
    row = raw.row(record, "ino_cycle")
    kind = "dose without a date"
    raw.change(row, "ino_cycle", "cyc_d8_date", "", kind, "dose_without_date")

    raw.number += 1
    raw.headers["c10", "response"] = {"resp_call": "resp_cal"}
    raw.expected.append(
        Expected(
            raw.number, "c10", "", "response", 1, "resp_call", "unknown header", "file_rejected"
        )
    )

    row = raw.row(raw.find("c11", _measured(raw, "baseline", "wbc")), "baseline")
    raw.change(row, "baseline", "wbc", "<0.5", "a limit for a number", "type")

    row = raw.row(raw.find("c11"), "transplant")
    raw.change(row, "transplant", "hct_intensity", "Myeloablativ", "misspelt label", "choice")
