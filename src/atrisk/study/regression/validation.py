"""How well a model predicts: its optimism by the bootstrap, and its calibration at one time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.estimators.calibration import calibration as calibrate
from atrisk.estimators.validation import validate
from atrisk.study.attempt import attempt
from atrisk.study.regression.fitting import coefficient_names, plain_words
from atrisk.study.values import Entries, merged, plain, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from atrisk.study.model_analyses import Calibration, Selection, Validation
    from atrisk.study.regression.fitting import FittedModel
    from atrisk.study.units import Milestone

__all__ = ["calibration", "validation"]

_INDEXES = {
    "C": ("c", "Concordance (C)"),
    "Dxy": ("dxy", "Somers' Dxy"),
    "R2": ("r2", "R2 (Nagelkerke)"),
    "slope": ("slope", "Calibration slope"),
    "intercept": ("intercept", "Calibration intercept"),
    "Brier": ("brier", "Brier score"),
}
#: What a group of a calibration holds -> how it was found.
_POINT = {
    "predicted": "mean of the predictions",
    "observed": "Kaplan-Meier",
    "lower": "Kaplan-Meier, log interval",
    "upper": "Kaplan-Meier, log interval",
    "corrected": "Kaplan-Meier, less the optimism of the bootstrap",
}


def validation(
    model: FittedModel, asked: Validation, selection: Selection | None
) -> tuple[dict[str, Any], Entries]:
    """Correct the indexes of a model for optimism; selection is repeated in each sample."""
    options = _selection(model, selection)
    found, reason = _told(model, lambda: validate(model.fit, asked.repeats, asked.seed, options))
    node: dict[str, Any] = {
        "rows": [],
        "repeats": asked.repeats,
        "seed": asked.seed,
        "model": "multivariable" if options is None else "selected",
        "selection": None if options is None else "fastbw",
        "selected": options is not None,
        "method": None if found is None else found.method,
        "failed_samples": None if found is None else found.failed,
        "failed": None if found is not None else reason,
    }
    if found is None:
        return node, {}
    entries: Entries = {}
    for place, name in enumerate(map(str, found.index)):
        key, label = _INDEXES.get(name, (name.lower(), name))
        node["rows"].append({"id": key, "label": label})
        for part in ("apparent", "optimism", "corrected"):
            entries[f"{model.setting.prefix}.validation.{key}.{part}"] = value(
                getattr(found, part)[place],
                "index",
                method=found.method,
                n=int(found.repeats[place]),
            )
    return node, entries


def calibration(
    model: FittedModel, asked: Calibration, at: Milestone, selection: Selection | None
) -> tuple[dict[str, Any], Entries]:
    """Compare predicted and observed survival at one time, in groups of the predictions."""
    options = _selection(model, selection)
    found, reason = _told(
        model,
        lambda: calibrate(
            model.fit,
            at.value,
            groups=asked.groups,
            repeats=asked.repeats,
            seed=asked.seed,
            selection=options,
            conf_level=model.fit.conf_level,
        ),
    )
    node: dict[str, Any] = {
        "model": "multivariable" if options is None else "selected",
        "selection": None if options is None else "fastbw",
        "at": {"label": at.label, "value": at.value},
        "repeats": asked.repeats,
        "seed": asked.seed,
        "method": None if found is None else found.method,
        "points": [],
        "curve": None,
        "failed_samples": None if found is None else found.failed,
        "failed": None if found is not None else reason,
    }
    if found is None:
        return node, {}
    parts = [_point(model, found, place) for place in range(found.group.size)]
    node["points"] = [point for point, _ in parts]
    curve = found.curve
    node["curve"] = {
        part: _numbers(getattr(curve, part)) for part in ("predicted", "observed", "corrected")
    }
    return node, merged(*(entries for _, entries in parts))


def _point(model: FittedModel, found: Any, place: int) -> tuple[dict[str, Any], Entries]:  # noqa: ANN401 - a Calibration
    """Give the node and the numbers of a group of patients with similar predictions."""
    name = f"g{place + 1}"
    n = int(found.n[place])
    key = f"{model.setting.prefix}.calibration.{name}"
    entries: Entries = {f"{key}.n": value(n, "patients")}
    for part, method in _POINT.items():
        entries[f"{key}.{part}"] = value(
            getattr(found, part)[place],
            "probability",
            method=method,
            n=n,
            missing="nobody of the group is followed so far",
        )
    numbers = {part: entries[f"{key}.{part}"]["value"] for part in ("n", *_POINT)}
    return {"id": name, "label": _group_name(place, found.group.size), **numbers}, entries


def _group_name(place: int, groups: int) -> str:
    """Name a group by where its predicted survival lies among the others."""
    if groups == 1:
        return "All patients"
    ends = {0: ", lowest predicted survival", groups - 1: ", highest predicted survival"}
    return f"Group {place + 1} of {groups}{ends.get(place, '')}"


def _told(model: FittedModel, call: Any) -> tuple[Any, str]:  # noqa: ANN401 - a call and its result
    """Call, if there is a fit; else give the reason why there is none."""
    if model.fit is None:
        return None, model.reason
    found, reason, _ = attempt(call)
    return found, plain_words(reason, coefficient_names(model.terms))


def _selection(model: FittedModel, asked: Selection | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    names = {term.id: term.name for term in model.terms}
    return {"rule": asked.rule, "stay": asked.stay, "keep": [names[name] for name in asked.keep]}


def _numbers(values: NDArray[Any]) -> list[float | int | None]:
    return [plain(number) for number in values]
