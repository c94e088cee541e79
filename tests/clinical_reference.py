"""The reference part of docs/leukaemia.md, made from the facts of `atrisk.leukaemia`.

Write it anew after a change of the facts: ``python tests/clinical_reference.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atrisk.leukaemia.conditioning import agents
from atrisk.leukaemia.dosing import label_cumulative_doses
from atrisk.leukaemia.dosing_deviations import KINDS
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.regimens import regimens
from atrisk.leukaemia.response import RULE_SETS
from atrisk.leukaemia.sosvod_criteria import CRITERIA, criteria_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atrisk.leukaemia.regimens import DoseRange, Phase

PAGE = Path(__file__).resolve().parents[1] / "docs" / "leukaemia.md"
BEGIN = (
    "<!-- reference: written by `python tests/clinical_reference.py`, do not edit by hand -->\n\n"
)
END = "<!-- end of the reference -->\n"

#: Items of a response in words, and the unit that stands behind a number.
WORDS = {
    "bm_blasts": ("marrow blasts", "%"),
    "pb_blasts": ("blood blasts", "%"),
    "anc": ("neutrophils", " x 1e9/L"),
    "plt": ("platelets", " x 1e9/L"),
    "emd": ("extramedullary disease", ""),
    "mrd_percent": ("MRD", "%"),
    "transfusion_independent": ("independent of transfusions", ""),
    "duration_weeks": ("lasting", " weeks"),
    "in_remission_before": ("in remission before", ""),
    "bm_fall": ("fall of marrow blasts", "%"),
    "bm_rise": ("rise of marrow blasts", "%"),
    "pb_fall": ("fall of blood blasts", "%"),
    "pb_rise": ("rise of blood blasts", "%"),
    "emd_fall": ("fall of extramedullary disease", "%"),
}
_ATOM = re.compile(r"(\w+) (<=|>=|<|>|=) (\w[\w.]*)")
_ENDINGS = {" if recorded": ", if it is recorded", " as recorded": ", and it is recorded"}
_SIGNS = str.maketrans({"<": "\\<", ">": "\\>", "|": "\\|", "*": "\\*", "~": "\\~"})


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Write a Markdown table."""
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        cells = (str(cell).translate(_SIGNS).replace("\\|---", "|---") for cell in row)
        yield f"| {' | '.join(cells)} |".replace("|  |", "| |")
    yield ""


def source(text: str) -> Iterator[str]:
    """Write a source under its rules."""
    yield f"Source: {text.translate(_SIGNS)}."
    yield ""


def said(line: str) -> str:
    """Spell a line of a rule of response in words."""
    ending = next((end for end in _ENDINGS if line.endswith(end)), "")
    parts = []
    for part in line.removesuffix(ending).split(" or "):
        item, sign, value = _ATOM.fullmatch(part).groups()  # type: ignore[union-attr]
        name, unit = WORDS[item]
        if value in {"yes", "no"}:
            parts.append(name if value == "yes" else f"not {name}")
        elif sign == "=":
            parts.append(f"{name} {value}{unit}")
        else:
            parts.append(f"{name} {sign} {value}{unit}")
    return " or ".join(parts) + _ENDINGS.get(ending, "")


def _call(rule: dict[str, Any]) -> str:
    """Name a call, with the set's own word for it."""
    return f"{rule['call']} ({rule['term']})" if "term" in rule else str(rule["call"])


def response() -> Iterator[str]:
    """Write the rule sets of response, a table each."""
    facts = load("response")
    yield "The first row that holds is the call. A row before it that may hold, for all that is"
    yield "recorded, leaves it open: cannot say."
    yield ""
    for name in RULE_SETS:
        found = facts[name]
        yield f"### {found['title']}: `{name}`"
        yield ""
        rows = ((_call(rule), "; ".join(map(said, rule["lines"]))) for rule in found["rules"])
        yield from table(("call", "all of"), rows)
        yield from (f"- {note.translate(_SIGNS)}." for note in found["notes"])
        yield ""
        yield from source(found["source"])
    term = load("response-terms")["CRp"]
    yield f"On request: CRp, {term['title']}: the set's CR but for its platelets."
    yield "CRh has no rule here: the user gives its cut-offs."
    yield ""
    yield from source(term["source"])


def mrd() -> Iterator[str]:
    """Write the rules of measurable residual disease."""
    facts = load("mrd")
    limits = {
        "negative_below": "negative below {:g}%",
        "sensitivity": "a negative result needs a sensitivity of {:g}% or better",
        "failure_above": "MRD failure above {:g}%",
        "method": "by {}",
        "persistence": "any quantifiable MRD is MRD persistence",
    }
    rows = []
    for name, found in facts.items():
        texts = [text.format(found[key]) for key, text in limits.items() if key in found]
        rule = "; ".join([*texts, *found["notes"]]) or "as reported"
        rows.append((f"`{name}`", found["title"], rule, found["source"]))
    yield from table(("rules", "title", "rule", "source"), rows)


def karyotype() -> Iterator[str]:
    """Write the classes of karyotype, and how abnormalities are counted."""
    facts = load("karyotype")
    bands = {
        name: " and ".join(f"{place}{band}" for place, band in facts[name]["breakpoints"].items())
        for name in ("t(9;22)", "KMT2A")
    }
    genes = {key: " or ".join(names) for key, names in facts["genes"].items() if key != "source"}
    others = ", ".join(map(str, facts["complex"]["others"]))
    level = f"{facts['complex']['from']} abnormalities or more; a parameter, also in use: {others}"
    groups = "; ".join(facts["ploidy"]["groups"])
    counting = facts["counting"]
    rows = [
        ("order of classes", " > ".join(facts["classes"]["order"]), facts["classes"]["source"]),
        (
            "t(9;22)",
            f"a translocation with breaks in {bands['t(9;22)']}",
            facts["t(9;22)"]["source"],
        ),
        ("KMT2A", f"a translocation with a break in {bands['KMT2A']}", facts["KMT2A"]["source"]),
        ("complex", level, facts["complex"]["source"]),
        ("counting", f"of a range the {counting['ranges']}", counting["source"]),
        ("chromosomes", groups, facts["ploidy"]["source"]),
        (
            "sex chromosomes such as XXX",
            f"read as polyploid from {facts['reading']['polyploid_from']} chromosomes on",
            facts["reading"]["source"],
        ),
        ("genes by in-situ hybridisation", "; ".join(genes.values()), facts["genes"]["source"]),
        (
            "in-situ hybridisation in words",
            "denied: shows nothing; else reported, not read",
            facts["in_words"]["source"],
        ),
        (
            "no karyotype",
            f"words in {', '.join(key for key in facts['missing'] if key != 'source')}",
            facts["missing"]["source"],
        ),
    ]
    yield from table(("what", "rule", "source"), rows)


def sosvod() -> Iterator[str]:
    """Write the criteria of SOS/VOD in words."""
    facts = load("sosvod")
    rows = []
    for name in CRITERIA:
        found = criteria_named(name)
        end = "on" if found.last_day is None else f"to {found.last_day}"
        routes = (
            " and ".join(f"{group.at_least} of ({_listed(group.of)})" for group in route)
            for route in found.routes
        )
        rule = "; or ".join(routes)
        cause = "not counted" if found.not_attributable else "counted"
        rows.append((f"`{name}`", f"{found.first_day} {end}", rule, cause))
    head = ("criteria", "days after transplantation", "at least", "findings with another cause")
    yield from table(head, rows)
    yield from (f"- {text.translate(_SIGNS)}" for text in facts["sources"].values())
    onset, stiff, units = facts["onset"], facts["elastography"], facts["units"]
    yield f"- Classical to day {onset['classical_to_day']}, late from the day after."
    yield "- Painful hepatomegaly: both signs on one day."
    for name, row in facts["criteria"].items():
        if "note" in row:
            yield f"- `{name}`: {row['note']}."
    yield f"- Bilirubin: {units['umol_l_per_mg_dl']:g} umol/L a mg/dL. {units['source']}."
    yield f"- Elastography counts only with a threshold that the user gives: {stiff['source']}."
    yield ""


def _listed(items: Iterable[Any]) -> str:
    return ", ".join(item.name for item in items)


def severity() -> Iterator[str]:
    """Write the table of severity as it is evaluated."""
    facts = load("sosvod-severity")
    grades = facts["grades"]
    names = [name for name, row in facts.items() if isinstance(row, dict) and "severe" in row]
    rows = [(name.replace("_", " "), *(facts[name].get(g, "") for g in grades)) for name in names]
    yield from table(("item", *grades), rows)
    raises = ", ".join(f"{a} to {b}" for a, b in facts["risk_factors"]["raises"].items())
    days = facts["bilirubin_kinetics"]["days"]
    yield f"- The highest grade that {facts['items_needed']} items reach or pass."
    yield f"- Organ dysfunction or failure: {facts['organ_failure']['grade']}."
    most = facts["risk_factors"]["at_least"]
    yield f"- {most} risk factors or more, as the user counts them: {raises}."
    yield f"- Kinetics: the ratio of two values at most {days} days apart."
    yield "- Bilirubin is judged in mg/dL; umol/L is what the table prints beside it, rounded."
    yield from (f"- {note.translate(_SIGNS)}." for note in facts["notes"])
    yield ""
    yield from source(facts["source"])


def conditioning() -> Iterator[str]:
    """Write which agents are alkylators, and what names stand for."""
    facts = load("conditioning")
    kinds = {True: "yes", False: "no"}
    rows = []
    for one in agents():
        kind = "on request" if one.alkylating_like else kinds[bool(one.alkylator)]
        kind = "never: after the transplant" if one.after_transplant else kind
        rows.append((one.label, kind, ", ".join(facts["agents"][one.id]["aliases"])))
    needed = facts["rule"]["needed"]
    yield f"Double: {needed} or more different alkylators, each with a dose before day 0."
    yield ""
    yield from table(("agent", "counts as alkylator", "also written"), rows)
    names = facts["regimens"]["agents"].items()
    yield from table(("regimen", "stands for"), ((n.upper(), ", ".join(of)) for n, of in names))
    yield from (f"- {name}: {text.translate(_SIGNS)}" for name, text in facts["sources"].items())
    yield ""


def intensity() -> Iterator[str]:
    """Write the bounds of intensity of conditioning."""
    facts = load("conditioning-intensity")
    rows = [(r["agent"], r["unit"], r["mac"], r["ric"]) for r in facts["rules"]]
    yield from table(("agent", "total dose in", "myeloablative", "reduced"), rows)
    low = facts["non_myeloablative"]
    yield "- Where both columns hold, or neither, sources conflict: cannot say."
    yield f"- No confirmed bound: {', '.join(facts['no_rule']['agents'])}."
    yield (
        f"- Non-myeloablative: TBI of at most {low['tbi_at_most']:g} Gy alone or with"
        f" {', '.join(low['purine_analogues'])}; or {' and '.join(low['with_cyclophosphamide'])};"
        f" {', '.join(low['without_effect'])} do not matter."
    )
    yield from (f"- {name}: {text.translate(_SIGNS)}" for name, text in facts["sources"].items())
    yield ""


def donor() -> Iterator[str]:
    """Write the groups of donors, and what is a remission."""
    facts = load("donor")
    rows = (
        (code, row["label"], row.get("group", "none"), ", ".join(row["aliases"]))
        for code, row in facts["donors"].items()
    )
    yield from table(("code", "donor", "group", "also written"), rows)
    yield f"Groups: {facts['groups']['source']}. Codes: {facts['source']}."
    yield ""
    remission = facts["remission"]
    yield f"In remission: {', '.join(remission['in_remission'])}."
    yield ""
    yield from source(remission["source"])


def label() -> Iterator[str]:
    """Write the label's schedule and limits."""
    facts = load("ino-label")
    schedule = facts["schedule"]
    rows = [
        (name, *(f"{dose:g}" for dose in schedule[key]), f"{sum(schedule[key]):g}", f"{days} days")
        for name, key, days in (
            ("first cycle", "first_cycle", " to ".join(map(str, schedule["first_cycle_days"]))),
            ("later, CR or CRi", "in_remission", schedule["later_cycle_days"][0]),
            ("later, neither", "no_remission", schedule["later_cycle_days"][0]),
        )
    ]
    days = (f"day {day}" for day in schedule["days"])
    yield from table(("mg/m2", *days, "cycle", "length"), rows)
    sums = {
        "CR or CRi after cycle 1": label_cumulative_doses(1),
        "after cycle 2": label_cumulative_doses(2),
        "never": label_cumulative_doses(None),
    }
    texts = (f"{name} {', '.join(f'{dose:g}' for dose in doses)}" for name, doses in sums.items())
    yield f"- Cumulative mg/m2 by cycle: {'; '.join(texts)}."
    yield f"- Deviations that are listed: {'; '.join(KINDS)}."
    yield f"- Source: {schedule['source']}."
    limits = {key: schedule[key] for key in ("day_window", "days_between_doses", "max_cycles")}
    limits |= {key: schedule[key] for key in schedule if "cycles_before" in key or "stop" in key}
    texts = (f"{key.replace('_', ' ')} {value}" for key, value in limits.items())
    yield f"- schedule: {'; '.join(texts)}."
    yield from (f"- {name}: {text}" for name, text in facts["sources"].items())
    yield ""


def _dose(dose: DoseRange | None) -> str:
    if dose is None:
        return ""
    return f"{dose.low:g}" if dose.low == dose.high else f"{dose.low:g} to {dose.high:g}"


def _phase(phase: Phase) -> str:
    cycles = f"cycle {phase.first}"
    if phase.last != phase.first:
        end = " on" if phase.last == 99 else f" to {phase.last}"
        cycles = f"cycles {phase.first}{end}"
    days = ", ".join(f"day {day} {_dose(dose)}" for day, dose in phase.days.items())
    return f"{cycles}: {days or _dose(phase.total)}"


def ino_regimens() -> Iterator[str]:
    """Write the published regimens with the dose that they add up to."""
    facts = load("ino-regimens")
    rows = (
        (
            f"`{one.id}`",
            one.population,
            "; ".join(map(_phase, one.phases)),
            _dose(one.cumulative_dose()),
            "" if one.printed is None else f"{one.printed:g}",
            one.note,
            ", ".join(row["source"]),
        )
        for one, row in zip(regimens(), facts["regimens"], strict=True)
    )
    head = ("regimen", "population", "mg/m2", "adds up to", "printed", "note", "source")
    yield from table(head, rows)
    yield from (f"- {name}: {text}" for name, text in facts["sources"].items())
    yield ""


def body_surface() -> Iterator[str]:
    """Write the formulas of body surface area."""
    rows = (
        (
            f"`{name}`",
            f"{row['coefficient']:.6g} x height {row['height']:g} x weight {row['weight']:g}",
            row["source"],
        )
        for name, row in load("body-surface").items()
    )
    yield from table(("formula", "coefficient, exponents of cm and kg", "source"), rows)


#: Heading -> the files of facts, the module and what writes the part.
SECTIONS = {
    "Response": (("response", "response-terms"), "response", response),
    "Measurable residual disease": (("mrd",), "mrd", mrd),
    "Karyotype": (("karyotype",), "karyotype", karyotype),
    "SOS/VOD: diagnosis": (("sosvod",), "sosvod", sosvod),
    "SOS/VOD: severity": (("sosvod-severity",), "severity", severity),
    "Conditioning: alkylators": (("conditioning",), "conditioning", conditioning),
    "Conditioning: intensity": (("conditioning-intensity",), "intensity", intensity),
    "Donor and remission": (("donor",), "donor", donor),
    "Inotuzumab ozogamicin: label": (("ino-label",), "dosing", label),
    "Inotuzumab ozogamicin: regimens": (("ino-regimens",), "regimens", ino_regimens),
    "Body surface area": (("body-surface",), "body_surface", body_surface),
}


def reference() -> str:
    """Write every rule with its source."""
    lines = []
    for heading, (_, module, write_part) in SECTIONS.items():
        lines += [f"## {heading}", "", f"`atrisk.leukaemia.{module}`", "", *write_part()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def written() -> str:
    """Read the reference part of the page."""
    return _split()[1]


def _split() -> tuple[str, str, str]:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    part, _, after = rest.partition(END)
    return before, part, after


def write() -> None:
    """Replace the reference part of the page."""
    before, _, after = _split()
    PAGE.write_text(f"{before}{BEGIN}{reference()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
