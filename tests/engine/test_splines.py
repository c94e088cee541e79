"""Restricted cubic splines: knots and basis.

The stored values were printed by R 4.2.2 with rms 6.5-0 and Hmisc 4.8-0:

    library(rms); y <- (1:120)^1.5
    for (k in 3:7) print(attr(rcspline.eval(y, nk = k), "knots"), digits = 17)
    print(rcspline.eval(y, nk = 5, inclx = TRUE)[c(3, 60, 118), ], digits = 17)
    x <- c(1, 2, 2, 3, 5, 7, 8, 9, 11, 13, 16, 20, 21, 23, 24, 30, 32, 35, 39, 40)
    for (k in 3:5) print(attr(rcspline.eval(x, nk = k), "knots"), digits = 17)
    print(rcspline.eval(c(0, 4, 9, 25), knots = c(2, 5, 11, 16), inclx = TRUE), digits = 17)
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.engine.splines import default_knots, require_knots, restricted_cubic
from atrisk.errors import InputError

Y = np.arange(1, 121) ** 1.5
KNOTS_OF_Y = {
    3: [46.341871861093985, 470.59161588759798, 1123.9313719212944],
    4: [18.329093141414482, 278.54729502083649, 693.52885156159789, 1217.9894551398816],
    5: [
        18.329093141414482, 195.86487022526921, 470.59161588759787, 815.34055654903091,
        1217.9894551398816,
    ],
    6: [
        18.329093141414482, 151.12492463491196, 351.33717856868623, 600.92019515594927,
        891.52170819370713, 1217.9894551398816,
    ],
    7: [
        7.9299038105676658, 108.99971234417841, 268.88957900368246, 470.59161588759798,
        706.7369435271986, 972.87979792833846, 1265.954987694704,
    ],
}  # fmt: skip
BASIS_OF_Y = [
    [5.196152422706632, 0, 0, 0],
    [464.75800154489002, 61.821609753041301, 13.508978384174622, 0],
    [1281.8080979616254, 1191.7134746007666, 711.07348805338279, 240.17605075703324],
]
FEW = np.array([1, 2, 2, 3, 5, 7, 8, 9, 11, 13, 16, 20, 21, 23, 24, 30, 32, 35, 39, 40.0])
KNOTS_OF_FEW = {3: [5, 14.5, 30], 4: [5, 8.65, 21.7, 30], 5: [5, 7.225, 14.5, 23.775, 30]}


@pytest.mark.parametrize("count", sorted(KNOTS_OF_Y))
def test_knots_stand_at_quantiles(count) -> None:
    assert default_knots(Y, count) == pytest.approx(KNOTS_OF_Y[count], rel=1e-12)


@pytest.mark.parametrize("count", sorted(KNOTS_OF_FEW))
def test_with_few_values_the_outer_knots_are_the_fifth_from_either_end(count) -> None:
    knots = default_knots(FEW, count)
    assert knots == pytest.approx(KNOTS_OF_FEW[count], rel=1e-12)
    assert (knots[0], knots[-1]) == (5, 30)


def test_the_rule_for_few_values_ends_at_100() -> None:
    x = np.arange(100.0)
    assert default_knots(x, 3)[0] == pytest.approx(9.9)
    assert default_knots(x[:99], 3)[0] == 4


def test_knots_do_not_depend_on_the_order_of_rows() -> None:
    mixed = np.random.default_rng(1).permutation(FEW)
    assert np.array_equal(default_knots(mixed, 4), default_knots(FEW, 4))


@pytest.mark.parametrize("count", [2, 8, 0])
def test_another_number_of_knots_is_refused(count) -> None:
    with pytest.raises(InputError, match=f"{count} knots: .* takes 3 to 7 knots"):
        default_knots(Y, count)


@pytest.mark.parametrize("x", [np.repeat([1.0, 2.0], 60), FEW[:8], FEW[:1]])
def test_knots_that_do_not_increase_are_refused(x) -> None:
    with pytest.raises(InputError, match=f"of {x.size} values do not increase: .*fewer knots"):
        default_knots(x, 4)


def test_the_basis_is_that_of_rms() -> None:
    basis = restricted_cubic(Y, default_knots(Y, 5))[[2, 59, 117]]
    # near a knot the nonlinear columns are differences of cubes: what R and we lose differs
    assert basis == pytest.approx(np.array(BASIS_OF_Y), rel=1e-10)


def exact(x: int, knots: list[int]) -> list[Fraction]:
    """Columns of the basis in fractions, from the definition."""
    *_, before_last, last = knots

    def cubed(u: int) -> int:
        return max(u, 0) ** 3

    return [Fraction(x)] + [
        (
            cubed(x - t)
            - Fraction(cubed(x - before_last) * (last - t), last - before_last)
            + Fraction(cubed(x - last) * (before_last - t), last - before_last)
        )
        / (last - knots[0]) ** 2
        for t in knots[:-2]
    ]


def test_the_basis_is_worked_by_hand() -> None:
    """At x = 4 only the first knot is passed: (4 - 2)^3 / (16 - 2)^2 = 8 / 196."""
    knots = [2, 5, 11, 16]
    assert exact(4, knots) == [4, Fraction(8, 196), 0]
    for x in (0, 4, 9, 25):
        basis = restricted_cubic(np.array([float(x)]), np.array(knots, dtype=float))
        assert basis[0] == pytest.approx([float(v) for v in exact(x, knots)], rel=1e-13)


def test_past_the_last_knot_the_columns_are_those_of_rms() -> None:
    basis = restricted_cubic(np.array([9.0, 25.0]), np.array([2, 5, 11, 16.0]))
    stored = [
        [9, 1.7500000000000004, 0.3265306122448981],
        [25, 29.571428571428591, 14.479591836734706],
    ]
    assert basis == pytest.approx(np.array(stored), rel=1e-12)


@given(
    st.lists(st.integers(0, 50), min_size=3, max_size=6, unique=True).map(sorted),
    st.floats(0.1, 100),
)
def test_the_spline_is_linear_in_its_tails(knots, step) -> None:
    t = np.array(knots, dtype=float)
    after = restricted_cubic(t[-1] + step * np.arange(3.0), t)
    before = restricted_cubic(t[0] - step * np.arange(3.0), t)
    scale = np.abs(after).max() * (1 + (step + t[-1]) ** 2)  # cubes cancel down to a line
    assert np.abs(np.diff(after, 2, axis=0)).max() <= 1e-10 * scale
    assert np.array_equal(before[:, 1:], np.zeros((3, t.size - 2)))


@given(st.floats(0.01, 100))
def test_every_column_has_the_unit_of_x(factor) -> None:
    """The same values in another unit give the same columns in that unit."""
    ours = restricted_cubic(FEW * factor, np.array([2, 9, 20, 35.0]) * factor)
    assert ours == pytest.approx(restricted_cubic(FEW, np.array([2, 9, 20, 35.0])) * factor,
                                 rel=1e-9, abs=1e-9 * factor)  # fmt: skip


@pytest.mark.parametrize("knots", [[1, 2], [1, 2, 2], [3, 2, 1], [1, np.nan, 3]])
def test_wrong_knots_are_refused(knots) -> None:
    with pytest.raises(InputError, match="at least three increasing values"):
        require_knots(knots)
    with pytest.raises(InputError, match="at least three increasing values"):
        restricted_cubic(FEW, np.array(knots))
