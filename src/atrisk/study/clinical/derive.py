"""The clinical columns of the packaged dictionary: one value a patient, each with its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from atrisk.errors import InputError, listed
from atrisk.leukaemia.mrd import RULES
from atrisk.leukaemia.response import RULE_SETS
from atrisk.leukaemia.sosvod_cohort import Gaps
from atrisk.study.clinical.baseline import baseline_columns, disease_columns, therapy_columns
from atrisk.study.clinical.infusions import timeline
from atrisk.study.clinical.inotuzumab import inotuzumab_columns
from atrisk.study.clinical.outcome import follow_up_columns, gvhd_columns, relapse_columns
from atrisk.study.clinical.response import CallsBy, mrd_columns, response_columns, response_rows
from atrisk.study.clinical.sos import SosRules, criteria_columns, sos_columns, sos_days
from atrisk.study.clinical.sos_baseline import baseline_columns as hct_baseline_columns
from atrisk.study.clinical.sos_baseline import baseline_creatinine
from atrisk.study.clinical.sos_severity import severity_columns
from atrisk.study.clinical.transplant import transplant_columns
from atrisk.study.forms.packaged import packaged_dictionary

if TYPE_CHECKING:
    from atrisk.study.derived.column import Derived
    from atrisk.study.forms.tables import Records

__all__ = ["DICTIONARY", "derive", "lacking_fields", "require_fields"]

#: The packaged dictionary whose fields the columns are read from.
DICTIONARY = "ino-hct"


def lacking_fields(records: Records) -> list[str]:
    """List the fields of the packaged dictionary that the forms do not have."""
    own = packaged_dictionary(DICTIONARY)
    return [
        f"{form}.{name}"
        for form in own.forms
        for name in own.column_names(form)
        if form not in records.tables or name not in records.tables[form].columns
    ]


def require_fields(records: Records) -> None:
    """Check that the forms are those of the packaged dictionary; they may hold more fields.

    Raises
    ------
    InputError
        if fields are not there.
    """
    lacking = lacking_fields(records)
    if lacking:
        raise InputError(
            f"the clinical columns are those of the dictionary {DICTIONARY!r}, and"
            f" {records.dictionary.name!r} lacks {listed(lacking)}. Use {DICTIONARY!r}, add the"
            " fields, or leave the clinical columns out and name columns in [derived]."
        )


def _require_known(name: str, value: object, known: tuple[object, ...]) -> None:
    if value not in known:
        choices = ", ".join(str(one) for one in known)
        raise InputError(f"{name} = {value!r} is not known. There are: {choices}.")


def derive(
    records: Records,
    *,
    complex_at: int = 3,
    complex_count: Literal["union", "largest"] = "union",
    response_rules: str = "label",
    response_by: CallsBy = "centre",
    mrd_rules: str = "reported",
    sos_gaps: Gaps = "unknown",
    sos_within_days: int = 0,
    sos_elastography_kpa: float = 0.0,
    sos_severity: bool = False,
) -> tuple[Derived, ...]:
    """Derive the clinical columns from the forms of the packaged dictionary.

    Parameters
    ----------
    records
        the forms.
    complex_at
        abnormalities from which a karyotype is complex: 3 in Kayser et al. 2024, 5 elsewhere.
    complex_count
        whether the abnormalities of all clones are counted, or those of the largest clone.
    response_rules
        the set of rules that every assessment is judged by, beside the centre's call.
    response_by
        whose CR and CRi give ``cr_date``: the ``centre``'s, or those of the ``rules``.
    mrd_rules
        the rules of MRD; ``reported`` keeps the laboratory's call.
    sos_gaps, sos_within_days, sos_elastography_kpa
        how the criteria of SOS/VOD are read: `atrisk.study.clinical.sos.SosRules`.
    sos_severity
        whether to grade SOS/VOD from the work-up too, at diagnosis and at its worst: some 0.2 ms
        for each patient who has it.

    Returns
    -------
    tuple of Derived
        one value a patient each, with label, origin and rule.

    Raises
    ------
    InputError
        if fields of the dictionary are not there, or a setting is not known.

    Notes
    -----
    The transplantation is the first after the first dose of INO, and the second transplantation is
    the next. Cycles and doses of INO before the transplantation count. CR is the first from the
    first dose to the transplantation. Relapse is the first after CR, and after the transplantation
    for those without CR, as in Kayser et al. 2024.

    References
    ----------
    Kayser S, Sartor C, Giglio F, et al. Haematologica 2024, doi 10.3324/haematol.2023.284310.
    """
    require_fields(records)
    if not isinstance(complex_at, int) or complex_at < 2:
        raise InputError(f"complex_at must be a whole number from 2 on, not {complex_at!r}.")
    _require_known("complex_count", complex_count, ("union", "largest"))
    _require_known("response_rules", response_rules, tuple(RULE_SETS))
    _require_known("response_by", response_by, get_args(CallsBy))
    _require_known("mrd_rules", mrd_rules, RULES)
    _require_known("sos_gaps", sos_gaps, get_args(Gaps))
    sos_rules = SosRules(sos_gaps, sos_within_days, sos_elastography_kpa)
    line = timeline(records)
    responses = tuple(response_columns(line, response_rows(line, response_rules, response_by)))
    origin = next(column for column in responses if column.name == "cr_or_hct_date")
    diagnosed = tuple(sos_columns(line))
    days = sos_days(line, sos_rules)
    bases = (days.weight, baseline_creatinine(line))
    return (
        *baseline_columns(records),
        *disease_columns(records, complex_at=complex_at, count=complex_count),
        *therapy_columns(line),
        *inotuzumab_columns(line),
        *responses,
        *mrd_columns(line, mrd_rules),
        *transplant_columns(line),
        *diagnosed,
        *hct_baseline_columns(*bases),
        *(severity_columns(line, diagnosed, *bases) if sos_severity else ()),
        *criteria_columns(line, days),
        *gvhd_columns(line),
        *relapse_columns(line, origin),
        *follow_up_columns(line),
    )
