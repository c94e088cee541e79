"""What the options of a model are called in print."""

from __future__ import annotations

__all__ = [
    "CAUSE_MODELS",
    "ESTIMANDS",
    "INTERVALS",
    "MODELS",
    "OUTCOME_MODEL",
    "SELECTION_METHODS",
    "TIES",
    "TRANSFORMS",
    "VARIANCES",
    "WEIGHTS",
]

MODELS = {
    "cox": "Cox proportional hazards model",
    "logistic": "logistic regression",
    "fine_gray": "Fine\N{EN DASH}Gray model of the subdistribution hazard",
    "time_dependent": "Andersen\N{EN DASH}Gill model: Cox regression on (start, stop] rows",
    "weighted": "Cox proportional hazards model, weighted",
}
CAUSE_MODELS = {
    "cox": (
        "Cox proportional hazards model of the cause-specific hazard of {cause}; other events are"
        " censored"
    ),
    "fine_gray": (
        "Fine\N{EN DASH}Gray model of the subdistribution hazard of {cause}; censoring weighted by"
        " its Kaplan\N{EN DASH}Meier estimate"
    ),
}
"""The models of one of several causes."""
OUTCOME_MODEL = "logistic regression of {outcome}"
TIES = {
    "efron": "Efron\N{RIGHT SINGLE QUOTATION MARK}s method",
    "breslow": "Breslow\N{RIGHT SINGLE QUOTATION MARK}s method",
}
VARIANCES = {
    "model": "from the information matrix of the model",
    "robust": "robust (sandwich)",
    "sandwich": "sandwich, with the part of the estimated censoring weights (Fine and Gray 1999)",
}
INTERVALS = {
    "wald": "Wald (estimate and standard error on the log scale)",
    "profile": "profile likelihood",
}
TRANSFORMS = {
    "km": "the Kaplan\N{EN DASH}Meier transform of time",
    "rank": "the rank of time",
    "identity": "time itself",
    "log": "the logarithm of time",
}
SELECTION_METHODS = {
    "refit": "the model was fitted anew after each removal",
    "fastbw": (
        "the fits without a variable were approximated from the full model "
        "(Lawless and Singhal 1978)"
    ),
}
ESTIMANDS = {
    "ate": "the average treatment effect in all patients (ATE)",
    "att": "the average treatment effect in the treated (ATT)",
    "overlap": "the average treatment effect in the overlap population (ATO)",
}
WEIGHTS = {
    "overlap": "overlap weights: one minus the probability of the treatment received, for {target}",
    "stabilised": "stabilised inverse probability of the treatment received, for {target}",
    "inverse": "inverse probability of the treatment received, for {target}",
}
