"""What the command says: unmet printed numbers, and the warnings of an approximate verdict."""

from __future__ import annotations

import numpy as np
import pytest

from atrisk.cli.reconstruct import reconstruct as command
from atrisk.errors import InputError
from atrisk.evidence.curves.document import reconstruct_file
from atrisk.evidence.curves.spoken import spoken
from atrisk.report.reconstruct import reconstruction_html

HEAD = """schema = "atrisk-reconstruct/1"
title = "A trial"
source = "Figure 1"
members = 2
"""
#: Seven patients, of whom 1, 1, 2 of 4 and 1 of 2 die.
SEVEN = "time,survival\n1,0.857143\n3,0.714286\n4,0.357143\n6,0.178571\n7,0.178571\n"


def curve(name, more="", n=7, precision="0.0000005"):
    return (
        f'[[curves]]\ngroup = "{name}"\ncsv = "a.csv"\nprecision = {precision}\nn = {n}\n'
        f"at_risk_times = [0, 4]\nat_risk = [{n}, 4]\n{more}\n"
    )


def marks(*values):
    each = ", ".join(f'{{ time = 5, value = "{value}" }}' for value in values)
    return f"landmarks = [{each}]"


@pytest.fixture
def carried(tmp_path, capsys):
    def run(text, content=SEVEN):
        (tmp_path / "a.csv").write_text(content, encoding="utf-8")
        (tmp_path / "request.toml").write_text(HEAD + text, encoding="utf-8")
        command(tmp_path / "request.toml", tmp_path / "out")
        return capsys.readouterr().out.splitlines()

    return run


def test_an_exact_verdict_says_which_printed_numbers_are_not_met(carried):
    said = carried(curve("a", marks("36", "67") + '\nmedian = "9"'))
    assert said[0].startswith("a: exact. one set of whole numbers")
    assert said[0].endswith("; 2 of 6 printed numbers are not met.")
    assert said[1:3] == [
        "a: survival at 5 months: printed 67, found 35.71: not met",
        "a: median: printed 9, found 4: not met",
    ]
    assert len(said) == 4


def test_nothing_is_said_where_all_is_met(carried):
    said = carried(curve("a", marks("36")))
    assert len(said) == 2
    assert "not met" not in said[0]


def test_ten_unmet_numbers_are_told_and_the_rest_counted(carried):
    said = carried(curve("a", marks(*(str(value) for value in range(50, 62)))))
    assert sum(line.endswith(": not met") for line in said) == 10
    assert said[-2] == "and 2 more that are not met: see residuals.csv"


def test_hazard_ratios_that_are_not_met_stand_in_the_verdict_of_both_groups(carried, tmp_path):
    ratio = '[[hazard_ratios]]\ngroup = "a"\nreference = "b"\nvalue = "3.0"\n'
    said = carried(curve("a") + curve("b") + ratio)
    for name, line in zip("ab", said, strict=False):
        assert line.startswith(f"{name}: exact.")
        assert line.endswith("; 1 of 1 numbers of its printed hazard ratios is not met.")
    assert said[2].startswith("hazard ratio, a against b: printed 3.0, found 1")
    page = reconstruction_html(reconstruct_file(tmp_path / "request.toml").document)
    assert "printed hazard ratios is not met" in page


def rough():
    time = np.linspace(0.01, 40, 300)
    rows = (f"{t:.4f},{s:.4f}" for t, s in zip(time, np.exp(-time / 20), strict=True))
    return "time,survival\n" + "\n".join(rows) + "\n"


def test_the_warnings_of_an_approximate_verdict_are_told(carried):
    text = '[[curves]]\ngroup = "a"\ncsv = "a.csv"\nprecision = 0.02\nn = 60\n' + marks("10")
    said = carried(text, rough())
    assert said[0].startswith("a: approximate. the coordinates leave too many sets")
    assert "within the bounds that the search can hold (numbers at risk, total, landm" in said[0]
    assert said[0].endswith("; 1 of 2 printed numbers is not met.")
    assert any(line.startswith("a: warning: no numbers at risk are given") for line in said)
    assert "not met" not in carried(text.replace('"10"', '"78"'), rough())[0]


def test_no_more_than_three_warnings_are_told():
    group = {"name": "a", "verdict": "approximate", "why": "w.", "warnings": list("pqrst")}
    document = {"groups": [{**group, "residuals": []}], "hazard_ratios": [], "unit": "days"}
    assert list(spoken(document)) == [
        "a: approximate. w.",
        *(f"a: warning: {text}" for text in "pqr"),
        "a: and 2 more warnings on the page",
    ]


def test_an_unmet_distance_is_no_printed_number_and_not_reached_is_said():
    row = {"what": "w", "at": None, "printed": "9", "agrees": False, "of_paper": True}
    rows = [{**row, "reconstructed": None}, {**row, "of_paper": False, "reconstructed": 0.1}]
    group = {"name": "a", "verdict": "exact", "why": "w.", "warnings": ["p"], "residuals": rows}
    document = {"groups": [group], "hazard_ratios": [], "unit": "days"}
    assert list(spoken(document))[1:] == ["a: w: printed 9, found not reached: not met"]


def test_a_rising_csv_without_its_kind_is_told_it(carried):
    rising = "time,survival\n1,0.1\n3,0.3\n"
    with pytest.raises(InputError, match='rises throughout has kind = "incidence"'):
        carried(curve("a"), rising)
    bump = "time,survival\n1,0.8\n2,0.9\n3,0.3\n"
    with pytest.raises(InputError) as told:
        carried(curve("a"), bump)
    assert "incidence" not in str(told.value)
