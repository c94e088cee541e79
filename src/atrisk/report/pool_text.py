"""The words of a pool: methods by name, rules in words, and the sentences of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atrisk.report import format as form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node

__all__ = [
    "estimate_text",
    "interval_text",
    "method_lines",
    "own_sentences",
    "pooled_sentences",
    "regression_sentences",
    "share",
    "subgroup_sentences",
    "value_text",
]

_NONE = "not defined"
_METHODS = {
    "glmm": "random-intercept logistic regression of the counts by maximum likelihood, adaptive"
    " Gauss-Hermite quadrature with {nodes} nodes; no correction of empty cells",
    "logit": "inverse-variance model of log odds; 0.5 added to both cells of a study with an empty"
    " one",
    "arcsine": "inverse-variance model of arcsines of square roots",
    "double_arcsine": "inverse-variance model of the double arcsine (Freeman and Tukey 1950), back"
    " at the harmonic mean of the sizes (Miller 1978)",
}
_OTHER = {
    "ratio": "inverse-variance model of the logarithms",
    "survival": "inverse-variance model on the {scale} scale",
}
_SCALES = {
    "logit": "log odds",
    "cloglog": "log-log",
    "log": "logarithm",
    "identity": "plain",
    "arcsine": "arcsine",
    "double_arcsine": "double arcsine",
}
_TAU2 = {
    "reml": "restricted maximum likelihood",
    "dl": "DerSimonian and Laird",
    "pm": "Paule and Mandel",
    "ml": "maximum likelihood",
    "fixed": "none: a value common to all studies",
}
_CI = {
    "profile": "profile likelihood",
    "knapp-hartung": "Hartung, Knapp, Sidik and Jonkman, t",
    "knapp-hartung-adhoc": "Hartung, Knapp, Sidik and Jonkman, t, with a factor of at least 1",
    "z": "Wald, normal",
    "t": "Wald, t",
}
_RULES = {
    "t, k-2": "t with k \N{MINUS SIGN} 2 degrees of freedom (Higgins, Thompson and Spiegelhalter"
    " 2009)",
    "t, k-1": "t with k \N{MINUS SIGN} 1 degrees of freedom",
    "normal": "normal, the variance between studies taken as known",
}
_SUP2 = "\N{SUPERSCRIPT TWO}"


def share(value: float) -> str:
    """Write a proportion in percent; more decimals where it is small."""
    return form.proportion(value)


def value_text(document: Node, value: float | None) -> str:
    """Write a value of the measure, without its sign; an empty text where there is none."""
    if value is None:
        return ""
    return form.ratio(value) if document["measure"] == "ratio" else share(value)


def _sign(document: Node) -> str:
    return "" if document["measure"] == "ratio" else "%"


def estimate_text(document: Node, row: Node) -> str:
    """Write ``22.8 (14.1-33.6)`` of a row that has an estimate and limits."""
    shown = [value_text(document, row[name]) for name in ("estimate", "lower", "upper")]
    return f"{shown[0]} ({shown[1]}{form.EN_DASH}{shown[2]})" if shown[1] else shown[0]


def interval_text(document: Node) -> str:
    """Name the interval: 95% CI."""
    return f"{form.general(round(100 * document['conf_level'], 6))}% CI"


def _level(document: Node) -> str:
    return f"{form.general(round(100 * document['conf_level'], 6))}%"


def _said(document: Node, row: Node) -> str:
    """Write an estimate with its interval in a sentence."""
    sign = _sign(document)
    value = f"{value_text(document, row['estimate'])}{sign}"
    if row["lower"] is None:
        return value
    ends = [f"{value_text(document, row[name])}{sign}" for name in ("lower", "upper")]
    return f"{value} ({interval_text(document)}, {ends[0]} to {ends[1]})"


def _studies(count: int) -> str:
    return f"{form.count(count)} {form.tally(count, 'study', 'studies')}"


def pooled_sentences(document: Node) -> Iterator[str]:
    """Say what the pool found: the value, how much studies differ, what a further one may show."""
    pooled = document["pooled"]
    arms = f", {form.count(pooled['rows'])} arms" if pooled["several_arms"] else ""
    counts = ""
    if pooled["events"] is not None:
        counts = f", {form.count(pooled['events'])} of {form.count(pooled['total'])} patients"
    at = ", at the means of the moderators" if document["regression"] else ""
    yield (
        f"{document['outcome']}: {_said(document, pooled)} in {_studies(pooled['studies'])}"
        f"{arms}{counts}{at}."
    )
    yield _heterogeneity(document)
    yield _prediction(document)
    if document["own"]:
        yield from own_sentences(document)


def _heterogeneity(document: Node) -> str:
    pooled = document["pooled"]
    if pooled["tau2_method"] == "fixed":
        tau2 = "No variance between studies was allowed for"
    else:
        known = "" if pooled["tau2_lower"] is None else f" ({_ends(document, 'tau2')})"
        arms = " between studies and arms" if pooled["several_arms"] else " between studies"
        tau2 = f"The variance{arms} is \N{GREEK SMALL LETTER TAU}{_SUP2} = "
        tau2 += f"{_digits(pooled['tau2'])}{known}"
    i2 = ""
    if pooled["i2"] is not None:
        limits = ""
        if pooled["i2_lower"] is not None and pooled["i2_upper"] is not None:
            low, high = (form.percent(pooled[f"i2_{end}"]) for end in ("lower", "upper"))
            limits = f" ({interval_text(document)}, {low}% to {high}%)"
        i2 = f", I{_SUP2} = {form.percent(pooled['i2'])}%{limits}"
    return f"{tau2}{i2}{_test(pooled)}."


def _test(pooled: Node) -> str:
    for name, noun in (("lrt", "likelihood ratio test"), ("q", "Q")):
        if pooled[name] is not None and pooled[f"{name}_p_value"] is not None:
            p = form.p_equation(form.p_value(pooled[f"{name}_p_value"]))
            df = form.count(pooled["q_df"])
            return f"; {noun} {form.fixed(pooled[name], 2)} on {df} df, {p}"
    return ""


def _ends(document: Node, name: str) -> str:
    pooled = document["pooled"]
    low, high = pooled[f"{name}_lower"], pooled[f"{name}_upper"]
    upper = "no upper limit" if high is None else _digits(high)
    return f"{interval_text(document)}, {_digits(low)} to {upper}"


def _digits(value: float) -> str:
    return form.fixed(value, max(form.places_for_digits(value, 3), 2) if value else 0)


def _prediction(document: Node) -> str:
    pooled = document["pooled"]
    if pooled["prediction_lower"] is None:
        return "There is no prediction interval: too few studies for its rule."
    sign = _sign(document)
    low, high = (
        f"{value_text(document, pooled[f'prediction_{end}'])}{sign}" for end in ("lower", "upper")
    )
    return (
        f"The true value of a further study lies between {low} and {high} ({_level(document)}"
        f" prediction interval; {_rule(pooled)})."
    )


def _rule(pooled: Node) -> str:
    """Say the rule of the prediction interval, without its source, and its degrees of freedom."""
    return f"{_RULES[pooled['prediction_rule']].split(' (')[0]}{_df(pooled)}"


def _df(pooled: Node) -> str:
    if pooled["prediction_df"] is None:
        return ""
    less = ", less one for each moderator" if pooled["moderators"] else ""
    return f"{less}, here {form.count(pooled['prediction_df'])}"


def own_sentences(document: Node) -> Iterator[str]:
    """Say where the reader's own cohort lies."""
    own = document["own"]
    counts = f"{form.count(own['events'])} of {form.count(own['total'])}"
    yield f"{own['label']}: {counts}, {_said(document, own)}."
    if own["why_not"]:
        yield f"No count is predicted for it: {own['why_not'].rstrip('.')}."
        return
    low, high = (form.count(own[f"{end}_events"]) for end in ("lower", "upper"))
    shares = f"{share(own['low'])}% to {share(own['high'])}%"
    where = "within" if own["inside"] else "outside"
    tail, words = (
        (own["below"], "as few or fewer")
        if own["below"] <= own["above"]
        else (own["above"], "as many or more")
    )
    means = _at_moderators(document)
    yield (
        f"In a further cohort of {form.count(own['total'])} patients{means}, {low} to {high} events"
        f" ({shares}) are expected at {_level(document)}; the cohort lies {where}. The chance of"
        f" {words} is {form.p_value(tail)}."
    )


def _at_moderators(document: Node) -> str:
    own = document["own"]
    if own["at_means"]:
        return " (at the means of the moderators)"
    at = [
        f"{name.replace('_', ' ')} {form.general(value)}"
        for name, value in own["moderators"].items()
    ]
    return f" (at {', '.join(at)})" if at else ""


def subgroup_sentences(document: Node) -> Iterator[str]:
    """Say whether the groups differ."""
    found = document["subgroups"]
    if found is None or found["p_value"] is None:
        return
    p = form.p_equation(form.p_value(found["p_value"]))
    name, df = ("F", f"{found['df']} and {form.general(found['df2'])}") if found["df2"] else (
        "chi-squared", f"{found['df']}"
    )  # fmt: skip
    yield f"{found['test']}: {name} {form.fixed(found['statistic'], 2)} on {df} df, {p}."


def regression_sentences(document: Node) -> Iterator[str]:
    """Say what the moderators have to do with the value."""
    found = document["regression"]
    if found is None:
        return
    labels = {m["name"]: m["label"] for m in found["moderators"]}
    for row in found["coefficients"][1:]:
        p = form.p_equation(form.p_value(row["p_value"]))
        if found["ratio"]:
            ratio, low, high = (form.ratio(value) for value in row["ratio"])
            said = f"{found['ratio']} {ratio} a unit ({interval_text(document)}, {low} to {high}"
        else:
            said = f"slope {_signed(row['estimate'])} ({interval_text(document)}, "
            said += f"{_signed(row['lower'])} to {_signed(row['upper'])}"
        yield f"{labels[row['term']]}: {said}; {p})."
    if found["r2"] is not None:
        explained = form.percent(found["r2"])
        yield f"The moderators explain {explained}% of the variance between studies."


def _signed(value: float) -> str:
    return form.fixed(value, max(form.places_for_digits(value, 3), 2))


def method_lines(document: Node) -> Iterator[tuple[str, str]]:
    """Name how it was done, a line a choice."""
    pooled = document["pooled"]
    if document["measure"] == "proportion":
        words = _METHODS[pooled["method"]].format(nodes=pooled["quadrature"])
    else:
        words = _OTHER[document["measure"]].format(scale=_SCALES[pooled["scale"]])
    if pooled["several_arms"]:
        words += "; arms within studies (multilevel model)"
    yield "Method", words
    yield "Variance between studies", _TAU2[pooled["tau2_method"]]
    if pooled["tau2_lower"] is not None:
        yield f"Limits of \N{GREEK SMALL LETTER TAU}{_SUP2} and I{_SUP2}", pooled["tau2_interval"]
    yield "Interval of the pooled value", _CI.get(pooled["ci"], pooled["ci"])
    rule = f"{_RULES[pooled['prediction_rule']]}{_df(pooled)}"
    tau2 = f"\N{GREEK SMALL LETTER TAU}{_SUP2}"
    yield "Prediction interval", f"{rule}; variance: {tau2} and that of the pooled value"
    if document["measure"] == "proportion":
        yield "Intervals of studies", "exact (Clopper\N{EN DASH}Pearson)"
        yield (
            "Further cohort",
            (
                "the true value drawn from the predictive distribution, the count from the binomial"
                " distribution at it"
            ),
        )
    elif document["limits"]:
        level = form.general(100 * document["limits"]["level"])
        scale = _SCALES[document["limits"]["scale"]]
        even = "" if document["limits"]["symmetry"] else ", taken as they are where not symmetric"
        yield "Standard errors", f"from the printed {level}% limits, {scale} scale{even}"
    yield "Pooled value", "the median over studies, not the mean, of the true values"
