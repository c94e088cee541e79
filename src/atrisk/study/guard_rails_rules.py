"""Guard rails that the results of an analysis tell: sizes, tests, times, patients left out."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from atrisk.study.guard_rails_found import MESSAGES, Found, all_of, number, said
from atrisk.study.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.guard_rails_found import Part
    from atrisk.study.values import Entries

__all__ = ["RULES", "of_study", "short_follow_up"]

Node = dict[str, Any]

LEAST_EVENTS = 10.0
LEAST_AT_RISK = 10
MOST_LEFT_OUT = 0.1
ALPHA = 0.05
BORDERLINE = 0.04
_WHOLE = ("multivariable", "andersen_gill")


def _raw(values: Entries, key: str) -> float | None:
    found = values.get(key, {}).get("value")
    return None if found is None else float(found)


def _model(node: Node, *names: str) -> Node | None:
    return next((m for m in node.get("models") or () if m["id"] in names), None)


def events_per_variable(node: Node, values: Entries) -> Iterator[Found]:
    """Object to fewer than ten events, of the rarer outcome, for each parameter that was tried."""
    models = node.get("models") or []
    if not models or node["kind"] == "weighted":
        return
    together = _model(node, *_WHOLE)
    size = {term["id"]: int(term["df"]) for model in models for term in model["terms"]}
    prefix = f"{node['id']}.{(together or models[0])['id']}"
    if together is not None:
        tried = [(prefix, sum(size.values()))]
    else:  # each variable is in a model of its own, of the patients of whom it is known
        tried = [(f"{prefix}.{name}", df) for name, df in size.items()]
    found = [
        _Tried(*counted, parameters)
        for key, parameters in tried
        if parameters and (counted := _counted(node, values, key, prefix)) is not None
    ]
    fewest = min(found, key=lambda one: one.events / one.parameters, default=None)
    if fewest is None or fewest.events >= LEAST_EVENTS * fewest.parameters:
        return
    kind = "rarer" if node["kind"] == "logistic" else "events"
    text = f"{kind}_per_{_tried_how(node, fewest)}"
    key = f"{node['id']}.events_per_variable"
    n = None if fewest.n is None else int(fewest.n)
    ratio = fewest.events / fewest.parameters
    entries = {
        f"{key}.events": value(fewest.events, "events", n=n),
        f"{key}.parameters": value(fewest.parameters, "parameters"),
    }
    parts: dict[str, Part] = {
        "events": number(f"{key}.events", "count"),
        "parameters": number(f"{key}.parameters", "count"),
    }
    if fewest.parameters > 1:
        entries[f"{key}.ratio"] = value(ratio, "events", method="per parameter")
        parts["ratio"] = number(f"{key}.ratio", "one")
    yield Found("events_per_variable", node["id"], MESSAGES[text], parts, entries)


def _tried_how(node: Node, tried: _Tried) -> str:
    """Say whether variables were selected, and one parameter apart from several."""
    if tried.parameters == 1:
        return "single"
    together = _model(node, *_WHOLE)
    kept = tried.parameters if together is None else sum(t["df"] for t in together["terms"])
    selected = bool(node.get("selection")) or kept < tried.parameters
    return "candidate" if selected and together is not None else "variable"


class _Tried(NamedTuple):
    """The events of a model, of the rarer outcome in logistic regression, and its parameters."""

    events: float
    n: float | None
    parameters: int


def _counted(
    node: Node, values: Entries, key: str, model: str
) -> tuple[float, float | None] | None:
    """Give the events of a model, or of one of its terms, and the patients."""
    events, n = (
        next((x for k in (key, model) if (x := _raw(values, f"{k}.{part}")) is not None), None)
        for part in ("events", "n")
    )
    if events is None:
        return None
    return (min(events, n - events) if node["kind"] == "logistic" and n is not None else events), n


def proportional_hazards(node: Node, values: Entries) -> Iterator[Found]:
    """Object to hazards whose ratio changes with time."""
    check = node.get("ph")
    if not check or check.get("failed"):
        return
    names = {
        term["id"]: term["label"] for model in node.get("models") or () for term in model["terms"]
    }
    prefix = f"{node['id']}.ph."
    below: list[Part] = []
    for key in values:
        term = key.removeprefix(prefix).removesuffix(".p_value")
        if not key.startswith(prefix) or not key.endswith(".p_value"):
            continue
        p = _raw(values, key)
        if p is not None and p < ALPHA:
            label: Part = said("all_terms") if term == "global" else names.get(term, term)
            below.append(said("term", term=label, p=number(key, "p_value")))
    if below:
        text = MESSAGES["proportional_hazards"]
        yield Found("proportional_hazards", node["id"], text, {"terms": all_of(below)})


def immortal_time(node: Node, values: Entries) -> Iterator[Found]:
    """Object to groups known after time zero that are compared from time zero."""
    del values
    unmatched = (node.get("match") or {}).get("reason")
    if any(text != unmatched for text in node.get("warnings", ())):
        yield Found("immortal_time", node["id"], MESSAGES["immortal_time"])


def printed_follow_up(node: Node, values: Entries) -> Iterator[Found]:
    """Object to survival at times later than the median follow-up that the analysis prints."""
    key = f"{node['id']}.{(node.get('overall') or {}).get('id')}.follow_up.estimate"
    yield from short_follow_up(node, values, key)
    yield from _short_in_groups(node, values, _raw(values, key))


def _short_in_groups(node: Node, values: Entries, overall: float | None) -> Iterator[Found]:
    """Object to times later than the median follow-up of a group, if not already of all."""
    last = max(
        (
            time["value"]
            for time in node.get("times") or ()
            if overall is None or time["value"] <= overall
        ),
        default=None,
    )
    keys = {
        group["label"]: f"{node['id']}.{group['id']}.follow_up.estimate"
        for group in node.get("groups") or ()
    }
    short = [
        said("group_follow_up", group=_named(label, node), follow_up=number(key, "time"))
        for label, key in keys.items()
        if last is not None and (median := _raw(values, key)) is not None and median < last
    ]
    if short:
        time = next(time["label"] for time in node["times"] if time["value"] == last)
        parts: dict[str, Part] = {"groups": all_of(short), "time": time}
        text = MESSAGES["short_follow_up_in_groups"]
        yield Found("short_follow_up_in_groups", node["id"], text, parts)


def short_follow_up(node: Node, values: Entries, key: str) -> Iterator[Found]:
    """Object to estimates at times that fewer than half of the patients were followed to."""
    follow_up = _raw(values, key)
    later = [
        said("quoted_time", time=time["label"])
        for time in node.get("times") or ()
        if follow_up is not None and time["value"] > follow_up
    ]
    if later:
        parts: dict[str, Part] = {"follow_up": number(key, "time"), "times": all_of(later)}
        own = {key: values[key]} if key.split(".")[1] == "short_follow_up" else {}
        yield Found("short_follow_up", node["id"], MESSAGES["short_follow_up"], parts, own)


def few_at_risk(node: Node, values: Entries) -> Iterator[Found]:
    """Object to estimates at times at which hardly anybody was observed any more."""
    times = {time["id"]: time["label"] for time in node.get("times") or ()}
    groups = dict(_groups(node))
    few: dict[str, dict[str, None]] = defaultdict(dict)
    for key in values:
        analysis, *middle = key.split(".")
        if analysis != node["id"] or middle[-1:] != ["at_risk"] or len(middle) < 3:
            continue
        *group, time, _ = middle
        estimate = _raw(values, f"{key.removesuffix('at_risk')}estimate")
        if time not in times or estimate is None:
            continue
        if (_raw(values, key) or 0) < LEAST_AT_RISK:
            few[time][next((g for g in (".".join(group), group[-1]) if g in groups), "")] = None
    if few:
        said_times = all_of(
            _in_groups(times[time], [groups[group] for group in few[time] if group])
            for time in times
            if few[time]
        )
        parts = {"times": said_times}
        yield Found("few_at_risk", node["id"], MESSAGES["few_at_risk"], parts)


def _groups(node: Node) -> Iterator[tuple[str, Part]]:
    """Give the groups that are compared, by the part of their keys that is theirs alone."""
    for group in node.get("groups") or ():
        yield group["id"], _named(group["label"], node)
    for exposure in node.get("exposures") or ():
        for state in exposure.get("states") or ():
            yield f"{exposure['id']}.{state['id']}", state["label"]
    for landmark in node.get("landmarks") or ():
        for group in landmark.get("groups") or ():
            found = said("at_landmark", group=group["label"], landmark=landmark["label"])
            yield f"{landmark['id']}.{group['id']}", found


def _named(label: str, node: Node) -> str:
    """Name a group that is only called yes or no by the question."""
    by = node.get("by")
    if by is None or label.casefold() not in {"yes", "no"}:
        return label
    return f"{by['label']}: {label[:1].lower()}{label[1:]}"


def _in_groups(time: str, groups: list[Part]) -> Part:
    if not groups:
        return said("quoted_time", time=time)
    return said("time_in_groups", time=time, groups=all_of(groups))


def unadjusted_pairs(node: Node, values: Entries) -> Iterator[Found]:
    """Object to comparisons of each two groups whose P values are as if there were one."""
    pairs = node.get("pairwise") or []
    keys = [f"{node['id']}.pairwise.{pair['id']}.p_adjusted" for pair in pairs]
    raw = [key for key in keys if values.get(key, {}).get("method") == "no adjustment"]
    if len(raw) > 1:
        key = f"{node['id']}.unadjusted_pairs.pairs"
        entries = {key: value(len(raw), "comparisons")}
        parts = {"pairs": number(key, "count")}
        text = MESSAGES["unadjusted_pairs"]
        yield Found("unadjusted_pairs", node["id"], text, parts, entries)


def no_interaction_test(node: Node, values: Entries) -> Iterator[Found]:
    """Object to subgroups whose effects are not compared with each other."""
    untested = [
        part["label"]
        for part in node.get("subgroups") or ()
        if _raw(values, f"{node['id']}.interaction.{part['id']}.p_value") is None
        and sum(not level.get("failed") for level in part["levels"]) > 1
    ]
    if untested:
        parts = {"variables": all_of(untested)}
        yield Found("no_interaction_test", node["id"], MESSAGES["no_interaction_test"], parts)


#: Kinds whose patients have an outcome.
_COMPARED = frozenset(
    {"survival", "cumulative_incidence", "time_dependent", "landmark", "weighted", "subgroups"}
)


def complete_case_loss(node: Node, values: Entries) -> Iterator[Found]:
    """Object to results of those who happen to have every value."""
    together = _model(node, *_WHOLE)
    if together is not None:
        yield from _loss(node, together, values, f"{node['id']}.{together['id']}.n")
    elif node["kind"] in _COMPARED and node.get("overall"):
        yield from _loss(node, None, values, f"{node['id']}.{node['overall']['id']}.n")
    elif node["kind"] == "compare":
        yield from _loss(node, None, values, f"{node['id']}.own.n")


#: Why a patient is left out whose values are not all there.
_LOST = re.compile(r"\bmissing\b|\boutcome is unknown\b")


def _loss(node: Node, model: Node | None, values: Entries, key_n: str) -> Iterator[Found]:
    rows = (node if model is None else model).get("left_out") or ()
    lost = len({row["line"] for row in rows if _LOST.search(row["reason"])})
    used = _raw(values, key_n)
    if used is None or lost <= MOST_LEFT_OUT * (used + lost):
        return
    key = f"{node['id']}.complete_case_loss"
    entries = {
        f"{key}.left_out": value(lost, "patients"),
        f"{key}.patients": value(used + lost, "patients"),
        f"{key}.percent": value(100.0 * lost / (used + lost), "percent"),
    }
    parts: dict[str, Part] = {
        "left_out": number(f"{key}.left_out", "count"),
        "patients": number(f"{key}.patients", "count"),
        "percent": number(f"{key}.percent", "percent"),
    }
    if model is None:
        text = MESSAGES["left_out_of_groups"]
    else:
        text, parts = MESSAGES["complete_case_loss"], parts | {"model": "multivariable model"}
    yield Found("complete_case_loss", node["id"], text, parts, entries)


def unconfirmed_p(node: Node, values: Entries) -> Iterator[Found]:
    """Object to P values just below 0.05 that a better test of the same data puts above it."""
    doubtful = [
        found
        for label, prefix, whole in _tested(node)
        if (found := _doubtful(values, label, prefix, whole))
    ]
    if doubtful:
        parts = {"comparisons": all_of(doubtful)}
        yield Found("unconfirmed_p", node["id"], MESSAGES["unconfirmed_p"], parts)


def _tested(node: Node) -> Iterator[tuple[str, str, str]]:
    """List what is tested, with the prefixes of its P value and of the other test."""
    for model in node.get("models") or ():
        for term in model["terms"]:
            whole = f"{node['id']}.{model['id']}.{term['id']}"
            yield term["label"], whole, whole
            for row in term["rows"] if term["df"] > 1 else ():
                if row["id"] != term["id"]:
                    level = f"{term['label']}: {row['label']}"
                    yield level, f"{node['id']}.{model['id']}.{row['id']}", whole
    for test in node.get("tests") or ():
        whole = f"{node['id']}.{test['id']}"
        yield test["label"], whole, whole


def _doubtful(values: Entries, label: str, prefix: str, whole: str) -> Part | None:
    p = _raw(values, f"{prefix}.p_value")
    if p is None or not BORDERLINE <= p < ALPHA:
        return None
    shown = number(f"{prefix}.p_value", "p_value")
    for name, part in (("by_fisher", "fisher_p_value"), ("by_likelihood", "lr_p_value")):
        other = _raw(values, f"{whole}.{part}")
        if other is not None and other >= ALPHA:
            against = number(f"{whole}.{part}", "p_value")
            return said(name, comparison=label, p=shown, other=against)
    return None


def of_study(nodes: list[Node], values: Entries) -> Iterator[Found]:
    """Object to many comparisons, of which some are below 0.05 by chance."""
    tests = sum(1 for node in nodes for key in _comparisons(node, values))
    if tests > 1:
        entries = {
            "study.multiple_tests.tests": value(tests, "comparisons"),
            "study.multiple_tests.expected": value(ALPHA * tests, "comparisons"),
        }
        parts: dict[str, Part] = {
            "tests": number("study.multiple_tests.tests", "count"),
            "expected": number("study.multiple_tests.expected", "one"),
        }
        yield Found("multiple_tests", "", MESSAGES["multiple_tests"], parts, entries)


#: Parts of keys whose P values compare no groups of patients, or are counted elsewhere.
_NO_COMPARISONS = frozenset({"ph", "overall", "selection", "pairwise", "subgroup", "hr"})


def _comparisons(node: Node, values: Entries) -> Iterator[str]:
    """Yield the keys of P values of comparisons, one a comparison."""
    levels = {
        f"{node['id']}.{model['id']}.{row['id']}"
        for model in node.get("models") or ()
        for term in model["terms"]
        for row in term["rows"]
        if row["id"] != term["id"]
    }
    ratio = {"hr"} if [test["id"] for test in node.get("tests") or ()] == ["cox"] else set()
    for key, entry in values.items():
        prefix, _, part = key.rpartition(".")
        analysis, *middle = prefix.split(".")
        if analysis != node["id"] or part != "p_value" or entry["value"] is None:
            continue
        if not (_NO_COMPARISONS - ratio) & set(middle) and prefix not in levels:
            yield key


#: Of one analysis each, in the order of the report.
RULES = (
    immortal_time,
    complete_case_loss,
    events_per_variable,
    proportional_hazards,
    printed_follow_up,
    few_at_risk,
    unadjusted_pairs,
    no_interaction_test,
    unconfirmed_p,
)
