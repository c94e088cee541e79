"""Groups of Table 1 compared: a P value a variable, and standardised differences."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from atrisk.engine.standardised import difference_of_means, difference_of_shares
from atrisk.errors import InputError
from atrisk.study.values import Entries, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from atrisk.study.groups import Level

__all__ = ["DEFAULT_TESTS", "Compared", "comparison_entries", "difference_entry"]

#: The test of each type of variable where none is named.
DEFAULT_TESTS = {"continuous": "kruskal", "categorical": "fisher"}

_TWO_GROUPS = frozenset({"wilcoxon", "t", "welch"})
_OF_MEANS = frozenset({"t", "welch", "anova"})
_DIFFERENCE = "standardised difference, absolute"
_LARGEST = f"{_DIFFERENCE}, the largest of any two groups"
_TOO_LARGE = "the table is too large for an exact P value: name the test chi2"
_ONE_LEVEL = "every patient with a known value has the same"


@dataclass(frozen=True, slots=True)
class Compared:
    """One variable in the groups to be compared.

    Attributes
    ----------
    groups
        those that have patients.
    group
        shape (n,): position in ``groups`` of the patients with a known value.
    values
        shape (n,): numbers, or positions of levels.
    categorical
        whether values are levels.
    """

    groups: tuple[Level, ...]
    group: NDArray[np.int64]
    values: NDArray[Any]
    categorical: bool

    def samples(self) -> list[NDArray[Any]]:
        """Split the values by group."""
        return [self.values[self.group == position] for position in range(len(self.groups))]

    def counts(self) -> NDArray[np.int64]:
        """Count levels by group, shape (G, k), without levels that nobody has."""
        found = np.unique(self.values)
        counted = [[int((sample == level).sum()) for level in found] for sample in self.samples()]
        return np.array(counted, dtype=np.int64)

    def unknown_group(self) -> str | None:
        """Say which group has no known value, if there is one."""
        for level, sample in zip(self.groups, self.samples(), strict=True):
            if not sample.size:
                return f"no patient of the group {level.label} has a known value"
        return None


def comparison_entries(key: str, compared: Compared, test: str) -> Entries:
    """Test whether the groups differ; where that cannot be done, the entry says why."""
    reason = _obstacle(compared, test)
    if reason is None:
        try:
            return _tested(key, compared, test)
        except InputError:
            # what _obstacle leaves is the size of an exact table
            reason = _TOO_LARGE
    return {f"{key}.p_value": value(None, "probability", n=len(compared.values), missing=reason)}


def _obstacle(compared: Compared, test: str) -> str | None:
    """Say why a test cannot be done."""
    unknown = compared.unknown_group()
    if unknown is not None:
        return unknown
    if np.unique(compared.values).size == 1:
        return _ONE_LEVEL
    if test in _TWO_GROUPS and len(compared.groups) != 2:
        return f"this test compares two groups, and there are {len(compared.groups)}"
    return _no_variance(compared, test) if test in _OF_MEANS else None


def _no_variance(compared: Compared, test: str) -> str | None:
    samples = compared.samples()
    if test != "anova" and min(sample.size for sample in samples) < 2:
        return "a group has only one known value"
    if not any(np.ptp(sample) > 0 for sample in samples):
        return "nothing varies within groups"
    return None


def _tested(key: str, compared: Compared, test: str) -> Entries:
    found = _CALLS[test](compared)
    n = len(compared.values)
    entries = {f"{key}.p_value": value(found.p_value, "probability", method=found.method, n=n)}
    if test in _STATISTICS:
        method = found.method
        entries[f"{key}.statistic"] = value(found.statistic, _STATISTICS[test], method=method, n=n)
        if hasattr(found, "df"):
            entries[f"{key}.df"] = value(found.df, "degrees of freedom", method=method, n=n)
    return entries


def _kruskal(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.rank_tests import kruskal_wallis_test

    return kruskal_wallis_test(compared.values, compared.group)


def _wilcoxon(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.rank_tests import wilcoxon_test

    return wilcoxon_test(compared.values, compared.group)


def _student(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.mean_tests import t_test

    return t_test(compared.values, compared.group, equal_variances=True)


def _welch(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.mean_tests import t_test

    return t_test(compared.values, compared.group)


def _anova(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.mean_tests import anova_test

    return anova_test(compared.values, compared.group)


def _fisher(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.table_tests import fisher_test

    return fisher_test(compared.counts())


def _chi_squared(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.table_tests import chi_squared_test

    return chi_squared_test(compared.counts(), continuity=False)


def _yates(compared: Compared) -> Any:  # noqa: ANN401 - a result with a P value
    from atrisk.estimators.table_tests import chi_squared_test

    return chi_squared_test(compared.counts())


_CALLS: dict[str, Callable[[Compared], Any]] = {
    "kruskal": _kruskal,
    "wilcoxon": _wilcoxon,
    "t": _student,
    "welch": _welch,
    "anova": _anova,
    "fisher": _fisher,
    "chi2": _chi_squared,
    "chi2_yates": _yates,
}
_STATISTICS = {
    "kruskal": "chi-squared",
    "wilcoxon": "pairs",
    "t": "t",
    "welch": "t",
    "anova": "F",
    "chi2": "chi-squared",
    "chi2_yates": "chi-squared",
}


def difference_entry(compared: Compared) -> dict[str, Any]:
    """Give the standardised difference, of more than two groups the largest of any two."""
    method = _DIFFERENCE if len(compared.groups) == 2 else _LARGEST
    n = len(compared.values)
    reason = compared.unknown_group() or _too_few(compared)
    if reason is not None:
        return value(None, "standard deviations", method=method, n=n, missing=reason)
    found = [_difference(compared, *pair) for pair in combinations(range(len(compared.groups)), 2)]
    return value(
        float(np.max(found)),  # NaN where one of the pairs has no scale
        "standard deviations",
        method=method,
        n=n,
        missing="groups differ and nothing varies within them",
    )


def _too_few(compared: Compared) -> str | None:
    if compared.categorical or min(sample.size for sample in compared.samples()) > 1:
        return None
    return "a group has only one known value"


def _difference(compared: Compared, first: int, second: int) -> float:
    if compared.categorical:
        counts = compared.counts()
        return difference_of_shares(counts[first], counts[second])
    samples = compared.samples()
    return difference_of_means(samples[first], samples[second])
