"""Sentences on proportions: ``44 of 53 assessed (83.0%; 95% CI 70.2-91.9)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import interval_name, labels, level_words, lower_first
from atrisk.report.language import word
from atrisk.report.values import Node, Phrase, Values, phrase, say

if TYPE_CHECKING:
    from atrisk.report.document import Label
    from atrisk.report.values import Number

__all__ = ["proportions_glance", "proportions_methods", "proportions_paragraphs"]

#: So many rows stand among the results at a glance.
_AT_A_GLANCE = 3


def proportions_paragraphs(analysis: Node, values: Values, _: str = "") -> list[Phrase]:
    """Write a paragraph a row: all patients, who was not assessed, then the groups."""
    return [_paragraph(analysis, row, values) for row in analysis["rows"] if not row["levels"]]


def _paragraph(analysis: Node, row: Node, values: Values) -> Phrase:
    said = say("{name}: {share}.", name=row["label"], share=_of_all(analysis, row, values))
    if not analysis["groups"] or not analysis["by"]:
        return said
    key = f"{analysis['id']}.{row['id']}"
    shares = _joined([_of_group(values, key, group) for group in labels(analysis["groups"])])
    if analysis["tested"] and values.raw(f"{key}.p_value") is not None:
        shares = phrase(shares, "; ", values.p_phrase(f"{key}.p_value"))
    by = lower_first(analysis["by"]["label"])
    return phrase(said, " ", say("By {by}: {shares}.", by=by, shares=shares))


def _joined(parts: list[Phrase]) -> Phrase:
    joined = [piece for part in parts for piece in (phrase(", "), part)][1:]
    return phrase(*joined)


def _of_all(analysis: Node, row: Node, values: Values) -> Phrase:
    """Write ``44 of 53 assessed (83.0%; 95% CI 70.2-91.9), 5 not assessed``."""
    key = f"{analysis['id']}.{row['id']}.{analysis['overall']['id']}"
    events, n = values.count(f"{key}.events"), values.count(f"{key}.n")
    percent, lower, upper = (
        values.proportion(f"{key}.{part}") for part in ("estimate", "lower", "upper")
    )
    absent = values.count(f"{key}.not_assessed")
    if percent.missing is not None:
        return say("no patient was assessed")
    parts: dict[str, str | Number | Phrase] = {
        "events": events,
        "n": n,
        "percent": percent,
        "interval": interval_name(analysis),
        "range": phrase(lower, form.range_dash(lower.text, upper.text), upper),
        "absent": absent,
    }
    if not row["assessed_only"]:
        if values.raw(absent.key) == 0:
            return say("{events} of {n} ({percent}%; {interval} {range})", **parts)
        return say(
            "{events} of {n} ({percent}%; {interval} {range}), of whom {absent} not assessed",
            **parts,
        )
    if values.raw(absent.key) == 0:
        return say("{events} of {n} assessed ({percent}%; {interval} {range})", **parts)
    return say(
        "{events} of {n} assessed ({percent}%; {interval} {range}), {absent} not assessed", **parts
    )


def _of_group(values: Values, key: str, group: Label) -> Phrase:
    prefix, name = f"{key}.{group.id}", level_words(group.label)
    events, n = values.count(f"{prefix}.events"), values.count(f"{prefix}.n")
    percent = values.proportion(f"{prefix}.estimate")
    if percent.missing is not None:
        return say("{group} nobody assessed", group=name)
    parts = {"events": events, "n": n, "percent": percent}
    return say("{group} {events} of {n} ({percent}%)", group=name, **parts)


def proportions_glance(analysis: Node, values: Values, _: str = "") -> list[Phrase]:
    """Give the first rows, all patients."""
    rows = [row for row in analysis["rows"] if not row["levels"]]
    return [
        say("{name}: {share}", name=row["label"], share=_of_all(analysis, row, values))
        for row in rows[:_AT_A_GLANCE]
    ]


#: How an interval is named among the methods, by its name in the study file.
INTERVAL_METHODS = {
    "clopper-pearson": "exact, Clopper and Pearson",
    "wilson": "Wilson",
}
#: What the denominators are: where some rows are of those assessed, and some of all.
DENOMINATORS = {
    (True, False): "patients assessed",
    (False, True): "all patients",
    (True, True): "patients assessed, or all patients where the table says so",
}


def proportions_methods(analysis: Node, _: Values) -> list[tuple[str, str]]:
    """Name the denominators, the interval and the test."""
    rows = analysis["rows"]
    of_all = any(not row["assessed_only"] for row in rows)
    assessed = any(row["assessed_only"] for row in rows)
    lines = [
        (word("Denominators"), word(DENOMINATORS[assessed, of_all])),
        (interval_name(analysis), word(INTERVAL_METHODS[analysis["conf_type"]])),
    ]
    if analysis["tested"]:
        test = word("Fisher\N{RIGHT SINGLE QUOTATION MARK}s exact test")
        lines.append((word("Comparison of groups"), test))
    return lines
