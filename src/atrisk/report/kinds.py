"""What the report makes of each kind of analysis: tables, sentences, figures, first words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from atrisk.errors import InputError
from atrisk.report import format as form
from atrisk.report.compare import compare_glance, compare_paragraphs, compare_tables
from atrisk.report.compare_figure import compare_drawings
from atrisk.report.drawing import Drawing
from atrisk.report.drawings import drawings
from atrisk.report.drawings_events import event_drawings
from atrisk.report.published import published_glance, published_paragraphs, published_tables
from atrisk.report.sentences import incidence_paragraphs, survival_paragraphs
from atrisk.report.sentences_blocks import block_glance, block_paragraphs
from atrisk.report.sentences_clinical import CLINICAL_PARAGRAPHS, clinical_glance
from atrisk.report.sentences_events import events_glance, events_paragraphs
from atrisk.report.sentences_glance import glance
from atrisk.report.sentences_models import model_glance, model_paragraphs
from atrisk.report.sentences_proportions import proportions_glance, proportions_paragraphs
from atrisk.report.subgroups import (
    subgroup_drawings,
    subgroup_glance,
    subgroup_paragraphs,
    subgroup_tables,
)
from atrisk.report.tables import Table
from atrisk.report.tables_blocks import BLOCK_TABLES
from atrisk.report.tables_checks import check_tables
from atrisk.report.tables_clinical import CLINICAL_TABLES
from atrisk.report.tables_describe import describe_table
from atrisk.report.tables_events import events_tables
from atrisk.report.tables_listing import listing_paragraphs, listing_tables
from atrisk.report.tables_models import model_tables
from atrisk.report.tables_proportions import proportions_tables
from atrisk.report.tables_times import incidence_tables, survival_tables
from atrisk.report.values import Node, Phrase, Values

__all__ = ["KINDS", "Kind", "kind_of"]

Tables = Callable[[Node, Values, str], Sequence[Table]]
Paragraphs = Callable[[Node, Values, str], Sequence[Phrase]]
Drawings = Callable[[Node, Node, Values, Sequence[Phrase]], Iterable[Drawing]]


def _no_tables(_: Node, __: Values, ___: str) -> Sequence[Table]:
    return ()


def _no_words(_: Node, __: Values, ___: str) -> Sequence[Phrase]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of analysis is reported.

    Parameters
    ----------
    tables, paragraphs, glance
        called with the analysis, the values and the unit of the report.
    drawings
        called with the analysis, the node of the study, the values and the paragraphs.
    """

    tables: Tables = _no_tables
    paragraphs: Paragraphs = _no_words
    drawings: Drawings = drawings
    glance: Paragraphs = _no_words


def _describe_tables(analysis: Node, values: Values, _: str) -> Sequence[Table]:
    return [describe_table(analysis, values)]


def _incidence_tables(analysis: Node, values: Values, _: str) -> Sequence[Table]:
    return incidence_tables(analysis, values)


def _incidence_paragraphs(analysis: Node, values: Values, _: str) -> Sequence[Phrase]:
    return incidence_paragraphs(analysis, values)


def _block_tables(analysis: Node, values: Values, _: str) -> Sequence[Table]:
    return BLOCK_TABLES[analysis["kind"]](analysis, values)


def _block_paragraphs(analysis: Node, values: Values, _: str) -> Sequence[Phrase]:
    return block_paragraphs(analysis, values)


def _block_glance(analysis: Node, values: Values, _: str) -> Sequence[Phrase]:
    return block_glance(analysis, values)


def _model_tables(analysis: Node, values: Values, _: str) -> Sequence[Table]:
    return [*model_tables(analysis, values), *check_tables(analysis, values)]


def _model_paragraphs(analysis: Node, values: Values, _: str) -> Sequence[Phrase]:
    return model_paragraphs(analysis, values)


def _model_glance(analysis: Node, values: Values, _: str) -> Sequence[Phrase]:
    return model_glance(analysis, values)


def _clinical_tables(analysis: Node, values: Values, _: str) -> Sequence[Table]:
    return CLINICAL_TABLES[analysis["kind"]](analysis, values)


def _clinical_paragraphs(analysis: Node, values: Values, _: str) -> Sequence[Phrase]:
    return CLINICAL_PARAGRAPHS[analysis["kind"]](analysis, values)


def _clinical_glance(analysis: Node, values: Values, _: str) -> Sequence[Phrase]:
    return clinical_glance(analysis, values)


_MODEL = Kind(_model_tables, _model_paragraphs, glance=_model_glance)
_BLOCKS = Kind(_block_tables, _block_paragraphs, glance=_block_glance)
_CLINICAL = Kind(_clinical_tables, _clinical_paragraphs, glance=_clinical_glance)
_EVENTS = Kind(events_tables, events_paragraphs, event_drawings, events_glance)

#: How each kind of analysis is reported.
KINDS: dict[str, Kind] = {
    "describe": Kind(_describe_tables),
    "survival": Kind(survival_tables, survival_paragraphs, glance=glance),
    "cumulative_incidence": Kind(_incidence_tables, _incidence_paragraphs, glance=glance),
    "cox": _MODEL,
    "logistic": _MODEL,
    "fine_gray": _MODEL,
    "time_dependent": _BLOCKS,
    "landmark": _BLOCKS,
    "weighted": _BLOCKS,
    "subgroups": Kind(subgroup_tables, subgroup_paragraphs, subgroup_drawings, subgroup_glance),
    "response_rules": _CLINICAL,
    "sos_criteria": _CLINICAL,
    "dose_deviations": _CLINICAL,
    "swimmer": _EVENTS,
    "trajectories": _EVENTS,
    "dose_event": _EVENTS,
    "schedule": _EVENTS,
    "accrual": _EVENTS,
    "listing": Kind(listing_tables, listing_paragraphs),
    "proportions": Kind(proportions_tables, proportions_paragraphs, glance=proportions_glance),
    "compare": Kind(compare_tables, compare_paragraphs, compare_drawings, compare_glance),
    "withheld": Kind(),
    "published": Kind(published_tables, published_paragraphs, glance=published_glance),
}


def kind_of(analysis: Node) -> Kind:
    """Find how an analysis is reported.

    Raises
    ------
    InputError
        If this version reports no analysis of its kind.
    """
    if analysis["kind"] not in KINDS:
        raise InputError(
            f"Analysis {analysis['id']!r} is of kind {analysis['kind']!r}; "
            f"this version renders {form.listing(KINDS)}."
        )
    return KINDS[analysis["kind"]]
