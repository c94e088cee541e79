"""The endpoints of a study among its checks: asked once, and never in the way of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.cli.check import files_not_read
from atrisk.study import plan_study, read_source, read_study
from atrisk.study.checks.study import check_study, query_counts
from forms_kit import HEAD, OS, SURVIVAL, write_forms

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
schema = "atrisk-rules/1"
[[rules]]
id = "death_first"
severity = "{severity}"
form = "followup"
label = "Death before the first dose"
fails_if = "[death_date] < earliest([dose_date])"
message = "Correct one of the dates."
"""
LATER = OS.replace('"os"', '"later"').replace("Overall survival", "Survival again")


def study(folder: Path, toml: str, rules: str = "", second: str = "2020-01-01") -> Path:
    """Write two patients: the second died before the first dose."""
    forms: dict[str, Any] = {
        "enrolment": [{"id": name, "sex": "1"} for name in ("A-1", "A-2")],
        "dose": [
            {"id": "A-1", "dose_no": 1, "dose_date": "2020-01-01", "dose": "0.8", "given": "1"},
            {"id": "A-2", "dose_no": 1, "dose_date": second, "dose": "0.8", "given": "1"},
        ],
        "followup": [
            {"id": "A-1", "fu_date": "2020-05-01"},
            {"id": "A-2", "fu_date": "2020-02-01", "death_date": "2019-12-01"},
        ],
    }
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    head = HEAD.replace("[forms]", '[forms]\nrules = ["rules.toml"]') if rules else HEAD
    return write_forms(folder, head + toml, **forms)


def asked(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(query["rule"], query["field"]) for query in document["queries"]]


def test_an_end_before_the_start_is_asked_about_once(tmp_path: Path) -> None:
    document = check_study(read_study(study(tmp_path, OS + LATER + SURVIVAL)))
    assert asked(document) == [("endpoint_os_order", "dose_date, death_date")]
    rules = {rule["id"]: rule for rule in document["rules"]}
    assert (rules["endpoint_os_order"]["tested"], rules["endpoint_os_order"]["failed"]) == (2, 1)
    assert rules["endpoint_os_order"]["label"] == "Overall survival: end before start"
    assert rules["endpoint_later_order"]["failed"] == 0
    assert document["centres"][0]["queries"]["error"] == 1
    assert document["endpoints_problem"] == ""


def test_what_a_rule_asks_is_not_asked_again(tmp_path: Path) -> None:
    for severity, expected in (
        ("error", [("death_first", "death_date, dose_date")]),
        # a point for information is no question
        ("info", [("death_first", ""), ("endpoint_os_order", "")]),
    ):
        path = study(tmp_path, OS + SURVIVAL, RULES.format(severity=severity))
        found = asked(check_study(read_study(path)))
        assert sorted(rule for rule, _ in found) == [rule for rule, _ in expected]


def test_a_report_counts_the_same_queries(tmp_path: Path) -> None:
    request = read_study(study(tmp_path, OS + SURVIVAL))
    source = read_source(request)
    plan = plan_study(request, source.names, source)
    for made in (plan, None):
        (counts,) = query_counts(request, source.records, made)
        assert (counts["error"], counts["warning"]) == (1, 0)


def test_endpoints_that_cannot_be_made_do_not_stop_the_check(tmp_path: Path) -> None:
    toml = OS.replace('"fu_date"', '"fu_dat"') + SURVIVAL
    document = check_study(read_study(study(tmp_path, toml)))
    assert "'fu_dat'" in document["endpoints_problem"]
    assert "fu_date" in document["endpoints_problem"]
    assert document["queries"] == []
    assert [rule for rule in document["rules"] if rule["id"].startswith("endpoint")] == []


def test_a_missing_start_is_no_query(tmp_path: Path) -> None:
    document = check_study(read_study(study(tmp_path, OS + SURVIVAL, second="")))
    assert (asked(document), document["endpoints_problem"]) == ([], "")
    (rule,) = [rule for rule in document["rules"] if rule["id"] == "endpoint_os_order"]
    assert (rule["tested"], rule["failed"]) == (1, 0)


def test_files_that_were_not_read_are_named() -> None:
    item = {"file": "a/labs.csv", "centre": "A", "place": "line", "field": "x", "reason": "why"}
    rejected = [
        {"level": "file", "line": 3, **item},
        {"level": "row", "line": 4, **item},
        {"level": "file", "line": 0, **item, "field": ""},
    ]
    assert list(files_not_read({"rejected": rejected})) == [
        "not read: a/labs.csv (centre A), line 3, 'x': why",
        "not read: a/labs.csv (centre A): why",
        "",
    ]
    assert list(files_not_read({"rejected": rejected[1:2]})) == []
