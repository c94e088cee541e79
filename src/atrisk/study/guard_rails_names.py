"""Guard rails that names tell: groups that may be known only later, or are the outcome itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from atrisk.study.guard_rails_found import MESSAGES, Found, all_of
from atrisk.study.plan import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atrisk.study.guard_rails_found import Part
    from atrisk.study.plan import AnalysisPlan, Plan, VariablePlan
    from atrisk.study.table import Table

__all__ = ["is_outcome", "known_later"]

# words of English, German and Italian for what happens after the start of a treatment
_LATER = {
    "response": r"respon|remission|\bcri?\b|\bcrh\b|\bcrp\b|\bmrd\b|ansprech|rispost|remiss",
    "relapse": r"relaps|recurren|rezidiv|r[üu]ckfall|recidiv|ricadut",
    "gvhd": r"gvhd|graft.versus.host",
    "sos": r"\bsos\b|\bvod\b|veno.?occlu|sinusoidal",
    "transplant": r"transplant|\bh?s?ct\b|\bhct\b|trapiant",
    "engraftment": r"engraft|attecchiment|\banwachsen|platelet recovery|neutrophil recovery",
    "maintenance": r"maintenance|erhaltung|mantenimento",
}
# what says that it was known at the start, or is no outcome of the patient
_KNOWN = re.compile(
    r"\b(?:before|prior|previous|earlier|past|history|baseline|pre|first.line|donor|candidate)\b"
    r"|\b(?:at|on) (?:the )?(?:transplant|h?s?ct|start|diagnosis|inclusion|enrol|entry|baseline"
    r"|first dose|randomi[sz]ation|screening)"
    r"|\bto transplant"
    r"|\bvor\b|\bvorher|\bfr[üu]her|\bbei (?:der )?(?:transplantation|diagnose|einschluss|beginn)"
    r"|\bzu beginn|\bspender"
    r"|\bprima\b|\bprecedent|\bpregress|\bal (?:trapianto|momento)|\balla diagnosi"
    r"|\ball.(?:inizio|ingresso)|\bdonator",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"status at last|last status|vital status|survival status|cause of death"
    r"|\balive\b|\bdead\b|\bdied\b|\bdeath\b"
    r"|letzter (?:status|kontakt)|vitalstatus|todesursache|verstorben|\btod\b"
    r"|ultimo (?:stato|contatto)|stato in vita|causa di morte|decedut|\bdecesso|\bmorte\b",
    re.IGNORECASE,
)


def _words(*names: str) -> str:
    return " | ".join(names).replace("_", " ").replace(".", " ")


def is_outcome(variable: VariablePlan) -> bool:
    """Tell whether a variable is, by its name, how the patients ended."""
    if variable.asked.known_from is not None:
        return False
    words = _words(variable.id, variable.column, variable.asked.label)
    return bool(_OUTCOME.search(words)) and not _KNOWN.search(words)


def known_later(
    analysis: AnalysisPlan,
    variables: Sequence[VariablePlan],
    plan: Plan,
    table: Table,
    node: dict[str, Any],
) -> Iterator[Found]:
    """Ask about variables whose names say that they are known only after time zero."""
    if analysis.landmarks:
        return
    starts = _starts(analysis, plan)
    later = [
        variable.asked.label
        for variable in variables
        if _later(variable, table) - _families(starts)
        and not any(text.startswith(variable.asked.label) for text in node["warnings"])
    ]
    if later:
        labels: list[Part] = list(dict.fromkeys(later))
        text = MESSAGES["known_later" if len(labels) == 1 else "several_known_later"]
        yield Found("known_later", analysis.id, text, {"variables": all_of(labels)})


def _starts(analysis: AnalysisPlan, plan: Plan) -> str:
    """Give the words of time zero; of an outcome without time, of all that the study has."""
    if analysis.endpoint is not None:
        origin = getattr(analysis.endpoint.asked, "origin", ()) or ()
        columns = (origin,) if isinstance(origin, str) else tuple(origin)
        return _words(origin_of(plan.data, analysis.endpoint), *columns)
    return _words(*(origin_of(plan.data, endpoint) for endpoint in (None, *plan.endpoints)))


def _later(variable: VariablePlan, table: Table) -> set[str]:
    if variable.asked.known_from is not None:
        return set()
    words = _words(variable.id, variable.column, variable.asked.label)
    if _KNOWN.search(words):
        return set()
    return _families(_words(words, *_forms(variable, table)))


def _forms(variable: VariablePlan, table: Table) -> Iterator[str]:
    """Name the forms that a column is derived from."""
    known = {} if table.provenance is None else table.provenance.columns
    if variable.column in known:
        yield from (origin.form for origin in known[variable.column].origin)


def _families(words: str) -> set[str]:
    return {name for name, said in _LATER.items() if re.search(said, words, re.IGNORECASE)}
