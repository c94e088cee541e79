"""Guard rails of a cohort beside the patients of a publication: what makes the two unlike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atrisk.study.guard_rails_found import MESSAGES, Found, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.study.guard_rails_found import Part
    from atrisk.study.values import Entries

__all__ = ["COMPARE_RULES"]

Node = dict[str, Any]

#: Of the patients weighed: the least share that the effective number may be, and the least number.
LEAST_SHARE, LEAST_EFFECTIVE = 0.5, 20.0


def time_zero(node: Node, values: Entries) -> Iterator[Found]:
    """Object to a published curve whose time zero is another event, or is not stated."""
    del values
    if not _of_a_curve(node):
        return
    own, stated = node["time_zero"], node["reference"]["origin"]
    parts: dict[str, Part] = {"published": node["reference"]["label"], "own": own}
    if stated is None:
        yield Found("time_zero", node["id"], MESSAGES["time_zero_unknown"], parts)
    elif _bare(stated) != _bare(own):
        parts |= {"stated": stated}
        yield Found("time_zero", node["id"], MESSAGES["time_zero"], parts)


def not_randomised(node: Node, values: Entries) -> Iterator[Found]:
    """Object to what differs between the cohorts besides what is compared."""
    del values
    if _of_a_curve(node):
        weighed = bool(node["match"] and node["match"]["rows"])
        text = "unanchored_comparison" if weighed else "unadjusted_comparison"
        parts: dict[str, Part] = {"published": node["reference"]["label"]}
        yield Found("not_randomised", node["id"], MESSAGES[text], parts)


def units_apart(node: Node, values: Entries) -> Iterator[Found]:
    """Object to follow-ups so unlike that one of the two may be in another unit of time."""
    key = f"{node['id']}.apart"
    if _of_a_curve(node) and f"{key}.beyond" in values:
        parts: dict[str, Part] = {
            "published": node["reference"]["label"],
            "theirs": number(f"{key}.reference", "time"),
            "own": number(f"{key}.own", "time"),
            "percent": number(f"{key}.beyond", "percent"),
        }
        yield Found("units_apart", node["id"], MESSAGES["units_apart"], parts)


def not_matched(node: Node, values: Entries) -> Iterator[Found]:
    """Object to a matching that was asked for and is not there."""
    del values
    if _of_a_curve(node) and node["match"] and not node["match"]["rows"]:
        parts: dict[str, Part] = {"published": node["reference"]["label"]}
        yield Found("not_matched", node["id"], MESSAGES["not_matched"], parts)


def naive_test(node: Node, values: Entries) -> Iterator[Found]:
    """Object to a test that takes a curve of a few patients for exact."""
    key = f"{node['id']}.one_sample.naive_p_value"
    if _of_a_curve(node) and values.get(key, {}).get("value") is not None:
        parts: dict[str, Part] = {
            "naive": number(key, "p_value"),
            "p": number(f"{node['id']}.one_sample.p_value", "p_value"),
        }
        yield Found("naive_test", node["id"], MESSAGES["naive_test"], parts)


def few_effective(node: Node, values: Entries) -> Iterator[Found]:
    """Object to a comparison that rests on the few patients who have most of the weight."""
    key = f"{node['id']}.match"
    n, effective = (values.get(f"{key}.{part}", {}).get("value") for part in ("n", "effective_n"))
    if node["kind"] != "compare" or n is None or effective is None:
        return
    if effective < max(LEAST_SHARE * n, LEAST_EFFECTIVE):
        parts: dict[str, Part] = {
            "n": number(f"{key}.n", "count"),
            "effective": number(f"{key}.effective_n", "one"),
        }
        yield Found("few_effective", node["id"], MESSAGES["few_effective"], parts)


def _of_a_curve(node: Node) -> bool:
    return bool(node["kind"] == "compare" and node["form"] == "curve")


def _bare(text: str) -> str:
    """Spell a time zero alike whatever its case, blanks and article are."""
    return " ".join(text.casefold().split()).removeprefix("the ")


#: Of one comparison each.
COMPARE_RULES = (units_apart, time_zero, not_matched, not_randomised, few_effective, naive_test)
