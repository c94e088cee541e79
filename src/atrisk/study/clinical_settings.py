"""The rules of the clinical columns where sources differ: ``clinical`` of [forms]."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from atrisk.study.parts import Flag, Part

__all__ = ["ClinicalSettings"]

_COUNTED: Final = {
    "union": "those of all clones together",
    "largest": "those of the largest clone",
}


class ClinicalSettings(Part):
    """The rules of the clinical columns, where published ones differ.

    Each has a default: `clinical = {}` derives the columns by the defaults.
    """

    complex_at: Annotated[int, Field(strict=True, ge=2)] = Field(
        default=3,
        description="The number of abnormalities from which a karyotype is complex: 3 in Kayser et"
        " al. 2024, 5 elsewhere.",
    )
    complex_count: Literal["union", "largest"] = Field(
        default="union",
        description="Which abnormalities are counted: those of all clones, or of the largest.",
    )
    response: Literal["label", "eln-2024", "nci-asbmt-2010", "cibmtr", "morley-marks-2016"] = Field(
        default="label",
        description="The set of response rules that every assessment is judged by, beside the"
        " centre's call: the columns that end in `_rules`.",
    )
    response_by: Literal["centre", "rules"] = Field(
        default="centre",
        description="Whose CR and CRi give `cr_date` and `cr_before_hct`: the centre's, or those of"
        " 'response'.",
    )
    mrd_rules: Literal["reported", "ino-vate", "eln-2024", "eln-2024-variant-2"] = Field(
        default="reported",
        description="The rules by which MRD is negative; `reported` keeps the laboratory's call.",
    )
    sos_gaps: Literal["unknown", "absent"] = Field(
        default="unknown",
        description="What a daily item of the criteria of SOS/VOD is on days without an entry, if"
        " it was looked for on others and never found.",
    )
    sos_within_days: Annotated[int, Field(strict=True, ge=0)] = Field(
        default=0,
        description="The items of the criteria must be seen within so many days; 0: anywhere in"
        " the window of the criteria.",
    )
    sos_elastography_kpa: Annotated[float, Field(strict=True, ge=0)] = Field(
        default=0.0,
        description="Liver stiffness from which elastography suggests SOS/VOD. The criteria name"
        " none, so that 0 leaves measurements undecided.",
    )
    sos_severity: Flag = Field(
        default=False,
        description="true derives `sos_severity` and `sos_severity_highest` too: the severity of"
        " SOS/VOD at diagnosis and at its worst, graded from the daily work-up.",
    )

    def arguments(self) -> dict[str, Any]:
        """Give the settings by the names that `atrisk.study.clinical.derive.derive` has."""
        given = self.model_dump()
        given["response_rules"] = given.pop("response")
        return given

    def words(self) -> tuple[str, ...]:
        """Say which rules hold, a sentence each."""
        return (self._karyotype(), self._response(), self._mrd(), self._sos())

    def _karyotype(self) -> str:
        return (
            f"A karyotype is complex from {self.complex_at} abnormalities, counted as"
            f" {_COUNTED[self.complex_count]}."
        )

    def _response(self) -> str:
        rules = f"the rules \u2018{self.response}\u2019"
        if self.response_by == "rules":
            return f"The first remission is CR or CRi by {rules}, whatever the centre called it."
        return (
            "The first remission is CR or CRi as the centre called it; columns of responses by"
            f" rules are by {rules}."
        )

    def _mrd(self) -> str:
        if self.mrd_rules == "reported":
            return "MRD is as the laboratory reported it."
        return f"MRD is called by the rules \u2018{self.mrd_rules}\u2019."

    def _sos(self) -> str:
        window = f"within {self.sos_within_days} days" if self.sos_within_days else "in the window"
        said = [
            f"Items of the criteria of SOS/VOD count {window}",
            f"one that was looked for and never found is {self.sos_gaps} on days without an entry",
        ]
        if self.sos_elastography_kpa:
            said.append(
                f"elastography suggests SOS/VOD from {self.sos_elastography_kpa:g} kPa (as given by"
                " the user, no source)"
            )
        graded = "graded from the daily work-up" if self.sos_severity else "not graded"
        return f"{'; '.join([*said, f'severity is {graded}'])}."
