"""One story: the studies of the record and the four papers, number by number, both ways."""

from __future__ import annotations

from collections import defaultdict

import pytest

from atrisk.errors import InputError
from atrisk.evidence.audit import audit_papers, paper_files
from atrisk.evidence.audit.book import Book
from atrisk.evidence.links import (
    IN_PASSING,
    findings_about,
    names_of_study,
    study_names,
    unknown_studies,
)
from atrisk.evidence.paper import Count, MedianTime, Set, Survival, read_paper
from atrisk.evidence.printed import is_whole, parse_printed
from atrisk.evidence.record import load_record
from atrisk.evidence.record.vocabulary import PAPERS

REVIEWS = ("morley-marks-2016", "short-2024")

# Kinds of statement, and the field of each, in which a field of the record's number may stand.
SHARES = {"count": "percent", "set": "percent", "survival": "estimate", "value": "value"}
TIMES = {"median_time": "estimate", "summary": "median", "value": "value"}
COUNTS = {"count": "k", "set": "n", "value": "value"}
VALUES = {"%": SHARES, "patients": COUNTS, "ratio": {"effect": "estimate"}}
OTHERS = {"low": ("lower", "low"), "high": ("upper", "high"), "time": ("time",), "n": ("n",)}

# Numbers of cited studies that the reviews print and no endpoint of the record is.
TOXICITY = "toxicity other than SOS/VOD"
PEOPLE = "who the patients were"
PART = "a part of a number that the record has"
WORDS = "about a third, in words"
BOUND = "a remark that bounds a number printed elsewhere"
EXCEPTIONS = {
    "morley-marks-2016": {
        "fever_12": TOXICITY,
        "fever_34": TOXICITY,
        "hypotension_12": TOXICITY,
        "nhl_thrombocytopenia": TOXICITY,
        "nhl_thrombocytopenia_3": TOXICITY,
        "mini_infections": TOXICITY,
        "mini_thrombocytopenia": TOXICITY,
        "mini_bilirubin": TOXICITY,
        "md_fever": TOXICITY,
        "md_enzymes_12": TOXICITY,
        "md_enzymes_3": TOXICITY,
        "md_bilirubin_12": TOXICITY,
        "md_bilirubin_3": TOXICITY,
        "hsct_haemorrhage": TOXICITY,
        "cd22_all": PEOPLE,
        "md_salvage1": PEOPLE,
        "md_salvage2": PEOPLE,
        "md_salvage3": PEOPLE,
        "hsct_cytogenetics": PEOPLE,
        "md_hsct_active": PART,
        "md_hsct_vod_biopsy": PART,
    },
    "short-2024": {
        "nhl_thrombocytopenia": TOXICITY,
        "nhl_thrombocytopenia_3": TOXICITY,
        "md_single_fever": TOXICITY,
        "md_single_bilirubin": TOXICITY,
        "de_prior_hsct": WORDS,
        "de_hsct": WORDS,
        "older80_mds": PART,
        "older80_infection": PART,
        "older80_deaths_70": PART,
        "iv_long_term": BOUND,
        "conclusion_os3": BOUND,
    },
}


@pytest.fixture(scope="module")
def record():
    return load_record()


@pytest.fixture(scope="module")
def books():
    return {file.stem: Book(read_paper(file)) for file in paper_files()}


@pytest.fixture(scope="module")
def by_study(books):
    """Paper -> study -> its statements."""
    found = {name: defaultdict(list) for name in books}
    for name, book in books.items():
        for statement in book.paper.statements:
            found[name][statement.study or name].append(statement)
    return found


def same_number(one, other):
    """Tell whether two texts are one number, one of them perhaps rounded further."""
    a, b = parse_printed(one), parse_printed(other)
    if a is None or b is None:
        return one.strip().lower() == other.strip().lower()
    if a.relation != b.relation:
        return False
    rough, fine = sorted((a, b), key=lambda printed: printed.decimals)
    return a.value == b.value or (rough.decimals < fine.decimals and rough.admits(fine.value))


def printed_in(book, statement, fields):
    """List what a statement prints in some fields; the size of its set is an n of it."""
    texts = [book.texts.get(f"{statement.id}.{field}") for field in fields]
    if "n" in fields:
        above = getattr(statement, "within" if isinstance(statement, Set) else "of", None)
        size = None if above is None else book.size(above)
        texts.append(None if size is None else size[1].text)
    return [text for text in texts if text is not None]


def wanted_of(number):
    """Give the parts of a number that stand together at its place: field, text."""
    low, high = number.ci or number.range or (None, None)
    parts = {"value": number.value, "k": number.k, "low": low, "high": high, "time": number.time}
    if number.n_from is None:
        parts["n"] = number.n
    return {field: text for field, text in parts.items() if text is not None}


def fields_of(number, field, kind):
    """Name the fields of a kind of statement in which a part of a number may stand."""
    if field in OTHERS:
        return OTHERS[field]
    fields = COUNTS if field == "k" else VALUES.get(number.unit, TIMES)
    return (fields[kind],) if kind in fields else ()


def stands_in(book, statement, number, wanted):
    """Tell whether the parts of a number stand together in a statement."""
    timed = "value" in wanted and number.unit in {"days", "months", "years"}
    if timed and getattr(statement, "unit", None) != number.unit:
        return False
    return all(
        any(
            same_number(text, own)
            for own in printed_in(book, statement, fields_of(number, field, statement.kind))
        )
        for field, text in wanted.items()
    )


def test_the_papers_of_the_record_are_those_on_disk(books):
    assert set(books) == set(PAPERS)


def test_every_study_that_a_paper_names_is_known(record, books):
    assert {name: unknown_studies(book.paper, record) for name, book in books.items()} == {
        name: {} for name in books
    }


def test_an_unknown_study_is_found_where_it_is_first_named(record, books):
    paper = books["short-2024"].paper
    renamed = tuple(
        s.model_copy(update={"study": "inovate"}) if s.study == "ino-vate" else s
        for s in paper.statements
    )
    first = next(i for i, s in enumerate(paper.statements) if s.study == "ino-vate")
    found = unknown_studies(paper.model_copy(update={"statements": renamed}), record)
    assert found == {"inovate": first}


def test_what_is_named_in_passing_is_named_and_is_no_study(record, by_study):
    named = {study for studies in by_study.values() for study in studies}
    assert set(IN_PASSING) <= named
    assert not set(IN_PASSING) & study_names(record)


def numbers_of(record, paper):
    for study in record.studies:
        for at, number in enumerate(study.numbers):
            if number.paper == paper:
                yield study, at, number


@pytest.mark.parametrize("paper", sorted(PAPERS))
def test_every_number_of_the_record_stands_in_the_file_of_its_paper(record, books, by_study, paper):
    missing = {}
    for study, at, number in numbers_of(record, paper):
        wanted = wanted_of(number)
        if wanted.get("value", "").lower() == "not reported":
            continue  # the paper prints no number
        names = names_of_study(record, study.study.id)
        own = [statement for name in names for statement in by_study[paper][name]]
        if not any(stands_in(books[paper], statement, number, wanted) for statement in own):
            missing[study.study.id, at] = wanted
    assert missing == {}


@pytest.mark.parametrize("paper", sorted(PAPERS))
def test_every_p_value_of_the_record_stands_in_the_file_of_its_paper(
    record, books, by_study, paper
):
    missing = {}
    for study, at, number in numbers_of(record, paper):
        if number.p is None:
            continue
        names = names_of_study(record, study.study.id)
        own = [statement for name in names for statement in by_study[paper][name]]
        if not any(stands_in_p(books[paper], statement, number.p) for statement in own):
            missing[study.study.id, at] = number.p
    assert missing == {}


def stands_in_p(book, statement, p):
    return any(same_number(p, own) for own in printed_in(book, statement, ("p",)))


@pytest.mark.parametrize("paper", sorted(PAPERS))
def test_what_is_printed_also_elsewhere_stands_there(record, books, by_study, paper):
    """The record says ``also = ["kayser-2024: Introduction"]``."""
    missing = {}
    for study in record.studies:
        names = names_of_study(record, study.study.id)
        own = [statement for name in names for statement in by_study[paper][name]]
        for at, number in enumerate(study.numbers):
            if not any(place.startswith(f"{paper}:") for place in number.also):
                continue
            parts = wanted_of(number)
            found = [{field: parts[field]} for field in ("value", "k") if field in parts]
            if not any(stands_in(books[paper], s, number, wanted) for s in own for wanted in found):
                missing[study.study.id, at] = found
    assert missing == {}


def claims_of(book, statement):
    """Give what a count, a median or a survival says: field of the record, text."""
    shares = {"k": "k", "percent": "value"}
    fields = shares if isinstance(statement, Count) else {"estimate": "value"}
    texts = {own: book.texts.get(f"{statement.id}.{field}") for field, own in fields.items()}
    return {own: text for own, text in texts.items() if text and is_given(text)}


def is_given(text):
    return is_whole(text) or parse_printed(text) is not None


def tells(number, statement, claims):
    """Tell whether a number of the record says what a statement does."""
    if isinstance(statement, Survival):
        kind = number.unit == "%" and number.time_unit == statement.time_unit
        kind = kind and same_number(number.time, statement.time)
    elif isinstance(statement, MedianTime):
        kind = number.unit == statement.unit and number.time is None
    else:
        kind = number.unit in {"%", "patients", None}
    if any(is_whole(text) for text in claims.values()):
        return kind and (number.value == "100" or (number.n is not None and number.k == number.n))
    given = [
        (text, getattr(number, field)) for field, text in claims.items() if getattr(number, field)
    ]
    return kind and bool(given) and all(same_number(text, own) for text, own in given)


@pytest.mark.parametrize("paper", REVIEWS)
def test_every_result_of_a_cited_study_is_in_the_record(record, books, paper):
    known, book, missing = study_names(record), books[paper], set()
    for statement in book.paper.statements:
        if not isinstance(statement, Count | MedianTime | Survival) or statement.derived:
            continue
        if statement.study not in known:
            assert statement.study in IN_PASSING
            continue
        claims = claims_of(book, statement)
        numbers = [
            number
            for study in record.studies
            if statement.study in names_of_study(record, study.study.id)
            for number in study.numbers
            if number.paper == paper or any(place.startswith(paper) for place in number.also)
        ]
        if claims and not any(tells(number, statement, claims) for number in numbers):
            missing.add(statement.id)
    assert missing == set(EXCEPTIONS[paper])


def test_findings_about_a_study(record):
    audit = audit_papers(paper_files())
    found = findings_about(record, "kantarjian-2012", audit)
    says = [finding["says"] for finding in found]
    assert any("23" in text for text in says)
    assert {finding["paper"] for finding in found} >= {"morley-marks-2016", "across papers"}
    assert findings_about(record, "a041501", audit) == []
    own = findings_about(record, "kayser-2024", audit)
    assert {finding["paper"] for finding in own} == {"kayser-2024"}
    with pytest.raises(InputError, match="no study 'kantarjian-2021x'"):
        findings_about(record, "kantarjian-2021x", audit)
