"""Files of ``atrisk-reconstruct/1``: read, carried out, written, and their mistakes by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from atrisk.cli.reconstruct import reconstruct as command
from atrisk.errors import InputError
from atrisk.evidence.curves import PrintedRatio, PseudoPatients, Reported, reconstruct
from atrisk.evidence.curves.document import reconstruct_file, residual_frame
from atrisk.evidence.curves.ratios import hazard_ratio, ratio_residuals
from atrisk.evidence.curves.request import read_request
from atrisk.report.reconstruct import reconstruction_html
from curve_cohorts import drawn, patients

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """schema = "atrisk-reconstruct/1"
title = "A trial"
source = "Figure 1"
unit = "months"
members = 3
"""
CURVE = """[[curves]]
group = "a"
csv = "a.csv"
precision = 0.0000005
n = 7
at_risk_times = [0, 4]
at_risk = [7, 4]
total_events = 5
landmarks = [{ time = 5, value = "36", lower = "12", upper = "100" }]
median = "4"
"""
SEVEN = "time,survival\n1,0.857143\n3,0.714286\n4,0.357143\n6,0.178571\n7,0.178571\n"


def written(folder: Path, text: str, **files: str) -> Path:
    for name, content in {"a": SEVEN, **files}.items():
        (folder / f"{name}.csv").write_text(content)
    request = folder / "request.toml"
    request.write_text(text)
    return request


def test_a_file_is_carried_out_and_written(tmp_path, capsys):
    request = written(tmp_path, HEAD + CURVE)
    command(request, tmp_path / "out")
    assert "a: exact." in capsys.readouterr().out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "reconstruction.html",
        "reconstruction.json",
        "patients.csv",
        "residuals.csv",
    }
    frame = pl.read_csv(tmp_path / "out" / "patients.csv")
    assert frame.columns == ["reconstructed", "group", "member", "time", "event", "cause", "unit"]
    assert frame["unit"].unique().to_list() == ["months"]
    assert frame["reconstructed"].unique().to_list() == ["reconstructed"]
    assert frame.group_by("member").len().sort("member").rows() == [(m, 7) for m in range(4)]
    document = json.loads((tmp_path / "out" / "reconstruction.json").read_text())
    assert document["schema"] == "atrisk-reconstruction/1"
    group = document["groups"][0]
    assert (group["verdict"], group["patients"], group["events"]) == ("exact", 7, 5)
    residuals = pl.read_csv(tmp_path / "out" / "residuals.csv")
    assert residuals.filter(pl.col("number") == "at risk")["reconstructed"].to_list() == [7.0, 4.0]


def test_the_same_file_gives_the_same_bytes(tmp_path):
    request = written(tmp_path, HEAD + CURVE)
    for name in ("one", "two"):
        command(request, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_percent_and_time_precision_of_a_csv(tmp_path):
    percent = "time,survival\n1,85.71\n3,71.43\n4,35.71\n6,17.86\n7,17.86\n"
    text = (HEAD + CURVE).replace("0.0000005", '0.005\nscale = "percent"\ntime_precision = 0.25')
    request = read_request(written(tmp_path, text, a=percent))
    curve = request.groups[0].curves["event"]
    assert curve.precision_value == pytest.approx(5e-5)
    assert curve.precision_time == 0.25
    assert curve.value.tolist() == pytest.approx([0.8571, 0.7143, 0.3571, 0.1786, 0.1786])
    assert reconstruct_file(tmp_path / "request.toml").document["groups"][0]["verdict"] == "exact"


def test_competing_incidences_are_one_group(tmp_path):
    text = HEAD + "".join(
        f'[[curves]]\ngroup = "g"\ncause = "{cause}"\nkind = "incidence"\ncsv = "{cause}.csv"\n'
        f"precision = 0.0000005\ntotal_events = 2\n{extra}"
        for cause, extra in (("relapse", "n = 6\n"), ("death", ""))
    )
    files = {
        "relapse": "time,incidence\n1,0.166667\n4,0.388889\n5,0.388889\n",
        "death": "time,incidence\n2,0.166667\n4,0.388889\n5,0.388889\n",
    }
    made = reconstruct_file(written(tmp_path, text, **files))
    group = made.document["groups"][0]
    assert (group["verdict"], group["causes"], group["kind"]) == (
        "exact",
        ["relapse", "death"],
        "incidence",
    )
    page = reconstruction_html(made.document)
    assert "Cumulative incidence" in page
    assert "events: death" in page.replace("Events: death", "events: death")


def test_a_refusal_is_a_page_too(tmp_path):
    made = reconstruct_file(written(tmp_path, HEAD + CURVE.replace("= 5\n", "= 6\n", 1)))
    assert made.document["groups"][0]["verdict"] == "refused"
    page = reconstruction_html(made.document)
    assert "cannot be met" in page
    assert residual_frame(made.document).height == 0


def test_what_is_printed_reaches_the_page_escaped(tmp_path):
    request = written(tmp_path, (HEAD + CURVE).replace("A trial", "A <b>trial</b>"))
    page = reconstruction_html(reconstruct_file(request).document)
    assert "A &lt;b&gt;trial&lt;/b&gt;" in page
    assert "Pseudo-patients." in page
    assert "log interval" in page


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("precision = 0.0000005\n", ""), 6, "say how far the values may be off"),
        (('csv = "a.csv"\n', ""), 6, "give either csv"),
        (('"a.csv"', '"b.csv"'), 6, "no file b.csv"),
        (("at_risk = [7, 4]", "at_risk = [7]"), 12, "2 times and 1 numbers at risk"),
        (("n = 7", "m = 7"), 10, "there is no key 'm'"),
        (("n = 7", "n = 0"), 10, "greater than or equal to 1"),
        (('unit = "months"', 'unit = "moons"'), 4, "months"),
    ],
)
def test_a_mistake_points_at_its_line(tmp_path, change, line, message):
    request = written(tmp_path, (HEAD + CURVE).replace(*change))
    with pytest.raises(InputError) as raised:
        reconstruct_file(request)
    assert f"line {line}" in str(raised.value)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('[[curves]]\ngroup = "a"\ncsv = "a.csv"\nprecision = 0\n', "give each its cause"),
        ('[[hazard_ratios]]\ngroup = "b"\nreference = "a"\nvalue = "1"\n', "no curve of 'b'"),
    ],
)
def test_groups_are_named_consistently(tmp_path, more, message):
    with pytest.raises(InputError, match=message):
        read_request(written(tmp_path, HEAD + CURVE + more))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("time,surv\n1,0.5\n", "no column survival; its columns are time, surv"),
        ("time,survival\n1,half\n", "line 2: survival is 'half'"),
        ("time,survival\n", "no rows"),
        ("time,survival\n1,nan\n", "line 2"),
    ],
)
def test_a_csv_that_cannot_be_read(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_request(written(tmp_path, HEAD + CURVE, a=content))


def test_a_curve_of_a_vector_figure(tmp_path):
    from matplotlib.figure import Figure

    time, event = patients("veteran")
    curve = drawn(time, event, 12)
    figure = Figure()
    axes = figure.add_subplot()
    axes.plot(curve.time, 100 * curve.value, color="#0072B2")
    axes.set_ylim(0, 105)
    axes.set_ylabel("Survival (%)")
    figure.savefig(tmp_path / "figure.pdf")
    text = HEAD.replace("months", "days") + (
        '[[curves]]\ngroup = "all"\nn = 137\nfigure = { file = "figure.pdf", colour = "#0072b2" }\n'
    )
    made = reconstruct_file(written(tmp_path, text))
    assert made.document["groups"][0]["verdict"] == "exact"
    assert int(made.by_group["all"].patients.event.sum()) == 128


def two_groups() -> tuple[PseudoPatients, PseudoPatients]:
    time, event = patients("veteran")
    half = np.arange(time.size) % 2 == 0
    cause = np.where(event, "event", "").astype(object)
    every = PseudoPatients(time, event, cause, cause, np.zeros(time.size, dtype=int))
    return every.taken(half), every.taken(~half)


def test_the_hazard_ratio_of_reconstructed_groups_is_that_of_the_patients():
    first, second = two_groups()
    made = [
        reconstruct(drawn(one.time, one.event, 8), Reported(n=len(one)), group=name, members=3)
        for one, name in ((first, "a"), (second, "b"))
    ]
    truth = hazard_ratio(first, second, "days")
    found = hazard_ratio(made[0].patients, made[1].patients, "days")
    assert found[0] == pytest.approx(truth[0], rel=5e-3)  # the times of the censored are open
    assert found[3] == pytest.approx(truth[3], rel=5e-3)
    printed = PrintedRatio("a", "b", f"{found[0]:.3f}", f"{found[1]:.2f}", "9.99")
    rows = list(ratio_residuals(printed, made[0], made[1], 0.95))
    assert [row.agrees for row in rows] == [True, True, False]
    assert "over the ensemble" in rows[0].note
    inverse = hazard_ratio(second, first, "days")
    assert inverse[0] == pytest.approx(1 / truth[0])


def test_pseudo_patients_go_to_the_estimators():
    import atrisk

    made = reconstruct(drawn(*patients("lung"), 8), Reported(n=228), group="lung")
    curves = atrisk.kaplan_meier(made.patients.histories("days"))
    assert curves.groups == ("lung",)
    assert curves.median().columns()["estimate"][0] == 310.0
    assert made.patients.to_pandas().shape == (228, 6)
