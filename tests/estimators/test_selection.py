"""Backward elimination: rms's approximation at its stored values, refits by their definition."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

from atrisk.errors import AtRiskWarning, InputError
from atrisk.estimators.cox import cox
from atrisk.estimators.fine_gray import fine_gray
from atrisk.estimators.logistic import logistic
from atrisk.estimators.selection import backward
from atrisk.sources.histories import Histories

TESTS = Path(__file__).parents[1]
STORED = json.loads((TESTS / "reference/values/selection.json").read_text(encoding="utf-8"))[
    "cases"
]
FASTBW = [stored for stored in STORED if stored["case"]["call"] == "fastbw"]
CLOSE = {"rel": 1e-9, "abs": 1e-12}


def data(name: str) -> pl.DataFrame:
    return pl.read_csv(TESTS / "data" / f"{name}.csv")


def fitted(case):
    frame, text = data(case["data"]), case["formula"]
    if not text.startswith("Surv"):
        return logistic(text, frame)
    return cox(text, frame, weights=case.get("weights"), robust=False)


def short(term: str) -> str:
    """rms calls a spline by its variable."""
    return term.removeprefix("rcs(").partition(",")[0]


def case_name(stored) -> str:
    case = stored["case"]
    return " ".join(str(v) for k, v in case.items() if k not in {"call", "data"})


@pytest.mark.parametrize("stored", FASTBW, ids=case_name)
def test_the_path_is_that_of_rms(stored) -> None:
    case, values = stored["case"], stored["values"]
    options = {name: case[name] for name in ("rule", "stay", "type") if name in case}
    found = backward(fitted(case), method="fastbw", **options)
    theirs = values["path"] or {name: [] for name in ("term", *found.columns())}
    assert [short(term) for term in found.term] == theirs["term"]
    assert [short(term) for term in found.kept] == values["kept"]
    for name in set(found.columns()) - {"step", "term"}:
        assert found.columns()[name] == pytest.approx(np.array(theirs[name], float), **CLOSE), name
    assert found.estimate == pytest.approx(np.array(values["estimate"], float), **CLOSE)
    vcov = np.array(values["vcov"], float).reshape(found.vcov.shape)
    assert found.vcov == pytest.approx(vcov, rel=1e-8, abs=1e-12)
    assert found.std_error == pytest.approx(np.sqrt(np.diag(vcov)), rel=1e-8)


def test_the_stored_paths_tell_the_options_apart() -> None:
    """Each option changes at least one of the stored paths: none is tested by its name alone."""
    seen = {}
    for stored in FASTBW:
        case = stored["case"]
        key = (case["rule"], case.get("type", "individual"), case.get("stay"))
        terms = tuple((stored["values"]["path"] or {"term": []})["term"])
        seen.setdefault(case["formula"], {})[key] = terms
    paths = list(seen.values())
    assert any(p["p", "individual", 0.05] != p["p", "individual", 0.2] for p in paths)
    assert any(p["aic", "individual", None] != p["aic", "residual", None] for p in paths)
    assert any(p["aic", "individual", None] != p["p", "individual", 0.05] for p in paths)


LUNG = data("lung").drop_nulls()
FULL = (
    "Surv(time, death) ~ age + sex*karnofsky + C(ecog) + rcs(weight_loss, 3) + strata(institution)"
)


@pytest.fixture(scope="module")
def full():
    return cox(FULL, LUNG)


def formula(*terms: str) -> str:
    return f"Surv(time, death) ~ {' + '.join(terms)} + strata(institution)"


def test_refits_remove_the_largest_wald_p_value_each_time(full) -> None:
    found = backward(full, stay=0.1)
    now = ["age", "sex", "karnofsky", "C(ecog)", "rcs(weight_loss, 3)", "sex:karnofsky"]
    for place, term in enumerate(found.term):
        fit = cox(formula(*now), LUNG)
        tests = fit.term_tests().to_frame()
        free = tests.filter(
            ~pl.col("term").is_in(["sex", "karnofsky"] if "sex:karnofsky" in now else [])
        )
        worst = free.sort("p_value").row(-1, named=True)
        assert (term, found.df[place]) == (worst["term"], worst["df"])
        assert found.statistic[place] == pytest.approx(worst["statistic"], rel=1e-9)
        assert found.p_value[place] == pytest.approx(worst["p_value"], rel=1e-8)
        assert found.p_value[place] > 0.1
        now.remove("C(ecog)" if term == "ecog" else term)
        smaller = cox(formula(*now), LUNG)
        fall = 2 * (full.loglik - smaller.loglik)
        assert found.residual[place] == pytest.approx(fall, rel=1e-8)
        assert found.residual_df[place] == full.estimate.size - smaller.estimate.size
        assert found.residual_p_value[place] == pytest.approx(
            chi2.sf(fall, found.residual_df[place]), rel=1e-8
        )
        assert found.aic[place] == pytest.approx(fall - 2 * found.residual_df[place], rel=1e-8)
    assert found.kept == ("sex", "ecog")
    assert found.fit.formula == formula("sex", "C(ecog)").replace("  ", " ")
    assert found.fit.estimate == pytest.approx(smaller.estimate, rel=1e-12)
    assert found.estimate == pytest.approx(smaller.estimate, rel=1e-12)
    assert found.std_error == pytest.approx(smaller.std_error, rel=1e-12)
    assert found.fit.predict_survival({"sex": ["male"], "ecog": [1], "institution": [3]}, [100])


def test_refits_lower_akaikes_criterion_as_far_as_it_goes(full) -> None:
    """Every model one term away from the one kept has a higher criterion."""
    found = backward(full, rule="aic")
    aic = 2 * found.fit.estimate.size - 2 * found.fit.loglik
    full_aic = 2 * full.estimate.size - 2 * full.loglik
    assert found.aic[-1] == pytest.approx(aic - full_aic, rel=1e-8)
    before = np.concatenate(([0.0], found.aic[:-1]))
    assert np.all(found.aic < before)
    assert found.statistic - 2 * found.df == pytest.approx(found.aic - before, rel=1e-7)
    for term in found.kept:
        rest = ["C(ecog)" if t == "ecog" else t for t in found.kept if t != term]
        assert cox(formula(*rest), LUNG).loglik * -2 + 2 * len(rest) > aic


def test_elimination_by_all_terms_removed_goes_further(full) -> None:
    alone = backward(full, rule="aic")
    together = backward(full, rule="aic", type="residual")
    assert set(alone.removed) <= set(together.removed)
    assert together.aic[-1] < 0
    strict = backward(full, stay=0.45, type="residual")
    assert np.all(strict.residual_p_value > 0.45)
    assert len(strict.removed) < len(backward(full, stay=0.45).removed) + 2


def test_a_main_effect_stays_with_its_interaction() -> None:
    fit = cox("Surv(time, death) ~ sex * age + weight_loss", LUNG)
    for method in ("refit", "fastbw"):
        found = backward(fit, stay=1e-9, method=method)
        order = list(found.removed)
        assert order.index("sex:age") < min(order.index("sex"), order.index("age"))
        assert backward(fit, stay=1e-9, method=method, keep=["sex:age"]).removed == ("weight_loss",)


@pytest.mark.parametrize("method", ["refit", "fastbw"])
def test_terms_to_keep_are_kept(full, method) -> None:
    found = backward(full, method=method, stay=1e-9, keep=["age", "ecog"])
    assert found.kept == ("age", "ecog")


@pytest.mark.parametrize("method", ["refit", "fastbw"])
def test_nothing_is_left_where_nothing_matters(method) -> None:
    full = cox("Surv(time, death) ~ weight_loss", LUNG)
    found = backward(full, method=method)
    assert (found.kept, found.fit, found.estimate.size) == ((), None, 0)
    assert found.notes == ("no term stays: there is no model to fit, and fit is None",)
    assert found.notes[0] in repr(found)
    # of refits the likelihood ratio, of the approximation Wald's statistic
    ratio = full.overall_tests().statistic[0]
    wanted = ratio if method == "refit" else found.statistic[0]
    assert found.residual[0] == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("method", ["refit", "fastbw"])
def test_nothing_is_removed_where_all_matters(method) -> None:
    fit = cox("Surv(time, death) ~ sex", LUNG)
    found = backward(fit, method=method)
    assert found.fit is fit
    assert found.notes == ()
    assert found.to_frame().shape == (0, 9)
    assert np.array_equal(found.estimate, fit.estimate)


def test_the_options_of_the_fit_stay() -> None:
    specials = "cluster(institution) + offset(I(karnofsky / 50))"
    text = f"Surv(time, death) ~ age + sex + weight_loss + {specials}"
    fit = cox(text, LUNG, ties="breslow", conf_level=0.9)
    kept = backward(fit).fit
    assert (kept.ties, kept.conf_level, kept.variance) == ("breslow", 0.9, "robust")
    right = f"age + sex + {specials}"
    again = cox(f"Surv(time, death) ~ {right}", LUNG, ties="breslow", conf_level=0.9)
    assert kept.estimate == pytest.approx(again.estimate, rel=1e-12)
    assert kept.std_error == pytest.approx(again.std_error, rel=1e-12)
    assert np.isnan(backward(fit).residual).all()


@pytest.mark.parametrize("robust", [True, False])
def test_the_variance_stays(robust) -> None:
    fit = cox("Surv(time, death) ~ age + sex + weight_loss", LUNG, robust=robust)
    kept = backward(fit, keep=["sex"], stay=1e-6).fit
    alone = cox("Surv(time, death) ~ sex", LUNG, robust=robust)
    assert (kept.variance, kept.std_error) == (alone.variance, pytest.approx(alone.std_error))


def test_a_ridge_penalty_stays_with_its_term() -> None:
    fit = cox("Surv(time, death) ~ age + sex + weight_loss", LUNG, ridge={"sex": 5.0})
    kept = backward(fit, keep=["sex"], stay=1e-6).fit
    alone = cox("Surv(time, death) ~ sex", LUNG, ridge=5.0)
    assert kept.estimate == pytest.approx(alone.estimate, rel=1e-10)


def test_a_cause_stays_the_cause() -> None:
    trial = data("trial")
    options = {"causes": {"one": 1, "two": 2}, "cause": "two"}
    fit = cox("Surv(entry, exit, cause) ~ x + dose + stage", trial, **options)
    found = backward(fit, keep=["x"], stay=1e-9)
    alone = cox("Surv(entry, exit, cause) ~ x", trial, **options)
    assert found.fit.events == alone.events
    assert found.fit.estimate == pytest.approx(alone.estimate, rel=1e-12)


@pytest.mark.parametrize("method", ["refit", "fastbw"])
def test_a_model_of_subdistribution_hazards_is_refitted(method) -> None:
    options = {"causes": {"one": 1, "two": 2}, "cause": "one", "censoring_strata": "site"}
    trial = data("trial")
    fit = fine_gray("Surv(exit, cause) ~ x + dose + stage", trial, conf_level=0.9, **options)
    found = backward(fit, keep=["x"], stay=1e-9, method=method)
    alone = fine_gray("Surv(exit, cause) ~ x", trial, conf_level=0.9, **options)
    assert found.fit.formula == alone.formula
    for name in ("estimate", "std_error", "lower"):
        assert getattr(found.fit, name) == pytest.approx(getattr(alone, name), rel=1e-10)
    assert np.isnan(found.residual).all() == (method == "refit")
    with pytest.raises(InputError, match="pseudo-likelihoods, are not comparable"):
        backward(fit, rule="aic")


def test_arrays_have_no_formula() -> None:
    trial = data("trial")
    h = Histories.from_frame(
        trial, exit="exit", event="event", entry="entry", unit="days", origin="entry"
    )
    fit = cox(h, trial.select("x", "dose", "stage"))
    found = backward(fit, stay=1e-9, keep=["stage"])
    assert found.fit.formula == ""
    assert [term.name for term in found.fit.terms] == ["stage"]


def test_a_logistic_fit_is_refitted_with_its_options() -> None:
    trial = data("trial")
    fit = logistic("response ~ x + dose + stage + arm", trial, conf_level=0.8, conf_type="profile")
    found = backward(fit, stay=1e-6, keep=["stage"])
    alone = logistic("response ~ stage", trial, conf_level=0.8, conf_type="profile")
    assert found.fit.formula == alone.formula
    for name in ("estimate", "std_error", "lower", "upper"):
        assert getattr(found.fit, name) == pytest.approx(getattr(alone, name), rel=1e-9)
    assert found.residual[-1] == pytest.approx(2 * (fit.loglik - alone.loglik), rel=1e-9)


def test_grouped_rows_are_refitted_with_their_weights() -> None:
    trial = data("trial")
    fit = logistic("response ~ x + stage + dose", trial, weights="copies")
    found = backward(fit, stay=1e-9, keep=["x"])
    alone = logistic("response ~ x", trial, weights="copies")
    assert found.fit.estimate == pytest.approx(alone.estimate, rel=1e-10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "bic"}, "rule='bic': choose one of 'p', 'aic'"),
        ({"method": "slow"}, "method='slow': choose one of 'refit', 'fastbw'"),
        ({"type": "both"}, "type='both': choose one of 'individual', 'residual'"),
        ({"stay": 0}, "stay=0: give a P value between 0 and 1"),
        ({"stay": 1.0}, "stay=1.0: give a P value between 0 and 1"),
        ({"stay": "a"}, "stay='a': give a P value"),
        ({"keep": ["agee"]}, r"keep=\['agee'\]: .* Terms are: age, .* Did you mean 'age'"),
        ({"keep": "age"}, r"keep='age': .* write keep=\['age'\]"),
        ({"keep": "agee"}, r"write keep=\['agee'\].* Did you mean 'age'"),
    ],
)
def test_wrong_options_are_refused(full, options, message) -> None:
    with pytest.raises(InputError, match=message):
        backward(full, **options)


def test_what_has_no_terms_is_refused() -> None:
    with pytest.raises(
        InputError, match="a fit of cox, fine_gray or logistic is expected, not str"
    ):
        backward("Surv(t, d) ~ x")


def test_likelihoods_that_are_none_are_not_compared() -> None:
    robust = cox("Surv(time, death) ~ age + sex", LUNG, robust=True)
    ridge = cox("Surv(time, death) ~ age + sex", LUNG, ridge=1.0)
    firth = cox("Surv(time, death) ~ age + sex", LUNG, firth=True)
    for fit in (robust, ridge, firth):
        with pytest.raises(InputError, match="this compares likelihoods"):
            backward(fit, rule="aic")
        with pytest.raises(InputError, match="this compares likelihoods"):
            backward(fit, type="residual")
        assert backward(fit, rule="aic", method="fastbw").kept
        assert backward(fit, stay=0.2).kept == ("age", "sex")


def test_an_infinite_estimate_is_refused() -> None:
    df = pl.DataFrame(
        {
            "t": np.arange(1, 13),
            "d": np.ones(12, int),
            "x": np.repeat([1.0, 0.0], 6),
            "z": np.resize([1.0, 5.0, 2.0], 12),
        }
    )
    with pytest.warns(AtRiskWarning, match="x separates"):
        fit = cox("Surv(t, d) ~ x + z", df)
    for method in ("refit", "fastbw"):
        with pytest.raises(InputError, match="term 'x' has an infinite estimate"):
            backward(fit, method=method)
    with pytest.warns(AtRiskWarning, match="x separates"):
        assert backward(fit, method="fastbw", keep=["x"]).removed == ("z",)
