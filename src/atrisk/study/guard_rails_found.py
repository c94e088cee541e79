"""What a guard rail found: its words with their numbers, and how it reads in English."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atrisk.study.values import Entries

__all__ = ["MESSAGES", "Found", "Part", "all_of", "number", "numbers_in", "plain_message", "said"]

#: A part of a message: words, a number by its key, a message with parts, or a list of parts.
Part = str | dict[str, Any]

#: Every message, by its rule and variant; the report translates them.
MESSAGES: Mapping[str, str] = {
    "events_per_variable": (
        "{events} events for {parameters} parameters are {ratio} a parameter, fewer than 10:"
        " estimates are unstable and biased away from no effect."
    ),
    "events_per_single": (
        "{events} events for {parameters} parameter are fewer than 10: estimates are unstable and"
        " biased away from no effect."
    ),
    "events_per_candidate": (
        "{events} events for the {parameters} candidate parameters of the selection are {ratio} a"
        " parameter, fewer than 10: what is selected depends on chance, and what remains looks"
        " stronger than it is."
    ),
    "rarer_per_variable": (
        "{events} patients with the rarer outcome for {parameters} parameters are {ratio} a"
        " parameter, fewer than 10: estimates are unstable and biased away from no effect."
    ),
    "rarer_per_single": (
        "{events} patients with the rarer outcome for {parameters} parameter are fewer than 10:"
        " estimates are unstable and biased away from no effect."
    ),
    "rarer_per_candidate": (
        "{events} patients with the rarer outcome for the {parameters} candidate parameters of the"
        " selection are {ratio} a parameter, fewer than 10: what is selected depends on chance,"
        " and what remains looks stronger than it is."
    ),
    "proportional_hazards": (
        "The test of proportional hazards is below 0.05 for {terms}: one hazard ratio does not"
        " describe the whole time."
    ),
    "term": "{term} ({p})",
    "all_terms": "all variables together",
    "immortal_time": (
        "Groups that are known only after time zero are compared from time zero: who belongs to"
        " them cannot have had the event before, which favours them. The warning of the analysis"
        " says how many patients it concerns."
    ),
    "kaplan_meier_competing": (
        "Deaths without {event} are censored, although they keep it from happening: one minus the"
        " Kaplan\N{EN DASH}Meier estimate is more than the proportion of patients with {event}."
        " The cumulative incidence is estimated by kind = cumulative_incidence."
    ),
    "incidence_competing": (
        "Deaths without {event} are not events of this endpoint and are censored, although they"
        " keep it from happening: the cumulative incidence of {event} is too high."
    ),
    "short_follow_up": (
        "Median follow-up is {follow_up}, shorter than {times}, at which estimates are quoted."
    ),
    "short_follow_up_in_groups": (
        "Median follow-up of these groups is shorter than {time}, at which estimates are quoted:"
        " {groups}."
    ),
    "group_follow_up": "{group} ({follow_up})",
    "few_at_risk": (
        "Fewer than 10 patients were at risk at a time at which estimates are quoted: {times}."
    ),
    "quoted_time": "{time}",
    "time_in_groups": "{time} ({groups})",
    "at_landmark": "{group}, landmark at {landmark}",
    "unadjusted_pairs": "The {pairs} comparisons of two groups each have no adjusted P value.",
    "multiple_tests": (
        "{tests} P values of comparisons are printed that are not adjusted for their number: if"
        " there were no difference anywhere, {expected} of them would be expected below 0.05. One"
        " comparison should be named as the primary one, or the others called exploratory."
    ),
    "no_interaction_test": (
        "Effects are shown within the levels of {variables} without a test of interaction: that one"
        " is significant and another is not does not say that they differ."
    ),
    "complete_case_loss": (
        "{left_out} of {patients} patients ({percent}%) were left out of the {model} because a"
        " value is missing: those who remain may differ from them."
    ),
    "left_out_of_groups": (
        "{left_out} of {patients} patients ({percent}%) were left out because a value is missing:"
        " those who remain may differ from them."
    ),
    "group_by_outcome": (
        "{variable} is read from what also says whether the event happened ({columns}): groups made"
        " by the outcome differ in it by construction."
    ),
    "group_tells_outcome": (
        "The groups of {variable} tell exactly who had the event: groups made by the outcome differ"
        " in it by construction."
    ),
    "group_after_event": (
        "{variable} is read from the form {form}, which records an event after time zero"
        " ({endpoint}): the groups are known only when it has happened."
    ),
    "group_is_outcome": (
        "{variable} is, by its name, how the patients ended: it is known only with the outcome, and"
        " groups made by the outcome differ in it by construction."
    ),
    "known_later": (
        "{variables} may be known only after time zero, and be compared from time zero: state"
        " known_from (the column that says when it was known, or false if it was known at the"
        " start)."
    ),
    "several_known_later": (
        "{variables} may be known only after time zero, and be compared from time zero: state"
        " known_from of each (the column that says when it was known, or false if it was known at"
        " the start)."
    ),
    "time_zero": (
        "Time zero of {published} is {stated}, that of this cohort {own}: unless both are the same"
        " event, the curves start at different points of the disease and cannot be compared."
    ),
    "time_zero_unknown": (
        "Time zero of {published} is not stated (origin of the reference); that of this cohort is"
        " {own}. The two must be the same event."
    ),
    "units_apart": (
        "The patients of {published} were followed for at most {theirs}, those of this cohort for"
        " {own}; {percent}% of the follow-up of this cohort lies beyond them: the two may be in"
        " different units."
    ),
    "not_matched": (
        "Matching to the averages of {published} was asked for and could not be done: nothing is"
        " matched. The warning of the analysis says why."
    ),
    "unadjusted_comparison": (
        "Nothing is adjusted for in the comparison with {published}: patients, treatment and era of"
        " the two cohorts may differ, and so may the outcome for that reason alone."
    ),
    "unanchored_comparison": (
        "The comparison with {published} has no common comparator: after matching it still assumes"
        " that every prognostic factor that differs is among those matched."
    ),
    "naive_test": (
        "The one-sample test that takes the published curve for exact ({naive}) leaves out the"
        " curve\N{RIGHT SINGLE QUOTATION MARK}s own error, with which the same test has {p}."
    ),
    "few_effective": (
        "After matching, the {n} patients of this cohort count for {effective}: the comparison"
        " rests on a few patients with large weights."
    ),
    "unconfirmed_p": (
        "P values between 0.04 and 0.05 are not confirmed by another test of the same comparison:"
        " {comparisons}."
    ),
    "by_fisher": "{comparison} ({p}; Fisher\N{RIGHT SINGLE QUOTATION MARK}s test {other})",
    "by_likelihood": "{comparison} ({p}; likelihood ratio test {other})",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a rule objects to.

    Attributes
    ----------
    rule
        its name; with the analysis it is the key of the answer.
    analysis
        the id; blank where it is of the whole study.
    text, parts
        the message with names in braces, and what stands for them.
    entries
        numbers that the document did not hold before.
    """

    rule: str
    analysis: str
    text: str
    parts: dict[str, Part] = field(default_factory=dict)
    entries: Entries = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What an answer names: ``os_cox.events_per_variable``."""
        return f"{self.analysis or 'study'}.{self.rule}"

    def node(self, values: Entries, answer: str | None) -> dict[str, Any]:
        """Give what the results document holds of it."""
        return {
            "key": self.key,
            "rule": self.rule,
            "analysis": self.analysis,
            "text": self.text,
            "parts": self.parts,
            "message": plain_message(self.text, self.parts, values),
            "numbers": list(dict.fromkeys(numbers_in(self.parts.values()))),
            "answer": answer,
        }


def number(key: str, show: str) -> Part:
    """Refer to a number; ``show`` is how it is written: count, one, percent, p_value or time."""
    return {"key": key, "show": show}


def said(name: str, **parts: Part) -> Part:
    """Write a message of `MESSAGES` as a part of another."""
    return {"text": MESSAGES[name], "parts": parts}


def all_of(parts: Iterable[Part]) -> Part:
    """List parts."""
    return {"all": list(parts)}


def numbers_in(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the keys of all numbers, in reading order."""
    for part in parts:
        if isinstance(part, str):
            continue
        if "key" in part:
            yield part["key"]
        yield from numbers_in(part.get("all", ()))
        yield from numbers_in(part.get("parts", {}).values())


def plain_message(text: str, parts: Mapping[str, Part], values: Entries) -> str:
    """Write a message in English."""
    return text.format(**{name: _plain(part, values) for name, part in parts.items()})


def _plain(part: Part, values: Entries) -> str:
    if isinstance(part, str):
        return part
    if "key" in part:
        return _number(values[part["key"]], part["show"])
    if "text" in part:
        return plain_message(part["text"], part["parts"], values)
    listed = [_plain(item, values) for item in part["all"]]
    return ", ".join(listed[:-1]) + " and " + listed[-1] if len(listed) > 1 else "".join(listed)


def _number(entry: Mapping[str, Any], show: str) -> str:
    shown = entry.get("display", entry)
    found = shown["value"]
    if found is None:
        return str(entry.get("missing", "not known"))
    match show:
        case "count":
            return f"{found:,.0f}"
        case "p_value":
            return _p_value(found)
        case "time":
            return f"{found:.1f} {shown['unit']}"
        case _:
            return f"{found:.1f}"


_LEAST_P, _ALPHA = 0.001, 0.05


def _p_value(p_value: float) -> str:
    """Write a P value; rounding does not carry it over 0.05."""
    if p_value < _LEAST_P:
        return "P < 0.001"
    places = (n for n in range(3, 12) if (round(p_value, n) < _ALPHA) == (p_value < _ALPHA))
    return f"P = {p_value:.{next(places, 12)}f}"
