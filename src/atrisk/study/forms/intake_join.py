"""Joining the columns that several files have of one field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atrisk.study.forms.cells import Notation, column_of, read_texts
from atrisk.study.forms.intake_parts import blanks
from atrisk.study.forms.tables import Column, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from atrisk.study.forms.cells import Spec

__all__ = ["joined"]


def joined(spec: Spec, columns: Sequence[Column | None], counts: Sequence[int]) -> Column:
    """Join columns one below the other.

    Parameters
    ----------
    spec
        what they hold.
    columns
        of each file; None where the file has no such column.
    counts
        the rows of each file.
    """
    pieces = [
        _blank(spec, count) if column is None else column
        for column, count in zip(columns, counts, strict=True)
    ]
    if not pieces:
        return _blank(spec, 0)
    if len(pieces) == 1:
        return pieces[0]
    levels, values = pieces[0].levels, [piece.values for piece in pieces]
    if spec.reads == "text":
        levels, values = _joined_levels(pieces)
    return Column(
        name=spec.name,
        kind=spec.kind,
        values=np.concatenate(values),
        missing=np.concatenate([piece.missing for piece in pieces]),
        levels=levels,
        written=_joined_texts([piece.written for piece in pieces]),
        precision=_joined_precision(pieces),
    )


def _blank(spec: Spec, count: int) -> Column:
    written = blanks(count)
    return column_of(spec, written, read_texts(spec, written.texts, Notation()))


def _joined_levels(pieces: Sequence[Column]) -> tuple[tuple[str, ...], list[NDArray[np.int32]]]:
    known: dict[str, int] = {}
    values = []
    for piece in pieces:
        places = [known.setdefault(text, len(known)) for text in piece.levels]
        values.append(np.array([*places, -1], dtype=np.int32)[piece.values])  # -1 stays the last
    return tuple(known), values


def _joined_texts(pieces: Sequence[Written | None]) -> Written:
    known: dict[str, int] = {}
    codes = []
    for piece in pieces:
        if piece is None:
            raise RuntimeError("a column that was read has the texts that were read")
        places = [known.setdefault(text, len(known)) for text in piece.texts]
        codes.append(np.array(places, dtype=np.int32)[piece.codes])
    return Written(tuple(known), np.concatenate(codes))


def _joined_precision(pieces: Sequence[Column]) -> NDArray[np.int8] | None:
    if all(piece.precision is None for piece in pieces):
        return None
    return np.concatenate(
        [
            np.zeros(piece.values.size, dtype=np.int8)
            if piece.precision is None
            else piece.precision
            for piece in pieces
        ]
    )
