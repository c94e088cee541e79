"""The examples give what R prints: models, exposures and landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atrisk.study import run_study
from study_kit import BMT, number, plan

if TYPE_CHECKING:
    from pathlib import Path

HEART = BMT.parent / "heart"


@pytest.fixture(scope="module")
def heart() -> dict[str, Any]:
    return run_study(plan(HEART / "study.toml"))


# R 4.2.2, survival 3.5-3, b <- read.csv("bmt.csv"):
# f <- coxph(Surv(t2, d3) ~ factor(group) + I(z1/10) + I(z2/10) + z8 + z3 + z5 + I(z7/100) +
#            strata(z9), b); summary(f); cox.zph(f)
# coxph(Surv(t2, d3) ~ factor(group) + strata(z9), b); the same with I(z7/100) alone
# coxph(Surv(t2, d3) ~ factor(group) + z8 + strata(z9), b)
DFS = {
    "multivariable.group_aml_low_risk.estimate": -0.9584312996354534,
    "multivariable.group_aml_low_risk.std_error": 0.3684927328064342,
    "multivariable.group_aml_high_risk.estimate": -0.1764894404273696,
    "multivariable.age.estimate": 0.2671154086727035,
    "multivariable.age.std_error": 0.2061728386104428,
    "multivariable.donor_age.estimate": -0.0437098460159808,
    "multivariable.fab_aml_m4_or_m5.estimate": 1.0020039022102274,
    "multivariable.fab_aml_m4_or_m5.std_error": 0.2848038833004656,
    "multivariable.sex_male.estimate": -0.2044627983118116,
    "multivariable.cmv_positive.std_error": 0.2522710990164600,
    "multivariable.waiting_time.estimate": -0.0405302876430524,
    "multivariable.loglik": -266.410634150519,
    "multivariable.overall.likelihood_ratio.statistic": 26.6253728487682,
    "multivariable.overall.score.p_value": 5.06904928281652e-04,
    "multivariable.concordance": 0.714529914529915,
    "multivariable.concordance_se": 0.0330735523622133,
    "ph.group.statistic": 1.90880189159340174,
    "ph.age.p_value": 0.917163548712114,
    "ph.donor_age.statistic": 2.59573594738108815,
    "ph.global.statistic": 12.70499806796953202,
    "ph.global.p_value": 0.122410852779614,
    "univariable.group_aml_low_risk.estimate": -0.294288548188488,
    "univariable.group_aml_high_risk.std_error": 0.271744937098044,
    "univariable.waiting_time.estimate": -0.0294101027997064,
    "univariable.waiting_time.std_error": 0.0341807449747361,
    "selected.group_aml_low_risk.lower": 0.265967955173940,
    "selected.fab_aml_m4_or_m5.estimate": 0.8609618650677388,
    "selected.fab_aml_m4_or_m5.upper": 4.046079586444010,
}


@pytest.mark.parametrize(("key", "expected"), DFS.items(), ids=DFS)
def test_the_cox_model_of_disease_free_survival(
    bmt: dict[str, Any], key: str, expected: float
) -> None:
    assert number(bmt, f"dfs_cox.{key}") == pytest.approx(expected, rel=1e-8)


# cmprsk 2.2-11: ev <- ifelse(d2 == 1, 1, ifelse(d3 == 1, 2, 0))
# crr(t2, ev, model.matrix(~ factor(group) + I(z1/10) + z8)[, -1], failcode = 1)
RELAPSE = {
    "group_aml_low_risk": (-1.476255988940160, 0.537646573712248),
    "group_aml_high_risk": (-0.430731835954661, 0.531908597937006),
    "age": (0.140175810675030, 0.189347984373377),
    "fab_aml_m4_or_m5": (1.286262472909404, 0.428145715471409),
}


@pytest.mark.parametrize(("row", "expected"), RELAPSE.items(), ids=RELAPSE)
def test_the_fine_gray_model_of_relapse(
    bmt: dict[str, Any], row: str, expected: tuple[float, float]
) -> None:
    key = f"relapse_fine_gray.multivariable.{row}"
    # crr stops when its likelihood changes by less than 1e-6
    assert number(bmt, f"{key}.estimate") == pytest.approx(expected[0], rel=1e-6)
    assert number(bmt, f"{key}.std_error") == pytest.approx(expected[1], rel=1e-6)


# td <- tmerge(b[, c("id", "group", "z8")], b, id = id, dfs = event(t2, d3), acute = tdc(ta),
#   chronic = tdc(tc), platelets = tdc(tp)), times NA where the indicator is 0 or tc > t2
# coxph(Surv(tstart, tstop, dfs) ~ acute + chronic + platelets + factor(group) + z8, td)
# coxph(Surv(tstart, tstop, dfs) ~ acute, td, control = coxph.control(1e-14)); the same with
# chronic and platelets; their score tests with ties = "exact"
# summary(survfit(Surv(tstart, tstop, dfs) ~ chronic, td), times = 365.25)
# l <- b[b$t2 > 6 * 30.4375, ]; survdiff(Surv(t2, d3) ~ (dc == 1 & tc <= 6 * 30.4375), l)
EXPOSURES = {
    "gvhd.multivariable.acute_after.estimate": 0.20832636827172785,
    "gvhd.multivariable.chronic_after.std_error": 0.289655366567251,
    "gvhd.multivariable.platelets_after.estimate": -0.95407349228830673,
    "gvhd.multivariable.platelets_after.std_error": 0.336617720172687,
    "gvhd.multivariable.group_aml_low_risk.estimate": -0.81615736710861109,
    "gvhd.multivariable.fab_aml_m4_or_m5.std_error": 0.274149715910111,
    "gvhd.univariable.acute_after.estimate": 0.229387913777376,
    "gvhd.univariable.chronic_after.estimate": 0.0209053916875269,
    "gvhd.univariable.chronic_after.std_error": 0.2776145313219140,
    "gvhd.univariable.platelets_after.estimate": -1.27576214981885,
    "gvhd.acute.mantel_byar.statistic": 0.669176483845728,
    "gvhd.chronic.mantel_byar.statistic": 0.00613585629019897,
    "gvhd.platelets.mantel_byar.statistic": 16.6828996231187,
    "gvhd.acute.after.t1y.estimate": 0.492424242424242,
    "gvhd.acute.after.t1y.std_error": 0.0982406292446378,
    "gvhd.chronic.before.t1y.lower": 0.506982681262371,
    "gvhd.platelets.after.t1y.estimate": 0.644843181834215,
    "gvhd.platelets.after.t1y.at_risk": 77,
    "gvhd.platelets.before.t1y.upper": 0.589371703202133,
    "gvhd.chronic.ignored": 2,
    "chronic_landmark.t6m.no_chronic_gvhd.n": 57,
    "chronic_landmark.t6m.chronic_gvhd.n": 39,
    "chronic_landmark.t6m.logrank.statistic": 4.78637697918798,
    "chronic_landmark.t6m.no_chronic_gvhd.t2y.estimate": 0.678787878787879,
    "chronic_landmark.t6m.chronic_gvhd.t5y.estimate": 0.427179487179487,
    "chronic_landmark.t6m.chronic_gvhd.t2y.std_error": 0.0804134174498427,
    "chronic_landmark.t6m.chronic_gvhd.t2y.at_risk": 18,
}


@pytest.mark.parametrize(("key", "expected"), EXPOSURES.items(), ids=EXPOSURES)
def test_exposures_after_transplant(bmt: dict[str, Any], key: str, expected: float) -> None:
    assert number(bmt, key) == pytest.approx(expected, rel=1e-8)


# h <- read.csv("heart.csv"); an exit at 0 put at 0.5; the transplant on the day of death (row 38,
# day 4) put at 3.5, halfway to the time before; rows (start, stop] cut at the transplant:
# coxph(Surv(start, stop, event) ~ tx, rows); with + I(age/10) + surgery; score with ties = "exact"
# summary(survfit(Surv(start, stop, event) ~ tx, rows), times = 365.25)
# l <- h[h$days > 30, ]; survdiff(Surv(days, died) ~ (wait <= 30), l), missing wait FALSE; 60, 90
HEART_VALUES = {
    "transplant.univariable.heart_after.estimate": 0.125151038103057,
    "transplant.univariable.heart_after.std_error": 0.300786165329147,
    "transplant.heart.mantel_byar.statistic": 0.169989625245385,
    "transplant.multivariable.heart_after.estimate": 0.0140513891830489,
    "transplant.multivariable.heart_after.std_error": 0.308221995442358,
    "transplant.multivariable.age.estimate": 0.3055406489415596,
    "transplant.multivariable.surgery_yes.estimate": -0.7732641961841961,
    "transplant.heart.before.t1y.estimate": 0.236294002280676,
    "transplant.heart.after.t1y.estimate": 0.321095219194386,
    "transplant.heart.after.t1y.std_error": 0.065258380366970,
    "transplant.heart.after.t1y.upper": 0.478221787386980,
    "transplant.heart.after.t1y.at_risk": 26,
    "landmark.t30d.no_heart_transplant.n": 43,
    "landmark.t30d.heart_transplant.n": 35,
    "landmark.t30d.logrank.statistic": 0.0979961969792249,
    "landmark.t60d.logrank.statistic": 0.538846579652128,
    "landmark.t90d.logrank.statistic": 1.43162139528406,
    "landmark.t30d.heart_transplant.t1y.estimate": 0.4725,
    "landmark.t90d.no_heart_transplant.t1y.estimate": 0.404040404040404,
}


@pytest.mark.parametrize(("key", "expected"), HEART_VALUES.items(), ids=HEART_VALUES)
def test_the_heart_transplants(heart: dict[str, Any], key: str, expected: float) -> None:
    assert number(heart, key) == pytest.approx(expected, rel=1e-8)


def test_the_examples_warn_of_nothing(bmt: dict[str, Any], heart: dict[str, Any]) -> None:
    assert bmt["warnings"] == []
    assert heart["warnings"] == []


def test_what_must_not_be_done_is_warned_of(tmp_path: Path) -> None:
    """The analysis that the heart example shows behind # compares immortal time."""
    toml = (HEART / "study.toml").read_text(encoding="utf-8")
    before, _, after = toml.partition("# [[analyses]]\n")
    hidden, _, rest = after.partition("\n\n")
    shown = "\n".join(line.removeprefix("# ") for line in hidden.splitlines())
    study = tmp_path / "study.toml"
    study.write_text(f"{before}[[analyses]]\n{shown}\n\n{rest}", encoding="utf-8")
    (tmp_path / "heart.csv").write_bytes((HEART / "heart.csv").read_bytes())
    document = run_study(plan(study))
    (warning,) = document["warnings"]
    assert warning["analysis"] == "wrong"
    assert warning["message"].startswith(
        "Heart transplant (Yes) is known only after acceptance: for 67 of 103 patients"
    )


def test_the_data_of_the_heart_example_are_those_of_the_tests() -> None:
    tests = BMT.parents[1] / "tests" / "data" / "heart.csv"
    assert (HEART / "heart.csv").read_bytes() == tests.read_bytes()
