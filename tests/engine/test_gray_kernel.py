"""Gray's test: scores and covariance of the k-sample comparison of cumulative incidence.

The stored values are cmprsk's: tests/reference/gray.json, made by tests/reference/gray.R, says with
which versions.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atrisk.engine.gray import gray_scores

REFERENCE = Path(__file__).parents[1] / "reference"
STORED = json.loads((REFERENCE / "gray.json").read_text(encoding="utf-8"))["cases"]

Tables = tuple[np.ndarray, np.ndarray, np.ndarray]


def tables(case: dict[str, Any]) -> Tables:
    """At risk (G, M), events (C, G, M) and starts (S + 1,) of rows; groups numbered from 1."""
    size = len(case["time"])
    time, event, group = (np.asarray(case[name]) for name in ("time", "event", "group"))
    entry = np.asarray(case.get("entry", np.full(size, -np.inf)))
    weights = np.asarray(case.get("weights", np.ones(size)))
    strata = np.asarray(case.get("strata", np.ones(size)))
    cells = sorted({(s, t) for s, t in zip(strata, time, strict=True)})
    groups, causes = group.max(), max(event.max(), case.get("causes", 1))
    at_risk, events = np.zeros((groups, len(cells))), np.zeros((causes, groups, len(cells)))
    for cell, (s, t) in enumerate(cells):
        here = (strata == s) & (entry < t) & (t <= time)
        np.add.at(at_risk[:, cell], group[here] - 1, weights[here])
        failed = here & (time == t) & (event > 0)
        np.add.at(events[..., cell], (event[failed] - 1, group[failed] - 1), weights[failed])
    of_cell = np.array([s for s, _ in cells])
    starts = np.searchsorted(of_cell, [*np.unique(of_cell), np.inf])
    return at_risk, events, starts


def statistic(scores: np.ndarray, covariance: np.ndarray) -> float:
    return float(scores[:-1] @ np.linalg.solve(covariance[:-1, :-1], scores[:-1]))


def drawn(rng: np.random.Generator, n: int, times: int, causes: int, groups: int) -> dict[str, Any]:
    return {
        "time": rng.integers(1, times + 1, n).tolist(),
        "event": rng.integers(0, causes + 1, n).tolist(),
        "group": rng.integers(1, groups + 1, n).tolist(),
        "strata": rng.integers(1, 4, n).tolist(),
    }


def worked(cells: str) -> Tables:
    """Rows such as "A1 B0", at times 1, 2, ... or together with a "+": group and event code."""
    rows = [(t, row) for t, cell in enumerate(cells.split()) for row in cell.split("+")]
    return tables(
        {
            "time": [t for t, _ in rows],
            "group": ["?AB".index(row[0]) for _, row in rows],
            "event": [int(row[1]) for _, row in rows],
        }
    )


# By hand. Where a single event of the cause is left, V is h_1 h_2 / (h_1 + h_2)^2 plus, for each
# competing event before it, (h_1 h_2 / (h_1 + h_2)^2 / (n - 1))^2.
BY_HAND = [
    ("A1 A0 A0 B0 B0 B0", Fraction(1, 2), Fraction(1, 4)),
    ("A2 A1 A0 A0 B0 B0 B0", Fraction(3, 7), Fraction(12, 49) + (Fraction(12, 49) / 3) ** 2),
    ("A2 B1 A0 B0 A0 B0 B0", Fraction(-3, 7), Fraction(12, 49) + (Fraction(12, 49) / 2) ** 2),
    # five at risk, two tied competing events: the factor 3/4 of the hypergeometric variance
    (
        "A2+A2 B1 A0+A0+A0+B0+B0+B0",
        Fraction(-5, 9),
        Fraction(20, 81) + Fraction(20, 81) ** 2 * Fraction(2, 9) * Fraction(3, 4),
    ),
    # two tied events of the cause among seven: 12/49 * 2 * 5/6
    ("A1+A1 A0+B0+B0+B0+B0", Fraction(8, 7), Fraction(24, 49) * Fraction(5, 6)),
    # the second event at h = (3, 3): 1/4; the first with a = 3/2 - 3/10 / 4 and 3/2 + 3/10 / 6
    (
        "A1 A1 A0 B0 B0 B0",
        Fraction(11, 10),
        Fraction(1, 4) + (Fraction(57, 40) ** 2 + Fraction(31, 20) ** 2) / 18,
    ),
]


@pytest.mark.parametrize(("cells", "score", "variance"), BY_HAND)
def test_small_tables_by_hand(cells: str, score: Fraction, variance: Fraction) -> None:
    scores, covariance = gray_scores(*worked(cells), 0, 0.0)
    np.testing.assert_allclose(scores, [float(score), -float(score)], rtol=1e-14)
    np.testing.assert_allclose(
        covariance, float(variance) * np.array([[1, -1], [-1, 1]]), rtol=1e-14
    )


def compare_with_cmprsk(case: dict[str, Any], tests: list[dict[str, Any]]) -> None:
    table = tables(case)
    for test in tests:
        for cause, expected in zip(test["cause"], test["statistic"], strict=True):
            found = statistic(*gray_scores(*table, cause - 1, float(test["rho"])))
            assert found == pytest.approx(expected, rel=1e-9), (case, cause, test["rho"])


@pytest.mark.parametrize("name", STORED)
def test_statistic_equals_stored_cmprsk(name: str) -> None:
    compare_with_cmprsk(STORED[name], STORED[name]["tests"])


def test_statistic_equals_live_cmprsk(tmp_path: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed")
    rng = np.random.default_rng()
    sizes = [(90, 2000, 2, 3), (150, 40, 2, 2), (250, 6, 3, 4), (120, 25, 1, 3)]
    cases = [drawn(rng, *size) | {"rho": [0, 1, 0.5, -0.5]} for size in sizes]
    for case in cases[:2]:
        del case["strata"]
    asked, answered = tmp_path / "cases.json", tmp_path / "answers.json"
    asked.write_text(json.dumps(cases), encoding="utf-8")
    run = subprocess.run(
        ["Rscript", str(REFERENCE / "gray.R"), str(asked), str(answered)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "there is no package called" in run.stderr:
        pytest.skip("an R package is not installed")
    assert run.returncode == 0, run.stderr
    for case, answer in zip(cases, json.loads(answered.read_text(encoding="utf-8")), strict=True):
        compare_with_cmprsk(case, answer["tests"])


def direct(table: Tables, cause: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    """The sums of the docstring, one stratum, one term at a time."""
    at_risk, events, _ = table
    groups, cells = at_risk.shape
    before, incidence, free = np.ones(groups), np.zeros(groups), 1.0
    score, moments = np.zeros(groups), []
    for m in range(cells):
        y = np.where(before > 0, at_risk[:, m], 0.0)
        d, e = (np.where(y > 0, x, 0.0) for x in (events[cause, :, m], _others(events, cause, m)))
        h = np.array([n / s if n > 0 else 0.0 for n, s in zip(y, before, strict=True)])
        if not h.sum():
            continue
        step = d.sum() / h.sum()
        risk = h * (1 - incidence)
        weight = free**rho
        if d.sum():
            score += weight * (d - d.sum() * risk / risk.sum())
        k = weight * (np.diag(h) - np.outer(h, h) / h.sum())
        hazard = np.array([(a + b) / n if n else 0.0 for a, b, n in zip(d, e, y, strict=True)])
        after = before * (1 - hazard)
        incidence = incidence + np.array(
            [s * x / n if n else 0.0 for s, x, n in zip(before, d, y, strict=True)]
        )
        moments.append((k, step / free, free - step, before, after, y, d.sum(), e, h.sum(), step))
        before, free = after, free - step
    covariance = np.zeros((groups, groups))
    for j in range(groups):
        later = np.zeros(groups)
        for k, du, rest, s_before, s, y, pooled, e, total, step in reversed(moments):
            if y[j] > 0:
                kept = s_before[j] / s[j] if s[j] > 0 else 0.0
                a = k[:, j] * s_before[j] + (s[j] - rest) * kept * later
                b = rest * kept * later
                size = total * s_before[j]
                v = step / (s_before[j] * y[j]) * _tied(size, pooled)
                covariance += v * np.outer(a, a) + e[j] / y[j] ** 2 * _tied(y[j], e[j]) * np.outer(
                    b, b
                )
            later = later + k[:, j] * du
    return score, covariance


def _others(events: np.ndarray, cause: int, m: int) -> np.ndarray:
    return np.delete(events, cause, axis=0)[..., m].sum(axis=0)


def _tied(n: float, d: float) -> float:
    return (n - d) / (n - 1) if d > 1 else 1.0


@pytest.mark.parametrize("rho", [0.0, 1.0, 0.5, -1.5])
@pytest.mark.parametrize("seed", range(3))
def test_entries_and_weights_follow_the_direct_sums(seed: int, rho: float) -> None:
    rng = np.random.default_rng(seed)
    case = drawn(rng, 80, 20, 3, 3) | {"weights": rng.uniform(0.5, 3, 80)}
    del case["strata"]
    case["entry"] = np.asarray(case["time"]) - rng.integers(1, 15, 80)
    table = tables(case)
    for cause in range(3):
        scores, covariance = gray_scores(*table, cause, rho)
        expected = direct(table, cause, rho)
        np.testing.assert_allclose(scores, expected[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(covariance, expected[1], rtol=1e-9, atol=1e-12)


def test_a_row_twice_is_a_row_of_weight_two() -> None:
    rng = np.random.default_rng(5)
    case = drawn(rng, 60, 15, 2, 3)
    weights = rng.integers(1, 4, 60)
    copied = {name: np.repeat(values, weights) for name, values in case.items()}
    for rho in (0.0, 0.5):
        weighted = gray_scores(*tables(case | {"weights": weights}), 1, rho)
        repeated = gray_scores(*tables(copied), 1, rho)
        np.testing.assert_array_equal(weighted[0], repeated[0])
        np.testing.assert_array_equal(weighted[1], repeated[1])


def test_scores_and_covariance_rows_sum_to_zero_and_strata_add() -> None:
    case = drawn(np.random.default_rng(6), 200, 30, 2, 4)
    at_risk, events, starts = tables(case)
    scores, covariance = gray_scores(at_risk, events, starts, 0, 1.0)
    np.testing.assert_allclose([scores.sum(), *covariance.sum(axis=0)], 0.0, atol=1e-11)
    assert (np.linalg.eigvalsh(covariance) > -1e-10).all()
    alone = [
        gray_scores(at_risk[:, a:b], events[..., a:b], np.array([0, b - a]), 0, 1.0)
        for a, b in pairwise(starts)
    ]
    np.testing.assert_allclose(scores, sum(s for s, _ in alone), rtol=1e-12)
    np.testing.assert_allclose(covariance, sum(v for _, v in alone), rtol=1e-12)


def test_the_order_of_groups_and_the_split_of_competing_causes_do_not_matter() -> None:
    at_risk, events, starts = tables(drawn(np.random.default_rng(7), 200, 30, 3, 3))
    scores, covariance = gray_scores(at_risk, events, starts, 0, 0.5)
    order = [2, 0, 1]
    turned = gray_scores(at_risk[order], events[:, order], starts, 0, 0.5)
    np.testing.assert_allclose(turned[0], scores[order], rtol=1e-11)
    np.testing.assert_allclose(turned[1], covariance[np.ix_(order, order)], rtol=1e-11)
    lumped = np.stack([events[1] + events[2], events[0]])
    np.testing.assert_allclose(gray_scores(at_risk, lumped, starts, 1, 0.5)[1], covariance)


def test_one_cause_gives_the_scores_of_the_logrank_test() -> None:
    case = drawn(np.random.default_rng(8), 100, 20, 1, 3)
    at_risk, events, starts = tables(case)
    expected = at_risk * (events[0].sum(axis=0) / np.maximum(at_risk.sum(axis=0), 1))
    scores, _ = gray_scores(at_risk, events, starts, 0, 0.0)
    np.testing.assert_allclose(scores, (events[0] - expected).sum(axis=1), rtol=1e-10, atol=1e-12)


def test_strata_without_events_and_without_rivals_add_nothing() -> None:
    at_risk = np.array([[3.0, 2.0, 4.0, 2.0], [3.0, 3.0, 0.0, 3.0]])
    events = np.array([[[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0]]])
    scores, covariance = gray_scores(at_risk, events, np.array([0, 2, 3, 4, 4]), 0, 0.0)
    alone = gray_scores(at_risk[:, :2], events[..., :2], np.array([0, 2]), 0, 0.0)
    np.testing.assert_array_equal(scores, alone[0])
    np.testing.assert_array_equal(covariance, alone[1])


def test_a_group_that_is_never_at_risk_has_zeros() -> None:
    at_risk = np.array([[3.0, 2.0], [3.0, 3.0], [0.0, 0.0]])
    events = np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])
    scores, covariance = gray_scores(at_risk, events, np.array([0, 2]), 0, 0.0)
    assert scores[2] == 0.0
    assert not covariance[2].any()
    assert not covariance[:, 2].any()
    np.testing.assert_allclose(
        covariance[:2, :2], gray_scores(at_risk[:2], events[:, :2], np.array([0, 2]), 0, 0.0)[1]
    )


def test_a_group_ends_where_everybody_failed_though_others_enter() -> None:
    at_risk = np.array([[2.0, 3.0, 2.0], [4.0, 3.0, 2.0]])
    events = np.array([[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    ended = at_risk * [[1, 0, 0], [1, 1, 1]], events * [[1, 0, 0], [1, 1, 1]]
    for found, expected in zip(
        gray_scores(at_risk, events, np.array([0, 3]), 0, 0.0),
        gray_scores(*ended, np.array([0, 3]), 0, 0.0),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("rho", [0.5, -0.5, -1.0])
def test_weights_stay_finite_where_the_pooled_incidence_reaches_or_passes_one(rho: float) -> None:
    scores, covariance = gray_scores(*tables(STORED["beyond_one"]), 0, rho)
    assert np.isfinite(scores).all()
    assert np.isfinite(covariance).all()
    # F_0 is exactly 1 after the second time: 1/2 + 1/2, with B and C still at risk
    at_risk = np.array([[4.0, 0.0, 0.0], [2.0, 2.0, 1.0], [2.0, 2.0, 1.0]])
    events = np.array([[[4.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 0.0]]])
    scores, covariance = gray_scores(at_risk, events, np.array([0, 3]), 0, rho)
    np.testing.assert_allclose(scores, [2.0, -1.0, -1.0])
    assert np.isfinite(covariance).all()
