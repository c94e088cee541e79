"""The methods in prose, ready for a manuscript: what was done, each method said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.methods import OWN_METHODS, software_line
from atrisk.report.methods_events import dose_prose
from atrisk.report.methods_prose import (
    CLINICAL_KINDS,
    MODEL_PROSE,
    block_prose,
    clinical_prose,
    curve_prose,
    describe_prose,
    fit_prose,
    interval_prose,
    model_prose,
)
from atrisk.report.sentences import joined, paragraph
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["methods_paragraphs"]


def methods_paragraphs(document: Node) -> list[Phrase]:
    """Say exactly what was done, a paragraph each subject, merged over the analyses.

    A sentence that holds for some analyses of a paragraph only names them.

    Parameters
    ----------
    document
        the results document: the words follow from it alone.
    """
    values, analyses = Values(document["values"]), document["analyses"]
    parts = [
        [
            sentence
            for chosen, prose in subjects
            for sentence in _merged([a for a in analyses if chosen(a)], prose, values)
        ]
        for subjects in _PARAGRAPHS
    ]
    whole = [_followed(analyses), *parts, _missing(document, analyses)]
    whole.append([*_p_values(analyses, values), _software(document)])
    return [paragraph(sentences) for sentences in whole if sentences]


def _merged(
    analyses: Sequence[Node], prose: Callable[..., Iterator[Phrase]], values: Values
) -> Iterator[Phrase]:
    """Yield each sentence once, in the order of its first analysis, with those it holds for."""
    said: dict[str, Phrase] = {}
    of: dict[str, list[str]] = {}
    for analysis in analyses:
        for sentence in prose(analysis, values):
            said.setdefault(sentence.plain, sentence)
            titles = of.setdefault(sentence.plain, [])
            if analysis["title"] not in titles:
                titles.append(analysis["title"])
    everywhere = len({analysis["title"] for analysis in analyses})
    for plain, sentence in said.items():
        if len(of[plain]) == everywhere:
            yield phrase(sentence, ".")
        else:
            yield say(
                "{sentence} (of: {analyses}).",
                sentence=sentence,
                analyses=_titles(of[plain]),
            )


def _titles(titles: Sequence[str]) -> Phrase:
    return joined([phrase(title) for title in titles])


def _own_prose(analysis: Node, values: Values) -> Iterator[Phrase]:
    """Say the lines that a kind of analysis has of its own."""
    for name, how in OWN_METHODS[analysis["kind"]](analysis, values):
        yield phrase(f"{name}: {how.rstrip('.')}")


def _kind(*names: str) -> Callable[[Node], bool]:
    return lambda analysis: analysis["kind"] in names


def _models(*names: str) -> Callable[[Node], bool]:
    return lambda analysis: bool(analysis.get("models")) and analysis["kind"] in names


def _curves(analysis: Node) -> bool:
    return bool(analysis.get("conf_type")) and bool(analysis.get("endpoint"))


#: Of each paragraph, which analyses are told of together, and what is said of them.
_PARAGRAPHS: tuple[
    tuple[tuple[Callable[[Node], bool], Callable[[Node, Values], Iterator[Phrase]]], ...], ...
] = (
    ((_kind("describe"), describe_prose),),
    (
        (_kind("survival"), curve_prose),
        (_kind("cumulative_incidence"), curve_prose),
        (_kind("time_dependent"), block_prose),
        (_kind("landmark"), block_prose),
        (_kind("weighted"), block_prose),
        (_curves, interval_prose),
    ),
    (
        *((_models(kind), model_prose) for kind in MODEL_PROSE),
        (_models(*MODEL_PROSE), fit_prose),
    ),
    ((_kind("dose_event"), dose_prose),),
    *(((_kind(kind), clinical_prose),) for kind in CLINICAL_KINDS),
    *(((_kind(kind), _own_prose),) for kind in OWN_METHODS),
)


def _followed(analyses: Sequence[Node]) -> list[Phrase]:
    """Say what was timed, from when, and until which day."""
    endpoints = {
        analysis["endpoint"]["id"]: analysis["endpoint"]
        for analysis in analyses
        if analysis.get("endpoint")
    }
    said = [_endpoint(endpoint) for endpoint in endpoints.values()]
    days = sorted({analysis["cut_off"] for analysis in analyses if analysis.get("cut_off")})
    if days:
        said.append(
            say(
                "The data cut-off was {dates}: what happened later was not used.",
                dates=form.listing(form.day(day) for day in days),
            )
        )
    return said


def _endpoint(endpoint: Node) -> Phrase:
    definition = str(endpoint.get("definition") or "").rstrip(".")
    if definition:
        return say(
            "{endpoint} was defined as follows: {definition}.",
            endpoint=endpoint["label"],
            definition=definition,
        )
    if endpoint.get("origin"):
        return say(
            "{endpoint} was measured from {origin}.",
            endpoint=endpoint["label"],
            origin=endpoint["origin"],
        )
    return say("{endpoint} was an endpoint.", endpoint=endpoint["label"])


#: The day assumed of a date of which only month or year is known.
PARTIAL_DATES = {
    "middle": (
        "Of dates known to the month or the year only, the middle was taken, or the middle of the"
        " days that other dates of the endpoint leave."
    ),
    "first": (
        "Of dates known to the month or the year only, the first day was taken that other dates of"
        " the endpoint leave."
    ),
    "last": (
        "Of dates known to the month or the year only, the last day was taken that other dates of"
        " the endpoint leave."
    ),
}


def _missing(document: Node, analyses: Sequence[Node]) -> list[Phrase]:
    said = [say("Missing values were not imputed.")]
    if any(analysis.get("models") for analysis in analyses):
        said.append(
            say("A model used the patients whose values were known for all of its variables.")
        )
    partial = (document.get("data") or {}).get("partial_dates")
    if partial in PARTIAL_DATES:
        said.append(say(PARTIAL_DATES[partial]))
    return said


def _p_values(analyses: Sequence[Node], values: Values) -> list[Phrase]:
    if not any(
        key.endswith("p_value") and entry["value"] is not None
        for key, entry in values.entries.items()
    ):
        return []
    keys = (
        f"{analysis['id']}.pairwise.{pair['id']}.p_adjusted"
        for analysis in analyses
        for pair in (analysis.get("pairwise") or [])[:1]
    )
    methods = [values.entry(key).get("method") for key in keys if values.has(key)]
    adjusted = dict.fromkeys(str(method) for method in methods if method != "no adjustment")
    if not adjusted:
        return [say("P values are two-sided and not adjusted for the number of tests.")]
    return [
        say(
            "P values are two-sided; those of groups compared in pairs are adjusted by {method},"
            " the others are not adjusted for the number of tests.",
            method=form.listing(adjusted),
        )
    ]


def _software(document: Node) -> Phrase:
    return say(
        "The analyses were done with {software}.", software=software_line(document["software"])
    )
