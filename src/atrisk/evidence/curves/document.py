"""The document ``atrisk-reconstruction/1``: what was asked, what came of it, every residual."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk import frames
from atrisk._version import __version__
from atrisk.evidence.curves.coordinates import falls_of
from atrisk.evidence.curves.estimates import table_of
from atrisk.evidence.curves.ratios import ratio_residuals
from atrisk.evidence.curves.request import read_request
from atrisk.evidence.curves.residuals import of_paper
from atrisk.evidence.curves.risk_sets import starting_n
from atrisk.evidence.curves.run import reconstruct
from atrisk.evidence.curves.types import PseudoPatients
from atrisk.evidence.curves.wording import unmet_words

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from atrisk.evidence.curves.coordinates import Falls
    from atrisk.evidence.curves.request import GroupRequest, Request
    from atrisk.evidence.curves.types import Reconstruction, Residual

__all__ = ["Reconstructed", "patient_frame", "reconstruct_file", "residual_frame"]


@dataclass(frozen=True, slots=True)
class Reconstructed:
    """A file carried out.

    Attributes
    ----------
    document
        of ``atrisk-reconstruction/1``.
    patients
        of all groups: member 0 and the ensemble.
    by_group
        the reconstruction of each group.
    """

    document: dict[str, Any]
    patients: PseudoPatients
    by_group: dict[str, Reconstruction]


def reconstruct_file(file: Path) -> Reconstructed:
    """Carry out a file of ``atrisk-reconstruct/1``.

    Parameters
    ----------
    file
        the request; CSV files and figures stand beside it.

    Raises
    ------
    InputError
        a mistake in the file or in a curve.
    """
    request = read_request(file)
    asked = request.asked
    made = {
        group.name: reconstruct(
            _curves(group), group.reported, method=asked.method, members=asked.members,
            seed=asked.seed + place, group=group.name,
        )
        for place, group in enumerate(request.groups)
    }  # fmt: skip
    parts = [part for one in made.values() for part in (one.patients, one.ensemble)]
    return Reconstructed(_document(request, made), PseudoPatients.together(parts), made)


def _curves(group: GroupRequest) -> Any:  # noqa: ANN401 - one curve or several
    only = next(iter(group.curves.values()))
    single = len(group.curves) == 1
    return only if single and only.kind == "survival" else group.curves


def _document(request: Request, made: dict[str, Reconstruction]) -> dict[str, Any]:
    asked = request.asked
    by_ratio = [
        (
            ratio,
            list(
                ratio_residuals(ratio, made[ratio.group], made[ratio.reference], asked.conf_level)
            ),
        )
        for ratio in request.ratios
    ]
    beside = {
        group.name: [
            row
            for ratio, rows in by_ratio
            for row in rows
            if group.name in {ratio.group, ratio.reference}
        ]
        for group in request.groups
    }
    return {
        "schema": "atrisk-reconstruction/1",
        "software": {"name": "atrisk", "version": __version__},
        "title": asked.title,
        "source": asked.source,
        "unit": asked.unit,
        "members": asked.members,
        "seed": asked.seed,
        "groups": [_group(group, made[group.name], beside[group.name]) for group in request.groups],
        "hazard_ratios": [_row(row) for _, rows in by_ratio for row in rows],
    }


def _group(group: GroupRequest, made: Reconstruction, ratios: list[Residual]) -> dict[str, Any]:
    falls = falls_of(group.curves, starting_n(group.reported))
    survival = len(group.curves) == 1 and next(iter(group.curves.values())).kind == "survival"
    return {
        "name": group.name,
        "kind": "survival" if survival else "incidence",
        "causes": list(falls.causes),
        "verdict": made.verdict,
        "why": _why(made, ratios),
        "method": made.method,
        "solutions": made.solutions if math.isfinite(made.solutions) else None,
        "fitting_n": list(made.fitting_n),
        "patients": len(made.patients),
        "events": int(made.patients.event.sum()),
        "events_in_ensemble": _events_in_ensemble(made),
        "precision_value": falls.precision,
        "precision_time": falls.precision_time,
        "notes": list(group.notes),
        "warnings": list(made.warnings),
        "residuals": [_row(row) for row in made.residuals],
        "curves": _drawn(falls, made, survival=survival),
    }


def _why(made: Reconstruction, ratios: list[Residual]) -> str:
    """Give the verdict in words, with the hazard ratios of the group that are not met."""
    held = [row.agrees for row in ratios if row.agrees is not None]
    what = "numbers of its printed hazard ratios"
    return f"{made.why.removesuffix('.')}{unmet_words(held.count(False), len(held), what)}."


def _events_in_ensemble(made: Reconstruction) -> list[int]:
    numbers = np.unique(made.ensemble.member)
    counts = [int(made.ensemble.of(number).event.sum()) for number in numbers.tolist()]
    return [min(counts), max(counts)] if counts else []


def _drawn(falls: Falls, made: Reconstruction, *, survival: bool) -> list[dict[str, Any]]:
    """Give each curve as read and as reconstructed, at the falls of either."""
    table = table_of(made.patients, falls.causes) if len(made.patients) else None
    drawn = []
    for place, cause in enumerate(falls.causes):
        read = falls.middle[:, place]
        own = table.incidence[place] if table is not None else np.zeros(0)
        drawn.append(
            {
                "cause": cause,
                "read_time": [0.0, *falls.time.tolist(), falls.end],
                "read": _levels(read, survival=survival),
                "time": [0.0, *(table.time.tolist() if table is not None else [])],
                "reconstructed": _levels(own, survival=survival)[: own.size + 1],
            }
        )
    return drawn


def _levels(values: np.ndarray, *, survival: bool) -> list[float]:
    """Give the levels from time 0 on, the last one twice: at its fall and at the end."""
    every = np.concatenate([[0.0], values, values[-1:] if values.size else [0.0]])
    shown: list[float] = (1.0 - every if survival else every).tolist()
    return shown


def _row(row: Residual) -> dict[str, Any]:
    return {
        "what": row.what,
        "at": row.at,
        "printed": row.printed,
        "reconstructed": row.reconstructed,
        "agrees": row.agrees,
        "of_paper": of_paper(row),
        "note": row.note,
    }


def patient_frame(made: Reconstructed) -> pl.DataFrame:
    """Give all patients as a table, their unit of time in every row."""
    unit = np.full(len(made.patients), made.document["unit"], dtype=object)
    return frames.to_polars({**made.patients.columns(), "unit": unit})


def residual_frame(document: dict[str, Any]) -> pl.DataFrame:
    """Give every residual of a document as a table, the ratios last."""
    rows = [
        {"group": group["name"], **row}
        for group in document["groups"]
        for row in group["residuals"]
    ]
    rows += [{"group": "", **row} for row in document["hazard_ratios"]]
    verdict = {True: "yes", False: "no", None: ""}
    return frames.to_polars(
        {
            "group": [row["group"] for row in rows],
            "number": [row["what"] for row in rows],
            "time": np.array(
                [math.nan if row["at"] is None else row["at"] for row in rows], dtype=np.float64
            ),
            "printed": [row["printed"] for row in rows],
            "reconstructed": np.array(
                [
                    math.nan if row["reconstructed"] is None else row["reconstructed"]
                    for row in rows
                ],
                dtype=np.float64,
            ),
            "agrees": [verdict[row["agrees"]] for row in rows],
            "note": [row["note"] for row in rows],
        }
    )
