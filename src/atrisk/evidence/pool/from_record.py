"""The rows of a pool that come from the published record."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from atrisk.errors import InputError, listed, nearest
from atrisk.evidence.pool.models import GROUPINGS, RECORD_MODERATORS
from atrisk.evidence.pool.rows import Collected, PoolRow
from atrisk.evidence.printed import parse_printed
from atrisk.evidence.record import Filters, Record, load_record, record_rows
from atrisk.evidence.record.vocabulary import ENDPOINTS, PAPERS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

    from atrisk.evidence.pool.models import PoolFile, PoolTable, RecordTable
    from atrisk.evidence.record import RecordRow, RecordRows
    from atrisk.toml import TomlFile

__all__ = ["collected_of_record", "own_of_record"]

_MEASURES = {"proportion": "proportion", "ratio": "ratio", "survival": "probability"}
_FILTERS = ("population", "line", "ph", "regimen", "min_dose", "max_dose")
_TRAITS = ("disease", "line", "ph", "age_group", "denominator", "selected", "role", "paper")


def collected_of_record(read: TomlFile, asked: PoolFile, table: RecordTable) -> Collected:
    """Take the rows that the file asks the record for, no patient twice.

    Parameters
    ----------
    read, asked
        the file.
    table
        its table ``[record]``.

    Returns
    -------
    Collected
        rows in the order of the record; studies left out because they share patients with one
        that is pooled (or with the cohort that is laid beside), or because the file says so.

    Raises
    ------
    InputError
        an endpoint, a filter or a study that there is not, or no study that is asked for: then
        the message lists what exists.
    """
    _check_names(read, asked.pool, table)
    whole = _record(read, table)
    taken_out = _taken_out(read, asked, table, whole)
    there = _without(whole, taken_out)
    every, why = _made(read, asked.pool, table, _rows(there, table, overlapping=True))
    # a study that cannot be pooled keeps none out that shares its patients and can
    able = {row.study for row in every}
    unable = {study.study.id for study in there.studies} - able
    chosen = _rows(_without(there, unable), table, overlapping=False)
    rows, _ = _made(read, asked.pool, table, chosen)
    left_out = {name: reason for name, reason in taken_out.items() if _has(whole, name, table)}
    left_out |= {item.study: _overlap(item.text, item.study) for item in chosen.left_out}
    not_used = [(f"{name}, {arm}", said) for name, arm, said in why if name not in left_out]
    if not rows:
        raise InputError(_nothing(whole, table, not_used))
    return Collected(
        tuple(rows), tuple(sorted(left_out.items())), tuple(not_used), _papers(rows, whole)
    )


def _without(record: Record, names: Container[str]) -> Record:
    return Record(tuple(f for f in record.files if f.study.study.id not in names))


def _rows(record: Record, table: RecordTable, *, overlapping: bool) -> RecordRows:
    return record_rows(
        record,
        table.endpoint,
        filters=Filters(**{name: getattr(table, name) for name in _FILTERS}),
        arms=table.arms,
        roles=table.roles,
        overlapping=overlapping,
    )


def _made(
    read: TomlFile, pool: PoolTable, table: RecordTable, found: RecordRows
) -> tuple[list[PoolRow], list[tuple[str, str, str]]]:
    """Make the rows that can be pooled; of the others give study, arm and why not."""
    at_time = [row for row in found.rows if table.time in {None, row.time}]
    _check_times(read, at_time)
    several = {row.study for row in at_time if _times(at_time, row.study) > 1}
    rows: list[PoolRow] = []
    why = [(item.study, item.arm, item.reason) for item in found.not_used]
    for row in at_time:
        made = _row(row, pool, table, several=row.study in several)
        if isinstance(made, str):
            why.append((row.study, row.arm, made))
        else:
            rows.append(made)
    return rows, sorted(why)


def _check_times(read: TomlFile, rows: Iterable[RecordRow]) -> None:
    times = sorted({f"{row.time} {row.time_unit}" for row in rows if row.time is not None})
    if len(times) > 1:
        raise read.error(
            ("record", "time"),
            f"the numbers are printed at {listed(times, shown=20)}: name one with 'time'",
        )


def _times(rows: Iterable[RecordRow], study: str) -> int:
    return sum(row.study == study for row in rows)


def _record(read: TomlFile, table: RecordTable) -> Record:
    folder: Path | None = None if table.folder is None else read.path.parent / table.folder
    return load_record(folder)


def _check_names(read: TomlFile, pool: PoolTable, table: RecordTable) -> None:
    endpoint = ENDPOINTS.get(table.endpoint)
    if endpoint is None:
        raise read.error(
            ("record", "endpoint"),
            f"there is no endpoint {table.endpoint!r}.{nearest(table.endpoint, ENDPOINTS)}"
            f" It is one of {', '.join(ENDPOINTS)}",
        )
    if endpoint.kind != _MEASURES[pool.measure]:
        raise read.error(
            ("record", "endpoint"),
            f"{table.endpoint} is a {endpoint.kind}, and the measure of [pool] is {pool.measure}",
        )
    if pool.subgroup is not None and pool.subgroup not in {*GROUPINGS, "regimen", "first_dose"}:
        known = (*GROUPINGS, "regimen", "first_dose")
        raise read.error(
            ("pool", "subgroup"),
            f"the record has no column {pool.subgroup!r} to group by."
            f"{nearest(pool.subgroup, known)} It is one of {', '.join(known)}",
        )
    for name in pool.moderators:
        if name not in RECORD_MODERATORS:
            raise read.error(
                ("pool", "moderators"),
                f"the record has no moderator {name!r}.{nearest(name, RECORD_MODERATORS)}"
                f" It is one of {', '.join(RECORD_MODERATORS)}",
            )


def _taken_out(
    read: TomlFile, asked: PoolFile, table: RecordTable, record: Record
) -> dict[str, str]:
    """Name the studies that the file takes out: by its word, and with the reader's own cohort."""
    known = [study.study.id for study in record.studies]
    found: dict[str, str] = {}
    for at, item in enumerate(table.exclude):
        if item.study not in known:
            raise read.error(
                ("record", "exclude", at),
                f"there is no study {item.study!r} in the record.{nearest(item.study, known)}",
            )
        found[item.study] = f"left out by the pool file: {item.reason}"
    own = None if asked.own is None else asked.own.study
    if own is None:
        return found
    if own not in known:
        raise read.error(
            ("own", "study"),
            f"there is no study {own!r} in the record.{nearest(own, known)}",
        )
    for name, why in _sharing(record, own).items():
        found.setdefault(name, f"may share patients with {own}, which is laid beside ({why})")
    found[own] = "is laid beside the pool, not pooled"
    return found


def _sharing(record: Record, own: str) -> dict[str, str]:
    """Name the studies that overlap with one, from either side, and why."""
    found = {overlap.study: overlap.reason for overlap in record.study(own).overlaps}
    for study in record.studies:
        for overlap in study.overlaps:
            if overlap.study == own:
                found.setdefault(study.study.id, overlap.reason)
    return found


def _has(record: Record, name: str, table: RecordTable) -> bool:
    """Tell whether a study has the endpoint at all: else it was not there to be left out."""
    numbers = record.study(name).numbers
    return any(number.endpoint == table.endpoint for number in numbers)


def _overlap(text: str, study: str) -> str:
    return text.removeprefix(f"{study} is left out: ")


def _row(row: RecordRow, pool: PoolTable, table: RecordTable, *, several: bool) -> PoolRow | str:
    """Make a row, or say why it cannot be pooled."""
    remarks: list[str] = []
    numbers = _numbers(row, pool, table, remarks)
    if isinstance(numbers, str):
        return numbers
    moderators: dict[str, float] = {}
    for name in pool.moderators:
        dose = _dose(row, name, table, remarks)
        if dose is None:
            return f"its {name.replace('_', ' ')} is not printed"
        moderators[name] = dose
    group = _group(row, pool.subgroup)
    if pool.subgroup is not None and group is None:
        return f"its {pool.subgroup.replace('_', ' ')} is not printed"
    if row.doubt:
        remarks.append(row.doubt)
    return PoolRow(
        study=row.study,
        label=f"{row.label}, {row.arm_label}" if several else row.label,
        arm=row.arm,
        numbers=numbers,
        group=group,
        moderators=moderators,
        source=f"{row.paper}: {row.at}",
        remarks=tuple(remarks),
        traits={name: value for name in _TRAITS if (value := getattr(row, name)) is not None},
    )


def _group(row: RecordRow, name: str | None) -> str | None:
    if name is None:
        return None
    if name == "regimen":
        return row.regimen_label
    if name == "first_dose":
        return None if row.first_dose is None else f"{row.first_dose.text} mg/m\N{SUPERSCRIPT TWO}"
    value = getattr(row, name)
    label = GROUPINGS[name].get(value)
    return None if label is None else f"{label[:1].upper()}{label[1:]}"


def _dose(row: RecordRow, name: str, table: RecordTable, remarks: list[str]) -> float | None:
    dose = getattr(row, name)
    if dose is None:
        return None
    if dose.low == dose.high:
        return float(dose.low)
    ends = {"low": dose.low, "high": dose.high, "middle": (dose.low + dose.high) / 2}
    chosen = float(ends[table.dose_range])
    remarks.append(f"{name.replace('_', ' ')} {chosen:g} mg/m\N{SUPERSCRIPT TWO} for {dose.text}")
    return chosen


def _numbers(
    row: RecordRow, pool: PoolTable, table: RecordTable, remarks: list[str]
) -> dict[str, float | str] | str:
    if pool.measure == "proportion":
        return _counts(row, table, remarks)
    if row.value is None or row.lower is None or row.upper is None:
        return f"{row.value or 'it'} is printed without its confidence limits"
    level = parse_printed(row.level) if row.level else None
    if level is not None and abs(float(level.value) / 100.0 - pool.limits_level) > 1e-9:
        return f"its limits have the level {row.level}%, not {100 * pool.limits_level:g}%"
    first = "ratio" if pool.measure == "ratio" else "estimate"
    texts = {first: row.value, "lower": row.lower, "upper": row.upper}
    if pool.measure == "survival" and row.unit == "%":
        return {key: str(Decimal(text).scaleb(-2)) for key, text in texts.items()}
    return dict(texts)


def _counts(row: RecordRow, table: RecordTable, remarks: list[str]) -> dict[str, float | str] | str:
    if row.n is None or row.k_low is None or row.k_high is None:
        return "no counts are printed"
    printed = f"{row.value}{row.unit or ''}"
    if row.k is not None:
        if row.how == "derived":
            remarks.append(f"{row.k} derived from {printed} of {row.n}")
        return {"events": row.k, "total": row.n}
    if table.several_counts == "leave out":
        return (
            f"{printed} of {row.n} is printed of {row.k_low} and of {row.k_high} patients alike;"
            ' several_counts = "least" or "most" takes one'
        )
    k = row.k_low if table.several_counts == "least" else row.k_high
    remarks.append(f"{k} for {printed} of {row.n}, {row.k_low} to {row.k_high} being possible")
    return {"events": k, "total": row.n}


def own_of_record(
    read: TomlFile, asked: PoolFile, table: RecordTable
) -> tuple[int, int, dict[str, float], str]:
    """Give the counts and doses of a study that is laid beside, and where they are printed.

    Raises
    ------
    InputError
        the study has no count of the endpoint, or several.
    """
    name = "" if asked.own is None or asked.own.study is None else asked.own.study
    whole = _record(read, table)
    only = Record(tuple(file for file in whole.files if file.study.study.id == name))
    rows = record_rows(only, table.endpoint, arms="whole", roles=table.roles).rows
    counted = [row for row in rows if row.k is not None and row.n is not None]
    if len(counted) != 1:
        raise read.error(
            ("own", "study"),
            f"{name} has {len(counted)} counts of {table.endpoint} where one is needed; give"
            " 'events' and 'total' instead",
        )
    row = counted[0]
    doses = {name: _dose(row, name, table, []) for name in asked.pool.moderators}
    known = {name: dose for name, dose in doses.items() if dose is not None}
    moderators = known if len(known) == len(doses) else {}
    return int(row.k or 0), int(row.n or 0), moderators, f"{row.label}; {row.paper}: {row.at}"


def _nothing(record: Record, table: RecordTable, not_used: list[tuple[str, str]]) -> str:
    """Say that nothing is left to pool, and what there is."""
    asked = {name: getattr(table, name) for name in (*_FILTERS, "time")}
    said = ", ".join(f"{name} = {value!r}" for name, value in asked.items() if value is not None)
    label = ENDPOINTS[table.endpoint].label
    every = record_rows(record, table.endpoint, roles=table.roles, overlapping=True).rows
    head = f"no study of the record has {label} ({table.endpoint})"
    if not every:
        return f"{head} in an arm that is {listed(table.roles)}."
    lines = [f"{head} with {said}." if said else f"{head} that can be pooled."]
    lines.append("Studies that have it:")
    for row in every:
        dose = "not printed" if row.cumulative_dose is None else row.cumulative_dose.text
        time = "" if row.time is None else f", time {row.time}"
        lines.append(
            f"  {row.study}: population {row.disease} or {row.age_group}, line {row.line},"
            f" ph {row.ph}, regimen {row.family or 'none'}, dose {dose}{time}"
        )
    lines += [f"  not used: {who}: {why}" for who, why in not_used]
    return "\n".join(lines)


def _papers(rows: Iterable[PoolRow], record: Record) -> tuple[tuple[str, str], ...]:
    """List the papers that print the rows, with their citations."""
    known = dict(PAPERS)
    for study in record.studies:
        known |= {reference.id: reference.citation for reference in study.references}
    names = sorted({row.traits["paper"] for row in rows})
    return tuple((name, known[name]) for name in names if name in known)
