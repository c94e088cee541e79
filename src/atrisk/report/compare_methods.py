"""How comparisons with the published record were done: lines of the methods, and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import lower_first
from atrisk.report.language import word
from atrisk.report.methods_said import Partly
from atrisk.report.values import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node, Phrase, Values

__all__ = ["compare_methods", "compare_prose"]


def compare_methods(analysis: Node, _: Values) -> list[tuple[str, str]]:
    """Name how it was done."""
    if analysis["form"] == "rate":
        return [
            (word("Published rates"), _file(analysis["rates"])),
            (word("Pooling"), word("random-intercept logistic model, maximum likelihood")),
            (
                word("Prediction"),
                word(
                    "predictive distribution of the rate of a further study, with the binomial"
                    " variation of this cohort"
                ),
            ),
        ]
    lines = [
        (word("Published patients"), _file(analysis["reference"])),
        (word("Estimator"), word("Kaplan-Meier")),
    ]
    if "one_sample" in [test["id"] for test in analysis["tests"]]:
        how = word("with the published curve's own error (Danzer et al. 2022)")
        lines.append((word("One-sample log-rank test"), how))
    if analysis["match"]:
        how = word("weights by the method of moments (Signorovitch et al. 2010), robust variance")
        lines.append((word("Matching"), how))
    return lines


def _file(read: Node) -> str:
    return f"{read['file']}, SHA-256 {read['sha256']}"


#: How each test is told.
_TESTS = {
    "one_sample": (
        "a one-sample log-rank test that counts the error of the published curve (Danzer et al."
        " 2022)"
    ),
    "logrank": "the log-rank test",
    "cox": "a Cox model",
}


def compare_prose(analysis: Node, _: Values) -> Iterator[Partly]:
    """Say how the cohorts were compared."""
    told = _rate_prose if analysis["form"] == "rate" else _curve_prose
    for sentence in told(analysis):
        yield Partly(sentence, lambda _: False)


def _curve_prose(analysis: Node) -> Iterator[Phrase]:
    reference = analysis["reference"]
    yield say(
        "This cohort was compared with {label} ({source}) by {tests}",
        label=reference["label"],
        source=reference["source"].rstrip("."),
        tests=form.listing([word(_TESTS[test["id"]]) for test in analysis["tests"]]),
    )
    if analysis["members"] > 1:
        yield say(
            "The patients of {label} were reconstructed from published numbers; ranges are over"
            " {count} reconstructions",
            label=reference["label"],
            count=str(analysis["members"]),
        )
    if analysis["match"] and analysis["match"]["rows"]:
        names = dict.fromkeys(lower_first(row["label"]) for row in analysis["match"]["rows"])
        yield say(
            "This cohort was weighted to the published averages of {variables} by the method of"
            " moments (Signorovitch et al. 2010), with robust variances",
            variables=form.listing(names),
        )


def _rate_prose(analysis: Node) -> Iterator[Phrase]:
    yield say(
        "Published rates ({source}) were pooled by a random-intercept logistic model; the number"
        " to expect in a cohort of this size was predicted from it",
        source=analysis["rates"]["source"].rstrip("."),
    )
