"""What is wrong in a study file beyond its shape: each finding points at its line."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from atrisk.errors import InputError, nearest
from atrisk.evidence.printed import parse_printed
from atrisk.evidence.record.counts import attainable, whole
from atrisk.evidence.record.doses import cumulative_dose, printed_dose
from atrisk.evidence.record.load import load_record, read_study_file
from atrisk.evidence.record.vocabulary import ENDPOINTS, PAPERS
from atrisk.toml import place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from atrisk.evidence.record.load import StudyFile
    from atrisk.evidence.record.models import Number, Study
    from atrisk.toml import TomlPath

__all__ = ["Problem", "check_files", "file_problems", "problems", "toml_files"]

_WORDS = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?")


class Problem(NamedTuple):
    """A finding: the path of the key in the file, and what is wrong with what remedy."""

    path: TomlPath
    text: str


def file_problems(file: StudyFile, known: Collection[str]) -> list[str]:
    """Check a study file; every finding begins with the file and its line.

    Parameters
    ----------
    file
        the file as read.
    known
        the ids of all studies of the record, for the overlaps.
    """
    lines = file.read.lines
    name = file.read.path.name
    return [f"{place(name, lines, p.path)}: {p.text}" for p in problems(file.study, known)]


def check_files(paths: Iterable[Path]) -> tuple[int, list[str]]:
    """Check study files and folders of them, against each other and the shipped record.

    Parameters
    ----------
    paths
        files, or folders of ``*.toml``.

    Returns
    -------
    tuple
        how many files were checked, and what is wrong in them, each finding with its line.

    Raises
    ------
    InputError
        a folder holds no study file.
    """
    files, found = [], []
    for path in toml_files(paths):
        try:
            files.append(read_study_file(path))
        except InputError as error:
            found.append(str(error))
    shipped = {file.study.study.id: file.read.path for file in load_record().files}
    own = [file.study.study.id for file in files]
    for file in files:
        name = file.study.study.id
        elsewhere = name in shipped and not file.read.path.samefile(shipped[name])
        if own.count(name) > 1 or elsewhere:
            where = "the shipped record" if elsewhere else "another of these files"
            found.append(str(file.read.error(("study", "id"), f"{name!r} is the id of {where}.")))
        found += file_problems(file, {*shipped, *own})
    return len(files), found


def toml_files(paths: Iterable[Path]) -> list[Path]:
    """List files, and the ``*.toml`` of folders, each once.

    Raises
    ------
    InputError
        a folder holds none.
    """
    expanded: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise InputError(f"the folder {path} holds no study file (*.toml).")
        expanded += inside
    return list(dict.fromkeys(expanded))


def problems(study: Study, known: Collection[str]) -> list[Problem]:
    """Give the findings in a study, in the order of the file."""
    return [
        *_arms(study),
        *_references(study),
        *_regimens(study),
        *_overlaps(study, known),
        *_listed(study),
        *_numbers(study),
    ]


def _missing(noun: str, name: str, names: Collection[str]) -> str:
    hint = nearest(name, names)
    return f"there is no {noun} {name!r} in this file; {noun}s are {', '.join(names)}.{hint}"


def _arms(study: Study) -> Iterator[Problem]:
    regimens = [regimen.id for regimen in study.regimens]
    arms = [arm.id for arm in study.arms]
    for at, arm in enumerate(study.arms):
        if arm.regimen is not None and arm.regimen not in regimens:
            yield Problem(("arms", at, "regimen"), _missing("regimen", arm.regimen, regimens))
        if arm.part_of is not None and arm.part_of not in arms:
            yield Problem(("arms", at, "part_of"), _missing("arm", arm.part_of, arms))
        elif arm.part_of == arm.id or _circular(study, arm.id):
            yield Problem(("arms", at, "part_of"), f"the arm {arm.id!r} is a part of itself.")


def _circular(study: Study, name: str) -> bool:
    above = {arm.id: arm.part_of for arm in study.arms}
    seen, at = {name}, above.get(name)
    while at is not None:
        if at in seen:
            return True
        seen.add(at)
        at = above.get(at)
    return False


def _papers(study: Study) -> list[str]:
    return [*PAPERS, *(r.id for r in study.references if r.read is not None)]


def _references(study: Study) -> Iterator[Problem]:
    for at, reference in enumerate(study.references):
        for paper in reference.numbers:
            if paper not in PAPERS:
                path = ("references", at, "numbers", paper)
                yield Problem(path, _missing("paper", paper, list(PAPERS)))


def _regimens(study: Study) -> Iterator[Problem]:
    papers = _papers(study)
    for at, regimen in enumerate(study.regimens):
        if regimen.paper is not None and regimen.paper not in papers:
            yield Problem(("regimens", at, "paper"), _missing("paper", regimen.paper, papers))
        if regimen.phases and regimen.paper is not None and regimen.at is None:
            yield Problem(("regimens", at, "at"), "doses need the place where they are printed.")
        made = cumulative_dose(regimen)
        if made is None or regimen.cumulative is None or regimen.note is not None:
            continue
        if made != printed_dose(regimen.cumulative):
            yield Problem(
                ("regimens", at, "cumulative"),
                f"the doses add up to {made.text} mg/m2 over {regimen.max_cycles} cycles, not"
                f" {regimen.cumulative}. Correct them, or say in 'note' why the source differs.",
            )


def _overlaps(study: Study, known: Collection[str]) -> Iterator[Problem]:
    for at, overlap in enumerate(study.overlaps):
        path: TomlPath = ("overlaps", at, "study")
        if overlap.study == study.study.id:
            yield Problem(path, "a study does not overlap with itself.")
        elif overlap.study not in known:
            hint = nearest(overlap.study, known)
            yield Problem(path, f"there is no study {overlap.study!r} in the record.{hint}")


def _listed(study: Study) -> Iterator[Problem]:
    for at, row in enumerate(study.listed):
        if row.paper not in PAPERS:
            yield Problem(("listed", at, "paper"), _missing("paper", row.paper, list(PAPERS)))


def _numbers(study: Study) -> Iterator[Problem]:
    arms = [arm.id for arm in study.arms]
    papers = _papers(study)
    seen: dict[tuple[object, ...], int] = {}
    for at, number in enumerate(study.numbers):
        base: TomlPath = ("numbers", at)
        if number.arm not in arms:
            yield Problem((*base, "arm"), _missing("arm", number.arm, arms))
        if number.against is not None and number.against not in arms:
            yield Problem((*base, "against"), _missing("arm", number.against, arms))
        if number.paper not in papers:
            yield Problem(
                (*base, "paper"),
                f"{_missing('paper', number.paper, papers)} A reference is a paper here if 'read'"
                " says what of it was read.",
            )
        key = (
            number.endpoint, number.arm, number.subgroup, number.time, number.value,
            number.k, number.paper, number.at,
        )  # fmt: skip
        if key in seen:
            yield Problem(base, f"this is number {seen[key] + 1} again, from the same place.")
        seen.setdefault(key, at)
        for problem in (*_counts(number), *_kind(number), *_interval(number), *_quote(number)):
            yield Problem((*base, *problem.path), problem.text)


def _counts(number: Number) -> Iterator[Problem]:
    k, n = whole(number.k), whole(number.n)
    if number.k is not None and k is None:
        yield Problem(("k",), f"{number.k!r} is no whole number.")
    if number.n is not None and (n is None or n < 1):
        yield Problem(("n",), f"{number.n!r} is no number of patients.")
    if k is not None and n is not None and k > n:
        yield Problem(("k",), f"{k} of {n} is more than all of them.")
        return
    if n is None or n < 1 or number.unit != "%" or number.value is None or number.doubt:
        return
    if not attainable(number.value, n, k):
        counted = f"{k} of {n} is {100 * k / n:.1f}%" if k is not None else f"no count of {n} is"
        remedy = "Correct it, or say in 'doubt' why the source cannot be right"
        end = f", not {number.value}%" if k is not None else f" printed as {number.value}%"
        yield Problem(("value",), f"{counted}{end}. {remedy}.")


def _kind(number: Number) -> Iterator[Problem]:
    kind = ENDPOINTS[number.endpoint].kind
    if kind == "probability" and (number.time is None or number.time_unit is None):
        yield Problem(("time",), f"{number.endpoint} needs 'time' and 'time_unit'.")
    if kind in {"proportion", "probability"} and number.value is not None and number.unit != "%":
        yield Problem(("unit",), f'{number.endpoint} is printed in "%".')
    if kind in {"median", "summary"} and number.unit not in {"days", "months", "years"}:
        yield Problem(("unit",), f"{number.endpoint} needs a unit of time.")
    if kind != "proportion" and (number.k is not None or number.n is not None):
        yield Problem(("k",), f"{number.endpoint} is no proportion: it has no k or n.")


def _interval(number: Number) -> Iterator[Problem]:
    for name, ends in (("ci", number.ci), ("range", number.range)):
        if ends is None:
            continue
        low, high = (parse_printed(end) for end in ends)
        middle = None if number.value is None else parse_printed(number.value)
        if low and high and low.value > high.value:
            yield Problem((name,), f"{ends[0]} is more than {ends[1]}: the ends are swapped.")
        elif middle and (
            (low and middle.value < low.value) or (high and middle.value > high.value)
        ):
            yield Problem((name,), f"{number.value} is not between {ends[0]} and {ends[1]}.")
    if number.ci is not None and number.ci_level is None:
        yield Problem(("ci",), "an interval needs its level, 'ci_level'.")


def _quote(number: Number) -> Iterator[Problem]:
    """Ask that the quote holds the number: digits mistyped on one side do not agree."""
    if number.quote is None:
        return
    singles = [word.lower() for word in _WORDS.findall(number.quote)]
    pairs = [f"{one} {other}" for one, other in pairwise(singles)]
    said = {*singles, *pairs}
    for name, printed in _quoted(number):
        if not _said(printed, number.quote, said):
            yield Problem((name,), f"{printed!r} does not stand in the quote {number.quote!r}.")


def _quoted(number: Number) -> Iterator[tuple[str, str]]:
    """Give what must stand in the quote: n only if it is not known from elsewhere."""
    for name, printed in (("value", number.value), ("k", number.k)):
        if printed is not None:
            yield name, printed
    if number.n is not None and number.n_from is None:
        yield "n", number.n
    for name, ends in (("ci", number.ci), ("range", number.range)):
        for end in ends or ():
            yield name, end


def _said(printed: str, text: str, words: set[str]) -> bool:
    if _stands(printed, text):
        return True
    value = whole(printed)
    if value is None:
        return False
    if "all" in words or _stands(str(value), text):  # all patients responded
        return True
    return any(_word_value(word) == value for word in words)


def _stands(printed: str, text: str) -> bool:
    pattern = rf"(?<![\d.]){re.escape(printed)}(?!\d|\.\d)"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _word_value(word: str) -> int | None:
    try:
        return whole(word)
    except ValueError:
        return None
