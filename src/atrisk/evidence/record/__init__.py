"""The published record: studies as TOML, one file a study, every number as printed.

For pooling, `record_rows` collects the rows of an endpoint::

    from atrisk.evidence.record import Filters, load_record, record_rows

    found = record_rows(load_record(), "cr_cri", filters=Filters(line="salvage", max_dose=9.3))
    for row in found.rows:          # RecordRow: study, label, arm, k, n, how, doses, tags, place
        row.k, row.n, row.how       # how: printed | derived | range (then k is None, k_low, k_high)
        row.cumulative_dose         # DoseSum(low, high) of exact fractions in mg/m2, or None
    found.left_out                  # studies left out, so that no patient counts twice, with why
    found.not_used                  # numbers that give no row, with why

Of a number that is no proportion ``value``, ``lower``, ``upper``, ``level``, ``time`` hold what is
printed. `independent` chooses studies that share no patients; `overlap_groups` names who overlaps.
"""

from atrisk.evidence.record.check import check_files, file_problems
from atrisk.evidence.record.counts import Counts, counts_of, derived_counts
from atrisk.evidence.record.doses import DoseSum, cumulative_dose, cycle_dose, schedule_text
from atrisk.evidence.record.load import (
    Record,
    StudyFile,
    load_record,
    read_study_file,
    shipped_folder,
)
from atrisk.evidence.record.models import SCHEMA, Study
from atrisk.evidence.record.overlaps import Independent, LeftOut, independent, overlap_groups
from atrisk.evidence.record.rows import NotUsed, RecordRow, RecordRows, record_rows
from atrisk.evidence.record.select import Filters, selected

__all__ = [
    "SCHEMA",
    "Counts",
    "DoseSum",
    "Filters",
    "Independent",
    "LeftOut",
    "NotUsed",
    "Record",
    "RecordRow",
    "RecordRows",
    "Study",
    "StudyFile",
    "check_files",
    "counts_of",
    "cumulative_dose",
    "cycle_dose",
    "derived_counts",
    "file_problems",
    "independent",
    "load_record",
    "overlap_groups",
    "read_study_file",
    "record_rows",
    "schedule_text",
    "selected",
    "shipped_folder",
]
