"""Karyotype text before it is read: signs made one, methods apart, words for "not there"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from atrisk.leukaemia.facts import load

__all__ = ["Methods", "cut", "is_missing", "methods", "tidy"]

_SAME: Final = str.maketrans(
    {
        "\u2212": "-",  # minus sign
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\ufe63": "-",
        "\uff0d": "-",
        "\u00d7": "x",  # multiplication sign
        "\u223c": "~",
        "\uff5e": "~",
        "\u02dc": "~",
        "\uff0b": "+",
        "\uff0c": ",",
        "\uff1b": ";",
        "\uff08": "(",
        "\uff09": ")",
        "\u2192": "->",
        "\u2032": "'",
        "\u2019": "'",
        "\u2018": "'",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
    }
)
_LABEL: Final = re.compile(
    r"(?:karyotype?|karyotyp|kariotyp|cariotipo|caryotype|cari[óo]tipo|iscn)\s*[:=]\s*",
    re.IGNORECASE,
)
_METHOD: Final = re.compile(
    r"(?:^|(?<=[\s.;,/\])]))(?P<name>nuc\s*ish|ish|fish|arr|rsa|sseq|seq|ogm)"
    r"(?=[\s(\[:.]|[0-9XYtdi])",
    re.IGNORECASE,
)
_NEXT_CLONE: Final = re.compile(r"/\s*(?=(?:[0-9]{2,3}\s*[,~<-]|/))", re.ASCII)
_STARTS: Final = re.compile(r"[0-9]{2,3}[^,]{0,12},\s*[XYxyU]|\b[a-z]{1,4}\(|[+-][0-9XY]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Methods:
    """What one text says by banding, by in-situ hybridisation and by other methods."""

    banded: str
    fish: tuple[str, ...]
    other: tuple[str, ...]


def tidy(text: str) -> str:
    """Write signs one way, and drop labels, quotes and closing points.

    Examples
    --------
    >>> tidy("Karyotype: 46,XX,\N{MINUS SIGN}7[20].")
    '46,XX,-7[20]'
    """
    plain = " ".join(text.translate(_SAME).split()).strip(" \"'")
    return _LABEL.sub("", plain, count=1).strip().rstrip(".;,").strip()


def is_missing(text: str) -> bool:
    """Tell whether a text says that there is no karyotype, in one of several languages.

    Examples
    --------
    >>> is_missing("keine Metaphasen erhalten"), is_missing("46,XX,-7[20]"), is_missing("odd")
    (True, False, False)
    """
    plain = text.casefold().strip(" .;,:!?()[]-/\"'")
    if not plain or plain in _words():
        return True
    if _STARTS.search(text):
        return False
    return _phrase().search(plain) is not None


@cache
def _words() -> frozenset[str]:
    languages = load("karyotype")["missing"]
    return frozenset(
        word.casefold() for name, words in languages.items() if name != "source" for word in words
    )


@cache
def _phrase() -> re.Pattern[str]:
    """Match one of the words within a text; the short ones must be all of it."""
    words = "|".join(re.escape(word) for word in sorted(_words()) if len(word) > 4)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


def methods(text: str) -> Methods:
    """Take the parts by in-situ hybridisation and by arrays out of a text.

    Examples
    --------
    >>> methods("46,XX[20].nuc ish(KMT2Ax2)[200]")
    Methods(banded='46,XX[20]', fish=('nuc ish(KMT2Ax2)[200]',), other=())
    """
    banded: list[str] = []
    fish: list[str] = []
    other: list[str] = []
    place = 0
    while (found := _METHOD.search(text, place)) is not None:
        banded.append(text[place : found.start()].rstrip(" .;,"))
        end = _end(text, found.end())
        part = text[found.start() : end].strip(" .;,/")
        (fish if "ish" in found["name"].lower() else other).append(part)
        place = end
    banded.append(text[place:])
    kept = "".join(banded).strip(" .;,")
    return Methods(kept[:-1].strip() if _hangs(kept) else kept, tuple(fish), tuple(other))


def _end(text: str, start: int) -> int:
    """Find where a part ends: at the next method, or at a clone by banding."""
    following = [
        found.start()
        for pattern in (_METHOD, _NEXT_CLONE)
        if (found := pattern.search(text, start))
    ]
    return min(following, default=len(text))


def _hangs(text: str) -> bool:
    return text.endswith("/") and not text.endswith("//")


def cut(text: str, separator: str) -> list[str]:
    """Cut at a separator outside brackets, or at each one if the brackets do not close.

    Examples
    --------
    >>> cut("t(9,22),+8", ","), cut("del(5,+8", ",")
    (['t(9,22)', '+8'], ['del(5', '+8'])
    """
    pieces, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([<") - (letter in ")]>" and text[place - 1 : place] != "-")
        if depth < 0:
            break
        if letter == separator and depth == 0:
            pieces.append(text[start:place])
            start = place + 1
    return text.split(separator) if depth else [*pieces, text[start:]]
