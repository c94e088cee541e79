"""The development timeline: dated events with the place that prints each date."""

# ruff: noqa: TC001 - pydantic reads the annotations when it makes the classes

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from atrisk.evidence.record.models import Place, Slug
from atrisk.evidence.record.vocabulary import term
from atrisk.toml import read_toml, validated
from atrisk.toml.parts import Part, Text

__all__ = ["EVENT_KINDS", "Event", "Timeline", "load_timeline", "timeline_document"]

EVENT_KINDS: Final = {
    "preclinical": "Preclinical",
    "report": "Report of patients",
    "patients": "Patients treated",
    "trial": "Result of a trial",
    "approval": "Approval",
    "guideline": "Recommendation",
    "company": "Company",
    "context": "Other drugs",
}

Date = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


class Event(Part):
    """An event, with its date as exact as printed: a year, a month or a day."""

    date: Date
    end: Date | None = None
    label: Text
    kind: term("kind", EVENT_KINDS)  # type: ignore[valid-type]
    study: Slug | None = None
    paper: Slug
    at: Place
    quote: Text


class Timeline(Part):
    """A file of events."""

    schema_: Literal["atrisk-timeline/1"] = Field("atrisk-timeline/1", alias="schema")
    title: Text
    note: Text | None = None
    events: tuple[Event, ...] = Field(min_length=1)


def load_timeline(file: Path | None = None) -> Timeline:
    """Read a file of events; the shipped one if None.

    Raises
    ------
    InputError
        every mistake with its line.
    """
    path = file or Path(str(files("atrisk.evidence.record"))) / "timeline.toml"
    read = read_toml(
        path,
        schema="atrisk-timeline/1",
        what="files of dated events",
        wanted="Give a file of [[events]].",
    )
    return validated(read, Timeline)


def timeline_document(timeline: Timeline) -> dict[str, Any]:
    """Give the events as a document, in the order of their dates.

    Returns
    -------
    dict
        ``title``, ``note``, and ``events``: each with ``year``, ``when`` (the date in words),
        ``label``, ``kind``, ``kind_label``, ``study``, ``paper``, ``at``, ``quote``.
    """
    events = sorted(timeline.events, key=lambda e: (e.date, e.end or "", e.label))
    return {
        "schema": "atrisk-timeline/1",
        "title": timeline.title,
        "note": timeline.note,
        "events": [_event(event) for event in events],
    }


def _event(event: Event) -> dict[str, Any]:
    when = _spelled(event.date)
    if event.end is not None:
        when = f"{when} to {_spelled(event.end)}"
    return {
        "year": int(event.date[:4]),
        "when": when,
        "label": event.label,
        "kind": event.kind,
        "kind_label": EVENT_KINDS[event.kind],
        "study": event.study,
        "paper": event.paper,
        "at": event.at,
        "quote": event.quote,
    }


_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 - as written


def _spelled(date: str) -> str:
    """Write a date as exactly as it is known.

    Examples
    --------
    >>> _spelled("2017"), _spelled("2017-08"), _spelled("2012-08-27")
    ('2017', 'Aug 2017', '27 Aug 2012')
    """
    year, *rest = date.split("-")
    parts = [str(int(rest[1]))] if len(rest) > 1 else []
    if rest:
        parts.append(_MONTHS[int(rest[0]) - 1])
    return " ".join([*parts, year])
