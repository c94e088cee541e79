"""What figures of doses, schedules and calendar time show, taken from the results document."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from atrisk.report import format as form
from atrisk.report.document import interval_name, lower_first
from atrisk.report.figures_accrual import AccrualPlan, Steps
from atrisk.report.figures_dose_event import Band, DoseEventPlan, Strip
from atrisk.report.figures_events import Tick
from atrisk.report.figures_schedule import Cycle, Dose, ScheduleLane, SchedulePlan
from atrisk.report.language import word
from atrisk.report.sentences_events import band_name, schedule_total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atrisk.report.values import Node, Values

__all__ = ["accrual_plan", "dose_event_plan", "schedule_plan"]

_HUNDRED = 100
_MOST_TICKS = 8
_YEAR = 365.25
_SHORT = 1.6


def _round_ticks(top: float, whole: bool = True) -> tuple[Tick, ...]:  # noqa: FBT001, FBT002
    """Mark an axis from 0 by steps of 1, 2 or 5 times a power of ten, over the highest value."""
    power = 10.0**-6
    steps = (power * 10**k * m for k in range(12) for m in (1, 2, 5))
    step = next(s for s in steps if top / s <= _MOST_TICKS - 2 and (s >= 1 or not whole))
    count = int(-(-top // step))
    return tuple(
        Tick(step * at, form.general(float(f"{step * at:.9g}"))) for at in range(count + 1)
    )


def dose_event_plan(analysis: Node, values: Values) -> DoseEventPlan:
    """Plan the doses by event, and the event by dose."""
    prefix, event = analysis["id"], analysis["event"]["label"]
    strips = []
    for group, had, name in (
        ("no_event", False, word("No {event}", event=lower_first(event))),
        ("event", True, event),
    ):
        key = f"{prefix}.{group}"
        parts = [values.raw(f"{key}.{part}") for part in ("q1", "median", "q3")]
        known: Any = None if None in parts else tuple(parts)
        doses = tuple(float(dose) for dose, yes in analysis["points"] if yes is had)
        count = values.count(f"{key}.n").text
        strips.append(Strip(word("{name} (n = {n})", name=name, n=count), doses, known))
    dose, unit = analysis["dose"]["label"], analysis["dose"]["unit"]
    dose_name = f"{dose} ({unit})" if unit else dose
    ticks = _round_ticks(max(dose for dose, _ in analysis["points"]), whole=False)
    return DoseEventPlan(
        id=f"{prefix}_doses",
        strips=tuple(strips),
        bands=tuple(_band(analysis, values, band) for band in analysis["bands"]),
        dose_name=dose_name,
        share_name=word("{event}, % ({interval})", event=event, interval=interval_name(analysis)),
        bands_name=dose_name,
        test=_test(analysis, values),
        dose_max=1.02 * ticks[-1].at,
        dose_ticks=ticks,
        share_ticks=tuple(Tick(float(at), form.general(at)) for at in range(0, 101, 20)),
    )


def _test(analysis: Node, values: Values) -> str:
    key = f"{analysis['id']}.p_value"
    if values.raw(key) is None:
        return ""
    return word("Wilcoxon test: {p}", p=values.p_phrase(key).plain)


def _band(analysis: Node, values: Values, band: Node) -> Band:
    key = f"{analysis['id']}.{band['id']}"
    estimate, lower, upper = (
        values.raw(f"{key}.{part}") for part in ("estimate", "lower", "upper")
    )
    counts = "/".join(values.count(f"{key}.{part}").text for part in ("events", "n"))
    shown = None if estimate is None else _HUNDRED * estimate
    ends = (_HUNDRED * (lower or 0.0), _HUNDRED * (upper or 0.0))
    return Band(band_name(band), counts, shown, *ends)


def schedule_plan(analysis: Node, values: Values) -> SchedulePlan:
    """Plan the lanes of the regimens."""
    numbers = sorted({c["cycle"] for lane in analysis["lanes"] for c in lane["cycles"]})
    lanes = tuple(_lane(analysis, values, lane, numbers) for lane in analysis["lanes"])
    amounts = [dose.amount for lane in lanes for cycle in lane.cycles for dose in cycle.doses]
    return SchedulePlan(
        id=f"{analysis['id']}_schedule",
        columns=tuple(word("Cycle {number}", number=str(number)) for number in numbers),
        lanes=lanes,
        x_name=word("Day of the cycle"),
        ticks=tuple(Tick(float(day), form.general(day)) for day in (1, 8, 15, 22)),
        most=max(amounts, default=1.0),
    )


def _lane(analysis: Node, values: Values, lane: Node, numbers: Sequence[int]) -> ScheduleLane:
    if lane["given"]:
        count = values.count(f"{analysis['id']}.overall.n").text
        under = word("medians, n = {n}", n=count)
        cycles = tuple(_given_cycle(analysis, values, cycle, numbers) for cycle in lane["cycles"])
        return ScheduleLane(word("As given"), under, cycles, given=True)
    total = schedule_total(analysis, values, lane).plain
    count = values.count(f"{analysis['id']}.{lane['id']}.cycles").text
    under = word("{total} mg/m² in {n} cycles", total=total, n=count)
    cycles = tuple(_cycle(cycle, numbers) for cycle in lane["cycles"])
    return ScheduleLane(lane["label"], under, cycles, given=False)


def _cycle(cycle: Node, numbers: Sequence[int]) -> Cycle:
    days = cycle["days"] or (None, None)
    doses = tuple(
        Dose(float(dose["day"]), float(dose["high"]), _amount(dose["low"], dose["high"]))
        for dose in cycle["doses"]
    )
    words = ""
    if not doses:
        words = word("{total} in total", total=_amount(*cycle["total"]))
    return Cycle(numbers.index(cycle["cycle"]), days[0], days[1], doses, words)


def _amount(low: float, high: float) -> str:
    if low == high:
        return form.general(low)
    return f"{form.general(low)}\N{EN DASH}{form.general(high)}"


def _given_cycle(analysis: Node, values: Values, cycle: Node, numbers: Sequence[int]) -> Cycle:
    doses = tuple(
        Dose(
            float(dose["day"]),
            float(dose["high"]),
            values.number(f"{analysis['id']}.given.{dose['id']}.dose.median", form.general).text,
        )
        for dose in cycle["doses"]
    )
    return Cycle(numbers.index(cycle["cycle"]), None, None, doses, "")


def accrual_plan(analysis: Node) -> AccrualPlan:
    """Plan the steps over calendar time."""
    names = {group["id"]: group["label"] for group in analysis["groups"]}
    steps = {
        one["group"]: Steps(
            names.get(one["group"], ""),
            tuple(float(date.fromisoformat(day).toordinal()) for day in one["dates"]),
            tuple(one["counts"]),
        )
        for one in analysis["series"]
    }
    total = steps[analysis["overall"]["id"]]
    groups = tuple(steps[name] for name in names if steps[name].counts)
    cut = analysis["cut_off"]
    cut_off = None if cut is None else float(date.fromisoformat(cut).toordinal())
    low, high = total.days[0], max(total.days[-1], cut_off or 0.0)
    room = max(0.02 * (high - low), 10.0)
    ends = (low - room, high + room)
    most = max((group.counts[-1] for group in groups), default=1)
    return AccrualPlan(
        id=f"{analysis['id']}_accrual",
        total=total,
        groups=groups,
        panels=analysis["display"] == "panels",
        cut_off=cut_off,
        cut_off_name=word("Cut-off {date}", date=form.day(str(cut))) if cut else "",
        x_name=word("Calendar time"),
        y_name=word("Patients {done}", done=analysis["date_label"]),
        x_ends=ends,
        x_ticks=_calendar(*ends),
        y_ticks=(_round_ticks(total.counts[-1]), _round_ticks(most)),
    )


def _calendar(low: float, high: float) -> tuple[Tick, ...]:
    """Mark the beginnings of years, or of quarters where the time is short."""
    first, last = date.fromordinal(int(low)), date.fromordinal(int(high))
    months = (1,) if high - low > _SHORT * _YEAR else (1, 4, 7, 10)
    found = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in months]
    return tuple(
        Tick(float(day.toordinal()), str(day.year) if len(months) == 1 else day.isoformat()[:7])
        for day in found
        if first <= day <= last
    )
