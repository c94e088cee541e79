"""What should be there and is not: the first form of a record, a form of a whole centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.checks.centres import UNPLACED
from atrisk.study.checks.findings import RuleResult
from atrisk.study.checks.once import once_a_record
from atrisk.study.checks.rule_models import DICTIONARY_RULES
from atrisk.study.checks.shown import asked_fields
from atrisk.study.forms.queries import Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from atrisk.study.checks.entries import Outcome
    from atrisk.study.checks.rule_models import ExpectedPart
    from atrisk.study.forms.queries import Severity
    from atrisk.study.forms.tables import Records, SourceFile

__all__ = ["check_first_form", "forms_without_rows"]

#: A form is asked for if so many of the patients of other centres have it: of one that few have,
#: such as a treatment that some centres do not give, it would be asked in vain.
_COMMON: Final = 0.5
#: And if a centre would have no row of it by chance less often than this.
_CHANCE: Final = 0.01
#: A share is one of so many patients at least.
_FEWEST: Final = 2
_RULE: Final = "form_without_rows"


def check_first_form(records: Records, severity: Severity) -> Iterator[Outcome]:
    """Ask about records with rows of later forms and none of the first, which is the record's own.

    Not where the row, or the file, was rejected: that is asked already.
    """
    first = _asked_first(records)
    if first is None:
        return iter(())
    has = np.zeros(len(records.ids), dtype=bool)
    has[records.tables[first].record] = True
    refused = {
        item.record for item in records.rejected if (item.level, item.form) == ("row", first)
    }
    excused = _refused_files(records, first)
    failed = np.array(
        [
            not there and name not in refused and not excused[centre]
            for name, there, centre in zip(
                records.ids, has.tolist(), records.centre.tolist(), strict=True
            )
        ],
        dtype=bool,
    )
    words = (
        f"The record has rows of other forms and none of {first!r}, the first form. Enter that form"
        " for it, or correct the record id of these rows."
    )
    tested = np.ones(len(records.ids), dtype=bool)
    return once_a_record(
        records, "record_without_first_form", severity, failed, tested, lambda _: words
    )


def _asked_first(records: Records) -> str | None:
    """Give the first form; None if it asks nothing but the record id."""
    first = records.dictionary.forms[0]
    return first if asked_fields(records, first) else None


def _refused_files(records: Records, form: str) -> list[bool]:
    """Tell for each centre whether a file was refused that is, or may be, of a form."""
    of = {
        item.centre for item in records.rejected if item.level == "file" and item.form in {form, ""}
    }
    return [centre.id in of for centre in records.centres]


@dataclass(frozen=True, slots=True)
class _Counts:
    """Patients by centre, and those with a row of a form: arrays of shape (C,)."""

    form: str
    patients: NDArray[np.int64]
    having: NDArray[np.int64]

    def asked(self, place: int, *, required: bool, empty: bool) -> str:
        """Say why a centre without rows is asked for the form, "" if it is not."""
        if required and not self.having.any():
            return "nobody has filled it, and it has required fields"
        with_form = self.having > 0
        have, of = int(self.having.sum()), int(self.patients[with_form].sum())
        share = have / of if of else 0.0
        chance = (1.0 - share) ** int(self.patients[place])
        if of >= _FEWEST and share >= _COMMON and chance < _CHANCE:
            return f"at other centres {have} of {of} patients have it"
        return "its file has a header and no row" if empty else ""


def forms_without_rows(
    records: Records, expected: Sequence[ExpectedPart], severity: Severity
) -> tuple[list[Query], RuleResult]:
    """Ask centres for forms of which they have no row.

    A centre is asked for a form that half and more of the patients of other centres have, unless
    it may have none by chance; that nobody has filled and that has required fields; or of which it
    sent an empty file, where the form does not repeat. It is not asked for a form of which a file
    was refused, for the first form, and for those that are expected of patients, for these are
    asked for patient by patient.
    """
    size = len(records.centres)
    patients = np.bincount(records.centre, minlength=size)
    asked_else = {_asked_first(records), *(part.form for part in expected)}
    tested, failed = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    queries: list[Query] = []
    for place in _without_patients(records, patients):
        tested[place] += 1
        failed[place] += 1
        queries.append(_no_patient(records, place, severity))
    for form in records.dictionary.forms:
        if form in asked_else:
            continue
        having = np.bincount(records.centre[np.unique(records.tables[form].record)], minlength=size)
        counts = _Counts(form, patients, having)
        for place in _looked_at(records, form, patients):
            tested[place] += 1
            query = None if having[place] else _query(records, counts, place, severity)
            if query is not None:
                failed[place] += 1
                queries.append(query)
    label = DICTIONARY_RULES[_RULE][1]
    return queries, RuleResult(_RULE, severity, label, "", "", tested, failed)


def _looked_at(records: Records, form: str, patients: NDArray[np.int64]) -> list[int]:
    refused = _refused_files(records, form)
    return [
        place
        for place, centre in enumerate(records.centres)
        if patients[place] and not refused[place] and centre != UNPLACED
    ]


def _without_patients(records: Records, patients: NDArray[np.int64]) -> list[int]:
    """Find centres of which nothing was taken, and no file was refused."""
    refused = {item.centre for item in records.rejected if item.level == "file"}
    return [
        place
        for place, centre in enumerate(records.centres)
        if not patients[place] and centre.id not in refused and centre != UNPLACED
    ]


def _query(records: Records, counts: _Counts, place: int, severity: Severity) -> Query | None:
    form = counts.form
    empty = _empty_file(records, form, place)
    repeating = form in records.dictionary.repeating
    required = any(field.required for field in records.dictionary.of(form))
    why = counts.asked(place, required=required, empty=empty is not None and not repeating)
    if not why:
        return None
    words = (
        f"No row of the form {form!r} was taken in from this centre: {why}. Send it; if there is"
        " nothing to report, say so in the answer."
    )
    return _line(records, place, form, severity, words, empty)


def _no_patient(records: Records, place: int, severity: Severity) -> Query:
    first = records.dictionary.forms[0]
    words = "No patient was taken in from this centre: its files have no row. Send them again."
    return _line(records, place, first, severity, words, _empty_file(records, first, place))


def _empty_file(records: Records, form: str, place: int) -> SourceFile | None:
    """Find the file of a form that a centre sent without any row."""
    centres = {records.centres[place].id, UNPLACED.id}
    found = (
        file
        for file in records.files
        if (file.form, file.rows) == (form, 0) and file.centre in centres and not file.refused
    )
    return next(found, None)


def _line(
    records: Records,
    place: int,
    form: str,
    severity: Severity,
    message: str,
    file: SourceFile | None,
) -> Query:
    return Query(
        centre=records.centres[place].id,
        record="",
        form=form,
        instance=1,
        field="",
        value="",
        rule=_RULE,
        severity=severity,
        message=message,
        file="" if file is None else file.name,
        place="line" if file is None else file.place,
        line=0,
    )
