from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.study.suppression import suppressed
from atrisk.study.suppression_cells import Sum, exposed, hidden_counts
from atrisk.study.suppression_nodes import cleaned_notes, shown_population
from atrisk.study.suppression_same import same_counts
from study_kit import BMT, BMT_HEAD, HEAD, mistake, run, run_bmt

if TYPE_CHECKING:
    from pathlib import Path

BELOW = 4


# --- which counts are hidden, by enumeration ------------------------------------------


MOST = 14
CELLS = tuple(f"{level}.{group}" for level in range(2) for group in range(2))


def seen(counts: dict[str, int], hidden: frozenset[str]) -> dict[str, set[int]]:
    """Enumerate every 2 x 2 table that fits what a reader sees; give each hidden count's values."""
    tried = dict(zip(CELLS, np.indices((MOST + 1,) * 4).reshape(4, -1), strict=True))
    tried |= {f"{level}.all": tried[f"{level}.0"] + tried[f"{level}.1"] for level in range(2)}
    tried |= {f"n.{g}": tried[f"0.{g}"] + tried[f"1.{g}"] for g in (0, 1, "all")}
    fits = np.ones((MOST + 1) ** 4, dtype=bool)
    for name, values in tried.items():
        if name not in hidden:
            fits &= values == counts[name]
        elif counts[name] < BELOW:
            fits &= (values > 0) & (values < BELOW)
        else:
            fits &= values >= BELOW
    return {name: set(tried[name][fits].tolist()) for name in hidden}


def table(cells: list[list[int]]) -> tuple[dict[str, int], list[Sum]]:
    """Make the counts and sums of levels (rows) by groups, with all their totals."""
    counts: dict[str, int] = {}
    sums: list[Sum] = []
    groups = range(len(cells[0]))
    for i, row in enumerate(cells):
        counts |= {f"{i}.{g}": row[g] for g in groups} | {f"{i}.all": sum(row)}
        sums.append(Sum(f"{i}.all", tuple(f"{i}.{g}" for g in groups)))
    for g in (*groups, "all"):
        parts = tuple(f"{i}.{g}" for i in range(len(cells)))
        counts[f"n.{g}"] = sum(counts[part] for part in parts)
        sums.append(Sum(f"n.{g}", parts))
    sums.append(Sum("n.all", tuple(f"n.{g}" for g in groups)))
    return counts, sums


COUNTS = st.lists(st.lists(st.integers(0, 7), min_size=2, max_size=2), min_size=2, max_size=2)


@settings(max_examples=20, deadline=None)
@given(COUNTS.filter(lambda cells: sum(map(sum, cells)) >= BELOW))
def test_no_hidden_count_is_determined(cells: list[list[int]]) -> None:
    counts, sums = table(cells)
    hidden = hidden_counts(counts, sums, BELOW)
    assume(hidden is not None)
    assert {name for name, count in counts.items() if 0 < count < BELOW} <= hidden
    assert not [name for name in hidden if counts[name] == 0]
    values = seen(counts, hidden)
    assert [name for name in hidden if len(values[name]) < 2] == []


@settings(max_examples=20, deadline=None)
@given(COUNTS, st.data())
def test_what_is_exposed_is_what_enumeration_finds(cells: list[list[int]], data: Any) -> None:
    """Hide any counts: those given away are exactly those of which one value fits."""
    counts, sums = table(cells)
    free = sorted(name for name, count in counts.items() if count)
    hidden = frozenset(name for name in free if data.draw(st.booleans()))
    values = seen(counts, hidden)
    assert exposed(counts, sums, hidden, BELOW) == sorted(n for n in hidden if len(values[n]) < 2)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=3).filter(
        lambda cells: sum(map(sum, cells)) >= BELOW
    )
)
def test_no_sum_has_one_hidden_count(cells: list[list[int]]) -> None:
    counts, sums = table(cells)
    hidden = hidden_counts(counts, sums, BELOW)
    assume(hidden is not None)
    assert exposed(counts, sums, hidden, BELOW) == []
    assert not [known for known in sums if len(hidden & set(known.named())) == 1]


def test_the_smallest_other_part_is_hidden_before_the_total() -> None:
    counts = {"all": 30, "a": 2, "b": 7, "c": 9, "d": 12}
    assert hidden_counts(counts, [Sum("all", ("a", "b", "c", "d"))], 5) == {"a", "b"}


def test_two_small_counts_may_need_a_third() -> None:
    # 1 + 1 = 2 is the only way; 4 + 4 = 8 too
    for counts in ({"all": 9, "a": 1, "b": 1, "c": 7}, {"all": 14, "a": 4, "b": 4, "c": 6}):
        assert hidden_counts(counts, [Sum("all", ("a", "b", "c"))], 5) == {"a", "b", "c"}


def test_a_known_total_is_never_hidden() -> None:
    counts = {"n": 55, "left_out": 3}
    assert hidden_counts(counts, [Sum(58, ("n", "left_out"))], 5) == {"n", "left_out"}


def test_zero_stays_and_the_total_goes() -> None:
    counts = {"n": 8, "a": 4, "b": 4, "c": 0}
    assert hidden_counts(counts, [Sum("n", ("a", "b", "c"))], 5) == {"a", "b", "n"}


# --- documents --------------------------------------------------------------------------

TABLE = (
    HEAD
    + """
[variables.arm]
label = "Arm"
type = "categorical"

[variables.sex]
label = "Sex"
levels = { f = "Female", m = "Male" }

[variables.age]
label = "Age"

[[population]]
exclude = "age < 18"
reason = "Children"
unknown = "keep"

[[analyses]]
id = "t1"
kind = "describe"
title = "Patients"
by = "arm"
tests = true
differences = true
variables = ["sex", "age"]

[report]
suppress_below = 5
"""
)


def people(**counts: int) -> list[str]:
    rows = [f"{key[0]},{key[1]},{40 + i}" for key, n in counts.items() for i in range(n)]
    return ["arm,sex,age", *rows]


def test_the_setting_is_applied_at_the_end(tmp_path: Path) -> None:
    values = run(tmp_path, TABLE, people(xf=2, xm=20, yf=9, ym=11))["values"]
    small, other = values["t1.sex.female.x.count"], values["t1.sex.male.x.count"]
    assert (small["value"], small["mark"]) == (None, "<5")
    assert small["missing"] == "suppressed: fewer than 5"
    assert (other["value"], other["mark"]) == (None, "≥5")
    assert other["missing"] == "suppressed: 5 or more, and would give a smaller count away"
    # of the other group and of all the same pair: the rows add up, too
    for level in ("female", "male"):
        assert {values[f"t1.sex.{level}.{g}.count"]["value"] for g in ("y", "overall")} != {9, 11}
    for key in ("t1.sex.female.x.percent", "t1.sex.test.p_value", "t1.sex.standardised_difference"):
        assert values[key]["missing"] == "withheld: it would give away a count that is not shown"
    assert values["t1.sex.female.x.count"]["n"] is None
    # numbers of a variable with enough patients stay
    assert values["t1.age.x.median"]["value"] == 48.5
    assert values["t1.age.test.p_value"]["value"] is not None


def test_without_small_counts_nothing_changes(tmp_path: Path) -> None:
    rows = people(xf=7, xm=20, yf=9, ym=11)
    with_setting = run(tmp_path, TABLE, rows)
    without = run(tmp_path, TABLE.replace("suppress_below = 5", ""), rows)
    assert with_setting["values"] == without["values"]
    assert with_setting["analyses"] == without["analyses"]


def test_zero_shows_all(tmp_path: Path) -> None:
    document = run(tmp_path, TABLE.replace("below = 5", "below = 0"), people(xf=2, ym=11))
    assert document["values"]["t1.sex.female.x.count"]["value"] == 2
    assert suppressed(document, 0) == document


def test_a_small_group_is_not_described(tmp_path: Path) -> None:
    values = run(tmp_path, TABLE, people(xf=2, xm=1, yf=9, ym=11))["values"]
    assert values["t1.x.n"]["mark"] == "<5"
    assert values["t1.y.n"]["value"] is None or values["t1.overall.n"]["value"] is None
    for part in ("median", "min", "max", "mean", "sd"):
        assert values[f"t1.age.x.{part}"]["value"] is None
    assert values["t1.age.test.p_value"]["value"] is None


@pytest.mark.parametrize(
    ("below", "message"),
    [
        (1, "suppress_below = 1 would hide nothing"),
        (2, "suppress_below = 2 would hide the count 1 only, which the mark '<2' tells"),
        (50, "suppress_below = 50, and the study has 42 patients"),
    ],
)
def test_settings_that_hide_nothing_or_all(tmp_path: Path, below: int, message: str) -> None:
    toml = TABLE.replace("below = 5", f"below = {below}")
    assert message in mistake(tmp_path, toml, people(xf=2, xm=20, yf=9, ym=11))


BMT_ANALYSES = (
    """id = "t1"
kind = "describe"
title = "Patients"
by = "group"
variables = ["sex", "hospital", "fab", "age"]
""",
    """id = "os"
kind = "survival"
title = "Survival"
endpoint = "overall_survival"
by = "group"
times = ["1 year", "5 years"]
""",
    """id = "ci"
kind = "cumulative_incidence"
title = "Incidence"
endpoint = "relapse_or_nrm"
by = "group"
times = ["5 years"]
""",
    """id = "cox"
kind = "cox"
title = "Cox"
endpoint = "overall_survival"
variables = ["group", "hospital", "age"]
multivariable = true
""",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run_bmt(tmp_path_factory.mktemp("bmt"), *BMT_ANALYSES)


def test_no_small_count_is_left_anywhere(whole: dict[str, Any]) -> None:
    shown = suppressed(whole, 5)
    left = [
        key
        for key, entry in shown["values"].items()
        if entry["unit"] in {"patients", "events"}
        and entry["value"] is not None
        and 0 < entry["value"] < 5
        and not key.endswith("expected")
    ]
    assert left == []
    for analysis in shown["analyses"]:
        for row in (analysis.get("risk_table") or {}).get("rows", ()):
            for name, cells in row.items():
                if name != "group":
                    assert not [c for c in cells if c is not None and 0 < c < 5], (name, cells)


def test_hidden_sums_cannot_be_worked_out(whole: dict[str, Any]) -> None:
    """Of all sums over groups that hold, none has exactly one hidden count."""
    values, shown = whole["values"], suppressed(whole, 5)["values"]
    groups = [group["id"] for group in whole["analyses"][0]["groups"]]
    checked = 0
    for key in values:
        words = key.split(".")
        if "overall" not in words or words[-1] not in {"n", "events", "count", "at_risk"}:
            continue
        place = words.index("overall")
        parts = [".".join([*words[:place], g, *words[place + 1 :]]) for g in groups]
        if any(part not in values for part in parts):
            continue
        checked += 1
        hidden = [k for k in (key, *parts) if shown[k]["value"] is None]
        assert len(hidden) != 1, hidden
    assert checked > 20


def test_suppression_gives_one_document(whole: dict[str, Any]) -> None:
    before = copy.deepcopy(whole)
    assert suppressed(whole, 5) == suppressed(whole, 5)
    assert whole == before
    assert suppressed(whole, 20) != suppressed(whole, 5)


def test_the_curve_stays(whole: dict[str, Any]) -> None:
    shown = suppressed(whole, 5)
    assert shown["analyses"][1]["curves"] == whole["analyses"][1]["curves"]


def test_patients_are_not_listed(whole: dict[str, Any]) -> None:
    document = copy.deepcopy(whole)
    document["analyses"][1]["left_out"] = [{"line": 4, "record": "P1", "reason": "no date"}]
    document["population"]["left_out"] = [{"line": 9, "record": "P2", "reason": "age"}]
    document["data"] = {"queries": [{"record": "P3"}]}
    shown = suppressed(document, 5)
    assert "P1" not in str(shown)
    assert "P2" not in str(shown)
    assert "data" not in shown


@pytest.mark.parametrize("kind", ["listing", "swimmer", "trajectories", "accrual", "published"])
def test_analyses_that_show_patients_are_withheld(whole: dict[str, Any], kind: str) -> None:
    document = copy.deepcopy(whole)
    node = {"id": "cases", "kind": kind, "title": "Cases", "notes": ["Record P7."], "rows": ["P7"]}
    document["analyses"].append(node)
    document["values"]["cases.overall.n"] = {"value": 17, "unit": "patients", "n": None}
    shown = suppressed(document, 5)
    assert shown["analyses"][-1]["kind"] == "withheld"
    assert shown["analyses"][-1]["title"] == "Cases"
    assert "P7" not in str(shown)
    assert "cases.overall.n" not in shown["values"]


def test_a_kind_of_unknown_sums_is_withheld_for_one_small_count(whole: dict[str, Any]) -> None:
    document = copy.deepcopy(whole)
    document["analyses"].append(
        {"id": "x", "kind": "sos_criteria", "title": "X", "notes": [], "patients": [{"record": 1}]}
    )
    entry = {"unit": "patients", "n": None, "method": None}
    document["values"] |= {"x.met": {"value": 6} | entry, "x.not_met": {"value": 11} | entry}
    kept = suppressed(document, 5)["analyses"][-1]
    assert (kept["kind"], kept["patients"]) == ("sos_criteria", [])
    document["values"]["x.met"]["value"] = 3
    gone = suppressed(document, 5)
    assert gone["analyses"][-1]["kind"] == "withheld"
    assert not [key for key in gone["values"] if key.startswith("x.")]


def test_guard_rails_lose_their_small_numbers(whole: dict[str, Any]) -> None:
    document = copy.deepcopy(whole)
    document["values"]["study.tests"] = {"value": 2, "unit": "patients", "n": None}
    rail = {"key": "a", "text": "{n} patients", "message": "2 patients", "answer": None}
    document["guard_rails"] = [{**rail, "numbers": ["study.tests"]}, {**rail, "numbers": ["gone"]}]
    shown = suppressed(document, 5)
    assert [node["message"] for node in shown["guard_rails"]] == ["{n} patients"]
    assert shown["values"]["study.tests"]["mark"] == "<5"


@pytest.mark.parametrize(
    ("note", "cleaned"),
    [
        (
            "1 patient is left out (Age is missing): column age, line 4.",
            "Fewer than 5 patients are left out (Age is missing).",
        ),
        (
            "12 patients are left out (no date): column d, lines 4, 5 and 10 more.",
            "12 patients are left out (no date).",
        ),
        (
            "Chronic GVHD, 2 patients (lines 38, 128): exposure after exit: not exposed.",
            "Chronic GVHD, fewer than 5 patients: exposure after exit: not exposed.",
        ),
        ("See record c01-002 for it", "A note that names patients is withheld."),
        ("No patient is in the group B.", "No patient is in the group B."),
    ],
)
def test_notes_name_nobody(note: str, cleaned: str) -> None:
    assert cleaned_notes([note], 5) == [cleaned]


STEP = {"remaining": 0}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([7, 0, 9], [("a", 7), ("b", 0), ("c", 9)]),
        ([2, 9], [("a; b", 11)]),
        ([9, 2], [("a; b", 11)]),
        ([2, 0, 4, 9], [("a; b; c", 6), ("d", 9)]),
    ],
)
def test_small_exclusion_steps_are_joined(rows: list[int], expected: list[Any]) -> None:
    steps, left = [], 100
    for name, n in zip("abcd", rows, strict=False):
        left -= n
        steps.append({"id": name, "reason": name, "rows": n, "remaining": left})
    node = {"rows_in": 100, "rows_used": left, "exclusions": steps, "left_out": [], "notes": []}
    shown = shown_population(node, 5)
    assert [(step["reason"], step["rows"]) for step in shown["exclusions"]] == expected
    assert shown["exclusions"][-1]["remaining"] == left
    assert shown["rows_in"] == 100


def test_few_excluded_patients_are_not_counted() -> None:
    step = {"id": "a", "reason": "Children", "rows": 3, "remaining": 97}
    node = {"rows_in": 100, "rows_used": 97, "exclusions": [step], "left_out": [], "notes": []}
    shown = shown_population(node, 5)
    assert (shown["rows_in"], shown["exclusions"]) == (97, [])
    assert shown["notes"] == [
        "Fewer than 5 patients were excluded (Children); the numbers begin with the patients"
        " analysed."
    ]


def test_counts_that_their_marks_give_away_cannot_be_hidden() -> None:
    # rows and columns that all are small leave one table, whatever is hidden
    assert hidden_counts(*table([[1, 1], [2, 2]]), BELOW) is None
    assert hidden_counts({"a": 2}, [Sum(2, ("a",))], 5) is None


def test_an_analysis_whose_counts_cannot_be_hidden_is_withheld(tmp_path: Path) -> None:
    toml = TABLE.replace("below = 5", "below = 4")
    document = run(tmp_path, toml, people(xf=1, xm=2, yf=1, ym=2))
    assert [node["kind"] for node in document["analyses"]] == ["withheld"]
    assert not [key for key in document["values"] if key.startswith("t1.")]


def test_the_example_has_the_variables_used_here() -> None:
    assert (BMT / "study.toml").exists()
    assert "[variables.hospital]" in BMT_HEAD


def test_input_errors_are_input_errors(whole: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        suppressed(whole, 2)


def people_exposed() -> list[str]:
    """Make patients of whom two die after an exposure, and one is exposed from the start."""
    rows = ["t,d,tx"]
    for k in range(1, 31):
        begins = "0" if k == 30 else str(k - 2) if k in (9, 12, 15, 18, 21, 24, 27) else ""
        rows.append(f"{k},{int(k % 2 == 0 and k not in (12, 30))},{begins}")
    return rows


EXPOSED = (
    HEAD
    + """
[report]
suppress_below = 5

[[endpoints]]
id = "os"
label = "Overall survival"
time = "t"
event = "d"
causes = { death = 1 }

[[analyses]]
id = "a"
kind = "time_dependent"
title = "Exposure"
endpoint = "os"
exposures = [{ id = "tx", label = "TX", time = "tx" }]
"""
)


def test_states_before_and_after_an_exposure_do_not_give_each_other_away(tmp_path: Path) -> None:
    document = run(tmp_path, EXPOSED, people_exposed())
    found = document["values"]
    (exposure,) = document["analyses"][0]["exposures"]
    (before,) = (row for row in exposure["risk_table"]["rows"] if row["group"] == "before")
    assert before["at_risk"][0] is None
    assert found["a.tx.after.events"]["mark"] == "<5"
    assert found["a.tx.exposed_at_start"]["mark"] == "<5"
    for key in ("tx.before.events", "tx.before.observed", "univariable.tx_before.events"):
        assert found[f"a.{key}"]["value"] is None, key  # all events less the few after
    assert found["a.overall.events"]["value"] == 13
    assert found["a.overall.n"]["value"] == 30
    assert found["a.tx.before.n"]["value"] is None  # 30 less the one exposed at the start


ODDS = (
    HEAD
    + """
[report]
suppress_below = 5

[variables.arm]
label = "Arm"
type = "categorical"

[[analyses]]
id = "a"
kind = "logistic"
title = "Odds"
outcome = "y == 1"
outcome_label = "Response"
variables = ["arm"]
"""
)


@pytest.mark.parametrize("few", [2, 18])
def test_an_odds_ratio_does_not_give_its_counts_away(tmp_path: Path, few: int) -> None:
    rows = ["arm,y", *(f"x,{int(k < few)}" for k in range(20))]
    rows += [f"z,{int(k < 9)}" for k in range(20)]
    found = run(tmp_path, ODDS, rows)["values"]
    assert found["a.univariable.arm_x.events"]["value"] is None
    for part in ("ratio", "lower", "upper", "estimate", "std_error", "p_value", "statistic"):
        assert found[f"a.univariable.arm_z.{part}"]["value"] is None, part
    assert found["a.univariable.arm.p_value"]["value"] is None


TWICE = (
    HEAD
    + """
[report]
suppress_below = 5

[variables.arm]
label = "Arm"
type = "categorical"

[[endpoints]]
id = "os"
label = "Overall survival"
time = "t"
event = "d"
causes = { death = 1 }

[[analyses]]
id = "a"
kind = "survival"
title = "Curves"
endpoint = "os"
by = "arm"

[[analyses]]
id = "b"
kind = "cox"
title = "Ratios"
endpoint = "os"
variables = ["arm"]
multivariable = false
"""
)


def test_a_count_that_one_analysis_hides_no_other_shows(tmp_path: Path) -> None:
    rows = ["t,d,arm"]
    for arm, patients, events in (("x", 26, 17), ("y", 26, 4), ("z", 8, 1)):
        rows += [f"{k + 1},{int(k < events)},{arm}" for k in range(patients)]
    found = run(tmp_path, TWICE, rows)["values"]
    assert found["a.x.events"]["mark"] == "≥5"
    assert found["b.univariable.arm_x.events"]["mark"] == "≥5"
    assert found["a.x.n"]["value"] == found["b.univariable.arm_x.n"]["value"] == 26


def test_the_same_patients_are_known_in_other_tables() -> None:
    arms, sexes = ([{"id": name, "label": name} for name in pair] for pair in ("xy", "fm"))

    def table(name: str, by: str, groups: list[Any], of: str, levels: list[Any]) -> dict[str, Any]:
        variable = {"id": of, "levels": levels}
        return {
            "id": name,
            "by": {"variable": by},
            "groups": groups,
            "overall": {"id": "overall"},
            "variables": [variable],
        }

    first, second = table("a", "arm", arms, "sex", sexes), table("b", "sex", sexes, "arm", arms)
    rows = [{"id": "arm_x", "label": "x"}]
    model = {"id": "m", "terms": [{"id": "arm", "rows": rows}]}
    counts = (
        {"a.sex.f.x.count": 3, "a.x.n": 9},
        {"b.arm.x.f.count": 3, "b.arm.x.overall.count": 9},
    )
    tried = [(first, counts[0]), (second, counts[1])]
    tried.append(({"id": "c", "models": [model]}, {"c.m.arm_x.n": 9}))
    assert {frozenset(found) for found in same_counts(tried)} == {
        frozenset({"a.sex.f.x.count", "b.arm.x.f.count"}),
        frozenset({"a.x.n", "b.arm.x.overall.count", "c.m.arm_x.n"}),
    }
    others = [(first, counts[0]), (second, {"b.arm.x.f.count": 4})]  # of other patients
    assert same_counts(others) == []


def test_what_everybody_knows_is_not_hidden_in_vain() -> None:
    counts = {"left": 0, "n": 20, "a": 9, "b": 11, "also": 20}
    sums = [Sum(20, ("n", "left")), Sum("n", ("a", "b")), Sum("also", ("n",))]
    hidden = hidden_counts(counts, sums, 5, frozenset({"a", "also"}))
    assert hidden == {"a", "b"}
