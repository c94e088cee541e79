"""Analyses that show what happened to patients, as they stand in ``study.toml``."""

# ruff: noqa: TC003 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.errors import InputError
from atrisk.leukaemia.mrd import RULES
from atrisk.leukaemia.regimens import regimen
from atrisk.study.analysis_base import GroupedAnalysis
from atrisk.study.parts import (
    Columns,
    Flag,
    Identifier,
    Level,
    Part,
    Text,
    TimePoint,
    WrittenCondition,
)

__all__ = [
    "AccrualAnalysis",
    "DoseEventAnalysis",
    "EventsAnalysis",
    "ScheduleAnalysis",
    "SwimmerAnalysis",
    "SwimmerMark",
    "TrajectoriesAnalysis",
]


class EventsAnalysis(GroupedAnalysis):
    """An analysis that shows single patients, doses or calendar time."""

    where: WrittenCondition | None = Field(
        default=None, description="Only patients for whom this condition holds; all if absent."
    )

    @property
    def shown(self) -> str:
        """Say what it shows."""
        raise NotImplementedError


class SwimmerMark(Part):
    """Something that happened to patients, drawn where it did."""

    column: Text = Field(description="The column of its date, or of its time since the origin.")
    label: Text = Field(description="What it is called in the legend.")
    happened: WrittenCondition | None = Field(
        default=None,
        description="The condition that says that it happened; where the column has an entry if"
        " absent.",
    )


class SwimmerAnalysis(EventsAnalysis):
    """A bar a patient from the origin to death or last contact, with what happened on it."""

    kind: Literal["swimmer"] = Field(description="What to do.")
    start: Columns | None = Field(
        default=None,
        description="Columns of dates, the first that exists is day 0. With the clinical columns:"
        " `ino_start` if absent; other studies without it have times since the origin.",
    )
    bars: Columns | None = Field(
        default=None,
        description="Columns of the ends of the bars, the latest counts. With the clinical columns:"
        " `death_date` and `last_contact` if absent.",
    )
    dead: WrittenCondition | None = Field(
        default=None,
        description="Who died at the end of the bar; the others have an arrow. With the clinical"
        " columns: `dead == 1` if absent.",
    )
    marks: tuple[SwimmerMark, ...] | None = Field(
        default=None,
        description="What is marked. With the clinical columns, if absent: transplantations,"
        " SOS/VOD and relapse.",
    )
    cycles: Flag | None = Field(
        default=None,
        description="Draw the cycles of INO and the centre's calls of response, from the forms; if"
        " absent, where the study has the clinical columns.",
    )
    order: Text = Field(
        default="follow_up",
        description="The order of the bars: `follow_up`, the longest first, or a column; patients"
        " without an entry in it are last.",
    )
    labels: Literal["number", "record"] = Field(
        default="number",
        description="What names a bar: a running number, and then no record is in the results, or"
        " the record.",
    )
    most: Annotated[int, Field(strict=True, ge=5, le=80)] = Field(
        default=60, description="So many patients a figure; more are on further figures."
    )
    until: TimePoint | None = Field(
        default=None,
        description="Where the axis ends; bars that are longer go off it, and marks beyond it are"
        " not drawn.",
    )
    cut_off: date | None = Field(
        default=None,
        description="The data cut-off: what happened later is not shown. That of [forms] if"
        " absent.",
    )

    @property
    def shown(self) -> str:
        """Say what it shows."""
        return "a bar a patient"


class TrajectoriesAnalysis(EventsAnalysis):
    """MRD or blasts over time, a line a patient, and the best change of each patient."""

    kind: Literal["trajectories"] = Field(description="What to do.")
    measure: Literal["mrd", "bm_blasts", "pb_blasts"] = Field(
        default="mrd", description="What was measured: MRD, or blasts in marrow or in blood, in %."
    )
    display: Literal["spaghetti", "waterfall", "both"] = Field(
        default="both", description="Lines over time, bars of the best change, or both."
    )
    origin: Literal["ino_start", "hct_date"] = Field(
        default="ino_start", description="What day 0 of the lines is."
    )
    response: Identifier | None = Field(
        default=None,
        description="The variable that the bars of the best change are drawn by; that of `by` if"
        " absent.",
    )
    rules: Text = Field(
        default="reported",
        description=f"The rules of MRD, which call a result negative: {', '.join(RULES)}.",
    )
    labels: Literal["number", "record"] = Field(
        default="number",
        description="What names a patient: a running number, and then no record is in the results,"
        " or the record.",
    )

    @model_validator(mode="after")
    def _rules_there_are(self) -> Self:
        if self.rules not in RULES:
            raise PydanticCustomError(
                "rules",
                "there are no rules {name}; there are {known}",
                {"name": repr(self.rules), "known": ", ".join(RULES)},
            )
        if self.measure != "mrd" and "rules" in self.model_fields_set:
            raise PydanticCustomError("rules", "'rules' are those of MRD; remove the key")
        if self.display == "spaghetti" and self.response is not None:
            raise PydanticCustomError(
                "rules", "'response' is used by the waterfall, which display leaves out"
            )
        return self

    @property
    def shown(self) -> str:
        """Say what it shows."""
        return f"{self.measure}: {self.display}"


def _rising(bands: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(bands)):
        raise PydanticCustomError("bands", "the limits of the bands must rise")
    return bands


class DoseEventAnalysis(EventsAnalysis):
    """A dose in patients with and without an event, and how often it followed at which dose."""

    kind: Literal["dose_event"] = Field(description="What to do.")
    dose: Identifier = Field(description="A continuous variable.")
    event: WrittenCondition = Field(description='Who had the event, such as "sos == 1".')
    event_label: Text = Field(description="What it is called.")
    bands: Annotated[tuple[float, ...], AfterValidator(_rising)] = Field(
        default=(),
        description="The limits between bands of the dose, each the lower end of its band; the"
        " thirds of the patients if absent.",
    )
    conf_type: Literal["clopper-pearson", "wilson"] = Field(
        default="clopper-pearson", description="The intervals of the proportions."
    )
    conf_level: Level = Field(default=0.95, description="Of the intervals.")

    @model_validator(mode="after")
    def _no_groups(self) -> Self:
        if self.by is not None:
            raise PydanticCustomError(
                "by", "the groups are made by 'event'; remove 'by', or use 'where'"
            )
        return self

    @property
    def shown(self) -> str:
        """Say what it shows."""
        return f"{self.dose} by {self.event}"


def _is_regimen(name: str) -> str:
    try:
        found = regimen(name)
    except InputError as error:
        raise PydanticCustomError("regimen", "{problem}", {"problem": str(error)}) from None
    if not found.phases:
        raise PydanticCustomError(
            "regimen",
            "the doses of {name} are not published ({note}); it cannot be drawn",
            {"name": repr(name), "note": found.note},
        )
    return name


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise PydanticCustomError("twice", "{name} is listed twice", {"name": repr(name)})
    return names


class ScheduleAnalysis(EventsAnalysis):
    """Schedules of inotuzumab ozogamicin over days and cycles, as published and as given."""

    kind: Literal["schedule"] = Field(description="What to do.")
    regimens: Annotated[
        tuple[Annotated[str, AfterValidator(_is_regimen)], ...],
        Field(min_length=1, max_length=12),
        AfterValidator(_each_once),
    ] = Field(
        default=("label-remission", "label-no-remission"),
        description="Published regimens, by their ids.",
    )
    cycles: Annotated[int, Field(strict=True, ge=1, le=6)] = Field(
        default=4, description="So many cycles of each are drawn."
    )
    given: Flag = Field(
        default=False,
        description="Draw beside them what the patients of the study were given: the median day and"
        " dose of each infusion, from the forms.",
    )

    @model_validator(mode="after")
    def _no_groups(self) -> Self:
        if self.by is not None:
            raise PydanticCustomError("by", "schedules have no groups; remove 'by'")
        if self.where is not None and not self.given:
            raise PydanticCustomError(
                "where", "'where' chooses patients, and none are drawn; set given = true"
            )
        return self

    @property
    def shown(self) -> str:
        """Say what it shows."""
        return ", ".join((*self.regimens, *(("as given",) if self.given else ())))


class AccrualAnalysis(EventsAnalysis):
    """How many patients there were over calendar time."""

    kind: Literal["accrual"] = Field(description="What to do.")
    on: Text = Field(description="The column of the dates, such as that of enrolment.")
    date_label: Text = Field(
        default="enrolled", description='What happened on it, as in "patients enrolled".'
    )
    cut_off: date | None = Field(
        default=None, description="Marked with a line; that of [forms] if absent."
    )
    display: Literal["stacked", "panels"] = Field(
        default="stacked", description="The groups on top of each other, or side by side."
    )

    @model_validator(mode="after")
    def _panels_of_groups(self) -> Self:
        if self.display == "panels" and self.by is None:
            raise PydanticCustomError(
                "display", "panels are those of groups; name a variable in 'by'"
            )
        return self

    @property
    def shown(self) -> str:
        """Say what it shows."""
        return f"patients by {self.on}"
