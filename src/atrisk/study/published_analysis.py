"""The comparison with a publication, as it stands in ``study.toml``."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from typing import Literal

from pydantic import Field

from atrisk.study.analysis_base import AnalysisBase
from atrisk.study.parts import Text

__all__ = ["PublishedAnalysis"]


class PublishedAnalysis(AnalysisBase):
    """The numbers of this study beside those of a publication, or of an earlier abstract."""

    kind: Literal["published"] = Field(description="What to do.")
    file: Text = Field(
        description="A CSV file of the published numbers, relative to the study file. Its columns:"
        " section, label, key (keys of results.json, several separated by spaces), published (the"
        " text as printed), place, quote, note."
    )
    source: Text = Field(description="The publication, as it is cited.")
    decimal: Literal[".", ","] = Field(
        default=".", description="The mark before decimals in the published texts."
    )
