"""Statistics of clinical cohorts: who is at risk, and what happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk._version import __version__

if TYPE_CHECKING:
    from atrisk.engine.tally import Tally
    from atrisk.errors import AtRiskWarning, ImmortalTimeWarning, InputError
    from atrisk.estimators.comparisons import gray_test, logrank_test, pairwise_logrank_test
    from atrisk.estimators.contrasts import milestone_test, rmst_test
    from atrisk.estimators.cox import cox
    from atrisk.estimators.incidence import cumulative_incidence, one_minus_kaplan_meier
    from atrisk.estimators.survival import follow_up, kaplan_meier, nelson_aalen
    from atrisk.sources.histories import Histories
    from atrisk.sources.memory import tally

__all__ = [
    "AtRiskWarning",
    "Histories",
    "ImmortalTimeWarning",
    "InputError",
    "Tally",
    "__version__",
    "cox",
    "cumulative_incidence",
    "follow_up",
    "gray_test",
    "kaplan_meier",
    "logrank_test",
    "milestone_test",
    "nelson_aalen",
    "one_minus_kaplan_meier",
    "pairwise_logrank_test",
    "rmst_test",
    "tally",
]

_HOME = {
    "AtRiskWarning": "atrisk.errors",
    "Histories": "atrisk.sources.histories",
    "ImmortalTimeWarning": "atrisk.errors",
    "InputError": "atrisk.errors",
    "Tally": "atrisk.engine.tally",
    "cox": "atrisk.estimators.cox",
    "cumulative_incidence": "atrisk.estimators.incidence",
    "follow_up": "atrisk.estimators.survival",
    "gray_test": "atrisk.estimators.comparisons",
    "kaplan_meier": "atrisk.estimators.survival",
    "logrank_test": "atrisk.estimators.comparisons",
    "milestone_test": "atrisk.estimators.contrasts",
    "nelson_aalen": "atrisk.estimators.survival",
    "one_minus_kaplan_meier": "atrisk.estimators.incidence",
    "pairwise_logrank_test": "atrisk.estimators.comparisons",
    "rmst_test": "atrisk.estimators.contrasts",
    "tally": "atrisk.sources.memory",
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
