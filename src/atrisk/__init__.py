"""Statistics of clinical cohorts: who is at risk, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk._version import __version__

if TYPE_CHECKING:
    from atrisk.engine.tally import Tally
    from atrisk.errors import AtRiskWarning, ImmortalTimeWarning, InputError
    from atrisk.estimators.absolute_risk import absolute_risk
    from atrisk.estimators.balance import balance
    from atrisk.estimators.brier import brier_score
    from atrisk.estimators.calibration import calibration
    from atrisk.estimators.cause_specific import cause_specific_cox
    from atrisk.estimators.comparisons import gray_test, logrank_test, pairwise_logrank_test
    from atrisk.estimators.concordance import concordance
    from atrisk.estimators.contrasts import milestone_test, rmst_test
    from atrisk.estimators.cox import cox
    from atrisk.estimators.fine_gray import fine_gray
    from atrisk.estimators.incidence import cumulative_incidence, one_minus_kaplan_meier
    from atrisk.estimators.logistic import logistic
    from atrisk.estimators.mantel_byar import mantel_byar_test
    from atrisk.estimators.matching import matching_weights
    from atrisk.estimators.mean_tests import anova_test, t_test
    from atrisk.estimators.one_sample import one_sample_logrank_test
    from atrisk.estimators.pool_effects import pool_effects, pool_ratios, pool_survival
    from atrisk.estimators.pool_proportions import pool_proportions
    from atrisk.estimators.propensity import propensity_weights
    from atrisk.estimators.proportion import proportion
    from atrisk.estimators.rank_tests import kruskal_wallis_test, wilcoxon_test
    from atrisk.estimators.risk_comparison import risk_comparison
    from atrisk.estimators.selection import backward
    from atrisk.estimators.simon_makuch import simon_makuch
    from atrisk.estimators.survival import follow_up, kaplan_meier, nelson_aalen
    from atrisk.estimators.table_tests import chi_squared_test, fisher_test
    from atrisk.estimators.validation import validate
    from atrisk.estimators.weighted_bootstrap import weighted_bootstrap
    from atrisk.sources.episode_checks import check_episodes
    from atrisk.sources.episodes import episodes
    from atrisk.sources.histories import Histories
    from atrisk.sources.immortal_time import immortal_time
    from atrisk.sources.landmark import landmark
    from atrisk.sources.memory import tally

__all__ = [
    "AtRiskWarning",
    "Histories",
    "ImmortalTimeWarning",
    "InputError",
    "Tally",
    "__version__",
    "absolute_risk",
    "anova_test",
    "backward",
    "balance",
    "brier_score",
    "calibration",
    "cause_specific_cox",
    "check_episodes",
    "chi_squared_test",
    "concordance",
    "cox",
    "cumulative_incidence",
    "episodes",
    "fine_gray",
    "fisher_test",
    "follow_up",
    "gray_test",
    "immortal_time",
    "kaplan_meier",
    "kruskal_wallis_test",
    "landmark",
    "logistic",
    "logrank_test",
    "mantel_byar_test",
    "matching_weights",
    "milestone_test",
    "nelson_aalen",
    "one_minus_kaplan_meier",
    "one_sample_logrank_test",
    "pairwise_logrank_test",
    "pool_effects",
    "pool_proportions",
    "pool_ratios",
    "pool_survival",
    "propensity_weights",
    "proportion",
    "risk_comparison",
    "rmst_test",
    "simon_makuch",
    "t_test",
    "tally",
    "validate",
    "weighted_bootstrap",
    "wilcoxon_test",
]

_HOME = {
    "AtRiskWarning": "atrisk.errors",
    "Histories": "atrisk.sources.histories",
    "ImmortalTimeWarning": "atrisk.errors",
    "InputError": "atrisk.errors",
    "Tally": "atrisk.engine.tally",
    "absolute_risk": "atrisk.estimators.absolute_risk",
    "anova_test": "atrisk.estimators.mean_tests",
    "backward": "atrisk.estimators.selection",
    "balance": "atrisk.estimators.balance",
    "brier_score": "atrisk.estimators.brier",
    "calibration": "atrisk.estimators.calibration",
    "cause_specific_cox": "atrisk.estimators.cause_specific",
    "check_episodes": "atrisk.sources.episode_checks",
    "chi_squared_test": "atrisk.estimators.table_tests",
    "concordance": "atrisk.estimators.concordance",
    "cox": "atrisk.estimators.cox",
    "cumulative_incidence": "atrisk.estimators.incidence",
    "episodes": "atrisk.sources.episodes",
    "fine_gray": "atrisk.estimators.fine_gray",
    "fisher_test": "atrisk.estimators.table_tests",
    "follow_up": "atrisk.estimators.survival",
    "gray_test": "atrisk.estimators.comparisons",
    "immortal_time": "atrisk.sources.immortal_time",
    "kaplan_meier": "atrisk.estimators.survival",
    "kruskal_wallis_test": "atrisk.estimators.rank_tests",
    "landmark": "atrisk.sources.landmark",
    "logistic": "atrisk.estimators.logistic",
    "logrank_test": "atrisk.estimators.comparisons",
    "mantel_byar_test": "atrisk.estimators.mantel_byar",
    "matching_weights": "atrisk.estimators.matching",
    "milestone_test": "atrisk.estimators.contrasts",
    "nelson_aalen": "atrisk.estimators.survival",
    "one_minus_kaplan_meier": "atrisk.estimators.incidence",
    "one_sample_logrank_test": "atrisk.estimators.one_sample",
    "pairwise_logrank_test": "atrisk.estimators.comparisons",
    "pool_effects": "atrisk.estimators.pool_effects",
    "pool_proportions": "atrisk.estimators.pool_proportions",
    "pool_ratios": "atrisk.estimators.pool_effects",
    "pool_survival": "atrisk.estimators.pool_effects",
    "propensity_weights": "atrisk.estimators.propensity",
    "proportion": "atrisk.estimators.proportion",
    "risk_comparison": "atrisk.estimators.risk_comparison",
    "rmst_test": "atrisk.estimators.contrasts",
    "simon_makuch": "atrisk.estimators.simon_makuch",
    "t_test": "atrisk.estimators.mean_tests",
    "tally": "atrisk.sources.memory",
    "validate": "atrisk.estimators.validation",
    "weighted_bootstrap": "atrisk.estimators.weighted_bootstrap",
    "wilcoxon_test": "atrisk.estimators.rank_tests",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that importing the package stays light."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'atrisk' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
