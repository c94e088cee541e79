"""One abnormality of a karyotype: ISCN text to its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

__all__ = ["CHROMOSOME", "Item", "Part", "Problem", "read_item"]

CHROMOSOME: Final = r"(?:[1-9]|1[0-9]|2[0-2]|X|Y)"

#: Structural abnormalities, longest first so that no name hides another.
_TYPES: Final = (
    "psuidic", "psudic", "invdup", "idic", "ider", "dic", "del", "der", "add", "inv", "ins",
    "dup", "trp", "qdp", "rec", "rob", "tas", "trc", "hsr", "fra", "fis", "upd", "neo", "dir",
    "i", "r", "t",
)  # fmt: skip
_TYPE: Final = "|".join(_TYPES)
#: These stand for a chromosome built of several changes, which follow.
_CHAINED: Final = frozenset({"der", "ider", "dic", "idic", "psudic", "psuidic", "rec", "r", "i"})
_SEGMENT: Final = re.compile(
    rf"(?P<type>{_TYPE})\((?P<chromosomes>[^()]*)\)(?:\((?P<bands>[^()]*)\))?", re.ASCII
)
_PLACE: Final = re.compile(rf"\??(?:{CHROMOSOME})?\??[pq]?|\?", re.ASCII)
#: Regions are 1 to 4 in every arm; the point before a sub-band may be left out.
_NUMBER: Final = r"[1-4](?:[0-9](?:\.?[0-9]{1,3})?)?"
_BAND: Final = rf"(?:cen|[pq](?:ter|{_NUMBER})(?:~[pq]?{_NUMBER})?)"
_BANDS: Final = re.compile(rf"(?:{_BAND})+|[pq]", re.ASCII)
_DETAILED: Final = re.compile(r"[0-9XYpqtercn?.:>;|+-]*(?:->|::)[0-9XYpqtercn?.:>;|+-]*", re.ASCII)
_UNPLACED: Final = re.compile(
    r"(?P<low>[0-9]{1,3})?(?:~(?P<high>[0-9]{1,3}))?(?P<type>mar|dmin|hsr|ace|min|r)"
    r"(?P<name>[0-9]{0,2})",
    re.ASCII,
)
_WHOLE: Final = re.compile(rf"\??(?P<chromosome>{CHROMOSOME})", re.ASCII)
#: Normal variants of the heterochromatin, satellites and stalks: 9qh+, 21ps+, Yqh-, 15cenh+.
_VARIANT: Final = re.compile(
    rf"{CHROMOSOME}(?:p|q|cen)(?:h|s|ss|stk|sstk|hs)(?:[+-]|\+\+)?", re.ASCII
)
_SIGN: Final = re.compile(r"(\??)([+-]?)(\??)")
_ENDS: Final = re.compile(
    r"(?P<body>.*?[)0-9XYrc+-])(?:(?P<inherited>c|dn|dmat|dpat|dinh|mat|pat|inh)"
    r"|[xX](?P<copies>[0-9]{1,2})(?:~(?P<most>[0-9]{1,2}))?)",
    re.ASCII | re.DOTALL,
)
_CELLS: Final = re.compile(r"(?P<body>.*)\[(?P<cells>[0-9]{1,4})\]", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """A piece of text that was not understood."""

    token: str
    message: str

    def __str__(self) -> str:
        return f"{self.token!r}: {self.message}" if self.token else self.message


@dataclass(frozen=True, slots=True)
class Part:
    """One structural change: its type, its chromosomes, and a group of bands for each or none."""

    type: str
    chromosomes: tuple[str, ...]
    bands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One abnormality as it stands in a clone.

    Attributes
    ----------
    text
        as written, without spaces.
    kind
        ``gain`` or ``loss`` of a chromosome, ``structural``, ``marker`` (a chromosome or fragment
        without known origin) or ``variant`` (of the normal).
    sign
        ``+``, ``-`` or nothing.
    key
        what it is, whatever its copies: the same key in two clones is the same abnormality.
    parts
        of what is structural: the changes that make it.
    copies
        how often it is there; of a range, the upper end.
    fewest
        the lower end of the range.
    cells
        cells that have it, where a composite karyotype says so.
    constitutional
        whether it is marked as inborn.
    doubtful
        whether a question mark or an "or" stands on what it is.
    """

    text: str
    kind: str
    sign: str
    key: str
    parts: tuple[Part, ...] = ()
    copies: int = 1
    fewest: int = 1
    cells: int | None = None
    constitutional: bool = False
    doubtful: bool = False

    @property
    def counts(self) -> bool:
        """Tell whether it is an acquired abnormality."""
        return not self.constitutional and self.kind != "variant"

    @property
    def short(self) -> str:
        """Name it without its bands, as it may be written the second time."""
        return _key(self.sign, self.parts, bands=False) if self.parts else self.key


def read_item(text: str) -> Item | Problem:
    """Read one abnormality.

    Examples
    --------
    >>> read_item("+der(22)t(9;22)(q34;q11)").parts[1].chromosomes
    ('9', '22')
    >>> str(read_item("del(5q31"))
    "'del(5q31': not an abnormality in ISCN"
    """
    if " or " in text:
        choices = [read_item(choice.strip()) for choice in text.split(" or ")]
        wrong = next((choice for choice in choices if isinstance(choice, Problem)), None)
        first = choices[0]
        if wrong is not None or isinstance(first, Problem):
            return wrong or Problem(text, "not an abnormality in ISCN")
        return replace(first, text=text, doubtful=True)
    body, cells = _cells(text)
    body, constitutional, copies, fewest = _ends(body)
    before, sign, after = _SIGN.match(body).groups()  # type: ignore[union-attr]
    found = _read_body(text, body[len(before + sign + after) :], sign)
    if isinstance(found, Problem):
        return found
    return replace(
        found,
        copies=found.copies * copies,
        fewest=found.fewest * fewest,
        cells=cells,
        constitutional=constitutional,
        doubtful=bool(before or after) or _uncertain(found),
    )


def _cells(text: str) -> tuple[str, int | None]:
    found = _CELLS.fullmatch(text)
    return (found["body"], int(found["cells"])) if found else (text, None)


def _ends(body: str) -> tuple[str, bool, int, int]:
    """Take off what may follow an abnormality: marks of inheritance and a number of copies."""
    constitutional, copies, fewest = False, 1, 1
    while found := _ENDS.fullmatch(body):
        body = found["body"]
        if found["inherited"]:
            constitutional = True
        else:
            low = int(found["copies"])
            copies, fewest = copies * max(low, int(found["most"] or 0)), fewest * low
    return body, constitutional, copies, fewest


def _read_body(text: str, body: str, sign: str) -> Item | Problem:
    if found := _WHOLE.fullmatch(body):
        if not sign:
            return Problem(text, "a chromosome without + or -")
        kind = "gain" if sign == "+" else "loss"
        return Item(text, kind, sign, sign + found["chromosome"])
    if found := _UNPLACED.fullmatch(body):
        return _unplaced(text, sign, found)
    if not sign and _VARIANT.fullmatch(body):
        return Item(text, "variant", "", body)
    return _structural(text, body, sign)


def _structural(text: str, body: str, sign: str) -> Item | Problem:
    parts = _parts(body)
    if parts is None:
        return Problem(text, "not an abnormality in ISCN")
    wrong = next((message for part in parts if (message := _mismatch(part))), "")
    if wrong:
        return Problem(text, wrong)
    return Item(text, "structural", sign, _key(sign, parts), tuple(parts))


def _unplaced(text: str, sign: str, found: re.Match[str]) -> Item:
    low = int(found["low"] or 1)
    high = max(low, int(found["high"] or 0))
    if found["type"] in {"dmin", "ace", "min"}:
        # Double minutes vary from cell to cell: their number is not one of abnormalities.
        low = high = 1
    key = f"{sign}{found['type']}{found['name']}"
    return Item(text, "marker", sign, key, copies=high, fewest=low)


def _parts(body: str) -> list[Part] | None:
    """Cut a structural abnormality into its changes; None where the text does not fit."""
    parts: list[Part] = []
    place = 0
    while place < len(body):
        found = _SEGMENT.match(body, place)
        if found is None or not (_all(_PLACE, found["chromosomes"]) and _all_bands(found["bands"])):
            return None
        chromosomes = tuple(found["chromosomes"].split(";"))
        bands = tuple(found["bands"].split(";")) if found["bands"] else ()
        parts.append(_with_arms(Part(found["type"], chromosomes, bands)))
        place = found.end()
    if not parts or (len(parts) > 1 and parts[0].type not in _CHAINED):
        return None
    return parts


def _all(pattern: re.Pattern[str], text: str) -> bool:
    return all(piece and pattern.fullmatch(piece) for piece in text.split(";"))


def _all_bands(text: str | None) -> bool:
    if text is None or _DETAILED.fullmatch(text):
        return True
    pieces = [(piece, piece.replace("?", "")) for piece in text.split(";")]
    return all(piece and (not sure or _BANDS.fullmatch(sure)) for piece, sure in pieces)


def _with_arms(part: Part) -> Part:
    """Read ``del(6q)`` as an arm of chromosome 6."""
    arms = [place[-1] if place[-1:] in {"p", "q"} else "" for place in part.chromosomes]
    if not any(arms):
        return part
    chromosomes = tuple(place.rstrip("pq") for place in part.chromosomes)
    return Part(part.type, chromosomes, part.bands or tuple(arms))


def _mismatch(part: Part) -> str:
    """Say what does not fit between chromosomes and bands."""
    detailed = any(">" in band or "::" in band for band in part.bands)
    if part.bands and not detailed and len(part.bands) != len(part.chromosomes):
        return f"{len(part.chromosomes)} chromosomes, but bands for {len(part.bands)}"
    if part.type == "t" and len(part.chromosomes) < 2:
        return "a translocation of one chromosome"
    return ""


def _key(sign: str, parts: tuple[Part, ...] | list[Part], *, bands: bool = True) -> str:
    spelt = (
        f"{part.type}({';'.join(part.chromosomes)})"
        + (f"({';'.join(part.bands)})" if bands and part.bands else "")
        for part in parts
    )
    return (sign + "".join(spelt)).replace("?", "")


def _uncertain(item: Item) -> bool:
    return any("?" in place for part in item.parts for place in part.chromosomes)
