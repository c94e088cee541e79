"""The data: made once for each size from a fixed seed, kept as raw columns that R reads too."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.int64] | NDArray[np.float64]
    Columns = dict[str, Column]

__all__ = ["LUNG_ROWS", "load", "make", "make_lung"]

SEED = 20250101
DAYS = 3650
# covariates come in three draws, so that the first of them are the same whatever is asked for
DRAWS = (3, 10, 50)
EFFECTS = 0.1 * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1])
MEAN_DAYS = 2000
BLOCK = 100_000
LUNG = Path(__file__).resolve().parents[1] / "tests" / "data" / "lung.csv"
LUNG_ROWS = 228
REPEATS = 1000
# float64 columns, and how many numbers a row of them has; all others are int64, one a row
FLOATS = {
    "continuous": 1, "score": 1, "lung_x": 4, **{f"x{width}": width for width in DRAWS}
}  # fmt: skip
PER_ROW = {**FLOATS, "lung_counts": LUNG_ROWS}


def make(n: int, folder: Path, covariates: set[int]) -> None:
    """Draw a cohort of n rows and write one raw file a column.

    Parameters
    ----------
    n
        number of rows.
    folder
        where the files go.
    covariates
        of 0, 3, 10 and 50: for which numbers of covariates there are tasks. Empty: none of the
        columns of regression are needed.

    Columns
    -------
    days : int64, 1..3650, uniform
    continuous : float64, n distinct times over the same range, in random order. They are at least
        half a mean gap apart, so that R's rule for nearly equal times merges none.
    event : int64, 0 censored or 1, half each
    cause : int64, 0 censored, 1 or 2 (in the ratio 3 to 2)
    group : int64, 0..2

    Of regression: ``x3``, ``x10`` and ``x50`` (float64, standard normal, the first columns of one
    another; the first ten have effects of +-0.1 on the log hazard), ``model_days``,
    ``model_event``, ``model_cause`` (whole days until an event or censoring, half each; causes 3
    to 2), ``cluster`` (n/5 of them), ``score`` (the linear predictor, with noise).
    """
    rng = np.random.default_rng([SEED, n])
    event = rng.integers(0, 2, n)
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder,
        days=rng.integers(1, DAYS + 1, n),
        continuous=(rng.permutation(n) + 0.5 + 0.5 * rng.random(n)) * (DAYS / n),
        event=event,
        cause=event * (1 + (rng.random(n) < 0.4)),
        group=rng.integers(0, 3, n),
    )
    if covariates:
        _make_regression(n, folder, covariates)


def _make_regression(n: int, folder: Path, covariates: set[int]) -> None:
    widest = max(*covariates, EFFECTS.size)
    draws = [np.random.default_rng([SEED, n, width]) for width in DRAWS if width <= widest]
    sizes = np.diff([0, *DRAWS])[: len(draws)]
    files = {width: (folder / f"x{width}.bin").open("wb") for width in covariates if width}
    predictor = np.empty(n)
    for begin in range(0, n, BLOCK):
        rows = min(BLOCK, n - begin)
        pairs = zip(draws, sizes, strict=True)
        x = np.hstack([draw.standard_normal((rows, size)) for draw, size in pairs])
        predictor[begin : begin + rows] = x[:, : EFFECTS.size] @ EFFECTS
        for width, file in files.items():
            file.write(np.ascontiguousarray(x[:, :width]).tobytes())
    for file in files.values():
        file.close()
    rng = np.random.default_rng([SEED, n, 0])
    event_time = rng.exponential(MEAN_DAYS, n) * np.exp(-predictor)
    censored_time = np.minimum(rng.exponential(MEAN_DAYS, n), DAYS)
    event = (event_time <= censored_time).astype(np.int64)
    _write(
        folder,
        model_days=np.ceil(np.minimum(event_time, censored_time)).astype(np.int64),
        model_event=event,
        model_cause=event * (1 + (rng.random(n) < 0.4)),
        cluster=rng.integers(0, max(n // 5, 1), n),
        score=predictor + 0.3 * rng.standard_normal(n),
    )


def make_lung(folder: Path) -> None:
    """Write the 228 patients of survival::lung, and 1000 bootstrap samples of them.

    Columns: ``lung_days``, ``lung_event``; ``lung_x``, their age, sex (1 female), ECOG and
    Karnofsky scores, the one missing value of each of the last two filled with the median; and
    ``lung_counts``, of shape (1000, 228), how often each patient stands in each sample.
    """
    from atrisk.estimators.bootstrap import resampled_counts

    with LUNG.open(newline="", encoding="utf-8") as file:
        patients = list(csv.DictReader(file))
    female = np.array([patient["sex"] == "female" for patient in patients], dtype=np.float64)
    age, ecog, karnofsky = (_filled(patients, name) for name in ("age", "ecog", "karnofsky"))
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder,
        lung_days=_filled(patients, "time").astype(np.int64),
        lung_event=_filled(patients, "death").astype(np.int64),
        lung_x=np.column_stack([age, female, ecog, karnofsky]),
        lung_counts=resampled_counts(LUNG_ROWS, None, REPEATS, seed=1).astype(np.int64),
    )


def _filled(patients: list[dict[str, str]], name: str) -> NDArray[np.float64]:
    values = np.array([float(patient[name] or "nan") for patient in patients])
    return np.where(np.isnan(values), np.nanmedian(values), values)


def _write(folder: Path, **columns: Column) -> None:
    for name, values in columns.items():
        values.tofile(folder / f"{name}.bin")


class _Lazy(dict[str, "Column"]):
    """Columns read when first asked for, so that a task loads only what it needs."""

    def __init__(self, folder: Path, rows: int) -> None:
        super().__init__()
        self._folder = folder
        self._rows = rows

    def __missing__(self, name: str) -> Column:
        width = PER_ROW.get(name, 1)
        kind: Any = np.float64 if name in FLOATS else np.int64
        count = -1 if self._rows < 0 else self._rows * width
        values: Column = np.fromfile(self._folder / f"{name}.bin", dtype=kind, count=count)
        self[name] = values if width == 1 else values.reshape(-1, width)
        return self[name]


def load(folder: Path, rows: int = -1) -> Columns:
    """Read the columns of one size, each when it is first asked for; the first rows or all."""
    return _Lazy(folder, rows)
