"""A large cohort for tests of speed: the small one, moved in time and made older."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .clean import CLEAN, REPEATING, cohort_forms, csv_text, dictionary_columns
from .published import PATIENTS, SEED
from .varied import Group, is_varied, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .clean import Cohort
    from .forms import Row

__all__ = ["study_of_many", "write_large"]

#: Dates move back by up to this many days, ages up by up to this many years, each pair once.
DAYS, YEARS = 1500, 20
_STUDY = Path(__file__).parents[1] / "study.toml"
#: Analyses that show single patients, or the numbers of 58 beside those of publications.
_OF_FEW = {"swimmer", "trajectories", "dose_event", "listing", "published", "compare"}
_MARK = re.compile(r"\x00([^\x00]*)\x00")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def study_of_many(text: str) -> str:
    """Leave out of a study file what is about 58 patients: analyses, texts, answers."""
    head, *analyses = re.split(r"(?m)^(?=\[\[analyses\]\])", text.partition("\n[report]")[0])
    kinds = [re.search(r'(?m)^kind = "(\w+)"', part) for part in analyses]
    kept = (
        part
        for part, kind in zip(analyses, kinds, strict=True)
        if kind is None or kind[1] not in _OF_FEW
    )
    return head + "".join(kept)


def write_large(count: int, out: Path, *, varied: bool = False) -> None:
    """Write the forms of many patients to ``records/``, with the study file beside it.

    Who lives keeps the date of last contact; all other dates of a patient move together. Varied
    patients have their own laboratory values, doses, intervals and texts, too.
    """
    folder = out / CLEAN
    folder.mkdir(parents=True, exist_ok=True)
    study = study_of_many(_STUDY.read_text(encoding="utf-8"))
    (out / "study.toml").write_text(study, encoding="utf-8")
    cohort = cohort_forms()
    bases = list(cohort)
    moves = _moves(count)
    spelt = [date.fromordinal(day).isoformat() for day in range(1, date(2024, 1, 1).toordinal())]
    starts = [_first_dose(cohort[record]) for record in bases]
    ends = [_date(cohort[record]["transplant"][0]["hct_date"]) for record in bases]
    for form, columns in dictionary_columns().items():
        header = ["record_id", *(["redcap_repeat_instance"] if form in REPEATING else []), *columns]
        templates = [_pieces(cohort, record, form, columns, varied=varied) for record in bases]
        with (folder / f"{form}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(csv_text(header, []))
            if varied:
                groups = [
                    Group(base, len(moves[base::PATIENTS]), form, start, end)
                    for base, (start, end) in enumerate(zip(starts, ends, strict=True))
                ]
                file.writelines(_varied(templates, groups, bases, moves, spelt))
            else:
                file.writelines(_filled(templates, bases, starts, moves, spelt))


def _moves(count: int) -> list[tuple[int, int]]:
    """Draw days and years for each patient, a pair at most once for each of the small cohort."""
    rng = np.random.default_rng([SEED, count])
    each = -(-count // PATIENTS)
    if each > DAYS * YEARS:
        raise SystemExit(f"at most {DAYS * YEARS * PATIENTS} patients can be told apart")
    drawn = [rng.choice(DAYS * YEARS, size=each, replace=False) for _ in range(PATIENTS)]
    numbers = np.stack(drawn, axis=1).ravel()[:count].tolist()
    return [divmod(number, YEARS) for number in numbers]


def _first_dose(forms: dict[str, list[Row]]) -> date:
    return _date(forms["ino_cycle"][0]["cyc_d1_date"])


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _pieces(
    cohort: Cohort, record: str, form: str, columns: list[str], *, varied: bool
) -> list[str]:
    """Give the rows of a patient as text, every second piece a word to fill in."""
    rows = []
    alive = cohort[record]["followup"][0]["fu_status"] == "1"
    for instance, row in enumerate(cohort[record].get(form, []), 1):
        start = ["\0id\0", *([str(instance)] if form in REPEATING else [])]
        cells = [_marked(name, row.get(name, ""), alive=alive) for name in columns]
        if varied:
            cells = [
                f"\0{name}={cell}\0" if is_varied(name, cell) else cell
                for name, cell in zip(columns, cells, strict=True)
            ]
        rows.append([*start, *cells])
    return _MARK.split("".join(csv_text(row, []) for row in rows))


def _marked(name: str, text: str, *, alive: bool) -> str:
    if name in {"age", "birth_year"}:
        return f"\0{name}{text}\0"
    if _ISO.fullmatch(text) and not (alive and name == "fu_date"):
        return f"\0{date.fromisoformat(text).toordinal() - 1}\0"
    return text


def _filled(
    templates: list[list[str]],
    bases: list[str],
    starts: list[date],
    moves: list[tuple[int, int]],
    spelt: list[str],
) -> Iterator[str]:
    for number, (days, years) in enumerate(moves):
        base = number % PATIENTS
        pieces = templates[base].copy()
        for place in range(1, len(pieces), 2):
            word = pieces[place]
            if word.isdigit():
                pieces[place] = spelt[int(word) - days]
            else:
                start = starts[base]
                pieces[place] = _word(
                    word, f"{bases[base][:4]}{number + 1:07d}", start, days, years
                )
        yield "".join(pieces)


def _word(word: str, record: str, start: date, days: int, years: int) -> str:
    """Fill in the record, the age or the year of birth."""
    if word == "id":
        return record
    if word.startswith("age"):
        return str(int(word[3:]) + years)
    moved = date.fromordinal(start.toordinal() - days).year - start.year
    return str(int(word[10:]) + moved - years)


def _varied(
    templates: list[list[str]],
    groups: list[Group],
    bases: list[str],
    moves: list[tuple[int, int]],
    spelt: list[str],
) -> Iterator[str]:
    """Fill in all patients of one of the small cohort together; give them in their order."""
    texts = []
    for base, (pieces, group) in enumerate(zip(templates, groups, strict=True)):
        own = moves[base::PATIENTS]
        columns: list[str | list[str]] = list(pieces)
        for place in range(1, len(pieces), 2):
            word = pieces[place]
            if word.isdigit():
                days = group.days(int(word) + 1).tolist()
                columns[place] = [
                    spelt[at - 1 - back] for at, (back, _) in zip(days, own, strict=True)
                ]
            elif "=" in word:
                columns[place] = group.entries(*word.split("=", 1))
            else:
                records = range(base + 1, len(moves) + 1, PATIENTS)
                columns[place] = [
                    _word(word, f"{bases[base][:4]}{number:07d}", group.start, *move)
                    for number, move in zip(records, own, strict=True)
                ]
        texts.append(joined(columns, group.size))
    for number in range(len(moves)):
        yield next(texts[number % PATIENTS])
