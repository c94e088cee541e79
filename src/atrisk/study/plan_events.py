"""Checks of the analyses that show patients, doses and calendar time, before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atrisk.errors import listed
from atrisk.study.event_analyses import (
    AccrualAnalysis,
    DoseEventAnalysis,
    ScheduleAnalysis,
    SwimmerAnalysis,
    SwimmerMark,
    TrajectoriesAnalysis,
)

if TYPE_CHECKING:
    from atrisk.study.event_analyses import EventsAnalysis
    from atrisk.study.names import Names
    from atrisk.toml.locate import TomlPath

__all__ = ["events_parts", "filled"]

#: What a swimmer plot marks where the study has the clinical columns: column -> label.
_MARKS: Final = {
    "hct_date": "Transplantation",
    "hct2_date": "Second transplantation",
    "sos_date": "SOS/VOD",
    "relapse_date": "Relapse",
}
_FOLLOW_UP: Final = "follow_up"


def _clinical(names: Names) -> bool:
    forms = names.study.forms
    return forms is not None and forms.clinical is not None


def filled(names: Names, asked: EventsAnalysis) -> EventsAnalysis:
    """Put what the study says in the place of keys that are absent."""
    forms = names.study.forms
    cut_off = None if forms is None else forms.cut_off
    more: dict[str, Any] = {}
    if isinstance(asked, SwimmerAnalysis | AccrualAnalysis) and asked.cut_off is None:
        more["cut_off"] = cut_off
    if isinstance(asked, SwimmerAnalysis) and _clinical(names):
        more |= _clinical_defaults(asked)
    if isinstance(asked, SwimmerAnalysis):
        more["marks"] = asked.marks if asked.marks is not None else more.get("marks", ())
        more["cycles"] = _clinical(names) if asked.cycles is None else asked.cycles
    return asked.model_copy(update=more)


def _clinical_defaults(asked: SwimmerAnalysis) -> dict[str, Any]:
    known = {
        "start": ("ino_start",),
        "bars": ("death_date", "last_contact"),
        "dead": "dead == 1",
        "marks": tuple(SwimmerMark(column=name, label=said) for name, said in _MARKS.items()),
    }
    return {name: value for name, value in known.items() if getattr(asked, name) is None}


def events_parts(names: Names, asked: EventsAnalysis, path: TomlPath) -> dict[str, Any]:
    """Resolve what an analysis names: the columns that it reads besides those of its groups."""
    columns: list[str] = []
    if asked.where is not None:
        columns += names.condition(asked.where, (*path, "where")).names
    variables: list[str] = []
    match asked:
        case SwimmerAnalysis():
            columns += _swimmer(names, asked, path)
        case TrajectoriesAnalysis():
            _forms_only(names, asked, path)
            columns += [names.column(asked.origin, (*path, "origin"))]
            columns += ["ino_start", "hct_date"] if _clinical(names) else []
            variables += [asked.response] if asked.response is not None else []
        case DoseEventAnalysis():
            columns += names.condition(asked.event, (*path, "event")).names
            variables.append(asked.dose)
        case AccrualAnalysis():
            columns.append(names.column(asked.on, (*path, "on")))
        case ScheduleAnalysis() if asked.given:
            _forms_only(names, asked, path)
    return {
        "columns": tuple(dict.fromkeys(columns)),
        "variables": tuple(_variables(names, asked, variables, path)),
    }


def _variables(names: Names, asked: EventsAnalysis, named: list[str], path: TomlPath) -> list[Any]:
    if isinstance(asked, TrajectoriesAnalysis):
        found = [names.grouping(name, (*path, "response")) for name in named]
    else:
        found = [names.named_variable(name, (*path, "dose")) for name in named]
        for variable in found:
            if variable is not None and variable.asked.kind != "continuous":
                names.note(
                    (*path, "dose"),
                    f"the variable {variable.id!r} is categorical. Name a continuous one, or"
                    ' describe the event by it in an analysis of kind "describe".',
                )
    return [variable for variable in found if variable is not None]


def _swimmer(names: Names, asked: SwimmerAnalysis, path: TomlPath) -> list[str]:
    if not asked.bars:
        names.note(
            path,
            "the ends of the bars are not named: the study has no clinical columns to take them"
            " from. Name in 'bars' the column of the time to death or last contact, or with"
            " 'start' the columns of their dates.",
        )
    if asked.cycles:
        _forms_only(names, asked, (*path, "cycles"))
    if asked.start is None and asked.cut_off is not None:
        names.note(
            (*path, "cut_off"),
            "a cut-off is a date, and the ends of the bars are times since the origin: name in"
            " 'start' the column of the first day, or remove 'cut_off'.",
        )
    columns = [names.column(name, (*path, "bars")) for name in asked.bars or ()]
    columns += [names.column(name, (*path, "start")) for name in asked.start or ()]
    if asked.dead is not None:
        columns += names.condition(asked.dead, (*path, "dead")).names
    if asked.order != _FOLLOW_UP:
        columns.append(names.column(asked.order, (*path, "order")))
    for place, mark in enumerate(asked.marks or ()):
        columns.append(names.column(mark.column, (*path, "marks", place, "column")))
        if mark.happened is not None:
            at = (*path, "marks", place, "happened")
            columns += names.condition(mark.happened, at).names
    return columns


def _forms_only(names: Names, asked: EventsAnalysis, path: TomlPath) -> None:
    """Note a study without the forms of the packaged dictionary."""
    if names.study.forms is None:
        names.note(
            path,
            f"an analysis of kind {asked.kind!r} reads this from the forms of a study, and this"  # type: ignore[attr-defined]
            " study is on one table: it has no [forms].",
        )
        return
    from atrisk.study.clinical.derive import DICTIONARY, lacking_fields
    from atrisk.study.forms_source import FormsSource

    records = names.source.records if isinstance(names.source, FormsSource) else None
    lacking = [] if records is None else lacking_fields(records)
    if records is not None and lacking:
        names.note(
            path,
            f"this analysis reads fields of the dictionary {DICTIONARY!r}, and"
            f" {records.dictionary.name!r} lacks {listed(lacking)}. Use {DICTIONARY!r}, add the"
            " fields, or remove the analysis.",
        )
