"""The kernel of the Fine-Gray model: by hand, and beside direct sums and exact derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import oracle_regression as oracle
import weight_derivatives as exact
from atrisk import Histories
from atrisk.engine.censoring_weights import JumpProcess
from atrisk.engine.fine_gray import FineGrayPoint, score_influence, unit_influence
from atrisk.engine.fine_gray_incidence import baseline_moments, hazard_and_variance
from atrisk.engine.newton import inverse
from atrisk.sources.model import model_rows
from atrisk.sources.subdistribution import subdistribution_rows

BETA = np.array([0.4, -0.3])
KINDS = [
    "",
    "weight",
    "group",
    "stratum",
    "entry",
    "weight group stratum",
    "weight group stratum entry",
]


def point_at(data: exact.Rows, beta: np.ndarray) -> FineGrayPoint:
    h = Histories.from_arrays(
        **data.arguments(), causes={"a": 1, "b": 2}, unit="days", origin="start"
    )
    rows = model_rows(h, data.x, cause=1)
    groups = np.unique(data.group, return_inverse=True)[1]
    return FineGrayPoint(subdistribution_rows(h, rows, 1, groups), beta)


def by_hand() -> FineGrayPoint:
    """Events at 1 and 4, a competing event at 2, censorings at 3 and 5; x = 1, 0, 1, 0, 1."""
    data = exact.Rows(
        exit=np.array([1, 2, 3, 4, 5]),
        cause=np.array([1, 2, 0, 1, 0]),
        x=np.array([[1.0], [0.0], [1.0], [0.0], [1.0]]),
        weight=np.ones(5),
        entry=np.full(5, -np.inf),
        group=np.zeros(5, int),
        stratum=np.zeros(5, int),
    )
    return point_at(data, np.zeros(1))


def test_by_hand_the_competing_row_stays_with_two_thirds() -> None:
    # G falls from 1 to 2/3 at 3, where one of the three under observation is censored
    point = by_hand()
    assert point.risk0[1:].tolist() == pytest.approx([5, 2 + 2 / 3], rel=1e-14)
    assert point.loglik == pytest.approx(-np.log(5) - np.log(8 / 3), rel=1e-14)
    # x less its mean: 1 - 3/5 at 1, and 0 - 3/8 at 4
    assert point.score() == pytest.approx([2 / 5 - 3 / 8], rel=1e-12)
    assert point.information() == pytest.approx(np.array([[6 / 25 + 15 / 64]]), rel=1e-13)


def test_by_hand_what_each_row_adds() -> None:
    # q(3) = -3/32 over Y = 3, times dM of censoring: 2/3, -1/3, -1/3 for the rows 3, 4, 5
    eta = np.array([8 / 25, 3 / 25 + 3 / 32, -2 / 25, 3 / 25 - 15 / 64, -2 / 25 - 15 / 64])
    psi = np.array([0, 0, -1 / 48, 1 / 96, 1 / 96])
    assert score_influence(by_hand())[:, 0] == pytest.approx(eta + psi, rel=1e-12)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_likelihood_beside_direct_sums(kind: str, *, tied: bool) -> None:
    data = exact.drawn(3, 40, *kind.split(), tied=tied)
    point = point_at(data, BETA)
    assert point.loglik == pytest.approx(exact.pseudo_loglik(data, BETA), rel=1e-12)
    assert point.score() == pytest.approx(exact.pseudo_score(data, BETA), rel=1e-10)
    assert point.information() == pytest.approx(exact.pseudo_information(data, BETA), rel=1e-10)


def exact_divisor(process: JumpProcess) -> np.ndarray:
    """Y - c, by which the derivative of a product-limit factor is divided; the paper has Y."""
    kept = process.at_risk - process.jumps
    return np.where((process.jumps > 0) & (kept > 1e-9), kept, np.inf)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_influence_is_the_derivative_in_the_weight(
    kind: str, monkeypatch: pytest.MonkeyPatch, *, tied: bool
) -> None:
    """The paper's form differs from the derivative in Y for Y - c, where censorings stand alone."""
    data = exact.drawn(5, 30, *kind.split(), "between", tied=tied)
    own = exact.in_each_weight(data, lambda rows: exact.pseudo_score(rows, BETA))
    monkeypatch.setattr(JumpProcess, "divisor", exact_divisor)
    assert score_influence(point_at(data, BETA)) == pytest.approx(own, rel=1e-9, abs=1e-12)


def test_influence_of_entries_alone_is_the_derivative() -> None:
    """Without censorings nothing is left of the paper's Y for Y - c."""
    data = exact.drawn(5, 30, "weight", "group", "entry", tied=True)
    data = exact.replace(data, cause=np.where(data.cause == 0, 1, data.cause))
    own = exact.in_each_weight(data, lambda rows: exact.pseudo_score(rows, BETA))
    assert score_influence(point_at(data, BETA)) == pytest.approx(own, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("groups", [1, 3])
def test_influence_beside_the_sums_of_the_paper(groups: int) -> None:
    data = exact.drawn(8, 60, tied=True)
    group = np.arange(60) % groups
    naive = oracle.competing(data.exit, data.cause, data.x, group=group)
    sets = oracle.subdistribution_sets(naive)
    found = score_influence(point_at(exact.replace(data, group=group), BETA))
    told = oracle.subdistribution_influence(naive, BETA, sets, own_deaths=False)
    assert found == pytest.approx(told, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_variance_of_the_baseline_is_that_of_its_derivatives(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JumpProcess, "divisor", exact_divisor)
    data, x = exact.drawn(6, 30, *kind.split()), np.array([0.3, 1.0])
    point = point_at(data, BETA)
    vcov = inverse(point.information())
    influence = score_influence(point) @ vcov
    cell = point.model.rows.time.size - 3
    base = baseline_moments(point, influence, None, np.array([cell]), counted=False)
    z = x - point.model.rows.center
    found = hazard_and_variance(
        base, influence.T @ influence, z[None], np.array([z @ BETA]), np.array([0])
    )
    until, stratum = point.model.rows.time[cell], int(data.stratum.max())
    told = exact.subdistribution_hazard(data, BETA, x, stratum, until)
    own = exact.in_each_weight(
        data, lambda rows: exact.subdistribution_hazard(rows, BETA, x, stratum, until)
    )
    slope = exact.in_each_argument(
        lambda b: exact.subdistribution_hazard(data, b, x, stratum, until), BETA
    )
    assert found[0] == pytest.approx([float(told)], rel=1e-12)
    assert found[1] == pytest.approx([np.sum((own + influence @ slope) ** 2)], rel=1e-9)


def test_a_far_predictor_is_shifted() -> None:
    """exp(eta) beyond floating point: only differences within a stratum matter."""
    data = exact.drawn(9, 40, "group")
    h = Histories.from_arrays(
        **data.arguments(), causes={"a": 1, "b": 2}, unit="days", origin="start"
    )
    near, far = (
        FineGrayPoint(
            subdistribution_rows(
                h, model_rows(h, data.x, cause=1, offset=np.full(40, offset)), 1, data.group
            ),
            BETA,
        )
        for offset in (0.0, 320.0)
    )
    assert far.loglik == pytest.approx(near.loglik, rel=1e-12)
    assert far.information() == pytest.approx(near.information(), rel=1e-12)
    assert score_influence(far) == pytest.approx(score_influence(near), rel=1e-9, abs=1e-13)
    parts = [score_influence(p) @ inverse(p.information()) for p in (near, far)]
    cells = np.array([5])
    squares = [
        baseline_moments(p, part, None, cells, counted=False)
        for p, part in zip((near, far), parts, strict=True)
    ]
    scale = np.exp(320.0)
    assert squares[1].hazard * scale == pytest.approx(squares[0].hazard, rel=1e-9)
    assert squares[1].mean * scale == pytest.approx(squares[0].mean, rel=1e-9)
    assert squares[1].square * scale**2 == pytest.approx(squares[0].square, rel=1e-9)
    assert squares[1].cross * scale == pytest.approx(squares[0].cross, rel=1e-8)


def test_units_of_the_variance() -> None:
    influence, weight = np.array([[2.0], [4.0], [6.0]]), np.array([4.0, 1.0, 1.0])
    cluster = np.array([0, 1, 1], dtype=np.int32)
    counted = unit_influence(influence, weight, None, counted=True)
    assert counted.ravel().tolist() == [1.0, 4.0, 6.0]
    assert unit_influence(influence, weight, None, counted=False) is influence
    assert unit_influence(influence, None, None, counted=True) is influence
    assert unit_influence(influence, weight, cluster, counted=True).ravel().tolist() == [2.0, 10.0]
