"""Which row of another form a field means: by record, event and instance, for all rows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from atrisk.errors import nearest
from atrisk.study.forms.evaluate_values import Misfit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.forms.expression import Reference
    from atrisk.study.forms.tables import FormTable, Records, Written

__all__ = ["Frame", "Joins", "frame_of"]

_STEP: Final = {"previous": -1, "current": 0, "next": 1}


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows for which an expression is evaluated: those of a form, or the records (None).

    Attributes
    ----------
    form
        the form, or None.
    record
        shape (n,), int32: position in the records.
    instance
        shape (n,), int32, or None.
    event
        the event of each row, or None.
    """

    form: str | None
    record: NDArray[np.int32]
    instance: NDArray[np.int32] | None
    event: Written | None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.record)


def frame_of(records: Records, form: str | None) -> Frame:
    """Give the rows of a form, or one row a record."""
    if form is None:
        return Frame(None, np.arange(len(records.ids), dtype=np.int32), None, None)
    table = records.table(form)
    return Frame(form, table.record, table.instance, table.event)


class Joins:
    """Finds rows of other forms, each join once."""

    def __init__(self, records: Records) -> None:
        self.records = records
        texts = [table.event.texts for table in records.tables.values() if table.event is not None]
        names = dict.fromkeys(name for some in texts for name in some)
        self.events = {name: place for place, name in enumerate(names)}
        self._found: dict[object, NDArray[np.int64]] = {}

    def repeats(self, form: str) -> bool:
        """Tell whether a record can have several rows of a form."""
        table = self.records.tables[form]
        several = bool(table.rows) and int(table.instance.max()) > 1
        return form in self.records.dictionary.repeating or several

    def located(self, frame: Frame, reference: Reference, form: str) -> NDArray[np.int64] | None:
        """Find the row of a form that a field means on each row; None if it is the row itself.

        Returns
        -------
        ndarray or None
            shape (n,): positions in the form's table, -1 where there is no such row.
        """
        instance, event = reference.instance, reference.event
        own = frame.form == form and event is None
        if own and instance in {None, "current"}:
            return None
        if instance is None and self.repeats(form):
            raise Misfit(
                reference.start,
                f"the form {form!r} repeats: say which of its rows, as in"
                f" [{reference.field}][last-instance] or [{reference.field}][1], or write"
                f" latest([{reference.field}]), highest, lowest, count or any_equal",
            )
        key = (frame.form, form, event, instance)
        if key not in self._found:
            self._found[key] = self._joined(frame, reference, self.records.tables[form])
        return self._found[key]

    def rows_in(self, table: FormTable, reference: Reference) -> NDArray[np.int64]:
        """Give the rows of a table, of one event if the field names one."""
        if reference.event is None:
            return np.arange(table.rows)
        self._require_event(reference)
        event = table.event
        if event is None or reference.event not in event.texts:
            return np.arange(0)
        return np.flatnonzero(event.codes == event.texts.index(reference.event))

    def _require_event(self, reference: Reference) -> None:
        if reference.event not in self.events:
            known = f" Events are: {', '.join(self.events)}." if self.events else ""
            raise Misfit(
                reference.start,
                f"the records have no event {reference.event!r}.{known}"
                f"{nearest(reference.event, self.events)}",
            )

    def _joined(self, frame: Frame, reference: Reference, table: FormTable) -> NDArray[np.int64]:
        rows = self.rows_in(table, reference)
        by_event = reference.event is None and table.event is not None and frame.event is not None
        groups = self._groups(table.record, table.event if by_event else None)[rows]
        wanted = self._groups(frame.record, frame.event if by_event else None)
        instance = reference.instance
        if isinstance(instance, str) and instance in _STEP:
            return self._stepped(frame, reference, table, groups, rows, wanted)
        if isinstance(instance, int):
            keep = table.instance[rows] == instance
            groups, rows = groups[keep], rows[keep]
        if instance is None:
            self._require_single(reference, table, groups)
        order = np.argsort(table.instance[rows], kind="stable")
        if instance != "last":
            order = order[::-1]
        place = np.full(len(self.records.ids) * max(len(self.events), 1), -1, dtype=np.int64)
        place[groups[order]] = rows[order]  # of several, the last assigned stays
        return place[wanted]

    def _groups(self, record: NDArray[np.int32], event: Written | None) -> NDArray[np.int64]:
        """Give each pair of record and event a number, or each record."""
        if event is None:
            return record.astype(np.int64)
        codes = np.array([self.events[name] for name in event.texts], dtype=np.int64)
        return record.astype(np.int64) * len(self.events) + codes[event.codes]

    def _require_single(
        self, reference: Reference, table: FormTable, groups: NDArray[np.int64]
    ) -> None:
        if len(groups) and int(np.bincount(groups).max()) > 1:
            raise Misfit(
                reference.start,
                f"the form {table.form!r} has rows at several events: say which, as in"
                f" [{next(iter(self.events), 'event')}][{reference.field}]",
            )

    def _stepped(
        self,
        frame: Frame,
        reference: Reference,
        table: FormTable,
        groups: NDArray[np.int64],
        rows: NDArray[np.int64],
        wanted: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Find the instance before, at or after that of the row."""
        if frame.instance is None:
            raise Misfit(
                reference.start, f"[{reference.instance}-instance] needs a row of a repeating form"
            )
        if not len(rows):
            return np.full(len(wanted), -1, dtype=np.int64)
        step = _STEP[str(reference.instance)]
        width = 3 + int(max(table.instance.max(initial=1), frame.instance.max(initial=1)))
        keys = groups * width + table.instance[rows]
        order = np.argsort(keys, kind="stable")
        keys, rows = keys[order], rows[order]
        asked = wanted * width + (frame.instance + step)
        spot = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        return np.where(keys[spot] == asked, rows[spot], -1)
