"""Checks of the forms: what the dictionary asks, and rules over several forms, as queries."""

from __future__ import annotations

from atrisk.study.checks.document import checks_document
from atrisk.study.checks.rules import Rules, rules_of
from atrisk.study.checks.run import Checks, run_checks

__all__ = ["Checks", "Rules", "checks_document", "rules_of", "run_checks"]
