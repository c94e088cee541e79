"""Pool files for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.evidence.pool import pool_file

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = ((18, 79), (2, 24), (5, 26), (6, 36), (17, 58))
NAMES = "ABCDE"
HEAD = '[pool]\ntitle = "A title"\noutcome = "An outcome"\n'
PLAIN = "".join(
    f'[[studies]]\nstudy = "{name}"\nevents = {events}\ntotal = {total}\n'
    for name, (events, total) in zip(NAMES, COUNTS, strict=True)
)
DOSED = "".join(
    f'[[studies]]\nstudy = "{name}"\nevents = {events}\ntotal = {total}\n'
    f"moderators = {{ dose = {dose} }}\n"
    for name, (events, total), dose in zip(NAMES, COUNTS, (9.3, 5.0, 6.5, 4.0, 9.8), strict=True)
)
GROUPED = "".join(
    f'[[studies]]\nstudy = "{name}"\nevents = {events}\ntotal = {total}\nsubgroup = "{group}"\n'
    for name, (events, total), group in zip(NAMES, COUNTS, "xyyxx", strict=True)
)
RATIOS = "".join(
    f'[[studies]]\nstudy = "{name}"\nratio = "{ratio}"\nlower = "{low}"\nupper = "{high}"\n'
    for name, ratio, low, high in (
        ("A", "0.70", "0.55", "0.89"),
        ("B", "0.85", "0.63", "1.15"),
        ("C", "1.10", "0.76", "1.59"),
    )
)
SURVIVAL = "".join(
    f'[[studies]]\nstudy = "{name}"\nestimate = {value}\nlower = {low}\nupper = {high}\n'
    for name, value, low, high in (
        ("A", 0.60, 0.48, 0.70),
        ("B", 0.50, 0.40, 0.60),
        ("C", 0.35, 0.20, 0.51),
    )
)


def written(folder: Path, text: str) -> Path:
    file = folder / "pool.toml"
    file.write_text(text, encoding="utf-8")
    return file


def pooled(folder: Path, rows: str = PLAIN, keys: str = "", more: str = "") -> dict[str, Any]:
    """Pool rows with keys of [pool]; ``more`` are tables of their own."""
    return pool_file(written(folder, f"{HEAD}{keys}\n{more}\n{rows}"))
