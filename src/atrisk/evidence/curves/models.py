"""The models of ``atrisk-reconstruct/1``: curves, what is printed beside them, what is asked."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StrictBool, StrictInt

from atrisk.evidence.curves.risk_sets import MOST_PATIENTS
from atrisk.toml.parts import Part, Text

__all__ = [
    "SCHEMA",
    "CurvePart",
    "FigurePart",
    "LandmarkPart",
    "RatioPart",
    "ReconstructionRequest",
]

SCHEMA = "atrisk-reconstruct/1"

Scale: TypeAlias = Literal["percent", "fraction"]
Pair: TypeAlias = tuple[float, float]
Count: TypeAlias = Annotated[StrictInt, Field(ge=0, le=MOST_PATIENTS)]


class FigurePart(Part):
    """A curve of a vector figure: where it stands and how its axes are known."""

    file: Text = Field(description="PDF or SVG, beside this file.")
    page: StrictInt = 1
    colour: Text | None = None
    dash: Literal["solid", "dashed"] | None = None
    legend: Text | None = None
    order: StrictInt | None = None
    x_points: tuple[Pair, Pair] | None = None
    y_points: tuple[Pair, Pair] | None = None
    x_ticks: Pair | None = None
    y_ticks: Pair | None = None
    area: tuple[float, float, float, float] | None = None
    percent: StrictBool | None = None


class LandmarkPart(Part):
    """A printed probability at a time."""

    time: Annotated[float, Field(ge=0)]
    value: Text
    lower: Text | None = None
    upper: Text | None = None


class CurvePart(Part):
    """One curve, and what is printed beside it."""

    group: Text
    cause: Text | None = Field(
        None, description="Of an incidence; 'event_free' is the survival curve beside incidences."
    )
    kind: Literal["survival", "incidence"] = "survival"
    csv: Text | None = Field(None, description="Columns time and survival, or time and incidence.")
    scale: Scale = Field("fraction", description="Of the values of the CSV.")
    precision: Annotated[float, Field(ge=0)] | None = Field(
        None, description="Half-width by which a value of the CSV may be off, on its scale."
    )
    time_precision: Annotated[float, Field(ge=0)] = 0.0
    figure: FigurePart | None = None
    n: Annotated[StrictInt, Field(ge=1, le=MOST_PATIENTS)] | None = None
    at_risk_times: tuple[float, ...] = ()
    at_risk: tuple[Count, ...] = ()
    total_events: Count | None = None
    censor_times: tuple[float, ...] | None = None
    landmarks: tuple[LandmarkPart, ...] = ()
    median: Text | None = None
    median_lower: Text | None = None
    median_upper: Text | None = None
    conf_type: Literal["log", "log-log", "plain", "logit", "arcsine"] | None = None
    competing_events: Count | None = None


class RatioPart(Part):
    """A printed hazard ratio of one group against another."""

    group: Text
    reference: Text
    value: Text
    lower: Text | None = None
    upper: Text | None = None


class ReconstructionRequest(Part):
    """The whole file."""

    schema_: Literal["atrisk-reconstruct/1"] = Field("atrisk-reconstruct/1", alias="schema")
    title: Text
    source: Text = Field(description="The paper and the figure.")
    unit: Literal["hours", "days", "weeks", "months", "years"] = "months"
    printed_scale: Scale = Field("percent", description="Of landmarks.")
    conf_level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    method: Literal["auto", "exact", "constrained", "guyot"] = "auto"
    members: Annotated[StrictInt, Field(ge=0, le=1000)] = 20
    seed: Annotated[StrictInt, Field(ge=0)] = 1
    curves: Annotated[tuple[CurvePart, ...], Field(min_length=1)]
    hazard_ratios: tuple[RatioPart, ...] = ()
