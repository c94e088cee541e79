"""Analyses of the forms of the packaged dictionary, as they stand in ``study.toml``."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from atrisk.errors import nearest
from atrisk.leukaemia.dosing_deviations import KINDS
from atrisk.leukaemia.mrd import RULES
from atrisk.leukaemia.response import ITEMS, RULE_SETS
from atrisk.leukaemia.sosvod_criteria import CRITERIA
from atrisk.study.analysis_base import AnalysisBase
from atrisk.study.parts import Text

__all__ = [
    "DoseDeviationsAnalysis",
    "FormsAnalysis",
    "ResponseRulesAnalysis",
    "SosCriteriaAnalysis",
]

_CENTRE = "centre"
_WAIVABLE = tuple(item for item in ITEMS if item != "in_remission_before")


def _one_of(*known: str) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            raise PydanticCustomError(
                "known",
                "there is no {name}; there are {known}.{hint}",
                {"name": repr(name), "known": ", ".join(known), "hint": nearest(name, known)},
            )
        return name

    return AfterValidator(check)


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise PydanticCustomError("twice", "{name} is listed twice", {"name": repr(name)})
    return names


def _two_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) not in {0, 2}:
        raise PydanticCustomError(
            "lines",
            "it is two lines, one on anc and one on plt, and not {count}",
            {"count": len(lines)},
        )
    return lines


RuleSet = Annotated[str, _one_of(*RULE_SETS)]


class FormsAnalysis(AnalysisBase):
    """An analysis of the forms themselves, instead of columns made of them."""

    @property
    def counted(self) -> str:
        """Say whom or what it counts."""
        raise NotImplementedError

    @property
    def compared(self) -> str:
        """Say what it sets beside what."""
        raise NotImplementedError


class ResponseRulesAnalysis(FormsAnalysis):
    """Where two sets of response rules, or the centre and a set, judge assessments differently."""

    kind: Literal["response_rules"] = Field(description="What to do.")
    first: Annotated[str, _one_of(_CENTRE, *RULE_SETS)] = Field(
        default=_CENTRE,
        description="Whose calls are the rows of the table: the `centre`'s, or those of a set of"
        f" rules: {', '.join(RULE_SETS)}.",
    )
    second: RuleSet = Field(
        default="label",
        description="The set of rules whose calls are the columns; two sets judge what was"
        " measured, whatever the centre called it.",
    )
    assessments: Literal["from_ino", "to_transplant", "all"] = Field(
        default="from_ino",
        description="Which assessments count: those from the first dose of INO on; of these, those"
        " up to the transplantation; or all, also of patients without INO.",
    )
    waive: Annotated[
        tuple[Annotated[str, _one_of(*_WAIVABLE)], ...], AfterValidator(_each_once)
    ] = Field(
        default=(),
        description="Items that the rules are not asked for, e.g. duration_weeks where a set wants"
        f" four weeks. Items are: {', '.join(_WAIVABLE)}.",
    )
    also: Annotated[tuple[Literal["CRp"], ...], AfterValidator(_each_once)] = Field(
        default=(),
        description="CRp: tell CR without recovery of platelets from other CRi.",
    )
    crh: Annotated[tuple[Text, ...], AfterValidator(_two_lines)] = Field(
        default=(),
        description="The cut-offs of CRh in 10^9/L, one on anc and one on plt, e.g."
        ' ["anc > 0.5", "plt > 50"]. No published ones for ALL are built in, so CRh exists only'
        " where they are given.",
    )
    relapse: RuleSet | None = Field(
        default=None,
        description="The set whose rule of relapse both use; each its own if absent.",
    )

    @model_validator(mode="after")
    def _two_judges(self) -> Self:
        if self.first == self.second:
            raise PydanticCustomError(
                "rules",
                "'first' and 'second' are both {name}; compare two sets of rules, or the centre"
                " and a set",
                {"name": repr(self.first)},
            )
        return self

    @property
    def counted(self) -> str:
        """Say which assessments count."""
        return f"with an assessment that counts ({self.assessments})"

    @property
    def compared(self) -> str:
        """Name the two who judge."""
        return f"calls of {self.first} and {self.second}"


class SosCriteriaAnalysis(FormsAnalysis):
    """Criteria of SOS/VOD side by side, beside the diagnosis of the centre."""

    kind: Literal["sos_criteria"] = Field(description="What to do.")
    criteria: Annotated[
        tuple[Annotated[str, _one_of(*CRITERIA)], ...],
        Field(min_length=1),
        AfterValidator(_each_once),
    ] = Field(
        default=CRITERIA, description="The sets of criteria, in the order in which they are shown."
    )
    gaps: Literal["unknown", "absent"] = Field(
        default="unknown",
        description="What a daily item is on days without an entry, if it was looked for on others"
        " and never found.",
    )
    within_days: Annotated[int, Field(strict=True, ge=0)] = Field(
        default=0,
        description="The items must be seen within so many days; 0: anywhere in the window of the"
        " criteria.",
    )
    elastography_kpa: Annotated[float, Field(strict=True, ge=0)] = Field(
        default=0.0,
        description="Liver stiffness from which elastography suggests SOS/VOD. The criteria name"
        " none, so that 0 leaves measurements undecided.",
    )
    patients: Literal["diagnosed", "diagnosed_or_met"] = Field(
        default="diagnosed",
        description="Who is listed and drawn: patients with the centre's diagnosis, or also those"
        " who met a set of criteria.",
    )

    @property
    def counted(self) -> str:
        """Say who counts."""
        return "transplanted after INO"

    @property
    def compared(self) -> str:
        """Name the sets."""
        return f"the centre's diagnosis and {', '.join(self.criteria)}"


class DoseDeviationsAnalysis(FormsAnalysis):
    """Doses of inotuzumab ozogamicin (INO) before the transplantation, beside the label."""

    kind: Literal["dose_deviations"] = Field(description="What to do.")
    remission: Literal["centre", "rules"] = Field(
        default="centre",
        description="Whose CR and CRi decide on the day 1 dose of later cycles: the centre's, or"
        " those of 'response'.",
    )
    response: RuleSet = Field(
        default="label", description="The set of response rules, where remission is by rules."
    )
    mrd: Annotated[str, _one_of(*RULES)] = Field(
        default="reported",
        description="The rules of MRD, which decide on a third cycle before the transplantation;"
        f" `reported` keeps the laboratory's call. Rules are: {', '.join(RULES)}.",
    )
    deviations: Annotated[
        tuple[Annotated[str, _one_of(*KINDS)], ...],
        Field(min_length=1),
        AfterValidator(_each_once),
    ] = Field(
        default=tuple(KINDS),
        description="The deviations that are counted and listed; all if absent.",
    )

    @model_validator(mode="after")
    def _rules_that_are_used(self) -> Self:
        if self.remission == "centre" and "response" in self.model_fields_set:
            raise PydanticCustomError(
                "rules", "'response' is used where remission = \"rules\"; remove one of the two"
            )
        return self

    @property
    def counted(self) -> str:
        """Say who counts."""
        return "with a dose of INO"

    @property
    def compared(self) -> str:
        """Say what decides on later cycles."""
        by = "the centre's calls" if self.remission == "centre" else f"the rules {self.response}"
        return f"doses before the transplantation and the label, remission by {by}"
