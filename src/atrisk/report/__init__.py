"""The report layer: one results document in, one folder of page, figures and tables out."""

from __future__ import annotations

from atrisk.report.record import differences, read_record, write_record
from atrisk.report.write import write_report

__all__ = ["differences", "read_record", "write_record", "write_report"]
