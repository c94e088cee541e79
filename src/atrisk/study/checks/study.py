"""The checks of a study file: its forms, its rules, its cut-off."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atrisk.study.checks.centres import by_field
from atrisk.study.checks.document import checks_document
from atrisk.study.checks.endpoints import check_endpoints
from atrisk.study.checks.rules import rules_of
from atrisk.study.checks.run import in_order, run_checks
from atrisk.study.forms.packaged import packaged_dictionary, packaged_names
from atrisk.study.forms.queries import SEVERITIES
from atrisk.study.forms_source import records_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.study.checks.run import Checks
    from atrisk.study.forms.dictionary import Dictionary
    from atrisk.study.forms.tables import Records
    from atrisk.study.plan import Plan
    from atrisk.study.request import Request

__all__ = ["check_study", "query_counts"]


def check_study(request: Request) -> dict[str, Any]:
    """Read the forms of a study, check them, and make the checks document.

    Parameters
    ----------
    request
        the study file as read.

    Returns
    -------
    dict
        the checks document, schema "atrisk-checks/1".

    Raises
    ------
    InputError
        the study is not on forms, or its dictionary, a mapping or a rules file has mistakes.
    """
    records, checks, problem = _checked(request, records_of(request))
    about = request.study.study
    said = {"title": about.title, "synthetic": about.synthetic, "source": about.source}
    return {**checks_document(records, checks, said), "endpoints_problem": problem}


def query_counts(
    request: Request, records: Records, plan: Plan | None = None
) -> list[dict[str, Any]]:
    """Count the queries of each severity, by centre, as `check_study` finds them.

    Parameters
    ----------
    request
        the study file as read.
    records
        its forms.
    plan
        of the study, where it is made already.

    Returns
    -------
    list of dict
        one a centre: ``id``, ``label``, and the number of queries of each severity.
    """
    records, checks, _ = _checked(request, records, plan)
    counts = Counter((query.centre, query.severity) for query in checks.queries)
    return [
        {"id": centre.id, "label": centre.label}
        | {severity: counts[centre.id, severity] for severity in SEVERITIES}
        for centre in records.centres
    ]


def _checked(
    request: Request, records: Records, plan: Plan | None = None
) -> tuple[Records, Checks, str]:
    """Check the forms of a study; give them by the centre that they name, where they do.

    The text says why the endpoints could not be checked, "" where they could.
    """
    forms = request.study.forms
    cut_off = None if forms is None else forms.cut_off
    written = () if forms is None else forms.rules
    rules = rules_of(
        records.dictionary,
        [request.path.parent / name for name in written if name not in packaged_names()],
        packaged=_packaged(records.dictionary, written),
    )
    if rules.roles is not None and rules.roles.centre is not None:
        records = by_field(records, rules.roles.centre)
    checks = run_checks(records, rules, cut_off=cut_off)
    ends = check_endpoints(request, records, checks.queries, plan)
    checks = replace(
        checks,
        queries=in_order(records, [*checks.queries, *ends.queries]),
        results=(*checks.results, *ends.results),
    )
    return records, checks, ends.problem


def _packaged(dictionary: Dictionary, written: Sequence[str]) -> str | None:
    """Name the packaged rules: those of the packaged dictionary, or those that the study names."""
    names = packaged_names()
    for name in names:
        own = packaged_dictionary(name)
        if own.fields == dictionary.fields and own.repeating == dictionary.repeating:
            return name
    return next((name for name in written if name in names), None)
