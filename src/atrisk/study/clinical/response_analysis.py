"""The analysis ``response_rules``: who judges the same assessments how, and why they differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.study.clinical.infusions import timeline
from atrisk.study.clinical.response import response_rows
from atrisk.study.clinical.response_judges import Judge, judged_by, missing_items, reasons_for
from atrisk.study.clinical.rows import inside
from atrisk.study.clinical.words import item_words, recorded_words
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from atrisk.study.clinical.infusions import Timeline
    from atrisk.study.clinical.response import ResponseRows
    from atrisk.study.clinical_analyses import ResponseRulesAnalysis
    from atrisk.study.forms.tables import Records

__all__ = ["response_analysis"]

_PERIODS = {
    "from_ino": "from the first dose of INO on",
    "to_transplant": "from the first dose of INO to the transplantation, both days included",
    "all": "all, also before INO and of patients without INO",
}
#: Calls of rules that a centre enters as CRi: its form has no other.
_AS_CRI = {"CRp": "CRi", "CRh": "CRi"}


def response_analysis(
    asked: ResponseRulesAnalysis, records: Records
) -> tuple[dict[str, Any], Entries]:
    """Compare two judges over the assessments of a cohort; keys are those below the analysis."""
    line = timeline(records)
    found = response_rows(line, asked.second, "centre")
    rows = np.flatnonzero(_counted(asked, line, found))
    first, second = (
        judged_by(key, name, asked, found, rows)
        for key, name in (("first", asked.first), ("second", asked.second))
    )
    same = _same(first, second)[first.call, second.call]
    judged = ~first.open & ~second.open
    differing = np.flatnonzero(judged & ~same)
    why = reasons_for(first, second, differing)
    table, entries = _table(first, second)
    missing, more = _missing(first, second, found)
    entries |= more | _counts(found, rows, judged, same)
    reasons, counted = _grouped(first, second, differing, why)
    listing = _Listing(records, found, rows, first, second)
    node = {
        "first": first.node(),
        "second": second.node(),
        "period": _PERIODS[asked.assessments],
        "table": table,
        "reasons": reasons,
        "missing": missing,
        "differing": [
            listing.row(at, text) for at, text in zip(differing.tolist(), why, strict=True)
        ],
        "undecided": list(listing.undecided(np.flatnonzero(~judged))),
        "notes": list(_notes(first, second, found, rows)),
        "left_out": [],
    }
    return node, entries | counted


def _counted(
    asked: ResponseRulesAnalysis, line: Timeline, found: ResponseRows
) -> NDArray[np.bool_]:
    record, day = found.rows.record, found.day
    if asked.assessments == "all":
        return np.ones(len(day), dtype=bool)
    if asked.assessments == "from_ino":
        return np.asarray(day >= line.start[record])
    return inside(day, line.start[record], line.hct[record])


def _same(first: Judge, second: Judge) -> NDArray[np.bool_]:
    """Tell which calls agree: shape (calls of the first, calls of the second)."""
    like = _AS_CRI if first.responses is None else {}
    return np.array(
        [[like.get(two, two) == one for two in second.names] for one in first.names], dtype=bool
    )


def _table(first: Judge, second: Judge) -> tuple[dict[str, Any], Entries]:
    """Cross the calls that occur."""
    counts = np.zeros((len(first.names), len(second.names)), dtype=np.int64)
    np.add.at(counts, (first.call, second.call), 1)
    rows = np.flatnonzero(counts.sum(axis=1)).tolist()
    columns = np.flatnonzero(counts.sum(axis=0)).tolist()
    ids = [[_id(name) for name in judge.names] for judge in (first, second)]
    entries: Entries = {}
    for row in rows:
        key = f"table.{ids[0][row]}"
        entries[f"{key}.total"] = _assessments(counts[row].sum())
        for column in columns:
            entries[f"{key}.{ids[1][column]}"] = _assessments(counts[row, column])
    for column in columns:
        entries[f"table.total.{ids[1][column]}"] = _assessments(counts[:, column].sum())
    same = _same(first, second)
    agree = [
        [ids[0][row], ids[1][column]] for row in rows for column in columns if same[row, column]
    ]
    node = {
        "rows": [{"id": ids[0][at], "label": first.names[at]} for at in rows],
        "columns": [{"id": ids[1][at], "label": second.names[at]} for at in columns],
        "agree": agree,
    }
    return node, entries


def _id(call: str) -> str:
    return call.lower().replace(" ", "_")


def _assessments(count: Any, of: int | None = None) -> dict[str, Any]:  # noqa: ANN401
    return value(int(count), "assessments", n=of)


def _counts(
    found: ResponseRows,
    rows: NDArray[np.int64],
    judged: NDArray[np.bool_],
    same: NDArray[np.bool_],
) -> Entries:
    both, agree = int(judged.sum()), int((judged & same).sum())
    differ = judged & ~same
    record = found.rows.record[rows]
    return {
        "overall.n": value(len(np.unique(record)), "patients"),
        "assessments": _assessments(len(rows)),
        "judged": _assessments(both),
        "agree": _assessments(agree, both),
        "agree_percent": value(
            100 * agree / both if both else None,
            "percent",
            n=both,
            method="of assessments that both judge",
            missing="no assessment is judged by both",
        ),
        "differ": _assessments(both - agree, both),
        "differ_patients": value(len(np.unique(record[differ])), "patients"),
        "undecided": _assessments(len(rows) - both),
    }


def _grouped(
    first: Judge, second: Judge, rows: NDArray[np.int64], why: Iterable[str]
) -> tuple[list[dict[str, str]], Entries]:
    """Count each pair of calls with its reason, the most frequent first."""
    counted = Counter(
        (int(first.call[row]), int(second.call[row]), text)
        for row, text in zip(rows.tolist(), why, strict=True)
    )
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    nodes, entries = [], {}
    for number, ((one, two, text), count) in enumerate(ordered, start=1):
        key = f"reason_{number}"
        calls = {"first": first.names[one], "second": second.names[two]}
        nodes.append({"id": key, **calls, "reason": text})
        entries[f"{key}.n"] = _assessments(count)
    return nodes, entries


def _missing(
    first: Judge, second: Judge, found: ResponseRows
) -> tuple[list[dict[str, Any]], Entries]:
    """Count of each judge the assessments it cannot judge, and the items that would decide."""
    nodes, entries = [], {}
    for judge in (first, second):
        entries[f"{judge.key}.open"] = _assessments(judge.open.sum())
        counted = Counter(item for items in missing_items(judge).values() for item in items)
        for item, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
            held = found.assessments.items.get(item)
            asked = held is not None
            nodes.append(
                {"id": item, "judge": judge.key, "label": item_words(item), "in_forms": asked}
            )
            entries[f"{judge.key}.missing.{item}"] = _assessments(count, int(judge.open.sum()))
    return nodes, entries


@dataclass(frozen=True, slots=True)
class _Listing:
    """Assessments as they are listed."""

    records: Records
    found: ResponseRows
    rows: NDArray[np.int64]
    first: Judge
    second: Judge

    def row(self, at: int, reason: str) -> dict[str, Any]:
        """Give one assessment: where it stands, who calls it how, and what was recorded."""
        row = int(self.rows[at])
        form = self.found.rows.table
        day = self.found.day[row]
        source = self.records.files[form.file[row]] if self.records.files else None
        return {
            "record": self.records.ids[form.record[row]],
            "instance": int(form.instance[row]),
            "date": None if np.isnan(day) else str(np.datetime64(int(day), "D")),
            "first": self.first.names[self.first.call[at]],
            "second": self.second.names[self.second.call[at]],
            "reason": reason,
            "recorded": recorded_words(self.found.assessments.items, row),
            "file": "" if source is None else source.name,
            "line": int(form.line[row]),
        }

    def undecided(self, rows: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
        """List assessments of which a judge says nothing, with what is missing."""
        judges = [(judge, judge.open, missing_items(judge)) for judge in (self.first, self.second)]
        for at in rows.tolist():
            said = [
                _silence(judge, items.get(at, ())) for judge, open_, items in judges if open_[at]
            ]
            yield self.row(at, "; ".join(said))


def _silence(judge: Judge, items: tuple[str, ...]) -> str:
    if judge.responses is None:
        return "Centre: no call"
    return f"{judge.label}: not recorded: {', '.join(map(item_words, items))}"


def _notes(
    first: Judge, second: Judge, found: ResponseRows, rows: NDArray[np.int64]
) -> Iterator[str]:
    if not len(rows):
        yield "No assessment of the patients analysed counts."
    undated = int(np.isnan(found.day).sum())
    if undated:
        verb = "assessment has" if undated == 1 else "assessments have"
        yield f"{undated} {verb} no date, so that nobody can say whether INO had been given before."
    if first.responses is None:
        yield "CRi of the centre agrees with CRi, CRp and CRh of the rules."
    unasked = {
        item_words(item)
        for judge in (first, second)
        if judge.responses is not None
        for line in judge.responses.rules.lines
        for item in line.items
        if item not in found.assessments.items
    }
    if unasked:
        yield (
            f"Not read for each assessment: {', '.join(sorted(unasked))}. A rule that needs it is"
            " not decided; one that asks for it if recorded is judged without it."
        )
    yield "A difference between rules is no error of the centre: it shows what the rules ask for."
