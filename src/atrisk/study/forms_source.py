"""A study on forms: from the study file to the records, and to one table of patients."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.errors import InputError
from atrisk.study.derived.after_origin import after_origin_columns
from atrisk.study.derived.column import Derived, Origin
from atrisk.study.derived.levels import column_levels
from atrisk.study.derived.own import own_columns
from atrisk.study.derived.provenance import Provenance
from atrisk.study.known_columns import clinical_hint
from atrisk.study.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.intake import CentreSource
    from atrisk.study.forms.tables import Column, FormTable, Records, Rejected
    from atrisk.study.forms_models import Forms, FormsCentre
    from atrisk.study.request import Request

__all__ = ["CENTRE", "FormsSource", "dictionary_of", "patient_columns", "records_of"]

#: The column of the centre, where the dictionary has no field of that name.
CENTRE = "centre"
#: A message names at most so many files.
_MOST_FILES = 3


def records_of(request: Request) -> Records:
    """Read the forms of a study; those of one source by the centre that they name, if they do.

    Raises
    ------
    InputError
        the study has no [forms], or its dictionary or a mapping cannot be read.
    """
    from atrisk.study.forms.intake import read_records

    forms = _forms(request)
    records = read_records(
        _sources(request, forms),
        dictionary_of(request),
        partial_dates=forms.partial_dates,
        root=request.path.parent,
    )
    return records if forms.centres else _by_centre(records)


def _by_centre(records: Records) -> Records:
    """Part the records by their field ``centre``, where the dictionary has one."""
    from atrisk.study.checks.centres import by_field

    repeating, tables = records.dictionary.repeating, records.tables
    named = any(CENTRE in table.columns for form, table in tables.items() if form not in repeating)
    return by_field(records, CENTRE) if named else records


def dictionary_of(request: Request) -> Dictionary:
    """Read the dictionary of a study on forms: a packaged one, or a file."""
    from atrisk.study.forms.dictionary import MissingCode, read_dictionary
    from atrisk.study.forms.packaged import packaged_dictionary, packaged_names

    forms = _forms(request)
    path = request.path.parent / forms.dictionary
    if not path.is_file():
        own = sorted({"repeating", "missing_codes", "validations"} & forms.model_fields_set)
        if own and forms.dictionary in packaged_names():
            problem = f"{' and '.join(own)} go with a dictionary of one's own; remove them"
            raise request.error(("forms", own[0]), problem)
        if forms.dictionary.lower().endswith(".csv"):
            raise request.error(("forms", "dictionary"), f"there is no file {path}")
        try:
            return packaged_dictionary(forms.dictionary)
        except InputError as error:
            raise request.error(("forms", "dictionary"), str(error)) from None
    codes = tuple(MissingCode(code, label) for code, label in forms.missing_codes)
    return read_dictionary(
        path, repeating=forms.repeating, missing_codes=codes, validations=forms.validations
    )


def _forms(request: Request) -> Forms:
    forms = request.study.forms
    if forms is None:
        raise InputError(
            f"{request.path.name} describes a study on one table, not on forms: it has no [forms]."
            " Name the dictionary and the records of the forms there."
        )
    return forms


def _sources(request: Request, forms: Forms) -> list[CentreSource]:
    if not forms.centres:
        return [_source(request, forms, forms, "all", "All records")]
    return [_source(request, forms, part, part.id, part.label or part.id) for part in forms.centres]


def _source(
    request: Request, forms: Forms, part: Forms | FormsCentre, name: str, label: str
) -> CentreSource:
    """Describe the files of a centre; what it leaves open is that of all centres."""
    from atrisk.study.forms.intake import CentreSource

    def setting(key: str) -> Any:  # noqa: ANN401 - of the study file
        return getattr(part, key) if key in part.model_fields_set else getattr(forms, key)

    written = setting("mapping")
    return CentreSource(
        id=name,
        label=label,
        path=str(part.records),
        layout=setting("layout"),
        mapping=None if written is None else _mapping(request, written),
        encoding=setting("encoding"),
        separator=setting("separator"),
        decimal=setting("decimal"),
        date_order=setting("date_order"),
    )


def _mapping(request: Request, written: str) -> Any:  # noqa: ANN401 - a Mapping of the intake
    from atrisk.study.forms.mapping import read_mapping

    return read_mapping(request.path.parent / written)


def patient_columns(request: Request, records: Records) -> dict[str, Derived]:
    """Make every column of the patients: fields, clinical columns, the study's own.

    A column that is made later takes the place of one of the same name: clinical columns that of
    fields, the study's own that of both.
    """
    columns = _fields(records)
    columns |= {column.name: column for column in _clinical(request, records)}
    columns |= own_columns(request, records, columns)
    return columns | after_origin_columns(request, records, columns)


def _fields(records: Records) -> dict[str, Derived]:
    """Take the fields of the forms that a patient has once."""
    found: dict[str, Derived] = {}
    repeating = records.dictionary.repeating
    count = len(records.ids)
    for form, table in records.tables.items():
        once = form not in repeating and (np.bincount(table.record, minlength=1) <= 1).all()
        if not once:
            continue
        row = np.full(count, -1, dtype=np.int32)
        row[table.record] = np.arange(table.rows)
        for name, column in table.columns.items():
            found[name] = _field(records, table, name, column, row)
    return found


def _field(
    records: Records, table: FormTable, name: str, column: Column, row: NDArray[np.int32]
) -> Derived:
    from atrisk.study.derived.column import taken_at

    stem = name.partition("___")[0]
    labels = {field.name: field.label for field in records.dictionary.of(table.form)}
    origin = Origin(table.form, name, row)
    rule = f"{name} of the form {table.form}"
    taken = taken_at(column, row)
    return Derived(name, labels.get(stem) or name, taken, (origin,), rule, codes="field")


def _clinical(request: Request, records: Records) -> tuple[Derived, ...]:
    """Derive the clinical columns of the packaged dictionary, where the study asks for them."""
    asked = _forms(request).clinical
    if asked is None:
        return ()
    from atrisk.study.clinical.derive import derive

    try:
        return tuple(derive(records, **asked.arguments()))
    except InputError as error:
        raise request.error(("forms", "clinical"), str(error)) from None


def _check_files(request: Request, records: Records) -> None:
    """Stop where a whole file is missing from the records: the patients would be too few."""
    failed = [item for item in records.rejected if item.level == "file"]
    if not failed:
        return
    shown = [_failure(item) for item in failed[:_MOST_FILES]]
    if len(failed) > _MOST_FILES:
        shown.append(f"and {len(failed) - _MOST_FILES} more")
    files = "1 file" if len(failed) == 1 else f"{len(failed)} files"
    problem = (
        f"nothing was taken of {files} of forms: {'; '.join(shown)}. Correct them, or list under"
        " [ignore] of the mapping what holds no form; 'atrisk check' lists all. To go on without"
        ' what they hold, set failed_files = "leave_out" under [forms]'
    )
    raise request.error(("forms",), problem)


def _failure(item: Rejected) -> str:
    """Name a file and why nothing of it was taken."""
    where = f", {item.place} {item.line}" if item.line else ""
    field = f", {item.field!r}" if item.field else ""
    return f"{item.file}{where}{field} ({item.reason.rstrip('.')})"


@dataclass(frozen=True, slots=True)
class FormsSource:
    """The patients of a study on forms.

    Attributes
    ----------
    records
        the forms.
    columns
        the columns of the patients.
    id
        the column of the record ids.
    partial_dates
        the day assumed where a date is not known to the day.
    request
        the study file as read.
    """

    records: Records
    columns: Mapping[str, Derived]
    id: str
    partial_dates: str
    request: Request

    @classmethod
    def read(cls, request: Request) -> FormsSource:
        """Read the forms and make the columns.

        Raises
        ------
        InputError
            nothing could be taken of a file, and the study does not say to leave it out.
        """
        records = records_of(request)
        if _forms(request).failed_files == "stop":
            _check_files(request, records)
        return cls.of(request, records)

    @classmethod
    def of(cls, request: Request, records: Records) -> FormsSource:
        """Make the columns of forms that are read already."""
        columns = patient_columns(request, records)
        partial = _forms(request).partial_dates
        return cls(records, columns, records.dictionary.record_id, partial, request)

    @property
    def name(self) -> str:
        """What messages call the table."""
        return "the forms"

    @property
    def file(self) -> str:
        """Say what was read, for reports."""
        centres, files = len(self.records.centres), len({one.name for one in self.records.files})
        of = "" if centres == 1 else f" of {centres} centres"
        return f"forms{of} ({files} {'file' if files == 1 else 'files'})"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the table."""
        own = (self.id, *(() if CENTRE in self.columns else (CENTRE,)))
        return (*own, *(name for name in self.columns if name != self.id))

    @property
    def labels(self) -> dict[str, str]:
        """What to print for each column."""
        return {name: column.label for name, column in self.columns.items()}

    @property
    def levels(self) -> dict[str, dict[str, str]]:
        """The labels of codes, of the columns whose codes the dictionary knows."""
        return column_levels(self.records.dictionary, self.columns)

    def hint(self, name: str) -> str:
        """Say how to get a clinical column that the study does not derive."""
        return clinical_hint(self.request, self.records, name)

    @property
    def digest(self) -> str:
        """The SHA-256 over the names and digests of all files, in their order."""
        whole = hashlib.sha256()
        for name, digest in dict.fromkeys((file.name, file.sha256) for file in self.records.files):
            whole.update(f"{name}\0{digest}\n".encode())
        return whole.hexdigest()

    def table(self, names: Iterable[str]) -> Table:
        """Give columns of the patients as one table.

        Raises
        ------
        InputError
            there is no record.
        """
        count = len(self.records.ids)
        if count == 0:
            raise InputError(
                f"the forms hold no record: {len(self.records.rejected)} files, rows or entries"
                " were rejected. 'atrisk check' lists them."
            )
        columns: dict[str, NDArray[Any]] = {}
        missing: dict[str, NDArray[np.bool_]] = {}
        for name in dict.fromkeys(names):
            columns[name], missing[name] = self._values(name)
        return Table(
            file=self.name,
            place="record",
            columns=columns,
            missing=missing,
            lines=np.arange(1, count + 1),
            records=self.records.ids,
            provenance=Provenance(self.records, self.columns, np.arange(count), self.partial_dates),
        )

    def _values(self, name: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        none = np.zeros(len(self.records.ids), dtype=bool)
        if name == self.id:
            return np.array(self.records.ids, dtype=object), none
        if name == CENTRE and name not in self.columns:
            ids = np.array([centre.id for centre in self.records.centres], dtype=object)
            return ids[self.records.centre], none
        column = self.columns[name].column
        values: NDArray[Any] = column.values
        if column.kind == "code":
            values = np.array([*column.levels, ""], dtype=object)[column.values]
        elif column.kind != "number":
            values = column.values.astype("datetime64[D]")
        return values, ~column.present
