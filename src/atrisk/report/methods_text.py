"""The methods in prose, ready for a manuscript: what was done, each method said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.language import in_sentence
from atrisk.report.methods import software_line
from atrisk.report.methods_endpoints import endpoints
from atrisk.report.methods_events import dose_prose
from atrisk.report.methods_own import CLINICAL_KINDS, OWN_PROSE, clinical_prose, percentages
from atrisk.report.methods_prose import (
    MODEL_PROSE,
    block_prose,
    curve_prose,
    describe_prose,
    fit_prose,
    interval_prose,
    model_prose,
)
from atrisk.report.methods_said import Partly
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
    parts[0][1:1] = percentages(analyses)
    origin = str((document.get("study") or {}).get("origin") or "")
    whole = [_followed(analyses, origin), *_once(parts), _missing(document, analyses)]
    whole.append([*_p_values(analyses, values), _software(document)])
    return [paragraph(sentences) for sentences in whole if sentences]


def _once(paragraphs: Sequence[list[Phrase]]) -> Iterator[list[Phrase]]:
    """Leave out what an earlier paragraph has said."""
    said: set[str] = set()
    for sentences in paragraphs:
        new = {sentence.plain: sentence for sentence in sentences if sentence.plain not in said}
        said |= set(new)
        yield list(new.values())


def _merged(
    analyses: Sequence[Node], prose: Callable[..., Iterator[Phrase | Partly]], values: Values
) -> Iterator[Phrase]:
    """Yield each sentence once, in the order of its first analysis.

    A sentence names its analyses only where others that have the same parts say otherwise.
    """
    said: dict[str, Partly] = {}
    of: dict[str, dict[str, str]] = {}
    for analysis in analyses:
        for told in prose(analysis, values):
            part = told if isinstance(told, Partly) else Partly(told, _every)
            plain = part.sentence.plain
            said.setdefault(plain, part)
            of.setdefault(plain, {})[analysis["id"]] = str(analysis["title"])
    for plain, (sentence, applies) in said.items():
        if all(analysis["id"] in of[plain] for analysis in analyses if applies(analysis)):
            yield phrase(sentence, ".")
        else:
            yield say(
                "For {analyses}, {sentence}.",
                sentence=_within(sentence),
                analyses=_titles(list(dict.fromkeys(of[plain].values()))),
            )


def _every(_: Node) -> bool:
    return True


def _within(sentence: Phrase) -> Phrase:
    first, *rest = sentence.pieces
    return phrase(in_sentence(first), *rest) if isinstance(first, str) else sentence


def _titles(titles: Sequence[str]) -> Phrase:
    return joined([say("\u201c{title}\u201d", title=title) for title in titles])


def _kind(*names: str) -> Callable[[Node], bool]:
    return lambda analysis: analysis["kind"] in names


def _models(*names: str) -> Callable[[Node], bool]:
    return lambda analysis: bool(analysis.get("models")) and analysis["kind"] in names


def _curves(analysis: Node) -> bool:
    return bool(analysis.get("conf_type")) and bool(analysis.get("endpoint"))


#: Of each paragraph, which analyses are told of together, and what is said of them.
_PARAGRAPHS: tuple[
    tuple[tuple[Callable[[Node], bool], Callable[[Node, Values], Iterator[Phrase | Partly]]], ...],
    ...,
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
    *(((_kind(kind), prose),) for kind, prose in OWN_PROSE.items()),
)


def _followed(analyses: Sequence[Node], origin: str) -> list[Phrase]:
    """Say what was timed, from when, and until which day."""
    said = endpoints(list(analyses), origin)
    days = sorted({analysis["cut_off"] for analysis in analyses if analysis.get("cut_off")})
    if days:
        said.append(
            say(
                "The data cut-off was {dates}; what happened later was not used.",
                dates=form.listing(form.day(day) for day in days),
            )
        )
    return said


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
