"""The memory that one piece of work takes, in its own process."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

__all__ = ["current", "forget_peak", "peak"]

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def forget_peak() -> None:
    """Lower the high-water mark to what is held now, so that imports and warm-up do not count.

    Only Linux can. Elsewhere the mark stays, and `peak` minus `current` may be too small.
    """
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def current() -> int:
    """Bytes held now; on a system other than Linux, the high-water mark so far."""
    return _status("VmRSS") if _STATUS.exists() else _maximum()


def peak() -> int:
    """High-water mark in bytes since `forget_peak`.

    `ru_maxrss` is not used on Linux: a child inherits the mark of the process that started it.
    """
    return _status("VmHWM") if _STATUS.exists() else _maximum()


def _status(field: str) -> int:
    line = next(x for x in _STATUS.read_text().splitlines() if x.startswith(field + ":"))
    return int(line.split()[1]) * 1024


def _maximum() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
