"""A description of the machine, for the record beside the numbers."""

from __future__ import annotations

import os
import platform
from pathlib import Path

__all__ = ["describe", "free_bytes"]


def describe() -> dict[str, str | int | None]:
    """Name the processor, the cores, the memory and the operating system."""
    return {
        "processor": _from_proc("cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory": _from_proc("meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def free_bytes() -> float:
    """Give what programs may take without the system swapping; infinite where it is not known."""
    found = _from_proc("meminfo", "MemAvailable")
    return float("inf") if found is None else 1024.0 * int(found.split()[0])


def _from_proc(file: str, field: str) -> str | None:
    path = Path("/proc") / file
    if not path.exists():
        return None
    lines = (line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return next((value.strip() for name, value in lines if name.strip() == field), None)
