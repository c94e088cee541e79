"""Curves read back from figures that matplotlib and R draw, against the numbers that were drawn."""

from __future__ import annotations

import shutil
import subprocess

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from atrisk.errors import InputError
from atrisk.evidence.curves.calibration import Axes
from atrisk.evidence.curves.choose import CurveChoice
from atrisk.evidence.curves.vector import curves_in, read_figure, trace_figure

TIME = np.array([0, 1.5, 4, 7, 11, 16.5, 23, 30])
SURVIVAL = np.array([1, 0.95, 0.9, 0.78, 0.71, 0.6, 0.44, 0.44])
LOWER = np.array([1, 0.9, 0.82, 0.7, 0.55, 0.43, 0.33, 0.33])
CENSORED = np.array([2.5, 9, 13, 26])
TWICE = np.repeat(np.arange(8), 2)


@pytest.fixture(scope="module", params=["pdf-3", "pdf-42", "svg-path", "svg-none"])
def figure(request, tmp_path_factory):
    """A plot with two curves, a band, censor marks and a legend, as matplotlib writes it."""
    suffix, _, option = request.param.partition("-")
    settings = {"svg.fonttype": option} if suffix == "svg" else {"pdf.fonttype": int(option)}
    file = tmp_path_factory.mktemp("drawn") / f"figure.{suffix}"
    with mpl.rc_context({**settings, "font.family": "DejaVu Sans", "axes.grid": True}):
        drawn = Figure(figsize=(5.3, 3.7))
        axes = drawn.subplots()
        axes.fill_between(TIME, SURVIVAL - 0.1, SURVIVAL + 0.1, step="post", alpha=0.2, color="C0")
        axes.step(TIME, SURVIVAL, where="post", label="Arm A (n = 40)", color="C0")
        axes.plot(CENSORED, at(CENSORED), "|", color="C0", ms=7)
        axes.step(TIME, LOWER, where="post", label="Arm B", color="C3", ls="--")
        axes.set(xlabel="Months", ylabel="Survival", ylim=(-0.02, 1.04))
        axes.legend()
        drawn.savefig(file)
    return file


def at(times):
    return SURVIVAL[np.searchsorted(TIME, times, side="right") - 1]


@pytest.mark.parametrize(
    ("choice", "values"),
    [
        ({"colour": "#1f77b4"}, SURVIVAL),
        ({"legend": "Arm B"}, LOWER),
        ({"dash": "dashed"}, LOWER),
        ({"legend": "arm a"}, SURVIVAL),
        ({"order": 1}, SURVIVAL),
    ],
)
def test_matplotlib_gives_back_what_was_drawn(figure, choice, values):
    read = trace_figure(figure, None, CurveChoice(**choice))
    curve = read.curve
    # The last value repeats the one before: its upright part has no length.
    assert np.abs(curve.time - np.repeat(TIME, 2)[1:-1]).max() <= curve.precision_time
    assert np.abs(curve.value - values[TWICE][:-2]).max() <= curve.precision_value
    assert curve.precision_time < 2e-5
    assert curve.precision_value < 5e-7
    if values is SURVIVAL:
        assert read.censor_times == pytest.approx(CENSORED, abs=5e-6)
    else:
        assert read.censor_times is None


def test_a_log_axis_of_matplotlib_is_refused(tmp_path):
    drawn = Figure()
    axes = drawn.subplots()
    axes.step(TIME + 1, SURVIVAL, where="post")
    axes.set(xscale="log", xticks=[1, 10, 100], xticklabels=["1", "10", "100"])
    drawn.savefig(tmp_path / "log.pdf")
    with pytest.raises(InputError, match="x axis is logarithmic"):
        read_figure(tmp_path / "log.pdf")


def test_panels_are_told_apart_by_their_area(tmp_path):
    drawn = Figure(figsize=(8, 3))
    for at_axes, values in zip(drawn.subplots(1, 2), (SURVIVAL, LOWER), strict=True):
        at_axes.step(TIME, values, where="post")
    drawn.savefig(tmp_path / "two.pdf")
    with pytest.raises(InputError, match="several plots"):
        read_figure(tmp_path / "two.pdf")
    right = read_figure(tmp_path / "two.pdf", Axes(area=(290, 0, 576, 216)))
    assert right.value[-1] == pytest.approx(0.33, abs=1e-6)


def test_a_simplified_line_of_matplotlib_is_noted_or_exact(tmp_path):
    rng = np.random.default_rng(4)
    time = np.sort(rng.uniform(0, 60, 900))
    survival = np.linspace(1, 0.02, 900)
    drawn = Figure()
    drawn.subplots().step(time, survival, where="post")
    drawn.savefig(tmp_path / "many.svg")
    read = trace_figure(tmp_path / "many.svg")
    index = np.searchsorted(time, read.curve.time, side="right") - 1
    inside = (index >= 0) & (np.abs(time[np.clip(index, 0, None)] - read.curve.time) > 0.01)
    off = np.abs(read.curve.value - survival[np.clip(index, 0, None)])[inside]
    assert off.max(initial=0) <= read.curve.precision_value + 2 * 0.98 / 899


R_SCRIPT = """
library(survival)
d <- read.csv(text = "time,status,arm
{rows}")
fit <- survfit(Surv(time, status) ~ arm, data = d)
pdf("r.pdf"); plot(fit, col = c("blue", "red"), mark.time = TRUE, lty = 1:2)
legend("topright", c("first", "second"), col = c("blue", "red"), lty = 1:2); dev.off()
cairo_pdf("cairo.pdf"); plot(fit, col = c("blue", "red"), mark.time = TRUE); dev.off()
svg("r.svg"); plot(fit, col = c("blue", "red"), mark.time = TRUE); dev.off()
if (requireNamespace("ggplot2", quietly = TRUE)) {{
  g <- data.frame(t = fit$time, s = fit$surv, arm = rep(c("a", "b"), fit$strata))
  p <- ggplot2::ggplot(g, ggplot2::aes(t, s, colour = arm)) + ggplot2::geom_step()
  ggplot2::ggsave("gg.pdf", p, width = 5, height = 4)
}}
cat(sprintf("%.17g", fit$surv[seq_len(fit$strata[1])]))
cat("\\n")
cat(fit$time[seq_len(fit$strata[1])])
"""


@pytest.fixture(scope="module")
def drawn_by_r(tmp_path_factory):
    """The figures of R's devices, with the Kaplan-Meier values and times of the first arm."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    folder = tmp_path_factory.mktemp("r")
    rng = np.random.default_rng(9)
    times = rng.integers(1, 400, 60)
    rows = "\n".join(
        f"{t},{s},{a}" for t, s, a in zip(times, rng.integers(0, 2, 60), [0, 1] * 30, strict=True)
    )
    script = folder / "draw.R"
    script.write_text(R_SCRIPT.format(rows=rows))
    done = subprocess.run(
        ["Rscript", "--vanilla", "draw.R"], cwd=folder, capture_output=True, text=True, check=True
    )
    values, found = (np.array(line.split(), float) for line in done.stdout.splitlines()[-2:])
    return folder, found, values


def assert_falls(curve, times, values):
    """Hold each fall of the curve against R's, within the curve's own precision."""
    falls = np.flatnonzero(np.diff(curve.value) < -1e-9) + 1
    expected = np.flatnonzero(np.diff(np.concatenate([[1.0], values])) < 0)
    assert len(falls) == len(expected)
    assert np.abs(curve.value[falls] - values[expected]).max() <= curve.precision_value
    assert np.abs(curve.time[falls] - times[expected]).max() <= curve.precision_time


@pytest.mark.parametrize("name", ["r.pdf", "cairo.pdf"])
def test_the_pdf_devices_of_r(drawn_by_r, name):
    folder, times, values = drawn_by_r
    if not (folder / name).exists():
        pytest.skip("R was built without cairo")
    read = trace_figure(folder / name, None, CurveChoice(colour="blue"))
    assert_falls(read.curve, times, values)
    assert read.curve.precision_value < 1e-4
    assert read.censor_times is not None


def test_a_legend_of_r_names_the_curve(drawn_by_r):
    dashed = trace_figure(drawn_by_r[0] / "r.pdf", None, CurveChoice(legend="second"))
    assert dashed.found.colour == "#ff0000"
    assert dashed.found.dash


def test_the_svg_device_of_r_draws_letters_as_shapes(drawn_by_r):
    folder, times, values = drawn_by_r
    with pytest.raises(InputError, match="letters may be drawn as shapes"):
        read_figure(folder / "r.svg")
    last = 400 if times.max() >= 350 else 300
    ticks = Axes(x_ticks=(0, last), y_ticks=(0, 1))
    read = trace_figure(folder / "r.svg", ticks, CurveChoice(colour="blue"))
    assert_falls(read.curve, times, values)
    pdf_marks = trace_figure(folder / "r.pdf", None, CurveChoice(colour="blue")).censor_times
    assert read.censor_times == pytest.approx(pdf_marks, abs=0.05)


def test_ggplot_of_r(drawn_by_r):
    folder, times, values = drawn_by_r
    if not (folder / "gg.pdf").exists():
        pytest.skip("ggplot2 is not installed")
    curve = read_figure(folder / "gg.pdf", None, CurveChoice(order=1))
    # geom_step starts at the first row: the fall from 1 to it is not drawn.
    assert curve.value[0] == pytest.approx(values[0], abs=curve.precision_value)
    assert curve.value[-1] == pytest.approx(values[-1], abs=curve.precision_value)
    assert len(curves_in(folder / "gg.pdf")) == 2
    assert curve.time.max() == pytest.approx(times.max(), abs=curve.precision_time)
