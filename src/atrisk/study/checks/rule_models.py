"""The models of a rules file: rules over forms, duplicates, expected forms, roles of fields."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.queries import Severity
from atrisk.study.parts import Identifier, Part, Text, distinct_ids

__all__ = [
    "DICTIONARY_RULES",
    "RULES_SCHEMA",
    "DictionaryRule",
    "DuplicatePart",
    "ExpectedPart",
    "RolesPart",
    "RulePart",
    "RulesFile",
]

RULES_SCHEMA: Final = "atrisk-rules/1"

DictionaryRule = Literal[
    "file_rejected",
    "row_rejected",
    "record_id",
    "record_without_first_form",
    "identical_records",
    "form_without_rows",
    "type",
    "choice",
    "range",
    "required",
    "branching",
    "calculated",
    "form_missing",
]

#: What is asked of every study, and how grave it is unless a rules file says otherwise.
DICTIONARY_RULES: Final[dict[str, tuple[Severity, str]]] = {
    "file_rejected": ("error", "File not read"),
    "row_rejected": ("error", "Row not taken in"),
    "record_id": ("warning", "Record ids that differ only in spelling"),
    "record_without_first_form": ("error", "Record without its first form"),
    "identical_records": ("warning", "Records with the same dates and numbers throughout"),
    "form_without_rows": ("warning", "Form of which a centre has no row"),
    "type": ("error", "Entry not readable"),
    "choice": ("error", "Entry that is no choice"),
    "range": ("warning", "Outside the limits of the dictionary"),
    "required": ("error", "Required entry is blank"),
    "branching": ("warning", "Entry in a field that does not apply"),
    "calculated": ("warning", "Calculated field differs"),
    "form_missing": ("error", "Expected form not filled"),
}


def _is_expression(text: str) -> str:
    parse_expression(text)
    return text


WrittenExpression = Annotated[str, AfterValidator(_is_expression)]
Share = Annotated[float, Field(strict=True, ge=0, lt=1)]


class RulePart(Part):
    """One rule over the rows of a form."""

    id: Identifier
    severity: Severity = Field(description="error, warning or info.")
    form: Text = Field(description="The form over whose rows the rule runs.")
    label: Text = Field(description="A few words for tables.")
    fails_if: WrittenExpression = Field(description="A REDCap expression, true where to ask.")
    message: Text = Field(description="What is wrong and what the centre should do.")
    instead_of: tuple[Literal["range", "required", "branching", "calculated"], ...] = Field(
        default=(),
        description="Checks of the dictionary that this rule replaces on the fields it reads, in"
        " rows where it fails, so that a centre is asked once.",
    )
    error_above: Share | None = Field(
        default=None,
        description="If more than this share of the rows tested fails, the rule is an error.",
    )


class DuplicatePart(Part):
    """What must not occur twice: between patients, or within one where a form is named."""

    id: Identifier
    severity: Severity
    label: Text
    message: Text
    form: Text | None = Field(default=None, description="Rows of this form within a patient.")
    equal: tuple[Text, ...] = Field(min_length=1, description="Fields that all agree.")
    dates: tuple[Text, ...] = Field(
        default=(), description="Dates of which at least `at_least` agree; the first of a patient."
    )
    at_least: Annotated[int, Field(strict=True, ge=1)] = 1


class ExpectedPart(Part):
    """A form that every patient should have, or those for whom `when` holds on the first form."""

    form: Text
    when: WrittenExpression | None = None


class RolesPart(Part):
    """Which fields say when a patient entered and was last seen."""

    centre: Text | None = Field(
        default=None,
        description="The field that names the centre, where all records came from one source.",
    )
    enrolled: Text | None = Field(default=None, description="The date of entry.")
    last_contact: Text | None = Field(default=None, description="The date of last contact.")
    closed: WrittenExpression | None = Field(
        default=None, description="On the form of the last contact: no further contact is expected."
    )
    overdue_days: Annotated[int, Field(strict=True, ge=1)] = 365


class RulesFile(Part):
    """A rules file, version 1."""

    format: Literal["atrisk-rules/1"] = Field(alias="schema")
    roles: RolesPart | None = None
    severities: dict[DictionaryRule, Literal["error", "warning", "info", "off"]] = Field(
        default_factory=dict, description="Other severities for the checks of the dictionary."
    )
    off: tuple[Identifier, ...] = Field(
        default=(), description="Rules of an earlier file that this study does not use."
    )
    expected: tuple[ExpectedPart, ...] = ()
    duplicates: Annotated[tuple[DuplicatePart, ...], AfterValidator(distinct_ids)] = ()
    rules: Annotated[tuple[RulePart, ...], AfterValidator(distinct_ids)] = ()
