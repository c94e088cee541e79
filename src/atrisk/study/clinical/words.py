"""Clinical rules in words: lines of response rules, items, and values as a clinician reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.leukaemia.response import EMD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from atrisk.leukaemia.response_rules import Line

__all__ = ["RULE_SET_NAMES", "finding", "item_words", "line_words", "recorded_words"]

#: Set of response rules -> what it is called in a table.
RULE_SET_NAMES: Final = {
    "label": "Label",
    "eln-2024": "ELN 2024",
    "nci-asbmt-2010": "NCI and ASBMT 2010",
    "cibmtr": "CIBMTR",
    "morley-marks-2016": "Morley and Marks 2016",
}
#: Item of a response rule -> its name, and its unit as it stands behind a number.
_ITEMS: Final = {
    "bm_blasts": ("blasts in marrow", "%"),
    "pb_blasts": ("blasts in blood", "%"),
    "anc": ("neutrophils", " ×10⁹/L"),  # noqa: RUF001 - the sign of times
    "plt": ("platelets", " ×10⁹/L"),  # noqa: RUF001
    "emd": ("extramedullary disease", ""),
    "mrd_percent": ("MRD", "%"),
    "transfusion_independent": ("need of transfusions", ""),
    "duration_weeks": ("duration of this state", " weeks"),
    "previous_bm_blasts": ("blasts in marrow before INO", "%"),
    "previous_pb_blasts": ("blasts in blood before INO", "%"),
    "emd_fall": ("fall of extramedullary disease", "%"),
    "in_remission_before": ("remission before", ""),
    "bm_fall": ("fall of blasts in marrow", "%"),
    "bm_rise": ("rise of blasts in marrow", "%"),
    "pb_fall": ("fall of blasts in blood", "%"),
    "pb_rise": ("rise of blasts in blood", "%"),
}
_EMD: Final = {
    "none": "no extramedullary disease",
    "resolved": "extramedullary disease resolved",
    "present": "extramedullary disease",
}
_YES_NO: Final = {
    "transfusion_independent": ("need of transfusions", "no need of transfusions"),
    "in_remission_before": ("no remission before", "remission before"),
}
_SIGNS: Final = {"<=": "≤", ">=": "≥"}


def item_words(item: str) -> str:
    """Name an item of response rules."""
    return _ITEMS[item][0]


def line_words(line: Line) -> str:
    """Write a line of a rule: ``blasts in marrow < 5%``."""
    said = " or ".join(_atom(*atom) for atom in line.atoms)
    return said if line.without == "unknown" else f"{said}, if recorded"


def _atom(item: str, comparison: str, value: float) -> str:
    if item == "emd":
        return _EMD[EMD[int(value)]]
    if item in _YES_NO:
        return _YES_NO[item][int(value)]
    name, unit = _ITEMS[item]
    if comparison == "=":
        return f"no {name}" if value == 0 else f"{name} {value:g}{unit}"
    return f"{name} {_SIGNS.get(comparison, comparison)} {value:g}{unit}"


def recorded_words(items: Mapping[str, NDArray[np.float64]], row: int) -> str:
    """Write what was recorded at an assessment, without what was not."""
    said = []
    for item in ("bm_blasts", "pb_blasts", "anc", "plt"):
        value = items[item][row]
        if not np.isnan(value):
            name, unit = _ITEMS[item]
            said.append(f"{name} {value:g}{unit}")
    emd = items["emd"][row]
    if not np.isnan(emd):
        said.append(_EMD[EMD[int(emd)]])
    return ", ".join(said)


def finding(item: str) -> str:
    """Write a finding of SOS/VOD with the signs of print: ``bilirubin ≥ 2 mg/dL``."""
    return item.replace(">=", "≥ ").replace(">", "> ").replace(" %", "%")
