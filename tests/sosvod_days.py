"""Days of a work-up for SOS/VOD on which everything is recorded."""

from __future__ import annotations

from atrisk.leukaemia.sosvod import Baseline, Day

NOTHING = {
    "bilirubin": 0.5,
    "weight": 70.0,
    "hepatomegaly": False,
    "pain": False,
    "ascites": False,
    "ultrasound": False,
    "hvpg": 5.0,
    "histology": False,
}
AT_70_KG = Baseline(weight=70.0)
PAINFUL = {"hepatomegaly": True, "pain": True}


def day(number: int, **seen: object) -> Day:
    """Give a day on which everything is recorded, and absent but for what is named."""
    return Day(day=number, **{**NOTHING, **seen})  # type: ignore[arg-type]
