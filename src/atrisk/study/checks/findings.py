"""What a check found: positions of rows, made into queries only where something is wrong."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atrisk.errors import InputError
from atrisk.study.forms.queries import Query, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from atrisk.study.forms.tables import FormTable, Records

__all__ = ["Finding", "RuleResult", "by_centre", "named", "queries_of"]


@contextmanager
def named(what: str) -> Iterator[None]:
    """Say whose expression it is that does not fit the records."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{what}: {error}") from None


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of a form that one check asks about.

    Attributes
    ----------
    rule
        the id of the check.
    severity
        how grave it is.
    form
        the form.
    rows
        shape (k,): the rows of the form that fail.
    fields
        the fields that were read.
    value
        gives what stands in the fields of a row, joined by ", ".
    message
        gives the message of a row.
    fields_of
        gives those of the fields for which a row fails; all of them if None.
    """

    rule: str
    severity: Severity
    form: str
    rows: NDArray[np.intp]
    fields: tuple[str, ...]
    value: Callable[[int], str]
    message: Callable[[int], str]
    fields_of: Callable[[int], tuple[str, ...]] | None = None

    def named(self, row: int) -> tuple[str, ...]:
        """Give the fields for which a row fails."""
        return self.fields if self.fields_of is None else self.fields_of(row)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How often a rule was tested and failed.

    Attributes
    ----------
    id, severity, label, form, message
        of the rule; ``severity`` is "error" where its share of failures asks for it. Checks of the
        dictionary have no ``form`` and no ``message``.
    tested, failed
        shape (C,): for each centre, rows for which the rule could be told, and those that fail.
    raised
        whether the share of failures made it an error.
    """

    id: str
    severity: Severity
    label: str
    form: str
    message: str
    tested: NDArray[np.int64]
    failed: NDArray[np.int64]
    raised: bool = False


def by_centre(
    records: Records, table: FormTable, rows: NDArray[np.bool_] | NDArray[np.intp]
) -> NDArray[np.int64]:
    """Count rows of a form for each centre: shape (C,)."""
    centres = records.centre[table.record[rows]]
    return np.bincount(centres, minlength=len(records.centres)).astype(np.int64)


def queries_of(records: Records, finding: Finding) -> Iterator[Query]:
    """Make the queries of a finding."""
    table = records.tables[finding.form]
    for row in finding.rows.tolist():
        record, file = int(table.record[row]), records.files[table.file[row]]
        yield Query(
            centre=records.centres[records.centre[record]].id,
            record=records.ids[record],
            form=finding.form,
            instance=int(table.instance[row]),
            field=", ".join(finding.named(row)),
            value=finding.value(row),
            rule=finding.rule,
            severity=finding.severity,
            message=finding.message(row),
            file=file.name,
            place=file.place,
            line=int(table.line[row]),
        )
