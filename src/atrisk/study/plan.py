"""The plan of a study: what the runner will do, fixed before any row is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atrisk.study.analyses import Analysis
    from atrisk.study.compare.files import ComparePlan
    from atrisk.study.conditions import Condition
    from atrisk.study.endpoint_models import ResolvedEndpoint
    from atrisk.study.exposure_analyses import Exposure
    from atrisk.study.forms_models import Adam
    from atrisk.study.model_analyses import ModelTerm
    from atrisk.study.models import Data, StudyInfo, Variable
    from atrisk.study.plan_tables import ListingPlan, RowPlan
    from atrisk.study.published_file import PublishedTable
    from atrisk.study.report_models import ReportSettings
    from atrisk.study.source import Source
    from atrisk.study.units import Clock, Milestone

__all__ = [
    "ADJUSTMENTS",
    "AnalysisPlan",
    "CausePlan",
    "EndpointPlan",
    "ExclusionPlan",
    "ExposurePlan",
    "ModelPlan",
    "Plan",
    "TermPlan",
    "TestPlan",
    "VariablePlan",
    "lower_first",
    "origin_of",
]

#: What an adjustment of P values is called.
ADJUSTMENTS = {
    "holm": "Holm's method",
    "bonferroni": "Bonferroni's method",
    "none": "no adjustment",
}


@dataclass(frozen=True, slots=True)
class VariablePlan:
    """A variable and its column."""

    id: str
    column: str
    asked: Variable


@dataclass(frozen=True, slots=True)
class ExclusionPlan:
    """A step of the exclusion table."""

    id: str
    reason: str
    condition: Condition
    unknown: str


@dataclass(frozen=True, slots=True)
class CausePlan:
    """A kind of event, its code in the data or the condition that tells it.

    ``happened`` says that it took place, dated or not.
    """

    id: str
    label: str
    code: str | None = None
    condition: Condition | None = None
    competing: bool = False
    happened: Condition | None = None


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """An endpoint, its causes in order, and the columns it reads.

    ``origin`` is what time 0 is where that is not [data] origin.
    """

    id: str
    label: str
    asked: ResolvedEndpoint
    causes: tuple[CausePlan, ...]
    columns: tuple[str, ...]
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class TestPlan:
    """A test: ``call`` names the public function, ``stratified`` whether by the strata."""

    id: str
    label: str
    call: str
    stratified: bool = False


@dataclass(frozen=True, slots=True)
class TermPlan:
    """A variable of a model, and how it enters."""

    variable: VariablePlan
    asked: ModelTerm

    @property
    def kind(self) -> Literal["factor", "number", "spline"]:
        """Tell how the variable enters."""
        if self.variable.asked.kind == "categorical":
            return "factor"
        return "number" if self.asked.spline is None else "spline"


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What a regression model is made of.

    Attributes
    ----------
    terms
        its variables, in order.
    cause
        the event that is modelled, None for any.
    cluster
        a column, or None.
    censoring
        the variable that makes the strata of censoring, or None.
    outcome
        the condition that says who had the outcome, for logistic regression.
    """

    terms: tuple[TermPlan, ...]
    cause: CausePlan | None = None
    cluster: str | None = None
    censoring: VariablePlan | None = None
    outcome: Condition | None = None


@dataclass(frozen=True, slots=True)
class ExposurePlan:
    """An exposure that starts after time zero: the column of its times, and whether it began."""

    id: str
    label: str
    asked: Exposure
    condition: Condition | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        names = () if self.condition is None else self.condition.names
        return tuple(dict.fromkeys((self.asked.time, *names)))


@dataclass(frozen=True, slots=True)
class AnalysisPlan:
    """One analysis with its references resolved.

    Attributes
    ----------
    times, until, rmst, landmarks, start, calibration
        times of the analysis, as far as its kind has them.
    variables
        what Table 1 describes.
    model, exposures, published, compare
        of the kinds that have them; the treatment of a weighted analysis is in ``by``.
    columns
        further columns that are read, of the kinds that show patients.
    """

    id: str
    kind: str
    title: str
    asked: Analysis
    by: VariablePlan | None = None
    strata: VariablePlan | None = None
    endpoint: EndpointPlan | None = None
    variables: tuple[VariablePlan, ...] = ()
    times: tuple[Milestone, ...] = ()
    until: Milestone | None = None
    rmst: Milestone | None = None
    tests: tuple[TestPlan, ...] = ()
    model: ModelPlan | None = None
    exposures: tuple[ExposurePlan, ...] = ()
    landmarks: tuple[Milestone, ...] = ()
    start: Milestone | None = None
    calibration: Milestone | None = None
    published: PublishedTable | None = None
    compare: ComparePlan | None = None
    listing: ListingPlan | None = None
    proportions: tuple[RowPlan, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the runner does, in order.

    Attributes
    ----------
    data_path
        the file to read; of a study on forms, the study file.
    source
        the patients.
    columns
        the columns to read of them.
    names
        all their columns.
    endpoints
        all endpoints, also those that no analysis uses.
    adam
        what the export is made of.
    report
        how the report is written.
    path
        the study file.
    answers
        what the authors say to guard rails, by key.
    abbreviations
        what stands for what, for the notes below tables; False explains none.
    """

    info: StudyInfo
    data: Data
    data_path: Path
    source: Source
    clock: Clock
    columns: tuple[str, ...]
    names: tuple[str, ...]
    population: tuple[ExclusionPlan, ...]
    analyses: tuple[AnalysisPlan, ...]
    endpoints: tuple[EndpointPlan, ...]
    adam: Adam
    report: ReportSettings
    path: Path
    answers: Mapping[str, str]
    abbreviations: Mapping[str, str | Literal[False]]


def origin_of(data: Data, endpoint: EndpointPlan | None) -> str:
    """Say what time 0 is, as it reads after "from"."""
    own = None if endpoint is None else endpoint.origin
    return data.origin if own is None else own


def lower_first(label: str) -> str:
    """Lower the first letter within a sentence, unless the word is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
