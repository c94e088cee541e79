"""What happened to patients, one by one: bars, lines, doses, and when they came."""

from __future__ import annotations

from atrisk.study.events.run import events_analysis

__all__ = ["events_analysis"]
