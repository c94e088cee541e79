"""The cumulative incidence of competing causes and its two variances.

The stored values are cmprsk's: tests/reference/gray.json, made by tests/reference/gray.R, says with
which versions.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atrisk.engine.incidence import aalen_johansen, aalen_variance, delta_variance, just_before

REFERENCE = Path(__file__).parents[1] / "reference"
STORED = json.loads((REFERENCE / "gray.json").read_text(encoding="utf-8"))
CURVES = [name for name, case in STORED["cases"].items() if "curves" in case]
VARIANCES = {"aalen": aalen_variance, "delta": delta_variance}


def tables(case: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """At risk (G, M) and events (C, G, M) of rows without entry times, groups numbered from 1."""
    times, code = np.unique(case["time"], return_inverse=True)
    group, event = np.asarray(case["group"]) - 1, np.asarray(case["event"])
    leaving = np.zeros((event.max() + 1, group.max() + 1, times.size))
    np.add.at(leaving, (event, group, code), 1.0)
    return np.cumsum(leaving.sum(axis=0)[:, ::-1], axis=1)[:, ::-1], leaving[1:]


def drawn(rng: np.random.Generator, n: int, times: int, causes: int, groups: int) -> dict[str, Any]:
    return {
        "time": rng.integers(1, times + 1, n).tolist(),
        "event": rng.integers(0, causes + 1, n).tolist(),
        "group": rng.integers(1, groups + 1, n).tolist(),
        "rho": [0],
    }


def direct_variance(kind: str, n: list[Any], events: list[list[Any]], cause: int) -> list[Any]:
    """The sums of the docstrings, term by term, for one group; exact if given fractions."""
    survival, incidence, risen = [n[0] / n[0]], [], n[0] - n[0]
    for j, number in enumerate(n):
        failed = sum(row[j] for row in events)
        risen += survival[j] * events[cause][j] / number if number else 0
        incidence.append(risen)
        survival.append(survival[j] * (1 - failed / number) if number else survival[j])
    return [
        sum(
            _term(kind, n[j], [row[j] for row in events], cause, survival[j], last - incidence[j])
            for j in range(k + 1)
            if n[j]
        )
        for k, last in enumerate(incidence)
    ]


def _term(kind: str, n: Any, events: list[Any], cause: int, before: Any, rise: Any) -> Any:
    d, own = sum(events), events[cause]
    left = n - d
    if kind == "delta":
        spread = rise**2 * d / (n * left) if left else 0
        return spread + before**2 * own * (n - own) / n**3 - 2 * rise * before * own / n**2
    b = rise * n / left if left else 0
    return (before - b) ** 2 * _hypergeometric(n, own) + b**2 * _hypergeometric(n, d - own)


def _hypergeometric(n: Any, d: Any) -> Any:
    return d / n**2 * ((n - d) / (n - 1) if d > 1 else 1)


# By hand. Seven rows: 1 relapse and 1 death at 1, a censoring at 1, 2 relapses at 2, a death at 3,
# a relapse at 4.
AT_RISK = np.array([[7.0, 4.0, 2.0, 1.0]])
EVENTS = np.array([[[1.0, 2.0, 0.0, 1.0]], [[1.0, 0.0, 1.0, 0.0]]])


def test_the_estimate_by_hand() -> None:
    incidence, before = aalen_johansen(AT_RISK, EVENTS)
    np.testing.assert_allclose(before, [[1, 5 / 7, 5 / 14, 5 / 28]], rtol=1e-15)
    np.testing.assert_allclose(incidence[0], [[1 / 7, 1 / 2, 1 / 2, 19 / 28]], rtol=1e-15)
    np.testing.assert_allclose(incidence[1], [[1 / 7, 1 / 7, 9 / 28, 9 / 28]], rtol=1e-15)


def test_the_first_steps_of_both_variances_by_hand() -> None:
    _, before = aalen_johansen(AT_RISK, EVENTS)
    # at 1: v(1) = 1/49, and 1 * 6 / 7^3
    assert aalen_variance(AT_RISK, EVENTS, before)[0, 0, 0] == pytest.approx(1 / 49, rel=1e-15)
    assert delta_variance(AT_RISK, EVENTS, before)[0, 0, 0] == pytest.approx(6 / 343, rel=1e-15)
    # at 2: b = (1/2 - 1/7) / (5/7) = 1/2, so (1/4 + 1/4) / 49 + (5/7)^2 2 * 2 / (4^2 * 3)
    expected = Fraction(1, 98) + Fraction(25, 49) * Fraction(1, 12)
    assert aalen_variance(AT_RISK, EVENTS, before)[0, 0, 1] == pytest.approx(
        float(expected), rel=1e-14
    )


@pytest.mark.parametrize("kind", VARIANCES)
@pytest.mark.parametrize("cause", [0, 1])
def test_variances_equal_exact_fractions(kind: str, cause: int) -> None:
    n = [Fraction(int(x)) for x in AT_RISK[0]]
    events = [[Fraction(int(x)) for x in row] for row in EVENTS[:, 0]]
    exact = [float(x) for x in direct_variance(kind, n, events, cause)]
    variance = VARIANCES[kind](AT_RISK, EVENTS, aalen_johansen(AT_RISK, EVENTS)[1])
    np.testing.assert_allclose(variance[cause, 0], exact, rtol=1e-13)


@pytest.mark.parametrize("kind", VARIANCES)
@pytest.mark.parametrize("seed", range(5))
def test_variances_equal_direct_sums(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at_risk, events = tables(drawn(rng, 60, int(rng.integers(4, 60)), 3, 3))
    variance = VARIANCES[kind](at_risk, events, aalen_johansen(at_risk, events)[1])
    for group, cause in np.ndindex(3, 3):
        direct = direct_variance(kind, at_risk[group].tolist(), events[:, group].tolist(), cause)
        np.testing.assert_allclose(variance[cause, group], direct, rtol=1e-10, atol=1e-17)


def compare_with_cmprsk(case: dict[str, Any], curves: dict[str, Any]) -> None:
    at_risk, events = tables(case)
    incidence, before = aalen_johansen(at_risk, events)
    variance = aalen_variance(at_risk, events, before)
    for label, estimate, printed in zip(
        curves["curve"], curves["estimate"], curves["variance"], strict=True
    ):
        group, cause = (int(part) - 1 for part in label.split())
        known = [value is not None for value in estimate]  # cmprsk ends a curve with its group
        expected = np.array(estimate, dtype=float)[known]
        np.testing.assert_allclose(incidence[cause, group][known], expected, rtol=1e-12)
        expected = np.array(printed, dtype=float)[known]
        np.testing.assert_allclose(variance[cause, group][known], expected, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("name", CURVES)
def test_estimate_and_variance_equal_stored_cmprsk(name: str) -> None:
    case = STORED["cases"][name]
    compare_with_cmprsk(case, case["curves"])


def test_estimate_and_variance_equal_live_cmprsk(tmp_path: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed")
    rng = np.random.default_rng()
    cases = [
        drawn(rng, n, times, causes, 3)
        for n, times, causes in [(80, 1000, 2), (80, 12, 2), (150, 30, 3), (40, 6, 1)]
    ]
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
        compare_with_cmprsk(case, answer["curves"])


def test_incidences_and_survival_add_up_to_one() -> None:
    at_risk, events = tables(drawn(np.random.default_rng(1), 200, 40, 3, 2))
    incidence, before = aalen_johansen(at_risk, events)
    np.testing.assert_allclose(incidence.sum(axis=0)[:, :-1] + before[:, 1:], 1.0, rtol=1e-14)


def test_one_cause_has_greenwoods_variance_and_the_complement_of_kaplan_meier() -> None:
    at_risk, events = tables(drawn(np.random.default_rng(2), 100, 30, 1, 1))
    at_risk, events = at_risk[:, :-1], events[:, :, :-1]
    d = events[0]
    survival = np.cumprod(1 - d / at_risk, axis=1)
    greenwood = survival**2 * np.cumsum(d / (at_risk * (at_risk - d)), axis=1)
    incidence, before = aalen_johansen(at_risk, events)
    np.testing.assert_allclose(incidence[0], 1 - survival, rtol=1e-13)
    np.testing.assert_allclose(delta_variance(at_risk, events, before)[0], greenwood, rtol=1e-12)


def test_delta_variance_of_everything_fivefold_is_a_fifth() -> None:
    at_risk, events = tables(drawn(np.random.default_rng(3), 100, 30, 2, 2))
    before = aalen_johansen(at_risk, events)[1]
    once, fivefold = (delta_variance(w * at_risk, w * events, before) for w in (1.0, 5.0))
    np.testing.assert_allclose(fivefold, once / 5, rtol=1e-12, atol=1e-18)


@pytest.mark.parametrize("kind", VARIANCES)
def test_times_without_events_or_without_anybody_change_nothing(kind: str) -> None:
    at_risk = np.array([[0.0, 5.0, 4.0, 0.0, 3.0, 2.0]])
    events = np.array([[[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0, 0.0, 1.0, 0.0]]])
    busy = [1, 2, 4]
    incidence, before = aalen_johansen(at_risk, events)
    alone = aalen_johansen(at_risk[:, busy], events[:, :, busy])[0]
    np.testing.assert_allclose(incidence[:, :, busy], alone, rtol=1e-15)
    np.testing.assert_array_equal(
        incidence[:, :, [0, 3, 5]], incidence[:, :, [0, 2, 4]] * [0, 1, 1]
    )
    variance = VARIANCES[kind](at_risk, events, before)
    expected = VARIANCES[kind](at_risk[:, busy], events[:, :, busy], before[:, busy])
    np.testing.assert_allclose(variance[:, :, busy], expected, rtol=1e-14)


@pytest.mark.parametrize("kind", VARIANCES)
def test_after_survival_is_zero_nothing_moves_though_others_enter(kind: str) -> None:
    at_risk = np.array([[2.0, 2.0, 3.0]])
    events = np.array([[[0.0, 2.0, 1.0]], [[0.0, 0.0, 1.0]]])
    incidence, before = aalen_johansen(at_risk, events)
    assert incidence[:, 0].tolist() == [[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    variance = VARIANCES[kind](at_risk, events, before)
    assert variance[:, 0].tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_lone_last_event_has_variance_one_by_cmprsk_and_none_by_the_delta_method() -> None:
    # cmprsk 2.2-11: cuminc(1, 1)[[1]]$var is 0 0 1
    at_risk, events = np.array([[1.0]]), np.array([[[1.0]]])
    before = np.array([[1.0]])
    assert aalen_variance(at_risk, events, before).item() == 1.0
    assert delta_variance(at_risk, events, before).item() == 0.0


@pytest.mark.parametrize("kind", VARIANCES)
def test_fractional_weights_give_finite_variances(kind: str) -> None:
    at_risk = np.array([[1.9, 1.2, 0.7, 0.3]])
    events = np.array([[[0.7, 0.2, 0.4, 0.3]], [[0.0, 0.3, 0.0, 0.0]]])
    variance = VARIANCES[kind](at_risk, events, aalen_johansen(at_risk, events)[1])
    assert np.isfinite(variance).all()
    direct = direct_variance(kind, at_risk[0].tolist(), events[:, 0].tolist(), 0)
    np.testing.assert_allclose(variance[0, 0], direct, rtol=1e-12)


@pytest.mark.parametrize("kind", VARIANCES)
def test_thirty_thousand_times_keep_ten_digits_to_the_end(kind: str) -> None:
    rng = np.random.default_rng(4)
    size = 30_000
    n = np.arange(size, 0.0, -1.0, dtype=np.longdouble)[None]
    cause = rng.integers(1, 3, size)
    events = np.stack([cause == 1, cause == 2])[:, None].astype(np.longdouble)
    variance = VARIANCES[kind](*_double(n, events, aalen_johansen(n, events)[1]))
    incidence, before = aalen_johansen(n, events)
    for k in (size // 2, size - 300, size - 5):
        rise = incidence[0, 0, k] - incidence[0, 0, : k + 1]
        terms = zip(n[0], events[:, 0].T, before[0], rise, strict=False)
        expected = sum(_term(kind, m, list(d), 0, s, r) for m, d, s, r in terms)
        assert float(variance[0, 0, k]) == pytest.approx(float(expected), rel=1e-10)


def _double(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype(float) for array in arrays]


def test_no_times_at_all() -> None:
    at_risk, events = np.zeros((2, 0)), np.zeros((3, 2, 0))
    incidence, before = aalen_johansen(at_risk, events)
    assert incidence.shape == (3, 2, 0)
    assert aalen_variance(at_risk, events, before).shape == (3, 2, 0)
    assert delta_variance(at_risk, events, before).shape == (3, 2, 0)
    assert just_before(before, 1.0).shape == (2, 0)
