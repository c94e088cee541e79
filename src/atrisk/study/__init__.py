"""The study layer: a study file is read, planned and run; what comes out is a plain document."""

from __future__ import annotations

from atrisk.study.intake import read_names
from atrisk.study.plan import Plan
from atrisk.study.plan_text import plan_text
from atrisk.study.planner import plan_study
from atrisk.study.request import Request, json_schema, read_study
from atrisk.study.results_schema import results_schema
from atrisk.study.run import run_study
from atrisk.study.run_record import run_record, template_paths
from atrisk.study.source import read_source

__all__ = [
    "Plan",
    "Request",
    "json_schema",
    "plan_study",
    "plan_text",
    "read_names",
    "read_source",
    "read_study",
    "results_schema",
    "run_record",
    "run_study",
    "template_paths",
]
