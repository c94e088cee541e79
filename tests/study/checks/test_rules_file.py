"""Rules as data: what a rules file may say, and how its mistakes are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrisk.errors import InputError
from atrisk.study.checks import Rules, rules_of, run_checks
from atrisk.study.forms.packaged import packaged_dictionary
from check_records import entries_alone, records_from

if TYPE_CHECKING:
    from pathlib import Path

    from atrisk.study.checks import Checks
    from atrisk.study.forms.dictionary import Dictionary

HEAD = 'schema = "atrisk-rules/1"\n'
RULE = """
[[rules]]
id = "heavy"
severity = "warning"
form = "entry"
label = "Heavy for the height"
fails_if = "[weight] > 100 and [height] < 1.5"
message = "Check weight and height."
"""


def read(folder: Path, dictionary: Dictionary, *texts: str) -> Rules:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"rules{number}.toml")
        files[-1].write_text(HEAD + text, encoding="utf-8")
    return rules_of(dictionary, files)


def refused(folder: Path, dictionary: Dictionary, *texts: str) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, dictionary, *texts)
    return str(caught.value)


def weights(dictionary: Dictionary, *pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"record": f"A{n}", "born": "1960", "sex": "1", "sites___1": "1", "weight": w, "height": h}
        for n, (w, h) in enumerate(pairs)
        if dictionary
    ]


def run(rules: Rules, dictionary: Dictionary, *pairs: tuple[str, str]) -> Checks:
    records = records_from(dictionary, {"entry": weights(dictionary, *pairs)})
    return run_checks(records, entries_alone(rules))


def test_a_rule_is_tested_where_its_fields_have_values(tmp_path: Path, small: Dictionary) -> None:
    rules = read(tmp_path, small, RULE)
    checks = run(rules, small, ("120", "1.4"), ("120", ""), ("UNK", "1.4"), ("60", "1.4"))
    (found,) = [item for item in checks.results if item.id == "heavy"]
    assert (found.tested.tolist(), found.failed.tolist()) == ([2], [1])
    (query,) = checks.queries
    assert (query.record, query.field, query.value) == ("A0", "weight, height", "120, 1.4")
    assert (query.severity, query.message) == ("warning", "Check weight and height.")


def test_one_side_of_an_or_is_enough(tmp_path: Path, small: Dictionary) -> None:
    text = RULE.replace("[weight] > 100 and [height] < 1.5", "[weight] > 100 or [height] < 1.5")
    checks = run(
        read(tmp_path, small, text), small, ("120", ""), ("", "1.8"), ("", "1.4"), ("", "")
    )
    (found,) = [item for item in checks.results if item.id == "heavy"]
    assert (found.tested.tolist(), found.failed.tolist()) == ([3], [2])
    assert [(query.field, query.value) for query in checks.queries] == [
        ("weight", "120"),
        ("height", "1.4"),
    ]


@pytest.mark.parametrize(("share", "severity"), [("0.5", "warning"), ("0.49", "error")])
def test_a_share_above_its_threshold_makes_an_error(
    tmp_path: Path, small: Dictionary, share: str, severity: str
) -> None:
    rules = read(tmp_path, small, RULE + f"error_above = {share}\n")
    checks = run(rules, small, ("120", "1.4"), ("60", "1.4"))
    (found,) = [item for item in checks.results if item.id == "heavy"]
    assert (found.severity, found.raised) == (severity, severity == "error")
    assert [query.severity for query in checks.queries] == [severity]


@pytest.mark.parametrize(("instead", "rules"), [("", ["heavy", "range"]), ("range", ["heavy"])])
def test_a_rule_may_replace_a_check_of_the_dictionary(
    tmp_path: Path, small: Dictionary, instead: str, rules: list[str]
) -> None:
    line = f'instead_of = ["{instead}"]\n' if instead else ""
    checks = run(read(tmp_path, small, RULE + line), small, ("220", "1.4"), ("210", "1.9"))
    assert [query.rule for query in checks.queries if query.record == "A0"] == rules
    assert [query.rule for query in checks.queries if query.record == "A1"] == ["range"]


def test_a_later_file_switches_a_rule_off(tmp_path: Path, small: Dictionary) -> None:
    rules = read(tmp_path, small, RULE, 'off = ["heavy"]\n[severities]\nrequired = "info"\n')
    assert rules.rules == ()
    assert rules.severities["required"] == "info"
    assert rules.severities["range"] == "warning"


def test_roles_of_a_later_file_replace_earlier_ones(tmp_path: Path, small: Dictionary) -> None:
    rules = read(
        tmp_path,
        small,
        '[roles]\nenrolled = "seen"\n',
        '[roles]\nlast_contact = "day"\noverdue_days = 90\nclosed = "[dose] = 0"\n',
    )
    assert rules.roles is not None
    assert (rules.roles.enrolled, rules.roles.last_contact) == (None, "day")
    assert rules.roles.overdue_days == 90


def test_an_expected_form_with_a_condition(tmp_path: Path, small: Dictionary) -> None:
    rules = read(tmp_path, small, '[[expected]]\nform = "visit"\nwhen = "[weight] > 100"\n')
    checks = run(rules, small, ("120", "1.9"), ("60", "1.9"))
    assert [(query.record, query.rule) for query in checks.queries] == [("A0", "form_missing")]
    (found,) = [item for item in checks.results if item.id == "form_missing"]
    assert found.tested.tolist() == [1]


def test_packaged_rules_come_first() -> None:
    ino = packaged_dictionary("ino-hct")
    assert rules_of(ino) == Rules()
    assert len(rules_of(ino, packaged="ino-hct").rules) > 50
    assert rules_of(ino, packaged="of my own") == Rules()


MISTAKES = {
    "not TOML": ("[[rules]", "rules0.toml, line 2, column 8: this is not TOML: expected ']]'"),
    "an expression that does not parse": (
        RULE.replace("[weight] > 100 and", "[weight] > > 100 and"),
        "rules0.toml, line 8, [[rules]] number 1, fails_if: '>' stands where a field, a value or a"
        " function is expected\n    [weight] > > 100 and [height] < 1.5\n               ^",
    ),
    "an unknown field": (
        RULE.replace("[height]", "[hieght]"),
        "rules0.toml, line 8, [[rules]] number 1, fails_if: the dictionary has no field 'hieght'."
        " Did you mean 'height'?",
    ),
    "an unknown form": (
        RULE.replace('"entry"', '"entri"'),
        "rules0.toml, line 6, [[rules]] number 1, form: there is no form 'entri'. Did you mean"
        " 'entry'?",
    ),
    "an unknown key": (
        RULE + 'severty = "info"\n',
        "rules0.toml, line 10, [[rules]] number 1, severty: there is no key 'severty' here; keys"
        " are id, severity, form, label, fails_if, message, instead_of, error_above. Did you mean"
        " 'severity'?",
    ),
    "a missing key": (
        RULE.replace('message = "Check weight and height."\n', ""),
        "rules0.toml, line 3, [[rules]] number 1, message: this key is needed and is not there",
    ),
    "another severity": (
        RULE.replace('"warning"', '"fatal"'),
        "rules0.toml, line 5, [[rules]] number 1, severity: it should be 'error', 'warning' or"
        " 'info'",
    ),
    "an id twice": (RULE + RULE, "numbers 1 and 2 have the same id 'heavy'"),
    "an id of a check of the dictionary": (
        RULE.replace('"heavy"', '"range"'),
        "rules0.toml: there is a rule 'range' already. Give this one another id, or switch the"
        " earlier one off with off = ['range'].",
    ),
    "off without such a rule": (
        'off = ["havy"]\n',
        "rules0.toml: off names the rule 'havy', which no earlier file has.",
    ),
    "duplicates of an unknown field": (
        '[[duplicates]]\nid = "d"\nseverity = "error"\nlabel = "d"\nmessage = "d"\n'
        'equal = ["born", "sexx"]\n',
        "rules0.toml, line 7, [[duplicates]] number 1, equal, number 2: the dictionary has no"
        " field 'sexx'. Did you mean 'sex'?",
    ),
    "a role of an unknown field": (
        '[roles]\nenrolled = "saw"\n',
        "rules0.toml, line 3, [roles] enrolled: the dictionary has no field 'saw'.",
    ),
    "a share above one": (RULE + "error_above = 1.5\n", "it should be less than 1"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_named_with_their_line(tmp_path: Path, small: Dictionary, case: str) -> None:
    text, message = MISTAKES[case]
    assert message in refused(tmp_path, small, text)


def test_a_rule_that_does_not_fit_the_records_is_named(tmp_path: Path, small: Dictionary) -> None:
    rules = read(tmp_path, small, RULE.replace("[weight] > 100", "[dose] > 1"))
    with pytest.raises(InputError) as caught:
        run(rules, small, ("60", "1.9"))
    assert str(caught.value).startswith("the rule 'heavy': the form 'visit' repeats: say which")
    assert str(caught.value).endswith("    [dose] > 1 and [height] < 1.5\n    ^")


def test_the_same_rule_in_two_files(tmp_path: Path, small: Dictionary) -> None:
    assert "rules1.toml: there is a rule 'heavy' already." in refused(tmp_path, small, RULE, RULE)


def test_another_version_is_refused(tmp_path: Path, small: Dictionary) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('schema = "atrisk-rules/2"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"rules.toml, line 1.*'atrisk-rules/1'"):
        rules_of(small, [file])


def test_a_file_that_is_not_there(tmp_path: Path, small: Dictionary) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        rules_of(small, [tmp_path / "none.toml"])


def test_a_file_that_is_not_utf8(tmp_path: Path, small: Dictionary) -> None:
    (tmp_path / "r.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match="is not UTF-8 at byte 0"):
        rules_of(small, [tmp_path / "r.toml"])
