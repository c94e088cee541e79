"""Blocks of rows that are longer than any table set aside for them."""

from __future__ import annotations

import numpy as np
import pytest

from atrisk import Histories, cox, fine_gray
from atrisk.engine import passes


@pytest.mark.parametrize("width", [1, 2])
def test_narrow_models_of_many_rows_are_sums_of_all_rows(width, monkeypatch):
    rng = np.random.default_rng(1)
    n = 150_000
    x = rng.normal(size=(n, width))
    h = Histories.from_arrays(
        rng.integers(1, 300, n),
        rng.integers(0, 3, n),
        causes={"relapse": 1, "death": 2},
        unit="days",
        origin="start",
    )
    whole = [cox(h, x), fine_gray(h, x, cause="relapse")]
    monkeypatch.setattr(passes, "_BLOCK", 1 << 12)
    small = [cox(h, x), fine_gray(h, x, cause="relapse")]
    for one, other in zip(whole, small, strict=True):
        np.testing.assert_allclose(one.estimate, other.estimate, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(one.vcov, other.vcov, rtol=1e-9)
