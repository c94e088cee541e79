"""What a centre sends: a folder of files, a workbook, an export or a database, sheet by sheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from atrisk.errors import InputError, listed, nearest
from atrisk.study.forms.cells import Notation, missing_places
from atrisk.study.forms.cells_dates import DateNotation
from atrisk.study.forms.intake_header import form_named
from atrisk.study.forms.intake_sheet import FileFault, Sheet
from atrisk.study.forms.mapping import CentreMapping, folded
from atrisk.study.forms.read_csv import read_csv
from atrisk.study.forms.read_database import database_name, read_database, read_parquet
from atrisk.study.forms.read_workbook import WORKBOOKS, read_workbook
from atrisk.study.forms.tables import BLANK, KEEPER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.forms.dictionary import Dictionary

__all__ = [
    "LAYOUTS",
    "PARTIAL_DATES",
    "CentreSource",
    "Found",
    "Layout",
    "check_encoding",
    "found_in",
    "notation_of",
]

Layout = Literal["forms", "flat", "eav", "workbook", "parquet", "database"]
LAYOUTS: Final[tuple[Layout, ...]] = get_args(Layout)
#: The day that is assumed for a date of which only the month or the year is known.
PARTIAL_DATES: Final = ("first", "middle", "last")
_ENCODINGS: Final = ("utf-8", "utf-16", "cp1252", "cp1250", "latin-1", "iso-8859-15", "mac-roman")
_SLASHES: Final = ", with / between its folders"
_PARQUET: Final = frozenset({".parquet", ".pq"})
_TEXT: Final = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True, slots=True)
class CentreSource:
    """Where the forms of one centre are, and how they are written.

    Attributes
    ----------
    id, label
        of the centre.
    path
        a folder, a file or a database URL, relative to the study file.
    layout
        ``forms``: a folder with a CSV (or Parquet, or workbook) a form; ``parquet``: a folder with
        a Parquet file a form; ``flat`` and ``eav``: one REDCap export; ``workbook``: a sheet a
        form; ``database``: a table a form.
    mapping
        of the centre's names and codes, or None.
    encoding, separator, decimal, date_order
        of texts; None is what the mapping says, else utf-8, ``,``, ``.`` and ``ymd``.
    """

    id: str
    label: str
    path: str | Path
    layout: Layout = "forms"
    mapping: CentreMapping | None = None
    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    date_order: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One file, sheet or table of a source.

    Attributes
    ----------
    name
        how messages call it.
    form
        the form that it is of; "" where it has all.
    content
        what it holds, or why it cannot be taken.
    place
        what its lines are: ``line`` of a text, ``row`` of all else.
    """

    name: str
    form: str
    content: Sheet | FileFault
    place: str = "line"


def decimal_of(source: CentreSource) -> str:
    """Give the mark before decimals."""
    return _setting(source, "decimal", ".")


def _setting(source: CentreSource, name: str, default: str) -> str:
    own = getattr(source, name)
    said = own if own is not None else getattr(source.mapping, name, None)
    return default if said is None else str(said)


def notation_of(
    source: CentreSource, dictionary: Dictionary, partial: str, sheet: Sheet
) -> Notation:
    """Say how the entries of a sheet are written."""
    mapping = source.mapping or CentreMapping()
    codes, labels = missing_places(dictionary)
    return Notation(
        decimal=decimal_of(source),
        dates=DateNotation(
            order=_setting(source, "date_order", "ymd"),
            partial=partial,
            serial=sheet.serial or mapping.serial_dates,
        ),
        missing={
            text: BLANK if not code else codes[folded(code)]
            for text, code in mapping.missing.items()
        },
        missing_codes=codes,
        missing_labels=labels,
        codes=mapping.codes,
        units=mapping.units,
        midnight=sheet.typed,
    )


def check_encoding(source: CentreSource) -> None:
    """Check that there is the encoding which the study file or the mapping names.

    Raises
    ------
    InputError
        there is none of this name.
    """
    name = _setting(source, "encoding", "utf-8")
    try:
        "".encode(name)
    except (LookupError, ValueError):
        raise InputError(
            f"centre {source.id!r}: there is no encoding {name!r}; write utf-8, cp1252 or latin-1."
            f"{nearest(name, _ENCODINGS)}"
        ) from None


def found_in(source: CentreSource, dictionary: Dictionary, root: Path) -> Iterator[Found]:
    """Read what a centre sends, one file, sheet or table after the other.

    Raises
    ------
    InputError
        the path is not there, or the layout is none.
    """
    if source.layout not in LAYOUTS:
        raise InputError(
            f"centre {source.id!r}: there is no layout {source.layout!r}. Layouts are:"
            f" {', '.join(LAYOUTS)}.{nearest(source.layout, LAYOUTS)}"
        )
    mapping = source.mapping or CentreMapping()
    if source.layout == "database":
        yield from _database(source, mapping, dictionary, root)
        return
    path = root / Path(source.path)
    if not path.exists():
        raise InputError(
            f"centre {source.id!r}: there is no {path}. Give the path relative to the study file"
            f"{_SLASHES if chr(92) in str(source.path) else ''}."
        )
    name = _relative(path, root)
    if source.layout in {"flat", "eav"}:
        if path.is_dir():
            raise InputError(
                f"centre {source.id!r}: {name} is a folder, and the layout {source.layout} is one"
                ' file. Name the file, or set layout = "forms".'
            )
        yield from _file(source, mapping, path, name, whole=True)
    elif source.layout == "workbook" or path.is_file():
        yield from _of_forms(_file(source, mapping, path, name), mapping, dictionary)
    else:
        yield from _folder(source, mapping, dictionary, path, root)


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def _folder(
    source: CentreSource, mapping: CentreMapping, dictionary: Dictionary, folder: Path, root: Path
) -> Iterator[Found]:
    """Read the files of a folder, in the order of the forms."""
    endings = _PARQUET if source.layout == "parquet" else _PARQUET | _TEXT | WORKBOOKS
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in endings and not path.name.startswith((".", "~$"))
    )
    if not files:
        others = sorted(path.name for path in folder.iterdir())
        raise InputError(
            f"centre {source.id!r}: {_relative(folder, root)} has no file of the layout"
            f" {source.layout}; it holds {listed(others) if others else 'nothing'}."
        )
    yield from _unread(folder, set(files), dictionary, mapping, root)
    places = {form: place for place, form in enumerate(dictionary.forms)}
    forms = {path: form_named(path.stem, dictionary, mapping) for path in files}
    for path in sorted(files, key=lambda path: (places.get(forms[path] or "", -1), path.name)):
        name = _relative(path, root)
        if folded(path.stem) in mapping.ignored_forms:
            continue
        if path.suffix.lower() in WORKBOOKS:
            yield from _of_forms(_file(source, mapping, path, name), mapping, dictionary)
        else:
            yield from _of_forms(
                _file(source, mapping, path, name, form=forms[path]), mapping, dictionary
            )


def _unread(
    folder: Path, files: set[Path], dictionary: Dictionary, mapping: CentreMapping, root: Path
) -> Iterator[Found]:
    """Name what has the name of a form but an ending that is not read."""
    for path in sorted(folder.iterdir()):
        stem = path.name.partition(".")[0]
        form = form_named(stem, dictionary, mapping) if stem else None
        if path in files or form is None or folded(stem) in mapping.ignored_forms:
            continue
        what = "a folder" if path.is_dir() else f"a file that ends in {path.suffix or 'nothing'}"
        reason = f"it has the name of a form and is {what}, which is not read; save it as CSV UTF-8"
        yield Found(_relative(path, root), form, FileFault(reason))


def _of_forms(
    contents: Iterator[Found], mapping: CentreMapping, dictionary: Dictionary
) -> Iterator[Found]:
    """Say of which form each is; what is of none cannot be taken."""
    for found in contents:
        if isinstance(found.content, FileFault) and not found.form:  # a file of several forms
            yield found
            continue
        if folded(found.form) in mapping.ignored_forms:
            continue
        form = form_named(found.form, dictionary, mapping)
        if form is None:
            known = (*dictionary.forms, *mapping.forms)
            reason = (
                f"there is no form {found.form!r}.{nearest(found.form.casefold(), known)}{KEEPER}"
                "name the form under [forms] of the mapping, or list it under [ignore] forms"
            )
            content = found.content
            rows = content.rows if isinstance(content, FileFault) else content.rows_in
            yield replace(found, form="", content=FileFault(reason, rows=rows))
        else:
            yield replace(found, form=form)


def _file(
    source: CentreSource,
    mapping: CentreMapping,
    path: Path,
    name: str,
    *,
    form: str | None = None,
    whole: bool = False,
) -> Iterator[Found]:
    """Read one file: a sheet, or those of a workbook."""
    if path.suffix.lower() in WORKBOOKS:
        yield from _workbook(source, mapping, path, name, whole=whole)
        return
    stem = "" if whole else path.stem
    place = "row" if path.suffix.lower() in _PARQUET else "line"
    try:
        yield Found(name, stem, _read_file(source, mapping, path, name, form or "*"), place)
    except FileFault as fault:
        yield Found(name, stem, fault, place)


def _workbook(
    source: CentreSource, mapping: CentreMapping, path: Path, name: str, *, whole: bool
) -> Iterator[Found]:
    """Read the sheets of a workbook."""

    def header_row(title: str) -> int | None:
        return mapping.header_row(mapping.forms.get(folded(title), folded(title)))

    try:
        sheets = read_workbook(path, name=name, decimal=decimal_of(source), header_row=header_row)
        for title, content in sheets:
            yield Found(f"{name} [{title}]", "" if whole else title, content, "row")
    except FileFault as fault:
        yield Found(name, "", fault, "row")


def _read_file(
    source: CentreSource, mapping: CentreMapping, path: Path, name: str, form: str
) -> Sheet:
    if path.suffix.lower() in _PARQUET:
        return read_parquet(path, name=name, decimal=decimal_of(source))
    tab = path.suffix.lower() == ".tsv"
    return read_csv(
        path,
        name=name,
        encoding=_setting(source, "encoding", "utf-8"),
        separator=_setting(source, "separator", "\t" if tab else ","),
        header_row=mapping.header_row(form),
    )


def _database(
    source: CentreSource, mapping: CentreMapping, dictionary: Dictionary, root: Path
) -> Iterator[Found]:
    url = str(source.path)
    name = database_name(url)
    try:
        tables = read_database(
            url,
            root=root,
            decimal=decimal_of(source),
            wanted=lambda table: folded(table) not in mapping.ignored_forms,
        )
        contents = (Found(f"{name} [{table}]", table, content, "row") for table, content in tables)
        yield from _of_forms(contents, mapping, dictionary)
    except FileFault as fault:
        yield Found(name, "", fault, "row")
