"""R reads the exported ADTTE of the example and finds the numbers of its report."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from atrisk.cli.job import plan_of
from atrisk.study import Plan, run_study
from atrisk.study.adam.export import study_export, write_export

EXAMPLE = Path(__file__).parents[3] / "examples" / "ino-hct"

SCRIPT = r"""
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(TRUE)[1]
adtte <- read.csv(file.path(folder, "adtte.csv"), stringsAsFactors = FALSE, na.strings = "")
said <- function(...) cat(..., "\n")
number <- function(x) sprintf("%.17g", x)
at <- c(t30d = 30, t100d = 100, t1y = 365.25, t2y = 730.5)
for (code in unique(adtte$PARAMCD)) {
  rows <- adtte[adtte$PARAMCD == code, ]
  said(code, "n", nrow(rows))
  if (all(rows$CNSR < 2)) {
    fit <- survfit(Surv(AVAL, CNSR == 0) ~ 1, rows)
    said(code, "median", number(summary(fit)$table[["median"]]))
    read <- summary(fit, times = at, extend = TRUE)
    for (i in seq_along(at)) {
      said(code, paste0("surv.", names(at)[i]), number(read$surv[i]))
      said(code, paste0("se.", names(at)[i]), number(read$std.err[i]))
    }
  } else {
    # CNSR 1 is censored, 0 the event of interest, 2, 3, ... the competing events
    code_of <- ifelse(rows$CNSR == 1, -1, rows$CNSR)
    state <- factor(code_of, levels = c(-1, 0, 2:max(rows$CNSR)))
    read <- summary(survfit(Surv(rows$AVAL, state) ~ 1), times = at, extend = TRUE)
    gray <- cmprsk::timepoints(cmprsk::cuminc(rows$AVAL, code_of, cencode = -1), at)
    for (cause in setdiff(unique(rows$CNSR), 1)) {
      where <- match(as.character(cause), read$states)
      for (i in seq_along(at)) {
        key <- paste0("cif", cause, ".", names(at)[i])
        said(code, key, number(read$pstate[i, where]))
        row <- match(paste("1", cause), rownames(gray$est))
        said(code, paste0(key, ".gray"), number(gray$est[row, i]))
        said(code, paste0(key, ".se"), number(sqrt(gray$var[row, i])))
      }
    }
  }
}
xpt <- foreign::read.xport(file.path(folder, "adtte.xpt"))
said("XPT", "rows", nrow(xpt))
said("XPT", "same", as.integer(isTRUE(all.equal(xpt$AVAL, adtte$AVAL)) &&
  identical(as.character(xpt$USUBJID), adtte$USUBJID) && all(xpt$CNSR == adtte$CNSR)))
day <- as.Date(xpt$ADT, origin = "1960-01-01")
said("XPT", "dates", as.integer(identical(format(day), adtte$ADT)))
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    made = plan_of(EXAMPLE)
    kinds = {"survival", "cumulative_incidence"}
    few = [analysis for analysis in made.analyses if analysis.asked.kind in kinds]
    return replace(made, analyses=tuple(few), answers={})


@pytest.fixture(scope="module")
def in_r(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], float]:
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not on the PATH")
    folder = tmp_path_factory.mktemp("adam")
    write_export(study_export(plan), folder)
    script = folder / "read.R"
    script.write_text(SCRIPT, encoding="utf-8")
    run = subprocess.run(
        ["Rscript", "--vanilla", str(script), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "there is no package called" in run.stderr:
        pytest.skip(run.stderr.strip())
    assert run.returncode == 0, run.stderr
    parts = [line.split() for line in run.stdout.splitlines()]
    return {(code, key): float("nan" if value == "NA" else value) for code, key, value in parts}


@pytest.fixture(scope="module")
def values(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = run_study(plan)["values"]
    return found


@pytest.mark.parametrize("time", ["t1y", "t2y"])
def test_overall_survival(in_r: Any, values: dict[str, Any], time: str) -> None:
    assert in_r["OS", "n"] == values["os.overall.n"]["value"]
    mine = values[f"os.overall.{time}.estimate"]["value"]
    assert mine == pytest.approx(in_r["OS", f"surv.{time}"], rel=1e-9)
    mine = values[f"os.overall.{time}.std_error"]["value"]
    assert mine == pytest.approx(in_r["OS", f"se.{time}"], rel=1e-8)
    median = values["os.overall.median.estimate"]["value"]
    assert median == pytest.approx(in_r["OS", "median"], rel=1e-9)


@pytest.mark.parametrize(
    ("code", "cnsr", "key", "times"),
    [
        ("RELNRM", 0, "relapse_or_death.relapse.overall", ("t1y", "t2y")),
        ("RELNRM", 2, "relapse_or_death.nrm.overall", ("t1y", "t2y")),
        ("SOSVOD", 0, "sos_vod.sos.overall", ("t30d", "t100d")),
        ("SOSVOD", 3, "sos_vod.death.overall", ("t30d", "t100d")),
    ],
)
def test_cumulative_incidence(
    in_r: Any, values: dict[str, Any], code: str, cnsr: int, key: str, times: tuple[str, ...]
) -> None:
    for time in times:
        mine = values[f"{key}.{time}.estimate"]["value"]
        assert mine == pytest.approx(in_r[code, f"cif{cnsr}.{time}"], rel=1e-9)
        assert mine == pytest.approx(in_r[code, f"cif{cnsr}.{time}.gray"], rel=1e-9)
        # the variance is Aalen's, as cmprsk has it; survfit's is the infinitesimal jackknife
        mine = values[f"{key}.{time}.std_error"]["value"]
        assert mine == pytest.approx(in_r[code, f"cif{cnsr}.{time}.se"], rel=1e-8)


def test_the_transport_file_reads_the_same_in_r(in_r: Any) -> None:
    assert (in_r["XPT", "same"], in_r["XPT", "dates"]) == (1, 1)
    assert in_r["XPT", "rows"] == sum(
        in_r[code, "n"] for code in ("OS", "OSHCT", "RELNRM", "SOSVOD")
    )
