"""The models of a paper file: every number that a paper prints, with its place and its quote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from atrisk.evidence.printed import parse_printed, printed_text
from atrisk.toml import TomlFile, read_toml, validated
from atrisk.toml.parts import Flag, Identifier, Part, Text, distinct_ids

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "SCHEMA",
    "AtRisk",
    "Citation",
    "Count",
    "Dose",
    "DoseStep",
    "Effect",
    "MedianTime",
    "Order",
    "Paper",
    "PaperFile",
    "PaperInfo",
    "Partition",
    "Recount",
    "Reference",
    "Same",
    "Set",
    "Statement",
    "Sum",
    "Summary",
    "Survival",
    "Table",
    "Test",
    "Value",
    "json_schema",
    "read_paper",
]

SCHEMA = "atrisk-paper/1"


Number = Annotated[
    str,
    AfterValidator(printed_text),
    Field(description="A number as printed, in quotation marks: 38.4, <0.001, 3,665, Nine."),
]
Address = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*(\[\d+\])?$",
        description="A printed number: statement.field, or statement.field[2] of a list.",
    ),
]


def _is_level(text: str) -> str:
    number = parse_printed(text)
    if number is None or number.relation != "=" or not _LEAST_LEVEL <= number.value < _WHOLE:
        raise ValueError(
            f"a level is a percentage from 50 to less than 100, such as 95; not {text}"
        )
    return text


_LEAST_LEVEL, _WHOLE = 50, 100
Conf = Annotated[str, AfterValidator(_is_level), Field(description="In percent, as printed.")]


class Statement(Part):
    """What a paper prints at one place.

    ``quantity`` says what is stated: two statements of one study, set and quantity must agree, in
    one paper and across papers; the id stands for it if absent. ``study`` is the study meant, the
    paper's own if absent; ``at`` the place (Abstract; Table 1, Female sex; Results, Survival).
    ``derived``: its numbers are not printed so; they are counted in a table or added up, as the
    note says.
    """

    NUMBERS: ClassVar[tuple[str, ...]] = ()

    id: Identifier
    at: Text
    quote: Text
    study: Text | None = None
    arm: Text | None = None
    quantity: Text | None = None
    note: Text | None = None
    derived: Flag = False


class Set(Statement):
    """A set of patients and its size, if printed; ``within`` is the set that it is part of."""

    NUMBERS = ("n", "percent")
    kind: Literal["set"]
    label: Text
    n: Number | None = None
    within: Identifier | None = None
    percent: Number | None = None


class Count(Statement):
    """How many of a set: ``k`` of ``n``, a percentage, perhaps its interval.

    ``n`` is given where it is printed beside; the size of the set ``of`` holds otherwise.
    """

    NUMBERS = ("k", "n", "percent", "lower", "upper")
    kind: Literal["count"]
    label: Text
    of: Identifier
    k: Number | None = None
    n: Number | None = None
    percent: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    level: Conf = "95"
    method: Text | None = None


class Partition(Statement):
    """Counts or sets that divide a set (``of``): each patient in one part.

    Not ``complete``: some patients are in no part, so that the sum may be less.
    """

    kind: Literal["partition"]
    of: Identifier
    parts: tuple[Identifier, ...] = Field(min_length=2)
    complete: Flag = True


class Sum(Statement):
    """A number that is the sum of others; with ``less`` it may be more than the sum."""

    kind: Literal["sum"]
    total: Address
    terms: tuple[Address, ...] = Field(min_length=1)
    less: Flag = False


class Summary(Statement):
    """The median, mean, quartiles or range of a variable in a set."""

    NUMBERS = ("median", "mean", "sd", "q1", "q3", "low", "high", "missing")
    kind: Literal["summary"]
    of: Identifier
    variable: Text
    unit: Text
    median: Number | None = None
    mean: Number | None = None
    sd: Number | None = None
    q1: Number | None = None
    q3: Number | None = None
    low: Number | None = None
    high: Number | None = None
    missing: Number | None = None


class Survival(Statement):
    """The estimate of a curve at a time; ``what`` is a survival or an incidence."""

    NUMBERS = ("time", "estimate", "lower", "upper")
    kind: Literal["survival"]
    of: Identifier
    endpoint: Text
    what: Literal["survival", "incidence"] = "survival"
    time: Number
    time_unit: Literal["days", "weeks", "months", "years"]
    estimate: Number
    lower: Number | None = None
    upper: Number | None = None
    level: Conf = "95"
    scale: Literal["percent", "fraction"] = "percent"
    method: Text | None = None


class MedianTime(Statement):
    """The median of a time to event; of follow-up with endpoint ``follow_up``."""

    NUMBERS = ("estimate", "lower", "upper")
    kind: Literal["median_time"]
    of: Identifier
    endpoint: Text
    unit: Literal["days", "weeks", "months", "years"]
    estimate: Number
    lower: Number | None = None
    upper: Number | None = None
    level: Conf = "95"
    method: Text | None = None


class AtRisk(Statement):
    """A row of numbers at risk; ``times`` or the ``step`` between them, if the paper prints them.

    The rows of a Simon-Makuch plot share ``plot`` and name their ``state``; in the ``first`` state
    all patients begin.
    """

    NUMBERS = ("times", "step", "n")
    kind: Literal["at_risk"]
    of: Identifier
    endpoint: Text
    unit: Literal["days", "weeks", "months", "years"]
    n: tuple[Number, ...] = Field(min_length=1)
    times: tuple[Number, ...] | None = None
    step: Number | None = None
    plot: Text | None = None
    state: Text | None = None
    first: Flag = True


class Effect(Statement):
    """A ratio or difference with its interval and P; ``exposed`` and ``unexposed`` are counts."""

    NUMBERS = ("estimate", "lower", "upper", "p", "events")
    kind: Literal["effect"]
    of: Identifier
    measure: Literal["OR", "RR", "HR", "RD"]
    label: Text
    estimate: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    level: Conf = "95"
    p: Number | None = None
    exposed: Identifier | None = None
    unexposed: Identifier | None = None
    events: Number | None = None
    endpoint: Text | None = None
    model: Literal["univariable", "multivariable"] = "univariable"
    method: Text | None = None


class Test(Statement):
    """The P value of a comparison; ``groups`` are the counts compared, ``method`` the test named.

    ``outcome`` says what was compared where it is not a count (``os``); ``medians`` and
    ``survivals`` name the statements compared.
    """

    NUMBERS = ("p",)
    __test__ = False  # not a case for pytest
    kind: Literal["test"]
    of: Identifier | None = None
    label: Text
    p: Number
    groups: tuple[Identifier, ...] = ()
    compared: tuple[Identifier, ...] = ()
    method: Text | None = None


class Table(Statement):
    """A table with one row a patient: columns of texts as printed, all of one length."""

    NUMBERS = ()
    kind: Literal["table"]
    of: Identifier
    columns: dict[Text, tuple[Text, ...]] = Field(min_length=1)


class Recount(Statement):
    """What the rows of a table say of a number printed elsewhere.

    Rows chosen by ``where`` (column: values); ``statistic`` of ``column``, or of the difference of
    two columns; held against ``equals``. With ``low`` and ``high`` (numbers printed elsewhere)
    every row must lie within them.
    """

    kind: Literal["recount"]
    table: Identifier
    where: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)
    column: Text | None = None
    minus: Text | None = None
    statistic: Literal["count", "median", "mean", "low", "high", "within"]
    equals: Address | None = None
    low: Address | None = None
    high: Address | None = None


class DoseStep(Part):
    """Doses of each of some cycles: ``cycles`` how many, ``doses`` within one, as printed."""

    cycles: Number
    doses: tuple[Number, ...] = Field(min_length=1)


class Dose(Statement):
    """A schedule, and the dose of a cycle or of the whole course that the paper prints for it."""

    NUMBERS = ("cumulative",)
    kind: Literal["dose"]
    regimen: Text
    unit: Text
    schedule: tuple[DoseStep, ...] = Field(min_length=1)
    cumulative: Number | None = None


class Order(Statement):
    """A comparison in words: ``left`` is less or more than ``right``, perhaps ``factor`` times."""

    NUMBERS = ("factor",)
    kind: Literal["order"]
    left: Address
    relation: Literal["<", "<=", "=", ">=", ">"]
    right: Address
    factor: Number | None = None


class Same(Statement):
    """Numbers that are one number printed at several places."""

    kind: Literal["same"]
    numbers: tuple[Address, ...] = Field(min_length=2)


class Reference(Statement):
    """An item of the list of references: its number and the studies that it reports."""

    NUMBERS = ("number",)
    kind: Literal["reference"]
    number: Number
    year: Number | None = None
    reports: tuple[Text, ...] = ()


class Citation(Statement):
    """A sentence that names a study, perhaps its ``year``, and cites references by number."""

    NUMBERS = ("numbers", "year")
    kind: Literal["citation"]
    names: Text
    numbers: tuple[Number, ...] = Field(min_length=1)
    year: Number | None = None


class Value(Statement):
    """Any other number: a threshold, a dose, a year."""

    NUMBERS = ("value",)
    kind: Literal["value"]
    label: Text
    value: Number
    unit: Text | None = None


AnyStatement = Annotated[
    Set
    | Count
    | Partition
    | Sum
    | Summary
    | Survival
    | MedianTime
    | AtRisk
    | Effect
    | Test
    | Table
    | Recount
    | Dose
    | Order
    | Same
    | Reference
    | Citation
    | Value,
    Field(discriminator="kind"),
]


class PaperInfo(Part):
    """What the paper is."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    citation: Text
    doi: Text | None = None
    kind: Literal["cohort", "trial", "review", "other"]
    licence: Text | None = None
    note: Text | None = None


class Paper(Part):
    """A paper file."""

    schema_: Literal["atrisk-paper/1"] = Field("atrisk-paper/1", alias="schema")
    paper: PaperInfo
    statements: Annotated[
        tuple[AnyStatement, ...], Field(min_length=1), AfterValidator(distinct_ids)
    ]


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A paper as read, and where each of its keys stands."""

    paper: Paper
    read: TomlFile


def read_paper(file: Path) -> PaperFile:
    """Read a paper file.

    Raises
    ------
    InputError
        every mistake with its line.
    """
    read = read_toml(
        file,
        schema=SCHEMA,
        what="paper files",
        wanted="Give a paper file; 'atrisk audit --schema' prints what can stand in it.",
    )
    return PaperFile(paper=validated(read, Paper, _WORDS), read=read)


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a paper file, for editors that complete it."""
    return Paper.model_json_schema()


_WORDS = {"union_tag_not_found": 'the key \'kind\' is needed, e.g. "count" or "survival"'}
