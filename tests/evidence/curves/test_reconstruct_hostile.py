"""Rows, marks and figures that mislead: no false refusal, and nothing called exact that is not."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from atrisk.errors import InputError
from atrisk.evidence.curves import Curve, Reported, reconstruct
from atrisk.evidence.curves.document import reconstruct_file
from atrisk.evidence.curves.guyot import guyot
from atrisk.evidence.curves.vector import read_figure
from atrisk.study.compare.files import read_patients
from atrisk.study.compare_analysis import ReferencePatients
from curve_cohorts import drawn, patients, printed, steps

TICKS = (0.0, 180.0, 360.0, 540.0)


def read_back(name, off=-1e-7, precision=3e-6, decimals=8):
    """Times as a figure gives them back: a hair before the day."""
    time, event = patients(name)
    curve = drawn(time, event, decimals)
    at = np.maximum(curve.time + off, 0.0)
    return time, event, replace(curve, time=at, precision_time=precision)


def test_an_event_read_a_hair_before_the_day_of_a_number_at_risk_refuses_nothing():
    time, event, curve = read_back("lung")
    assert (time[event] == 180).any()
    made = reconstruct(curve, printed(time, event, TICKS))
    assert made.verdict == "exact"
    assert made.solution.at_risk.tolist() == [step.at_risk for step in steps(time, event)]
    assert [row for row in made.residuals if row.agrees is False] == []


@pytest.mark.parametrize("later", [False, True])
def test_coarse_times_leave_open_on_which_side_of_a_fall_a_number_at_risk_stands(later):
    """Nine of ten are left after the death near 5: the row may count either."""
    curve = Curve([4.98, 8, 9], [0.9, 0.8, 0.8], precision_value=1e-6, precision_time=0.05)
    count = 9 if later else 10
    made = reconstruct(curve, Reported(n=10, at_risk_time=(0, 5), at_risk=(10, count)))
    assert made.solution.at_risk.tolist()[0] == 10
    assert all(row.agrees for row in made.residuals)


def test_marks_at_the_time_of_an_event_and_at_the_end_keep_their_patient():
    """Read a hair early, the mark at 3 stands before the fall at which its patient is at risk."""
    time = np.array([1.0, 2.0, 3.0, 3.0, 4.0, 5.0])
    event = np.array([True, True, True, False, True, False])
    curve = replace(drawn(time, event, 9), precision_time=1e-5)
    made = reconstruct(curve, Reported(n=6, censor_times=(3 - 1e-6, 5 + 1e-6)), members=2)
    assert made.verdict == "exact"
    assert made.solution.at_risk.tolist() == [6, 5, 4, 2]
    assert [row for row in made.residuals if row.agrees is False] == []
    for member in (0, 1, 2):
        one = made.patients if member == 0 else made.ensemble.of(member)
        assert int((one.time >= 3.0).sum()) == 4


def test_missing_marks_are_said_and_spoil_no_count():
    time, event = patients("lung")
    marks = tuple(np.unique(time[~event]).tolist())[::2]
    reported = replace(printed(time, event, TICKS), censor_times=marks)
    made = reconstruct(drawn(time, event, 8), reported, members=0)
    assert made.solution.at_risk.tolist() == [step.at_risk for step in steps(time, event)]
    assert any("Marks may be missing" in text for text in made.warnings)


def test_without_n_nothing_is_called_exact():
    """Five left before the first fall: the curve of 95 is that of 100."""
    time = np.concatenate([np.full(5, 0.5), np.arange(1.0, 96.0)])
    event = np.concatenate([np.zeros(5, bool), np.ones(95, bool)])
    made = reconstruct(drawn(time, event, 9), Reported(), members=0)
    assert made.verdict != "exact"


def test_the_likeliest_set_is_the_best_of_all_by_exhaustive_search():
    """Every (at risk, events) of two falls of twelve patients, held against the programme."""
    curve = Curve([2, 5, 6], [0.8, 0.45, 0.45], precision_value=0.04)
    reported = Reported(n=12, at_risk_time=(0, 4), at_risk=(12, 7))
    made = reconstruct(curve, reported, method="constrained", members=0)
    rate = max(12 * 0.8 - 7, 0) / (1 - 0.2 / 2) / 4  # censored a month, as the row asks
    means = [0.02 + 2 * rate, 0.02 + 3 * rate]

    def cost(n1, d1, n2, d2):
        first = 1 - d1 / n1
        levels = (first, first * (1 - d2 / n2))
        if max(abs(levels[0] - 0.8), abs(levels[1] - 0.45)) > 0.04 + 1e-9:
            return np.inf
        off = sum((a - b) ** 2 for a, b in zip(levels, (0.8, 0.45), strict=True))
        gone = (12 - n1, n1 - d1 - n2)
        poisson = sum(
            mean - k * np.log(mean) + np.log(np.arange(1, k + 1)).sum()
            for k, mean in zip(gone, means, strict=True)
        )
        return poisson + 0.5 * off / (0.04**2 / 3)

    every = {
        (n1, d1, n2, d2): cost(n1, d1, n2, d2)
        for n1, n2 in itertools.product(range(1, 13), range(1, 8))
        for d1, d2 in itertools.product(range(1, n1 + 1), range(1, n2 + 1))
        if n1 - d1 >= 7 >= n2
    }
    best = min(every, key=every.__getitem__)
    found = made.solution
    assert every[best] < np.inf
    assert best == (*[int(x) for x in (found.at_risk[0], found.events[0, 0])],
                    *[int(x) for x in (found.at_risk[1], found.events[1, 0])])  # fmt: skip


def test_guyot_counts_a_censoring_at_a_reading_before_it_and_places_it_halfway():
    """Of 10, two censored in [0, 3) at 1 and 2: classes (0, 1] and (1, 2], so at 0.5 and 1.5."""
    time, survival = np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0])
    found = guyot(time, survival, (0.0, 3.0), (10, 8), None)
    assert found.settled
    assert found.at_risk.tolist() == [10, 9, 8, 8]
    assert found.censor_time.tolist()[:2] == [0.5, 1.5]


def plotted(file, *, xlim=(0, 40), ylim=(0, 1.02), log=False):
    time, survival = np.array([0, 3, 8, 15, 30]), np.array([1, 0.8, 0.6, 0.2, 0.2])
    figure = Figure(figsize=(5, 4))
    axes = figure.subplots()
    axes.step(time, survival, where="post", color="#d62728")
    axes.set(xlim=xlim, ylim=ylim)
    if log:
        axes.set(yscale="log", ylim=(0.05, 1.2))
    figure.savefig(file)
    return file


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"xlim": (5, 40)}, "where the time axis begins, at 5"),
        ({"ylim": (0.4, 1.02)}, "leaves the plot at 0.4"),
        ({"log": True}, "an axis is logarithmic"),
    ],
)
def test_a_figure_that_cuts_the_curve_off_or_has_powers_of_ten_is_refused(
    tmp_path, options, message
):
    with pytest.raises(InputError, match=message):
        read_figure(plotted(tmp_path / "figure.pdf", **options))


def test_points_nearer_than_they_are_precise_are_not_all_falls():
    time = np.linspace(0.01, 40, 3000)
    curve = Curve(time, np.exp(-time / 20), precision_value=0.004)
    made = reconstruct(curve, Reported(n=60), members=0)
    assert made.solution.time.size < 500
    assert made.verdict == "approximate"


def test_numbers_out_of_reason_are_errors(tmp_path):
    curve = Curve([1.0], [0.5], precision_value=1e-6)
    with pytest.raises(InputError, match="seed=-1"):
        reconstruct(curve, Reported(n=4), seed=-1)
    with pytest.raises(InputError, match="100,000"):
        reconstruct(curve, Reported(n=10**9))
    (tmp_path / "a.csv").write_text("time,survival,survival\n1,0.5,0.7\n", "utf-8")
    with pytest.raises(InputError, match="twice"):
        reconstruct_file(request(tmp_path, 'csv = "a.csv"\nprecision = 0.001'))


def request(folder, source):
    file = folder / "curves.toml"
    head = 'schema = "atrisk-reconstruct/1"\ntitle = "t"\nsource = "s"\nmembers = 2\n'
    file.write_text(f'{head}[[curves]]\ngroup = "all"\nn = 5\n{source}\n', "utf-8")
    return file


def test_a_figure_goes_to_the_reference_of_a_comparison(tmp_path):
    """1, 0.8, 0.6, 0.2 of five: one event at 3, one at 8, two at 15; one is left at 30."""
    plotted(tmp_path / "figure.pdf")
    made = reconstruct_file(request(tmp_path, 'figure = { file = "figure.pdf" }'))
    made.patients.to_frame().write_csv(tmp_path / "patients.csv")
    assert "reconstructed" in (tmp_path / "patients.csv").read_text("utf-8").splitlines()[1]
    asked = ReferencePatients(
        file="patients.csv", label="Published", source="A trial", group="all", unit="months"
    )
    found = read_patients(tmp_path / "patients.csv", asked, "months")
    chosen = found.member == 0
    assert found.time[chosen] == pytest.approx([3, 8, 15, 15, 30], abs=1e-3)
    assert found.event[chosen].tolist() == [True, True, True, True, False]
    assert sorted(set(found.member.tolist())) == [0, 1, 2]
