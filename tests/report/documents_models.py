"""Documents of the regression kinds, with made-up numbers under the right keys.

The numbers obey no model: an estimate is drawn from the place of its row, so that rows differ.
"""

from __future__ import annotations

import math
from typing import Any

from report.documents import LAST, OVERALL, TIMES, YEAR, _curve, _milestones, entry

HAZARD = {"name": "Hazard ratio", "short": "HR"}
ODDS = {"name": "Odds ratio", "short": "OR"}
SUBDISTRIBUTION = {"name": "Subdistribution hazard ratio", "short": "SHR"}
TERMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "group": ("Disease group", ("ALL", "AML low risk", "AML high risk")),
    "age": ("Age, years", ()),
    "mtx": ("Methotrexate & <GVHD> prophylaxis", ("No", "Yes")),
    "waiting": ("Waiting time (spline, 4 knots)", ("spline",)),
}
TESTS = ("likelihood_ratio", "wald", "score")
Made = tuple[dict[str, Any], dict[str, Any]]


def term_of(name: str, terms: dict[str, tuple[str, tuple[str, ...]]] = TERMS) -> dict[str, Any]:
    """Make a term: a number has one row, a factor one a level, a spline none."""
    label, levels = terms[name]
    if levels == ("spline",):
        return {"id": name, "label": label, "variable": name, "df": 3, "rows": []}
    rows = [
        {"id": f"{name}_l{place}", "label": level, "reference": place == 0}
        for place, level in enumerate(levels)
    ] or [{"id": name, "label": "Per 10 years", "reference": False}]
    df = max(len(levels) - 1, 1)
    unit = "" if levels else "years"
    return {"id": name, "label": label, "variable": name, "unit": unit, "df": df, "rows": rows}


def model(
    analysis: str,
    name: str,
    terms: tuple[str, ...] = tuple(TERMS),
    *,
    measure: dict[str, str] = HAZARD,
    of: dict[str, tuple[str, tuple[str, ...]]] = TERMS,
    shift: float = 0.0,
    **more: Any,
) -> Made:
    """Make a model and its numbers; ``shift`` moves the estimates."""
    node = {
        "id": name,
        "label": name.replace("_", " ").capitalize(),
        "formula": f"Surv(days, event) ~ {' + '.join(terms)}",
        "terms": [term_of(term, of) for term in terms],
        "measure": measure,
        "conf_level": 0.95,
        "conf_type": "Wald",
        "ties": "efron",
        "variance": "model",
        "method": "Cox model",
        "failed": None,
        "left_out": [],
        "notes": [],
        **more,
    }
    prefix = f"{analysis}.{name}"
    values: dict[str, Any] = {
        f"{prefix}.n": entry(134, "patients"),
        f"{prefix}.events": entry(81, "events"),
    }
    if name != "univariable":
        values |= _facts(prefix)
    for place, term in enumerate(node["terms"]):
        values |= _term_entries(prefix, term, shift + (place - 1) / 2)
    return node, values


def _facts(prefix: str) -> dict[str, Any]:
    values = {
        f"{prefix}.events_per_variable": entry(13.5, ""),
        f"{prefix}.loglik": entry(-312.25, ""),
        f"{prefix}.concordance": entry(0.6789, "proportion"),
        f"{prefix}.concordance_se": entry(0.0312, "proportion"),
    }
    for test in TESTS:
        values |= _test(f"{prefix}.overall.{test}", 21.375, 6, 0.0016)
    return values


def _test(prefix: str, statistic: float | None, df: int, p: float | None) -> dict[str, Any]:
    return {
        f"{prefix}.statistic": entry(statistic, "chi-squared", "no event"),
        f"{prefix}.df": entry(df, "degrees of freedom"),
        f"{prefix}.p_value": entry(p, "probability", "no event"),
    }


def _term_entries(prefix: str, term: dict[str, Any], middle: float) -> dict[str, Any]:
    values = {}
    if len(term["rows"]) != 1:
        values |= _test(f"{prefix}.{term['id']}", 5.25, term["df"], 0.0721)
    for place, row in enumerate(term["rows"]):
        key = f"{prefix}.{row['id']}"
        values[f"{key}.n"] = entry(40 + place, "patients")
        values[f"{key}.events"] = entry(20 + place, "events")
        if not row["reference"]:
            values |= _ratio(key, middle + place / 5, 0.3 + place / 10)
    return values


def _ratio(key: str, middle: float, error: float) -> dict[str, Any]:
    return {
        f"{key}.estimate": entry(middle, "log hazard ratio"),
        f"{key}.std_error": entry(error, "log hazard ratio"),
        f"{key}.ratio": entry(math.exp(middle), "ratio"),
        f"{key}.lower": entry(math.exp(middle - 2 * error), "ratio"),
        f"{key}.upper": entry(math.exp(middle + 2 * error), "ratio"),
        f"{key}.p_value": entry(math.exp(-abs(middle) * 8), "probability"),
    }


def _node(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "title": f"Title of {name}",
        "endpoint": {"id": "dfs", "label": "Disease-free survival", "definition": "Until death."},
        "overall": OVERALL,
        "conf_level": 0.95,
        "conf_type": "log",
        "times": [],
        "weights": None,
        "entry": None,
        "cut_off": None,
        "axis": _axis(),
        "notes": [],
        "left_out": [],
        **more,
    }


def _axis() -> dict[str, Any]:
    ticks = [YEAR * year for year in range(6)]
    return {"unit": "years", "per_unit": YEAR, "max": LAST, "ticks": ticks}


def _modelled(node: dict[str, Any], *made: Made) -> Made:
    node["models"] = [found for found, _ in made]
    return node, {key: value for _, values in made for key, value in values.items()}


def bare_cox(name: str = "cox", terms: tuple[str, ...] = ("age",)) -> Made:
    """Make the smallest Cox analysis: one model, nothing tested."""
    node = _node(name, "cox", selection=None, ph=None, calibration=None, validation=None)
    return _modelled(node, model(name, "multivariable", terms))


def cox(name: str = "cox") -> Made:
    """Make a Cox analysis with everything: selection, tests, validation, calibration."""
    node, values = _modelled(
        _node(name, "cox", strata=[{"id": "hospital", "label": "Hospital"}], cluster="centre"),
        model(name, "univariable"),
        model(name, "multivariable", shift=0.2),
        model(name, "selected", ("group", "mtx"), shift=0.1),
    )
    node["selection"] = _selection()
    for step in node["selection"]["steps"]:
        key = f"{name}.selection.{step['id']}"
        values |= _test(key, 0.25 * step["step"], 1, 0.6171)
        values[f"{key}.aic"] = entry(632.5 - step["step"], "")
    node["ph"], found = ph(name)
    values |= found
    node["calibration"], found = calibration(name)
    values |= found
    rows = (("c", "Concordance (C)"), ("slope", "Calibration slope"), ("r2", "Nagelkerke R²"))
    node["validation"] = {
        "repeats": 200,
        "seed": 1,
        "rows": [{"id": key, "label": label} for key, label in rows],
    }
    for place, (key, _) in enumerate(rows):
        for part, number in (("apparent", 0.7), ("optimism", 0.05), ("corrected", 0.65)):
            values[f"{name}.validation.{key}.{part}"] = entry(number - place / 100, "")
    return node, values


def _selection() -> dict[str, Any]:
    steps = [
        {"step": 1, "id": "step_1", "term": "waiting", "label": "Waiting time (spline, 4 knots)"},
        {"step": 2, "id": "step_2", "term": "age", "label": "Age, years"},
    ]
    found = {"rule": "p", "stay": 0.05, "method": "fastbw", "failed": None, "notes": []}
    return found | {"steps": steps, "kept": ["group", "mtx"]}


def ph(name: str, more: int = 0) -> Made:
    """Make the test of proportional hazards with a plot a term, and ``more`` plots."""
    time = [LAST * (step + 1) ** 2 / 1600 for step in range(40)]
    x = [step / 40 for step in range(40)]
    grid = list(range(0, 40, 3))
    names = [*TERMS, *(f"more{place}" for place in range(more))]
    plots = [
        {
            "term": term,
            "label": TERMS[term][0] if term in TERMS else f"Variable {place}",
            "what": "coefficient",
            "time": time,
            "x": x,
            "residual": [math.sin(7 * at + place) * 2 for at in x],
            "smooth": {
                "time": [time[at] for at in grid],
                "x": [x[at] for at in grid],
                "estimate": [math.sin(3 * x[at]) / 2 for at in grid],
                "lower": [math.sin(3 * x[at]) / 2 - 0.6 for at in grid],
                "upper": [math.sin(3 * x[at]) / 2 + 0.6 for at in grid],
            },
            "estimate": 0.2 * place,
        }
        for place, term in enumerate(names)
    ]
    terms = [{"id": term, "label": plot["label"]} for term, plot in zip(names, plots, strict=True)]
    values: dict[str, Any] = {}
    for term in names:
        values |= _test(f"{name}.ph.{term}", 3.125, 2, 0.2096)
    values |= _test(f"{name}.ph.global", 6.5, 4, 0.1648)
    terms.append({"id": "global", "label": "All terms"})
    return {"transform": "km", "model": "multivariable", "terms": terms, "plots": plots}, values


def calibration(name: str) -> Made:
    """Make a calibration curve of four groups of patients."""
    points, values = [], {}
    for place, predicted in enumerate((0.15, 0.35, 0.6, 0.85)):
        made = {
            "predicted": predicted,
            "observed": predicted**1.1,
            "lower": predicted**1.1 - 0.12,
            "upper": min(predicted**1.1 + 0.12, 1.0),
            "n": 33 + place,
        }
        points.append({"id": f"q{place}", "label": f"Quarter {'I' * (place + 1)}", **made})
        for part, number in made.items():
            unit = "patients" if part == "n" else "proportion"
            values[f"{name}.calibration.q{place}.{part}"] = entry(number, unit)
    line = [step / 20 for step in range(2, 19)]
    curve = {"predicted": line, "observed": [height**1.05 for height in line]}
    at = {"label": "2 years", "value": 2 * YEAR}
    return {"at": at, "points": points, "curve": curve}, values


def logistic(name: str = "sos") -> Made:
    """Make a logistic analysis with Fisher's P in the univariable fits."""
    outcome = {"label": "SOS/VOD", "text": "sos == 1"}
    node = _node(name, "logistic", outcome=outcome, selection=None)
    node |= {"endpoint": None}
    del node["axis"]
    terms = ("group", "age", "mtx")
    kind = {"measure": ODDS, "conf_type": "profile", "ties": None}
    node, values = _modelled(
        node,
        model(name, "univariable", terms, **kind),
        model(name, "multivariable", terms, shift=0.3, penalty="Firth", **kind),
    )
    for term in ("group", "mtx"):
        values[f"{name}.univariable.{term}.fisher_p_value"] = entry(0.0571, "probability")
    return node, values


def fine_gray(name: str = "relapse") -> Made:
    """Make a Fine-Gray analysis of one cause."""
    node = _node(
        name,
        "fine_gray",
        cause={"id": "relapse", "label": "Relapse"},
        causes=[{"id": "relapse", "label": "Relapse"}, {"id": "nrm", "label": "Death"}],
        censoring_strata=[{"id": "hospital", "label": "Hospital"}],
    )
    terms = ("group", "age")
    kind = {"measure": SUBDISTRIBUTION, "variance": "robust", "ties": "breslow"}
    node, values = _modelled(
        node,
        model(name, "univariable", terms, **kind),
        model(name, "multivariable", terms, **kind),
    )
    counts = {"competing": 41, "censored": 54}
    values |= {f"{name}.overall.{part}": entry(n, "patients") for part, n in counts.items()}
    return node, values


def _risk(groups: list[str], *, rising: bool) -> dict[str, Any]:
    """Make numbers at risk; where patients move, the second group's rise before they fall."""
    ticks = [YEAR * year for year in range(6)]
    rows = []
    for place, group in enumerate(groups):
        counts = [int(80 * math.exp(-tick / 900) / (place + 1)) for tick in ticks]
        if rising and place:
            counts = [int(tick / 12 * math.exp(-tick / 600)) for tick in ticks]
        rows.append({"group": group, "at_risk": counts, "events": counts, "censored": counts})
    return {"times": ticks, "rows": rows}


def _grouped(prefix: str, groups: list[str], times: tuple[Any, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for group in groups:
        values[f"{prefix}.{group}.n"] = entry(69, "patients")
        values[f"{prefix}.{group}.events"] = entry(45, "events")
        values |= _milestones(f"{prefix}.{group}", times, 0.4321)
    return values


def _curves(groups: list[str]) -> list[dict[str, Any]]:
    return [
        _curve(group, (place + 1) / 1600, events=True, rising=False)
        for place, group in enumerate(groups)
    ]


EXPOSURES = {"transplant": "Transplant", "gvhd": "Acute GVHD <grade II>"}


def time_dependent(name: str = "td") -> Made:
    """Make a time-dependent analysis of two exposures and their joint model."""
    of = {key: (label, ()) for key, label in EXPOSURES.items()} | {"age": TERMS["age"]}
    fit = model(name, "andersen_gill", tuple(of), of=of, variance="robust")
    for term in fit[0]["terms"]:
        term["rows"][0]["label"] = "per 10 years" if term["id"] == "age" else "after vs before"
    tests = [{"id": "mantel_byar", "label": "Mantel-Byar test stratified by hospital"}]
    bare = _node(name, "time_dependent", times=list(TIMES), tests=tests, start=None)
    node, values = _modelled(bare, fit)
    node["exposures"] = [_exposure(key, label) for key, label in EXPOSURES.items()]
    for key in EXPOSURES:
        prefix = f"{name}.{key}"
        values |= _grouped(prefix, ["before", "after"], TIMES)
        values |= _test(f"{prefix}.mantel_byar", 1.25, 1, 0.2636)
        for place, state in enumerate(("before", "after")):
            values[f"{prefix}.{state}.observed"] = entry(30 + place, "events")
            values[f"{prefix}.{state}.expected"] = entry(28.5 + place, "events")
        counts = {"patients_exposed": 69, "exposed_at_start": 1, "ignored": 2}
        values |= {f"{prefix}.{part}": entry(n, "patients") for part, n in counts.items()}
    return node, values


def _exposure(name: str, label: str) -> dict[str, Any]:
    states = [
        {"id": "before", "label": f"Before {label.lower()}"},
        {"id": "after", "label": f"After {label.lower()}"},
    ]
    ids = [state["id"] for state in states]
    risk = _risk(ids, rising=True)
    risk["moved"] = [int(69 * (1 - math.exp(-tick / 90))) for tick in risk["times"]]
    return {
        "id": name,
        "label": label,
        "states": states,
        "curves": _curves(ids),
        "risk_table": risk,
    }


def landmark(name: str = "lm") -> Made:
    """Make a landmark analysis at two landmarks."""
    node = _node(name, "landmark", by={"variable": "gvhd", "label": "Acute GVHD"})
    groups = [{"id": "no", "label": "No acute GVHD"}, {"id": "yes", "label": "Acute GVHD"}]
    ids = [group["id"] for group in groups]
    node["times"] = list(TIMES)
    node["tests"] = [{"id": "logrank", "label": "Log-rank test"}]
    node["landmarks"], values = [], {}
    for key, label, at in (("d100", "100 days", 100.0), ("m6", "6 months", 182.625)):
        curves = _curves([*ids, OVERALL["id"]])
        for curve in curves:
            curve["time"] = [at, *(max(at, time) for time in curve["time"][1:])]
        node["landmarks"].append(
            {
                "id": key,
                "label": label,
                "value": at,
                "groups": groups,
                "overall": OVERALL,
                "curves": curves,
                "risk_table": _risk(ids, rising=False),
            }
        )
        prefix = f"{name}.{key}"
        values |= _grouped(prefix, [*ids, OVERALL["id"]], TIMES)
        values |= _test(f"{prefix}.logrank", 0.75, 1, 0.3865)
        counts = {"n": 110, "left_out_event": 20, "left_out_censored": 7, "left_out_late": 0}
        values |= {f"{prefix}.{part}": entry(n, "patients") for part, n in counts.items()}
    return node, values


def weighted(name: str = "iptw") -> Made:
    """Make a weighted comparison of two treatments."""
    of = {"arm": ("Conditioning", ("RIC", "MAC"))}
    groups = [{"id": "ric", "label": "RIC"}, {"id": "mac", "label": "MAC"}]
    ids = [group["id"] for group in groups]
    node, values = _modelled(
        _node(name, "weighted", times=list(TIMES)),
        model(name, "weighted", ("arm",), of=of, variance="robust"),
    )
    node |= {
        "treatment": {"id": "arm", "label": "Conditioning"},
        "covariates": [{"id": "age", "label": "Age, years"}, {"id": "sex", "label": "Sex"}],
        "estimand": "ate",
        "stabilised": True,
        "trim": 0.01,
        "bootstrap": {"repeats": 500, "seed": 7},
        "groups": groups,
        "curves": _curves(ids),
        "risk_table": _risk(ids, rising=False),
        "tests": [{"id": "logrank", "label": "Weighted log-rank test"}],
        "balance": [
            {"id": "age", "label": "Age, years", "smd_before": -0.42, "smd_after": 0.03},
            {"id": "sex_f", "label": "Sex: female", "smd_before": 0.15, "smd_after": 0.12},
        ],
    }
    values |= _grouped(name, ids, TIMES) | _test(f"{name}.logrank", 2.5, 1, 0.1138)
    for row in node["balance"]:
        for part in ("before", "after"):
            values[f"{name}.balance.{row['id']}.{part}"] = entry(row[f"smd_{part}"], "")
    for group in ids:
        values[f"{name}.{group}.effective_n"] = entry(51.26, "patients")
        values[f"{name}.{group}.mean_weight"] = entry(1.02, "")
        values[f"{name}.{group}.max_weight"] = entry(4.5, "")
    values[f"{name}.weighted.arm_l1.bootstrap_lower"] = entry(0.61, "ratio")
    values[f"{name}.weighted.arm_l1.bootstrap_upper"] = entry(1.87, "ratio")
    values[f"{name}.trimmed"] = entry(3, "patients")
    return node, values


def all_kinds() -> tuple[Made, ...]:
    """Make one analysis of every kind."""
    return (
        cox(),
        bare_cox("small"),
        logistic(),
        fine_gray(),
        time_dependent(),
        landmark(),
        weighted(),
    )
