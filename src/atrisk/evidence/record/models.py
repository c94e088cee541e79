"""The models of a study file, ``atrisk-evidence/1``: numbers as printed, each with its place."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from atrisk.evidence.printed import printed_text
from atrisk.evidence.record import vocabulary as words
from atrisk.toml.parts import Part, Text, distinct_ids

__all__ = [
    "SCHEMA",
    "Arm",
    "Information",
    "Listed",
    "Number",
    "Overlap",
    "Phase",
    "Population",
    "Reference",
    "Regimen",
    "Study",
]

SCHEMA = "atrisk-evidence/1"

_EXTRACTED_LINE = re.compile(r"\b(lines?\s+\d+|L\d+)\b")


def _place(text: str) -> str:
    if _EXTRACTED_LINE.search(text):
        raise PydanticCustomError(
            "line_number",
            "{text} names a line of an extracted text, which no reader of the paper has. Name the"
            " page, the cell of a table or the section.",
            {"text": repr(text)},
        )
    return text


def _dose(text: str) -> str:
    for end in re.split(r"\s*[-\u2013]\s*", text):
        printed_text(end)
    return text


Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$"),
    Field(description="Lower-case letters, digits, - and _."),
]
Digits = Annotated[
    str,
    AfterValidator(printed_text),
    Field(description="A number as printed, in quotation marks: 80.7, <0.001, Nine, not reached."),
]
Dose = Annotated[
    str,
    AfterValidator(_dose),
    Field(description="A dose as printed, or a range: 0.8, 1.3-1.8; mg/m2."),
]
Place = Annotated[
    Text,
    AfterValidator(_place),
    Field(description="Page, cell of a table, or section; no line of an extracted text."),
]
Registry = Annotated[str, StringConstraints(pattern=r"^(NCT\d{8}|\d{4}-\d{6}-\d{2}(-\d{2})?)$")]
Cycles = Annotated[str, StringConstraints(pattern=r"^\d+(?:[-\u2013]\d+)?$")]


class Information(Part):
    """What the study is; a report of patients, so that one trial may have several files."""

    id: Slug
    title: Text
    label: Text = Field(description="Short name in tables, such as Kantarjian 2016.")
    trial: Slug | None = Field(None, description="Shared by the reports of one trial.")
    registry: tuple[Registry, ...] = ()
    status: words.term("status", words.STATUSES)  # type: ignore[valid-type]
    phase: Text | None = None
    design: words.term("design", words.DESIGNS)  # type: ignore[valid-type]
    year: int | None = Field(None, ge=1950, le=2100, description="Of the report.")
    enrolled: Text | None = Field(None, description="Years of treatment, as printed.")
    n: Digits | None = Field(None, description="All patients of the report, as printed.")
    final: bool = Field(False, description="The final report of its trial.")  # noqa: FBT003
    note: Text | None = None


class Population(Part):
    """Who was treated."""

    disease: words.term("disease", words.DISEASES)  # type: ignore[valid-type]
    line: words.term("line", words.LINES)  # type: ignore[valid-type]
    ph: words.term("Ph status", words.PH)  # type: ignore[valid-type]
    age_group: words.term("age group", words.AGE_GROUPS)  # type: ignore[valid-type]
    ages: Text | None = Field(None, description="Limits of age as printed.")
    selected: Text | None = Field(
        None, description="Where only some were counted: all reached transplant, say."
    )
    label: Text | None = None


class Reference(Part):
    """A publication of the study and its number in the reference lists of the four papers.

    ``read`` says what of it was read (its abstract), where numbers were taken from it.
    """

    id: Slug
    citation: Text
    doi: Text | None = None
    numbers: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    read: Text | None = None


class Phase(Part):
    """Cycles that are dosed alike: doses by day of the cycle, or the sum of a cycle alone."""

    cycles: Cycles
    days: dict[Annotated[str, StringConstraints(pattern=r"^\d+$")], Dose] = Field(
        default_factory=dict
    )
    sum: Dose | None = None

    @model_validator(mode="after")
    def _has_doses(self) -> Phase:
        if not self.days and self.sum is None:
            raise PydanticCustomError(
                "no_dose", "give 'days' (a dose by day) or 'sum' (the dose of a cycle)", {}
            )
        return self


class Regimen(Part):
    """A regimen: doses of inotuzumab ozogamicin in mg/m2 as printed."""

    id: Slug
    label: Text
    family: words.term("family", words.FAMILIES)  # type: ignore[valid-type]
    schedule: words.term("schedule", words.SCHEDULES)  # type: ignore[valid-type]
    phases: tuple[Phase, ...] = ()
    max_cycles: Digits | None = None
    interval: Text | None = None
    cumulative: Dose | None = Field(None, description="As printed.")
    paper: Slug | None = None
    at: Place | None = None
    quote: Text | None = None
    note: Text | None = None


class Arm(Part):
    """Patients of the study; ``part_of`` is the arm that they are a part of."""

    id: Slug
    label: Text
    n: Digits | None = None
    regimen: Slug | None = None
    part_of: Slug | None = None
    role: words.term("role", words.ARM_ROLES) = "experimental"  # type: ignore[valid-type]


class Number(Part):
    """A number as printed.

    ``value`` is the number itself; a proportion may have ``k`` and ``n`` beside a percentage or
    instead of it. ``n_from`` says where ``n`` is printed, or what it follows from, where it does
    not stand beside the number. ``doubt`` says why the printed numbers cannot all be true.
    """

    endpoint: words.term("endpoint", words.ENDPOINTS)  # type: ignore[valid-type]
    arm: Slug
    subgroup: Text | None = None
    value: Digits | None = None
    unit: Literal["%", "months", "years", "days", "ratio", "patients"] | None = None
    time: Digits | None = None
    time_unit: Literal["days", "weeks", "months", "years"] | None = None
    k: Digits | None = None
    n: Digits | None = None
    denominator: words.term("denominator", words.DENOMINATORS) | None = None  # type: ignore[valid-type]
    n_from: Text | None = None
    ci: tuple[Digits, Digits] | None = None
    ci_level: Digits | None = None
    range: tuple[Digits, Digits] | None = None
    p: Digits | None = None
    against: Slug | None = Field(None, description="The arm that p or a ratio compares with.")
    paper: Slug
    at: Place
    quote: Text | None = None
    also: tuple[Text, ...] = Field((), description="Other places where the same is printed.")
    doubt: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _has_number(self) -> Number:
        if self.value is None and self.k is None:
            raise PydanticCustomError("no_number", "give 'value', or 'k' with 'n'", {})
        return self


class Overlap(Part):
    """Another study of which patients may be the same."""

    study: Slug
    relation: words.term("relation", words.RELATIONS)  # type: ignore[valid-type]
    reason: Text


class Listed(Part):
    """A row of a table of a paper that lists this study: cells that are no numbers of it."""

    paper: Slug
    table: Annotated[int, Field(ge=1)]
    row: Annotated[int, Field(ge=1)]
    cells: dict[Text, str]
    marks: dict[Text, Text] = Field(default_factory=dict, description="Footnote marks by column.")


class Study(Part):
    """A study file."""

    schema_: Literal["atrisk-evidence/1"] = Field("atrisk-evidence/1", alias="schema")
    study: Information
    population: Population
    references: Annotated[tuple[Reference, ...], AfterValidator(distinct_ids)] = ()
    regimens: Annotated[tuple[Regimen, ...], AfterValidator(distinct_ids)] = ()
    arms: Annotated[tuple[Arm, ...], Field(min_length=1), AfterValidator(distinct_ids)]
    numbers: tuple[Number, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    listed: tuple[Listed, ...] = ()

    def arm(self, name: str) -> Arm:
        """Give an arm by its id."""
        return next(arm for arm in self.arms if arm.id == name)

    def regimen_of(self, arm: str) -> Regimen | None:
        """Give the regimen of an arm, or of the arm that it is a part of."""
        found = self.arm(arm)
        if found.regimen is None:
            return None if found.part_of is None else self.regimen_of(found.part_of)
        return next((item for item in self.regimens if item.id == found.regimen), None)
