"""How the report is written, as ``study.toml`` has it: its language, what it must not show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from atrisk.study.parts import Part, Text

__all__ = ["ReportSettings"]


class ReportSettings(Part):
    """What the report is like; numbers and their keys do not depend on it."""

    language: Literal["en", "de", "it"] = Field(
        default="en",
        description="The language of the report's own words: English, German or Italian. Labels,"
        " titles and definitions stand as this file has them.",
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="The mark before decimals; that of the language if absent."
    )
    templates: tuple[Text, ...] = Field(
        default=(),
        description="Texts with fields such as {{ os.median }}, .md, .txt or .docx files relative"
        " to the study file; the report's folder holds them filled.",
    )
    suppress_below: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        default=0,
        description="Counts of patients from 1 up to below this number are not shown, nor what"
        " would give them away; 0 shows all.",
    )
