"""REDCap's functions of text: each is computed once for every distinct combination of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.study.forms.evaluate_values import Value, numbers, text, text_of, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["TEXT_FUNCTIONS"]


def _distinct(arguments: Sequence[Value]) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
    """Give the distinct rows of texts (blank is ""), and which of them stands in each row."""
    texts = [text_of(argument) for argument in arguments]
    shape = np.broadcast_shapes(*(value.values.shape for value in texts))
    codes = np.zeros(shape, dtype=np.int64)
    for value in texts:
        _, codes = np.unique(codes, return_inverse=True)
        codes = codes.reshape(shape) * (len(value.levels) + 1) + value.values + 1
    found, inverse = np.unique(codes, return_inverse=True)
    first = np.zeros(len(found), dtype=np.int64)
    inverse = inverse.reshape(shape)
    first[inverse.ravel()[::-1]] = np.arange(inverse.size)[::-1]
    columns = []
    for value in texts:
        levels = (*value.levels, "")  # once a column: it may have a text a patient
        rows = np.broadcast_to(value.values, shape).ravel()[first]
        columns.append([levels[code] for code in rows.tolist()])
    return list(zip(*columns, strict=True)), inverse


def _to_text(function: Callable[..., str]) -> Callable[[Sequence[Value]], Value]:
    def apply(arguments: Sequence[Value]) -> Value:
        rows, codes = _distinct(arguments)
        levels: dict[str, int] = {}
        table = [levels.setdefault(function(*row), len(levels)) for row in rows]
        return text(np.array(table, dtype=np.int32)[codes], tuple(levels))

    return apply


def _to_truth(function: Callable[..., bool]) -> Callable[[Sequence[Value]], Value]:
    def apply(arguments: Sequence[Value]) -> Value:
        rows, codes = _distinct(arguments)
        return truth(np.array([function(*row) for row in rows], dtype=np.bool_)[codes])

    return apply


def _to_number(function: Callable[..., float]) -> Callable[[Sequence[Value]], Value]:
    def apply(arguments: Sequence[Value]) -> Value:
        rows, codes = _distinct(arguments)
        return numbers(np.array([function(*row) for row in rows], dtype=np.float64)[codes])

    return apply


def _whole(written: str) -> int:
    """Read how many characters; what is no number is 0."""
    try:
        return max(int(float(written)), 0)
    except ValueError:
        return 0


def _contains(haystack: str, needle: str) -> bool:
    return needle.casefold() in haystack.casefold()


def _right(written: str, count: str) -> str:
    return written[max(len(written) - _whole(count), 0) :]


def _middle(written: str, start: str, count: str) -> str:
    first = max(_whole(start) - 1, 0)
    return written[first : first + _whole(count)]


def _found(needle: str, haystack: str) -> int:
    return haystack.casefold().find(needle.casefold()) + 1


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)


def _replaced(haystack: str, search: str, replacement: str) -> str:
    return haystack.replace(search, replacement) if search else haystack


TEXT_FUNCTIONS: Final[dict[str, Callable[[Sequence[Value]], Value]]] = {
    "contains": _to_truth(_contains),
    "not_contain": _to_truth(lambda haystack, needle: not _contains(haystack, needle)),
    "starts_with": _to_truth(lambda text, part: text.casefold().startswith(part.casefold())),
    "ends_with": _to_truth(lambda text, part: text.casefold().endswith(part.casefold())),
    "find": _to_number(_found),
    "left": _to_text(lambda text, count: text[: _whole(count)]),
    "right": _to_text(_right),
    "mid": _to_text(_middle),
    "length": _to_number(len),
    "trim": _to_text(str.strip),
    "upper": _to_text(str.upper),
    "lower": _to_text(str.lower),
    "replace_text": _to_text(_replaced),
    "concat": _to_text(lambda *parts: "".join(parts)),
    "concat_ws": _to_text(_joined),
}
