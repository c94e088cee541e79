"""The report layer: one results document in, one folder of page, figures and tables out."""

from __future__ import annotations

from atrisk.report.write import write_report

__all__ = ["write_report"]
