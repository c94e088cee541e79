"""Documents of the analyses of forms, with made-up numbers under the right keys."""

from __future__ import annotations

from typing import Any

from report.documents import OVERALL, entry

Made = tuple[dict[str, Any], dict[str, Any]]


def _counts(analysis: str, unit: str, **numbers: int | None) -> dict[str, Any]:
    keys = {key.replace("__", "."): number for key, number in numbers.items()}
    return {f"{analysis}.{key}": entry(number, unit, "nobody") for key, number in keys.items()}


def _head(name: str, kind: str) -> dict[str, Any]:
    node = {"id": name, "kind": kind, "title": f"Title of <{name}>", "by": None, "groups": []}
    return node | {"overall": OVERALL, "warnings": [], "left_out": []}


def _assessment(number: int, first: str, second: str, reason: str) -> dict[str, Any]:
    return {
        "record": f"P{number:02}",
        "instance": 1,
        "date": None if number == 2 else f"2020-01-{number % 28 + 1:02}",
        "first": first,
        "second": second,
        "reason": reason,
        "recorded": "platelets 60",
        "file": "response.csv",
        "line": number + 1,
    }


def response(name: str = "resp", undecided: int = 43) -> Made:
    """The centre and a set: 10 assessments judged by both, of which 2 differ, and some open."""
    node = _head(name, "response_rules") | {
        "first": {"id": "centre", "key": "first", "label": "Centre", "title": "", "source": "",
                  "notes": []},
        "second": {"id": "label", "key": "second", "label": "Label", "title": "The <label>",
                   "source": "A label, 2024", "notes": ["no partial remission"]},
        "period": "all of them",
        "table": {
            "rows": [{"id": "cri", "label": "CRi"}, {"id": "not_called", "label": "not called"}],
            "columns": [
                {"id": "crp", "label": "CRp"},
                {"id": "unclassified", "label": "unclassified"},
                {"id": "cannot_say", "label": "cannot say"},
            ],
            "agree": [["cri", "crp"]],
        },
        "reasons": [
            {"id": "reason_1", "first": "CRi", "second": "unclassified", "reason": "Label: why"}
        ],
        "missing": [
            {"id": "anc", "judge": "second", "label": "neutrophils", "in_forms": True},
            {"id": "mrd", "judge": "second", "label": "MRD", "in_forms": False},
        ],
        "differing": [
            _assessment(number, "CRi", "unclassified", "Label: <why>") for number in (1, 2)
        ],
        "undecided": [
            _assessment(number, "CRi", "cannot say", "Label: not recorded: neutrophils")
            for number in range(undecided)
        ],
        "notes": ["A <note>."],
    }  # fmt: skip
    table = {"cri__crp": 8, "cri__unclassified": 2, "cri__cannot_say": undecided - 1}
    table |= {"not_called__crp": 0, "not_called__unclassified": 0, "not_called__cannot_say": 1}
    table |= {"cri__total": 9 + undecided, "not_called__total": 1}
    table |= {"total__crp": 8, "total__unclassified": 2, "total__cannot_say": undecided}
    values = _counts(f"{name}.table", "assessments", **table)
    values |= _counts(
        name,
        "assessments",
        assessments=10 + undecided,
        judged=10,
        agree=8,
        differ=2,
        undecided=undecided,
        first__open=1,
        second__open=undecided,
        second__missing__anc=undecided,
        second__missing__mrd=3,
        reason_1__n=2,
    )
    values |= _counts(name, "patients", overall__n=50, differ_patients=2)
    values[f"{name}.agree_percent"] = entry(80.0, "percent")
    return node, values


CRITERIA = (
    ("one", "One, early", 0, 21),
    ("two", "One, late", 22, None),
    ("three", "Three", 0, None),
)


def _patient(number: int, day: int | None, *met: int | str | None) -> dict[str, Any]:
    """Make a patient: a day is met on it, "no" is not met, None is not known."""
    said = {
        name: {"met": None if one is None else one != "no", "day": one if one != "no" else None}
        for (name, *_), one in zip(CRITERIA, met, strict=True)
    }
    return {
        "record": f"P{number:02}",
        "diagnosed": day is not None,
        "day": day,
        "grade": 3 if number else None,
        "by": "",
        "met": said,
        "missing": [] if None not in met else ["bilirubin", "work-up from day 22 on"],
    }


def sos(name: str = "sos", patients: int = 3) -> Made:
    """Three sets of criteria; the first patient met two of them on the day of the diagnosis."""
    listed = [
        _patient(0, 12, 12, None, 12),
        _patient(1, 30, "no", 25, 30),
        _patient(2, None, 9, 22, 9),
    ]
    listed += [_patient(number, 40, 12, None, "no") for number in range(3, patients)]
    node = _head(name, "sos_criteria") | {
        "criteria": [
            {
                "id": one,
                "name": f"set-{one}",
                "label": label,
                "first_day": first,
                "last_day": last,
                "rule": "2 of (liver, ascites)",
                "not_attributable": last is None,
                "source": f"Source of {one}",
            }
            for one, label, first, last in CRITERIA
        ],
        "rule": "items within the window",
        "listed": "diagnosed_or_met",
        "missing": [{"id": "missing_1", "criteria": "two", "label": "bilirubin"}],
        "patients": listed[:patients],
        "notes": [],
    }
    values = _counts(
        name,
        "patients",
        overall__n=20,
        diagnosed=5,
        not_diagnosed=14,
        not_entered=1,
        no_work_up=2,
    )
    for one, met, open_ in (("one", 4, 2), ("two", 0, 20), ("three", 1, 0)):
        key = f"{name}.{one}"
        values |= _counts(key, "patients", met=met, not_met=20 - met - open_, open=open_)
        for who in ("diagnosed", "not_diagnosed"):
            cross = {f"{who}_met": met, f"{who}_not_met": 1, f"{who}_open": open_}
            values |= _counts(key, "patients", **cross)
        share = None if one == "two" else 90.0
        values |= _counts(key, "patients", compared=18, agree=15, lacking=20, missing_1=20)
        values[f"{key}.agree_percent"] = entry(share, "percent", "no patient can be compared")
        days = (None, None, None) if one == "two" else (11.5, 9, 14)
        for part, day in zip(("median", "min", "max"), days, strict=True):
            values[f"{key}.day.{part}"] = entry(day, "days", "no patient met these criteria", n=met)
    return node, values


def dose(name: str = "dose", deviations: int = 2) -> Made:
    """Two kinds that occur and one that does not; two cycles that were not judged."""
    kinds = (("kind_1", "dose below the label", 3, 2, 1), ("kind_2", "dose above", 0, 0, 0),
             ("kind_3", "cycle longer", 5, 5, 4))  # fmt: skip
    node = _head(name, "dose_deviations") | {
        "rule": "infusions against the label",
        "source": "A label, 2024",
        "schedule": ["cycle 1: 0.8", "later: 0.5"],
        "kinds": [{"id": key, "label": label, "allowed": False} for key, label, *_ in kinds],
        "listed": [
            {
                "record": f"P{number:02}",
                "cycle": 2,
                "instance": 2,
                "dose": "day 8",
                "deviation": "dose <below> the label",
                "given": "0.4",
                "label": "0.5",
                "unit": "mg/m²",
                "file": "ino_cycle.csv",
                "line": number,
            }
            for number in range(deviations)
        ],
        "unjudged": [{"record": "P09", "instance": 2, "reason": "a dose is not known"}],
        "notes": [],
    }
    values = _counts(name, "doses", doses=60)
    values |= _counts(name, "cycles", cycles=20, unjudged=0, undated=1, unrecorded=2)
    values |= _counts(name, "patients", overall__n=10)
    for key, n, cycles, patients in (
        *((key, *rest) for key, _, *rest in kinds),
        ("any", 8, 7, 5),
    ):
        prefix = f"{name}.{key}"
        values |= _counts(prefix, "deviations", n=n, cycles=cycles, patients=patients)
        values[f"{prefix}.percent"] = entry(10.0 * patients, "percent")
    return node, values
