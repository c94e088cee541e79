"""The package equals R on data that nobody has seen before."""

from __future__ import annotations

import pytest

import cases
import checks
import live_r

MIXED = {"data": "fresh", "exit": "exit", "event": "cause"}
BY_GROUP = MIXED | {"group": "group"}
# the exact partial likelihood takes R minutes where many events tie
FEW_TIES = BY_GROUP | {"data": "few_ties"}
TRUNCATED = {"entry": "entry"}
CASES = [
    BY_GROUP | {"call": "kaplan_meier", "conf_type": "log-log", "conf_level": 0.9},
    BY_GROUP | {"call": "kaplan_meier", "conf_type": "logit", "weights": "weight"},
    BY_GROUP | TRUNCATED | {"call": "kaplan_meier", "conf_type": "arcsin"},
    MIXED | TRUNCATED | {"call": "kaplan_meier", "weights": "weight", "conf_type": "plain"},
    MIXED | {"call": "kaplan_meier", "subject": "subject", "weights": "weight"},
    MIXED | {"call": "kaplan_meier", "weights": "copies", "group": "stratum"},
    BY_GROUP | {"call": "follow_up", "conf_level": 0.8},
    BY_GROUP | {"call": "gray"},
    BY_GROUP | {"call": "gray", "strata": "stratum", "rho": 1},
    MIXED | {"call": "gray", "group": "stratum", "copies": "copies", "rho": 0.5},
    BY_GROUP | {"call": "multi_state", "conf_type": "log-log"},
    BY_GROUP | {"call": "multi_state", "weights": "weight", "conf_type": "plain"},
    MIXED | TRUNCATED | {"call": "multi_state", "weights": "weight", "conf_type": "log"},
    BY_GROUP | {"call": "logrank"},
    BY_GROUP | {"call": "logrank", "strata": "stratum", "copies": "copies", "rho": 0.5},
    FEW_TIES | TRUNCATED | {"call": "logrank_by_cox", "strata": "stratum"},
    FEW_TIES | TRUNCATED | {"call": "logrank_by_cox", "trend": True},
    BY_GROUP | TRUNCATED | {"call": "logrank_robust", "weights": "weight", "strata": "stratum"},
    BY_GROUP | {"call": "logrank_robust", "weights": "weight", "subject": "subject"},
    BY_GROUP | {"call": "pairwise_logrank", "rho": 1},
]


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """Return the seed, the data it gave, and R's answers to all cases, asked in one run."""
    reason = live_r.reason_to_skip()
    if reason is not None:
        pytest.skip(f"no live comparison: {reason}")
    seed = live_r.draw_seed()
    frames = {"fresh": live_r.fresh(seed), "few_ties": live_r.fresh(seed, spans=(60, 400))}
    answers = live_r.answers(CASES, frames, tmp_path_factory.mktemp("live_r"))
    return seed, frames, answers


@pytest.mark.parametrize("i", range(len(CASES)), ids=[cases.name(case) for case in CASES])
def test_equals_r_on_fresh_data(answered, i):
    seed, frames, answers = answered
    case, values = CASES[i], answers[i]["values"]
    context = f"{cases.name(case)} ({live_r.replay(seed)})"
    checks.CHECKS[case["call"]](case, frames[case["data"]], values, context)
