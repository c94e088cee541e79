"""Subgroup analyses in the report: table, figure, sentences and methods."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from atrisk.report import format as form
from atrisk.report.document import level_words, lower_first
from atrisk.report.drawing import Drawing
from atrisk.report.drawings_models import squares
from atrisk.report.figures_forest import draw_forest
from atrisk.report.figures_subgroups import ARMS, subgroup_plan, subgroup_rows
from atrisk.report.language import word
from atrisk.report.methods_words import TIES
from atrisk.report.models import events_named, model_interval, ratio_head
from atrisk.report.tables import Row, Table, estimate_cell
from atrisk.report.values import Phrase, phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.report.values import Node, Values

__all__ = [
    "subgroup_drawings",
    "subgroup_glance",
    "subgroup_methods",
    "subgroup_paragraphs",
    "subgroup_tables",
]

_PARTS = ("ratio", "lower", "upper", "p_value")
_MOST_IN_WORDS = 6


def subgroup_tables(analysis: Node, values: Values, _: str = "") -> list[Table]:
    """Build the table: a row a subgroup, the P value of interaction with each variable."""
    exposure = analysis["exposure"]
    rows = [Row(word("All patients"), _cells(values, f"{analysis['id']}.overall"))]
    blank = Phrase()
    for variable, level, key in subgroup_rows(analysis):
        if level is None:
            p = phrase(values.p_value(f"{key}.p_value"))
            rows.append(Row(variable["label"], (*[blank] * 6, p)))
        else:
            rows.append(Row(level["label"], _cells(values, key), level=1))
    events = events_named(analysis)
    each = (word("Patients"), events)
    heads = (*each, *each, ratio_head(analysis), word("P"), word("P, interaction"))
    return [
        Table(
            id=f"{analysis['id']}_subgroups",
            title=word("{title}: effect in subgroups", title=analysis["title"]),
            stub=word("Subgroup"),
            columns=tuple(map(phrase, heads)),
            rows=tuple(rows),
            notes=(
                _compared(analysis),
                word(
                    "P, interaction: likelihood ratio test of whether the ratios differ between"
                    " the levels of a variable."
                ),
            ),
            spans=(*((_arm(exposure, arm), 2) for arm in ARMS), ("", 3)),
        )
    ]


def _arm(exposure: Node, arm: str) -> str:
    return f"{exposure['label']}: {level_words(exposure[arm]['label'])}"


def _cells(values: Values, key: str) -> tuple[Phrase, ...]:
    counts = (values.count(f"{key}.{arm}.{part}") for arm in ARMS for part in ("n", "events"))
    ratio = estimate_cell(*values.ratio_parts(key))
    return (*map(phrase, counts), ratio, phrase(values.p_value(f"{key}.p_value")), Phrase())


def _compared(analysis: Node) -> str:
    """Say what the ratios compare."""
    exposure = analysis["exposure"]
    return word(
        "Ratios compare {exposed} with {reference} ({exposure}).",
        exposed=exposure["exposed"]["label"],
        reference=exposure["reference"]["label"],
        exposure=lower_first(exposure["label"]),
    )


def subgroup_drawings(
    analysis: Node, _: Node, values: Values, __: Sequence[Phrase]
) -> Iterator[Drawing]:
    """Yield the forest plot, where there is any estimate."""
    plan = subgroup_plan(analysis, values)
    if not plan.marks:
        return
    parts = [squares(plan.measure, model_interval(analysis)), _compared(analysis)]
    if any(plan.clipped(mark) for mark in plan.marks):
        parts.append(word("An arrow marks an interval that goes beyond the axis."))
    caption = " ".join(parts)
    yield Drawing(
        id=plan.id,
        title=word("{title}: effect in subgroups", title=analysis["title"]),
        caption=caption,
        words=" ".join([caption, *_in_words(analysis, values)]),
        draw=partial(draw_forest, plan),
        data=list(_rows(analysis, values)),
        data_name=plan.id,
    )


def _in_words(analysis: Node, values: Values) -> Iterator[str]:
    """Write the numbers of the figure for those who cannot see it."""
    yield f"{word('All patients')}: {_estimate(values, analysis['id'] + '.overall')}."
    for variable, level, key in subgroup_rows(analysis):
        if level is None:
            p = values.p_phrase(f"{key}.p_value").plain
            yield word("{variable}: interaction {p}.", variable=variable["label"], p=p)
        else:
            yield f"{variable['label']}, {level['label']}: {_estimate(values, key)}."


def _estimate(values: Values, key: str) -> str:
    return estimate_cell(*values.ratio_parts(key)).plain


def _rows(analysis: Node, values: Values) -> Iterator[tuple[object, ...]]:
    yield ("variable", "subgroup", *_PARTS, "interaction_p_value")
    yield ("", "all", *_numbers(values, f"{analysis['id']}.overall"), "")
    for variable, level, key in subgroup_rows(analysis):
        if level is None:
            found = values.raw(f"{key}.p_value")
            yield (variable["label"], "", "", "", "", "", "" if found is None else found)
        else:
            yield (variable["label"], level["label"], *_numbers(values, key), "")


def _numbers(values: Values, key: str) -> Iterator[object]:
    for part in _PARTS:
        found = values.raw(f"{key}.{part}")
        yield "" if found is None else found


def subgroup_paragraphs(analysis: Node, values: Values, _: str = "") -> list[Phrase]:
    """Say the effect in all patients, and whether it differs between subgroups."""
    words = values.in_words()
    said = [_overall(analysis, words), *_interactions(analysis, words)]
    return [phrase(*[piece for sentence in said for piece in (sentence, " ")][:-1])]


def subgroup_glance(analysis: Node, values: Values, _: str = "") -> list[Phrase]:
    """Say the effect in all patients."""
    return [_overall(analysis, values.in_words())]


def _overall(analysis: Node, values: Values) -> Phrase:
    key, exposure = f"{analysis['id']}.overall", analysis["exposure"]
    parts = {
        "measure": lower_first(word(analysis["measure"]["name"])),
        "exposed": exposure["exposed"]["label"],
        "reference": exposure["reference"]["label"],
        "exposure": lower_first(exposure["label"]),
    }
    ratio, lower, upper = values.ratio_parts(key)
    if ratio.missing is not None:
        return say(
            "The {measure} of {exposed} against {reference} ({exposure}) was not estimated:"
            " {reason}.",
            reason=ratio.missing.rstrip("."),
            **parts,
        )
    return say(
        "In all {n} patients the {measure} of {exposed} against {reference} ({exposure}) was"
        " {ratio} ({interval} {lower}{dash}{upper}; {p}).",
        n=values.count(f"{key}.n"),
        ratio=ratio,
        interval=model_interval(analysis),
        lower=lower,
        upper=upper,
        dash=form.EN_DASH,
        p=values.p_phrase(f"{key}.p_value"),
        **parts,
    )


def _interactions(analysis: Node, values: Values) -> Iterator[Phrase]:
    found = [(v, f"{analysis['id']}.interaction.{v['id']}") for v in analysis["subgroups"]]
    known = [(v, key) for v, key in found if values.p_value(f"{key}.p_value").missing is None]
    if len(known) > _MOST_IN_WORDS:
        yield say("The interaction tests are in the table.")
        return
    if known:
        pieces = [
            phrase(lower_first(v["label"]), " ", values.p_phrase(f"{key}.p_value"))
            for v, key in known
        ]
        joined = phrase(*[x for piece in pieces for x in (piece, ", ")][:-1])
        yield say("Interaction tests, not adjusted for their number: {tests}.", tests=joined)
    for variable, key in found:
        p = values.p_value(f"{key}.p_value")
        if p.missing is not None:
            yield say(
                "Interaction with {variable} was not tested: {reason}.",
                variable=lower_first(variable["label"]),
                reason=p.missing.rstrip("."),
            )


def subgroup_methods(analysis: Node, _: Values) -> list[tuple[str, str]]:
    """Say how the subgroups were compared: pairs of what and how."""
    hazard = analysis.get("outcome") is None
    model = (
        word("Cox model of the exposure alone in each subgroup")
        if hazard
        else word("logistic regression on the exposure alone in each subgroup")
    )
    lines = [(word("Model"), model)]
    if hazard:
        ties = str(analysis["ties"])
        lines.append((word("Ties"), word(TIES.get(ties, ties))))
        names = [lower_first(stratum["label"]) for stratum in analysis.get("strata") or ()]
        if names:
            said = word(
                "{names}; each stratum has a baseline of its own", names=form.listing(names)
            )
            lines.append((word("Strata"), said))
    lines += [
        (
            word("Interaction"),
            word(
                "likelihood ratio test of the product of exposure and subgroup variable, in a"
                " model that also has both"
            ),
        ),
        (word("Multiplicity"), word("P values are not adjusted for the number of subgroups")),
        (
            word("Missing values"),
            word("patients without a value of a subgroup variable are in none of its subgroups"),
        ),
    ]
    return lines
