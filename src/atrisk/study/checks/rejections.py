"""What intake could not take in, as queries: files, rows, entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from atrisk.study.forms.queries import Query
from atrisk.study.forms.tables import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atrisk.study.forms.queries import Severity
    from atrisk.study.forms.tables import FormTable, Records, Rejected

__all__ = ["check_rejections", "rejection_rule"]

_ADVICE = {
    "file_rejected": "Nothing of this file was taken in. Send it again, corrected.",
    "row_rejected": "The row is in no table. Correct it and send the file again.",
    "type": "Correct the entry, or enter a missing code.",
    "choice": "Enter one of the codes of the dictionary.",
}


def rejection_rule(records: Records, item: Rejected) -> str:
    """Tell which check a rejection belongs to."""
    if item.level == "file":
        return "file_rejected"
    if item.level == "row":
        return "row_rejected"
    name = item.field.partition("___")[0]
    dictionary = records.dictionary
    return "choice" if name in dictionary and dictionary.field(name).choices else "type"


def check_rejections(records: Records, severities: Mapping[str, str]) -> Iterator[Query]:
    """Ask the centre about everything that could not be taken in."""
    instances = _Instances(records)
    for item in records.rejected:
        rule = rejection_rule(records, item)
        if severities[rule] == "off":
            continue
        severity = cast("Severity", severities[rule])
        yield Query(
            centre=item.centre,
            record=item.record,
            form=item.form,
            instance=instances.of(item),
            field=item.field,
            value=item.value,
            rule=rule,
            severity=severity,
            message=f"{_sentence(item.for_centre)} {_ADVICE[rule]}",
            file=item.file,
            place=item.place,
            line=item.line,
        )


def _sentence(text: str) -> str:
    body = text.strip().rstrip(".")
    return f"{body[:1].upper()}{body[1:]}{'' if body.endswith('?') else '.'}"


class _Instances:
    """Looks up the instance of the row that a rejected entry stands in."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.places = {name: place for place, name in enumerate(records.ids)}

    def of(self, item: Rejected) -> int:
        table = self.records.tables.get(item.form)
        record = self.places.get(item.record, -1)
        if item.level != "entry" or table is None or record < 0:
            return 1
        start, end = np.searchsorted(table.record, [record, record + 1]).tolist()
        rows = [row for row in range(start, end) if self._unreadable(table, item, row)]
        here = [row for row in rows if table.line[row] == item.line] or rows
        return int(table.instance[here[0]]) if here else 1

    def _unreadable(self, table: FormTable, item: Rejected, row: int) -> bool:
        """Tell whether the row has this entry: of one value a line, the line is not the row's."""
        column = table.columns.get(item.field)
        if column is None:
            return bool(table.line[row] == item.line)
        return bool(column.missing[row] == UNREADABLE and column.text(row) == item.value)
