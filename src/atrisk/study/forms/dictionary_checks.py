"""What is wrong with a data dictionary: every mistake, each with its row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from atrisk.errors import InputError, nearest
from atrisk.study.forms.expression import parse_expression
from atrisk.study.forms.fields import VALIDATIONS, field_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.fields import Field

__all__ = ["Flaw", "check_dictionary", "dictionary_flaws", "flaws_error"]

_SHOWN: Final = 12


class Flaw(NamedTuple):
    """A mistake: the row of the file (None if the field was made in the model), field, problem."""

    row: int | None
    field: str
    problem: str


def check_dictionary(dictionary: Dictionary) -> None:
    """Refuse a dictionary that has mistakes, for one that was made or changed in the model.

    Raises
    ------
    InputError
        all mistakes, each with its row.
    """
    flaws = list(dictionary_flaws(dictionary))
    if flaws:
        raise flaws_error(dictionary.name, flaws)


def flaws_error(name: str, flaws: Sequence[Flaw]) -> InputError:
    """Make the error that lists mistakes in the order of the file."""
    ordered = sorted(flaws, key=lambda flaw: (flaw.row is None, flaw.row or 0))
    lines = [f"{_place(flaw)}: {_ended(flaw.problem)}" for flaw in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        lines.append(f"and {len(ordered) - _SHOWN} more.")
    count = "1 mistake" if len(ordered) == 1 else f"{len(ordered)} mistakes"
    return InputError(f"the data dictionary {name!r} has {count}:\n  " + "\n  ".join(lines))


def _ended(problem: str) -> str:
    """End a sentence, unless it ends with a question or a caret."""
    return problem if problem.endswith(("?", "^", ".")) else f"{problem}."


def _place(flaw: Flaw) -> str:
    parts = [] if flaw.row is None else [f"row {flaw.row}"]
    return ", ".join([*parts, f"field {flaw.field!r}"] if flaw.field else parts) or "the project"


def dictionary_flaws(
    dictionary: Dictionary, validations: frozenset[str] = VALIDATIONS
) -> Iterator[Flaw]:
    """Find the mistakes of a dictionary."""
    if not dictionary.fields:
        yield Flaw(None, "", "there is no field")
        return
    for row, field in zip(dictionary.rows, dictionary.fields, strict=True):
        for problem in field_problems(field, validations):
            yield Flaw(row, field.name, problem)
    yield from _name_flaws(dictionary)
    yield from _form_flaws(dictionary)
    yield from _missing_flaws(dictionary)
    yield from _expression_flaws(dictionary)


def _name_flaws(dictionary: Dictionary) -> Iterator[Flaw]:
    """Find names that stand twice, as fields or as columns of an export."""
    first = dictionary.fields[0]
    if first.type != "text":
        yield Flaw(
            dictionary.rows[0],
            first.name,
            f"the first field is the record id: it is of type text, not {first.type}",
        )
    owners: dict[str, str] = {}
    for row, field in zip(dictionary.rows, dictionary.fields, strict=True):
        names = (field.name, *(name for name in field.columns if name != field.name))
        taken = [
            name for place, name in enumerate(names) if name in owners or name in names[:place]
        ]
        if field.name in taken:
            yield Flaw(row, field.name, f"the variable name {field.name!r} stands twice")
        elif taken:
            yield Flaw(
                row,
                field.name,
                f"its column {taken[0]!r} is also one of {owners.get(taken[0], field.name)!r}",
            )
        owners.update((name, field.name) for name in names if name not in owners)


def _form_flaws(dictionary: Dictionary) -> Iterator[Flaw]:
    """Find forms whose fields do not stand together, and repeating forms that do not exist."""
    last = ""
    left: set[str] = set()
    for row, field in zip(dictionary.rows, dictionary.fields, strict=True):
        if field.form != last:
            left.add(last)
            last = field.form
            if field.form in left:
                problem = f"the fields of the form {field.form!r} do not stand together"
                yield Flaw(row, field.name, problem)
    for form in sorted(dictionary.repeating - set(dictionary.forms)):
        guess = nearest(form, dictionary.forms)
        yield Flaw(None, "", f"there is no form {form!r} to repeat.{guess}")


def _missing_flaws(dictionary: Dictionary) -> Iterator[Flaw]:
    """Find missing codes that stand twice or are also a choice."""
    counts = Counter(missing.code.casefold() for missing in dictionary.missing_codes)
    for code, count in counts.items():
        if not code or count > 1:
            yield Flaw(None, "", f"the missing code {code!r} is blank or stands {count} times")
    for row, field in zip(dictionary.rows, dictionary.fields, strict=True):
        for code in field.codes:
            if code.casefold() in counts:
                yield Flaw(row, field.name, f"the choice code {code!r} is also a missing code")


def _expression_flaws(dictionary: Dictionary) -> Iterator[Flaw]:
    """Find branching logic and calculations that cannot be read, or name what does not exist."""
    known = {field.name: field for field in dictionary.fields}
    for row, field in zip(dictionary.rows, dictionary.fields, strict=True):
        logic = [("branching logic", field.branching)]
        if field.type == "calc":
            logic.append(("calculation", field.calculation))
        for what, text in logic:
            if text.strip():
                for problem in _problems(text, known, dictionary.forms):
                    yield Flaw(row, field.name, f"the {what} is wrong: {problem}")


def _problems(text: str, known: dict[str, Field], forms: tuple[str, ...]) -> Iterator[str]:
    try:
        references = parse_expression(text).references
    except InputError as error:
        yield str(error).replace("\n", "\n  ")
        return
    for reference in references:
        name, code = reference.field, reference.code
        if name in known:
            codes = known[name].codes if known[name].type == "checkbox" else ()
            if code is not None and code not in codes:
                yield f"[{name}({code})] is no option of a checkbox"
        elif name.removesuffix("_complete") not in forms:
            yield f"there is no field [{name}].{nearest(name, known)}"
