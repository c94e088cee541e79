"""Results documents of every shape the report must take, with made-up numbers.

The numbers are smooth curves, not estimates: they only need the right keys, units and order.
"""

from __future__ import annotations

import math
from typing import Any

OVERALL = {"id": "overall", "label": "All patients"}
YEAR = 365.25
TIMES = (
    {"id": "t1y", "label": "1 year", "value": YEAR},
    {"id": "t9y", "label": "9 years", "value": 9 * YEAR},
)
LAST = 2100.0
BEYOND = "beyond follow-up (last observed at 2100 days)"
SPAN_METHODS = {
    "median": "Kaplan-Meier, log interval",
    "follow_up": "reverse Kaplan-Meier, plain interval",
    "rmst": "area under Kaplan-Meier to 5 years",
}


def entry(number: float | None, unit: str, missing: str = "", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"value": number, "unit": unit, "method": None, "n": None, **more}
    if number is None:
        made["missing"] = missing
    return made


def time_entry(number: float | None, method: str = SPAN_METHODS["median"]) -> dict[str, Any]:
    made = entry(number, "days", "not reached", method=method)
    if number is not None:
        made["display"] = {"value": number / YEAR, "unit": "years"}
    return made


def groups_of(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"id": f"g{index}", "label": name} for index, name in enumerate(names)]


def by_of(names: tuple[str, ...]) -> dict[str, str] | None:
    return {"variable": "arm", "label": "Arm & <site>"} if names else None


def document(*analyses: tuple[dict[str, Any], dict[str, Any]], **study: Any) -> dict[str, Any]:
    """Join analyses, each with its values, to a document."""
    return {
        "schema": "atrisk-results/1",
        "software": {"atrisk": "0.1.0", "python": "3.11", "numpy": "2"},
        "study": {
            "title": "Étude <b>R&D</b> “é”",
            "description": "",
            "source": "",
            "synthetic": False,
            "time_unit": "days",
            "report_unit": "years",
            "units_per_report_unit": YEAR,
            "origin": "transplant",
            "data_file": "d&t.csv",
            "sha256": "0" * 64,
            "disclaimer": "Research software, not a medical device.",
            **study,
        },
        "population": {"rows_in": 3, "rows_used": 3, "exclusions": [], "left_out": []},
        "values": {key: made for _, values in analyses for key, made in values.items()},
        "analyses": [analysis for analysis, _ in analyses],
    }


def _common(name: str, kind: str, names: tuple[str, ...], times: tuple[Any, ...]) -> dict[str, Any]:
    groups = groups_of(names)
    ticks = [YEAR * year for year in range(6)]
    ids = [group["id"] for group in groups] + [OVERALL["id"]]
    return {
        "id": name,
        "kind": kind,
        "title": f"Title of {name}",
        "endpoint": {"id": name, "label": "Overall survival", "definition": "Until death."},
        "by": by_of(names),
        "groups": groups,
        "overall": OVERALL,
        "times": list(times),
        "conf_level": 0.95,
        "conf_type": "log",
        "tests": [],
        "pairwise": [],
        "curves": [],
        "risk_table": {"times": ticks, "rows": [_risk(group, ticks) for group in ids]},
        "axis": {"unit": "years", "per_unit": YEAR, "max": LAST, "ticks": ticks},
        "notes": [],
    }


def _risk(group: str, ticks: list[float]) -> dict[str, Any]:
    counts = [int(12345 * math.exp(-tick / 900)) for tick in ticks]
    return {"group": group, "at_risk": counts, "events": counts, "censored": counts}


def _milestones(prefix: str, times: tuple[Any, ...], height: float) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for time in times:
        beyond = time["value"] > LAST
        for part, shift in (("estimate", 0.0), ("std_error", 0.0), ("lower", -0.1), ("upper", 0.1)):
            number = None if beyond else min(max(height + shift, 0.0), 1.0)
            made[f"{prefix}.{time['id']}.{part}"] = entry(number, "proportion", BEYOND)
        made[f"{prefix}.{time['id']}.at_risk"] = entry(0 if beyond else 12, "patients")
    return made


def _curve(group: str, rate: float, *, events: bool, rising: bool) -> dict[str, Any]:
    time = [LAST * step / 30 for step in range(31)]
    fall = [math.exp(-rate * t) if events else 1.0 for t in time]
    height = [1 - s for s in fall] if rising else fall
    known = [events and step > 0 for step in range(31)]
    return {
        "group": group,
        "time": time,
        "estimate": height,
        "lower": [max(h - 0.08, 0.0) if k else None for h, k in zip(height, known, strict=True)],
        "upper": [min(h + 0.08, 1.0) if k else None for h, k in zip(height, known, strict=True)],
        "censor_time": time[3::4],
        "censor_estimate": height[3::4],
    }


def survival(
    name: str = "os",
    names: tuple[str, ...] = (),
    times: tuple[Any, ...] = TIMES,
    *,
    without_events: int | None = None,
    follow_up: bool = True,
    rmst: bool = False,
    tested: bool = True,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a survival analysis; the group at ``without_events`` has none."""
    node = _common(name, "survival", names, times)
    values: dict[str, Any] = {}
    ids = [group["id"] for group in node["groups"]] + [OVERALL["id"]]
    for index, group in enumerate(ids):
        events = index != without_events
        prefix = f"{name}.{group}"
        node["curves"].append(_curve(group, (index + 1) / 2600, events=events, rising=False))
        counts = {"n": 12345, "events": 1234 if events else 0, "censored": 11111}
        values |= {f"{prefix}.{part}": entry(n, "patients") for part, n in counts.items()}
        values |= _milestones(prefix, times, 0.6433 if events else 1.0)
        spans = ["median", *(["follow_up"] if follow_up else []), *(["rmst"] if rmst else [])]
        for span in spans:
            reached = events or span != "median"
            number = 1800.0 / (index + 1) if reached else None
            ends = {"estimate": number, "lower": number and number - 90, "upper": None}
            method = SPAN_METHODS[span]
            values |= {f"{prefix}.{span}.{part}": time_entry(t, method) for part, t in ends.items()}
    if names:
        values |= _tests(node, name, tested=tested)
    return node, values


def _tests(node: dict[str, Any], name: str, *, tested: bool) -> dict[str, Any]:
    node["tests"] = [
        {"id": "logrank", "label": "Log-rank test"},
        {"id": "logrank_stratified", "label": "Log-rank test stratified by hospital & site"},
    ]
    values: dict[str, Any] = {}
    for test in ("logrank", "logrank_stratified"):
        values |= _statistic(f"{name}.{test}", 0.0123 if tested else None)
        for group in node["groups"] if tested else []:
            values[f"{name}.{test}.{group['id']}.observed"] = entry(23, "events")
            values[f"{name}.{test}.{group['id']}.expected"] = entry(21.3199, "events")
    ids = [group["id"] for group in node["groups"]]
    node["pairwise"] = [
        {"id": f"{a}_vs_{b}", "group_1": a, "group_2": b}
        for place, a in enumerate(ids)
        for b in ids[place + 1 :]
    ]
    for pair in node["pairwise"]:
        for part, number in (("statistic", 5.89), ("p_value", 0.0152), ("p_adjusted", 0.0456)):
            key = f"{name}.pairwise.{pair['id']}.{part}"
            values[key] = entry(number if tested else None, "", "no event", method="Holm")
    return values


def _statistic(prefix: str, p_value: float | None) -> dict[str, Any]:
    found = {"statistic": 8.8, "df": 2, "p_value": p_value}
    return {
        f"{prefix}.{part}": entry(
            None if p_value is None else number, "", "no patient had the event"
        )
        for part, number in found.items()
    }


def incidence(
    name: str = "ci",
    names: tuple[str, ...] = (),
    causes: tuple[str, ...] = ("Relapse", "Death & <other>"),
    times: tuple[Any, ...] = TIMES,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a cumulative incidence analysis with Gray's test where there are groups."""
    node = _common(name, "cumulative_incidence", names, times)
    node["causes"] = [{"id": f"c{i}", "label": label} for i, label in enumerate(causes)]
    values: dict[str, Any] = {}
    ids = [group["id"] for group in node["groups"]] + [OVERALL["id"]]
    for group in ids:
        values[f"{name}.{group}.n"] = entry(321, "patients")
        for place, cause in enumerate(node["causes"]):
            rate = (place + 1 + ids.index(group)) / 9000
            made = _curve(group, rate, events=True, rising=True)
            node["curves"].append({**made, "cause": cause["id"]})
            values[f"{name}.{cause['id']}.{group}.events"] = entry(45, "patients")
            values |= _milestones(f"{name}.{cause['id']}.{group}", times, 0.2468)
    for cause in node["causes"] if names else []:
        node["tests"].append(
            {
                "id": "gray",
                "label": "Gray\N{RIGHT SINGLE QUOTATION MARK}s test",
                "cause": cause["id"],
            }
        )
        values |= _statistic(f"{name}.gray.{cause['id']}", 0.0004)
    return node, values


def described(
    name: str = "table1",
    names: tuple[str, ...] = (),
    *,
    statistics: tuple[str, ...] = ("median_range",),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a Table 1 with one variable of each type; one category is unknown to everybody."""
    groups = groups_of(names)
    variables = [
        {"id": "age", "label": "Age, years", "type": "continuous", "statistics": list(statistics)},
        {
            "id": "sex",
            "label": "Sex",
            "type": "categorical",
            "levels": [{"id": "f", "label": "Female <♀>"}, {"id": "m", "label": "Male"}],
        },
    ]
    numbers = {
        "median": 28.5,
        "q1": 21.0,
        "q3": 35.25,
        "min": 7,
        "max": 52,
        "mean": 28.36,
        "sd": 9.6,
    }
    values: dict[str, Any] = {}
    for group in [*(group["id"] for group in groups), OVERALL["id"]]:
        values[f"{name}.{group}.n"] = entry(137, "patients")
        for variable in ("age", "sex"):
            values[f"{name}.{variable}.{group}.n"] = entry(134, "patients")
            values[f"{name}.{variable}.{group}.missing"] = entry(3, "patients")
        values |= {f"{name}.age.{group}.{part}": entry(x, "years") for part, x in numbers.items()}
        values[f"{name}.sex.f.{group}.count"] = entry(57, "patients")
        values[f"{name}.sex.f.{group}.percent"] = entry(41.6058, "percent")
        values[f"{name}.sex.m.{group}.count"] = entry(0, "patients")
        reason = "no patient has a known value"
        values[f"{name}.sex.m.{group}.percent"] = entry(None, "percent", reason)
    node = {
        "id": name,
        "kind": "describe",
        "title": "Patients",
        "by": by_of(names),
        "groups": groups,
        "overall": OVERALL,
        "variables": variables,
        "notes": [],
    }
    return node, values


LONG = (
    "Acute myeloid leukaemia with myelodysplasia-related changes, second complete remission",
    "B-ALL, Ph-positive <BCR::ABL1> & MRD ≥ 0.01 %",
    "Überwachungsbedürftigkeitsbescheinigung",
    "Haploidentical",
    "$x_1$ cord blood",
    "Matched unrelated donor",
    "Sibling",
    "Unknown",
)


def crowded() -> dict[str, Any]:
    """Make the document with the most of everything: long names, six groups, three causes."""
    made = document(
        described(names=LONG[:6], statistics=("median_iqr", "mean_sd")),
        survival("os", LONG[:6], without_events=0, rmst=True),
        survival("pfs", LONG, follow_up=False, tested=False),
        incidence(
            "ci", LONG[:6], ("Relapse", "Non-relapse mortality", "Graft failure, any <cause>")
        ),
        synthetic=True,
        description="A <script>alert(1)</script> description",
    )
    made["population"] = {
        "rows_in": 1300,
        "rows_used": 1200,
        "exclusions": [
            {"id": "young", "reason": "Younger than 18 & <unknown>", "rows": 60, "remaining": 1240},
            {"id": "no_date", "reason": "No date of transplant", "rows": 40, "remaining": 1200},
        ],
        "left_out": [
            {"line": n, "record": None, "column": "age", "value": "<x>", "reason": "age is < 18"}
            for n in range(2, 62)
        ],
        "notes": ["Kept although unknown: 3 rows."],
    }
    made["analyses"][1]["notes"] = ["No patient in the group <A> had the event."]
    return made


def plain() -> dict[str, Any]:
    """Make the smallest document: no groups, no times, no tests."""
    return document(described(), survival("os", times=()), incidence("ci", times=()))


def two_groups() -> dict[str, Any]:
    """Make a common document: two groups, one of them without events, two causes."""
    return document(
        described(names=("A", "B"), statistics=("mean_sd",)),
        survival("os", ("A", "B"), without_events=1),
        incidence("ci", ("A", "B")),
    )
