"""What the paper prints, as far as the cohort is built from it.

Kayser S, Sartor C, Giglio F, et al. Impact of inotuzumab ozogamicin on outcome in relapsed or
refractory acute B-cell lymphoblastic leukemia patients prior to allogeneic hematopoietic stem cell
transplantation and risk of sinusoidal obstruction syndrome/venous occlusive disease.
Haematologica 2024. doi 10.3324/haematol.2023.284310
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["CUT_OFF", "DAYS_PER_MONTH", "PATIENTS", "SEED", "SOS_CASES", "SosCase"]

PATIENTS: Final = 58
SEED: Final = 20231207
CUT_OFF: Final = "2023-03-31"
DAYS_PER_MONTH: Final = 365.25 / 12


class SosCase(NamedTuple):
    """A row of Table 2."""

    age: int
    sex: str
    ecog: int
    grade: int
    first_line: int
    cycles: float
    days_from_ino: int
    mac: int
    double: int
    days_from_hct: int


#: Table 2, in its order: the patients with SOS/VOD.
SOS_CASES: Final = (
    SosCase(56, "F", 1, 1, 0, 2, 71, 1, 1, 25),
    SosCase(46, "M", 0, 1, 0, 2, 126, 1, 0, 42),
    SosCase(46, "F", 0, 2, 1, 3, 76, 0, 0, 27),
    SosCase(28, "M", 1, 4, 0, 2, 45, 1, 0, 17),
    SosCase(30, "M", 1, 3, 0, 1, 58, 1, 0, 10),
    SosCase(43, "M", 1, 4, 1, 2, 61, 0, 1, 5),
    SosCase(36, "F", 1, 4, 0, 1, 40, 1, 1, 9),
    SosCase(58, "M", 0, 5, 1, 2, 59, 1, 1, 11),
    SosCase(28, "F", 0, 5, 1, 1.67, 25, 0, 1, 10),
    SosCase(54, "M", 1, 5, 0, 5, 44, 0, 0, 18),
    SosCase(28, "M", 1, 5, 0, 2, 104, 0, 0, 14),
    SosCase(40, "M", 1, 5, 1, 2, 118, 0, 0, 34),
    SosCase(49, "F", 1, 5, 0, 1, 73, 1, 0, 11),
    SosCase(31, "M", 0, 5, 0, 2, 35, 0, 1, 8),
    SosCase(36, "F", 0, 5, 1, 2, 70, 0, 1, 9),
    SosCase(56, "M", 0, 5, 0, 2, 35, 0, 1, 13),
    SosCase(23, "M", 0, 3, 0, 1, 61, 0, 0, 13),
)
