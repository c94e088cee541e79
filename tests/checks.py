"""What the package answers to a case, asserted against what R answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import atrisk
import cases
import oracle
from atrisk import Histories, InputError

if TYPE_CHECKING:
    import polars as pl

Case = dict[str, Any]


def histories(case: Case, frame: pl.DataFrame) -> Histories:
    found = cases.columns(case, frame)
    codes = sorted({int(code) for code in found["event"]} - {0})
    return Histories.from_arrays(
        found.pop("exit"),
        found.pop("event"),
        **found,
        causes={str(code): code for code in codes},
        unit="days",
        origin="start",
    )


def part(result: Any, group: str, cause: str | None = None) -> dict[str, np.ndarray]:
    """Return the rows of one curve, or the whole table of one group."""
    columns = result.columns()
    chosen = columns["group"] == group
    if cause is not None:
        chosen &= columns["cause"] == cause
    return {name: values[chosen] for name, values in columns.items()}


def same(found: dict[str, Any], told: dict[str, Any], keys: str, rtol: float, context: str) -> None:
    for key in keys.split():
        cases.close(found[key], told[key], rtol, f"{context}: {key}")


def missing_where(told: dict[str, Any], where: np.ndarray) -> dict[str, Any]:
    """Return R's answer without its standard errors and limits in some places."""
    return instead(told, where, dict.fromkeys(("std_error", "lower", "upper"), np.nan))


def instead(told: dict[str, Any], where: np.ndarray, values: dict[str, float]) -> dict[str, Any]:
    put = {key: np.where(where, v, cases.numbers(told[key])).tolist() for key, v in values.items()}
    return told | put


def at_zero(told: dict[str, Any], *, robust: bool, conf_type: str) -> dict[str, Any]:
    """Return R's answer with what it says of S = 0, also where it has 1e-17 for it.

    Greenwood's error is missing there. The robust one is 0, as is its interval on the plain scale.
    """
    limit = 0.0 if robust and conf_type == "plain" else np.nan
    std_error = 0.0 if robust else np.nan
    ended = cases.numbers(told["estimate"]) < cases.NEAR_ZERO
    return instead(told, ended, {"std_error": std_error, "lower": limit, "upper": limit})


def kaplan_meier(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    h = histories(case, frame)
    km = atrisk.kaplan_meier(
        h, cases.conf_type(case), cases.conf_level(case), variance=case.get("variance")
    )
    rows = cases.oracle_rows(case, frame)
    for group, told in values.items():
        here = f"{context}, group {group}"
        assert km.variance == ("robust" if told["robust"] else "greenwood"), here
        found = part(km, group)
        same(found, told, "time at_risk events censored estimate", cases.ESTIMATE, here)
        expected = at_zero(told, robust=told["robust"], conf_type=cases.conf_type(case))
        same(found, expected, "std_error lower upper", cases.STD_ERROR, here)
        end = known_until(km, group)
        if end >= told["time"][-1]:  # R reads on where nobody is at risk between entries
            check_quantiles(km, group, told, here)
        check_points(km, case, oracle.of_group(rows, group), group, told["at"], here)
        check_restricted_means(km, oracle.of_group(rows, group), group, told, here)
    check_hazard(h, case, values, context)
    check_contrasts(h, case, values, context)


def check_quantiles(km: Any, group: str, told: Case, here: str) -> None:
    """Compare quantiles; limits only from bands that fall, as R sorts others by level.

    A log-log or logit limit may rise from the first event to the second. We take the first time
    at which it is at or below 1 - p.
    """
    asked = told["quantile"]["p"]
    found = part(km.quantile(asked), group)
    for key in ("estimate", "lower", "upper"):
        band = cases.numbers(told[key])
        falls = np.all(np.diff(band[~np.isnan(band)]) <= 0)
        by_hand = [oracle.quantile(told["time"], band, p) for p in asked]
        expected = told["quantile"][key] if falls else by_hand
        cases.close(found[key], expected, cases.ESTIMATE, f"{here}: quantile {key}")


def check_points(km: Any, case: Case, rows: oracle.Rows, group: str, told: Case, here: str) -> None:
    found = part(km.at(told["time"], beyond="carry"), group)
    here += ": at"
    same(found, told, "time events censored estimate", cases.ESTIMATE, here)
    # between two times R counts those at risk at the next one, later entries included
    at_risk = [oracle.at_risk(rows, t) for t in told["time"]]
    cases.close(found["at_risk"], at_risk, cases.ESTIMATE, f"{here}: at_risk")
    if "entry" not in case:
        same(found, told, "at_risk", cases.ESTIMATE, here)
    # where S = 1 a scale on which 1 is infinite has no limits; before the first time R says 1
    estimate = cases.numbers(told["estimate"])
    edge = (estimate == 1) & (cases.conf_type(case) in {"log-log", "logit", "arcsine"})
    masked = at_zero(told, robust=km.variance == "robust", conf_type=cases.conf_type(case))
    masked = missing_where(masked, edge)
    masked["std_error"] = np.where(edge, 0.0, cases.numbers(masked["std_error"])).tolist()
    same(found, masked, "std_error lower upper", cases.STD_ERROR, here)


def known_until(curves: Any, group: str) -> float:
    return float(curves.known_until[curves.groups.index(group)])


def check_restricted_means(km: Any, rows: oracle.Rows, group: str, told: Case, here: str) -> None:
    for i, tau in enumerate(told["rmst"]["tau"]):
        if tau > min(km.known_until):  # R integrates on over a gap between entries; we refuse
            with pytest.raises(InputError, match="beyond the follow-up"):
                km.rmst(tau)
            continue
        found = part(km.rmst(tau), group)
        cases.close(found["estimate"], told["rmst"]["estimate"][i], cases.ESTIMATE, here)
        # R gives Greenwood's error of the mean whatever the variance of the curve
        expected = told["rmst"]["std_error"][i]
        if km.variance == "robust":
            expected = np.sqrt(oracle.robust_rmst_variance(rows, tau))
        cases.close(found["std_error"], expected, cases.STD_ERROR, f"{here}: rmst std_error")


def check_hazard(h: Histories, case: Case, values: Any, context: str) -> None:
    variance = {"greenwood": "aalen"}.get(case.get("variance"), case.get("variance"))
    na = atrisk.nelson_aalen(h, variance=variance)
    for group, told in values.items():
        found, here = part(na, group), f"{context}, group {group}: hazard"
        same(found, told["hazard"], "estimate", cases.ESTIMATE, here)
        same(found, told["hazard"], "std_error", cases.STD_ERROR, here)


def check_contrasts(h: Histories, case: Case, values: Any, context: str) -> None:
    """Compare the Wald tests with contrasts of R's estimates in the groups."""
    if len(values) < 2 or any(told["robust"] for told in values.values()):
        return
    known = min(atrisk.kaplan_meier(h).known_until)
    means = [told["rmst"] for told in values.values()]
    for i, tau in enumerate(means[0]["tau"]):
        if tau <= known and len({told["tau"][i] for told in means}) == 1:
            estimates = [told["estimate"][i] for told in means]
            errors = [told["std_error"][i] for told in means]
            if np.count_nonzero(errors) >= len(errors) - 1:
                found = atrisk.rmst_test(h, tau)
                check_contrast(found, estimates, errors, f"{context}: rmst_test {tau}")
    points = [told["at"] for told in values.values()]
    for i, time in enumerate(points[0]["time"]):
        estimates = [told["estimate"][i] for told in points]
        if time > known or any(point["time"][i] != time for point in points):
            continue
        if all(0 < estimate < 1 for estimate in estimates):
            scale = cases.conf_type(case)
            errors = [told["std_error"][i] for told in points]
            pairs = [oracle.on_scale(p, s, scale) for p, s in zip(estimates, errors, strict=True)]
            found = atrisk.milestone_test(h, time, transform=scale)
            check_contrast(found, *zip(*pairs, strict=True), f"{context}: milestone {time}")
            difference = np.subtract(estimates, estimates[0])[1:]
            cases.close(found.difference[1:], difference, cases.STD_ERROR, context)


def check_contrast(found: Any, estimates: Any, errors: Any, here: str) -> None:
    if min(errors) > 0:
        statistic, df, p_value = oracle.contrast(estimates, errors)
        expected = {"statistic": statistic, "df": df, "p_value": p_value}
        told = {name: getattr(found, name) for name in expected}
        same(told, expected, "statistic df p_value", cases.STD_ERROR, here)


def follow_up(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    fu = atrisk.follow_up(histories(case, frame), "plain", cases.conf_level(case))
    medians = fu.median()
    for group, told in values.items():
        here, found = f"{context}, group {group}", part(fu, group)
        same(found, told, "time estimate", cases.ESTIMATE, here)
        cases.close(found["events"], told["censored"], 0, f"{here}: censorings are the events")
        cases.close(found["censored"], told["events"], 0, f"{here}: events are the censorings")
        at_risk = np.subtract(told["at_risk"], told["events"])
        cases.close(found["at_risk"], at_risk, 0, f"{here}: at_risk")
        # where the curve is still 1 prodlim's interval is (0, 1); ours is (1, 1), as R's
        still = cases.numbers(told["estimate"]) == 1
        kept = {k: np.asarray(found[k])[~still] for k in ("std_error", "lower", "upper")}
        known = {k: cases.numbers(told[k])[~still].tolist() for k in kept}
        same(kept, known, "std_error lower upper", cases.STD_ERROR, here)
        if known_until(fu, group) >= told["time"][-1]:
            check_median_follow_up(part(medians, group), told, f"{here}: median")


def check_median_follow_up(found: Case, told: Case, here: str) -> None:
    """Compare medians where the rules agree.

    R's rule takes the middle of a flat piece at 1/2 and prodlim its end; and prodlim leaves out
    a time at which the curve, or a limit of it, falls from above 1/2 to 0.
    """
    estimate = cases.numbers(told["estimate"])
    if np.any(np.abs(estimate - 0.5) < oracle.TIE):
        return
    for key in ("estimate", "lower", "upper"):
        band = cases.numbers(told[key])
        if band[band < 0.5].tolist()[:1] != [0.0]:
            same(found, told["median"], key, 0, here)


def gray(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    h = histories(case, frame)
    incidence = atrisk.cumulative_incidence(h)
    assert incidence.variance == "aalen", context
    for group, by_cause in values["curves"].items():
        for cause, told in by_cause.items():
            here, found = f"{context}, group {group}, cause {cause}", part(incidence, group, cause)
            same(found, told, "time estimate", cases.ESTIMATE, here)
            std_error = np.sqrt(told["variance"])
            cases.close(found["std_error"], std_error, cases.STD_ERROR, f"{here}: std_error")
    if values["tests"]:
        found = atrisk.gray_test(h, rho=case.get("rho", 0)).columns()
        assert found["cause"].tolist() == [str(cause) for cause in values["tests"]["cause"]]
        same(found, values["tests"], "statistic df p_value", cases.STD_ERROR, context)


def multi_state(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    h = histories(case, frame)
    variances = ["robust"]
    if not {"weights", "subject", "entry"} & set(case):
        variances.append("delta")  # the same where all enter together and weigh the same
    for variance in variances:
        incidence = atrisk.cumulative_incidence(
            h, cases.conf_type(case), cases.conf_level(case), variance=variance
        )
        for group, told in values.items():
            for cause, curve in told["causes"].items():
                here = f"{context}, group {group}, cause {cause}, {variance}"
                found = part(incidence, group, cause)
                same(found, told, "time", cases.ESTIMATE, here)
                if "weights" not in case:  # R counts rows here, not weights
                    same(found, told, "at_risk", cases.ESTIMATE, here)
                same(found, curve, "estimate", cases.ESTIMATE, here)
                same(found, curve, "std_error lower upper", cases.STD_ERROR, here)


def logrank(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    found = atrisk.logrank_test(histories(case, frame), rho=case.get("rho", 0))
    table = found.columns() | outcome(found)
    same(table, values, "observed expected statistic df p_value", cases.ESTIMATE, context)


def logrank_by_cox(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    found = atrisk.logrank_test(histories(case, frame), trend=case.get("trend", False))
    assert found.variance == ("robust" if case["call"] == "logrank_robust" else "model"), context
    same(outcome(found), values, "statistic df p_value", cases.STD_ERROR, context)


def outcome(found: Any) -> dict[str, float]:
    return {name: getattr(found, name) for name in ("statistic", "df", "p_value")}


def pairwise_logrank(case: Case, frame: pl.DataFrame, values: Any, context: str) -> None:
    h = histories(case, frame)
    for adjust in ("holm", "bonferroni", "none"):
        found = atrisk.pairwise_logrank_test(h, rho=case.get("rho", 0), adjust=adjust).columns()
        for key in ("group_1", "group_2"):
            assert found[key].tolist() == values[key], context
        same(found, values, "statistic p_value", cases.ESTIMATE, context)
        adjusted = values["p_value"] if adjust == "none" else values["p_adjusted"][adjust]
        cases.close(found["p_adjusted"], adjusted, cases.ESTIMATE, f"{context}: {adjust}")


CHECKS = {
    "kaplan_meier": kaplan_meier,
    "follow_up": follow_up,
    "gray": gray,
    "multi_state": multi_state,
    "logrank": logrank,
    "logrank_by_cox": logrank_by_cox,
    "logrank_robust": logrank_by_cox,
    "pairwise_logrank": pairwise_logrank,
}
