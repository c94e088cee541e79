"""Checks of the analyses that read the forms themselves, before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed
from atrisk.study.clinical_analyses import ResponseRulesAnalysis

if TYPE_CHECKING:
    from atrisk.study.clinical_analyses import FormsAnalysis
    from atrisk.study.names import Names
    from atrisk.toml.locate import TomlPath

__all__ = ["check_forms_analysis"]


def check_forms_analysis(names: Names, asked: FormsAnalysis, path: TomlPath) -> None:
    """Note a study without forms, another dictionary, and rules that do not go together."""
    if names.study.forms is None:
        names.note(
            (*path, "kind"),
            f"an analysis of kind {asked.kind!r} reads the forms of a study, and this study is on"  # type: ignore[attr-defined]
            " one table: it has no [forms]. Name the dictionary and the records there, or remove"
            " the analysis.",
        )
        return
    from atrisk.study.clinical.derive import DICTIONARY, lacking_fields
    from atrisk.study.forms_source import FormsSource

    records = names.source.records if isinstance(names.source, FormsSource) else None
    lacking = [] if records is None else lacking_fields(records)
    if records is not None and lacking:
        names.note(
            (*path, "kind"),
            f"this analysis reads fields of the dictionary {DICTIONARY!r}, and"
            f" {records.dictionary.name!r} lacks {listed(lacking)}. Use {DICTIONARY!r}, add the"
            " fields, or remove the analysis.",
        )
    if isinstance(asked, ResponseRulesAnalysis):
        _check_rules(names, asked, path)


def _check_rules(names: Names, asked: ResponseRulesAnalysis, path: TomlPath) -> None:
    """Note cut-offs of CRh that are none, and a set that has no rule of relapse."""
    from atrisk.leukaemia.response_rules import rule_set

    for key, crh, relapse in (("crh", asked.crh or None, None), ("relapse", None, asked.relapse)):
        try:
            rule_set(asked.second, crh=crh, relapse=relapse)
        except InputError as error:
            names.note((*path, key), str(error))
