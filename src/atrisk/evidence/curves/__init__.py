"""Published curves turned back into patients: figures read, counts recovered, residuals shown."""

from atrisk.evidence.curves.run import METHODS, Method, reconstruct
from atrisk.evidence.curves.types import (
    Curve,
    Landmark,
    PrintedRatio,
    PseudoPatients,
    Reconstruction,
    Reported,
    Residual,
    Solution,
)

__all__ = [
    "METHODS",
    "Curve",
    "Landmark",
    "Method",
    "PrintedRatio",
    "PseudoPatients",
    "Reconstruction",
    "Reported",
    "Residual",
    "Solution",
    "reconstruct",
]
