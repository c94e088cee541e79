"""Sentences, first words and methods of the figures of patients, doses and calendar time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name, lower_first
from atrisk.report.language import word
from atrisk.report.values import Node, Number, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "EVENT_PARAGRAPHS",
    "MEASURES",
    "ORIGINS",
    "band_name",
    "dose_number",
    "events_glance",
    "events_paragraphs",
]

MEASURES = {
    "mrd": "MRD",
    "bm_blasts": "Blasts in bone marrow",
    "pb_blasts": "Blasts in blood",
}
ORIGINS = {"ino_start": "the first dose of INO", "hct_date": "transplantation"}


def _patients(values: Values, key: str) -> Phrase:
    """Write a count with its noun."""
    if values.raw(key) == 1:
        return say("{n} patient", n=values.count(key))
    return say("{n} patients", n=values.count(key))


def _joined(parts: Sequence[Phrase]) -> Phrase:
    pieces = [piece for part in parts for piece in (phrase(", "), part)][1:]
    return phrase(*pieces)


def _sentences(said: Sequence[Phrase]) -> Phrase:
    pieces = [piece for one in said for piece in (phrase(" "), one)][1:]
    return phrase(*pieces)


def swimmer_paragraphs(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Say who is drawn, how long the bars are, and what happened."""
    prefix = analysis["id"]
    said = [
        say(
            "Each of {patients} has a bar from {origin} to death or last contact, with a median"
            " length of {median} {unit} (range {low} to {high}).",
            patients=_patients(values, f"{prefix}.overall.n"),
            origin=analysis["origin"],
            median=values.time(f"{prefix}.length.median", unit),
            unit=word(unit),
            low=values.time(f"{prefix}.length.min", unit),
            high=values.time(f"{prefix}.length.max", unit),
        ),
        say(
            "At the end of the bar, {alive} were alive and {dead} had died.",
            alive=values.count(f"{prefix}.alive"),
            dead=values.count(f"{prefix}.dead"),
        ),
    ]
    marked = [
        phrase(
            say(
                "{label} in {n}",
                label=word(mark["label"]),
                n=values.count(_mark_key(analysis, mark)),
            )
        )
        for mark in analysis["marks"]
        if values.raw(_mark_key(analysis, mark))
    ]
    if marked:
        said.append(say("Patients with a mark: {marks}.", marks=_joined(marked)))
    return [_sentences(said)]


def _mark_key(analysis: Node, mark: Node) -> str:
    return f"{analysis['id']}.mark.{mark['id']}.patients"


def trajectory_paragraphs(analysis: Node, values: Values, _: str) -> list[Phrase]:
    """Say how many measurements are drawn, and what the best changes are."""
    said = []
    if analysis["lines"] is not None:
        said.append(_lines_said(analysis, values))
    if analysis["changes"] is not None:
        said.append(_changes_said(analysis, values))
    return said


def _lines_said(analysis: Node, values: Values) -> Phrase:
    key = f"{analysis['id']}.lines"
    said = [
        say(
            "{name}: {n} measurements of {patients} are drawn.",
            name=word(MEASURES[analysis["measure"]]),
            n=values.count(f"{key}.measurements"),
            patients=_patients(values, f"{key}.patients"),
        )
    ]
    if analysis["log"]:
        said.append(
            say(
                "Of these, {negative} were negative and {below} were positive below"
                " quantification; they stand at the limit of detection.",
                negative=values.count(f"{key}.negative"),
                below=values.count(f"{key}.below"),
            )
        )
    if values.raw(f"{key}.not_drawn"):
        said.append(say("{n} measurements could not be drawn.", n=values.count(f"{key}.not_drawn")))
    if values.raw(f"{key}.no_measurement"):
        said.append(
            say(
                "{patients} without a measurement that can be drawn: no line.",
                patients=_patients(values, f"{key}.no_measurement"),
            )
        )
    return _sentences(said)


def change_number(analysis: Node, values: Values, key: str) -> Number:
    """Write a change: percent with one decimal, powers of ten with two."""
    if analysis["changes"]["unit"] == "percent":
        return values.percent(key)
    return values.fixed(key, 2)


def _changes_said(analysis: Node, values: Values) -> Phrase:
    key = f"{analysis['id']}.change"
    said = [
        say(
            "The best change could be measured in {n} of {all} patients: it fell in {fell} and"
            " rose in {rose}.",
            n=values.count(f"{key}.n"),
            all=values.count(f"{analysis['id']}.overall.n"),
            fell=values.count(f"{key}.fell"),
            rose=values.count(f"{key}.rose"),
        )
    ]
    if values.raw(f"{key}.n"):
        median, low, high = (
            change_number(analysis, values, f"{key}.{part}") for part in ("median", "min", "max")
        )
        parts = {"median": median, "low": low, "high": high}
        if analysis["changes"]["unit"] == "percent":
            said.append(
                say(
                    "The median of the best changes was {median}% (range {low} to {high}).", **parts
                )
            )
        else:
            said.append(
                say(
                    "The median of the best changes was {median} powers of ten (range {low} to"
                    " {high}).",
                    **parts,
                )
            )
    if values.raw(f"{key}.not_measurable"):
        said.append(
            say(
                "{patients} are not drawn, whose change cannot be measured.",
                patients=_patients(values, f"{key}.not_measurable"),
            )
        )
    return _sentences(said)


def dose_places(analysis: Node) -> int:
    """Give the decimals that the doses have."""
    return form.places_needed([dose for dose, _ in analysis["points"]])


def dose_number(analysis: Node, values: Values, key: str) -> Number:
    """Write a dose with the decimals that the data have."""
    return values.fixed(key, dose_places(analysis))


def _dose_group(analysis: Node, values: Values, group: str) -> Phrase:
    key = f"{analysis['id']}.{group}"
    median, low, high = (
        dose_number(analysis, values, f"{key}.{part}") for part in ("median", "q1", "q3")
    )
    return say("{median} (IQR {low} to {high})", median=median, low=low, high=high)


def dose_paragraphs(analysis: Node, values: Values, _: str) -> list[Phrase]:
    """Compare the doses, and say how often the event followed in each band."""
    prefix, event = analysis["id"], analysis["event"]["label"]
    said = [
        say(
            "Median {dose} was {yes} {unit} in {n_yes} with {event} and {no} {unit} in {n_no}"
            " without ({p}).",
            dose=lower_first(analysis["dose"]["label"]),
            unit=analysis["dose"]["unit"],
            yes=_dose_group(analysis, values, "event"),
            no=_dose_group(analysis, values, "no_event"),
            n_yes=_patients(values, f"{prefix}.event.n"),
            n_no=_patients(values, f"{prefix}.no_event.n"),
            event=lower_first(event),
            p=values.p_phrase(f"{prefix}.p_value"),
        )
    ]
    bands = [_band(analysis, values, band) for band in analysis["bands"]]
    said.append(
        say(
            "Proportion with {event} by dose ({interval}): {bands}.",
            event=lower_first(event),
            interval=interval_name(analysis),
            bands=_joined(bands),
        )
    )
    return [_sentences(said)]


def band_name(band: Node) -> str:
    """Name a band of doses: ``<1.9``, ``1.9 to <3.4``, ``at least 3.4``."""
    low, high = (
        None if limit is None else form.general(limit) for limit in (band["from"], band["below"])
    )
    if low is None and high is None:
        return word("All doses")
    if low is None:
        return word("<{limit}", limit=str(high))
    if high is None:
        return word("\N{GREATER-THAN OR EQUAL TO}{limit}", limit=low)
    return word("{low} to <{high}", low=low, high=high)


def _band(analysis: Node, values: Values, band: Node) -> Phrase:
    key = f"{analysis['id']}.{band['id']}"
    estimate, lower, upper = (
        values.proportion(f"{key}.{part}") for part in ("estimate", "lower", "upper")
    )
    name = phrase(band_name(band), ": ")
    counts = (values.count(f"{key}.events"), values.count(f"{key}.n"))
    if estimate.missing is not None:
        return phrase(name, say("nobody"))
    return phrase(
        name,
        say(
            "{events} of {n} ({percent}%, {low} to {high})",
            events=counts[0],
            n=counts[1],
            percent=estimate,
            low=lower,
            high=upper,
        ),
    )


def schedule_paragraphs(analysis: Node, values: Values, _: str) -> list[Phrase]:
    """Say what each regimen adds up to."""
    said = [_lane(analysis, values, lane) for lane in analysis["lanes"] if not lane["given"]]
    given = next((lane for lane in analysis["lanes"] if lane["given"]), None)
    made = [_sentences(said)]
    if given is not None:
        made.append(_given(analysis, values, given))
    return made


def schedule_total(analysis: Node, values: Values, lane: Node) -> Phrase:
    """Write the cumulative dose of a regimen over the cycles drawn."""
    key = f"{analysis['id']}.{lane['id']}"
    low, high = (values.number(f"{key}.total_{end}", form.general) for end in ("low", "high"))
    if low.text == high.text:
        return phrase(low)
    return say("{low} to {high}", low=low, high=high)


def _lane(analysis: Node, values: Values, lane: Node) -> Phrase:
    key = f"{analysis['id']}.{lane['id']}.cycles"
    parts = {
        "label": lane["label"],
        "total": schedule_total(analysis, values, lane),
        "n": values.count(key),
    }
    if values.raw(key) == 1:
        return say("{label}: {total} mg/m² in {n} cycle.", **parts)
    return say("{label}: {total} mg/m² in {n} cycles.", **parts)


def _given(analysis: Node, values: Values, lane: Node) -> Phrase:
    said = []
    for cycle in lane["cycles"]:
        doses = [
            say(
                "{dose} mg/m² on day {day}",
                dose=values.number(
                    f"{analysis['id']}.given.{dose['id']}.dose.median", form.general
                ),
                day=values.number(f"{analysis['id']}.given.{dose['id']}.day.median", form.general),
            )
            for dose in cycle["doses"]
        ]
        patients = _patients(values, f"{analysis['id']}.given.cycle_{cycle['cycle']}.patients")
        said.append(
            say(
                "cycle {number} ({patients}): {doses}",
                number=str(cycle["cycle"]),
                patients=patients,
                doses=_joined(doses),
            )
        )
    pieces = [piece for part in said for piece in (phrase("; "), part)][1:]
    return say(
        "Medians of what was given before transplantation: {cycles}.", cycles=phrase(*pieces)
    )


def accrual_paragraphs(analysis: Node, values: Values, _: str) -> list[Phrase]:
    """Say how many patients there were, from when to when, and where."""
    prefix = analysis["id"]
    said = [
        say(
            "From {first} to {last}, {patients} were {done}: {pace} a month.",
            first=form.day(analysis["first"]),
            last=form.day(analysis["last"]),
            patients=_patients(values, f"{prefix}.overall.n"),
            done=analysis["date_label"],
            pace=values.fixed(f"{prefix}.per_month", 2),
        )
    ]
    if analysis["groups"]:
        parts = [
            phrase(f"{group['label']} ", values.count(f"{prefix}.{group['id']}.n"))
            for group in analysis["groups"]
        ]
        by = lower_first(analysis["by"]["label"])
        said.append(say("By {by}: {groups}.", by=by, groups=_joined(parts)))
    late = f"{prefix}.after_cut_off"
    if values.has(late) and values.raw(late):
        said.append(say("{patients} after the cut-off.", patients=_patients(values, late)))
    return [_sentences(said)]


#: The sentences of each kind.
EVENT_PARAGRAPHS: dict[str, Callable[[Node, Values, str], list[Phrase]]] = {
    "swimmer": swimmer_paragraphs,
    "trajectories": trajectory_paragraphs,
    "dose_event": dose_paragraphs,
    "schedule": schedule_paragraphs,
    "accrual": accrual_paragraphs,
}


def events_paragraphs(analysis: Node, values: Values, unit: str) -> list[Phrase]:
    """Write the sentences of an analysis that shows patients, doses or calendar time."""
    return EVENT_PARAGRAPHS[analysis["kind"]](analysis, values, unit)


def events_glance(analysis: Node, values: Values, _: str) -> list[Phrase]:
    """Say of a comparison of doses what belongs on the first page."""
    if analysis["kind"] != "dose_event":
        return []
    return [
        say(
            "Median {yes} {unit} with {event} and {no} {unit} without; {p}.",
            yes=dose_number(analysis, values, f"{analysis['id']}.event.median"),
            no=dose_number(analysis, values, f"{analysis['id']}.no_event.median"),
            unit=analysis["dose"]["unit"],
            event=lower_first(analysis["event"]["label"]),
            p=values.p_phrase(f"{analysis['id']}.p_value"),
        )
    ]
