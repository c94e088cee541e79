"""The models of a pool file, ``atrisk-pool/1``: what is pooled, how, and what is laid beside."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from atrisk.evidence.record import vocabulary as words
from atrisk.toml.parts import Flag, Part, Text, each_once

__all__ = [
    "GROUPINGS",
    "RECORD_MODERATORS",
    "SCHEMA",
    "Excluded",
    "Method",
    "Own",
    "PoolFile",
    "PoolTable",
    "RecordTable",
    "StudyRow",
]

SCHEMA = "atrisk-pool/1"

#: Columns of the record by which studies can be grouped, with their labels.
GROUPINGS = {
    "family": words.FAMILIES,
    "schedule": words.SCHEDULES,
    "line": words.LINES,
    "disease": words.DISEASES,
    "ph": words.PH,
    "age_group": words.AGE_GROUPS,
    "denominator": words.DENOMINATORS,
    "role": words.ARM_ROLES,
}
#: Numbers of the record that can be moderators, with their names in words.
RECORD_MODERATORS = {
    "cumulative_dose": "Protocol maximum of the cumulative dose (mg/m\N{SUPERSCRIPT TWO})",
    "first_dose": "Dose of the first cycle (mg/m\N{SUPERSCRIPT TWO})",
}


def _count(given: object) -> object:
    """Read a whole number that is written as a text, as printed numbers are."""
    if not isinstance(given, str):
        return given
    text = given.strip()
    if not (text.isascii() and text.isdecimal()):
        raise PydanticCustomError(
            "count", "{text} is no whole number of patients: write 40, say", {"text": repr(given)}
        )
    return int(text)


_AS_COUNT = BeforeValidator(_count, json_schema_input_type=int | str)
Count = Annotated[StrictInt, Field(ge=0), _AS_COUNT]
Patients = Annotated[StrictInt, Field(ge=1), _AS_COUNT]
#: A number, or a text as printed: its decimals say how exact it is.
Printed = StrictInt | StrictFloat | Text


def _wrong(problem: str) -> PydanticCustomError:
    return PydanticCustomError("table", "{problem}", {"problem": problem})


def _needs(keys: str, problem: str) -> PydanticCustomError:
    return PydanticCustomError("keys", "{keys}: {problem}", {"keys": keys, "problem": problem})


class StudyRow(Part):
    """A study, or one arm of a study that has several: counts, or an estimate with its limits."""

    study: Text
    arm: Text | None = None
    events: Count | None = None
    total: Patients | None = None
    estimate: Printed | None = None
    ratio: Printed | None = None
    lower: Printed | None = None
    upper: Printed | None = None
    subgroup: Text | None = None
    moderators: dict[str, float] = Field(default_factory=dict)
    source: Text | None = Field(None, description="Where the numbers are printed.")

    @model_validator(mode="after")
    def _counts(self) -> StudyRow:
        if self.events is not None and self.total is not None and self.events > self.total:
            raise PydanticCustomError(
                "counts",
                "{events} events of {total}: there cannot be more events than patients",
                {"events": self.events, "total": self.total},
            )
        return self


class Excluded(Part):
    """A study of the record that is not to be pooled, and why."""

    study: Text
    reason: Text


class RecordTable(Part):
    """Which numbers of the record are pooled; the filters are those of ``atrisk evidence``."""

    endpoint: Text
    folder: Text | None = Field(None, description="Study files of your own, read beside.")
    population: Text | None = None
    line: Text | None = None
    ph: Text | None = None
    regimen: Text | None = None
    min_dose: float | None = None
    max_dose: float | None = None
    arms: Literal["whole", "parts"] = "whole"
    roles: tuple[words.term("role", words.ARM_ROLES), ...] = Field(  # type: ignore[valid-type]
        ("experimental",), min_length=1
    )
    time: Text | None = Field(None, description="Of survival: the time as printed, 12 say.")
    several_counts: Literal["leave out", "least", "most"] = Field(
        "leave out",
        description="What to do where a percentage is printed that several counts have.",
    )
    dose_range: Literal["middle", "low", "high"] = Field(
        "middle", description="Which dose stands for a range of doses."
    )
    exclude: tuple[Excluded, ...] = ()


class Own(Part):
    """The reader's own cohort, laid beside the pool and not in it."""

    label: Text
    events: Count | None = None
    total: Patients | None = None
    study: Text | None = Field(None, description="Id of a study of the record, taken out of it.")
    results: Text | None = Field(None, description="The results.json of a report.")
    key: Text | None = Field(None, description="Of the number in it, without .events or .n.")
    total_key: Text | None = Field(None, description="Of the number of patients, if elsewhere.")
    moderators: dict[str, float] = Field(default_factory=dict)
    source: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Own:
        ways = [
            self.events is not None or self.total is not None,
            self.study is not None,
            self.results is not None or self.key is not None,
        ]
        if sum(ways) != 1:
            raise _wrong(
                "give 'events' and 'total', or 'study', or 'results' and 'key'; one of them"
            )
        if ways[0] and (self.events is None or self.total is None):
            raise _wrong("give both 'events' and 'total'")
        if ways[2] and (self.results is None or self.key is None):
            raise _wrong("give both 'results' and 'key'")
        if self.events is not None and self.total is not None and self.events > self.total:
            raise _wrong(f"{self.events} events of {self.total}: more than there are")
        return self


class Method(Part):
    """How it is pooled: the keys and defaults of `pool_proportions` and `pool_survival`."""

    method: Literal["glmm", "logit", "arcsine", "double_arcsine"] = "glmm"
    tau2: Literal["reml", "dl", "pm", "ml", "fixed"] = "reml"
    ci: Literal["profile", "knapp-hartung", "knapp-hartung-adhoc", "z", "t"] | None = None
    prediction: Literal["t, k-2", "t, k-1", "normal"] = "t, k-2"
    conf_level: float = Field(0.95, gt=0.0, lt=1.0)
    quadrature: Annotated[StrictInt, Field(ge=7, le=101)] = 31
    new_total: Patients | None = None
    scale: Literal["cloglog", "logit"] = "cloglog"
    limits_scale: Literal["cloglog", "logit", "log", "identity"] | None = None
    limits_level: float = Field(0.95, gt=0.0, lt=1.0)
    require_symmetry: Flag = True


_OF_PROPORTIONS = ("method", "quadrature", "new_total")
_OF_SURVIVAL = ("scale", "limits_scale")
_OF_LIMITS = ("limits_level", "require_symmetry")
#: Keys that mean nothing for a measure.
FOREIGN = {
    "proportion": (*_OF_SURVIVAL, *_OF_LIMITS, "ratio_name"),
    "ratio": (*_OF_PROPORTIONS, *_OF_SURVIVAL),
    "survival": (*_OF_PROPORTIONS, "ratio_name"),
}


class PoolTable(Method):
    """What is pooled and how."""

    title: Text
    outcome: Text = Field(description="Label of what is counted.")
    measure: Literal["proportion", "ratio", "survival"] = "proportion"
    ratio_name: Text = Field("Ratio", description="Of the ratio: Hazard ratio, say.")
    csv: Text | None = Field(None, description="A CSV file beside this one.")
    source: Text | None = Field(None, description="Where the rows come from.")
    subgroup: Text | None = Field(None, description="A column, or the label of rows' subgroups.")
    common_tau2: Flag = False
    moderators: Annotated[tuple[Text, ...], Field(max_length=5)] = ()
    leave_one_out: Flag = False
    influence: Flag = False
    funnel: Flag = False

    @model_validator(mode="after")
    def _fits(self) -> PoolTable:
        each_once(self.moderators)
        foreign = [key for key in FOREIGN[self.measure] if key in self.model_fields_set]
        if foreign:
            raise _needs(f"'{foreign[0]}'", f"means nothing where the measure is {self.measure}")
        if self.subgroup is not None and self.moderators:
            raise _needs("'subgroup'", "subgroups of a meta-regression: ask for one of the two")
        if self.common_tau2 and self.subgroup is None:
            raise _needs("'common_tau2'", "it is of subgroups, and none are asked for")
        return self


class PoolFile(Part):
    """A pool file."""

    version: Literal["atrisk-pool/1"] = Field("atrisk-pool/1", alias="schema")
    pool: PoolTable
    studies: tuple[StudyRow, ...] = ()
    record: RecordTable | None = None
    own: Own | None = None

    @model_validator(mode="after")
    def _one_source(self) -> PoolFile:
        given = {
            "[[studies]]": bool(self.studies),
            "[pool] csv": self.pool.csv is not None,
            "[record]": self.record is not None,
        }
        named = [name for name, there in given.items() if there]
        if len(named) != 1:
            raise _needs(
                "the studies",
                f"give one of {', '.join(given)}"
                + (f"; this file has {' and '.join(named)}" if named else "; this file has none"),
            )
        return self
