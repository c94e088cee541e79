"""The study's numbers beside those of a publication."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from atrisk.errors import InputError, nearest
from atrisk.study.groups import OVERALL
from atrisk.study.published_analysis import PublishedAnalysis
from atrisk.study.published_file import PublishedTable, read_published
from atrisk.study.published_numbers import PrintedNumber, verdict
from atrisk.study.values import Entries, merged, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atrisk.study.names import Names
    from atrisk.study.plan import AnalysisPlan, Plan
    from atrisk.study.published_file import PublishedRow
    from atrisk.toml.locate import TomlPath

__all__ = ["published", "published_parts", "with_published"]

#: Verdicts in the order in which they are told, and how they are counted.
VERDICTS = ("agrees", "rounded", "differs", "impossible", "not_compared")
_NOT_SHOWN = ("suppressed:", "withheld:")
_METHOD = "compared at the printed decimals"


def published_parts(names: Names, asked: PublishedAnalysis, path: TomlPath) -> dict[str, Any]:
    """Read the published numbers; note what is wrong with their file."""
    try:
        file = names.request.path.parent / asked.file
        return {"published": read_published(file, asked.file, asked.decimal)}
    except InputError as error:
        names.note((*path, "file"), str(error))
        return {}


def with_published(plan: Plan, document: dict[str, Any]) -> dict[str, Any]:
    """Add the comparisons with publications to a document that has all other numbers."""
    jobs = [job for job in plan.analyses if isinstance(job.asked, PublishedAnalysis)]
    if not jobs:
        return document
    found = [published(job, document["values"]) for job in jobs]
    nodes = {node["id"]: node for node in (*document["analyses"], *(node for node, _ in found))}
    return document | {
        "analyses": [nodes[job.id] for job in plan.analyses],
        "values": merged(document["values"], *(entries for _, entries in found)),
    }


def published(
    plan: AnalysisPlan, values: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], Entries]:
    """Compare the numbers of a publication with those of the study.

    Parameters
    ----------
    plan
        what to compare.
    values
        the numbers of all other analyses, by key.

    Returns
    -------
    node : dict
        the analysis in the results document.
    entries : dict
        how many numbers agree, in each section and in all.

    Raises
    ------
    InputError
        the file names a key that the study does not have; the message gives the nearest ones.
    """
    asked, table = plan.asked, plan.published
    if not isinstance(asked, PublishedAnalysis) or table is None:
        raise TypeError(f"{plan.id} has no published numbers")
    _check_keys(plan.id, table, values)
    sections = _sections(table, values)
    node = {
        "id": plan.id,
        "kind": "published",
        "title": plan.title,
        "by": None,
        "groups": [],
        "overall": OVERALL.node(),
        "source": asked.source,
        "file": table.file,
        "sha256": table.sha256,
        "sections": sections,
        "notes": [],
        "warnings": [],
        "left_out": [],
    }
    counted = [(section["id"], section["rows"]) for section in sections]
    counted.append(("all", [row for _, rows in counted for row in rows]))
    return node, merged(*(_counts(f"{plan.id}.{name}", rows) for name, rows in counted))


def _check_keys(name: str, table: PublishedTable, values: Mapping[str, Mapping[str, Any]]) -> None:
    problems = [
        f"analysis {name!r}: {table.file}, line {row.line}: the results have no number"
        f" {key!r}.{nearest(key, values)}"
        for row in table.rows
        for key in row.keys
        if key not in values
    ]
    if problems:
        raise InputError("\n".join(problems))


def _sections(
    table: PublishedTable, values: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Gather the lines of each section, in the order in which sections first appear."""
    names = tuple(dict.fromkeys(row.section for row in table.rows))
    return [
        {
            "id": f"s{number}",
            "label": name,
            "rows": [_row(row, values) for row in table.rows if row.section == name],
        }
        for number, name in enumerate(names, start=1)
    ]


def _row(row: PublishedRow, values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    pieces = list(_pieces(row, values))
    verdicts = [piece["verdict"] for piece in pieces if isinstance(piece, dict)]
    return {
        "label": row.label,
        "published": row.published,
        "place": row.place,
        "quote": row.quote,
        "note": row.note,
        "verdict": max(verdicts, key=VERDICTS.index),
        "pieces": pieces,
    }


def _pieces(
    row: PublishedRow, values: Mapping[str, Mapping[str, Any]]
) -> Iterator[str | dict[str, Any]]:
    """Give the words of a printed text as they are, and its numbers with their verdicts."""
    keys = iter(row.keys)
    for part in row.parts:
        if isinstance(part, str):
            yield part
            continue
        key = next(keys, None)
        found = "not_compared" if key is None else _verdict(values[key], part)
        judged = "impossible" if found == "differs" and row.impossible else found
        yield {"key": key, "published": part.text, "places": part.places, "verdict": judged}


def _verdict(entry: Mapping[str, Any], printed: PrintedNumber) -> str:
    reason = str(entry.get("missing", ""))
    if reason.startswith(_NOT_SHOWN):
        return "not_compared"  # a verdict would give the number away
    reached = not reason.startswith("not reached")
    return verdict(_as_reported(entry), printed, reached=reached)


def _as_reported(entry: Mapping[str, Any]) -> float | None:
    """Give a number in the unit of the report: times in its unit, proportions in percent."""
    number = entry.get("display", entry)["value"]
    if number is None:
        return None
    return 100.0 * number if entry["unit"] == "proportion" else float(number)


def _counts(prefix: str, rows: Iterable[Mapping[str, Any]]) -> Entries:
    found = Counter(
        piece["verdict"] for row in rows for piece in row["pieces"] if isinstance(piece, dict)
    )
    compared = sum(found[name] for name in VERDICTS[:-1])
    counts = {"numbers": compared} | {name: found[name] for name in VERDICTS}
    return {
        f"{prefix}.{name}": value(number, "numbers", method=_METHOD)
        for name, number in counts.items()
    }
