"""Sentences of the methods of proportions, subgroups, published numbers and clinical rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.compare_methods import compare_prose
from atrisk.report.document import interval_name, lower_first
from atrisk.report.language import word
from atrisk.report.methods_said import Partly
from atrisk.report.methods_words import TIES
from atrisk.report.tables_clinical import known_as
from atrisk.report.values import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atrisk.report.values import Node, Phrase, Values

__all__ = [
    "CLINICAL_KINDS",
    "OWN_PROSE",
    "PERCENTAGES",
    "PROPORTIONS",
    "clinical_prose",
    "percentages",
]

#: Of whom percentages are: of those with a known value, of all, or of either.
PERCENTAGES = {
    (True, False): (
        "Categorical variables are described by count and percent of the patients with a known"
        " value."
    ),
    (False, True): "Categorical variables are described by count and percent of all patients.",
    (True, True): (
        "Categorical variables are described by count and percent of the patients with a known"
        " value, or of all patients where a table counts missing values in the percentages."
    ),
}
#: Of whom proportions are, and their intervals.
PROPORTIONS = {
    (True, False): "Proportions are of the patients assessed",
    (False, True): "Proportions are of all patients",
    (True, True): "Proportions are of the patients assessed, or of all where the table says so",
}
INTERVAL_PROSE = {
    "clopper-pearson": (
        "Proportions are given with exact confidence intervals ({interval}) of Clopper and Pearson"
    ),
    "wilson": "Proportions are given with confidence intervals ({interval}) of Wilson",
}


def percentages(analyses: Sequence[Node]) -> list[Phrase]:
    """Say of whom the percentages of all descriptions together are."""
    shares = {
        variable.get("missing") == "percent"
        for analysis in analyses
        if analysis["kind"] == "describe"
        for variable in analysis["variables"]
        if variable["type"] == "categorical"
    }
    return [say(PERCENTAGES[False in shares, True in shares])] if shares else []


def _proportions(analysis: Node, _: Values) -> Iterator[Phrase]:
    assessed = [bool(row["assessed_only"]) for row in analysis["rows"]]
    yield say(PROPORTIONS[any(assessed), not all(assessed)])
    yield say(INTERVAL_PROSE[analysis["conf_type"]], interval=interval_name(analysis))
    if analysis["tested"]:
        yield say(
            "Proportions of groups were compared with Fisher\N{RIGHT SINGLE QUOTATION MARK}s exact"
            " test"
        )


def _subgroups(analysis: Node, _: Values) -> Iterator[Phrase]:
    exposure = analysis["exposure"]["label"]
    if analysis.get("outcome") is None:
        yield say(
            "In each subgroup, the hazard ratio of {exposure} was estimated by a Cox model of this"
            " variable alone",
            exposure=lower_first(exposure),
        )
        names = [lower_first(stratum["label"]) for stratum in analysis.get("strata") or ()]
        if names:
            yield say("Models of subgroups were stratified by {strata}", strata=form.listing(names))
        ties = str(analysis["ties"])
        yield say("Tied event times were handled by {method}", method=word(TIES.get(ties, ties)))
    else:
        yield say(
            "In each subgroup, the odds ratio of {exposure} was estimated by logistic regression on"
            " this variable alone",
            exposure=lower_first(exposure),
        )
    yield say(
        "Effects in subgroups were compared with the likelihood ratio test of the product of both"
        " variables, in a model that also has both"
    )
    yield say("Patients without a value of a subgroup variable are in none of its subgroups")


def _published(_: Node, __: Values) -> Iterator[Phrase]:
    yield say(
        "Numbers were compared with published ones, and agree if they round to them at the decimals"
        " printed there"
    )


OWN_PROSE: dict[str, Callable[[Node, Values], Iterator[Phrase | Partly]]] = {
    "compare": compare_prose,
    "proportions": _proportions,
    "subgroups": _subgroups,
    "published": _published,
}


def clinical_prose(analysis: Node, values: Values) -> Iterator[Phrase | Partly]:
    """Name the rule sets and their sources."""
    del values
    yield from _CLINICAL[analysis["kind"]](analysis)


def _response(analysis: Node) -> Iterator[Phrase | Partly]:
    for judge in (analysis["first"], analysis["second"]):
        if judge["source"]:
            said = say(
                "Response was called by the rules of {rules} ({source})",
                rules=judge["title"],
                source=judge["source"].rstrip("."),
            )
        else:
            said = say("Response was taken as {judge} called it", judge=known_as(judge))
        yield Partly(said, lambda _: False)


def _sos(analysis: Node) -> Iterator[Phrase | Partly]:
    criteria: dict[str, list[str]] = {}
    for node in analysis["criteria"]:
        criteria.setdefault(node["source"].rstrip("."), []).append(node["label"])
    said = form.listing(f"{form.listing(names)} ({source})" for source, names in criteria.items())
    yield say(
        "SOS/VOD was diagnosed by the centre and judged by published criteria: {criteria}",
        criteria=said,
    )


def _doses(analysis: Node) -> Iterator[Phrase | Partly]:
    yield say("Doses were compared with the label ({source})", source=analysis["source"])


_CLINICAL = {"response_rules": _response, "sos_criteria": _sos, "dose_deviations": _doses}
CLINICAL_KINDS = tuple(_CLINICAL)
